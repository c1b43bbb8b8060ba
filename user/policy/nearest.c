/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/nearest.h"

#include <errno.h>

#include "policy/address.h"
#include "policy/evaluate.h"
#include "policy/values.h"

/* Whether the packet would pass at all times if the rule named its peer and service. */
static bool would_allow(const struct model_rule *rule, const struct nearest_packet *p)
{
	if (rule->opener != p->opener || evaluate_is_timed(rule) ||
	    (rule->replies && p->protocol != PROTOCOL_UDP))
		return false;
	/* DTLS begins with the first packet, TLS behind the handshake. */
	if (rule->encryption == MODEL_ENCRYPTION_REQUIRED)
		return p->protocol == PROTOCOL_TCP;
	return rule->encryption != MODEL_ENCRYPTION_PREFERRED || p->protocol == PROTOCOL_TCP ||
	       p->protocol == PROTOCOL_UDP;
}

/* The first rule for the peer, else for the service, that may be edited. */
static const struct model_rule *editable(const struct model *model, const struct nearest_packet *p,
					 bool peer)
{
	for (size_t i = 0; i < p->profile->rules.count; i++) {
		const struct model_rule *rule = &p->profile->rules.items[i];

		if (would_allow(rule, p) &&
		    (peer ? evaluate_peer(model, rule, p->peer)
			  : evaluate_service(model, rule, p->protocol, p->port)))
			return rule;
	}
	return NULL;
}

/* Rules that would allow more if the network held one more address. */
static size_t count_users(const struct model *model, uint32_t network)
{
	size_t count = 0;

	for (size_t p = 0; p < model->profiles.count; p++)
		for (size_t r = 0; r < model->profiles.items[p].rules.count; r++)
			count += model->profiles.items[p].rules.items[r].network == network;
	/* And other networks may be made of it. */
	for (size_t n = 0; n < model->networks.count; n++)
		for (size_t i = 0; i < model->networks.items[n].items.count; i++)
			count += model->networks.items[n].items.items[i].word.text &&
				 model->networks.items[n].items.items[i].network == network;
	return count;
}

/* No other rule is widened by another address, and nothing takes it out again. */
static bool may_grow(const struct model *model, uint32_t network)
{
	return !model->networks.items[network].group &&
	       !model->networks.items[network].except.count && count_users(model, network) == 1;
}

/* The named network that is this address and no other, or NULL. */
static const struct model_network *exact_network(const struct model *model, const __be32 peer[4])
{
	for (size_t n = 0; n < model->networks.count; n++) {
		const struct model_network *network = &model->networks.items[n];

		if (network->prefixes.count == 1 && !network->group &&
		    network->prefixes.items[0].length == ADDRESS_BITS &&
		    !address_compare(network->prefixes.items[0].address, peer))
			return network;
	}
	return NULL;
}

static const char *ports_of(const struct nearest_packet *p, char out[VALUES_PORTS])
{
	const struct model_port_range range = { .protocol = p->protocol,
						.first = p->port,
						.last = p->port };

	return values_ports(out, &range);
}

/* What the policy requires of each rule; people fill it in. */
static void suggest_required(const struct model *model, struct text *out)
{
	static const char *const values[] = { "WHY", "WHO", "NUMBER", "YYYY-MM-DD", "no" };

	for (unsigned i = 0; i < values_require.count; i++)
		if (model->require & 1u << i)
			text_add(out, ", %s: %s", values_require.words[i], values[i]);
}

/* "- { to: pacs, services: [tcp/104] }" */
static void suggest_rule(const struct model *model, const struct nearest_packet *p,
			 struct nearest_edit *out)
{
	static const char *const direction[] = { [WARD_CLINICAL] = "to", [WARD_IT] = "from" };
	const struct model_network *network = exact_network(model, p->peer);
	char ports[VALUES_PORTS], address[TEXT_ADDRESS];

	text_address(address, p->peer);
	out->place = p->profile->allow.line ? p->profile->allow : p->profile->name.place;
	text_add(&out->sentence, "add to `allow` of profile %s: - { %s: %s, services: [%s]",
		 p->profile->name.text, direction[p->opener],
		 network ? network->name.text : "NETWORK", ports_of(p, ports));
	suggest_required(model, &out->sentence);
	text_add(&out->sentence, " }");
	if (!network)
		text_add(&out->sentence, ", with NETWORK: [%s] in `networks`", address);
}

int policy_nearest(const struct model *model, const struct nearest_packet *p,
		   struct nearest_edit *out)
{
	const struct model_rule *peer = editable(model, p, true);
	const struct model_rule *service = editable(model, p, false);
	struct nearest_edit edit = { .rule = peer ?: service };
	char ports[VALUES_PORTS], address[TEXT_ADDRESS];

	if (evaluate(model, p->profile, p->opener, p->peer, p->protocol, p->port))
		return -EEXIST;
	if (peer) {
		edit.place = peer->place;
		text_add(&edit.sentence, "add %s to the `services` of this rule",
			 ports_of(p, ports));
	} else if (service && may_grow(model, service->network)) {
		edit.place = model->networks.items[service->network].name.place;
		text_add(&edit.sentence, "add %s to the network %s", text_address(address, p->peer),
			 model->networks.items[service->network].name.text);
	} else {
		suggest_rule(model, p, &edit);
	}
	if (text_status(&edit.sentence)) {
		text_free(&edit.sentence);
		return -ENOMEM;
	}
	*out = edit;
	return 0;
}

static bool is_late(const struct model_rule *rule, bool expired, uint64_t now)
{
	bool ended = rule->expires_at && rule->expires_at <= now;

	return expired ? ended : !ended && rule->windows.count;
}

int nearest_in_time(const struct model *model, const struct nearest_packet *p, bool expired,
		    uint64_t now, struct nearest_edit *out)
{
	struct nearest_edit edit = { 0 };

	for (size_t i = 0; !edit.rule && i < p->profile->rules.count; i++) {
		const struct model_rule *rule = &p->profile->rules.items[i];

		if (rule->opener == p->opener && is_late(rule, expired, now) &&
		    evaluate_peer(model, rule, p->peer) &&
		    evaluate_service(model, rule, p->protocol, p->port))
			edit.rule = rule;
	}
	if (!edit.rule)
		return -ENOENT;
	edit.place = edit.rule->place;
	if (expired)
		text_add(&edit.sentence, "give this rule a later `expires` than %s",
			 edit.rule->expires.text);
	else
		text_add(&edit.sentence, "wait for the `hours` of this rule, %s, or change them",
			 edit.rule->hours.text);
	if (text_status(&edit.sentence)) {
		text_free(&edit.sentence);
		return -ENOMEM;
	}
	*out = edit;
	return 0;
}
