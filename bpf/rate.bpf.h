/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits on what a device sends, by the generic cell rate algorithm (ITU-T I.371, annex A: virtual
 * scheduling): one theoretical arrival time a bucket, moved by compare-and-swap, exact over all
 * CPUs.
 *
 * The clock is coarse. It lags by up to a tick, so an arrival may be judged up to one tick too
 * early; the tolerance is wider by that tick, and as the theoretical arrival time moves by exact
 * intervals, the rate itself stays exact.
 */
#ifndef WARDGATE_RATE_BPF_H
#define WARDGATE_RATE_BPF_H

#include "packet.bpf.h"

/* A swap fails only when another CPU's succeeded in between. */
#define RATE_TRIES 32

static __always_inline bool conforms(__u64 *tat, __u64 now, __u64 increment, __u64 tolerance)
{
	for (int i = 0; i < RATE_TRIES; i++) {
		__u64 old = *(volatile __u64 *)tat;
		__u64 start = old > now ? old : now;

		if (start - now > tolerance)
			return false;
		if (__sync_val_compare_and_swap(tat, old, start + increment) == old)
			return true;
	}
	return false;
}

static __always_inline int rate(struct packet *p)
{
	__u64 now = p->now << WARD_TICK_SHIFT, tick = clock_tick << WARD_TICK_SHIFT;
	const struct ward_profile *profile;
	struct ward_bucket *bucket;
	__u32 index;

	if (p->side != WARD_CLINICAL || !p->share)
		return WARD_CONTINUE;
	index = p->device->profile;
	profile = bpf_map_lookup_elem(&profiles, &index);
	if (!profile)
		return WARD_INTERNAL;
	bucket = &p->share->bucket;
	if (profile->packet_interval &&
	    !conforms(&bucket->packet_tat, now, profile->packet_interval,
		      profile->packet_tolerance + tick))
		return WARD_PACKET_RATE;
	if (profile->byte_interval &&
	    !conforms(&bucket->byte_tat, now, p->length * profile->byte_interval >> 16,
		      profile->byte_tolerance + tick)) {
		/* What is dropped must not use up the other limit as well. */
		if (profile->packet_interval)
			__sync_fetch_and_add(&bucket->packet_tat, -profile->packet_interval);
		return WARD_BIT_RATE;
	}
	return WARD_CONTINUE;
}

#endif
