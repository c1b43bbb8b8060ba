/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits by the generic cell rate algorithm (ITU-T I.371, annex A: virtual scheduling): one
 * theoretical arrival time a bucket, moved by compare-and-swap, exact over all CPUs.
 *
 * The clock is coarse. It lags by up to a tick, so an arrival may be judged up to one tick too
 * early; the tolerance is wider by that tick, and as the theoretical arrival time moves by exact
 * intervals, the rate itself stays exact.
 *
 * A bucket outlives its limit: an earlier policy may have moved it further ahead than this one's
 * limit ever does. It then counts as full, for it is never fuller than that.
 */
#ifndef WARDGATE_RATE_BPF_H
#define WARDGATE_RATE_BPF_H

#include "packet.bpf.h"

/* A swap fails only when another CPU's succeeded in between. */
#define RATE_TRIES 32

/* How long after it looked at the clock a CPU may still be at its frame: a second is ample. */
#define RATE_LATE (1000000000ull << WARD_TICK_SHIFT)

/* `furthest`: what no packet of this limit goes beyond. */
static __always_inline __u64 start_of(__u64 old, __u64 now, __u64 tolerance, __u64 furthest)
{
	if (old <= now)
		return now;
	return old - now > furthest ? now + tolerance : old;
}

/*
 * Lost the first race for the bucket: rare, and out of the way of all others. A global function:
 * the verifier looks at it once, not at each call.
 */
__noinline int conforms_later(__u64 *tat, __u64 now, __u64 increment, __u64 tolerance,
			      __u64 furthest)
{
	for (int i = 0; tat && i < RATE_TRIES; i++) {
		__u64 old = *(volatile __u64 *)tat;
		__u64 start = start_of(old, now, tolerance, furthest);

		if (start - now > tolerance)
			return 0;
		if (__sync_val_compare_and_swap(tat, old, start + increment) == old)
			return 1;
	}
	return 0;
}

/* An increment of 0 is no limit; `largest` is that of any packet. */
static __always_inline bool conforms(__u64 *tat, __u64 time, __u64 increment, __u64 tolerance,
				     __u64 largest)
{
	__u64 now, old, start, furthest;

	if (!increment)
		return true;
	now = time << WARD_TICK_SHIFT;
	tolerance += clock_tick << WARD_TICK_SHIFT;
	furthest = tolerance + largest + RATE_LATE;
	old = *(volatile __u64 *)tat;
	start = start_of(old, now, tolerance, furthest);
	if (start - now > tolerance)
		return false;
	if (__sync_val_compare_and_swap(tat, old, start + increment) == old)
		return true;
	return conforms_later(tat, now, increment, tolerance, furthest);
}

/* What is dropped in the end must not use up the limits that it has passed. */
static __always_inline void give_back(__u64 *tat, __u64 increment)
{
	if (increment)
		__sync_fetch_and_add(tat, -increment);
}

/* Ticks that the frame's bytes last: the interval is times 2^16. */
static __always_inline __u64 byte_increment(const struct ward_rate *rate, __u32 length)
{
	return length * rate->byte_interval >> 16;
}

enum charged {
	CHARGED,
	TOO_MANY_PACKETS,
	TOO_MANY_BYTES,
};

/*
 * Packets, then bits, of a frame that came in on this side: enum charged. Global, like all that a
 * packet may come to more than once, or by many ways: the verifier looks at it once.
 */
__noinline int charge(struct ward_bucket *bucket, const struct ward_rate *rate, __u64 now,
		      __u32 length, __u32 side)
{
	if (!bucket || !rate)
		return TOO_MANY_PACKETS;
	side &= 1;
	if (!conforms(&bucket->packet_tat[side], now, rate->packet_interval, rate->packet_tolerance,
		      rate->packet_interval))
		return TOO_MANY_PACKETS;
	/* The largest is that of 65,536 bytes. */
	if (!conforms(&bucket->byte_tat[side], now, byte_increment(rate, length),
		      rate->byte_tolerance, rate->byte_interval)) {
		give_back(&bucket->packet_tat[side], rate->packet_interval);
		return TOO_MANY_BYTES;
	}
	return CHARGED;
}

__noinline int refund(struct ward_bucket *bucket, const struct ward_rate *rate, __u32 length,
		      __u32 side)
{
	if (!bucket || !rate)
		return 0;
	side &= 1;
	give_back(&bucket->packet_tat[side], rate->packet_interval);
	give_back(&bucket->byte_tat[side], byte_increment(rate, length));
	return 0;
}

/*
 * Whose limits hold. A device in quarantine for which there is no profile keeps its own: what it
 * may still send (ARP, discovery) is not to be a flood.
 */
static __always_inline const struct ward_profile *profile_of(const struct packet *p)
{
	__u32 index = p->profile == WARD_NO_PROFILE ? p->own_profile : p->profile;

	return bpf_map_lookup_elem(&profiles, &index);
}

/*
 * The device's limits of packets and bits. For judged packets, and for those of a device that no
 * rule judges: ARP, discovery, DHCP, ICMP errors.
 */
static __always_inline int rate_of(const struct packet *p, struct ward_share *share)
{
	const struct ward_profile *profile = profile_of(p);

	if (!profile)
		return WARD_INTERNAL;
	if (!(profile->has_rates >> (p->side & 1) & 1))
		return WARD_CONTINUE;
	switch (charge(&share->bucket, &profile->rate[p->side & 1], p->now, p->length,
		       p->side)) {
	case CHARGED:
		return WARD_CONTINUE;
	case TOO_MANY_BYTES:
		return WARD_BIT_RATE;
	}
	return WARD_PACKET_RATE;
}

static __always_inline int rate(struct packet *p)
{
	return p->share ? rate_of(p, p->share) : WARD_CONTINUE;
}

static __always_inline const struct ward_rule_limit *rule_limit_of(const struct packet *p)
{
	if (!has_rule_limits || !(p->rule_flags & WARD_RULE_LIMITED))
		return NULL;
	return bpf_map_lookup_elem(&rule_limits, &p->rule);
}

/* The rule's bucket of this device. */
static __always_inline struct ward_bucket *rule_bucket(const struct packet *p,
						       const struct ward_rule_limit *limit)
{
	__u32 index = p->owner - WARD_OWNER_FIRST_DEVICE, place = limit->bucket;
	struct ward_rule_buckets *buckets = bpf_map_lookup_elem(&rule_buckets, &index);

	return buckets && place < WARD_RULE_BUCKETS ? &buckets->place[place] : NULL;
}

/*
 * The rule's limits of packets and bits. None for a rule without an entry, which the loaded policy
 * does not have.
 */
static __noinline int rule_rate(struct packet *p)
{
	const struct ward_rule_limit *limit = rule_limit_of(p);
	struct ward_bucket *bucket;

	if (!limit)
		return WARD_CONTINUE;
	bucket = rule_bucket(p, limit);
	if (!bucket)
		return WARD_INTERNAL;
	switch (charge(bucket, &limit->rate[p->side & 1], p->now, p->length, p->side)) {
	case CHARGED:
		return WARD_CONTINUE;
	case TOO_MANY_BYTES:
		return WARD_RULE_BIT_RATE;
	}
	return WARD_RULE_PACKET_RATE;
}

/* How far a packet came in the order of the limits: what it passed is given back. */
enum limits_passed {
	PASSED_DEVICE,		/* the device's packets and bits */
	PASSED_RULE,		/* and the rule's */
	PASSED_DEVICE_FLOWS,	/* and the device's new flows */
	PASSED_RULE_FLOWS,	/* and the rule's */
};

static __noinline int give_back_all(struct packet *p, enum limits_passed passed)
{
	const struct ward_profile *profile;
	const struct ward_rule_limit *limit;
	struct ward_bucket *bucket;

	profile = p->share ? profile_of(p) : NULL;
	if (!profile)
		return 0;
	refund(&p->share->bucket, &profile->rate[p->side & 1], p->length, p->side);
	if (passed >= PASSED_DEVICE_FLOWS)
		give_back(&p->share->bucket.new_flow_tat, profile->new_flows.interval);
	limit = passed >= PASSED_RULE ? rule_limit_of(p) : NULL;
	bucket = limit ? rule_bucket(p, limit) : NULL;
	if (!bucket)
		return 0;
	refund(bucket, &limit->rate[p->side & 1], p->length, p->side);
	if (passed >= PASSED_RULE_FLOWS)
		give_back(&bucket->new_flow_tat, limit->new_flows.interval);
	return 0;
}

#endif
