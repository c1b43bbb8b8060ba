/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A growing array: any struct with `items`, `count` and `capacity`. The items are owned by the
 * struct; vec_free() releases the array, not what its items point to.
 */
#ifndef WARDGATE_BASE_VEC_H
#define WARDGATE_BASE_VEC_H

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define VEC(type)                                                                                  \
	struct {                                                                                   \
		type *items;                                                                       \
		size_t count, capacity;                                                            \
	}

/* Appends a zeroed item. Yields its address, or NULL when memory ran out (v is unchanged). */
#define vec_add(v)                                                                                 \
	((__typeof__((v)->items))vec_add_raw((void **)&(v)->items, &(v)->count, &(v)->capacity,    \
					     sizeof(*(v)->items)))

/* Room for so many items more, which then can be written behind the last. 0 or -ENOMEM. */
#define vec_reserve(v, more)                                                                       \
	vec_reserve_raw((void **)&(v)->items, (v)->count, &(v)->capacity, sizeof(*(v)->items), more)

#define vec_free(v)                                                                                \
	do {                                                                                       \
		free((v)->items);                                                                  \
		(v)->items = NULL;                                                                 \
		(v)->count = (v)->capacity = 0;                                                    \
	} while (0)

/* Makes an empty vector one with the same items. 0 or -ENOMEM. */
#define vec_copy(to, from)                                                                         \
	vec_copy_raw((void **)&(to)->items, &(to)->count, &(to)->capacity, (from)->items,          \
		     (from)->count, sizeof(*(to)->items))

static inline int vec_copy_raw(void **items, size_t *count, size_t *capacity, const void *from,
			       size_t from_count, size_t size)
{
	if (!from_count)
		return 0;
	*items = reallocarray(NULL, from_count, size);
	if (!*items)
		return -ENOMEM;
	memcpy(*items, from, from_count * size);
	*count = *capacity = from_count;
	return 0;
}

static inline int vec_reserve_raw(void **items, size_t count, size_t *capacity, size_t size,
				  size_t more)
{
	size_t wider = *capacity ? *capacity : 16;
	void *grown;

	if (*capacity - count >= more)
		return 0;
	while (wider - count < more)
		wider *= 2;
	grown = reallocarray(*items, wider, size);
	if (!grown)
		return -ENOMEM;
	*items = grown;
	*capacity = wider;
	return 0;
}

static inline void *vec_add_raw(void **items, size_t *count, size_t *capacity, size_t size)
{
	if (vec_reserve_raw(items, *count, capacity, size, 1))
		return NULL;
	return memset((char *)*items + size * (*count)++, 0, size);
}

#endif
