/* SPDX-License-Identifier: GPL-2.0-only */
/* Labels of devices, groups by labels, and groups as peers of rules. */
#include <arpa/inet.h>
#include <criterion/criterion.h>

#include "base/clock.h"
#include "base/own.h"
#include "policy/address.h"
#include "policy/check_devices.h"
#include "policy/evaluate.h"
#include "policy_helper.h"

#define HEAD                                                                                       \
	"version: 1\nlinks: [ { name: ward, clinical: a0, it: b0, dhcp-servers: [10.0.0.9] } ]\n"
#define DEVICES                                                                                    \
	"devices:\n"                                                                               \
	"  - { name: a, mac: 02:00:00:00:00:01, ip: 10.0.0.1, profile: p, "                        \
	"labels: { ward: icu-1, manufacturer: acme } }\n"                                          \
	"  - { name: b, mac: 02:00:00:00:00:02, ip: [10.0.0.2, 2001:db8::2], profile: p, "         \
	"labels: { manufacturer: acme, ward: icu-2 } }\n"                                          \
	"  - { name: c, mac: 02:00:00:00:00:03, ip: 10.0.0.3, profile: p, "                        \
	"labels: { manufacturer: \"Other [GmbH]\", ward: icu-2 } }\n"                              \
	"  - { name: d, mac: 02:00:00:00:00:04, ip: 10.0.0.4, profile: p }\n"                      \
	"  - { name: e, mac: 02:00:00:00:00:05, ip: dhcp, profile: p, "                            \
	"labels: { manufacturer: acme, ward: er } }\n"
#define PLAIN "profiles: { p: {} }\n"
#define RULE(peer) "profiles: { p: { allow: [ { to: " peer ", services: [ssh] } ] } }\n"

static bool members(const char *labels, const char *expected)
{
	_cleanup_(text_free) struct text text = { 0 }, names = { 0 };
	_cleanup_(reading_free) struct reading r = { 0 };

	text_add(&text, HEAD "groups: { g: %s }\n" PLAIN DEVICES, labels);
	r = read_policy(text.bytes);
	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	for (size_t i = 0; i < r.model->groups.items[0].devices.count; i++)
		text_add(&names, "%s",
			 r.model->devices.items[r.model->groups.items[0].devices.items[i]]
				 .name.text);
	return !strcmp(names.bytes ?: "", expected);
}

Test(groups, hold_the_devices_with_all_labels)
{
	cr_expect(members("{ manufacturer: acme }", "abe"));
	cr_expect(members("{ manufacturer: acme, ward: icu-2 }", "b"));
	cr_expect(members("{ ward: icu-2, manufacturer: acme }", "b"));
	cr_expect(members("{ ward: \"icu-*\" }", "abc"));
	cr_expect(members("{ ward: icu-* }", "abc"));
	cr_expect(members("{ ward: \"*\" }", "abce"));
	cr_expect(members("{ ward: icu-? , manufacturer: a* }", "ab"));
	cr_expect(members("{ ward: \"[ei]*[!1]\" }", "bce"));
	cr_expect(members("{ manufacturer: \"Other ?GmbH?\" }", "c"));
	cr_expect(members("{ manufacturer: ACME }", ""));
	cr_expect(members("{ serial: \"*\" }", ""));
	cr_expect(members("{ ward: er, manufacturer: Other* }", ""));
}

Test(groups, warn_when_they_are_empty)
{
	_cleanup_(reading_free) struct reading r =
		read_policy(HEAD "networks: { n: [10.9.0.0/16] }\ngroups: { g: { manufacturer: "
				 "acme, ward: ct-* } }\n" RULE("{ group: g }") DEVICES);

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	cr_expect_not_null(strstr(r.findings.bytes, "no device is in the group 'g'"));
	cr_expect_not_null(
		strstr(r.findings.bytes, "of those left, none has the label ward: ct-*"));
}

Test(groups, are_refused_without_a_good_label)
{
	cr_expect(refuses(HEAD "groups: { g: {} }\n", "has no label to choose devices by"));
	cr_expect(refuses(HEAD "groups: { g: [a] }\n", "expected a mapping of labels"));
	cr_expect(refuses(HEAD "groups: { g: { Ward: a } }\n", "'Ward' is not the key of a label"));
	cr_expect(refuses(HEAD "groups: { g: { ward: \"\" } }\n", "'' is not a line of text"));
	cr_expect(refuses(HEAD "groups: { g: { ward: [a] } }\n", "expected text, got a list"));
	cr_expect(refuses(HEAD PLAIN "devices: [ { name: a, mac: 02:00:00:00:00:01, ip: 10.0.0.1, "
				     "profile: p, labels: { ward: } } ]\n",
			  "expected text, got nothing"));
	cr_expect(refuses(HEAD PLAIN "devices: [ { name: a, ip: 239.0.0.1, profile: p, "
				     "labels: { ward: icu } } ]\n",
			  "unknown key 'labels' in a multicast group"));
}

Test(groups, of_too_many_labels_are_refused)
{
	_cleanup_(text_free) struct text text = { 0 };

	text_add(&text, HEAD "groups:\n  g:\n");
	for (int i = 0; i <= MODEL_MAX_LABELS; i++)
		text_add(&text, "    l%d: x\n", i);
	cr_expect(refuses(text.bytes, "more than 32 labels"));
}

static const struct model_rule *allows(const struct reading *r, const struct image *image,
				       const char *address)
{
	const struct model_profile *profile = &r->model->profiles.items[0];
	const struct image_entry *entry;
	const struct model_rule *found = NULL;
	__be32 word[4];

	if (strchr(address, ':'))
		inet_pton(AF_INET6, address, word);
	else
		address_from_ipv4(word, inet_addr(address));
	entry = image_find(image, 0, WARD_CLINICAL, image_peer_class(image, word),
			   image_service_class(image, PROTOCOL_TCP, 22));
	if (entry && entry->rule != UINT32_MAX)
		found = &profile->rules.items[image->rules.items[entry->rule].rule];
	cr_assert_eq(found, evaluate(r->model, profile, WARD_CLINICAL, word, PROTOCOL_TCP, 22));
	return found;
}

Test(groups, as_peers_are_the_fixed_addresses_of_their_devices)
{
	_cleanup_(reading_free) struct reading r = read_policy(
		HEAD "networks: { icu: [10.9.0.0/16] }\ngroups: { icu: { ward: icu-* } }\n"
		     "profiles: { p: { allow: [ { to: { group: icu }, services: [ssh] },\n"
		     "  { to: { network: icu }, services: [ssh] },\n"
		     "  { from: { group: icu }, services: [ssh] } ] } }\n" DEVICES);
	_cleanup_(image_free) struct image *image = NULL;
	const struct model_rule *rules;
	struct error error = { "" };
	uint64_t compared;

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	cr_expect_eq(r.diags.warnings, 0, "%s", r.findings.bytes);
	cr_assert_eq(policy_compile(r.model, &image, &error), 0, "%s", error.text);
	cr_assert_eq(policy_prove(r.model, image, &compared, &error), 0, "%s", error.text);
	rules = r.model->profiles.items[0].rules.items;
	cr_expect_eq(r.model->networks.count, 2);
	cr_expect_eq(allows(&r, image, "10.0.0.1"), &rules[0]);
	cr_expect_eq(allows(&r, image, "2001:db8::2"), &rules[0]);
	cr_expect_eq(allows(&r, image, "10.0.0.3"), &rules[0]);
	cr_expect_null(allows(&r, image, "10.0.0.4"));
	cr_expect_eq(allows(&r, image, "10.9.1.1"), &rules[1]);
	/* One name, but not one peer. */
	cr_expect_str_neq(image->rules.items[0].key, image->rules.items[1].key);
	/* The network is the group's: a device that is gone from it is found missing. */
	r.model->networks.items[1].prefixes.count--;
	image_free(&image);
	cr_assert_eq(policy_compile(r.model, &image, &error), 0);
	cr_expect_neq(policy_prove(r.model, image, &compared, &error), 0);
}

Test(groups, as_peers_need_fixed_addresses)
{
	static const char text[] =
		HEAD "groups: { g: { manufacturer: acme } }\n" RULE("{ group: g }") DEVICES;

	cr_expect(refuses(text, "policy:4:42: error[E232]: the group 'g' as a peer, but its device 'e' "
				"has no fixed address"));
	cr_expect(refuses(text, "policy:10:44: note: its address comes by DHCP"));
}

Test(groups, as_peers_are_named_in_braces)
{
	cr_expect(refuses(HEAD "groups: { g: { ward: icu-* } }\n" RULE("g") DEVICES,
			  "write { group: g }"));
	cr_expect(refuses(HEAD "groups: { icu: { ward: icu-* } }\n" RULE("{ group: ico }") DEVICES,
			  "did you mean 'icu'?"));
	cr_expect(refuses(HEAD RULE("{}") DEVICES, "a peer without a name"));
	cr_expect(refuses(HEAD RULE("{ group: a, network: b }") DEVICES, "a peer is one group or"));
	cr_expect(refuses(HEAD RULE("{ device: a }") DEVICES, "unknown key 'device' in a peer"));
	cr_expect(refuses(HEAD "groups: { g: { ward: icu-* } }\n"
			       "profiles: { p: { allow: [ { to: { group: g }, services: [ssh], "
			       "replies: true } ] } }\n" DEVICES,
			  "`replies` to the group 'g'"));
}

Test(groups, that_no_rule_uses_are_warned_of)
{
	_cleanup_(reading_free) struct reading r =
		read_policy(HEAD "groups: { g: { ward: icu-* } }\n" PLAIN DEVICES);

	cr_expect_not_null(strstr(r.findings.bytes, "no rule uses the group 'g'"));
}

Test(groups, print_and_parse_to_the_same)
{
	_cleanup_(reading_free) struct reading r =
		read_policy(HEAD "groups: { g: { ward: icu-*, manufacturer: \"x \\\"y\\\" #\" }, "
				 "h: { ward: icu-1 } }\n" RULE("{ group: h }") DEVICES);
	_cleanup_(text_free) struct text out = { 0 };

	policy_print(r.model, &out);
	cr_expect_not_null(strstr(out.bytes,
				  "\ngroups:\n"
				  "  g: { manufacturer: \"x \\\"y\\\" #\", ward: \"icu-*\" }\n"
				  "  h: { ward: icu-1 }\n"),
			   "%s", out.bytes);
	cr_expect_not_null(strstr(out.bytes, "- { to: { group: h }, services: [ssh] }"));
	cr_expect_not_null(
		strstr(out.bytes, "labels: { manufacturer: \"Other [GmbH]\", ward: icu-2 } }"));
	cr_expect_null(strstr(out.bytes, "networks:"));
}

/* The time is that of check_all_groups(): the rest of check() is measured elsewhere. */
Test(groups, of_100_000_devices_are_quick, .timeout = 60)
{
	struct diags diags = { 0 };
	_cleanup_(text_free) struct text text = { 0 };
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(model_free) struct model *model = NULL;
	struct checker c = { .diags = &diags };
	struct error error;
	uint64_t start;

	text_add(&text, HEAD "groups:\n");
	for (int i = 0; i < 100; i++)
		text_add(&text, "  g%d: { manufacturer: acme-%d*, ward: \"*%d*\" }\n", i, i % 10,
			 i % 7);
	text_add(&text, PLAIN "devices:\n");
	for (int i = 0; i < 100000; i++)
		text_add(&text,
			 "  - { name: d%d, mac: \"02:00:00:%02x:%02x:%02x\", ip: 10.%d.%d.%d, "
			 "profile: p, "
			 "labels: { manufacturer: acme-%d, serial: \"%d\", ward: icu-%d } }\n",
			 i, i >> 16, i >> 8 & 255, i & 255, i >> 16, i >> 8 & 255, i & 255, i % 40,
			 i, i % 300);
	cr_assert_eq(sources_new("policy", text.bytes, text.length, &sources, &error), 0);
	cr_assert_eq(policy_parse(sources, &model, &diags), 0);
	c.model = model;
	start = clock_read(CLOCK_PROCESS_CPUTIME_ID);
	cr_assert_eq(check_all_groups(&c), 0);
	cr_expect_lt(clock_read(CLOCK_PROCESS_CPUTIME_ID) - start, 300000000);
	cr_expect_gt(model->groups.items[0].devices.count, 1000);
	diags_free(&diags);
}
