/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

#include "base/own.h"
#include "policy_helper.h"

static struct place at(uint32_t line, uint32_t column, uint32_t width)
{
	return (struct place){ line, column, width, 0 };
}

static bool same_place(struct place a, struct place b)
{
	return a.line == b.line && a.column == b.column && a.width == b.width;
}

Test(parse, reads_a_device)
{
	_cleanup_(reading_free) struct reading r =
		read_policy(POLICY_HEAD POLICY_PROFILES POLICY_DEVICES);
	const struct model_device *device = r.model->devices.items;

	cr_assert_eq(r.model->devices.count, 1);
	cr_assert_str_eq(device->name.text, "ct-1");
	cr_assert_str_eq(device->profile_name.text, "ct");
	cr_assert(!memcmp(device->mac, (uint8_t[]){ 2, 0, 0, 0, 0x11, 1 }, 6));
	cr_assert_eq(device->vlan.id, 110);
	cr_assert_eq(device->addresses.count, 1);
	cr_assert_eq(device->addresses.items[0].word[3], htonl(0x0a6e040d));
	cr_assert_null(device->link_name.text);
}

Test(parse, gives_every_node_its_place)
{
	_cleanup_(reading_free) struct reading r =
		read_policy(POLICY_HEAD POLICY_PROFILES POLICY_DEVICES);
	const struct model_device *device = r.model->devices.items;
	const struct model_rule *rule = r.model->profiles.items[0].rules.items;

	cr_assert(same_place(r.model->links.items[0].clinical.place, at(3, 29, 2)));
	cr_assert(same_place(r.model->networks.items[0].name.place, at(5, 3, 4)));
	cr_assert(same_place(r.model->networks.items[0].items.items[0].prefix.place,
			     at(5, 10, 11)));
	cr_assert(same_place(r.model->profiles.items[0].name.place, at(7, 3, 2)));
	cr_assert(same_place(r.model->profiles.items[0].allow, at(9, 7, 1)));
	cr_assert(same_place(rule->place, at(9, 9, 31)));
	cr_assert(same_place(rule->peer.place, at(9, 15, 4)));
	cr_assert(same_place(rule->services.items[0].word.place, at(9, 32, 5)));
	cr_assert(same_place(device->name.place, at(11, 13, 4)));
	cr_assert(same_place(device->mac_place, at(11, 24, 17)));
	cr_assert(same_place(device->vlan_place, at(11, 49, 3)));
	cr_assert(same_place(device->address_place, at(11, 58, 11)));
}

Test(parse, counts_columns_in_characters)
{
	cr_assert(refuses(POLICY_HEAD "\"\xc3\xa4\xc3\xb6\": 1\n", "policy:6:1: error"));
	cr_assert(refuses(POLICY_HEAD "profiles: { \"\xc3\xa4\xc3\xb6\": {}, ct: 1 }\n",
			  "policy:6:27: error[E030]: expected a mapping"));
}

Test(parse, takes_no_word_for_anything_but_text)
{
	_cleanup_(reading_free) struct reading r = read_policy(
		"version: 1\n"
		"links: [ { name: no, clinical: on, it: off } ]\n"
		"profiles: { true: {}, null: {}, 1e3: {} }\n"
		"devices:\n"
		"- { name: yes, mac: 12:34:56:12:34:56, ip: 10.0.0.1, profile: true }\n");

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	cr_assert_str_eq(r.model->links.items[0].name.text, "no");
	cr_assert_str_eq(r.model->profiles.items[1].name.text, "null");
	cr_assert_str_eq(r.model->devices.items[0].name.text, "yes");
	cr_assert_eq(r.model->devices.items[0].mac[5], 0x56);
}

Test(parse, reads_no_vlan_and_none_as_untagged)
{
	_cleanup_(reading_free) struct reading r = read_policy(
		POLICY_HEAD POLICY_PROFILES
		"devices:\n"
		"  - { name: a, mac: 02:00:00:00:00:01, ip: 10.0.0.1, profile: ct }\n"
		"  - { name: b, mac: 02:00:00:00:00:02, ip: 10.0.0.2, profile: ct, vlan: none }\n");

	cr_assert_eq(r.model->devices.items[0].vlan.id, WARD_NO_VLAN);
	cr_assert_eq(r.model->devices.items[1].vlan.id, WARD_NO_VLAN);
}

Test(parse, sorts_the_vlans_of_a_link)
{
	_cleanup_(reading_free) struct reading r = read_policy(
		"version: 1\n"
		"links: [ { name: a, clinical: a0, it: b0, vlans: [20-22, 5, none] } ]\n");
	const struct model_vlan expected[] = {
		{ 0, WARD_NO_VLAN }, { 0, 5 }, { 0, 20 }, { 0, 21 }, { 0, 22 }
	};

	cr_assert_eq(r.model->links.items[0].vlans.count, 5);
	cr_assert(!memcmp(r.model->links.items[0].vlans.items, expected, sizeof(expected)));
}

Test(parse, knows_names_from_ports_in_a_rule)
{
	_cleanup_(reading_free) struct reading r = read_policy(
		POLICY_HEAD
		"profiles: { ct: { allow: [ { from: pacs, services: [ssh, tcp/8443] } ] } }\n");
	const struct model_rule *rule = r.model->profiles.items[0].rules.items;

	cr_assert_eq(rule->opener, WARD_IT);
	cr_assert(!rule->services.items[0].in_place);
	cr_assert(rule->services.items[1].in_place);
	cr_assert_eq(rule->services.items[1].range.first, 8443);
}

Test(parse, reads_limits_in_their_units)
{
	_cleanup_(reading_free) struct reading r = read_policy(
		POLICY_HEAD "profiles: { ct: { limit: "
			    "{ packets: 2k/s, burst: 4000, bits: 400M/s, burst-bits: 1M } } }\n");
	const struct model_limit *limit = &r.model->profiles.items[0].limit;

	cr_assert_eq(limit->rate[WARD_CLINICAL].packets, 2000);
	cr_assert_eq(limit->rate[WARD_CLINICAL].burst, 4000);
	cr_assert_eq(limit->rate[WARD_CLINICAL].bits, 400000000);
	cr_assert_eq(limit->rate[WARD_CLINICAL].burst_bits, 1000000);
	cr_assert_eq(limit->place.line, 6);
}

Test(parse, refuses_duplicate_key)
{
	cr_assert(refuses("version: 1\nversion: 1\n",
			  "policy:2:1: error[E011]: the key 'version' is given "
			  "twice"));
	cr_assert(refuses("version: 1\nversion: 1\n", "policy:1:1: note: first given here"));
}

Test(parse, refuses_anchor_alias_and_merge_key)
{
	cr_assert(refuses(POLICY_HEAD "profiles: &a {}\n", "the anchor '&a'"));
	cr_assert(refuses(POLICY_HEAD "profiles: *a\n", "the alias '*a'"));
	cr_assert(refuses(POLICY_HEAD "profiles: { <<: {} }\n", "merge keys are not allowed"));
}

Test(parse, takes_a_quoted_merge_sign_as_an_unknown_key)
{
	cr_assert(refuses(POLICY_HEAD "\"<<\": {}\n", "unknown key '<<' in a policy"));
}

Test(parse, refuses_tags)
{
	cr_assert(refuses("version: !!int 1\n", "tags are not allowed"));
	cr_assert(refuses("version: ! 1\n", "tags are not allowed"));
	cr_assert(refuses("%TAG !e! tag:example.org,2000:\n---\nversion: !e!x 1\n",
			  "tags are not allowed"));
}

Test(parse, refuses_a_second_document)
{
	cr_assert(
		refuses(POLICY_HEAD "---\nversion: 1\n", "policy:6:1: error[E012]: a second YAML"));
	cr_assert(refuses(POLICY_HEAD "...\n---\n", "a second YAML document"));
}

Test(parse, accepts_document_marks_around_one_document)
{
	_cleanup_(reading_free) struct reading r =
		read_policy("%YAML 1.1\n---\n" POLICY_HEAD POLICY_PROFILES POLICY_DEVICES "...\n");

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
}

Test(parse, refuses_deep_nesting)
{
	_cleanup_(text_free) struct text text = { 0 };

	for (int i = 0; i < 100000; i++)
		text_add(&text, "[");
	cr_assert(refuses(text.bytes, "policy:1:17: error[E009]: more than 16"));
}

Test(parse, refuses_an_empty_policy_and_shows_the_smallest)
{
	cr_assert(refuses("", "policy: error[E013]: the policy is empty"));
	cr_assert(refuses("# nothing\n", "clinical: enp1s0, it: enp2s0"));
	cr_assert(refuses("---\n", "the policy is empty"));
}

Test(parse, refuses_control_characters_at_their_place)
{
	cr_assert(refuses("version: 1\n# \x7f\n",
			  "policy:2:3: error[E002]: the invisible character"));
	cr_assert(refuses("version: 1\n# \xc2\x85\n", "the invisible character U+0085"));
	cr_assert(refuses("version: 1\n# \xe2\x80\xa8\n", "the invisible character U+2028"));
	cr_assert(refuses("version: 1\n# \xed\xa0\x80\n", "the byte 0xed is not valid UTF-8"));
	cr_assert(refuses("version: \"\\0\"\n", "the invisible character U+0000, a control character"));
}

Test(parse, goes_on_with_the_next_item_after_an_error)
{
	_cleanup_(reading_free) struct reading r = read_policy(
		POLICY_HEAD POLICY_PROFILES "devices:\n"
					    "  - { name: a, mac: x, ip: y, profile: ct }\n"
					    "  - what\n"
					    "  - { nme: c }\n");

	/* x, y, what; nme, and no mac, no ip, no profile, as the name was meant. */
	cr_assert_eq(r.diags.errors, 7, "%s", r.findings.bytes);
}

Test(parse, stops_at_20_errors)
{
	_cleanup_(text_free) struct text text = { 0 };
	_cleanup_(reading_free) struct reading r = { 0 };

	text_add(&text, "%s", POLICY_HEAD);
	for (int i = 0; i < 1000; i++)
		text_add(&text, "key%d: x\n", i);
	r = read_policy(text.bytes);
	cr_assert_eq(r.diags.errors, DIAG_LIMIT);
	cr_assert_eq(r.diags.list.count, DIAG_LIMIT);
}

Test(parse, refuses_more_links_than_the_gateway_has_room_for)
{
	_cleanup_(text_free) struct text text = { 0 };

	text_add(&text, "version: 1\nlinks:\n");
	for (int i = 0; i <= WARD_MAX_LINKS; i++)
		text_add(&text, "  - { name: l%d, clinical: a%d, it: b%d }\n", i, i, i);
	cr_assert(refuses(text.bytes, "policy:35:5: error[E033]: more than 32 links"));
}

Test(parse, refuses_more_services_than_the_gateway_has_room_for)
{
	_cleanup_(text_free) struct text text = { 0 };

	text_add(&text, "%sservices:\n", POLICY_HEAD);
	for (int i = 0; i <= MODEL_MAX_SERVICES; i++)
		text_add(&text, "  s%d: [tcp/80]\n", i);
	cr_assert(refuses(text.bytes, "more than 4096 services"));
}

Test(parse, says_only_that_a_version_is_unknown)
{
	_cleanup_(reading_free) struct reading r = read_policy("zones: []\nversion: 2\n");

	cr_assert_eq(r.diags.errors, 1);
	cr_assert_not_null(
		strstr(r.findings.bytes, "policy:2:10: error[E014]: unknown version '2'"));
}

Test(parse, reads_the_addresses_of_a_device_in_their_order)
{
	_cleanup_(reading_free) struct reading r = read_policy(
		"version: 1\n"
		"links: [ { name: a, clinical: a0, it: b0, dhcp-servers: [10.0.0.9] } ]\n"
		"profiles: { ct: {} }\n"
		"devices:\n"
		"  - { name: a, mac: 02:00:00:00:00:01, ip: [fe80::1, dhcp, 10.0.0.1], profile: ct "
		"}\n"
		"  - { name: b, mac: 02:00:00:00:00:02, ip: dhcp, profile: ct }\n");
	const struct model_device *device = r.model->devices.items;

	cr_assert_eq(device[0].addresses.count, 2);
	cr_assert_eq(device[0].addresses.items[0].word[0], htonl(0xfe800000));
	cr_assert_eq(device[0].addresses.items[1].word[3], htonl(0x0a000001));
	cr_assert_eq(device[0].dhcp, 1);
	cr_assert(same_place(device[0].addresses.items[1].place, at(5, 60, 8)));
	cr_assert_eq(device[1].addresses.count, 0);
	cr_assert_eq(device[1].dhcp, 1);
}

Test(parse, refuses_more_than_60_addresses_of_a_device)
{
	_cleanup_(text_free) struct text text = { 0 };

	text_add(&text, "%sdevices:\n  - name: a\n    ip:\n", POLICY_HEAD POLICY_PROFILES);
	for (int i = 1; i <= 61; i++)
		text_add(&text, "      - 2001:db8::%d\n", i);
	cr_assert(refuses(text.bytes,
			  "policy:73:9: error[E033]: more than 60 addresses of a device"));
}

Test(parse, reads_limits_in_both_directions)
{
	_cleanup_(reading_free) struct reading r =
		read_policy(POLICY_HEAD "profiles: { ct: { limit: { flows: 20, new-flows: 5/s, "
					"receive: { bits: 1M/s } } } }\n");
	const struct model_limit *limit = &r.model->profiles.items[0].limit;

	cr_assert_eq(limit->flows, 20);
	cr_assert_eq(limit->new_flows, 5);
	cr_assert_eq(limit->rate[WARD_IT].bits, 1000000);
	cr_assert_eq(limit->rate[WARD_CLINICAL].bits, 0);
}
