/* SPDX-License-Identifier: GPL-2.0-only */
/* Metrics of rules. */
#include <inttypes.h>

#include "base/own.h"
#include "daemon/metrics_parts.h"

/* In place of the index of a rule: all that have no series of their own. */
#define OTHER_RULES SIZE_MAX

static void rule_series(struct export *e, const char *name, size_t i)
{
	const struct policy *policy = e->daemon->running.policy;
	const struct image_rule *where;
	const struct model_profile *profile;
	const struct model_rule *rule;
	char peer[2 * WARD_NAME_SIZE + 1];

	if (i == OTHER_RULES) {
		metrics_label(e, name, "profile", METRICS_OTHERS);
		text_add(e->out, ",direction=\"" METRICS_OTHERS "\",peer=\"" METRICS_OTHERS
				 "\",rule=\"" METRICS_OTHERS "\"}");
		return;
	}
	where = &policy->image->rules.items[i];
	profile = &policy->model->profiles.items[where->profile];
	rule = &profile->rules.items[where->rule];
	metrics_label(e, name, "profile", profile->name.text);
	/* `rule` keeps two rules apart that say the same, and is stable over edits. */
	text_add(e->out, ",direction=\"%s\",peer=\"%s\",rule=\"%.12s\"}",
		 rule->opener == WARD_CLINICAL ? "to" : "from",
		 metrics_escaped(peer, rule->peer.text), where->key);
}

static bool prefers_tls(const struct export *e, size_t i)
{
	const struct policy *policy = e->daemon->running.policy;
	const struct image_rule *where = &policy->image->rules.items[i];

	return policy->model->profiles.items[where->profile].rules.items[where->rule].encryption ==
	       MODEL_ENCRYPTION_PREFERRED;
}

/* Of each rule that has series of its own (`wanted`: and is wanted), then of the others. */
static void by_rule(struct export *e, const char *name,
		    bool (*wanted)(const struct export *, size_t),
		    void (*number)(struct export *, const struct ward_rule_counters *))
{
	const struct generation_slots *slots = &e->daemon->running.slots;

	for (size_t i = 0; i < metrics_rule_count(e); i++) {
		if (slots->rule_slot[i] >= metrics_first_summed_rule(e) ||
		    (wanted && !wanted(e, i)))
			continue;
		rule_series(e, name, i);
		number(e, &e->counters->rules[slots->rule_slot[i]]);
	}
	if (!metrics_rule_count(e) || e->counters->rule_count <= metrics_first_summed_rule(e))
		return;
	rule_series(e, name, OTHER_RULES);
	number(e, &e->other_rules);
}

static void packets_of(struct export *e, const struct ward_rule_counters *rule)
{
	text_add(e->out, " %" PRIu64 "\n", (uint64_t)rule->packets);
}

void metrics_rule_packets_total(struct export *e, const char *name)
{
	by_rule(e, name, NULL, packets_of);
}

static void bytes_of(struct export *e, const struct ward_rule_counters *rule)
{
	text_add(e->out, " %" PRIu64 "\n", (uint64_t)rule->bytes);
}

void metrics_rule_bytes_total(struct export *e, const char *name)
{
	by_rule(e, name, NULL, bytes_of);
}

static void last_use_of(struct export *e, const struct ward_rule_counters *rule)
{
	struct monotonic used = { rule->last_used };

	text_add(e->out, " %.3f\n", metrics_seconds(clock_to_realtime(used)));
}

void metrics_rule_last_used_timestamp_seconds(struct export *e, const char *name)
{
	by_rule(e, name, NULL, last_use_of);
}

static void clear_flows_of(struct export *e, const struct ward_rule_counters *rule)
{
	text_add(e->out, " %" PRIu64 "\n", (uint64_t)rule->clear_flows);
}

void metrics_rule_clear_flows_total(struct export *e, const char *name)
{
	by_rule(e, name, prefers_tls, clear_flows_of);
}
