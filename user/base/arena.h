/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that lives and dies together: everything a policy model points to. Zero-initialise it.
 * Nothing taken from it is released by itself.
 */
#ifndef WARDGATE_BASE_ARENA_H
#define WARDGATE_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks;
};

/* `size` zeroed bytes, aligned for any type, or NULL when memory ran out. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of `length` bytes with a final NUL, or NULL. */
char *arena_copy(struct arena *arena, const char *bytes, size_t length);

void arena_free(struct arena *arena);

#endif
