/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/classes.h"

#include <stdlib.h>

#include "base/own.h"
#include "policy/address.h"

void classes_free(struct classes *classes)
{
	for (size_t i = 0; i < classes->sets.count; i++)
		free(classes->sets.items[i].members);
	vec_free(&classes->sets);
	free(classes->table);
	*classes = (struct classes){ 0 };
}

static size_t hash_members(const uint32_t *members, size_t count)
{
	uint64_t h = count;

	for (size_t i = 0; i < count; i++)
		h = (h ^ members[i]) * 0x9e3779b97f4a7c15u, h ^= h >> 29;
	return h;
}

static int grow_table(struct classes *classes)
{
	size_t size = classes->table_size ? classes->table_size * 2 : 64;
	uint32_t *table = calloc(size, sizeof(*table));

	if (!table)
		return -ENOMEM;
	for (size_t i = 0; i < classes->sets.count; i++) {
		const struct class_set *set = &classes->sets.items[i];
		size_t at = hash_members(set->members, set->count) & (size - 1);

		while (table[at])
			at = (at + 1) & (size - 1);
		table[at] = (uint32_t)i + 1;
	}
	free(classes->table);
	classes->table = table;
	classes->table_size = size;
	return 0;
}

int classes_intern(struct classes *classes, const uint32_t *members, size_t count, uint32_t *out)
{
	struct class_set *set;
	uint32_t *copy = NULL;
	size_t at;

	/* The empty set must be class 0. */
	if (!classes->sets.count && (!vec_add(&classes->sets) || grow_table(classes)))
		return -ENOMEM;
	if (classes->sets.count * 2 > classes->table_size && grow_table(classes))
		return -ENOMEM;
	for (at = hash_members(members, count) & (classes->table_size - 1); classes->table[at];
	     at = (at + 1) & (classes->table_size - 1)) {
		set = &classes->sets.items[classes->table[at] - 1];
		if (set->count == count &&
		    (!count || !memcmp(set->members, members, count * sizeof(*members)))) {
			*out = classes->table[at] - 1;
			return 0;
		}
	}
	copy = malloc(count * sizeof(*members));
	set = copy ? vec_add(&classes->sets) : NULL;
	if (!set) {
		free(copy);
		return -ENOMEM;
	}
	memcpy(copy, members, count * sizeof(*members));
	*set = (struct class_set){ copy, count };
	classes->table[at] = (uint32_t)classes->sets.count;
	*out = (uint32_t)classes->sets.count - 1;
	return 0;
}

int classes_invert(const struct classes *classes, size_t members, struct class_lists *out)
{
	struct class_lists lists = { .first = calloc(members + 2, sizeof(size_t)) };
	size_t total = 0;

	if (!lists.first)
		return -ENOMEM;
	for (size_t c = 0; c < classes->sets.count; c++)
		for (size_t i = 0; i < classes->sets.items[c].count; i++, total++)
			lists.first[classes->sets.items[c].members[i] + 2]++;
	for (size_t m = 2; m < members + 2; m++)
		lists.first[m] += lists.first[m - 1];
	lists.classes = malloc((total + 1) * sizeof(*lists.classes));
	if (!lists.classes) {
		class_lists_free(&lists);
		return -ENOMEM;
	}
	/* first[m + 1] is the next free place of m now, and its end when all are placed. */
	for (size_t c = 0; c < classes->sets.count; c++)
		for (size_t i = 0; i < classes->sets.items[c].count; i++)
			lists.classes[lists.first[classes->sets.items[c].members[i] + 1]++] =
				(uint32_t)c;
	*out = lists;
	return 0;
}

void class_lists_free(struct class_lists *lists)
{
	free(lists->classes);
	free(lists->first);
	*lists = (struct class_lists){ 0 };
}

/* Of no network: see add_ipv4_border(). */
#define NO_NETWORK UINT32_MAX

/* A prefix of one network. */
struct owned_prefix {
	__be32 address[4];
	uint32_t network;
	uint8_t length;
};

static int by_prefix(const void *left, const void *right)
{
	const struct owned_prefix *a = left, *b = right;
	int order = address_compare(a->address, b->address);

	if (order)
		return order;
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	return a->network < b->network ? -1 : a->network > b->network;
}

static bool covers(const struct owned_prefix *outer, const struct owned_prefix *inner)
{
	return outer->length <= inner->length &&
	       address_common(outer->address, inner->address) >= outer->length;
}

static bool is_ipv4(const struct owned_prefix *prefix)
{
	return address_prefix_is_ipv4(prefix->address, prefix->length);
}

/* Members on the path from the root to the prefix at hand; each entry stands once. */
struct path {
	uint32_t *members; /* sorted */
	size_t count;
};

static void path_add(struct path *path, uint32_t member)
{
	size_t at = path->count;

	while (at && path->members[at - 1] > member)
		at--;
	if (at && path->members[at - 1] == member)
		return;
	memmove(&path->members[at + 1], &path->members[at],
		(path->count - at) * sizeof(*path->members));
	path->members[at] = member;
	path->count++;
}

/*
 * `open` holds the prefixes that cover `at`: at most 129 lengths of each network. Their networks,
 * as a set, are its class. To the trie ::/0 covers IPv4 too; to the policy it does not.
 */
static int classify_prefix(const struct owned_prefix *at, const struct owned_prefix **open,
			   size_t open_count, struct path *path, struct image *image,
			   struct classes *out)
{
	struct image_prefix *entry;
	uint32_t class;

	path->count = 0;
	for (size_t i = 0; i < open_count; i++)
		if (open[i]->network != NO_NETWORK && is_ipv4(open[i]) == is_ipv4(at))
			path_add(path, open[i]->network);
	if (classes_intern(out, path->members, path->count, &class))
		return -ENOMEM;
	if (at->length == ADDRESS_BITS)
		entry = vec_add(&image->hosts);
	else
		entry = vec_add(&image->prefixes);
	if (!entry)
		return -ENOMEM;
	entry->key.length = at->length;
	memcpy(entry->key.address, at->address, sizeof(at->address));
	entry->peer_class = class;
	return 0;
}

static int sweep_prefixes(const struct owned_prefix *sorted, size_t count, struct image *image,
			  struct classes *out)
{
	_cleanup_free_ const struct owned_prefix **open = calloc(count + 1, sizeof(*open));
	_cleanup_free_ uint32_t *members = calloc(count + 1, sizeof(*members));
	struct path path = { members, 0 };
	size_t open_count = 0;

	if (!open || !members)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		while (open_count && !covers(open[open_count - 1], &sorted[i]))
			open_count--;
		open[open_count++] = &sorted[i];
		/* The last of equal prefixes sees the networks of all of them. */
		if (i + 1 < count && sorted[i].length == sorted[i + 1].length &&
		    !address_compare(sorted[i].address, sorted[i + 1].address))
			continue;
		if (classify_prefix(&sorted[i], open, open_count, &path, image, out))
			return -ENOMEM;
	}
	return 0;
}

/* Where IPv4 begins: an entry of its own, which ends what a short prefix of IPv6 says. */
static void add_ipv4_border(struct owned_prefix *all, size_t *count)
{
	bool needed = false;

	for (size_t i = 0; i < *count; i++)
		needed |= all[i].length < ADDRESS_IPV4_BITS;
	if (!needed)
		return;
	all[*count] = (struct owned_prefix){ .network = NO_NETWORK, .length = ADDRESS_IPV4_BITS };
	address_from_ipv4(all[(*count)++].address, 0);
}

int classes_of_peers(const struct model *model, const bool *network_used, struct image *image,
		     struct classes *out)
{
	_cleanup_free_ struct owned_prefix *all = NULL;
	size_t count = 0;
	uint32_t none;

	for (size_t n = 0; n < model->networks.count; n++)
		count += model->networks.items[n].prefixes.count;
	all = calloc(count + 1, sizeof(*all));
	if (!all || classes_intern(out, NULL, 0, &none))
		return -ENOMEM;
	count = 0;
	for (size_t n = 0; n < model->networks.count; n++) {
		const struct model_network *network = &model->networks.items[n];

		for (size_t i = 0; network_used[n] && i < network->prefixes.count; i++) {
			const struct model_prefix *prefix = &network->prefixes.items[i];

			all[count].length = prefix->length;
			all[count].network = (uint32_t)n;
			memcpy(all[count++].address, prefix->address, sizeof(prefix->address));
		}
	}
	add_ipv4_border(all, &count);
	qsort(all, count, sizeof(*all), by_prefix);
	return sweep_prefixes(all, count, image, out);
}

/* Where the set of atoms that hold a port changes. */
struct port_edge {
	uint32_t port;
	uint32_t atom;
	bool ends; /* before this port */
};

static int by_port(const void *left, const void *right)
{
	const struct port_edge *a = left, *b = right;

	return a->port < b->port ? -1 : a->port > b->port;
}

static void set_class(struct image *image, enum protocol protocol, uint32_t port, uint32_t class)
{
	static const uint32_t base[PROTOCOLS] = {
		[PROTOCOL_TCP] = WARD_SERVICE_LINES_TCP,
		[PROTOCOL_UDP] = WARD_SERVICE_LINES_UDP,
		[PROTOCOL_SCTP] = WARD_SERVICE_LINES_SCTP,
		[PROTOCOL_ICMP] = WARD_SERVICE_LINES_ICMP,
		[PROTOCOL_ICMPV6] = WARD_SERVICE_LINES_ICMPV6,
		[PROTOCOL_IGMP] = WARD_SERVICE_LINES_IGMP,
	};

	image->services[base[protocol] + port / WARD_PORTS_A_LINE].class[port % WARD_PORTS_A_LINE] =
		(uint16_t) class;
}

static int collect_edges(const struct service_atom *atoms, size_t count, enum protocol protocol,
			 struct port_edge **out, size_t *out_count)
{
	VEC(struct port_edge) edges = { 0 };

	for (size_t a = 0; a < count; a++) {
		for (size_t i = 0; i < atoms[a].count; i++) {
			const struct model_port_range *range = &atoms[a].ranges[i];
			struct port_edge *edge;

			if (range->protocol != protocol)
				continue;
			edge = vec_add(&edges);
			if (edge)
				*edge = (struct port_edge){ range->first, (uint32_t)a, false };
			edge = edge ? vec_add(&edges) : NULL;
			if (!edge) {
				vec_free(&edges);
				return -ENOMEM;
			}
			*edge = (struct port_edge){ range->last + 1u, (uint32_t)a, true };
		}
	}
	if (edges.count)
		qsort(edges.items, edges.count, sizeof(*edges.items), by_port);
	*out = edges.items;
	*out_count = edges.count;
	return 0;
}

static int classify_protocol(const struct service_atom *atoms, size_t count, enum protocol protocol,
			     struct image *image, struct classes *out)
{
	_cleanup_free_ struct port_edge *edges = NULL;
	/* An atom may name a port twice (tcp/80-90, tcp/85): count how often it is open. */
	_cleanup_free_ uint32_t *depth = calloc(count + 1, sizeof(*depth));
	_cleanup_free_ uint32_t *open = calloc(count + 1, sizeof(*open));
	size_t edge_count = 0;

	if (!depth || !open || collect_edges(atoms, count, protocol, &edges, &edge_count))
		return -ENOMEM;
	for (size_t i = 0; i < edge_count;) {
		uint32_t from = edges[i].port, class, open_count = 0;

		for (; i < edge_count && edges[i].port == from; i++)
			depth[edges[i].atom] += edges[i].ends ? -1u : 1u;
		if (i == edge_count)
			break;
		for (size_t a = 0; a < count; a++)
			if (depth[a])
				open[open_count++] = (uint32_t)a;
		if (classes_intern(out, open, open_count, &class))
			return -ENOMEM;
		for (uint32_t port = from; port < edges[i].port; port++)
			set_class(image, protocol, port, class);
	}
	return 0;
}

int classes_of_services(const struct service_atom *atoms, size_t count, struct image *image,
			struct classes *out)
{
	uint32_t none;
	int err = classes_intern(out, NULL, 0, &none);

	for (enum protocol p = 0; !err && p < PROTOCOLS; p++)
		err = classify_protocol(atoms, count, p, image, out);
	return err;
}
