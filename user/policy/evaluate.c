/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/evaluate.h"

#include <arpa/inet.h>

static bool in_network(const struct model_network *network, __be32 address)
{
	for (size_t i = 0; i < network->prefixes.count; i++) {
		const struct model_prefix *prefix = &network->prefixes.items[i];
		uint32_t mask = prefix->length ? ~0u << (32 - prefix->length) : 0;

		if ((ntohl(address) & mask) == ntohl(prefix->address))
			return true;
	}
	return false;
}

bool evaluate_peer(const struct model *model, const struct model_rule *rule, __be32 peer)
{
	return in_network(&model->networks.items[rule->network], peer);
}

static bool in_range(const struct model_port_range *range, enum protocol protocol, uint16_t port)
{
	if (range->protocol != protocol)
		return false;
	return protocol == PROTOCOL_ICMP_ECHO || (port >= range->first && port <= range->last);
}

bool evaluate_service(const struct model *model, const struct model_rule *rule,
		      enum protocol protocol, uint16_t port)
{
	for (size_t i = 0; i < rule->services.count; i++) {
		const struct model_service_use *use = &rule->services.items[i];
		const struct model_service *service;

		if (use->in_place && in_range(&use->range, protocol, port))
			return true;
		if (use->in_place)
			continue;
		service = &model->services.items[use->service];
		for (size_t j = 0; j < service->ranges.count; j++)
			if (in_range(&service->ranges.items[j], protocol, port))
				return true;
	}
	return false;
}

const struct model_rule *evaluate(const struct model *model, const struct model_profile *profile,
				  enum ward_side opener, __be32 peer, enum protocol protocol,
				  uint16_t port)
{
	for (size_t i = 0; i < profile->rules.count; i++) {
		const struct model_rule *rule = &profile->rules.items[i];

		if (rule->opener == opener && evaluate_peer(model, rule, peer) &&
		    evaluate_service(model, rule, protocol, port))
			return rule;
	}
	return NULL;
}

const struct model_network *evaluate_network(const struct model *model, __be32 address)
{
	for (size_t i = 0; i < model->networks.count; i++)
		if (in_network(&model->networks.items[i], address))
			return &model->networks.items[i];
	return NULL;
}
