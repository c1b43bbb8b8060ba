/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding things by name among many: a hash table, and the nearest name for "did you mean". */
#ifndef WARDGATE_POLICY_NAMES_H
#define WARDGATE_POLICY_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct names_slot {
	const char *name;
	uint32_t hash, value;
};

/* Zero-initialise it. Names are not copied: they must stay where they are. */
struct names {
	struct names_slot *slots; /* open addressing; a NULL name is empty */
	size_t size, count;
};

void names_free(struct names *names);

/* 0; -EEXIST with the value of the first in `first`; -ENOMEM. */
int names_add(struct names *names, const char *name, uint32_t value, uint32_t *first);

bool names_find(const struct names *names, const char *name, uint32_t *value);

/* The best of the names shown to it so far; `best` is NULL while none was near enough. */
struct nearest {
	const char *wanted;
	const char *best;
	unsigned distance;
	unsigned seen;
};

void nearest_try(struct nearest *nearest, const char *name);

#endif
