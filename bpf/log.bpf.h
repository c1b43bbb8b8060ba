/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules with `log`: each new flow is an event, as far as the budgets go. */
#ifndef WARDGATE_LOG_BPF_H
#define WARDGATE_LOG_BPF_H

#include "event.bpf.h"
#include "identify.bpf.h"

/* Of one owner on one CPU: a hundred a second, in bursts of as many. */
#define LOG_INTERVAL (SECOND / 100)
#define LOG_TOLERANCE SECOND

static __always_inline void withhold(void)
{
	__u32 zero = 0;
	struct ward_event_stats *stats = bpf_map_lookup_elem(&event_stats, &zero);

	if (stats)
		stats->withheld++;
}

/*
 * The budget is one for both sides. In routed mode, between two devices, once for each of them: it
 * is a flow of both.
 */
static __noinline int log_flow(const struct packet *p)
{
	struct ward_lanes *lanes_of_owner = find_lanes(p);
	__u64 *tat;

	if (!lanes_of_owner)
		return 0;
	tat = &lanes_of_owner->side[0].log_tat;
	if (*tat > p->now + LOG_TOLERANCE)
		withhold();
	else if (report(p, WARD_NEW_FLOW, 0))
		*tat = (*tat > p->now ? *tat : p->now) + LOG_INTERVAL;
	return 0;
}

#endif
