/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections: how many, for how long, and that none of them makes another wait. */
#include "control/server.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/own.h"
#include "base/text.h"
#include "control/protocol.h"
#include "control_lab.h"

TestSuite(server, .init = lab_start, .fini = lab_stop, .timeout = 60);

Test(server, survives_a_client_that_goes_away_before_the_answer)
{
	int fd = lab_dial();
	static const char one[] = "{\"method\":\"t.Medium\"}";

	cr_assert_eq(send(fd, one, sizeof(one), 0), (ssize_t)sizeof(one));
	close(fd);
	lab_settle();
	cr_assert_eq(server_connections(lab.server), 0);
}

Test(server, gives_other_clients_a_turn_while_one_sends_many_requests)
{
	struct text many = { 0 };
	int busy = lab_dial(), other = lab_dial();

	for (int i = 0; i < 1000; i++)
		text_add_bytes(&many, "{\"method\":\"t.Echo\"}", 20);
	cr_assert_gt(send(busy, many.bytes, many.length, 0), 0);
	cr_assert_gt(send(other, "{\"method\":\"t.Echo\"}", 20, 0), 0);
	for (int i = 0; i < 4; i++)
		server_run(lab.server, lab.now);
	cr_assert_leq(lab.handled, 6);
	for (int i = 0; i < 1001; i++) {
		json_t *message = lab_get(i ? busy : other);

		cr_assert(message);
		json_decref(message);
	}
	cr_assert_eq(lab.handled, 1001);
	text_free(&many);
	close(busy);
	close(other);
}

Test(server, does_not_wait_for_a_client_that_does_not_read)
{
	int slow = lab_dial(), other = lab_dial();

	lab_put(slow, "{\"method\":\"t.Medium\"}");
	lab_put(other, "{\"method\":\"t.Echo\",\"parameters\":{\"a\":1}}");
	lab_expect_number(other, "a", 1);
	cr_assert_eq(server_connections(lab.server), 2);
	lab.now.ns += 31 * SECOND;
	server_run(lab.server, lab.now);
	lab_settle();
	cr_assert_eq(server_connections(lab.server), 0,
		     "reader that stalls, and idle one, are gone");
	close(slow);
	close(other);
}

Test(server, ends_an_idle_connection)
{
	int fd = lab_dial();

	lab_settle();
	lab.now.ns += 29 * SECOND;
	server_run(lab.server, lab.now);
	cr_assert_eq(server_connections(lab.server), 1);
	lab.now.ns += 2 * SECOND;
	server_run(lab.server, lab.now);
	cr_assert_eq(server_connections(lab.server), 0);
	cr_assert(lab_hung_up(fd));
	close(fd);
}

Test(server, ends_a_request_that_dribbles_in)
{
	int fd = lab_dial();

	lab_put_bytes(fd, "{", 1);
	for (int i = 0; i < 15; i++) {
		lab_put_bytes(fd, " ", 1);
		lab.now.ns += 2 * SECOND;
		server_run(lab.server, lab.now);
	}
	lab.now.ns += SECOND;
	server_run(lab.server, lab.now);
	lab_expect_error(fd, PROTOCOL_TIMED_OUT);
	cr_assert(lab_hung_up(fd));
	close(fd);
}

Test(server, wakes_up_for_a_timeout_by_itself)
{
	struct pollfd poll_fd = { .events = POLLIN };
	int fd = lab_dial();

	poll_fd.fd = server_fd(lab.server);
	/* The connection is 29.9 s old already, by the clock of its server. */
	lab.now.ns = clock_monotonic().ns - 29900000000ull;
	lab_settle();
	cr_assert_eq(poll(&poll_fd, 1, 0), 0);
	cr_assert_eq(poll(&poll_fd, 1, 2000), 1);
	server_run(lab.server, clock_monotonic());
	cr_assert_eq(server_connections(lab.server), 0);
	cr_assert(!lab_has_work(), "the timer must not fire again");
	close(fd);
}

Test(server, refuses_the_65th_connection_with_a_word)
{
	int fds[100];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = lab_dial();
		lab_settle();
	}
	cr_assert_eq(server_connections(lab.server), SERVER_CONNECTIONS);
	for (size_t i = SERVER_CONNECTIONS; i < ARRAY_SIZE(fds); i++) {
		lab_expect_error(fds[i], PROTOCOL_BUSY);
		cr_assert(lab_hung_up(fds[i]));
	}
	lab_put(fds[0], "{\"method\":\"t.Echo\",\"parameters\":{\"a\":1}}");
	lab_expect_number(fds[0], "a", 1);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
	lab_settle();
	cr_assert_eq(server_connections(lab.server), 0);
	fds[0] = lab_dial();
	lab_put(fds[0], "{\"method\":\"t.Echo\",\"parameters\":{\"a\":1}}");
	lab_expect_number(fds[0], "a", 1);
	close(fds[0]);
}

Test(server, does_not_spin_when_it_has_no_file_descriptor_left)
{
	struct rlimit before, none;
	int fd = lab_dial(), idle;

	lab_settle();
	idle = lab_dial();
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = (rlim_t)idle + 1;
	setrlimit(RLIMIT_NOFILE, &none);
	lab_settle();
	cr_assert_eq(server_connections(lab.server), 1);
	lab_put(fd, "{\"method\":\"t.Echo\",\"parameters\":{\"a\":1}}");
	lab_expect_number(fd, "a", 1);
	setrlimit(RLIMIT_NOFILE, &before);
	lab.now.ns += 2 * SECOND;
	server_run(lab.server, lab.now);
	lab_settle();
	cr_assert_eq(server_connections(lab.server), 2);
	close(fd);
	close(idle);
}

Test(server, streams_to_its_subscribers_only)
{
	int watcher = lab_dial(), other = lab_dial();

	lab_put(watcher, "{\"method\":\"t.Watch\",\"more\":true}");
	lab_settle();
	cr_assert_eq(server_subscribers(lab.server), 1);
	server_send_all(lab.server, json_pack("{s:i}", "n", 1));
	server_send_all(lab.server, json_pack("{s:i}", "n", 2));
	lab_settle();
	lab_expect_number(watcher, "n", 1);
	lab_expect_number(watcher, "n", 2);
	cr_assert_null(lab_get(other));
	lab.now.ns += 1000 * SECOND;
	server_run(lab.server, lab.now);
	cr_assert_eq(server_subscribers(lab.server), 1, "a quiet stream has no timeout");
	close(watcher);
	lab_settle();
	cr_assert_eq(server_subscribers(lab.server), 0);
	close(other);
}

Test(server, ends_a_subscriber_that_calls_again)
{
	int fd = lab_dial();

	lab_put(fd, "{\"method\":\"t.Watch\",\"more\":true}");
	lab_put(fd, "{\"method\":\"t.Echo\"}");
	lab_expect_error(fd, PROTOCOL_INVALID_MESSAGE);
	cr_assert(lab_hung_up(fd));
	cr_assert_eq(server_subscribers(lab.server), 0);
	close(fd);
}

Test(server, tells_a_slow_subscriber_what_it_missed)
{
	int slow = lab_dial(), quick = lab_dial();
	json_int_t sent = 20000, got = 0, missed = 0;
	char padding[1000];
	json_t *message;

	memset(padding, 'p', sizeof(padding) - 1);
	padding[sizeof(padding) - 1] = '\0';
	lab_put(slow, "{\"method\":\"t.Watch\",\"more\":true}");
	lab_put(quick, "{\"method\":\"t.Watch\",\"more\":true}");
	for (json_int_t i = 0; i < sent; i++) {
		server_send_all(lab.server, json_pack("{s:I, s:s}", "n", i, "p", padding));
		lab_settle();
		lab_expect_number(quick, "n", i);
	}
	while ((message = lab_get(slow))) {
		json_t *parameters = json_object_get(message, "parameters");
		json_t *left_out = json_object_get(parameters, "missed");

		cr_assert(json_is_true(json_object_get(message, "continues")));
		cr_assert_eq(missed, 0, "what was missed is said last");
		if (left_out)
			missed = json_integer_value(left_out);
		else
			cr_assert_eq(json_integer_value(json_object_get(parameters, "n")), got++);
		json_decref(message);
	}
	cr_assert_gt(missed, sent / 2);
	cr_assert_eq(got + missed, sent);
	server_send_all(lab.server, json_pack("{s:i}", "n", 1));
	lab_settle();
	lab_expect_number(slow, "n", 1);
	close(slow);
	close(quick);
}

Test(server, counts_a_message_that_cannot_be_built_as_missed)
{
	int fd = lab_dial();

	lab_put(fd, "{\"method\":\"t.Watch\",\"more\":true}");
	server_send_all(lab.server, NULL);
	server_send_all(lab.server, json_pack("{s:i}", "n", 1));
	lab_settle();
	lab_expect_number(fd, "missed", 1);
	close(fd);
}

Test(server, makes_its_socket_for_owner_and_group)
{
	struct stat stat;

	cr_assert_eq(lstat(lab.path, &stat), 0);
	cr_assert_eq(stat.st_mode, S_IFSOCK | 0660);
	server_free(&lab.server);
	cr_assert_lt(lstat(lab.path, &stat), 0, "removed with the server");
}

Test(server, replaces_a_stale_socket_but_not_a_live_one)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct server *second = NULL;
	struct error error;
	int stale;

	cr_assert_eq(lab_new_server(lab.path, &second, &error), -EADDRINUSE);
	server_free(&lab.server);
	stale = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(address.sun_path, lab.path);
	cr_assert_eq(bind(stale, (struct sockaddr *)&address, sizeof(address)), 0);
	close(stale);
	cr_assert_eq(lab_new_server(lab.path, &lab.server, &error), 0);
	close(lab_dial());
}

Test(server, leaves_the_socket_of_its_successor)
{
	struct server *first = lab.server;
	struct stat stat;
	struct error error;

	unlink(lab.path);
	cr_assert_eq(lab_new_server(lab.path, &lab.server, &error), 0);
	server_free(&first);
	cr_assert_eq(lstat(lab.path, &stat), 0);
}

Test(server, does_not_replace_a_file_that_is_no_socket)
{
	struct server *second = NULL;
	struct error error;

	server_free(&lab.server);
	close(open(lab.path, O_CREAT | O_WRONLY, 0600));
	cr_assert_eq(lab_new_server(lab.path, &second, &error), -EEXIST);
	cr_assert_null(second);
}

Test(server, refuses_a_path_that_is_too_long)
{
	struct server *second = NULL;
	struct error error;
	char name[300];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	cr_assert_eq(lab_new_server(name, &second, &error), -ENAMETOOLONG);
}
