/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/check_devices.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "base/own.h"
#include "policy/print.h"

static void resolve_link(struct checker *c, struct model_device *device)
{
	_cleanup_(text_free) struct text hint = { 0 };

	if (device->link_name.text) {
		if (!names_find(&c->links, device->link_name.text, &device->link))
			check_unknown(c, &device->link_name, &check_links);
		return;
	}
	device->link = 0;
	if (c->model->links.count == 1)
		return;
	for (size_t i = 0; i < c->model->links.count; i++)
		text_add(&hint, "%s%s", i ? ", " : "add `link:` with one of ",
			 c->model->links.items[i].name.text);
	diag_error(c->diags, device->place, hint.bytes,
		   "the device '%s' needs a link, as there are %zu", device->name.text,
		   c->model->links.count);
}

static int by_vlan(const void *left, const void *right)
{
	return (int)*(const uint16_t *)left - (int)*(const uint16_t *)right;
}

static void check_vlan(struct checker *c, const struct model_device *device)
{
	const struct model_link *link = &c->model->links.items[device->link];
	_cleanup_(text_free) struct text hint = { 0 };

	if (!link->vlans.count || bsearch(&device->vlan, link->vlans.items, link->vlans.count,
					  sizeof(device->vlan), by_vlan))
		return;
	text_add(&hint, "the link carries ");
	print_vlans(link, &hint);
	if (device->vlan == WARD_NO_VLAN)
		diag_error(c->diags, device->vlan_place, hint.bytes,
			   "the device '%s' has no VLAN, but the link '%s' does not carry "
			   "untagged frames",
			   device->name.text, link->name.text);
	else
		diag_error(c->diags, device->vlan_place, hint.bytes,
			   "the link '%s' does not carry VLAN %u", link->name.text, device->vlan);
	diag_other(c->diags, link->name.place, "the link is here");
}

static void resolve_device(struct checker *c, struct model_device *device)
{
	unsigned errors = c->diags->errors;

	if (names_find(&c->profiles, device->profile_name.text, &device->profile))
		c->used_profiles[device->profile] = 1;
	else
		check_unknown(c, &device->profile_name, &check_profiles);
	resolve_link(c, device);
	if (c->diags->errors == errors && c->model->links.count)
		check_vlan(c, device);
}

static int check_names(struct checker *c)
{
	_cleanup_(names_free) struct names seen = { 0 };

	for (size_t i = 0; i < c->model->devices.count && !diags_full(c->diags); i++) {
		const struct word *name = &c->model->devices.items[i].name;
		uint32_t first = 0;
		int err = names_add(&seen, name->text, (uint32_t)i, &first);

		if (err == -ENOMEM)
			return err;
		if (!err)
			continue;
		diag_error(c->diags, name->place, NULL, "two devices are called '%s'", name->text);
		diag_other(c->diags, c->model->devices.items[first].name.place, "first used here");
	}
	return 0;
}

/* What must be unique among devices, as a number, so that equal ones meet when sorted. */
struct binding {
	uint64_t key;
	uint32_t device;
};

static uint64_t mac_key(const struct model_device *device)
{
	uint64_t key = 0;

	for (int i = 0; i < 6; i++)
		key = key << 8 | device->mac[i];
	return key;
}

static uint64_t address_key(const struct model_device *device)
{
	return (uint64_t)device->link << 48 | (uint64_t)device->vlan << 32 | ntohl(device->address);
}

static void report_mac(struct checker *c, const struct model_device *first,
		       const struct model_device *second)
{
	char mac[TEXT_MAC];

	diag_error(c->diags, second->mac_place, "a MAC address belongs to one device",
		   "the devices '%s' and '%s' have one MAC address, %s", first->name.text,
		   second->name.text, text_mac(mac, second->mac));
	diag_other(c->diags, first->mac_place, "first used here");
}

static void report_address(struct checker *c, const struct model_device *first,
			   const struct model_device *second)
{
	char address[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &second->address, address, sizeof(address));
	diag_error(c->diags, second->address_place,
		   "an address belongs to one device of a link and VLAN",
		   "the devices '%s' and '%s' have one address, %s", first->name.text,
		   second->name.text, address);
	diag_other(c->diags, first->address_place, "first used here");
}

static int by_key(const void *left, const void *right)
{
	const struct binding *a = left, *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->device < b->device ? -1 : a->device > b->device;
}

static int check_unique(struct checker *c, uint64_t (*key)(const struct model_device *device),
			void (*report)(struct checker *c, const struct model_device *first,
				       const struct model_device *second))
{
	const struct model_device *devices = c->model->devices.items;
	size_t count = c->model->devices.count, first = 0;
	_cleanup_free_ struct binding *bindings = calloc(count + 1, sizeof(*bindings));

	if (!bindings)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		bindings[i] = (struct binding){ key(&devices[i]), (uint32_t)i };
	qsort(bindings, count, sizeof(*bindings), by_key);
	for (size_t i = 1; i < count && !diags_full(c->diags); i++) {
		if (bindings[i].key != bindings[first].key)
			first = i;
		else
			report(c, &devices[bindings[first].device], &devices[bindings[i].device]);
	}
	return 0;
}

int check_all_devices(struct checker *c)
{
	for (size_t i = 0; i < c->model->devices.count && !diags_full(c->diags); i++)
		resolve_device(c, &c->model->devices.items[i]);
	if (check_names(c))
		return -ENOMEM;
	return check_unique(c, mac_key, report_mac) ?: check_unique(c, address_key, report_address);
}
