/* SPDX-License-Identifier: GPL-2.0-only */
/* Section 8: ICMP errors pass when they are about a live flow. The device is known already. */
#include <string.h>

#include "packet.h"

/* The packet the error is about, as far as it is quoted. */
struct quoted {
	struct ref_address source, destination;
	uint8_t protocol;
	const uint8_t *upper;	/* at least 8 bytes */
};

static bool read_ipv4(const uint8_t *ip, unsigned left, struct quoted *q)
{
	unsigned header;

	if (left < 20)
		return false;
	header = (ip[0] & 15u) * 4;
	if (ip[0] >> 4 != 4 || header < 20 || left < header + 8)
		return false;
	if (ref_u16(ip + 6) & 0x1fff)
		return false;
	q->source = ref_ipv4(ip + 12);
	q->destination = ref_ipv4(ip + 16);
	q->protocol = ip[9];
	q->upper = ip + header;
	return true;
}

static bool read_ipv6(const uint8_t *ip, unsigned left, struct quoted *q)
{
	if (left < 48 || ip[0] >> 4 != 6)
		return false;
	q->source = ref_ipv6(ip + 8);
	q->destination = ref_ipv6(ip + 24);
	q->protocol = ip[6];
	q->upper = ip + 40;
	return true;
}

/* The request's type, when the type is one with an identifier. */
static bool read_exchange(uint8_t protocol, uint8_t *type)
{
	if (protocol == IPPROTO_ICMP && (*type == 0 || *type == 8))
		*type = 8;
	else if (protocol == IPPROTO_ICMP && (*type == 13 || *type == 14))
		*type = 13;
	else if (protocol == IPPROTO_ICMPV6 && (*type == 128 || *type == 129))
		*type = 128;
	else
		return false;
	return true;
}

/* The ends of the flow, from the device's point of view. */
static bool read_ends(const struct ref_packet *p, const struct quoted *q, struct ref_ends *ends)
{
	bool by_device = p->side == WARD_IT;	/* an error from IT is about what the device sent */
	uint16_t from, to;

	memset(ends, 0, sizeof(*ends));
	ends->protocol = q->protocol;
	ends->local = p->local;
	ends->peer = by_device ? q->destination : q->source;
	switch (q->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		from = (uint16_t)ref_u16(q->upper);
		to = (uint16_t)ref_u16(q->upper + 2);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		ends->type = q->upper[0];
		if (!read_exchange(q->protocol, &ends->type))
			return false;
		from = to = (uint16_t)ref_u16(q->upper + 4);
		break;
	default:
		return false;
	}
	ends->peer_port = by_device ? to : from;
	ends->local_port = by_device ? from : to;
	return true;
}

int ref_icmp_error(struct ref_packet *p)
{
	const uint8_t *inner = p->bytes + p->at + 8;
	struct ref_ends ends;
	struct ref_flow *flow;
	struct quoted q = { .upper = NULL };

	if (p->family == 4 ? !read_ipv4(inner, p->left - 8, &q) :
			     !read_ipv6(inner, p->left - 8, &q))
		return WARD_ICMP_ERROR;
	if (!ref_same(q.source, p->destination) || !read_ends(p, &q, &ends))
		return WARD_ICMP_ERROR;
	if (p->side == WARD_CLINICAL && !ref_same(q.destination, p->source))
		return WARD_ICMP_ERROR;
	if (p->side == WARD_IT && ref_device_at(p, p->source, NULL) >= 0)
		return WARD_ICMP_ERROR;
	flow = ref_find_flow(p, &ends);
	if (!flow || flow->generation != p->ref->generation || ref_owner(p)->quarantined ||
	    ref_is_over(p, flow->rule))
		return WARD_ICMP_ERROR;
	return ref_device_limits(p) ?: WARD_ICMP_ERROR_PASS;
}
