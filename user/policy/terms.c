/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/terms.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"

void terms_merge(struct terms_change *into, struct terms_change other)
{
	into->differs |= other.differs;
	into->widened |= other.widened;
	into->narrowed |= other.narrowed;
}

static struct terms_change change(bool widened, bool narrowed)
{
	return (struct terms_change){ widened || narrowed, widened, narrowed };
}

/* Limits: figures of which 0 means none. */

#define FIGURES 10

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* With the bursts that a rate has when none is given; see bpf/README.md, 13. */
static void figures_of(const struct model_limit *limit, uint64_t out[FIGURES])
{
	for (int side = 0; side < WARD_SIDES; side++) {
		const struct model_rate *rate = &limit->rate[side];
		uint64_t *figure = out + 4 * side;

		figure[0] = rate->packets;
		figure[1] = rate->packets ? rate->burst ?: larger(rate->packets / 10, 16) : 0;
		figure[2] = rate->bits;
		figure[3] =
			rate->bits ? rate->burst_bits ?: larger(rate->bits / 20, 16 * 1024 * 8) : 0;
	}
	out[8] = limit->new_flows;
	out[9] = limit->flows;
}

static void add_figure(uint64_t figure, const char *unit, struct text *out)
{
	static const char suffix[] = "\0kMG";
	int scale = 0;

	while (figure >= 10000 && figure % 1000 == 0 && scale < 3) {
		figure /= 1000;
		scale++;
	}
	if (figure)
		text_add(out, "%" PRIu64 "%.1s%s", figure, &suffix[scale], unit);
	else
		text_add(out, "none");
}

struct terms_change terms_compare_limits(const struct model_limit *old,
					 const struct model_limit *new, const char *before,
					 struct text *out)
{
	static const struct {
		const char *name, *unit;
	} names[FIGURES] = {
		{ "packets", "/s" },
		{ "burst", "" },
		{ "bits", "/s" },
		{ "burst-bits", "" },
		{ "receive packets", "/s" },
		{ "receive burst", "" },
		{ "receive bits", "/s" },
		{ "receive burst-bits", "" },
		{ "new-flows", "/s" },
		{ "flows", "" },
	};
	uint64_t a[FIGURES], b[FIGURES];
	struct terms_change all = { 0 };

	figures_of(old, a);
	figures_of(new, b);
	for (int i = 0; i < FIGURES; i++) {
		if (a[i] == b[i])
			continue;
		/* A burst that comes or goes with its rate says nothing of its own. */
		if ((i & 1) && i < 8 && (!a[i] || !b[i]))
			continue;
		terms_merge(&all, !b[i] || (a[i] && b[i] > a[i]) ? change(true, false)
								 : change(false, true));
		if (!out)
			continue;
		text_add(out, "%s%s%s: ", out->length ? ", " : "", before, names[i].name);
		add_figure(a[i], names[i].unit, out);
		text_add(out, " -> ");
		add_figure(b[i], names[i].unit, out);
	}
	return all;
}

/* One rule against another, both in force. */

static bool is_same_windows(const struct model_rule *a, const struct model_rule *b)
{
	return a->windows.count == b->windows.count &&
	       (!a->windows.count || !memcmp(a->windows.items, b->windows.items,
					     a->windows.count * sizeof(*a->windows.items)));
}

static struct terms_change compare_in_force(const struct model_rule *old,
					    const struct model_rule *new)
{
	bool was = old->encryption == MODEL_ENCRYPTION_REQUIRED;
	bool is = new->encryption == MODEL_ENCRYPTION_REQUIRED;
	struct terms_change all = terms_compare_limits(&old->limit, &new->limit, "", NULL);

	terms_merge(&all, change(was && !is, is && !was));
	terms_merge(&all, change(new->replies && !old->replies, old->replies && !new->replies));
	/* What is only counted or reported widens nothing. */
	all.differs |=
		old->log != new->log || (old->encryption == MODEL_ENCRYPTION_PREFERRED) !=
						(new->encryption == MODEL_ENCRYPTION_PREFERRED);
	return all;
}

static bool is_same_zone(const struct terms_chain *a, const struct terms_chain *b)
{
	return !strcmp(a->zone ?: "UTC", b->zone ?: "UTC");
}

static bool has_hours(const struct terms_chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		if (chain->rules[i]->windows.count)
			return true;
	return false;
}

static bool is_same_rule(const struct model_rule *a, const struct model_rule *b)
{
	return a->expires_at == b->expires_at && is_same_windows(a, b) &&
	       !compare_in_force(a, b).differs;
}

/* Who decides in each minute of the week, before the time `until`: index + 1; 0: nobody. */
static void fill_week(const struct terms_chain *chain, uint64_t until,
		      uint16_t week[MODEL_MINUTES_A_WEEK])
{
	memset(week, 0, MODEL_MINUTES_A_WEEK * sizeof(*week));
	for (size_t i = chain->count; i-- > 0;) {
		const struct model_rule *rule = chain->rules[i];
		static const struct model_window always = { 0, MODEL_MINUTES_A_WEEK };
		size_t windows = rule->windows.count ?: 1;

		if (rule->expires_at && rule->expires_at < until)
			continue;
		for (size_t w = 0; w < windows; w++) {
			const struct model_window *window =
				rule->windows.count ? &rule->windows.items[w] : &always;

			for (unsigned m = window->from; m < window->to && m < MODEL_MINUTES_A_WEEK;
			     m++)
				week[m] = (uint16_t)(i + 1);
		}
	}
}

static struct terms_change compare_weeks(const struct terms_chain *old,
					 const struct terms_chain *new, uint64_t until)
{
	_cleanup_free_ uint16_t *weeks = calloc(2 * MODEL_MINUTES_A_WEEK, sizeof(*weeks));
	struct terms_change all = { 0 };
	uint16_t *a = weeks, *b = weeks + MODEL_MINUTES_A_WEEK;

	/* Without memory, the careful answer. */
	if (!weeks)
		return change(true, true);
	fill_week(old, until, a);
	fill_week(new, until, b);
	for (unsigned m = 0; m < MODEL_MINUTES_A_WEEK; m++) {
		if (m && a[m] == a[m - 1] && b[m] == b[m - 1])
			continue;
		if (a[m] && b[m])
			terms_merge(&all,
				    compare_in_force(old->rules[a[m] - 1], new->rules[b[m] - 1]));
		else
			terms_merge(&all, change(b[m], a[m]));
	}
	return all;
}

/* The next expiry of either after `then`, UINT64_MAX for none. */
static uint64_t next_expiry(const struct terms_chain *chain, uint64_t then, uint64_t next)
{
	for (size_t i = 0; i < chain->count; i++)
		if (chain->rules[i]->expires_at > then && chain->rules[i]->expires_at < next)
			next = chain->rules[i]->expires_at;
	return next;
}

struct terms_change terms_compare(const struct terms_chain *old, const struct terms_chain *new)
{
	struct terms_change all = { 0 };
	bool same = old->count == new->count;

	/* The weeks of two zones do not run side by side: at some time each may allow more. */
	if (!is_same_zone(old, new) && has_hours(old) && has_hours(new))
		return change(true, true);
	for (size_t i = 0; same && i < old->count; i++)
		same = is_same_rule(old->rules[i], new->rules[i]);
	for (uint64_t then = 0; !same && then != UINT64_MAX;) {
		then = next_expiry(new, then, next_expiry(old, then, UINT64_MAX));
		terms_merge(&all, compare_weeks(old, new, then));
	}
	return all;
}

static void add_words(const char *name, const char *old, const char *new, struct text *out)
{
	if (strcmp(old, new))
		text_add(out, "%s%s: %s -> %s", out->length ? ", " : "", name, old, new);
}

void terms_describe(const struct terms_chain *old, const struct terms_chain *new, struct text *out)
{
	static const char *const encrypted[] = { "no", "no", "preferred", "required" };
	const struct model_rule *a = old->rules[0], *b = new->rules[0];

	if (old->count > 1 || new->count > 1) {
		text_add(out, "which of the rules decides, and when");
		return;
	}
	if (a->windows.count && b->windows.count)
		add_words("time-zone", old->zone ?: "UTC", new->zone ?: "UTC", out);
	add_words("hours", a->hours.text ?: "always", b->hours.text ?: "always", out);
	add_words("expires", a->expires.text ?: "never", b->expires.text ?: "never", out);
	add_words("encrypted", encrypted[a->encryption], encrypted[b->encryption], out);
	add_words("replies", a->replies ? "yes" : "no", b->replies ? "yes" : "no", out);
	add_words("log", a->log ? "yes" : "no", b->log ? "yes" : "no", out);
	terms_compare_limits(&a->limit, &b->limit, "limit ", out);
	if (!out->length)
		text_add(out, "time-zone");
}
