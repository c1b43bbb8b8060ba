/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/zone_rule.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define DAY 86400
#define MAX_OFFSET_HOURS 24
#define MAX_TIME_HOURS 167 /* RFC 8536, 3.3.1 */

/* Each of these moves the cursor behind what it read; false: that is not there. */

static bool skip(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* CET, or <+0530>. */
static bool skip_name(const char **s)
{
	const char *from = *s;

	if (skip(s, '<')) {
		*s += strcspn(*s, ">");
		return skip(s, '>');
	}
	while (isalpha((unsigned char)**s))
		(*s)++;
	return *s - from >= 3;
}

static bool number(const char **s, int low, int high, int *out)
{
	int n = 0, digits = 0;

	for (; isdigit((unsigned char)**s) && digits < 3; (*s)++, digits++)
		n = n * 10 + (**s - '0');
	*out = n;
	return digits && n >= low && n <= high;
}

/* [+-]HH[:MM[:SS]] in seconds. */
static bool clock_time(const char **s, int max_hours, int32_t *out)
{
	int sign = **s == '-' ? -1 : 1, hours, minutes = 0, seconds = 0;

	if (**s == '-' || **s == '+')
		(*s)++;
	if (!number(s, 0, max_hours, &hours) || (skip(s, ':') && !number(s, 0, 59, &minutes)) ||
	    (skip(s, ':') && !number(s, 0, 59, &seconds)))
		return false;
	*out = sign * (hours * 3600 + minutes * 60 + seconds);
	return true;
}

/* The offsets of a rule count west of Greenwich (POSIX.1-2017, 8.3). */
static bool offset(const char **s, int32_t *out)
{
	if (!clock_time(s, MAX_OFFSET_HOURS, out))
		return false;
	*out = -*out;
	return true;
}

static bool date(const char **s, struct zone_date *out)
{
	bool read;

	*out = (struct zone_date){ .kind = ZONE_DATE_ZERO_BASED, .time = 2 * 3600 };
	if (skip(s, 'M')) {
		out->kind = ZONE_DATE_WEEKDAY;
		read = number(s, 1, 12, &out->month) && skip(s, '.') &&
		       number(s, 1, 5, &out->week) && skip(s, '.') &&
		       number(s, 0, 6, &out->weekday);
	} else if (skip(s, 'J')) {
		out->kind = ZONE_DATE_JULIAN;
		read = number(s, 1, 365, &out->day);
	} else {
		read = number(s, 0, 365, &out->day);
	}
	return read && (!skip(s, '/') || clock_time(s, MAX_TIME_HOURS, &out->time));
}

int zone_rule_parse(const char *s, struct zone_rule *out)
{
	struct zone_rule rule = { 0 };

	if (!skip_name(&s) || !offset(&s, &rule.standard))
		return -EINVAL;
	if (*s) {
		rule.has_summer = true;
		rule.summer = rule.standard + 3600;
		if (!skip_name(&s) || (*s != ',' && !offset(&s, &rule.summer)) || !skip(&s, ',') ||
		    !date(&s, &rule.start) || !skip(&s, ',') || !date(&s, &rule.end) || *s)
			return -EINVAL;
	}
	*out = rule;
	return 0;
}

/* From 0 (Sunday) to 6; 1970-01-01 was a Thursday. */
static int weekday_of(int64_t seconds)
{
	int64_t day = (seconds / DAY + 4) % 7;

	return (int)(day < 0 ? day + 7 : day);
}

/* 0:00 of the day in that year, in s since 1970. */
static int64_t day_of(const struct zone_date *date, int64_t year)
{
	int64_t first, last;

	if (date->kind == ZONE_DATE_ZERO_BASED)
		return zone_day(year, 1, 1) + (int64_t)date->day * DAY;
	if (date->kind == ZONE_DATE_JULIAN)
		return date->day < 60 ? zone_day(year, 1, 1) + (int64_t)(date->day - 1) * DAY
				      : zone_day(year, 3, 1) + (int64_t)(date->day - 60) * DAY;
	first = zone_day(year, (unsigned)date->month, 1);
	last = date->month == 12 ? zone_day(year + 1, 1, 1)
				 : zone_day(year, (unsigned)date->month + 1, 1);
	first += (int64_t)((date->weekday - weekday_of(first) + 7) % 7) * DAY;
	first += (int64_t)(date->week - 1) * 7 * DAY;
	return first < last ? first : first - 7 * DAY;
}

size_t zone_rule_year(const struct zone_rule *rule, int64_t year, struct zone_transition out[2])
{
	struct zone_transition start, end;

	if (!rule->has_summer)
		return 0;
	start.at = day_of(&rule->start, year) + rule->start.time - rule->standard;
	start.offset = rule->summer;
	end.at = day_of(&rule->end, year) + rule->end.time - rule->summer;
	end.offset = rule->standard;
	out[0] = start.at < end.at ? start : end;
	out[1] = start.at < end.at ? end : start;
	return 2;
}
