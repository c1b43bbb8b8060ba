/* SPDX-License-Identifier: GPL-2.0-only */
/* Link, VLAN, MAC and address must agree. */
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

TestSuite(packet_identify, .init = setup, .fini = teardown, .timeout = 60);

static struct frame from(const char *mac, int vlan, const char *address)
{
	return frame_of((struct packet_spec){
		.source_mac = mac, .destination_mac = PACS_MAC, .vlan = vlan, .source = address,
		.destination = PACS, .protocol = IPPROTO_TCP, .source_port = 40000,
		.destination_port = 104, .flags = SYN });
}

Test(packet_identify, says_which_part_of_a_binding_does_not_agree)
{
	const struct {
		const char *description, *mac;
		int vlan;
		const char *address;
		int reason;
		const char *owner;
	} rows[] = {
		{ "all as bound", CT_MAC, 110, CT, PASSES, "ct" },
		{ "its MAC, an unused address", CT_MAC, 110, "198.18.110.77",
		  WARD_SPOOFED_ADDRESS, "ct" },
		{ "its MAC, another device's address", CT_MAC, 110, PUMP, WARD_SPOOFED_ADDRESS,
		  "ct" },
		{ "its address, an unknown MAC", STRANGER_MAC, 110, CT, WARD_SPOOFED_MAC, "c0" },
		{ "its address, another device's MAC", PUMP_MAC, 110, CT, WARD_WRONG_VLAN, "pump" },
		{ "as bound, on another VLAN of the link", CT_MAC, 120, CT, WARD_WRONG_VLAN,
		  "ct" },
		{ "as bound, without a tag", CT_MAC, 0, CT, WARD_WRONG_VLAN, "ct" },
		{ "unknown, on a VLAN of the link", STRANGER_MAC, 110, "198.18.110.77",
		  WARD_UNKNOWN_DEVICE, "c0" },
		{ "unknown, on a VLAN the link does not carry", STRANGER_MAC, 130,
		  "198.18.110.77", WARD_VLAN_NOT_ALLOWED, "c0" },
		{ "unknown, without a tag", STRANGER_MAC, 0, "198.18.110.77",
		  WARD_VLAN_NOT_ALLOWED, "c0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_owner(g, WARD_CLINICAL,
			     from(rows[i].mac, rows[i].vlan, rows[i].address), rows[i].reason,
			     rows[i].owner, rows[i].description);
}

Test(packet_identify, knows_a_device_on_the_wrong_link)
{
	expect_owner(g, LAB_CLINICAL, from(CT_MAC, 110, CT), WARD_WRONG_LINK, "ct",
		     "ct on the other link");
	expect_owner(g, LAB_CLINICAL, from(STRANGER_MAC, 110, CT), WARD_UNKNOWN_DEVICE, "c1",
		     "an address of the other link");
}

Test(packet_identify, lets_nobody_on_the_it_side_be_a_device)
{
	struct frame f = frame_of((struct packet_spec){
		.source_mac = PACS_MAC, .destination_mac = CT_MAC, .vlan = 110,
		.source = "198.19.1.1", .destination = CT, .protocol = IPPROTO_TCP,
		.source_port = 40000, .destination_port = 22, .flags = SYN });

	expect_owner(g, WARD_IT, f, PASSES, "ct", "the vendor may open");
	memcpy(f.bytes + 6, "\x02\x00\x00\x00\x11\x02", 6);
	f.bytes[frame_network(&f) + 21] ^= 1; /* a flow of its own */
	expect_owner(g, WARD_IT, f, WARD_WRONG_LINK, "i0", "with the MAC of a device");
}

Test(packet_identify, takes_a_packet_for_a_device_only_with_its_mac)
{
	struct frame f = ct_gets(IPPROTO_TCP, "198.19.1.1", 40000, 22, SYN);

	f.bytes[5] = 0x55;
	expect_owner(g, WARD_IT, f, WARD_DESTINATION_MAC, "ct", "another MAC, its address");
	f = ct_gets(IPPROTO_TCP, "198.19.1.1", 40000, 22, SYN);
	f.bytes[frame_network(&f) + 19] = 99;
	expect_owner(g, WARD_IT, f, WARD_UNKNOWN_DEVICE, "i0", "an address of no device");
}

Test(packet_identify, serves_a_device_without_a_vlan)
{
	struct frame f = frame_of((struct packet_spec){
		.source_mac = NATIVE_MAC, .destination_mac = PACS_MAC, .source = NATIVE,
		.destination = PACS, .protocol = IPPROTO_UDP, .source_port = 123,
		.destination_port = 123 });

	expect_owner(g, LAB_CLINICAL, f, PASSES, "native", "untagged");
	f = frame_of((struct packet_spec){
		.source_mac = NATIVE_MAC, .destination_mac = PACS_MAC, .vlan = 5,
		.source = NATIVE, .destination = PACS, .protocol = IPPROTO_UDP,
		.source_port = 123, .destination_port = 123 });
	expect_owner(g, LAB_CLINICAL, f, WARD_WRONG_VLAN, "native", "tagged");
}

Test(packet_identify, holds_arp_of_devices_against_their_bindings)
{
	const struct {
		const char *description;
		struct frame frame;
		int reason;
		const char *owner;
	} rows[] = {
		{ "request", frame_arp(1, CT_MAC, CT, PACS, BROADCAST, 110), PASSES, "ct" },
		{ "reply", frame_arp(2, CT_MAC, CT, PACS, PACS_MAC, 110), PASSES, "ct" },
		{ "announcement", frame_arp(1, CT_MAC, CT, CT, BROADCAST, 110), PASSES, "ct" },
		{ "probe (RFC 5227)", frame_arp(1, CT_MAC, "0.0.0.0", CT, BROADCAST, 110), PASSES,
		  "ct" },
		{ "probe for another address",
		  frame_arp(1, CT_MAC, "0.0.0.0", PACS, BROADCAST, 110), WARD_ARP_SPOOF, "ct" },
		{ "claims the server's address", frame_arp(2, CT_MAC, PACS, CT, BROADCAST, 110),
		  WARD_ARP_SPOOF, "ct" },
		{ "claims another device's address",
		  frame_arp(1, CT_MAC, PUMP, PACS, BROADCAST, 110), WARD_ARP_SPOOF, "ct" },
		{ "stranger claims its address",
		  frame_arp(1, STRANGER_MAC, CT, PACS, BROADCAST, 110), WARD_ARP_SPOOF, "c0" },
		{ "stranger", frame_arp(1, STRANGER_MAC, "198.18.110.77", PACS, BROADCAST, 110),
		  WARD_UNKNOWN_DEVICE, "c0" },
		{ "on another VLAN", frame_arp(1, CT_MAC, CT, PACS, BROADCAST, 120),
		  WARD_WRONG_VLAN, "ct" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_owner(g, WARD_CLINICAL, rows[i].frame, rows[i].reason, rows[i].owner,
			     rows[i].description);
}

Test(packet_identify, lets_arp_of_the_it_side_claim_no_device)
{
	const struct {
		const char *description;
		struct frame frame;
		int reason;
		const char *owner;
	} rows[] = {
		{ "request for a device", frame_arp(1, PACS_MAC, PACS, CT, BROADCAST, 110), PASSES,
		  "ct" },
		{ "reply to a device", frame_arp(2, PACS_MAC, PACS, CT, CT_MAC, 110), PASSES, "ct" },
		{ "announcement of a router", frame_arp(1, PACS_MAC, PACS, PACS, BROADCAST, 110),
		  PASSES, "i0" },
		{ "probe for a device's address",
		  frame_arp(1, PACS_MAC, "0.0.0.0", CT, BROADCAST, 110), PASSES, "ct" },
		{ "request for no device",
		  frame_arp(1, PACS_MAC, PACS, "198.18.110.77", BROADCAST, 110), WARD_ARP_TARGET,
		  "i0" },
		{ "reply to another MAC", frame_arp(2, PACS_MAC, PACS, CT, STRANGER_MAC, 110),
		  WARD_ARP_TARGET, "i0" },
		{ "claims a device's address", frame_arp(2, PACS_MAC, CT, PUMP, BROADCAST, 110),
		  WARD_ARP_SPOOF, "i0" },
		{ "announces a device's address", frame_arp(1, PACS_MAC, CT, CT, BROADCAST, 110),
		  WARD_ARP_SPOOF, "i0" },
		{ "has a device's MAC", frame_arp(1, CT_MAC, PACS, CT, BROADCAST, 110),
		  WARD_ARP_SPOOF, "i0" },
		{ "for a device of another VLAN", frame_arp(1, PACS_MAC, PACS, CT, BROADCAST, 120),
		  WARD_ARP_TARGET, "i0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_owner(g, WARD_IT, rows[i].frame, rows[i].reason, rows[i].owner,
			     rows[i].description);
}

Test(packet_identify, lets_arp_carry_no_data)
{
	struct frame arp = frame_arp(2, CT_MAC, CT, PACS, PACS_MAC, 110);

	arp.length = 1500;
	expect(g, WARD_CLINICAL, arp, WARD_ARP_MALFORMED, "1,454 bytes behind a reply");
	arp = frame_arp(1, PACS_MAC, PACS, CT, BROADCAST, 110);
	arp.length = 1500;
	expect(g, WARD_IT, arp, WARD_ARP_MALFORMED, "1,454 bytes behind a request");
}

Test(packet_identify, lets_an_announcement_pass_only_on_the_links_vlans_and_to_all)
{
	expect(g, WARD_IT, frame_arp(1, PACS_MAC, PACS, PACS, BROADCAST, 999),
	       WARD_VLAN_NOT_ALLOWED, "another VLAN");
	expect(g, WARD_IT, frame_arp(1, PACS_MAC, PACS, PACS, BROADCAST, 0),
	       WARD_VLAN_NOT_ALLOWED, "no VLAN");
	expect(g, WARD_IT, frame_arp(1, PACS_MAC, PACS, PACS, CT_MAC, 110), WARD_ARP_TARGET,
	       "to one MAC");
	expect(g, WARD_IT, frame_arp(1, PACS_MAC, "224.0.0.1", "224.0.0.1", BROADCAST, 110),
	       WARD_ADDRESS, "of a multicast address");
	expect(g, WARD_IT, frame_arp(1, PACS_MAC, "0.0.0.0", "0.0.0.0", BROADCAST, 110),
	       WARD_ARP_TARGET, "of no address");
}

Test(packet_identify, refuses_arp_that_is_not_what_it_should_be)
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
