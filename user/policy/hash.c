/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"

struct named {
	const char *name;
	uint32_t index;
};

/* Things in the order of their names, and the place of each in it. */
struct ranking {
	struct named *order;
	uint32_t *rank; /* by index */
	size_t count;
};

struct hashing {
	const struct model *model;
	const struct image *image;
	SHA2_CTX *sha;
	struct ranking devices, profiles, variants;
	/* By profile of the model: where its rules and entries begin in the image, and end. */
	size_t *rules, *entries;
	uint32_t *rule_rank; /* by rule of the image */
};

void hash_bytes(SHA2_CTX *sha, const void *bytes, size_t count, size_t size)
{
	uint64_t header[] = { count, size };

	SHA256Update(sha, (const uint8_t *)header, sizeof(header));
	if (count)
		SHA256Update(sha, bytes, count * size);
}

/*
 * Items go in as what differs from the one before: a byte that says which words do, and these
 * words. Neighbours are much alike, and the time of the hash goes by its bytes. No two lists of
 * items make the same bytes: each byte says how the next ones are to be read.
 */
#define DELTA_WORDS 8

_Static_assert(sizeof(struct ward_device) == DELTA_WORDS * sizeof(uint32_t), "fills an item");
_Static_assert(sizeof(struct image_entry) == 4 * sizeof(uint32_t), "is words only");

struct deltas {
	SHA2_CTX *sha;
	uint32_t before[DELTA_WORDS];
	uint8_t bytes[4096]; /* that are not in the hash yet */
	size_t count;
};

static void deltas_flush(struct deltas *d)
{
	SHA256Update(d->sha, d->bytes, d->count);
	d->count = 0;
}

/* Room for so many bytes, which must be few. */
static uint8_t *deltas_room(struct deltas *d, size_t size)
{
	if (d->count + size > sizeof(d->bytes))
		deltas_flush(d);
	return &d->bytes[d->count];
}

static void deltas_add(struct deltas *d, const void *bytes, size_t size)
{
	memcpy(deltas_room(d, size), bytes, size);
	d->count += size;
}

/* Of words only: at most DELTA_WORDS. */
static void deltas_add_item(struct deltas *d, const void *item, size_t size)
{
	uint8_t *differs = deltas_room(d, 1 + size), *next = differs + 1;
	uint32_t words[DELTA_WORDS];

	memcpy(words, item, size);
	*differs = 0;
	for (size_t i = 0; i < size / sizeof(*words); i++) {
		if (words[i] == d->before[i])
			continue;
		*differs |= (uint8_t)(1 << i);
		next = (uint8_t *)memcpy(next, &words[i], sizeof(*words)) + sizeof(*words);
		d->before[i] = words[i];
	}
	d->count += (size_t)(next - differs);
}

static int by_name(const void *left, const void *right)
{
	const struct named *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order ? order : a->index < b->index ? -1 : a->index > b->index;
}

static int rank(struct ranking *r, size_t count)
{
	r->order = calloc(count + 1, sizeof(*r->order));
	r->rank = calloc(count + 1, sizeof(*r->rank));
	r->count = count;
	return r->order && r->rank ? 0 : -ENOMEM;
}

static void sort(struct ranking *r)
{
	qsort(r->order, r->count, sizeof(*r->order), by_name);
	for (size_t i = 0; i < r->count; i++)
		r->rank[r->order[i].index] = (uint32_t)i;
}

/* Kinds of one profile follow each other in the image by their modes, and keep that order. */
static int rank_all(struct hashing *h)
{
	const struct model *model = h->model;
	const struct image *image = h->image;

	if (rank(&h->devices, image->devices.count) || rank(&h->profiles, model->profiles.count) ||
	    rank(&h->variants, image->profiles.count))
		return -ENOMEM;
	for (size_t i = 0; i < image->devices.count; i++)
		h->devices.order[i] = (struct named){ image->devices.items[i].name, (uint32_t)i };
	for (size_t i = 0; i < model->profiles.count; i++)
		h->profiles.order[i] =
			(struct named){ model->profiles.items[i].name.text, (uint32_t)i };
	for (size_t i = 0; i < image->profiles.count; i++)
		h->variants.order[i] = (struct named){
			model->profiles.items[image->profiles.items[i].rules].name.text, (uint32_t)i
		};
	sort(&h->devices);
	sort(&h->profiles);
	sort(&h->variants);
	return 0;
}

/* Rules and entries stand in the order of the profiles. */
static int find_parts(struct hashing *h)
{
	const struct image *image = h->image;
	size_t count = h->profiles.count, rule = 0, entry = 0;
	uint32_t ranked = 0;

	h->rules = calloc(count + 1, sizeof(*h->rules));
	h->entries = calloc(count + 1, sizeof(*h->entries));
	h->rule_rank = calloc(image->rules.count + 1, sizeof(*h->rule_rank));
	if (!h->rules || !h->entries || !h->rule_rank)
		return -ENOMEM;
	for (size_t p = 0; p < count; p++) {
		while (rule < image->rules.count && image->rules.items[rule].profile == p)
			rule++;
		while (entry < image->entries.count && image->entries.items[entry].key.profile == p)
			entry++;
		h->rules[p + 1] = rule;
		h->entries[p + 1] = entry;
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t p = h->profiles.order[i].index;

		for (size_t r = h->rules[p]; r < h->rules[p + 1]; r++)
			h->rule_rank[r] = ranked++;
	}
	return 0;
}

static const struct ward_schedule *schedule_of(const struct image *image, size_t rule)
{
	return &image->schedules.items[image->rules.items[rule].time.schedule - 1];
}

static size_t chain_length(const struct image *image, const struct image_entry *entry)
{
	uint32_t flags;
	size_t length = 0;

	while (image_step(image, entry, length, &flags) != UINT32_MAX)
		length++;
	return length;
}

/* Chains stand in the order in which they were made: where one begins says nothing. */
static void hash_chain(const struct hashing *h, const struct image_entry *entry, size_t length,
		       struct deltas *deltas)
{
	for (size_t i = 0; i < length; i++) {
		uint32_t flags, rule = image_step(h->image, entry, i, &flags);
		const uint32_t step[] = { h->rule_rank[rule], flags };

		deltas_add(deltas, step, sizeof(step));
	}
}

static void hash_entry(const struct hashing *h, const struct image_entry *entry, uint32_t place,
		       struct deltas *deltas)
{
	struct image_entry out = *entry;

	out.key.profile = (uint16_t)place;
	if (entry->flags & WARD_RULE_CHAIN)
		out.rule = (uint32_t)chain_length(h->image, entry);
	else if (entry->rule != UINT32_MAX)
		out.rule = h->rule_rank[entry->rule];
	deltas_add_item(deltas, &out, sizeof(out));
	if (entry->flags & WARD_RULE_CHAIN)
		hash_chain(h, entry, out.rule, deltas);
}

static void hash_profile(const struct hashing *h, uint32_t place)
{
	uint32_t p = h->profiles.order[place].index;
	struct deltas deltas = { .sha = h->sha };
	const uint64_t counts[] = { h->rules[p + 1] - h->rules[p],
				    h->entries[p + 1] - h->entries[p] };

	SHA256Update(h->sha, (const uint8_t *)counts, sizeof(counts));
	for (size_t r = h->rules[p]; r < h->rules[p + 1]; r++) {
		struct image_rule rule = h->image->rules.items[r];

		rule.profile = place;
		rule.time.schedule = rule.time.schedule != 0;
		hash_bytes(h->sha, &rule, 1, sizeof(rule));
		if (rule.time.schedule)
			hash_bytes(h->sha, schedule_of(h->image, r), 1,
				   sizeof(struct ward_schedule));
	}
	for (size_t e = h->entries[p]; e < h->entries[p + 1]; e++)
		hash_entry(h, &h->image->entries.items[e], place, &deltas);
	deltas_flush(&deltas);
}

static void hash_variant(const struct hashing *h, uint32_t v)
{
	struct ward_profile profile = h->image->profiles.items[v];

	profile.rules = (uint16_t)h->profiles.rank[profile.rules];
	hash_bytes(h->sha, &profile, 1, sizeof(profile));
}

/* `first`: where the addresses of a device begin, by device. */
static void hash_device(const struct hashing *h, uint32_t place, const size_t *first,
			struct deltas *deltas)
{
	uint32_t d = h->devices.order[place].index;
	const struct image_device *device = &h->image->devices.items[d];
	const uint32_t addresses = (uint32_t)(first[d + 1] - first[d]);
	struct ward_device entry = device->entry;

	deltas_add(deltas, device->name, strlen(device->name) + 1);
	deltas_add(deltas, &addresses, sizeof(addresses));
	entry.owner = place;
	entry.profile = (uint16_t)h->variants.rank[entry.profile];
	deltas_add_item(deltas, &entry, sizeof(entry));
	for (size_t a = first[d]; a < first[d + 1]; a++) {
		struct ward_device address = h->image->addresses.items[a];

		address.owner = place;
		address.profile = entry.profile;
		deltas_add_item(deltas, &address, sizeof(address));
	}
}

static int hash_devices(const struct hashing *h)
{
	const struct image *image = h->image;
	_cleanup_free_ size_t *first = calloc(h->devices.count + 1, sizeof(*first));
	struct deltas deltas = { .sha = h->sha };
	size_t at = 0;

	if (!first)
		return -ENOMEM;
	for (size_t d = 0; d < h->devices.count; d++) {
		while (at < image->addresses.count && image->addresses.items[at].owner == d)
			at++;
		first[d + 1] = at;
	}
	for (uint32_t i = 0; i < h->devices.count; i++)
		hash_device(h, i, first, &deltas);
	deltas_flush(&deltas);
	return 0;
}

static void hashing_free(struct hashing *h)
{
	struct ranking *const rankings[] = { &h->devices, &h->profiles, &h->variants };

	for (size_t i = 0; i < ARRAY_SIZE(rankings); i++) {
		free(rankings[i]->order);
		free(rankings[i]->rank);
	}
	free(h->rules);
	free(h->entries);
	free(h->rule_rank);
}

int hash_named(const struct model *model, const struct image *image, SHA2_CTX *sha)
{
	_cleanup_(hashing_free) struct hashing h = { .model = model, .image = image, .sha = sha };
	uint32_t quarantine = image->quarantine_profile;

	if (rank_all(&h) || find_parts(&h))
		return -ENOMEM;
	for (uint32_t p = 0; p < h.profiles.count; p++)
		hash_profile(&h, p);
	for (size_t v = 0; v < h.variants.count; v++)
		hash_variant(&h, h.variants.order[v].index);
	if (quarantine != WARD_NO_PROFILE)
		quarantine = h.variants.rank[quarantine];
	hash_bytes(sha, &quarantine, 1, sizeof(quarantine));
	return hash_devices(&h);
}
