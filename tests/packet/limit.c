/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, section 13: limits of devices and rules, in their order. */
#include "flows.h"

GATEWAY_SUITE(packet_limit, FLOWS_POLICY, 120)

/* Rates are so low, and bursts so small, that the time a test takes does not count. */
#define PROFILE(limit) "    limit: " limit "\n"
#define RULE(limit) ", limit: " limit

static void device_limit(const char *policy)
{
	gateway_apply(g, policy);
}

static struct frame tcp(uint16_t port, uint8_t flags)
{
	struct packet_spec s = out_spec(IPPROTO_TCP, port, 104);

	s.flags = flags;
	return frame_of(s);
}

static struct frame tcp_back(uint16_t port, uint8_t flags)
{
	struct packet_spec s = out_spec(IPPROTO_TCP, port, 104);

	s.flags = flags;
	return frame_of(back_spec(s));
}

static struct frame udp(uint16_t port)
{
	return frame_of(out_spec(IPPROTO_UDP, port, 123));
}

static struct frame udp_back(uint16_t port)
{
	return frame_of(back_spec(out_spec(IPPROTO_UDP, port, 123)));
}

static void sends(struct frame f, int reason, const char *description)
{
	expect(g, WARD_CLINICAL, f, reason, description);
}

static void gets(struct frame f, int reason, const char *description)
{
	expect(g, WARD_IT, f, reason, description);
}

Test(packet_limit, holds_each_direction_by_itself)
{
	device_limit(FLOWS_POLICY_WITH(
		PROFILE("{packets: 1/s, burst: 3, receive: {packets: 1/s, burst: 2}}"), ""));
	sends(udp(1), PASSES, "the first");
	gets(udp_back(1), PASSES, "the first back");
	gets(udp_back(1), PASSES, "the second back");
	gets(udp_back(1), WARD_PACKET_RATE, "the third back");
	sends(udp(1), PASSES, "the second");
	sends(udp(1), PASSES, "the third");
	sends(udp(1), WARD_PACKET_RATE, "the fourth");
}

Test(packet_limit, holds_no_direction_that_has_no_limit)
{
	device_limit(FLOWS_POLICY_WITH(PROFILE("{receive: {packets: 1/s, burst: 1}}"), ""));
	for (int i = 0; i < 50; i++)
		sends(udp(1), PASSES, "sent");
	gets(udp_back(1), PASSES, "the first");
	gets(udp_back(1), WARD_PACKET_RATE, "the second");
}

Test(packet_limit, holds_frames_without_a_rule)
{
	device_limit(FLOWS_POLICY_WITH(PROFILE("{packets: 1/s, burst: 2}"), ""));
	sends(frame_arp(1, CT_MAC, CT, PACS, BROADCAST, 110), PASSES, "ARP");
	sends(udp(1), PASSES, "UDP");
	sends(frame_arp(1, CT_MAC, CT, PACS, BROADCAST, 110), WARD_PACKET_RATE, "ARP again");
	sends(udp(1), WARD_PACKET_RATE, "UDP again");
}

Test(packet_limit, holds_new_flows_only)
{
	device_limit(FLOWS_POLICY_WITH(PROFILE("{new-flows: 3/s}"), ""));
	for (uint16_t port = 1; port <= 3; port++)
		sends(tcp(port, SYN), PASSES, "a new flow");
	sends(tcp(4, SYN), WARD_NEW_FLOW_RATE, "one too many");
	sends(tcp(3, SYN), PASSES, "a SYN again");
	gets(tcp_back(3, SYN | ACK), PASSES, "its answer");
	sends(tcp(3, ACK), PASSES, "a live flow");
}

Test(packet_limit, gives_back_what_a_later_limit_refuses)
{
	device_limit(FLOWS_POLICY_WITH(
		PROFILE("{packets: 1/s, burst: 3, new-flows: 1/s}"), ""));
	sends(udp(1), PASSES, "a flow");
	for (uint16_t port = 2; port < 30; port++)
		sends(udp(port), WARD_NEW_FLOW_RATE, "another flow");
	sends(udp(1), PASSES, "the second packet");
	sends(udp(1), PASSES, "the third packet");
	sends(udp(1), WARD_PACKET_RATE, "the fourth packet");
}

Test(packet_limit, gives_back_packets_when_there_are_too_many_bits)
{
	struct packet_spec big = out_spec(IPPROTO_UDP, 1, 123);

	/* 1,000 bytes: the frame that finds the bucket just full still passes. */
	device_limit(FLOWS_POLICY_WITH(
		PROFILE("{packets: 1/s, burst: 4, bits: 8k/s, burst-bits: 16k}"), ""));
	big.payload = 1300;
	sends(frame_of(big), PASSES, "the first");
	sends(frame_of(big), PASSES, "the second");
	for (int i = 0; i < 20; i++)
		sends(frame_of(big), WARD_BIT_RATE, "too many bits");
	cr_expect_lt(g->kernel->state.shares[device_index(g, 0)].bucket.packet_tat[0] >> 4,
		     clock_monotonic().ns + 2100000000, "only two packets are charged");
}

Test(packet_limit, holds_a_rule_and_no_other)
{
	device_limit(FLOWS_POLICY_WITH("", RULE("{packets: 1/s, burst: 3}")));
	sends(tcp(1, SYN), PASSES, "the first");
	sends(tcp(2, SYN), PASSES, "the second, of another flow");
	sends(tcp(1, SYN), PASSES, "the third");
	sends(tcp(1, SYN), WARD_RULE_PACKET_RATE, "the fourth");
	for (int i = 0; i < 20; i++)
		sends(udp(1), PASSES, "under another rule");
	gets(tcp_back(1, SYN | ACK), PASSES, "the other direction");
}

Test(packet_limit, holds_the_bits_of_a_rule)
{
	struct packet_spec s = out_spec(IPPROTO_TCP, 1, 104);
	unsigned passed = 0;

	device_limit(FLOWS_POLICY_WITH("", RULE("{bits: 8k/s, burst-bits: 16k}")));
	s.flags = SYN;
	s.payload = 500 - 58;
	for (int i = 0; i < 20; i++) {
		struct frame f = frame_of(s);
		int reason = gateway_run(g, WARD_CLINICAL, &f).reason;

		passed += reason == PASSES;
		cr_expect(reason == PASSES || reason == WARD_RULE_BIT_RATE, "%s",
			  reason_label(reason));
	}
	cr_expect(passed >= 4 && passed <= 6, "2,000 bytes at once: passed %u", passed);
}

Test(packet_limit, of_a_rule_gives_back_the_device_s)
{
	device_limit(FLOWS_POLICY_WITH(PROFILE("{packets: 1/s, burst: 3}"),
				       RULE("{packets: 1/s, burst: 1}")));
	sends(tcp(1, SYN), PASSES, "the first");
	for (int i = 0; i < 20; i++)
		sends(tcp(1, SYN), WARD_RULE_PACKET_RATE, "over the rule's");
	sends(udp(1), PASSES, "the device's second");
	sends(udp(1), PASSES, "the device's third");
	sends(udp(1), WARD_PACKET_RATE, "the device's fourth");
	sends(tcp(1, SYN), WARD_PACKET_RATE, "the device's limit comes first");
}

Test(packet_limit, holds_new_flows_of_a_rule)
{
	device_limit(FLOWS_POLICY_WITH(PROFILE("{new-flows: 3/s}"), RULE("{new-flows: 1/s}")));
	sends(tcp(1, SYN), PASSES, "the first");
	for (uint16_t port = 2; port < 20; port++)
		sends(tcp(port, SYN), WARD_RULE_NEW_FLOW_RATE, "the rule's second");
	sends(udp(1), PASSES, "the device's second");
	sends(udp(2), PASSES, "the device's third");
	sends(udp(3), WARD_NEW_FLOW_RATE, "the device's fourth");
}

Test(packet_limit, counts_live_flows)
{
	device_limit(FLOWS_POLICY_WITH(PROFILE("{flows: 5}"), ""));
	for (uint16_t port = 1; port <= 5; port++)
		sends(tcp(port, SYN), PASSES, "a flow");
	sends(tcp(6, SYN), WARD_FLOWS_FULL, "the sixth");
	sends(udp(6), WARD_FLOWS_FULL, "of another protocol");
	sends(tcp(5, SYN), PASSES, "a live one");
	flow_of_port(g, 2)->expires = 0;
	sends(tcp(7, SYN), PASSES, "in place of one that has expired");
	sends(tcp(8, SYN), WARD_FLOWS_FULL, "the next one");
	expect(g, WARD_CLINICAL, frame_of((struct packet_spec){
		.source_mac = SPARE_MAC, .destination_mac = PACS_MAC, .vlan = 110,
		.source = SPARE, .destination = PACS, .protocol = IPPROTO_UDP, .source_port = 9,
		.destination_port = 123 }), PASSES, "another device is not concerned");
}

Test(packet_limit, does_not_count_the_flow_that_is_replaced)
{
	device_limit(FLOWS_POLICY_WITH(PROFILE("{flows: 2}"), ""));
	sends(tcp(1, SYN), PASSES, "a flow");
	sends(tcp(2, SYN), PASSES, "another");
	gets(tcp_back(1, RST | ACK), PASSES, "refused");
	flow_of_port(g, 1)->state = WARD_FLOW_CLOSED_BOTH;
	sends(tcp(1, SYN), PASSES, "the same ports again");
	sends(tcp(3, SYN), WARD_FLOWS_FULL, "a third one");
}

Test(packet_limit, counts_live_flows_of_a_rule)
{
	device_limit(FLOWS_POLICY_WITH(PROFILE("{flows: 6}"), RULE("{flows: 4}")));
	for (uint16_t port = 1; port <= 4; port++)
		sends(tcp(port, SYN), PASSES, "a flow of the rule");
	sends(tcp(5, SYN), WARD_RULE_FLOWS, "the rule's fifth");
	sends(udp(1), PASSES, "another rule's");
	sends(udp(2), PASSES, "the device's sixth");
	sends(udp(3), WARD_FLOWS_FULL, "the device's seventh");
	sends(tcp(6, SYN), WARD_FLOWS_FULL, "the device's come first");
}

Test(packet_limit, of_a_full_table_gives_everything_back)
{
	device_limit(FLOWS_POLICY_WITH(PROFILE("{packets: 100/s, burst: 400, new-flows: 80/s}"),
				       ""));
	for (uint16_t port = 1; port <= WARD_FLOWS + 40; port++) {
		struct frame syn = tcp(port, SYN);

		if (gateway_run(g, WARD_CLINICAL, &syn).reason != PASSES)
			continue;
		gets(tcp_back(port, SYN | ACK), PASSES, "SYN+ACK");
		sends(tcp(port, ACK), PASSES, "ACK");
	}
	for (int i = 0; i < 500; i++)
		sends(tcp(9999, SYN), WARD_FLOWS_FULL, "no place: not the limit of new flows");
}

Test(packet_limit, is_kept_over_a_publish)
{
	const char *policy = FLOWS_POLICY_WITH(PROFILE("{packets: 1/s, burst: 2}"),
					       RULE("{packets: 1/s, burst: 1}"));
	const struct ward_bucket *device, *rule;
	struct ward_bucket before[2];

	device_limit(policy);
	device = &g->kernel->state.shares[device_index(g, 0)].bucket;
	rule = &g->kernel->state.rule_buckets[device_index(g, 0)].place[0];
	sends(tcp(1, SYN), PASSES, "the first");
	cr_expect_gt(device->packet_tat[0], 0);
	cr_expect_gt(rule->packet_tat[0], 0);
	before[0] = *device;
	before[1] = *rule;
	device_limit(policy);
	cr_expect_eq(memcmp(device, &before[0], sizeof(*device)), 0);
	cr_expect_eq(memcmp(rule, &before[1], sizeof(*rule)), 0);
}

/* A bucket is never fuller than full, whatever limit filled it. */
Test(packet_limit, of_a_new_policy_is_not_bound_by_what_an_old_one_let_pass)
{
	device_limit(FLOWS_POLICY_WITH(PROFILE("{packets: 1/s, burst: 60}"), ""));
	for (int i = 0; i < 60; i++)
		sends(udp(1), PASSES, "a burst that lasts a minute");
	sends(udp(1), WARD_PACKET_RATE, "one more");
	device_limit(FLOWS_POLICY_WITH(PROFILE("{packets: 1/s, burst: 3}"), ""));
	sends(udp(1), PASSES, "the bucket is full, and no more than full");
	sends(udp(1), WARD_PACKET_RATE, "but full");
}

Test(packet_limit, of_all_kinds_are_not_bound_by_what_an_old_one_let_pass)
{
	struct ward_bucket *device, *rule;
	uint64_t later = (clock_monotonic().ns + 3600 * 1000000000ull) << WARD_TICK_SHIFT;

	device_limit(
		FLOWS_POLICY_WITH(PROFILE("{bits: 8k/s, burst-bits: 16k, new-flows: 1/s}"),
				  RULE("{packets: 1/s, burst: 2, bits: 8k/s, new-flows: 1/s}")));
	device = &g->kernel->state.shares[device_index(g, 0)].bucket;
	rule = &g->kernel->state.rule_buckets[device_index(g, 0)].place[0];
	device->byte_tat[0] = device->new_flow_tat = later;
	rule->packet_tat[0] = rule->byte_tat[0] = rule->new_flow_tat = later;
	sends(tcp(1, SYN), PASSES, "a new flow");
	cr_expect_lt(device->byte_tat[0], later);
	cr_expect_lt(device->new_flow_tat, later);
	cr_expect_lt(rule->packet_tat[0], later);
	cr_expect_lt(rule->byte_tat[0], later);
	cr_expect_lt(rule->new_flow_tat, later);
}

/* A long frame puts a bucket further ahead than a short one could. */
Test(packet_limit, of_bits_is_not_forgotten_for_a_short_frame_after_a_long_one)
{
	struct packet_spec big = out_spec(IPPROTO_UDP, 1, 123);

	device_limit(FLOWS_POLICY_WITH(PROFILE("{bits: 1k/s, burst-bits: 16k}"), ""));
	big.payload = 1300;
	sends(frame_of(big), PASSES, "a long one, ten seconds' worth");
	sends(frame_of(big), PASSES, "the second finds the bucket not full yet");
	for (int i = 0; i < 5; i++)
		sends(udp(1), WARD_BIT_RATE, "a short one");
}
