/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which devices the groups hold. Devices are many and groups are some, so devices are listed by the
 * values of the labels that groups ask for, and a pattern meets each value once.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/check_devices.h"

/* The devices that have one value of a label. */
struct bearers {
	const char *value;
	VEC(uint32_t) devices;
};

struct key_index {
	struct names names; /* of values, into `values` */
	VEC(struct bearers) values;
};

struct label_index {
	struct names names; /* of keys, into `keys` */
	VEC(struct key_index) keys;
	uint8_t *seen; /* by device: how many labels of the group at hand it has */
	size_t members; /* of all groups so far */
};

static void label_index_free(struct label_index *index)
{
	for (size_t k = 0; k < index->keys.count; k++) {
		struct key_index *key = &index->keys.items[k];

		for (size_t v = 0; v < key->values.count; v++)
			vec_free(&key->values.items[v].devices);
		vec_free(&key->values);
		names_free(&key->names);
	}
	vec_free(&index->keys);
	names_free(&index->names);
	free(index->seen);
}

static int add_key(struct label_index *index, const char *key)
{
	uint32_t first;
	int err = names_add(&index->names, key, (uint32_t)index->keys.count, &first);

	if (err == -ENOMEM || (!err && !vec_add(&index->keys)))
		return -ENOMEM;
	return 0;
}

static int add_bearer(struct key_index *key, const char *value, uint32_t device)
{
	uint32_t at = (uint32_t)key->values.count;
	int err = names_add(&key->names, value, at, &at);
	uint32_t *slot;

	if (err == -ENOMEM)
		return err;
	if (!err) {
		struct bearers *fresh = vec_add(&key->values);

		if (!fresh)
			return -ENOMEM;
		fresh->value = value;
	}
	slot = vec_add(&key->values.items[at].devices);
	if (!slot)
		return -ENOMEM;
	*slot = device;
	return 0;
}

static int index_labels(const struct model *model, struct label_index *index)
{
	for (size_t g = 0; g < model->groups.count; g++)
		for (size_t l = 0; l < model->groups.items[g].labels.count; l++)
			if (add_key(index, model->groups.items[g].labels.items[l].key.text))
				return -ENOMEM;
	for (size_t d = 0; d < model->devices.count; d++) {
		const model_labels *labels = &model->devices.items[d].labels;

		for (size_t l = 0; l < labels->count; l++) {
			uint32_t key;

			if (names_find(&index->names, labels->items[l].key.text, &key) &&
			    add_bearer(&index->keys.items[key], labels->items[l].value.text,
				       (uint32_t)d))
				return -ENOMEM;
		}
	}
	index->seen = calloc(model->devices.count + 1, sizeof(*index->seen));
	return index->seen ? 0 : -ENOMEM;
}

/* Notes who has this label and all before it. Yields how many there are. */
static size_t mark(struct label_index *index, const struct model_label *label, uint8_t before)
{
	const struct key_index *key;
	size_t count = 0;
	uint32_t at;

	if (!names_find(&index->names, label->key.text, &at))
		return 0;
	key = &index->keys.items[at];
	for (size_t v = 0; v < key->values.count; v++) {
		const struct bearers *bearers = &key->values.items[v];

		if (fnmatch(label->value.text, bearers->value, FNM_NOESCAPE))
			continue;
		for (size_t i = 0; i < bearers->devices.count; i++) {
			if (index->seen[bearers->devices.items[i]] != before)
				continue;
			index->seen[bearers->devices.items[i]]++;
			count++;
		}
	}
	return count;
}

static void warn_empty(struct checker *c, const struct model_group *group, size_t label)
{
	const struct model_label *l = &group->labels.items[label];
	_cleanup_(text_free) struct text hint = { 0 };

	text_add(&hint, "%s has the label %s: %s", label ? "of those left, none" : "none",
		 l->key.text, l->value.text);
	diag_warning(c->diags, W_EMPTY_GROUP, group->name.place, hint.bytes,
		     "no device is in the group '%s'", group->name.text);
}

static int resolve_group(struct checker *c, struct label_index *index, struct model_group *group)
{
	size_t count = 1, devices = c->model->devices.count, labels = 0;

	group->network = UINT32_MAX;
	memset(index->seen, 0, devices);
	while (count && labels < group->labels.count) {
		count = mark(index, &group->labels.items[labels], (uint8_t)labels);
		labels++;
	}
	if (!count) {
		warn_empty(c, group, labels - 1);
		return 0;
	}
	if (count > MODEL_MAX_MEMBERS - index->members) {
		diag_error(c->diags, E_TOO_MANY, group->name.place, NULL,
			   "up to this one, the groups hold more than %d devices together",
			   MODEL_MAX_MEMBERS);
		return 0;
	}
	index->members += count;
	group->devices.items = calloc(count, sizeof(*group->devices.items));
	if (!group->devices.items)
		return -ENOMEM;
	group->devices.capacity = count;
	for (size_t d = 0; d < devices; d++)
		if (index->seen[d] == labels)
			group->devices.items[group->devices.count++] = (uint32_t)d;
	return 0;
}

int check_all_groups(struct checker *c)
{
	_cleanup_(label_index_free) struct label_index index = { 0 };
	int err;

	if (!c->model->groups.count)
		return 0;
	err = index_labels(c->model, &index);
	for (size_t g = 0; !err && g < c->model->groups.count && !diags_full(c->diags); g++)
		err = resolve_group(c, &index, &c->model->groups.items[g]);
	return err;
}

/* What a lease will be, nobody knows yet. */
static void report_unknown_address(struct checker *c, const struct model_group *group,
				   const struct word *peer)
{
	const struct model_device *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < group->devices.count; i++) {
		const struct model_device *device =
			&c->model->devices.items[group->devices.items[i]];

		if (device->addresses.count)
			continue;
		first = first ?: device;
		count++;
	}
	if (!first)
		return;
	if (count == 1)
		diag_error(c->diags, E_NO_ADDRESS, peer->place,
			   "give it a fixed address in its `ip`",
			   "the group '%s' as a peer, but its device '%s' has no fixed address",
			   group->name.text, first->name.text);
	else
		diag_error(c->diags, E_NO_ADDRESS, peer->place,
			   "give them fixed addresses in their `ip`",
			   "the group '%s' as a peer, but '%s' and %zu more of its devices have no "
			   "fixed address",
			   group->name.text, first->name.text, count - 1);
	diag_other(c->diags, first->address_place, "its address comes by DHCP");
}

static int add_addresses(struct model_network *network, const struct model_device *device)
{
	for (size_t a = 0; a < device->addresses.count; a++) {
		struct model_network_item *item = vec_add(&network->items);

		if (!item)
			return -ENOMEM;
		memcpy(item->prefix.address, device->addresses.items[a].word, ADDRESS_SIZE);
		item->prefix.length = ADDRESS_BITS;
		item->prefix.place = device->addresses.items[a].place;
	}
	return 0;
}

int check_group_network(struct checker *c, uint32_t g, const struct word *peer, uint32_t *out)
{
	struct model_group *group = &c->model->groups.items[g];
	struct model_network *network;
	int err = 0;

	c->used_groups[g] = 1;
	if (group->network == UINT32_MAX) {
		report_unknown_address(c, group, peer);
		network = vec_add(&c->model->networks);
		if (!network)
			return -ENOMEM;
		group->network = (uint32_t)(c->model->networks.count - 1);
		c->used_networks[group->network] = 1;
		network->name = group->name;
		network->group = g + 1;
		for (size_t i = 0; !err && i < group->devices.count; i++)
			err = add_addresses(network,
					    &c->model->devices.items[group->devices.items[i]]);
		err = err ?: check_flatten(c, network);
	}
	*out = group->network;
	return err;
}
