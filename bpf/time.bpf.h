/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules with a time: which one of a chain is a rule now. By the wall clock of the kernel, so that a
 * rule ends without the daemon; nothing else goes by it.
 */
#ifndef WARDGATE_TIME_BPF_H
#define WARDGATE_TIME_BPF_H

#include "place.bpf.h"

/* 1970-01-01 was a Thursday. */
#define MINUTES_BEFORE_EPOCH (3 * 24 * 60)

/* s since 1970 UTC. TAI, for UTC itself cannot be read by a program (since Linux 6.1). */
static __always_inline __u64 wall_now(void)
{
#ifdef WARD_TEST
	return test_wall;
#else
	return bpf_ktime_get_tai_ns() / SECOND - tai_offset;
#endif
}

/* The last offset that has begun, by halves. Without a branch: the verifier would follow both. */
static __always_inline __u32 minute_of_week(__u64 now)
{
	__u64 at = 0;

	for (__u32 half = WARD_OFFSETS / 2; half; half /= 2)
		at += ((zone_from[(at + half) & (WARD_OFFSETS - 1)] - 1 - now) >> 63) * half;
	now += (__s64)zone_seconds[at & (WARD_OFFSETS - 1)];
	return (now / 60 + MINUTES_BEFORE_EPOCH) % WARD_MINUTES_A_WEEK;
}

static __always_inline bool is_in_hours(__u32 number, __u64 now)
{
	const struct ward_schedule *schedule = bpf_map_lookup_elem(&schedules, &number);
	__u32 minute = minute_of_week(now);
	__u64 word = minute / 64;

	BELOW(word, WARD_SCHEDULE_WORDS);
	return schedule && schedule->minutes[word] >> (minute % 64) & 1;
}

/* 0, or why it is no rule at this time. Global: the verifier looks at it once. */
__noinline int untimely(__u32 rule, __u64 now)
{
	const struct ward_rule_time *time = bpf_map_lookup_elem(&rule_times, &rule);

	if (!time || (time->expires && now >= time->expires))
		return WARD_RULE_EXPIRED;
	if (!time->schedule || is_in_hours(time->schedule - 1, now))
		return WARD_CONTINUE;
	return WARD_OUT_OF_HOURS;
}

/* The same, as a number that the verifier knows. */
static __always_inline int known_reason(int late)
{
	if (!late)
		return WARD_CONTINUE;
	return late == WARD_RULE_EXPIRED ? WARD_RULE_EXPIRED : WARD_OUT_OF_HOURS;
}

static __always_inline int lateness(__u32 rule)
{
	return known_reason(untimely(rule, wall_now()));
}

/* The rule of a live flow was one when the flow was judged last: is it still? */
static __always_inline bool is_over(const struct ward_flow *f)
{
	return has_times && f->seen & WARD_SEEN_TIMED && untimely(f->rule, wall_now());
}

/*
 * Of the chain that begins there: the number of the step that decides now, or a reason below zero.
 * What is out of its hours comes back, what has expired does not: that is the reason only if all
 * have.
 */
__noinline int step_in_time(__u32 first)
{
	int late = WARD_RULE_EXPIRED, reason;
	__u64 now = wall_now();

	for (__u32 i = 0; i < WARD_CHAIN_STEPS; i++) {
		__u32 at = first + i;
		const struct ward_rule *step = bpf_map_lookup_elem(&steps, &at);

		if (!step)
			break;
		reason = untimely(step->rule, now);
		if (!reason)
			return at & 0x7fffffff;
		if (reason == WARD_OUT_OF_HOURS)
			late = WARD_OUT_OF_HOURS;
		if (step->flags & WARD_RULE_LAST)
			break;
	}
	return -late;
}

static __always_inline const struct ward_rule *rule_in_time(const struct ward_rule *entry,
							    int *late)
{
	int found = step_in_time(entry->rule);

	if (found >= 0)
		return bpf_map_lookup_elem(&steps, &found);
	*late = known_reason(-found);
	return NULL;
}

#endif
