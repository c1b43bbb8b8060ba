/* SPDX-License-Identifier: GPL-2.0-only */
#include "control/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/text.h"

#define CONNECT_SECONDS 10
/* More than any reply of the server. */
#define MESSAGE_LIMIT ((size_t)128 << 20)

struct client {
	int fd;
	char *path;
	struct text input;
	size_t scanned; /* bytes of input without a NUL */
};

static int connect_error(const char *path, int err, struct error *error)
{
	if (err == -EACCES || err == -EPERM)
		return error_set(error, -EACCES, "you may not use %s: %s. Run this as root.", path,
				 strerror(-err));
	if (err == -EAGAIN)
		return error_set(error, err,
				 "wardgated does not answer at %s: it took no connection for %d s",
				 path, CONNECT_SECONDS);
	return error_set(error, err, "wardgated does not answer at %s: %s. Is the daemon running?",
			 path, strerror(-err));
}

static int connect_to(struct client *client, struct error *error)
{
	/* connect(2) on a UNIX socket waits for a place in the queue as long as a send may. */
	struct timeval limit = { .tv_sec = CONNECT_SECONDS };
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(client->path) >= sizeof(address.sun_path))
		return error_set(error, -ENAMETOOLONG,
				 "the socket path %.120s... is longer than %zu bytes", client->path,
				 sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, client->path);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0)
		return error_set(error, -errno, "cannot make a socket: %s", strerror(errno));
	setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(client->fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return connect_error(client->path, -errno, error);
	return 0;
}

int client_new(const char *path, struct client **out, struct error *error)
{
	_cleanup_(client_free) struct client *client = calloc(1, sizeof(*client));
	int err;

	if (!client)
		return error_set(error, -ENOMEM, "no memory");
	client->fd = -1;
	client->path = strdup(path);
	if (!client->path)
		return error_set(error, -ENOMEM, "no memory");
	err = connect_to(client, error);
	if (err)
		return err;
	*out = TAKE_PTR(client);
	return 0;
}

void client_free(struct client **client)
{
	if (!*client)
		return;
	own_close(&(*client)->fd);
	free((*client)->path);
	text_free(&(*client)->input);
	free(*client);
	*client = NULL;
}

void reply_free(struct reply *reply)
{
	free(reply->failure);
	json_decref(reply->parameters);
	*reply = (struct reply){ 0 };
}

static int send_all(struct client *client, const char *bytes, size_t length, struct error *error)
{
	while (length) {
		ssize_t n = send(client->fd, bytes, length, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		/* A server that hangs up has said why: client_receive() will read it. */
		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return 0;
		if (n < 0 && errno == EAGAIN)
			return error_set(error, -ETIMEDOUT,
					 "wardgated at %s does not read the request", client->path);
		if (n < 0)
			return error_set(error, -errno, "cannot send to wardgated: %s",
					 strerror(errno));
		bytes += n;
		length -= (size_t)n;
	}
	return 0;
}

int client_send(struct client *client, const char *method, json_t *parameters, bool more,
		struct error *error)
{
	_cleanup_free_ char *bytes = NULL;
	json_t *request =
		parameters ? json_pack("{s:s, s:o}", "method", method, "parameters", parameters)
			   : NULL;

	if (request && more)
		json_object_set_new(request, "more", json_true());
	bytes = request ? json_dumps(request, JSON_COMPACT) : NULL;
	json_decref(request);
	if (!bytes)
		return error_set(error, -ENOMEM, "no memory for the request");
	return send_all(client, bytes, strlen(bytes) + 1, error);
}

/* Milliseconds until `end`, for poll(2). */
static int time_left(uint64_t end)
{
	uint64_t now = clock_read(CLOCK_MONOTONIC);

	return now < end ? (int)((end - now) / 1000000) + 1 : 0;
}

static int wait_for_input(struct client *client, int timeout, struct error *error)
{
	uint64_t end = clock_read(CLOCK_MONOTONIC) + (uint64_t)timeout * 1000000;
	struct pollfd poll_fd = { .fd = client->fd, .events = POLLIN };
	int n;

	do {
		n = poll(&poll_fd, 1, timeout == CLIENT_FOREVER ? -1 : time_left(end));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set(error, -errno, "cannot wait for wardgated: %s", strerror(errno));
	if (!n)
		return error_set(error, -ETIMEDOUT, "wardgated at %s gave no answer in %d s",
				 client->path, timeout / 1000);
	return 0;
}

static int read_some(struct client *client, struct error *error)
{
	char chunk[65536];
	ssize_t n = recv(client->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n < 0 && errno != ECONNRESET)
		return error_set(error, -errno, "cannot read from wardgated: %s", strerror(errno));
	if (n <= 0)
		return error_set(error, -ECONNRESET, "wardgated closed the connection");
	text_add_bytes(&client->input, chunk, (size_t)n);
	if (text_status(&client->input))
		return error_set(error, -ENOMEM, "no memory for the answer of wardgated");
	return 0;
}

/* The length of the message at the start of the input, once it is there. */
static int read_message(struct client *client, int timeout, size_t *length, struct error *error)
{
	const struct text *input = &client->input;

	for (;;) {
		const char *end = input->length > client->scanned
					  ? memchr(input->bytes + client->scanned, '\0',
						   input->length - client->scanned)
					  : NULL;
		int err;

		if (end) {
			*length = (size_t)(end - input->bytes);
			return 0;
		}
		client->scanned = input->length;
		if (input->length > MESSAGE_LIMIT)
			return error_set(error, -EPROTO, "the answer of wardgated has no end");
		err = wait_for_input(client, timeout, error);
		if (!err)
			err = read_some(client, error);
		if (err)
			return err;
	}
}

static int take_reply(const json_t *message, struct reply *out)
{
	const json_t *failure = json_object_get(message, "error");
	json_t *parameters = json_object_get(message, "parameters");

	if (!json_is_object(parameters) || (failure && !json_is_string(failure)))
		return -EPROTO;
	if (failure) {
		out->failure = strdup(json_string_value(failure));
		if (!out->failure)
			return -ENOMEM;
	}
	out->parameters = json_incref(parameters);
	out->continues = json_is_true(json_object_get(message, "continues"));
	return 0;
}

int client_receive(struct client *client, int timeout, struct reply *out, struct error *error)
{
	struct text *input = &client->input;
	struct reply reply = { 0 };
	json_t *message;
	size_t length = 0;
	int err;

	err = read_message(client, timeout, &length, error);
	if (err)
		return err;
	message = json_loadb(input->bytes, length, JSON_REJECT_DUPLICATES, NULL);
	input->length -= length + 1;
	memmove(input->bytes, input->bytes + length + 1, input->length);
	client->scanned = 0;
	err = take_reply(message, &reply);
	json_decref(message);
	if (err)
		return error_set(error, err, "what answers at %s does not talk like wardgated",
				 client->path);
	*out = reply;
	return 0;
}

int client_call(struct client *client, const char *method, json_t *parameters, int timeout,
		struct reply *out, struct error *error)
{
	int err = client_send(client, method, parameters, false, error);

	return err ? err : client_receive(client, timeout, out, error);
}
