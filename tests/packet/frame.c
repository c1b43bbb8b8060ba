/* SPDX-License-Identifier: GPL-2.0-only */
#include "frame.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"

static void put(struct frame *f, const void *bytes, size_t length)
{
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

static void put_zeros(struct frame *f, size_t length)
{
	memset(f->bytes + f->length, 0, length);
	f->length += length;
}

static void put_mac(struct frame *f, const char *text)
{
	uint8_t mac[6] = { 0 };

	text_parse_mac(text, mac);
	put(f, mac, 6);
}

static void put_address(struct frame *f, const char *text)
{
	struct in_addr address = { 0 };

	inet_pton(AF_INET, text, &address);
	put(f, &address, 4);
}

static void put_ethernet(struct frame *f, const char *destination, const char *source, int vlan,
			 uint16_t ethertype)
{
	put_mac(f, destination);
	put_mac(f, source);
	if (vlan) {
		put16(f, 0x8100);
		put16(f, (uint16_t)vlan);
	}
	put16(f, ethertype);
}

static void put_transport(struct frame *f, const struct packet_spec *s)
{
	switch (s->protocol) {
	case IPPROTO_TCP:
		put16(f, s->source_port);
		put16(f, s->destination_port);
		put_zeros(f, 8);
		put8(f, 5 << 4);
		put8(f, s->flags);
		put_zeros(f, 6);
		break;
	case IPPROTO_UDP:
		put16(f, s->source_port);
		put16(f, s->destination_port);
		put16(f, (uint16_t)(8 + s->payload));
		put_zeros(f, 2);
		break;
	case IPPROTO_ICMP:
		put8(f, (uint8_t)s->source_port);
		put_zeros(f, 3);
		put16(f, s->destination_port);
		put16(f, 1);
		break;
	}
}

struct frame frame_of(struct packet_spec s)
{
	struct frame f = { .length = 0 };
	size_t network, total;

	put_ethernet(&f, s.destination_mac, s.source_mac, s.vlan, s.ethertype ?: 0x0800);
	network = f.length;
	put8(&f, 0x45);
	put_zeros(&f, 7);
	put8(&f, 64);
	put8(&f, (uint8_t)s.protocol);
	put_zeros(&f, 2);
	put_address(&f, s.source);
	put_address(&f, s.destination);
	put_transport(&f, &s);
	put_zeros(&f, s.payload);
	total = f.length - network;
	f.bytes[network + 2] = (uint8_t)(total >> 8);
	f.bytes[network + 3] = (uint8_t)total;
	return f;
}

struct frame frame_arp(int operation, const char *sender_mac, const char *sender,
		       const char *target, const char *destination_mac, int vlan)
{
	struct frame f = { .length = 0 };

	put_ethernet(&f, destination_mac, sender_mac, vlan, 0x0806);
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

size_t frame_network(const struct frame *frame)
{
	return frame->bytes[12] == 0x81 && frame->bytes[13] == 0 ? 18 : 14;
}

struct frame frame_set8(struct frame frame, size_t at, uint8_t value)
{
	frame.bytes[frame_network(&frame) + at] = value;
	return frame;
}

struct frame frame_set16(struct frame frame, size_t at, uint16_t value)
{
	frame = frame_set8(frame, at, (uint8_t)(value >> 8));
	return frame_set8(frame, at + 1, (uint8_t)value);
}
