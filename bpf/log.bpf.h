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

/* In routed mode, between two devices, once for each of them: it is a flow of both. */
static __noinline int log_flow(const struct packet *p)
{
	struct ward_lane *lane = find_lane(p);

	if (!lane)
		return 0;
	if (lane->log_tat > p->now + LOG_TOLERANCE)
		withhold();
	else if (report(p, WARD_NEW_FLOW, 0))
		lane->log_tat = (lane->log_tat > p->now ? lane->log_tat : p->now) + LOG_INTERVAL;
	return 0;
}

#endif
