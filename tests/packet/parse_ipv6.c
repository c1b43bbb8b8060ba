/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, section 4: the IPv6 header, its addresses and its extension headers. */
#include "headers.h"

GATEWAY_SUITE(packet_parse_ipv6, LINKS_POLICY, 60)

#define HOP_BY_HOP 0
#define ROUTING 43
#define FRAGMENT 44
#define OPTIONS 60	/* destination options */

static struct frame good(void)
{
	return frame_of(tcp6_spec());
}

static void refused(struct frame f, int reason, const char *description)
{
	expect(g, WARD_CLINICAL, f, reason, description);
}

static void passes(struct frame f, const char *description)
{
	expect(g, WARD_CLINICAL, f, PASSES, description);
}

Test(packet_parse_ipv6, refuses_wrong_versions_and_lengths)
{
	passes(good(), "a good packet");
	passes(frame_set16(good(), 0, 0x6fff), "traffic class and flow label");
	for (int version = 0; version < 16; version++)
		if (version != 6)
			refused(frame_set8(good(), 0, (uint8_t)(version << 4)),
				WARD_IPV6_MALFORMED, "another version");
	refused(frame_set16(good(), 4, 0), WARD_IPV6_MALFORMED, "no payload, or a jumbogram");
	refused(frame_set16(good(), 4, 20 + 24 + 1), WARD_TRUNCATED,
		"payload one more than the frame holds");
	refused(frame_set16(good(), 4, 0xffff), WARD_TRUNCATED, "the longest payload");
	passes(frame_set16(good(), 4, 20), "padding behind the packet");
}

static struct frame between(const char *source, const char *destination)
{
	struct packet_spec s = ipv6_spec(IPPROTO_UDP, 40000, 123);

	s.source = source;
	s.destination = destination;
	return frame_of(s);
}

Test(packet_parse_ipv6, refuses_addresses_that_no_host_may_use)
{
	static const char *const bad[] = { "::1", "::ffff:198.18.110.13", "::ffff:0.0.0.0",
					   "ff00::1", "ff01::1", "ff10::1", "ff11::1", "fff1::1" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		refused(between(bad[i], PACS6), WARD_ADDRESS, "source");
		refused(between(CT6, bad[i]), WARD_ADDRESS, "destination");
		refused(between("::", bad[i]), WARD_ADDRESS, "destination, from nobody");
	}
	refused(between("ff02::1", PACS6), WARD_ADDRESS, "from a group");
	refused(between("ff05::1:3", PACS6), WARD_ADDRESS, "from a wide group");
	refused(between("::", PACS6), WARD_ADDRESS, "from nobody");
	refused(between(CT6, "::"), WARD_ADDRESS, "to nobody");
	refused(between(CT6, CT6), WARD_ADDRESS, "to itself");
	refused(between("::", "::"), WARD_ADDRESS, "from nobody to nobody");
	passes(between(CT6, GROUP6), "to a group that a rule names");
	refused(between("::2", PACS6), WARD_SPOOFED_ADDRESS, "unicast next to loopback");
	refused(between("::1:0:0", PACS6), WARD_SPOOFED_ADDRESS, "unicast in ::/64");
	refused(between("::fffe:c612:1", PACS6), WARD_SPOOFED_ADDRESS, "nearly a mapped address");
}

Test(packet_parse_ipv6, lets_discovery_and_mld_alone_come_from_nobody)
{
	struct packet_spec s = ipv6_spec(IPPROTO_ICMPV6, 0, 0);
	struct verdict v;
	struct frame f;

	s.source = "::";
	s.destination = "ff02::16";
	s.target = CT6;
	s.payload = 40;
	for (int type = 0; type < 256; type++) {
		bool allowed = (type >= 130 && type <= 137) || type == 143;
		bool unknown = !type || (type > 4 && type < 128);

		s.source_port = (uint16_t)type;
		f = frame_of(s);
		v = gateway_run(g, WARD_CLINICAL, &f);
		cr_expect_eq(v.reason != WARD_ADDRESS, allowed || unknown, "ICMPv6 %d: %s", type,
			     reason_label(v.reason));
	}
	s.source_port = 143;
	s.extensions = BYTES(HOP_BY_HOP);
	f = frame_of(s);
	v = gateway_run(g, WARD_CLINICAL, &f);
	cr_expect_neq(v.reason, WARD_ADDRESS, "MLD behind its router alert");
	s.extensions = BYTES(ROUTING);
	refused(frame_of(s), WARD_IPV6_ROUTING, "MLD behind a routing header");
	s.extensions = BYTES(FRAGMENT);
	s.fragment_offset = 64;
	refused(frame_of(s), WARD_ADDRESS, "a later fragment");
}

static struct frame chain(struct bytes extensions)
{
	struct packet_spec s = tcp6_spec();

	s.extensions = extensions;
	return frame_of(s);
}

/* C12: what may stand between the header and the upper layer, and in which order. */
Test(packet_parse_ipv6, passes_the_documented_chains)
{
	passes(chain(BYTES(HOP_BY_HOP)), "hop-by-hop options");
	passes(chain(BYTES(OPTIONS)), "destination options");
	passes(chain(BYTES(FRAGMENT)), "an atomic fragment");
	passes(chain(BYTES(HOP_BY_HOP, OPTIONS, FRAGMENT, OPTIONS)), "all of them");
	passes(chain(BYTES(OPTIONS, OPTIONS, OPTIONS, OPTIONS, OPTIONS, OPTIONS)), "six headers");
	passes(chain(BYTES(HOP_BY_HOP, OPTIONS, OPTIONS, OPTIONS, OPTIONS, FRAGMENT)),
	       "six headers of all kinds");
}

Test(packet_parse_ipv6, refuses_other_chains)
{
	static const uint8_t unknown[] = { 50, 51, 135, 139, 140, 253, 254 };

	refused(chain(BYTES(OPTIONS, OPTIONS, OPTIONS, OPTIONS, OPTIONS, OPTIONS, OPTIONS)),
		WARD_IPV6_CHAIN, "seven headers");
	refused(chain(BYTES(OPTIONS, OPTIONS, OPTIONS, OPTIONS, OPTIONS, OPTIONS, FRAGMENT)),
		WARD_IPV6_CHAIN, "a fragment header as the seventh");
	refused(chain(BYTES(OPTIONS, HOP_BY_HOP)), WARD_IPV6_HEADER, "hop-by-hop in second place");
	refused(chain(BYTES(HOP_BY_HOP, HOP_BY_HOP)), WARD_IPV6_HEADER, "hop-by-hop twice");
	refused(chain(BYTES(FRAGMENT, FRAGMENT)), WARD_IPV6_HEADER, "two fragment headers");
	refused(chain(BYTES(FRAGMENT, OPTIONS, FRAGMENT)), WARD_IPV6_HEADER,
		"two fragment headers, apart");
	refused(chain(BYTES(FRAGMENT, HOP_BY_HOP)), WARD_IPV6_HEADER,
		"hop-by-hop behind a fragment header");
	refused(chain(BYTES(ROUTING)), WARD_IPV6_ROUTING, "a routing header");
	refused(chain(BYTES(HOP_BY_HOP, OPTIONS, FRAGMENT, ROUTING)), WARD_IPV6_ROUTING,
		"a routing header behind all others");
	refused(chain(BYTES(OPTIONS, OPTIONS, OPTIONS, OPTIONS, OPTIONS, OPTIONS, ROUTING)),
		WARD_IPV6_ROUTING, "a routing header as the seventh");
	for (size_t i = 0; i < sizeof(unknown); i++) {
		refused(chain(BYTES(unknown[i])), WARD_IPV6_HEADER, "unknown header");
		refused(chain(BYTES(OPTIONS, unknown[i])), WARD_IPV6_HEADER,
			"unknown header behind options");
	}
	refused(chain(BYTES(59)), WARD_PROTOCOL, "no next header");
	refused(chain(BYTES(OPTIONS, 59)), WARD_PROTOCOL, "no next header behind options");
}

Test(packet_parse_ipv6, refuses_every_other_next_header)
{
	for (int next = 0; next < 256; next++) {
		static const uint8_t own[] = { 0, 6, 17, 43, 44, 50, 51, 58, 60, 132, 135, 139,
					       140, 253, 254 };

		if (memchr(own, next, sizeof(own)))
			continue;
		refused(frame_set8(good(), 6, (uint8_t)next), WARD_PROTOCOL, "at once");
		refused(frame_set8(chain(BYTES(OPTIONS)), 40, (uint8_t)next), WARD_PROTOCOL,
			"behind options");
	}
}

Test(packet_parse_ipv6, keeps_extension_headers_inside_the_payload)
{
	struct frame f = chain(BYTES(OPTIONS));

	passes(frame_set8(f, 41, 0), "8 bytes of options");
	f = chain(BYTES(OPTIONS, OPTIONS));
	/* 60 bytes of payload: 8 + 8 + 20 + 24. A length of 6 ends 4 bytes before its end. */
	refused(frame_set8(f, 41, 7), WARD_TRUNCATED, "options past the payload");
	refused(frame_set8(f, 41, 255), WARD_TRUNCATED, "the longest options");
	for (uint16_t payload = 1; payload < 16; payload++)
		refused(frame_set16(f, 4, payload), WARD_TRUNCATED, "a chain that is cut off");
	f = frame_set16(chain(BYTES(FRAGMENT, OPTIONS)), 42, 1);
	for (uint16_t payload = 1; payload < 8; payload++)
		refused(frame_set16(f, 4, payload), WARD_TRUNCATED, "a fragment header cut off");
	refused(frame_set16(f, 4, 8), WARD_FRAGMENT_TINY, "a chain behind the first fragment");
	refused(frame_set8(frame_set16(f, 4, 56), 49, 6), WARD_FRAGMENT_TINY,
		"options past the first fragment");
}

static struct packet_spec fragment_spec(uint16_t offset, bool more)
{
	static const uint8_t number[] = { FRAGMENT };
	struct packet_spec s = tcp6_spec();

	s.extensions = (struct bytes){ number, 1 };
	s.fragment_offset = offset;
	s.more_fragments = more;
	s.fragment_id = 0x12345678;
	s.payload = offset ? 40 : 44;
	return s;
}

Test(packet_parse_ipv6, reads_fragments)
{
	struct packet_spec atomic = fragment_spec(0, false);

	passes(frame_of(fragment_spec(0, true)), "a first fragment");
	passes(frame_of(fragment_spec(64, true)), "a middle one");
	passes(frame_of(fragment_spec(104, false)), "the last one");
	atomic.payload = 13;
	passes(frame_set16(frame_of(atomic), 42, 0x0006), "an atomic one with reserved bits");
}

Test(packet_parse_ipv6, refuses_fragments_that_contradict_themselves)
{
	struct packet_spec s = fragment_spec(0, true);

	for (s.payload = 45; s.payload < 52; s.payload++)
		refused(frame_of(s), WARD_IPV6_MALFORMED, "a first one, length not of eights");
	s.fragment_offset = 64;
	for (s.payload = 41; s.payload < 48; s.payload++)
		refused(frame_of(s), WARD_IPV6_MALFORMED, "a middle one, length not of eights");
}

/* Behind the header of a later fragment nothing is read: its number must be a protocol's. */
Test(packet_parse_ipv6, judges_later_fragments_by_the_next_header)
{
	static const struct {
		uint8_t next;
		int reason;
	} rows[] = { { 43, WARD_IPV6_ROUTING }, { 0, WARD_IPV6_HEADER }, { 44, WARD_IPV6_HEADER },
		     { 50, WARD_IPV6_HEADER },	{ 51, WARD_IPV6_HEADER }, { 60, WARD_PROTOCOL },
		     { 59, WARD_PROTOCOL },	{ 1, WARD_PROTOCOL },	  { 2, WARD_PROTOCOL } };
	struct packet_spec s = fragment_spec(64, false);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		refused(frame_set8(frame_of(s), 40, rows[i].next), rows[i].reason, "next header");
}

Test(packet_parse_ipv6, hands_what_is_for_the_gateway_to_the_kernel)
{
	struct packet_spec s = towards(tcp6_spec());

	s.vlan = 0;
	s.destination = HOST6;
	expect_host(g, LAB_IT, frame_of(s), "from the IT side");
	s.protocol = 89;
	expect_host(g, LAB_IT, frame_of(s), "whatever the protocol");
	s.destination = "2001:db8:130::2";
	expect(g, LAB_IT, frame_of(s), WARD_PROTOCOL, "a neighbouring address");
	s = towards(ipv6_spec(IPPROTO_ICMPV6, 135, 0));
	s.vlan = 0;
	s.destination = "ff02::1:ff00:1";
	s.target = HOST6;
	s.link_address = PACS_MAC;
	s.payload = 0;
	expect_host(g, LAB_IT, frame_of(s), "a question for its MAC");
	s.hop_limit = 254;
	expect(g, LAB_IT, frame_of(s), WARD_ND_MALFORMED, "but not from behind a router");
	s = tcp6_spec();
	s.vlan = 0;
	s.protocol = 89;
	s.destination = HOST6;
	expect(g, LAB_CLINICAL, frame_of(s), WARD_PROTOCOL, "from the clinical side");
}
