/* SPDX-License-Identifier: GPL-2.0-only */
/* Enforcement: what audit mode lets pass, what it does not, and which level has the say. */
#include "leaving.h"

static struct gateway *g;

static void teardown(void)
{
	gateway_free(&g);
}

TestSuite(packet_audit, .fini = teardown, .timeout = 60);

/* Enforcement at the four levels, as lines of the policy; "" says nothing. */
static void apply(const char *all, const char *link, const char *profile, const char *device)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "version: 1\n%s"
		 "links:\n  - {name: ward, clinical: c0, it: i0, vlans: [110]%s}\n"
		 "networks:\n  pacs: [198.18.110.200]\n"
		 "profiles:\n  scanner:\n%s    allow:\n      - {to: pacs, services: [tcp/104]}\n"
		 "devices:\n  - {name: ct, mac: 02:00:00:00:11:01, vlan: 110, ip: 198.18.110.13,"
		 " profile: scanner%s}\n",
		 all, link, profile, device);
	if (g)
		gateway_apply(g, text);
	else
		g = gateway_new(text);
}

static struct frame from_stranger(void)
{
	return frame_of((struct packet_spec){ .source_mac = STRANGER_MAC,
					      .destination_mac = PACS_MAC,
					      .vlan = 110,
					      .source = "198.18.110.77",
					      .destination = PACS,
					      .protocol = IPPROTO_TCP,
					      .source_port = 40000,
					      .destination_port = 104,
					      .flags = SYN });
}

Test(packet_audit, lets_pass_and_counts_what_the_policy_does_not_allow)
{
	apply("enforcement: audit\n", "", "", "");
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, PACS, 40000, 104, SYN), PASSES, "allowed");
	expect_audited(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, PACS, 40001, 105, SYN), WARD_SERVICE,
		       "ct", "another service");
	expect_audited(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, OTHER, 40001, 104, SYN),
		       WARD_DESTINATION, "ct", "another peer");
	expect_audited(g, WARD_IT, ct_gets(IPPROTO_TCP, PACS, 50000, 22, SYN), WARD_UNSOLICITED,
		       "ct", "from the IT side");
	expect_audited(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, PACS, 40002, 104, ACK),
		       WARD_NOT_OPENED, "ct", "in mid-stream");
	expect_audited(g, WARD_CLINICAL, from_stranger(), WARD_UNKNOWN_DEVICE, "c0", "unknown");
	expect_audited(g, WARD_CLINICAL,
		       frame_arp(1, CT_MAC, "198.18.110.14", PACS, BROADCAST, 110), WARD_ARP_SPOOF,
		       "ct", "ARP for another address");
	expect_audited(g, WARD_CLINICAL,
		       frame_write16(ct_sends(IPPROTO_TCP, PACS, 40003, 104, SYN), 16, 0x88cc),
		       WARD_ETHERTYPE, "ct", "no IP");
}

Test(packet_audit, remembers_nothing_of_what_it_lets_pass)
{
	apply("enforcement: audit\n", "", "", "");
	for (int i = 0; i < 3; i++)
		expect_audited(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, PACS, 40001, 105, SYN),
			       WARD_SERVICE, "ct", "again and again");
	cr_expect_eq(g->kernel->state.shares[0].near[0].claim, WARD_FLOW_UNUSED);
}

Test(packet_audit, still_drops_what_only_an_attacker_sends)
{
	struct frame good = ct_sends(IPPROTO_TCP, PACS, 40000, 104, SYN);

	apply("enforcement: audit\n", "", "", "");
	expect(g, WARD_CLINICAL, frame_cut(good, 30), WARD_TRUNCATED, "cut off");
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, PACS, 40000, 104, SYN | FIN), WARD_TCP_FLAGS,
	       "impossible flags");
	expect(g, WARD_CLINICAL, frame_set8(good, 0, 0x65), WARD_IPV4_MALFORMED, "not version 4");
	expect(g, WARD_CLINICAL, with_tci(good, 4095), WARD_VLAN_ID, "VLAN 4095");
}

Test(packet_audit, does_not_spare_a_device_in_quarantine)
{
	apply("enforcement: audit\n", "", "", "");
	g->kernel->state.shares[0].bucket.quarantined = 1;
	expect_owner(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, PACS, 40000, 105, SYN),
		     WARD_QUARANTINED, "ct", "in quarantine");
	expect_owner(g, WARD_CLINICAL, frame_set8(ct_sends(IPPROTO_TCP, PACS, 1, 104, SYN), 9, 99),
		     WARD_PROTOCOL, "ct", "nor what is refused before it is identified");
}

Test(packet_audit, the_most_specific_level_has_the_say)
{
	const char *all = "enforcement: audit\n", *link = ", enforcement: audit",
		   *profile = "    enforcement: audit\n", *device = ", enforcement: audit";
	struct frame denied = ct_sends(IPPROTO_TCP, PACS, 40001, 105, SYN);

	apply(all, "", "", "");
	expect_audited(g, WARD_CLINICAL, denied, WARD_SERVICE, "ct", "the policy's");
	expect_audited(g, WARD_CLINICAL, from_stranger(), WARD_UNKNOWN_DEVICE, "c0",
		       "the policy's");
	apply("", link, "", "");
	expect_audited(g, WARD_CLINICAL, denied, WARD_SERVICE, "ct", "the link's");
	expect_audited(g, WARD_CLINICAL, from_stranger(), WARD_UNKNOWN_DEVICE, "c0", "the link's");
	apply("", "", profile, "");
	expect_audited(g, WARD_CLINICAL, denied, WARD_SERVICE, "ct", "the profile's");
	expect(g, WARD_CLINICAL, from_stranger(), WARD_UNKNOWN_DEVICE, "no device's");
	apply("", "", "", device);
	expect_audited(g, WARD_CLINICAL, denied, WARD_SERVICE, "ct", "the device's");
	apply(all, ", enforcement: enforce", "", "");
	expect(g, WARD_CLINICAL, denied, WARD_SERVICE, "the link's before the policy's");
	apply(all, link, "    enforcement: enforce\n", "");
	expect(g, WARD_CLINICAL, denied, WARD_SERVICE, "the profile's before the link's");
	apply(all, link, profile, ", enforcement: enforce");
	expect(g, WARD_CLINICAL, denied, WARD_SERVICE, "the device's before the profile's");
	expect_audited(g, WARD_CLINICAL, from_stranger(), WARD_UNKNOWN_DEVICE, "c0", "the link's");
}

Test(packet_audit, closed_at_any_level_closes)
{
	struct frame allowed = ct_sends(IPPROTO_TCP, PACS, 40000, 104, SYN);

	apply("enforcement: closed\n", "", "", ", enforcement: enforce");
	expect_owner(g, WARD_CLINICAL, allowed, WARD_CLOSED, "ct", "the policy");
	apply("", ", enforcement: closed", "", ", enforcement: audit");
	expect_owner(g, WARD_CLINICAL, allowed, WARD_CLOSED, "ct", "the link");
	expect(g, WARD_IT, frame_arp(1, PACS_MAC, PACS, CT, BROADCAST, 110), WARD_CLOSED,
	       "the link, on its other side");
	apply("enforcement: audit\n", "", "    enforcement: closed\n", "");
	expect_owner(g, WARD_CLINICAL, allowed, WARD_CLOSED, "ct", "the profile");
	apply("", "", "", ", enforcement: closed");
	expect_owner(g, WARD_CLINICAL, allowed, WARD_CLOSED, "ct", "the device");
	apply("", "", "", "");
	expect(g, WARD_CLINICAL, allowed, PASSES, "and opens again");
}
