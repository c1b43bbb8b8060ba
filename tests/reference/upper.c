/* SPDX-License-Identifier: GPL-2.0-only */
/* Section 5: TCP, UDP, SCTP, ICMP, ICMPv6, IGMP. */
#include "packet.h"

static bool is_first(const struct ref_packet *p)
{
	return p->fragment && !p->position;
}

/* What it means that the IP length ends inside a header. */
static int cut(const struct ref_packet *p, int reason)
{
	return is_first(p) ? WARD_FRAGMENT_TINY : reason;
}

static void read_ports(struct ref_packet *p)
{
	p->source_port = (uint16_t)ref_u16(p->bytes + p->at);
	p->destination_port = (uint16_t)ref_u16(p->bytes + p->at + 2);
}

/* RFC 7323, 2.2: the window scale option is kind 3 with a length of 3, and at most 14. */
static int read_scale(const uint8_t *options, unsigned length)
{
	unsigned at = 0;
	int scale = -1;

	while (at < length && options[at] != 0) {
		if (options[at] == 1) {
			at++;
			continue;
		}
		if (length - at < 2 || options[at + 1] < 2 || options[at + 1] > length - at)
			break;
		if (options[at] == 3 && options[at + 1] == 3)
			scale = options[at + 2] > 14 ? 14 : options[at + 2];
		at += options[at + 1];
	}
	return scale;
}

static int parse_tcp(struct ref_packet *p)
{
	const uint8_t *tcp = p->bytes + p->at;
	unsigned header;

	if (p->left < 20)
		return cut(p, WARD_TRUNCATED);
	header = (tcp[12] >> 4) * 4u;
	if (header < 20)
		return WARD_TCP_MALFORMED;
	if (header > p->left)
		return cut(p, WARD_TCP_MALFORMED);
	read_ports(p);
	if (!p->source_port || !p->destination_port)
		return WARD_TCP_MALFORMED;
	p->flags = tcp[13] & (REF_FIN | REF_SYN | REF_RST | REF_ACK);
	if ((p->flags & REF_SYN) && (p->flags & (REF_FIN | REF_RST)))
		return WARD_TCP_FLAGS;
	if ((p->flags & REF_RST) && (p->flags & REF_FIN))
		return WARD_TCP_FLAGS;
	if (!(p->flags & (REF_SYN | REF_RST | REF_ACK)))
		return WARD_TCP_FLAGS;
	p->sequence = ref_u32(tcp + 4);
	p->acknowledged = ref_u32(tcp + 8);
	p->window = (uint16_t)ref_u16(tcp + 14);
	p->payload = p->left - header;
	if (p->flags & REF_SYN)
		p->scale = read_scale(tcp + 20, header - 20);
	return WARD_CONTINUE;
}

static int parse_udp(struct ref_packet *p)
{
	unsigned length;

	if (p->left < 8)
		return cut(p, WARD_TRUNCATED);
	length = ref_u16(p->bytes + p->at + 4);
	if (length < 8 || (!is_first(p) && length > p->left))
		return WARD_UDP_MALFORMED;
	read_ports(p);
	if (!p->source_port || !p->destination_port)
		return WARD_UDP_MALFORMED;
	p->payload = length - 8;
	return WARD_CONTINUE;
}

/* RFC 9260, 3.2: chunk types in the words of TCP. */
static unsigned flags_of_chunk(uint8_t type)
{
	switch (type) {
	case 1:
		return REF_SYN;
	case 2:
		return REF_SYN | REF_ACK;
	case 6:
		return REF_RST | REF_ACK;
	case 7:
	case 8:
		return REF_FIN | REF_ACK;
	}
	return REF_ACK;
}

static int parse_sctp(struct ref_packet *p)
{
	const uint8_t *sctp = p->bytes + p->at;

	if (p->left < 16)
		return cut(p, WARD_SCTP_MALFORMED);
	read_ports(p);
	if (!p->source_port || !p->destination_port || ref_u16(sctp + 14) < 4)
		return WARD_SCTP_MALFORMED;
	if ((sctp[12] == 1) != (ref_u32(sctp + 4) == 0))
		return WARD_SCTP_MALFORMED;
	p->flags = flags_of_chunk(sctp[12]);
	return WARD_CONTINUE;
}

/* The flow's type is the request's, whichever of the two this is. */
static int parse_exchange(struct ref_packet *p, uint8_t request)
{
	if (p->code)
		return WARD_ICMP_TYPE;
	p->kind = p->type == request ? REF_REQUEST : REF_REPLY;
	p->type = request;
	p->source_port = p->destination_port = (uint16_t)ref_u16(p->bytes + p->at + 4);
	return WARD_CONTINUE;
}

static int parse_icmp(struct ref_packet *p)
{
	if (p->left < 8)
		return cut(p, WARD_ICMP_TYPE);
	p->type = p->bytes[p->at];
	p->code = p->bytes[p->at + 1];
	switch (p->type) {
	case 5:
		return WARD_ICMP_REDIRECT;
	case 3:
	case 11:
	case 12:
		p->kind = REF_ERROR;
		return WARD_CONTINUE;
	case 0:
	case 8:
		return parse_exchange(p, 8);
	case 13:
	case 14:
		return parse_exchange(p, 13);
	}
	p->kind = REF_MESSAGE;
	return WARD_CONTINUE;
}

static int parse_icmpv6(struct ref_packet *p)
{
	bool longer;

	if (p->left < (is_first(p) ? 8u : 4u))
		return cut(p, WARD_ICMP_TYPE);
	p->type = p->bytes[p->at];
	p->code = p->bytes[p->at + 1];
	longer = (p->type >= 1 && p->type <= 4) || p->type == 128 || p->type == 129;
	if (longer && p->left < 8)
		return WARD_ICMP_TYPE;
	if (p->type >= 1 && p->type <= 4)
		p->kind = REF_ERROR;
	else if (p->type < 128)
		return WARD_ICMP_TYPE;
	else if (p->type == 128 || p->type == 129)
		return parse_exchange(p, 128);
	else if (p->type >= 133 && p->type <= 137)
		p->kind = REF_DISCOVERY;
	else
		p->kind = REF_MESSAGE;
	return WARD_CONTINUE;
}

static int parse_igmp(struct ref_packet *p)
{
	if (p->left < 8)
		return cut(p, WARD_IGMP_MALFORMED);
	p->type = p->bytes[p->at];
	p->kind = REF_MESSAGE;
	return WARD_CONTINUE;
}

int ref_parse_upper(struct ref_packet *p)
{
	switch (p->protocol) {
	case IPPROTO_TCP:
		return parse_tcp(p);
	case IPPROTO_UDP:
		return parse_udp(p);
	case IPPROTO_SCTP:
		return parse_sctp(p);
	case IPPROTO_ICMP:
		return parse_icmp(p);
	case IPPROTO_ICMPV6:
		return parse_icmpv6(p);
	}
	return parse_igmp(p);
}
