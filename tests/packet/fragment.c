/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, section 9: fragments follow their first one. */
#include "flows.h"

static struct gateway *g;
static bool is_ipv6;

static void setup(void)
{
	g = gateway_new(FLOWS_POLICY);
	is_ipv6 = false;
}

static void teardown(void)
{
	gateway_free(&g);
}

TestSuite(packet_fragment, .init = setup, .fini = teardown, .timeout = 120);

#define FRAGMENT_HEADER 44
#define DESTINATION_OPTIONS 60

/* Bytes from `first` to `end` of a UDP datagram from the device, of which there are more or not. */
static struct packet_spec piece(uint32_t id, unsigned first, unsigned end, bool more)
{
	static const uint8_t header[] = { FRAGMENT_HEADER };
	struct packet_spec s = is_ipv6 ? out6_spec(IPPROTO_UDP, 500, 123) :
					 out_spec(IPPROTO_UDP, 500, 123);

	s.fragment_id = id;
	s.fragment_offset = (uint16_t)first;
	s.more_fragments = more;
	s.payload = end - first - (first ? 0 : 8);
	if (is_ipv6)
		s.extensions = (struct bytes){ header, sizeof(header) };
	return s;
}

static void sends(struct packet_spec s, int reason, const char *description)
{
	expect(g, WARD_CLINICAL, frame_of(s), reason, description);
}

static void sent(uint32_t id, unsigned first, unsigned end, bool more, int reason)
{
	char description[64];

	snprintf(description, sizeof(description), "IPv%d, bytes %u to %u%s", is_ipv6 ? 6 : 4,
		 first, end, more ? "" : ", the last");
	sends(piece(id, first, end, more), reason, description);
}

static struct ward_fragment *places(void)
{
	return g->kernel->state.fragments[device_index(g, 0)].place;
}

static unsigned live_places(void)
{
	unsigned count = 0;

	for (int i = 0; i < WARD_FRAGMENTS; i++)
		count += places()[i].expires > clock_monotonic().ns;
	return count;
}

static void each_family(void (*test)(void))
{
	for (int i = 0; i < 2; i++) {
		is_ipv6 = i;
		test();
	}
}

static void in_order(void)
{
	sent(1, 0, 64, true, PASSES);
	sent(1, 64, 128, true, PASSES);
	sent(1, 128, 131, false, PASSES);
	cr_expect_eq(live_places(), 0, "nothing is missing: the place is free");
	sent(1, 128, 131, false, WARD_FRAGMENT_ORPHAN);
}

static void out_of_order(void)
{
	sent(2, 128, 131, false, WARD_FRAGMENT_ORPHAN);
	sent(2, 0, 64, true, PASSES);
	sent(2, 128, 131, false, PASSES);
	sent(2, 64, 96, true, PASSES);
	cr_expect_eq(live_places(), 1);
	sent(2, 96, 128, true, PASSES);
	cr_expect_eq(live_places(), 0);
}

Test(packet_fragment, follows_the_first_one)
{
	each_family(in_order);
	each_family(out_of_order);
}

static void overlaps(void)
{
	sent(3, 0, 64, true, PASSES);
	sent(3, 0, 64, true, WARD_FRAGMENT_OVERLAP);
	sent(3, 0, 24, true, WARD_FRAGMENT_OVERLAP);
	sent(3, 56, 128, true, WARD_FRAGMENT_OVERLAP);
	sent(3, 8, 16, true, WARD_FRAGMENT_OVERLAP);
	sent(3, 128, 192, true, PASSES);
	sent(3, 120, 136, true, WARD_FRAGMENT_OVERLAP);
	sent(3, 184, 256, true, WARD_FRAGMENT_OVERLAP);
	sent(3, 120, 200, true, WARD_FRAGMENT_OVERLAP);
	sent(3, 128, 192, true, WARD_FRAGMENT_OVERLAP);
	sent(3, 64, 128, true, PASSES);
	sent(3, 192, 201, false, PASSES);
}

Test(packet_fragment, lets_no_byte_pass_twice)
{
	each_family(overlaps);
}

static void ends(void)
{
	sent(4, 0, 64, true, PASSES);
	sent(4, 128, 192, true, PASSES);
	sent(4, 64, 120, false, WARD_FRAGMENT_RANGE);
	sent(4, 120, 130, false, WARD_FRAGMENT_RANGE);
	sent(4, 200, 210, false, PASSES);
	sent(4, 208, 216, true, WARD_FRAGMENT_RANGE);
	sent(4, 240, 248, true, WARD_FRAGMENT_RANGE);
	sent(4, 192, 220, false, WARD_FRAGMENT_RANGE);
	sent(4, 64, 100, false, WARD_FRAGMENT_RANGE);
	sent(4, 200, 210, false, WARD_FRAGMENT_OVERLAP);
	sent(4, 192, 200, true, PASSES);
	sent(4, 64, 128, true, PASSES);
	cr_expect_eq(live_places(), 0);
}

Test(packet_fragment, ends_where_its_last_one_says)
{
	each_family(ends);
}

static void ranges(void)
{
	sent(5, 0, 64, true, PASSES);
	sent(5, 128, 136, true, PASSES);
	sent(5, 256, 264, true, PASSES);
	sent(5, 512, 520, true, PASSES);
	sent(5, 1024, 1032, true, WARD_FRAGMENT_LIMIT);
	sent(5, 520, 528, true, PASSES);
	sent(5, 504, 512, true, PASSES);
	sent(5, 136, 256, true, PASSES);
	sent(5, 1024, 1032, true, PASSES);
	sent(5, 2048, 2056, true, WARD_FRAGMENT_LIMIT);
	gateway_expire_flows(g);
	for (int i = 0; i < WARD_FRAGMENTS; i++)
		places()[i].expires = 0;
}

Test(packet_fragment, has_four_ranges_at_most)
{
	each_family(ranges);
}

Test(packet_fragment, has_a_place_for_eight_datagrams)
{
	for (uint32_t id = 0; id < WARD_FRAGMENTS; id++)
		sent(id, 0, 64, true, PASSES);
	sent(8, 0, 64, true, WARD_FRAGMENT_LIMIT);
	sent(7, 64, 72, true, PASSES);
	expect(g, WARD_CLINICAL, frame_of(out_spec(IPPROTO_UDP, 500, 123)), PASSES,
	       "whole packets pass");
	sent(8, 64, 72, true, WARD_FRAGMENT_ORPHAN);
	places()[3].expires = clock_monotonic().ns;
	sent(3, 64, 72, true, WARD_FRAGMENT_ORPHAN);
	sent(8, 0, 64, true, PASSES);
	sent(9, 0, 64, true, WARD_FRAGMENT_LIMIT);
}

Test(packet_fragment, lives_for_half_a_minute)
{
	uint64_t left;

	sent(1, 0, 64, true, PASSES);
	left = places()[0].expires - clock_monotonic().ns;
	cr_expect(left > 29000000000 && left <= 30000000000);
	places()[0].expires -= 20000000000;
	sent(1, 64, 72, true, PASSES);
	left = places()[0].expires - clock_monotonic().ns;
	cr_expect(left <= 10000000000, "from the first one on");
}

Test(packet_fragment, belongs_to_a_datagram_by_all_that_names_it)
{
	struct packet_spec s = piece(1, 64, 72, true);

	sent(1, 0, 64, true, PASSES);
	s.fragment_id = 2;
	sends(s, WARD_FRAGMENT_ORPHAN, "another id");
	s.fragment_id = 1;
	s.destination = OTHER;
	sends(s, WARD_FRAGMENT_ORPHAN, "another peer");
	s.destination = PACS;
	s.protocol = IPPROTO_TCP;
	sends(s, WARD_FRAGMENT_ORPHAN, "another protocol");
	s.protocol = IPPROTO_UDP;
	expect(g, WARD_IT, frame_of(back_spec(s)), WARD_FRAGMENT_ORPHAN, "the other direction");
	sends(s, PASSES, "the same");
}

Test(packet_fragment, passes_from_the_other_side_too)
{
	struct packet_spec s = piece(1, 0, 64, true);

	expect(g, WARD_IT, frame_of(back_spec(s)), WARD_UNSOLICITED, "nothing was asked");
	s.fragment_offset = 64;
	expect(g, WARD_IT, frame_of(back_spec(s)), WARD_FRAGMENT_ORPHAN, "what follows it");
	sends(out_spec(IPPROTO_UDP, 500, 123), PASSES, "the question");
	expect(g, WARD_IT, frame_of(back_spec(piece(1, 0, 64, true))), PASSES, "its answer");
	expect(g, WARD_IT, frame_of(back_spec(piece(1, 64, 100, false))), PASSES, "the rest");
}

Test(packet_fragment, is_an_orphan_when_the_first_one_was_refused)
{
	struct packet_spec s = piece(1, 0, 64, true);

	s.destination_port = 161;
	sends(s, WARD_SERVICE, "no rule for it");
	sent(1, 64, 72, false, WARD_FRAGMENT_ORPHAN);
	gateway_apply(g, FLOWS_POLICY_WITH("    limit: {packets: 1/s, burst: 2, new-flows: 1/s}\n",
					   ""));
	sends(out_spec(IPPROTO_UDP, 400, 123), PASSES, "the flow of this second");
	sent(2, 0, 64, true, WARD_NEW_FLOW_RATE);
	cr_expect_eq(live_places(), 0);
	sent(2, 64, 72, false, WARD_FRAGMENT_ORPHAN);
}

Test(packet_fragment, is_charged_and_only_when_it_passes)
{
	gateway_apply(g, FLOWS_POLICY_WITH("    limit: {packets: 1/s, burst: 3}\n", ""));
	sent(1, 0, 64, true, PASSES);
	sent(1, 56, 72, true, WARD_FRAGMENT_OVERLAP);
	sent(1, 64, 72, true, PASSES);
	sent(1, 72, 80, true, PASSES);
	sent(1, 80, 88, true, WARD_PACKET_RATE);
	gateway_apply(g, FLOWS_POLICY);
	sent(2, 0, 64, true, PASSES);
}

Test(packet_fragment, is_under_the_limits_of_the_first_one_s_rule)
{
	struct packet_spec s = out_spec(IPPROTO_TCP, 500, 104);

	gateway_apply(g, FLOWS_POLICY_WITH("", ", limit: {packets: 1/s, burst: 2}"));
	s.flags = SYN;
	s.more_fragments = true;
	s.payload = 28;
	sends(s, PASSES, "the first");
	s.payload = 8;
	s.fragment_offset = 48;
	sends(s, PASSES, "the second");
	s.fragment_offset = 56;
	sends(s, WARD_RULE_PACKET_RATE, "the third");
	sent(1, 0, 64, true, PASSES);
	sent(1, 64, 72, true, PASSES);
}

Test(packet_fragment, is_an_orphan_after_a_publish)
{
	sent(1, 0, 64, true, PASSES);
	sent(1, 64, 72, true, PASSES);
	gateway_apply(g, FLOWS_POLICY);
	sent(1, 72, 80, true, WARD_FRAGMENT_ORPHAN);
	cr_expect_eq(live_places(), 0, "given up");
	sent(1, 0, 64, true, PASSES);
}

Test(packet_fragment, refuses_what_is_too_small_or_too_long)
{
	struct packet_spec s = out_spec(IPPROTO_TCP, 500, 104);

	s.fragment_offset = 8;
	s.payload = 16;
	sends(s, WARD_FRAGMENT_TINY, "TCP, offset 1: in place of the flags");
	s.protocol = IPPROTO_UDP;
	sends(s, WARD_FRAGMENT_ORPHAN, "UDP, offset 1");
	s.fragment_offset = 64;
	s.payload = 0;
	sends(s, WARD_FRAGMENT_RANGE, "no bytes");
	s.fragment_offset = 65512;
	s.payload = 3;
	sends(s, WARD_FRAGMENT_ORPHAN, "up to the last byte there can be");
	s.payload = 4;
	sends(s, WARD_FRAGMENT_RANGE, "one more");
	is_ipv6 = true;
	sent(1, 65528, 65535, false, WARD_FRAGMENT_ORPHAN);
	sent(1, 65528, 65536, false, WARD_FRAGMENT_RANGE);
	sent(1, 64, 64, false, WARD_FRAGMENT_RANGE);
}

Test(packet_fragment, passes_when_the_profile_tracks_it_alone)
{
	struct packet_spec s = piece(1, 0, 64, true);

	s.source_mac = SPARE_MAC;
	s.source = SPARE;
	sends(s, WARD_FRAGMENT, "another profile: the first one");
	s.fragment_offset = 64;
	sends(s, WARD_FRAGMENT, "and what follows");
	s = piece(1, 0, 64, true);
	s.destination = GROUP;
	s.destination_mac = "01:00:5e:01:02:03";
	s.destination_port = 3702;
	sends(s, WARD_FRAGMENT, "to a group");
	s.fragment_offset = 64;
	sends(s, WARD_FRAGMENT, "to a group, what follows");
	s = piece(1, 0, 64, true);
	s.source_mac = STRANGER_MAC;
	sends(s, WARD_SPOOFED_MAC, "from another MAC");
}

Test(packet_fragment, treats_an_atomic_one_as_whole)
{
	is_ipv6 = true;
	sent(1, 0, 64, false, PASSES);
	sent(1, 0, 64, false, PASSES);
	cr_expect_eq(live_places(), 0);
	sent(1, 0, 64, true, PASSES);
	sent(1, 0, 64, false, PASSES);
	cr_expect_eq(live_places(), 1, "of the one that is in pieces");
}

/* Any other CPU's fragments of the datagram have to wait for the next attempt. */
Test(packet_fragment, does_not_pass_while_its_place_is_being_written)
{
	uint32_t claim;

	sent(1, 0, 64, true, PASSES);
	claim = places()[0].claim;
	places()[0].claim = (claim & ~(uint32_t)WARD_FLOW_CLAIM) | WARD_FLOW_BUSY;
	sent(1, 64, 72, true, WARD_FRAGMENT_LIMIT);
	places()[0].claim = claim;
	sent(1, 64, 72, true, PASSES);
}

/* RFC 8200, 4.5: they are part of what is fragmented, so they count as bytes that have passed. */
Test(packet_fragment, counts_headers_behind_the_fragment_header)
{
	static const uint8_t headers[] = { FRAGMENT_HEADER, DESTINATION_OPTIONS };
	struct packet_spec s;

	is_ipv6 = true;
	for (uint32_t id = 1; id <= 2; id++) {
		s = piece(id, 0, 56, true);
		s.extensions = (struct bytes){ headers, sizeof(headers) };
		sends(s, PASSES, "8 bytes of options and 56 of UDP");
	}
	sent(1, 56, 72, false, WARD_FRAGMENT_OVERLAP);
	sent(2, 64, 72, false, PASSES);
	cr_expect_eq(live_places(), 1, "the second one is complete");
}
