/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of bindings share: a link with everything on it, and devices with leases. */
#ifndef WARDGATE_TESTS_BINDINGS_H
#define WARDGATE_TESTS_BINDINGS_H

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <criterion/criterion.h>
#include <linux/bpf.h>

#include "base/text.h"
#include "ward.h"

/* Link-local addresses are those that RFC 4291, appendix A makes of the MACs. */
#define CT6 "2001:db8:110::13"
#define CT_LOCAL "fe80::ff:fe00:1101"
#define PACS6 "2001:db8:110::200"
#define NOBODY "198.18.110.77"
#define NOBODY6 "2001:db8:110::77"

/* They lease what the server gives them. */
#define LAPTOP_MAC "02:00:00:00:11:08"
#define LAPTOP_LOCAL "fe80::ff:fe00:1108"
#define TABLET_MAC "02:00:00:00:11:09"
#define LEASED "198.18.110.80"
#define LEASED6 "2001:db8:110::80"

#define SHUT_MAC "02:00:00:00:11:0a"
#define SHUT "198.18.110.90"

#define GROUP "239.1.2.3"
#define GROUP_MAC "01:00:5e:01:02:03"
#define ALL_NODES "ff02::1"
#define ALL_NODES_MAC "33:33:00:00:00:01"

#define ROUTER "fe80::1"
#define ROUTER_MAC "02:00:00:00:22:02"
#define SERVER "198.18.110.5"
#define SERVER6 "fe80::5"
#define SERVER_MAC "02:00:00:00:22:05"
#define HOST "198.18.110.1"
#define HOST6 "2001:db8:110::1"

#define BINDINGS_POLICY                                                                            \
	"version: 1\n"                                                                             \
	"links:\n"                                                                                 \
	"  - {name: ward, clinical: c0, it: i0, vlans: [110, 120],"                                \
	" routers: [\"fe80::1\"], dhcp-servers: [198.18.110.5, \"fe80::5\"],"                      \
	" host: {addresses: [198.18.110.1, \"2001:db8:110::1\"]}}\n"                               \
	"  - {name: lab, clinical: c1, it: i1}\n"                                                  \
	"networks:\n"                                                                              \
	"  servers: [198.18.110.192/28, \"2001:db8:110::200/120\"]\n"                              \
	"profiles:\n"                                                                              \
	"  scanner:\n"                                                                             \
	"    allow:\n"                                                                             \
	"      - {to: servers, services: [udp/123]}\n"                                             \
	"      - {from: servers, services: [udp/123]}\n"                                           \
	"  listeners:\n"                                                                           \
	"    allow:\n"                                                                             \
	"      - {from: servers, services: [udp/123]}\n"                                           \
	"devices:\n"                                                                               \
	"  - {name: ct, mac: 02:00:00:00:11:01, vlan: 110,"                                        \
	" ip: [198.18.110.13, \"2001:db8:110::13\"], profile: scanner, link: ward}\n"              \
	"  - {name: pump, mac: 02:00:00:00:11:02, vlan: 120, ip: 198.18.120.20,"                   \
	" profile: scanner, link: ward}\n"                                                         \
	"  - {name: native, mac: 02:00:00:00:11:03, ip: 198.18.130.30, profile: scanner,"          \
	" link: lab}\n"                                                                            \
	"  - {name: laptop, mac: 02:00:00:00:11:08, vlan: 110, ip: [dhcp, dhcp6],"                 \
	" profile: scanner, link: ward}\n"                                                         \
	"  - {name: tablet, mac: 02:00:00:00:11:09, vlan: 110, ip: [dhcp, dhcp6],"                 \
	" profile: scanner, link: ward}\n"                                                         \
	"  - {name: shut, mac: 02:00:00:00:11:0a, vlan: 110, ip: 198.18.110.90,"                   \
	" profile: scanner, link: ward, enforcement: closed}\n"                                    \
	"  - {name: alarms, vlan: 110, ip: 239.1.2.3, profile: listeners, link: ward}\n"

/* A row of a table: who is charged is a device, or a port. */
struct row {
	const char *description;
	struct frame frame;
	int reason;
	const char *owner;
};

#define EXPECT_ROWS(gateway, port, rows)                                                           \
	for (size_t row = 0; row < sizeof(rows) / sizeof((rows)[0]); row++)                        \
		expect_owner(gateway, port, (rows)[row].frame, (rows)[row].reason,                 \
			     (rows)[row].owner, (rows)[row].description)

/* For the gateway itself: its kernel gets it, and the port is charged. */
static inline void expect_host(struct gateway *g, unsigned port, const char *owner,
			       struct frame frame, const char *description)
{
	struct verdict v = gateway_run(g, port, &frame);

	cr_expect_eq(v.action, XDP_PASS, "%s: verdict %u, reason %s", description, v.action,
		     reason_label(v.reason));
	cr_expect_str_eq(v.owner, owner, "%s: charged to '%s'", description, v.owner);
}

/* NTP from a device to a server, and from a server to a device. */
static inline struct frame device_sends(const char *mac, int vlan, const char *address)
{
	bool ipv6 = strchr(address, ':');

	return frame_of((struct packet_spec){
		.source_mac = mac, .destination_mac = PACS_MAC, .vlan = vlan, .source = address,
		.destination = ipv6 ? PACS6 : PACS, .protocol = IPPROTO_UDP, .source_port = 123,
		.destination_port = 123 });
}

static inline struct frame device_gets(const char *mac, int vlan, const char *address)
{
	bool ipv6 = strchr(address, ':');

	return frame_of((struct packet_spec){
		.source_mac = PACS_MAC, .destination_mac = mac, .vlan = vlan,
		.source = ipv6 ? PACS6 : PACS, .destination = address, .protocol = IPPROTO_UDP,
		.source_port = 123, .destination_port = 123 });
}

/* Neighbour or router discovery on VLAN 110. */
static inline struct frame nd(int type, const char *mac, const char *source,
			      const char *destination, const char *target, const char *link_address)
{
	return frame_of((struct packet_spec){
		.source_mac = mac, .destination_mac = ALL_NODES_MAC, .vlan = 110,
		.source = source, .destination = destination, .protocol = IPPROTO_ICMPV6,
		.source_port = (uint16_t)type, .target = target, .link_address = link_address });
}

/* Time passes: nothing that was leased, or asked for, is still of use. */
static inline void expire_leases(struct gateway *g)
{
	for (uint32_t i = 0; i < g->kernel->state.meta->device_capacity; i++)
		g->kernel->state.bindings[i].ipv4.expires =
			g->kernel->state.bindings[i].ipv6.expires = 1;
}

static inline void forget_requests(struct gateway *g)
{
	for (uint32_t i = 0; i < g->kernel->state.meta->device_capacity; i++)
		g->kernel->state.bindings[i].ipv4.asked_until =
			g->kernel->state.bindings[i].ipv6.asked_until = 1;
}

static inline void remove_lease_entries(struct gateway *g)
{
	int fd = g->kernel->state.fds[STATE_LEASES];
	struct ward_lease_key key;

	while (!bpf_map_get_next_key(fd, NULL, &key))
		cr_assert_eq(bpf_map_delete_elem(fd, &key), 0);
}

#endif
