/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, 10.4: a device may claim its own address, and nobody may claim a device's. */
#include "bindings.h"

GATEWAY_SUITE(packet_arp, BINDINGS_POLICY, 60)

Test(packet_arp, holds_arp_of_devices_against_their_bindings)
{
	const struct row rows[] = {
		{ "request", frame_arp(1, CT_MAC, CT, PACS, BROADCAST, 110), PASSES, "ct" },
		{ "reply", frame_arp(2, CT_MAC, CT, PACS, PACS_MAC, 110), PASSES, "ct" },
		{ "announcement", frame_arp(1, CT_MAC, CT, CT, BROADCAST, 110), PASSES, "ct" },
		{ "probe (RFC 5227)", frame_arp(1, CT_MAC, "0.0.0.0", CT, BROADCAST, 110), PASSES,
		  "ct" },
		{ "probe for another address",
		  frame_arp(1, CT_MAC, "0.0.0.0", PACS, BROADCAST, 110), WARD_ARP_SPOOF, "ct" },
		{ "reply from no address", frame_arp(2, CT_MAC, "0.0.0.0", CT, PACS_MAC, 110),
		  WARD_ARP_SPOOF, "ct" },
		{ "claims the server's address", frame_arp(2, CT_MAC, PACS, CT, BROADCAST, 110),
		  WARD_ARP_SPOOF, "ct" },
		{ "claims another device's address",
		  frame_arp(1, CT_MAC, PUMP, PACS, BROADCAST, 110), WARD_ARP_SPOOF, "ct" },
		{ "stranger claims its address",
		  frame_arp(1, STRANGER_MAC, CT, PACS, BROADCAST, 110), WARD_ARP_SPOOF, "c0" },
		{ "stranger", frame_arp(1, STRANGER_MAC, NOBODY, PACS, BROADCAST, 110),
		  WARD_UNKNOWN_DEVICE, "c0" },
		{ "stranger on another VLAN",
		  frame_arp(1, STRANGER_MAC, NOBODY, PACS, BROADCAST, 130), WARD_VLAN_NOT_ALLOWED,
		  "c0" },
		{ "on another VLAN", frame_arp(1, CT_MAC, CT, PACS, BROADCAST, 120),
		  WARD_WRONG_VLAN, "ct" },
		{ "of a closed device", frame_arp(1, SHUT_MAC, SHUT, PACS, BROADCAST, 110),
		  WARD_CLOSED, "shut" },
		{ "without a lease", frame_arp(1, LAPTOP_MAC, LEASED, PACS, BROADCAST, 110),
		  WARD_ARP_SPOOF, "laptop" },
	};

	EXPECT_ROWS(g, WARD_CLINICAL, rows);
	expect_owner(g, LAB_CLINICAL, frame_arp(1, CT_MAC, CT, PACS, BROADCAST, 110),
		     WARD_WRONG_LINK, "ct", "on another link");
}

Test(packet_arp, lets_arp_of_the_it_side_claim_no_device)
{
	const struct row rows[] = {
		{ "request for a device", frame_arp(1, PACS_MAC, PACS, CT, BROADCAST, 110), PASSES,
		  "ct" },
		{ "reply to a device", frame_arp(2, PACS_MAC, PACS, CT, CT_MAC, 110), PASSES,
		  "ct" },
		{ "announcement of a router", frame_arp(1, PACS_MAC, PACS, PACS, BROADCAST, 110),
		  PASSES, "i0" },
		{ "probe for a device's address",
		  frame_arp(1, PACS_MAC, "0.0.0.0", CT, BROADCAST, 110), PASSES, "ct" },
		{ "request for no device", frame_arp(1, PACS_MAC, PACS, NOBODY, BROADCAST, 110),
		  WARD_ARP_TARGET, "i0" },
		{ "request for a closed device",
		  frame_arp(1, PACS_MAC, PACS, SHUT, BROADCAST, 110), WARD_CLOSED, "shut" },
		{ "reply to another MAC", frame_arp(2, PACS_MAC, PACS, CT, STRANGER_MAC, 110),
		  WARD_ARP_TARGET, "ct" },
		{ "claims a device's address", frame_arp(2, PACS_MAC, CT, PUMP, BROADCAST, 110),
		  WARD_ARP_SPOOF, "i0" },
		{ "announces a device's address", frame_arp(1, PACS_MAC, CT, CT, BROADCAST, 110),
		  WARD_ARP_SPOOF, "i0" },
		{ "has a device's MAC", frame_arp(1, CT_MAC, PACS, CT, BROADCAST, 110),
		  WARD_ARP_SPOOF, "i0" },
		{ "has the MAC of a device elsewhere",
		  frame_arp(1, NATIVE_MAC, PACS, CT, BROADCAST, 110), WARD_ARP_SPOOF, "i0" },
		{ "for a device of another VLAN", frame_arp(1, PACS_MAC, PACS, CT, BROADCAST, 120),
		  WARD_ARP_TARGET, "i0" },
		{ "from no host's address",
		  frame_arp(1, PACS_MAC, "127.0.0.1", CT, BROADCAST, 110), WARD_ADDRESS, "i0" },
	};

	EXPECT_ROWS(g, WARD_IT, rows);
}

Test(packet_arp, leaves_the_gateways_own_addresses_to_its_kernel)
{
	expect_host(g, WARD_IT, "i0", frame_arp(1, PACS_MAC, PACS, HOST, BROADCAST, 110),
		    "request");
	expect_host(g, WARD_IT, "i0", frame_arp(2, PACS_MAC, PACS, HOST, PACS_MAC, 110), "reply");
	expect_owner(g, WARD_IT, frame_arp(1, PACS_MAC, PACS, HOST, BROADCAST, 0),
		     WARD_VLAN_NOT_ALLOWED, "i0", "without a tag, which the link does not carry");
	expect_owner(g, WARD_IT, frame_arp(1, PACS_MAC, CT, HOST, BROADCAST, 110), WARD_ARP_SPOOF,
		     "i0", "in a device's name");
	expect_owner(g, WARD_CLINICAL, frame_arp(1, CT_MAC, CT, HOST, BROADCAST, 110), PASSES, "ct",
		     "of a device, which does not reach it: it crosses");
	expect_owner(g, LAB_IT, frame_arp(1, PACS_MAC, PACS, HOST, BROADCAST, 110),
		     WARD_ARP_TARGET, "i1", "on another link");
}

Test(packet_arp, carries_no_data)
{
	struct frame arp = frame_arp(2, CT_MAC, CT, PACS, PACS_MAC, 110);

	arp.length = 1500;
	expect(g, WARD_CLINICAL, arp, WARD_ARP_MALFORMED, "1,454 bytes behind a reply");
	arp = frame_arp(1, PACS_MAC, PACS, CT, BROADCAST, 110);
	arp.length = 1500;
	expect(g, WARD_IT, arp, WARD_ARP_MALFORMED, "1,454 bytes behind a request");
	arp.length = 18 + 28 + 32;
	expect(g, WARD_IT, arp, PASSES, "32 bytes of padding");
	arp.length++;
	expect(g, WARD_IT, arp, WARD_ARP_MALFORMED, "33 bytes of padding");
}

Test(packet_arp, announces_only_on_the_links_vlans_and_to_all)
{
	const struct row rows[] = {
		{ "another VLAN", frame_arp(1, PACS_MAC, PACS, PACS, BROADCAST, 999),
		  WARD_VLAN_NOT_ALLOWED, "i0" },
		{ "no VLAN", frame_arp(1, PACS_MAC, PACS, PACS, BROADCAST, 0),
		  WARD_VLAN_NOT_ALLOWED, "i0" },
		{ "to one MAC", frame_arp(1, PACS_MAC, PACS, PACS, CT_MAC, 110), WARD_ARP_TARGET,
		  "i0" },
		{ "of a multicast address",
		  frame_arp(1, PACS_MAC, "224.0.0.1", "224.0.0.1", BROADCAST, 110), WARD_ADDRESS,
		  "i0" },
		{ "of no address", frame_arp(1, PACS_MAC, "0.0.0.0", "0.0.0.0", BROADCAST, 110),
		  WARD_ARP_TARGET, "i0" },
	};

	EXPECT_ROWS(g, WARD_IT, rows);
}

Test(packet_arp, is_what_it_should_be)
{
	struct frame arp = frame_arp(1, CT_MAC, CT, PACS, BROADCAST, 110), wire = arp;

	expect(g, WARD_CLINICAL, frame_set16(arp, 0, 6), WARD_ARP_MALFORMED, "hardware type");
	expect(g, WARD_CLINICAL, frame_set16(arp, 2, 0x86dd), WARD_ARP_MALFORMED, "protocol");
	expect(g, WARD_CLINICAL, frame_set8(arp, 4, 8), WARD_ARP_MALFORMED, "hardware length");
	expect(g, WARD_CLINICAL, frame_set8(arp, 5, 16), WARD_ARP_MALFORMED, "protocol length");
	expect(g, WARD_CLINICAL, frame_set16(arp, 6, 3), WARD_ARP_MALFORMED, "operation");
	wire.bytes[11] ^= 3;
	expect(g, WARD_CLINICAL, wire, WARD_ARP_SPOOF, "sent from another MAC than it names");
}
