/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random policies of networks, groups, profiles and devices: what is printed parses to the same
 * model, and the order in which they stand does not change the image.
 */
#include <criterion/criterion.h>

#include "base/own.h"
#include "policy_helper.h"

#define ENTRIES 8

enum section {
	NETWORKS,
	GROUPS,
	PROFILES,
	DEVICES,
	SECTIONS,
};

/* Entries of each section as text, in an order of its own. */
struct drawn {
	struct text entries[SECTIONS][ENTRIES];
};

static void drawn_free(struct drawn *d)
{
	for (int s = 0; s < SECTIONS; s++)
		for (int i = 0; i < ENTRIES; i++)
			text_free(&d->entries[s][i]);
}

static unsigned draw(unsigned *seed, unsigned below)
{
	return (unsigned)rand_r(seed) % below;
}

static void draw_items(unsigned *seed, unsigned n, unsigned least, struct text *out)
{
	unsigned count = least + draw(seed, 11);

	text_add(out, "[");
	for (unsigned i = 0; i < count; i++) {
		text_add(out, "%s", i ? ", " : "");
		if (n && !draw(seed, 4))
			text_add(out, "n%u", draw(seed, n));
		else if (draw(seed, 3))
			text_add(out, "10.%u.0.0/%u", draw(seed, 4), 16 + draw(seed, 17));
		else
			text_add(out, "\"2001:db8:%x::/%u\"", draw(seed, 9), 48 + draw(seed, 81));
	}
	text_add(out, "]");
}

static void draw_network(unsigned *seed, unsigned n, struct text *out)
{
	text_add(out, "  n%u: ", n);
	if (draw(seed, 2)) {
		draw_items(seed, n, 1, out);
	} else {
		text_add(out, "{ addresses: ");
		draw_items(seed, n, 1, out);
		text_add(out, ", except: ");
		draw_items(seed, n, 0, out);
		text_add(out, " }");
	}
	text_add(out, "\n");
}

static void draw_labels(unsigned *seed, bool patterns, struct text *out)
{
	static const char *const values[] = {
		"icu-1", "icu-2", "\"two words\"", "\"\xc3\xa4 # \\\"q\\\"\"",
		"no",	 "0110",  "\"-\"",	   "\"~: [x]\""
	};
	unsigned first = draw(seed, 2);

	text_add(out, "{ ");
	for (unsigned k = first; k < first + 1 + draw(seed, 2); k++)
		text_add(out, "%sk%u: %s", k > first ? ", " : "", 7 - k,
			 patterns && draw(seed, 2) ? "\"[a-z]*?\""
						   : values[draw(seed, ARRAY_SIZE(values))]);
	text_add(out, " }");
}

static void draw_rule(unsigned *seed, struct text *out)
{
	text_add(out, "{ %s: ", draw(seed, 2) ? "to" : "from");
	text_add(out, draw(seed, 2) ? "n%u" : "{ group: g%u }", draw(seed, ENTRIES));
	text_add(out, ", services: [tcp/%u, ssh]", 1 + draw(seed, 5));
	text_add(out, draw(seed, 3) ? " }" : ", purpose: \"a \\\\ b\", limit: { flows: 3 } }");
}

static void draw_profile(unsigned *seed, unsigned p, struct text *out)
{
	text_add(out, "  p%u:\n", p);
	if (p && draw(seed, 2))
		text_add(out, "    extends: p%u\n", draw(seed, p));
	else if (p > 1)
		text_add(out, "    extends: [p%u, p%u]\n", p - 2, p - 1);
	text_add(out, "    allow:%s\n", p % 3 ? "" : " []");
	for (unsigned r = 0; p % 3 && r < 1 + draw(seed, 2); r++) {
		text_add(out, "      - ");
		draw_rule(seed, out);
		text_add(out, "\n");
	}
	if (!draw(seed, 3))
		text_add(out, "    limit: { packets: %u/s }\n", 1 + draw(seed, 9));
	if (!draw(seed, 3))
		text_add(out, "    fragments: %s\n", draw(seed, 2) ? "track" : "drop");
	if (!draw(seed, 3))
		text_add(out, "    enforcement: %s\n", draw(seed, 2) ? "audit" : "closed");
}

static void draw_device(unsigned *seed, unsigned d, struct text *out)
{
	text_add(out,
		 "  - { name: d%u, mac: 02:00:00:00:00:%02x, ip: [10.1.0.%u, 2001:db8::%x], "
		 "profile: p%u",
		 d, d, d + 1, d + 1, draw(seed, ENTRIES));
	if (draw(seed, 4)) {
		text_add(out, ", labels: ");
		draw_labels(seed, false, out);
	}
	text_add(out, " }\n");
}

static void draw_all(unsigned *seed, struct drawn *d)
{
	for (unsigned i = 0; i < ENTRIES; i++) {
		draw_network(seed, i, &d->entries[NETWORKS][i]);
		text_add(&d->entries[GROUPS][i], "  g%u: ", i);
		draw_labels(seed, true, &d->entries[GROUPS][i]);
		text_add(&d->entries[GROUPS][i], "\n");
		draw_profile(seed, i, &d->entries[PROFILES][i]);
		draw_device(seed, i, &d->entries[DEVICES][i]);
	}
}

static void shuffle(unsigned *seed, struct drawn *d)
{
	for (int s = 0; s < SECTIONS; s++) {
		for (unsigned i = ENTRIES; i > 1; i--) {
			unsigned other = draw(seed, i);
			struct text kept = d->entries[s][i - 1];

			d->entries[s][i - 1] = d->entries[s][other];
			d->entries[s][other] = kept;
		}
	}
}

/* A policy, or none when exceptions took all of a network. */
static struct reading read_drawn(const struct drawn *d)
{
	static const char *const titles[] = { "networks", "groups", "profiles", "devices" };
	_cleanup_(text_free) struct text text = { 0 };
	struct reading r;

	text_add(&text, "version: 1\nlinks: [ { name: ward, clinical: a0, it: b0 } ]\n");
	for (int s = 0; s < SECTIONS; s++) {
		text_add(&text, "%s:\n", titles[s]);
		for (int i = 0; i < ENTRIES; i++)
			text_add_bytes(&text, d->entries[s][i].bytes, d->entries[s][i].length);
	}
	r = read_policy(text.bytes);
	cr_assert(r.model || strstr(r.findings.bytes, "holds no address"), "%s\n%s",
		  r.findings.bytes, text.bytes);
	return r;
}

static void same_word(const struct word *a, const struct word *b)
{
	cr_assert(!a->text == !b->text);
	cr_assert(!a->text || !strcmp(a->text, b->text));
}

static void same_labels(const model_labels *a, const model_labels *b)
{
	cr_assert_eq(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		same_word(&a->items[i].key, &b->items[i].key);
		same_word(&a->items[i].value, &b->items[i].value);
	}
}

static void same_prefixes(const model_prefixes *a, const model_prefixes *b)
{
	cr_assert_eq(a->count, b->count);
	for (size_t i = 0; i < a->count; i++)
		cr_assert(!memcmp(a->items[i].address, b->items[i].address, 16) &&
			  a->items[i].length == b->items[i].length);
}

static void same_items(const model_network_items *a, const model_network_items *b)
{
	cr_assert_eq(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		same_word(&a->items[i].word, &b->items[i].word);
		cr_assert_eq(a->items[i].network, b->items[i].network);
		cr_assert(!memcmp(a->items[i].prefix.address, b->items[i].prefix.address, 16) &&
			  a->items[i].prefix.length == b->items[i].prefix.length);
	}
}

static void same_rule(const struct model_rule *a, const struct model_rule *b)
{
	same_word(&a->peer, &b->peer);
	same_word(&a->purpose, &b->purpose);
	cr_assert(a->opener == b->opener && a->peer_is_group == b->peer_is_group &&
		  a->network == b->network && a->replies == b->replies &&
		  a->limit.flows == b->limit.flows);
	cr_assert_eq(a->services.count, b->services.count);
	for (size_t i = 0; i < a->services.count; i++)
		cr_assert(a->services.items[i].in_place == b->services.items[i].in_place &&
			  a->services.items[i].range.first == b->services.items[i].range.first &&
			  a->services.items[i].service == b->services.items[i].service);
}

static void same_profile(const struct model_profile *a, const struct model_profile *b)
{
	same_word(&a->name, &b->name);
	cr_assert_eq(a->extends.count, b->extends.count);
	for (size_t i = 0; i < a->extends.count; i++)
		same_word(&a->extends.items[i], &b->extends.items[i]);
	cr_assert_eq(a->own_rules, b->own_rules);
	cr_assert_eq(a->rules.count, b->rules.count);
	for (size_t i = 0; i < a->rules.count; i++)
		same_rule(&a->rules.items[i], &b->rules.items[i]);
	cr_assert_eq(a->limit.rate[0].packets, b->limit.rate[0].packets);
	cr_assert(!a->limit.place.line == !b->limit.place.line &&
		  !a->fragments.line == !b->fragments.line && a->inherited == b->inherited &&
		  a->tracks_fragments == b->tracks_fragments && a->enforcement == b->enforcement);
}

static void same_model(const struct model *a, const struct model *b)
{
	cr_assert(a->networks.count == b->networks.count && a->groups.count == b->groups.count &&
		  a->profiles.count == b->profiles.count && a->devices.count == b->devices.count);
	for (size_t i = 0; i < a->networks.count; i++) {
		same_word(&a->networks.items[i].name, &b->networks.items[i].name);
		same_items(&a->networks.items[i].items, &b->networks.items[i].items);
		same_items(&a->networks.items[i].except, &b->networks.items[i].except);
		same_prefixes(&a->networks.items[i].prefixes, &b->networks.items[i].prefixes);
		cr_assert_eq(a->networks.items[i].group, b->networks.items[i].group);
	}
	for (size_t i = 0; i < a->groups.count; i++) {
		same_word(&a->groups.items[i].name, &b->groups.items[i].name);
		same_labels(&a->groups.items[i].labels, &b->groups.items[i].labels);
		cr_assert_eq(a->groups.items[i].devices.count, b->groups.items[i].devices.count);
	}
	for (size_t i = 0; i < a->profiles.count; i++)
		same_profile(&a->profiles.items[i], &b->profiles.items[i]);
	for (size_t i = 0; i < a->devices.count; i++) {
		same_word(&a->devices.items[i].name, &b->devices.items[i].name);
		same_labels(&a->devices.items[i].labels, &b->devices.items[i].labels);
	}
}

Test(random_names, are_printed_so_that_they_parse_to_the_same, .timeout = 60)
{
	unsigned seed = 11, good = 0;

	while (good < 300) {
		_cleanup_(drawn_free) struct drawn d = { 0 };
		_cleanup_(reading_free) struct reading first = { 0 }, second = { 0 };
		_cleanup_(text_free) struct text once = { 0 }, twice = { 0 };

		draw_all(&seed, &d);
		shuffle(&seed, &d);
		first = read_drawn(&d);
		if (!first.model)
			continue;
		policy_print(first.model, &once);
		second = read_policy(once.bytes);
		cr_assert_not_null(second.model, "%s\n%s", second.findings.bytes, once.bytes);
		same_model(first.model, second.model);
		policy_print(second.model, &twice);
		cr_assert_str_eq(once.bytes, twice.bytes);
		good++;
	}
}

Test(random_names, may_stand_in_any_order, .timeout = 60)
{
	unsigned seed = 5, good = 0;

	while (good < 100) {
		_cleanup_(drawn_free) struct drawn d = { 0 };
		_cleanup_(reading_free) struct reading first = { 0 }, second = { 0 };
		_cleanup_(image_free) struct image *one = NULL, *two = NULL;
		struct error error = { "" };
		uint64_t compared;

		draw_all(&seed, &d);
		first = read_drawn(&d);
		shuffle(&seed, &d);
		second = read_drawn(&d);
		cr_assert_eq(!first.model, !second.model);
		if (!first.model)
			continue;
		cr_assert_eq(policy_compile(first.model, &one, &error), 0, "%s", error.text);
		cr_assert_eq(policy_compile(second.model, &two, &error), 0, "%s", error.text);
		cr_assert_eq(policy_prove(second.model, two, &compared, &error), 0, "%s",
			     error.text);
		cr_assert_str_eq(one->hash, two->hash);
		good++;
	}
}
