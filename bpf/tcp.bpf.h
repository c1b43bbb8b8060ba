/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The states of TCP and SCTP flows, and which RST and FIN of TCP to believe.
 *
 * For each side the flow knows what that side has acknowledged, and the end of the window that it
 * has offered: so where the other side's next segments must lie (RFC 9293, 3.4). The two sides'
 * packets may be on two CPUs at once. Each writes what its own side has said, by plain stores of
 * whole words, so the worst that a race can do is that one packet's news is lost until the next
 * one. These words only decide whether a RST or FIN shortens the life of the flow: never whether a
 * packet passes.
 */
#ifndef WARDGATE_TCP_BPF_H
#define WARDGATE_TCP_BPF_H

#include "place.bpf.h"

#define TCP_HEADER 20
#define TCP_MOST_OPTIONS 40
#define TCP_OPTION_END 0
#define TCP_OPTION_NOP 1
#define TCP_OPTION_SCALE 3
#define TCP_SCALE_LENGTH 3
#define TCP_MOST_SCALE 14	/* RFC 7323, 2.3: more counts as this */
#define TCP_NO_SCALE 15		/* the SYN had no such option */

/* Not too far behind: a retransmission, a probe. As much as a window without scaling. */
#define TCP_LOOSE 65536

static __always_inline bool is_opening_syn(const struct packet *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/* What a flow learns from a packet. Apart from it, so that the functions below can be global. */
struct segment {
	__u64 now;
	__u32 sequence;
	__u32 acknowledged;
	__u16 window;
	__u16 payload;
	__u8 flags;
	__u8 side;
	__u8 protocol;
	__u8 scale;	/* that a SYN offers */
};

static __always_inline struct segment segment_of(const struct packet *p)
{
	return (struct segment){ .now = p->now, .sequence = p->tcp_sequence,
				 .acknowledged = p->tcp_acknowledged, .window = p->tcp_window,
				 .payload = p->tcp_payload, .flags = p->tcp_flags,
				 .side = p->side & 1, .protocol = p->protocol };
}

/* Is it from `first` to `last`, in a space of numbers that wraps? */
static __always_inline bool is_within(__u32 sequence, __u32 first, __u32 last)
{
	return (__s32)(sequence - first) >= 0 && (__s32)(last - sequence) >= 0;
}

/* 0 when it is not there. */
static __always_inline __u32 byte_at(struct xdp_md *ctx, __u32 at)
{
	__u8 byte = 0;

	return bpf_xdp_load_bytes(ctx, at, &byte, 1) ? 0 : byte;
}

/*
 * The window scale that a SYN offers, in `length` bytes of options. The walk ends at what is
 * malformed, and the last one counts, as in a host. Byte by byte, for there is little left of the
 * stack; and a global function, which the verifier looks at once.
 */
__noinline __u32 read_scale(struct xdp_md *ctx, __u32 at, __u32 length)
{
	__u32 end = at + length, scale = TCP_NO_SCALE;

	for (int i = 0; i < TCP_MOST_OPTIONS && at < end; i++) {
		__u32 kind = byte_at(ctx, at), size = 1;

		if (kind == TCP_OPTION_END)
			break;
		if (kind != TCP_OPTION_NOP) {
			size = byte_at(ctx, at + 1);
			if (size < 2 || at + size > end)
				break;
		}
		if (kind == TCP_OPTION_SCALE && size == TCP_SCALE_LENGTH) {
			scale = byte_at(ctx, at + 2);
			scale = scale < TCP_MOST_SCALE ? scale : TCP_MOST_SCALE;
		}
		at += size;
	}
	return scale;
}

/* The opener's SYN, first or repeated. Of the opener nothing is acknowledged yet. */
static __always_inline void begin_window(const struct segment *s, struct ward_flow *f)
{
	__u32 opener = s->side & 1, other = !opener;

	f->acked[other] = f->edge[other] = s->sequence + 1;
	f->acked[opener] = f->edge[opener] = 0;
	f->scale = (s->scale & 15) << 4 * opener;
}

/* The answer to it. RFC 7323, 2.2: windows of SYNs are not scaled, and both must offer it. */
static __always_inline void answer_window(const struct segment *s, struct ward_flow *f)
{
	__u32 other = s->side & 1, opener = !other;
	__u32 mine = s->scale & 15, its = f->scale >> 4 * opener & 15;

	f->acked[opener] = f->edge[opener] = s->sequence + 1;
	f->acked[other] = s->acknowledged;
	f->edge[other] = s->acknowledged + s->window;
	f->scale = mine == TCP_NO_SCALE || its == TCP_NO_SCALE ? 0 : mine << 4 * other |
								     its << 4 * opener;
}

/* On the path of every packet: few comparisons, and all that they read in the flow's cache line. */
static __always_inline void follow_window(const struct segment *s, struct ward_flow *f)
{
	__u32 side = s->side & 1, other = !side, edge;

	if ((s->flags & (TCP_SYN | TCP_RST | TCP_ACK)) != TCP_ACK)
		return;
	if (!is_within(s->sequence, f->acked[other] - TCP_LOOSE, f->edge[other] + 1))
		return;
	if ((__s32)(s->acknowledged - f->acked[side]) > 0)
		f->acked[side] = s->acknowledged;
	edge = s->acknowledged + ((__u32)s->window << (f->scale >> 4 * side & 15));
	if ((__s32)(edge - f->edge[side]) > 0)
		f->edge[side] = edge;
}

/*
 * Would the other end believe this RST? RFC 9293, 3.5.2: in SYN-SENT by what it acknowledges; else
 * by its place in the window. (RFC 5961, 3.2 asks for the exact number, which only the end knows.)
 */
static __always_inline bool believes_reset(const struct ward_flow *f, const struct segment *s)
{
	__u32 side = s->side & 1, other = !side;

	if (s->protocol != PROTOCOL_TCP)
		return true;
	if (f->state == WARD_FLOW_OPENING && s->side != f->opener)
		return s->flags & TCP_ACK && s->acknowledged == f->acked[side];
	return is_within(s->sequence, f->acked[other], f->edge[other]);
}

static __always_inline bool believes_fin(const struct ward_flow *f, const struct segment *s)
{
	__u32 other = !(s->side & 1);

	return s->protocol != PROTOCOL_TCP ||
	       is_within(s->sequence + s->payload, f->acked[other] - 1, f->edge[other] + 1);
}

/*
 * What no host sends in this state. Until the SYN is answered, the opener can only repeat it or
 * give up; the answer is SYN+ACK, RST, or the bare ACK of a half-open peer (RFC 9293, 3.5.1).
 */
static __always_inline bool is_out_of_state(const struct ward_flow *f, const struct packet *p)
{
	if (f->state != WARD_FLOW_OPENING || p->tcp_flags & TCP_RST)
		return false;
	return p->side == f->opener ? !is_opening_syn(p) : p->tcp_flags & TCP_FIN;
}

/* The state after this packet of a live flow. `fin` is its FIN flag, when that is believed. */
static __always_inline __u8 next_stream_state(const struct ward_flow *f, const struct segment *s,
					      bool fin)
{
	__u8 state = f->state, seen = f->seen;
	bool from_opener = s->side == f->opener;

	if (s->flags & TCP_RST && believes_reset(f, s))
		return WARD_FLOW_CLOSED_BOTH;
	if (state == WARD_FLOW_OPENING)
		return !from_opener && s->flags & TCP_SYN ? WARD_FLOW_ANSWERED : state;
	if (state == WARD_FLOW_ANSWERED && (!from_opener || s->flags & TCP_SYN))
		return state;
	/*
	 * A RST that the ends did not believe (RFC 5961, 3.2) closes nothing: when they go on, so
	 * does the flow.
	 */
	if (state == WARD_FLOW_CLOSED_BOTH &&
	    (s->flags & TCP_RST || !(seen & WARD_SEEN_ESTABLISHED) ||
	     (seen & WARD_SEEN_BOTH_FINS) == WARD_SEEN_BOTH_FINS))
		return state;
	if (fin)
		seen |= WARD_SEEN_FIN << (s->side & 1);
	if ((seen & WARD_SEEN_BOTH_FINS) == WARD_SEEN_BOTH_FINS)
		return WARD_FLOW_CLOSED_BOTH;
	return seen & WARD_SEEN_BOTH_FINS ? WARD_FLOW_CLOSING : WARD_FLOW_ESTABLISHED;
}

#endif
