/* SPDX-License-Identifier: GPL-2.0-only */
#include "daemon/expiry.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"

/* Of each kind, in a status or in one turn of the log: a policy may have thousands. */
#define NAMED 20
#define DAY 86400

enum { IS_VALID, IS_EXPIRING, HAS_EXPIRED };

static const struct model_rule *rule_of(const struct running *running, size_t i)
{
	const struct image_rule *rule = &running->policy->image->rules.items[i];

	return &running->policy->model->profiles.items[rule->profile].rules.items[rule->rule];
}

static const char *profile_of(const struct running *running, size_t i)
{
	const struct image_rule *rule = &running->policy->image->rules.items[i];

	return running->policy->model->profiles.items[rule->profile].name.text;
}

static const char *file_of(const struct running *running, const struct model_rule *rule)
{
	return sources_file(running->policy->sources, rule->place.file)->name;
}

static size_t rule_count(const struct running *running)
{
	return running->policy ? running->policy->image->rules.count : 0;
}

static uint8_t state_of(const struct model_rule *rule, uint64_t now)
{
	if (!rule->expires_at || rule->expires_at > now + EXPIRY_DAYS * DAY)
		return IS_VALID;
	return rule->expires_at <= now ? HAS_EXPIRED : IS_EXPIRING;
}

static uint64_t now_seconds(void)
{
	return clock_realtime().ns / 1000000000;
}

struct expiry_count expiry_count(const struct running *running)
{
	struct expiry_count count = { 0 };
	uint64_t now = now_seconds();

	for (size_t i = 0; i < rule_count(running); i++) {
		uint8_t state = state_of(rule_of(running, i), now);

		count.expired += state == HAS_EXPIRED;
		count.expiring += state == IS_EXPIRING;
	}
	return count;
}

static json_t *rule_json(const struct running *running, size_t i, uint8_t state)
{
	const struct model_rule *rule = rule_of(running, i);
	char when[TEXT_TIME];

	return json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:I}", "profile", profile_of(running, i),
			 "direction", rule->opener == WARD_CLINICAL ? "to" : "from", "peer",
			 rule->peer.text, "expires", text_time(when, rule->expires_at * 1000000000),
			 "expired", state == HAS_EXPIRED, "file", file_of(running, rule), "line",
			 (json_int_t)rule->place.line);
}

json_t *expiry_json(const struct running *running)
{
	struct expiry_count count = expiry_count(running);
	uint64_t now = now_seconds();
	json_t *rules = json_array();

	for (size_t i = 0; i < rule_count(running) && json_array_size(rules) < NAMED; i++) {
		uint8_t state = state_of(rule_of(running, i), now);

		if (state != IS_VALID)
			json_array_append_new(rules, rule_json(running, i, state));
	}
	return json_pack("{s:I, s:I, s:o}", "expired", (json_int_t)count.expired, "expiring",
			 (json_int_t)count.expiring, "rules", rules);
}

static void log_rule(const struct running *running, size_t i, uint8_t state)
{
	const struct model_rule *rule = rule_of(running, i);
	char when[TEXT_TIME];

	log_warning("%s:%u: the rule %s %s of the profile %s %s %s", file_of(running, rule),
		    rule->place.line, rule->opener == WARD_CLINICAL ? "to" : "from",
		    rule->peer.text, profile_of(running, i),
		    state == HAS_EXPIRED ? "has expired: nothing passes by it since" : "expires",
		    text_time(when, rule->expires_at * 1000000000));
}

void expiry_log(struct running *running)
{
	uint64_t now = now_seconds();
	char more[TEXT_THINGS];
	size_t logged = 0;

	for (size_t i = 0; running->expiry_told && i < rule_count(running); i++) {
		uint8_t state = state_of(rule_of(running, i), now);

		if (state <= running->expiry_told[i])
			continue;
		running->expiry_told[i] = state;
		if (logged++ < NAMED)
			log_rule(running, i, state);
	}
	if (logged > NAMED)
		log_warning("and %s with `expires`; see wardgate status",
			    text_things(more, logged - NAMED, "more rule"));
}
