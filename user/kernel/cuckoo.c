/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/cuckoo.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * As many buckets as devices leaves half of the ways empty. Four in five devices are then in their
 * first bucket, and a chain of displacements that does not end is rare enough to draw a new seed.
 */
#define LONGEST_CHAIN 500
#define SEEDS_A_SIZE 8

static bool is_empty(const struct ward_device *d)
{
	return !(d->address[0] | d->address[1] | d->address[2] | d->address[3]);
}

static uint64_t hash(const struct cuckoo *c, const struct ward_device *d)
{
	return ward_device_hash(d->address, d->vlan, d->link, c->seed);
}

static bool put(struct ward_device_bucket *bucket, const struct ward_device *d)
{
	for (int way = 0; way < WARD_DEVICE_WAYS; way++) {
		if (is_empty(&bucket->way[way])) {
			bucket->way[way] = *d;
			return true;
		}
	}
	return false;
}

static bool insert(struct cuckoo *c, struct ward_device device)
{
	uint64_t h = hash(c, &device);
	uint32_t at = (uint32_t)h & (c->count - 1);

	for (int chain = 0; chain < LONGEST_CHAIN; chain++) {
		uint32_t first = (uint32_t)h & (c->count - 1);
		uint32_t second = (uint32_t)(h >> 32) & (c->count - 1);
		struct ward_device *victim, moved;

		if (put(&c->buckets[first], &device) || put(&c->buckets[second], &device))
			return true;
		/* Not back to where it was just displaced from. */
		at = at == first ? second : first;
		victim = &c->buckets[at].way[chain % WARD_DEVICE_WAYS];
		moved = *victim;
		*victim = device;
		device = moved;
		h = hash(c, &device);
	}
	return false;
}

static uint64_t next_seed(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static bool insert_all(struct cuckoo *c, const struct ward_device *devices, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!insert(c, devices[i]))
			return false;
	return true;
}

/* An empty way must be no one's: not even of ::, untagged, on the first link. */
static void mark_empty_ways(struct cuckoo *c)
{
	for (size_t i = 0; i < c->count; i++)
		for (int way = 0; way < WARD_DEVICE_WAYS; way++)
			if (is_empty(&c->buckets[i].way[way]))
				c->buckets[i].way[way].link = WARD_ROUTED_LINK;
}

int cuckoo_build(const struct ward_device *devices, size_t count, struct cuckoo *out)
{
	struct cuckoo c = { .count = 1 };
	uint64_t seeds = count;

	while (c.count < count)
		c.count *= 2;
	for (unsigned tries = 0;; tries++) {
		if (tries && tries % SEEDS_A_SIZE == 0)
			c.count *= 2;
		free(c.buckets);
		c.buckets = aligned_alloc(WARD_LINE, c.count * sizeof(*c.buckets));
		if (!c.buckets)
			return -ENOMEM;
		memset(c.buckets, 0, c.count * sizeof(*c.buckets));
		c.seed = next_seed(&seeds);
		if (insert_all(&c, devices, count))
			break;
	}
	mark_empty_ways(&c);
	*out = c;
	return 0;
}

void cuckoo_free(struct cuckoo *cuckoo)
{
	free(cuckoo->buckets);
	cuckoo->buckets = NULL;
}

const struct ward_device *cuckoo_find(const struct cuckoo *cuckoo, const __be32 address[4],
				      uint16_t vlan, uint16_t link)
{
	uint64_t h = ward_device_hash(address, vlan, link, cuckoo->seed);
	const uint32_t bucket[] = { (uint32_t)h & (cuckoo->count - 1),
				    (uint32_t)(h >> 32) & (cuckoo->count - 1) };

	for (int i = 0; i < 2; i++) {
		for (int way = 0; way < WARD_DEVICE_WAYS; way++) {
			const struct ward_device *d = &cuckoo->buckets[bucket[i]].way[way];

			if (!memcmp(d->address, address, sizeof(d->address)) && d->vlan == vlan &&
			    d->link == link)
				return d;
		}
	}
	return NULL;
}
