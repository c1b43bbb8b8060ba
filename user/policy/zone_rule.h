/* SPDX-License-Identifier: GPL-2.0-only */
/* The rule for the years behind a zone's table: the footer of a TZif file (RFC 8536, 3.3). */
#ifndef WARDGATE_POLICY_ZONE_RULE_H
#define WARDGATE_POLICY_ZONE_RULE_H

#include <stdbool.h>

#include "policy/zone.h"

enum zone_date_kind {
	ZONE_DATE_WEEKDAY, /* M10.5.0: of October (10) the last (5) Sunday (0) */
	ZONE_DATE_JULIAN, /* J60: always March 1 */
	ZONE_DATE_ZERO_BASED, /* 59: February 29 in leap years */
};

struct zone_date {
	enum zone_date_kind kind;
	int month, week, weekday, day;
	int32_t time; /* s from 0:00, on the clocks before the change */
};

struct zone_rule {
	int32_t standard, summer; /* s ahead of UTC */
	bool has_summer;
	struct zone_date start, end; /* of summer time */
};

/* As in CET-1CEST,M3.5.0,M10.5.0/3. 0 or -EINVAL. */
int zone_rule_parse(const char *s, struct zone_rule *out);

/* The changes of one year in their order: 2, or 0 without summer time. */
size_t zone_rule_year(const struct zone_rule *rule, int64_t year, struct zone_transition out[2]);

#endif
