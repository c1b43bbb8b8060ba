/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that ask for TLS: README.md, section 17. A flow must begin with a ClientHello, and nothing
 * is assumed about segments: whatever the opener sends for the first bytes of its stream must be
 * bytes of a ClientHello, first or repeated, in whatever order and pieces. So it does not matter
 * which of them the other side takes; once it has acknowledged them all, no packet is looked at any
 * more. What comes behind them may pass early: no host reads it before them.
 */
#ifndef WARDGATE_HELLO_BPF_H
#define WARDGATE_HELLO_BPF_H

#include "place.bpf.h"
#include "tcp.bpf.h"

/*
 * In packet.rule_flags, beside what the policy says: opens a flow in clear, under a rule that only
 * prefers TLS.
 */
#define BEGINS_CLEAR 0x80

/* Of a flow in clear, from the last packet of it that was dropped. */
#define CLEAR_LIFE (30 * SECOND)

/*
 * RFC 8446, 5.1 and 4; RFC 5246, 6.2.1: handshake; version 3.x, up to what TLS 1.3 might have
 * written; a length of 2^14 at most, as far as its first byte says; ClientHello.
 */
#define HELLO_BYTES 6
static const __u8 hello_least[HELLO_BYTES] = { 22, 3, 0, 0, 0, 1 };
static const __u8 hello_most[HELLO_BYTES] = { 22, 3, 4, 0x40, 0xff, 1 };

#define UDP_HEADER 8
#define DTLS_SHORTEST 12	/* the header of a handshake message (RFC 6347, 4.2.2) */
#define DTLS_LONGEST (1 << 14)

/* UDP's header and a DTLS record's (RFC 6347, 4.1; RFC 9147, 4), and the handshake's first byte. */
struct dtls_hello {
	__be16 source, destination;
	__be16 length, checksum;
	__u8 type;
	__u8 version[2];
	__u8 epoch[2];
	__u8 sequence[6];
	__u8 record_length[2];
	__u8 handshake;
};

_Static_assert(sizeof(struct dtls_hello) == UDP_HEADER + 14, "as on the wire");

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
	return f->seen & WARD_SEEN_AWAITS || (f->seen & WARD_SEEN_TLS && p->tcp_flags & TCP_SYN);
}

/*
 * Of the bytes that the opener sends for its ClientHello, is each what it may be? They begin at
 * `at` of the frame, and the first of them is number `start` of the opener's stream, which is
 * negative when it is behind. Global, as the two below: the verifier looks at each once.
 */
__noinline int holds_hello(struct xdp_md *ctx, __u32 at, __u32 start, __u32 length)
{
	for (__u32 i = 0; i < HELLO_BYTES; i++) {
		__u32 offset = i - start;
		__u8 byte;

		if (offset >= length)
			continue;
		byte = byte_at(ctx, at + offset);
		if (byte < hello_least[i] || byte > hello_most[i])
			return 0;
	}
	return 1;
}

/* `length`: bytes from the UDP header on. */
__noinline int holds_dtls_hello(struct xdp_md *ctx, __u32 at, __u32 length)
{
	struct dtls_hello h;
	__u32 record;

	if (length < sizeof(h) || bpf_xdp_load_bytes(ctx, at, &h, sizeof(h)))
		return 0;
	record = h.record_length[0] << 8 | h.record_length[1];
	return bpf_ntohs(h.length) >= sizeof(h) && h.type == 22 && h.version[0] == 0xfe &&
	       (h.version[1] == 0xff || h.version[1] == 0xfd) && !(h.epoch[0] | h.epoch[1]) &&
	       record >= DTLS_SHORTEST && record <= DTLS_LONGEST && h.handshake == 1;
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

/*
 * Where the stream begins: with what the other side has acknowledged of the opener's SYNs. Where
 * SYNs may carry payload it has acknowledged that too, and the last SYN must do.
 */
static __always_inline void place_hello(struct ward_flow *f, struct ward_hello *h, __u32 first)
{
	/* Before the flow can be ANSWERED on another CPU. */
	__sync_lock_test_and_set(&h->first, first);
	see(f, WARD_SEEN_AWAITS);
	unsee(f, WARD_SEEN_TLS);
}

/*
 * In place of an old connection, which this end has forgotten. It must be an answer: or anybody who
 * can guess the ports could end the old one by it. Windows are as at any SYN+ACK, but for the
 * scales: those of the old one stay.
 */
static __always_inline void begin_anew(const struct packet *p, struct ward_flow *f,
				       struct ward_hello *h)
{
	__u32 other = p->side & 1, opener = !other;

	f->acked[opener] = f->edge[opener] = p->tcp_sequence + 1;
	f->acked[other] = p->tcp_acknowledged;
	f->edge[other] = p->tcp_acknowledged + p->tcp_window;
	place_hello(f, h, p->tcp_acknowledged);
}

static __always_inline int follow_answer(const struct packet *p, struct ward_flow *f,
					 struct ward_hello *h)
{
	bool may_carry = p->rule_flags & WARD_RULE_PREFERS_TLS;

	if (p->tcp_payload)
		return HELLO_CLEAR;
	if (f->state == WARD_FLOW_OPENING) {
		h->asked = p->tcp_acknowledged;
		place_hello(f, h, may_carry ? f->acked[p->side & 1] : p->tcp_acknowledged);
	} else if (p->tcp_acknowledged == h->asked && h->asked != h->first) {
		begin_anew(p, f, h);
	} else if (p->tcp_acknowledged != h->first && !may_carry) {
		return HELLO_CLEAR;
	}
	return HELLO_FINE;
}

static __always_inline int follow_syn(struct xdp_md *ctx, const struct packet *p,
				      struct ward_flow *f, struct ward_hello *h)
{
	if (p->side != f->opener)
		return follow_answer(p, f, h);
	if (!is_good_syn(ctx, p))
		return HELLO_CLEAR;
	if (is_opening_syn(p))
		h->asked = p->tcp_sequence + 1;
	return HELLO_FINE;
}

/*
 * Not while the place is given to another flow, which this packet says nothing of: see judged().
 */
static __always_inline int take_hello(const struct packet *p, struct ward_flow *f)
{
	see(f, WARD_SEEN_TLS);
	unsee(f, WARD_SEEN_AWAITS);
	if (!is_flow_of(f, p) || !is_live(f, p->now)) {
		see(f, WARD_SEEN_AWAITS);
		unsee(f, WARD_SEEN_TLS);
	}
	return HELLO_FINE;
}

/* As a RST must be to be believed: so that what is forged blindly cannot end the flow. */
static __always_inline bool is_in_window(const struct ward_flow *f, const struct packet *p)
{
	__u32 other = !(p->side & 1);

	return is_within(p->tcp_sequence, f->acked[other], f->edge[other]);
}

/*
 * Urgent data is taken out of the stream (RFC 6093): of what is left, nobody knows which bytes come
 * first.
 */
static __always_inline int judge_segment(struct xdp_md *ctx, const struct packet *p,
					 struct ward_flow *f, const struct ward_hello *h)
{
	bool fits = is_in_window(f, p);
	bool is_clear;

	if (p->side == f->opener) {
		is_clear = p->tcp_flags & TCP_URG ||
			   !holds_hello_at(ctx, p, p->tcp_sequence - h->first);
	} else if (fits && (__s32)(p->tcp_acknowledged - h->first) >= HELLO_BYTES) {
		return take_hello(p, f);
	} else {
		/* The server of TLS is never the first to speak. */
		is_clear = p->tcp_payload;
	}
	if (!is_clear)
		return HELLO_FINE;
	return fits ? HELLO_CLEAR_FLOW : HELLO_CLEAR;
}

static __always_inline int judge_stream(struct xdp_md *ctx, const struct packet *p,
					struct ward_flow *f)
{
	struct ward_hello *h = hello_of(p, f);

	bool is_known = f->seen & (WARD_SEEN_AWAITS | WARD_SEEN_TLS);

	if (f->state == WARD_FLOW_CLEAR)
		return HELLO_CLEAR_FLOW;
	if (!is_known && f->state != WARD_FLOW_OPENING)
		return p->rule_flags & WARD_RULE_REQUIRES_TLS ? HELLO_CLEAR_FLOW : HELLO_FINE;
	if (!h)
		return HELLO_CLEAR;
	if (!is_known) {
		h->asked = h->first = f->acked[!(f->opener & 1)];
		see(f, WARD_SEEN_AWAITS);
	}
	if (p->tcp_flags & TCP_SYN)
		return p->kind & IS_FIRST_FRAGMENT ? HELLO_CLEAR : follow_syn(ctx, p, f, h);
	if (!(f->seen & WARD_SEEN_AWAITS) || p->tcp_flags & TCP_RST)
		return HELLO_FINE;
	/* Of a fragment nobody knows yet what it will carry. */
	if (p->kind & IS_FIRST_FRAGMENT)
		return HELLO_CLEAR;
	if (f->state == WARD_FLOW_OPENING)
		return p->tcp_payload ? HELLO_CLEAR : HELLO_FINE;
	return judge_segment(ctx, p, f, h);
}

/* All that the opener sends before the other side does. */
static __always_inline int judge_datagram(struct xdp_md *ctx, const struct packet *p,
					  struct ward_flow *f)
{
	if (p->protocol != PROTOCOL_UDP || !(f->seen & (WARD_SEEN_AWAITS | WARD_SEEN_TLS)))
		return p->rule_flags & WARD_RULE_REQUIRES_TLS ? HELLO_CLEAR_FLOW : HELLO_FINE;
	if (!(f->seen & WARD_SEEN_AWAITS))
		return HELLO_FINE;
	if (p->side != f->opener)
		return take_hello(p, f);
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
	if (p->flow->seen & (WARD_SEEN_AWAITS | WARD_SEEN_TLS))
		count_clear(p);
	unsee(p->flow, WARD_SEEN_AWAITS | WARD_SEEN_TLS);
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
