/* SPDX-License-Identifier: GPL-2.0-only */
/* Section 12: what the clocks show, and which rules are rules then. */
#include <string.h>
#include <time.h>

#include "policy.h"
#include "wardgate/reasons.h"

#define MINUTE 60
#define HOUR 3600
#define DAY 86400

/* When summer time is: from the n-th (5: last) Sunday of a month to that of another. */
static const struct {
	const char *name;
	int standard;		/* s ahead of UTC */
	bool has_summer;
	bool from_utc;		/* they change at 1:00 UTC; else at 2:00 of their own */
	int first_month, first_sunday, last_month, last_sunday;
	int ends;		/* hour of the standard time at which it ends */
} zones[REF_ZONES] = {
	[REF_UTC] = { .name = "UTC" },
	[REF_BERLIN] = { "Europe/Berlin", HOUR, true, true, 3, 5, 10, 5, 0 },
	[REF_NEW_YORK] = { "America/New_York", -5 * HOUR, true, false, 3, 2, 11, 1, 1 },
	[REF_ST_JOHNS] = { "America/St_Johns", -3 * HOUR - HOUR / 2, true, false, 3, 2, 11, 1, 1 },
	[REF_KOLKATA] = { .name = "Asia/Kolkata", .standard = 5 * HOUR + HOUR / 2 },
	[REF_SYDNEY] = { "Australia/Sydney", 10 * HOUR, true, false, 10, 1, 4, 1, 2 },
};

/* Midnight of that Sunday, as if it were UTC. */
static int64_t sunday(int year, int month, int number)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = 1 };
	int64_t first = timegm(&tm);
	int64_t day = first + (7 - tm.tm_wday) % 7 * DAY;

	tm = (struct tm){ .tm_year = year - 1900, .tm_mon = month, .tm_mday = 1 };
	day += (number - 1) * 7 * (int64_t)DAY;
	return day < timegm(&tm) ? day : day - 7 * (int64_t)DAY;
}

static bool is_summer(enum ref_zone zone, int64_t utc)
{
	time_t standard = utc + zones[zone].standard;
	struct tm tm;
	int64_t first, last;

	if (!zones[zone].has_summer)
		return false;
	gmtime_r(&standard, &tm);
	first = sunday(tm.tm_year + 1900, zones[zone].first_month, zones[zone].first_sunday);
	last = sunday(tm.tm_year + 1900, zones[zone].last_month, zones[zone].last_sunday);
	if (zones[zone].from_utc)
		return utc >= first + HOUR && utc < last + HOUR;
	first += 2 * HOUR;
	last += zones[zone].ends * HOUR;
	if (first < last)
		return standard >= first && standard < last;
	return standard >= first || standard < last;
}

uint64_t ref_local(enum ref_zone zone, uint64_t utc)
{
	int64_t at = (int64_t)utc;

	return (uint64_t)(at + zones[zone].standard + (is_summer(zone, at) ? HOUR : 0));
}

/* Clocks change at whole minutes. */
uint64_t ref_utc(enum ref_zone zone, uint64_t local)
{
	uint64_t utc = (uint64_t)((int64_t)local - zones[zone].standard - HOUR);

	while (ref_local(zone, utc) < local)
		utc += MINUTE;
	return utc;
}

const char *ref_zone_name(enum ref_zone zone)
{
	return zones[zone].name;
}

bool ref_find_zone(const char *name, enum ref_zone *out)
{
	for (int i = 0; i < REF_ZONES; i++)
		if (!strcmp(zones[i].name, name)) {
			*out = (enum ref_zone)i;
			return true;
		}
	return false;
}

static bool has_day(const struct ref_hours *hours, unsigned day)
{
	if (hours->first_day <= hours->last_day)
		return day >= hours->first_day && day <= hours->last_day;
	return day >= hours->first_day || day <= hours->last_day;
}

/* What ends at or before it begins ends on the next day. */
static bool is_within(const struct ref_hours *hours, unsigned day, unsigned minute)
{
	if (hours->from < hours->to)
		return has_day(hours, day) && minute >= hours->from && minute < hours->to;
	return (has_day(hours, day) && minute >= hours->from) ||
	       (has_day(hours, (day + 6) % 7) && minute < hours->to);
}

int ref_lateness(const struct ref_policy *policy, const struct ref_rule *rule, uint64_t utc)
{
	time_t local;
	struct tm tm;

	if (rule->expires && utc >= ref_utc(policy->zone, rule->expires))
		return WARD_RULE_EXPIRED;
	if (!rule->hour_count)
		return WARD_CONTINUE;
	local = (time_t)ref_local(policy->zone, utc);
	gmtime_r(&local, &tm);
	for (unsigned i = 0; i < rule->hour_count; i++)
		if (is_within(&rule->hours[i], ((unsigned)tm.tm_wday + 6) % 7,
			      (unsigned)(tm.tm_hour * 60 + tm.tm_min)))
			return WARD_CONTINUE;
	return WARD_OUT_OF_HOURS;
}
