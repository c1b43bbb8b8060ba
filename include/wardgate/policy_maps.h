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

enum ward_port_flag {
	WARD_PORT_AUDIT = 1 << 0,	/* frames of no device pass, and are counted as audited */
	WARD_PORT_CLOSED = 1 << 1,
	WARD_PORT_VLAN_LIST = 1 << 2,	/* the link carries the VLANs in link_vlans, no others */
	WARD_PORT_VLAN_MAP = 1 << 3,	/* the IT side has other VLAN ids: see vlan_maps */
	WARD_PORT_HAIRPIN = 1 << 4,	/* both sides are this port: the VLAN says which */
	WARD_PORT_ROUTED = 1 << 5,
	WARD_PORT_ETHERTYPES = 1 << 6,	/* the link has a list in link_ethertypes */
	WARD_PORT_HOST_VLANS = 1 << 7,	/* some VLANs are the gateway's own: see link_vlans */
	WARD_PORT_HOST_ADDRESSES = 1 << 8,	/* and some addresses: see link_addresses */
};

struct ward_port {
	__u32 ifindex;	/* of the NIC, in the gateway's network namespace */
	__u8 link;	/* index of the link in the policy */
	__u8 side;	/* enum ward_side; of a hairpin: WARD_CLINICAL */
	__u16 flags;	/* enum ward_port_flag */
	__u32 owner;	/* charged for packets of no known device */
	__u32 target;	/* key of the link's other port in the map tx_ports */
	__u8 mac[6];	/* of the NIC; read in routed mode alone */
	__u16 zero;
};

/* seed is chosen by the daemon so that no two ports share a place. */
static inline __u32 ward_port_place(__u32 ifindex, __u32 seed)
{
	return ((ifindex * 0x9e3779b1u) ^ seed) * 0x85ebca6bu >> 24;
}

/* One address of one device. Half a cache line. */
struct ward_device {
	__be32 address[4];	/* IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2) */
	__u16 vlan;		/* WARD_NO_VLAN, 1..4094, a stack, or WARD_ROUTED_VLAN */
	__u8 link;		/* index of the link, or WARD_ROUTED_LINK; an empty way too */
	/* of this address among the device's, from 0; see ward_flow.local */
	__u8 number;
	__u8 mac[6];
	__u16 profile;		/* index into the map profiles */
	__u32 owner;		/* WARD_OWNER_FIRST_DEVICE and up */
};

/* Numbers of the addresses that a device has by a lease. */
#define WARD_LEASED_IPV4 254
#define WARD_LEASED_IPV6 255
#define WARD_MAX_ADDRESSES 64

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

/*
 * devices_by_mac: who is it, when no static binding has the address: a device with a lease, or a
 * device on its way to a drop. In these entries `number` holds enum ward_dhcp.
 */
struct ward_mac_key {
	__u8 mac[6];
	__u16 zero;
};

enum ward_dhcp {
	WARD_DHCP_IPV4 = 1 << 0,	/* gets its IPv4 address by DHCP (RFC 2131) */
	WARD_DHCP_IPV6 = 1 << 1,	/* gets an IPv6 address by DHCPv6 (RFC 8415) */
};

/* link_vlans: what a VLAN is to a link; the value is enum ward_vlan_use. */
struct ward_vlan_key {
	__u8 link;
	__u8 zero;
	__u16 vlan;
};

enum ward_vlan_use {
	WARD_VLAN_CARRIED = 1,
	WARD_VLAN_HOST = 2,	/* of the gateway itself: goes to the kernel unjudged */
};

/*
 * stacks: from (id of the 802.1ad tag) << 16 | (id of the tag inside) to the VLAN's number, __u16.
 */

/*
 * vlan_maps: for links whose sides have different VLAN ids. Policy and devices speak of clinical
 * VLANs. On a hairpin, `side` of the key is WARD_SIDES, and the value tells the side.
 */
struct ward_vlan_map_key {
	__u8 link;
	__u8 side;	/* on which the frame came in */
	__u16 vlan;	/* as it was on the wire */
};

struct ward_vlan_map {
	__u16 clinical;	/* WARD_NO_VLAN or 1..4094, on each side */
	__u16 it;
	__u8 side;	/* on which the frame came in */
	__u8 zero[3];
};

/*
 * link_ethertypes: present when the link lets this Ethernet type pass unjudged; the key is struct
 * ward_vlan_key with the type in place of the VLAN. Spanning tree has no type: its LLC address
 * does.
 */
#define WARD_ETHERTYPE_STP 0x0042

/* link_addresses: addresses with a part to play on a link; the value is enum ward_address_use. */
struct ward_link_address {
	__be32 address[4];
	__u32 link;
};

enum ward_address_use {
	WARD_ADDRESS_HOST = 1 << 0,	/* of the gateway: goes to the kernel unjudged */
	WARD_ADDRESS_ROUTER = 1 << 1,	/* may send router advertisements */
	WARD_ADDRESS_DHCP = 1 << 2,	/* a DHCP server or relay */
};

/* Limits in one direction. A zero interval is no limit. */
struct ward_rate {
	__u64 packet_interval;	/* ticks (1/16 ns) between packets at the limit */
	__u64 packet_tolerance;	/* ticks that a burst may run ahead */
	__u64 byte_interval;	/* ticks between bytes, times 2^16 */
	__u64 byte_tolerance;	/* ticks that a burst may run ahead */
};

struct ward_flow_limit {
	__u64 interval;		/* ticks between new flows at the limit; 0: no limit */
	__u64 tolerance;	/* ticks that a burst may run ahead */
	__u32 flows;		/* live ones at a time; 0: no limit */
	__u32 zero;
};

/*
 * profiles: a profile of the policy as one kind of device has it. Enforcement may be said for all,
 * a link, a profile or a device: each combination that occurs has an entry of its own.
 */
struct ward_profile {
	struct ward_rate rate[WARD_SIDES];	/* by the side on which the frame comes in */
	struct ward_flow_limit new_flows;
	__u16 rules;		/* number of the profile in the keys of `rules` */
	__u8 enforcement;	/* enum ward_enforcement */
	__u8 tracks_fragments;	/* 1: fragments follow their first one; 0: they are dropped */
	__u8 has_rates;		/* bit for each side: some rate is limited there */
	__u8 zero[3];
	__u64 reserved[4];
};

/* No profile: the devices in quarantine may do nothing. */
#define WARD_NO_PROFILE 0xffffffffu

/* rule_limits: by the rule's index in rule_counters. For each device by itself. */
#define WARD_RULE_BUCKETS 8	/* rules with limits, in one profile */

struct ward_rule_limit {
	struct ward_rate rate[WARD_SIDES];
	struct ward_flow_limit new_flows;
	__u32 bucket;		/* which of the device's ward_rule_buckets */
	__u32 zero;
};

/* peer_prefixes: networks. peers: single addresses. Both yield a peer class; 0 is "not named". */
struct ward_prefix_key {
	__u32 length;		/* 0..128; of IPv4: 96 more than it says */
	__be32 address[4];	/* IPv4 as ::ffff:a.b.c.d */
};

/* services: the class of 32 neighbouring ports, one cache line; 0 is "not named". */
#define WARD_PORTS_A_LINE 32
#define WARD_SERVICE_LINES_TCP 0
#define WARD_SERVICE_LINES_UDP (65536 / WARD_PORTS_A_LINE)
#define WARD_SERVICE_LINES_SCTP (2 * 65536 / WARD_PORTS_A_LINE)
#define WARD_SERVICE_LINES_ICMP (3 * 65536 / WARD_PORTS_A_LINE)	/* by type */
#define WARD_SERVICE_LINES_ICMPV6 (WARD_SERVICE_LINES_ICMP + 256 / WARD_PORTS_A_LINE)
/* place 0 */
#define WARD_SERVICE_LINES_IGMP (WARD_SERVICE_LINES_ICMPV6 + 256 / WARD_PORTS_A_LINE)
#define WARD_SERVICE_LINES (WARD_SERVICE_LINES_IGMP + 1)

struct ward_service_line {
	__u16 class[WARD_PORTS_A_LINE];
};

/*
 * rules: an entry allows; what has no entry is denied. Of rules with a time the clock decides which
 * one it is, so an entry may lead to a chain of them.
 */
#define WARD_ANY_SERVICE 0xffff	/* "some rule names this peer": for the drop reason */

struct ward_rule_key {
	__u16 profile;	/* ward_profile.rules */
	__u8 opener;	/* enum ward_side: who may open the flow */
	__u8 zero;
	__u16 peer_class;
	__u16 service_class;
};

enum ward_rule_flag {
	WARD_RULE_REPLIES = 1 << 0,	/* anyone may answer what was sent to a group */
	WARD_RULE_LIMITED = 1 << 1,	/* has an entry in rule_limits */
	WARD_RULE_REQUIRES_TLS = 1 << 2,	/* flows in clear are dropped */
	WARD_RULE_PREFERS_TLS = 1 << 3,		/* and counted */
	WARD_RULE_ENCRYPTION = WARD_RULE_REQUIRES_TLS | WARD_RULE_PREFERS_TLS,
	WARD_RULE_LOGGED = 1 << 4,	/* each new flow is an event */
	WARD_RULE_TIMED = 1 << 5,	/* of a step: asked again at each packet */
	/* The program keeps eight bits of these for a packet: not the ones below. */
	WARD_RULE_CHAIN = 1 << 8,	/* of an entry: `rule` is the first of its steps */
	WARD_RULE_LAST = 1 << 9,	/* of a step: none comes after it */
};

struct ward_rule {
	__u32 rule;	/* index into the map rule_counters */
	__u32 flags;	/* enum ward_rule_flag */
};

/*
 * steps: chains, one after the other. The first step whose rule is in its time decides; only the
 * last of a chain may be a rule that always is.
 */
#define WARD_CHAIN_TIMED 8
#define WARD_CHAIN_STEPS (WARD_CHAIN_TIMED + 1)

/* rule_times: by the rule's index in rule_counters; all zero: it always is a rule. */
struct ward_rule_time {
	__u64 expires;		/* s since 1970 UTC from which it is no rule; 0: never */
	__u32 schedule;		/* index + 1 into the map schedules; 0: at any hour */
	__u32 zero;
};

/* schedules: a bit for each minute of the week, which begins on Monday at 0:00, local time. */
#define WARD_MINUTES_A_WEEK 10080
#define WARD_SCHEDULE_WORDS ((WARD_MINUTES_A_WEEK + 63) / 64)
#define WARD_SCHEDULES 256

struct ward_schedule {
	__u64 minutes[WARD_SCHEDULE_WORDS];
};

/* The policy's time zone: from when on how far its clocks are ahead of UTC. A power of two. */
#define WARD_OFFSETS 128
#define WARD_OFFSET_NEVER (~0ull >> 1)	/* `from` of places that are not used, the last ones */

struct ward_offset {
	__u64 from;		/* s since 1970 UTC */
	__s32 seconds;		/* positive east of Greenwich */
	__u32 zero;
};

/*
 * Routed mode. route_in: the interface of the kernel on which a frame of this NIC and VLAN arrives;
 * the value is its index. route_out: where a frame goes that the kernel would send by an interface.
 */
struct ward_route_in {
	__u32 ifindex;	/* of the NIC */
	__u32 vlan;
};

struct ward_route_out {
	__u32 target;	/* key in tx_ports */
	__u16 vlan;	/* the tag to send with, or WARD_NO_VLAN */
	__u8 link;
	__u8 side;
};

_Static_assert(sizeof(struct ward_port) == 24, "layout");
_Static_assert(sizeof(struct ward_device) == 32, "two of them share a cache line");
_Static_assert(sizeof(struct ward_device_bucket) == WARD_LINE, "one cache line");
_Static_assert(sizeof(struct ward_mac_key) == 8, "a hash key has no padding");
_Static_assert(sizeof(struct ward_vlan_key) == 4, "a hash key has no padding");
_Static_assert(sizeof(struct ward_vlan_map_key) == 4, "a hash key has no padding");
_Static_assert(sizeof(struct ward_vlan_map) == 8, "layout");
_Static_assert(sizeof(struct ward_link_address) == 20, "a hash key has no padding");
_Static_assert(sizeof(struct ward_prefix_key) == 20, "a trie key has no padding");
_Static_assert(sizeof(struct ward_profile) == 2 * WARD_LINE, "two cache lines");
_Static_assert(sizeof(struct ward_rule_limit) == 96, "layout");
_Static_assert(sizeof(struct ward_service_line) == WARD_LINE, "one cache line");
_Static_assert(sizeof(struct ward_rule_key) == 8, "a hash key has no padding");
_Static_assert(sizeof(struct ward_rule_time) == 16, "layout");
_Static_assert(sizeof(struct ward_offset) == 16, "layout");

#endif
