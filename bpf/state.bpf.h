/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flows. Each device has its own places, so a search and a new flow touch nothing of another
 * device. A flow that has expired is a free place; nobody has to clean up.
 */
#ifndef WARDGATE_STATE_BPF_H
#define WARDGATE_STATE_BPF_H

#include "identify.bpf.h"

#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

static __always_inline bool is_opening_syn(const struct packet *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/* May this packet be the first of a flow? */
static __always_inline bool may_open(const struct packet *p)
{
	if (p->protocol == PROTOCOL_TCP)
		return is_opening_syn(p);
	return p->protocol == PROTOCOL_UDP || !p->is_reply;
}

static __always_inline __be16 peer_port(const struct packet *p)
{
	return p->side == WARD_CLINICAL ? p->destination_port : p->source_port;
}

static __always_inline __be16 local_port(const struct packet *p)
{
	return p->side == WARD_CLINICAL ? p->source_port : p->destination_port;
}

/* The first of the far places where the flow may stand. */
static __always_inline __u32 far_start(const struct packet *p)
{
	__u64 h = flow_seed ^ ((__u64)peer_address(p) << 32 | (__u32)peer_port(p) << 16 |
			       local_port(p));

	h = (h ^ p->protocol) * 0x9e3779b97f4a7c15ull;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93ull;
	return (h >> 32) * WARD_FAR_FLOWS >> 32;
}

static __always_inline struct ward_far_flows *far_flows_of(const struct packet *p)
{
	__u32 index = p->owner - WARD_OWNER_FIRST_DEVICE;

	return bpf_map_lookup_elem(&far_flows, &index);
}

/* The place that is `step` places after the first one. */
static __always_inline struct ward_flow *far_place(struct ward_far_flows *far, __u32 start,
						   __u32 step)
{
	__u64 at = (__u64)start + step;

	if (at >= WARD_FAR_FLOWS)
		at -= WARD_FAR_FLOWS;
	/*
	 * It always is less. The verifiers of Linux 6.1 and 6.12 do not know; the compiler does,
	 * and would drop a test in C.
	 */
	asm volatile("if %0 < %1 goto +1\n\t%0 = 0" : "+r"(at) : "i"(WARD_FAR_FLOWS));
	return &far->place[at];
}

static __always_inline bool is_live(const struct ward_flow *f, __u64 now)
{
	return (f->claim & WARD_FLOW_CLAIM) == WARD_FLOW_LIVE && f->expires > now;
}

static __always_inline bool is_flow_of(const struct ward_flow *f, const struct packet *p)
{
	return f->peer[3] == peer_address(p) && f->ends == p->ends &&
	       f->protocol == p->protocol && f->peer[2] == bpf_htonl(0xffff);
}

static __always_inline struct ward_flow *find_far_flow(const struct packet *p)
{
	struct ward_far_flows *far = far_flows_of(p);
	__u32 start = far_start(p);

	for (__u32 step = 0; far && step < WARD_FLOW_WINDOW; step++) {
		struct ward_flow *f = far_place(far, start, step);

		if (f->claim == WARD_FLOW_UNUSED)
			return NULL;
		if (is_flow_of(f, p) && is_live(f, p->now))
			return f;
	}
	return NULL;
}

/* Places are filled from the first, so a search ends at one that was never used. */
static __always_inline struct ward_flow *find_flow(const struct packet *p)
{
	for (__u32 i = 0; i < WARD_NEAR_FLOWS; i++) {
		struct ward_flow *f = &p->share->near[i];

		if (is_flow_of(f, p) && is_live(f, p->now))
			return f;
		if (f->claim == WARD_FLOW_UNUSED)
			return NULL;
	}
	return find_far_flow(p);
}

static __always_inline __u64 timeout(__u8 protocol, __u8 state)
{
	if (protocol != PROTOCOL_TCP)
		return state == WARD_FLOW_ESTABLISHED && protocol == PROTOCOL_UDP ? 3 * MINUTE :
										     30 * SECOND;
	switch (state) {
	case WARD_FLOW_ESTABLISHED:
		/*
		 * RFC 5382, REQ-5 asks for more than 2 h 4 min; a monitor may be silent over a
		 * shift.
		 */
		return 4 * HOUR;
	case WARD_FLOW_CLOSING:
		return 2 * MINUTE;
	case WARD_FLOW_CLOSED_BOTH:
		return 10 * SECOND;
	}
	return 30 * SECOND;
}

/*
 * The state after this packet of a live flow, or WARD_FLOW_STATES when no host would send it in
 * this state. A packet of a stranger who guessed the addresses can at most be one that fits.
 */
static __always_inline __u8 next_tcp_state(const struct ward_flow *f, const struct packet *p)
{
	bool from_opener = p->side == f->opener;

	if (p->tcp_flags & TCP_RST)
		return WARD_FLOW_CLOSED_BOTH;
	switch (f->state) {
	case WARD_FLOW_OPENING:
		if (from_opener)
			return p->tcp_flags & TCP_SYN ? WARD_FLOW_OPENING : WARD_FLOW_STATES;
		if (p->tcp_flags & TCP_SYN)
			return WARD_FLOW_ANSWERED;
		/* RFC 9293, 3.5.1: a half-open peer answers SYN with a bare ACK. */
		return p->tcp_flags & TCP_FIN ? WARD_FLOW_STATES : WARD_FLOW_OPENING;
	case WARD_FLOW_ANSWERED:
		if (!from_opener || p->tcp_flags & TCP_SYN)
			return WARD_FLOW_ANSWERED;
		break;
	case WARD_FLOW_CLOSED_BOTH:
		/*
		 * A RST that the ends did not believe (RFC 5961, 3.2) closes nothing: when they go
		 * on, so does the flow.
		 */
		if (!(f->seen & WARD_SEEN_ESTABLISHED) ||
		    (f->seen & WARD_SEEN_BOTH_FINS) == WARD_SEEN_BOTH_FINS)
			return WARD_FLOW_CLOSED_BOTH;
		break;
	}
	if (p->tcp_flags & TCP_FIN && f->seen & (WARD_SEEN_FIN << !p->side))
		return WARD_FLOW_CLOSED_BOTH;
	return p->tcp_flags & TCP_FIN || f->seen & WARD_SEEN_BOTH_FINS ? WARD_FLOW_CLOSING :
									 WARD_FLOW_ESTABLISHED;
}

static __always_inline __u8 next_state(const struct ward_flow *f, const struct packet *p)
{
	if (p->protocol == PROTOCOL_TCP)
		return next_tcp_state(f, p);
	if (p->protocol == PROTOCOL_ICMP && p->is_reply == (p->side == f->opener))
		return WARD_FLOW_STATES;
	/* One question and its answer are not a conversation yet. */
	if (p->side != f->opener)
		return f->state == WARD_FLOW_OPENING ? WARD_FLOW_ANSWERED : f->state;
	return f->state == WARD_FLOW_ANSWERED ? WARD_FLOW_ESTABLISHED : f->state;
}

/* Sets p->flow, or leaves it NULL for a packet that has to be allowed as the first of a flow. */
static __always_inline int state(struct packet *p)
{
	const struct ward_flow key = { .local = local_address(p),
				       .peer_port = peer_port(p),
				       .local_port = local_port(p) };
	struct ward_flow *f;

	p->ends = key.ends;
	f = find_flow(p);
	if (!f)
		return WARD_CONTINUE;
	/* The same addresses again: from the other end, or after the flow has closed. */
	if (may_open(p) && p->protocol != PROTOCOL_UDP &&
	    (p->side != f->opener || f->state >= WARD_FLOW_CLOSING)) {
		p->reuse = f;
		return WARD_CONTINUE;
	}
	p->flow = f;
	p->opener = f->opener;
	p->rule = f->rule;
	return WARD_CONTINUE;
}

/* The best place for a new flow so far. */
struct candidate {
	struct ward_flow *flow;
	__u32 claim;
	__u64 expires;
	bool is_free;
};

/* May give way to a new flow: nobody has answered it, or it was one question and its answer. */
static __always_inline bool gives_way(const struct ward_flow *f)
{
	return f->state == WARD_FLOW_OPENING ||
	       (f->protocol != PROTOCOL_TCP && f->state == WARD_FLOW_ANSWERED);
}

/* An unused or expired place is free; or else the oldest that gives way is taken. */
static __always_inline void consider(struct candidate *best, struct ward_flow *f, __u64 now)
{
	__u32 claim = f->claim, held = claim & WARD_FLOW_CLAIM;

	if (best->is_free)
		return;
	if (held == WARD_FLOW_UNUSED || (held == WARD_FLOW_LIVE && f->expires <= now))
		*best = (struct candidate){ f, claim, 0, true };
	else if (held == WARD_FLOW_LIVE && gives_way(f) &&
		 (!best->flow || f->expires < best->expires))
		*best = (struct candidate){ f, claim, f->expires, false };
}

static __always_inline struct ward_flow *free_place(const struct packet *p, __u32 *claim)
{
	struct candidate best = { .claim = WARD_FLOW_LIVE };
	struct ward_far_flows *far;
	__u32 start;

	for (__u32 i = 0; i < WARD_NEAR_FLOWS; i++)
		consider(&best, &p->share->near[i], p->now);
	if (!best.is_free) {
		far = far_flows_of(p);
		start = far_start(p);
		for (__u32 step = 0; far && !best.is_free && step < WARD_FLOW_WINDOW; step++)
			consider(&best, far_place(far, start, step), p->now);
	}
	*claim = best.claim;
	return best.flow;
}

/* Takes the place, unless another CPU did or the flow there was answered in between. */
static __always_inline bool take_place(struct packet *p, struct ward_flow *f, __u32 claim)
{
	__u32 busy = (claim & ~WARD_FLOW_CLAIM) + WARD_FLOW_CLAIM + 1 + WARD_FLOW_BUSY;

	if (__sync_val_compare_and_swap(&f->claim, claim, busy) != claim)
		return false;
	if (f == p->reuse || f->expires <= p->now || gives_way(f))
		return true;
	__sync_lock_test_and_set(&f->claim, claim);
	return false;
}

static __always_inline int open_flow(struct packet *p)
{
	struct ward_flow *f = p->reuse;
	__u32 claim = f ? f->claim : 0;

	if (!f)
		f = free_place(p, &claim);
	/* Another CPU was quicker, which is rare: the sender will try again. */
	if (!f || (claim & WARD_FLOW_CLAIM) == WARD_FLOW_BUSY || !take_place(p, f, claim))
		return WARD_FLOWS_FULL;
	f->peer[0] = f->peer[1] = 0;
	f->peer[2] = bpf_htonl(0xffff);
	f->peer[3] = peer_address(p);
	f->ends = p->ends;
	f->protocol = p->protocol;
	f->opener = p->side;
	f->seen = 0;
	f->state = WARD_FLOW_OPENING;
	f->generation = generation;
	f->rule = p->rule;
	f->expires = p->now + timeout(p->protocol, WARD_FLOW_OPENING);
	__sync_lock_test_and_set(&f->claim,
				 (claim & ~WARD_FLOW_CLAIM) + WARD_FLOW_CLAIM + 1 + WARD_FLOW_LIVE);
	return WARD_NEW_FLOW;
}

static __always_inline int update_flow(struct packet *p)
{
	struct ward_flow *f = p->flow;
	__u8 next = next_state(f, p);
	__u64 expires;

	if (next == WARD_FLOW_STATES)
		return p->protocol == PROTOCOL_TCP ? WARD_NOT_OPENED : WARD_UNSOLICITED;
	/* What is closed is not kept alive by its last packets. */
	if (next == f->state && next == WARD_FLOW_CLOSED_BOTH)
		return WARD_FLOW;
	expires = p->now + timeout(p->protocol, next);
	if (p->tcp_flags & TCP_FIN)
		__sync_fetch_and_or(&f->seen, WARD_SEEN_FIN << (p->side & 1));
	if (next == WARD_FLOW_ESTABLISHED && !(f->seen & WARD_SEEN_ESTABLISHED))
		__sync_fetch_and_or(&f->seen, WARD_SEEN_ESTABLISHED);
	if (f->state != next)
		f->state = next;
	/* The clock is coarse: most packets find the value that they would write. */
	if (f->expires != expires)
		f->expires = expires;
	return WARD_FLOW;
}

/* The last stage before the exit: what this packet changes in the flow table. */
static __always_inline int remember(struct packet *p)
{
	return p->flow ? update_flow(p) : open_flow(p);
}

#endif
