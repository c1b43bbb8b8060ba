/* SPDX-License-Identifier: GPL-2.0-only */
/* What a frame can be, and the reason for which the gateway refuses it. */
#include <criterion/criterion.h>

#include "ward.h"

static struct gateway *g;

static void setup(void)
{
	g = gateway_new(WARD_POLICY);
}

static void teardown(void)
{
	gateway_free(&g);
}

TestSuite(packet_parse, .init = setup, .fini = teardown, .timeout = 60);

static struct frame good(void)
{
	return ct_sends(IPPROTO_TCP, PACS, 40000, 104, SYN);
}

static struct frame good_udp(void)
{
	return ct_sends(IPPROTO_UDP, PACS, 40000, 123, 0);
}

static struct frame good_ping(void)
{
	return ct_sends(IPPROTO_ICMP, PACS, 8, 7, 0);
}

Test(packet_parse, passes_a_good_packet)
{
	expect_owner(g, WARD_CLINICAL, good(), PASSES, "ct", "SYN to a named server");
	expect_owner(g, WARD_CLINICAL, good_udp(), PASSES, "ct", "NTP to a named network");
	expect_owner(g, WARD_CLINICAL, good_ping(), PASSES, "ct", "ping to a named network");
}

Test(packet_parse, refuses_what_is_wrong_in_the_ethernet_header)
{
	struct frame f = good();

	f.bytes[6] |= 1;
	expect(g, WARD_CLINICAL, f, WARD_SOURCE_MAC, "source MAC is a group address");
	f = good();
	memset(f.bytes + 6, 0, 6);
	expect(g, WARD_CLINICAL, f, WARD_SOURCE_MAC, "source MAC is zero");
	f = good();
	f.bytes[14] = 0;
	f.bytes[15] = 0;
	expect(g, WARD_CLINICAL, f, WARD_VLAN_ID, "priority tag, VLAN 0");
	f.bytes[14] = 0xef;
	f.bytes[15] = 0xff;
	expect(g, WARD_CLINICAL, f, WARD_VLAN_ID, "VLAN 4095");
	f = good();
	f.bytes[12] = 0x88;
	f.bytes[13] = 0xa8;
	expect(g, WARD_CLINICAL, f, WARD_STACKED_VLAN, "802.1ad tag");
	f = good();
	f.bytes[16] = 0x81;
	f.bytes[17] = 0x00;
	expect(g, WARD_CLINICAL, f, WARD_STACKED_VLAN, "802.1Q in 802.1Q");
	f.bytes[16] = 0x88;
	f.bytes[17] = 0xa8;
	expect(g, WARD_CLINICAL, f, WARD_STACKED_VLAN, "802.1ad in 802.1Q");
	f.bytes[16] = 0x05;
	f.bytes[17] = 0xdc;
	expect(g, WARD_CLINICAL, f, WARD_LLC, "a length in place of a type");
	f.bytes[16] = 0x86;
	f.bytes[17] = 0xdd;
	expect(g, WARD_CLINICAL, f, WARD_IPV6, "IPv6");
	f.bytes[16] = 0x88;
	f.bytes[17] = 0xcc;
	expect(g, WARD_CLINICAL, f, WARD_ETHERTYPE, "LLDP");
}

Test(packet_parse, charges_a_refused_frame_to_the_device_that_sent_it)
{
	struct frame f = good();

	f.bytes[16] = 0x88;
	f.bytes[17] = 0xcc;
	expect_owner(g, WARD_CLINICAL, f, WARD_ETHERTYPE, "ct", "LLDP of a known device");
	f.bytes[11] = 0x77;
	expect_owner(g, WARD_CLINICAL, f, WARD_ETHERTYPE, "c0", "LLDP of an unknown one");
	expect_owner(g, WARD_IT, f, WARD_ETHERTYPE, "i0", "LLDP of the IT side");
}

Test(packet_parse, refuses_what_is_wrong_in_the_ipv4_header)
{
	expect(g, WARD_CLINICAL, frame_set8(good(), 0, 0x55), WARD_IPV4_MALFORMED, "version 5");
	expect(g, WARD_CLINICAL, frame_set8(good(), 0, 0x44), WARD_IPV4_MALFORMED, "16-byte header");
	expect(g, WARD_CLINICAL, frame_set8(good(), 0, 0x46), WARD_IPV4_OPTIONS, "24-byte header");
	expect(g, WARD_CLINICAL, frame_set8(good(), 0, 0x4f), WARD_IPV4_OPTIONS, "60-byte header");
	expect(g, WARD_CLINICAL, frame_set16(good(), 2, 19), WARD_IPV4_MALFORMED,
	       "total length below the header");
	expect(g, WARD_CLINICAL, frame_set16(good(), 2, 1400), WARD_TRUNCATED,
	       "total length beyond the frame");
	expect(g, WARD_CLINICAL, frame_set16(good(), 6, 0x2000), WARD_FRAGMENT, "first fragment");
	expect(g, WARD_CLINICAL, frame_set16(good(), 6, 0x0001), WARD_FRAGMENT,
	       "fragment at offset 1");
	expect(g, WARD_CLINICAL, frame_set16(good(), 6, 0x8000), WARD_FRAGMENT, "reserved bit");
	expect(g, WARD_CLINICAL, frame_set16(good(), 6, 0x4000), PASSES, "don't fragment");
	expect(g, WARD_CLINICAL, frame_set8(good(), 9, 41), WARD_PROTOCOL, "IPv6 in IPv4");
	expect(g, WARD_CLINICAL, frame_set8(good(), 9, 132), WARD_PROTOCOL, "SCTP");
}

Test(packet_parse, refuses_addresses_that_no_host_may_use)
{
	static const uint8_t first[] = { 0, 127, 224, 239, 240, 255 };

	for (size_t i = 0; i < sizeof(first); i++) {
		expect(g, WARD_CLINICAL, frame_set8(good(), 12, first[i]), WARD_ADDRESS, "source");
		expect(g, WARD_CLINICAL, frame_set8(good(), 16, first[i]), WARD_ADDRESS,
		       "destination");
	}
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, CT, 104, 104, SYN), WARD_ADDRESS,
	       "source and destination are the same (LAND)");
}

Test(packet_parse, refuses_what_is_wrong_in_the_tcp_header)
{
	static const uint8_t bad[] = { 0, FIN, PSH, URG, FIN | PSH | URG, SYN | FIN, SYN | RST,
				       RST | FIN, SYN | FIN | RST | ACK };

	expect(g, WARD_CLINICAL, frame_set8(good(), 32, 4 << 4), WARD_TCP_MALFORMED,
	       "data offset below the header");
	expect(g, WARD_CLINICAL, frame_set8(good(), 32, 15 << 4), WARD_TCP_MALFORMED,
	       "data offset beyond the packet");
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, PACS, 0, 104, SYN), WARD_TCP_MALFORMED,
	       "source port 0");
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, PACS, 40000, 0, SYN), WARD_TCP_MALFORMED,
	       "destination port 0");
	for (size_t i = 0; i < sizeof(bad); i++)
		expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, PACS, 40000, 104, bad[i]),
		       WARD_TCP_FLAGS, "flags of a scan");
}

Test(packet_parse, refuses_what_is_wrong_in_udp_and_icmp)
{
	expect(g, WARD_CLINICAL, frame_set16(good_udp(), 24, 7), WARD_UDP_MALFORMED,
	       "length below the header");
	expect(g, WARD_CLINICAL, frame_set16(good_udp(), 24, 29), WARD_UDP_MALFORMED,
	       "length beyond the packet");
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_UDP, PACS, 40000, 0, 0), WARD_UDP_MALFORMED,
	       "destination port 0");
	for (int type = 0; type < 256; type++)
		if (type != 0 && type != 8)
			expect(g, WARD_CLINICAL, frame_set8(good_ping(), 20, (uint8_t)type),
			       WARD_ICMP_TYPE, "ICMP that is not echo");
	expect(g, WARD_CLINICAL, frame_set8(good_ping(), 21, 1), WARD_ICMP_TYPE, "echo, code 1");
}

/* A frame that is cut anywhere is refused, and counted once (expect() asserts that). */
Test(packet_parse, refuses_a_packet_cut_at_every_byte)
{
	const struct frame whole[] = { good(), good_udp(), good_ping(),
				       frame_arp(1, CT_MAC, CT, PACS, BROADCAST, 110) };

	for (size_t i = 0; i < 4; i++) {
		size_t end = i == 3 ? 18 + 28 : whole[i].length;

		/* The kernel's test run takes no frame shorter than an Ethernet header. */
		for (size_t length = 14; length < end; length++) {
			struct frame f = whole[i];
			struct verdict v;

			f.length = length;
			v = gateway_run(g, WARD_CLINICAL, &f);
			cr_expect_neq(v.reason, PASSES, "frame %zu passed when cut at %zu", i,
				      length);
		}
	}
}

Test(packet_parse, does_not_count_the_daemons_trial)
{
	/* gateway_new() has loaded a generation, and the load has run it once. */
	for (int i = 0; i < WARD_DROP_SLOTS; i++)
		cr_expect_eq(g->before.owners[WARD_OWNER_NONE].dropped[i], 0);
}

Test(packet_parse, counts_a_frame_on_a_port_of_no_link)
{
	struct frame f = good();

	g->ifindexes[0] = 1;
	expect_owner(g, 0, f, WARD_NO_LINK, "", "frame on the loopback interface");
}
