/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether what rules say of themselves is true, and whether they say all that the policy wants. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/check_devices.h"
#include "policy/values.h"

static void unknown_zone(struct checker *c, const struct word *word)
{
	char guess[ZONE_NAME], hint[ZONE_NAME + 128], shown[VALUES_SHOWN];

	if (zone_guess(word->text, guess))
		snprintf(hint, sizeof(hint), "did you mean '%s'?", guess);
	else
		snprintf(hint, sizeof(hint),
			 "zones are the files below " ZONE_FOLDER ", as in Europe/Berlin");
	diag_error(c->diags, E_BAD_ZONE, word->place, hint, "unknown time zone '%s'",
		   values_show(shown, word->text));
}

/* Leaves it NULL when there is none, which is reported. */
int check_time_zone(struct checker *c)
{
	const struct word *word = &c->model->time_zone;
	int err = zone_read(word->text, &c->zone);

	if (err == -ENOENT || err == -EINVAL)
		unknown_zone(c, word);
	return err == -ENOMEM ? err : 0;
}

static void check_expiry(struct checker *c, struct model_rule *rule)
{
	struct complaint complaint;
	int64_t local;

	if (rule->expires.text && c->zone && !value_expiry(rule->expires.text, &local, &complaint))
		rule->expires_at = (uint64_t)zone_utc(c->zone, local);
}

static bool says(const struct model_rule *rule, enum model_require what)
{
	switch (what) {
	case MODEL_REQUIRE_PURPOSE:
		return rule->purpose.text;
	case MODEL_REQUIRE_OWNER:
		return rule->owner.text;
	case MODEL_REQUIRE_TICKET:
		return rule->ticket.text;
	case MODEL_REQUIRE_EXPIRES:
		return rule->expires.text;
	case MODEL_REQUIRE_ENCRYPTED:
		return rule->encryption != MODEL_ENCRYPTION_UNSAID;
	}
	return true;
}

static void check_required(struct checker *c, const struct model_profile *profile,
			   const struct model_rule *rule)
{
	for (unsigned i = 0; i < values_require.count && !diags_full(c->diags); i++) {
		if (!(c->model->require & 1u << i) || says(rule, (enum model_require)(1u << i)))
			continue;
		diag_error(c->diags, E_REQUIRED, rule->place, NULL,
			   "the rule %s '%s' of the profile '%s' lacks `%s`",
			   rule->opener == WARD_CLINICAL ? "to" : "from", rule->peer.text,
			   profile->name.text, values_require.words[i]);
		diag_other(c->diags, c->model->require_place, "which is required here");
	}
}

static bool is_encryptable(const struct model_port_range *range)
{
	return range->protocol == PROTOCOL_TCP || range->protocol == PROTOCOL_UDP;
}

static bool use_is_encryptable(const struct model *model, const struct model_service_use *use)
{
	const struct model_service *service = model_service_named(model, use);

	if (!service)
		return is_encryptable(&use->range);
	for (size_t i = 0; i < service->ranges.count; i++)
		if (!is_encryptable(&service->ranges.items[i]))
			return false;
	return true;
}

/* The gateway looks for TLS in TCP and for DTLS in UDP. A group cannot shake hands. */
static void check_encryption(struct checker *c, const struct model_rule *rule)
{
	if (rule->encryption <= MODEL_ENCRYPTION_NO)
		return;
	if (rule->replies) {
		diag_error(c->diags, E_NOT_ENCRYPTABLE, rule->encryption_place,
			   "leave `encrypted` out here",
			   "what is sent to a multicast group is not TLS");
		return;
	}
	for (size_t i = 0; i < rule->services.count; i++) {
		const struct model_service_use *use = &rule->services.items[i];

		if (use_is_encryptable(c->model, use))
			continue;
		diag_error(c->diags, E_NOT_ENCRYPTABLE, rule->encryption_place,
			   "TLS is over TCP, DTLS over UDP: put what is neither into a rule of its "
			   "own",
			   "the service '%s' cannot be encrypted", use->word.text);
		diag_other(c->diags, use->word.place, "the service is here");
		return;
	}
}

void check_rule_says(struct checker *c, const struct model_profile *profile,
		     struct model_rule *rule, bool resolved)
{
	check_expiry(c, rule);
	check_required(c, profile, rule);
	if (resolved)
		check_encryption(c, rule);
}
