/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/evaluate.h"

#include <arpa/inet.h>

static bool is_ipv4(const __be32 address[4])
{
	return !address[0] && !address[1] && address[2] == htonl(0xffff);
}

/* An address is held by prefixes of its own family only. */
static bool in_prefix(const struct model_prefix *prefix, const __be32 address[4])
{
	if (is_ipv4(address) != (prefix->length >= 96 && is_ipv4(prefix->address)))
		return false;
	for (unsigned word = 0; word < 4; word++) {
		unsigned bits = prefix->length > 32 * word ? prefix->length - 32 * word : 0;
		uint32_t differ = ntohl(prefix->address[word] ^ address[word]);

		if (bits && (bits >= 32 ? differ : differ >> (32 - bits)))
			return false;
	}
	return true;
}

static bool in_network(const struct model *model, const struct model_network *network,
		       const __be32 address[4]);

static bool in_item(const struct model *model, const struct model_network_item *item,
		    const __be32 address[4])
{
	return item->word.text ? in_network(model, &model->networks.items[item->network], address)
			       : in_prefix(&item->prefix, address);
}

/* As it is written: what check() made of it is the compiler's business. */
static bool in_network(const struct model *model, const struct model_network *network,
		       const __be32 address[4])
{
	bool in = false;

	for (size_t i = 0; !in && i < network->items.count; i++)
		in = in_item(model, &network->items.items[i], address);
	for (size_t i = 0; in && i < network->except.count; i++)
		in = !in_item(model, &network->except.items[i], address);
	return in;
}

bool evaluate_peer(const struct model *model, const struct model_rule *rule, const __be32 peer[4])
{
	return in_network(model, &model->networks.items[rule->network], peer);
}

static bool in_range(const struct model_port_range *range, enum protocol protocol, uint16_t port)
{
	return range->protocol == protocol && port >= range->first && port <= range->last;
}

bool evaluate_service(const struct model *model, const struct model_rule *rule,
		      enum protocol protocol, uint16_t port)
{
	for (size_t i = 0; i < rule->services.count; i++) {
		const struct model_service_use *use = &rule->services.items[i];
		const struct model_service *service = model_service_named(model, use);

		if (!service && in_range(&use->range, protocol, port))
			return true;
		for (size_t j = 0; service && j < service->ranges.count; j++)
			if (in_range(&service->ranges.items[j], protocol, port))
				return true;
	}
	return false;
}

bool evaluate_is_timed(const struct model_rule *rule)
{
	return rule->expires_at || rule->windows.count;
}

bool evaluate_minute(const struct model_rule *rule, unsigned minute)
{
	for (size_t i = 0; i < rule->windows.count; i++)
		if (minute >= rule->windows.items[i].from && minute < rule->windows.items[i].to)
			return true;
	return !rule->windows.count;
}

const struct model_rule *evaluate(const struct model *model, const struct model_profile *profile,
				  enum ward_side opener, const __be32 peer[4],
				  enum protocol protocol, uint16_t port)
{
	for (size_t i = 0; i < profile->rules.count; i++) {
		const struct model_rule *rule = &profile->rules.items[i];

		if (rule->opener == opener && evaluate_peer(model, rule, peer) &&
		    evaluate_service(model, rule, protocol, port))
			return rule;
	}
	return NULL;
}

const struct model_network *evaluate_network(const struct model *model, const __be32 address[4])
{
	for (size_t i = 0; i < model->networks.count; i++)
		if (in_network(model, &model->networks.items[i], address))
			return &model->networks.items[i];
	return NULL;
}
