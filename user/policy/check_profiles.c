/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Profiles that extend profiles. Behind a profile's own rules come those of the first one that it
 * extends, of what that one extends in turn, then of the second one, and so on; each once. What the
 * profile does not say of limit, fragments and enforcement, the first in this order says that does.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/own.h"
#include "policy/check_devices.h"
#include "wardgate/policy_maps.h"

struct walk {
	struct checker *c;
	struct trail trail;
	bool *done; /* by profile */
};

static void follow(struct walk *w, uint32_t p, const struct word *word)
{
	const struct model_profile *profile = &w->c->model->profiles.items[p];
	struct checker *c = w->c;

	if (w->done[p])
		return;
	if (!check_trail_enter(c, &w->trail, p, word)) {
		w->done[p] = true;
		return;
	}
	for (size_t i = 0; i < profile->extends.count && !diags_full(c->diags); i++) {
		uint32_t base;

		if (!names_find(&c->profiles, profile->extends.items[i].text, &base)) {
			check_unknown(c, &profile->extends.items[i], &check_profiles);
			continue;
		}
		c->used_profiles[base] = 1;
		follow(w, base, &profile->extends.items[i]);
	}
	w->trail.depth--;
	w->done[p] = true;
}

int check_extends(struct checker *c)
{
	size_t count = c->model->profiles.count;
	_cleanup_free_ bool *done = calloc(count + 1, sizeof(*done));
	struct walk w = { .c = c, .trail.kind = &check_profiles, .done = done };

	if (!done)
		return -ENOMEM;
	for (size_t p = 0; p < count && !diags_full(c->diags); p++)
		follow(&w, (uint32_t)p, &c->model->profiles.items[p].name);
	return 0;
}

/* All that a profile extends, nearest first. */
struct bases {
	uint32_t profiles[MODEL_MAX_EXTENDS];
	size_t count;
};

static bool has(const struct bases *bases, uint32_t profile)
{
	for (size_t i = 0; i < bases->count; i++)
		if (bases->profiles[i] == profile)
			return true;
	return false;
}

/* False when there are too many. Circles were refused before. */
static bool collect(const struct checker *c, const struct model_profile *profile,
		    struct bases *bases)
{
	for (size_t i = 0; i < profile->extends.count; i++) {
		uint32_t base;

		if (!names_find(&c->profiles, profile->extends.items[i].text, &base) ||
		    has(bases, base))
			continue;
		if (bases->count == MODEL_MAX_EXTENDS)
			return false;
		bases->profiles[bases->count++] = base;
		if (!collect(c, &c->model->profiles.items[base], bases))
			return false;
	}
	return true;
}

static int inherit_rules(struct model_profile *profile, const struct model_profile *base)
{
	for (size_t r = 0; r < base->own_rules; r++) {
		struct model_rule *rule = vec_add(&profile->rules);

		if (!rule || model_copy_rule(rule, &base->rules.items[r]))
			return -ENOMEM;
	}
	return 0;
}

static void inherit_settings(struct model_profile *profile, const struct model_profile *base)
{
	if (!profile->limit.place.line && base->limit.place.line &&
	    !(base->inherited & MODEL_INHERITED_LIMIT)) {
		profile->limit = base->limit;
		profile->inherited |= MODEL_INHERITED_LIMIT;
	}
	if (!profile->fragments.line && base->fragments.line &&
	    !(base->inherited & MODEL_INHERITED_FRAGMENTS)) {
		profile->fragments = base->fragments;
		profile->tracks_fragments = base->tracks_fragments;
		profile->inherited |= MODEL_INHERITED_FRAGMENTS;
	}
	if (!profile->enforcement && base->enforcement &&
	    !(base->inherited & MODEL_INHERITED_ENFORCEMENT)) {
		profile->enforcement = base->enforcement;
		profile->inherited |= MODEL_INHERITED_ENFORCEMENT;
	}
}

static void check_rule_limits(struct checker *c, const struct model_profile *profile)
{
	const struct model_rule *first = NULL;
	unsigned count = 0;

	for (size_t r = 0; r < profile->rules.count; r++) {
		const struct model_rule *rule = &profile->rules.items[r];

		if (!rule->limit.place.line)
			continue;
		first = first ?: rule;
		if (count++ != WARD_RULE_BUCKETS)
			continue;
		diag_error(c->diags, E_TOO_MANY_LIMITS,
			   r < profile->own_rules ? rule->limit.place
						  : profile->extends.items[0].place,
			   "put the limits that are most needed here, and one on the profile",
			   "more than %d rules with a limit in the profile '%s'%s",
			   WARD_RULE_BUCKETS, profile->name.text,
			   r < profile->own_rules ? "" : " and those that it extends");
		diag_other(c->diags, first->limit.place, "the first one is here");
	}
}

static int inherit(struct checker *c, struct model_profile *profile, size_t *rules)
{
	struct bases bases = { .count = 0 };
	int err = 0;

	if (!collect(c, profile, &bases)) {
		diag_error(c->diags, E_TOO_MANY, profile->name.place, NULL,
			   "the profile '%s' extends more than %d others, one by the other",
			   profile->name.text, MODEL_MAX_EXTENDS);
		return 0;
	}
	for (size_t i = 0; !err && i < bases.count; i++) {
		const struct model_profile *base = &c->model->profiles.items[bases.profiles[i]];

		if (base->own_rules > MODEL_MAX_RULES - *rules) {
			diag_error(c->diags, E_TOO_MANY, profile->name.place, NULL,
				   "up to this one, the profiles inherit more than %d rules",
				   MODEL_MAX_RULES);
			return 0;
		}
		*rules += base->own_rules;
		err = inherit_rules(profile, base);
		inherit_settings(profile, base);
	}
	return err;
}

int check_inherit(struct checker *c)
{
	size_t rules = 0;
	int err = 0;

	/* What is not known, or goes in circles, is not inherited: it was reported. */
	for (size_t p = 0; !err && !c->diags->errors && p < c->model->profiles.count; p++)
		err = inherit(c, &c->model->profiles.items[p], &rules);
	for (size_t p = 0; !err && p < c->model->profiles.count && !diags_full(c->diags); p++)
		check_rule_limits(c, &c->model->profiles.items[p]);
	return err;
}
