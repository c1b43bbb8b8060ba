/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/policy.h"

#include <arpa/inet.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "policy/classes.h"

#define TICKS_A_SECOND (1000000000ull << WARD_TICK_SHIFT)

/* What a device may send at once when the policy gives a rate but no burst. */
#define DEFAULT_BURST_PACKETS 16
#define DEFAULT_BURST_BITS (16 * 1024 * 8)

/* Each service of the policy is an atom; so is each range that is written in a rule. */
struct atoms {
	VEC(struct service_atom) list;
};

/* Everything that compiling one profile after the other needs. */
struct compiler {
	const struct model *model;
	struct image *image;
	struct atoms atoms;
	bool *network_used;
	struct classes peers, services;
	struct class_lists peer_lists, service_lists;
	uint32_t next_in_place;	/* index of the next rule-written range's atom */
};

static void compiler_free(struct compiler *c)
{
	vec_free(&c->atoms.list);
	free(c->network_used);
	classes_free(&c->peers);
	classes_free(&c->services);
	class_lists_free(&c->peer_lists);
	class_lists_free(&c->service_lists);
}

static int add_port(struct image *image, const struct word *ifname, size_t link,
		    enum ward_side side)
{
	struct image_port *port = vec_add(&image->ports);

	if (!port)
		return -ENOMEM;
	snprintf(port->ifname, sizeof(port->ifname), "%s", ifname->text);
	port->link = (uint16_t)link;
	port->side = (uint8_t)side;
	port->other = (uint32_t)(link * WARD_SIDES + !side);
	return 0;
}

static int compile_links(const struct model *model, struct image *image)
{
	for (size_t i = 0; i < model->links.count; i++) {
		const struct model_link *link = &model->links.items[i];
		uint16_t *restricted;

		if (add_port(image, &link->clinical, i, WARD_CLINICAL) ||
		    add_port(image, &link->it, i, WARD_IT))
			return -ENOMEM;
		if (!link->vlans.count)
			continue;
		restricted = vec_add(&image->restricted_links);
		if (!restricted)
			return -ENOMEM;
		*restricted = (uint16_t)i;
		for (size_t v = 0; v < link->vlans.count; v++) {
			struct ward_vlan_key *key = vec_add(&image->vlans);

			if (!key)
				return -ENOMEM;
			*key = (struct ward_vlan_key){ (uint16_t)i, link->vlans.items[v] };
		}
	}
	return 0;
}

static int compile_devices(const struct model *model, struct image *image)
{
	for (size_t i = 0; i < model->devices.count; i++) {
		const struct model_device *device = &model->devices.items[i];
		struct image_device *out = vec_add(&image->devices);

		if (!out)
			return -ENOMEM;
		out->entry = (struct ward_device){
			.address = { 0, 0, htonl(0xffff), device->address },
			.vlan = device->vlan,
			.link = (uint16_t)device->link,
			.profile = (uint16_t)device->profile,
			.owner = (uint32_t)i,
		};
		memcpy(out->entry.mac, device->mac, sizeof(device->mac));
		snprintf(out->name, sizeof(out->name), "%s", device->name.text);
	}
	return 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * GCRA with tolerance t and interval T lets t / T + 1 packets pass at once. The interval is rounded
 * down: never less than the policy grants.
 */
static struct ward_profile compile_limit(const struct model_limit *limit)
{
	struct ward_profile out = { 0 };
	uint64_t burst, bits;

	if (limit->packets) {
		burst = limit->burst ?: larger(limit->packets / 10, DEFAULT_BURST_PACKETS);
		out.packet_interval = TICKS_A_SECOND / limit->packets;
		out.packet_tolerance = (burst - 1) * out.packet_interval;
	}
	if (limit->bits) {
		bits = limit->burst_bits ?: larger(limit->bits / 20, DEFAULT_BURST_BITS);
		out.byte_interval = (uint64_t)(((__uint128_t)TICKS_A_SECOND * 8 << 16) /
					       limit->bits);
		out.byte_tolerance = (uint64_t)((__uint128_t)out.byte_interval * (bits / 8) >> 16);
	}
	return out;
}

static int collect_atoms(struct compiler *c)
{
	const struct model *model = c->model;

	for (size_t i = 0; i < model->services.count; i++) {
		struct service_atom *atom = vec_add(&c->atoms.list);

		if (!atom)
			return -ENOMEM;
		*atom = (struct service_atom){ model->services.items[i].ranges.items,
					       model->services.items[i].ranges.count };
	}
	for (size_t p = 0; p < model->profiles.count; p++) {
		for (size_t r = 0; r < model->profiles.items[p].rules.count; r++) {
			const struct model_rule *rule = &model->profiles.items[p].rules.items[r];

			c->network_used[rule->network] = true;
			for (size_t s = 0; s < rule->services.count; s++) {
				struct service_atom *atom;

				if (!rule->services.items[s].in_place)
					continue;
				atom = vec_add(&c->atoms.list);
				if (!atom)
					return -ENOMEM;
				*atom = (struct service_atom){ &rule->services.items[s].range, 1 };
			}
		}
	}
	return 0;
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/*
 * A rule is recognised over edits by what it means, not by where it stands: profile, direction,
 * peer and services. So counters and last use survive a reordering.
 */
static int rule_key(const struct model_profile *profile, const struct model_rule *rule,
		    unsigned ordinal, char out[WARD_NAME_SIZE])
{
	_cleanup_free_ const char **names = calloc(rule->services.count, sizeof(*names));
	static const char *const direction[] = { [WARD_CLINICAL] = "to", [WARD_IT] = "from" };
	uint8_t digest[SHA256_DIGEST_LENGTH];
	SHA2_CTX sha;

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < rule->services.count; i++)
		names[i] = rule->services.items[i].word.text;
	qsort(names, rule->services.count, sizeof(*names), by_text);
	SHA256Init(&sha);
	SHA256Update(&sha, (const uint8_t *)profile->name.text, strlen(profile->name.text) + 1);
	SHA256Update(&sha, (const uint8_t *)direction[rule->opener],
		     strlen(direction[rule->opener]) + 1);
	SHA256Update(&sha, (const uint8_t *)rule->peer.text, strlen(rule->peer.text) + 1);
	for (size_t i = 0; i < rule->services.count; i++)
		SHA256Update(&sha, (const uint8_t *)names[i], strlen(names[i]) + 1);
	SHA256Update(&sha, (const uint8_t *)&ordinal, sizeof(ordinal));
	SHA256Final(digest, &sha);
	for (int i = 0; i < 16; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return 0;
}

/* Two rules of a profile that say the same get keys of their own. */
static int add_rule(struct compiler *c, size_t p, size_t r, size_t first_of_profile)
{
	const struct model_profile *profile = &c->model->profiles.items[p];
	struct image_rule *out = vec_add(&c->image->rules);
	bool unique = false;

	if (!out)
		return -ENOMEM;
	out->profile = (uint32_t)p;
	out->rule = (uint32_t)r;
	for (unsigned ordinal = 0; !unique; ordinal++) {
		if (rule_key(profile, &profile->rules.items[r], ordinal, out->key))
			return -ENOMEM;
		unique = true;
		for (size_t i = first_of_profile; i + 1 < c->image->rules.count; i++)
			if (!strcmp(c->image->rules.items[i].key, out->key))
				unique = false;
	}
	return 0;
}

static int add_entry(struct image *image, struct ward_rule_key key, uint32_t rule)
{
	struct image_entry *entry = vec_add(&image->entries);

	if (!entry)
		return -ENOMEM;
	*entry = (struct image_entry){ key, rule };
	return 0;
}

static int expand_rule(struct compiler *c, size_t p, const struct model_rule *rule, uint32_t index)
{
	const size_t *peers = &c->peer_lists.first[rule->network];

	for (size_t s = 0; s < rule->services.count; s++) {
		const struct model_service_use *use = &rule->services.items[s];
		uint32_t atom = use->in_place ? c->next_in_place++ : use->service;
		const size_t *classes = &c->service_lists.first[atom];

		for (size_t i = peers[0]; i < peers[1]; i++) {
			struct ward_rule_key key = {
				.profile = (uint16_t)p,
				.opener = (uint8_t)rule->opener,
				.peer_class = (uint16_t)c->peer_lists.classes[i],
				.service_class = WARD_ANY_SERVICE,
			};

			if (!s && add_entry(c->image, key, UINT32_MAX))
				return -ENOMEM;
			for (size_t j = classes[0]; j < classes[1]; j++) {
				key.service_class = (uint16_t)c->service_lists.classes[j];
				if (add_entry(c->image, key, index))
					return -ENOMEM;
			}
		}
	}
	return 0;
}

static int by_key_and_rule(const void *left, const void *right)
{
	const struct image_entry *a = left, *b = right;
	uint64_t x = (uint64_t)a->key.opener << 32 | (uint32_t)a->key.peer_class << 16 |
		     a->key.service_class;
	uint64_t y = (uint64_t)b->key.opener << 32 | (uint32_t)b->key.peer_class << 16 |
		     b->key.service_class;

	if (x != y)
		return x < y ? -1 : 1;
	return a->rule < b->rule ? -1 : a->rule > b->rule;
}

/* The first rule of the profile that matches decides: of equal keys, the lowest rule stays. */
static void sort_entries(struct image *image, size_t first)
{
	struct image_entry *e = image->entries.items;
	size_t kept = first;

	if (image->entries.count == first)
		return;
	qsort(e + first, image->entries.count - first, sizeof(*e), by_key_and_rule);
	for (size_t i = first; i < image->entries.count; i++)
		if (i == first || memcmp(&e[i].key, &e[kept - 1].key, sizeof(e->key)))
			e[kept++] = e[i];
	image->entries.count = kept;
}

static int compile_profile(struct compiler *c, size_t p)
{
	const struct model_profile *profile = &c->model->profiles.items[p];
	size_t first_rule = c->image->rules.count, first_entry = c->image->entries.count;
	struct ward_profile *limits = vec_add(&c->image->profiles);

	if (!limits)
		return -ENOMEM;
	*limits = compile_limit(&profile->limit);
	for (size_t r = 0; r < profile->rules.count; r++) {
		uint32_t index = (uint32_t)c->image->rules.count;

		if (add_rule(c, p, r, first_rule) ||
		    expand_rule(c, p, &profile->rules.items[r], index))
			return -ENOMEM;
	}
	sort_entries(c->image, first_entry);
	return 0;
}

static void hash_bytes(SHA2_CTX *sha, const void *bytes, size_t count, size_t size)
{
	uint64_t header[] = { count, size };

	SHA256Update(sha, (const uint8_t *)header, sizeof(header));
	if (count)
		SHA256Update(sha, bytes, count * size);
}

#define hash_vec(sha, v) hash_bytes(sha, (v)->items, (v)->count, sizeof(*(v)->items))

static void hash_image(struct image *image)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	SHA2_CTX sha;

	SHA256Init(&sha);
	hash_vec(&sha, &image->ports);
	hash_vec(&sha, &image->rules);
	hash_vec(&sha, &image->devices);
	hash_vec(&sha, &image->vlans);
	hash_vec(&sha, &image->restricted_links);
	hash_vec(&sha, &image->profiles);
	hash_vec(&sha, &image->hosts);
	hash_vec(&sha, &image->prefixes);
	hash_bytes(&sha, image->services, WARD_SERVICE_LINES, sizeof(*image->services));
	hash_vec(&sha, &image->entries);
	SHA256Final(digest, &sha);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(image->hash + 2 * i, 3, "%02x", digest[i]);
}

static int compile_all(struct compiler *c)
{
	if (compile_links(c->model, c->image) || compile_devices(c->model, c->image) ||
	    collect_atoms(c) ||
	    classes_of_peers(c->model, c->network_used, c->image, &c->peers) ||
	    classes_of_services(c->atoms.list.items, c->atoms.list.count, c->image,
				&c->services) ||
	    classes_invert(&c->peers, c->model->networks.count, &c->peer_lists) ||
	    classes_invert(&c->services, c->atoms.list.count, &c->service_lists))
		return -ENOMEM;
	c->image->peer_classes = (uint32_t)c->peers.sets.count;
	c->image->service_classes = (uint32_t)c->services.sets.count;
	if (c->image->peer_classes > UINT16_MAX || c->image->service_classes >= WARD_ANY_SERVICE)
		return -E2BIG;
	c->next_in_place = (uint32_t)c->model->services.count;
	for (size_t p = 0; p < c->model->profiles.count; p++)
		if (compile_profile(c, p))
			return -ENOMEM;
	hash_image(c->image);
	return 0;
}

int policy_compile(const struct model *model, struct image **out, struct error *error)
{
	_cleanup_(image_free) struct image *image = calloc(1, sizeof(*image));
	_cleanup_(compiler_free) struct compiler c = { .model = model, .image = image };
	int err = -ENOMEM;

	if (image)
		image->services = calloc(WARD_SERVICE_LINES, sizeof(*image->services));
	c.network_used = calloc(model->networks.count + 1, sizeof(*c.network_used));
	if (image && image->services && c.network_used)
		err = compile_all(&c);
	if (err == -E2BIG)
		return error_set(error, err,
				 "the rules tell apart more than 65,534 sets of peers or services");
	if (err)
		return error_set(error, err, "no memory to compile the policy");
	*out = TAKE_PTR(image);
	return 0;
}
