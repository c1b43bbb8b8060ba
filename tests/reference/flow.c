/* SPDX-License-Identifier: GPL-2.0-only */
/* Section 11: flows, their states, and the windows of TCP. */
#include <stdlib.h>
#include <string.h>

#include "packet.h"

struct ref_ends ref_ends_of(const struct ref_packet *p)
{
	bool mine = p->side == WARD_CLINICAL;
	struct ref_ends ends = { .peer = mine ? p->destination : p->source,
				 .peer_port = mine ? p->destination_port : p->source_port,
				 .local_port = mine ? p->source_port : p->destination_port,
				 .protocol = p->protocol, .local = p->local, .type = p->type };

	return ends;
}

static bool same_ends(const struct ref_ends *a, const struct ref_ends *b)
{
	return ref_same(a->peer, b->peer) && a->peer_port == b->peer_port &&
	       a->local_port == b->local_port && a->protocol == b->protocol &&
	       a->local == b->local && a->type == b->type;
}

void ref_end_flow(struct ref_owner *owner, struct ref_flow *flow)
{
	struct ref_flow **at = &owner->flows;

	while (*at != flow)
		at = &(*at)->next;
	*at = flow->next;
	free(flow);
}

/* What has expired is forgotten first. */
struct ref_flow *ref_find_flow(struct ref_packet *p, const struct ref_ends *ends)
{
	struct ref_owner *owner = ref_owner(p);
	struct ref_flow *next, *found = NULL;

	for (struct ref_flow *f = owner->flows; f; f = next) {
		next = f->next;
		if (f->expires <= p->ref->now)
			ref_end_flow(owner, f);
		else if (same_ends(&f->ends, ends))
			found = f;
	}
	return found;
}

static bool has_flags(const struct ref_packet *p)
{
	return p->protocol == IPPROTO_TCP || p->protocol == IPPROTO_SCTP;
}

bool ref_may_open(const struct ref_packet *p)
{
	if (has_flags(p))
		return (p->flags & REF_SYN) && !(p->flags & REF_ACK);
	return p->kind != REF_REPLY;
}

bool ref_replaces(const struct ref_packet *p, const struct ref_flow *flow)
{
	if (p->protocol == IPPROTO_UDP || !ref_may_open(p))
		return false;
	return p->side != flow->opener || flow->state == REF_CLOSING ||
	       flow->state == REF_CLOSED_STATE || flow->state == REF_CLEAR;
}

int ref_check_state(const struct ref_packet *p, const struct ref_flow *flow)
{
	bool opener = p->side == flow->opener;
	unsigned flags = p->flags;

	if (p->kind == REF_REPLY && opener)
		return WARD_UNSOLICITED;
	if (!has_flags(p) || flow->state != REF_OPENING || (flags & REF_RST))
		return WARD_CONTINUE;
	if (opener)
		return (flags & REF_SYN) && !(flags & REF_ACK) ? WARD_CONTINUE : WARD_NOT_OPENED;
	return (flags & REF_FIN) ? WARD_NOT_OPENED : WARD_CONTINUE;
}

static uint64_t timeout(const struct ref_flow *flow)
{
	if (flow->ends.protocol == IPPROTO_UDP)
		return flow->state != REF_ESTABLISHED ? 30 : flow->known ? 3600 : 180;
	if (flow->ends.protocol != IPPROTO_TCP && flow->ends.protocol != IPPROTO_SCTP)
		return 30;
	switch (flow->state) {
	case REF_ESTABLISHED:
		return 4 * 3600;
	case REF_CLOSING:
		return 120;
	case REF_CLOSED_STATE:
		return 10;
	}
	return 30;
}

static void prolong(const struct ref_packet *p, struct ref_flow *flow)
{
	flow->expires = p->ref->now + timeout(flow) * SECOND;
}

static int32_t ahead(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

/* Signed differences, both ends inclusive. */
static bool within(uint32_t value, uint32_t low, uint32_t high)
{
	return ahead(value, low) >= 0 && ahead(value, high) <= 0;
}

/* The opener's SYN: what the other side will acknowledge is known, its window is not. */
static void read_syn(const struct ref_packet *p, struct ref_flow *flow)
{
	flow->acked[!p->side] = flow->edge[!p->side] = p->sequence + 1;
	flow->acked[p->side] = flow->edge[p->side] = 0;
	flow->scale[p->side] = p->scale;
}

/* As its acknowledgement and window say; nothing of scales. */
void ref_answer_syn(const struct ref_packet *p, struct ref_flow *flow)
{
	flow->acked[!p->side] = flow->edge[!p->side] = p->sequence + 1;
	flow->acked[p->side] = p->acknowledged;
	flow->edge[p->side] = p->acknowledged + p->window;
}

static void read_syn_ack(const struct ref_packet *p, struct ref_flow *flow)
{
	ref_answer_syn(p, flow);
	flow->scale[p->side] = p->scale;
	flow->scaled = flow->scale[0] >= 0 && flow->scale[1] >= 0;
}

static void read_window(const struct ref_packet *p, struct ref_flow *flow)
{
	int side = p->side;
	uint32_t edge = p->acknowledged;

	if (!(p->flags & REF_ACK) || (p->flags & (REF_SYN | REF_RST)))
		return;
	if (!within(p->sequence, flow->acked[!side] - 65536, flow->edge[!side] + 1))
		return;
	edge += (uint32_t)p->window << (flow->scaled ? flow->scale[side] : 0);
	if (ahead(p->acknowledged, flow->acked[side]) > 0)
		flow->acked[side] = p->acknowledged;
	if (ahead(edge, flow->edge[side]) > 0)
		flow->edge[side] = edge;
}

bool ref_fits_window(const struct ref_packet *p, const struct ref_flow *flow)
{
	return within(p->sequence, flow->acked[!p->side], flow->edge[!p->side]);
}

static bool rst_fits(const struct ref_packet *p, const struct ref_flow *flow)
{
	if (p->protocol != IPPROTO_TCP)
		return true;
	if (flow->state != REF_OPENING)
		return ref_fits_window(p, flow);
	if (p->side == flow->opener)
		return p->sequence == flow->acked[!p->side];
	return (p->flags & REF_ACK) && p->acknowledged == flow->acked[p->side];
}

static bool fin_fits(const struct ref_packet *p, const struct ref_flow *flow)
{
	return p->protocol != IPPROTO_TCP ||
	       within(p->sequence + p->payload, flow->acked[!p->side] - 1,
		      flow->edge[!p->side] + 1);
}

static void close_flow(const struct ref_packet *p, struct ref_flow *flow)
{
	flow->state = REF_CLOSED_STATE;
	prolong(p, flow);
}

/* A FIN marks its side; the second one closes. */
static void mark_fin(const struct ref_packet *p, struct ref_flow *flow)
{
	flow->fin[p->side] = true;
	flow->state = flow->fin[0] && flow->fin[1] ? REF_CLOSED_STATE : REF_CLOSING;
}

/* Without RST and FIN that do not fit: the packet's flags as the flow believes them. */
static void advance_flags(const struct ref_packet *p, struct ref_flow *flow, unsigned flags)
{
	bool opener = p->side == flow->opener;
	bool fin = flags & REF_FIN;

	switch (flow->state) {
	case REF_OPENING:
		if (!opener && (flags & REF_SYN))
			flow->state = REF_ANSWERED;
		break;
	case REF_ANSWERED:
		if (!opener || (flags & REF_SYN))
			break;
		flow->state = REF_ESTABLISHED;
		flow->was_established = true;
		if (fin)
			mark_fin(p, flow);
		break;
	case REF_CLOSED_STATE:
		if (!flow->was_established || (flow->fin[0] && flow->fin[1]) ||
		    (p->flags & REF_RST))
			return;
		flow->state = flow->fin[0] || flow->fin[1] ? REF_CLOSING : REF_ESTABLISHED;
		if (fin)
			mark_fin(p, flow);
		if (flow->state == REF_CLOSED_STATE)
			return;	/* it was the second FIN: closed before, and closed now */
		break;
	case REF_CLEAR:
		flow->state = flow->fin[0] || flow->fin[1] ? REF_CLOSING : REF_ESTABLISHED;
		flow->was_established = true;
		if (fin)
			mark_fin(p, flow);
		break;
	default:
		if (fin)
			mark_fin(p, flow);
	}
	prolong(p, flow);
}

static void advance_stream(const struct ref_packet *p, struct ref_flow *flow)
{
	bool opener = p->side == flow->opener;
	unsigned flags = p->flags;

	if ((flags & REF_RST) && rst_fits(p, flow)) {
		if (flow->state != REF_CLOSED_STATE)
			close_flow(p, flow);
		return;
	}
	flags &= ~REF_RST;
	if ((flags & REF_FIN) && !fin_fits(p, flow))
		flags &= ~REF_FIN;
	if (flow->state != REF_OPENING)
		read_window(p, flow);
	else if (flags & REF_SYN)
		opener ? read_syn(p, flow) : read_syn_ack(p, flow);
	advance_flags(p, flow, flags);
}

void ref_advance(const struct ref_packet *p, struct ref_flow *flow)
{
	bool opener = p->side == flow->opener;

	if (has_flags(p)) {
		advance_stream(p, flow);
		return;
	}
	if (!opener && flow->state == REF_OPENING)
		flow->state = REF_ANSWERED;
	if (opener && flow->state == REF_ANSWERED)
		flow->state = REF_ESTABLISHED;
	prolong(p, flow);
}

void ref_open_flow(const struct ref_packet *p, struct ref_flow *flow)
{
	flow->opener = p->side;
	flow->state = REF_OPENING;
	flow->scale[0] = flow->scale[1] = -1;
	if (p->protocol == IPPROTO_TCP)
		read_syn(p, flow);
	prolong(p, flow);
}
