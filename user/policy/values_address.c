/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/values.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "base/text.h"
#include "policy/address.h"

/* Of a range, in a hint. */
#define RANGE_PREFIXES 8

/* 10.20.030.40: to some programs that is 10.20.24.40. */
static bool has_leading_zero(const char *s)
{
	for (const char *octet = s; octet; octet = strchr(octet, '.')) {
		octet += *octet == '.';
		if (octet[0] == '0' && isdigit((unsigned char)octet[1]))
			return true;
	}
	return false;
}

/* The prefixes that a range of IPv4 addresses is made of, or false when they are too many. */
static bool add_range(uint64_t first, uint64_t last, struct text *out)
{
	int count = 0;

	for (; first <= last && count < RANGE_PREFIXES; count++) {
		unsigned bits = 0;
		struct in_addr address = { htonl((uint32_t)first) };
		char shown[INET_ADDRSTRLEN];

		while (bits < 32 && !(first & 1ull << bits) && first + (2ull << bits) - 1 <= last)
			bits++;
		inet_ntop(AF_INET, &address, shown, sizeof(shown));
		text_add(out, "%s%s", count ? ", " : "", shown);
		if (bits)
			text_add(out, "/%u", 32 - bits);
		first += 1ull << bits;
	}
	return first > last;
}

/* "10.0.0.1-10.0.0.9", "10.0.0.1 - 10.0.0.9" or "10.0.0.1-9". */
static bool parse_range(const char *s, uint32_t *first, uint32_t *last)
{
	char from[COMPLAINT_WORD], to[COMPLAINT_WORD], spare;
	struct in_addr address;
	unsigned octet;

	if (sscanf(s, "%23[0-9.] - %23[0-9.]%c", from, to, &spare) != 2 ||
	    inet_pton(AF_INET, from, &address) != 1)
		return false;
	*first = ntohl(address.s_addr);
	if (inet_pton(AF_INET, to, &address) == 1)
		*last = ntohl(address.s_addr);
	else if (sscanf(to, "%3u%c", &octet, &spare) == 1 && octet <= 255)
		*last = (*first & ~255u) | octet;
	else
		return false;
	return *first <= *last;
}

bool value_hint_address(const char *s, struct complaint *c)
{
	_cleanup_(text_free) struct text list = { 0 };
	uint32_t first, last;
	size_t host = strcspn(s, "/ ");

	if (parse_range(s, &first, &last)) {
		if (add_range(first, last, &list) && list.bytes)
			complain_hint(c, "a range is written as prefixes: [%s]", list.bytes);
		else
			complain_hint(c, "a range is written as prefixes, as in 10.20.30.0/24");
		return true;
	}
	if (!memchr(s, '.', host) || strspn(s, "0123456789.-") >= host || strchr(s, ':'))
		return false;
	complain_hint(c, "names of hosts are not looked up: write the address, as in 10.20.30.40");
	return true;
}

static int parse_ipv4(const char *s, const char *whole, __be32 out[4], struct complaint *c)
{
	struct in_addr address;

	if (inet_pton(AF_INET, s, &address) == 1) {
		address_from_ipv4(out, address.s_addr);
		return 0;
	}
	complain(c, E_BAD_ADDRESS, whole, "is not an IP address");
	if (value_hint_address(whole, c))
		return -EINVAL;
	if (has_leading_zero(s))
		complain_hint(c,
			      "four numbers of 0 to 255, without leading zeros, as in 10.20.30.40");
	else
		complain_hint(c, "four numbers of 0 to 255, as in 10.20.30.40");
	return -EINVAL;
}

static int parse_ipv6(const char *s, const char *whole, __be32 out[4], struct complaint *c)
{
	__be32 address[4];
	char ipv4[TEXT_ADDRESS];

	if (inet_pton(AF_INET6, s, address) != 1) {
		complain(c, E_BAD_ADDRESS, whole, "is not an IP address");
		if (strchr(s, '%'))
			complain_hint(c, "leave out the interface, '%.16s'", strchr(s, '%'));
		else
			complain_hint(c, "an IPv6 address looks like 2001:db8::40");
		return -EINVAL;
	}
	if (address_is_ipv4(address)) {
		complain(c, E_BAD_ADDRESS, whole, "is an IPv4 address in the form of IPv6");
		complain_hint(c, "write it as %s", text_address(ipv4, address));
		return -EINVAL;
	}
	memcpy(out, address, sizeof(address));
	return 0;
}

static int parse_address(const char *s, const char *whole, __be32 out[4], struct complaint *c)
{
	return strchr(s, ':') ? parse_ipv6(s, whole, out, c) : parse_ipv4(s, whole, out, c);
}

/*
 * Why no packet has an address of this prefix at either end (RFC 6890; RFC 1122, 3.2.1.3; RFC
 * 4291, 2.5 and 2.7), or NULL. `length` is that of the maps.
 */
static const char *unusable_ipv4(uint32_t address, unsigned length)
{
	uint32_t first = address >> 24;

	length -= ADDRESS_IPV4_BITS;
	if (length >= 8 && first == 0)
		return "is inside 0.0.0.0/8, which no host may use";
	if (length >= 8 && first == 127)
		return "is a loopback address";
	if (length == 32 && address == UINT32_MAX)
		return "is the broadcast address";
	if (length >= 4 && first >> 4 == 15)
		return "is inside 240.0.0.0/4, which no host may use";
	return NULL;
}

static const char *unusable_ipv6(const __be32 address[4], unsigned length)
{
	uint32_t first = ntohl(address[0]);

	if (length == ADDRESS_BITS && !address[0] && !address[1] && !address[2] && !address[3])
		return "is no host's address";
	if (length == ADDRESS_BITS && !address[0] && !address[1] && !address[2] &&
	    address[3] == htonl(1))
		return "is a loopback address";
	if (length >= 16 && first >> 24 == 0xff && (first >> 16 & 15) <= 1)
		return "is a multicast address that stays inside a host";
	return NULL;
}

static const char *unusable(const __be32 address[4], unsigned length)
{
	if (address_prefix_is_ipv4(address, length))
		return unusable_ipv4(ntohl(address[3]), length);
	return unusable_ipv6(address, length);
}

int value_address(const char *s, __be32 out[4], struct complaint *c)
{
	const char *slash = strchr(s, '/'), *why;
	__be32 address[4] = { 0 };

	if (slash) {
		complain(c, E_BAD_ADDRESS, s, "is a network, not an address");
		complain_hint(c, "write one address, without '%.8s'", slash);
		return -EINVAL;
	}
	if (parse_address(s, s, address, c))
		return -EINVAL;
	why = address_is_group(address) ? "is a multicast address"
					: unusable(address, ADDRESS_BITS);
	if (why) {
		complain(c, E_BAD_ADDRESS, s, "%s", why);
		complain_hint(c, "write the address of a host, as in 10.20.30.40 or 2001:db8::40");
		return -EINVAL;
	}
	memcpy(out, address, sizeof(address));
	return 0;
}

int value_router(const char *s, __be32 out[4], struct complaint *c)
{
	__be32 address[4];

	if (value_address(s, address, c))
		return -EINVAL;
	if (address_is_ipv4(address) || !address_is_link_local(address)) {
		complain(c, E_BAD_ADDRESS, s, "is not a link-local address of IPv6");
		complain_hint(c, "routers advertise themselves from an address in fe80::/10");
		return -EINVAL;
	}
	memcpy(out, address, sizeof(address));
	return 0;
}

bool value_is_group(const char *s)
{
	struct complaint ignored;
	__be32 address[4];

	return !parse_address(s, s, address, &ignored) && address_is_group(address);
}

int value_group(const char *s, __be32 out[4], struct complaint *c)
{
	__be32 address[4] = { 0 };
	const char *why;

	if (parse_address(s, s, address, c))
		return -EINVAL;
	why = address_is_group(address) ? unusable(address, ADDRESS_BITS)
					: "is not a multicast address";
	if (why) {
		complain(c, E_BAD_ADDRESS, s, "%s", why);
		complain_hint(c, "groups are in 224.0.0.0/4, or in ff02::/16 and wider scopes");
		return -EINVAL;
	}
	memcpy(out, address, sizeof(address));
	return 0;
}

/* What follows the slash: 0 to `most`, or the complaint with a way out. */
static int prefix_length(const char *s, const char *whole, unsigned most, uint64_t *out,
			 struct complaint *c)
{
	struct in_addr mask;
	uint32_t bits;

	if (!text_parse_number(s, 0, most, out))
		return 0;
	complain(c, E_BAD_PREFIX, whole, "has no valid prefix length");
	complain_hint(c, "prefix lengths are 0 to %u", most);
	if (most != 32 || inet_pton(AF_INET, s, &mask) != 1)
		return -EINVAL;
	bits = ntohl(mask.s_addr);
	if (!(~bits & (~bits + 1)))
		complain_hint(c, "write the mask %s as /%d", s, __builtin_popcount(bits));
	return -EINVAL;
}

int value_prefix(const char *s, struct model_prefix *out, struct complaint *c)
{
	const char *slash = strchr(s, '/'), *why;
	char address_text[64], shown[TEXT_ADDRESS];
	size_t length = slash ? (size_t)(slash - s) : strlen(s);
	__be32 address[4] = { 0 }, masked[4];
	unsigned family;
	uint64_t bits;

	snprintf(address_text, sizeof(address_text), "%.*s", (int)(length < 63 ? length : 63), s);
	if (parse_address(address_text, s, address, c))
		return -EINVAL;
	family = address_is_ipv4(address) ? 32 : ADDRESS_BITS;
	bits = family;
	if (slash && prefix_length(slash + 1, s, family, &bits, c))
		return -EINVAL;
	memcpy(masked, address, sizeof(masked));
	address_mask(masked, (unsigned)bits + ADDRESS_BITS - family);
	if (address_compare(masked, address)) {
		complain(c, E_BAD_PREFIX, s, "has host bits set");
		complain_hint(c, "did you mean %s/%u, or the single address %s?",
			      text_address(shown, masked), (unsigned)bits, address_text);
		return -EINVAL;
	}
	why = unusable(address, (unsigned)bits + ADDRESS_BITS - family);
	if (why) {
		complain(c, E_BAD_PREFIX, s, "%s", why);
		complain_hint(c, "no packet from or to it crosses the gateway");
		return -EINVAL;
	}
	memcpy(out->address, address, sizeof(address));
	out->length = (uint8_t)(bits + ADDRESS_BITS - family);
	return 0;
}
