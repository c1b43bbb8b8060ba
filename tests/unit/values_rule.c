/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "policy/values.h"
#include "policy/zone.h"
#include "policy_helper.h"

static int64_t expiry(const char *s)
{
	struct complaint complaint;
	int64_t out = -1;

	value_expiry(s, &out, &complaint);
	return out;
}

Test(values_rule, a_date_is_valid_to_its_end)
{
	cr_assert_eq(expiry("2027-01-31"), zone_day(2027, 2, 1));
	cr_assert_eq(expiry("2028-02-29"), zone_day(2028, 3, 1));
	cr_assert_eq(expiry("2027-12-31"), zone_day(2028, 1, 1));
	cr_assert_eq(expiry("2027-01-31 18:05"), zone_day(2027, 1, 31) + 18 * 3600 + 300);
	cr_assert_eq(expiry("2027-01-31 24:00"), zone_day(2027, 2, 1));
}

Test(values_rule, refuses_days_that_are_none)
{
	static const char *const words[] = {
		"",
		"2027-02-29",
		"2027-1-31",
		"2027-13-01",
		"2027-00-01",
		"2027-01-00",
		"2019-01-01",
		"2200-01-01",
		"2027-01-31 24:01",
		"20270131",
		"2027-01-31 ",
		"2027-01-31 1:00",
		"2027-01-31 01:60",
		"2027-01-31T01:00",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		cr_assert_eq(expiry(words[i]), -1, "%s", words[i]);
}

/* The windows of a rule with these hours, as "FROM-TO FROM-TO " in minutes. */
static const char *windows(const char *hours)
{
	_cleanup_(text_free) struct text text = { 0 };
	static char out[512];
	struct model_rule *rule;
	struct reading r;
	size_t at = 0;

	text_add(&text,
		 POLICY_HEAD
		 "profiles:\n  ct:\n    allow:\n"
		 "      - { to: pacs, services: [dicom], hours: \"%s\" }\n" POLICY_DEVICES,
		 hours);
	r = read_policy(text.bytes);
	cr_assert(r.model, "%s", r.findings.bytes);
	rule = &r.model->profiles.items[0].rules.items[0];
	for (size_t i = 0; i < rule->windows.count; i++)
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%u-%u ",
				       rule->windows.items[i].from, rule->windows.items[i].to);
	reading_free(&r);
	return out;
}

Test(values_rule, hours_become_minutes_of_the_week)
{
	cr_assert_str_eq(windows("Mon 07:00-19:00"), "420-1140 ");
	cr_assert_str_eq(windows("Sat-Sun 00:00-24:00"), "7200-10080 ");
	cr_assert_str_eq(windows("wed 07:00-07:01,TUE 07:00-07:01"), "1860-1861 3300-3301 ");
	cr_assert_str_eq(windows("23:00-24:00"), "1380-1440 2820-2880 4260-4320 5700-5760 "
						 "7140-7200 8580-8640 10020-10080 ");
}

Test(values_rule, hours_pass_midnight_and_the_end_of_the_week)
{
	cr_assert_str_eq(windows("Fri 22:00-06:00"), "7080-7560 ");
	cr_assert_str_eq(windows("Sun 22:00-06:00"), "0-360 9960-10080 ");
	cr_assert_str_eq(windows("Sun-Mon 23:00-01:00"), "0-60 1380-1500 10020-10080 ");
}

Test(values_rule, hours_are_merged)
{
	cr_assert_str_eq(windows("Mon 07:00-12:00, Mon 12:00-13:00, Mon 08:00-09:00"), "420-780 ");
}

Test(values_rule, refuses_hours_that_are_none)
{
	static const char *const words[] = {
		"",
		"Mon",
		"Mon-Fri",
		"Mon 07:00",
		"Mon 07:00-07:00",
		"Mon 24:00-01:00",
		"Mon 07:00-24:01",
		"Mon07:00-08:00",
		"Mon- 07:00-08:00",
		"Mon 07:00-08:00,",
		",Mon 07:00-08:00",
		"Mon 7:00-8:00",
		"Mon 07:00-08:00 Tue 07:00-08:00",
		"Mo 07:00-08:00",
		"Mon-Fri-Sat 07:00-08:00",
	};
	bool week[MODEL_MINUTES_A_WEEK];
	struct complaint complaint;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		cr_assert_eq(value_hours(words[i], week, &complaint), -EINVAL, "%s", words[i]);
}

static uint64_t expires_at(const char *zone, const char *date)
{
	_cleanup_(text_free) struct text text = { 0 };
	struct reading r;
	uint64_t at;

	text_add(&text,
		 "time-zone: %s\n" POLICY_HEAD "profiles:\n  ct:\n    allow:\n"
		 "      - { to: pacs, services: [dicom], expires: \"%s\" }\n" POLICY_DEVICES,
		 zone, date);
	r = read_policy(text.bytes);
	cr_assert(r.model, "%s", r.findings.bytes);
	at = r.model->profiles.items[0].rules.items[0].expires_at;
	reading_free(&r);
	return at;
}

Test(values_rule, a_rule_expires_by_the_clocks_of_the_time_zone)
{
	cr_assert_eq(expires_at("UTC", "2099-01-31"), zone_day(2099, 2, 1));
	cr_assert_eq(expires_at("Asia/Kolkata", "2099-01-31"), zone_day(2099, 2, 1) - 19800);
	cr_assert_eq(expires_at("Europe/Berlin", "2099-07-01 18:00"),
		     zone_day(2099, 7, 1) + 16 * 3600);
	cr_assert_eq(expires_at("America/New_York", "2099-01-31"), zone_day(2099, 2, 1) + 5 * 3600);
}
