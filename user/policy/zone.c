/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/zone.h"

#include <endian.h>
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "base/vec.h"
#include "policy/names.h"
#include "policy/zone_rule.h"

#define FILE_LIMIT ((size_t)1 << 20)
#define DAY 86400
#define MAX_OFFSET (26 * 3600) /* RFC 8536, 3.2 allows -25 to 26 hours */

struct zone {
	int32_t first; /* offset before the table */
	VEC(struct zone_transition) table; /* ascending; each is a change */
	bool has_rule;
	struct zone_rule rule;
	int64_t rule_from; /* the table's end, which need not be a change */
};

void zone_free(struct zone **zone)
{
	if (!*zone)
		return;
	vec_free(&(*zone)->table);
	free(*zone);
	*zone = NULL;
}

/* The calendar: counted from March 1, so that the day that may be missing is a year's last. */

int64_t zone_day(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return (era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468) * DAY;
}

int64_t zone_year(int64_t seconds)
{
	/* The mean year is 31556952 s long: one off at most. */
	int64_t year = 1970 + seconds / 31556952;

	while (zone_day(year, 1, 1) > seconds)
		year--;
	while (zone_day(year + 1, 1, 1) <= seconds)
		year++;
	return year;
}

/* TZif files (RFC 8536, 3). */

struct header {
	char magic[4];
	char version;
	char reserved[15];
	uint32_t utc_count, standard_count, leap_count, time_count, type_count, char_count;
};

_Static_assert(sizeof(struct header) == 44, "as it is in the file");

struct reader {
	const char *at;
	size_t left;
};

/* NULL when less is left. */
static const char *take(struct reader *r, size_t length)
{
	const char *at = r->at;

	if (length > r->left)
		return NULL;
	r->at += length;
	r->left -= length;
	return at;
}

static int take_header(struct reader *r, struct header *out)
{
	const char *bytes = take(r, sizeof(*out));

	if (!bytes || memcmp(bytes, "TZif", 4))
		return -EINVAL;
	memcpy(out, bytes, sizeof(*out));
	out->utc_count = be32toh(out->utc_count);
	out->standard_count = be32toh(out->standard_count);
	out->leap_count = be32toh(out->leap_count);
	out->time_count = be32toh(out->time_count);
	out->type_count = be32toh(out->type_count);
	out->char_count = be32toh(out->char_count);
	return 0;
}

/* The size of what follows, when a time has that many bytes. */
static size_t data_size(const struct header *h, size_t time)
{
	return h->time_count * (time + 1) + h->type_count * (size_t)6 + h->char_count +
	       h->leap_count * (time + 4) + h->standard_count + h->utc_count;
}

static int64_t read_time(const char *bytes)
{
	uint64_t n;

	memcpy(&n, bytes, sizeof(n));
	return (int64_t)be64toh(n);
}

static int32_t read_offset(const char *types, unsigned type)
{
	uint32_t n;

	memcpy(&n, types + (size_t)type * 6, sizeof(n));
	return (int32_t)be32toh(n);
}

static int add_transition(struct zone *zone, int64_t at, int32_t offset)
{
	size_t count = zone->table.count;
	const struct zone_transition *last = count ? &zone->table.items[count - 1] : NULL;
	struct zone_transition *item;

	if (offset < -MAX_OFFSET || offset > MAX_OFFSET || (last && at <= last->at))
		return -EINVAL;
	if (offset == (last ? last->offset : zone->first))
		return 0;
	item = vec_add(&zone->table);
	if (!item)
		return -ENOMEM;
	*item = (struct zone_transition){ at, offset };
	return 0;
}

static int read_table(struct zone *zone, const struct header *h, const char *data)
{
	const char *types_of = data + h->time_count * (size_t)8;
	const char *types = types_of + h->time_count;

	zone->first = read_offset(types, 0);
	zone->rule_from =
		h->time_count ? read_time(data + (h->time_count - 1) * (size_t)8) : INT64_MIN;
	for (size_t i = 0; i < h->time_count; i++) {
		unsigned type = (unsigned char)types_of[i];
		int err;

		if (type >= h->type_count)
			return -EINVAL;
		err = add_transition(zone, read_time(data + i * 8), read_offset(types, type));
		if (err)
			return err;
	}
	return 0;
}

static int read_footer(struct zone *zone, struct reader *r)
{
	const char *end = r->left ? memchr(r->at + 1, '\n', r->left - 1) : NULL;
	char text[64];

	if (!end || *r->at != '\n' || end - r->at > (ptrdiff_t)sizeof(text))
		return -EINVAL;
	snprintf(text, sizeof(text), "%.*s", (int)(end - r->at - 1), r->at + 1);
	zone->has_rule = *text;
	return *text ? zone_rule_parse(text, &zone->rule) : 0;
}

static int read_file(struct zone *zone, const struct text *file)
{
	struct reader r = { file->bytes, file->length };
	struct header header;
	const char *data;
	int err = take_header(&r, &header);

	/* Version 1 has times of 32 bits and no footer; nobody writes it any more. */
	if (err || header.version < '2' || !take(&r, data_size(&header, 4)))
		return -EINVAL;
	if (take_header(&r, &header) || !header.type_count || header.leap_count)
		return -EINVAL;
	data = take(&r, data_size(&header, 8));
	if (!data)
		return -EINVAL;
	return read_table(zone, &header, data) ?: read_footer(zone, &r);
}

/* Words of a name do not start with a dot, so that it leads nowhere else. */
static bool is_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_+-/";
	size_t length = strlen(name);

	return length && length < ZONE_NAME && strspn(name, allowed) == length && name[0] != '/' &&
	       name[length - 1] != '/';
}

int zone_read(const char *name, struct zone **out)
{
	_cleanup_(zone_free) struct zone *zone = calloc(1, sizeof(*zone));
	_cleanup_(text_free) struct text file = { 0 };
	char path[sizeof(ZONE_FOLDER) + ZONE_NAME];
	struct error error;
	int err;

	if (!zone)
		return -ENOMEM;
	if (name && strcmp(name, "UTC")) {
		if (!is_name(name))
			return -ENOENT;
		snprintf(path, sizeof(path), ZONE_FOLDER "/%s", name);
		err = file_read(path, FILE_LIMIT, &file, &error);
		if (err)
			return err == -ENOMEM ? err : -ENOENT;
		err = read_file(zone, &file);
		if (err)
			return err;
	}
	*out = TAKE_PTR(zone);
	return 0;
}

/* What the clocks do. */

/* The first of the table that is later than `at`; its count when none is. */
static size_t first_after(const struct zone *zone, int64_t at)
{
	size_t low = 0, high = zone->table.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (zone->table.items[middle].at > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Around the year of `at` by the rule, in order. Two changes at one time are the latter. */
static size_t by_rule(const struct zone *zone, int64_t at, struct zone_transition out[8])
{
	int64_t year = zone_year(at);
	size_t count = 0;

	for (int64_t y = year - 1; y <= year + 2; y++) {
		struct zone_transition of_year[2];
		size_t n = zone_rule_year(&zone->rule, y, of_year);

		for (size_t i = 0; i < n; i++) {
			if (count && out[count - 1].at >= of_year[i].at)
				count--;
			out[count++] = of_year[i];
		}
	}
	return count;
}

/* At a time behind the table. */
static int32_t offset_by_rule(const struct zone *zone, int64_t at)
{
	struct zone_transition near[8];
	size_t count = by_rule(zone, at, near);
	int32_t offset = zone->rule.standard;

	for (size_t i = 0; i < count && near[i].at <= at; i++)
		offset = near[i].offset;
	return offset;
}

int32_t zone_offset(const struct zone *zone, int64_t at)
{
	size_t after = first_after(zone, at);

	if (zone->has_rule && at >= zone->rule_from)
		return offset_by_rule(zone, at);
	return after ? zone->table.items[after - 1].offset : zone->first;
}

bool zone_next(const struct zone *zone, int64_t from, struct zone_transition *out)
{
	size_t after = first_after(zone, from), count;
	struct zone_transition near[8];
	int32_t offset;

	if (after < zone->table.count) {
		*out = zone->table.items[after];
		return true;
	}
	if (!zone->has_rule)
		return false;
	from = from < zone->rule_from ? zone->rule_from : from;
	offset = offset_by_rule(zone, from);
	count = by_rule(zone, from, near);
	for (size_t i = 0; i < count; i++) {
		if (near[i].at <= from || near[i].offset == offset)
			continue;
		*out = near[i];
		return true;
	}
	return false;
}

int64_t zone_utc(const struct zone *zone, int64_t local)
{
	int64_t from = local - 2 * MAX_OFFSET;
	struct zone_transition next;

	for (;;) {
		int64_t at = local - zone_offset(zone, from);

		if (!zone_next(zone, from, &next) || next.at > at)
			return at;
		if (next.at + next.offset >= local)
			return next.at;
		from = next.at;
	}
}

static int by_path(const FTSENT **left, const FTSENT **right)
{
	return strcmp((*left)->fts_name, (*right)->fts_name);
}

/* Of a zone's path what may have been meant: Berlin is near to Europe/Berlin. */
static const char *last_word(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool zone_guess(const char *name, char out[ZONE_NAME])
{
	char folder[] = ZONE_FOLDER, *const folders[] = { folder, NULL };
	struct nearest nearest = { .wanted = name };
	FTS *tree = fts_open(folders, FTS_PHYSICAL | FTS_NOCHDIR, by_path);
	const FTSENT *entry;

	while (tree && (entry = fts_read(tree))) {
		const char *path = entry->fts_path + strlen(ZONE_FOLDER) + 1, *shown;

		if (entry->fts_info != FTS_F && entry->fts_info != FTS_SL)
			continue;
		if (!is_name(path) || !strncmp(path, "posix/", 6) || !strncmp(path, "right/", 6))
			continue;
		shown = strchr(name, '/') ? path : last_word(path);
		nearest_try(&nearest, shown);
		/* The entry is gone with the next one. */
		if (nearest.best == shown) {
			snprintf(out, ZONE_NAME, "%s", path);
			nearest.best = out;
		}
	}
	if (tree)
		fts_close(tree);
	return nearest.best;
}
