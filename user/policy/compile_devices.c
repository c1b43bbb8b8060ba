/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices, their addresses, and the profiles as their devices have them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/compile.h"

#define MODES (WARD_MODE_CLOSED + 1)

static enum ward_enforcement enforcement_of(const struct model *model,
					    const struct model_device *device)
{
	static const enum ward_enforcement modes[] = {
		[MODEL_ENFORCE] = WARD_MODE_ENFORCE,
		[MODEL_AUDIT] = WARD_MODE_AUDIT,
		[MODEL_CLOSED] = WARD_MODE_CLOSED,
	};

	return modes[model_mode(model, device)];
}

static int add_variant(struct compiler *c, size_t p, enum ward_enforcement mode)
{
	const struct model_profile *profile = &c->model->profiles.items[p];
	struct ward_profile *out = vec_add(&c->image->profiles);

	if (!out)
		return -ENOMEM;
	compile_rates(&profile->limit, out->rate);
	out->new_flows = compile_flow_limit(&profile->limit);
	out->rules = (uint16_t)p;
	out->enforcement = (uint8_t)mode;
	out->tracks_fragments = profile->tracks_fragments;
	for (int side = 0; side < WARD_SIDES; side++)
		if (out->rate[side].packet_interval || out->rate[side].byte_interval)
			out->has_rates |= (uint8_t)(1 << side);
	return 0;
}

/* `variants`: the index in image->profiles, by profile and mode. */
static int add_variants(struct compiler *c, uint32_t *variants)
{
	const struct model *model = c->model;

	for (size_t i = 0; i < model->devices.count; i++)
		variants[model->devices.items[i].profile * MODES +
			 enforcement_of(model, &model->devices.items[i])] = 1;
	/* Whoever is in quarantine is under enforcement. */
	if (model->quarantine.text)
		variants[model->quarantine_profile * MODES + WARD_MODE_ENFORCE] = 1;
	for (size_t v = 0; v < model->profiles.count * MODES; v++) {
		if (!variants[v])
			continue;
		variants[v] = (uint32_t)c->image->profiles.count;
		if (add_variant(c, v / MODES, (enum ward_enforcement)(v % MODES)))
			return -ENOMEM;
	}
	c->image->quarantine_profile =
		model->quarantine.text
			? variants[model->quarantine_profile * MODES + WARD_MODE_ENFORCE]
			: WARD_NO_PROFILE;
	if (c->image->profiles.count > UINT16_MAX)
		return error_set(c->error, -E2BIG,
				 "profiles with different enforcement make more than %d kinds of "
				 "devices",
				 UINT16_MAX);
	return 0;
}

/* Link-local addresses that the policy lists: nobody else is given one of them. */
struct listed {
	__be32 address[4];
	uint16_t vlan;
	uint16_t link;
};

typedef VEC(struct listed) listed_vec;

static int by_listed(const void *left, const void *right)
{
	return memcmp(left, right, sizeof(struct listed));
}

static int collect_listed(const struct compiler *c, listed_vec *out)
{
	for (size_t i = 0; i < c->model->devices.count; i++) {
		const struct model_device *device = &c->model->devices.items[i];

		for (size_t a = 0; a < device->addresses.count; a++) {
			const __be32 *address = device->addresses.items[a].word;
			struct listed *listed;

			if (!address_is_link_local(address))
				continue;
			listed = vec_add(out);
			if (!listed)
				return -ENOMEM;
			memcpy(listed->address, address, sizeof(listed->address));
			listed->vlan = compile_vlan(c->image, device->vlan);
			listed->link = (uint16_t)device->link;
		}
	}
	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), by_listed);
	return 0;
}

static bool has_ipv6(const struct model_device *device)
{
	for (size_t i = 0; i < device->addresses.count; i++)
		if (!address_is_ipv4(device->addresses.items[i].word))
			return true;
	return device->dhcp & WARD_DHCP_IPV6;
}

/* In routed mode a device is also found by its address alone, unless no router forwards it. */
static int add_address(struct compiler *c, struct ward_device *entry)
{
	const struct model_link *link = &c->model->links.items[entry->link];
	struct ward_device *out = vec_add(&c->image->addresses);

	if (!out)
		return -ENOMEM;
	*out = *entry;
	if (link->forwarding != MODEL_ROUTED || address_is_link_local(entry->address) ||
	    address_is_group(entry->address))
		return 0;
	out = vec_add(&c->image->addresses);
	if (!out)
		return -ENOMEM;
	*out = *entry;
	out->vlan = WARD_ROUTED_VLAN;
	out->link = WARD_ROUTED_LINK;
	return 0;
}

/* The listed ones, in their order, and then the one that the device gives itself (RFC 4862, 5.3).
 */
static int add_addresses(struct compiler *c, const struct model_device *device,
			 struct ward_device entry, const listed_vec *all)
{
	struct listed own = { .vlan = entry.vlan, .link = entry.link };
	size_t count = device->addresses.count;

	for (size_t i = 0; i < count; i++) {
		memcpy(entry.address, device->addresses.items[i].word, sizeof(entry.address));
		entry.number = (uint8_t)i;
		if (add_address(c, &entry))
			return -ENOMEM;
	}
	if (device->is_group || !has_ipv6(device))
		return 0;
	address_from_mac(own.address, device->mac);
	if (all->count && bsearch(&own, all->items, all->count, sizeof(own), by_listed))
		return 0;
	memcpy(entry.address, own.address, sizeof(entry.address));
	entry.number = (uint8_t)count;
	return add_address(c, &entry);
}

static int add_device(struct compiler *c, size_t i, const uint32_t *variants, const listed_vec *all)
{
	const struct model_device *device = &c->model->devices.items[i];
	struct image_device *out = vec_add(&c->image->devices);
	enum ward_enforcement mode = enforcement_of(c->model, device);

	if (!out)
		return -ENOMEM;
	snprintf(out->name, sizeof(out->name), "%s", device->name.text);
	out->entry = (struct ward_device){
		.vlan = compile_vlan(c->image, device->vlan),
		.link = (uint8_t)device->link,
		.profile = (uint16_t)variants[device->profile * MODES + mode],
		.owner = (uint32_t)i,
	};
	memcpy(out->entry.mac, device->mac, sizeof(device->mac));
	if (add_addresses(c, device, out->entry, all))
		return -ENOMEM;
	out->entry.number = device->dhcp;
	if (device->addresses.count)
		memcpy(out->entry.address, device->addresses.items[0].word,
		       sizeof(out->entry.address));
	return 0;
}

int compile_devices(struct compiler *c)
{
	_cleanup_free_ uint32_t *variants =
		calloc(c->model->profiles.count * MODES + 1, sizeof(*variants));
	listed_vec listed = { 0 };
	int err = variants ? add_variants(c, variants) : -ENOMEM;

	if (!err)
		err = collect_listed(c, &listed);
	for (size_t i = 0; !err && i < c->model->devices.count; i++)
		err = add_device(c, i, variants, &listed);
	vec_free(&listed);
	return err;
}
