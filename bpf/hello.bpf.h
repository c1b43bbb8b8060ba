/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that ask for TLS: ENCRYPTION.md. A flow must begin with a ClientHello, and nothing
 * is assumed about segments: whatever the opener sends for the first bytes of its stream must be
 * bytes of a ClientHello, first or repeated, in whatever order and pieces. So it does not matter
 * which of them the other side takes; once it has acknowledged them all, no packet is looked at any
 * more. What comes behind them may pass early: no host reads it before them.
 */
#ifndef WARDGATE_HELLO_BPF_H
#define WARDGATE_HELLO_BPF_H

#include "client_hello.bpf.h"
#include "place.bpf.h"
#include "tcp.bpf.h"

/*
 * In packet.rule_flags, beside what the policy says: opens a flow in clear, under a rule that only
 * prefers TLS.
 */
#define BEGINS_CLEAR 0x80

/* Of a flow in clear, from the last packet of it that was dropped. */
#define CLEAR_LIFE (30 * SECOND)

enum verdict_of_hello {
	HELLO_FINE,
	HELLO_CLEAR,		/* this packet */
	HELLO_CLEAR_FLOW,	/* and all that follows */
};

/* Must the rule be asked, although the flow has been judged? */
static __always_inline bool asks_for_hello(const struct ward_flow *f, const struct packet *p)
{
	if (!has_encryption)
		return false;
	return f->seen & WARD_SEEN_AWAITS ||
	       (f->seen & WARD_SEEN_TLS && p->protocol == PROTOCOL_TCP &&
		(p->tcp_flags & TCP_SYN || p->kind & IS_FIRST_FRAGMENT));
}

/* Which of the device's places it is: the near ones come first. */
__noinline __u32 number_of_place(const struct ward_flow *f, struct ward_share *share,
				 struct ward_far_flows *far)
{
	__u64 bytes;

	if (!f || !share || !far)
		return 0;
	bytes = (const void *)f - (const void *)share->near;
	if (bytes >= sizeof(share->near))
		bytes = sizeof(share->near) + ((const void *)f - (const void *)far->place);
	return bytes / sizeof(*f);
}

static __always_inline struct ward_hello *hello_of(const struct packet *p,
						   const struct ward_flow *f)
{
	__u32 index = p->owner - WARD_OWNER_FIRST_DEVICE;
	struct ward_hellos *all = bpf_map_lookup_elem(&hellos, &index);
	struct ward_far_flows *far = far_flows_of(p);
	__u64 number;

	if (!all || !far || !p->share)
		return NULL;
	number = number_of_place(f, p->share, far);
	BELOW(number, WARD_FLOWS);
	return &all->place[number];
}

/* Of a flow that begins. */
static __always_inline __u8 seen_of_hello(const struct packet *p)
{
	return p->rule_flags & WARD_RULE_ENCRYPTION && !(p->rule_flags & BEGINS_CLEAR) ?
		       WARD_SEEN_AWAITS :
		       0;
}

static __always_inline void count_clear(const struct packet *p)
{
	struct ward_rule_counters *c = bpf_map_lookup_elem(&rule_counters, &p->rule);

	if (c)
		c->clear_flows++;
}

static __always_inline void begin_hello(const struct packet *p, const struct ward_flow *f)
{
	struct ward_hello *h;

	if (p->rule_flags & BEGINS_CLEAR)
		count_clear(p);
	if (p->protocol != PROTOCOL_TCP || !(p->rule_flags & WARD_RULE_ENCRYPTION))
		return;
	h = hello_of(p, f);
	if (h)
		h->asked = h->first = p->tcp_sequence + 1;
}

/* Behind TCP's header. */
static __always_inline bool holds_hello_at(struct xdp_md *ctx, const struct packet *p, __u32 start)
{
	return holds_hello(ctx, p->transport_offset + TCP_HEADER + p->tcp_options, start,
			   p->tcp_payload);
}

/*
 * A SYN with payload (RFC 7413) is refused: the other side may read it before the gateway knows
 * where the stream begins. What is only counted is judged by it.
 */
static __always_inline bool is_good_syn(struct xdp_md *ctx, const struct packet *p)
{
	return !p->tcp_payload || (p->rule_flags & WARD_RULE_PREFERS_TLS &&
				   holds_hello_at(ctx, p, 0));
}

static __always_inline int judge_first(struct xdp_md *ctx, const struct packet *p)
{
	bool is_hello = false;

	if (p->protocol == PROTOCOL_UDP)
		is_hello = holds_dtls_hello(ctx, p->transport_offset, p->transport_length);
	else if (p->protocol == PROTOCOL_TCP && !(p->kind & IS_FIRST_FRAGMENT))
		is_hello = is_good_syn(ctx, p);
	return is_hello ? HELLO_FINE : HELLO_CLEAR;
}

#define MILLISECONDS(now) ((__u32)((now) / 1000000))
/* As long as a SYN is answered, and half-open flows live. */
#define QUESTION_LIFE_MS 30000
#define QUESTION_DISTANCE (1u << 28)

/*
 * A known flow whose opener has sent a SYN, which may be a new connection's or nobody's: both bits.
 * The old connection goes on; only what would begin the new one is looked at.
 */
static __always_inline bool is_questioned(const struct ward_flow *f)
{
	return (f->seen & WARD_SEEN_HELLO) == WARD_SEEN_HELLO;
}

/*
 * Would the old connection come by there soon? Then its own bytes would be taken for the new one's,
 * and whoever has guessed its ports could delay it.
 */
static __always_inline bool is_in_the_way(const struct ward_flow *f, __u32 number)
{
	__u32 there = f->acked[!(f->opener & 1)];

	return number - (there - (HELLO_BYTES - 1)) < QUESTION_DISTANCE;
}

/*
 * Any SYN that passes may begin a connection, whatever the opener makes this program believe, and
 * the answer need not be awaited by one who can guess its number. So none passes whose first bytes
 * would not be judged, and there is room for two beginnings: `first` and `asked`.
 */
static __always_inline bool may_ask(const struct ward_flow *f, const struct ward_hello *h,
				    __u32 number)
{
	if (f->seen & WARD_SEEN_TLS)
		return !is_in_the_way(f, number) && (!is_questioned(f) || number == h->asked);
	if (number == h->first)
		return f->state <= WARD_FLOW_ANSWERED;
	return number == h->asked || h->asked == h->first;
}

static __always_inline int ask(const struct packet *p, struct ward_flow *f, struct ward_hello *h)
{
	__u32 number = p->tcp_sequence + 1, asked = h->asked;

	if (p->rule_flags & WARD_RULE_REQUIRES_TLS && !may_ask(f, h, number))
		return HELLO_CLEAR;
	if (number == h->first && !(f->seen & WARD_SEEN_TLS))
		return HELLO_FINE;
	/* Another CPU was quicker. */
	if (number != asked && __sync_val_compare_and_swap(&h->asked, asked, number) != asked)
		return HELLO_CLEAR;
	if (f->seen & WARD_SEEN_TLS) {
		h->asked_at = MILLISECONDS(p->now);
		see(f, WARD_SEEN_AWAITS);
	}
	return HELLO_FINE;
}

/*
 * As a SYN+ACK to the first SYN; the scales of the old connection stay. It must be an answer: or
 * anybody who can guess the ports could end the old one by it.
 */
static __always_inline void begin_anew(const struct packet *p, struct ward_flow *f)
{
	__u32 other = p->side & 1, opener = !other;

	f->acked[opener] = f->edge[opener] = p->tcp_sequence + 1;
	f->acked[other] = p->tcp_acknowledged;
	f->edge[other] = p->tcp_acknowledged + p->tcp_window;
	unsee(f, WARD_SEEN_BOTH_FINS | WARD_SEEN_ESTABLISHED);
	f->state = WARD_FLOW_ANSWERED;
}

/* The one that is answered becomes the first; of one that is not known, the other still may be. */
static __always_inline void place_hello(struct ward_flow *f, struct ward_hello *h, __u32 number)
{
	__u32 first = h->first;

	/* Before the flow can be ANSWERED on another CPU. */
	__sync_lock_test_and_set(&h->first, number);
	if (!(f->seen & WARD_SEEN_TLS) && number != first)
		h->asked = first;
	see(f, WARD_SEEN_AWAITS);
	unsee(f, WARD_SEEN_TLS);
}

static __always_inline bool is_answer(const struct ward_flow *f, const struct ward_hello *h,
				      __u32 number)
{
	if (!(f->seen & WARD_SEEN_AWAITS))
		return false;
	return number == h->asked || (!(f->seen & WARD_SEEN_TLS) && number == h->first);
}

static __always_inline int follow_answer(const struct packet *p, struct ward_flow *f,
					 struct ward_hello *h)
{
	bool may_carry = p->rule_flags & WARD_RULE_PREFERS_TLS;
	__u32 number = p->tcp_acknowledged;

	if (p->tcp_payload)
		return HELLO_CLEAR;
	/* It acknowledges what came with the SYN too; and the last SYN must do. */
	if (may_carry && f->state == WARD_FLOW_OPENING) {
		h->asked = h->first = f->acked[p->side & 1];
		return HELLO_FINE;
	}
	if (!is_answer(f, h, number))
		return may_carry ? HELLO_FINE : HELLO_CLEAR;
	/* Repeated, and the opener has it. */
	if (number == h->first && !is_questioned(f) && f->state > WARD_FLOW_ANSWERED)
		return HELLO_FINE;
	place_hello(f, h, number);
	if (f->state != WARD_FLOW_OPENING)
		begin_anew(p, f);
	return HELLO_FINE;
}

static __always_inline int follow_syn(struct xdp_md *ctx, const struct packet *p,
				      struct ward_flow *f, struct ward_hello *h)
{
	if (p->side != f->opener)
		return follow_answer(p, f, h);
	if (!is_good_syn(ctx, p))
		return HELLO_CLEAR;
	return is_opening_syn(p) ? ask(p, f, h) : HELLO_FINE;
}

static __always_inline __u64 word_of(const struct ward_flow *f)
{
	return *(const volatile __u64 *)f;
}

/*
 * In one step with the claim, so that it is of no other flow to which the place was given since.
 * `before`: both words, from before it was judged. When it fails, the next packet will do.
 */
static __always_inline int take_hello(const struct packet *p, struct ward_flow *f, __u64 before,
				      bool is_asked)
{
	__u64 after = before | (__u64)WARD_SEEN_TLS << (32 + WARD_SEEN_SHIFT);

	if (!is_asked)
		after &= ~((__u64)WARD_SEEN_AWAITS << (32 + WARD_SEEN_SHIFT));
	if ((__u32)before == p->claim && is_still_its(f, p))
		__sync_val_compare_and_swap((__u64 *)f, before, after);
	return HELLO_FINE;
}

/* As a RST must be to be believed: so that what is forged blindly cannot end the flow. */
static __always_inline bool is_in_window(const struct ward_flow *f, const struct packet *p)
{
	__u32 other = !(p->side & 1);

	return is_within(p->tcp_sequence, f->acked[other], f->edge[other]);
}

/* Where there is a question, also of what might be another connection. */
static __always_inline int judge_asked(struct xdp_md *ctx, const struct packet *p,
				       const struct ward_hello *h)
{
	return p->tcp_flags & TCP_URG || !holds_hello_at(ctx, p, p->tcp_sequence - h->asked) ?
		       HELLO_CLEAR :
		       HELLO_FINE;
}

/*
 * Urgent data is taken out of the stream (RFC 6093): of what is left, nobody knows which bytes come
 * first.
 */
static __always_inline int judge_segment(struct xdp_md *ctx, const struct packet *p,
					 struct ward_flow *f, struct ward_hello *h)
{
	__u64 before = word_of(f);
	bool fits = is_in_window(f, p);
	bool is_clear;

	if (p->side == f->opener) {
		is_clear = p->tcp_flags & TCP_URG ||
			   !holds_hello_at(ctx, p, p->tcp_sequence - h->first);
		if (!is_clear)
			return judge_asked(ctx, p, h);
	} else if (fits && (__s32)(p->tcp_acknowledged - h->first) >= HELLO_BYTES) {
		h->asked_at = MILLISECONDS(p->now);
		return take_hello(p, f, before, h->asked != h->first);
	} else {
		/* The server of TLS is never the first to speak. */
		is_clear = p->tcp_payload;
	}
	if (!is_clear)
		return HELLO_FINE;
	return fits ? HELLO_CLEAR_FLOW : HELLO_CLEAR;
}

/* Nothing has been answered: what the old connection sends there is only its own again. */
static __always_inline void forget_question(const struct packet *p, struct ward_flow *f,
					    const struct ward_hello *h)
{
	if (is_questioned(f) && MILLISECONDS(p->now) - h->asked_at >= QUESTION_LIFE_MS)
		unsee(f, WARD_SEEN_AWAITS);
}

static __always_inline int judge_awaited(struct xdp_md *ctx, const struct packet *p,
					 struct ward_flow *f, struct ward_hello *h)
{
	if (p->tcp_flags & TCP_RST || f->state == WARD_FLOW_OPENING)
		return p->tcp_payload ? HELLO_CLEAR : HELLO_FINE;
	if (!is_questioned(f))
		return judge_segment(ctx, p, f, h);
	return p->side == f->opener ? judge_asked(ctx, p, h) : HELLO_FINE;
}

/*
 * A first fragment is of any connection on these ports, also of one that begins before the datagram
 * is whole; and while the flow waits, nobody knows what it will carry.
 */
static __always_inline int judge_fragment(const struct packet *p, const struct ward_flow *f)
{
	bool is_awaited = f->seen & WARD_SEEN_AWAITS && !is_questioned(f);

	return p->rule_flags & WARD_RULE_REQUIRES_TLS || is_awaited ? HELLO_CLEAR : HELLO_FINE;
}

static __always_inline int judge_stream(struct xdp_md *ctx, const struct packet *p,
					struct ward_flow *f)
{
	bool is_required = p->rule_flags & WARD_RULE_REQUIRES_TLS;
	bool is_known = f->seen & WARD_SEEN_HELLO;
	struct ward_hello *h = hello_of(p, f);

	if (f->state == WARD_FLOW_CLEAR)
		return HELLO_CLEAR_FLOW;
	if (!is_known && (f->state != WARD_FLOW_OPENING || !is_required))
		return is_required ? HELLO_CLEAR_FLOW : HELLO_FINE;
	if (!h)
		return HELLO_CLEAR;
	if (!is_known) {
		h->asked = h->first = f->acked[!(f->opener & 1)];
		see(f, WARD_SEEN_AWAITS);
	}
	forget_question(p, f, h);
	if (p->kind & IS_FIRST_FRAGMENT)
		return judge_fragment(p, f);
	if (p->tcp_flags & TCP_SYN)
		return follow_syn(ctx, p, f, h);
	return f->seen & WARD_SEEN_AWAITS ? judge_awaited(ctx, p, f, h) : HELLO_FINE;
}

/* All that the opener sends before the other side does. */
static __always_inline int judge_datagram(struct xdp_md *ctx, const struct packet *p,
					  struct ward_flow *f)
{
	__u64 before = word_of(f);

	if (p->protocol != PROTOCOL_UDP || !(f->seen & WARD_SEEN_HELLO))
		return p->rule_flags & WARD_RULE_REQUIRES_TLS ? HELLO_CLEAR_FLOW : HELLO_FINE;
	if (!(f->seen & WARD_SEEN_AWAITS))
		return HELLO_FINE;
	if (p->side != f->opener)
		return take_hello(p, f, before, false);
	return holds_dtls_hello(ctx, p->transport_offset, p->transport_length) ? HELLO_FINE :
										HELLO_CLEAR;
}

/*
 * A stream is still there, for both its ends: it is dropped until a new SYN. Of what has no such
 * beginning, the next packet is the first one of a new flow.
 */
static __always_inline void end_clear(const struct packet *p, struct ward_flow *f)
{
	if (p->protocol != PROTOCOL_TCP) {
		f->expires = 0;
		return;
	}
	see(f, WARD_SEEN_AWAITS);
	f->state = WARD_FLOW_CLEAR;
	f->expires = p->now + CLEAR_LIFE;
}

/* Under a rule that prefers TLS nothing is dropped: the flow is counted, and then forgotten. */
static __always_inline int tolerate_clear(struct packet *p)
{
	if (!p->flow) {
		p->rule_flags |= BEGINS_CLEAR;
		return WARD_CONTINUE;
	}
	if (p->flow->seen & WARD_SEEN_HELLO)
		count_clear(p);
	unsee(p->flow, WARD_SEEN_HELLO);
	return WARD_CONTINUE;
}

static __noinline int judge_encryption(struct xdp_md *ctx, struct packet *p)
{
	struct ward_flow *f = p->flow;
	int verdict;

	if (!f)
		verdict = judge_first(ctx, p);
	else if (p->protocol == PROTOCOL_TCP)
		verdict = judge_stream(ctx, p, f);
	else
		verdict = judge_datagram(ctx, p, f);
	if (verdict == HELLO_FINE)
		return WARD_CONTINUE;
	if (p->rule_flags & WARD_RULE_PREFERS_TLS)
		return tolerate_clear(p);
	if (f && verdict == HELLO_CLEAR_FLOW)
		end_clear(p, f);
	return WARD_CLEAR_TEXT;
}

/* The rule was asked for this packet, or the flow was judged before and needs no more. */
static __always_inline int encryption(struct xdp_md *ctx, struct packet *p)
{
	if (!has_encryption || p->pass || !(p->rule_flags & WARD_RULE_ENCRYPTION))
		return WARD_CONTINUE;
	return judge_encryption(ctx, p);
}

#endif
