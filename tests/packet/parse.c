/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames of every kind, cut and spoiled; and what is counted where. */
#include "headers.h"

GATEWAY_SUITE(packet_parse, LINKS_POLICY, 60)

Test(packet_parse, charges_a_refused_frame_to_the_device_that_sent_it)
{
	struct frame f = frame_write16(frame_of(tcp_spec()), 16, 0x88cc);

	expect_owner(g, WARD_CLINICAL, f, WARD_ETHERTYPE, "ct", "LLDP of a known device");
	f.bytes[11] = 0x77;
	expect_owner(g, WARD_CLINICAL, f, WARD_ETHERTYPE, "c0", "LLDP of an unknown one");
	expect_owner(g, WARD_IT, f, WARD_ETHERTYPE, "i0", "LLDP of the IT side");
}

static void expect_cut(struct frame whole, const char *description)
{
	/* The kernel's test run takes no frame shorter than an Ethernet header. */
	for (size_t length = 14; length < whole.length; length++) {
		struct frame f = frame_cut(whole, length);
		struct verdict v = gateway_run(g, WARD_CLINICAL, &f);

		cr_expect_eq(v.reason, WARD_TRUNCATED, "%s, cut at %zu: %s", description, length,
			     reason_label(v.reason));
	}
}

/* C15. A packet that ends before its IP header says so is cut, whatever its last byte is of. */
Test(packet_parse, refuses_a_packet_cut_at_every_byte)
{
	struct packet_spec s = tcp_spec();
	struct frame arp = frame_arp(1, CT_MAC, CT, PACS, BROADCAST, 110), about;

	s.options = BYTES(148, 4, 0, 0, 1, 1, 1, 0);
	s.tcp_options = BYTES(2, 4, 5, 180, 3, 3, 7);
	expect_cut(frame_of(s), "TCP with options");
	s.vlan = 0;
	expect_cut(frame_of(s), "TCP without a tag");
	s.vlan = 110;
	s.outer_vlan = 100;
	expect_cut(frame_of(s), "TCP in a stack");
	expect_cut(frame_of(ipv4_spec(IPPROTO_UDP, 40000, 123)), "UDP");
	expect_cut(frame_of(ipv4_spec(IPPROTO_SCTP, 40000, 3868)), "SCTP");
	expect_cut(frame_of(ipv4_spec(IPPROTO_ICMP, 8, 7)), "ping");
	expect_cut(frame_of(ipv4_spec(IPPROTO_IGMP, 0x16, 0)), "IGMP");
	s = tcp6_spec();
	expect_cut(frame_of(s), "TCP in IPv6");
	s.extensions = BYTES(0, 60, 44, 60);
	expect_cut(frame_of(s), "TCP behind extension headers");
	expect_cut(frame_of(ipv6_spec(IPPROTO_UDP, 40000, 123)), "UDP in IPv6");
	expect_cut(frame_of(ipv6_spec(IPPROTO_SCTP, 40000, 3868)), "SCTP in IPv6");
	expect_cut(frame_of(ipv6_spec(IPPROTO_ICMPV6, 128, 7)), "ping in IPv6");
	about = frame_of(tcp_spec());
	s = ipv4_spec(IPPROTO_ICMP, 3, 0);
	s.about = &about;
	expect_cut(frame_of(s), "an error");
	expect_cut(frame_cut(arp, 18 + 28), "ARP");
}

/* Reasons that a parser may give for a packet with one wrong byte, and any that judges it later. */
static bool is_plausible(int reason)
{
	return reason != WARD_INTERNAL && reason != WARD_NO_LINK && reason != WARD_PORT_DOWN;
}

/* Every byte, with values from all of its range: one counter moves, and none is absurd. */
Test(packet_parse, gives_a_reason_whatever_a_byte_is)
{
	struct packet_spec s = tcp6_spec();
	struct frame frames[3];

	s.extensions = BYTES(0, 44);
	frames[0] = frame_of(tcp_spec());
	frames[1] = frame_of(ipv4_spec(IPPROTO_ICMP, 8, 7));
	frames[2] = frame_of(s);
	for (size_t i = 0; i < 3; i++)
		for (size_t at = 12; at < frames[i].length - 24; at++)
			for (int value = 0; value < 256; value += value < 8 ? 1 : 31) {
				struct frame f = frames[i];
				struct verdict v;

				f.bytes[at] = (uint8_t)value;
				v = gateway_run(g, WARD_CLINICAL, &f);
				cr_expect(is_plausible(v.reason), "frame %zu, byte %zu = %d: %s",
					  i, at, value, reason_label(v.reason));
			}
}

Test(packet_parse, refuses_arp_that_is_not_of_ethernet_and_ipv4)
{
	struct frame good = frame_arp(1, CT_MAC, CT, PACS, BROADCAST, 110), f = good;

	expect(g, WARD_CLINICAL, good, PASSES, "a request");
	for (size_t at = 0; at < 8; at++)
		expect(g, WARD_CLINICAL, frame_set8(good, at, 0x7f), WARD_ARP_MALFORMED, "a field");
	expect(g, WARD_CLINICAL, frame_set16(good, 6, 0), WARD_ARP_MALFORMED, "operation 0");
	expect(g, WARD_CLINICAL, frame_set16(good, 6, 3), WARD_ARP_MALFORMED, "operation 3");
	f.length = 18 + 28 + 32;
	expect(g, WARD_CLINICAL, f, PASSES, "the most padding");
	f.length++;
	expect(g, WARD_CLINICAL, f, WARD_ARP_MALFORMED, "one byte more");
	expect(g, WARD_CLINICAL, frame_set8(good, 13, 0x77), WARD_ARP_SPOOF,
	       "a hardware address that is not the sender's");
}

Test(packet_parse, does_not_count_the_daemons_trial)
{
	/* gateway_new() has loaded a generation, and the load has run it once. */
	for (int i = 0; i < WARD_DROP_SLOTS; i++)
		cr_expect_eq(g->before.owners[WARD_OWNER_NONE].dropped[i], 0);
}

Test(packet_parse, counts_a_frame_on_a_port_of_no_link)
{
	g->ports[0].ifindex = 1;
	expect_owner(g, 0, frame_of(tcp_spec()), WARD_NO_LINK, "", "on the loopback interface");
}
