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
	uint32_t other;		/* index of the link's other port in `ports` */
};

struct image_rule {
	char key[WARD_NAME_SIZE];	/* hash of profile, direction, peer and services, hex */
	uint32_t profile, rule;		/* where it stands in the model */
};

struct image_device {
	struct ward_device entry;	/* owner holds the index of the device in the model */
	char name[WARD_NAME_SIZE];
};

struct image_prefix {
	struct ward_prefix_key key;
	uint32_t peer_class;
};

struct image_entry {
	struct ward_rule_key key;
	uint32_t rule;		/* index into `rules`; UINT32_MAX: only says "this peer is named" */
};

struct image {
	VEC(struct image_port) ports;
	VEC(struct image_rule) rules;
	VEC(struct image_device) devices;	/* in the order of the model */
	VEC(struct ward_vlan_key) vlans;
	VEC(uint16_t) restricted_links;		/* links that have a list of VLANs */
	VEC(struct ward_profile) profiles;	/* in the order of the model */
	VEC(struct image_prefix) hosts;		/* single addresses, sorted */
	VEC(struct image_prefix) prefixes;	/* sorted */
	struct ward_service_line *services;	/* WARD_SERVICE_LINES of them */
	VEC(struct image_entry) entries;	/* sorted by key */
	uint32_t peer_classes, service_classes;	/* classes in use, with class 0 */
	char hash[WARD_HASH_SIZE];		/* SHA-256 over all of the above, hex */
};

void image_free(struct image **image);

/* The classification of the BPF program, over the image. Peer addresses are in wire order. */
uint32_t image_peer_class(const struct image *image, __be32 address);
uint32_t image_service_class(const struct image *image, enum protocol protocol, uint16_t port);

/* The rule that lets `opener` open a flow, or NULL: denied. */
const struct image_entry *image_find(const struct image *image, uint16_t profile,
				     enum ward_side opener, uint32_t peer_class,
				     uint32_t service_class);

#endif
