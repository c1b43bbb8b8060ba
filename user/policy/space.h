/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The whole header space of one policy, or of two at once, cut into classes: addresses that no rule
 * of either tells apart share a class, and so do ports. What is asked about a policy (what a change
 * changes, who reaches whom, whether an assertion holds) is asked of classes, which are few, and
 * turned back into prefixes and ports for people. The classes are made as compile() makes them.
 */
#ifndef WARDGATE_POLICY_SPACE_H
#define WARDGATE_POLICY_SPACE_H

#include "base/text.h"
#include "policy/classes.h"
#include "policy/model.h"

#define SPACE_MODELS 2

/* Addresses that are to be told apart besides those that rules name. */
struct space_peers {
	const struct model_prefix *prefixes;
	size_t count;
};

/* What the classes must tell apart. All is borrowed, and must outlive the space. */
struct space_input {
	const struct model *models[SPACE_MODELS];
	size_t model_count;
	const struct space_peers *peers;
	size_t peer_count;
	const struct service_atom *services;
	size_t service_count;
};

/* Neighbouring addresses, or ports of one protocol, of one class. */
struct space_addresses {
	unsigned __int128 first, last;	/* the address as a number */
	uint32_t class;
};

struct space_ports {
	enum protocol protocol;
	uint16_t first, last;
	uint32_t class;
};

/* Zero-initialise it. */
struct space {
	const struct space_input *input;
	struct image *tables;	/* hosts, prefixes and services: from address and port to class */
	struct classes peers, services;
	struct class_lists peer_lists, service_lists;
	size_t peer_base[SPACE_MODELS + 1];	/* members: networks of each model, then the rest */
	size_t service_base[SPACE_MODELS + 1];
	/* Ranges that rules give in place, each once: members behind the services. */
	VEC(struct model_port_range) ranges;
	size_t range_base;
	VEC(struct space_addresses) addresses;	/* sorted; all addresses there are */
	VEC(struct space_ports) ports;	/* sorted; all ports, types included */
};

/* 0 or -ENOMEM. */
int space_new(const struct space_input *input, struct space *out);
void space_free(struct space *space);

/* Classes of a member, as a list. */
struct class_range {
	const uint32_t *classes;
	size_t count;
};

struct class_range space_network(const struct space *space, size_t model, uint32_t network);
struct class_range space_extra_peers(const struct space *space, size_t index);
struct class_range space_extra_services(const struct space *space, size_t index);
struct class_range space_use(const struct space *space, size_t model,
			     const struct model_service_use *use);

uint32_t space_peer_class(const struct space *space, const __be32 address[4]);

/* Sets of classes are arrays of bool, by class. `out` gets the fewest prefixes, or ranges. */
typedef VEC(struct model_prefix) prefix_list;
typedef VEC(struct model_port_range) port_list;

int space_prefixes(const struct space *space, const bool *classes, prefix_list *out);
int space_port_ranges(const struct space *space, const bool *classes, port_list *out);

/* The address as a number, and back. */
unsigned __int128 space_number(const __be32 address[4]);
void space_address(unsigned __int128 number, __be32 out[4]);

/* "10.20.30.40, 10.0.0.0/8"; "any address" for all of both families. At most `most`, 0: all. */
void space_print_prefixes(const struct model_prefix *prefixes, size_t count, size_t most,
			  struct text *out);
void space_print_prefix(const struct model_prefix *prefix, struct text *out);
/* "tcp/104, tcp/5000-5010"; "any service" for all there is. */
void space_print_ports(const struct model_port_range *ranges, size_t count, struct text *out);

#endif
