/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/values.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/own.h"
#include "base/text.h"
#include "policy/characters.h"

#define SHOWN_CHARACTERS 48
#define MAX_INTERFACE 15 /* IFNAMSIZ is 16 with the NUL */
#define MAX_VLAN 4094 /* 4095 is reserved by IEEE 802.1Q-2018, 9.6 */

const char *values_show(char out[VALUES_SHOWN], const char *text)
{
	size_t at = 0, left = strlen(text);

	for (int i = 0; at < left && i < SHOWN_CHARACTERS; i++) {
		size_t n = character_length(text + at, left - at) ?: 1;

		memcpy(out + at, text + at, n);
		if (strchr("\t\r\n", text[at]))
			out[at] = ' ';
		at += n;
	}
	snprintf(out + at, VALUES_SHOWN - at, "%s", at < left ? "..." : "");
	return out;
}

__attribute__((format(printf, 2, 3))) static void hint(struct complaint *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->hint, sizeof(c->hint), format, args);
	va_end(args);
}

/* "'TEXT' WHAT"; the hint may follow. */
__attribute__((format(printf, 3, 4))) static int refuse(struct complaint *c, const char *s,
							const char *format, ...)
{
	char shown[VALUES_SHOWN];
	va_list args;
	int length = snprintf(c->message, sizeof(c->message), "'%s' ", values_show(shown, s));

	c->hint[0] = '\0';
	if (length < (int)sizeof(c->message)) {
		va_start(args, format);
		vsnprintf(c->message + length, sizeof(c->message) - (size_t)length, format, args);
		va_end(args);
	}
	return -EINVAL;
}

int value_name(const char *s, struct complaint *c)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t good = strspn(s, allowed), length = strlen(s);
	int err = 0;

	if (length >= WARD_NAME_SIZE)
		err = refuse(c, s, "is too long for a name: %zu characters", length);
	else if (good < length && s[good] == ' ')
		err = refuse(c, s, "is not a name: it holds a space");
	else if (good < length || !length)
		err = refuse(c, s, "is not a name");
	else if (!isalnum((unsigned char)s[0]))
		err = refuse(c, s, "is not a name: it starts with '%c'", s[0]);
	if (err)
		hint(c,
		     "names are 1 to %d letters, digits, '.', '_' or '-', and start with a letter "
		     "or digit",
		     WARD_NAME_SIZE - 1);
	return err;
}

int value_interface(const char *s, struct complaint *c)
{
	size_t length = strlen(s);
	bool valid = length && length <= MAX_INTERFACE && strcmp(s, ".") && strcmp(s, "..");

	for (size_t i = 0; i < length; i++)
		if (!isgraph((unsigned char)s[i]) || strchr("/:\"\\", s[i]))
			valid = false;
	if (valid)
		return 0;
	refuse(c, s, "is not the name of a network interface");
	hint(c,
	     "names of interfaces are 1 to %d characters without spaces and slashes, as in "
	     "enp1s0 (see `ip link`)",
	     MAX_INTERFACE);
	return -EINVAL;
}

int value_purpose(const char *s, struct complaint *c)
{
	size_t length = strlen(s);

	if (length > VALUES_MAX_PURPOSE) {
		refuse(c, s, "is %zu bytes long", length);
		hint(c, "a purpose has up to %d bytes", VALUES_MAX_PURPOSE);
		return -EINVAL;
	}
	if (!length || strcspn(s, "\t\r\n") < length || characters_bad(s, length) < length) {
		refuse(c, s, "is not a line of text");
		hint(c, "a purpose is one line, as in \"store studies\"");
		return -EINVAL;
	}
	return 0;
}

/* 0200.0000.1101, as some switches print it. */
static bool is_dotted_mac(const char *s)
{
	if (strlen(s) != 14 || s[4] != '.' || s[9] != '.')
		return false;
	for (int i = 0; i < 14; i++)
		if (i != 4 && i != 9 && !isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

int value_mac(const char *s, uint8_t out[6], struct complaint *c)
{
	static const uint8_t zero[6];
	uint8_t mac[6];

	if (text_parse_mac(s, mac)) {
		refuse(c, s, "is not a MAC address");
		if (is_dotted_mac(s))
			hint(c, "write it as %.2s:%.2s:%.2s:%.2s:%.2s:%.2s", s, s + 2, s + 5, s + 7,
			     s + 10, s + 12);
		else
			hint(c, "a MAC address looks like 02:00:00:00:11:01");
		return -EINVAL;
	}
	if (!memcmp(mac, zero, sizeof(mac))) {
		refuse(c, s, "is not the MAC address of a device");
		hint(c, "read it from the device's label or from the switch");
		return -EINVAL;
	}
	if (mac[0] & 1) {
		refuse(c, s, "is a multicast or broadcast address");
		hint(c, "the second digit of a device's own MAC address is even");
		return -EINVAL;
	}
	memcpy(out, mac, sizeof(mac));
	return 0;
}

/* A decimal of 0 to `high`; a zero in front is refused: in YAML it may mean octal. */
static int decimal(const char *s, uint64_t low, uint64_t high, const char *what, uint64_t *out,
		   struct complaint *c)
{
	size_t zeros = strspn(s, "0"), length = strlen(s);
	int err;

	if (zeros && length > 1 && strspn(s, "0123456789") == length) {
		refuse(c, s, "starts with a zero, which some read as octal");
		hint(c, "write it as %.20s", zeros < length ? s + zeros : "0");
		return -EINVAL;
	}
	err = text_parse_number(s, low, high, out);
	if (err == -ERANGE)
		return refuse(c, s, "is out of range for %s", what);
	return err ? refuse(c, s, "is not %s", what) : 0;
}

int value_vlan(const char *s, uint16_t *out, struct complaint *c)
{
	uint64_t id;

	if (!strcmp(s, "none")) {
		*out = WARD_NO_VLAN;
		return 0;
	}
	if (decimal(s, 1, MAX_VLAN, "a VLAN id", &id, c)) {
		if (!c->hint[0])
			hint(c, "VLAN ids are 1 to %d; `none` means frames without a tag",
			     MAX_VLAN);
		return -EINVAL;
	}
	*out = (uint16_t)id;
	return 0;
}

/* Splits "A-B" into two short decimals. False when it is no range. */
static bool split_range(const char *s, char first[24], char last[24])
{
	const char *dash = strchr(s, '-');

	if (!dash || dash == s || dash - s >= 24 || strlen(dash + 1) >= 24 || !dash[1])
		return false;
	snprintf(first, 24, "%.*s", (int)(dash - s), s);
	snprintf(last, 24, "%s", dash + 1);
	return true;
}

int value_vlan_range(const char *s, uint16_t *first, uint16_t *last, struct complaint *c)
{
	char from[24], to[24];
	uint64_t low, high;

	if (!split_range(s, from, to)) {
		if (value_vlan(s, first, c))
			return -EINVAL;
		*last = *first;
		return 0;
	}
	if (decimal(from, 1, MAX_VLAN, "a VLAN id", &low, c) ||
	    decimal(to, 1, MAX_VLAN, "a VLAN id", &high, c)) {
		if (!c->hint[0])
			hint(c, "VLAN ids are 1 to %d, a range of them is 110-120", MAX_VLAN);
		return -EINVAL;
	}
	if (low > high) {
		refuse(c, s, "runs backwards");
		hint(c, "did you mean %s-%s?", to, from);
		return -EINVAL;
	}
	*first = (uint16_t)low;
	*last = (uint16_t)high;
	return 0;
}

/* Why no host may have an address of this prefix (RFC 6890; RFC 1122, 3.2.1.3), or NULL. */
static const char *unusable(uint32_t address, unsigned length)
{
	uint32_t first = address >> 24;

	if (length >= 8 && first == 0)
		return "is inside 0.0.0.0/8, which no host may use";
	if (length >= 8 && first == 127)
		return "is a loopback address";
	if (length >= 4 && first >> 4 == 14)
		return "is a multicast address";
	if (length == 32 && address == UINT32_MAX)
		return "is the broadcast address";
	if (length >= 3 && first >> 5 == 7)
		return "is inside 224.0.0.0/3, which no host may use";
	return NULL;
}

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

static int parse_ipv4(const char *s, const char *whole, __be32 *out, struct complaint *c)
{
	struct in_addr address;

	if (inet_pton(AF_INET, s, &address) == 1) {
		*out = address.s_addr;
		return 0;
	}
	refuse(c, whole, "is not an IPv4 address");
	if (strchr(s, ':'))
		hint(c, "this version enforces IPv4 only");
	else if (has_leading_zero(s))
		hint(c, "four numbers of 0 to 255, without leading zeros, as in 10.20.30.40");
	else
		hint(c, "four numbers of 0 to 255, as in 10.20.30.40");
	return -EINVAL;
}

int value_address(const char *s, __be32 *out, struct complaint *c)
{
	const char *slash = strchr(s, '/'), *why;
	__be32 address = 0;

	if (slash && !strchr(s, ':')) {
		refuse(c, s, "is a network, not an address");
		hint(c, "a device has one address, without '%.8s'", slash);
		return -EINVAL;
	}
	if (parse_ipv4(s, s, &address, c))
		return -EINVAL;
	why = unusable(ntohl(address), 32);
	if (why) {
		refuse(c, s, "%s", why);
		hint(c, "a device needs the address of a host, as in 10.20.30.40");
		return -EINVAL;
	}
	*out = address;
	return 0;
}

/* What follows the slash: 0 to 32, or the complaint with a way out. */
static int prefix_length(const char *s, const char *whole, uint64_t *out, struct complaint *c)
{
	struct in_addr mask;
	uint32_t bits;

	if (!text_parse_number(s, 0, 32, out))
		return 0;
	refuse(c, whole, "has no valid prefix length");
	hint(c, "prefix lengths are 0 to 32");
	if (inet_pton(AF_INET, s, &mask) != 1)
		return -EINVAL;
	bits = ntohl(mask.s_addr);
	if (!(~bits & (~bits + 1)))
		hint(c, "write the mask %s as /%d", s, __builtin_popcount(bits));
	return -EINVAL;
}

static const char *show_prefix(char out[32], uint32_t address, unsigned length)
{
	char text[INET_ADDRSTRLEN];
	struct in_addr in = { htonl(address) };

	inet_ntop(AF_INET, &in, text, sizeof(text));
	snprintf(out, 32, "%s/%u", text, length);
	return out;
}

int value_prefix(const char *s, struct model_prefix *out, struct complaint *c)
{
	const char *slash = strchr(s, '/'), *why;
	char address_text[64], shown[32];
	size_t length = slash ? (size_t)(slash - s) : strlen(s);
	uint64_t bits = 32;
	uint32_t host, mask;
	__be32 address = 0;

	snprintf(address_text, sizeof(address_text), "%.*s", (int)(length < 63 ? length : 63), s);
	if (parse_ipv4(address_text, s, &address, c) ||
	    (slash && prefix_length(slash + 1, s, &bits, c)))
		return -EINVAL;
	host = ntohl(address);
	mask = bits ? ~0u << (32 - bits) : 0;
	if (host & ~mask) {
		refuse(c, s, "has host bits set");
		hint(c, "did you mean %s, or the single address %s?",
		     show_prefix(shown, host & mask, (unsigned)bits), address_text);
		return -EINVAL;
	}
	why = unusable(host, (unsigned)bits);
	if (why) {
		refuse(c, s, "%s", why);
		hint(c, "no packet from or to it crosses the gateway");
		return -EINVAL;
	}
	out->address = address;
	out->length = (uint8_t)bits;
	return 0;
}

static int port_range(const char *ports, const char *whole, struct model_port_range *out,
		      struct complaint *c)
{
	char from[24], to[24];
	bool range = split_range(ports, from, to);
	uint64_t low, high;
	int err;

	if (!range)
		snprintf(from, sizeof(from), "%.23s", ports);
	err = decimal(from, 1, UINT16_MAX, "a port", &low, c);
	high = low;
	if (!err && range)
		err = decimal(to, 1, UINT16_MAX, "a port", &high, c);
	if (err && strchr(ports, ','))
		hint(c, "write each port as an item of its own: [tcp/104, tcp/11112]");
	else if (err && !c->hint[0])
		hint(c, "ports are 1 to 65535, a range of them is 5000-5010");
	if (err)
		return err;
	if (low > high) {
		refuse(c, whole, "runs backwards");
		hint(c, "did you mean %s-%s?", to, from);
		return -EINVAL;
	}
	out->first = (uint16_t)low;
	out->last = (uint16_t)high;
	return 0;
}

static int echo_only(const char *type, const char *whole, struct model_port_range *out,
		     struct complaint *c)
{
	if (strcmp(type, "echo")) {
		refuse(c, whole, "is not a service");
		hint(c, "of ICMP only icmp/echo can be allowed");
		return -EINVAL;
	}
	out->first = out->last = 0;
	return 0;
}

int value_ports(const char *s, struct model_port_range *out, struct complaint *c)
{
	static const struct {
		const char *prefix;
		enum protocol protocol;
		int (*parse)(const char *rest, const char *whole, struct model_port_range *out,
			     struct complaint *c);
	} protocols[] = {
		{ "tcp/", PROTOCOL_TCP, port_range },
		{ "udp/", PROTOCOL_UDP, port_range },
		{ "icmp/", PROTOCOL_ICMP_ECHO, echo_only },
	};

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		size_t length = strlen(protocols[i].prefix);

		if (strncmp(s, protocols[i].prefix, length))
			continue;
		if (protocols[i].parse(s + length, s, out, c))
			return -EINVAL;
		out->protocol = protocols[i].protocol;
		return 0;
	}
	refuse(c, s, "is not a protocol with a port");
	if (*s && strspn(s, "0123456789-") == strlen(s))
		hint(c, "did you mean tcp/%.20s or udp/%.20s?", s, s);
	else if (!strncasecmp(s, "tcp/", 4) || !strncasecmp(s, "udp/", 4))
		hint(c, "protocols are in small letters, as in tcp/8443");
	else
		hint(c, "write tcp/8443, udp/5000-5010 or icmp/echo");
	return -EINVAL;
}

/* NUMBER[kMG] of `length` bytes. */
static int scaled(const char *s, size_t length, const struct value_range *range, uint64_t *out,
		  struct complaint *c)
{
	static const struct {
		char suffix;
		uint64_t factor;
	} scales[] = { { 'k', 1000 }, { 'M', 1000000 }, { 'G', 1000000000 } };
	uint64_t factor = 1, n;
	char digits[24];
	int err;

	for (size_t i = 0; length && i < ARRAY_SIZE(scales); i++)
		if (s[length - 1] == scales[i].suffix)
			factor = scales[i].factor;
	if (factor > 1)
		length--;
	if (length >= sizeof(digits))
		length = sizeof(digits) - 1;
	snprintf(digits, sizeof(digits), "%.*s", (int)length, s);
	err = text_parse_number(digits, 0, UINT64_MAX / factor, &n);
	if (err == -EINVAL && decimal(digits, 0, UINT64_MAX, range->what, &n, c) && c->hint[0])
		return err;
	if (err == -EINVAL) {
		refuse(c, s, "is not %s", range->what);
		hint(c,
		     "a whole number, as in %s; k, M and G stand for thousand, million and billion",
		     range->example);
		return err;
	}
	if (err || n * factor < range->low || n * factor > range->high) {
		refuse(c, s, "is out of range for %s", range->what);
		hint(c, "%s", range->range);
		return -EINVAL;
	}
	*out = n * factor;
	return 0;
}

int value_amount(const char *s, const struct value_range *range, uint64_t *out, struct complaint *c)
{
	size_t length = strlen(s);

	if (length > 2 && !strcmp(s + length - 2, "/s")) {
		refuse(c, s, "is a rate; %s is an amount", range->what);
		hint(c, "write it without '/s', as in %s", range->example);
		return -EINVAL;
	}
	return scaled(s, length, range, out, c);
}

int value_rate(const char *s, const struct value_range *range, uint64_t *out, struct complaint *c)
{
	size_t length = strlen(s);

	if (length > 2 && !strcmp(s + length - 2, "/s"))
		return scaled(s, length - 2, range, out, c);
	refuse(c, s, "is not %s", range->what);
	hint(c, "a rate is per second, as in %s", range->example);
	return -EINVAL;
}
