/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, section 12: rules with `expires` and `hours`, at every edge of them. */
#include <time.h>

#include "flows.h"
#include "gateway.skel.h"

#define POLICY_HEAD(enforcement)                                                                   \
	"version: 1\n" enforcement                                                                 \
	"time-zone: Europe/Berlin\n"                                                               \
	"quarantine: shut-in\n"                                                                    \
	"links:\n"                                                                                 \
	"  - {name: ward, clinical: c0, it: i0, vlans: [110]}\n"                                   \
	"networks:\n"                                                                              \
	"  servers: [198.18.110.192/28]\n"                                                         \
	"  pacs: [198.18.110.200]\n"                                                               \
	"  groups: [239.1.2.0/24]\n"                                                               \
	"profiles:\n"

#define POLICY(enforcement)                                                                        \
	POLICY_HEAD(enforcement)                                                                   \
	"  scanner:\n"                                                                             \
	"    fragments: track\n"                                                                   \
	"    allow:\n"                                                                             \
	"      - {to: servers, services: [tcp/101, udp/101], expires: \"2027-01-31 18:00\"}\n"     \
	"      - {to: servers, services: [tcp/102], expires: 2027-01-31}\n"                        \
	"      - {to: servers, services: [tcp/103], hours: Mon-Fri 07:00-19:00}\n"                 \
	"      - {to: servers, services: [tcp/104], hours: Fri 22:00-06:00}\n"                     \
	"      - {to: servers, services: [tcp/105], hours: Sun 02:00-03:00}\n"                     \
	"      - {to: servers, services: [tcp/106], hours: Mon-Fri 07:00-19:00, log: true,"        \
	" limit: {flows: 1}}\n"                                                                    \
	"      - {to: pacs, services: [tcp/106], expires: 2027-03-01}\n"                           \
	"      - {to: servers, services: [tcp/106-107]}\n"                                         \
	"      - {to: servers, services: [tcp/108], hours: Mon 07:00-08:00,"                       \
	" expires: 2027-01-31}\n"                                                                  \
	"      - {to: servers, services: [tcp/109], hours: Sun 23:59-00:01}\n"                     \
	"      - {to: groups, services: [udp/3702], hours: Mon-Fri 07:00-19:00, replies: true}\n"  \
	"  shut-in:\n"                                                                             \
	"    allow:\n"                                                                             \
	"      - {to: servers, services: [tcp/101], hours: Mon 10:00-11:00}\n"                     \
	"devices:\n"                                                                               \
	"  - {name: ct, mac: 02:00:00:00:11:01, vlan: 110, ip: 198.18.110.13, profile: scanner}\n"

GATEWAY_SUITE(packet_hours, POLICY(""), 120)

/* UTC, as in 2027-01-31 16:59:59. */
static void at(const char *when)
{
	struct tm tm = { 0 };

	cr_assert_not_null(strptime(when, "%Y-%m-%d %H:%M:%S", &tm), "%s", when);
	g->generation.skeleton->bss->test_wall = (uint64_t)timegm(&tm);
	g->generation.skeleton->bss->test_now = clock_monotonic().ns;
}

static struct frame out(uint16_t port, uint16_t service, uint8_t flags)
{
	struct packet_spec s = out_spec(IPPROTO_TCP, port, service);

	s.flags = flags;
	return frame_of(s);
}

static struct frame back(uint16_t port, uint16_t service, uint8_t flags)
{
	struct packet_spec s = out_spec(IPPROTO_TCP, port, service);

	s.flags = flags;
	return frame_of(back_spec(s));
}

/* A new flow each time. */
static void opens(const char *when, uint16_t service, int reason)
{
	static uint16_t port = 1000;

	at(when);
	expect(g, WARD_CLINICAL, out(port++, service, SYN), reason, when);
	gateway_expire_flows(g);
}

static void open_connection(uint16_t port, uint16_t service)
{
	expect(g, WARD_CLINICAL, out(port, service, SYN), PASSES, "SYN");
	expect(g, WARD_IT, back(port, service, SYN | ACK), PASSES, "SYN+ACK");
	expect(g, WARD_CLINICAL, out(port, service, ACK), PASSES, "ACK");
}

Test(packet_hours, a_rule_ends_with_the_second)
{
	opens("2026-01-01 00:00:00", 101, PASSES);
	opens("2027-01-31 16:59:59", 101, PASSES);
	opens("2027-01-31 17:00:00", 101, WARD_RULE_EXPIRED);
	opens("2037-01-31 17:00:00", 101, WARD_RULE_EXPIRED);
	opens("2027-01-31 22:59:59", 102, PASSES);
	opens("2027-01-31 23:00:00", 102, WARD_RULE_EXPIRED);
}

Test(packet_hours, a_window_has_its_first_minute_and_not_the_one_behind_its_last)
{
	/* A Friday, a Saturday, and a Monday in winter: UTC+1. */
	opens("2027-01-15 05:59:59", 103, WARD_OUT_OF_HOURS);
	opens("2027-01-15 06:00:00", 103, PASSES);
	opens("2027-01-15 17:59:59", 103, PASSES);
	opens("2027-01-15 18:00:00", 103, WARD_OUT_OF_HOURS);
	opens("2027-01-16 12:00:00", 103, WARD_OUT_OF_HOURS);
	opens("2027-01-18 05:59:59", 103, WARD_OUT_OF_HOURS);
	opens("2027-01-18 06:00:00", 103, PASSES);
}

Test(packet_hours, a_window_passes_midnight_and_the_end_of_the_week)
{
	opens("2027-01-15 20:59:59", 104, WARD_OUT_OF_HOURS);
	opens("2027-01-15 21:00:00", 104, PASSES);
	opens("2027-01-15 22:59:59", 104, PASSES);
	opens("2027-01-15 23:00:00", 104, PASSES);
	opens("2027-01-16 04:59:59", 104, PASSES);
	opens("2027-01-16 05:00:00", 104, WARD_OUT_OF_HOURS);
	opens("2027-01-17 22:58:59", 109, WARD_OUT_OF_HOURS);
	opens("2027-01-17 22:59:00", 109, PASSES);
	opens("2027-01-17 23:00:59", 109, PASSES);
	opens("2027-01-17 23:01:00", 109, WARD_OUT_OF_HOURS);
}

Test(packet_hours, follow_the_clocks_of_the_zone)
{
	/* In summer it is UTC+2. */
	opens("2027-07-16 04:59:59", 103, WARD_OUT_OF_HOURS);
	opens("2027-07-16 05:00:00", 103, PASSES);
	/* 2027-03-28: after 1:59:59 comes 3:00. */
	opens("2027-03-21 01:00:00", 105, PASSES);
	opens("2027-03-28 00:59:59", 105, WARD_OUT_OF_HOURS);
	opens("2027-03-28 01:00:00", 105, WARD_OUT_OF_HOURS);
	/* 2027-10-31: from 2:00 to 3:00 twice. */
	opens("2027-10-30 23:59:59", 105, WARD_OUT_OF_HOURS);
	opens("2027-10-31 00:00:00", 105, PASSES);
	opens("2027-10-31 00:59:59", 105, PASSES);
	opens("2027-10-31 01:00:00", 105, PASSES);
	opens("2027-10-31 01:59:59", 105, PASSES);
	opens("2027-10-31 02:00:00", 105, WARD_OUT_OF_HOURS);
	opens("2045-07-14 05:00:00", 103, PASSES);
	opens("2055-12-31 06:00:00", 103, PASSES);
}

Test(packet_hours, both_must_be_in_time_and_the_reason_is_what_may_come_back)
{
	opens("2027-01-18 06:30:00", 108, PASSES);
	opens("2027-01-18 07:00:00", 108, WARD_OUT_OF_HOURS);
	opens("2027-02-01 06:30:00", 108, WARD_RULE_EXPIRED);
	opens("2027-02-01 06:30:00", 110, WARD_SERVICE);
}

static uint64_t packets_of(size_t rule)
{
	struct kernel_counters c;
	struct error error;
	uint64_t packets;

	cr_assert_eq(kernel_count(g->kernel, &c, &error), 0);
	packets = c.rules[g->slots.rule_slot[rule]].packets;
	kernel_counters_free(&c);
	return packets;
}

Test(packet_hours, the_next_rule_in_its_time_decides)
{
	opens("2027-01-15 06:00:00", 106, PASSES);
	cr_expect_eq(packets_of(5), 1, "in its hours");
	opens("2027-01-15 18:00:00", 106, PASSES);
	cr_expect_eq(packets_of(6), 1, "out of them, before the expiry of the second");
	opens("2027-03-05 18:00:00", 106, PASSES);
	cr_expect_eq(packets_of(7), 1, "after it");
	opens("2027-03-05 12:00:00", 106, PASSES);
	cr_expect_eq(packets_of(5), 2, "the first again");
}

Test(packet_hours, a_live_flow_stops_with_its_rule)
{
	at("2027-01-15 17:59:59");
	open_connection(1, 103);
	open_connection(2, 107);
	at("2027-01-15 18:00:00");
	expect(g, WARD_IT, back(1, 103, ACK), WARD_OUT_OF_HOURS, "its next packet");
	expect(g, WARD_CLINICAL, out(1, 103, ACK), WARD_OUT_OF_HOURS, "and the one after it");
	expect(g, WARD_CLINICAL, out(2, 107, ACK), PASSES, "another flow");
	at("2027-01-18 06:00:00");
	expect(g, WARD_CLINICAL, out(1, 103, ACK), WARD_NOT_OPENED, "what has ended has ended");
	at("2027-01-31 16:59:59");
	open_connection(3, 101);
	at("2027-01-31 17:00:00");
	expect(g, WARD_CLINICAL, out(3, 101, ACK), WARD_RULE_EXPIRED, "expired");
}

Test(packet_hours, a_live_flow_goes_on_under_the_next_rule_and_comes_back)
{
	at("2027-01-15 17:59:59");
	open_connection(1, 106);
	cr_expect_eq(packets_of(5), 3);
	at("2027-01-15 18:00:00");
	expect(g, WARD_CLINICAL, out(1, 106, ACK), PASSES, "under the second");
	at("2027-03-02 00:00:00");
	expect(g, WARD_CLINICAL, out(1, 106, ACK), PASSES, "under the third");
	cr_expect_eq(packets_of(6), 1);
	cr_expect_eq(packets_of(7), 1);
	expect(g, WARD_CLINICAL, out(2, 106, SYN), PASSES, "without the limit of the first");
	at("2027-03-02 12:00:00");
	expect(g, WARD_CLINICAL, out(1, 106, ACK), PASSES, "under the first");
	cr_expect_eq(packets_of(5), 4);
}

Test(packet_hours, the_clock_may_be_set_back)
{
	at("2027-01-31 17:00:00");
	expect(g, WARD_CLINICAL, out(1, 101, SYN), WARD_RULE_EXPIRED, "after the expiry");
	at("2027-01-31 16:00:00");
	expect(g, WARD_CLINICAL, out(1, 101, SYN), PASSES, "before it");
}

Test(packet_hours, errors_and_fragments_end_with_the_rule)
{
	struct packet_spec error = back_spec(out_spec(IPPROTO_ICMP, 3, 0));
	struct packet_spec piece = out_spec(IPPROTO_UDP, 7, 101);
	struct frame about;

	at("2027-01-31 16:59:59");
	open_connection(1, 101);
	about = out(1, 101, ACK);
	error.about = &about;
	expect(g, WARD_IT, frame_of(error), PASSES, "an error about a live flow");
	piece.more_fragments = true;
	piece.payload = 24;
	piece.fragment_id = 9;
	expect(g, WARD_CLINICAL, frame_of(piece), PASSES, "a first fragment");
	piece.fragment_offset = 32;
	piece.payload = 8;
	expect(g, WARD_CLINICAL, frame_of(piece), PASSES, "a second one");
	at("2027-01-31 17:00:00");
	expect(g, WARD_IT, frame_of(error), WARD_ICMP_ERROR, "an error, after the expiry");
	piece.fragment_offset = 40;
	expect(g, WARD_CLINICAL, frame_of(piece), WARD_RULE_EXPIRED, "a third fragment");
	expect(g, WARD_CLINICAL, frame_of(piece), WARD_FRAGMENT_ORPHAN, "and again");
}

Test(packet_hours, answers_to_a_group_end_with_the_rule)
{
	struct packet_spec question = out_spec(IPPROTO_UDP, 500, 3702), answer;

	question.destination = GROUP;
	question.destination_mac = "01:00:5e:01:02:03";
	at("2027-01-15 17:59:59");
	expect(g, WARD_CLINICAL, frame_of(question), PASSES, "question");
	question.destination = OTHER;
	answer = back_spec(question);
	expect(g, WARD_IT, frame_of(answer), PASSES, "answer");
	at("2027-01-15 18:00:00");
	expect(g, WARD_IT, frame_of(answer), WARD_UNSOLICITED, "too late");
}

Test(packet_hours, hold_in_quarantine_too)
{
	at("2027-01-18 09:30:00");
	kernel_quarantine(g->kernel, g->slots.device_owner[0], true);
	expect(g, WARD_CLINICAL, out(1, 101, SYN), PASSES, "in the hours of that profile");
	at("2027-01-18 10:00:00");
	expect(g, WARD_CLINICAL, out(1, 101, SYN), WARD_QUARANTINED, "its live flow");
	expect(g, WARD_CLINICAL, out(2, 101, SYN), WARD_QUARANTINED, "a new one");
}

Test(packet_hours, audit_mode_tells_what_would_be_dropped)
{
	gateway_apply(g, POLICY("enforcement: audit\n"));
	at("2027-01-31 16:59:59");
	open_connection(1, 101);
	at("2027-01-31 17:00:00");
	expect_audited(g, WARD_CLINICAL, out(1, 101, ACK), WARD_RULE_EXPIRED, "ct", "a live flow");
	expect_audited(g, WARD_CLINICAL, out(2, 101, SYN), WARD_RULE_EXPIRED, "ct", "a new flow");
	expect_audited(g, WARD_CLINICAL, out(3, 103, SYN), WARD_OUT_OF_HOURS, "ct", "a Sunday");
}

/* While the new program is put on the ports, the old one leaves alone what the new one allowed. */
Test(packet_hours, an_old_program_does_not_end_what_the_new_one_allows)
{
	at("2027-01-31 16:59:59");
	open_connection(1, 101);
	flow_of_port(g, 1)->generation = g->generation.number + 1;
	at("2027-01-31 17:00:00");
	expect(g, WARD_CLINICAL, out(1, 101, ACK), WARD_RULE_EXPIRED, "by the old one");
	cr_expect_gt(flow_of_port(g, 1)->expires, clock_monotonic().ns);
}

Test(packet_hours, flows_of_other_rules_are_not_judged_again)
{
	at("2027-01-15 12:00:00");
	open_connection(1, 107);
	open_connection(2, 106);
	cr_expect_not(flow_of_port(g, 1)->seen & WARD_SEEN_TIMED);
	cr_expect(flow_of_port(g, 2)->seen & WARD_SEEN_TIMED);
	gateway_apply(g, POLICY_HEAD("") "  scanner:\n    allow:\n"
				     "      - {to: servers, services: [tcp/106]}\n"
				     "  shut-in: {}\n"
				     "devices:\n"
				     "  - {name: ct, mac: 02:00:00:00:11:01, vlan: 110,"
				     " ip: 198.18.110.13, profile: scanner}\n");
	at("2027-01-15 12:00:01");
	expect(g, WARD_CLINICAL, out(2, 106, ACK), PASSES, "without a time now");
	cr_expect_not(flow_of_port(g, 2)->seen & WARD_SEEN_TIMED);
}

struct seen {
	unsigned count;
	struct ward_event last;
};

static void remember(const struct ward_event *event, void *context)
{
	struct seen *seen = context;

	seen->count += event->reason == WARD_NEW_FLOW;
	seen->last = *event;
}

Test(packet_hours, a_rule_with_log_tells_each_new_flow)
{
	struct seen seen = { 0 };

	at("2027-01-15 12:00:00");
	open_connection(1, 106);
	open_connection(2, 107);
	kernel_events(g->kernel, 1000, remember, &seen);
	cr_expect_eq(seen.count, 1);
	cr_expect_eq(seen.last.rule, g->slots.rule_slot[5]);
	cr_expect_eq(ntohs(seen.last.destination_port), 106);
	cr_expect_str_eq(kernel_owner_name(g->kernel, seen.last.owner), "ct");
	cr_expect_not(seen.last.audited);
	for (uint16_t port = 3; port < 1000; port++) {
		struct frame f = out(port, 106, SYN);

		gateway_expire_flows(g);
		gateway_run(g, WARD_CLINICAL, &f);
	}
	seen.count = 0;
	kernel_events(g->kernel, 100000, remember, &seen);
	cr_expect(seen.count > 50 && seen.count < 110, "%u events of 997 flows", seen.count);
}
