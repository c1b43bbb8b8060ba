/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, section 10: link, VLAN, MAC and address must agree. */
#include "bindings.h"

GATEWAY_SUITE(packet_identify, BINDINGS_POLICY, 60)

Test(packet_identify, says_which_part_of_a_binding_does_not_agree)
{
	const struct row rows[] = {
		{ "all as bound", device_sends(CT_MAC, 110, CT), PASSES, "ct" },
		{ "its MAC, an unused address", device_sends(CT_MAC, 110, NOBODY),
		  WARD_SPOOFED_ADDRESS, "ct" },
		{ "its MAC, another device's address", device_sends(CT_MAC, 110, SHUT),
		  WARD_SPOOFED_ADDRESS, "ct" },
		{ "its address, an unknown MAC", device_sends(STRANGER_MAC, 110, CT),
		  WARD_SPOOFED_MAC, "c0" },
		{ "its address, another device's MAC", device_sends(PUMP_MAC, 110, CT),
		  WARD_WRONG_VLAN, "pump" },
		{ "as bound, on another VLAN of the link", device_sends(CT_MAC, 120, CT),
		  WARD_WRONG_VLAN, "ct" },
		{ "as bound, without a tag", device_sends(CT_MAC, 0, CT), WARD_WRONG_VLAN, "ct" },
		{ "unknown, on a VLAN of the link", device_sends(STRANGER_MAC, 110, NOBODY),
		  WARD_UNKNOWN_DEVICE, "c0" },
		{ "unknown, on a VLAN the link does not carry",
		  device_sends(STRANGER_MAC, 130, NOBODY), WARD_VLAN_NOT_ALLOWED, "c0" },
		{ "unknown, without a tag", device_sends(STRANGER_MAC, 0, NOBODY),
		  WARD_VLAN_NOT_ALLOWED, "c0" },
		{ "of a closed device", device_sends(SHUT_MAC, 110, SHUT), WARD_CLOSED, "shut" },
	};

	EXPECT_ROWS(g, WARD_CLINICAL, rows);
}

Test(packet_identify, knows_ipv6_addresses_as_it_knows_ipv4)
{
	const struct row rows[] = {
		{ "all as bound", device_sends(CT_MAC, 110, CT6), PASSES, "ct" },
		{ "its link-local address", device_sends(CT_MAC, 110, CT_LOCAL), PASSES, "ct" },
		{ "its MAC, an unused address", device_sends(CT_MAC, 110, NOBODY6),
		  WARD_SPOOFED_ADDRESS, "ct" },
		{ "its MAC, another device's address", device_sends(CT_MAC, 110, LAPTOP_LOCAL),
		  WARD_SPOOFED_ADDRESS, "ct" },
		{ "its address, an unknown MAC", device_sends(STRANGER_MAC, 110, CT6),
		  WARD_SPOOFED_MAC, "c0" },
		{ "on another VLAN", device_sends(CT_MAC, 120, CT6), WARD_WRONG_VLAN, "ct" },
		{ "unknown", device_sends(STRANGER_MAC, 110, NOBODY6), WARD_UNKNOWN_DEVICE, "c0" },
	};

	EXPECT_ROWS(g, WARD_CLINICAL, rows);
	expect_owner(g, WARD_IT, device_gets(CT_MAC, 110, CT6), PASSES, "ct", "to it");
	expect_owner(g, WARD_IT, device_gets(LAPTOP_MAC, 110, CT6), WARD_DESTINATION_MAC, "ct",
		     "to another MAC");
	expect_owner(g, WARD_IT, device_gets(CT_MAC, 110, NOBODY6), WARD_UNKNOWN_DEVICE, "i0",
		     "to no device");
}

Test(packet_identify, knows_a_device_on_the_wrong_link)
{
	expect_owner(g, LAB_CLINICAL, device_sends(CT_MAC, 110, CT), WARD_WRONG_LINK, "ct",
		     "ct on the other link");
	expect_owner(g, LAB_CLINICAL, device_sends(STRANGER_MAC, 110, CT), WARD_UNKNOWN_DEVICE,
		     "c1", "an address of the other link");
}

Test(packet_identify, lets_nobody_on_the_it_side_be_a_device)
{
	struct frame f = device_gets(CT_MAC, 110, CT);

	memcpy(f.bytes + 6, "\x02\x00\x00\x00\x11\x08", 6);
	expect_owner(g, WARD_IT, f, WARD_WRONG_LINK, "i0", "with the MAC of a device");
	expect_owner(g, WARD_IT, device_gets(CT_MAC, 110, CT), PASSES, "ct", "with its own");
}

Test(packet_identify, takes_a_packet_for_a_device_only_with_its_mac)
{
	const struct row rows[] = {
		{ "another MAC, its address", device_gets(STRANGER_MAC, 110, CT),
		  WARD_DESTINATION_MAC, "ct" },
		{ "all MACs, its address", device_gets(BROADCAST, 110, CT), WARD_DESTINATION_MAC,
		  "ct" },
		{ "an address of no device", device_gets(CT_MAC, 110, NOBODY), WARD_UNKNOWN_DEVICE,
		  "i0" },
		{ "on another VLAN", device_gets(CT_MAC, 120, CT), WARD_UNKNOWN_DEVICE, "i0" },
		{ "of a closed device", device_gets(SHUT_MAC, 110, SHUT), WARD_CLOSED, "shut" },
	};

	EXPECT_ROWS(g, WARD_IT, rows);
}

Test(packet_identify, takes_a_group_for_a_device_if_the_policy_does)
{
	const struct row rows[] = {
		{ "in the policy", device_gets(GROUP_MAC, 110, GROUP), PASSES, "alarms" },
		{ "to another group's MAC", device_gets("01:00:5e:01:02:04", 110, GROUP),
		  WARD_DESTINATION_MAC, "alarms" },
		{ "another one", device_gets("01:00:5e:01:02:04", 110, "239.1.2.4"),
		  WARD_MULTICAST, "i0" },
		{ "all nodes", device_gets(ALL_NODES_MAC, 110, ALL_NODES), WARD_MULTICAST, "i0" },
		{ "on another VLAN", device_gets(GROUP_MAC, 120, GROUP), WARD_MULTICAST, "i0" },
	};

	EXPECT_ROWS(g, WARD_IT, rows);
}

Test(packet_identify, serves_a_device_without_a_vlan)
{
	expect_owner(g, LAB_CLINICAL, device_sends(NATIVE_MAC, 0, NATIVE), PASSES, "native",
		     "untagged");
	expect_owner(g, LAB_CLINICAL, device_sends(NATIVE_MAC, 5, NATIVE), WARD_WRONG_VLAN,
		     "native", "tagged");
}
