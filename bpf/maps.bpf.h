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
const volatile __u32 owner_count;	/* of the maps drops and, for each CPU, lanes */
const volatile __u8 has_prefixes;	/* some network is more than single addresses */
/* A coarse clock lags by up to this: a limit must not take that for a packet that came too soon. */
const volatile __u64 clock_tick;	/* ns */

/* Policy maps: one set for each generation. */

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
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ward_profile);
} profiles SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __be32);
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

#endif
