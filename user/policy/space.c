/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/space.h"

#include <errno.h>
#include <stdlib.h>

#include "base/own.h"
#include "policy/address.h"

unsigned __int128 space_number(const __be32 address[4])
{
	const uint8_t *bytes = (const uint8_t *)address;
	unsigned __int128 number = 0;

	for (int i = 0; i < ADDRESS_SIZE; i++)
		number = number << 8 | bytes[i];
	return number;
}

void space_address(unsigned __int128 number, __be32 out[4])
{
	uint8_t *bytes = (uint8_t *)out;

	for (int i = ADDRESS_SIZE; i-- > 0; number >>= 8)
		bytes[i] = (uint8_t)number;
}

void space_free(struct space *space)
{
	image_free(&space->tables);
	classes_free(&space->peers);
	classes_free(&space->services);
	class_lists_free(&space->peer_lists);
	class_lists_free(&space->service_lists);
	vec_free(&space->ranges);
	vec_free(&space->addresses);
	vec_free(&space->ports);
}

/* Peers: one model for the classifier, with the networks of all and the extra sets behind them. */

static void borrow(struct model_network *into, const struct model_prefix *prefixes, size_t count)
{
	/* Read only by classes_of_peers(). */
	into->prefixes.items = (struct model_prefix *)prefixes;
	into->prefixes.count = count;
}

static void mark_used(const struct model *model, bool *used)
{
	for (size_t p = 0; p < model->profiles.count; p++)
		for (size_t r = 0; r < model->profiles.items[p].rules.count; r++)
			used[model->profiles.items[p].rules.items[r].network] = true;
}

static int classify_peers(struct space *s)
{
	const struct space_input *in = s->input;
	_cleanup_free_ struct model_network *networks = NULL;
	_cleanup_free_ bool *used = NULL;
	struct model all = { 0 };
	size_t count = 0;

	for (size_t m = 0; m < in->model_count; m++)
		count += in->models[m]->networks.count;
	networks = calloc(count + in->peer_count + 1, sizeof(*networks));
	used = calloc(count + in->peer_count + 1, sizeof(*used));
	if (!networks || !used)
		return -ENOMEM;
	count = 0;
	for (size_t m = 0; m < in->model_count; m++) {
		s->peer_base[m] = count;
		mark_used(in->models[m], used + count);
		for (size_t n = 0; n < in->models[m]->networks.count; n++)
			borrow(&networks[count++], in->models[m]->networks.items[n].prefixes.items,
			       in->models[m]->networks.items[n].prefixes.count);
	}
	s->peer_base[in->model_count] = count;
	for (size_t i = 0; i < in->peer_count; i++, count++) {
		used[count] = true;
		borrow(&networks[count], in->peers[i].prefixes, in->peers[i].count);
	}
	all.networks.items = networks;
	all.networks.count = count;
	return classes_of_peers(&all, used, s->tables, &s->peers)
		       ?: classes_invert(&s->peers, count, &s->peer_lists);
}

/* Services: those of the policies, then each range of a rule once, then the extra ones. */

static int by_range(const void *left, const void *right)
{
	const struct model_port_range *a = left, *b = right;

	if (a->protocol != b->protocol)
		return a->protocol < b->protocol ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->last < b->last ? -1 : a->last > b->last;
}

static int collect_rule_ranges(struct space *s, const struct model_rule *rule)
{
	for (size_t i = 0; i < rule->services.count; i++) {
		struct model_port_range *range;

		if (!rule->services.items[i].in_place)
			continue;
		range = vec_add(&s->ranges);
		if (!range)
			return -ENOMEM;
		*range = rule->services.items[i].range;
	}
	return 0;
}

static int collect_ranges(struct space *s)
{
	size_t kept = 0;

	for (size_t m = 0; m < s->input->model_count; m++) {
		const struct model *model = s->input->models[m];

		for (size_t p = 0; p < model->profiles.count; p++)
			for (size_t r = 0; r < model->profiles.items[p].rules.count; r++)
				if (collect_rule_ranges(s,
							&model->profiles.items[p].rules.items[r]))
					return -ENOMEM;
	}
	if (s->ranges.count)
		qsort(s->ranges.items, s->ranges.count, sizeof(*s->ranges.items), by_range);
	for (size_t i = 0; i < s->ranges.count; i++)
		if (!i || by_range(&s->ranges.items[i], &s->ranges.items[kept - 1]))
			s->ranges.items[kept++] = s->ranges.items[i];
	s->ranges.count = kept;
	return 0;
}

static int classify_services(struct space *s)
{
	const struct space_input *in = s->input;
	VEC(struct service_atom) atoms = { 0 };
	int err = collect_ranges(s);

	for (size_t m = 0; !err && m < in->model_count; m++) {
		s->service_base[m] = atoms.count;
		for (size_t i = 0; !err && i < in->models[m]->services.count; i++) {
			const struct model_service *from = &in->models[m]->services.items[i];
			struct service_atom *atom = vec_add(&atoms);

			err = atom ? 0 : -ENOMEM;
			if (atom)
				*atom = (struct service_atom){ from->ranges.items,
							       from->ranges.count };
		}
	}
	s->range_base = atoms.count;
	for (size_t i = 0; !err && i < s->ranges.count; i++) {
		struct service_atom *atom = vec_add(&atoms);

		err = atom ? 0 : -ENOMEM;
		if (atom)
			*atom = (struct service_atom){ &s->ranges.items[i], 1 };
	}
	s->service_base[in->model_count] = atoms.count;
	for (size_t i = 0; !err && i < in->service_count; i++) {
		struct service_atom *atom = vec_add(&atoms);

		err = atom ? 0 : -ENOMEM;
		if (atom)
			*atom = in->services[i];
	}
	err = err ?: classes_of_services(atoms.items, atoms.count, s->tables, &s->services) ?:
		     classes_invert(&s->services, atoms.count, &s->service_lists);
	vec_free(&atoms);
	return err;
}

/* Intervals, from the borders of what the classifier wrote. */

static int by_number(const void *left, const void *right)
{
	const unsigned __int128 *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

typedef VEC(unsigned __int128) numbers;

static int add_borders(numbers *borders, const struct ward_prefix_key *key)
{
	unsigned __int128 first = space_number(key->address), behind = first;
	unsigned __int128 *border = vec_add(borders);

	if (!border)
		return -ENOMEM;
	*border = first;
	if (!key->length)
		return 0;
	behind += (unsigned __int128)1 << (ADDRESS_BITS - key->length);
	if (!behind)
		return 0;
	border = vec_add(borders);
	if (!border)
		return -ENOMEM;
	*border = behind;
	return 0;
}

static int find_borders(const struct space *s, numbers *out)
{
	struct ward_prefix_key key = { 0 };
	int err = add_borders(out, &key);

	/* Where the families part: what people read is of one of them. */
	key.length = ADDRESS_IPV4_BITS;
	address_from_ipv4(key.address, 0);
	err = err ?: add_borders(out, &key);
	for (size_t i = 0; !err && i < s->tables->hosts.count; i++)
		err = add_borders(out, &s->tables->hosts.items[i].key);
	for (size_t i = 0; !err && i < s->tables->prefixes.count; i++)
		err = add_borders(out, &s->tables->prefixes.items[i].key);
	if (!err)
		qsort(out->items, out->count, sizeof(*out->items), by_number);
	return err;
}

static int cut_addresses(struct space *s)
{
	numbers borders = { 0 };
	int err = find_borders(s, &borders);

	for (size_t i = 0; !err && i < borders.count; i++) {
		struct space_addresses *range;
		__be32 address[4];

		if (i && borders.items[i] == borders.items[i - 1])
			continue;
		if (s->addresses.count)
			s->addresses.items[s->addresses.count - 1].last = borders.items[i] - 1;
		range = vec_add(&s->addresses);
		if (!range) {
			err = -ENOMEM;
			break;
		}
		space_address(borders.items[i], address);
		*range = (struct space_addresses){ borders.items[i], ~(unsigned __int128)0,
						   image_peer_class(s->tables, address) };
	}
	vec_free(&borders);
	return err;
}

static int cut_ports(struct space *s)
{
	static const uint32_t last[PROTOCOLS] = {
		[PROTOCOL_TCP] = UINT16_MAX,   [PROTOCOL_UDP] = UINT16_MAX,
		[PROTOCOL_SCTP] = UINT16_MAX,  [PROTOCOL_ICMP] = UINT8_MAX,
		[PROTOCOL_ICMPV6] = UINT8_MAX,
	};

	for (enum protocol p = 0; p < PROTOCOLS; p++) {
		struct space_ports *range = NULL;

		for (uint32_t port = 0; port <= last[p]; port++) {
			uint32_t class = image_service_class(s->tables, p, (uint16_t)port);

			if (!range || range->class != class) {
				range = vec_add(&s->ports);
				if (!range)
					return -ENOMEM;
				*range = (struct space_ports){ p, (uint16_t)port, 0, class };
			}
			range->last = (uint16_t)port;
		}
	}
	return 0;
}

int space_new(const struct space_input *input, struct space *out)
{
	_cleanup_(space_free) struct space s = { .input = input };
	int err = -ENOMEM;

	s.tables = calloc(1, sizeof(*s.tables));
	if (s.tables)
		s.tables->services = calloc(WARD_SERVICE_LINES, sizeof(*s.tables->services));
	if (s.tables && s.tables->services)
		err = classify_peers(&s) ?: classify_services(&s) ?: cut_addresses(&s) ?:
		      cut_ports(&s);
	if (err)
		return err;
	*out = s;
	s = (struct space){ 0 };
	return 0;
}

static struct class_range list_of(const struct class_lists *lists, size_t member)
{
	size_t first = lists->first[member];

	return (struct class_range){ lists->classes + first, lists->first[member + 1] - first };
}

struct class_range space_network(const struct space *space, size_t model, uint32_t network)
{
	return list_of(&space->peer_lists, space->peer_base[model] + network);
}

struct class_range space_extra_peers(const struct space *space, size_t index)
{
	return list_of(&space->peer_lists, space->peer_base[space->input->model_count] + index);
}

struct class_range space_extra_services(const struct space *space, size_t index)
{
	return list_of(&space->service_lists,
		       space->service_base[space->input->model_count] + index);
}

struct class_range space_use(const struct space *space, size_t model,
			     const struct model_service_use *use)
{
	const struct model_port_range *range;

	if (!use->in_place)
		return list_of(&space->service_lists, space->service_base[model] + use->service);
	range = bsearch(&use->range, space->ranges.items, space->ranges.count, sizeof(*range),
			by_range);
	if (!range)
		return (struct class_range){ NULL, 0 };
	return list_of(&space->service_lists,
		       space->range_base + (size_t)(range - space->ranges.items));
}

uint32_t space_peer_class(const struct space *space, const __be32 address[4])
{
	return image_peer_class(space->tables, address);
}
