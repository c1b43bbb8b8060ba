/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy as it was meant: what parse() builds, check() completes and everything after reads only.
 * Each node knows its place. Strings and nodes belong to the model's arena.
 *
 * References between nodes are kept twice: as the name that was written (for messages and print)
 * and as an index, which check() fills in. An index is valid only in a model that passed check().
 */
#ifndef WARDGATE_POLICY_MODEL_H
#define WARDGATE_POLICY_MODEL_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "policy/diag.h"
#include "wardgate/names.h"

/* Limits of one policy; each is refused with a message when passed. */
#define MODEL_MAX_DEVICES 1000000
#define MODEL_MAX_PROFILES 65535
#define MODEL_MAX_NETWORKS 65535
#define MODEL_MAX_SERVICES 4096
#define MODEL_MAX_ADDRESSES 60		/* of a device; those it gives itself come on top */
#define MODEL_MAX_LINK_ADDRESSES 64	/* of a link, of each kind */

/* A word of the source with its place. `text` is NULL when the key was not given. */
struct word {
	const char *text;
	struct place place;
};

/* An address of either family; IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
struct model_address {
	__be32 word[4];
	struct place place;
};

/* A tag, or an 802.1ad tag with a tag inside (`100.110`). */
struct model_vlan {
	uint16_t outer;		/* 0: none */
	uint16_t id;		/* WARD_NO_VLAN or 1..4094 */
};

struct model_vlan_pair {
	uint16_t clinical, it;	/* WARD_NO_VLAN or 1..4094 */
	struct place place;
};

enum model_forwarding {
	MODEL_INLINE,
	MODEL_ROUTED,
};

/* What was said of it; MODEL_UNSAID where the level above decides. */
enum model_enforcement {
	MODEL_UNSAID,
	MODEL_ENFORCE,
	MODEL_AUDIT,
	MODEL_CLOSED,
};

struct model_link {
	struct word name;
	struct word clinical;	/* interface names; the same twice: a hairpin */
	struct word it;
	enum model_forwarding forwarding;
	enum model_enforcement enforcement;
	bool generic_xdp;
	VEC(struct model_vlan) vlans;	/* sorted; empty: any VLAN that a device names */
	VEC(struct model_vlan_pair) vlan_map;	/* sorted by the clinical side */
	VEC(uint16_t) ethertypes;	/* sorted; WARD_ETHERTYPE_STP for spanning tree */
	VEC(uint16_t) host_vlans;	/* sorted */
	VEC(struct model_address) host_addresses;
	VEC(struct model_address) routers;
	VEC(struct model_address) dhcp_servers;
	struct place place;
	/* Of its keys, where conflicts are shown; line 0: not given. */
	struct place forwarding_place, vlans_place, vlan_map_place, ethertypes_place, host_place;
};

struct model_prefix {
	__be32 address[4];	/* host bits are zero; IPv4 as ::ffff:a.b.c.d */
	uint8_t length;		/* 0..128; of IPv4: 96 more than was written */
	struct place place;
};

struct model_network {
	struct word name;
	VEC(struct model_prefix) prefixes;	/* in the order written, at least one */
};

enum protocol {
	PROTOCOL_TCP,
	PROTOCOL_UDP,
	PROTOCOL_SCTP,
	PROTOCOL_ICMP,
	PROTOCOL_ICMPV6,
	PROTOCOL_IGMP,
	PROTOCOLS,
};

struct model_port_range {
	enum protocol protocol;
	uint16_t first, last;	/* ports; of ICMP and ICMPv6: a type, twice; of IGMP: 0, 0 */
	struct place place;
};

struct model_service {
	struct word name;
	VEC(struct model_port_range) ranges;	/* at least one */
	bool builtin;		/* from the shipped library: no place, not printed */
};

/* A name of a service, or a range written in place (`tcp/8443`), which then is `range`. */
struct model_service_use {
	struct word word;
	bool in_place;
	struct model_port_range range;
	uint32_t service;	/* index, by check(), unless in_place */
};

/* Zero means "no limit". */
struct model_rate {
	uint64_t packets;	/* per second */
	uint64_t burst;		/* packets */
	uint64_t bits;		/* per second */
	uint64_t burst_bits;	/* bits */
};

struct model_limit {
	/* WARD_CLINICAL: sent by the device; WARD_IT: `receive`, what it is sent. */
	struct model_rate rate[WARD_SIDES];
	uint64_t new_flows;	/* per second */
	uint64_t flows;		/* at a time */
	struct place place;	/* line 0: no `limit` was given */
};

struct model_rule {
	enum ward_side opener;	/* WARD_CLINICAL: `to`; WARD_IT: `from` */
	struct word peer;	/* name of a network */
	uint32_t network;	/* index, by check() */
	VEC(struct model_service_use) services;	/* at least one */
	struct word purpose;
	bool replies;		/* anyone may answer what was sent to a group */
	struct model_limit limit;	/* for each device by itself */
	struct place place;
};

struct model_profile {
	struct word name;
	VEC(struct model_rule) rules;
	struct model_limit limit;
	enum model_enforcement enforcement;
	bool tracks_fragments;
	struct place allow;	/* of `allow:`, where another rule would go; line 0: none given */
	struct place enforcement_place;	/* line 0: none given */
};

struct model_device {
	struct word name;
	struct word link_name;	/* NULL text: the only link */
	struct word profile_name;
	uint8_t mac[6];		/* of a group: the one that its address maps to */
	struct model_vlan vlan;
	VEC(struct model_address) addresses;	/* may be empty with dhcp */
	uint8_t dhcp;		/* enum ward_dhcp */
	bool is_group;		/* a multicast group that devices listen to */
	enum model_enforcement enforcement;
	struct place mac_place, vlan_place, address_place, place;
	uint32_t link, profile;	/* indexes, by check() */
};

struct model {
	struct arena arena;
	enum model_enforcement enforcement;
	struct word quarantine;	/* name of a profile, or NULL text: nothing may pass */
	uint32_t quarantine_profile;	/* index, by check() */
	VEC(struct model_link) links;
	VEC(struct model_network) networks;
	VEC(struct model_service) services;	/* the policy's, then built-in ones it uses */
	VEC(struct model_profile) profiles;
	VEC(struct model_device) devices;
};

void model_free(struct model **model);

#endif
