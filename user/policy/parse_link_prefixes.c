/* SPDX-License-Identifier: GPL-2.0-only */
/* Which addresses belong into which VLAN of a link. */
#include <stdlib.h>

#include "policy/parse_parts.h"

struct prefixes_in_work {
	struct model_link *link;
	uint16_t vlan;
};

static void prefix_item(struct parser *p, const struct node *node, void *into)
{
	struct prefixes_in_work *work = into;
	const char *text = keys_text(p, node, "a prefix");
	struct model_prefix prefix = { .place = node->place };
	struct model_vlan_prefix *item;
	struct complaint complaint;

	if (!text)
		return;
	if (value_prefix(text, &prefix, &complaint)) {
		keys_complain(p, node, &complaint);
		return;
	}
	item = keys_add_item(p, &work->link->vlan_prefixes, MODEL_MAX_VLAN_PREFIXES, node,
			     "prefixes of VLANs");
	if (item)
		*item = (struct model_vlan_prefix){ work->vlan, prefix };
}

static void prefixes_of_vlan(struct parser *p, const struct node *key, const struct node *value,
			     void *into)
{
	struct prefixes_in_work work = { .link = into };
	struct complaint complaint;

	if (value_vlan_id(key->text, &work.vlan, &complaint))
		keys_complain(p, key, &complaint);
	else if (value->kind != NODE_LIST)
		prefix_item(p, value, &work);
	else if (keys_parse_list(p, value, "a list of prefixes", &work, prefix_item) &&
		 !value->first)
		diag_error(p->diags, E_EMPTY, value->place, "leave the VLAN out",
			   "an empty list of prefixes");
}

static int by_vlan(const void *left, const void *right)
{
	const struct model_vlan_prefix *a = left, *b = right;

	if (a->vlan != b->vlan)
		return a->vlan < b->vlan ? -1 : 1;
	/* In one VLAN as they were written: the places are in that order. */
	if (a->prefix.place.line != b->prefix.place.line)
		return a->prefix.place.line < b->prefix.place.line ? -1 : 1;
	return a->prefix.place.column < b->prefix.place.column ? -1 : 1;
}

void parse_link_prefixes(struct parser *p, const struct node *node, void *into)
{
	struct model_link *link = into;

	link->prefixes_place = node->place;
	if (!keys_parse_pairs(p, node, "a mapping of VLAN ids to prefixes", link, prefixes_of_vlan))
		return;
	if (!node->first)
		diag_error(p->diags, E_EMPTY, node->place, "leave `prefixes` out",
			   "an empty map of prefixes");
	if (link->vlan_prefixes.count)
		qsort(link->vlan_prefixes.items, link->vlan_prefixes.count,
		      sizeof(*link->vlan_prefixes.items), by_vlan);
}
