/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/output.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"

static char *clean(const char *text, bool lines)
{
	char *out = NULL;
	size_t length;
	FILE *stream = open_memstream(&out, &length);

	if (lines)
		output_clean_lines(stream, text);
	else
		output_clean(stream, text);
	fclose(stream);
	return out;
}

static void expect_clean(const char *text, const char *expected)
{
	_cleanup_free_ char *out = clean(text, false);

	cr_assert_str_eq(out, expected);
}

Test(output, keeps_text_in_any_script)
{
	expect_clean("ct-er-1 röntgen 放射 \xf0\x9f\xa9\xba",
		     "ct-er-1 röntgen 放射 \xf0\x9f\xa9\xba");
	expect_clean("", "");
}

Test(output, shows_control_characters_and_broken_bytes_as_hex)
{
	expect_clean("a\033[2Jb\x7f\n\t", "a\\x1b[2Jb\\x7f\\x0a\\x09");
	expect_clean("a\xc2\x9b"
		     "31m",
		     "a\\xc2\\x9b31m");
	expect_clean("\xff\xc3", "\\xff\\xc3");
	expect_clean("\xe2\x82", "\\xe2\\x82");
}

Test(output, keeps_lines_where_they_belong)
{
	_cleanup_free_ char *out = clean("one\n\ttwo\r\033[1m", true);

	cr_assert_str_eq(out, "one\n\ttwo\\x0d\\x1b[1m");
}

Test(output, groups_the_digits_of_counts)
{
	char out[OUTPUT_FIGURE];

	cr_assert_str_eq(output_count(out, 0), "0");
	cr_assert_str_eq(output_count(out, 999), "999");
	cr_assert_str_eq(output_count(out, 1000), "1,000");
	cr_assert_str_eq(output_count(out, UINT64_MAX), "18,446,744,073,709,551,615");
}

Test(output, gives_bytes_two_or_three_digits)
{
	char out[OUTPUT_FIGURE];

	cr_assert_str_eq(output_bytes(out, 0), "0 B");
	cr_assert_str_eq(output_bytes(out, 999), "999 B");
	cr_assert_str_eq(output_bytes(out, 1000), "1.0 kB");
	cr_assert_str_eq(output_bytes(out, 12345), "12 kB");
	cr_assert_str_eq(output_bytes(out, 999499), "999 kB");
	cr_assert_str_eq(output_bytes(out, 999999), "1.0 MB");
	cr_assert_str_eq(output_bytes(out, UINT64_MAX), "18 EB");
}

Test(output, names_one_thing_and_many)
{
	char out[2 * OUTPUT_FIGURE];

	cr_assert_str_eq(output_things(out, 1, "device"), "1 device");
	cr_assert_str_eq(output_things(out, 0, "device"), "0 devices");
	cr_assert_str_eq(output_things(out, 1203, "device"), "1,203 devices");
}

Test(output, reads_the_times_of_the_daemon)
{
	struct realtime time;

	cr_assert_eq(output_parse_time("1970-01-01T00:00:01Z", &time), 0);
	cr_assert_eq(time.ns, 1000000000);
	cr_assert_eq(output_parse_time("2026-07-01T03:12:09.512Z", &time), 0);
	cr_assert_eq(time.ns, 1782875529512000000);
	cr_assert_eq(output_parse_time("2026-07-01 03:12:09Z", &time), -EINVAL);
	cr_assert_eq(output_parse_time("2026-07-01T03:12:09+02:00", &time), -EINVAL);
	cr_assert_eq(output_parse_time("1900-07-01T03:12:09Z", &time), -EINVAL);
	cr_assert_eq(output_parse_time(NULL, &time), -EINVAL);
}

static void expect_age(uint64_t seconds, const char *expected)
{
	struct realtime now = { (1782875529 + seconds) * 1000000000 };
	json_t *time = json_string("2026-07-01T03:12:09Z");
	char out[OUTPUT_FIGURE];

	cr_assert_str_eq(output_age(out, time, now), expected);
	json_decref(time);
}

Test(output, tells_ages)
{
	expect_age(0, "0 s ago");
	expect_age((uint64_t)-5, "0 s ago");
	expect_age(119, "119 s ago");
	expect_age(120, "2 min ago");
	expect_age(7200, "2 h ago");
	expect_age(48 * 3600, "2 days ago");
}

Test(output, calls_null_never)
{
	char out[OUTPUT_FIGURE];

	cr_assert_str_eq(output_age(out, NULL, (struct realtime){ 1 }), "never");
}

static char *render(struct table *table)
{
	char *text = NULL;
	size_t length;
	struct output out = { .stream = open_memstream(&text, &length), .errors = stderr };

	table_print(table, &out);
	fclose(out.stream);
	return text;
}

Test(output, aligns_tables_without_trailing_blanks)
{
	static const struct column columns[] = { { "NAME", false }, { "N", true }, { "", false } };
	_cleanup_(table_free) struct table table = { columns, 3, { 0 }, false };
	_cleanup_free_ char *text = NULL;

	table_cell(&table, "a");
	table_cell(&table, "1,000");
	table_cell(&table, "%s", "");
	table_cell(&table, "röntgen");
	table_cell(&table, "7");
	table_cell(&table, "x\033");
	text = render(&table);
	cr_assert_str_eq(text, "NAME         N\n"
			       "a        1,000\n"
			       "röntgen      7  x\\x1b\n");
}

Test(output, has_no_color_where_nobody_wants_it)
{
	struct output out = { .color = false };

	cr_assert_str_eq(output_style(&out, STYLE_BAD), "");
	cr_assert(!output_has_color(tmpfile()));
}

static void expect_error(const char *what, const char *said, const char *json)
{
	char *text = NULL, *errors = NULL;
	size_t length, more;
	struct output out = { .stream = open_memstream(&text, &length),
			      .errors = open_memstream(&errors, &more),
			      .json = true };

	output_error(&out, "Usage", "no %s", what);
	fclose(out.stream);
	fclose(out.errors);
	cr_expect_str_eq(errors, said);
	cr_expect_str_eq(text, json);
	free(text);
	free(errors);
}

Test(output, prints_an_error_as_json_too)
{
	expect_error("\033sense", "wardgate: no \\x1bsense\n",
		     "{\n  \"error\": \"Usage\",\n  \"message\": \"no \\u001Bsense\"\n}\n");
	expect_error("\xff", "wardgate: no \\xff\n",
		     "{\n  \"error\": \"Usage\",\n  \"message\": \"no \\\\xff\"\n}\n");
}
