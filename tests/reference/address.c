/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <string.h>

#include "policy.h"

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

bool ref_same(struct ref_address a, struct ref_address b)
{
	return !memcmp(a.b, b.b, 16);
}

bool ref_is_ipv4(struct ref_address a)
{
	return !memcmp(a.b, mapped, 12);
}

bool ref_is_zero(struct ref_address a)
{
	for (int i = ref_is_ipv4(a) ? 12 : 0; i < 16; i++)
		if (a.b[i])
			return false;
	return true;
}

bool ref_is_group(struct ref_address a)
{
	return ref_is_ipv4(a) ? a.b[12] >= 224 && a.b[12] < 240 : a.b[0] == 0xff;
}

bool ref_is_link_local(struct ref_address a)
{
	return a.b[0] == 0xfe && (a.b[1] & 0xc0) == 0x80;
}

/* A packet's IPv6 addresses are never IPv4-mapped: the caller looks before it comes to this. */
bool ref_is_unicast(struct ref_address a)
{
	static const uint8_t loopback[16] = { [15] = 1 };

	if (ref_is_ipv4(a))
		return a.b[12] != 0 && a.b[12] != 127 && a.b[12] < 224;
	return !ref_is_zero(a) && a.b[0] != 0xff && memcmp(a.b, loopback, 16) != 0;
}

bool ref_in_prefix(struct ref_address a, const struct ref_prefix *prefix)
{
	for (unsigned bit = 0; bit < prefix->length; bit++)
		if ((a.b[bit / 8] ^ prefix->address.b[bit / 8]) & (0x80 >> bit % 8))
			return false;
	return true;
}

struct ref_address ref_ipv4(const uint8_t bytes[4])
{
	struct ref_address a;

	memcpy(a.b, mapped, 12);
	memcpy(a.b + 12, bytes, 4);
	return a;
}

struct ref_address ref_ipv6(const uint8_t bytes[16])
{
	struct ref_address a;

	memcpy(a.b, bytes, 16);
	return a;
}

struct ref_address ref_link_local(const uint8_t mac[6])
{
	struct ref_address a = { { 0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff,
				   0xfe, mac[3], mac[4], mac[5] } };

	return a;
}

void ref_group_mac(struct ref_address group, uint8_t mac[6])
{
	static const uint8_t ipv4[3] = { 0x01, 0x00, 0x5e };

	if (ref_is_ipv4(group)) {
		memcpy(mac, ipv4, 3);
		memcpy(mac + 3, group.b + 13, 3);
		mac[3] &= 0x7f;
	} else {
		mac[0] = mac[1] = 0x33;
		memcpy(mac + 2, group.b + 12, 4);
	}
}

bool ref_parse_address(const char *text, struct ref_address *out)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1) {
		*out = ref_ipv4(bytes);
		return true;
	}
	if (inet_pton(AF_INET6, text, bytes) == 1) {
		*out = ref_ipv6(bytes);
		return true;
	}
	return false;
}

const char *ref_address_text(struct ref_address a)
{
	static char texts[4][INET6_ADDRSTRLEN];
	static unsigned next;
	char *text = texts[next++ % 4];

	if (ref_is_ipv4(a))
		inet_ntop(AF_INET, a.b + 12, text, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, a.b, text, INET6_ADDRSTRLEN);
	return text;
}
