/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli_lab.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "cli/command.h"
#include "control/protocol.h"
#include "control/server.h"

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

	snprintf(file, sizeof(file), CLI_GOLDEN "%s.json", name);
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
	{ PROTOCOL_LIST_DEVICES, ROLE_VIEWER, answer_page, { "from", "name" } },
	{ PROTOCOL_LIST_RULES, ROLE_VIEWER, answer, { "name" } },
	{ PROTOCOL_LIST_DROPS, ROLE_VIEWER, answer, { "name" } },
	{ PROTOCOL_WATCH_DROPS, ROLE_VIEWER, stream, { "name" } },
	{ PROTOCOL_PREFLIGHT, ROLE_VIEWER, answer, { "files" } },
	{ PROTOCOL_LIST_QUARANTINE, ROLE_VIEWER, answer, { NULL } },
	{ PROTOCOL_GET_POLICY, ROLE_VIEWER, answer, { NULL } },
	{ PROTOCOL_EXPLAIN, ROLE_VIEWER, answer, { "packet", "frames", "files" } },
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

	snprintf(file, sizeof(file), CLI_GOLDEN "%s.txt", name);
	if (getenv("UPDATE_GOLDEN"))
		file_write_whole(file, text, strlen(text), 0644, &error);
	cr_assert_eq(file_read(file, 1 << 20, &expected, &error), 0, "%s", error.text);
	cr_assert_str_eq(text, expected.bytes ? expected.bytes : "");
}

void cli_expect_as(const char *name, const char *printed, struct options options, int code)
{
	const struct command *command = command_find(options.command);
	char *text = NULL;
	size_t length;
	int got;
	struct output out = { .stream = open_memstream(&text, &length), .now = { NOW } };

	out.errors = out.stream;
	out.json = options.json;
	options.socket = path;
	start(name);
	got = command->run(&options, &out);
	/* Before anything may fail: who outlives the test holds its pipes. */
	stop();
	fclose(out.stream);
	cr_assert_eq(got, code, "%d: %s", got, text);
	expect_file(printed, text);
	free(text);
}

void cli_expect(const char *name, struct options options, int code)
{
	cli_expect_as(name, name, options, code);
}
