/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/parse_parts.h"

static void link_name(struct parser *p, const struct node *node, void *into)
{
	keys_word(p, node, "the link's name", value_name, &((struct model_link *)into)->name);
}

static void link_clinical(struct parser *p, const struct node *node, void *into)
{
	keys_word(p, node, "the name of an interface", value_interface,
		  &((struct model_link *)into)->clinical);
}

static void link_it(struct parser *p, const struct node *node, void *into)
{
	keys_word(p, node, "the name of an interface", value_interface,
		  &((struct model_link *)into)->it);
}

static void link_mode(struct parser *p, const struct node *node, void *into)
{
	static const char *const words[] = { [MODEL_INLINE] = "inline", [MODEL_ROUTED] = "routed" };
	static const struct value_choices choices = { "a mode of a link", words,
						      ARRAY_SIZE(words) };
	struct model_link *link = into;
	unsigned at;

	link->forwarding_place = node->place;
	if (keys_choice(p, node, &choices, &at))
		link->forwarding = (enum model_forwarding)at;
}

static void link_enforcement(struct parser *p, const struct node *node, void *into)
{
	keys_enforcement(p, node, &((struct model_link *)into)->enforcement);
}

static void link_xdp(struct parser *p, const struct node *node, void *into)
{
	static const char *const words[] = { "native", "generic" };
	static const struct value_choices choices = { "a kind of XDP", words, ARRAY_SIZE(words) };
	unsigned at;

	if (keys_choice(p, node, &choices, &at))
		((struct model_link *)into)->generic_xdp = at == 1;
}

static void empty_list(struct parser *p, const struct node *node, const char *key)
{
	char hint[64];

	snprintf(hint, sizeof(hint), "leave `%s` out if there is none", key);
	if (!node->first)
		diag_error(p->diags, E_EMPTY, node->place, hint, "an empty list of %s", key);
}

/* VLANs. */

struct vlans_in_work {
	bool carried[4096]; /* by id */
	VEC(struct model_vlan) stacks;
};

static void vlan_twice(struct parser *p, const struct node *node, const char *text)
{
	if (strcmp(text, "none"))
		diag_error(p->diags, E_ITEM_TWICE, node->place, "remove one of the two",
			   "VLAN %s is in this list already", text);
	else
		diag_error(p->diags, E_ITEM_TWICE, node->place, "remove one of the two",
			   "`none` is in this list already");
}

static void add_stack(struct parser *p, const struct node *node, struct vlans_in_work *work,
		      struct model_vlan stack)
{
	struct model_vlan *item;

	for (size_t i = 0; i < work->stacks.count; i++) {
		item = &work->stacks.items[i];
		if (item->outer != stack.outer || item->id != stack.id)
			continue;
		vlan_twice(p, node, node->text);
		return;
	}
	if (!keys_has_room(p, work->stacks.count, WARD_MAX_STACKS, node, "stacks of VLANs"))
		return;
	item = keys_check(p, vec_add(&work->stacks));
	if (item)
		*item = stack;
}

static void list_vlan(struct parser *p, const struct node *node, void *into)
{
	struct vlans_in_work *work = into;
	const char *text = keys_text(p, node, "a VLAN id or a range of them");
	struct complaint complaint;
	struct model_vlan first;
	uint16_t last;
	char id_text[8];

	if (!text)
		return;
	if (value_vlan_range(text, &first, &last, &complaint)) {
		keys_complain(p, node, &complaint);
		return;
	}
	if (first.outer) {
		add_stack(p, node, work, first);
		return;
	}
	for (unsigned id = first.id; id <= last; id++) {
		if (work->carried[id]) {
			snprintf(id_text, sizeof(id_text), "%u", id);
			vlan_twice(p, node, id ? id_text : "none");
			return;
		}
		work->carried[id] = true;
	}
}

static int by_vlan(const void *left, const void *right)
{
	const struct model_vlan *a = left, *b = right;

	return a->outer != b->outer ? a->outer - b->outer : a->id - b->id;
}

static void take_vlans(struct parser *p, const struct vlans_in_work *work, struct model_link *link)
{
	struct model_vlan *item;

	for (unsigned id = 0; id < ARRAY_SIZE(work->carried); id++) {
		item = work->carried[id] ? keys_check(p, vec_add(&link->vlans)) : NULL;
		if (item)
			item->id = (uint16_t)id;
	}
	for (size_t i = 0; i < work->stacks.count; i++) {
		item = keys_check(p, vec_add(&link->vlans));
		if (item)
			*item = work->stacks.items[i];
	}
	if (link->vlans.count)
		qsort(link->vlans.items, link->vlans.count, sizeof(*link->vlans.items), by_vlan);
}

static void link_vlans(struct parser *p, const struct node *node, void *into)
{
	struct model_link *link = into;
	struct vlans_in_work work = { 0 };

	link->vlans_place = node->place;
	if (node->kind == NODE_TEXT && value_is_all(node->text)) {
		list_vlan(p, node, &work);
		return;
	}
	if (!keys_parse_list(p, node, "a list of VLAN ids", &work, list_vlan))
		return;
	if (!node->first)
		diag_error(p->diags, E_EMPTY, node->place,
			   "leave `vlans` out to let the link carry every VLAN of its devices",
			   "an empty list of VLANs");
	take_vlans(p, &work, link);
	vec_free(&work.stacks);
}

static void map_pair(struct parser *p, const struct node *key, const struct node *value, void *into)
{
	struct model_link *link = into;
	struct model_vlan_pair pair = { .place = key->place }, *item;
	const char *text = keys_text(p, value, "a VLAN id or `none`");
	struct complaint complaint;
	bool good = true;

	if (value_vlan_id(key->text, &pair.clinical, &complaint)) {
		keys_complain(p, key, &complaint);
		good = false;
	}
	if (text && value_vlan_id(text, &pair.it, &complaint)) {
		keys_complain(p, value, &complaint);
		good = false;
	}
	item = text && good ? keys_check(p, vec_add(&link->vlan_map)) : NULL;
	if (item)
		*item = pair;
}

static int by_clinical(const void *left, const void *right)
{
	return ((const struct model_vlan_pair *)left)->clinical -
	       ((const struct model_vlan_pair *)right)->clinical;
}

static void link_vlan_map(struct parser *p, const struct node *node, void *into)
{
	struct model_link *link = into;

	link->vlan_map_place = node->place;
	if (!keys_parse_pairs(p, node, "a mapping of clinical to IT VLAN ids", link, map_pair))
		return;
	if (!node->first)
		diag_error(p->diags, E_EMPTY, node->place,
			   "leave `vlan-map` out if both sides have one id",
			   "an empty map of VLANs");
	if (link->vlan_map.count)
		qsort(link->vlan_map.items, link->vlan_map.count, sizeof(*link->vlan_map.items),
		      by_clinical);
}

/* Ethernet types. */

static void list_ethertype(struct parser *p, const struct node *node, void *into)
{
	struct model_link *link = into;
	const char *text = keys_text(p, node, "an Ethernet type");
	struct complaint complaint;
	uint16_t ethertype = 0, *item;

	if (!text)
		return;
	if (value_ethertype(text, &ethertype, &complaint)) {
		keys_complain(p, node, &complaint);
		return;
	}
	for (size_t i = 0; i < link->ethertypes.count; i++) {
		if (link->ethertypes.items[i] != ethertype)
			continue;
		diag_error(p->diags, E_ITEM_TWICE, node->place, "remove one of the two",
			   "the Ethernet type '%s' is in this list already", text);
		return;
	}
	item = keys_check(p, vec_add(&link->ethertypes));
	if (item)
		*item = ethertype;
}

static int by_number(const void *left, const void *right)
{
	return *(const uint16_t *)left - *(const uint16_t *)right;
}

static void link_ethertypes(struct parser *p, const struct node *node, void *into)
{
	struct model_link *link = into;

	link->ethertypes_place = node->place;
	if (keys_parse_list(p, node, "a list of Ethernet types", link, list_ethertype))
		empty_list(p, node, "ethertypes");
	if (link->ethertypes.count)
		qsort(link->ethertypes.items, link->ethertypes.count, sizeof(uint16_t), by_number);
}

/* Addresses with a part to play. */

typedef VEC(struct model_address) addresses;

struct addresses_in_work {
	addresses list;
	int (*value)(const char *s, __be32 out[4], struct complaint *complaint);
};

static void list_address(struct parser *p, const struct node *node, void *into)
{
	struct addresses_in_work *work = into;
	const char *text = keys_text(p, node, "an address");
	struct model_address address = { .place = node->place }, *item;
	struct complaint complaint;

	if (!text)
		return;
	if (work->value(text, address.word, &complaint)) {
		keys_complain(p, node, &complaint);
		return;
	}
	for (size_t i = 0; i < work->list.count; i++) {
		if (address_compare(work->list.items[i].word, address.word))
			continue;
		diag_error(p->diags, E_ITEM_TWICE, node->place, "remove one of the two",
			   "the address '%s' is in this list already", text);
		diag_other(p->diags, work->list.items[i].place, "first used here");
		return;
	}
	item = keys_add_item(p, &work->list, MODEL_MAX_LINK_ADDRESSES, node, "addresses");
	if (item)
		*item = address;
}

#define TAKE_LIST(work, vec)                                                                       \
	do {                                                                                       \
		(vec)->items = (work)->list.items;                                                 \
		(vec)->count = (work)->list.count;                                                 \
		(vec)->capacity = (work)->list.capacity;                                           \
	} while (0)

static void link_routers(struct parser *p, const struct node *node, void *into)
{
	struct addresses_in_work work = { .value = value_router };

	if (keys_parse_list(p, node, "a list of addresses", &work, list_address))
		empty_list(p, node, "routers");
	TAKE_LIST(&work, &((struct model_link *)into)->routers);
}

static void link_dhcp_servers(struct parser *p, const struct node *node, void *into)
{
	struct addresses_in_work work = { .value = value_address };

	if (keys_parse_list(p, node, "a list of addresses", &work, list_address))
		empty_list(p, node, "dhcp-servers");
	TAKE_LIST(&work, &((struct model_link *)into)->dhcp_servers);
}

/* What belongs to the gateway itself. */

static void host_vlans(struct parser *p, const struct node *node, void *into)
{
	struct model_link *link = into;
	struct vlans_in_work work = { 0 };

	if (keys_parse_list(p, node, "a list of VLAN ids", &work, list_vlan))
		empty_list(p, node, "vlans");
	if (work.stacks.count)
		diag_error(p->diags, E_GATEWAYS_OWN, node->place,
			   "name VLANs with one tag, or `none`",
			   "a stack of VLANs cannot be the gateway's own");
	for (unsigned id = 0; id < ARRAY_SIZE(work.carried); id++) {
		uint16_t *item =
			work.carried[id] ? keys_check(p, vec_add(&link->host_vlans)) : NULL;

		if (item)
			*item = (uint16_t)id;
	}
	vec_free(&work.stacks);
}

static void host_addresses(struct parser *p, const struct node *node, void *into)
{
	struct addresses_in_work work = { .value = value_address };

	if (keys_parse_list(p, node, "a list of addresses", &work, list_address))
		empty_list(p, node, "addresses");
	TAKE_LIST(&work, &((struct model_link *)into)->host_addresses);
}

static const struct key host_table[] = {
	{ "vlans", false, host_vlans },
	{ "addresses", false, host_addresses },
};
KEYS(host_keys, "a link's host", host_table);

static void link_host(struct parser *p, const struct node *node, void *into)
{
	((struct model_link *)into)->host_place = node->place;
	if (keys_parse(p, node, &host_keys, into) && !node->first)
		diag_error(p->diags, E_EMPTY, node->place,
			   "leave `host` out if the gateway has no address on this link",
			   "a host without `vlans` and `addresses`");
}

static const struct key link_table[] = {
	{ "name", true, link_name },
	{ "clinical", true, link_clinical },
	{ "it", true, link_it },
	{ "mode", false, link_mode },
	{ "enforcement", false, link_enforcement },
	{ "vlans", false, link_vlans },
	{ "vlan-map", false, link_vlan_map },
	{ "prefixes", false, parse_link_prefixes },
	{ "ethertypes", false, link_ethertypes },
	{ "routers", false, link_routers },
	{ "dhcp-servers", false, link_dhcp_servers },
	{ "host", false, link_host },
	{ "xdp", false, link_xdp },
};
KEYS(link_keys, "a link", link_table);

static void parse_link(struct parser *p, const struct node *node, void *into)
{
	struct model *model = into;
	struct model_link *link = keys_add_item(p, &model->links, WARD_MAX_LINKS, node, "links");

	if (!link)
		return;
	link->place = node->place;
	keys_parse(p, node, &link_keys, link);
}

void parse_links(struct parser *p, const struct node *node, void *into)
{
	keys_parse_list(p, node, "a list of links", into, parse_link);
}
