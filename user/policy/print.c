/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/print.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "base/own.h"
#include "policy/policy.h"

/* A list of more items than this is written one item a line. */
#define ITEMS_A_LINE 8

static void print_vlan_id(unsigned id, struct text *out)
{
	if (id == WARD_NO_VLAN)
		text_add(out, "none");
	else
		text_add(out, "%u", id);
}

void print_vlans(const struct model_link *link, struct text *out)
{
	const uint16_t *id = link->vlans.items;

	for (size_t i = 0, last; i < link->vlans.count; i = last + 1) {
		last = i;
		/* `none` is no number: it takes no part in a range. */
		while (id[i] != WARD_NO_VLAN && last + 1 < link->vlans.count &&
		       id[last + 1] == id[last] + 1)
			last++;
		text_add(out, "%s", i ? ", " : "");
		print_vlan_id(id[i], out);
		if (last > i)
			text_add(out, "-%u", id[last]);
	}
}

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
static void print_word(const char *text, struct text *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._-";

	if (strspn(text, plain) == strlen(text) && !strchr(".-_", text[0]))
		text_add(out, "%s", text);
	else
		print_quoted(text, out);
}

static void print_links(const struct model *model, struct text *out)
{
	text_add(out, model->links.count ? "\nlinks:\n" : "\nlinks: []\n");
	for (size_t i = 0; i < model->links.count; i++) {
		const struct model_link *link = &model->links.items[i];

		text_add(out, "  - name: %s\n    clinical: ", link->name.text);
		print_word(link->clinical.text, out);
		text_add(out, "\n    it: ");
		print_word(link->it.text, out);
		text_add(out, "\n");
		if (!link->vlans.count)
			continue;
		text_add(out, "    vlans: [");
		print_vlans(link, out);
		text_add(out, "]\n");
	}
}

static void print_prefix(const struct model_prefix *prefix, struct text *out)
{
	char address[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &prefix->address, address, sizeof(address));
	text_add(out, "%s", address);
	if (prefix->length < 32)
		text_add(out, "/%u", prefix->length);
}

static void print_network(const struct model_network *network, struct text *out)
{
	bool lines = network->prefixes.count > ITEMS_A_LINE;

	text_add(out, "  %s:%s", network->name.text, lines ? "\n" : " [");
	for (size_t i = 0; i < network->prefixes.count; i++) {
		text_add(out, "%s", lines ? "    - " : i ? ", " : "");
		print_prefix(&network->prefixes.items[i], out);
		text_add(out, "%s", lines ? "\n" : "");
	}
	text_add(out, "%s", lines ? "" : "]\n");
}

static void print_networks(const struct model *model, struct text *out)
{
	if (model->networks.count)
		text_add(out, "\nnetworks:\n");
	for (size_t i = 0; i < model->networks.count; i++)
		print_network(&model->networks.items[i], out);
}

static void print_range(const struct model_port_range *range, struct text *out)
{
	static const char *const names[] = { "tcp", "udp", "icmp" };

	text_add(out, "%s/", names[range->protocol]);
	if (range->protocol == PROTOCOL_ICMP_ECHO)
		text_add(out, "echo");
	else if (range->first == range->last)
		text_add(out, "%u", range->first);
	else
		text_add(out, "%u-%u", range->first, range->last);
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

static void print_rule(const struct model_rule *rule, struct text *out)
{
	static const char *const direction[] = { [WARD_CLINICAL] = "to", [WARD_IT] = "from" };

	text_add(out, "      - { %s: %s, services: [", direction[rule->opener], rule->peer.text);
	for (size_t i = 0; i < rule->services.count; i++) {
		const struct model_service_use *use = &rule->services.items[i];

		text_add(out, "%s", i ? ", " : "");
		if (use->in_place)
			print_range(&use->range, out);
		else
			text_add(out, "%s", use->word.text);
	}
	text_add(out, "]");
	if (rule->purpose.text) {
		text_add(out, ", purpose: ");
		print_quoted(rule->purpose.text, out);
	}
	text_add(out, " }\n");
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

static void print_limit(const struct model_limit *limit, struct text *out)
{
	const struct {
		const char *key, *unit;
		uint64_t value;
	} entries[] = {
		{ "packets", "/s", limit->packets },
		{ "burst", "", limit->burst },
		{ "bits", "/s", limit->bits },
		{ "burst-bits", "", limit->burst_bits },
	};
	const char *before = "    limit: { ";

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		if (!entries[i].value)
			continue;
		text_add(out, "%s%s: ", before, entries[i].key);
		print_scaled(entries[i].value, out);
		text_add(out, "%s", entries[i].unit);
		before = ", ";
	}
	if (*before == ',')
		text_add(out, " }\n");
}

static void print_profiles(const struct model *model, struct text *out)
{
	if (model->profiles.count)
		text_add(out, "\nprofiles:\n");
	for (size_t i = 0; i < model->profiles.count; i++) {
		const struct model_profile *profile = &model->profiles.items[i];

		text_add(out, "  %s:\n    allow:%s\n", profile->name.text,
			 profile->rules.count ? "" : " []");
		for (size_t r = 0; r < profile->rules.count; r++)
			print_rule(&profile->rules.items[r], out);
		print_limit(&profile->limit, out);
	}
}

static void print_device(const struct model_device *device, struct text *out)
{
	char mac[TEXT_MAC], address[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &device->address, address, sizeof(address));
	text_add(out, "  - { name: %s, mac: %s, ", device->name.text, text_mac(mac, device->mac));
	if (device->vlan != WARD_NO_VLAN)
		text_add(out, "vlan: %u, ", device->vlan);
	text_add(out, "ip: %s, profile: %s", address, device->profile_name.text);
	if (device->link_name.text)
		text_add(out, ", link: %s", device->link_name.text);
	text_add(out, " }\n");
}

void policy_print(const struct model *model, struct text *out)
{
	text_add(out, "version: 1\n");
	print_links(model, out);
	print_networks(model, out);
	print_services(model, out);
	print_profiles(model, out);
	text_add(out, model->devices.count ? "\ndevices:\n" : "\ndevices: []\n");
	for (size_t i = 0; i < model->devices.count; i++)
		print_device(&model->devices.items[i], out);
}
