/* SPDX-License-Identifier: GPL-2.0-only */
/* The client against servers that fail in every way: each is a socket pair or a listener. */
#include "control/client.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/own.h"

static char folder[] = "/tmp/wardgate-client-XXXXXX";
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static int listener = -1;
static struct client *client;
static struct error error;

static void start(void)
{
	cr_assert(mkdtemp(folder));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/sock", folder);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(listener, 4), 0);
}

static void stop(void)
{
	client_free(&client);
	own_close(&listener);
	unlink(address.sun_path);
	rmdir(folder);
}

TestSuite(client, .init = start, .fini = stop, .timeout = 30);

/* Connects, and yields the server's end. */
static int connect_pair(void)
{
	cr_assert_eq(client_new(address.sun_path, &client, &error), 0, "%s", error.text);
	return accept(listener, NULL, NULL);
}

/* What client_receive() makes of these bytes. */
static int receive(const char *bytes, size_t length, struct reply *reply)
{
	int fd = connect_pair(), err;

	cr_assert_eq(send(fd, bytes, length, 0), (ssize_t)length);
	err = client_receive(client, 100, reply, &error);
	close(fd);
	return err;
}

Test(client, says_when_nobody_answers)
{
	cr_assert_eq(client_new("/nonexistent/control.sock", &client, &error), -ENOENT);
	cr_assert_str_eq(error.text,
			 "wardgated does not answer at /nonexistent/control.sock: No such "
			 "file or directory. Is the daemon running?");
	own_close(&listener);
	cr_assert_eq(client_new(address.sun_path, &client, &error), -ECONNREFUSED);
	cr_assert_null(client);
}

Test(client, refuses_a_path_that_is_too_long)
{
	char path[300];

	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	cr_assert_eq(client_new(path, &client, &error), -ENAMETOOLONG);
}

Test(client, sends_one_request_with_its_end)
{
	static const char expected[] = "{\"method\":\"a.B\",\"parameters\":{},\"more\":true}";
	char bytes[256];
	int fd = connect_pair();

	cr_assert_eq(client_send(client, "a.B", json_object(), true, &error), 0);
	cr_assert_eq(recv(fd, bytes, sizeof(bytes), 0), (ssize_t)sizeof(expected));
	cr_assert_str_eq(bytes, expected);
	close(fd);
}

Test(client, reads_answers_one_by_one)
{
	static const char bytes[] = "{\"parameters\":{\"n\":1},\"continues\":true}\0"
				    "{\"error\":\"a.E\",\"parameters\":{}}";
	struct reply reply = { 0 };

	cr_assert_eq(receive(bytes, sizeof(bytes), &reply), 0);
	cr_assert(reply.continues);
	cr_assert_null(reply.failure);
	cr_assert_eq(json_integer_value(json_object_get(reply.parameters, "n")), 1);
	reply_free(&reply);
	cr_assert_eq(client_receive(client, 100, &reply, &error), 0);
	cr_assert_str_eq(reply.failure, "a.E");
	cr_assert(!reply.continues);
	reply_free(&reply);
	cr_assert_eq(client_receive(client, 100, &reply, &error), -ECONNRESET);
}

Test(client, refuses_answers_that_are_none)
{
	static const char *const nonsense[] = {
		"",
		"[]",
		"HTTP/1.1 400 Bad Request",
		"{}",
		"{\"parameters\":7}",
		"{\"error\":7,\"parameters\":{}}",
		"{\"parameters\":{},\"parameters\":{}}",
	};
	struct reply reply = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(nonsense); i++) {
		cr_assert_eq(receive(nonsense[i], strlen(nonsense[i]) + 1, &reply), -EPROTO, "%s",
			     nonsense[i]);
		cr_assert_null(reply.parameters);
		client_free(&client);
	}
}

Test(client, does_not_wait_for_ever)
{
	struct reply reply = { 0 };

	cr_assert_eq(receive("{", 1, &reply), -ETIMEDOUT);
}

Test(client, reads_why_the_server_hung_up_before_the_request)
{
	static const char bytes[] = "{\"error\":\"a.Busy\",\"parameters\":{}}";
	struct reply reply = { 0 };
	int fd = connect_pair();

	cr_assert_eq(send(fd, bytes, sizeof(bytes), 0), (ssize_t)sizeof(bytes));
	close(fd);
	cr_assert_eq(client_call(client, "a.B", json_object(), 100, &reply, &error), 0);
	cr_assert_str_eq(reply.failure, "a.Busy");
	reply_free(&reply);
}

Test(client, refuses_parameters_that_could_not_be_built)
{
	int fd = connect_pair();

	cr_assert_eq(client_send(client, "a.B", NULL, false, &error), -ENOMEM);
	close(fd);
}
