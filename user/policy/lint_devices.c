/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices that can do nothing, or that are not where their address belongs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/lint.h"
#include "policy/print.h"

/* Once for a profile, at the first of its devices. */
static int lint_idle(struct linter *l)
{
	const struct model *model = l->model;
	_cleanup_free_ size_t *devices = calloc(model->profiles.count + 1, sizeof(*devices));

	if (!devices)
		return -ENOMEM;
	for (size_t i = 0; i < model->devices.count; i++)
		devices[model->devices.items[i].profile]++;
	for (size_t i = 0; i < model->devices.count; i++) {
		const struct model_device *device = &model->devices.items[i];
		const struct model_profile *profile = &model->profiles.items[device->profile];
		size_t count = devices[device->profile];
		char whose[WARD_NAME_SIZE + 32];

		if (count > 1)
			snprintf(whose, sizeof(whose), "%zu devices have", count);
		else
			snprintf(whose, sizeof(whose), "'%s' has", device->name.text);
		devices[device->profile] = 0;
		if (!count || profile->rules.count)
			continue;
		lint_warn(l, W_NO_RULES, device->profile_name.place,
			  "add rules to the profile, or give the device another",
			  "the profile '%s', which %s, has no rule", profile->name.text, whose);
	}
	return 0;
}

static bool holds(const struct model_prefix *prefix, const struct model_address *address)
{
	return address_common(prefix->address, address->word) >= prefix->length;
}

/* A VLAN without a prefix of the address's family says nothing of it. */
static bool is_outside(const struct model_link *link, const struct model_device *device,
		       const struct model_address *address)
{
	bool ipv4 = address_is_ipv4(address->word), any = false;

	if (device->vlan.outer || address_is_link_local(address->word))
		return false;
	for (size_t i = 0; i < link->vlan_prefixes.count; i++) {
		const struct model_vlan_prefix *of = &link->vlan_prefixes.items[i];

		if (of->vlan != device->vlan.id ||
		    ipv4 != address_prefix_is_ipv4(of->prefix.address, of->prefix.length))
			continue;
		if (holds(&of->prefix, address))
			return false;
		any = true;
	}
	return any;
}

static void lint_place(struct linter *l, const struct model_device *device)
{
	const struct model_link *link = &l->model->links.items[device->link];

	for (size_t i = 0; !device->is_group && i < device->addresses.count; i++) {
		const struct model_address *address = &device->addresses.items[i];
		_cleanup_(text_free) struct text vlan = { 0 };
		char shown[TEXT_ADDRESS];

		if (!is_outside(link, device, address))
			continue;
		print_vlan(device->vlan, &vlan);
		if (lint_warn(l, W_OUTSIDE, address->place,
			      "one of the two is wrong, or the list of prefixes is not complete",
			      "the address %s of the device '%s' is outside of the prefixes of "
			      "VLAN %s",
			      text_address(shown, address->word), device->name.text,
			      vlan.bytes ?: "?"))
			diag_other(l->diags, link->prefixes_place, "which are here");
	}
}

int lint_devices(struct linter *l)
{
	int err = lint_idle(l);

	for (size_t i = 0; !err && i < l->model->devices.count; i++)
		lint_place(l, &l->model->devices.items[i]);
	return err;
}
