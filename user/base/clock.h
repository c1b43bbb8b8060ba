/* SPDX-License-Identifier: GPL-2.0-only */
/* The clocks, each in a type of its own so that they can't be mixed. Nanoseconds. */
#ifndef WARDGATE_BASE_CLOCK_H
#define WARDGATE_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

struct monotonic {
	uint64_t ns;	/* since boot: what the BPF program stamps (bpf_ktime_get_coarse_ns) */
};

struct realtime {
	uint64_t ns;	/* since 1970 */
};

static inline uint64_t clock_read(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline struct monotonic clock_monotonic(void)
{
	return (struct monotonic){ clock_read(CLOCK_MONOTONIC_COARSE) };
}

static inline struct realtime clock_realtime(void)
{
	return (struct realtime){ clock_read(CLOCK_REALTIME) };
}

/* When it was on the wall clock, as far as the wall clock is right now. 0 stays 0 ("never"). */
static inline struct realtime clock_to_realtime(struct monotonic then)
{
	uint64_t age = clock_monotonic().ns - then.ns;

	return (struct realtime){ then.ns ? clock_realtime().ns - age : 0 };
}

#endif
