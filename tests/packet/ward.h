/* SPDX-License-Identifier: GPL-2.0-only */
/* The small ward of the packet tests: its policy, and frames of its hosts. */
#ifndef WARDGATE_TESTS_WARD_H
#define WARDGATE_TESTS_WARD_H

#include <netinet/in.h>

#include "gateway.h"

#define CT_MAC "02:00:00:00:11:01"
#define CT "198.18.110.13"
#define PUMP_MAC "02:00:00:00:11:02"
#define PUMP "198.18.120.20"
#define NATIVE_MAC "02:00:00:00:11:03"
#define NATIVE "198.18.130.30"
#define PACS_MAC "02:00:00:00:22:01"
#define PACS "198.18.110.200"
#define OTHER "198.18.110.201"
#define STRANGER_MAC "02:00:00:00:99:99"
#define BROADCAST "ff:ff:ff:ff:ff:ff"

#define WARD_POLICY                                                                                \
	"version: 1\n"                                                                             \
	"links:\n"                                                                                 \
	"  - {name: ward, clinical: c0, it: i0, vlans: [110, 120]}\n"                              \
	"  - {name: lab, clinical: c1, it: i1}\n"                                                  \
	"networks:\n"                                                                              \
	"  pacs: [198.18.110.200]\n"                                                               \
	"  servers: [198.18.110.192/28]\n"                                                         \
	"  vendor: [198.19.0.0/16]\n"                                                              \
	"services:\n"                                                                              \
	"  store: [tcp/104, tcp/11112]\n"                                                          \
	"  range: [tcp/5000-5010]\n"                                                               \
	"profiles:\n"                                                                              \
	"  scanner:\n"                                                                             \
	"    allow:\n"                                                                             \
	"      - {to: pacs, services: [store]}\n"                                                  \
	"      - {to: servers, services: [udp/123, icmp/echo, range]}\n"                           \
	"      - {from: vendor, services: [tcp/22]}\n"                                             \
	"  pump:\n"                                                                                \
	"    allow:\n"                                                                             \
	"      - {to: servers, services: [tcp/443]}\n"                                             \
	"    limit: {packets: 10/s, burst: 5}\n"                                                   \
	"  slow:\n"                                                                                \
	"    allow:\n"                                                                             \
	"      - {to: servers, services: [udp/123]}\n"                                             \
	"    limit: {bits: 8k/s, burst-bits: 16k}\n"                                                \
	"devices:\n"                                                                               \
	"  - {name: ct, mac: 02:00:00:00:11:01, vlan: 110, ip: 198.18.110.13, profile: scanner,"   \
	" link: ward}\n"                                                                           \
	"  - {name: pump, mac: 02:00:00:00:11:02, vlan: 120, ip: 198.18.120.20, profile: pump,"    \
	" link: ward}\n"                                                                           \
	"  - {name: native, mac: 02:00:00:00:11:03, ip: 198.18.130.30, profile: slow, link: lab}\n"

/* Ports of the image: WARD_CLINICAL, WARD_IT, and those of the link `lab`. */
#define LAB_CLINICAL 2
#define LAB_IT 3

/* From the CT to a server, and from a server to it. */
static inline struct frame ct_sends(int protocol, const char *to, uint16_t from_port,
				    uint16_t to_port, uint8_t flags)
{
	return frame_of((struct packet_spec){
		.source_mac = CT_MAC, .destination_mac = PACS_MAC, .vlan = 110, .source = CT,
		.destination = to, .protocol = protocol, .source_port = from_port,
		.destination_port = to_port, .flags = flags, .payload = 20 });
}

static inline struct frame ct_gets(int protocol, const char *from, uint16_t from_port,
				   uint16_t to_port, uint8_t flags)
{
	return frame_of((struct packet_spec){
		.source_mac = PACS_MAC, .destination_mac = CT_MAC, .vlan = 110, .source = from,
		.destination = CT, .protocol = protocol, .source_port = from_port,
		.destination_port = to_port, .flags = flags, .payload = 20 });
}

static inline struct frame pump_sends(uint16_t from_port, uint8_t flags)
{
	return frame_of((struct packet_spec){
		.source_mac = PUMP_MAC, .destination_mac = PACS_MAC, .vlan = 120, .source = PUMP,
		.destination = PACS, .protocol = IPPROTO_TCP, .source_port = from_port,
		.destination_port = 443, .flags = flags });
}

#endif
