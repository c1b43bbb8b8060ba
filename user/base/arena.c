/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* Each block is twice as large as the one before: a small model takes little, a large one few. */
#define SMALLEST_BLOCK ((size_t)4 * 1024)
#define LARGEST_BLOCK ((size_t)256 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) char bytes[];
};

static size_t next_size(const struct arena_block *block)
{
	if (!block)
		return SMALLEST_BLOCK;
	return block->size < LARGEST_BLOCK / 2 ? 2 * block->size : LARGEST_BLOCK;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	void *out;

	if (size > (size_t)-1 / 2)
		return NULL;
	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!block || block->size - block->used < size) {
		size_t room = next_size(block);

		if (room < size)
			room = size;
		block = calloc(1, sizeof(*block) + room);
		if (!block)
			return NULL;
		block->size = room;
		block->next = arena->blocks;
		arena->blocks = block;
	}
	out = block->bytes + block->used;
	block->used += size;
	return out;
}

char *arena_copy(struct arena *arena, const char *bytes, size_t length)
{
	char *out = arena_alloc(arena, length + 1);

	if (out)
		memcpy(out, bytes, length);
	return out;
}

void arena_free(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *next = arena->blocks->next;

		free(arena->blocks);
		arena->blocks = next;
	}
}
