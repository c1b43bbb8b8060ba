/* SPDX-License-Identifier: GPL-2.0-only */
#include "control/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/protocol.h"
#include "control/server.h"

#define CHUNK ((size_t)64 << 10)
#define READS_A_TURN 16
/* A buffer larger than this is given back when it is empty. */
#define KEEP ((size_t)64 << 10)

struct connection *connection_new(int fd, const struct ucred *peer, enum role role,
				  struct monotonic now)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->fd = fd;
	connection->peer = *peer;
	connection->role = role;
	connection_restart(connection, now);
	return connection;
}

void connection_free(struct connection **connection)
{
	if (!*connection)
		return;
	close((*connection)->fd);
	text_free(&(*connection)->input);
	text_free(&(*connection)->output);
	free(*connection);
	*connection = NULL;
}

size_t connection_pending(const struct connection *connection)
{
	return connection->output.length - connection->sent;
}

static void buffer_clear(struct text *text)
{
	if (text->capacity > KEEP)
		text_free(text);
	text->length = 0;
}

/* Looks for the NUL in what was added behind `from`, and refuses a message that is too long. */
static void find_message(struct connection *connection, size_t from)
{
	size_t limit =
		connection->role == ROLE_ADMIN ? SERVER_REQUEST_LIMIT_ADMIN : SERVER_REQUEST_LIMIT;
	const struct text *input = &connection->input;
	const char *end = input->length > from
				  ? memchr(input->bytes + from, '\0', input->length - from)
				  : NULL;

	connection->complete = end != NULL;
	connection->message = end ? (size_t)(end - input->bytes) : input->length;
	if (connection->message > limit)
		connection_refuse(connection, PROTOCOL_MESSAGE_TOO_LARGE,
				  "the request is larger than the limit");
}

static void take_input(struct connection *connection, const char *bytes, size_t length)
{
	size_t from = connection->input.length;

	if (connection->subscribed) {
		connection_refuse(connection, PROTOCOL_INVALID_MESSAGE,
				  "a connection that follows a stream takes no further request");
		return;
	}
	text_add_bytes(&connection->input, bytes, length);
	if (text_status(&connection->input))
		connection->dead = true;
	else
		find_message(connection, from);
}

void connection_read(struct connection *connection)
{
	char chunk[CHUNK];

	for (int i = 0; i < READS_A_TURN; i++) {
		ssize_t n;

		if (connection->dead || connection->closing || connection->complete)
			return;
		n = recv(connection->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			connection->ended = true;
			return;
		}
		take_input(connection, chunk, (size_t)n);
	}
}

void connection_consume(struct connection *connection)
{
	struct text *input = &connection->input;
	size_t rest = input->length - connection->message - 1;

	memmove(input->bytes, input->bytes + connection->message + 1, rest);
	input->length = rest;
	if (!rest)
		buffer_clear(input);
	find_message(connection, 0);
}

static void tell_missed(struct connection *connection)
{
	json_t *message = json_pack("{s:{s:I}, s:b}", "parameters", "missed",
				    (json_int_t)connection->missed, "continues", 1);

	if (!connection_queue(connection, message, SERVER_STREAM_LIMIT))
		connection->missed = 0;
	json_decref(message);
}

void connection_write(struct connection *connection)
{
	while (!connection->dead && connection_pending(connection)) {
		ssize_t n = send(connection->fd, connection->output.bytes + connection->sent,
				 connection_pending(connection), MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			connection->dead = true;
			return;
		}
		connection->sent += (size_t)n;
		if (connection_pending(connection))
			continue;
		connection->sent = 0;
		buffer_clear(&connection->output);
		if (connection->missed && !connection->closing)
			tell_missed(connection);
	}
}

struct sink {
	struct text *text;
	size_t limit; /* of text->length */
	bool full;
};

static int sink_add(const char *bytes, size_t length, void *data)
{
	struct sink *sink = data;

	if (sink->full || length > sink->limit - sink->text->length) {
		sink->full = true;
		return -1;
	}
	text_add_bytes(sink->text, bytes, length);
	return text_status(sink->text);
}

/* Gives back the room of what is written, before more is added. */
static void compact(struct connection *connection)
{
	struct text *output = &connection->output;
	size_t pending = connection_pending(connection);

	if (connection->sent < CHUNK)
		return;
	memmove(output->bytes, output->bytes + connection->sent, pending);
	output->length = pending;
	connection->sent = 0;
}

int connection_queue(struct connection *connection, const json_t *message, size_t room)
{
	struct text *output = &connection->output;
	size_t before;
	struct sink sink;

	if (!message)
		return -ENOMEM;
	compact(connection);
	before = output->length;
	sink = (struct sink){ .text = output, .limit = before + room };
	if (!json_dump_callback(message, sink_add, &sink, JSON_COMPACT) && !sink_add("", 1, &sink))
		return 0;
	/* A failed append leaves what was there; only the flag must not outlive this message. */
	output->failed = false;
	output->length = before;
	return sink.full ? -EMSGSIZE : -ENOMEM;
}

void connection_publish(struct connection *connection, const char *bytes, size_t length)
{
	struct text *output = &connection->output;

	if (connection->closing || connection->dead)
		return;
	if (connection->missed && !connection_pending(connection))
		tell_missed(connection);
	if (!bytes || connection->missed || connection_pending(connection) > SERVER_STREAM_LIMIT) {
		connection->missed++;
		return;
	}
	compact(connection);
	text_add_bytes(output, bytes, length);
	if (text_status(output)) {
		output->failed = false;
		connection->missed++;
	}
}

json_t *connection_error(const char *name, json_t *parameters)
{
	return json_pack("{s:s, s:o}", "error", name, "parameters",
			 parameters ? parameters : json_object());
}

json_t *connection_message(const char *sentence)
{
	/* A sentence that quotes something may have been cut within a character. */
	json_t *text = json_string(sentence);

	return json_pack("{s:o}", "message", text ? text : json_string("(not printable)"));
}

void connection_refuse(struct connection *connection, const char *error, const char *message)
{
	json_t *reply = connection_error(error, connection_message(message));

	if (connection_queue(connection, reply, SERVER_STREAM_LIMIT))
		connection->dead = true;
	json_decref(reply);
	connection->closing = true;
	connection->subscribed = false;
	connection->complete = false;
}

void connection_restart(struct connection *connection, struct monotonic now)
{
	connection->deadline.ns = now.ns + SERVER_TIMEOUT * 1000000000ull;
}

void connection_expire(struct connection *connection, struct monotonic now)
{
	if (connection->subscribed || now.ns < connection->deadline.ns)
		return;
	if (connection->input.length && !connection->complete && !connection->closing) {
		connection_refuse(connection, PROTOCOL_TIMED_OUT,
				  "the request did not arrive whole within 30 s");
		connection_write(connection);
	}
	connection->dead = true;
}

uint32_t connection_wants(const struct connection *connection)
{
	bool pending = connection_pending(connection) > 0;
	uint32_t events = 0;

	if (connection->dead)
		return EPOLLOUT;
	if (!connection->closing && !connection->ended &&
	    (connection->subscribed || (!pending && !connection->complete)))
		events |= EPOLLIN;
	/* A request that waits here gets its turn as soon as the socket has room. */
	if (pending || connection->complete || connection->closing)
		events |= EPOLLOUT;
	return events;
}
