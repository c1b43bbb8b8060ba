/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/parse_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"

/* Rules. */

struct rule_in_work {
	struct model_rule *rule;
	const struct node *peer; /* of the first `to` or `from` */
	const struct node *replies;
};

/* A rule names its peers, so that an address is written down in one place only. */
static int value_network(const char *s, struct complaint *complaint)
{
	struct model_prefix prefix;
	char shown[VALUES_SHOWN];

	if (value_prefix(s, &prefix, complaint))
		return value_name(s, complaint);
	complaint->code = E_ADDRESS_IN_RULE;
	snprintf(complaint->message, sizeof(complaint->message),
		 "'%s' is an address; a rule needs the name of a network", values_show(shown, s));
	snprintf(complaint->hint, sizeof(complaint->hint),
		 "give it a name under `networks`, and use that name here");
	return -EINVAL;
}

static void peer_network(struct parser *p, const struct node *node, void *into)
{
	keys_word(p, node, "the name of a network", value_network,
		  &((struct model_rule *)into)->peer);
}

static void peer_group(struct parser *p, const struct node *node, void *into)
{
	struct model_rule *rule = into;

	rule->peer_is_group = true;
	keys_word(p, node, "the name of a group", value_name, &rule->peer);
}

static const struct key peer_table[] = {
	{ "network", false, peer_network },
	{ "group", false, peer_group },
};
KEYS(peer_keys, "a peer", peer_table);

/* { group: NAME }, as groups and networks may have one name. */
static void parse_peer(struct parser *p, const struct node *node, struct model_rule *rule)
{
	const struct node *first = node->first;

	if (first && first->next->next) {
		diag_error(p->diags, E_BAD_PEER, node->place,
			   "write { group: NAME }, or the network's name",
			   "a peer is one group or one network");
		return;
	}
	if (!first)
		diag_error(p->diags, E_BAD_PEER, node->place,
			   "write { group: NAME }, or the network's name", "a peer without a name");
	keys_parse(p, node, &peer_keys, rule);
}

static void rule_peer(struct parser *p, const struct node *node, struct rule_in_work *work,
		      enum ward_side opener)
{
	if (work->peer) {
		diag_error(p->diags, E_TO_AND_FROM, node->place, "write two rules",
			   "a rule has either `to` or `from`, not both");
		diag_other(p->diags, work->peer->place, "the other one is here");
		return;
	}
	work->peer = node;
	work->rule->opener = opener;
	if (node->kind == NODE_MAP)
		parse_peer(p, node, work->rule);
	else
		peer_network(p, node, work->rule);
}

static void rule_to(struct parser *p, const struct node *node, void *into)
{
	rule_peer(p, node, into, WARD_CLINICAL);
}

static void rule_from(struct parser *p, const struct node *node, void *into)
{
	rule_peer(p, node, into, WARD_IT);
}

bool parse_service_use(struct parser *p, const struct node *node, struct model_service_use *out)
{
	const char *text = keys_text(p, node, "the name of a service, or a protocol with a port");
	struct model_service_use use = { .range.place = node->place };
	struct complaint complaint;

	if (!text)
		return false;
	use.in_place = strchr(text, '/');
	if (use.in_place ? value_ports(text, &use.range, &complaint)
			 : value_name(text, &complaint)) {
		keys_complain(p, node, &complaint);
		return false;
	}
	use.word = keys_copy(p, node);
	*out = use;
	return true;
}

static void rule_service(struct parser *p, const struct node *node, void *into)
{
	struct model_rule *rule = into;
	struct model_service_use use, *item;

	if (!parse_service_use(p, node, &use))
		return;
	item = keys_check(p, vec_add(&rule->services));
	if (item)
		*item = use;
}

static void rule_services(struct parser *p, const struct node *node, void *into)
{
	struct rule_in_work *work = into;

	if (keys_parse_list(p, node, "a list of services", work->rule, rule_service) &&
	    !node->first)
		diag_error(p->diags, E_EMPTY, node->place, "name at least one, as in [dicom]",
			   "a rule without services allows nothing");
}

static void rule_purpose(struct parser *p, const struct node *node, void *into)
{
	keys_word(p, node, "a line of text", value_purpose,
		  &((struct rule_in_work *)into)->rule->purpose);
}

static void rule_replies(struct parser *p, const struct node *node, void *into)
{
	static const char *const words[] = { "false", "true" };
	static const struct value_choices choices = { "a value of `replies`", words,
						      ARRAY_SIZE(words) };
	struct rule_in_work *work = into;
	unsigned at;

	work->replies = node;
	if (keys_choice(p, node, &choices, &at))
		work->rule->replies = at == 1;
}

static void rule_limit(struct parser *p, const struct node *node, void *into)
{
	parse_limit(p, node, &((struct rule_in_work *)into)->rule->limit);
}

#define SAYS(key)                                                                                  \
	static void rule_##key(struct parser *p, const struct node *node, void *into)              \
	{                                                                                          \
		parse_rule_##key(p, node, ((struct rule_in_work *)into)->rule);                    \
	}

SAYS(owner)
SAYS(ticket)
SAYS(expires)
SAYS(hours)
SAYS(encrypted)
SAYS(log)

static const struct key rule_table[] = {
	{ "to", false, rule_to },
	{ "from", false, rule_from },
	{ "services", true, rule_services },
	{ "purpose", false, rule_purpose },
	{ "owner", false, rule_owner },
	{ "ticket", false, rule_ticket },
	{ "expires", false, rule_expires },
	{ "hours", false, rule_hours },
	{ "encrypted", false, rule_encrypted },
	{ "log", false, rule_log },
	{ "replies", false, rule_replies },
	{ "limit", false, rule_limit },
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
		diag_error(p->diags, E_NO_PEER, node->place,
			   "`to: NETWORK` lets the device open connections to the network, "
			   "`from: NETWORK` the network to the device",
			   "a rule needs `to` or `from`");
	if (work.replies && work.peer && work.rule->opener == WARD_IT)
		diag_error(p->diags, E_REPLIES, work.replies->place,
			   "answers to what the device sends to a group come with `to`",
			   "`replies` in a rule with `from`");
}

/* Profiles. */

static void profile_allow(struct parser *p, const struct node *node, void *into)
{
	struct model_profile *profile = into;

	profile->allow = node->place;
	keys_parse_list(p, node, "a list of rules", profile, parse_rule);
}

static void profile_limit(struct parser *p, const struct node *node, void *into)
{
	parse_limit(p, node, &((struct model_profile *)into)->limit);
}

static void profile_fragments(struct parser *p, const struct node *node, void *into)
{
	static const char *const words[] = { "drop", "track" };
	static const struct value_choices choices = { "a way to treat fragments", words,
						      ARRAY_SIZE(words) };
	struct model_profile *profile = into;
	unsigned at;

	profile->fragments = node->place;
	if (keys_choice(p, node, &choices, &at))
		profile->tracks_fragments = at == 1;
}

static void profile_enforcement(struct parser *p, const struct node *node, void *into)
{
	struct model_profile *profile = into;

	profile->enforcement_place = node->place;
	keys_enforcement(p, node, &profile->enforcement);
}

static void extended(struct parser *p, const struct node *node, void *into)
{
	struct model_profile *profile = into;
	struct word word = { 0 }, *item;

	keys_word(p, node, "the name of a profile", value_name, &word);
	for (size_t i = 0; word.text && i < profile->extends.count; i++) {
		if (strcmp(profile->extends.items[i].text, word.text))
			continue;
		diag_error(p->diags, E_ITEM_TWICE, node->place, "remove one of the two",
			   "'%s' is in this list already", word.text);
		return;
	}
	item = word.text ? keys_check(p, vec_add(&profile->extends)) : NULL;
	if (item)
		*item = word;
}

static void profile_extends(struct parser *p, const struct node *node, void *into)
{
	if (node->kind == NODE_LIST)
		keys_parse_list(p, node, "a list of profiles", into, extended);
	else
		extended(p, node, into);
}

static const struct key profile_table[] = {
	{ "extends", false, profile_extends },
	{ "allow", false, profile_allow },
	{ "limit", false, profile_limit },
	{ "fragments", false, profile_fragments },
	{ "enforcement", false, profile_enforcement },
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
	profile->own_rules = profile->rules.count;
}

void parse_profiles(struct parser *p, const struct node *node, void *into)
{
	(void)into;
	keys_parse_names(p, node, "a mapping of names to profiles", parse_profile);
}
