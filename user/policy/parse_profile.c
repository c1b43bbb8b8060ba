/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/parse_profile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"

/* Rules. */

struct rule_in_work {
	struct model_rule *rule;
	const struct node *peer; /* of the first `to` or `from` */
};

/* A rule names its peers, so that an address is written down in one place only. */
static int value_network(const char *s, struct complaint *complaint)
{
	struct model_prefix prefix;
	char shown[VALUES_SHOWN];

	if (value_prefix(s, &prefix, complaint))
		return value_name(s, complaint);
	snprintf(complaint->message, sizeof(complaint->message),
		 "'%s' is an address; a rule needs the name of a network", values_show(shown, s));
	snprintf(complaint->hint, sizeof(complaint->hint),
		 "give it a name under `networks`, and use that name here");
	return -EINVAL;
}

static void rule_peer(struct parser *p, const struct node *node, struct rule_in_work *work,
		      enum ward_side opener)
{
	if (work->peer) {
		diag_error(p->diags, node->place, "write two rules",
			   "a rule has either `to` or `from`, not both");
		diag_other(p->diags, work->peer->place, "the other one is here");
		return;
	}
	work->peer = node;
	work->rule->opener = opener;
	keys_word(p, node, "the name of a network", value_network, &work->rule->peer);
}

static void rule_to(struct parser *p, const struct node *node, void *into)
{
	rule_peer(p, node, into, WARD_CLINICAL);
}

static void rule_from(struct parser *p, const struct node *node, void *into)
{
	rule_peer(p, node, into, WARD_IT);
}

static void rule_service(struct parser *p, const struct node *node, void *into)
{
	struct model_rule *rule = into;
	const char *text = keys_text(p, node, "the name of a service, or a protocol with a port");
	struct model_service_use use = { .range.place = node->place }, *item;
	struct complaint complaint;

	if (!text)
		return;
	use.in_place = strchr(text, '/');
	if (use.in_place ? value_ports(text, &use.range, &complaint)
			 : value_name(text, &complaint)) {
		keys_complain(p, node, &complaint);
		return;
	}
	use.word = keys_copy(p, node);
	item = keys_check(p, vec_add(&rule->services));
	if (item)
		*item = use;
}

static void rule_services(struct parser *p, const struct node *node, void *into)
{
	struct rule_in_work *work = into;

	if (keys_parse_list(p, node, "a list of services", work->rule, rule_service) &&
	    !node->first)
		diag_error(p->diags, node->place, "name at least one, as in [dicom]",
			   "a rule without services allows nothing");
}

static void rule_purpose(struct parser *p, const struct node *node, void *into)
{
	keys_word(p, node, "a line of text", value_purpose,
		  &((struct rule_in_work *)into)->rule->purpose);
}

static const struct key rule_table[] = {
	{ "to", false, rule_to },
	{ "from", false, rule_from },
	{ "services", true, rule_services },
	{ "purpose", false, rule_purpose },
};
KEYS(rule_keys, "a rule", rule_table);

static void parse_rule(struct parser *p, const struct node *node, void *into)
{
	struct model_profile *profile = into;
	struct rule_in_work work = { .rule = keys_check(p, vec_add(&profile->rules)) };

	if (!work.rule)
		return;
	work.rule->place = node->place;
	if (keys_parse(p, node, &rule_keys, &work) && !work.peer)
		diag_error(p->diags, node->place,
			   "`to: NETWORK` lets the device open connections to the network, "
			   "`from: NETWORK` the network to the device",
			   "a rule needs `to` or `from`");
}

/* Limits. */

static const struct value_range packet_range = { "a limit of packets", "2000/s", 1,
						 VALUES_MAX_PACKETS,
						 "limits of packets are 1/s to 100M/s" };
static const struct value_range burst_range = { "a burst of packets", "4000", 1, VALUES_MAX_BURST,
						"bursts are 1 to 10M packets" };
static const struct value_range bit_range = { "a limit of bits", "400M/s", VALUES_MIN_BITS,
					      VALUES_MAX_BITS,
					      "limits of bits are 1k/s to 400G/s" };
static const struct value_range burst_bit_range = { "a burst of bits", "8M", VALUES_MIN_BURST_BITS,
						    VALUES_MAX_BURST_BITS,
						    "bursts of bits are 16k to 400G" };

static void limit_value(struct parser *p, const struct node *node, const struct value_range *range,
			uint64_t *out)
{
	const char *text = keys_text(p, node, range->what);
	bool rate = range == &packet_range || range == &bit_range;
	struct complaint complaint;

	if (text && (rate ? value_rate : value_amount)(text, range, out, &complaint))
		keys_complain(p, node, &complaint);
}

static void limit_packets(struct parser *p, const struct node *node, void *into)
{
	limit_value(p, node, &packet_range, &((struct model_limit *)into)->packets);
}

static void limit_burst(struct parser *p, const struct node *node, void *into)
{
	limit_value(p, node, &burst_range, &((struct model_limit *)into)->burst);
}

static void limit_bits(struct parser *p, const struct node *node, void *into)
{
	limit_value(p, node, &bit_range, &((struct model_limit *)into)->bits);
}

static void limit_burst_bits(struct parser *p, const struct node *node, void *into)
{
	limit_value(p, node, &burst_bit_range, &((struct model_limit *)into)->burst_bits);
}

static const struct key limit_table[] = {
	{ "packets", false, limit_packets },
	{ "burst", false, limit_burst },
	{ "bits", false, limit_bits },
	{ "burst-bits", false, limit_burst_bits },
};
KEYS(limit_keys, "a limit", limit_table);

static bool has_key(const struct node *map, const char *name)
{
	for (const struct node *key = map->first; key; key = key->next->next)
		if (key->kind == NODE_BAD || !strcmp(key->text, name))
			return true;
	return false;
}

static void profile_limit(struct parser *p, const struct node *node, void *into)
{
	struct model_limit *limit = &((struct model_profile *)into)->limit;

	limit->place = node->place;
	if (!keys_parse(p, node, &limit_keys, limit))
		return;
	if (!node->first)
		diag_error(p->diags, node->place, "leave `limit` out for no limit",
			   "a limit without a value");
	if (has_key(node, "burst") && !has_key(node, "packets"))
		diag_error(p->diags, node->place, "add `packets`, as in 2000/s",
			   "`burst` without `packets`");
	if (has_key(node, "burst-bits") && !has_key(node, "bits"))
		diag_error(p->diags, node->place, "add `bits`, as in 400M/s",
			   "`burst-bits` without `bits`");
}

/* Profiles. */

static void profile_allow(struct parser *p, const struct node *node, void *into)
{
	struct model_profile *profile = into;

	profile->allow = node->place;
	keys_parse_list(p, node, "a list of rules", profile, parse_rule);
}

static const struct key profile_table[] = {
	{ "allow", false, profile_allow },
	{ "limit", false, profile_limit },
};
KEYS(profile_keys, "a profile", profile_table);

static void parse_profile(struct parser *p, const struct node *name, const struct node *value)
{
	struct model_profile *profile =
		keys_add_item(p, &p->model->profiles, MODEL_MAX_PROFILES, name, "profiles");

	if (!profile)
		return;
	profile->name = keys_copy(p, name);
	keys_parse(p, value, &profile_keys, profile);
}

void parse_profiles(struct parser *p, const struct node *node, void *into)
{
	(void)into;
	keys_parse_names(p, node, "a mapping of names to profiles", parse_profile);
}
