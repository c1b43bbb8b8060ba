/* SPDX-License-Identifier: GPL-2.0-only */
/* What each command prints. */
#include "cli/command.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "cli_lab.h"
#include "policy/codes.h"
#include "policy/services.h"

Test(cli, status_says_that_all_is_well)
{
	cli_expect("status-good", (struct options){ .command = "status" }, EXIT_DONE);
}

Test(cli, status_warns_of_everything_that_is_wrong)
{
	cli_expect("status-bad", (struct options){ .command = "status" }, EXIT_TROUBLE);
}

Test(cli, status_says_that_there_is_no_policy)
{
	cli_expect("status-none", (struct options){ .command = "status" }, EXIT_TROUBLE);
}

Test(cli, status_says_that_a_port_is_not_judged)
{
	cli_expect("status-unprotected", (struct options){ .command = "status" }, EXIT_TROUBLE);
}

Test(cli, status_says_that_the_daemon_does_not_know_what_runs)
{
	cli_expect("status-lost", (struct options){ .command = "status" }, EXIT_TROUBLE);
}

Test(cli, devices_are_a_table)
{
	cli_expect("devices", (struct options){ .command = "devices" }, EXIT_DONE);
}

Test(cli, a_device_that_nobody_has_is_asked_for_in_vain)
{
	cli_expect("devices-unknown", (struct options){ .command = "devices", .operand = "ct-er-l" },
		   EXIT_USAGE);
	cli_expect_as("devices-unknown", "devices-unknown",
		      (struct options){ .command = "rules", .operand = "ct-er-l" }, EXIT_USAGE);
}

Test(cli, devices_come_in_pages)
{
	cli_expect("devices-pages", (struct options){ .command = "devices" }, EXIT_DONE);
}

Test(cli, devices_of_two_policies_are_not_mixed)
{
	cli_expect("devices-torn", (struct options){ .command = "devices" }, EXIT_BROKEN);
}

Test(cli, rules_are_a_table)
{
	cli_expect("rules", (struct options){ .command = "rules" }, EXIT_DONE);
}

Test(cli, drops_are_sorted_and_explained)
{
	cli_expect("drops", (struct options){ .command = "drops" }, EXIT_DONE);
}

Test(cli, drops_says_that_nothing_was_dropped)
{
	cli_expect("drops-none", (struct options){ .command = "drops" }, EXIT_DONE);
}

Test(cli, drops_counts_what_audit_mode_let_pass)
{
	cli_expect_as("drops", "drops-audited",
		  (struct options){ .command = "drops", .audited = true, .given = OPTION_AUDITED },
		  EXIT_DONE);
}

Test(cli, drops_of_one_device_count_only_its_own_audited_packets)
{
	cli_expect_as("drops", "drops-device",
		  (struct options){ .command = "drops",
				    .device = "ct-er-1",
				    .given = OPTION_DEVICE },
		  EXIT_DONE);
}

Test(cli, drops_of_one_reason_count_only_its_own_audited_packets)
{
	cli_expect_as("drops", "drops-reason",
		  (struct options){ .command = "drops",
				    .reason = "unknown_device",
				    .given = OPTION_REASON },
		  EXIT_DONE);
}

Test(cli, drops_of_a_device_that_lost_nothing_name_it_without_control_characters)
{
	struct options options = { .command = "drops",
				   .device = "ct\n",
				   .given = OPTION_DEVICE };

	cli_expect_as("drops", "drops-of-none", options, EXIT_DONE);
	options.audited = true;
	cli_expect_as("drops", "drops-of-none-audited", options, EXIT_DONE);
	options.json = true;
	cli_expect_as("drops", "drops-of-none-json", options, EXIT_DONE);
}

Test(cli, drops_of_a_name_that_nobody_has_are_no_good_news)
{
	cli_expect("drops-unknown",
	       (struct options){ .command = "drops",
				 .audited = true,
				 .device = "ct-er-l",
				 .given = OPTION_DEVICE | OPTION_AUDITED },
	       EXIT_USAGE);
}

Test(cli, drops_of_a_name_that_is_no_text_are_refused)
{
	cli_expect_as("drops", "drops-no-text",
		  (struct options){ .command = "drops",
				    .device = "ct\033[31m",
				    .given = OPTION_DEVICE },
		  EXIT_USAGE);
}

Test(cli, preflight_is_a_table_and_its_exit_code_a_verdict)
{
	cli_expect("preflight", (struct options){ .command = "preflight" }, EXIT_TROUBLE);
	cli_expect("preflight-good", (struct options){ .command = "preflight" }, EXIT_DONE);
}

Test(cli, preflight_of_a_wrong_policy_shows_what_is_wrong)
{
	cli_expect("preflight-refused",
	       (struct options){ .command = "preflight", .operand = CLI_GOLDEN "policy.yaml" },
	       EXIT_REFUSED);
}

Test(cli, preflight_of_a_wrong_policy_is_an_error_in_json)
{
	cli_expect_as("preflight-refused", "preflight-refused-json",
		  (struct options){ .command = "preflight",
				    .operand = CLI_GOLDEN "policy.yaml",
				    .json = true },
		  EXIT_REFUSED);
}

Test(cli, quarantine_says_what_it_changed)
{
	static const char *names[] = { "pump-icu-12", "ct-er-1" };
	static const struct options two = { .command = "quarantine",
					    .operand = "pump-icu-12",
					    .operands = names,
					    .operand_count = 2 };
	struct options release = two;

	release.command = "release";
	cli_expect("quarantine", two, EXIT_DONE);
	cli_expect_as("quarantine", "release", release, EXIT_DONE);
	cli_expect("quarantine-unknown", two, EXIT_USAGE);
}

Test(cli, quarantine_without_a_name_lists)
{
	cli_expect("quarantine-list", (struct options){ .command = "quarantine" }, EXIT_DONE);
	cli_expect("quarantine-none", (struct options){ .command = "quarantine" }, EXIT_DONE);
}

Test(cli, json_is_sorted_and_indented)
{
	cli_expect_as("drops", "json",
		  (struct options){ .command = "drops",
				    .json = true,
				    .device = "ct-er-1",
				    .given = OPTION_DEVICE },
		  EXIT_DONE);
}

Test(cli, watch_shows_each_kind_of_drop)
{
	cli_expect("watch", (struct options){ .command = "watch", .count = 10 }, EXIT_DONE);
}

Test(cli, apply_shows_why_it_was_refused)
{
	cli_expect("apply-refused",
	       (struct options){ .command = "apply", .operand = CLI_GOLDEN "policy.yaml" },
	       EXIT_REFUSED);
}

Test(cli, apply_shows_what_came_into_force)
{
	cli_expect("apply-done",
	       (struct options){ .command = "apply", .operand = CLI_GOLDEN "policy.yaml" }, EXIT_DONE);
}

Test(cli, apply_says_how_many_devices_and_rules_come_and_go)
{
	cli_expect("apply-changed",
	       (struct options){ .command = "apply", .operand = CLI_GOLDEN "policy.yaml" }, EXIT_DONE);
}

Test(cli, apply_tells_a_failure_of_the_kernel)
{
	cli_expect("apply-failed",
	       (struct options){ .command = "apply", .operand = CLI_GOLDEN "policy.yaml" },
	       EXIT_BROKEN);
}

Test(cli, apply_and_preflight_agree_that_a_machine_is_not_ready)
{
	cli_expect("apply-not-ready",
	       (struct options){ .command = "apply", .operand = CLI_GOLDEN "policy.yaml" },
	       EXIT_TROUBLE);
	cli_expect("no-policy", (struct options){ .command = "preflight" }, EXIT_TROUBLE);
}

Test(cli, what_needs_a_policy_says_that_there_is_none)
{
	cli_expect("no-policy", (struct options){ .command = "rules" }, EXIT_TROUBLE);
	cli_expect("no-policy", (struct options){ .command = "devices" }, EXIT_TROUBLE);
}

Test(cli, permission_has_its_own_exit_code)
{
	cli_expect("denied", (struct options){ .command = "devices" }, EXIT_DENIED);
}

/* Runs a command that gets no further than its options. */
static void expect_usage(struct options options, const char *said)
{
	char *text = NULL;
	size_t length;
	struct output out = { .stream = open_memstream(&text, &length) };

	out.errors = out.stream;
	cr_expect_eq(command_find(options.command)->run(&options, &out), EXIT_USAGE);
	fclose(out.stream);
	cr_expect_str_eq(text, said);
	free(text);
}

Test(cli, help_guesses_the_command_that_was_meant)
{
	expect_usage((struct options){ .command = "help", .operand = "statsu" },
		     "wardgate: there is no command 'statsu'; did you mean 'status'?\n");
	expect_usage((struct options){ .command = "help", .operand = "nonsense" },
		     "wardgate: there is no command 'nonsense', see `wardgate help`\n");
}

Test(cli, says_where_that_is_which_is_no_command_of_it)
{
	expect_usage((struct options){ .command = "help", .operand = "detach" },
		     "wardgate: there is no command 'detach': stop the daemon and run `wardgated "
		     "detach`, which takes the program off the ports and forgets all state\n");
}

Test(cli, refuses_names_that_no_answer_could_hold)
{
	static const struct options given[] = {
		{ .command = "check", .operand = "\xff.yaml" },
		{ .command = "apply", .operand = "\xff.yaml" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(given); i++)
		expect_usage(given[i],
			     "wardgate: the file name \\xff.yaml is not clean UTF-8\n");
	expect_usage((struct options){ .command = "watch", .device = "\xff" },
		     "wardgate: the device name \\xff is not clean UTF-8\n");
}

/* A tag is written in hex digits, which may stand for anything. */
Test(cli, check_prints_as_many_findings_as_it_counts)
{
	char *text = NULL;
	size_t length;
	struct output out = { .stream = open_memstream(&text, &length),
			      .errors = stderr,
			      .json = true };
	const struct options options = { .command = "check",
					 .operand = "tests/golden/escaped_tag.yaml",
					 .json = true };
	json_t *result;

	cr_assert_eq(command_check(&options, &out), EXIT_REFUSED);
	fclose(out.stream);
	result = json_loads(text, 0, NULL);
	cr_assert_eq(json_integer_value(json_object_get(result, "errors")), 6);
	cr_assert_eq(json_array_size(json_object_get(result, "findings")), 6);
	json_decref(result);
	free(text);
}

Test(cli, explain_error_shows_one_finding)
{
	cli_expect("explain-error", (struct options){ .command = "explain-error", .operand = "w001" },
	       EXIT_DONE);
}

Test(cli, explain_error_lists_all_in_order)
{
	char *text = NULL, *line, *next, last[5] = "";
	size_t length, count = 0;
	struct output out = { .stream = open_memstream(&text, &length), .errors = stderr };

	cr_assert_eq(command_explain_error(&(struct options){ .command = "explain-error" }, &out),
		     EXIT_DONE);
	fclose(out.stream);
	for (next = text; (line = strsep(&next, "\n")) && *line; count++) {
		cr_assert(strncmp(last, line + 2, 4) < 0, "%s is behind %s", line, last);
		snprintf(last, sizeof(last), "%.4s", line + 2);
	}
	cr_assert_eq(count, CODES);
	free(text);
}

Test(cli, services_are_a_table)
{
	static const struct options one = { .command = "services", .operand = "dicom" };
	struct options json = one;

	json.json = true;
	cli_expect_as("services", "services", one, EXIT_DONE);
	cli_expect_as("services", "services-json", json, EXIT_DONE);
	cli_expect_as("services", "services-unknown",
		      (struct options){ .command = "services", .operand = "dicon" }, EXIT_USAGE);
}

Test(cli, services_are_all_those_of_the_library)
{
	char *text = NULL;
	size_t length, count;
	struct output out = { .stream = open_memstream(&text, &length),
			      .errors = stderr,
			      .json = true };
	json_t *list;

	cr_assert_eq(command_services(&(struct options){ .command = "services", .json = true }, &out),
		     EXIT_DONE);
	fclose(out.stream);
	list = json_loads(text, 0, NULL);
	services_library(&count);
	cr_assert_eq(json_array_size(json_object_get(list, "services")), count);
	json_decref(list);
	free(text);
}

Test(cli, explain_error_refuses_a_code_that_is_none)
{
	cli_expect("explain-error-unknown",
	       (struct options){ .command = "explain-error", .operand = "E999" }, EXIT_USAGE);
}

Test(cli, every_command_has_help)
{
	static const char *const names[] = { "check",	   "diff",    "who",	   "test",
					     "explain",	   "print",   "fmt",	   "apply",
					     "preflight",  "release", "status",	   "devices",
					     "quarantine", "rules",   "drops",	   "watch",
					     "reasons",	   "help",    "version",   "explain-error",
					     "services",   "audit" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct command *command = command_find(names[i]);

		cr_assert(command, "%s", names[i]);
		cr_assert(strstr(command->help, "Examples:"), "%s", names[i]);
		cr_assert(command->run);
	}
	cr_assert_null(command_find("nonsense"));
	cr_assert_str_eq(command_guess("statsu"), "status");
	cr_assert_null(command_guess("nonsense"));
}
