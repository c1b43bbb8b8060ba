/* SPDX-License-Identifier: GPL-2.0-only */
/* A frame in one line. It reads what is there, and stops where it does not understand. */
#include <netinet/in.h>

#include "generate.h"

struct reader {
	const struct ref_frame *frame;
	unsigned at;
	FILE *out;
};

static unsigned u8(const struct reader *r, unsigned at)
{
	return r->at + at < r->frame->length ? r->frame->bytes[r->at + at] : 0;
}

static unsigned u16(const struct reader *r, unsigned at)
{
	return u8(r, at) << 8 | u8(r, at + 1);
}

static uint32_t u32(const struct reader *r, unsigned at)
{
	return (uint32_t)u16(r, at) << 16 | u16(r, at + 2);
}

static void decode_upper(struct reader *r, unsigned protocol)
{
	unsigned flags = u8(r, 13);

	switch (protocol) {
	case IPPROTO_TCP:
		fprintf(r->out, " tcp %u>%u %s%s%s%s seq %u ack %u win %u", u16(r, 0), u16(r, 2),
			flags & 2 ? "S" : "", flags & 1 ? "F" : "", flags & 4 ? "R" : "",
			flags & 16 ? "." : "", u32(r, 4), u32(r, 8), u16(r, 14));
		break;
	case IPPROTO_UDP:
		fprintf(r->out, " udp %u>%u length %u", u16(r, 0), u16(r, 2), u16(r, 4));
		break;
	case IPPROTO_SCTP:
		fprintf(r->out, " sctp %u>%u chunk %u", u16(r, 0), u16(r, 2), u8(r, 12));
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		fprintf(r->out, " icmp type %u code %u id %u", u8(r, 0), u8(r, 1), u16(r, 4));
		break;
	default:
		fprintf(r->out, " protocol %u", protocol);
	}
}

static void decode_ipv4(struct reader *r)
{
	unsigned protocol = u8(r, 9), fragment = u16(r, 6);
	uint8_t a[8];

	for (unsigned i = 0; i < 8; i++)
		a[i] = (uint8_t)u8(r, 12 + i);
	fprintf(r->out, " %s > %s", ref_address_text(ref_ipv4(a)), ref_address_text(ref_ipv4(a + 4)));
	if (fragment & 0x3fff)
		fprintf(r->out, " fragment %u at %u%s", u16(r, 4), (fragment & 0x1fff) * 8,
			fragment & 0x2000 ? " more" : "");
	if ((u8(r, 0) & 15) > 5)
		fprintf(r->out, " options");
	fprintf(r->out, " total %u", u16(r, 2));
	r->at += (u8(r, 0) & 15) * 4;
	if (!(fragment & 0x1fff))
		decode_upper(r, protocol);
}

static void decode_ipv6(struct reader *r)
{
	unsigned next = u8(r, 6);
	uint8_t a[32];

	for (unsigned i = 0; i < 32; i++)
		a[i] = (uint8_t)u8(r, 8 + i);
	fprintf(r->out, " %s > %s hops %u", ref_address_text(ref_ipv6(a)),
		ref_address_text(ref_ipv6(a + 16)), u8(r, 7));
	r->at += 40;
	while (next == 0 || next == 60 || next == 44) {
		unsigned position = u16(r, 2);

		fprintf(r->out, next == 44 ? " header 44 (%u at %u%s)" : " header %u", next == 44 ?
			u32(r, 4) : next, position & 0xfff8, position & 1 ? " more" : "");
		if (r->at >= r->frame->length || (next == 44 && (position & 0xfff8)))
			return;
		position = next == 44 ? 8 : (u8(r, 1) + 1) * 8;
		next = u8(r, 0);
		r->at += position;
	}
	decode_upper(r, next);
}

void decode(const struct ref_frame *frame, FILE *out)
{
	struct reader r = { .frame = frame, .out = out };
	unsigned type;

	for (unsigned i = 0; i < 12; i++)
		fprintf(out, "%02x%s", u8(&r, (i + 6) % 12), i == 5 ? " > " : i == 11 ? "" : ":");
	r.at = 12;
	for (type = u16(&r, 0); type == 0x8100 || type == 0x88a8; type = u16(&r, 0)) {
		fprintf(out, " %s%u", type == 0x8100 ? "vlan " : "outer ", u16(&r, 2) & 0xfff);
		r.at += 4;
	}
	r.at += 2;
	if (type == 0x0800)
		decode_ipv4(&r);
	else if (type == 0x86dd)
		decode_ipv6(&r);
	else if (type == 0x0806)
		fprintf(out, " arp %u sender %u.%u.%u.%u target %u.%u.%u.%u", u16(&r, 6),
			u8(&r, 14), u8(&r, 15), u8(&r, 16), u8(&r, 17), u8(&r, 24), u8(&r, 25),
			u8(&r, 26), u8(&r, 27));
	else
		fprintf(out, " type 0x%04x", type);
	fprintf(out, " (%u bytes)\n", frame->length);
}
