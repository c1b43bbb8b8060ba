/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/print.h"

#include <stdio.h>

#include "policy/address.h"

/* A list of more items than this is written one item a line. */
#define ITEMS_A_LINE 8

void print_prefix(const struct model_prefix *prefix, struct text *out)
{
	bool ipv4 = address_prefix_is_ipv4(prefix->address, prefix->length);
	char address[TEXT_ADDRESS], shown[TEXT_ADDRESS + 8];

	text_address(address, prefix->address);
	if (prefix->length == ADDRESS_BITS)
		snprintf(shown, sizeof(shown), "%s", address);
	else
		snprintf(shown, sizeof(shown), "%s/%u", address,
			 prefix->length - (ipv4 ? ADDRESS_IPV4_BITS : 0u));
	print_quoting(shown, out);
}

static void print_item(const struct model_network_item *item, struct text *out)
{
	if (item->word.text)
		text_add(out, "%s", item->word.text);
	else
		print_prefix(&item->prefix, out);
}

static void print_items(const model_network_items *items, const char *indent, struct text *out)
{
	bool lines = items->count > ITEMS_A_LINE;

	text_add(out, "%s", lines ? "\n" : " [");
	for (size_t i = 0; i < items->count; i++) {
		text_add(out, "%s%s", lines ? indent : i ? ", " : "", lines ? "- " : "");
		print_item(&items->items[i], out);
		text_add(out, "%s", lines ? "\n" : "");
	}
	text_add(out, "%s", lines ? "" : "]\n");
}

void print_network(const struct model_network *network, struct text *out)
{
	text_add(out, "  %s:", network->name.text);
	if (!network->except.count) {
		print_items(&network->items, "    ", out);
		return;
	}
	text_add(out, "\n    addresses:");
	print_items(&network->items, "      ", out);
	text_add(out, "    except:");
	print_items(&network->except, "      ", out);
}

/* Those of groups follow from their devices. */
void print_networks(const struct model *model, struct text *out)
{
	bool any = false;

	for (size_t i = 0; i < model->networks.count; i++) {
		if (model->networks.items[i].group)
			continue;
		text_add(out, "%s", any ? "" : "\nnetworks:\n");
		any = true;
		print_network(&model->networks.items[i], out);
	}
}
