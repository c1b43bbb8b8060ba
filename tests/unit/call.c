/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests: what is answered, what is refused, and to whom. */
#include "control/call.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "control/connection.h"
#include "control/protocol.h"
#include "control_lab.h"

TestSuite(call, .init = lab_start, .fini = lab_stop, .timeout = 60);

Test(call, answers_a_call)
{
	int fd = lab_dial();

	lab_put(fd, "{\"method\":\"t.Echo\",\"parameters\":{\"a\":7}}");
	lab_expect_number(fd, "a", 7);
	cr_assert_eq(server_connections(lab.server), 1);
	close(fd);
	lab_settle();
	cr_assert_eq(server_connections(lab.server), 0);
}

Test(call, answers_requests_that_arrive_together_in_order)
{
	static const char two[] = "{\"method\":\"t.Echo\",\"parameters\":{\"a\":1}}\0"
				  "{\"method\":\"t.Echo\",\"parameters\":{\"a\":2}}";
	int fd = lab_dial();

	lab_put_bytes(fd, two, sizeof(two));
	lab_expect_number(fd, "a", 1);
	lab_expect_number(fd, "a", 2);
	close(fd);
}

Test(call, answers_a_request_that_arrives_byte_by_byte)
{
	static const char one[] = "{\"method\":\"t.Echo\",\"parameters\":{\"a\":1}}";
	int fd = lab_dial();

	for (size_t i = 0; i < sizeof(one); i++)
		lab_put_bytes(fd, one + i, 1);
	lab_expect_number(fd, "a", 1);
	close(fd);
}

Test(call, answers_a_client_that_shuts_down_its_writing_end)
{
	static const char two[] = "{\"method\":\"t.Echo\",\"parameters\":{\"a\":1}}\0"
				  "{\"method\":\"t.Echo\",\"parameters\":{\"a\":2}}";
	int fd = lab_dial();

	cr_assert_eq(send(fd, two, sizeof(two), 0), (ssize_t)sizeof(two));
	shutdown(fd, SHUT_WR);
	lab_settle();
	lab_expect_number(fd, "a", 1);
	lab_expect_number(fd, "a", 2);
	cr_assert(lab_hung_up(fd));
	close(fd);
}

Test(call, refuses_what_is_not_a_request)
{
	static const char *const broken[] = {
		"",
		"garbage",
		"{",
		"[]",
		"7",
		"{}",
		"{\"method\":7}",
		"{\"method\":\"t.Echo\",\"parameters\":[]}",
		"{\"method\":\"t.Echo\",\"more\":1}",
		"{\"method\":\"t.Echo\",\"oneway\":true}",
		"{\"method\":\"t.Echo\"} {\"method\":\"t.Echo\"}",
		"{\"method\":\"t.Echo\",\"method\":\"t.Fail\"}",
		"{\"method\":\"t.Echo\",\"parameters\":{\"a\":1,\"a\":2}}",
		"{\"method\":\"t.\\u0000Echo\"}",
		"{\"method\":\"t.Echo\",\"parameters\":{\"a\":1e999}}",
		"{\"method\":\"\xff\xfe\"}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		int fd = lab_dial();

		lab_put(fd, broken[i]);
		lab_expect_error(fd, PROTOCOL_INVALID_MESSAGE);
		cr_assert(lab_hung_up(fd), "kept: %s", broken[i]);
		close(fd);
	}
	cr_assert_eq(lab.handled, 0);
	cr_assert_eq(server_connections(lab.server), 0);
}

Test(call, refuses_deep_nesting)
{
	char deep[8192];
	int fd = lab_dial();

	memset(deep, '[', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	lab_put(fd, deep);
	lab_expect_error(fd, PROTOCOL_INVALID_MESSAGE);
	close(fd);
}

Test(call, answers_one_error_to_a_flood_of_nul_bytes)
{
	static const char zeros[100000];
	int fd = lab_dial();

	lab_put_bytes(fd, zeros, sizeof(zeros));
	lab_expect_error(fd, PROTOCOL_INVALID_MESSAGE);
	cr_assert(lab_hung_up(fd));
	close(fd);
}

Test(call, survives_random_bytes)
{
	unsigned seed = 7;

	for (int round = 0; round < 200; round++) {
		char bytes[512];
		int fd = lab_dial();

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)rand_r(&seed);
		lab_put_bytes(fd, bytes, sizeof(bytes));
		close(fd);
		lab_settle();
	}
	cr_assert_eq(server_connections(lab.server), 0);
}

Test(call, knows_its_methods_and_their_parameters)
{
	int fd = lab_dial();

	lab_put(fd, "{\"method\":\"t.Nonsense\"}");
	lab_expect_error(fd, PROTOCOL_METHOD_NOT_FOUND);
	lab_put(fd, "{\"method\":\"t.Echo\",\"parameters\":{\"c\":1}}");
	lab_expect_error(fd, PROTOCOL_INVALID_PARAMETER);
	lab_put(fd, "{\"method\":\"t.Watch\"}");
	lab_expect_error(fd, PROTOCOL_INVALID_PARAMETER);
	cr_assert_eq(server_subscribers(lab.server), 0);
	lab_put(fd, "{\"method\":\"t.Echo\",\"parameters\":{\"b\":1}}");
	lab_expect_number(fd, "b", 1);
	close(fd);
}

Test(call, answers_for_a_method_that_does_not)
{
	int fd = lab_dial();

	lab_put(fd, "{\"method\":\"t.Fail\"}");
	lab_expect_error(fd, PROTOCOL_INTERNAL_ERROR);
	lab_put(fd, "{\"method\":\"t.Nothing\"}");
	lab_expect_error(fd, PROTOCOL_INTERNAL_ERROR);
	close(fd);
}

Test(call, sends_only_the_first_of_two_answers)
{
	int fd = lab_dial();

	lab_put(fd, "{\"method\":\"t.Twice\"}");
	lab_expect_number(fd, "answer", 1);
	cr_assert_null(lab_get(fd));
	close(fd);
}

Test(call, says_so_when_a_reply_is_too_large)
{
	int fd = lab_dial();

	lab_put(fd, "{\"method\":\"t.Large\"}");
	lab_expect_error(fd, PROTOCOL_REPLY_TOO_LARGE);
	lab_put(fd, "{\"method\":\"t.Echo\",\"parameters\":{\"a\":1}}");
	lab_expect_number(fd, "a", 1);
	close(fd);
}

Test(call, refuses_a_request_over_the_limit)
{
	size_t length = SERVER_REQUEST_LIMIT_ADMIN + (1 << 20);
	_cleanup_free_ char *bytes = malloc(length);
	int fd = lab_dial();

	memset(bytes, 'x', length);
	cr_assert_lt(lab_put_bytes(fd, bytes, length), length);
	lab_expect_error(fd, PROTOCOL_MESSAGE_TOO_LARGE);
	cr_assert(lab_hung_up(fd));
	close(fd);
}

Test(call, sends_a_large_reply_whole)
{
	int fd = lab_dial();
	json_t *message;

	lab_put(fd, "{\"method\":\"t.Medium\"}");
	message = lab_get(fd);
	cr_assert_eq(json_string_length(
			     json_object_get(json_object_get(message, "parameters"), "bytes")),
		     4 << 20);
	json_decref(message);
	close(fd);
}

/* A connection of a role that this process cannot have, with one message in its input. */
static struct connection *connection_of(enum role role, int *peer, const char *message)
{
	struct ucred ucred = { .pid = 1, .uid = 1000, .gid = 1000 };
	struct connection *connection;
	int pair[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	connection = connection_new(pair[0], &ucred, role, lab.now);
	*peer = pair[1];
	cr_assert_gt(send(pair[1], message, strlen(message) + 1, 0), 0);
	connection_read(connection);
	return connection;
}

static int must_not_run(struct call *call, void *context)
{
	(void)context;
	lab.handled++;
	return call_reply(call, json_object());
}

static void expect_denied(enum role role, enum role needed)
{
	const struct method method = { "t.Method", needed, must_not_run, { NULL } };
	const struct method_table table = { &method, 1, NULL };
	struct connection *connection;
	int peer;

	lab.handled = 0;
	connection = connection_of(role, &peer, "{\"method\":\"t.Method\"}");
	cr_assert(connection->complete);
	call_dispatch(&table, connection, SERVER_REPLY_LIMIT);
	connection_write(connection);
	lab_expect_error(peer, PROTOCOL_PERMISSION_DENIED);
	cr_assert_eq(lab.handled, 0);
	cr_assert(!connection->closing, "the client may ask something else");
	connection_free(&connection);
	close(peer);
}

Test(call, denies_a_user_without_a_role_every_method)
{
	expect_denied(ROLE_NONE, ROLE_NONE);
	expect_denied(ROLE_NONE, ROLE_VIEWER);
	expect_denied(ROLE_NONE, ROLE_ADMIN);
}

Test(call, denies_a_method_of_a_higher_role)
{
	expect_denied(ROLE_VIEWER, ROLE_OPERATOR);
	expect_denied(ROLE_OPERATOR, ROLE_ADMIN);
}

Test(call, takes_less_from_a_user_who_is_not_admin)
{
	struct connection *connection;
	_cleanup_free_ char *bytes = calloc(1, 64 << 10);
	int peer;

	connection = connection_of(ROLE_NONE, &peer, "{}");
	connection_consume(connection);
	memset(bytes, 'x', 64 << 10);
	for (int i = 0; i < 20 && !connection->closing; i++) {
		send(peer, bytes, 64 << 10, 0);
		connection_read(connection);
	}
	cr_assert(connection->closing);
	cr_assert_leq(connection->input.length, SERVER_REQUEST_LIMIT + (128 << 10));
	connection_write(connection);
	lab_expect_error(peer, PROTOCOL_MESSAGE_TOO_LARGE);
	connection_free(&connection);
	close(peer);
}
