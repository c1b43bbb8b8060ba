/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A compiled policy: the content of the policy maps, before the kernel room gives devices, ports
 * and rules the numbers of their slots. It holds indexes into the model where the maps will hold
 * slots.
 */
#ifndef WARDGATE_POLICY_IMAGE_H
#define WARDGATE_POLICY_IMAGE_H

#include <stdint.h>

#include "base/vec.h"
#include "policy/model.h"
#include "wardgate/policy_maps.h"

/* Names that stay the same for as long as the thing they name: counters are kept under them. */
struct image_port {
	char ifname[WARD_NAME_SIZE];
	uint16_t link;
	uint8_t side;		/* enum ward_side */
	uint8_t generic;	/* 1: the policy allows XDP without the driver's help */
	uint16_t flags;		/* enum ward_port_flag */
	uint16_t zero;
	uint32_t other;		/* index of the link's other port in `ports`; a hairpin: its own */
};

struct image_rule {
	char key[WARD_NAME_SIZE];	/* hash of profile, direction, peer and services, hex */
	uint32_t profile, rule;		/* where it stands in the model */
	struct ward_rule_limit limit;	/* all zero: none */
	struct ward_rule_time time;	/* all zero: it always is a rule */
};

struct image_device {
	/*
	 * For devices_by_mac; owner: index of the device in the model. A group's MAC is a group
	 * address: nobody sends from it, two groups may share it, and it is not for that map.
	 */
	struct ward_device entry;
	char name[WARD_NAME_SIZE];
};

struct image_prefix {
	struct ward_prefix_key key;
	uint32_t peer_class;
};

struct image_entry {
	struct ward_rule_key key;
	/*
	 * Index into `rules`; UINT32_MAX: only says "this peer is named". With WARD_RULE_CHAIN:
	 * into `steps`, of the first that the entry leads to.
	 */
	uint32_t rule;
	uint32_t flags;		/* enum ward_rule_flag */
};

typedef VEC(struct image_entry) image_entries;

struct image_step {
	uint32_t rule;		/* index into `rules` */
	uint32_t flags;		/* enum ward_rule_flag */
};

struct image_vlan {
	struct ward_vlan_key key;
	uint32_t use;		/* enum ward_vlan_use */
};

struct image_stack {
	uint32_t tags;		/* outer << 16 | inner */
	uint16_t vlan;		/* its number */
	uint16_t zero;
};

struct image_vlan_map {
	struct ward_vlan_map_key key;
	struct ward_vlan_map value;
};

struct image_link_address {
	struct ward_link_address key;
	uint32_t use;		/* enum ward_address_use */
};

/* What the program needs to know at all: the rest is left out when it is loaded. */
struct image_features {
	uint8_t ipv6, prefixes, dhcp, fragments, replies, rule_limits, routed, vlan_maps, stacks,
		ethertypes, host, quotas, encryption, times, logs;
	uint8_t zero[1];
};

struct image {
	VEC(struct image_port) ports;
	VEC(struct image_rule) rules;
	VEC(struct image_device) devices;	/* in the order of the model */
	VEC(struct ward_device) addresses;	/* owner: index of the device in the model */
	VEC(struct image_vlan) vlans;
	VEC(struct image_stack) stacks;
	VEC(struct image_vlan_map) vlan_maps;
	VEC(struct ward_vlan_key) ethertypes;
	VEC(struct image_link_address) link_addresses;
	VEC(struct ward_profile) profiles;	/* see struct ward_profile: more than the model's */
	uint32_t quarantine_profile;		/* index into profiles, or WARD_NO_PROFILE */
	VEC(struct image_prefix) hosts;		/* single addresses, sorted */
	VEC(struct image_prefix) prefixes;	/* sorted */
	struct ward_service_line *services;	/* WARD_SERVICE_LINES of them */
	image_entries entries;			/* sorted by key */
	VEC(struct image_step) steps;		/* chain after chain */
	VEC(struct ward_schedule) schedules;	/* no two are the same */
	VEC(struct ward_offset) offsets;	/* of the time zone; none without schedules */
	uint32_t peer_classes, service_classes;	/* classes in use, with class 0 */
	struct image_features features;
	char hash[WARD_HASH_SIZE];		/* SHA-256 over all of the above, hex */
};

void image_free(struct image **image);

/*
 * From when to when `offsets` follow the zone, years; at most WARD_OFFSETS of them. The same years
 * always, so that a policy's hash does not depend on the day on which it is compiled.
 */
#define IMAGE_FIRST_YEAR 2025
#define IMAGE_LAST_YEAR 2055

/* The classification of the BPF program, over the image. Addresses as in ward_device. */
uint32_t image_peer_class(const struct image *image, const __be32 address[4]);
uint32_t image_service_class(const struct image *image, enum protocol protocol, uint16_t port);

/*
 * The rules that an entry leads to, one after the other: index into `rules` of the one at
 * `position`, or UINT32_MAX behind the last. `flags` are those that it has there.
 */
uint32_t image_step(const struct image *image, const struct image_entry *entry, size_t position,
		    uint32_t *flags);

#endif
