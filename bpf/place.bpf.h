/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The places of a device's flows. Each device has its own, so a search and a new flow touch nothing
 * of another device. A flow that has expired is a free place; nobody has to clean up.
 */
#ifndef WARDGATE_PLACE_BPF_H
#define WARDGATE_PLACE_BPF_H

#include "packet.bpf.h"

static __always_inline bool is_stream(__u8 protocol)
{
	return protocol == PROTOCOL_TCP || protocol == PROTOCOL_SCTP;
}

/*
 * In routed mode, between two devices, the packet is judged a second time, as received: it came in
 * on the clinical side, where its sender has been identified.
 */
static __always_inline bool is_second_judgement(const struct packet *p)
{
	return p->port_flags & WARD_PORT_ROUTED && p->port_side == WARD_CLINICAL;
}

/* As the members of the same union in struct ward_flow stand, on a little-endian machine. */
static __always_inline __u64 ends_of(const struct packet *p)
{
	return (__u64)p->peer_port | (__u64)p->local_port << 16 | (__u64)p->protocol << 32 |
	       (__u64)p->local_number << 40 | (__u64)p->type << 48;
}

static __always_inline __u32 claim_of_place(const struct ward_flow *f)
{
	return *(const volatile __u32 *)&f->claim;
}

static __always_inline bool is_live(const struct ward_flow *f, __u64 now)
{
	return (claim_of_place(f) & WARD_FLOW_CLAIM) == WARD_FLOW_LIVE && f->expires > now;
}

/* 0 when it is the same: in two words, as union address is, and without a branch. */
static __always_inline __u64 differs_from(const __be32 peer[4], const union address *address)
{
	const __u64 *half = (const __u64 *)peer;

	return (half[1] ^ address->half[1]) | (half[0] ^ address->half[0]);
}

/* Added to the whole word: a byte has no atomic operation. */
static __always_inline void see(struct ward_flow *f, __u32 seen)
{
	if ((f->seen & seen) != seen)
		__sync_fetch_and_or(&f->status, seen << WARD_SEEN_SHIFT);
}

static __always_inline void unsee(struct ward_flow *f, __u32 seen)
{
	if (f->seen & seen)
		__sync_fetch_and_and(&f->status, ~(seen << WARD_SEEN_SHIFT));
}

static __always_inline bool is_flow_of(const struct ward_flow *f, const struct packet *p)
{
	return !((f->ends ^ p->ends) | differs_from(f->peer, &p->peer));
}

/*
 * Is the place still that of the flow which was found? It may have been given to another one, also
 * of the same ends.
 */
static __always_inline bool is_still_its(const struct ward_flow *f, const struct packet *p)
{
	return claim_of_place(f) == p->claim && is_flow_of(f, p) && is_live(f, p->now);
}

/* The first of the far places where the flow may stand. The seed is secret. */
static __always_inline __u32 far_start(const struct packet *p)
{
	__u64 h = (flow_seed ^ p->ends) * 0x9e3779b97f4a7c15ull;

	h = (h ^ h >> 32 ^ p->peer.half[1]) * 0xd6e8feb86659fd93ull;
	h = (h ^ h >> 32 ^ p->peer.half[0]) * 0xc2b2ae3d27d4eb4full;
	return (h >> 32) * WARD_FAR_FLOWS >> 32;
}

static __always_inline struct ward_far_flows *far_flows_of(const struct packet *p)
{
	__u32 index = p->owner - WARD_OWNER_FIRST_DEVICE;

	return bpf_map_lookup_elem(&far_flows, &index);
}

/*
 * An index that is less than its limit, in a way that the verifiers of Linux 6.1 and 6.12 see. It
 * always is; the compiler knows, and would drop a test in C.
 */
#define BELOW(index, limit) \
	asm volatile("if %0 < %1 goto +1\n\t%0 = 0" : "+r"(index) : "i"(limit))

/* The place that is `step` places after the first one. */
static __always_inline struct ward_flow *far_place(struct ward_far_flows *far, __u32 start,
						   __u32 step)
{
	__u64 at = (__u64)start + step;

	if (at >= WARD_FAR_FLOWS)
		at -= WARD_FAR_FLOWS;
	BELOW(at, WARD_FAR_FLOWS);
	return &far->place[at];
}

#define NOT_FOUND 0xffffffffu

/*
 * The number itself: no frame is 16 MiB long. The verifier does not know, and so does not follow
 * what comes after once for each place.
 */
static __always_inline __u64 any_place(const struct packet *p, __u32 number)
{
	return number ^ p->length >> 24;
}

/* The searches below are global functions: the verifier looks at each once, not at each call. */
struct flow_key {
	union address peer;
	__u64 ends;
};

/*
 * How far from `start` the flow stands, or NOT_FOUND. Places are filled in the order of the search,
 * so it ends at one that was never used.
 */
__noinline __u32 search_far(struct ward_far_flows *far, __u32 start, const struct flow_key *key,
			    __u64 now)
{
	if (!far || !key)
		return NOT_FOUND;
	for (__u32 step = 0; step < WARD_FLOW_WINDOW; step++) {
		const struct ward_flow *f = far_place(far, start, step);

		if (!((f->ends ^ key->ends) | differs_from(f->peer, &key->peer)) && is_live(f, now))
			return step;
		if (f->claim == WARD_FLOW_UNUSED)
			break;
	}
	return NOT_FOUND;
}

static __noinline struct ward_flow *find_far_flow(const struct packet *p)
{
	const struct flow_key key = { .peer = p->peer, .ends = p->ends };
	struct ward_far_flows *far = far_flows_of(p);
	__u32 start = far_start(p), step;

	if (!far)
		return NULL;
	step = search_far(far, start, &key, p->now);
	return step < WARD_FLOW_WINDOW ? far_place(far, start, step) : NULL;
}

/* Reads one cache line for each place that it looks at. */
static __always_inline struct ward_flow *find_flow(const struct packet *p)
{
	__u64 at;
	__u32 i;

	for (i = 0; i < WARD_NEAR_FLOWS; i++) {
		const struct ward_flow *f = &p->share->near[i];

		if (is_flow_of(f, p) && is_live(f, p->now))
			break;
		if (f->claim == WARD_FLOW_UNUSED)
			return NULL;
	}
	if (i == WARD_NEAR_FLOWS)
		return find_far_flow(p);
	at = any_place(p, i);
	BELOW(at, WARD_NEAR_FLOWS);
	return &p->share->near[at];
}

/* All places of a device, in the order of the search; only for what is rare. */
static __always_inline struct ward_flow *numbered_place(struct ward_share *share,
							struct ward_far_flows *far, __u32 start,
							__u32 number)
{
	__u64 at = number;

	if (number >= WARD_NEAR_FLOWS)
		return far_place(far, start, number - WARD_NEAR_FLOWS);
	BELOW(at, WARD_NEAR_FLOWS);
	return &share->near[at];
}

#define ANY_RULE 0xffffffffu

/* 1 or 0, and no branch: of each the verifier would follow both ways, for each place. */
static __always_inline __u64 is_zero(__u64 x)
{
	__u64 negative = -x;

	barrier_var(negative);
	return ((x | negative) >> 63) ^ 1;
}

static __always_inline __u64 is_counted(const struct ward_flow *f, __u32 rule, __u32 mask,
					__u64 now)
{
	__u32 held = claim_of_place(f) & WARD_FLOW_CLAIM;
	__u64 is_before = (now - f->expires) >> 63;

	return is_zero((held ^ WARD_FLOW_LIVE) | ((f->rule ^ rule) & mask)) & is_before;
}

/* Has the device, or one of its rules, this many live flows? */
__noinline int has_flows(struct ward_share *share, struct ward_far_flows *far, __u32 rule,
			 __u32 limit, __u64 now)
{
	__u32 mask = rule == ANY_RULE ? 0 : ~0u;
	__u64 count = 0;

	if (!share || !far)
		return 0;
	for (__u32 i = 0; i < WARD_NEAR_FLOWS; i++)
		count += is_counted(&share->near[i], rule, mask, now);
	/* Those behind are used when these are. */
	if (share->near[WARD_NEAR_FLOWS - 1].claim == WARD_FLOW_UNUSED)
		return count >= limit;
	for (__u32 i = 0; i < WARD_FAR_FLOWS; i++)
		count += is_counted(&far->place[i], rule, mask, now);
	return count >= limit;
}

/*
 * Without the flow that this packet replaces. Two CPUs that open flows at the same time may both
 * find room for the last one.
 */
static __always_inline bool is_full(const struct packet *p, __u32 rule, __u32 limit)
{
	const struct ward_flow *reuse = p->reuse;
	struct ward_far_flows *far;

	if (!has_quotas || !limit)
		return false;
	far = far_flows_of(p);
	if (!far)
		return false;
	if (reuse && is_live(reuse, p->now) && (rule == ANY_RULE || reuse->rule == rule))
		limit++;
	return has_flows(p->share, far, rule, limit, p->now);
}

/* Has no end that could be seen, and is kept for long. */
static __always_inline bool is_dtls(const struct ward_flow *f)
{
	return has_encryption && f->protocol == PROTOCOL_UDP && f->seen & WARD_SEEN_TLS;
}

/*
 * May give way to a new flow: nobody has answered it, nothing of it may pass, or it was one
 * question and its answer. Sessions of DTLS as the last ones, for they expire last.
 */
static __always_inline bool gives_way(const struct ward_flow *f)
{
	return f->state == WARD_FLOW_OPENING || f->state == WARD_FLOW_CLEAR ||
	       (f->state == WARD_FLOW_ANSWERED && !is_stream(f->protocol)) || is_dtls(f);
}

static __always_inline bool is_free(const struct ward_flow *f, __u64 now)
{
	__u32 held = claim_of_place(f) & WARD_FLOW_CLAIM;

	return held == WARD_FLOW_UNUSED || (held == WARD_FLOW_LIVE && f->expires <= now);
}

/*
 * The best place for a new flow: an unused or expired one; else, of those that give way, the first
 * to expire. NOT_FOUND if there is none.
 */
__noinline __u32 best_place(struct ward_share *share, struct ward_far_flows *far, __u32 start,
			    __u64 now)
{
	__u64 first = ~0ull;
	__u32 best = NOT_FOUND;

	if (!share || !far)
		return NOT_FOUND;
	for (__u32 i = 0; i < WARD_NEAR_FLOWS + WARD_FLOW_WINDOW; i++) {
		const struct ward_flow *f = numbered_place(share, far, start, i);

		if (is_free(f, now))
			return i;
		if (is_live(f, now) && gives_way(f) && f->expires < first) {
			first = f->expires;
			best = i;
		}
	}
	return best;
}

static __always_inline struct ward_flow *place_for(const struct packet *p)
{
	struct ward_far_flows *far = far_flows_of(p);
	__u32 start = far_start(p), number;

	if (!far)
		return NULL;
	number = best_place(p->share, far, start, p->now);
	return number < WARD_FLOWS ? numbered_place(p->share, far, start, number) : NULL;
}

/* The next claim of a place whose claim this was: counted up, so that an old one fits no more. */
static __always_inline __u32 next_claim(__u32 claim, enum ward_flow_claim held)
{
	return (claim & ~WARD_FLOW_CLAIM) + WARD_FLOW_CLAIM + 1 + held;
}

/*
 * Makes the place this CPU's own; false when another CPU was quicker, or when what stands there is
 * neither what the packet replaces nor what gives way. `claim` becomes who held it.
 */
static __always_inline bool take_place(const struct packet *p, struct ward_flow *f, __u32 *claim)
{
	__u32 old = claim_of_place(f);

	*claim = old;
	if ((old & WARD_FLOW_CLAIM) == WARD_FLOW_BUSY ||
	    __sync_val_compare_and_swap(&f->claim, old, next_claim(old, WARD_FLOW_BUSY)) != old)
		return false;
	if (f == p->reuse ? is_flow_of(f, p) : f->expires <= p->now || gives_way(f))
		return true;
	__sync_lock_test_and_set(&f->claim, old);
	return false;
}

#endif
