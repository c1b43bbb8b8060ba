/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/world.h"

#include <errno.h>
#include <stdlib.h>

#include "base/own.h"
#include "policy/address.h"

void world_free(struct world *w)
{
	for (size_t i = 0; w->ends && i < w->end_count; i++) {
		free(w->ends[i].devices);
		free(w->ends[i].peers);
	}
	for (size_t i = 0; w->services && i < w->service_count; i++)
		free(w->services[i]);
	for (size_t i = 0; w->sets && i <= w->end_count; i++)
		vec_free(&w->sets[i].own);
	for (size_t i = 0; w->cells && i < w->model->profiles.count * WARD_SIDES; i++)
		vec_free(&w->cells[i]);
	space_free(&w->space);
	vec_free(&w->kinds);
	free(w->ends);
	free(w->services);
	free(w->is_device);
	free(w->first_kind);
	free(w->input);
	free(w->sets);
	free(w->peers);
	free(w->atoms);
	free(w->cells);
	free(w->made);
	free(w->members);
	*w = (struct world){ 0 };
}

/* Ends as prefixes. */

static int add_addresses(const struct model_device *device, prefix_list *out)
{
	for (size_t a = 0; a < device->addresses.count; a++) {
		struct model_prefix *prefix = vec_add(out);

		if (!prefix)
			return -ENOMEM;
		memcpy(prefix->address, device->addresses.items[a].word, ADDRESS_SIZE);
		prefix->length = ADDRESS_BITS;
	}
	return 0;
}

static bool is_named(const struct model *model, const struct model_end *end, uint32_t device)
{
	const struct model_group *group;

	switch (end->kind) {
	case MODEL_END_ANY:
		return true;
	case MODEL_END_PROFILE:
		return model->devices.items[device].profile == end->index;
	case MODEL_END_DEVICE:
		return device == end->index;
	case MODEL_END_GROUP:
		group = &model->groups.items[end->index];
		for (size_t i = 0; i < group->devices.count; i++)
			if (group->devices.items[i] == device)
				return true;
		return false;
	default:
		return false;
	}
}

static int set_of_end(struct world *w, const struct model_end *end, size_t index)
{
	static const struct model_prefix everything[] = {
		{ .length = 0 }, { .address = { 0, 0, 0 }, .length = ADDRESS_IPV4_BITS }
	};
	struct prefix_set *set = &w->sets[index];
	struct model_prefix *prefix;
	int err = 0;

	if (end->kind == MODEL_END_NETWORK) {
		w->peers[index] =
			(struct space_peers){ w->model->networks.items[end->index].prefixes.items,
					      w->model->networks.items[end->index].prefixes.count };
		return 0;
	}
	if (end->kind == MODEL_END_PREFIX) {
		prefix = vec_add(&set->own);
		if (!prefix)
			return -ENOMEM;
		*prefix = end->prefix;
	} else if (end->kind == MODEL_END_ANY) {
		for (size_t i = 0; i < ARRAY_SIZE(everything); i++) {
			prefix = vec_add(&set->own);
			if (!prefix)
				return -ENOMEM;
			*prefix = everything[i];
			if (i)
				address_from_ipv4(prefix->address, 0);
		}
	} else {
		for (uint32_t d = 0; !err && d < w->model->devices.count; d++)
			if (is_named(w->model, end, d))
				err = add_addresses(&w->model->devices.items[d], &set->own);
	}
	w->peers[index] = (struct space_peers){ set->own.items, set->own.count };
	return err;
}

/* The last set holds the addresses of all devices. */
static int collect_sets(struct world *w, const struct world_question *question)
{
	struct prefix_set *all = &w->sets[question->end_count];
	int err = 0;

	for (size_t i = 0; !err && i < question->end_count; i++)
		err = set_of_end(w, question->ends[i], i);
	for (size_t d = 0; !err && d < w->model->devices.count; d++)
		err = add_addresses(&w->model->devices.items[d], &all->own);
	w->peers[question->end_count] = (struct space_peers){ all->own.items, all->own.count };
	return err;
}

static size_t collect_atoms(struct world *w, const struct world_question *question)
{
	size_t count = 0;

	for (size_t s = 0; s < question->service_count; s++)
		for (size_t i = 0; i < question->services[s].count; i++)
			if (question->services[s].items[i].in_place)
				w->atoms[count++] = (struct service_atom){
					&question->services[s].items[i].range, 1
				};
	return count;
}

/* Ends and services as sets of classes. */

static bool holds_address(const struct world *w, const struct model_device *device,
			  const bool *peers)
{
	for (size_t a = 0; a < device->addresses.count; a++)
		if (peers[space_peer_class(&w->space, device->addresses.items[a].word)])
			return true;
	return false;
}

static bool is_by_address(const struct model_end *end)
{
	return end->kind == MODEL_END_NETWORK || end->kind == MODEL_END_PREFIX;
}

static int mark_end(struct world *w, const struct model_end *end, size_t index)
{
	struct class_range range = space_extra_peers(&w->space, index);
	struct world_end *out = &w->ends[index];

	out->peers = calloc(w->space.peers.sets.count, sizeof(*out->peers));
	out->devices = calloc(w->model->devices.count + 1, sizeof(*out->devices));
	if (!out->peers || !out->devices)
		return -ENOMEM;
	for (size_t i = 0; i < range.count; i++)
		out->peers[range.classes[i]] = true;
	if (end->kind == MODEL_END_GROUP) {
		const struct model_group *group = &w->model->groups.items[end->index];

		for (size_t i = 0; i < group->devices.count; i++)
			out->devices[group->devices.items[i]] = true;
		return 0;
	}
	out->by_address = is_by_address(end);
	for (uint32_t d = 0; d < w->model->devices.count; d++)
		out->devices[d] = is_by_address(end) ? holds_address(w, &w->model->devices.items[d],
								     out->peers)
						     : is_named(w->model, end, d);
	return 0;
}

static void mark(bool *set, struct class_range range)
{
	for (size_t i = 0; i < range.count; i++)
		set[range.classes[i]] = true;
}

static int mark_services(struct world *w, const struct world_question *question)
{
	size_t atom = 0;

	for (size_t s = 0; s < question->service_count; s++) {
		const struct world_services *from = &question->services[s];
		bool *set = calloc(w->space.services.sets.count, sizeof(*set));

		w->services[s] = set;
		if (!set)
			return -ENOMEM;
		if (!from->count)
			memset(set, true, w->space.services.sets.count);
		for (size_t i = 0; i < from->count; i++)
			mark(set, from->items[i].in_place
					  ? space_extra_services(&w->space, atom++)
					  : space_use(&w->space, 0, &from->items[i]));
	}
	return 0;
}

/* Kinds. */

struct kind_member {
	uint32_t class, profile, device;
};

static int by_kind(const void *left, const void *right)
{
	const struct kind_member *a = left, *b = right;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if (a->profile != b->profile)
		return a->profile < b->profile ? -1 : 1;
	return a->device < b->device ? -1 : a->device > b->device;
}

typedef VEC(struct kind_member) member_list;

static int add_member(const struct model_device *device, uint32_t index, uint32_t class,
		      member_list *out)
{
	struct kind_member *member = vec_add(out);

	if (!member)
		return -ENOMEM;
	*member = (struct kind_member){ class, device->profile, index };
	return 0;
}

static int collect_members(const struct world *w, member_list *out)
{
	int err = 0;

	for (uint32_t d = 0; !err && d < w->model->devices.count; d++) {
		const struct model_device *device = &w->model->devices.items[d];

		for (size_t a = 0; !err && a < device->addresses.count; a++)
			err = add_member(
				device, d,
				space_peer_class(&w->space, device->addresses.items[a].word), out);
		if (!err && device->dhcp)
			err = add_member(device, d, WORLD_UNKNOWN, out);
	}
	if (!err && out->count)
		qsort(out->items, out->count, sizeof(*out->items), by_kind);
	return err;
}

static int find_kinds(struct world *w)
{
	size_t classes = w->space.peers.sets.count, class = 0;
	member_list members = { 0 };
	int err = collect_members(w, &members);

	w->members = calloc(members.count + 1, sizeof(*w->members));
	w->first_kind = calloc(classes + 2, sizeof(*w->first_kind));
	if (!w->members || !w->first_kind)
		err = -ENOMEM;
	for (size_t i = 0; !err && i < members.count; i++) {
		const struct kind_member *member = &members.items[i];
		struct world_kind *kind;

		w->members[i] = member->device;
		if (i && member->class == member[-1].class &&
		    member->profile == member[-1].profile) {
			w->kinds.items[w->kinds.count - 1].count++;
			continue;
		}
		for (; class <= classes && class <= member->class; class ++)
			w->first_kind[class] = w->kinds.count;
		kind = vec_add(&w->kinds);
		err = kind ? 0 : -ENOMEM;
		if (kind)
			*kind = (struct world_kind){ member->profile, member->class, &w->members[i],
						     1 };
	}
	for (; !err && class <= classes + 1; class ++)
		w->first_kind[class] = w->kinds.count;
	vec_free(&members);
	return err;
}

static int reserve(struct world *w, const struct world_question *question)
{
	size_t atoms = 0;

	for (size_t s = 0; s < question->service_count; s++)
		atoms += question->services[s].count;
	w->input = calloc(1, sizeof(*w->input));
	w->sets = calloc(question->end_count + 1, sizeof(*w->sets));
	w->peers = calloc(question->end_count + 1, sizeof(*w->peers));
	w->ends = calloc(question->end_count + 1, sizeof(*w->ends));
	w->services = calloc(question->service_count + 1, sizeof(*w->services));
	w->atoms = calloc(atoms + 1, sizeof(*w->atoms));
	w->cells = calloc(w->model->profiles.count * WARD_SIDES + 1, sizeof(*w->cells));
	w->made = calloc(w->model->profiles.count * WARD_SIDES + 1, sizeof(*w->made));
	return w->input && w->sets && w->peers && w->ends && w->services && w->atoms && w->cells &&
			       w->made
		       ? 0
		       : -ENOMEM;
}

static int build(struct world *w, const struct world_question *question)
{
	int err = reserve(w, question) ?: collect_sets(w, question);

	if (err)
		return err;
	*w->input = (struct space_input){ .models = { w->model },
					  .model_count = 1,
					  .peers = w->peers,
					  .peer_count = question->end_count + 1,
					  .services = w->atoms,
					  .service_count = collect_atoms(w, question) };
	err = space_new(w->input, &w->space);
	if (err)
		return err;
	w->is_device = calloc(w->space.peers.sets.count, sizeof(*w->is_device));
	if (!w->is_device)
		return -ENOMEM;
	mark(w->is_device, space_extra_peers(&w->space, question->end_count));
	for (size_t i = 0; !err && i < question->end_count; i++)
		err = mark_end(w, question->ends[i], i);
	return err ?: mark_services(w, question) ?: find_kinds(w);
}

int world_new(const struct model *model, const struct world_question *question, struct world *out)
{
	_cleanup_(world_free) struct world w = { .model = model,
						 .end_count = question->end_count,
						 .service_count = question->service_count };
	int err = build(&w, question);

	if (err)
		return err;
	*out = w;
	w = (struct world){ 0 };
	return 0;
}
