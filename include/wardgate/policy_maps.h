/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the policy maps hold. They belong to one generation, are written before its program is
 * attached and never after. Wire order is __be16/__be32, everything else is in host order.
 */
#ifndef WARDGATE_POLICY_MAPS_H
#define WARDGATE_POLICY_MAPS_H

#include <linux/types.h>
#include "wardgate/names.h"

/* ports: an array of WARD_PORT_TABLE places, found by ward_port_place(); ifindex 0 is empty. */
#define WARD_PORT_TABLE 256

struct ward_port {
	__u32 ifindex;	/* of the NIC, in the gateway's network namespace */
	__u16 link;	/* index of the link in the policy */
	__u8 side;	/* enum ward_side */
	__u8 zero;
	__u32 owner;	/* charged for packets of no known device */
	__u32 target;	/* key of the link's other port in the map tx_ports */
};

/* seed is chosen by the daemon so that no two ports share a place. */
static inline __u32 ward_port_place(__u32 ifindex, __u32 seed)
{
	return ((ifindex * 0x9e3779b1u) ^ seed) * 0x85ebca6bu >> 24;
}

/* One address of one device. Half a cache line. */
struct ward_device {
	__be32 address[4];	/* IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2); all zero: empty */
	__u16 vlan;		/* WARD_NO_VLAN or 1..4094 */
	__u16 link;		/* index of the link in the policy */
	__u8 mac[6];
	__u16 profile;		/* index into the map profiles */
	__u32 owner;		/* WARD_OWNER_FIRST_DEVICE and up */
};

/*
 * devices: a cuckoo table of two ways in two possible buckets, so that finding a device reads one
 * cache line, or two.
 */
#define WARD_DEVICE_WAYS 2

struct ward_device_bucket {
	struct ward_device way[WARD_DEVICE_WAYS];
};

/*
 * The two buckets of an address are the low and the high half of this hash, masked. A seed is drawn
 * for each generation. It only spreads devices of the policy: an attacker cannot insert any.
 */
static inline __u64 ward_device_hash(const __be32 address[4], __u16 vlan, __u16 link, __u64 seed)
{
	__u64 h = seed ^ ((__u64)address[3] << 32 | (__u64)vlan << 16 | link);

	h ^= ((__u64)address[0] << 32 | address[1]) * 0xc2b2ae3d27d4eb4fULL;
	h ^= (__u64)address[2] << 17;
	h *= 0x9e3779b97f4a7c15ULL;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93ULL;
	return h ^ h >> 32;
}

/* devices_by_mac: who is it, when address and binding disagree. Read on the way to a drop only. */
struct ward_mac_key {
	__u8 mac[6];
	__u16 zero;
};

/* link_vlans: present when the link carries the VLAN. WARD_ANY_VLAN: the link has a list at all. */
#define WARD_ANY_VLAN 0xffff

struct ward_vlan_key {
	__u16 link;
	__u16 vlan;
};

/* profiles: limits of each device of the profile, for what it sends. Zero interval: no limit. */
struct ward_profile {
	__u64 packet_interval;	/* ticks (1/16 ns) between packets at the limit */
	__u64 packet_tolerance;	/* ticks that a burst may run ahead */
	__u64 byte_interval;	/* ticks between bytes, times 2^16 */
	__u64 byte_tolerance;	/* ticks that a burst may run ahead */
};

/* peer_prefixes: networks. peers: single addresses. Both yield a peer class; 0 is "not named". */
struct ward_prefix_key {
	__u32 length;
	__be32 address;
};

/* services: the class of 32 neighbouring ports, one cache line; 0 is "not named". */
#define WARD_PORTS_A_LINE 32
#define WARD_SERVICE_LINES_TCP 0
#define WARD_SERVICE_LINES_UDP (65536 / WARD_PORTS_A_LINE)
#define WARD_SERVICE_LINES_ICMP (2 * 65536 / WARD_PORTS_A_LINE)
#define WARD_SERVICE_LINES (WARD_SERVICE_LINES_ICMP + 1)
#define WARD_ICMP_ECHO_PLACE 8	/* echo request's type number, in the ICMP line */

struct ward_service_line {
	__u16 class[WARD_PORTS_A_LINE];
};

/* rules: an entry allows; what has no entry is denied. */
#define WARD_ANY_SERVICE 0xffff	/* "some rule names this peer": for the drop reason */

struct ward_rule_key {
	__u16 profile;
	__u8 opener;	/* enum ward_side: who may open the flow */
	__u8 zero;
	__u16 peer_class;
	__u16 service_class;
};

struct ward_rule {
	__u32 rule;	/* index into the map rule_counters */
};

_Static_assert(sizeof(struct ward_port) == 16, "layout");
_Static_assert(sizeof(struct ward_device) == 32, "two of them share a cache line");
_Static_assert(sizeof(struct ward_device_bucket) == WARD_LINE, "one cache line");
_Static_assert(sizeof(struct ward_mac_key) == 8, "a hash key has no padding");
_Static_assert(sizeof(struct ward_vlan_key) == 4, "a hash key has no padding");
_Static_assert(sizeof(struct ward_prefix_key) == 8, "a trie key has no padding");
_Static_assert(sizeof(struct ward_profile) == 32, "layout");
_Static_assert(sizeof(struct ward_service_line) == WARD_LINE, "one cache line");
_Static_assert(sizeof(struct ward_rule_key) == 8, "a hash key has no padding");

#endif
