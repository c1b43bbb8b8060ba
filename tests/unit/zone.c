/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/zone.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <time.h>

#include "base/own.h"
#include "policy/zone_rule.h"

#define HOUR 3600
#define FROM_2026 1767225600 /* 2026-01-01 0:00 UTC */
#define TO_2036 2082758400 /* 2036-01-01 0:00 UTC */

/* What the C library says of the same zone, in a process of the test's own. */
static int32_t offset_by_libc(const char *name, int64_t at)
{
	time_t t = (time_t)at;
	struct tm local;

	setenv("TZ", name, 1);
	tzset();
	localtime_r(&t, &local);
	return (int32_t)local.tm_gmtoff;
}

static void agrees_with_libc(const char *name)
{
	_cleanup_(zone_free) struct zone *zone = NULL;
	struct zone_transition next = { .at = FROM_2026 };
	unsigned changes = 0;

	cr_assert_eq(zone_read(name, &zone), 0);
	for (int64_t at = FROM_2026 - 60 * 365 * 86400ll; at < TO_2036; at += 6 * HOUR + 7)
		cr_assert_eq(zone_offset(zone, at), offset_by_libc(name, at), "%s at %ld", name,
			     (long)at);
	while (zone_next(zone, next.at, &next) && next.at < TO_2036) {
		cr_assert_eq(next.offset, offset_by_libc(name, next.at));
		cr_assert_neq(next.offset, offset_by_libc(name, next.at - 1));
		changes++;
	}
	for (int64_t at = FROM_2026; at < TO_2036; at += HOUR)
		if (offset_by_libc(name, at) != offset_by_libc(name, at - HOUR))
			changes--;
	cr_assert_eq(changes, 0, "%s", name);
}

/* zone_next() `count` times. The number of changes in `out`, or an error of zone_read(). */
static int zone_transitions(const char *name, int64_t from, size_t count,
			    struct zone_transition *out)
{
	_cleanup_(zone_free) struct zone *zone = NULL;
	int err = zone_read(name, &zone), found = 0;

	if (err)
		return err;
	for (; (size_t)found < count && zone_next(zone, from, &out[found]); found++)
		from = out[found].at;
	return found;
}

Test(zone, agrees_with_the_c_library)
{
	static const char *const names[] = {
		"Europe/Berlin",     "America/New_York", "Asia/Kolkata",	"UTC",
		"Europe/Dublin",     "America/Nuuk",	 "Australia/Lord_Howe", "Asia/Gaza",
		"Africa/Casablanca", "Pacific/Apia",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		agrees_with_libc(names[i]);
}

Test(zone, lists_the_changes_of_berlin)
{
	struct zone_transition t[22];

	cr_assert_eq(zone_transitions("Europe/Berlin", FROM_2026, 22, t), 22);
	/* 2026-03-29 1:00 UTC, 2026-10-25 1:00 UTC, and 2036-10-26 1:00 UTC. */
	cr_assert_eq(t[0].at, 1774746000);
	cr_assert_eq(t[0].offset, 2 * HOUR);
	cr_assert_eq(t[1].at, 1792890000);
	cr_assert_eq(t[1].offset, HOUR);
	cr_assert_eq(t[21].at, 2108595600);
	cr_assert_eq(t[21].offset, HOUR);
}

Test(zone, lists_the_changes_of_new_york)
{
	struct zone_transition t[20];

	cr_assert_eq(zone_transitions("America/New_York", FROM_2026, 20, t), 20);
	/* 2026-03-08 7:00 UTC, 2026-11-01 6:00 UTC. */
	cr_assert_eq(t[0].at, 1772953200);
	cr_assert_eq(t[0].offset, -4 * HOUR);
	cr_assert_eq(t[1].at, 1793512800);
	cr_assert_eq(t[1].offset, -5 * HOUR);
}

Test(zone, knows_zones_whose_clocks_do_not_change)
{
	_cleanup_(zone_free) struct zone *kolkata = NULL, *utc = NULL;
	struct zone_transition t;

	cr_assert_eq(zone_transitions("Asia/Kolkata", FROM_2026, 1, &t), 0);
	cr_assert_eq(zone_transitions("UTC", FROM_2026, 1, &t), 0);
	cr_assert_eq(zone_transitions(NULL, FROM_2026, 1, &t), 0);
	cr_assert_eq(zone_read("Asia/Kolkata", &kolkata), 0);
	cr_assert_eq(zone_offset(kolkata, FROM_2026), 5 * HOUR + HOUR / 2);
	cr_assert_eq(zone_read(NULL, &utc), 0);
	cr_assert_eq(zone_offset(utc, FROM_2026), 0);
	cr_assert_eq(zone_utc(utc, FROM_2026), FROM_2026);
}

Test(zone, finds_utc_of_local_time)
{
	_cleanup_(zone_free) struct zone *berlin = NULL;
	int64_t spring = zone_day(2026, 3, 29), autumn = zone_day(2026, 10, 25);

	cr_assert_eq(zone_read("Europe/Berlin", &berlin), 0);
	cr_assert_eq(zone_utc(berlin, zone_day(2027, 2, 1)), zone_day(2027, 2, 1) - HOUR);
	cr_assert_eq(zone_utc(berlin, zone_day(2027, 7, 1)), zone_day(2027, 7, 1) - 2 * HOUR);
	/* 2:30 is left out: the clocks go from 2:00 to 3:00, which is 1:00 UTC. */
	cr_assert_eq(zone_utc(berlin, spring + 2 * HOUR + HOUR / 2), spring + HOUR);
	cr_assert_eq(zone_utc(berlin, spring + 3 * HOUR), spring + HOUR);
	/* 2:30 comes twice: the first is 0:30 UTC. */
	cr_assert_eq(zone_utc(berlin, autumn + 2 * HOUR + HOUR / 2), autumn + HOUR / 2);
	cr_assert_eq(zone_utc(berlin, autumn + 3 * HOUR), autumn + 2 * HOUR);
}

Test(zone, refuses_what_is_no_zone)
{
	static const char *const names[] = {
		"Europe/Berln",	  "",	    ".",       "..",	   "../../etc/passwd",
		"/etc/localtime", "Europe", "Europe/", "zone.tab", "Europe/./Berlin",
		"Europe Berlin"
	};
	struct zone *zone = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		cr_assert_eq(zone_read(names[i], &zone), -ENOENT, "'%s'", names[i]);
	cr_assert_null(zone);
}

Test(zone, guesses_the_name_that_was_meant)
{
	char guess[ZONE_NAME];

	cr_assert(zone_guess("Europe/Berln", guess));
	cr_assert_str_eq(guess, "Europe/Berlin");
	cr_assert(zone_guess("europe/berlin", guess));
	cr_assert_str_eq(guess, "Europe/Berlin");
	cr_assert(zone_guess("Berlin", guess));
	cr_assert_str_eq(guess, "Europe/Berlin");
	cr_assert(!zone_guess("Middle-Earth/Bree", guess));
}

Test(zone, knows_the_calendar)
{
	cr_assert_eq(zone_day(1970, 1, 1), 0);
	cr_assert_eq(zone_day(2000, 2, 29), 951782400);
	cr_assert_eq(zone_day(2026, 1, 1), FROM_2026);
	cr_assert_eq(zone_year(FROM_2026), 2026);
	cr_assert_eq(zone_year(FROM_2026 - 1), 2025);
	cr_assert_eq(zone_year(-1), 1969);
}

Test(zone, reads_every_kind_of_rule)
{
	struct zone_rule rule;
	struct zone_transition t[2];

	cr_assert_eq(zone_rule_parse("EST5EDT,J60/0,365/24:30:10", &rule), 0);
	cr_assert_eq(rule.standard, -5 * HOUR);
	cr_assert_eq(rule.summer, -4 * HOUR);
	cr_assert_eq(zone_rule_year(&rule, 2028, t), 2);
	cr_assert_eq(t[0].at, zone_day(2028, 3, 1) + 5 * HOUR);
	cr_assert_eq(t[1].at, zone_day(2028, 12, 31) + 28 * HOUR + 30 * 60 + 10);
	cr_assert_eq(zone_rule_parse("<+0330>-3:30", &rule), 0);
	cr_assert_eq(rule.standard, 3 * HOUR + HOUR / 2);
	cr_assert_eq(zone_rule_year(&rule, 2028, t), 0);
}

Test(zone, refuses_bad_rules)
{
	static const char *const rules[] = {
		"",
		"CET",
		"ET-1",
		"CET-25",
		"CET-1:60",
		"CET-1X",
		"CET-1CEST",
		"CET-1CEST,M3.5.0",
		"CET-1CEST,M3.5.0,M13.5.0",
		"CET-1CEST,M3.5.0,M10.5.7",
		"CET-1CEST,M3.5.0,M10.5.0/168",
		"CET-1CEST,M3.5.0,M10.5.0/3x",
		"CET-1CEST,J0,J365",
		"<+01-1",
	};
	struct zone_rule rule;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		cr_assert_eq(zone_rule_parse(rules[i], &rule), -EINVAL, "%s", rules[i]);
}
