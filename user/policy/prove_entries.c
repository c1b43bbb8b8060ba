/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whatever an entry leads to carries the flags of that rule and is in its time when that is: each
 * minute of the week, and each second from the first to the last year in which the zone is known.
 */
#include <errno.h>

#include "base/own.h"
#include "policy/evaluate.h"
#include "policy/prove.h"
#include "policy/zone.h"

/* s between the times at which the zone is asked, whatever it says of its changes. */
#define STRIDE (12 * 3600)

static const struct model_rule *model_rule_of(const struct model *model, const struct image *image,
					      uint32_t rule)
{
	return &model->profiles.items[image->rules.items[rule].profile]
			.rules.items[image->rules.items[rule].rule];
}

static uint32_t flags_of(const struct model_rule *rule)
{
	uint32_t flags = 0;

	if (rule->replies)
		flags += WARD_RULE_REPLIES;
	if (rule->limit.place.line)
		flags += WARD_RULE_LIMITED;
	if (rule->encryption == MODEL_ENCRYPTION_PREFERRED)
		flags += WARD_RULE_PREFERS_TLS;
	if (rule->encryption == MODEL_ENCRYPTION_REQUIRED)
		flags += WARD_RULE_REQUIRES_TLS;
	if (rule->log)
		flags += WARD_RULE_LOGGED;
	return flags;
}

/* What a rule says is left out of the program when the image says that no rule does. */
static int prove_features(const struct model *model, const struct image *image,
			  struct error *error)
{
	for (size_t i = 0; i < image->rules.count; i++) {
		const struct model_rule *rule = model_rule_of(model, image, (uint32_t)i);

		if (flags_of(rule) & WARD_RULE_ENCRYPTION && !image->features.encryption)
			return prove_failed(error, "a rule asks for encryption in vain");
		if ((evaluate_is_timed(rule) && !image->features.times) ||
		    (rule->log && !image->features.logs))
			return prove_failed(error, "a rule has a time, or a log, in vain");
	}
	return 0;
}

/* A rule that always is one ends its chain, and so does the last of those that are not. */
static int prove_step(const struct model *model, const struct image *image,
		      const struct image_step *step, bool last, struct error *error)
{
	const struct model_rule *rule;

	if (step->rule >= image->rules.count)
		return prove_failed(error, "a step leads to no rule");
	rule = model_rule_of(model, image, step->rule);
	if (step->flags != (flags_of(rule) | WARD_RULE_TIMED | (last ? WARD_RULE_LAST : 0u)))
		return prove_failed(error, "a step has other flags than its rule");
	return 0;
}

static int prove_chain(const struct model *model, const struct image *image, size_t first,
		       struct error *error)
{
	int err = 0;

	for (size_t i = 0; !err && i < WARD_CHAIN_STEPS && first + i < image->steps.count; i++) {
		const struct image_step *step = &image->steps.items[first + i];
		bool last = step->flags & WARD_RULE_LAST;

		err = prove_step(model, image, step, last, error);
		if (last)
			return err;
	}
	return err ?: prove_failed(error, "a chain of rules has no end");
}

static int prove_entry(const struct model *model, const struct image *image,
		       const struct image_entry *entry, struct error *error)
{
	if (entry->rule == UINT32_MAX)
		return entry->flags ? prove_failed(error, "a mark has flags") : 0;
	if (entry->flags == WARD_RULE_CHAIN)
		return prove_chain(model, image, entry->rule, error);
	if (entry->rule >= image->rules.count)
		return prove_failed(error, "an entry leads to no rule");
	if (entry->flags != flags_of(model_rule_of(model, image, entry->rule)))
		return prove_failed(error, "an entry has other flags than its rule");
	return evaluate_is_timed(model_rule_of(model, image, entry->rule))
		       ? prove_failed(error, "an entry leads past the time of its rule")
		       : 0;
}

static bool has_minute(const struct ward_schedule *schedule, unsigned minute)
{
	return schedule->minutes[minute / 64] >> (minute % 64) & 1;
}

static int prove_time(const struct image *image, const struct ward_rule_time *time,
		      const struct model_rule *rule, struct error *error)
{
	const struct ward_schedule *schedule;

	if (time->expires != rule->expires_at)
		return prove_failed(error, "a rule expires at another time");
	if (time->schedule > image->schedules.count || !time->schedule != !rule->windows.count)
		return prove_failed(error, "a rule has no hours, or others");
	if (!time->schedule)
		return 0;
	schedule = &image->schedules.items[time->schedule - 1];
	for (unsigned minute = 0; minute < MODEL_MINUTES_A_WEEK; minute++)
		if (has_minute(schedule, minute) != evaluate_minute(rule, minute))
			return prove_failed(error, "the hours of a rule are others in the image");
	return 0;
}

/* As the program finds it: the last that has begun. */
static int32_t compiled_offset(const struct image *image, int64_t at)
{
	size_t i = image->offsets.count - 1;

	while (i && image->offsets.items[i].from > (uint64_t)at)
		i--;
	return image->offsets.items[i].seconds;
}

static bool agrees(const struct image *image, const struct zone *zone, int64_t at)
{
	return compiled_offset(image, at) == zone_offset(zone, at);
}

static bool is_ascending(const struct image *image)
{
	for (size_t i = 1; i < image->offsets.count; i++)
		if (image->offsets.items[i - 1].from >= image->offsets.items[i].from)
			return false;
	return true;
}

/* At each change of either, and at many times between. */
static bool follows_zone(const struct image *image, const struct zone *zone)
{
	int64_t from = zone_day(IMAGE_FIRST_YEAR, 1, 1), to = zone_day(IMAGE_LAST_YEAR + 1, 1, 1);
	struct zone_transition next = { .at = from };

	for (int64_t at = from; at < to; at += STRIDE)
		if (!agrees(image, zone, at))
			return false;
	while (zone_next(zone, next.at, &next) && next.at < to)
		if (!agrees(image, zone, next.at - 1) || !agrees(image, zone, next.at))
			return false;
	for (size_t i = 1; i < image->offsets.count; i++) {
		int64_t at = (int64_t)image->offsets.items[i].from;

		if (!agrees(image, zone, at - 1) || !agrees(image, zone, at))
			return false;
	}
	return true;
}

static int prove_offsets(const struct model *model, const struct image *image, struct error *error)
{
	_cleanup_(zone_free) struct zone *zone = NULL;

	if (!image->schedules.count)
		return 0;
	if (zone_read(model->time_zone.text, &zone))
		return error_set(error, -ENOMEM, "the time zone cannot be read again");
	if (!image->offsets.count || image->offsets.count > WARD_OFFSETS ||
	    !is_ascending(image) || !follows_zone(image, zone))
		return prove_failed(error, "the clock of the time zone is another in the image");
	return 0;
}

int prove_entries(const struct model *model, const struct image *image, struct error *error)
{
	int err = 0;

	for (size_t i = 0; !err && i < image->rules.count; i++)
		err = prove_time(image, &image->rules.items[i].time,
				 model_rule_of(model, image, (uint32_t)i), error);
	for (size_t i = 0; !err && i < image->entries.count; i++)
		err = prove_entry(model, image, &image->entries.items[i], error);
	return err ?: prove_features(model, image, error) ?: prove_offsets(model, image, error);
}
