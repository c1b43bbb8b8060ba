/* SPDX-License-Identifier: GPL-2.0-only */
#include "daemon/packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>

#include "base/own.h"
#include "policy/address.h"

static const uint8_t numbers[PROTOCOLS] = {
	[PROTOCOL_TCP] = IPPROTO_TCP,	    [PROTOCOL_UDP] = IPPROTO_UDP,
	[PROTOCOL_SCTP] = IPPROTO_SCTP,	    [PROTOCOL_ICMP] = IPPROTO_ICMP,
	[PROTOCOL_ICMPV6] = IPPROTO_ICMPV6, [PROTOCOL_IGMP] = IPPROTO_IGMP,
};

/* Building. */

struct writer {
	uint8_t *bytes;
	size_t length;
};

static void put(struct writer *w, const void *bytes, size_t length)
{
	memcpy(w->bytes + w->length, bytes, length);
	w->length += length;
}

static void put8(struct writer *w, unsigned value)
{
	w->bytes[w->length++] = (uint8_t)value;
}

static void put16(struct writer *w, unsigned value)
{
	put8(w, value >> 8);
	put8(w, value & 0xff);
}

static void put32(struct writer *w, uint32_t value)
{
	put16(w, value >> 16);
	put16(w, value & 0xffff);
}

static void put_ethernet(struct writer *w, const struct packet *p)
{
	put(w, p->destination_mac, 6);
	put(w, p->source_mac, 6);
	if (p->vlan.outer) {
		put16(w, ETH_P_8021AD);
		put16(w, p->vlan.outer);
	}
	if (p->vlan.id != WARD_NO_VLAN) {
		put16(w, ETH_P_8021Q);
		put16(w, p->vlan.id);
	}
	put16(w, p->ethertype);
}

#define SCTP_INIT 1
#define SCTP_INIT_LENGTH 20

static void put_transport(struct writer *w, const struct packet *p)
{
	switch (p->protocol) {
	case PROTOCOL_TCP:
		put16(w, p->source_port);
		put16(w, p->destination_port);
		put32(w, 1);
		put32(w, p->tcp_flags & 0x10 ? 1 : 0);
		put16(w, 5u << 12 | p->tcp_flags);
		put16(w, 64240);
		put32(w, 0);
		break;
	case PROTOCOL_UDP:
		put16(w, p->source_port);
		put16(w, p->destination_port);
		put16(w, 8);
		put16(w, 0);
		break;
	case PROTOCOL_SCTP:
		put16(w, p->source_port);
		put16(w, p->destination_port);
		put32(w, 0);
		put32(w, 0);
		put16(w, SCTP_INIT << 8);
		put16(w, SCTP_INIT_LENGTH);
		put32(w, 1);
		put32(w, 65536);
		put16(w, 1);
		put16(w, 1);
		put32(w, 1);
		break;
	default:
		put8(w, p->protocol == PROTOCOL_IGMP ? 0x16 : p->icmp_type);
		put8(w, 0);
		put16(w, 0);
		put16(w, p->source_port);
		put16(w, 1);
	}
}

/* RFC 1071. */
static uint32_t add_words(uint32_t sum, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		sum += i & 1 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void write16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Of the pseudo-header too, where the protocol has one. SCTP's CRC32c is left out: 0. */
static void put_checksum(const struct packet *p, uint8_t *transport, size_t length, bool ipv4)
{
	static const int offsets[PROTOCOLS] = {
		[PROTOCOL_TCP] = 16, [PROTOCOL_UDP] = 6,    [PROTOCOL_SCTP] = -1,
		[PROTOCOL_ICMP] = 2, [PROTOCOL_ICMPV6] = 2, [PROTOCOL_IGMP] = 2,
	};
	size_t skip = ipv4 ? 12 : 0;
	uint32_t sum = 0;

	if (p->protocol == PROTOCOL_TCP || p->protocol == PROTOCOL_UDP ||
	    p->protocol == PROTOCOL_ICMPV6) {
		sum = add_words(sum, (const uint8_t *)p->source + skip, 16 - skip);
		sum = add_words(sum, (const uint8_t *)p->destination + skip, 16 - skip);
		sum += (uint32_t)length + numbers[p->protocol];
	}
	sum = add_words(sum, transport, length);
	if (offsets[p->protocol] >= 0)
		write16(transport + offsets[p->protocol], fold(sum));
}

size_t packet_build(const struct packet *p, uint8_t out[PACKET_FRAME])
{
	struct writer w = { out, 0 };
	bool ipv4 = p->ethertype == ETH_P_IP;
	size_t network, transport;

	put_ethernet(&w, p);
	network = w.length;
	if (ipv4) {
		put16(&w, 0x4500);
		put16(&w, 0);
		put32(&w, 0x00014000);
		put16(&w, 64u << 8 | numbers[p->protocol]);
		put16(&w, 0);
		put(&w, &p->source[3], 4);
		put(&w, &p->destination[3], 4);
	} else {
		put32(&w, 0x60000000);
		put16(&w, 0);
		put16(&w, (unsigned)numbers[p->protocol] << 8 | 64);
		put(&w, p->source, 16);
		put(&w, p->destination, 16);
	}
	transport = w.length;
	put_transport(&w, p);
	put_checksum(p, out + transport, w.length - transport, ipv4);
	write16(out + network + (ipv4 ? 2 : 4),
		(uint16_t)(w.length - (ipv4 ? network : transport)));
	if (ipv4)
		write16(out + network + 10, fold(add_words(0, out + network, 20)));
	return w.length;
}

/* Reading. */

struct reader {
	const uint8_t *bytes;
	size_t left;
};

/* The next bytes, or NULL when the frame ends before. */
static const uint8_t *take(struct reader *r, size_t length)
{
	const uint8_t *at = r->bytes;

	if (r->left < length)
		return NULL;
	r->bytes += length;
	r->left -= length;
	return at;
}

static uint16_t read16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static enum protocol protocol_of(uint8_t number)
{
	enum protocol p = 0;

	while (p < PROTOCOLS && numbers[p] != number)
		p++;
	return p;
}

static void read_transport(struct reader *r, struct packet *out)
{
	const uint8_t *at;

	out->protocol = protocol_of(out->ip_protocol);
	if (out->is_fragment || out->protocol == PROTOCOLS)
		return;
	at = take(r, 8);
	if (!at)
		return;
	out->has_transport = true;
	if (out->protocol <= PROTOCOL_SCTP) {
		out->source_port = read16(at);
		out->destination_port = read16(at + 2);
	} else {
		out->icmp_type = at[0];
		out->source_port = read16(at + 4);
	}
	at = out->protocol == PROTOCOL_TCP ? take(r, 6) : NULL;
	out->tcp_flags = at ? at[5] : 0;
}

static void read_ipv4(struct reader *r, struct packet *out)
{
	const uint8_t *at = take(r, 20);
	__be32 address;

	if (!at || at[0] >> 4 != 4)
		return;
	out->is_ip = true;
	out->ip_protocol = at[9];
	out->is_fragment = read16(at + 6) & 0x1fff;
	memcpy(&address, at + 12, 4);
	address_from_ipv4(out->source, address);
	memcpy(&address, at + 16, 4);
	address_from_ipv4(out->destination, address);
	take(r, (at[0] & 15u) > 5 ? ((at[0] & 15u) - 5) * 4 : 0);
	read_transport(r, out);
}

#define EXTENSION_HOPS 0
#define EXTENSION_FRAGMENT 44
#define EXTENSION_OPTIONS 60

static void read_ipv6(struct reader *r, struct packet *out)
{
	const uint8_t *at = take(r, 40);

	if (!at || at[0] >> 4 != 6)
		return;
	out->is_ip = true;
	out->ip_protocol = at[6];
	memcpy(out->source, at + 8, 16);
	memcpy(out->destination, at + 24, 16);
	for (int i = 0; i < 8; i++) {
		uint8_t number = out->ip_protocol;

		if (number != EXTENSION_HOPS && number != EXTENSION_FRAGMENT &&
		    number != EXTENSION_OPTIONS)
			break;
		at = take(r, 8);
		if (!at)
			return;
		out->ip_protocol = at[0];
		if (number == EXTENSION_FRAGMENT)
			out->is_fragment |= (read16(at + 2) & 0xfff8) != 0;
		else
			take(r, at[1] * 8u);
	}
	read_transport(r, out);
}

static void read_arp(struct reader *r, struct packet *out)
{
	const uint8_t *at = take(r, 28);
	__be32 address;

	if (!at)
		return;
	out->is_arp = true;
	memcpy(&address, at + 14, 4);
	address_from_ipv4(out->source, address);
	memcpy(&address, at + 24, 4);
	address_from_ipv4(out->destination, address);
}

void packet_read(const uint8_t *frame, size_t length, struct packet *out)
{
	struct reader r = { frame, length };
	const uint8_t *at = take(&r, 14);

	*out = (struct packet){ .protocol = PROTOCOLS };
	if (!at)
		return;
	memcpy(out->destination_mac, at, 6);
	memcpy(out->source_mac, at + 6, 6);
	out->ethertype = read16(at + 12);
	if (out->ethertype == ETH_P_8021AD && (at = take(&r, 4))) {
		out->vlan.outer = read16(at) & 0xfff;
		out->ethertype = read16(at + 2);
	}
	if (out->ethertype == ETH_P_8021Q && (at = take(&r, 4))) {
		out->vlan.id = read16(at) & 0xfff;
		out->ethertype = read16(at + 2);
	}
	if (out->ethertype == ETH_P_IP)
		read_ipv4(&r, out);
	else if (out->ethertype == ETH_P_IPV6)
		read_ipv6(&r, out);
	else if (out->ethertype == ETH_P_ARP)
		read_arp(&r, out);
}

uint16_t packet_service_port(const struct packet *p, bool from_opener)
{
	if (p->protocol == PROTOCOL_IGMP)
		return 0;
	if (p->protocol >= PROTOCOL_ICMP)
		return p->icmp_type;
	return from_opener ? p->destination_port : p->source_port;
}

static const struct flag {
	char letter;
	uint8_t bit;
	const char *name;
} flags[] = {
	{ 'S', 0x02, "SYN" }, { 'A', 0x10, "ACK" }, { 'F', 0x01, "FIN" },
	{ 'R', 0x04, "RST" }, { 'P', 0x08, "PSH" }, { 'U', 0x20, "URG" },
};

int packet_flags(const char *letters, uint8_t *out)
{
	uint8_t bits = 0;

	if (!*letters)
		return -EINVAL;
	for (; *letters; letters++) {
		size_t i = 0;

		while (i < ARRAY_SIZE(flags) && flags[i].letter != *letters)
			i++;
		if (i == ARRAY_SIZE(flags))
			return -EINVAL;
		bits |= flags[i].bit;
	}
	*out = bits;
	return 0;
}

static void add_end(const __be32 address[4], bool has_port, uint16_t port, struct text *out)
{
	char shown[TEXT_ADDRESS];
	bool brackets = has_port && !address_is_ipv4(address);

	text_add(out, "%s%s%s", brackets ? "[" : "", text_address(shown, address),
		 brackets ? "]" : "");
	if (has_port)
		text_add(out, ":%u", port);
}

static void describe_ip(const struct packet *p, struct text *out)
{
	static const char *const names[] = { "tcp", "udp", "sctp", "icmp", "icmpv6", "igmp" };
	bool has_ports = p->has_transport && p->protocol <= PROTOCOL_SCTP, any = false;

	if (p->protocol < PROTOCOLS)
		text_add(out, "%s ", names[p->protocol]);
	else
		text_add(out, "IP protocol %u ", p->ip_protocol);
	add_end(p->source, has_ports, p->source_port, out);
	text_add(out, " to ");
	add_end(p->destination, has_ports, p->destination_port, out);
	if (p->has_transport && p->protocol > PROTOCOL_SCTP)
		text_add(out, ", type %u", p->icmp_type);
	for (size_t i = 0; p->protocol == PROTOCOL_TCP && i < ARRAY_SIZE(flags); i++) {
		if (!(p->tcp_flags & flags[i].bit))
			continue;
		text_add(out, "%s%s", any ? "+" : ", ", flags[i].name);
		any = true;
	}
	text_add(out, "%s", p->is_fragment ? ", a later fragment" : "");
}

void packet_describe(const struct packet *p, struct text *out)
{
	char mac[TEXT_MAC];

	if (p->is_ip) {
		describe_ip(p, out);
	} else if (p->is_arp) {
		text_add(out, "ARP from ");
		add_end(p->source, false, 0, out);
		text_add(out, " for ");
		add_end(p->destination, false, 0, out);
	} else {
		text_add(out, "Ethernet type 0x%04x from %s", p->ethertype,
			 text_mac(mac, p->source_mac));
	}
	if (p->vlan.outer)
		text_add(out, ", VLAN %u.%u", p->vlan.outer, p->vlan.id);
	else if (p->vlan.id)
		text_add(out, ", VLAN %u", p->vlan.id);
}
