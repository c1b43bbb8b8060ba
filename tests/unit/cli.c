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
	{ PROTOCOL_LIST_DROPS, ROLE_VIEWER, answer, { NULL } },
	{ PROTOCOL_WATCH_DROPS, ROLE_VIEWER, stream, { "name" } },
	{ PROTOCOL_PREFLIGHT, ROLE_VIEWER, answer, { "name", "text" } },
	{ PROTOCOL_LIST_QUARANTINE, ROLE_VIEWER, answer, { NULL } },
	{ PROTOCOL_GET_POLICY, ROLE_VIEWER, answer, { NULL } },
	{ PROTOCOL_EXPLAIN, ROLE_VIEWER, answer, { "packet", "frames", "name", "text" } },
	{ PROTOCOL_QUARANTINE, ROLE_OPERATOR, answer, { "devices" } },
	{ PROTOCOL_RELEASE, ROLE_OPERATOR, answer, { "devices" } },
	{ PROTOCOL_APPLY, ROLE_ADMIN, answer, { "name", "text" } },
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
	expect_file(options.json ? "json" : printed, text);
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

Test(cli, quarantine_says_what_it_changed)
{
	static const struct options two = { .command = "quarantine",
					    .operand = "pump-icu-12",
					    .operands = { "pump-icu-12", "ct-er-1" },
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
	expect("drops",
	       (struct options){ .command = "drops",
				 .json = true,
				 .device = "ct-er-1",
				 .given = OPTION_DEVICE },
	       EXIT_DONE);
}

Test(cli, watch_shows_each_kind_of_drop)
{
	expect("watch", (struct options){ .command = "watch", .count = 9 }, EXIT_DONE);
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

static const struct options old_and_new = { .command = "diff",
					    .operand = FOLDER "old.yaml",
					    .operands = { FOLDER "old.yaml", FOLDER "new.yaml" },
					    .operand_count = 2 };

Test(cli, diff_says_what_changes_and_its_exit_code_whether_it_widens)
{
	struct options same = old_and_new, back = old_and_new, running = old_and_new;

	expect_as("running", "diff", old_and_new, EXIT_WIDENED);
	same.operands[1] = same.operands[0];
	expect_as("running", "diff-same", same, EXIT_DONE);
	back.operands[0] = FOLDER "old.yaml";
	back.operands[1] = FOLDER "less.yaml";
	expect_as("running", "diff-less", back, EXIT_NARROWED);
	running.operands[0] = FOLDER "new.yaml";
	running.operand_count = 1;
	expect_as("running", "diff-running", running, EXIT_WIDENED);
}

static struct options who(const char *from, const char *to)
{
	return (struct options){ .command = "who",
				 .operand = FOLDER "old.yaml",
				 .operands = { FOLDER "old.yaml" },
				 .operand_count = 1,
				 .from = from,
				 .to = to };
}

Test(cli, who_lists_those_who_may)
{
	struct options service = who(NULL, "pacs"), running = who("central", NULL);

	expect_as("running", "who-to", who(NULL, "servers"), EXIT_DONE);
	expect_as("running", "who-devices", who(NULL, "198.18.120.0/24"), EXIT_DONE);
	service.service = "ssh";
	expect_as("running", "who-none", service, EXIT_DONE);
	running.from = "device:central";
	running.operand_count = 0;
	running.operand = NULL;
	expect_as("running", "who-running", running, EXIT_DONE);
	expect_as("running", "who-unknown", who("scaner", NULL), EXIT_USAGE);
	expect_as("running", "who-ambiguous", who("central", NULL), EXIT_USAGE);
}

Test(cli, who_has_other_forms)
{
	struct options csv = who(NULL, "servers"), dot = csv, svg = csv;

	csv.csv = dot.dot = svg.svg = true;
	expect_as("running", "who-csv", csv, EXIT_DONE);
	expect_as("running", "who-dot", dot, EXIT_DONE);
	expect_as("running", "who-svg", svg, EXIT_DONE);
}

Test(cli, explain_shows_stages_rule_and_edit)
{
	expect("explain",
	       (struct options){ .command = "explain",
				 .operand = "ct",
				 .operands = { "ct", "198.18.110.200", "tcp/104" },
				 .operand_count = 3 },
	       EXIT_DONE);
}

Test(cli, permission_has_its_own_exit_code)
{
	expect("denied", (struct options){ .command = "devices" }, EXIT_DENIED);
}

Test(cli, every_command_has_help)
{
	static const char *const names[] = { "check",	"diff",	  "who",       "test",
					     "explain", "apply",  "preflight", "quarantine",
					     "release", "status", "devices",   "rules",
					     "drops",	"watch",  "reasons",   "help",
					     "version" };

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
