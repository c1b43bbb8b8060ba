/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/policy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/check_devices.h"
#include "policy/services.h"
#include "policy/values.h"
#include "wardgate/policy_maps.h"

#define SERVICES_LISTED "`wardgate services` lists those that have a name"

/* Names of a kind shown in a hint when none is near. */
#define NAMES_SHOWN 8

static void list_known(struct checker *c, const struct check_kind *kind, struct text *hint)
{
	size_t count = kind->count(c->model);

	text_add(hint, "known %s: ", kind->many);
	for (size_t i = 0; i < count && i < NAMES_SHOWN; i++)
		text_add(hint, "%s%s", i ? ", " : "", kind->name(c->model, i));
	if (count > NAMES_SHOWN)
		text_add(hint, " and %zu more", count - NAMES_SHOWN);
}

/* Words and addresses that other systems take for a network. */
static bool hint_network(const char *s, struct complaint *complaint)
{
	if (!value_is_all(s))
		return value_hint_address(s, complaint);
	complain_hint(complaint,
		      "everybody is a network, too: networks: { %s: [0.0.0.0/0, \"::/0\"] }", s);
	return true;
}

void check_unknown(struct checker *c, const struct word *word, const struct check_kind *kind)
{
	struct nearest nearest = { .wanted = word->text };
	_cleanup_(text_free) struct text hint = { 0 };
	size_t count = kind->count(c->model);
	struct complaint complaint;

	for (size_t i = 0; i < count; i++)
		nearest_try(&nearest, kind->name(c->model, i));
	if (kind == &check_networks && hint_network(word->text, &complaint))
		text_add(&hint, "%s", complaint.hint);
	else if (nearest.best)
		text_add(&hint, "did you mean '%s'?", nearest.best);
	else if (!count)
		text_add(&hint, "the policy has no %s", kind->many);
	else
		list_known(c, kind, &hint);
	diag_error(c->diags, E_UNKNOWN_NAME, word->place, hint.bytes, "unknown %s '%s'", kind->one,
		   word->text);
}

static int index_names(struct checker *c, const struct check_kind *kind, struct names *out)
{
	size_t count = kind->count(c->model);

	for (size_t i = 0; i < count; i++) {
		uint32_t first;

		/* The names are keys of one mapping: parse() has refused duplicates. */
		if (names_add(out, kind->name(c->model, i), (uint32_t)i, &first) == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}

#define KIND(vec, one_name)                                                                        \
	static size_t count_##vec(const struct model *model)                                       \
	{                                                                                          \
		return model->vec.count;                                                           \
	}                                                                                          \
	static const char *name_##vec(const struct model *model, size_t i)                         \
	{                                                                                          \
		return model->vec.items[i].name.text;                                              \
	}                                                                                          \
	const struct check_kind check_##vec = { one_name, #vec, count_##vec, name_##vec }

KIND(links, "link");
KIND(networks, "network");
KIND(profiles, "profile");
KIND(services, "service");
KIND(groups, "group");

/* Rules. */

static int add_library_service(struct checker *c, const struct library_service *from,
			       uint32_t *index)
{
	struct model_service *service = vec_add(&c->model->services);
	uint32_t first;

	if (!service)
		return -ENOMEM;
	*index = (uint32_t)(c->model->services.count - 1);
	service->name.text = from->name;
	service->builtin = true;
	for (size_t i = 0; i < from->count; i++) {
		struct model_port_range *range = vec_add(&service->ranges);

		if (!range)
			return -ENOMEM;
		range->protocol = from->ports[i].protocol;
		range->first = from->ports[i].first;
		range->last = from->ports[i].last;
	}
	return names_add(&c->services, from->name, *index, &first);
}

static void unknown_service(struct checker *c, const struct word *word)
{
	struct nearest nearest = { .wanted = word->text };
	const struct library_service *library;
	char hint[256];
	size_t count;

	library = services_library(&count);
	for (size_t i = 0; i < c->model->services.count; i++)
		nearest_try(&nearest, c->model->services.items[i].name.text);
	for (size_t i = 0; i < count; i++)
		nearest_try(&nearest, library[i].name);
	if (!strncmp(word->text, "dhcp", 4) || !strcmp(word->text, "bootp"))
		snprintf(hint, sizeof(hint),
			 "DHCP passes by the link's `dhcp-servers`, not by a rule");
	else if (strspn(word->text, "0123456789-") == strlen(word->text))
		snprintf(hint, sizeof(hint), "did you mean tcp/%s or udp/%s?", word->text,
			 word->text);
	else if (value_is_all(word->text))
		snprintf(hint, sizeof(hint),
			 "write which ones; all ports are tcp/1-65535 and udp/1-65535");
	else if (nearest.best)
		snprintf(hint, sizeof(hint), "did you mean '%s'? " SERVICES_LISTED, nearest.best);
	else
		snprintf(hint, sizeof(hint),
			 "define it under `services`, or write its port here, as in "
			 "tcp/8443; " SERVICES_LISTED);
	diag_error(c->diags, E_UNKNOWN_NAME, word->place, hint, "unknown service '%s'", word->text);
}

int check_service(struct checker *c, struct model_service_use *use, uint32_t rule_number)
{
	if (use->in_place)
		return 0;
	if (!names_find(&c->services, use->word.text, &use->service)) {
		const struct library_service *found = services_find(use->word.text);

		if (!found)
			unknown_service(c, &use->word);
		else if (add_library_service(c, found, &use->service))
			return -ENOMEM;
		if (!found)
			return 0;
	}
	if (!rule_number) {
		c->used_services[use->service] = c->used_services[use->service] ?: UINT32_MAX;
		return 0;
	}
	if (c->used_services[use->service] == rule_number)
		diag_warning(c->diags, W_SERVICE_TWICE, use->word.place, "remove one of the two",
			     "the service '%s' is in this rule already", use->word.text);
	c->used_services[use->service] = rule_number;
	return 0;
}

/* Whether a prefix has a group in it, or is all of groups, or holds them among others. */
static bool holds_group(const struct model_network *network)
{
	const __be32 ipv6_groups[4] = { htonl(0xff000000) };
	const __be32 ipv4_groups[4] = { 0, 0, htonl(0xffff), htonl(0xe0000000) };

	for (size_t i = 0; i < network->prefixes.count; i++) {
		const struct model_prefix *prefix = &network->prefixes.items[i];
		bool ipv4 = address_prefix_is_ipv4(prefix->address, prefix->length);
		const __be32 *groups = ipv4 ? ipv4_groups : ipv6_groups;

		if (address_is_group(prefix->address) ||
		    address_common(prefix->address, groups) >= prefix->length)
			return true;
	}
	return false;
}

/* A name that only a group has: most likely the braces were forgotten. */
static void unknown_peer(struct checker *c, const struct model_rule *rule)
{
	char hint[WARD_NAME_SIZE + 32];
	uint32_t group;

	if (rule->peer_is_group || !names_find(&c->groups, rule->peer.text, &group)) {
		check_unknown(c, &rule->peer,
			      rule->peer_is_group ? &check_groups : &check_networks);
		return;
	}
	c->used_groups[group] = 1;
	snprintf(hint, sizeof(hint), "write { group: %s }", rule->peer.text);
	diag_error(c->diags, E_GROUP_AS_NETWORK, rule->peer.place, hint,
		   "'%s' is a group, not a network", rule->peer.text);
}

static int resolve_peer(struct checker *c, struct model_rule *rule, bool *found)
{
	const struct names *names = rule->peer_is_group ? &c->groups : &c->networks;
	uint32_t index;

	*found = names_find(names, rule->peer.text, &index);
	if (!*found) {
		unknown_peer(c, rule);
		return 0;
	}
	if (rule->peer_is_group)
		return check_group_network(c, index, &rule->peer, &rule->network);
	c->used_networks[index] = 1;
	rule->network = index;
	return 0;
}

static int check_peer(struct checker *c, struct model_rule *rule)
{
	const struct model_network *network;
	bool found;

	if (resolve_peer(c, rule, &found))
		return -ENOMEM;
	if (!found)
		return 0;
	network = &c->model->networks.items[rule->network];
	if (!rule->replies || holds_group(network))
		return 0;
	diag_error(
		c->diags, E_REPLIES, rule->peer.place,
		"leave `replies` out: answers from the address that was asked pass by themselves",
		"`replies` to the %s '%s', which holds no multicast group",
		rule->peer_is_group ? "group" : "network", rule->peer.text);
	diag_other(c->diags, network->name.place,
		   rule->peer_is_group ? "the group is here" : "the network is here");
	return 0;
}

static int check_rules(struct checker *c)
{
	uint32_t number = 0;

	for (size_t p = 0; p < c->model->profiles.count; p++) {
		struct model_profile *profile = &c->model->profiles.items[p];

		for (size_t r = 0; r < profile->own_rules && !diags_full(c->diags); r++) {
			struct model_rule *rule = &profile->rules.items[r];

			unsigned errors = c->diags->errors;

			number++;
			if (check_peer(c, rule))
				return -ENOMEM;
			for (size_t s = 0; s < rule->services.count && !diags_full(c->diags); s++)
				if (check_service(c, &rule->services.items[s], number))
					return -ENOMEM;
			check_rule_says(c, profile, rule, c->diags->errors == errors);
		}
	}
	return 0;
}

/* Its `enforcement` is for the devices that have it at other times, if there are any. */
static void check_quarantined_mode(struct checker *c, const struct model_profile *profile)
{
	if (profile->enforcement == MODEL_CLOSED)
		diag_error(
			c->diags, E_QUARANTINE_CLOSED, profile->enforcement_place,
			"leave `allow` empty to stop everything",
			"the quarantine profile '%s' cannot be closed: a device in quarantine is "
			"always enforced",
			profile->name.text);
	else if (profile->enforcement == MODEL_AUDIT)
		diag_warning(c->diags, W_QUARANTINE_AUDIT, profile->enforcement_place,
			     "give quarantine a profile without `enforcement`",
			     "a device in quarantine is always enforced, not audited as the "
			     "profile '%s' says",
			     profile->name.text);
	else
		return;
	diag_other(c->diags, c->model->quarantine.place, "it is the profile of quarantine");
}

static void check_quarantine(struct checker *c)
{
	struct model *model = c->model;

	if (!model->quarantine.text)
		return;
	if (!names_find(&c->profiles, model->quarantine.text, &model->quarantine_profile)) {
		check_unknown(c, &model->quarantine, &check_profiles);
		return;
	}
	c->used_profiles[model->quarantine_profile] = 1;
	check_quarantined_mode(c, &model->profiles.items[model->quarantine_profile]);
}

/* What nothing refers to is often a misspelt name. */

static void warn_unused(struct checker *c, const struct check_kind *kind, const uint32_t *used,
			const struct word *(*word)(const struct model *model, size_t i),
			const char *by)
{
	size_t count = kind->count(c->model), unused = 0;
	const struct word *last = NULL;

	for (size_t i = 0; i < count; i++) {
		if (used[i] || !word(c->model, i)->place.line)
			continue;
		if (unused++ >= WARNINGS_OF_A_KIND) {
			last = word(c->model, i);
			continue;
		}
		diag_warning(c->diags, W_UNUSED, word(c->model, i)->place,
			     "remove it, or see whether the name is misspelt where it is needed",
			     "no %s uses the %s '%s'", by, kind->one, word(c->model, i)->text);
	}
	if (last)
		diag_warning(c->diags, W_UNUSED, last->place,
			     "remove them, or see whether a name is misspelt where it is needed",
			     "%zu more %s are not used, this is the last",
			     unused - WARNINGS_OF_A_KIND, kind->many);
}

static const struct word *network_word(const struct model *model, size_t i)
{
	return &model->networks.items[i].name;
}

static const struct word *service_word(const struct model *model, size_t i)
{
	return &model->services.items[i].name;
}

static const struct word *profile_word(const struct model *model, size_t i)
{
	return &model->profiles.items[i].name;
}

static const struct word *group_word(const struct model *model, size_t i)
{
	return &model->groups.items[i].name;
}

static void check_unused(struct checker *c)
{
	const struct place whole_file = { 0 };

	if (!c->model->devices.count)
		diag_warning(c->diags, W_NO_DEVICE, whole_file,
			     "name each under `devices`, with its MAC, address and profile",
			     "the policy has no device: nothing will pass");
	warn_unused(c, &check_networks, c->used_networks, network_word, "rule");
	warn_unused(c, &check_groups, c->used_groups, group_word, "rule");
	warn_unused(c, &check_services, c->used_services, service_word, "rule");
	warn_unused(c, &check_profiles, c->used_profiles, profile_word, "device");
}

static void checker_free(struct checker *c)
{
	zone_free(&c->zone);
	names_free(&c->links);
	names_free(&c->networks);
	names_free(&c->services);
	names_free(&c->profiles);
	names_free(&c->groups);
	free(c->used_networks);
	free(c->used_services);
	free(c->used_profiles);
	free(c->used_groups);
}

static int check_all(struct checker *c)
{
	size_t library;

	services_library(&library);
	/* Groups get networks of their own. */
	c->used_networks =
		calloc(c->model->networks.count + c->model->groups.count + 1, sizeof(uint32_t));
	c->used_groups = calloc(c->model->groups.count + 1, sizeof(uint32_t));
	c->used_services = calloc(c->model->services.count + library + 1, sizeof(uint32_t));
	c->used_profiles = calloc(c->model->profiles.count + 1, sizeof(uint32_t));
	if (!c->used_networks || !c->used_services || !c->used_profiles || !c->used_groups)
		return -ENOMEM;
	if (index_names(c, &check_networks, &c->networks) ||
	    index_names(c, &check_services, &c->services) ||
	    index_names(c, &check_profiles, &c->profiles) ||
	    index_names(c, &check_groups, &c->groups))
		return -ENOMEM;
	for (size_t i = 0; i < c->model->lint_allow.count; i++)
		diags_silence(c->diags, codes_number(c->model->lint_allow.items[i].text));
	if (check_time_zone(c) || check_all_links(c) || check_all_networks(c) ||
	    check_all_groups(c) || check_extends(c) || check_rules(c) || check_inherit(c))
		return -ENOMEM;
	check_quarantine(c);
	if (check_all_devices(c) || check_assertions(c))
		return -ENOMEM;
	/* After an unknown name, "unused" would only be its echo. */
	if (!c->diags->errors) {
		check_unused(c);
		check_half_services(c);
	}
	return c->diags->failed ? -ENOMEM : 0;
}

int policy_check(struct model *model, struct diags *diags)
{
	_cleanup_(checker_free) struct checker c = { .model = model, .diags = diags };
	unsigned errors = diags->errors;
	int err = check_all(&c);

	if (err)
		return err;
	return diags->errors > errors ? -EINVAL : 0;
}
