/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/options.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>

#include "base/own.h"
#include "control/protocol.h"

static struct options options;
static struct error error;

static int parse(char *const *words, int count)
{
	char *argv[16] = { (char *)(uintptr_t) "wardgate" };

	for (int i = 0; i < count; i++)
		argv[i + 1] = words[i];
	return options_parse(count + 1, argv, &options, &error);
}

#define PARSE(...)                                                                                 \
	parse((char *[]){ __VA_ARGS__ }, (int)ARRAY_SIZE(((const char *[]){ __VA_ARGS__ })))

Test(options, have_defaults)
{
	cr_assert_eq(parse(NULL, 0), 0);
	cr_assert_null(options.command);
	cr_assert_str_eq(options.socket, PROTOCOL_SOCKET);
	cr_assert(!options.json);
	cr_assert_eq(options.count, 0);
}

Test(options, have_the_socket_of_the_environment)
{
	setenv("WARDGATE_SOCKET", "/run/lab/socket", 1);
	cr_assert_eq(parse(NULL, 0), 0);
	cr_assert_str_eq(options.socket, "/run/lab/socket");
	cr_assert_eq(PARSE("--socket", "/run/other", "status"), 0);
	cr_assert_str_eq(options.socket, "/run/other");
	setenv("WARDGATE_SOCKET", "", 1);
	cr_assert_eq(parse(NULL, 0), 0);
	cr_assert_str_eq(options.socket, PROTOCOL_SOCKET);
}

Test(options, stand_before_and_after_the_command)
{
	cr_assert_eq(PARSE("--json", "watch", "--device", "ct-1", "--count=3"), 0);
	cr_assert_str_eq(options.command, "watch");
	cr_assert(options.json);
	cr_assert_str_eq(options.device, "ct-1");
	cr_assert_eq(options.count, 3);
	cr_assert_eq(options.given, OPTION_DEVICE | OPTION_COUNT);
}

Test(options, end_at_two_dashes)
{
	cr_assert_eq(PARSE("check", "--", "--json"), 0);
	cr_assert(!options.json);
	cr_assert_str_eq(options.operand, "--json");
}

Test(options, that_do_not_exist_are_guessed)
{
	cr_assert_eq(PARSE("--jsn"), -EINVAL);
	cr_assert_str_eq(error.text, "there is no option --jsn; did you mean --json?");
	cr_assert_eq(PARSE("-x"), -EINVAL);
	cr_assert_eq(PARSE("--socketpath=x"), -EINVAL);
}

Test(options, refuse_missing_empty_and_needless_values)
{
	cr_assert_eq(PARSE("--socket"), -EINVAL);
	cr_assert_str_eq(error.text, "--socket needs a value: PATH");
	cr_assert_eq(PARSE("--socket="), -EINVAL);
	cr_assert_eq(PARSE("--json=yes"), -EINVAL);
}

Test(options, refuse_counts_that_are_none)
{
	cr_assert_eq(PARSE("watch", "--count", "0"), -EINVAL);
	cr_assert_eq(PARSE("watch", "--count", "-1"), -EINVAL);
	cr_assert_eq(PARSE("watch", "--count", "3x"), -EINVAL);
	cr_assert_eq(PARSE("watch", "--count", "99999999999999999999"), -EINVAL);
}

Test(options, keep_every_argument_in_order)
{
	cr_assert_eq(PARSE("quarantine", "a", "--json", "b"), 0);
	cr_assert_str_eq(options.operand, "a");
	cr_assert_eq(options.operand_count, 2);
	cr_assert_str_eq(options.operands[1], "b");
}

/* In an incident there are as many as the shell can pass. */
Test(options, keep_thousands_of_arguments)
{
	static char *line[8192 + 2] = { "wardgate", "quarantine" };

	for (size_t i = 2; i < ARRAY_SIZE(line); i++)
		line[i] = i % 2 ? "odd" : "even";
	cr_assert_eq(options_parse((int)ARRAY_SIZE(line), line, &options, &error), 0);
	cr_assert_eq(options.operand_count, 8192);
	cr_assert_str_eq(options.operands[8191], "odd");
}

Test(options, of_a_wrong_line_count_as_far_as_they_were_read)
{
	cr_assert_eq(PARSE("--json", "--nonsense"), -EINVAL);
	cr_assert(options.json, "so the error is printed as JSON");
}

Test(options, of_another_command_are_found)
{
	cr_assert_null(options_foreign(OPTION_DEVICE, OPTION_DEVICE | OPTION_REASON));
	cr_assert_str_eq(options_foreign(OPTION_COUNT, OPTION_DEVICE), "count");
}
