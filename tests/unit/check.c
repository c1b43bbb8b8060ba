/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <string.h>

#include "base/own.h"
#include "policy_helper.h"

static bool warns(const char *text, const char *finding)
{
	_cleanup_(reading_free) struct reading r = read_policy(text);

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	return r.findings.bytes && strstr(r.findings.bytes, finding);
}

Test(check, fills_in_the_indexes)
{
	_cleanup_(reading_free) struct reading r = read_policy(
		"version: 1\n"
		"links:\n"
		"  - { name: a, clinical: a0, it: a1 }\n"
		"  - { name: b, clinical: b0, it: b1 }\n"
		"networks: { x: [10.0.0.1], y: [10.0.0.2] }\n"
		"services: { s: [tcp/1], t: [tcp/2] }\n"
		"profiles:\n"
		"  p: { allow: [ { to: x, services: [s] } ] }\n"
		"  q: { allow: [ { to: y, services: [t, ssh, tcp/9] } ] }\n"
		"devices:\n"
		"  - { name: d, mac: 02:00:00:00:00:01, ip: 10.9.0.1, profile: q, link: b }\n"
		"  - { name: e, mac: 02:00:00:00:00:02, ip: 10.9.0.2, profile: p, link: a }\n");
	const struct model_rule *rule = r.model->profiles.items[1].rules.items;

	cr_assert_eq(r.diags.warnings, 0, "%s", r.findings.bytes);
	cr_assert_eq(rule->network, 1);
	cr_assert_eq(rule->services.items[0].service, 1);
	cr_assert_eq(rule->services.items[1].service, 2);
	cr_assert_eq(r.model->devices.items[0].profile, 1);
	cr_assert_eq(r.model->devices.items[0].link, 1);
	cr_assert_eq(r.model->devices.items[1].link, 0);
}

Test(check, adds_the_services_of_the_library_that_are_used)
{
	_cleanup_(reading_free) struct reading r =
		read_policy(POLICY_HEAD POLICY_PROFILES POLICY_DEVICES);
	const struct model_service *service = r.model->services.items;

	cr_assert_eq(r.model->services.count, 1);
	cr_assert(service->builtin);
	cr_assert_str_eq(service->name.text, "dicom");
	cr_assert_eq(service->ranges.count, 2);
	cr_assert_eq(service->ranges.items[0].first, 104);
	cr_assert_eq(service->ranges.items[1].first, 11112);
}

Test(check, prefers_the_policys_own_service)
{
	_cleanup_(reading_free) struct reading r = read_policy(
		POLICY_HEAD "services: { dicom: [tcp/4242] }\n" POLICY_PROFILES POLICY_DEVICES);

	cr_assert_eq(r.model->services.count, 1);
	cr_assert(!r.model->services.items[0].builtin);
	cr_assert_eq(r.model->services.items[0].ranges.items[0].first, 4242);
}

Test(check, refuses_unknown_names_with_the_nearest)
{
	cr_assert(refuses(
		POLICY_HEAD POLICY_PROFILES
		"devices: [ { name: a, mac: 02:00:00:00:00:01, ip: 10.0.0.1, profile: tc } ]\n",
		"unknown profile 'tc'"));
	cr_assert(refuses(POLICY_HEAD
			  "profiles: { p: { allow: [ { to: pcas, services: [ssh] } ] } }\n",
			  "did you mean 'pacs'?"));
	cr_assert(refuses(POLICY_HEAD
			  "profiles: { p: { allow: [ { to: pacs, services: [sshd] } ] } }\n",
			  "did you mean 'ssh'?"));
	cr_assert(refuses(POLICY_HEAD POLICY_PROFILES
			  "devices: [ { name: a, mac: 02:00:00:00:00:01, "
			  "ip: 10.0.0.1, profile: ct, link: wrd } ]\n",
			  "did you mean 'ward'?"));
}

#define SECOND(mac, vlan, ip)                                                                      \
	POLICY_HEAD POLICY_PROFILES POLICY_DEVICES "  - { name: ct-2, mac: " mac ", vlan: " vlan   \
						   ", ip: " ip ", profile: ct }\n"

Test(check, refuses_two_devices_with_one_mac_on_any_vlan)
{
	cr_assert(refuses(SECOND("02:00:00:00:11:01", "120", "10.0.0.1"),
			  "the devices 'ct-1' and 'ct-2' have one MAC address"));
}

Test(check, refuses_one_address_twice_on_a_link_and_vlan)
{
	cr_assert(refuses(SECOND("02:00:00:00:11:02", "110", "10.110.4.13"),
			  "have one address, 10.110.4.13"));
}

Test(check, accepts_one_address_on_two_vlans)
{
	_cleanup_(reading_free) struct reading r =
		read_policy(SECOND("02:00:00:00:11:02", "120", "10.110.4.13"));

	cr_assert_not_null(r.model);
}

Test(check, refuses_two_devices_with_one_name)
{
	cr_assert(refuses(POLICY_HEAD POLICY_PROFILES POLICY_DEVICES
			  "  - { name: ct-1, mac: 02:00:00:00:00:09, ip: 10.0.0.9, profile: ct }\n",
			  "two devices are called 'ct-1'"));
}

Test(check, refuses_an_interface_in_two_ports)
{
	cr_assert(refuses("version: 1\nlinks: [ { name: a, clinical: e0, it: e0 } ]\n",
			  "policy:2:39: error[E103]: the interface 'e0' is on both sides"));
}

Test(check, refuses_a_vlan_that_the_link_does_not_carry)
{
	cr_assert(refuses("version: 1\n"
			  "links: [ { name: a, clinical: a0, it: b0, vlans: [5-7] } ]\n"
			  "profiles: { ct: {} }\n" POLICY_DEVICES,
			  "the link 'a' does not carry VLAN 110"));
	cr_assert(refuses(
		"version: 1\n"
		"links: [ { name: a, clinical: a0, it: b0, vlans: [5-7] } ]\n"
		"profiles: { ct: {} }\n"
		"devices: [ { name: d, mac: 02:00:00:00:00:01, ip: 10.0.0.1, profile: ct } ]\n",
		"does not carry untagged frames"));
}

Test(check, refuses_a_device_that_could_be_on_several_links)
{
	cr_assert(refuses("version: 1\n"
			  "links:\n"
			  "  - { name: a, clinical: a0, it: a1 }\n"
			  "  - { name: b, clinical: b0, it: b1 }\n"
			  "profiles: { ct: {} }\n" POLICY_DEVICES,
			  "add `link:` with one of a, b"));
}

Test(check, refuses_a_policy_without_links)
{
	cr_assert(refuses("version: 1\nlinks: []\n", "the policy has no link"));
}

Test(check, warns_of_a_policy_without_devices)
{
	cr_assert(warns("version: 1\nlinks: [ { name: a, clinical: a0, it: a1 } ]\n",
			"warning[W003]: the policy has no device"));
}

Test(check, warns_of_what_nothing_uses)
{
	const char *text = POLICY_HEAD "  spare: [10.0.0.1]\n"
				       "services: { custom: [tcp/1] }\n" POLICY_PROFILES
				       "  other: {}\n" POLICY_DEVICES;

	cr_assert(warns(text, "no rule uses the network 'spare'"));
	cr_assert(warns(text, "no rule uses the service 'custom'"));
	cr_assert(warns(text, "no device uses the profile 'other'"));
}

Test(check, does_not_warn_of_unused_names_when_there_are_errors)
{
	_cleanup_(reading_free) struct reading r = read_policy(
		POLICY_HEAD "profiles: { p: { allow: [ { to: pcas, services: [ssh] } ] } }\n");

	cr_assert_eq(r.diags.warnings, 0);
}

Test(check, changes_nothing_the_second_time)
{
	_cleanup_(reading_free) struct reading r =
		read_policy(POLICY_HEAD POLICY_PROFILES POLICY_DEVICES);

	cr_assert_eq(policy_check(r.model, &r.diags), 0);
	cr_assert_eq(r.model->services.count, 1);
}

Test(check, finds_the_profile_of_quarantine)
{
	_cleanup_(reading_free) struct reading r = read_policy(
		"version: 1\nquarantine: q\nlinks: [ { name: a, clinical: a0, it: a1 } ]\n"
		"profiles: { p: {}, q: {} }\n"
		"devices: [ { name: d, mac: 02:00:00:00:00:01, ip: 10.0.0.1, profile: p } ]\n");

	cr_assert_eq(r.model->quarantine_profile, 1);
	cr_assert_eq(r.diags.warnings, 0, "%s", r.findings.bytes);
}

Test(check, accepts_link_local_addresses_twice_on_routed_links)
{
	_cleanup_(reading_free) struct reading r = read_policy(
		"version: 1\nlinks: [ { name: a, clinical: a0, it: a1, mode: routed } ]\n"
		"profiles: { p: {} }\ndevices:\n"
		"  - { name: d, mac: 02:00:00:00:00:01, vlan: 5, ip: fe80::1, profile: p }\n"
		"  - { name: e, mac: 02:00:00:00:00:02, vlan: 6, ip: fe80::1, profile: p }\n");

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
}

Test(check, keeps_one_group_in_several_vlans)
{
	_cleanup_(reading_free) struct reading r = read_policy(
		POLICY_HEAD "profiles: { g: { allow: [ { from: pacs, services: [mdns] } ] } }\n"
			    "devices:\n"
			    "  - { name: d, vlan: 5, ip: 224.0.0.251, profile: g }\n"
			    "  - { name: e, vlan: 6, ip: 224.0.0.251, profile: g }\n");

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
}

static void add_devices(struct text *out, unsigned count)
{
	text_add(out, "%s%sdevices:\n", POLICY_HEAD, POLICY_PROFILES);
	for (unsigned i = 0; i < count; i++)
		text_add(out,
			 "  - { name: device-%06u, mac: 02:00:00:%02x:%02x:%02x, vlan: 110, "
			 "ip: 172.16.%u.%u, profile: ct }\n",
			 i, i >> 16, i >> 8 & 255, i & 255, i >> 8 & 255, i & 255);
}

/* With anything quadratic this would run into the time limit. */
Test(check, takes_65_000_devices, .timeout = 20)
{
	_cleanup_(text_free) struct text text = { 0 };
	_cleanup_(reading_free) struct reading r = { 0 };

	add_devices(&text, 65000);
	r = read_policy(text.bytes);
	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	cr_assert_eq(r.model->devices.count, 65000);
}
