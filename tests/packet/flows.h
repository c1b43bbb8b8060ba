/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of flows, limits, fragments and errors share: a policy that uses all of them. */
#ifndef WARDGATE_TESTS_FLOWS_H
#define WARDGATE_TESTS_FLOWS_H

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

#include "ward.h"

#define CT6 "2001:db8:110::13"
#define PACS6 "2001:db8:110::200"
#define ROUTER "198.18.9.9"
#define ROUTER6 "2001:db8:9::9"
#define GROUP "239.1.2.3"
#define SPARE_MAC "02:00:00:00:11:04"
#define SPARE "198.18.110.14"

/* `limit` is of the profile `scanner`, `rule` of its rule for TCP: flow mappings, or "{}". */
#define FLOWS_POLICY_WITH(limit, rule)                                                             \
	"version: 1\n"                                                                             \
	"quarantine: shut-in\n"                                                                    \
	"links:\n"                                                                                 \
	"  - {name: ward, clinical: c0, it: i0, vlans: [110, 120]}\n"                              \
	"networks:\n"                                                                              \
	"  servers: [198.18.110.192/28, \"2001:db8:110::200/120\"]\n"                              \
	"  groups: [239.1.2.0/24, \"ff05::/16\"]\n"                                                \
	"  vendor: [198.19.0.0/16]\n"                                                              \
	"  updates: [198.18.110.200]\n"                                                            \
	"services:\n"                                                                              \
	"  store: [tcp/104]\n"                                                                     \
	"  messages: [udp/123, sctp/3868, icmp/echo, icmp/200, icmpv6/echo]\n"                     \
	"  discovery: [udp/3702]\n"                                                                \
	"  shell: [tcp/22]\n"                                                                      \
	"profiles:\n"                                                                              \
	"  scanner:\n"                                                                             \
	"    fragments: track\n"                                                                   \
	"    allow:\n"                                                                             \
	"      - {to: servers, services: [store]" rule "}\n"                                       \
	"      - {to: servers, services: [messages]}\n"                                            \
	"      - {to: groups, services: [discovery], replies: true}\n"                             \
	"      - {from: vendor, services: [shell]}\n" limit                                        \
	"  plain:\n"                                                                               \
	"    allow:\n"                                                                             \
	"      - {to: servers, services: [store, messages]}\n"                                     \
	"      - {to: groups, services: [discovery]}\n"                                            \
	"  shut-in:\n"                                                                             \
	"    fragments: track\n"                                                                   \
	"    allow:\n"                                                                             \
	"      - {to: updates, services: [store]}\n"                                               \
	"devices:\n"                                                                               \
	"  - {name: ct, mac: 02:00:00:00:11:01, vlan: 110,"                                        \
	" ip: [198.18.110.13, \"2001:db8:110::13\"], profile: scanner, link: ward}\n"              \
	"  - {name: spare, mac: 02:00:00:00:11:04, vlan: 110, ip: 198.18.110.14,"                  \
	" profile: plain, link: ward}\n"

#define FLOWS_POLICY FLOWS_POLICY_WITH("", "")

/* From the CT to a server. */
static inline struct packet_spec out_spec(int protocol, uint16_t from_port, uint16_t to_port)
{
	return (struct packet_spec){ .source_mac = CT_MAC, .destination_mac = PACS_MAC, .vlan = 110,
				     .source = CT, .destination = PACS, .protocol = protocol,
				     .source_port = from_port, .destination_port = to_port,
				     .window = 1000, .payload = 24 };
}

static inline struct packet_spec out6_spec(int protocol, uint16_t from_port, uint16_t to_port)
{
	struct packet_spec s = out_spec(protocol, from_port, to_port);

	s.source = CT6;
	s.destination = PACS6;
	return s;
}

/* The same, from the server to the CT: addresses and MACs change places, and ports, if they are. */
static inline struct packet_spec back_spec(struct packet_spec s)
{
	const char *source = s.source;
	uint16_t port = s.source_port;

	s.source_mac = PACS_MAC;
	s.destination_mac = CT_MAC;
	s.source = s.destination;
	s.destination = source;
	if (s.protocol != IPPROTO_ICMP && s.protocol != IPPROTO_ICMPV6) {
		s.source_port = s.destination_port;
		s.destination_port = port;
	}
	return s;
}

static inline uint32_t device_index(const struct gateway *g, unsigned device)
{
	return g->slots.device_owner[device] - WARD_OWNER_FIRST_DEVICE;
}

/* The CT's flow from this port, among its near ones; NULL when there was none. */
static inline struct ward_flow *flow_of_port(const struct gateway *g, uint16_t port)
{
	struct ward_flow *near = g->kernel->state.shares[device_index(g, 0)].near;

	for (int i = 0; i < WARD_NEAR_FLOWS; i++)
		if (near[i].local_port == htons(port))
			return &near[i];
	return NULL;
}

/* When it expires, in seconds from now. */
static inline uint64_t seconds_left(const struct gateway *g, uint16_t port)
{
	const struct ward_flow *f = flow_of_port(g, port);
	uint64_t now = clock_monotonic().ns;

	return f && f->expires > now ? (f->expires - now + 500000000) / 1000000000 : 0;
}

#endif
