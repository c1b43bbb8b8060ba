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
#define MODEL_MAX_VLAN_PREFIXES 8192	/* of a link */
#define MODEL_MAX_ASSERTIONS 4096
#define MODEL_MAX_ENDS 256		/* that are isolated by one assertion */
#define MODEL_MAX_TESTS 65536
#define MODEL_MAX_LINK_ADDRESSES 64	/* of a link, of each kind */
#define MODEL_MAX_PREFIXES 100000	/* of a network, names and exceptions resolved */
#define MODEL_MAX_PARTS 4000000		/* of all networks, with those of the networks they name */
#define MODEL_MAX_NESTING 32		/* of names that lead to names */
#define MODEL_MAX_EXTENDS 64		/* profiles behind a profile, over all levels */
#define MODEL_MAX_GROUPS 4096
#define MODEL_MAX_MEMBERS 10000000	/* devices of all groups together */
#define MODEL_MAX_LABELS 32		/* of a device or group */
#define MODEL_MAX_RULES 200000		/* that are inherited, in all profiles */

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

struct model_prefix {
	__be32 address[4];	/* host bits are zero; IPv4 as ::ffff:a.b.c.d */
	uint8_t length;		/* 0..128; of IPv4: 96 more than was written */
	struct place place;
};

/* Where addresses of a VLAN are expected to be. */
struct model_vlan_prefix {
	uint16_t vlan;		/* WARD_NO_VLAN or 1..4094 */
	struct model_prefix prefix;
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
	VEC(struct model_vlan_prefix) vlan_prefixes;	/* sorted by VLAN; for warnings only */
	VEC(uint16_t) ethertypes;	/* sorted; WARD_ETHERTYPE_STP for spanning tree */
	VEC(uint16_t) host_vlans;	/* sorted */
	VEC(struct model_address) host_addresses;
	VEC(struct model_address) routers;
	VEC(struct model_address) dhcp_servers;
	struct place place;
	/* Of its keys, where conflicts are shown; line 0: not given. */
	struct place forwarding_place, vlans_place, vlan_map_place, ethertypes_place, host_place;
	struct place prefixes_place;
};

typedef VEC(struct model_prefix) model_prefixes;

/* What a network is made of: an address or prefix, or the name of another network. */
struct model_network_item {
	struct word word;	/* the name; NULL text: `prefix` is meant */
	struct model_prefix prefix;
	uint32_t network;	/* index of the named one, by check() */
};

typedef VEC(struct model_network_item) model_network_items;

struct model_network {
	struct word name;	/* of a group's own network: the group's */
	model_network_items items;	/* in the order written, at least one */
	model_network_items except;	/* what is not in it, though `items` hold it */
	/*
	 * By check(): the same addresses without names and exceptions. IPv4 first, sorted, none in
	 * another, two halves joined. Hosts stay hosts: the maps find them sooner than a prefix.
	 */
	model_prefixes prefixes;
	uint32_t group;		/* index + 1 of the group whose addresses these are; 0: none */
};

/* A property of a device that people choose by, as in `ward: icu-3`. */
struct model_label {
	struct word key, value;	/* of a group a pattern: `*`, `?` and `[a-z]` (fnmatch(3)) */
};

typedef VEC(struct model_label) model_labels;

/* The devices that have all of these labels. */
struct model_group {
	struct word name;
	model_labels labels;	/* at least one, sorted by key */
	VEC(uint32_t) devices;	/* indexes, ascending, by check() */
	uint32_t network;	/* index of their addresses, by check(); UINT32_MAX: not needed */
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

/* Whether what a rule allows must be TLS or, over UDP, DTLS. */
enum model_encryption {
	MODEL_ENCRYPTION_UNSAID,
	MODEL_ENCRYPTION_NO,
	MODEL_ENCRYPTION_PREFERRED,	/* flows in clear are counted */
	MODEL_ENCRYPTION_REQUIRED,	/* and dropped */
};

#define MODEL_MINUTES_A_WEEK 10080

/* From minute to minute of the week, which begins on Monday at 0:00 in the policy's time zone. */
struct model_window {
	uint16_t from, to;	/* to > from; 0 to MODEL_MINUTES_A_WEEK */
};

struct model_rule {
	enum ward_side opener;	/* WARD_CLINICAL: `to`; WARD_IT: `from` */
	struct word peer;	/* name of a network, or of a group */
	bool peer_is_group;
	uint32_t network;	/* index, by check() */
	VEC(struct model_service_use) services;	/* at least one */
	struct word purpose, owner, ticket;
	struct word expires;	/* as written, or NULL text: never */
	uint64_t expires_at;	/* s since 1970-01-01 UTC from which it is no rule; 0: never */
	struct word hours;	/* as written, or NULL text: always */
	VEC(struct model_window) windows;	/* sorted, apart from each other; empty: always */
	enum model_encryption encryption;
	struct place encryption_place;
	bool log;		/* each new flow is an event */
	bool replies;		/* anyone may answer what was sent to a group */
	struct model_limit limit;	/* for each device by itself */
	struct place place;
};

/* What check() filled in from a profile that this one extends. */
enum model_inherited {
	MODEL_INHERITED_LIMIT = 1 << 0,
	MODEL_INHERITED_FRAGMENTS = 1 << 1,
	MODEL_INHERITED_ENFORCEMENT = 1 << 2,
};

struct model_profile {
	struct word name;
	VEC(struct word) extends;	/* names of profiles whose rules come behind its own */
	VEC(struct model_rule) rules;	/* its own, then by check() those of what it extends */
	size_t own_rules;	/* by check(); the same as rules.count before it */
	struct model_limit limit;
	enum model_enforcement enforcement;
	bool tracks_fragments;
	struct place fragments;	/* line 0: not said */
	unsigned inherited;	/* enum model_inherited */
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
	model_labels labels;	/* sorted by key */
	struct place mac_place, vlan_place, address_place, place;
	uint32_t link, profile;	/* indexes, by check() */
	bool imported;		/* from a list of devices: the place is there */
};

/* One end of an assertion or a test. */
enum model_end_kind {
	MODEL_END_ANY,
	MODEL_END_NAME,		/* a bare name, until check() has found what has it */
	MODEL_END_NETWORK,
	MODEL_END_PROFILE,	/* all of its devices */
	MODEL_END_DEVICE,
	MODEL_END_GROUP,
	MODEL_END_PREFIX,
};

struct model_end {
	enum model_end_kind kind;
	bool qualified;		/* written as in {network: pacs} */
	struct word word;
	uint32_t index;		/* of what is named, by check() */
	struct model_prefix prefix;
	struct place place;	/* line 0: not given */
};

enum model_assertion_kind {
	MODEL_NEVER,		/* nothing of `services` may open from `from` to `to` */
	MODEL_ALWAYS,		/* all of it may */
	MODEL_ISOLATED,		/* no two of `ends` may open anything to each other */
};

/* Holds for the whole header space, or the policy is refused. */
struct model_assertion {
	enum model_assertion_kind kind;
	struct model_end from, to;
	VEC(struct model_service_use) services;	/* empty: any */
	VEC(struct model_end) ends;
	struct place place;
};

/* One packet, and what becomes of it. */
struct model_test {
	struct model_end from, to;	/* a device and an address, or the other way round */
	struct model_service_use service;	/* of one port */
	bool allowed;
	struct place place;
};

/* What each rule must say of itself. */
enum model_require {
	MODEL_REQUIRE_PURPOSE = 1 << 0,
	MODEL_REQUIRE_OWNER = 1 << 1,
	MODEL_REQUIRE_TICKET = 1 << 2,
	MODEL_REQUIRE_EXPIRES = 1 << 3,
	MODEL_REQUIRE_ENCRYPTED = 1 << 4,
};

struct model {
	struct arena arena;
	VEC(const char *) files;	/* their names, by place.file */
	enum model_enforcement enforcement;
	struct word quarantine;	/* name of a profile, or NULL text: nothing may pass */
	uint32_t quarantine_profile;	/* index, by check() */
	struct word time_zone;	/* of `hours` and `expires`, as in Europe/Berlin; NULL text: UTC */
	unsigned require;	/* enum model_require */
	struct place require_place;
	VEC(struct word) lint_allow;	/* numbers of warnings that are not given */
	VEC(struct model_link) links;
	VEC(struct model_network) networks;
	VEC(struct model_service) services;	/* the policy's, then built-in ones it uses */
	VEC(struct model_profile) profiles;
	VEC(struct model_group) groups;
	VEC(struct model_device) devices;
	VEC(struct model_assertion) assertions;
	VEC(struct model_test) tests;
};

/* Yields a rule of its own. 0 or -ENOMEM; `out` is then still to be freed with its profile. */
int model_copy_rule(struct model_rule *out, const struct model_rule *rule);

/*
 * The mode that a device of a checked model is in (bpf/README.md, 14): closed at any level closes,
 * else the most specific level that says something decides.
 */
enum model_enforcement model_mode(const struct model *model, const struct model_device *device);

/* The service that a rule names, or NULL where it has its ports in place (`use->range`). */
const struct model_service *model_service_named(const struct model *model,
						const struct model_service_use *use);

/* The name of the file that a place is in. */
const char *model_file(const struct model *model, struct place place);

void model_free(struct model **model);

/* One takes the place of another, which is freed, and the last one takes its own. */
void model_move_network(struct model *model, size_t from, size_t to);
void model_move_service(struct model *model, size_t from, size_t to);
void model_move_profile(struct model *model, size_t from, size_t to);

#endif
