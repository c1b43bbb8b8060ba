// SPDX-License-Identifier: GPL-2.0-only
#include "rules.h"

#include <stdio.h>

#include "bench.h"

#define DOTTED "%u.%u.%u.%u"
#define BYTES(address) (address) >> 24, (address) >> 16 & 255, (address) >> 8 & 255, (address) & 255

/* More than one device can send here, so that the limit is kept but drops nothing. */
#define PACKETS_PER_SECOND 10000000u
#define BURST 1000000u

void rules_wardgate(unsigned int devices, unsigned int vlan)
{
	printf("# %u devices, made by tools/bench\n"
	       "version: 1\n"
	       "links:\n  - { name: bench, clinical: gw0, it: gw1 }\n"
	       "networks:\n  peer: [" DOTTED "/32]\n"
	       "services:\n  bench: [udp/%u]\n"
	       "profiles:\n"
	       "  device:\n"
	       "    allow:\n"
	       "      - { to: peer, services: [bench], purpose: \"benchmark\" }\n"
	       "    limit: { packets: %u/s, burst: %u }\n"
	       "devices:\n",
	       devices, BYTES(BENCH_PEER), BENCH_PEER_PORT, PACKETS_PER_SECOND, BURST);
	for (unsigned int i = 1; i <= devices; i++) {
		printf("  - { name: d%u, mac: 02:01:%02x:%02x:%02x:%02x, ip: " DOTTED ", ", i,
		       BYTES(i), BYTES(BENCH_NETWORK + i));
		if (vlan)
			printf("vlan: %u, ", vlan);
		printf("profile: device }\n");
	}
}

void rules_nftables(unsigned int devices)
{
	printf("table ip bench {\n"
	       "\tset rate { type ipv4_addr; size %u; flags dynamic; }\n"
	       "\tmap allow {\n"
	       "\t\ttype iface_index . ipv4_addr . ipv4_addr . inet_proto . inet_service : verdict\n"
	       "\t\telements = {\n",
	       BENCH_DEVICES_MAX);
	for (unsigned int i = 1; i <= devices; i++)
		printf("\t\t\tgw0 . " DOTTED " . " DOTTED " . udp . %u : accept,\n",
		       BYTES(BENCH_NETWORK + i), BYTES(BENCH_PEER), BENCH_PEER_PORT);
	printf("\t\t}\n"
	       "\t}\n"
	       "\tchain forward {\n"
	       "\t\ttype filter hook forward priority filter; policy drop;\n"
	       "\t\tiif gw0 update @rate { ip saddr limit rate over %u/second burst %u packets } drop\n"
	       "\t\tct state established accept\n"
	       "\t\tct state new iif . ip saddr . ip daddr . ip protocol . th dport vmap @allow\n"
	       "\t}\n"
	       "}\n",
	       PACKETS_PER_SECOND, BURST);
}
