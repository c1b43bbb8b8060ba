/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules to which others before them leave nothing, or a part that is not seen at once. Exact: the
 * addresses and ports of all rules fall into classes that no rule tells apart, and a rule is the
 * pairs (cells) of a class of addresses and one of ports. Of each cell the first rule decides.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/lint.h"

/* A cell that a rule names. */
struct cell {
	uint64_t key; /* opener, class of addresses, class of ports */
	uint32_t rule;
};

/* What was found out about a rule. */
struct fate {
	uint32_t cells, taken; /* those that it names, and that earlier ones decide */
	uint32_t first; /* the earlier one of the first taken cell */
	bool several; /* others took cells, too */
	uint32_t other_way; /* 1 + the first that treats what it took otherwise; 0: none */
};

struct shadows {
	struct linter *l;
	VEC(struct lint_span) spans;
	struct classes peers, services;
	struct class_lists peer_lists, service_lists;
	uint32_t in_place; /* number of the next range that is written in a rule */
	VEC(struct cell) cells;
	struct fate *fates;
};

static void shadows_free(struct shadows *s)
{
	vec_free(&s->spans);
	vec_free(&s->cells);
	classes_free(&s->peers);
	classes_free(&s->services);
	class_lists_free(&s->peer_lists);
	class_lists_free(&s->service_lists);
	free(s->fates);
}

/* Classes. */

static int add_span(struct shadows *s, unsigned __int128 first, unsigned __int128 last,
		    uint32_t member)
{
	struct lint_span *span = vec_add(&s->spans);

	if (!span)
		return -ENOMEM;
	*span = (struct lint_span){ first, last, member };
	return 0;
}

static unsigned __int128 number_of(const __be32 address[4])
{
	unsigned __int128 n = 0;

	for (int i = 0; i < 4; i++)
		n = n << 32 | ntohl(address[i]);
	return n;
}

/* A prefix of IPv6 holds no address of IPv4, though they are numbers between its own. */
static int add_prefix(struct shadows *s, const struct model_prefix *prefix, uint32_t network)
{
	unsigned __int128 first = number_of(prefix->address), ipv4, ipv4_last;
	unsigned __int128 last = first;
	__be32 border[4];

	if (prefix->length < ADDRESS_BITS)
		last += ~(unsigned __int128)0 >> prefix->length;
	address_from_ipv4(border, 0);
	ipv4 = number_of(border);
	ipv4_last = ipv4 + UINT32_MAX;
	if (address_prefix_is_ipv4(prefix->address, prefix->length) || first > ipv4_last ||
	    last < ipv4)
		return add_span(s, first, last, network);
	return add_span(s, first, ipv4 - 1, network) ?: add_span(s, ipv4_last + 1, last, network);
}

static int classify_peers(struct shadows *s)
{
	const struct model *model = s->l->model;
	uint32_t count = (uint32_t)model->networks.count;
	_cleanup_free_ bool *used = calloc(count + 1u, sizeof(*used));

	if (!used)
		return -ENOMEM;
	for (size_t p = 0; p < model->profiles.count; p++)
		for (size_t r = 0; r < model->profiles.items[p].own_rules; r++)
			used[model->profiles.items[p].rules.items[r].network] = true;
	s->spans.count = 0;
	for (uint32_t n = 0; n < count; n++) {
		const struct model_network *network = &model->networks.items[n];

		for (size_t i = 0; used[n] && i < network->prefixes.count; i++)
			if (add_prefix(s, &network->prefixes.items[i], n))
				return -ENOMEM;
	}
	return lint_classes(s->spans.items, s->spans.count, count, &s->peers)
		       ?: classes_invert(&s->peers, count, &s->peer_lists);
}

static int add_range(struct shadows *s, const struct model_port_range *range, uint32_t member)
{
	unsigned __int128 protocol = (unsigned __int128)range->protocol << 16;

	return add_span(s, protocol + range->first, protocol + range->last, member);
}

/* The members are services, and behind them the ranges that are written in rules. */
static int classify_services(struct shadows *s)
{
	const struct model *model = s->l->model;
	uint32_t member = 0;

	s->spans.count = 0;
	for (; member < model->services.count; member++)
		for (size_t i = 0; i < model->services.items[member].ranges.count; i++)
			if (add_range(s, &model->services.items[member].ranges.items[i], member))
				return -ENOMEM;
	s->in_place = member;
	for (size_t p = 0; p < model->profiles.count; p++) {
		const struct model_profile *profile = &model->profiles.items[p];

		for (size_t r = 0; r < profile->own_rules; r++) {
			const struct model_rule *rule = &profile->rules.items[r];

			for (size_t i = 0; i < rule->services.count; i++)
				if (rule->services.items[i].in_place &&
				    add_range(s, &rule->services.items[i].range, member++))
					return -ENOMEM;
		}
	}
	return lint_classes(s->spans.items, s->spans.count, member, &s->services)
		       ?: classes_invert(&s->services, member, &s->service_lists);
}

/* Cells. */

static int add_cells(struct shadows *s, const struct model_rule *rule, uint32_t number,
		     uint32_t service)
{
	const size_t *peers = &s->peer_lists.first[rule->network];
	const size_t *services = &s->service_lists.first[service];

	for (size_t i = peers[0]; i < peers[1]; i++)
		for (size_t j = services[0]; j < services[1]; j++) {
			struct cell *cell = vec_add(&s->cells);

			if (!cell)
				return -ENOMEM;
			cell->key = (uint64_t)rule->opener << 62 |
				    (uint64_t)s->peer_lists.classes[i] << 31 |
				    s->service_lists.classes[j];
			cell->rule = number;
		}
	return 0;
}

static int by_key_and_rule(const void *left, const void *right)
{
	const struct cell *a = left, *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->rule < b->rule ? -1 : a->rule > b->rule;
}

/* Whether the earlier one is a rule whenever the later one is. */
static bool is_as_long(const struct linter *l, const struct model_rule *earlier,
		       const struct model_rule *later)
{
	size_t windows = earlier->windows.count;

	if (lint_is_expired(l, earlier))
		return false;
	if (earlier->expires_at && (!later->expires_at || later->expires_at > earlier->expires_at))
		return false;
	return !windows || (windows == later->windows.count &&
			    !memcmp(earlier->windows.items, later->windows.items,
				    windows * sizeof(*earlier->windows.items)));
}

/* Whether clear text passes, and whether it is counted. */
static bool encrypt_alike(enum model_encryption a, enum model_encryption b)
{
	return a == b || (a <= MODEL_ENCRYPTION_NO && b <= MODEL_ENCRYPTION_NO);
}

/* A limit is for each rule by itself: not even two of the same size are one. */
static bool treat_alike(const struct model_rule *a, const struct model_rule *b)
{
	return encrypt_alike(a->encryption, b->encryption) && a->log == b->log &&
	       a->replies == b->replies && !a->limit.place.line && !b->limit.place.line;
}

static void take(struct shadows *s, const struct model_profile *profile, uint32_t earlier,
		 uint32_t later)
{
	struct fate *fate = &s->fates[later];

	if (!fate->taken++)
		fate->first = earlier;
	else if (fate->first != earlier)
		fate->several = true;
	if (!fate->other_way &&
	    !treat_alike(&profile->rules.items[earlier], &profile->rules.items[later]))
		fate->other_way = earlier + 1;
}

/* The rules of one cell, in order; one that names it twice comes twice. */
static void judge_cell(struct shadows *s, const struct model_profile *profile,
		       const struct cell *cells, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct model_rule *rule = &profile->rules.items[cells[i].rule];

		if (i && cells[i].rule == cells[i - 1].rule)
			continue;
		s->fates[cells[i].rule].cells++;
		for (size_t j = 0; cells[j].rule < cells[i].rule; j++)
			if (is_as_long(s->l, &profile->rules.items[cells[j].rule], rule)) {
				take(s, profile, cells[j].rule, cells[i].rule);
				break;
			}
	}
}

/* Reports. */

static void report_whole(struct linter *l, const struct model_rule *rule,
			 const struct model_rule *first, const struct fate *fate, bool same)
{
	enum code code = same ? W_DUPLICATE : fate->several ? W_UNREACHABLE : W_SHADOWED;
	const char *what = same ? "says what an earlier rule says"
			   : fate->several
				   ? "allows nothing that earlier rules of the profile do not allow"
				   : "allows nothing that an earlier rule does not allow";

	if (lint_warn(l, code, rule->place,
		      same ? "remove one of the two"
			   : "the first rule that matches decides: remove this one, or put it in "
			     "front",
		      "the rule %s '%s' %s", lint_direction(rule), rule->peer.text, what))
		diag_other(l->diags, first->place,
			   fate->several ? "the first of them is here" : "which is here");
}

static void report_part(struct linter *l, const struct model_rule *rule,
			const struct model_rule *other)
{
	if (lint_warn(l, W_OVERLAP, rule->place,
		      "put this rule in front if it is to decide, or make one network an exception "
		      "of the other",
		      "a part of what the rule %s '%s' allows is decided by an earlier one, "
		      "otherwise",
		      lint_direction(rule), rule->peer.text))
		diag_other(l->diags, other->place, "which is here");
}

static void report(struct shadows *s, const struct model_profile *profile)
{
	for (size_t r = 0; r < profile->own_rules; r++) {
		const struct fate *fate = &s->fates[r];
		const struct model_rule *rule = &profile->rules.items[r];

		/* That it has expired is said elsewhere. */
		if (lint_is_expired(s->l, rule))
			continue;
		if (fate->cells && fate->taken == fate->cells)
			report_whole(s->l, rule, &profile->rules.items[fate->first], fate,
				     !fate->several && s->fates[fate->first].cells == fate->cells);
		else if (fate->other_way)
			report_part(s->l, rule, &profile->rules.items[fate->other_way - 1]);
	}
}

static int lint_profile(struct shadows *s, const struct model_profile *profile)
{
	free(s->fates);
	s->fates = calloc(profile->own_rules + 1, sizeof(*s->fates));
	if (!s->fates)
		return -ENOMEM;
	s->cells.count = 0;
	for (uint32_t r = 0; r < profile->own_rules; r++) {
		const struct model_rule *rule = &profile->rules.items[r];

		for (size_t i = 0; i < rule->services.count; i++) {
			const struct model_service_use *use = &rule->services.items[i];

			if (add_cells(s, rule, r, use->in_place ? s->in_place++ : use->service))
				return -ENOMEM;
		}
	}
	if (s->cells.count)
		qsort(s->cells.items, s->cells.count, sizeof(*s->cells.items), by_key_and_rule);
	for (size_t i = 0, from = 0; i < s->cells.count; from = i) {
		while (i < s->cells.count && s->cells.items[i].key == s->cells.items[from].key)
			i++;
		judge_cell(s, profile, &s->cells.items[from], i - from);
	}
	report(s, profile);
	return 0;
}

int lint_shadows(struct linter *l)
{
	_cleanup_(shadows_free) struct shadows s = { .l = l };
	int err = classify_peers(&s) ?: classify_services(&s);

	for (size_t p = 0; !err && p < l->model->profiles.count; p++)
		err = lint_profile(&s, &l->model->profiles.items[p]);
	return err;
}
