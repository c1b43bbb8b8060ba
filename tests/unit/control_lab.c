/* SPDX-License-Identifier: GPL-2.0-only */
#include "control_lab.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/own.h"
#include "base/text.h"

struct lab lab;

static char folder[] = "/tmp/wardgate-control-XXXXXX";

static int echo(struct call *call, void *context)
{
	(void)context;
	lab.handled++;
	return call_reply(call, json_incref(call_parameters(call)));
}

static int no_answer(struct call *call, void *context)
{
	(void)call;
	(void)context;
	return -ENODEV;
}

static int large(struct call *call, void *context)
{
	json_t *list = json_array();

	(void)context;
	/* Each null is 5 bytes: 80 MiB. */
	for (size_t i = 0; i < ((size_t)16 << 20); i++)
		json_array_append_new(list, json_null());
	return call_reply(call, json_pack("{s:o}", "list", list));
}

static int medium(struct call *call, void *context)
{
	_cleanup_free_ char *bytes = malloc(4 << 20);

	(void)context;
	memset(bytes, 'm', 4 << 20);
	return call_reply(call, json_pack("{s:s%}", "bytes", bytes, (size_t)4 << 20));
}

static int nothing(struct call *call, void *context)
{
	(void)context;
	return call_reply(call, NULL);
}

static int twice(struct call *call, void *context)
{
	(void)context;
	call_reply(call, json_pack("{s:i}", "answer", 1));
	return call_reply(call, json_pack("{s:i}", "answer", 2));
}

static int subscribe(struct call *call, void *context)
{
	(void)context;
	return call_subscribe(call);
}

static const struct method methods[] = {
	{ "t.Echo", ROLE_VIEWER, echo, { "a", "b" } },
	{ "t.Fail", ROLE_VIEWER, no_answer, { NULL } },
	{ "t.Large", ROLE_VIEWER, large, { NULL } },
	{ "t.Medium", ROLE_VIEWER, medium, { NULL } },
	{ "t.Nothing", ROLE_VIEWER, nothing, { NULL } },
	{ "t.Twice", ROLE_VIEWER, twice, { NULL } },
	{ "t.Watch", ROLE_VIEWER, subscribe, { NULL } },
};

int lab_new_server(const char *path, struct server **out, struct error *error)
{
	return server_new(path, methods, ARRAY_SIZE(methods), NULL, out, error);
}

void lab_start(void)
{
	struct error error = { 0 };

	lab.now = clock_monotonic();
	cr_assert(mkdtemp(folder));
	snprintf(lab.path, sizeof(lab.path), "%s/control.sock", folder);
	cr_assert_eq(lab_new_server(lab.path, &lab.server, &error), 0, "%s", error.text);
}

void lab_stop(void)
{
	server_free(&lab.server);
	unlink(lab.path);
	rmdir(folder);
}

int lab_dial(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, lab.path);
	cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

bool lab_has_work(void)
{
	struct pollfd poll_fd = { .fd = server_fd(lab.server), .events = POLLIN };

	return poll(&poll_fd, 1, 0) > 0;
}

/* Runs the server until it has nothing to do; a server that spins fails the test. */
void lab_settle(void)
{
	for (int i = 0; i < 20000; i++) {
		if (!lab_has_work())
			return;
		server_run(lab.server, lab.now);
	}
	cr_assert_fail("the server always has something to do");
}

/* Writes all, with the server running in between. The bytes that were taken. */
size_t lab_put_bytes(int fd, const char *bytes, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t n = send(fd, bytes + done, length - done, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			break;
		done += n > 0 ? (size_t)n : 0;
		lab_settle();
	}
	lab_settle();
	return done;
}

void lab_put(int fd, const char *message)
{
	lab_put_bytes(fd, message, strlen(message) + 1);
}

/* The next message, or NULL when there is none (or the server has hung up). */
json_t *lab_get(int fd)
{
	struct text text = { 0 };
	char bytes[65536], *end = NULL;
	json_t *message = NULL;

	while (!end) {
		ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_PEEK);

		if (n < 0 && errno == EAGAIN && lab_has_work()) {
			lab_settle();
			continue;
		}
		if (n <= 0)
			break;
		end = memchr(bytes, '\0', (size_t)n);
		n = recv(fd, bytes, end ? (size_t)(end - bytes) + 1 : (size_t)n, 0);
		text_add_bytes(&text, bytes, (size_t)n);
	}
	if (end)
		message = json_loads(text.bytes, 0, NULL);
	text_free(&text);
	return message;
}

bool lab_hung_up(int fd)
{
	char byte;

	lab_settle();
	return recv(fd, &byte, 1, 0) == 0 || errno == ECONNRESET;
}

void lab_expect_error(int fd, const char *name)
{
	json_t *message = lab_get(fd);
	const char *error = json_string_value(json_object_get(message, "error"));

	cr_assert(message, "no answer, expected %s", name);
	cr_assert(error, "no error, expected %s", name);
	cr_assert_str_eq(error, name);
	cr_assert(
		json_is_string(json_object_get(json_object_get(message, "parameters"), "message")));
	json_decref(message);
}

void lab_expect_number(int fd, const char *key, json_int_t number)
{
	json_t *message = lab_get(fd);
	json_t *value = json_object_get(json_object_get(message, "parameters"), key);

	cr_assert(json_is_integer(value), "no answer with %s", key);
	cr_assert_eq(json_integer_value(value), number, "%s is %lld", key,
		     (long long)json_integer_value(value));
	json_decref(message);
}
