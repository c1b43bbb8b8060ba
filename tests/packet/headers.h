/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the parser share: links of every kind, and good packets to be spoiled. */
#ifndef WARDGATE_TESTS_HEADERS_H
#define WARDGATE_TESTS_HEADERS_H

#include <criterion/criterion.h>
#include <linux/bpf.h>

#include "ward.h"

#define CT6 "2001:db8:110::13"
#define PACS6 "2001:db8:110::200"
#define ROUTER_OF_PATH "198.18.9.9"
#define ROUTER_OF_PATH6 "2001:db8:9::9"
#define GROUP "239.1.2.3"
#define GROUP6 "ff05::1:3"

/* The gateway's own, on the link `lab`. */
#define HOST "198.18.130.1"
#define HOST6 "2001:db8:130::1"
#define HOST_VLAN 99

#define LINKS_POLICY                                                                               \
	"version: 1\n"                                                                             \
	"links:\n"                                                                                 \
	"  - {name: ward, clinical: c0, it: i0, vlans: [none, 110, 120, 100.110]}\n"               \
	"  - {name: lab, clinical: c1, it: i1, ethertypes: [stp, 0x88cc],"                         \
	" host: {vlans: [99], addresses: [198.18.130.1, \"2001:db8:130::1\"]}}\n"                  \
	"  - {name: mapped, clinical: c2, it: i2, vlan-map: {110: 210, none: 220}}\n"              \
	"  - {name: trunk, clinical: t0, it: t0, vlan-map: {110: 210}}\n"                          \
	"  - {name: shut, clinical: c3, it: i3, enforcement: closed}\n"                            \
	"networks:\n"                                                                              \
	"  servers: [198.18.110.192/28, \"2001:db8:110::200/120\", 239.1.2.0/24, \"ff05::/16\"]\n" \
	"services:\n"                                                                              \
	"  store: [tcp/104]\n"                                                                     \
	"  all: [tcp/104, udp/123, sctp/3868, icmp/echo, icmp/timestamp, icmp/200, icmpv6/echo,"   \
	" icmpv6/200, igmp]\n"                                                                     \
	"profiles:\n"                                                                              \
	"  scanner:\n"                                                                             \
	"    fragments: track\n"                                                                   \
	"    allow:\n"                                                                             \
	"      - {to: servers, services: [all]}\n"                                                 \
	"devices:\n"                                                                               \
	"  - {name: ct, mac: 02:00:00:00:11:01, vlan: 110,"                                        \
	" ip: [198.18.110.13, \"2001:db8:110::13\"], profile: scanner, link: ward}\n"              \
	"  - {name: untagged, mac: 02:00:00:00:11:04, ip: 198.18.110.14, profile: scanner,"        \
	" link: ward}\n"                                                                           \
	"  - {name: stacked, mac: 02:00:00:00:11:05, vlan: 100.110, ip: 198.18.110.15,"            \
	" profile: scanner, link: ward}\n"                                                         \
	"  - {name: native, mac: 02:00:00:00:11:03, ip: 198.18.130.30, profile: scanner,"          \
	" link: lab}\n"                                                                            \
	"  - {name: mapped, mac: 02:00:00:00:11:06, vlan: 110, ip: 198.18.110.16,"                 \
	" profile: scanner, link: mapped}\n"                                                       \
	"  - {name: trunked, mac: 02:00:00:00:11:07, vlan: 110, ip: 198.18.110.17,"                \
	" profile: scanner, link: trunk}\n"

#define UNTAGGED_MAC "02:00:00:00:11:04"
#define UNTAGGED "198.18.110.14"
#define STACKED_MAC "02:00:00:00:11:05"
#define STACKED "198.18.110.15"
#define MAPPED_MAC "02:00:00:00:11:06"
#define MAPPED "198.18.110.16"
#define TRUNKED_MAC "02:00:00:00:11:07"
#define TRUNKED "198.18.110.17"

/* Ports of the image, behind those of ward.h: links in the order of the policy. */
#define MAPPED_CLINICAL 4
#define MAPPED_IT 5
#define TRUNK 6
#define SHUT_CLINICAL 7

/* From the CT to a server. */
static inline struct packet_spec ipv4_spec(int protocol, uint16_t from_port, uint16_t to_port)
{
	return (struct packet_spec){ .source_mac = CT_MAC, .destination_mac = PACS_MAC, .vlan = 110,
				     .source = CT, .destination = PACS, .protocol = protocol,
				     .source_port = from_port, .destination_port = to_port,
				     .flags = SYN, .chunk = 1, .payload = 24 };
}

static inline struct packet_spec ipv6_spec(int protocol, uint16_t from_port, uint16_t to_port)
{
	struct packet_spec s = ipv4_spec(protocol, from_port, to_port);

	s.source = CT6;
	s.destination = PACS6;
	return s;
}

static inline struct packet_spec tcp_spec(void)
{
	return ipv4_spec(IPPROTO_TCP, 40000, 104);
}

static inline struct packet_spec tcp6_spec(void)
{
	return ipv6_spec(IPPROTO_TCP, 40000, 104);
}

/* It passes, but not out of the link's other port. */
static inline void expect_action(struct gateway *g, unsigned port, struct frame frame,
				 enum xdp_action action, const char *description)
{
	struct verdict v = gateway_run(g, port, &frame);

	cr_expect_eq(v.reason, PASSES, "%s: %s", description, reason_label(v.reason));
	cr_expect_eq(v.action, (uint32_t)action, "%s: verdict %u", description, v.action);
}

static inline void expect_host(struct gateway *g, unsigned port, struct frame frame,
			       const char *description)
{
	expect_action(g, port, frame, XDP_PASS, description);
}

/* From a server to the CT, or from a router on the way. */
static inline struct packet_spec towards(struct packet_spec s)
{
	const char *source = s.source;

	s.source_mac = PACS_MAC;
	s.destination_mac = CT_MAC;
	s.source = s.destination;
	s.destination = source;
	return s;
}

#endif
