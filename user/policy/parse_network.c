/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/parse_parts.h"

#include <string.h>

/* What is no valid address, but was meant as one: its complaint says more than "no such network".
 */
static bool looks_like_address(const char *s)
{
	return strpbrk(s, ":/") || strspn(s, "0123456789.") == strlen(s);
}

static void parse_item(struct parser *p, const struct node *node, void *into)
{
	const char *text = keys_text(p, node, "an address, or the name of a network");
	struct model_network_item item = { .prefix.place = node->place }, *out;
	struct complaint complaint;

	if (!text)
		return;
	if (value_prefix(text, &item.prefix, &complaint)) {
		if (looks_like_address(text) || value_name(text, &complaint)) {
			value_hint_address(text, &complaint);
			keys_complain(p, node, &complaint);
			return;
		}
		item.word = keys_copy(p, node);
	}
	out = keys_check(p, vec_add((model_network_items *)into));
	if (out)
		*out = item;
}

static void parse_addresses(struct parser *p, const struct node *node,
			    struct model_network *network)
{
	if (keys_parse_list(p, node, "a list of addresses and networks", &network->items,
			    parse_item) &&
	    !node->first)
		diag_error(p->diags, E_EMPTY, node->place,
			   "list its addresses, as in [10.20.30.40]",
			   "the network '%s' holds no address", network->name.text);
}

static void network_addresses(struct parser *p, const struct node *node, void *into)
{
	parse_addresses(p, node, into);
}

static void network_except(struct parser *p, const struct node *node, void *into)
{
	keys_parse_list(p, node, "a list of addresses and networks",
			&((struct model_network *)into)->except, parse_item);
}

static const struct key network_table[] = {
	{ "addresses", true, network_addresses },
	{ "except", false, network_except },
};
KEYS(network_keys, "a network", network_table);

static void parse_network(struct parser *p, const struct node *name, const struct node *value)
{
	struct model_network *network =
		keys_add_item(p, &p->model->networks, MODEL_MAX_NETWORKS, name, "networks");

	if (!network)
		return;
	network->name = keys_copy(p, name);
	if (value->kind == NODE_MAP)
		keys_parse(p, value, &network_keys, network);
	else
		parse_addresses(p, value, network);
}

void parse_networks(struct parser *p, const struct node *node, void *into)
{
	(void)into;
	keys_parse_names(p, node, "a mapping of names to lists of addresses", parse_network);
}
