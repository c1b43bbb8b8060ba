/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* Among more names than this the search for a near one would take longer than the check. */
#define NEAREST_LIMIT 20000

/* FNV-1a, with a last mixing so that its low bits are good enough to mask. */
static uint32_t hash_of(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	h ^= h >> 15;
	return h * 0x85ebca6bu ^ h >> 13;
}

static struct names_slot *slot_of(const struct names *names, const char *name, uint32_t hash)
{
	size_t at = hash & (names->size - 1);

	for (; names->slots[at].name; at = (at + 1) & (names->size - 1))
		if (names->slots[at].hash == hash && !strcmp(names->slots[at].name, name))
			break;
	return &names->slots[at];
}

static int grow(struct names *names)
{
	struct names wider = { .size = names->size ? names->size * 2 : 64, .count = names->count };

	wider.slots = calloc(wider.size, sizeof(*wider.slots));
	if (!wider.slots)
		return -ENOMEM;
	for (size_t i = 0; i < names->size; i++)
		if (names->slots[i].name)
			*slot_of(&wider, names->slots[i].name, names->slots[i].hash) =
				names->slots[i];
	free(names->slots);
	*names = wider;
	return 0;
}

void names_free(struct names *names)
{
	free(names->slots);
	*names = (struct names){ 0 };
}

int names_add(struct names *names, const char *name, uint32_t value, uint32_t *first)
{
	uint32_t hash = hash_of(name);
	struct names_slot *slot;

	if (names->count * 2 >= names->size && grow(names))
		return -ENOMEM;
	slot = slot_of(names, name, hash);
	if (slot->name) {
		*first = slot->value;
		return -EEXIST;
	}
	*slot = (struct names_slot){ name, hash, value };
	names->count++;
	return 0;
}

bool names_find(const struct names *names, const char *name, uint32_t *value)
{
	const struct names_slot *slot;

	if (!names->count)
		return false;
	slot = slot_of(names, name, hash_of(name));
	if (!slot->name)
		return false;
	*value = slot->value;
	return true;
}

void nearest_try(struct nearest *nearest, const char *name)
{
	size_t wanted = strlen(nearest->wanted), length = strlen(name);
	unsigned limit = wanted < 3 ? 1 : wanted < 8 ? 2 : 3, distance;

	if (nearest->seen++ > NEAREST_LIMIT || length > wanted + limit || wanted > length + limit)
		return;
	distance = strcasecmp(nearest->wanted, name) ? text_distance(nearest->wanted, name) : 0;
	if (distance > limit || distance >= length ||
	    (nearest->best && distance >= nearest->distance))
		return;
	nearest->best = name;
	nearest->distance = distance;
}
