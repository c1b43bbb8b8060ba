/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flows: to which the packet belongs, and, when it has been allowed, what it changes in the flow
 * table.
 */
#ifndef WARDGATE_STATE_BPF_H
#define WARDGATE_STATE_BPF_H

#include "hello.bpf.h"
#include "place.bpf.h"
#include "rate.bpf.h"
#include "tcp.bpf.h"

#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

/* May this packet be the first of a flow? */
static __always_inline bool may_open(const struct packet *p)
{
	if (is_stream(p->protocol))
		return is_opening_syn(p);
	return p->protocol == PROTOCOL_UDP || !(p->kind & IS_REPLY);
}

static __always_inline __u64 timeout(__u8 protocol, __u8 state)
{
	if (!is_stream(protocol))
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

/* What cannot be of this flow, although its ends are. */
static __always_inline int check_state(const struct ward_flow *f, const struct packet *p)
{
	if (is_stream(p->protocol))
		return is_out_of_state(f, p) ? WARD_NOT_OPENED : WARD_CONTINUE;
	return p->kind & IS_REPLY && p->side == f->opener ? WARD_UNSOLICITED : WARD_CONTINUE;
}

/* Sets p->flow, or leaves it NULL for a packet that has to be allowed as the first of a flow. */
static __always_inline int state(struct packet *p)
{
	struct ward_flow *f;

	/* There always is one; the verifier of Linux 6.1 has forgotten. */
	if (!p->share)
		return WARD_INTERNAL;
	p->ends = ends_of(p);
	f = find_flow(p);
	if (!f)
		return WARD_CONTINUE;
	/* The same addresses again: from the other end, or after the flow has closed. */
	if ((p->side != f->opener || f->state >= WARD_FLOW_CLOSING) &&
	    p->protocol != PROTOCOL_UDP && may_open(p)) {
		p->reuse = f;
		return WARD_CONTINUE;
	}
	p->flow = f;
	p->claim = claim_of_place(f);
	p->opener = f->opener;
	p->rule = f->rule;
	if (has_rule_limits && f->seen & WARD_SEEN_LIMITED)
		p->rule_flags = WARD_RULE_LIMITED;
	return check_state(f, p);
}

/* 224/4 (RFC 5771) or ff00::/8 (RFC 4291, 2.7). */
static __always_inline bool is_group(const union address *a)
{
	if (is_mapped(a))
		return bpf_ntohl(a->word[3]) >> 28 == 0xe;
	return bpf_ntohl(a->word[0]) >> 24 == 0xff;
}

/* What the flow keeps of its rule: that the group may be answered, only of a question to one. */
static __always_inline __u8 seen_of_rule(const struct packet *p)
{
	__u8 seen = p->rule_flags & WARD_RULE_LIMITED ? WARD_SEEN_LIMITED : 0;

	if (has_times && p->rule_flags & WARD_RULE_TIMED)
		seen |= WARD_SEEN_TIMED;
	if (p->rule_flags & WARD_RULE_REPLIES && p->protocol == PROTOCOL_UDP &&
	    p->opener == WARD_CLINICAL && is_group(&p->peer))
		seen |= WARD_SEEN_REPLIES;
	return seen;
}

/* A flow that is judged in quarantine is judged again at each packet, and after the release. */
static __always_inline __u32 judging_generation(const struct packet *p)
{
	return p->is_quarantined ? 0 : generation;
}

static __always_inline __u64 timeout_of(const struct ward_flow *f, __u8 state)
{
	return is_dtls(f) && state == WARD_FLOW_ESTABLISHED ? HOUR : timeout(f->protocol, state);
}

/* Writes only what changes: the line may be in use by another CPU, and the clock is coarse. */
static __always_inline int settle(struct ward_flow *f, __u64 now, __u8 old, __u8 next)
{
	__u64 expires = now + timeout_of(f, next);

	if (old != next)
		f->state = next;
	else if (next == WARD_FLOW_CLOSED_BOTH && f->expires < expires)
		/* What is closed is not kept alive by its last packets. */
		return WARD_FLOW;
	if (f->expires != expires)
		f->expires = expires;
	return WARD_FLOW;
}

/* SYN, FIN and RST, and all that is not ESTABLISHED. Global: the verifier looks at it once. */
__noinline int follow_stream(struct ward_flow *f, const struct segment *s)
{
	__u8 old, next;
	bool fin;

	if (!f || !s)
		return WARD_INTERNAL;
	old = f->state;
	fin = s->flags & TCP_FIN && believes_fin(f, s);
	next = next_stream_state(f, s, fin);
	if (s->protocol == PROTOCOL_TCP && old == WARD_FLOW_OPENING) {
		if (next == WARD_FLOW_ANSWERED)
			answer_window(s, f);
		else if (s->flags & TCP_SYN)
			begin_window(s, f);
	} else if (s->protocol == PROTOCOL_TCP) {
		follow_window(s, f);
	}
	if (fin && next >= WARD_FLOW_CLOSING)
		see(f, WARD_SEEN_FIN << (s->side & 1));
	if (next == WARD_FLOW_ESTABLISHED || (next == WARD_FLOW_CLOSING && old != next))
		see(f, WARD_SEEN_ESTABLISHED);
	return settle(f, s->now, old, next);
}

/* Options are read where they say something, in SYNs of TCP. */
static __always_inline struct segment whole_segment(struct xdp_md *ctx, const struct packet *p)
{
	struct segment s = segment_of(p);

	if (p->protocol == PROTOCOL_TCP && p->tcp_flags & TCP_SYN)
		s.scale = read_scale(ctx, p->transport_offset + TCP_HEADER, p->tcp_options);
	return s;
}

static __always_inline void write_flow(struct xdp_md *ctx, const struct packet *p,
				       struct ward_flow *f)
{
	struct segment s;

	for (int i = 0; i < 4; i++)
		f->peer[i] = p->peer.word[i];
	f->ends = p->ends;
	f->opener = p->side;
	f->scale = 0;
	f->seen = seen_of_rule(p) | seen_of_hello(p);
	f->state = WARD_FLOW_OPENING;
	f->generation = judging_generation(p);
	f->rule = p->rule;
	f->expires = p->now + timeout(p->protocol, WARD_FLOW_OPENING);
	if (p->protocol == PROTOCOL_TCP) {
		s = whole_segment(ctx, p);
		begin_window(&s, f);
	}
	if (has_encryption)
		begin_hello(p, f);
}

static __noinline int open_flow(struct xdp_md *ctx, struct packet *p)
{
	struct ward_flow *f = p->reuse ?: place_for(p);
	__u32 claim;

	/* Another CPU was quicker, which is rare: the sender will try again. */
	if (!f || !take_place(p, f, &claim)) {
		give_back_all(p, PASSED_RULE_FLOWS);
		return WARD_FLOWS_FULL;
	}
	write_flow(ctx, p, f);
	__sync_lock_test_and_set(&f->claim, next_claim(claim, WARD_FLOW_LIVE));
	return WARD_NEW_FLOW;
}

/* UDP, ICMP, IGMP. One question and its answer are not a conversation yet. */
static __always_inline int follow_messages(const struct packet *p, struct ward_flow *f)
{
	bool from_opener = p->side == f->opener;
	__u8 old = f->state, next = old;

	if (!from_opener && old == WARD_FLOW_OPENING)
		next = WARD_FLOW_ANSWERED;
	else if (from_opener && old == WARD_FLOW_ANSWERED)
		next = WARD_FLOW_ESTABLISHED;
	return settle(f, p->now, old, next);
}

static __noinline int update_stream(struct xdp_md *ctx, struct packet *p)
{
	const struct segment s = whole_segment(ctx, p);

	return p->flow ? follow_stream(p->flow, &s) : WARD_INTERNAL;
}

static __always_inline int update_flow(struct xdp_md *ctx, struct packet *p)
{
	struct ward_flow *f = p->flow;
	struct segment s;

	if (!is_stream(p->protocol))
		return follow_messages(p, f);
	if (f->state != WARD_FLOW_ESTABLISHED || p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST))
		return update_stream(ctx, p);
	if (p->protocol == PROTOCOL_TCP) {
		s = segment_of(p);
		follow_window(&s, f);
	}
	return settle(f, p->now, WARD_FLOW_ESTABLISHED, WARD_FLOW_ESTABLISHED);
}

/* The last stage before the exit: what this packet changes in the flow table. */
static __always_inline int remember(struct xdp_md *ctx, struct packet *p)
{
	if (p->flow)
		return update_flow(ctx, p);
	return p->pass ?: open_flow(ctx, p);
}

#endif
