/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/parse_parts.h"
#include "wardgate/policy_maps.h"

static void device_name(struct parser *p, const struct node *node, void *into)
{
	keys_word(p, node, "the device's name", value_name, &((struct model_device *)into)->name);
}

static void device_mac(struct parser *p, const struct node *node, void *into)
{
	struct model_device *device = into;
	const char *text = keys_text(p, node, "a MAC address");
	struct complaint complaint;

	device->mac_place = node->place;
	if (text && value_mac(text, device->mac, &complaint))
		keys_complain(p, node, &complaint);
}

static void device_vlan(struct parser *p, const struct node *node, void *into)
{
	struct model_device *device = into;
	const char *text = keys_text(p, node, "a VLAN id or `none`");
	struct complaint complaint;

	device->vlan_place = node->place;
	if (text && value_vlan(text, &device->vlan, &complaint))
		keys_complain(p, node, &complaint);
}

static void device_profile(struct parser *p, const struct node *node, void *into)
{
	keys_word(p, node, "the name of a profile", value_name,
		  &((struct model_device *)into)->profile_name);
}

static void device_link(struct parser *p, const struct node *node, void *into)
{
	keys_word(p, node, "the name of a link", value_name,
		  &((struct model_device *)into)->link_name);
}

static void device_enforcement(struct parser *p, const struct node *node, void *into)
{
	keys_enforcement(p, node, &((struct model_device *)into)->enforcement);
}

static void device_labels(struct parser *p, const struct node *node, void *into)
{
	parse_labels(p, node, &((struct model_device *)into)->labels);
}

/* Addresses. */

static bool is_dhcp(struct parser *p, const struct node *node, struct model_device *device)
{
	uint8_t flag = !strcmp(node->text, "dhcp")    ? WARD_DHCP_IPV4
		       : !strcmp(node->text, "dhcp6") ? WARD_DHCP_IPV6
						      : 0;

	if (flag & device->dhcp)
		diag_error(p->diags, E_ITEM_TWICE, node->place, "remove one of the two",
			   "'%s' is in this list already", node->text);
	device->dhcp |= flag;
	return flag;
}

static void ip_item(struct parser *p, const struct node *node, void *into)
{
	struct model_device *device = into;
	const char *text = keys_text(p, node, "an address, `dhcp` or `dhcp6`");
	struct model_address address = { .place = node->place }, *item;
	struct complaint complaint;
	int err;

	if (!text || is_dhcp(p, node, device))
		return;
	err = device->is_group ? value_group(text, address.word, &complaint)
			       : value_address(text, address.word, &complaint);
	if (err) {
		if (!strncasecmp(text, "dhcp", 4))
			complain_hint(&complaint, "write dhcp for DHCP (IPv4), dhcp6 for DHCPv6");
		keys_complain(p, node, &complaint);
		return;
	}
	item = keys_add_item(p, &device->addresses, MODEL_MAX_ADDRESSES, node,
			     "addresses of a device");
	if (item)
		*item = address;
}

/* Most devices have one address, so there is room for as many as are written, and no more. */
static bool make_room(struct parser *p, const struct node *node, struct model_device *device)
{
	size_t count = 1;

	if (node->kind == NODE_LIST)
		for (const struct node *n = node->first; n && count < MODEL_MAX_ADDRESSES;
		     n = n->next)
			count++;
	if (!device->addresses.items) {
		device->addresses.items =
			keys_check(p, calloc(count, sizeof(*device->addresses.items)));
		device->addresses.capacity = device->addresses.items ? count : 0;
	}
	return device->addresses.items;
}

static void device_ip(struct parser *p, const struct node *node, void *into)
{
	struct model_device *device = into;

	device->address_place = node->place;
	if (!make_room(p, node, device))
		return;
	if (node->kind != NODE_LIST)
		ip_item(p, node, device);
	else if (keys_parse_list(p, node, "a list of addresses", device, ip_item) && !node->first)
		diag_error(p->diags, E_EMPTY, node->place,
			   "list its addresses, as in [10.110.4.13, dhcp6]",
			   "a device without an address");
}

static const struct key device_table[] = {
	{ "name", true, device_name },
	{ "mac", true, device_mac },
	{ "vlan", false, device_vlan },
	{ "ip", true, device_ip },
	{ "profile", true, device_profile },
	{ "link", false, device_link },
	{ "enforcement", false, device_enforcement },
	{ "labels", false, device_labels },
};
KEYS(device_keys, "a device", device_table);

/* Groups. */

static void group_mac(struct parser *p, const struct node *node, void *into)
{
	(void)into;
	diag_error(p->diags, E_MULTICAST, node->place,
		   "leave `mac` out: it follows from the group's address",
		   "a multicast group has no MAC address of its own");
}

static void group_ip(struct parser *p, const struct node *node, void *into)
{
	struct model_device *device = into;

	device_ip(p, node, device);
	if (device->addresses.count)
		address_group_mac(device->mac, device->addresses.items[0].word);
	if (node->kind == NODE_LIST && node->first && node->first->next)
		diag_error(p->diags, E_MULTICAST, node->place,
			   "write an entry of its own for each group",
			   "a multicast group has one address and no other");
}

static const struct key group_table[] = {
	{ "name", true, device_name },
	{ "mac", false, group_mac },
	{ "vlan", false, device_vlan },
	{ "ip", true, group_ip },
	{ "profile", true, device_profile },
	{ "link", false, device_link },
	{ "enforcement", false, device_enforcement },
};
KEYS(group_keys, "a multicast group", group_table);

static bool is_group_text(const struct node *node)
{
	return node->kind == NODE_TEXT && value_is_group(node->text);
}

/* What a node is depends on its address: a group is read by other keys. */
static bool is_group(const struct node *map)
{
	if (map->kind != NODE_MAP)
		return false;
	for (const struct node *key = map->first; key; key = key->next->next) {
		if (key->kind != NODE_TEXT || strcmp(key->text, "ip"))
			continue;
		if (key->next->kind != NODE_LIST)
			return is_group_text(key->next);
		for (const struct node *n = key->next->first; n; n = n->next)
			if (is_group_text(n))
				return true;
	}
	return false;
}

struct model_device *parse_device(struct parser *p, const struct node *map)
{
	struct model_device *device =
		keys_add_item(p, &p->model->devices, MODEL_MAX_DEVICES, map, "devices");

	if (!device)
		return NULL;
	device->place = device->vlan_place = map->place;
	device->is_group = is_group(map);
	keys_parse(p, map, device->is_group ? &group_keys : &device_keys, device);
	return device;
}

static void device_item(struct parser *p, const struct node *node, void *into)
{
	(void)into;
	parse_device(p, node);
}

void parse_devices(struct parser *p, const struct node *node, void *into)
{
	keys_parse_list(p, node, "a list of devices", into, device_item);
}
