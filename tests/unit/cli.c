/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each command prints, against a server that answers from tests/golden/cli/NAME.json; expected
 * are NAME.txt (text) and the exit code. UPDATE_GOLDEN=1 makes the .txt files anew: read them then.
 */
#include "cli/command.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "control/protocol.h"
#include "control/server.h"

#define FOLDER "tests/golden/cli/"
/* 2026-07-01T03:15:00Z */
#define NOW 1782875700000000000ull

#define FOLDER_OF_SOCKET "/tmp/wardgate-cli-XXXXXX"

static char folder[] = FOLDER_OF_SOCKET;
static char path[256];
static pid_t pid;
static const char *recorded;
static struct server *server;

static json_t *load(const char *name)
{
	char file[256];
	json_error_t where;
	json_t *json;

	snprintf(file, sizeof(file), FOLDER "%s.json", name);
	json = json_load_file(file, 0, &where);
	cr_assert(json, "%s:%d: %s", file, where.line, where.text);
	return json;
}

/* A recorded answer is the parameters, or {"error": NAME, "parameters": {...}}. */
static int answer(struct call *call, void *context)
{
	json_t *json = load(recorded), *name = json_object_get(json, "error");
	int err;

	(void)context;
	if (name)
		err = call_fail(call, json_string_value(name),
				json_incref(json_object_get(json, "parameters")));
	else
		err = call_reply(call, json_incref(json));
	json_decref(json);
	return err;
}

/* Of a recorded list of pages the one that was asked for; another answer as it is. */
static int answer_page(struct call *call, void *context)
{
	json_t *json = load(recorded);
	json_int_t from = json_integer_value(json_object_get(call_parameters(call), "from"));
	int err;

	if (json_is_array(json))
		err = call_reply(call, json_incref(json_array_get(json, (size_t)from)));
	else
		err = answer(call, context);
	json_decref(json);
	return err;
}

static int stream(struct call *call, void *context)
{
	(void)context;
	return call_subscribe(call);
}

static const struct method methods[] = {
	{ PROTOCOL_GET_STATUS, ROLE_VIEWER, answer, { NULL } },
	{ PROTOCOL_LIST_DEVICES, ROLE_VIEWER, answer_page, { "from" } },
	{ PROTOCOL_LIST_RULES, ROLE_VIEWER, answer, { NULL } },
	{ PROTOCOL_LIST_DROPS, ROLE_VIEWER, answer, { "name" } },
	{ PROTOCOL_WATCH_DROPS, ROLE_VIEWER, stream, { "name" } },
	{ PROTOCOL_PREFLIGHT, ROLE_VIEWER, answer, { "files" } },
	{ PROTOCOL_LIST_QUARANTINE, ROLE_VIEWER, answer, { NULL } },
	{ PROTOCOL_QUARANTINE, ROLE_OPERATOR, answer, { "devices" } },
	{ PROTOCOL_RELEASE, ROLE_OPERATOR, answer, { "devices" } },
	{ PROTOCOL_APPLY, ROLE_ADMIN, answer, { "files" } },
};

/* Serves until it is killed; whoever watches gets all recorded events. */
static void serve(void)
{
	struct pollfd poll_fd = { .fd = server_fd(server), .events = POLLIN };
	size_t told = 0;

	for (;;) {
		size_t i;
		json_t *event, *events;

		poll(&poll_fd, 1, -1);
		server_run(server, clock_monotonic());
		if (server_subscribers(server) <= told)
			continue;
		told = server_subscribers(server);
		events = load(recorded);
		json_array_foreach (events, i, event)
			server_send_all(server, json_incref(event));
		json_decref(events);
	}
}

static void start(const char *name)
{
	struct error error;

	recorded = name;
	setenv("TZ", "UTC", 1);
	memcpy(folder, FOLDER_OF_SOCKET, sizeof(folder));
	cr_assert(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sock", folder);
	cr_assert_eq(server_new(path, methods, ARRAY_SIZE(methods), NULL, &server, &error), 0);
	pid = fork();
	if (!pid)
		serve();
}

static void stop(void)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	server_free(&server);
	rmdir(folder);
}

static void expect_file(const char *name, const char *text)
{
	_cleanup_(text_free) struct text expected = { 0 };
	char file[256];
	struct error error;

	snprintf(file, sizeof(file), FOLDER "%s.txt", name);
	if (getenv("UPDATE_GOLDEN"))
		file_write_whole(file, text, strlen(text), 0644, &error);
	cr_assert_eq(file_read(file, 1 << 20, &expected, &error), 0, "%s", error.text);
	cr_assert_str_eq(text, expected.bytes ? expected.bytes : "");
}

/* Runs a command; what it printed, errors behind, must be what the file `printed` says. */
static void expect_as(const char *name, const char *printed, struct options options, int code)
{
	const struct command *command = command_find(options.command);
	char *text = NULL;
	size_t length;
	struct output out = { .stream = open_memstream(&text, &length), .now = { NOW } };

	out.errors = out.stream;
	out.json = options.json;
	options.socket = path;
	start(name);
	cr_assert_eq(command->run(&options, &out), code);
	stop();
	fclose(out.stream);
	expect_file(printed, text);
	free(text);
}

static void expect(const char *name, struct options options, int code)
{
	expect_as(name, name, options, code);
}

Test(cli, status_says_that_all_is_well)
{
	expect("status-good", (struct options){ .command = "status" }, EXIT_DONE);
}

Test(cli, status_warns_of_everything_that_is_wrong)
{
	expect("status-bad", (struct options){ .command = "status" }, EXIT_TROUBLE);
}

Test(cli, status_says_that_there_is_no_policy)
{
	expect("status-none", (struct options){ .command = "status" }, EXIT_TROUBLE);
}

Test(cli, status_says_that_a_port_is_not_judged)
{
	expect("status-unprotected", (struct options){ .command = "status" }, EXIT_TROUBLE);
}

Test(cli, status_says_that_the_daemon_does_not_know_what_runs)
{
	expect("status-lost", (struct options){ .command = "status" }, EXIT_TROUBLE);
}

Test(cli, devices_are_a_table)
{
	expect("devices", (struct options){ .command = "devices" }, EXIT_DONE);
}

Test(cli, devices_come_in_pages)
{
	expect("devices-pages", (struct options){ .command = "devices" }, EXIT_DONE);
}

Test(cli, devices_of_two_policies_are_not_mixed)
{
	expect("devices-torn", (struct options){ .command = "devices" }, EXIT_BROKEN);
}

Test(cli, rules_are_a_table)
{
	expect("rules", (struct options){ .command = "rules" }, EXIT_DONE);
}

Test(cli, drops_are_sorted_and_explained)
{
	expect("drops", (struct options){ .command = "drops" }, EXIT_DONE);
}

Test(cli, drops_says_that_nothing_was_dropped)
{
	expect("drops-none", (struct options){ .command = "drops" }, EXIT_DONE);
}

Test(cli, drops_counts_what_audit_mode_let_pass)
{
	expect_as("drops", "drops-audited",
		  (struct options){ .command = "drops", .audited = true, .given = OPTION_AUDITED },
		  EXIT_DONE);
}

Test(cli, drops_of_one_device_count_only_its_own_audited_packets)
{
	expect_as("drops", "drops-device",
		  (struct options){ .command = "drops",
				    .device = "ct-er-1",
				    .given = OPTION_DEVICE },
		  EXIT_DONE);
}

Test(cli, drops_of_one_reason_count_only_its_own_audited_packets)
{
	expect_as("drops", "drops-reason",
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

	expect_as("drops", "drops-of-none", options, EXIT_DONE);
	options.audited = true;
	expect_as("drops", "drops-of-none-audited", options, EXIT_DONE);
	options.json = true;
	expect_as("drops", "drops-of-none-json", options, EXIT_DONE);
}

Test(cli, drops_of_a_name_that_nobody_has_are_no_good_news)
{
	expect("drops-unknown",
	       (struct options){ .command = "drops",
				 .audited = true,
				 .device = "ct-er-l",
				 .given = OPTION_DEVICE | OPTION_AUDITED },
	       EXIT_USAGE);
}

Test(cli, drops_of_a_name_that_is_no_text_are_refused)
{
	expect_as("drops", "drops-no-text",
		  (struct options){ .command = "drops",
				    .device = "ct\033[31m",
				    .given = OPTION_DEVICE },
		  EXIT_USAGE);
}

Test(cli, preflight_is_a_table_and_its_exit_code_a_verdict)
{
	expect("preflight", (struct options){ .command = "preflight" }, EXIT_TROUBLE);
	expect("preflight-good", (struct options){ .command = "preflight" }, EXIT_DONE);
}

Test(cli, preflight_of_a_wrong_policy_shows_what_is_wrong)
{
	expect("preflight-refused",
	       (struct options){ .command = "preflight", .operand = FOLDER "policy.yaml" },
	       EXIT_REFUSED);
}

Test(cli, preflight_of_a_wrong_policy_is_an_error_in_json)
{
	expect_as("preflight-refused", "preflight-refused-json",
		  (struct options){ .command = "preflight",
				    .operand = FOLDER "policy.yaml",
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
	expect("quarantine", two, EXIT_DONE);
	expect_as("quarantine", "release", release, EXIT_DONE);
	expect("quarantine-unknown", two, EXIT_USAGE);
}

Test(cli, quarantine_without_a_name_lists)
{
	expect("quarantine-list", (struct options){ .command = "quarantine" }, EXIT_DONE);
	expect("quarantine-none", (struct options){ .command = "quarantine" }, EXIT_DONE);
}

Test(cli, json_is_sorted_and_indented)
{
	expect_as("drops", "json",
		  (struct options){ .command = "drops",
				    .json = true,
				    .device = "ct-er-1",
				    .given = OPTION_DEVICE },
		  EXIT_DONE);
}

Test(cli, watch_shows_each_kind_of_drop)
{
	expect("watch", (struct options){ .command = "watch", .count = 10 }, EXIT_DONE);
}

Test(cli, apply_shows_why_it_was_refused)
{
	expect("apply-refused",
	       (struct options){ .command = "apply", .operand = FOLDER "policy.yaml" },
	       EXIT_REFUSED);
}

Test(cli, apply_shows_what_came_into_force)
{
	expect("apply-done",
	       (struct options){ .command = "apply", .operand = FOLDER "policy.yaml" }, EXIT_DONE);
}

Test(cli, apply_tells_a_failure_of_the_kernel)
{
	expect("apply-failed",
	       (struct options){ .command = "apply", .operand = FOLDER "policy.yaml" },
	       EXIT_BROKEN);
}

Test(cli, apply_and_preflight_agree_that_a_machine_is_not_ready)
{
	expect("apply-not-ready",
	       (struct options){ .command = "apply", .operand = FOLDER "policy.yaml" },
	       EXIT_TROUBLE);
	expect("no-policy", (struct options){ .command = "preflight" }, EXIT_TROUBLE);
}

Test(cli, what_needs_a_policy_says_that_there_is_none)
{
	expect("no-policy", (struct options){ .command = "rules" }, EXIT_TROUBLE);
	expect("no-policy", (struct options){ .command = "devices" }, EXIT_TROUBLE);
}

Test(cli, permission_has_its_own_exit_code)
{
	expect("denied", (struct options){ .command = "devices" }, EXIT_DENIED);
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
	expect("explain-error", (struct options){ .command = "explain-error", .operand = "w001" },
	       EXIT_DONE);
}

Test(cli, explain_error_refuses_a_code_that_is_none)
{
	expect("explain-error-unknown",
	       (struct options){ .command = "explain-error", .operand = "E999" }, EXIT_USAGE);
}

Test(cli, every_command_has_help)
{
	static const char *const names[] = { "check",	"apply",	"preflight", "quarantine",
					     "release", "status",	"devices",   "rules",
					     "drops",	"watch",	"reasons",   "help",
					     "version", "explain-error" };

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
