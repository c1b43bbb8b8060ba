/* SPDX-License-Identifier: GPL-2.0-only */
/* When rules are rules: their expiry, schedules of the week, and the clock that these go by. */
#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "policy/compile.h"
#include "policy/zone.h"

static void draw_week(const struct model_rule *rule, struct ward_schedule *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < rule->windows.count; i++)
		for (unsigned m = rule->windows.items[i].from; m < rule->windows.items[i].to; m++)
			out->minutes[m / 64] |= 1ull << (m % 64);
}

/* Rules with the same hours share a schedule. */
static int find_schedule(struct compiler *c, const struct model_rule *rule, uint32_t *out)
{
	struct ward_schedule week, *added;

	draw_week(rule, &week);
	for (size_t i = 0; i < c->image->schedules.count; i++) {
		if (memcmp(&c->image->schedules.items[i], &week, sizeof(week)) != 0)
			continue;
		*out = (uint32_t)i + 1;
		return 0;
	}
	if (c->image->schedules.count == WARD_SCHEDULES)
		return error_set(c->error, -E2BIG,
				 "%s:%u: the rules have more than %d different `hours`",
				 model_file(c->model, rule->hours.place), rule->hours.place.line,
				 WARD_SCHEDULES);
	added = vec_add(&c->image->schedules);
	if (!added)
		return -ENOMEM;
	*added = week;
	*out = (uint32_t)c->image->schedules.count;
	return 0;
}

int compile_time(struct compiler *c, const struct model_rule *rule, struct ward_rule_time *out)
{
	out->expires = rule->expires_at;
	return rule->windows.count ? find_schedule(c, rule, &out->schedule) : 0;
}

static int add_offset(struct image *image, int64_t from, int32_t seconds)
{
	struct ward_offset *offset;

	if (image->offsets.count == WARD_OFFSETS)
		return -E2BIG;
	offset = vec_add(&image->offsets);
	if (!offset)
		return -ENOMEM;
	*offset = (struct ward_offset){ .from = (uint64_t)from, .seconds = seconds };
	return 0;
}

int compile_offsets(struct compiler *c)
{
	_cleanup_(zone_free) struct zone *zone = NULL;
	struct zone_transition next = { .at = zone_day(IMAGE_FIRST_YEAR, 1, 1) };
	const char *name = c->model->time_zone.text;
	int err;

	if (!c->image->schedules.count)
		return 0;
	err = zone_read(name, &zone);
	if (err && err != -ENOMEM)
		return error_set(c->error, err, "the time zone %s can no longer be read", name);
	if (err)
		return err;
	next.offset = zone_offset(zone, next.at);
	do
		err = add_offset(c->image, next.at, next.offset);
	while (!err && zone_next(zone, next.at, &next) && zone_year(next.at) <= IMAGE_LAST_YEAR);
	if (err == -E2BIG)
		return error_set(c->error, err, "the clocks of %s change too often for `hours`",
				 name);
	return err;
}
