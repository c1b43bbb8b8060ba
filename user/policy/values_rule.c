/* SPDX-License-Identifier: GPL-2.0-only */
/* What a rule says of itself: dates, and hours of the week. */
#include "policy/values.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/own.h"
#include "base/text.h"
#include "policy/zone.h"

#define DAY 86400
#define FIRST_YEAR 2020
#define LAST_YEAR 2199
#define MINUTES_A_DAY 1440
#define DATE_LENGTH 10
#define MOMENT_LENGTH 16

/* Digits only, as many as there are in `low`..`high` with zeros in front. */
static bool digits(const char *s, size_t length, unsigned low, unsigned high, unsigned *out)
{
	unsigned n = 0;

	for (size_t i = 0; i < length; i++) {
		if (!isdigit((unsigned char)s[i]))
			return false;
		n = n * 10 + (unsigned)(s[i] - '0');
	}
	*out = n;
	return n >= low && n <= high;
}

/* HH:MM, up to 24:00. In minutes. */
static bool clock_time(const char *s, unsigned *out)
{
	unsigned hours, minutes;

	if (!digits(s, 2, 0, 24, &hours) || s[2] != ':' || !digits(s + 3, 2, 0, 59, &minutes))
		return false;
	*out = hours * 60 + minutes;
	return *out <= MINUTES_A_DAY;
}

/* Days that their month does not have come back as others. */
static bool date(const char *s, int64_t *out)
{
	unsigned year, month, day;

	if (!digits(s, 4, FIRST_YEAR, LAST_YEAR, &year) || s[4] != '-' ||
	    !digits(s + 5, 2, 1, 12, &month) || s[7] != '-' || !digits(s + 8, 2, 1, 31, &day))
		return false;
	*out = zone_day(year, month, day);
	return *out < (month == 12 ? zone_day(year + 1, 1, 1) : zone_day(year, month + 1, 1));
}

int value_expiry(const char *s, int64_t *out, struct complaint *c)
{
	size_t length = strlen(s);
	unsigned minutes;
	int64_t day;

	if (length == DATE_LENGTH && date(s, &day)) {
		*out = day + DAY;
		return 0;
	}
	if (length == MOMENT_LENGTH && date(s, &day) && s[DATE_LENGTH] == ' ' &&
	    clock_time(s + DATE_LENGTH + 1, &minutes)) {
		*out = day + (int64_t)minutes * 60;
		return 0;
	}
	complain(c, E_BAD_DATE, s, "is not a date from %d to %d", FIRST_YEAR, LAST_YEAR);
	complain_hint(c, "write 2027-01-31, which is to the end of that day, or "
			 "\"2027-01-31 18:00\"");
	return -EINVAL;
}

/* Hours. */

static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

/* The three letters that `s` starts with. */
static bool day_of(const char *s, unsigned *out)
{
	for (unsigned i = 0; i < ARRAY_SIZE(days); i++)
		if (!strncasecmp(s, days[i], 3)) {
			*out = i;
			return true;
		}
	return false;
}

/* DAY or DAY-DAY with the space behind, or nothing for every day. Returns where it ends, or NULL.
 */
static const char *day_range(const char *s, unsigned *first, unsigned *last)
{
	*first = 0;
	*last = ARRAY_SIZE(days) - 1;
	if (isdigit((unsigned char)*s))
		return s;
	if (!day_of(s, first))
		return NULL;
	s += 3;
	*last = *first;
	if (*s == '-') {
		if (!day_of(s + 1, last))
			return NULL;
		s += 4;
	}
	return *s == ' ' ? s + strspn(s, " ") : NULL;
}

/* "Mon-Fri 07:00-19:00": its minutes are set. What ends before it starts ends on the next day. */
static bool add_hours(const char *s, bool week[MODEL_MINUTES_A_WEEK])
{
	unsigned first, last, from, to;

	s = day_range(s, &first, &last);
	if (!s || strlen(s) != 11 || s[5] != '-' || !clock_time(s, &from) ||
	    !clock_time(s + 6, &to) || from == to || from == MINUTES_A_DAY)
		return false;
	if (to < from)
		to += MINUTES_A_DAY;
	for (unsigned day = first;; day = (day + 1) % ARRAY_SIZE(days)) {
		for (unsigned m = from; m < to; m++)
			week[(day * MINUTES_A_DAY + m) % MODEL_MINUTES_A_WEEK] = true;
		if (day == last)
			return true;
	}
}

/* The next of the items between commas, without the blanks around it; cut when it is too long. */
static void next_item(const char **s, char item[COMPLAINT_WORD])
{
	const char *from = *s + strspn(*s, " ");
	size_t length = strcspn(from, ",");

	*s = from[length] ? from + length + 1 : NULL;
	while (length && from[length - 1] == ' ')
		length--;
	snprintf(item, COMPLAINT_WORD, "%.*s", (int)length, from);
}

int value_hours(const char *s, bool week[MODEL_MINUTES_A_WEEK], struct complaint *c)
{
	bool minutes[MODEL_MINUTES_A_WEEK] = { false };

	for (const char *at = s; at;) {
		char item[COMPLAINT_WORD];

		next_item(&at, item);
		if (add_hours(item, minutes))
			continue;
		complain(c, E_BAD_HOURS, item, "is not hours of the week");
		complain_hint(c, "write days and times, as in \"Mon-Fri 07:00-19:00, Sat "
				 "08:00-12:00\"; 22:00-06:00 ends on the next day");
		return -EINVAL;
	}
	memcpy(week, minutes, sizeof(minutes));
	return 0;
}

/* Keys. */

static const char *const require_words[] = { "purpose", "owner", "ticket", "expires", "encrypted" };

const struct value_choices values_require = { "a key that can be required", require_words,
					      ARRAY_SIZE(require_words) };
