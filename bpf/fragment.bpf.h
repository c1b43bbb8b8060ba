/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fragments. The first one of a datagram has ports, and is judged as a whole packet is. The others
 * follow it: nothing of them may be judged by bytes that another fragment could replace (RFC 1858,
 * RFC 3128, RFC 5722), so no byte passes twice, and none before the first ones.
 *
 * A place belongs to one CPU while it changes it. Another fragment of the same datagram that comes
 * on another CPU in this moment is dropped as fragment_limit: it could only be judged by ranges
 * which are just being written, and the sender repeats the datagram.
 */
#ifndef WARDGATE_FRAGMENT_BPF_H
#define WARDGATE_FRAGMENT_BPF_H

#include "limits.bpf.h"
#include "state.bpf.h"
#include "time.bpf.h"

/* RFC 1122, 3.3.2 and RFC 8200, 4.5 wait for 60 s at most. */
#define FRAGMENT_LIFE (30 * SECOND)
#define FRAGMENT_UNIT 8
#define DATAGRAM_MOST 65535

/* To which datagram a fragment belongs (RFC 791, 3.2; RFC 8200, 4.5). */
struct datagram_key {
	union address peer;
	__u32 id;
	__u8 protocol;
	__u8 side;
	__u8 local;
	__u8 zero;
};

static __always_inline struct datagram_key datagram_of(const struct packet *p)
{
	return (struct datagram_key){ .peer = p->peer, .id = p->fragment_id,
				      .protocol = p->protocol, .side = p->side,
				      .local = p->local_number };
}

static __always_inline bool is_of_datagram(const struct ward_fragment *f,
					   const struct datagram_key *key)
{
	return f->id == key->id && f->protocol == key->protocol && f->side == key->side &&
	       f->local == key->local && !differs_from(f->peer, &key->peer);
}

static __always_inline struct ward_fragments *fragments_of(const struct packet *p)
{
	__u32 index = p->owner - WARD_OWNER_FIRST_DEVICE;

	return bpf_map_lookup_elem(&fragments, &index);
}

static __always_inline struct ward_fragment *fragment_place(struct ward_fragments *all,
							    __u64 number)
{
	BELOW(number, WARD_FRAGMENTS);
	return &all->place[number];
}

static __always_inline __u32 claim_of(const struct ward_fragment *f)
{
	return *(const volatile __u32 *)&f->claim;
}

/* Makes the place this CPU's own. */
static __always_inline bool hold(struct ward_fragment *f)
{
	__u32 claim = claim_of(f);

	return (claim & WARD_FLOW_CLAIM) != WARD_FLOW_BUSY &&
	       __sync_val_compare_and_swap(&f->claim, claim, next_claim(claim, WARD_FLOW_BUSY)) ==
		       claim;
}

static __always_inline void release(struct ward_fragment *f)
{
	__sync_lock_test_and_set(&f->claim, next_claim(f->claim, WARD_FLOW_LIVE));
}

/* The number of the datagram's place, unexpired; another CPU may be writing it. */
__noinline __u32 search_datagram(struct ward_fragments *all, const struct datagram_key *key,
				 __u64 now)
{
	if (!all || !key)
		return NOT_FOUND;
	for (__u32 i = 0; i < WARD_FRAGMENTS; i++) {
		const struct ward_fragment *f = &all->place[i];

		if (is_of_datagram(f, key) && f->expires > now)
			return i;
	}
	return NOT_FOUND;
}

static __noinline struct ward_fragment *find_datagram(const struct packet *p)
{
	const struct datagram_key key = datagram_of(p);
	struct ward_fragments *all = fragments_of(p);
	__u32 number = all ? search_datagram(all, &key, p->now) : NOT_FOUND;

	return all && number < WARD_FRAGMENTS ? fragment_place(all, number) : NULL;
}

/*
 * The number of a place that was free, and is this CPU's now. One that another CPU holds is being
 * given to a datagram: not free.
 */
__noinline __u32 hold_free_place(struct ward_fragments *all, __u64 now)
{
	if (!all)
		return NOT_FOUND;
	for (__u32 i = 0; i < WARD_FRAGMENTS; i++) {
		struct ward_fragment *f = &all->place[i];

		if (f->expires > now || !hold(f))
			continue;
		if (f->expires <= now)
			return i;
		release(f);
	}
	return NOT_FOUND;
}

/* For a first fragment that is allowed. */
static __noinline int take_fragment_place(struct packet *p)
{
	struct ward_fragments *all = fragments_of(p);
	__u32 number = all ? hold_free_place(all, p->now) : NOT_FOUND;
	struct ward_fragment *f;

	if (!all || number >= WARD_FRAGMENTS)
		return WARD_FRAGMENT_LIMIT;
	f = fragment_place(all, number);
	f->id = p->fragment_id;
	for (int i = 0; i < 4; i++)
		f->peer[i] = p->peer.word[i];
	f->rule = p->rule;
	f->generation = generation;
	f->protocol = p->protocol;
	f->side = p->side;
	f->local = p->local_number;
	f->length = 0;
	for (int i = 0; i < WARD_FRAGMENT_RANGES; i++)
		f->passed[i].first = f->passed[i].end = 0;
	f->passed[0].end = p->fragment_length / FRAGMENT_UNIT;
	f->expires = p->now + FRAGMENT_LIFE;
	release(f);
	return WARD_CONTINUE;
}

/*
 * The first fragment was dropped after all. A fragment that passed on another CPU in between does
 * no harm: without the first one the receiver has no datagram.
 */
static __noinline int give_up_datagram(const struct packet *p, int reason)
{
	struct ward_fragment *f = find_datagram(p);

	if (f)
		f->expires = 0;
	return reason;
}

static __always_inline __u32 units(__u32 bytes)
{
	return (bytes + FRAGMENT_UNIT - 1) / FRAGMENT_UNIT;
}

/* Where the datagram ends, as far as is known: no last fragment may end before. */
static __always_inline __u32 known_end(const struct ward_fragment *f)
{
	__u32 end = 0;

	if (f->length)
		return f->length;
	for (int i = 0; i < WARD_FRAGMENT_RANGES; i++)
		if (f->passed[i].end > end)
			end = f->passed[i].end;
	return end * FRAGMENT_UNIT;
}

/*
 * May these bytes still pass? `end` is one past the last of them. A range that touches another one
 * grows it; one that does not needs a place of its own.
 */
__noinline int check_range(const struct ward_fragment *f, __u32 start, __u32 end, bool is_last)
{
	__u32 first = start / FRAGMENT_UNIT, last = units(end);
	bool has_room = false;

	if (!f || (f->length && end > f->length) || (is_last && end < known_end(f)))
		return WARD_FRAGMENT_RANGE;
	for (int i = 0; i < WARD_FRAGMENT_RANGES; i++) {
		if (first < f->passed[i].end && f->passed[i].first < last)
			return WARD_FRAGMENT_OVERLAP;
		has_room |= !f->passed[i].end || f->passed[i].end == first ||
			    f->passed[i].first == last;
	}
	return has_room ? WARD_CONTINUE : WARD_FRAGMENT_LIMIT;
}

/* Takes out what touches the range, and puts in all of it as one. */
__noinline int add_range(struct ward_fragment *f, __u32 start, __u32 end, bool is_last)
{
	__u32 first = start / FRAGMENT_UNIT, last = units(end), length;
	bool is_in = false;

	if (!f)
		return 0;
	for (int i = 0; i < WARD_FRAGMENT_RANGES; i++) {
		__u32 before = f->passed[i].first, after = f->passed[i].end;

		if (!after || (after != first && before != last))
			continue;
		first = before < first ? before : first;
		last = after > last ? after : last;
		f->passed[i].first = f->passed[i].end = 0;
	}
	for (int i = 0; i < WARD_FRAGMENT_RANGES; i++) {
		if (is_in || f->passed[i].end)
			continue;
		f->passed[i].first = first;
		f->passed[i].end = last;
		is_in = true;
	}
	if (is_last)
		f->length = end;
	length = f->length;
	/* Nothing is missing: the place is free. */
	if (length && !first && last == units(length))
		f->expires = 0;
	return 0;
}

/* Under the rule of the first one. The place is this CPU's. */
static __always_inline int judge_range(struct ward_fragment *f, struct packet *p)
{
	__u32 start = p->fragment_offset, end = start + p->fragment_length;
	bool is_last = p->kind & IS_LAST_FRAGMENT;
	int reason = check_range(f, start, end, is_last);

	if (reason)
		return reason;
	p->rule = f->rule;
	p->rule_flags = WARD_RULE_LIMITED;	/* perhaps: whether it is, rule_limits knows */
	reason = packet_limits(p);
	if (reason)
		return reason;
	add_range(f, start, end, is_last);
	return WARD_FRAGMENT_PASS;
}

/* The place is this CPU's: but it may have become another datagram's before it was. */
static __always_inline int judge_later(struct ward_fragment *f, struct packet *p)
{
	const struct datagram_key key = datagram_of(p);
	int late;

	if (!is_of_datagram(f, &key) || f->expires <= p->now)
		return WARD_FRAGMENT_ORPHAN;
	if (f->generation == generation) {
		late = has_times ? lateness(f->rule) : WARD_CONTINUE;
		if (!late)
			return judge_range(f, p);
		f->expires = 0;
		return late;
	}
	/* While a publish is under way, the old program leaves the new one's alone. */
	if ((__s32)(f->generation - generation) < 0)
		f->expires = 0;
	return WARD_FRAGMENT_ORPHAN;
}

static __noinline int follow_first(struct packet *p)
{
	struct ward_fragment *f = find_datagram(p);
	int reason;

	if (!f || !p->share)
		return WARD_FRAGMENT_ORPHAN;
	if (!hold(f))
		return WARD_FRAGMENT_LIMIT;
	reason = judge_later(f, p);
	release(f);
	return reason;
}

static __always_inline bool tracks_fragments(const struct packet *p)
{
	const struct ward_profile *profile;

	if (!has_fragments || p->is_quarantined || !p->is_device)
		return false;
	profile = profile_of(p);
	return profile && profile->tracks_fragments;
}

/* Positions are bytes of the payload behind the IP header, or IPv6's fragment header. */
static __always_inline bool is_in_range(const struct packet *p)
{
	__u32 most = DATAGRAM_MOST;

	/* RFC 791: the total length of IPv4 counts the header too. */
	if (p->ethertype == ETHERTYPE_IPV4)
		most -= p->transport_offset - p->network_offset;
	return p->fragment_length && (__u32)p->fragment_offset + p->fragment_length <= most;
}

/*
 * What is decided of a fragment before its rule: of a first one, only that it may be judged; of a
 * later one, everything.
 */
static __always_inline int fragment(struct packet *p)
{
	if (!tracks_fragments(p) || p->kind & (IS_TO_GROUP | IS_ERROR))
		return WARD_FRAGMENT;
	if (!is_in_range(p))
		return WARD_FRAGMENT_RANGE;
	/* RFC 3128, 4.2: it would replace the flags of the TCP header. */
	if (p->fragment_offset == FRAGMENT_UNIT && p->protocol == PROTOCOL_TCP)
		return WARD_FRAGMENT_TINY;
	if (p->kind & IS_LATER_FRAGMENT)
		return follow_first(p);
	return find_datagram(p) ? WARD_FRAGMENT_OVERLAP : WARD_CONTINUE;
}

#endif
