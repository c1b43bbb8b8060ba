/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, section 3: the IPv4 header, its options, addresses and fragments. */
#include "headers.h"

GATEWAY_SUITE(packet_parse_ipv4, LINKS_POLICY, 60)

static struct frame good(void)
{
	return frame_of(tcp_spec());
}

static void refused(struct frame f, int reason, const char *description)
{
	expect(g, WARD_CLINICAL, f, reason, description);
}

static void passes(struct frame f, const char *description)
{
	expect(g, WARD_CLINICAL, f, PASSES, description);
}

Test(packet_parse_ipv4, refuses_wrong_versions_and_lengths)
{
	for (int version = 0; version < 16; version++)
		if (version != 4)
			refused(frame_set8(good(), 0, (uint8_t)(version << 4 | 5)),
				WARD_IPV4_MALFORMED, "another version");
	for (int words = 0; words < 5; words++)
		refused(frame_set8(good(), 0, (uint8_t)(0x40 | words)), WARD_IPV4_MALFORMED,
			"a header below 20 bytes");
	for (uint16_t total = 0; total < 20; total++)
		refused(frame_set16(good(), 2, total), WARD_IPV4_MALFORMED,
			"total length below the header");
	refused(frame_set16(frame_set8(good(), 0, 0x4f), 2, 59), WARD_IPV4_MALFORMED,
		"total length below a header with options");
	refused(frame_set16(good(), 2, 20 + 20 + 24 + 1), WARD_TRUNCATED,
		"total length one more than the frame holds");
	refused(frame_set16(good(), 2, 0xffff), WARD_TRUNCATED, "the longest total length");
	passes(frame_set16(good(), 2, 20 + 20), "padding behind the packet");
}

static struct frame with_options(struct bytes options)
{
	struct packet_spec s = tcp_spec();

	s.options = options;
	return frame_of(s);
}

Test(packet_parse_ipv4, walks_options_to_their_end)
{
	passes(with_options(BYTES(1, 1, 1, 1)), "no operation");
	passes(with_options(BYTES(0, 131, 0, 0)), "nothing is read behind the end");
	passes(with_options(BYTES(148, 4, 0, 0)), "router alert (RFC 2113)");
	passes(with_options(BYTES(1, 148, 4, 0, 0, 1, 130, 2)), "options up to the last byte");
	passes(frame_set8(with_options(BYTES(68, 40)), 20 + 1, 4), "timestamp");
	for (uint8_t size = 0; size < 2; size++)
		refused(with_options(BYTES(148, size, 0, 0)), WARD_IPV4_OPTIONS, "too short");
	refused(with_options(BYTES(148, 5, 0, 0)), WARD_IPV4_OPTIONS, "one byte over the header");
	refused(with_options(BYTES(148, 255, 0, 0)), WARD_IPV4_OPTIONS, "far over the header");
	refused(with_options(BYTES(1, 1, 1, 148)), WARD_IPV4_OPTIONS, "without its length");
	refused(with_options(BYTES(148, 4, 0, 0, 7, 1, 0, 0)), WARD_IPV4_OPTIONS,
		"a second one that is too short");
}

Test(packet_parse_ipv4, finds_source_routes_wherever_they_stand)
{
	static const uint8_t types[] = { 7, 131, 137 };

	for (size_t i = 0; i < sizeof(types); i++)
		for (size_t at = 0; at < 38; at++) {
			uint8_t options[40];

			memset(options, 1, sizeof(options));
			options[at] = types[i];
			options[at + 1] = 2;
			refused(with_options((struct bytes){ options, 40 }), WARD_SOURCE_ROUTE,
				"a source route behind no operations");
			if (at < 2)
				continue;
			options[0] = 148;
			options[1] = (uint8_t)at;
			refused(with_options((struct bytes){ options, 40 }), WARD_SOURCE_ROUTE,
				"a source route behind another option");
			options[1] = (uint8_t)(at + 2);
			passes(with_options((struct bytes){ options, 40 }),
			       "what looks like one, inside another option");
		}
}

static struct frame between(const char *source, const char *destination)
{
	struct packet_spec s = ipv4_spec(IPPROTO_UDP, 40000, 123);

	s.source = source;
	s.destination = destination;
	return frame_of(s);
}

Test(packet_parse_ipv4, refuses_addresses_that_no_host_may_use)
{
	static const char *const bad[] = { "0.0.0.1", "0.255.255.255", "127.0.0.1",
					   "127.255.255.255", "240.0.0.1", "255.255.255.254" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		refused(between(bad[i], PACS), WARD_ADDRESS, "source");
		refused(between(CT, bad[i]), WARD_ADDRESS, "destination");
	}
	refused(between("224.0.0.1", PACS), WARD_ADDRESS, "from a group");
	refused(between("239.255.255.255", PACS), WARD_ADDRESS, "from the last group");
	refused(between("0.0.0.0", PACS), WARD_ADDRESS, "from nobody");
	refused(between("255.255.255.255", PACS), WARD_ADDRESS, "from everybody");
	refused(between(CT, "0.0.0.0"), WARD_ADDRESS, "to nobody");
	refused(between(CT, "255.255.255.255"), WARD_ADDRESS, "to everybody");
	refused(between(CT, CT), WARD_ADDRESS, "to itself (LAND)");
	refused(between("255.255.255.255", "255.255.255.255"), WARD_ADDRESS, "all ones twice");
	passes(between(CT, GROUP), "to a group that a rule names");
}

Test(packet_parse_ipv4, lets_dhcp_alone_use_the_zero_and_broadcast_addresses)
{
	static const struct {
		uint16_t from, to;
		bool is_dhcp;
	} rows[] = { { 68, 67, true },	  { 67, 68, true },   { 67, 67, false },
		     { 68, 68, false },	  { 68, 69, false },  { 69, 67, false },
		     { 546, 547, false }, { 68, 123, false }, { 40000, 67, false } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct packet_spec s = ipv4_spec(IPPROTO_UDP, rows[i].from, rows[i].to);
		struct verdict v;
		struct frame f;

		s.source = "0.0.0.0";
		s.destination = "255.255.255.255";
		f = frame_of(s);
		v = gateway_run(g, WARD_CLINICAL, &f);
		cr_expect_eq(v.reason != WARD_ADDRESS, rows[i].is_dhcp, "ports %u to %u: %s",
			     rows[i].from, rows[i].to, reason_label(v.reason));
		s.protocol = IPPROTO_TCP;
		refused(frame_of(s), WARD_ADDRESS, "the same ports of TCP");
		s.protocol = IPPROTO_UDP;
		s.more_fragments = true;
		refused(frame_of(s), WARD_ADDRESS, "a first fragment");
		s.more_fragments = false;
		s.fragment_offset = 64;
		refused(frame_of(s), WARD_ADDRESS, "a later fragment");
	}
}

Test(packet_parse_ipv4, refuses_fragments_that_contradict_themselves)
{
	struct packet_spec s = tcp_spec();

	passes(frame_set16(good(), 6, 0x4000), "don't fragment");
	refused(frame_set16(good(), 6, 0x8000), WARD_IPV4_MALFORMED, "the reserved flag");
	refused(frame_set16(good(), 6, 0xc000), WARD_IPV4_MALFORMED, "both");
	s.more_fragments = true;
	s.payload = 28;
	passes(frame_of(s), "a first fragment");
	for (s.payload = 29; s.payload < 36; s.payload++)
		refused(frame_of(s), WARD_IPV4_MALFORMED, "one whose length is not of eights");
	s.fragment_offset = 64;
	for (s.payload = 25; s.payload < 32; s.payload++)
		refused(frame_of(s), WARD_IPV4_MALFORMED, "a middle one, likewise");
}

Test(packet_parse_ipv4, refuses_protocols_that_no_service_can_name)
{
	for (int protocol = 0; protocol < 256; protocol++) {
		struct packet_spec s = tcp_spec();

		if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
		    protocol == IPPROTO_SCTP || protocol == IPPROTO_ICMP ||
		    protocol == IPPROTO_IGMP)
			continue;
		refused(frame_set8(good(), 9, (uint8_t)protocol), WARD_PROTOCOL, "whole");
		s.fragment_offset = 64;
		refused(frame_set8(frame_of(s), 9, (uint8_t)protocol), WARD_PROTOCOL,
			"a later fragment");
	}
}

Test(packet_parse_ipv4, hands_what_is_for_the_gateway_to_the_kernel)
{
	struct packet_spec s = towards(tcp_spec());

	s.vlan = 0;
	s.destination = HOST;
	expect_host(g, LAB_IT, frame_of(s), "from the IT side");
	s.protocol = 89;
	expect_host(g, LAB_IT, frame_of(s), "whatever the protocol");
	s.options = BYTES(131, 4, 0, 0);
	expect_host(g, LAB_IT, frame_of(s), "whatever the options");
	expect(g, LAB_IT, frame_set16(frame_of(s), 2, 19), WARD_IPV4_MALFORMED,
	       "but not a malformed packet");
	s.destination = "198.18.130.2";
	s.options = BYTES(1);
	expect(g, LAB_IT, frame_of(s), WARD_PROTOCOL, "a neighbouring address");
	s = towards(tcp_spec());
	s.destination = HOST;
	expect(g, WARD_IT, frame_of(s), WARD_UNKNOWN_DEVICE, "on another link");
	s = tcp_spec();
	s.destination = HOST;
	s.vlan = 0;
	s.protocol = 89;
	expect(g, LAB_CLINICAL, frame_of(s), WARD_PROTOCOL, "from the clinical side");
}
