/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every map and every constant of the program, on one page. The daemon sets the sizes and fills the
 * constants before it loads a generation.
 */
#ifndef WARDGATE_MAPS_BPF_H
#define WARDGATE_MAPS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "wardgate/event.h"
#include "wardgate/policy_maps.h"
#include "wardgate/state_maps.h"

/* Constants of a generation. */
const volatile __u32 generation;
const volatile __u32 port_seed;
const volatile __u64 device_seed;
const volatile __u32 device_mask;	/* number of buckets - 1 */
const volatile __u64 flow_seed;
const volatile __u32 owner_count;	/* of the maps drops and audits and, for each CPU, lanes */
const volatile __u32 quarantine_profile;	/* index into profiles, or WARD_NO_PROFILE */
/* A coarse clock lags by up to this: a limit must not take that for a packet that came too soon. */
const volatile __u64 clock_tick;	/* ns */
/* TAI minus UTC as the kernel had it at the publish, s. */
const volatile __u64 tai_offset;
/* Of the policy's time zone, struct ward_offset by its parts. */
const volatile __u64 zone_from[WARD_OFFSETS];
const volatile __s32 zone_seconds[WARD_OFFSETS];

/* What the policy uses: the verifier removes the rest. */
const volatile __u8 has_ipv6;
const volatile __u8 has_prefixes;	/* some network is more than single addresses */
const volatile __u8 has_dhcp;
const volatile __u8 has_fragments;
const volatile __u8 has_replies;
const volatile __u8 has_rule_limits;
const volatile __u8 has_quotas;
const volatile __u8 has_encryption;
const volatile __u8 has_vlan_maps;	/* hairpins too */
const volatile __u8 has_stacks;
const volatile __u8 has_ethertypes;
const volatile __u8 has_host;
const volatile __u8 has_routed;
const volatile __u8 has_times;
const volatile __u8 has_logs;

#ifdef WARD_TEST
/* The build for the tests takes its clock from here, and tells what it did. */
__u64 test_now;
__u64 test_wall;	/* s since 1970 UTC */
__u32 test_reason, test_owner, test_audited;
#endif

/* What was found of one end of a packet. */
struct end {
	__u32 owner;
	__u32 profile;
	__u32 rule;
	__u8 opener;
	__u8 rule_flags;
	__u8 is_quarantined;
	__u8 pass;
	__u8 settled;	/* enum ward_reason for which it passes, and nothing is to be remembered */
	__u8 zero[3];
};

struct turn {
	struct end end[2];	/* of the sender, of the receiver */
	__u64 receiver_mac;
	__u32 audit_owner;
	__u32 audited;	/* enum ward_reason */
	struct bpf_fib_lookup fib;	/* here because the stack is short */
};

/* Policy maps: one set for each generation. The rules may be those of the last one: see rules.h. */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WARD_PORT_TABLE);
	__type(key, __u32);
	__type(value, struct ward_port);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);	/* for its alignment to pages, so to cache lines */
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_device_bucket);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct ward_mac_key);
	__type(value, struct ward_device);
} devices_by_mac SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct ward_vlan_key);
	__type(value, __u8);
} link_vlans SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u16);
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct ward_vlan_map_key);
	__type(value, struct ward_vlan_map);
} vlan_maps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct ward_vlan_key);
	__type(value, __u8);
} link_ethertypes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct ward_link_address);
	__type(value, __u8);
} link_addresses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_rule_limit);
} rule_limits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct ward_route_in);
	__type(value, __u32);
} route_in SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_route_out);
} route_out SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_profile);
} profiles SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __be32[4]);
	__type(value, __u32);
} peers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct ward_prefix_key);
	__type(value, __u32);
} peer_prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WARD_SERVICE_LINES);
	__type(key, __u32);
	__type(value, struct ward_service_line);
} services SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct ward_rule_key);
	__type(value, struct ward_rule);
} rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_rule);
} steps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_rule_time);
} rule_times SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_schedule);
} schedules SEC(".maps");

/* State maps: pinned, shared by all generations. */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_share);
} shares SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_far_flows);
} far_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_rule_buckets);
} rule_buckets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_hellos);
} hellos SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_fragments);
} fragments SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_binding);
} bindings SEC(".maps");

/* From a leased address to the owner: as many as two for each device. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct ward_lease_key);
	__type(value, __u32);
} leases SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_audits);
} audits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_drops);
} drops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_lanes);
} lanes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_rule_counters);
} rule_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_event_stats);
} event_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, WARD_MAX_PORTS);
	__type(key, __u32);
	__type(value, __u32);
} tx_ports SEC(".maps");

/* Scratch: what one step of a judgement leaves to the next one. See ends.bpf.h. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct turn);
} turns SEC(".maps");

#endif
