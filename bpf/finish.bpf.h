/* SPDX-License-Identifier: GPL-2.0-only */
/* The one exit: counts every packet once, sends it on its way or reports its drop. */
#ifndef WARDGATE_FINISH_BPF_H
#define WARDGATE_FINISH_BPF_H

#include "audit.bpf.h"
#include "ends.bpf.h"
#include "event.bpf.h"
#include "forward.bpf.h"
#include "log.bpf.h"

/* Not a packet that was received: dropped, and not counted. */
#define WARD_TRIAL (-1)

/* The build for the tests tells what it did: an audited packet has the reason it is audited for. */
static __always_inline int tell(const struct packet *p, int reason, int verdict)
{
#ifdef WARD_TEST
	test_reason = p->audited ?: reason;
	test_owner = p->audited ? p->audit_owner : p->owner;
	test_audited = p->audited != WARD_CONTINUE;
#endif
	(void)p;
	(void)reason;
	return verdict;
}

static __always_inline int drop(struct packet *p, int reason)
{
	__u32 slot = reason - WARD_FIRST_DROP_REASON;
	struct ward_drops *d = bpf_map_lookup_elem(&drops, &p->owner);

	if (!d || slot >= WARD_DROP_SLOTS)
		return XDP_ABORTED;
	p->audited = WARD_CONTINUE;
	d->packets[slot]++;
	d->bytes += p->length;
	announce(p, d, reason, d->packets[slot]);
	return tell(p, reason, XDP_DROP);
}

static __always_inline bool has_rule(int reason)
{
	return reason == WARD_FLOW || reason == WARD_NEW_FLOW || reason == WARD_FRAGMENT_PASS ||
	       reason == WARD_GROUP_REPLY;
}

static __always_inline void count_rule(const struct packet *p, __u32 rule)
{
	struct ward_rule_counters *c = bpf_map_lookup_elem(&rule_counters, &rule);

	if (!c)
		return;
	c->packets++;
	c->bytes += p->length;
	c->last_used = p->now;
}

/* A packet between two devices has a rule of each. */
static __always_inline void count_rules(const struct packet *p, int reason)
{
	const struct turn *turn;

	if (p->audited || !has_rule(reason))
		return;
	count_rule(p, p->rule);
	if (!has_routed || !p->has_turns)
		return;
	turn = find_turn();
	if (turn)
		count_rule(p, turn->end[1].rule);
}

static __always_inline int count_pass(struct packet *p, int reason, int verdict)
{
	p->lane->packets++;
	p->lane->bytes += p->length;
	p->lane->last_seen = p->now;
	count_rules(p, reason);
	if (p->audited)
		count_audit(p);
	return tell(p, reason, verdict);
}

static __always_inline int finish(struct xdp_md *ctx, struct packet *p, int reason)
{
	int verdict;

	if (reason == WARD_TRIAL)
		return XDP_DROP;
	forget(p);
	if (reason >= WARD_FIRST_DROP_REASON) {
		reason = forget_which(p, reason);
		if (!excuse(p, reason))
			return drop(p, reason);
		reason = WARD_FLOW;
	}
	if (has_logs && reason == WARD_NEW_FLOW && p->rule_flags & WARD_RULE_LOGGED)
		log_flow(p);
	if (has_routed && p->has_turns) {
		reason = end_step(p, reason);
		if (reason == WARD_NEXT_STEP)
			return reason;
	}
	if (!p->lane)
		p->lane = find_lane(p);
	/*
	 * What has no way out after all is dropped for that: the way is tried before it is counted.
	 */
	if (!p->lane || reason == WARD_INTERNAL)
		verdict = -WARD_INTERNAL;
	else
		verdict = reason == WARD_HOST ? XDP_PASS : forward(ctx, p);
	if (verdict < 0)
		return drop(p, -verdict);
	return count_pass(p, verdict == XDP_PASS ? WARD_HOST : reason, verdict);
}

#endif
