/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/policy.h"
#include "policy/values.h"

static void print_quoted(const char *text, struct text *out)
{
	text_add(out, "\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			text_add(out, "\\");
		text_add_bytes(out, text, 1);
	}
	text_add(out, "\"");
}

/* Names need no quotes; the names of interfaces may hold nearly anything. */
void print_word(const char *text, struct text *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._-";

	if (strspn(text, plain) == strlen(text) && !strchr(".-_", text[0]))
		text_add(out, "%s", text);
	else
		print_quoted(text, out);
}

void print_enforcement(const char *before, enum model_enforcement mode, const char *behind,
		       struct text *out)
{
	static const char *const words[] = {
		[MODEL_ENFORCE] = "enforce", [MODEL_AUDIT] = "audit", [MODEL_CLOSED] = "closed"
	};

	if (mode != MODEL_UNSAID)
		text_add(out, "%senforcement: %s%s", before, words[mode], behind);
}

void print_quoting(const char *address, struct text *out)
{
	bool quotes = address[0] == ':' || address[strlen(address) - 1] == ':';

	text_add(out, quotes ? "\"%s\"" : "%s", address);
}

void print_address(const __be32 address[4], struct text *out)
{
	char shown[TEXT_ADDRESS];

	print_quoting(text_address(shown, address), out);
}

static void print_range(const struct model_port_range *range, struct text *out)
{
	char ports[VALUES_PORTS];

	text_add(out, "%s", values_ports(ports, range));
}

static void print_services(const struct model *model, struct text *out)
{
	bool any = false;

	for (size_t i = 0; i < model->services.count; i++) {
		const struct model_service *service = &model->services.items[i];

		if (service->builtin)
			continue;
		text_add(out, "%s  %s: [", any ? "" : "\nservices:\n", service->name.text);
		any = true;
		for (size_t j = 0; j < service->ranges.count; j++) {
			text_add(out, "%s", j ? ", " : "");
			print_range(&service->ranges.items[j], out);
		}
		text_add(out, "]\n");
	}
}

/* 400M rather than 400000000; 2000 stays 2000. */
static void print_scaled(uint64_t n, struct text *out)
{
	static const char suffix[] = "\0kMG";
	int scale = 0;

	while (n >= 10000 && n % 1000 == 0 && scale < 3) {
		n /= 1000;
		scale++;
	}
	text_add(out, "%" PRIu64, n);
	if (scale)
		text_add(out, "%c", suffix[scale]);
}

struct limit_entry {
	const char *key, *unit;
	uint64_t value;
};

/* Yields whether there was any. */
static bool print_entries(const struct limit_entry *entries, size_t count, struct text *out)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if (!entries[i].value)
			continue;
		text_add(out, "%s%s: ", any ? ", " : "", entries[i].key);
		print_scaled(entries[i].value, out);
		text_add(out, "%s", entries[i].unit);
		any = true;
	}
	return any;
}

static bool print_rate(const struct model_rate *rate, struct text *out)
{
	const struct limit_entry entries[] = {
		{ "packets", "/s", rate->packets },
		{ "burst", "", rate->burst },
		{ "bits", "/s", rate->bits },
		{ "burst-bits", "", rate->burst_bits },
	};

	return print_entries(entries, ARRAY_SIZE(entries), out);
}

static void print_limit(const struct model_limit *limit, struct text *out)
{
	const struct model_rate *received = &limit->rate[WARD_IT];
	const struct limit_entry flows[] = {
		{ "new-flows", "/s", limit->new_flows },
		{ "flows", "", limit->flows },
	};
	bool any;

	text_add(out, "{ ");
	any = print_rate(&limit->rate[WARD_CLINICAL], out);
	if (any && (limit->new_flows || limit->flows))
		text_add(out, ", ");
	any |= print_entries(flows, ARRAY_SIZE(flows), out);
	if (received->packets || received->bits) {
		text_add(out, "%sreceive: { ", any ? ", " : "");
		print_rate(received, out);
		text_add(out, " }");
	}
	text_add(out, " }");
}

void print_service_use(const struct model_service_use *use, struct text *out)
{
	if (use->in_place)
		print_range(&use->range, out);
	else
		text_add(out, "%s", use->word.text);
}

static void print_said(const char *key, const struct word *word, struct text *out)
{
	if (!word->text)
		return;
	text_add(out, ", %s: ", key);
	print_quoted(word->text, out);
}

/* What a rule says of itself. */
static void print_says(const struct model_rule *rule, struct text *out)
{
	static const char *const encrypted[] = {
		[MODEL_ENCRYPTION_UNSAID] = "",
		[MODEL_ENCRYPTION_NO] = ", encrypted: no",
		[MODEL_ENCRYPTION_PREFERRED] = ", encrypted: preferred",
		[MODEL_ENCRYPTION_REQUIRED] = ", encrypted: required",
	};

	print_said("purpose", &rule->purpose, out);
	print_said("owner", &rule->owner, out);
	print_said("ticket", &rule->ticket, out);
	print_said("expires", &rule->expires, out);
	print_said("hours", &rule->hours, out);
	text_add(out, "%s%s", encrypted[rule->encryption], rule->log ? ", log: true" : "");
}

static void print_rule(const struct model_rule *rule, struct text *out)
{
	static const char *const direction[] = { [WARD_CLINICAL] = "to", [WARD_IT] = "from" };

	text_add(out,
		 rule->peer_is_group ? "      - { %s: { group: %s }, services: ["
				     : "      - { %s: %s, services: [",
		 direction[rule->opener], rule->peer.text);
	for (size_t i = 0; i < rule->services.count; i++) {
		text_add(out, "%s", i ? ", " : "");
		print_service_use(&rule->services.items[i], out);
	}
	text_add(out, "]");
	print_says(rule, out);
	text_add(out, rule->replies ? ", replies: true" : "");
	if (rule->limit.place.line) {
		text_add(out, ", limit: ");
		print_limit(&rule->limit, out);
	}
	text_add(out, " }\n");
}

static void print_extends(const struct model_profile *profile, struct text *out)
{
	bool list = profile->extends.count > 1;

	if (!profile->extends.count)
		return;
	text_add(out, "    extends: %s", list ? "[" : "");
	for (size_t i = 0; i < profile->extends.count; i++)
		text_add(out, "%s%s", i ? ", " : "", profile->extends.items[i].text);
	text_add(out, "%s\n", list ? "]" : "");
}

/* What it has from the profiles that it extends is printed there. */
static void print_own_settings(const struct model_profile *profile, struct text *out)
{
	if (profile->limit.place.line && !(profile->inherited & MODEL_INHERITED_LIMIT)) {
		text_add(out, "    limit: ");
		print_limit(&profile->limit, out);
		text_add(out, "\n");
	}
	if (profile->fragments.line && !(profile->inherited & MODEL_INHERITED_FRAGMENTS))
		text_add(out, "    fragments: %s\n", profile->tracks_fragments ? "track" : "drop");
	if (!(profile->inherited & MODEL_INHERITED_ENFORCEMENT))
		print_enforcement("    ", profile->enforcement, "\n", out);
}

static void print_profiles(const struct model *model, struct text *out)
{
	if (model->profiles.count)
		text_add(out, "\nprofiles:\n");
	for (size_t i = 0; i < model->profiles.count; i++) {
		const struct model_profile *profile = &model->profiles.items[i];

		text_add(out, "  %s:\n", profile->name.text);
		print_extends(profile, out);
		text_add(out, "    allow:%s\n", profile->own_rules ? "" : " []");
		for (size_t r = 0; r < profile->own_rules; r++)
			print_rule(&profile->rules.items[r], out);
		print_own_settings(profile, out);
	}
}

static void print_labels(const model_labels *labels, struct text *out)
{
	for (size_t i = 0; i < labels->count; i++) {
		text_add(out, "%s%s: ", i ? ", " : "{ ", labels->items[i].key.text);
		print_word(labels->items[i].value.text, out);
	}
	text_add(out, " }");
}

static void print_groups(const struct model *model, struct text *out)
{
	if (model->groups.count)
		text_add(out, "\ngroups:\n");
	for (size_t i = 0; i < model->groups.count; i++) {
		text_add(out, "  %s: ", model->groups.items[i].name.text);
		print_labels(&model->groups.items[i].labels, out);
		text_add(out, "\n");
	}
}

static void print_ip(const struct model_device *device, struct text *out)
{
	static const char *const words[] = { "dhcp", "dhcp6" };
	size_t dhcp = (size_t)__builtin_popcount(device->dhcp), printed = 0;
	bool list = device->addresses.count + dhcp != 1;

	text_add(out, list ? "[" : "");
	for (size_t i = 0; i < device->addresses.count; i++) {
		text_add(out, "%s", printed++ ? ", " : "");
		print_address(device->addresses.items[i].word, out);
	}
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (device->dhcp & 1 << i)
			text_add(out, "%s%s", printed++ ? ", " : "", words[i]);
	text_add(out, list ? "]" : "");
}

static void print_device(const struct model_device *device, struct text *out)
{
	char mac[TEXT_MAC];

	text_add(out, "  - { name: %s, ", device->name.text);
	if (!device->is_group)
		text_add(out, "mac: %s, ", text_mac(mac, device->mac));
	if (device->vlan.id != WARD_NO_VLAN) {
		text_add(out, "vlan: ");
		print_vlan(device->vlan, out);
		text_add(out, ", ");
	}
	text_add(out, "ip: ");
	print_ip(device, out);
	text_add(out, ", profile: %s", device->profile_name.text);
	if (device->link_name.text)
		text_add(out, ", link: %s", device->link_name.text);
	print_enforcement(", ", device->enforcement, "", out);
	if (device->labels.count) {
		text_add(out, ", labels: ");
		print_labels(&device->labels, out);
	}
	text_add(out, " }\n");
}

static void print_require(const struct model *model, struct text *out)
{
	const char *before = "require: [";

	if (model->time_zone.text) {
		text_add(out, "time-zone: ");
		print_quoted(model->time_zone.text, out);
		text_add(out, "\n");
	}
	for (size_t i = 0; i < values_require.count; i++)
		if (model->require & 1u << i) {
			text_add(out, "%s%s", before, values_require.words[i]);
			before = ", ";
		}
	text_add(out, model->require ? "]\n" : "");
}

static void print_lint(const struct model *model, struct text *out)
{
	for (size_t i = 0; i < model->lint_allow.count; i++)
		text_add(out, "%s%s", i ? ", " : "lint: { allow: [",
			 model->lint_allow.items[i].text);
	text_add(out, model->lint_allow.count ? "] }\n" : "");
}

void policy_print(const struct model *model, struct text *out)
{
	text_add(out, "version: 1\n");
	print_enforcement("", model->enforcement, "\n", out);
	if (model->quarantine.text)
		text_add(out, "quarantine: %s\n", model->quarantine.text);
	print_require(model, out);
	print_lint(model, out);
	text_add(out, model->links.count ? "\nlinks:\n" : "\nlinks: []\n");
	for (size_t i = 0; i < model->links.count; i++)
		print_link(&model->links.items[i], out);
	print_networks(model, out);
	print_services(model, out);
	print_groups(model, out);
	print_profiles(model, out);
	text_add(out, model->devices.count ? "\ndevices:\n" : "\ndevices: []\n");
	for (size_t i = 0; i < model->devices.count; i++)
		print_device(&model->devices.items[i], out);
	print_assertions(model, out);
}
