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

static bool is_good_syn(const struct ref_packet *p, const struct ref_decision *d)
{
	if (p->fragment)
		return false;
	return !p->payload || (!is_required(d) && is_hello(p, 0));
}

static enum opinion judge_new(const struct ref_packet *p, const struct ref_decision *d)
{
	switch (p->protocol) {
	case IPPROTO_TCP:
		return is_good_syn(p, d) ? GOOD : BAD;
	case IPPROTO_UDP:
		return is_dtls_hello(p) ? GOOD : BAD;
	}
	return BAD;
}

/* 17.4 */
static enum opinion judge_answer(const struct ref_packet *p, const struct ref_decision *d)
{
	struct ref_flow *flow = d->flow;

	if (p->fragment || p->payload)
		return BAD;
	if (flow->state == REF_OPENING) {
		flow->asked = p->acknowledged;
		flow->first = is_required(d) ? p->acknowledged : flow->acked[p->side];
		flow->awaited = true;
		flow->known = false;
		return GOOD;
	}
	if (p->acknowledged == flow->first)
		return GOOD;
	if (p->acknowledged != flow->asked)
		return is_required(d) ? BAD : GOOD;
	flow->first = p->acknowledged;
	flow->awaited = true;
	flow->known = false;
	ref_answer_syn(p, flow);
	return GOOD;
}

static enum opinion judge_syn(const struct ref_packet *p, const struct ref_decision *d)
{
	if (p->side != d->flow->opener)
		return judge_answer(p, d);
	if (!is_good_syn(p, d))
		return BAD;
	if (!(p->flags & REF_ACK))
		d->flow->asked = p->sequence + 1;
	return GOOD;
}

/* 17.1 and 17.2 */
static enum opinion judge_segment(const struct ref_packet *p, struct ref_flow *flow)
{
	bool fits = ref_fits_window(p, flow), bad;

	if (flow->state == REF_OPENING)
		return p->payload ? BAD : GOOD;
	if (p->side == flow->opener) {
		bad = (p->bytes[p->at + 13] & URGENT) ||
		      !is_hello(p, p->sequence - flow->first);
	} else if (fits && (int32_t)(p->acknowledged - flow->first) >= 6) {
		flow->known = true;
		flow->awaited = false;
		return GOOD;
	} else {
		bad = p->payload;
	}
	return !bad ? GOOD : fits ? BAD_FLOW : BAD;
}

static enum opinion judge_stream(const struct ref_packet *p, const struct ref_decision *d)
{
	struct ref_flow *flow = d->flow;

	if (flow->state == REF_CLEAR)
		return BAD_FLOW;
	if (!flow->awaited && !flow->known) {
		if (flow->state != REF_OPENING)
			return is_required(d) ? BAD_FLOW : GOOD;
		flow->awaited = true;
		flow->first = flow->asked = flow->acked[!flow->opener];
	}
	if (p->flags & REF_SYN)
		return judge_syn(p, d);
	if (!flow->awaited || (p->flags & REF_RST))
		return GOOD;
	return p->fragment ? BAD : judge_segment(p, flow);
}

static enum opinion judge_datagram(const struct ref_packet *p, const struct ref_decision *d)
{
	struct ref_flow *flow = d->flow;

	if (!flow->awaited && !flow->known)
		return is_required(d) ? BAD_FLOW : GOOD;
	if (!flow->awaited)
		return GOOD;
	if (p->side == flow->opener)
		return is_dtls_hello(p) ? GOOD : BAD;
	flow->known = true;
	flow->awaited = false;
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
	flow->awaited = true;
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
			d->flow->awaited = d->flow->known = false;
		return WARD_CONTINUE;
	}
	if (opinion == BAD_FLOW)
		end_flow(p, d);
	return WARD_CLEAR_TEXT;
}
