/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "policy/address.h"
#include "policy/world.h"

const cell_list *world_cells(struct world *w, uint32_t profile, enum ward_side opener)
{
	size_t at = profile * WARD_SIDES + opener;

	if (!w->made[at] &&
	    cells_of(&w->space, 0, &w->model->profiles.items[profile], opener, &w->cells[at]))
		return NULL;
	w->made[at] = true;
	return &w->cells[at];
}

/* The first entry that does not come before the cell. */
static size_t find_cell(const cell_list *cells, const struct cell *wanted)
{
	size_t low = 0, high = cells->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (cells_compare(&cells->items[middle], wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Of any peer: a search through all, but for few questions. */
static const struct model_rule *rule_of_any(const struct model_profile *profile,
					    const cell_list *cells, uint32_t service)
{
	for (size_t i = 0; i < cells->count; i++)
		if (cells->items[i].service == service)
			return &profile->rules.items[cells->items[i].value];
	return NULL;
}

const struct model_rule *world_rule(struct world *w, uint32_t profile, enum ward_side opener,
				    uint32_t peer, uint32_t service, bool always)
{
	const struct model_profile *from = &w->model->profiles.items[profile];
	const cell_list *cells = world_cells(w, profile, opener);
	const struct cell wanted = { .peer = peer, .service = service };

	if (!cells)
		return NULL;
	if (peer == WORLD_UNKNOWN)
		return always ? NULL : rule_of_any(from, cells, service);
	for (size_t i = find_cell(cells, &wanted);
	     i < cells->count && !cells_compare(&cells->items[i], &wanted); i++) {
		const struct model_rule *rule = &from->rules.items[cells->items[i].value];

		if (!always || !cells_is_conditional(rule))
			return rule;
	}
	return NULL;
}

uint32_t world_member(const struct world_kind *kind, const struct world_end *end, uint32_t other)
{
	if (kind->class == WORLD_UNKNOWN ? end->by_address : !end->peers[kind->class])
		return WORLD_NO_DEVICE;
	for (size_t i = 0; i < kind->count; i++)
		if (end->devices[kind->devices[i]] && kind->devices[i] != other)
			return kind->devices[i];
	return WORLD_NO_DEVICE;
}

bool world_pair(const struct world_kind *from, const struct world_end *sends,
		const struct world_kind *to, const struct world_end *receives, uint32_t out[2])
{
	uint32_t first = world_member(from, sends, WORLD_NO_DEVICE);

	out[0] = first;
	out[1] = world_member(to, receives, first);
	/* The only one that may receive is the first that may send. */
	if (first != WORLD_NO_DEVICE && out[1] == WORLD_NO_DEVICE) {
		out[0] = world_member(from, sends, first);
		out[1] = first;
		if (world_member(to, receives, WORLD_NO_DEVICE) != first)
			return false;
	}
	return out[0] != WORLD_NO_DEVICE && out[1] != WORLD_NO_DEVICE;
}

static bool is_ipv4(const struct space_addresses *range)
{
	__be32 first[4];

	space_address(range->first, first);
	return address_is_ipv4(first);
}

/* Of the widest range, and rather of IPv4, which people read more easily. */
void world_example_address(const struct world *w, uint32_t class, __be32 out[4])
{
	const struct space_addresses *best = NULL;

	for (size_t i = 0; i < w->space.addresses.count; i++) {
		const struct space_addresses *range = &w->space.addresses.items[i];
		bool ipv4 = is_ipv4(range);

		if (range->class != class || (best && is_ipv4(best) && !ipv4))
			continue;
		if (!best || (ipv4 && !is_ipv4(best)) ||
		    range->last - range->first > best->last - best->first)
			best = range;
	}
	/* The first address of a wide range is that of its network. */
	space_address(best ? best->first + (best->last > best->first) : 0, out);
}

void world_example_service(const struct world *w, uint32_t class, struct model_port_range *out)
{
	*out = (struct model_port_range){ 0 };
	for (size_t i = 0; i < w->space.ports.count; i++) {
		const struct space_ports *range = &w->space.ports.items[i];
		bool has_zero = !range->first && range->last && range->protocol < PROTOCOL_ICMP;

		if (range->class != class)
			continue;
		out->protocol = range->protocol;
		out->first = out->last = (uint16_t)(range->first + has_zero);
		return;
	}
}

uint32_t world_find_device(const struct model *model, const __be32 address[4])
{
	for (uint32_t d = 0; d < model->devices.count; d++)
		for (size_t a = 0; a < model->devices.items[d].addresses.count; a++)
			if (!address_compare(model->devices.items[d].addresses.items[a].word,
					     address))
				return d;
	return WORLD_NO_DEVICE;
}
