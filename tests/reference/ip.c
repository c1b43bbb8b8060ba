/* SPDX-License-Identifier: GPL-2.0-only */
/* Sections 3 and 4: the headers of IPv4 and IPv6. */
#include <string.h>

#include "packet.h"

static int judge_options(const uint8_t *options, unsigned length)
{
	unsigned at = 0;

	while (at < length && options[at] != 0) {
		uint8_t type = options[at];

		if (type == 1) {
			at++;
			continue;
		}
		if (length - at < 2 || options[at + 1] < 2 || options[at + 1] > length - at)
			return WARD_IPV4_OPTIONS;
		if (type == 131 || type == 137 || type == 7)
			return WARD_SOURCE_ROUTE;
		at += options[at + 1];
	}
	return WARD_CONTINUE;
}

static bool is_host_address(const struct ref_packet *p, struct ref_address address)
{
	const struct ref_link *link = ref_link_of(p);

	for (unsigned i = 0; p->side == WARD_IT && i < link->host_count; i++)
		if (ref_same(link->hosts[i], address))
			return true;
	return false;
}

/* What may be DHCP is looked at again when the ports are known. */
static int judge_ipv4_addresses(const struct ref_packet *p)
{
	static const uint8_t everyone[4] = { 255, 255, 255, 255 };
	bool maybe_dhcp = p->protocol == IPPROTO_UDP && !p->fragment;
	bool from_nobody = ref_is_zero(p->source);
	bool to_everyone = ref_same(p->destination, ref_ipv4(everyone));

	if (!ref_is_unicast(p->source) && !(from_nobody && maybe_dhcp))
		return WARD_ADDRESS;
	if (!ref_is_unicast(p->destination) && !ref_is_group(p->destination) &&
	    !(to_everyone && maybe_dhcp))
		return WARD_ADDRESS;
	if (ref_same(p->source, p->destination))
		return WARD_ADDRESS;
	return WARD_CONTINUE;
}

static int judge_ipv4_fragment(struct ref_packet *p, unsigned flags)
{
	if (flags & 0x8000)
		return WARD_IPV4_MALFORMED;
	if (p->more && p->left % 8)
		return WARD_IPV4_MALFORMED;
	return WARD_CONTINUE;
}

static bool is_known(const struct ref_packet *p)
{
	switch (p->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		return true;
	case IPPROTO_ICMP:
	case IPPROTO_IGMP:
		return p->family == 4;
	case IPPROTO_ICMPV6:
		return p->family == 6;
	}
	return false;
}

/* What only DHCP may use (IPv4), and `::`, which only discovery and MLD may use. */
static int judge_nobody(const struct ref_packet *p)
{
	static const uint8_t everyone[4] = { 255, 255, 255, 255 };
	bool mld = p->kind == REF_MESSAGE && p->protocol == IPPROTO_ICMPV6 &&
		   ((p->type >= 130 && p->type <= 132) || p->type == 143);

	if (p->family == 6)
		return ref_is_zero(p->source) && p->kind != REF_DISCOVERY && !mld ? WARD_ADDRESS :
										    0;
	if (ref_is_zero(p->source) || ref_same(p->destination, ref_ipv4(everyone)))
		return ref_is_dhcp(p) ? WARD_CONTINUE : WARD_ADDRESS;
	return WARD_CONTINUE;
}

/* A fragment that is not the first has no upper layer to read. */
static int judge_upper(struct ref_packet *p)
{
	if (!is_known(p))
		return WARD_PROTOCOL;
	if (p->fragment && p->position)
		return p->family == 6 && ref_is_zero(p->source) ? WARD_ADDRESS : WARD_CONTINUE;
	return ref_parse_upper(p) ?: judge_nobody(p);
}

int ref_parse_ipv4(struct ref_packet *p)
{
	const uint8_t *ip = p->bytes + p->network;
	unsigned total, flags;
	int reason;

	if (p->length < p->network + 20)
		return WARD_TRUNCATED;
	p->header = (ip[0] & 15u) * 4;
	total = ref_u16(ip + 2);
	if (ip[0] >> 4 != 4 || p->header < 20 || total < p->header)
		return WARD_IPV4_MALFORMED;
	if (p->length < p->network + total)
		return WARD_TRUNCATED;
	p->source = ref_ipv4(ip + 12);
	p->destination = ref_ipv4(ip + 16);
	p->protocol = ip[9];
	p->hop_limit = ip[8];
	p->at = p->network + p->header;
	p->left = total - p->header;
	flags = ref_u16(ip + 6);
	p->more = flags & 0x2000;
	p->position = (flags & 0x1fff) * 8;
	p->fragment = p->more || p->position;
	p->carried = p->left;
	p->id = ref_u16(ip + 4);
	if (is_host_address(p, p->destination))
		return WARD_HOST;
	reason = judge_options(ip + 20, p->header - 20) ?: judge_ipv4_addresses(p);
	return reason ?: judge_ipv4_fragment(p, flags) ?: judge_upper(p);
}

static bool is_mapped(struct ref_address a)
{
	return ref_is_ipv4(a);
}

static int judge_ipv6_addresses(const struct ref_packet *p)
{
	const struct ref_address *d = &p->destination;

	if (is_mapped(p->source) || is_mapped(*d))
		return WARD_ADDRESS;
	if (!ref_is_zero(p->source) && !ref_is_unicast(p->source))
		return WARD_ADDRESS;
	if (d->b[0] == 0xff ? (d->b[1] & 15) < 2 : !ref_is_unicast(*d))
		return WARD_ADDRESS;
	if (ref_same(p->source, *d))
		return WARD_ADDRESS;
	return WARD_CONTINUE;
}

static int read_fragment_header(struct ref_packet *p)
{
	const uint8_t *h = p->bytes + p->at;
	unsigned flags = ref_u16(h + 2);

	p->position = flags & 0xfff8;
	p->more = flags & 1;
	p->id = ref_u32(h + 4);
	p->fragment = p->more || p->position;
	p->carried = p->left - 8;
	if (p->more && p->carried % 8)
		return WARD_IPV6_MALFORMED;
	return WARD_CONTINUE;
}

/* No protocol, but a header that IPv6 knows: is it one that may stand here? */
static int judge_header(uint8_t next, unsigned count, bool fragmented)
{
	switch (next) {
	case 43:
		return WARD_IPV6_ROUTING;
	case 50:
	case 51:
	case 135:
	case 139:
	case 140:
	case 253:
	case 254:
		return WARD_IPV6_HEADER;
	case 0:
		if (count)
			return WARD_IPV6_HEADER;
		break;
	case 44:
		if (fragmented)
			return WARD_IPV6_HEADER;
		break;
	case 60:
		break;
	default:
		return WARD_PROTOCOL;
	}
	return count == 6 ? WARD_IPV6_CHAIN : WARD_CONTINUE;
}

static int walk_headers(struct ref_packet *p)
{
	bool fragmented = false;

	for (unsigned count = 0; !is_known(p); count++) {
		const uint8_t *h = p->bytes + p->at;
		int cut = p->fragment ? WARD_FRAGMENT_TINY : WARD_TRUNCATED;
		int reason = judge_header(p->protocol, count, fragmented);
		unsigned length;

		if (reason)
			return reason;
		if (p->left < 8)
			return cut;
		length = p->protocol == 44 ? 8 : (h[1] + 1u) * 8;
		if (p->left < length)
			return cut;
		if (p->protocol == 44) {
			reason = read_fragment_header(p);
			fragmented = true;
		}
		if (reason)
			return reason;
		p->extended = true;
		p->protocol = h[0];
		p->at += length;
		p->left -= length;
		if (p->fragment && p->position)
			break;
	}
	return WARD_CONTINUE;
}

/* Behind the header of a fragment that is not the first: only its protocol is known. */
static int judge_next(const struct ref_packet *p)
{
	int reason;

	if (!p->fragment || !p->position || is_known(p))
		return WARD_CONTINUE;
	reason = judge_header(p->protocol, 1, true);
	return reason && reason != WARD_IPV6_CHAIN ? reason : WARD_PROTOCOL;
}

int ref_parse_ipv6(struct ref_packet *p)
{
	const uint8_t *ip = p->bytes + p->network;
	unsigned total;

	if (p->length < p->network + 40)
		return WARD_TRUNCATED;
	total = ref_u16(ip + 4);
	if (ip[0] >> 4 != 6 || !total)
		return WARD_IPV6_MALFORMED;
	if (p->length < p->network + 40 + total)
		return WARD_TRUNCATED;
	p->source = ref_ipv6(ip + 8);
	p->destination = ref_ipv6(ip + 24);
	p->protocol = ip[6];
	p->hop_limit = ip[7];
	p->at = p->network + 40;
	p->left = total;
	if (is_host_address(p, p->destination))
		return WARD_HOST;
	return judge_ipv6_addresses(p) ?: walk_headers(p) ?: judge_next(p) ?: judge_upper(p);
}
