/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may open what to whom, device to device as well: between two devices both policies must
 * allow. Devices of one profile whose addresses share a class are one kind; questions are asked of
 * kinds and classes, so their cost does not grow with the number of devices.
 *
 * Rules that are in force at times only count as allowing for "may it ever", and as not allowing
 * for "may it always". Enforcement is not looked at: this is what rules say.
 */
#ifndef WARDGATE_POLICY_WORLD_H
#define WARDGATE_POLICY_WORLD_H

#include "policy/cells.h"

#define WORLD_NO_DEVICE UINT32_MAX
#define WORLD_UNKNOWN UINT32_MAX	/* class of an address that DHCP gives */

struct world_services {
	const struct model_service_use *items;
	size_t count;		/* 0: any */
};

struct world_question {
	const struct model_end *const *ends;
	size_t end_count;
	const struct world_services *services;
	size_t service_count;
};

struct world_end {
	bool *devices;		/* by device */
	bool *peers;		/* by class of peers */
	bool by_address;	/* a network or prefix: devices by their listed addresses only */
};

struct world_kind {
	uint32_t profile;
	uint32_t class;		/* of its addresses, or WORLD_UNKNOWN */
	const uint32_t *devices;	/* ascending */
	size_t count;
};

/* Zero-initialise it. */
struct world {
	const struct model *model;
	struct world_end *ends;		/* as they were asked */
	bool **services;		/* as they were asked, by class of services */
	size_t end_count, service_count;
	struct space space;
	bool *is_device;	/* by class of peers: addresses of devices, and no others */
	VEC(struct world_kind) kinds;	/* sorted by class, then profile */
	size_t *first_kind;	/* by class; behind the last one, those of unknown addresses */
	/* private */
	struct space_input *input;
	struct prefix_set {
		prefix_list own;
	} *sets;
	struct space_peers *peers;
	struct service_atom *atoms;
	cell_list *cells;	/* by profile * WARD_SIDES + opener */
	bool *made;
	uint32_t *members;	/* devices of all kinds */
};

/* 0 or -ENOMEM. The model is checked, and outlives the world. */
int world_new(const struct model *model, const struct world_question *question,
	      struct world *out);
void world_free(struct world *world);

/* What the profile lets open. NULL when memory ran out. */
const cell_list *world_cells(struct world *world, uint32_t profile, enum ward_side opener);

/*
 * The first rule of the profile for the cell, or NULL; with `always`, the first that is in force at
 * all times. A peer class of WORLD_UNKNOWN: for any class; with `always` for none.
 */
const struct model_rule *world_rule(struct world *world, uint32_t profile, enum ward_side opener,
				    uint32_t peer, uint32_t service, bool always);

/* A device of the kind that is in the end with these addresses, and is not `other`; or
 * WORLD_NO_DEVICE. */
uint32_t world_member(const struct world_kind *kind, const struct world_end *end, uint32_t other);

/* One of a kind that may send, and another one that may receive. False: there are no two. */
bool world_pair(const struct world_kind *from, const struct world_end *sends,
		const struct world_kind *to, const struct world_end *receives, uint32_t out[2]);

/* Kinds with addresses of this class: kinds[first_kind[class]] up to first_kind[class + 1]. */

/* Examples, for people: the first address or service of a class (and one that is in the end). */
void world_example_address(const struct world *world, uint32_t class, __be32 out[4]);
void world_example_service(const struct world *world, uint32_t class, struct model_port_range *out);

/* The index of the device with this static address, or WORLD_NO_DEVICE. */
uint32_t world_find_device(const struct model *model, const __be32 address[4]);

#endif
