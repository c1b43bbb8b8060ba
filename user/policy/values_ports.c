/* SPDX-License-Identifier: GPL-2.0-only */
/* What services are made of: protocols with ports, or with types of messages. */
#include "policy/values.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/own.h"
#include "base/text.h"

static int port_range(const char *ports, const char *whole, struct model_port_range *out,
		      struct complaint *c)
{
	char from[COMPLAINT_WORD], to[COMPLAINT_WORD];
	bool range = complain_split(ports, '-', from, to);
	uint64_t low, high;
	int err;

	if (!range)
		snprintf(from, sizeof(from), "%.23s", ports);
	err = complain_decimal(from, 1, UINT16_MAX, "a port", &low, c);
	high = low;
	if (!err && range)
		err = complain_decimal(to, 1, UINT16_MAX, "a port", &high, c);
	if (err && strchr(ports, ','))
		complain_hint(c, "write each port as an item of its own: [tcp/104, tcp/11112]");
	else if (err && !c->hint[0])
		complain_hint(c, "ports are 1 to 65535, a range of them is 5000-5010");
	if (err)
		return err;
	if (low > high) {
		complain(c, E_BAD_PORTS, whole, "runs backwards");
		complain_hint(c, "did you mean %s-%s?", to, from);
		return -EINVAL;
	}
	out->first = (uint16_t)low;
	out->last = (uint16_t)high;
	return 0;
}

/* Types of messages that have a name here: requests, which their replies follow. */
static const struct {
	enum protocol protocol;
	uint16_t type;
	const char *name;
} icmp_names[] = {
	{ PROTOCOL_ICMP, 8, "echo" }, /* RFC 792 */
	{ PROTOCOL_ICMP, 13, "timestamp" }, /* RFC 792 */
	{ PROTOCOL_ICMPV6, 128, "echo" }, /* RFC 4443, 4.1 */
};

#define ERRORS "errors about live flows pass by themselves"
#define ANSWERS "answers pass by themselves: name the request, as in icmp/echo"

/* Types that no rule can allow (RFC 792, RFC 4443, RFC 4861), and what is done with them. */
static const struct {
	enum protocol protocol;
	uint16_t first, last;
	const char *what, *hint;
} icmp_refused[] = {
	{ PROTOCOL_ICMP, 0, 0, "is a reply", ANSWERS },
	{ PROTOCOL_ICMP, 14, 14, "is a reply", ANSWERS },
	{ PROTOCOL_ICMP, 3, 3, "is an error", ERRORS },
	{ PROTOCOL_ICMP, 11, 12, "is an error", ERRORS },
	{ PROTOCOL_ICMP, 5, 5, "is a redirect", "redirects never cross the gateway" },
	{ PROTOCOL_ICMPV6, 0, 127, "is an error", ERRORS },
	{ PROTOCOL_ICMPV6, 129, 129, "is a reply", ANSWERS },
	{ PROTOCOL_ICMPV6, 133, 136, "is neighbour discovery",
	  "discovery passes by itself when it agrees with the devices' addresses" },
	{ PROTOCOL_ICMPV6, 137, 137, "is a redirect", "redirects never cross the gateway" },
};

static int message_type(const char *s, const char *whole, enum protocol protocol, uint64_t *type,
			struct complaint *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(icmp_names); i++) {
		if (icmp_names[i].protocol != protocol || strcmp(s, icmp_names[i].name))
			continue;
		*type = icmp_names[i].type;
		return 0;
	}
	if (!text_parse_number(s, 0, UINT8_MAX, type))
		return 0;
	complain(c, E_BAD_PORTS, whole, "is not a type of message");
	if (protocol == PROTOCOL_ICMP)
		complain_hint(c, "write icmp/echo, icmp/timestamp, or a type of 0 to 255 as in "
				 "icmp/17");
	else
		complain_hint(c, "write icmpv6/echo, or a type of 128 to 255 as in icmpv6/130");
	return -EINVAL;
}

static int icmp_type(const char *s, const char *whole, struct model_port_range *out,
		     struct complaint *c)
{
	enum protocol protocol = out->protocol;
	uint64_t type;

	if (message_type(s, whole, protocol, &type, c))
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(icmp_refused); i++) {
		if (icmp_refused[i].protocol != protocol || type < icmp_refused[i].first ||
		    type > icmp_refused[i].last)
			continue;
		complain(c, E_BAD_PORTS, whole, "%s, which no rule can allow",
			 icmp_refused[i].what);
		complain_hint(c, "%s", icmp_refused[i].hint);
		return -EINVAL;
	}
	out->first = out->last = (uint16_t)type;
	return 0;
}

static int only_igmp(const char *rest, const char *whole, struct model_port_range *out,
		     struct complaint *c)
{
	if (*rest) {
		complain(c, E_BAD_PORTS, whole, "is not a service");
		complain_hint(c, "IGMP is allowed as a whole: write igmp");
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
		{ "tcp/", PROTOCOL_TCP, port_range },	   { "udp/", PROTOCOL_UDP, port_range },
		{ "sctp/", PROTOCOL_SCTP, port_range },	   { "icmp/", PROTOCOL_ICMP, icmp_type },
		{ "icmpv6/", PROTOCOL_ICMPV6, icmp_type }, { "igmp", PROTOCOL_IGMP, only_igmp },
	};

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		size_t length = strlen(protocols[i].prefix);
		struct model_port_range range = { .protocol = protocols[i].protocol,
						  .place = out->place };

		if (strncmp(s, protocols[i].prefix, length))
			continue;
		if (protocols[i].parse(s + length, s, &range, c))
			return -EINVAL;
		*out = range;
		return 0;
	}
	complain(c, E_BAD_PORTS, s, "is not a protocol with a port");
	if (*s && strspn(s, "0123456789-") == strlen(s))
		complain_hint(c, "did you mean tcp/%.20s or udp/%.20s?", s, s);
	else if (!strncasecmp(s, "tcp/", 4) || !strncasecmp(s, "udp/", 4))
		complain_hint(c, "protocols are in small letters, as in tcp/8443");
	else
		complain_hint(c, "write tcp/8443, udp/5000-5010, sctp/2905, icmp/echo, icmpv6/echo "
				 "or igmp");
	return -EINVAL;
}

static const char *type_name(const struct model_port_range *range)
{
	for (size_t i = 0; i < ARRAY_SIZE(icmp_names); i++)
		if (icmp_names[i].protocol == range->protocol && icmp_names[i].type == range->first)
			return icmp_names[i].name;
	return NULL;
}

const char *values_ports(char out[VALUES_PORTS], const struct model_port_range *range)
{
	static const char *const names[PROTOCOLS] = {
		"tcp", "udp", "sctp", "icmp", "icmpv6", "igmp"
	};
	const char *protocol = names[range->protocol], *type = type_name(range);

	if (range->protocol == PROTOCOL_IGMP)
		snprintf(out, VALUES_PORTS, "%s", protocol);
	else if (type)
		snprintf(out, VALUES_PORTS, "%s/%s", protocol, type);
	else if (range->first == range->last)
		snprintf(out, VALUES_PORTS, "%s/%u", protocol, range->first);
	else
		snprintf(out, VALUES_PORTS, "%s/%u-%u", protocol, range->first, range->last);
	return out;
}
