/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules, flows, limits and a change of policy, packet by packet. */
#include <criterion/criterion.h>
#include <time.h>

#include "ward.h"

GATEWAY_SUITE(packet_flow, WARD_POLICY, 120)

static struct frame out(uint16_t port, uint8_t flags)
{
	return ct_sends(IPPROTO_TCP, PACS, port, 104, flags);
}

static struct frame back(uint16_t port, uint8_t flags)
{
	return ct_gets(IPPROTO_TCP, PACS, 104, port, flags);
}

static void open_connection(uint16_t port)
{
	expect(g, WARD_CLINICAL, out(port, SYN), PASSES, "SYN");
	expect(g, WARD_IT, back(port, SYN | ACK), PASSES, "SYN+ACK");
	expect(g, WARD_CLINICAL, out(port, ACK), PASSES, "ACK");
}

Test(packet_flow, denies_what_no_rule_names)
{
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, PACS, 1, 105, SYN), WARD_SERVICE,
	       "a port next to a named one");
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_UDP, PACS, 1, 104, 0), WARD_SERVICE,
	       "the port of another protocol");
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, OTHER, 1, 104, SYN), WARD_SERVICE,
	       "a service of another server");
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, "198.18.110.208", 1, 104, SYN),
	       WARD_DESTINATION, "the first address behind a network");
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_UDP, "198.18.110.191", 1, 123, 0),
	       WARD_DESTINATION, "the last address before a network");
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_UDP, "198.18.110.207", 1, 123, 0), PASSES,
	       "the last address of a network");
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, "198.19.1.1", 1, 22, SYN),
	       WARD_DESTINATION, "who may open to it is not whom it may open to");
}

Test(packet_flow, allows_every_port_of_a_range_and_no_other)
{
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, OTHER, 1, 4999, SYN), WARD_SERVICE, "4999");
	for (uint16_t port = 5000; port <= 5010; port++)
		expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, OTHER, 1, port, SYN), PASSES,
		       "in the range");
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, OTHER, 1, 5011, SYN), WARD_SERVICE, "5011");
}

Test(packet_flow, lets_answers_pass_and_nothing_unsolicited)
{
	expect(g, WARD_IT, back(40000, SYN | ACK), WARD_UNSOLICITED, "an answer to nothing");
	expect(g, WARD_IT, back(40000, SYN), WARD_UNSOLICITED, "an opening from IT");
	expect(g, WARD_IT, ct_gets(IPPROTO_UDP, PACS, 123, 500, 0), WARD_UNSOLICITED, "UDP");
	expect(g, WARD_IT, ct_gets(IPPROTO_ICMP, PACS, 8, 7, 0), WARD_UNSOLICITED, "ping");
	expect(g, WARD_IT, ct_gets(IPPROTO_ICMP, PACS, 0, 7, 0), WARD_UNSOLICITED, "pong");
	open_connection(40000);
	expect(g, WARD_IT, back(40000, ACK), PASSES, "data back");
	expect(g, WARD_IT, ct_gets(IPPROTO_TCP, PACS, 11112, 40000, ACK), WARD_UNSOLICITED,
	       "from another port of the server");
	expect(g, WARD_IT, ct_gets(IPPROTO_TCP, OTHER, 104, 40000, ACK), WARD_UNSOLICITED,
	       "from another server");
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_UDP, PACS, 500, 123, 0), PASSES, "NTP");
	expect(g, WARD_IT, ct_gets(IPPROTO_UDP, PACS, 123, 500, 0), PASSES, "its answer");
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_ICMP, PACS, 8, 7, 0), PASSES, "ping");
	expect(g, WARD_IT, ct_gets(IPPROTO_ICMP, PACS, 0, 7, 0), PASSES, "pong");
	expect(g, WARD_IT, ct_gets(IPPROTO_ICMP, PACS, 0, 8, 0), WARD_UNSOLICITED, "another id");
	expect(g, WARD_IT, ct_gets(IPPROTO_ICMP, PACS, 8, 7, 0), WARD_UNSOLICITED, "ping back");
}

Test(packet_flow, lets_only_the_named_side_open)
{
	expect(g, WARD_IT, ct_gets(IPPROTO_TCP, "198.19.5.5", 7000, 22, SYN), PASSES, "vendor");
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, "198.19.5.5", 22, 7000, SYN | ACK), PASSES,
	       "answer to the vendor");
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, "198.19.5.5", 22, 7000, SYN),
	       WARD_DESTINATION, "opening on the same addresses from the other end");
	expect(g, WARD_IT, ct_gets(IPPROTO_TCP, "198.19.5.5", 7001, 23, SYN), WARD_SERVICE,
	       "another service from a named peer");
}

Test(packet_flow, follows_tcp_by_its_flags)
{
	expect(g, WARD_CLINICAL, out(1000, ACK), WARD_NOT_OPENED, "mid-stream without a flow");
	expect(g, WARD_CLINICAL, out(1000, SYN | ACK), WARD_NOT_OPENED, "SYN+ACK opens nothing");
	expect(g, WARD_CLINICAL, out(1000, RST), WARD_NOT_OPENED, "RST without a flow");
	expect(g, WARD_CLINICAL, out(1000, SYN), PASSES, "SYN");
	expect(g, WARD_CLINICAL, out(1000, SYN), PASSES, "SYN again");
	expect(g, WARD_CLINICAL, out(1000, ACK), WARD_NOT_OPENED, "data before the answer");
	expect(g, WARD_IT, back(1000, FIN | ACK), WARD_NOT_OPENED, "FIN before the answer");
	expect(g, WARD_IT, back(1000, ACK), PASSES, "challenge ACK of a half-open peer");
	expect(g, WARD_IT, back(1000, SYN | ACK), PASSES, "SYN+ACK");
	expect(g, WARD_CLINICAL, out(1000, ACK), PASSES, "ACK");
	expect(g, WARD_CLINICAL, out(1000, PSH | ACK), PASSES, "data");
	expect(g, WARD_IT, back(1000, FIN | ACK), PASSES, "FIN");
	expect(g, WARD_CLINICAL, out(1000, ACK), PASSES, "half closed");
	expect(g, WARD_CLINICAL, out(1000, FIN | ACK), PASSES, "FIN");
	expect(g, WARD_IT, back(1000, ACK), PASSES, "last ACK");
	expect(g, WARD_CLINICAL, out(1000, SYN), PASSES, "the same ports again, after the close");
	expect(g, WARD_IT, back(1000, SYN | ACK), PASSES, "and its answer");
}

Test(packet_flow, lets_questions_and_answers_leave_room_for_a_connection)
{
	for (uint16_t port = 1; port <= 300; port++) {
		expect(g, WARD_CLINICAL, ct_sends(IPPROTO_UDP, PACS, port, 123, 0), PASSES,
		       "question");
		expect(g, WARD_IT, ct_gets(IPPROTO_UDP, PACS, 123, port, 0), PASSES, "answer");
	}
	open_connection(1300);
}

Test(packet_flow, never_uses_the_number_of_a_generation_twice)
{
	uint32_t first = g->generation.number;

	open_connection(1400);
	/* A publish that was rolled back, or a daemon that died in one: the number is gone. */
	g->kernel->state.meta->generation = first - 1;
	gateway_apply(g, WARD_POLICY);
	cr_expect_gt(g->generation.number, first);
}

Test(packet_flow, forgets_a_flow_that_has_expired)
{
	open_connection(2000);
	gateway_expire_flows(g);
	expect(g, WARD_IT, back(2000, ACK), WARD_UNSOLICITED, "answer, too late");
	expect(g, WARD_CLINICAL, out(2000, ACK), WARD_NOT_OPENED, "data, too late");
	open_connection(2000);
}

/*
 * The window of a full share: a new flow may displace one that nobody answered, never a live one.
 */
Test(packet_flow, keeps_live_flows_when_the_table_is_full)
{
	unsigned established = 0, refused = 0;

	for (uint16_t port = 1; port <= 200; port++) {
		struct frame syn = out(port, SYN), synack = back(port, SYN | ACK);
		struct frame ack = out(port, ACK);

		if (gateway_run(g, WARD_CLINICAL, &syn).reason == WARD_FLOWS_FULL) {
			refused++;
			continue;
		}
		cr_expect_eq(gateway_run(g, WARD_IT, &synack).reason, PASSES);
		cr_expect_eq(gateway_run(g, WARD_CLINICAL, &ack).reason, PASSES);
		established++;
	}
	cr_expect_eq(established, WARD_FLOWS, "the whole share is used: %u", established);
	cr_expect_eq(refused, 200 - WARD_FLOWS);
	for (uint16_t port = 1, passed = 0; port <= 200; port++) {
		struct frame ack = out(port, ACK);

		passed += gateway_run(g, WARD_CLINICAL, &ack).reason == PASSES;
		if (port == 200)
			cr_expect_eq(passed, established, "live flows that go on: %u", passed);
	}
	expect_owner(g, WARD_CLINICAL, pump_sends(1, SYN), PASSES, "pump",
		     "another device is not concerned");
}

Test(packet_flow, lets_a_syn_flood_displace_only_half_open_flows)
{
	open_connection(30000);
	for (uint16_t port = 1; port <= 500; port++)
		expect(g, WARD_CLINICAL, out(port, SYN), PASSES, "SYN of a flood");
	expect(g, WARD_CLINICAL, out(30000, ACK), PASSES, "the working session");
	expect(g, WARD_IT, back(30000, ACK), PASSES, "the working session");
}

Test(packet_flow, judges_a_live_flow_again_after_a_publish)
{
	open_connection(3000);
	gateway_apply(g, WARD_POLICY);
	expect(g, WARD_CLINICAL, out(3000, ACK), PASSES, "still allowed");
	expect(g, WARD_IT, back(3000, ACK), PASSES, "still allowed");
	gateway_apply(g, "version: 1\n"
			 "links: [{name: ward, clinical: c0, it: i0}]\n"
			 "networks: {pacs: [198.18.110.200]}\n"
			 "profiles: {scanner: {allow: [{to: pacs, services: [tcp/11112]}]}}\n"
			 "devices: [{name: ct, mac: 02:00:00:00:11:01, vlan: 110,"
			 " ip: 198.18.110.13, profile: scanner}]\n");
	expect(g, WARD_IT, back(3000, ACK), WARD_REVOKED, "the first packet after the change");
	expect(g, WARD_CLINICAL, out(3000, ACK), WARD_SERVICE, "and every one after it");
	gateway_apply(g, WARD_POLICY);
	expect(g, WARD_CLINICAL, out(3000, ACK), WARD_NOT_OPENED, "it does not come back to life");
}

static void sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

Test(packet_flow, holds_a_device_to_its_packets_a_second)
{
	unsigned passed = 0;

	for (uint16_t i = 0; i < 50; i++) {
		struct frame syn = pump_sends((uint16_t)(1000 + i), SYN);
		struct verdict v = gateway_run(g, WARD_CLINICAL, &syn);

		cr_expect(v.reason == PASSES || v.reason == WARD_PACKET_RATE, "%s",
			  reason_label(v.reason));
		passed += v.reason == PASSES;
	}
	/* A burst of 5, and at most a few more while the loop ran, at 10 a second. */
	cr_expect(passed >= 5 && passed <= 8, "passed %u of 50", passed);
	sleep_ms(350);
	passed = 0;
	for (uint16_t i = 0; i < 10; i++) {
		struct frame syn = pump_sends((uint16_t)(2000 + i), SYN);

		passed += gateway_run(g, WARD_CLINICAL, &syn).reason == PASSES;
	}
	cr_expect(passed >= 3 && passed <= 5, "after 350 ms at 10 a second: %u", passed);
	expect(g, WARD_CLINICAL, out(9, SYN), PASSES, "another device is not concerned");
}

Test(packet_flow, holds_a_device_to_its_bits_a_second)
{
	unsigned passed = 0, limited = 0;

	for (int i = 0; i < 20; i++) {
		struct frame f = frame_of((struct packet_spec){
			.source_mac = NATIVE_MAC, .destination_mac = PACS_MAC, .source = NATIVE,
			.destination = PACS, .protocol = IPPROTO_UDP, .source_port = 123,
			.destination_port = 123, .payload = 250 - 42 });
		struct verdict v = gateway_run(g, LAB_CLINICAL, &f);

		passed += v.reason == PASSES;
		limited += v.reason == WARD_BIT_RATE;
	}
	/*
	 * 2,000 bytes at once are eight frames of 250 and the one that finds the bucket just full.
	 */
	cr_expect(passed >= 8 && passed <= 10, "passed %u", passed);
	cr_expect_eq(passed + limited, 20);
}

Test(packet_flow, counts_a_rule_for_each_packet_it_lets_pass)
{
	struct kernel_counters c;
	struct error error;

	open_connection(4000);
	expect(g, WARD_IT, back(4000, ACK), PASSES, "data");
	cr_assert_eq(kernel_count(g->kernel, &c, &error), 0);
	cr_expect_eq(c.rules[g->slots.rule_slot[0]].packets, 4);
	cr_expect_eq(c.rules[g->slots.rule_slot[0]].bytes, 4 * out(1, SYN).length);
	cr_expect(c.rules[g->slots.rule_slot[0]].last_used > 0);
	cr_expect_eq(c.rules[g->slots.rule_slot[1]].packets, 0);
	kernel_counters_free(&c);
}

struct seen {
	unsigned count;
	struct ward_event last;
};

static void remember(const struct ward_event *event, void *context)
{
	struct seen *seen = context;

	seen->count++;
	seen->last = *event;
}

Test(packet_flow, reports_drops_within_a_budget)
{
	struct seen seen = { 0 };
	struct frame f = ct_sends(IPPROTO_TCP, PACS, 77, 445, SYN);

	for (int i = 0; i < 1000; i++)
		gateway_run(g, WARD_CLINICAL, &f);
	kernel_events(g->kernel, 100000, remember, &seen);
	/* The first at once, then ten a second: the loop takes some seconds at most. */
	cr_expect(seen.count >= 1 && seen.count < 200, "%u events for 1,000 drops", seen.count);
	cr_expect_eq(seen.last.reason, WARD_SERVICE);
	cr_expect_eq(seen.last.vlan, 110);
	cr_expect_eq(ntohs(seen.last.destination_port), 445);
	cr_expect_eq(seen.last.protocol, IPPROTO_TCP);
	cr_expect_eq(seen.last.length, f.length);
	cr_expect_str_eq(kernel_owner_name(g->kernel, seen.last.owner), "ct");
}
