/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules: their keys, their limits, and the entries that say which of them decides. */
#include <errno.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "policy/compile.h"
#include "policy/names.h"
#include "policy/values.h"

int compile_collect_atoms(struct compiler *c)
{
	const struct model *model = c->model;

	for (size_t i = 0; i < model->services.count; i++) {
		struct service_atom *atom = vec_add(&c->atoms);

		if (!atom)
			return -ENOMEM;
		*atom = (struct service_atom){ model->services.items[i].ranges.items,
					       model->services.items[i].ranges.count };
	}
	for (size_t p = 0; p < model->profiles.count; p++) {
		for (size_t r = 0; r < model->profiles.items[p].rules.count; r++) {
			const struct model_rule *rule = &model->profiles.items[p].rules.items[r];

			c->network_used[rule->network] = true;
			for (size_t s = 0; s < rule->services.count; s++) {
				struct service_atom *atom;

				if (!rule->services.items[s].in_place)
					continue;
				atom = vec_add(&c->atoms);
				if (!atom)
					return -ENOMEM;
				*atom = (struct service_atom){ &rule->services.items[s].range, 1 };
			}
		}
	}
	return 0;
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/*
 * A rule is recognised over edits by what it means, not by where it stands: profile, direction,
 * peer and services, ports in the one way to write them. So counters and last use survive a
 * reordering, and what print() writes of the policy.
 */
static int rule_key(const struct model_profile *profile, const struct model_rule *rule,
		    unsigned ordinal, char out[WARD_NAME_SIZE])
{
	_cleanup_free_ const char **names = calloc(rule->services.count, sizeof(*names));
	_cleanup_free_ char(*ports)[VALUES_PORTS] = calloc(rule->services.count, VALUES_PORTS);
	static const char *const direction[] = { [WARD_CLINICAL] = "to", [WARD_IT] = "from" };
	uint8_t digest[SHA256_DIGEST_LENGTH];
	SHA2_CTX sha;

	if (!names || !ports)
		return -ENOMEM;
	for (size_t i = 0; i < rule->services.count; i++) {
		const struct model_service_use *use = &rule->services.items[i];

		names[i] = use->in_place ? values_ports(ports[i], &use->range) : use->word.text;
	}
	qsort(names, rule->services.count, sizeof(*names), by_text);
	SHA256Init(&sha);
	SHA256Update(&sha, (const uint8_t *)profile->name.text, strlen(profile->name.text) + 1);
	SHA256Update(&sha, (const uint8_t *)direction[rule->opener],
		     strlen(direction[rule->opener]) + 1);
	/* No network is called so. */
	if (rule->peer_is_group)
		SHA256Update(&sha, (const uint8_t *)"{group}", sizeof("{group}"));
	SHA256Update(&sha, (const uint8_t *)rule->peer.text, strlen(rule->peer.text) + 1);
	for (size_t i = 0; i < rule->services.count; i++)
		SHA256Update(&sha, (const uint8_t *)names[i], strlen(names[i]) + 1);
	SHA256Update(&sha, (const uint8_t *)&ordinal, sizeof(ordinal));
	SHA256Final(digest, &sha);
	for (int i = 0; i < 16; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return 0;
}

/*
 * What is needed to see in one look that a profile has said the same before. The names point into
 * `keys`, which does not move.
 */
struct seen_rules {
	struct names names;
	char (*keys)[WARD_NAME_SIZE]; /* by rule of the profile, as if it were the only such one */
	unsigned *repeats; /* by rule: how many later ones say the same */
};

static void seen_rules_free(struct seen_rules *seen)
{
	names_free(&seen->names);
	free(seen->keys);
	free(seen->repeats);
}

/* Two rules of a profile that say the same get keys of their own. */
static int unique_key(const struct model_profile *profile, size_t r, struct seen_rules *seen,
		      char out[WARD_NAME_SIZE])
{
	const struct model_rule *rule = &profile->rules.items[r];
	uint32_t first = 0;
	int err;

	if (rule_key(profile, rule, 0, seen->keys[r]))
		return -ENOMEM;
	err = names_add(&seen->names, seen->keys[r], (uint32_t)r, &first);
	if (err == -ENOMEM)
		return err;
	if (err)
		return rule_key(profile, rule, ++seen->repeats[first], out);
	memcpy(out, seen->keys[r], WARD_NAME_SIZE);
	return 0;
}

static int add_rule(struct compiler *c, size_t p, size_t r, struct seen_rules *seen,
		    uint32_t *buckets)
{
	const struct model_profile *profile = &c->model->profiles.items[p];
	const struct model_rule *rule = &profile->rules.items[r];
	struct image_rule *out = vec_add(&c->image->rules);

	if (!out)
		return -ENOMEM;
	out->profile = (uint32_t)p;
	out->rule = (uint32_t)r;
	if (rule->limit.place.line) {
		compile_rates(&rule->limit, out->limit.rate);
		out->limit.new_flows = compile_flow_limit(&rule->limit);
		out->limit.bucket = (*buckets)++;
	}
	return compile_time(c, rule, &out->time) ?: unique_key(profile, r, seen, out->key);
}

static uint32_t flags_of(const struct model_rule *rule)
{
	static const uint32_t encryption[] = {
		[MODEL_ENCRYPTION_UNSAID] = 0,
		[MODEL_ENCRYPTION_NO] = 0,
		[MODEL_ENCRYPTION_PREFERRED] = WARD_RULE_PREFERS_TLS,
		[MODEL_ENCRYPTION_REQUIRED] = WARD_RULE_REQUIRES_TLS,
	};

	return (rule->replies ? WARD_RULE_REPLIES : 0u) |
	       (rule->limit.place.line ? WARD_RULE_LIMITED : 0u) |
	       (rule->log ? WARD_RULE_LOGGED : 0u) | encryption[rule->encryption];
}

/* One service of a rule, for each class of its peers; the first of them marks the peers too. */
static int expand_service(struct compiler *c, struct image_entry entry, uint32_t network,
			  uint32_t atom, bool marks)
{
	const size_t *peers = &c->peer_lists.first[network];
	const size_t *classes = &c->service_lists.first[atom];
	struct image_entry *out, mark = { entry.key, UINT32_MAX, 0 };

	if (vec_reserve(&c->expanded, (peers[1] - peers[0]) * (classes[1] - classes[0] + 1)))
		return -ENOMEM;
	out = &c->expanded.items[c->expanded.count];
	for (size_t i = peers[0]; i < peers[1]; i++) {
		entry.key.peer_class = mark.key.peer_class = (uint16_t)c->peer_lists.classes[i];
		if (marks)
			*out++ = mark;
		for (size_t j = classes[0]; j < classes[1]; j++) {
			entry.key.service_class = (uint16_t)c->service_lists.classes[j];
			*out++ = entry;
		}
	}
	c->expanded.count = (size_t)(out - c->expanded.items);
	return 0;
}

static int expand_rule(struct compiler *c, size_t p, const struct model_rule *rule, uint32_t index)
{
	const struct image_entry entry = { .key = { .profile = (uint16_t)p,
						    .opener = (uint8_t)rule->opener,
						    .service_class = WARD_ANY_SERVICE },
					   .rule = index,
					   .flags = flags_of(rule) };
	int err = 0;

	for (size_t s = 0; !err && s < rule->services.count; s++) {
		const struct model_service_use *use = &rule->services.items[s];
		uint32_t atom = use->in_place ? c->next_in_place++ : use->service;

		err = expand_service(c, entry, rule->network, atom, !s);
	}
	return err;
}

static int compile_profile(struct compiler *c, size_t p)
{
	const struct model_profile *profile = &c->model->profiles.items[p];
	_cleanup_(seen_rules_free) struct seen_rules seen = {
		.keys = calloc(profile->rules.count + 1, WARD_NAME_SIZE),
		.repeats = calloc(profile->rules.count + 1, sizeof(unsigned)),
	};
	uint32_t buckets = 0;

	if (!seen.keys || !seen.repeats)
		return -ENOMEM;
	c->expanded.count = 0;
	for (size_t r = 0; r < profile->rules.count; r++) {
		uint32_t index = (uint32_t)c->image->rules.count;
		int err = add_rule(c, p, r, &seen, &buckets)
				  ?: expand_rule(c, p, &profile->rules.items[r], index);

		if (err)
			return err;
	}
	return compile_chains(c, p);
}

int compile_rules(struct compiler *c)
{
	c->next_in_place = (uint32_t)c->model->services.count;
	for (size_t p = 0; p < c->model->profiles.count; p++) {
		int err = compile_profile(c, p);

		if (err)
			return err;
	}
	return 0;
}
