/* SPDX-License-Identifier: GPL-2.0-only */
/* What the compiler makes of links, devices, profiles and limits. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy_helper.h"

/* A policy and what it compiles to; it must also be proved. */
static bool is_address(const __be32 address[4], const char *text)
{
	char shown[TEXT_ADDRESS];

	return !strcmp(text_address(shown, address), text);
}

#define LINK(rest) "version: 1\nlinks:\n  - { name: a, clinical: a0, it: a1" rest " }\n"
#define DEVICE(rest) "  - { name: d, mac: 02:00:00:00:00:01, profile: p" rest " }\n"
#define PLAIN "profiles: { p: {} }\ndevices:\n"

Test(compile_links, numbers_stacks_in_their_order)
{
	_cleanup_(built_free) struct built b =
		build(LINK(", vlans: [200.1, 7, 100.120, 100.110]")
			      PLAIN DEVICE(", vlan: 100.120, ip: 10.0.0.1"));

	cr_assert_eq(b.image->stacks.count, 3);
	cr_assert_eq(b.image->stacks.items[0].tags, 100 << 16 | 110);
	cr_assert_eq(b.image->stacks.items[2].tags, 200 << 16 | 1);
	cr_assert_eq(b.image->stacks.items[2].vlan, WARD_FIRST_STACK + 2);
	cr_assert_eq(b.image->devices.items[0].entry.vlan, WARD_FIRST_STACK + 1);
	cr_assert_eq(b.image->vlans.count, 4);
	cr_assert_eq(b.image->vlans.items[0].key.vlan, 7);
	cr_assert_eq(b.image->vlans.items[1].key.vlan, WARD_FIRST_STACK);
	cr_assert(b.image->features.stacks);
}

Test(compile_links, carries_the_clinical_vlans_of_a_map)
{
	_cleanup_(built_free) struct built b =
		build(LINK(", vlan-map: { 120: none, 110: 210 }, host: { vlans: [9] }"));
	const struct image_vlan_map *maps = b.image->vlan_maps.items;

	cr_assert_eq(b.image->vlans.count, 3);
	cr_assert_eq(b.image->vlans.items[0].key.vlan, 110);
	cr_assert_eq(b.image->vlans.items[0].use, WARD_VLAN_CARRIED);
	cr_assert_eq(b.image->vlans.items[2].key.vlan, 9);
	cr_assert_eq(b.image->vlans.items[2].use, WARD_VLAN_HOST);
	cr_assert_eq(b.image->vlan_maps.count, 4);
	cr_assert_eq(maps[1].key.side, WARD_IT);
	cr_assert_eq(maps[1].key.vlan, 210);
	cr_assert_eq(maps[1].value.clinical, 110);
	cr_assert_eq(maps[1].value.side, WARD_IT);
	cr_assert_eq(b.image->ports.items[0].flags,
		     WARD_PORT_VLAN_LIST | WARD_PORT_VLAN_MAP | WARD_PORT_HOST_VLANS);
}

Test(compile_links, makes_one_port_of_a_hairpin)
{
	_cleanup_(built_free) struct built b =
		build("version: 1\nlinks:\n"
		      "  - { name: a, clinical: a0, it: a0, vlan-map: { 10: 20 } }\n"
		      "  - { name: b, clinical: b0, it: b1, xdp: generic }\n");

	cr_assert_eq(b.image->ports.count, 3);
	cr_assert_eq(b.image->ports.items[0].other, 0);
	cr_assert_eq(b.image->ports.items[0].side, WARD_CLINICAL);
	cr_assert(b.image->ports.items[0].flags & WARD_PORT_HAIRPIN);
	cr_assert_eq(b.image->ports.items[1].other, 2);
	cr_assert_eq(b.image->ports.items[2].other, 1);
	cr_assert_eq(b.image->ports.items[2].side, WARD_IT);
	cr_assert_eq(b.image->ports.items[2].generic, 1);
	cr_assert_eq(b.image->vlan_maps.items[0].key.side, WARD_SIDES);
	cr_assert_eq(b.image->vlan_maps.items[1].key.side, WARD_SIDES);
	cr_assert_eq(b.image->vlan_maps.items[1].key.vlan, 20);
	cr_assert_eq(b.image->vlan_maps.items[1].value.side, WARD_IT);
}

Test(compile_links, merges_the_parts_of_an_address)
{
	_cleanup_(built_free) struct built b =
		build(LINK(", routers: [fe80::1], dhcp-servers: [fe80::1, 10.0.0.9], "
			   "host: { addresses: [10.0.0.9] }, ethertypes: [lldp, stp]"));

	cr_assert_eq(b.image->link_addresses.count, 2);
	cr_assert_eq(b.image->link_addresses.items[0].use, WARD_ADDRESS_HOST | WARD_ADDRESS_DHCP);
	cr_assert_eq(b.image->link_addresses.items[1].use, WARD_ADDRESS_ROUTER | WARD_ADDRESS_DHCP);
	cr_assert_eq(b.image->ethertypes.count, 2);
	cr_assert_eq(b.image->ethertypes.items[0].vlan, WARD_ETHERTYPE_STP);
	cr_assert(b.image->features.ipv6 && b.image->features.dhcp && b.image->features.host &&
		  b.image->features.ethertypes && !b.image->features.routed);
}

Test(compile_links, says_the_modes_of_ports)
{
	_cleanup_(built_free) struct built b =
		build("version: 1\nenforcement: audit\nlinks:\n"
		      "  - { name: a, clinical: a0, it: a1 }\n"
		      "  - { name: b, clinical: b0, it: b1, enforcement: enforce }\n"
		      "  - { name: c, clinical: c0, it: c1, enforcement: closed }\n");

	cr_assert_eq(b.image->ports.items[0].flags, WARD_PORT_AUDIT);
	cr_assert_eq(b.image->ports.items[2].flags, 0);
	cr_assert_eq(b.image->ports.items[4].flags, WARD_PORT_CLOSED);
}

Test(compile_devices, numbers_addresses_and_adds_the_link_local_one)
{
	_cleanup_(built_free) struct built b =
		build(LINK(", dhcp-servers: [10.0.0.9]") PLAIN
		      "  - { name: d, mac: 02:00:00:00:00:01, vlan: 5, profile: p, "
		      "ip: [2001:db8::1, dhcp, 10.0.0.1] }\n"
		      "  - { name: e, mac: 02:00:00:00:00:02, vlan: 5, profile: p, "
		      "ip: [10.0.0.2, fe80::1, \"fe80::ff:fe00:2\"] }\n"
		      "  - { name: f, mac: 02:00:00:00:00:03, vlan: 5, profile: p, ip: dhcp }\n");
	const struct ward_device *a = b.image->addresses.items;

	cr_assert_eq(b.image->addresses.count, 6);
	cr_assert(is_address(a[0].address, "2001:db8::1") && a[0].number == 0);
	cr_assert(is_address(a[1].address, "10.0.0.1") && a[1].number == 1);
	cr_assert(is_address(a[2].address, "fe80::ff:fe00:1") && a[2].number == 2);
	cr_assert_eq(a[2].owner, 0);
	cr_assert(is_address(a[5].address, "fe80::ff:fe00:2") && a[5].number == 2);
	cr_assert_eq(b.image->devices.items[0].entry.number, WARD_DHCP_IPV4);
	cr_assert(is_address(b.image->devices.items[0].entry.address, "2001:db8::1"));
	cr_assert(is_address(b.image->devices.items[2].entry.address, "::"));
}

Test(compile_devices, leaves_a_link_local_address_to_whom_it_is_given)
{
	_cleanup_(built_free) struct built b = build(
		LINK("") PLAIN
		"  - { name: d, mac: 02:00:00:00:00:01, vlan: 5, profile: p, ip: 2001:db8::1 }\n"
		"  - { name: e, mac: 02:00:00:00:00:02, vlan: 5, profile: p, "
		"ip: \"fe80::ff:fe00:1\" }\n"
		"  - { name: f, mac: 02:00:00:00:00:03, vlan: 6, profile: p, "
		"ip: \"fe80::ff:fe00:1\" }\n");

	/* d has one address; e has two, f has two: theirs are in another VLAN, or of another MAC.
	 */
	cr_assert_eq(b.image->addresses.count, 5);
	cr_assert_eq(b.image->addresses.items[1].owner, 1);
}

Test(compile_devices, doubles_addresses_of_routed_links)
{
	_cleanup_(built_free) struct built b = build(
		LINK(", mode: routed") PLAIN DEVICE(", vlan: 5, ip: [10.0.0.1, 2001:db8::1]"));
	const struct ward_device *a = b.image->addresses.items;

	cr_assert_eq(b.image->addresses.count, 5);
	cr_assert(a[0].vlan == 5 && a[0].link == 0);
	cr_assert(a[1].vlan == WARD_ROUTED_VLAN && a[1].link == WARD_ROUTED_LINK);
	cr_assert(is_address(a[1].address, "10.0.0.1"));
	cr_assert(a[3].vlan == WARD_ROUTED_VLAN && a[3].number == 1);
	cr_assert(is_address(a[4].address, "fe80::ff:fe00:1") && a[4].vlan == 5);
	cr_assert(b.image->features.routed);
}

Test(compile_devices, derives_the_mac_of_a_group)
{
	_cleanup_(built_free) struct built b =
		build(LINK("") "networks: { n: [10.0.0.0/8] }\n"
			       "profiles: { g: { allow: [ { from: n, services: [mdns] } ] } }\n"
			       "devices:\n"
			       "  - { name: a, ip: 239.255.255.250, profile: g }\n"
			       "  - { name: b, ip: ff02::1:ff00:fb, profile: g }\n"
			       "  - { name: c, ip: 239.127.255.250, profile: g }\n");
	const uint8_t ipv4[] = { 0x01, 0x00, 0x5e, 0x7f, 0xff, 0xfa };
	const uint8_t ipv6[] = { 0x33, 0x33, 0xff, 0x00, 0x00, 0xfb };

	cr_assert_eq(b.image->addresses.count, 3);
	cr_assert(!memcmp(b.image->addresses.items[0].mac, ipv4, 6));
	cr_assert(!memcmp(b.image->addresses.items[1].mac, ipv6, 6));
	cr_assert(!memcmp(b.image->addresses.items[2].mac, ipv4, 6));
}

Test(compile_profiles, makes_one_for_each_mode_that_occurs)
{
	_cleanup_(built_free) struct built b = build(
		"version: 1\nquarantine: q\nlinks:\n"
		"  - { name: a, clinical: a0, it: a1 }\n"
		"  - { name: b, clinical: b0, it: b1, enforcement: audit }\n"
		"profiles:\n"
		"  p: {}\n"
		"  q: { enforcement: audit, fragments: track }\n"
		"devices:\n"
		"  - { name: c, link: a, mac: 02:00:00:00:00:01, ip: 10.0.0.1, profile: p }\n"
		"  - { name: d, link: b, mac: 02:00:00:00:00:02, ip: 10.0.0.2, profile: p }\n"
		"  - { name: e, link: b, mac: 02:00:00:00:00:03, ip: 10.0.0.3, profile: p, "
		"enforcement: closed }\n"
		"  - { name: f, link: b, mac: 02:00:00:00:00:04, ip: 10.0.0.4, profile: p, "
		"enforcement: enforce }\n"
		"  - { name: g, link: a, mac: 02:00:00:00:00:05, ip: 10.0.0.5, profile: q }\n");
	static const struct {
		unsigned rules, mode;
	} expected[] = { { 0, WARD_MODE_ENFORCE },
			 { 0, WARD_MODE_AUDIT },
			 { 0, WARD_MODE_CLOSED },
			 { 1, WARD_MODE_ENFORCE },
			 { 1, WARD_MODE_AUDIT } };
	static const unsigned profile[] = { 0, 1, 2, 0, 4 };

	cr_assert_eq(b.image->profiles.count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		cr_expect_eq(b.image->profiles.items[i].rules, expected[i].rules);
		cr_expect_eq(b.image->profiles.items[i].enforcement, expected[i].mode);
		cr_expect_eq(b.image->devices.items[i].entry.profile, profile[i]);
	}
	cr_assert_eq(b.image->quarantine_profile, 3);
	cr_assert_eq(b.image->profiles.items[3].tracks_fragments, 1);
	cr_assert(b.image->features.fragments);
}

Test(compile_profiles, has_no_profile_for_quarantine_unless_one_is_named)
{
	_cleanup_(built_free) struct built b = build(LINK("") PLAIN DEVICE(", ip: 10.0.0.1"));
	const struct image_features none = { 0 };

	cr_assert_eq(b.image->quarantine_profile, WARD_NO_PROFILE);
	cr_assert(!memcmp(&b.image->features, &none, sizeof(none)));
}

#define LIMITS(profile_limit, rules)                                                               \
	LINK("")                                                                                   \
	"networks: { n: [10.0.0.0/8], g: [239.0.0.1] }\nprofiles:\n  p:\n    "                     \
	"limit: " profile_limit "\n    allow:\n" rules "devices:\n" DEVICE(", ip: 10.0.0.1")

Test(compile_limits, holds_both_directions_and_flows)
{
	_cleanup_(built_free) struct built b =
		build(LIMITS("{ new-flows: 50/s, flows: 20, receive: { packets: 1000/s } }",
			     "      - { to: n, services: [ssh] }\n"));
	const struct ward_profile *p = b.image->profiles.items;
	const uint64_t second = 1000000000ull << WARD_TICK_SHIFT;

	cr_assert_eq(p->has_rates, 1 << WARD_IT);
	cr_assert_eq(p->rate[WARD_CLINICAL].packet_interval, 0);
	cr_assert_eq(p->rate[WARD_IT].packet_interval, second / 1000);
	cr_assert_eq(p->rate[WARD_IT].packet_tolerance, 99 * second / 1000);
	cr_assert_eq(p->new_flows.interval, second / 50);
	cr_assert_eq(p->new_flows.tolerance, 49 * second / 50);
	cr_assert_eq(p->new_flows.flows, 20);
	cr_assert(b.image->features.quotas && !b.image->features.rule_limits);
}

Test(compile_limits, counts_the_rules_that_have_some)
{
	_cleanup_(built_free) struct built b = build(LIMITS(
		"{ packets: 1/s }",
		"      - { to: n, services: [ssh], limit: { packets: 10/s } }\n"
		"      - { to: n, services: [https] }\n"
		"      - { to: g, services: [mdns], replies: true, limit: { flows: 2 } }\n"));
	const struct image_rule *rules = b.image->rules.items;

	cr_assert_eq(rules[0].limit.bucket, 0);
	cr_assert_neq(rules[0].limit.rate[WARD_CLINICAL].packet_interval, 0);
	cr_assert_eq(rules[2].limit.bucket, 1);
	cr_assert_eq(rules[2].limit.new_flows.flows, 2);
	cr_assert_eq(rules[1].limit.rate[WARD_CLINICAL].packet_interval, 0);
	for (size_t i = 0; i < b.image->entries.count; i++) {
		static const uint32_t flags[] = { WARD_RULE_LIMITED, 0,
						  WARD_RULE_LIMITED | WARD_RULE_REPLIES };
		const struct image_entry *entry = &b.image->entries.items[i];

		cr_expect_eq(entry->flags, entry->rule == UINT32_MAX ? 0 : flags[entry->rule]);
	}
	cr_assert(b.image->features.rule_limits && b.image->features.replies);
}

Test(compile_rules, say_whether_flows_must_be_encrypted)
{
	_cleanup_(built_free) struct built b =
		build(LIMITS("{ packets: 1/s }",
			     "      - { to: n, services: [ssh], encrypted: required }\n"
			     "      - { to: n, services: [https], encrypted: preferred }\n"
			     "      - { to: n, services: [dicom], encrypted: no }\n"));
	_cleanup_(built_free) struct built plain =
		build(LIMITS("{ packets: 1/s }",
			     "      - { to: n, services: [ssh], encrypted: no }\n"
			     "      - { to: n, services: [https] }\n"
			     "      - { to: n, services: [dicom] }\n"));
	static const uint32_t flags[] = { WARD_RULE_REQUIRES_TLS, WARD_RULE_PREFERS_TLS, 0 };

	for (size_t i = 0; i < b.image->entries.count; i++) {
		const struct image_entry *entry = &b.image->entries.items[i];

		cr_expect_eq(entry->flags, entry->rule == UINT32_MAX ? 0 : flags[entry->rule]);
		cr_expect_eq(plain.image->entries.items[i].flags, 0);
	}
	cr_assert(b.image->features.encryption && !plain.image->features.encryption);
	cr_assert_str_eq(b.image->rules.items[0].key, plain.image->rules.items[0].key);
	cr_assert_str_neq(b.image->hash, plain.image->hash);
}

Test(compile_rules, keys_do_not_depend_on_purpose_and_limit)
{
	_cleanup_(built_free) struct built a =
		build(LIMITS("{ packets: 1/s }", "      - { to: g, services: [ssh, mdns] }\n"
						 "      - { to: g, services: [ssh, mdns] }\n"));
	_cleanup_(built_free) struct built b =
		build(LIMITS("{ packets: 2/s }",
			     "      - { to: n, services: [ssh] }\n"
			     "      - { to: g, services: [mdns, ssh], purpose: x, replies: true, "
			     "limit: { flows: 1 } }\n"
			     "      - { to: g, services: [ssh, mdns] }\n"));

	cr_assert_str_eq(a.image->rules.items[0].key, b.image->rules.items[1].key);
	cr_assert_str_eq(a.image->rules.items[1].key, b.image->rules.items[2].key);
	cr_assert_str_neq(a.image->rules.items[0].key, a.image->rules.items[1].key);
	cr_assert_str_neq(a.image->hash, b.image->hash);
}

Test(compile_rules, keys_do_not_depend_on_how_a_port_is_written)
{
	_cleanup_(built_free) struct built a = build(
		LIMITS("{ packets: 1/s }", "      - { to: n, services: [icmp/8, tcp/5-5] }\n"));
	_cleanup_(built_free) struct built b = build(
		LIMITS("{ packets: 1/s }", "      - { to: n, services: [tcp/5, icmp/echo] }\n"));

	cr_assert_str_eq(a.image->rules.items[0].key, b.image->rules.items[0].key);
}

/* Quadratic work would run into the time limit. */
Test(compile_rules, takes_40_000_rules_of_one_profile, .timeout = 20)
{
	_cleanup_(text_free) struct text text = { 0 };
	struct error error = { "" };
	struct reading r;
	struct image *image = NULL;

	text_add(&text, "%s", POLICY_HEAD "profiles:\n  p:\n    allow:\n");
	for (int i = 0; i < 40000; i++)
		text_add(&text, "      - { to: pacs, services: [ssh] }\n");
	r = read_policy(text.bytes);
	cr_assert_eq(policy_compile(r.model, &image, &error), 0);
	cr_assert_eq(image->rules.count, 40000);
	image_free(&image);
	reading_free(&r);
}

Test(compile_classes, tells_the_families_apart)
{
	_cleanup_(built_free) struct built b = build(
		LINK("") "networks: { six: [\"::/0\"], four: [0.0.0.0/0], some: [\"::/64\"] }\n"
			 "profiles:\n"
			 "  p:\n"
			 "    allow:\n"
			 "      - { to: six, services: [tcp/6] }\n"
			 "      - { to: four, services: [tcp/4] }\n"
			 "      - { to: some, services: [tcp/64] }\n"
			 "devices:\n" DEVICE(", ip: 10.0.0.1"));
	const __be32 ipv4[4] = { 0, 0, htonl(0xffff), htonl(0x0a000001) };
	const __be32 ipv6[4] = { htonl(0x20010db8), 0, 0, htonl(1) };
	const __be32 low[4] = { 0, 0, htonl(1), 0 };
	uint32_t four = image_peer_class(b.image, ipv4), six = image_peer_class(b.image, ipv6);
	uint32_t tcp6 = image_service_class(b.image, PROTOCOL_TCP, 6);
	uint32_t tcp4 = image_service_class(b.image, PROTOCOL_TCP, 4);
	uint32_t tcp64 = image_service_class(b.image, PROTOCOL_TCP, 64);

	cr_assert_null(image_find(b.image, 0, WARD_CLINICAL, four, tcp6));
	cr_assert_not_null(image_find(b.image, 0, WARD_CLINICAL, four, tcp4));
	cr_assert_not_null(image_find(b.image, 0, WARD_CLINICAL, six, tcp6));
	cr_assert_null(image_find(b.image, 0, WARD_CLINICAL, six, tcp4));
	cr_assert_not_null(
		image_find(b.image, 0, WARD_CLINICAL, image_peer_class(b.image, low), tcp64));
}
