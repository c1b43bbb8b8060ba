/* SPDX-License-Identifier: GPL-2.0-only */
/* That no MAC and no address leads to two devices. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/address.h"
#include "policy/check_devices.h"

/* What must be unique among devices, as bytes, so that equal ones meet when sorted. */
struct binding {
	uint8_t key[24];
	uint32_t device;
	uint32_t address; /* index among the device's */
};

static void report_mac(struct checker *c, const struct binding *one, const struct binding *two)
{
	const struct model_device *first = &c->model->devices.items[one->device];
	const struct model_device *second = &c->model->devices.items[two->device];
	char mac[TEXT_MAC];

	diag_error(c->diags, E_MAC_TWICE, second->mac_place, "a MAC address belongs to one device",
		   "the devices '%s' and '%s' have one MAC address, %s", first->name.text,
		   second->name.text, text_mac(mac, second->mac));
	diag_other(c->diags, first->mac_place, "first used here");
}

static void report_address(struct checker *c, const struct binding *one, const struct binding *two)
{
	const struct model_device *first = &c->model->devices.items[one->device];
	const struct model_device *second = &c->model->devices.items[two->device];
	const struct model_address *address = &second->addresses.items[two->address];
	char shown[TEXT_ADDRESS];

	text_address(shown, address->word);
	if (first == second)
		diag_error(c->diags, E_ADDRESS_TWICE, address->place, "remove one of the two",
			   "the device '%s' has the address %s twice", first->name.text, shown);
	else
		diag_error(c->diags, E_ADDRESS_TWICE, address->place,
			   "an address belongs to one device of a link and VLAN",
			   "the devices '%s' and '%s' have one address, %s", first->name.text,
			   second->name.text, shown);
	diag_other(c->diags, first->addresses.items[one->address].place, "first used here");
}

/* Those of one link and VLAN were reported before. */
static void report_routed(struct checker *c, const struct binding *one, const struct binding *two)
{
	const struct model_device *first = &c->model->devices.items[one->device];
	const struct model_device *second = &c->model->devices.items[two->device];
	const struct model_address *address = &second->addresses.items[two->address];
	char shown[TEXT_ADDRESS];

	if (first->link == second->link &&
	    !memcmp(&first->vlan, &second->vlan, sizeof(first->vlan)))
		return;
	diag_error(c->diags, E_ADDRESS_TWICE, address->place,
		   "on routed links a device is found by its address alone, whatever its VLAN",
		   "the devices '%s' and '%s' have one address, %s, and both are routed",
		   first->name.text, second->name.text, text_address(shown, address->word));
	diag_other(c->diags, first->addresses.items[one->address].place, "first used here");
}

/* Not for what is everybody's: groups, and addresses that mean something on one link only. */
static bool is_everywhere(const struct checker *c, const struct binding *binding)
{
	const struct model_device *device = &c->model->devices.items[binding->device];

	return device->is_group ||
	       address_is_link_local(device->addresses.items[binding->address].word);
}

static void warn_elsewhere(struct checker *c, const struct binding *one, const struct binding *two)
{
	const struct model_device *first = &c->model->devices.items[one->device];
	const struct model_device *second = &c->model->devices.items[two->device];
	const struct model_address *address = &second->addresses.items[two->address];
	char shown[TEXT_ADDRESS];

	diag_warning(
		c->diags, W_ADDRESS_ELSEWHERE, address->place,
		"one of the two may be wrong; the gateway tells them apart by their VLAN or link",
		"the devices '%s' and '%s' have one address, %s, in different VLANs or links",
		first->name.text, second->name.text, text_address(shown, address->word));
	diag_other(c->diags, first->addresses.items[one->address].place, "first used here");
}

static int by_key(const void *left, const void *right)
{
	const struct binding *a = left, *b = right;
	int order = memcmp(a->key, b->key, sizeof(a->key));

	if (order)
		return order;
	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return a->address < b->address ? -1 : a->address > b->address;
}

typedef VEC(struct binding) bindings;

static void report_equal(struct checker *c, const bindings *all,
			 void (*report)(struct checker *c, const struct binding *first,
					const struct binding *second))
{
	size_t first = 0;

	if (all->count)
		qsort(all->items, all->count, sizeof(*all->items), by_key);
	for (size_t i = 1; i < all->count && !diags_full(c->diags); i++) {
		if (memcmp(all->items[i].key, all->items[first].key, sizeof(all->items[i].key)))
			first = i;
		else
			report(c, &all->items[first], &all->items[i]);
	}
}

/* They are sorted by their address, and then by where it is. */
static void warn_addresses_elsewhere(struct checker *c, const bindings *all)
{
	const struct binding *last = NULL;
	size_t first = 0, found = 0;

	for (size_t i = 1; i < all->count; i++) {
		const struct binding *one = &all->items[first], *two = &all->items[i];

		if (memcmp(one->key, two->key, ADDRESS_SIZE)) {
			first = i;
			continue;
		}
		if (!memcmp(two[-1].key, two->key, sizeof(two->key)) || is_everywhere(c, two))
			continue;
		if (found++ < WARNINGS_OF_A_KIND)
			warn_elsewhere(c, one, two);
		else
			last = two;
	}
	if (last)
		diag_warning(
			c->diags, W_ADDRESS_ELSEWHERE,
			c->model->devices.items[last->device].addresses.items[last->address].place,
			NULL, "%zu more addresses are in several VLANs or links, this is the last",
			found - WARNINGS_OF_A_KIND);
}

/* Groups have no MAC of their own: many share one (RFC 1112, 6.4). */
static int collect_macs(const struct model *model, bindings *out)
{
	for (size_t i = 0; i < model->devices.count; i++) {
		struct binding *binding;

		if (model->devices.items[i].is_group)
			continue;
		binding = vec_add(out);
		if (!binding)
			return -ENOMEM;
		binding->device = (uint32_t)i;
		memcpy(binding->key, model->devices.items[i].mac, 6);
	}
	return 0;
}

static bool is_routed(const struct model *model, const struct model_device *device)
{
	return model->links.count && model->links.items[device->link].forwarding == MODEL_ROUTED;
}

/* Of all links and VLANs: the address, and then where it is. Of routed ones: the address alone. */
static int collect_addresses(const struct model *model, bool routed, bindings *out)
{
	for (size_t i = 0; i < model->devices.count; i++) {
		const struct model_device *device = &model->devices.items[i];
		uint32_t link = device->link;

		if (routed && !is_routed(model, device))
			continue;
		for (size_t a = 0; a < device->addresses.count; a++) {
			const __be32 *address = device->addresses.items[a].word;
			struct binding *binding;

			if (routed && address_is_link_local(address))
				continue;
			binding = vec_add(out);
			if (!binding)
				return -ENOMEM;
			binding->device = (uint32_t)i;
			binding->address = (uint32_t)a;
			memcpy(binding->key, address, ADDRESS_SIZE);
			if (routed)
				continue;
			memcpy(binding->key + 16, &device->vlan, sizeof(device->vlan));
			memcpy(binding->key + 20, &link, sizeof(link));
		}
	}
	return 0;
}

int check_bindings(struct checker *c)
{
	bindings macs = { 0 }, addresses = { 0 }, routed = { 0 };
	int err = collect_macs(c->model, &macs) ?:
		  collect_addresses(c->model, false, &addresses) ?:
		  collect_addresses(c->model, true, &routed);

	if (!err) {
		report_equal(c, &macs, report_mac);
		report_equal(c, &addresses, report_address);
		report_equal(c, &routed, report_routed);
		/* After an error, this would often be its echo. */
		if (!c->diags->errors)
			warn_addresses_elsewhere(c, &addresses);
	}
	vec_free(&macs);
	vec_free(&addresses);
	vec_free(&routed);
	return err;
}
