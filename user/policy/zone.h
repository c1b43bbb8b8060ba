/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time zones: when their clocks change, and what UTC is when they show something. Read from the
 * system's time zone database by this room itself (TZif, RFC 8536): the C library knows only the
 * zone of the process, in a global that other code reads.
 */
#ifndef WARDGATE_POLICY_ZONE_H
#define WARDGATE_POLICY_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZONE_FOLDER "/usr/share/zoneinfo"
#define ZONE_NAME 64 /* bytes of the longest name, with the final NUL */

/* From `at` on the zone's clocks are `offset` ahead of UTC. */
struct zone_transition {
	int64_t at; /* s since 1970-01-01 UTC */
	int32_t offset; /* s, positive east of Greenwich */
};

struct zone;

/*
 * A zone as in Europe/Berlin; NULL and "UTC" need no database. 0 with `out` set; -ENOENT for a name
 * that the database does not have; -EINVAL for a file that is no TZif or counts leap seconds;
 * -ENOMEM.
 */
int zone_read(const char *name, struct zone **out);
void zone_free(struct zone **zone);

/* s ahead of UTC at that time. */
int32_t zone_offset(const struct zone *zone, int64_t at);

/* The first change of the offset after `from`. False: there is none. */
bool zone_next(const struct zone *zone, int64_t from, struct zone_transition *out);

/*
 * The first second at which the zone's clocks show `local` (s since 1970-01-01 0:00 on those
 * clocks) or more: of an hour that comes twice the first, of an hour that is left out its end.
 */
int64_t zone_utc(const struct zone *zone, int64_t local);

/* The name that may have been meant. False: none is near, or there is no database. */
bool zone_guess(const char *name, char out[ZONE_NAME]);

/* s from 1970-01-01 to that day (proleptic Gregorian calendar), both at 0:00. */
int64_t zone_day(int64_t year, unsigned month, unsigned day);

/* The year that a time is in. */
int64_t zone_year(int64_t seconds);

#endif
