/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/source.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"

static struct source *of_text(const char *text)
{
	struct source *source = NULL;
	struct error error;

	cr_assert_eq(source_new("policy", text, strlen(text), &source, &error), 0);
	return source;
}

static bool line_is(const struct source *source, size_t line, const char *expected)
{
	size_t length;
	const char *text = source_line(source, line, &length);

	return length == strlen(expected) && !memcmp(text, expected, length);
}

Test(source, gives_each_line_without_its_end)
{
	_cleanup_(source_free) struct source *source = of_text("one\n\nthree\r\nlast");

	cr_assert_eq(source->line_count, 4);
	cr_assert(line_is(source, 1, "one"));
	cr_assert(line_is(source, 2, ""));
	cr_assert(line_is(source, 3, "three"));
	cr_assert(line_is(source, 4, "last"));
}

Test(source, has_no_line_zero_and_none_behind_the_end)
{
	_cleanup_(source_free) struct source *source = of_text("one\n");

	cr_assert(line_is(source, 0, ""));
	cr_assert(line_is(source, 2, ""));
	cr_assert(line_is(source, 3, ""));
	cr_assert(line_is(source, SIZE_MAX, ""));
}

Test(source, of_nothing_has_one_empty_line)
{
	_cleanup_(source_free) struct source *source = of_text("");

	cr_assert_eq(source->length, 0);
	cr_assert_eq(source->line_count, 1);
	cr_assert(line_is(source, 1, ""));
}

Test(source, drops_a_byte_order_mark_in_front_only)
{
	_cleanup_(source_free) struct source *source = of_text("\xef\xbb\xbf"
							       "a\xef\xbb\xbf");

	cr_assert_str_eq(source->bytes, "a\xef\xbb\xbf");
	cr_assert_eq(source->length, 4);
}

Test(source, keeps_nul_bytes_for_the_parser_to_refuse)
{
	_cleanup_(source_free) struct source *source = NULL;
	struct error error;

	cr_assert_eq(source_new("policy", "a\0b", 3, &source, &error), 0);
	cr_assert_eq(source->length, 3);
	cr_assert(!memcmp(source->bytes, "a\0b", 4));
}

Test(source, refuses_more_than_its_limit)
{
	_cleanup_free_ char *large = calloc(1, SOURCE_LIMIT + 1);
	struct source *source = NULL;
	struct error error;

	cr_assert_eq(source_new("policy", large, SOURCE_LIMIT + 1, &source, &error), -EFBIG);
	cr_assert_null(source);
	cr_assert_str_eq(error.text, "policy is larger than the limit of 32 MiB");
}
