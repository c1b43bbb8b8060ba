// SPDX-License-Identifier: GPL-2.0-only
#include "rules.h"

#include <stdio.h>

#include "bench.h"

#define DOTTED "%u.%u.%u.%u"
#define BYTES(address) (address) >> 24, (address) >> 16 & 255, (address) >> 8 & 255, (address) & 255

/* More than one device can send here, so that the limit is kept but drops nothing. */
#define PACKETS_PER_SECOND 10000000u
#define BURST 1000000u

/* Where no device is: the other half of the network. */
#define OTHER_PEERS 0xc6130000u		/* 198.19.0.0 */
#define OTHER_PORTS 20000u

/* The side of a square of `pairs`. */
static unsigned int side_of(unsigned int pairs)
{
	unsigned int side = 0;

	while (side * side < pairs)
		side++;
	return side;
}

/*
 * As many networks as services. Each may be reached by all services but one, another for each
 * network: what differs in nothing would share a class, and be one entry for the program.
 */
static void print_other_networks(unsigned int side)
{
	for (unsigned int i = 0; i < side; i++)
		printf("  other-%u: [" DOTTED "/32]\n", i, BYTES(OTHER_PEERS + i));
}

static void print_other_rules(unsigned int side)
{
	for (unsigned int i = 0; i < side; i++) {
		printf("      - { to: other-%u, services: [", i);
		for (unsigned int j = 0; j < side + 1; j++)
			if (j != i)
				printf("udp/%u%s", OTHER_PORTS + j, j < side ? "," : "");
		printf("] }\n");
	}
}

static void print_device(const struct rules *r, unsigned int i)
{
	printf("  - { name: d%u, mac: \"02:01:%02x:%02x:%02x:%02x\", ", i, BYTES(i));
	if (r->ipv6)
		printf("ip: \"%x:%x:0:%x::%x:%x\", ", BENCH_PREFIX >> 16, BENCH_PREFIX & 0xffff,
		       BENCH_DEVICES_SUBNET, i >> 16, i & 0xffff);
	else
		printf("ip: " DOTTED ", ", BYTES(BENCH_NETWORK + i));
	if (r->vlan)
		printf("vlan: %u, ", r->vlan);
	printf("profile: device }\n");
}

void rules_wardgate(const struct rules *r)
{
	unsigned int side = side_of(r->pairs);

	printf("# %u devices, made by tools/bench\n"
	       "version: 1\n"
	       "links:\n  - { name: bench, clinical: gw0, it: gw1%s }\n"
	       "networks:\n  peer: [" DOTTED "/32, \"%x:%x:0:%x::%x\"]\n",
	       r->devices, r->routed ? ", mode: routed" : "", BYTES(BENCH_PEER), BENCH_PREFIX >> 16,
	       BENCH_PREFIX & 0xffff, BENCH_PEER_SUBNET, BENCH_PEER_NUMBER);
	print_other_networks(side);
	printf("services:\n  bench: [udp/%u, udp/%u]\n"
	       "profiles:\n"
	       "  device:\n"
	       "    limit: { packets: %u/s, burst: %u }\n"
	       "    allow:\n"
	       "      - { to: peer, services: [bench], purpose: \"benchmark\" }\n",
	       BENCH_PEER_PORT, BENCH_LATENCY_PORT, r->tight ? 1 : PACKETS_PER_SECOND,
	       r->tight ? 1 : BURST);
	print_other_rules(side);
	printf("devices:\n");
	for (unsigned int i = 1; i <= r->devices; i++)
		print_device(r, i);
}

static void print_elements(const struct rules *r)
{
	for (unsigned int i = 1; i <= r->devices; i++)
		for (int latency = 0; latency < 2; latency++) {
			printf("\t\t\tgw0 . ");
			if (r->ipv6)
				printf("%x:%x:0:%x::%x:%x . %x:%x:0:%x::%x", BENCH_PREFIX >> 16,
				       BENCH_PREFIX & 0xffff, BENCH_DEVICES_SUBNET, i >> 16,
				       i & 0xffff, BENCH_PREFIX >> 16, BENCH_PREFIX & 0xffff,
				       BENCH_PEER_SUBNET, BENCH_PEER_NUMBER);
			else
				printf(DOTTED " . " DOTTED, BYTES(BENCH_NETWORK + i),
				       BYTES(BENCH_PEER));
			printf(" . udp . %u : accept,\n",
			       latency ? BENCH_LATENCY_PORT : BENCH_PEER_PORT);
		}
}

void rules_nftables(const struct rules *r)
{
	const char *family = r->ipv6 ? "ip6" : "ip";
	const char *type = r->ipv6 ? "ipv6_addr" : "ipv4_addr";

	printf("table %s bench {\n"
	       "\tset rate { type %s; size %u; flags dynamic; }\n"
	       "\tmap allow {\n"
	       "\t\ttype iface_index . %s . %s . inet_proto . inet_service : verdict\n"
	       "\t\telements = {\n",
	       family, type, BENCH_DEVICES_MAX, type, type);
	print_elements(r);
	printf("\t\t}\n"
	       "\t}\n"
	       "\tchain forward {\n"
	       "\t\ttype filter hook forward priority filter; policy drop;\n"
	       "\t\tiif gw0 update @rate { %s saddr limit rate over %u/second burst %u packets } drop\n"
	       "\t\tct state established accept\n"
	       "\t\tct state new iif . %s saddr . %s daddr . meta l4proto . th dport vmap @allow\n"
	       "\t}\n"
	       "}\n",
	       family, r->tight ? 1 : PACKETS_PER_SECOND, r->tight ? 1 : BURST, family, family);
}
