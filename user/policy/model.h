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

/* A word of the source with its place. `text` is NULL when the key was not given. */
struct word {
	const char *text;
	struct place place;
};

struct model_link {
	struct word name;
	struct word clinical;	/* interface names */
	struct word it;
	VEC(uint16_t) vlans;	/* sorted; empty: any VLAN that a device names */
	struct place place;
};

struct model_prefix {
	__be32 address;		/* host bits are zero */
	uint8_t length;		/* 0..32 */
	struct place place;
};

struct model_network {
	struct word name;
	VEC(struct model_prefix) prefixes;	/* in the order written, at least one */
};

enum protocol {
	PROTOCOL_TCP,
	PROTOCOL_UDP,
	PROTOCOL_ICMP_ECHO,
};

struct model_port_range {
	enum protocol protocol;
	uint16_t first, last;	/* 0, 0 for ICMP echo */
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

struct model_rule {
	enum ward_side opener;	/* WARD_CLINICAL: `to`; WARD_IT: `from` */
	struct word peer;	/* name of a network */
	uint32_t network;	/* index, by check() */
	VEC(struct model_service_use) services;	/* at least one */
	struct word purpose;
	struct place place;
};

/* Zero means "no limit". */
struct model_limit {
	uint64_t packets;	/* per second */
	uint64_t burst;		/* packets */
	uint64_t bits;		/* per second */
	uint64_t burst_bits;	/* bits */
	struct place place;	/* line 0: no `limit` was given */
};

struct model_profile {
	struct word name;
	VEC(struct model_rule) rules;
	struct model_limit limit;
	struct place allow;	/* of `allow:`, where another rule would go; line 0: none given */
};

struct model_device {
	struct word name;
	struct word link_name;	/* NULL text: the only link */
	struct word profile_name;
	uint8_t mac[6];
	uint16_t vlan;		/* WARD_NO_VLAN: untagged */
	__be32 address;
	struct place mac_place, vlan_place, address_place, place;
	uint32_t link, profile;	/* indexes, by check() */
};

struct model {
	struct arena arena;
	VEC(struct model_link) links;
	VEC(struct model_network) networks;
	VEC(struct model_service) services;	/* the policy's, then built-in ones it uses */
	VEC(struct model_profile) profiles;
	VEC(struct model_device) devices;
};

void model_free(struct model **model);

#endif
