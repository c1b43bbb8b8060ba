/* SPDX-License-Identifier: GPL-2.0-only */
/* Section 17: flows that must begin with a ClientHello. */
#include "packet.h"

#define URGENT 0x20

enum opinion {
	GOOD,
	BAD,		/* the packet */
	BAD_FLOW,	/* and the flow is CLEAR */
};

static bool is_required(const struct ref_decision *d)
{
	return d->rule->encryption == REF_REQUIRED;
}

/* README 17.1; `number`: of the byte in the opener's stream. */
static bool is_hello_byte(int32_t number, uint8_t byte)
{
	switch (number) {
	case 0:
		return byte == 22;
	case 1:
		return byte == 3;
	case 2:
		return byte <= 4;
	case 3:
		return byte <= 0x40;
	case 5:
		return byte == 1;
	}
	return true;
}

/* Whether no byte of the segment is wrong, if its first one has this number in the stream. */
static bool is_hello(const struct ref_packet *p, uint32_t number)
{
	const uint8_t *payload = p->bytes + p->at + (p->bytes[p->at + 12] >> 4) * 4u;

	for (unsigned i = 0; i < p->payload; i++)
		if (!is_hello_byte((int32_t)(number + i), payload[i]))
			return false;
	return true;
}

static bool is_dtls_hello(const struct ref_packet *p)
{
	const uint8_t *record = p->bytes + p->at + 8;
	unsigned said = ref_u16(p->bytes + p->at + 4), held = p->left < said ? p->left : said;
	unsigned version, length;

	if (held < 8 + 14)
		return false;
	version = ref_u16(record + 1);
	length = ref_u16(record + 11);
	return record[0] == 22 && (version == 0xfeff || version == 0xfefd) &&
	       ref_u16(record + 3) == 0 && length >= 12 && length <= 16384 && record[13] == 1;
}

bool ref_is_unknown(const struct ref_flow *flow)
{
	return !flow->awaited && !flow->known && !flow->questioned;
}

void ref_forget_hello(struct ref_flow *flow)
{
	flow->awaited = flow->known = flow->questioned = false;
}

bool ref_asks_for_hello(const struct ref_packet *p, const struct ref_flow *flow)
{
	if (flow->awaited || flow->questioned)
		return true;
	return flow->known && p->protocol == IPPROTO_TCP && ((p->flags & REF_SYN) || p->fragment);
}

static void await(struct ref_flow *flow)
{
	ref_forget_hello(flow);
	flow->awaited = true;
}

static void question(const struct ref_packet *p, struct ref_flow *flow)
{
	ref_forget_hello(flow);
	flow->questioned = true;
	flow->asked_at = p->ref->now;
}

static void know(struct ref_flow *flow)
{
	ref_forget_hello(flow);
	flow->known = true;
}

static bool is_good_syn(const struct ref_packet *p, const struct ref_decision *d)
{
	return !p->payload || (!is_required(d) && is_hello(p, 0));
}

static enum opinion judge_new(const struct ref_packet *p, const struct ref_decision *d)
{
	switch (p->protocol) {
	case IPPROTO_TCP:
		return !p->fragment && is_good_syn(p, d) ? GOOD : BAD;
	case IPPROTO_UDP:
		return is_dtls_hello(p) ? GOOD : BAD;
	}
	return BAD;
}

/* 17.4: the SYN+ACKs of the other side. */
static enum opinion judge_answer(const struct ref_packet *p, const struct ref_decision *d)
{
	struct ref_flow *flow = d->flow;
	uint32_t answered = p->acknowledged;

	if (p->payload)
		return BAD;
	if (flow->state == REF_OPENING && !is_required(d)) {
		flow->first = flow->asked = flow->acked[p->side];
		return GOOD;
	}
	if (!(flow->awaited && answered == flow->first) &&
	    !((flow->awaited || flow->questioned) && answered == flow->asked))
		return is_required(d) ? BAD : GOOD;
	if (flow->awaited && answered == flow->first && flow->state != REF_OPENING &&
	    flow->state != REF_ANSWERED)
		return GOOD;
	if (flow->awaited && answered != flow->first)
		flow->asked = flow->first;
	flow->first = answered;
	await(flow);
	if (flow->state == REF_OPENING)
		return GOOD;
	flow->state = REF_ANSWERED;
	flow->fin[0] = flow->fin[1] = flow->was_established = false;
	ref_answer_syn(p, flow);
	return GOOD;
}

static bool is_near(const struct ref_flow *flow, uint32_t number)
{
	return (uint32_t)(number - flow->acked[!flow->opener] + 5) < 0x10000000;
}

/* 17.4: which SYNs pass, when they are required to begin with TLS. */
static bool may_ask(const struct ref_flow *flow, uint32_t number)
{
	if (flow->known)
		return !is_near(flow, number);
	if (flow->questioned)
		return number == flow->asked && !is_near(flow, number);
	if (number == flow->first)
		return flow->state == REF_OPENING || flow->state == REF_ANSWERED;
	return number == flow->asked || flow->first == flow->asked;
}

static enum opinion judge_syn(const struct ref_packet *p, const struct ref_decision *d)
{
	struct ref_flow *flow = d->flow;
	uint32_t number = p->sequence + 1;

	if (p->side != flow->opener)
		return judge_answer(p, d);
	if (!is_good_syn(p, d))
		return BAD;
	if (p->flags & REF_ACK)
		return GOOD;
	if (is_required(d) && !may_ask(flow, number))
		return BAD;
	if (flow->awaited) {
		if (number != flow->first)
			flow->asked = number;
		return GOOD;
	}
	flow->asked = number;
	question(p, flow);
	return GOOD;
}

/* 17.1, of one of the two streams that may begin */
static bool is_good_segment(const struct ref_packet *p, uint32_t first)
{
	return !(p->bytes[p->at + 13] & URGENT) && is_hello(p, p->sequence - first);
}

/* 17.1 and 17.2 */
static enum opinion judge_segment(const struct ref_packet *p, struct ref_flow *flow)
{
	enum opinion bad = ref_fits_window(p, flow) ? BAD_FLOW : BAD;

	if (p->side == flow->opener) {
		if (!is_good_segment(p, flow->first))
			return bad;
		return is_good_segment(p, flow->asked) ? GOOD : BAD;
	}
	if (bad == BAD || (int32_t)(p->acknowledged - flow->first) < 6)
		return p->payload ? bad : GOOD;
	if (flow->asked == flow->first)
		know(flow);
	else
		question(p, flow);
	return GOOD;
}

static uint64_t milliseconds(uint64_t ns)
{
	return ns / 1000000;
}

static enum opinion judge_stream(const struct ref_packet *p, const struct ref_decision *d)
{
	struct ref_flow *flow = d->flow;

	if (flow->state == REF_CLEAR)
		return BAD_FLOW;
	if (ref_is_unknown(flow)) {
		if (!is_required(d))
			return GOOD;
		if (flow->state != REF_OPENING)
			return BAD_FLOW;
		await(flow);
		flow->first = flow->asked = flow->acked[!flow->opener];
	}
	if (flow->questioned && milliseconds(p->ref->now) - milliseconds(flow->asked_at) >= 30000)
		know(flow);
	if (p->fragment)
		return is_required(d) || flow->awaited ? BAD : GOOD;
	if (p->flags & REF_SYN)
		return judge_syn(p, d);
	if (flow->known)
		return GOOD;
	if ((p->flags & REF_RST) || flow->state == REF_OPENING)
		return p->payload ? BAD : GOOD;
	if (flow->awaited)
		return judge_segment(p, flow);
	return p->side != flow->opener || is_good_segment(p, flow->asked) ? GOOD : BAD;
}

static enum opinion judge_datagram(const struct ref_packet *p, const struct ref_decision *d)
{
	struct ref_flow *flow = d->flow;

	if (ref_is_unknown(flow))
		return is_required(d) ? BAD_FLOW : GOOD;
	if (!flow->awaited)
		return GOOD;
	if (p->side == flow->opener)
		return is_dtls_hello(p) ? GOOD : BAD;
	know(flow);
	return GOOD;
}

static enum opinion judge(const struct ref_packet *p, const struct ref_decision *d)
{
	if (d->opens)
		return judge_new(p, d);
	if (p->protocol == IPPROTO_TCP)
		return judge_stream(p, d);
	return judge_datagram(p, d);
}

/* 17.5 to 17.7 */
static void end_flow(struct ref_packet *p, struct ref_decision *d)
{
	struct ref_flow *flow = d->flow;

	if (p->protocol != IPPROTO_TCP) {
		ref_end_flow(ref_owner(p), flow);
		d->flow = NULL;
		return;
	}
	flow->state = REF_CLEAR;
	await(flow);
	flow->expires = p->ref->now + 30 * SECOND;
}

int ref_encryption(struct ref_packet *p, struct ref_decision *d)
{
	enum opinion opinion;

	if (d->rule->encryption == REF_ANY)
		return WARD_CONTINUE;
	opinion = judge(p, d);
	d->awaits = opinion == GOOD;
	if (opinion == GOOD)
		return WARD_CONTINUE;
	if (!is_required(d)) {
		if (!d->opens)
			ref_forget_hello(d->flow);
		return WARD_CONTINUE;
	}
	if (opinion == BAD_FLOW)
		end_flow(p, d);
	return WARD_CLEAR_TEXT;
}
