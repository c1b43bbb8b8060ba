/* SPDX-License-Identifier: GPL-2.0-only */
#include "frame.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"

#define ETHERNET_ADDRESSES 12	/* bytes of the two MACs */
#define EXTENSION_FRAGMENT 44

static void put(struct frame *f, const void *bytes, size_t length)
{
	if (!length)
		return;
	memcpy(f->bytes + f->length, bytes, length);
	f->length += length;
}

static void put8(struct frame *f, uint8_t value)
{
	put(f, &value, 1);
}

static void put16(struct frame *f, uint16_t value)
{
	value = htons(value);
	put(f, &value, 2);
}

static void put32(struct frame *f, uint32_t value)
{
	value = htonl(value);
	put(f, &value, 4);
}

static void put_zeros(struct frame *f, size_t length)
{
	memset(f->bytes + f->length, 0, length);
	f->length += length;
}

static void put_padded(struct frame *f, struct bytes bytes)
{
	put(f, bytes.at, bytes.length);
	put_zeros(f, -bytes.length % 4);
}

static void put_mac(struct frame *f, const char *text)
{
	uint8_t mac[6] = { 0 };

	text_parse_mac(text, mac);
	put(f, mac, 6);
}

static bool is_ipv6(const char *address)
{
	return strchr(address, ':');
}

static void put_address(struct frame *f, const char *text)
{
	uint8_t address[16] = { 0 };

	inet_pton(is_ipv6(text) ? AF_INET6 : AF_INET, text, address);
	put(f, address, is_ipv6(text) ? 16 : 4);
}

static void put_ethernet(struct frame *f, const struct packet_spec *s)
{
	put_mac(f, s->destination_mac);
	put_mac(f, s->source_mac);
	if (s->outer_vlan) {
		put16(f, 0x88a8);
		put16(f, (uint16_t)s->outer_vlan);
	}
	if (s->vlan || s->has_priority_tag) {
		put16(f, 0x8100);
		put16(f, (uint16_t)s->vlan);
	}
	if (s->ethertype)
		put16(f, s->ethertype);
	else
		put16(f, is_ipv6(s->source) ? 0x86dd : 0x0800);
}

static void put_tcp(struct frame *f, const struct packet_spec *s)
{
	put16(f, s->source_port);
	put16(f, s->destination_port);
	put32(f, s->sequence);
	put32(f, s->acknowledged);
	put8(f, (uint8_t)((5 + (s->tcp_options.length + 3) / 4) << 4));
	put8(f, s->flags);
	put16(f, s->window);
	put_zeros(f, 4);
	put_padded(f, s->tcp_options);
}

static void put_sctp(struct frame *f, const struct packet_spec *s)
{
	put16(f, s->source_port);
	put16(f, s->destination_port);
	put32(f, s->sequence);
	put_zeros(f, 4);
	put8(f, s->chunk);
	put8(f, 0);
	put16(f, (uint16_t)(4 + s->body.length + s->payload));
}

/* RFC 4861, 4.1 to 4.5: what stands behind type, code and checksum. */
static void put_discovery(struct frame *f, const struct packet_spec *s)
{
	put_zeros(f, s->source_port == 134 ? 12 : 4);
	if (s->target)
		put_address(f, s->target);
	if (s->target && s->source_port == 137)
		put_address(f, s->target);
	if (s->link_address) {
		put8(f, s->source_port == 136 ? 2 : 1);
		put8(f, 1);
		put_mac(f, s->link_address);
	}
}

static void put_icmp(struct frame *f, const struct packet_spec *s)
{
	put8(f, (uint8_t)s->source_port);
	put8(f, s->code);
	put_zeros(f, 2);
	if (s->protocol == IPPROTO_ICMPV6 && s->source_port >= 133 && s->source_port <= 137) {
		put_discovery(f, s);
		return;
	}
	put16(f, s->destination_port);
	put16(f, 1);
	if (s->about) {
		size_t network = frame_network(s->about);

		put(f, s->about->bytes + network, s->about_length ?: s->about->length - network);
	}
}

static void put_transport(struct frame *f, const struct packet_spec *s)
{
	switch (s->protocol) {
	case IPPROTO_TCP:
		put_tcp(f, s);
		break;
	case IPPROTO_UDP:
		put16(f, s->source_port);
		put16(f, s->destination_port);
		put16(f, (uint16_t)(8 + s->body.length + s->payload));
		put_zeros(f, 2);
		break;
	case IPPROTO_SCTP:
		put_sctp(f, s);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		put_icmp(f, s);
		break;
	case IPPROTO_IGMP:
		put8(f, (uint8_t)s->source_port);
		put_zeros(f, 3);
		put_address(f, s->destination);
		break;
	}
}

static uint8_t hop_limit(const struct packet_spec *s)
{
	if (s->hop_limit)
		return s->hop_limit;
	return s->protocol == IPPROTO_ICMPV6 && s->source_port >= 133 && s->source_port <= 137 ?
		       255 :
		       64;
}

static void put_ipv4(struct frame *f, const struct packet_spec *s)
{
	put8(f, (uint8_t)(0x45 + (s->options.length + 3) / 4));
	put_zeros(f, 3);
	put16(f, (uint16_t)s->fragment_id);
	put16(f, (uint16_t)(s->fragment_offset / 8 | (s->more_fragments ? 0x2000 : 0)));
	put8(f, hop_limit(s));
	put8(f, (uint8_t)s->protocol);
	put_zeros(f, 2);
	put_address(f, s->source);
	put_address(f, s->destination);
	put_padded(f, s->options);
}

static void put_extension(struct frame *f, const struct packet_spec *s, uint8_t number,
			  uint8_t next)
{
	put8(f, next);
	put8(f, 0);
	if (number == EXTENSION_FRAGMENT) {
		put16(f, (uint16_t)(s->fragment_offset | s->more_fragments));
		put32(f, s->fragment_id);
	} else {
		put16(f, 0x0104);	/* PadN, of 4 bytes (RFC 8200, 4.2) */
		put_zeros(f, 4);
	}
}

static void put_ipv6(struct frame *f, const struct packet_spec *s)
{
	size_t count = s->extensions.length;

	put32(f, 6u << 28);
	put16(f, 0);
	put8(f, count ? s->extensions.at[0] : (uint8_t)s->protocol);
	put8(f, hop_limit(s));
	put_address(f, s->source);
	put_address(f, s->destination);
	for (size_t i = 0; i < count; i++)
		put_extension(f, s, s->extensions.at[i],
			      i + 1 < count ? s->extensions.at[i + 1] : (uint8_t)s->protocol);
}

struct frame frame_of(struct packet_spec s)
{
	struct frame f = { .length = 0 };
	size_t network;
	bool ipv6 = is_ipv6(s.source);

	put_ethernet(&f, &s);
	network = f.length;
	if (ipv6)
		put_ipv6(&f, &s);
	else
		put_ipv4(&f, &s);
	if (!s.fragment_offset)
		put_transport(&f, &s);
	put(&f, s.body.at, s.body.length);
	put_zeros(&f, s.payload);
	return ipv6 ? frame_write16(f, network + 4, (uint16_t)(f.length - network - 40)) :
		      frame_write16(f, network + 2, (uint16_t)(f.length - network));
}

struct frame frame_arp(int operation, const char *sender_mac, const char *sender,
		       const char *target, const char *destination_mac, int vlan)
{
	struct frame f = { .length = 0 };

	put_ethernet(&f, &(struct packet_spec){ .source_mac = sender_mac, .vlan = vlan,
						.destination_mac = destination_mac,
						.ethertype = 0x0806 });
	put16(&f, 1);
	put16(&f, 0x0800);
	put8(&f, 6);
	put8(&f, 4);
	put16(&f, (uint16_t)operation);
	put_mac(&f, sender_mac);
	put_address(&f, sender);
	put_zeros(&f, 6);
	put_address(&f, target);
	put_zeros(&f, 18);
	return f;
}

static bool is_tag(const uint8_t *ethertype)
{
	return (ethertype[0] == 0x81 && ethertype[1] == 0) ||
	       (ethertype[0] == 0x88 && ethertype[1] == 0xa8);
}

size_t frame_network(const struct frame *frame)
{
	size_t at = ETHERNET_ADDRESSES;

	while (is_tag(frame->bytes + at))
		at += 4;
	return at + 2;
}

struct frame frame_write16(struct frame frame, size_t at, uint16_t value)
{
	frame.bytes[at] = (uint8_t)(value >> 8);
	frame.bytes[at + 1] = (uint8_t)value;
	return frame;
}

struct frame frame_set8(struct frame frame, size_t at, uint8_t value)
{
	frame.bytes[frame_network(&frame) + at] = value;
	return frame;
}

struct frame frame_set16(struct frame frame, size_t at, uint16_t value)
{
	return frame_write16(frame, frame_network(&frame) + at, value);
}

struct frame frame_tagged(struct frame frame, uint16_t ethertype, uint16_t id)
{
	memmove(frame.bytes + ETHERNET_ADDRESSES + 4, frame.bytes + ETHERNET_ADDRESSES,
		frame.length - ETHERNET_ADDRESSES);
	frame.length += 4;
	frame = frame_write16(frame, ETHERNET_ADDRESSES, ethertype);
	return frame_write16(frame, ETHERNET_ADDRESSES + 2, id);
}

struct frame frame_cut(struct frame frame, size_t length)
{
	frame.length = length < frame.length ? length : frame.length;
	return frame;
}
