/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Routed mode, from one device to another: the packet is judged as sent by the one, then as
 * received by the other, and only when both allow it the flows of both are remembered. Each of
 * these steps is a run of judge_frame(), which the verifier sees once; between them only numbers
 * are kept. In one run it would look at every pair of places in which two devices and their flows
 * can stand.
 */
#ifndef WARDGATE_ENDS_BPF_H
#define WARDGATE_ENDS_BPF_H

#include "audit.bpf.h"

enum step {	/* the odd ones are the receiver's */
	JUDGE_SENDER,	/* also all that there is to do, unless both ends are devices */
	JUDGE_RECEIVER,
	REMEMBER_SENDER,
	REMEMBER_RECEIVER,
	STEPS,
};

/* In place of a reason, and of a verdict: there is another step. */
#define WARD_NEXT_STEP (-2)

static __always_inline bool is_judging(const struct packet *p)
{
	return !has_routed || p->step < REMEMBER_SENDER;
}

static __always_inline bool is_remembering(const struct packet *p)
{
	return !has_routed || !p->has_turns || p->step >= REMEMBER_SENDER;
}

static __always_inline struct turn *find_turn(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&turns, &zero);
}

/* The end whose step it is. */
static __always_inline struct end *end_of(const struct packet *p, struct turn *turn)
{
	return &turn->end[p->step & 1];
}

/* Addresses and ports are those of the frame, the other way round. */
static __always_inline void turn_round(struct packet *p)
{
	union address local = p->local;
	__be16 port = p->local_port;

	p->local = p->peer;
	p->peer = local;
	p->local_port = p->peer_port;
	p->peer_port = port;
	p->side ^= WARD_CLINICAL ^ WARD_IT;
}

/* Wherever it is: see is_by_address_alone(). */
static __always_inline bool is_for_device(struct packet *p)
{
	__u32 receiver;

	p->side = WARD_IT;
	receiver = owner_of_address(p, &p->peer);
	p->side = WARD_CLINICAL;
	return receiver;
}

static __always_inline void recall(struct packet *p, const struct end *e)
{
	p->owner = e->owner;
	p->profile = e->profile;
	p->rule = e->rule;
	p->opener = e->opener;
	p->rule_flags = e->rule_flags;
	p->is_quarantined = e->is_quarantined;
	p->pass = e->pass;
}

/* False when there is no memory for what is to be kept, which cannot be. */
static __always_inline bool begin_step(struct packet *p)
{
	struct turn *turn;

	if (!is_routed(p) || p->side != WARD_CLINICAL)
		return true;
	if (p->step == JUDGE_SENDER && !is_for_device(p))
		return true;
	turn = find_turn();
	if (!turn)
		return false;
	if (p->step == JUDGE_SENDER)
		__builtin_memset(turn, 0, sizeof(*turn));
	p->has_turns = 1;
	p->audited = turn->audited;
	p->audit_owner = turn->audit_owner;
	if (p->step & 1)
		turn_round(p);
	if (!is_judging(p))
		recall(p, end_of(p, turn));
	return true;
}

/* It passes this end without a flow. */
static __always_inline int settled(const struct packet *p)
{
	struct turn *turn;

	if (!has_routed || !p->has_turns || is_judging(p))
		return WARD_CONTINUE;
	turn = find_turn();
	return turn ? end_of(p, turn)->settled : WARD_INTERNAL;
}

static __always_inline void keep(const struct packet *p, struct turn *turn, int reason)
{
	struct end *e = end_of(p, turn);

	e->owner = p->owner;
	e->profile = p->profile;
	e->rule = p->rule;
	e->opener = p->opener;
	e->rule_flags = p->rule_flags;
	e->is_quarantined = p->is_quarantined;
	e->pass = p->pass;
	if (is_judging(p))
		e->settled = reason;
	turn->audited = p->audited;
	turn->audit_owner = p->audit_owner;
	if (p->step == JUDGE_RECEIVER)
		turn->receiver_mac = p->device_mac;
}

/* The packet is the sender's again, who is charged with it; the receiver's MAC is still needed. */
static __always_inline int end_turns(struct packet *p, const struct turn *turn, int reason)
{
	turn_round(p);
	recall(p, &turn->end[0]);
	p->device_mac = turn->receiver_mac;
	p->lane = NULL;
	return reason;
}

/*
 * What passes one end is not through yet. In audit mode an end may let pass what it does not allow;
 * then nothing is remembered of that end. The sender's flow comes first: when then the receiver has
 * no place, only what belongs to the sender has changed.
 */
static __always_inline int end_step(struct packet *p, int reason)
{
	struct turn *turn = find_turn();

	if (!turn)
		return WARD_INTERNAL;
	keep(p, turn, reason);
	if (p->step == REMEMBER_RECEIVER)
		return end_turns(p, turn, reason);
	if (p->step == JUDGE_RECEIVER && turn->end[0].settled && reason)
		return end_turns(p, turn, reason);
	return WARD_NEXT_STEP;
}

#endif
