/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/who.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/world.h"

static void side_free(struct who_side *side)
{
	vec_free(&side->devices);
	vec_free(&side->peers);
}

static void row_free(struct who_row *row)
{
	side_free(&row->from);
	side_free(&row->to);
	vec_free(&row->services);
}

void who_free(struct who *who)
{
	for (size_t i = 0; i < who->rows.count; i++)
		row_free(&who->rows.items[i]);
	vec_free(&who->rows);
}

struct asker {
	struct world world;
	const struct world_end *from, *to;
	const bool *services;
	struct who *out;
};

/* Devices of the profile that are in the end; all of the kinds, or of one of them. */
static int name_devices(const struct asker *a, uint32_t profile, const struct world_end *end,
			struct who_side *side)
{
	const struct model *model = a->world.model;

	side->profile = model->profiles.items[profile].name.text;
	side->all = true;
	for (size_t d = 0; d < model->devices.count; d++) {
		const char **name;

		if (model->devices.items[d].profile != profile)
			continue;
		side->all &= end->devices[d];
		if (!end->devices[d])
			continue;
		name = vec_add(&side->devices);
		if (!name)
			return -ENOMEM;
		*name = model->devices.items[d].name.text;
	}
	return 0;
}

/* Whether the set is the network, or all of it that is no device. */
static bool is_network(const struct world *w, uint32_t n, const bool *peers, size_t wanted,
		       bool *but_devices)
{
	struct class_range range = space_network(&w->space, 0, n);
	size_t met = 0;

	*but_devices = false;
	for (size_t i = 0; i < range.count; i++) {
		bool is_device = w->is_device[range.classes[i]];

		if (!peers[range.classes[i]] && !is_device)
			return false;
		met += peers[range.classes[i]];
		*but_devices |= !peers[range.classes[i]];
	}
	return met && met == wanted;
}

static void name_network(const struct world *w, const bool *peers, struct who_side *out)
{
	size_t wanted = 0;

	for (size_t c = 0; c < w->space.peers.sets.count; c++)
		wanted += peers[c];
	for (uint32_t n = 0; n < w->model->networks.count; n++) {
		bool but_devices;

		/* That of a group is known by the group. */
		if (w->model->networks.items[n].group ||
		    !is_network(w, n, peers, wanted, &but_devices) ||
		    (out->network && (but_devices || !out->but_devices)))
			continue;
		out->network = w->model->networks.items[n].name.text;
		out->but_devices = but_devices;
	}
}

/* Between devices of a profile and addresses that are no device's. */

static int add_block(struct asker *a, uint32_t profile, enum ward_side opener,
		     const struct block *block)
{
	bool sends = opener == WARD_CLINICAL;
	const struct world *w = &a->world;
	struct who_row *row = vec_add(&a->out->rows);
	struct who_side *device, *peer;

	if (!row)
		return -ENOMEM;
	device = sends ? &row->from : &row->to;
	peer = sends ? &row->to : &row->from;
	*(sends ? &row->sends : &row->receives) =
		&w->model->profiles.items[profile].rules.items[block->value];
	name_network(w, block->peers, peer);
	return name_devices(a, profile, sends ? a->from : a->to, device) ?:
	       space_prefixes(&w->space, block->peers, &peer->peers) ?:
	       space_port_ranges(&w->space, block->services, &row->services);
}

static int ask_peers(struct asker *a, uint32_t profile, enum ward_side opener)
{
	const cell_list *cells = world_cells(&a->world, profile, opener);
	const struct world_end *end = opener == WARD_CLINICAL ? a->to : a->from;
	cell_list open = { 0 };
	block_list blocks = { 0 };
	int err = cells ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < cells->count; i++) {
		struct cell *cell;

		if (!end->peers[cells->items[i].peer] || !a->services[cells->items[i].service] ||
		    a->world.is_device[cells->items[i].peer])
			continue;
		cell = vec_add(&open);
		err = cell ? 0 : -ENOMEM;
		if (cell)
			*cell = cells->items[i];
	}
	err = err ?: cells_to_blocks(&a->world.space, &open, &blocks);
	for (size_t i = 0; !err && i < blocks.count; i++)
		err = add_block(a, profile, opener, &blocks.items[i]);
	blocks_free(&blocks);
	vec_free(&open);
	return err;
}

/* Between devices, kind by kind. */

static int name_kind(const struct asker *a, const struct world_kind *kind,
		     const struct world_end *end, struct who_side *side)
{
	const struct model *model = a->world.model;
	size_t total = 0;

	side->profile = model->profiles.items[kind->profile].name.text;
	for (size_t i = 0; i < kind->count; i++) {
		const char **name;

		if (!end->devices[kind->devices[i]])
			continue;
		name = vec_add(&side->devices);
		if (!name)
			return -ENOMEM;
		*name = model->devices.items[kind->devices[i]].name.text;
	}
	for (size_t d = 0; d < model->devices.count; d++)
		total += model->devices.items[d].profile == kind->profile;
	side->all = total == side->devices.count;
	return 0;
}

/* Services that both allow, by the pair of rules. */
static int ask_pair(struct asker *a, const struct world_kind *from, const struct world_kind *to)
{
	struct world *w = &a->world;
	size_t count = w->space.services.sets.count;
	_cleanup_free_ bool *services = calloc(count, sizeof(*services));
	_cleanup_free_ bool *done = calloc(count, sizeof(*done));

	if (!services || !done)
		return -ENOMEM;
	for (uint32_t first = 0; first < count; first++) {
		const struct model_rule *sends = NULL, *receives = NULL;
		struct who_row *row;

		for (uint32_t s = first; s < count; s++) {
			const struct model_rule *x, *y;

			services[s] = false;
			if (!a->services[s] || done[s])
				continue;
			x = world_rule(w, from->profile, WARD_CLINICAL, to->class, s, false);
			y = x ? world_rule(w, to->profile, WARD_IT, from->class, s, false) : NULL;
			if (!y || (sends && (x != sends || y != receives)))
				continue;
			sends = x;
			receives = y;
			done[s] = services[s] = true;
		}
		if (!sends)
			break;
		row = vec_add(&a->out->rows);
		if (!row)
			return -ENOMEM;
		row->sends = sends;
		row->receives = receives;
		if (name_kind(a, from, a->from, &row->from) || name_kind(a, to, a->to, &row->to) ||
		    space_port_ranges(&w->space, services, &row->services))
			return -ENOMEM;
	}
	return 0;
}

/* Only where the sender's policy names the address of the other at all. */
static int ask_kind(struct asker *a, const struct world_kind *from)
{
	struct world *w = &a->world;
	const cell_list *cells = world_cells(w, from->profile, WARD_CLINICAL);
	size_t classes = w->space.peers.sets.count;
	int err = cells ? 0 : -ENOMEM;
	uint32_t pair[2];

	for (size_t i = 0, next; !err && i < cells->count; i = next) {
		uint32_t class = cells->items[i].peer;

		for (next = i; next < cells->count && cells->items[next].peer == class; next++)
			;
		if (!w->is_device[class])
			continue;
		for (size_t k = w->first_kind[class]; !err && k < w->first_kind[class + 1]; k++)
			if (world_pair(from, a->from, &w->kinds.items[k], a->to, pair))
				err = ask_pair(a, from, &w->kinds.items[k]);
	}
	for (size_t k = w->first_kind[classes]; !err && k < w->first_kind[classes + 1]; k++)
		if (world_pair(from, a->from, &w->kinds.items[k], a->to, pair))
			err = ask_pair(a, from, &w->kinds.items[k]);
	return err;
}

/* Rows that differ in one side's devices only become one. */

static bool is_same_list(const void *a, size_t a_count, const void *b, size_t b_count, size_t size)
{
	return a_count == b_count && (!a_count || !memcmp(a, b, a_count * size));
}

static bool is_same_side(const struct who_side *a, const struct who_side *b)
{
	return a->profile == b->profile &&
	       is_same_list(a->devices.items, a->devices.count, b->devices.items, b->devices.count,
			    sizeof(*a->devices.items)) &&
	       is_same_list(a->peers.items, a->peers.count, b->peers.items, b->peers.count,
			    sizeof(*a->peers.items));
}

static bool may_join(const struct who_row *a, const struct who_row *b)
{
	return a->from.profile && a->to.profile && a->sends == b->sends &&
	       a->receives == b->receives && a->from.profile == b->from.profile &&
	       a->to.profile == b->to.profile &&
	       is_same_list(a->services.items, a->services.count, b->services.items,
			    b->services.count, sizeof(*a->services.items));
}

static int join_side(const struct model *model, struct who_side *into, const struct who_side *side)
{
	size_t total = 0;

	for (size_t i = 0; i < side->devices.count; i++) {
		const char **name;
		bool known = false;

		for (size_t j = 0; !known && j < into->devices.count; j++)
			known = into->devices.items[j] == side->devices.items[i];
		name = known ? NULL : vec_add(&into->devices);
		if (!known && !name)
			return -ENOMEM;
		if (name)
			*name = side->devices.items[i];
	}
	for (size_t d = 0; d < model->devices.count; d++)
		total += model->profiles.items[model->devices.items[d].profile].name.text ==
			 into->profile;
	into->all = total == into->devices.count;
	return 0;
}

static int join_rows(const struct model *model, struct who *who, bool by_sender)
{
	size_t kept = 0;

	for (size_t i = 0; i < who->rows.count; i++) {
		struct who_row row = who->rows.items[i];
		size_t at = 0;

		while (at < kept && !(may_join(&who->rows.items[at], &row) &&
				      is_same_side(by_sender ? &who->rows.items[at].to
							     : &who->rows.items[at].from,
						   by_sender ? &row.to : &row.from)))
			at++;
		if (at == kept) {
			memset(&who->rows.items[i], 0, sizeof(row));
			who->rows.items[kept++] = row;
			continue;
		}
		if (join_side(model,
			      by_sender ? &who->rows.items[at].from : &who->rows.items[at].to,
			      by_sender ? &row.from : &row.to))
			return -ENOMEM;
		row_free(&row);
		memset(&who->rows.items[i], 0, sizeof(row));
	}
	who->rows.count = kept;
	return 0;
}

static bool has_devices(const struct world *w, uint32_t profile, const struct world_end *end)
{
	for (size_t d = 0; d < w->model->devices.count; d++)
		if (end->devices[d] && w->model->devices.items[d].profile == profile)
			return true;
	return false;
}

static int ask_all(struct asker *a)
{
	const struct world *w = &a->world;
	int err = 0;

	for (uint32_t p = 0; !err && p < w->model->profiles.count; p++) {
		if (has_devices(w, p, a->from))
			err = ask_peers(a, p, WARD_CLINICAL);
		if (!err && has_devices(w, p, a->to))
			err = ask_peers(a, p, WARD_IT);
	}
	for (size_t k = 0; !err && k < w->kinds.count; k++)
		if (world_member(&w->kinds.items[k], a->from, WORLD_NO_DEVICE) != WORLD_NO_DEVICE)
			err = ask_kind(a, &w->kinds.items[k]);
	return err;
}

static void asker_free(struct asker *a)
{
	world_free(&a->world);
}

int policy_who(const struct model *model, const struct who_question *question, struct who *out)
{
	const struct model_end *ends[] = { &question->from, &question->to };
	const struct world_services services = { question->services.items,
						 question->services.count };
	const struct world_question asked = { ends, 2, &services, 1 };
	_cleanup_(who_free) struct who who = { 0 };
	_cleanup_(asker_free) struct asker a = { .out = &who };
	int err = world_new(model, &asked, &a.world);

	if (err)
		return err;
	a.from = &a.world.ends[0];
	a.to = &a.world.ends[1];
	a.services = a.world.services[0];
	err = ask_all(&a) ?: join_rows(model, &who, true) ?: join_rows(model, &who, false);
	if (err)
		return err;
	*out = who;
	who = (struct who){ 0 };
	return 0;
}
