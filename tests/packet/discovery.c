/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, section 7: neighbour and router discovery. */
#include "bindings.h"

GATEWAY_SUITE(packet_discovery, BINDINGS_POLICY, 60)

#define RS 133
#define RA 134
#define NS 135
#define NA 136
#define REDIRECT 137

#define ALL_ROUTERS "ff02::2"
#define SOLICITED "ff02::1:ff00:13"	/* of CT6 */

Test(packet_discovery, passes_what_devices_say_of_themselves)
{
	const struct row rows[] = {
		{ "looks for a server", nd(NS, CT_MAC, CT6, SOLICITED, PACS6, CT_MAC), PASSES,
		  "ct" },
		{ "and does not say its MAC", nd(NS, CT_MAC, CT6, PACS6, PACS6, NULL), PASSES,
		  "ct" },
		{ "from its link-local address", nd(NS, CT_MAC, CT_LOCAL, SOLICITED, PACS6, CT_MAC),
		  PASSES, "ct" },
		{ "answers", nd(NA, CT_MAC, CT6, PACS6, CT6, CT_MAC), PASSES, "ct" },
		{ "answers from its other address", nd(NA, CT_MAC, CT_LOCAL, PACS6, CT6, CT_MAC),
		  PASSES, "ct" },
		{ "announces itself", nd(NA, CT_MAC, CT6, ALL_NODES, CT6, NULL), PASSES, "ct" },
		{ "detects duplicates", nd(NS, CT_MAC, "::", SOLICITED, CT6, NULL), PASSES, "ct" },
		{ "of its link-local address", nd(NS, LAPTOP_MAC, "::", SOLICITED, LAPTOP_LOCAL,
						  NULL), PASSES, "laptop" },
		{ "looks for a router", nd(RS, CT_MAC, CT_LOCAL, ALL_ROUTERS, NULL, CT_MAC), PASSES,
		  "ct" },
		{ "and has no address yet", nd(RS, CT_MAC, "::", ALL_ROUTERS, NULL, NULL), PASSES,
		  "ct" },
	};

	EXPECT_ROWS(g, WARD_CLINICAL, rows);
}

Test(packet_discovery, lets_devices_claim_nothing_else)
{
	const struct row rows[] = {
		{ "from a server's address", nd(NS, CT_MAC, PACS6, SOLICITED, CT6, CT_MAC),
		  WARD_ND_SPOOF, "ct" },
		{ "from another device's address",
		  nd(NS, CT_MAC, LAPTOP_LOCAL, SOLICITED, PACS6, CT_MAC), WARD_ND_SPOOF, "ct" },
		{ "with another MAC in the option",
		  nd(NS, CT_MAC, CT6, SOLICITED, PACS6, STRANGER_MAC), WARD_ND_SPOOF, "ct" },
		{ "answers for a server", nd(NA, CT_MAC, CT6, ALL_NODES, PACS6, CT_MAC),
		  WARD_ND_SPOOF, "ct" },
		{ "answers for another device",
		  nd(NA, CT_MAC, CT6, ALL_NODES, LAPTOP_LOCAL, CT_MAC), WARD_ND_SPOOF, "ct" },
		{ "answers with another MAC", nd(NA, CT_MAC, CT6, PACS6, CT6, STRANGER_MAC),
		  WARD_ND_SPOOF, "ct" },
		{ "answers from no address", nd(NA, CT_MAC, "::", ALL_NODES, CT6, CT_MAC),
		  WARD_ND_SPOOF, "ct" },
		{ "detects duplicates of another's address",
		  nd(NS, CT_MAC, "::", SOLICITED, PACS6, NULL), WARD_ND_SPOOF, "ct" },
		{ "and of another device's", nd(NS, CT_MAC, "::", SOLICITED, LAPTOP_LOCAL, NULL),
		  WARD_ND_SPOOF, "ct" },
		{ "and tells a MAC", nd(NS, CT_MAC, "::", SOLICITED, CT6, CT_MAC), WARD_ND_SPOOF,
		  "ct" },
		{ "looks for a router with another MAC",
		  nd(RS, CT_MAC, CT_LOCAL, ALL_ROUTERS, NULL, STRANGER_MAC), WARD_ND_SPOOF, "ct" },
		{ "stranger", nd(NS, STRANGER_MAC, NOBODY6, SOLICITED, PACS6, STRANGER_MAC),
		  WARD_UNKNOWN_DEVICE, "c0" },
		{ "stranger without address", nd(RS, STRANGER_MAC, "::", ALL_ROUTERS, NULL, NULL),
		  WARD_UNKNOWN_DEVICE, "c0" },
		{ "stranger in a device's name",
		  nd(NA, STRANGER_MAC, CT6, ALL_NODES, CT6, STRANGER_MAC), WARD_ND_SPOOF, "c0" },
		{ "a device of another VLAN", nd(RS, PUMP_MAC, "::", ALL_ROUTERS, NULL, NULL),
		  WARD_WRONG_VLAN, "pump" },
		{ "a device of another link", nd(RS, NATIVE_MAC, "::", ALL_ROUTERS, NULL, NULL),
		  WARD_WRONG_LINK, "native" },
	};

	EXPECT_ROWS(g, WARD_CLINICAL, rows);
}

Test(packet_discovery, passes_what_the_it_side_says_to_devices)
{
	const struct row rows[] = {
		{ "looks for a device", nd(NS, PACS_MAC, PACS6, SOLICITED, CT6, PACS_MAC), PASSES,
		  "ct" },
		{ "for its link-local address", nd(NS, PACS_MAC, ROUTER, SOLICITED, CT_LOCAL, NULL),
		  PASSES, "ct" },
		{ "answers a device", nd(NA, PACS_MAC, PACS6, CT6, PACS6, PACS_MAC), PASSES, "ct" },
		{ "announces itself", nd(NA, PACS_MAC, PACS6, ALL_NODES, PACS6, PACS_MAC), PASSES,
		  "i0" },
	};

	EXPECT_ROWS(g, WARD_IT, rows);
	expect_host(g, WARD_IT, "i0", nd(NS, PACS_MAC, PACS6, SOLICITED, HOST6, PACS_MAC),
		    "looks for the gateway itself");
	expect_owner(g, WARD_CLINICAL, nd(NS, CT_MAC, CT6, SOLICITED, HOST6, CT_MAC), PASSES, "ct",
		     "which a device does not reach: it crosses");
}

Test(packet_discovery, lets_nobody_on_the_it_side_claim_a_devices_address)
{
	const struct row rows[] = {
		{ "from a device's address", nd(NS, PACS_MAC, CT6, SOLICITED, LAPTOP_LOCAL, NULL),
		  WARD_ND_SPOOF, "i0" },
		{ "from a device's MAC", nd(NS, CT_MAC, PACS6, SOLICITED, CT6, NULL), WARD_ND_SPOOF,
		  "i0" },
		{ "with another MAC in the option",
		  nd(NS, PACS_MAC, PACS6, SOLICITED, CT6, STRANGER_MAC), WARD_ND_SPOOF, "i0" },
		{ "answers for a device", nd(NA, PACS_MAC, PACS6, ALL_NODES, CT6, PACS_MAC),
		  WARD_ND_SPOOF, "i0" },
		{ "answers a device for a device",
		  nd(NA, PACS_MAC, PACS6, LAPTOP_LOCAL, CT6, PACS_MAC), WARD_ND_SPOOF, "i0" },
		{ "probes for a device's address", nd(NS, PACS_MAC, "::", SOLICITED, CT6, NULL),
		  WARD_ND_SPOOF, "i0" },
		{ "looks for no device", nd(NS, PACS_MAC, PACS6, SOLICITED, NOBODY6, PACS_MAC),
		  WARD_ND_TARGET, "i0" },
		{ "probes for no device's address",
		  nd(NS, PACS_MAC, "::", SOLICITED, NOBODY6, NULL), WARD_ND_TARGET, "i0" },
		{ "answers no device", nd(NA, PACS_MAC, PACS6, NOBODY6, PACS6, PACS_MAC),
		  WARD_ND_TARGET, "i0" },
		{ "looks for a router", nd(RS, PACS_MAC, PACS6, ALL_ROUTERS, NULL, NULL),
		  WARD_ND_TARGET, "i0" },
	};
	struct frame elsewhere = nd(NA, PACS_MAC, PACS6, ALL_NODES, PACS6, PACS_MAC);

	EXPECT_ROWS(g, WARD_IT, rows);
	elsewhere.bytes[15] = 130;
	expect(g, WARD_IT, elsewhere, WARD_VLAN_NOT_ALLOWED, "on a VLAN the link does not carry");
}

Test(packet_discovery, lets_only_listed_routers_advertise_themselves)
{
	struct frame good = nd(RA, ROUTER_MAC, ROUTER, ALL_NODES, NULL, ROUTER_MAC);
	struct frame elsewhere = good;
	const struct row rows[] = {
		{ "listed", good, PASSES, "i0" },
		{ "another one", nd(RA, ROUTER_MAC, "fe80::2", ALL_NODES, NULL, ROUTER_MAC),
		  WARD_RA_GUARD, "i0" },
		{ "not link-local", nd(RA, ROUTER_MAC, PACS6, ALL_NODES, NULL, ROUTER_MAC),
		  WARD_RA_GUARD, "i0" },
	};

	EXPECT_ROWS(g, WARD_IT, rows);
	expect_owner(g, WARD_CLINICAL, good, WARD_RA_GUARD, "c0", "from the clinical side");
	expect_owner(g, WARD_CLINICAL, nd(RA, CT_MAC, CT_LOCAL, ALL_NODES, NULL, CT_MAC),
		     WARD_RA_GUARD, "ct", "of a device");
	expect_owner(g, LAB_IT, good, WARD_RA_GUARD, "i1", "on another link");
	elsewhere.bytes[15] = 130;
	expect(g, WARD_IT, elsewhere, WARD_VLAN_NOT_ALLOWED, "on a VLAN the link does not carry");
}

/* RFC 7113; CVE-2021-27853 and its siblings: what hides an advertisement from a guard. */
Test(packet_discovery, finds_an_advertisement_wherever_it_hides)
{
	static const uint8_t headers[][2] = { { 0 }, { 60 }, { 44 }, { 60, 44 }, { 0, 60 } };

	for (int listed = 0; listed < 2; listed++)
		for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
			struct packet_spec s = {
				.source_mac = ROUTER_MAC, .destination_mac = ALL_NODES_MAC,
				.vlan = 110, .source = listed ? ROUTER : "fe80::66",
				.destination = ALL_NODES, .protocol = IPPROTO_ICMPV6,
				.source_port = RA,
				.extensions = { headers[i], 1 + (headers[i][1] != 0) } };
			struct frame f = frame_of(s);

			expect(g, WARD_IT, f, WARD_ND_MALFORMED, "behind extension headers");
			expect(g, WARD_CLINICAL, f, WARD_ND_MALFORMED, "the same from a device");
		}
}

Test(packet_discovery, refuses_what_the_standards_forbid)
{
	struct frame good = nd(NS, CT_MAC, CT6, SOLICITED, PACS6, CT_MAC), f;

	expect(g, WARD_CLINICAL, good, PASSES, "as it should be");
	expect(g, WARD_CLINICAL, frame_set8(good, 7, 254), WARD_ND_MALFORMED, "a router passed it");
	expect(g, WARD_CLINICAL, frame_set8(good, 41, 1), WARD_ND_MALFORMED, "code 1");
	expect(g, WARD_CLINICAL, frame_set8(good, 65, 0), WARD_ND_MALFORMED, "option of length 0");
	expect(g, WARD_CLINICAL, frame_set8(good, 65, 2), WARD_ND_MALFORMED,
	       "option beyond the end");
	expect(g, WARD_CLINICAL, frame_set8(good, 64, 99), PASSES, "an unknown option");
	f = frame_set16(good, 4, 28);
	expect(g, WARD_CLINICAL, f, WARD_ND_MALFORMED, "half an option");
	f = frame_set16(good, 4, 23);
	expect(g, WARD_CLINICAL, f, WARD_ND_MALFORMED, "half a target");
	expect(g, WARD_CLINICAL, nd(NS, CT_MAC, CT6, SOLICITED, "ff02::1:ff00:200", CT_MAC),
	       WARD_ND_MALFORMED, "a group as target");
	expect(g, WARD_CLINICAL, nd(NS, CT_MAC, CT6, SOLICITED, "::1", CT_MAC), WARD_ND_MALFORMED,
	       "loopback as target");
	expect(g, WARD_IT, nd(REDIRECT, ROUTER_MAC, ROUTER, CT6, PACS6, NULL), WARD_ICMP_REDIRECT,
	       "redirect of a router");
	expect(g, WARD_CLINICAL, nd(REDIRECT, CT_MAC, CT_LOCAL, ALL_NODES, PACS6, NULL),
	       WARD_ICMP_REDIRECT, "redirect of a device");
}

Test(packet_discovery, reads_eight_options_and_no_more)
{
	static const uint8_t own[] = { 1, 1, 2, 0, 0, 0, 0x11, 1 };
	static const uint8_t other[] = { 14, 1, 0, 0, 0, 0, 0, 0 };
	static const uint8_t foreign[] = { 1, 1, 2, 0, 0, 0, 0x99, 0x99 };
	uint8_t options[9 * 8];
	struct packet_spec s = { .source_mac = CT_MAC, .destination_mac = ALL_NODES_MAC,
				 .vlan = 110, .source = CT6, .destination = SOLICITED,
				 .protocol = IPPROTO_ICMPV6, .source_port = NS, .target = PACS6,
				 .body = { options, 8 * 8 } };

	for (int i = 0; i < 9; i++)
		memcpy(options + 8 * i, i % 2 ? own : other, 8);
	expect(g, WARD_CLINICAL, frame_of(s), PASSES, "eight, of which four tell the MAC");
	memcpy(options + 7 * 8, foreign, 8);
	expect(g, WARD_CLINICAL, frame_of(s), WARD_ND_SPOOF, "the last tells another");
	s.body.length = 9 * 8;
	expect(g, WARD_CLINICAL, frame_of(s), WARD_ND_MALFORMED, "nine");
	options[1] = 2;
	options[8 * 2] = 1;
	options[8 * 2 + 1] = 2;
	s.body.length = 5 * 8;
	expect(g, WARD_CLINICAL, frame_of(s), WARD_ND_MALFORMED, "a MAC of two units");
}
