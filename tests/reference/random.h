/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers that a seed repeats on every machine (splitmix64, Steele and others, 2014). */
#ifndef WARDGATE_REFERENCE_RANDOM_H
#define WARDGATE_REFERENCE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint64_t random_next(struct random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* 0 to limit - 1. */
static inline unsigned random_below(struct random *r, unsigned limit)
{
	return limit ? (unsigned)(random_next(r) >> 32) % limit : 0;
}

static inline unsigned random_between(struct random *r, unsigned low, unsigned high)
{
	return low + random_below(r, high - low + 1);
}

static inline bool random_percent(struct random *r, unsigned percent)
{
	return random_below(r, 100) < percent;
}

#define random_of(r, array) ((array)[random_below(r, sizeof(array) / sizeof((array)[0]))])

#endif
