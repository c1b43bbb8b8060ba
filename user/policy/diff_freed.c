/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between two devices both policies must allow. So a device that goes may open what others had to
 * its address by their own rules already, and a device that comes may close it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/diff_parts.h"

static const struct model *model_of(const struct differ *d, size_t m)
{
	return m ? d->new : d->old;
}

void diff_free_freed(struct differ *d)
{
	for (size_t m = 0; m < SPACE_MODELS; m++) {
		size_t profiles = model_of(d, m)->profiles.count;

		for (size_t i = 0; d->freed.cells[m] && i < profiles * WARD_SIDES; i++)
			vec_free(&d->freed.cells[m][i]);
		free(d->freed.cells[m]);
		free(d->freed.made[m]);
		free(d->freed.classes[m]);
		vec_free(&d->freed.prefixes[m]);
		vec_free(&d->freed.owners[m]);
		vec_free(&d->freed.own[m]);
	}
}

static int by_address(const void *left, const void *right)
{
	const struct model_prefix *a = left, *b = right;

	return address_compare(a->address, b->address);
}

static int list_addresses(const struct model *model, prefix_list *out)
{
	for (size_t d = 0; d < model->devices.count; d++) {
		const struct model_device *device = &model->devices.items[d];

		for (size_t a = 0; a < device->addresses.count; a++) {
			struct model_prefix *prefix = vec_add(out);

			if (!prefix)
				return -ENOMEM;
			memcpy(prefix->address, device->addresses.items[a].word, ADDRESS_SIZE);
			prefix->length = ADDRESS_BITS;
		}
	}
	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), by_address);
	return 0;
}

/* What `a` has and `b` has not. */
static int subtract(const prefix_list *a, const prefix_list *b, prefix_list *out)
{
	for (size_t i = 0; i < a->count; i++) {
		struct model_prefix *prefix;

		if (b->count &&
		    bsearch(&a->items[i], b->items, b->count, sizeof(*b->items), by_address))
			continue;
		prefix = vec_add(out);
		if (!prefix)
			return -ENOMEM;
		*prefix = a->items[i];
	}
	return 0;
}

int diff_find_freed(struct differ *d)
{
	prefix_list all[SPACE_MODELS] = { 0 };
	int err = list_addresses(d->old, &all[0]) ?: list_addresses(d->new, &all[1]);

	for (size_t m = 0; !err && m < SPACE_MODELS; m++) {
		err = subtract(&all[m], &all[!m], &d->freed.prefixes[m]);
		d->freed.peers[m] = (struct space_peers){ d->freed.prefixes[m].items,
							  d->freed.prefixes[m].count };
	}
	for (size_t m = 0; m < SPACE_MODELS; m++)
		vec_free(&all[m]);
	return err;
}

static int by_owner(const void *left, const void *right)
{
	const struct cell *a = left, *b = right;

	if (a->peer != b->peer)
		return a->peer < b->peer ? -1 : 1;
	return a->value < b->value ? -1 : a->value > b->value;
}

static int find_owners(struct differ *d, size_t m)
{
	const struct model *model = model_of(d, m);
	cell_list *owners = &d->freed.owners[m];
	size_t kept = 0;

	for (size_t i = 0; i < model->devices.count; i++) {
		const struct model_device *device = &model->devices.items[i];

		for (size_t a = 0; a < device->addresses.count; a++) {
			uint32_t class =
				space_peer_class(&d->space, device->addresses.items[a].word);
			struct cell *owner = d->freed.classes[m][class] ? vec_add(owners) : NULL;

			if (d->freed.classes[m][class] && !owner)
				return -ENOMEM;
			if (owner)
				*owner = (struct cell){ .peer = class, .value = device->profile };
		}
	}
	qsort(owners->items, owners->count, sizeof(*owners->items), by_owner);
	for (size_t i = 0; i < owners->count; i++)
		if (!i || by_owner(&owners->items[i], &owners->items[kept - 1]))
			owners->items[kept++] = owners->items[i];
	owners->count = kept;
	return 0;
}

int diff_mark_freed(struct differ *d)
{
	for (size_t m = 0; m < SPACE_MODELS; m++) {
		size_t lists = model_of(d, m)->profiles.count * WARD_SIDES + 1;
		struct class_range range = space_extra_peers(&d->space, m);

		if (!range.count)
			continue;
		d->freed.classes[m] = calloc(d->space.peers.sets.count, sizeof(bool));
		d->freed.cells[m] = calloc(lists, sizeof(cell_list));
		d->freed.made[m] = calloc(lists, sizeof(bool));
		if (!d->freed.classes[m] || !d->freed.cells[m] || !d->freed.made[m])
			return -ENOMEM;
		for (size_t i = 0; i < range.count; i++)
			d->freed.classes[m][range.classes[i]] = true;
		if (find_owners(d, m))
			return -ENOMEM;
	}
	return 0;
}

static const cell_list *cells_at(struct differ *d, size_t m, uint32_t profile,
				 enum ward_side opener)
{
	size_t at = profile * WARD_SIDES + opener;

	if (!d->freed.made[m][at] &&
	    cells_of(&d->space, m, &model_of(d, m)->profiles.items[profile], opener,
		     &d->freed.cells[m][at]))
		return NULL;
	d->freed.made[m][at] = true;
	return &d->freed.cells[m][at];
}

/* On no terms: what the device asks for would be asked for no longer. */
static bool is_plain(const struct model_rule *rule)
{
	return !cells_is_conditional(rule) && !rule->limit.place.line &&
	       rule->encryption != MODEL_ENCRYPTION_REQUIRED;
}

static int lets_in(struct differ *d, size_t m, uint32_t profile, enum ward_side opener,
		   struct cell wanted)
{
	const cell_list *cells = cells_at(d, m, profile, opener);
	size_t low = 0, high = cells ? cells->count : 0;

	if (!cells)
		return -ENOMEM;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (cells_compare(&cells->items[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < cells->count && !cells_compare(&cells->items[low], &wanted) &&
	       is_plain(&model_of(d, m)
				 ->profiles.items[profile]
				 .rules.items[cells->items[low].value]);
}

static int by_class(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

static int list_own(struct differ *d, const struct diff_group *group, size_t m)
{
	size_t kept = 0;

	d->freed.own[m].count = 0;
	d->freed.leases[m] = false;
	for (size_t g = 0; g < group->count; g++) {
		const struct diff_pair *pair = &d->pairs.items[group->first + g];
		const struct model_device *device =
			&model_of(d, m)->devices.items[m ? pair->new : pair->old];

		d->freed.leases[m] |= device->dhcp != 0;
		for (size_t a = 0; a < device->addresses.count; a++) {
			uint32_t *own = vec_add(&d->freed.own[m]);

			if (!own)
				return -ENOMEM;
			*own = space_peer_class(&d->space, device->addresses.items[a].word);
		}
	}
	if (d->freed.own[m].count)
		qsort(d->freed.own[m].items, d->freed.own[m].count, sizeof(uint32_t), by_class);
	for (size_t i = 0; i < d->freed.own[m].count; i++)
		if (!i || d->freed.own[m].items[i] != d->freed.own[m].items[kept - 1])
			d->freed.own[m].items[kept++] = d->freed.own[m].items[i];
	d->freed.own[m].count = kept;
	return 0;
}

int diff_lets_in(struct differ *d, const struct diff_group *group, const struct freed_cell *cell)
{
	size_t m = cell->model;
	enum ward_side opener = cell->opener == WARD_CLINICAL ? WARD_IT : WARD_CLINICAL;
	int in = 1;

	if (group->in_quarantine)
		return 0;
	if (d->freed.asked != group->first + 1) {
		if (list_own(d, group, 0) || list_own(d, group, 1))
			return -ENOMEM;
		d->freed.asked = group->first + 1;
	}
	if (d->freed.leases[m])
		return 0;
	for (size_t i = 0; in > 0 && i < d->freed.owners[m].count; i++) {
		const struct cell *owner = &d->freed.owners[m].items[i];

		for (size_t o = 0; in > 0 && owner->peer == cell->peer && o < d->freed.own[m].count;
		     o++)
			in = lets_in(d, m, owner->value, opener,
				     (struct cell){ .peer = d->freed.own[m].items[o],
						    .service = cell->service });
	}
	return in;
}
