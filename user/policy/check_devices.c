/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/check_devices.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/print.h"
#include "wardgate/policy_maps.h"

static bool resolve_link(struct checker *c, struct model_device *device)
{
	_cleanup_(text_free) struct text hint = { 0 };

	if (device->link_name.text) {
		if (names_find(&c->links, device->link_name.text, &device->link))
			return true;
		check_unknown(c, &device->link_name, &check_links);
		return false;
	}
	device->link = 0;
	if (c->model->links.count == 1)
		return true;
	for (size_t i = 0; i < c->model->links.count; i++)
		text_add(&hint, "%s%s", i ? ", " : "add `link:` with one of ",
			 c->model->links.items[i].name.text);
	diag_error(c->diags, E_LINK_NEEDED, device->place, hint.bytes,
		   "the device '%s' needs a link, as there are %zu", device->name.text,
		   c->model->links.count);
	return false;
}

static int by_vlan(const void *left, const void *right)
{
	const struct model_vlan *a = left, *b = right;

	return a->outer != b->outer ? (int)a->outer - (int)b->outer : (int)a->id - (int)b->id;
}

static bool carries(const struct model_link *link, struct model_vlan vlan)
{
	if (link->vlans.count)
		return bsearch(&vlan, link->vlans.items, link->vlans.count, sizeof(vlan), by_vlan);
	for (size_t i = 0; !vlan.outer && i < link->vlan_map.count; i++)
		if (link->vlan_map.items[i].clinical == vlan.id)
			return true;
	return !link->vlan_map.count;
}

static void not_carried(struct checker *c, const struct model_device *device,
			const struct model_link *link)
{
	_cleanup_(text_free) struct text hint = { 0 }, vlan = { 0 };

	text_add(&hint, "the link carries ");
	if (link->vlans.count)
		print_vlans(link, &hint);
	for (size_t i = 0; !link->vlans.count && i < link->vlan_map.count; i++) {
		text_add(&hint, "%s", i ? ", " : "");
		print_vlan((struct model_vlan){ 0, link->vlan_map.items[i].clinical }, &hint);
	}
	print_vlan(device->vlan, &vlan);
	if (device->vlan.id == WARD_NO_VLAN)
		diag_error(c->diags, E_NOT_CARRIED, device->vlan_place, hint.bytes,
			   "the device '%s' has no VLAN, but the link '%s' does not carry "
			   "untagged frames",
			   device->name.text, link->name.text);
	else
		diag_error(c->diags, E_NOT_CARRIED, device->vlan_place, hint.bytes,
			   "the link '%s' does not carry VLAN %s", link->name.text, vlan.bytes);
	diag_other(c->diags, link->name.place, "the link is here");
}

static void check_vlan(struct checker *c, const struct model_device *device)
{
	const struct model_link *link = &c->model->links.items[device->link];

	if (device->vlan.outer && link->forwarding == MODEL_ROUTED) {
		diag_error(c->diags, E_ROUTED_LINK, device->vlan_place,
			   "only VLANs with one tag are routed",
			   "the device '%s' is in a stack of VLANs on a routed link",
			   device->name.text);
		diag_other(c->diags, link->forwarding_place, "the link is routed here");
	} else if (!carries(link, device->vlan)) {
		not_carried(c, device, link);
	}
}

static void check_host(struct checker *c, const struct model_device *device)
{
	const struct model_link *link = &c->model->links.items[device->link];

	for (size_t i = 0; !device->vlan.outer && i < link->host_vlans.count; i++) {
		if (link->host_vlans.items[i] != device->vlan.id)
			continue;
		diag_error(c->diags, E_GATEWAYS_OWN, device->vlan_place,
			   "give the device a VLAN of its own",
			   "the device '%s' is in a VLAN of the gateway itself", device->name.text);
		diag_other(c->diags, link->host_place, "the gateway's VLANs are here");
	}
	for (size_t h = 0; h < link->host_addresses.count; h++) {
		const struct model_address *host = &link->host_addresses.items[h];

		for (size_t a = 0; a < device->addresses.count; a++) {
			if (address_compare(host->word, device->addresses.items[a].word))
				continue;
			diag_error(c->diags, E_GATEWAYS_OWN, device->addresses.items[a].place,
				   "what is sent to an address of `host` never reaches a device",
				   "the device '%s' has an address of the gateway itself",
				   device->name.text);
			diag_other(c->diags, host->place, "the gateway's is here");
		}
	}
}

/* What a relay on the gateway sends leaves by the kernel: the lease is never seen. */
static void refuse_lease(struct checker *c, const struct model_device *device,
			 const struct model_link *link)
{
	if (!device->dhcp)
		return;
	diag_error(c->diags, E_ROUTED_LINK, device->address_place,
		   "give it a fixed address (a reservation in the DHCP server)",
		   "the device '%s' gets its address by DHCP, which a routed link cannot see",
		   device->name.text);
	diag_other(c->diags, link->forwarding_place, "the link is routed here");
}

static void check_dhcp(struct checker *c, const struct model_device *device)
{
	const struct model_link *link = &c->model->links.items[device->link];
	uint8_t served = 0;

	if (link->forwarding == MODEL_ROUTED) {
		refuse_lease(c, device, link);
		return;
	}
	for (size_t i = 0; i < link->dhcp_servers.count; i++)
		served |= address_is_ipv4(link->dhcp_servers.items[i].word) ? WARD_DHCP_IPV4
									    : WARD_DHCP_IPV6;
	for (uint8_t flag = WARD_DHCP_IPV4; flag <= WARD_DHCP_IPV6; flag <<= 1) {
		const char *family = flag == WARD_DHCP_IPV4 ? "IPv4" : "IPv6";

		if (!(device->dhcp & flag) || served & flag)
			continue;
		diag_error(c->diags, E_NO_DHCP_SERVER, device->address_place,
			   "add the server, or the relay that the gateway sees, to the link's "
			   "`dhcp-servers`",
			   "the device '%s' gets its address by DHCP, but its link has no server "
			   "of %s",
			   device->name.text, family);
		diag_other(c->diags, link->name.place, "the link is here");
	}
}

/* A group sends nothing: devices listen to it. */
static void check_group(struct checker *c, const struct model_device *device)
{
	const struct model_link *link = &c->model->links.items[device->link];
	const struct model_profile *profile = &c->model->profiles.items[device->profile];

	if (!device->is_group)
		return;
	if (link->forwarding == MODEL_ROUTED) {
		diag_error(c->diags, E_MULTICAST, device->address_place, "multicast is not routed",
			   "the group '%s' is on a routed link", device->name.text);
		diag_other(c->diags, link->forwarding_place, "the link is routed here");
	}
	for (size_t r = 0; r < profile->rules.count; r++) {
		if (profile->rules.items[r].opener == WARD_IT)
			continue;
		diag_error(c->diags, E_MULTICAST, device->profile_name.place,
			   "a group only listens: its profile has rules with `from`, and no other",
			   "the profile '%s' of the group '%s' has a rule with `to`",
			   profile->name.text, device->name.text);
		diag_other(c->diags, profile->rules.items[r].place, "the rule is here");
		return;
	}
}

static bool resolve_profile(struct checker *c, struct model_device *device)
{
	if (!names_find(&c->profiles, device->profile_name.text, &device->profile)) {
		check_unknown(c, &device->profile_name, &check_profiles);
		return false;
	}
	c->used_profiles[device->profile] = 1;
	return true;
}

static void resolve_device(struct checker *c, struct model_device *device)
{
	bool known = resolve_profile(c, device);

	if (!resolve_link(c, device) || !known)
		return;
	check_vlan(c, device);
	check_host(c, device);
	check_dhcp(c, device);
	check_group(c, device);
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
		diag_error(c->diags, E_SAME_NAME, name->place, "rename one of the two",
			   "two devices are called '%s'", name->text);
		diag_other(c->diags, c->model->devices.items[first].name.place, "first used here");
	}
	return 0;
}

int check_all_devices(struct checker *c)
{
	for (size_t i = 0; i < c->model->devices.count && !diags_full(c->diags); i++)
		resolve_device(c, &c->model->devices.items[i]);
	return check_names(c) ?: check_bindings(c);
}
