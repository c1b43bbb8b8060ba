/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to the server: one client, its buffers and its deadline. Knows nothing of methods. */
#ifndef WARDGATE_CONTROL_CONNECTION_H
#define WARDGATE_CONTROL_CONNECTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/text.h"
#include "control/roles.h"

struct connection {
	int fd;
	struct ucred peer;
	enum role role;
	uint32_t interest;		/* epoll events asked for */
	struct text input;
	size_t message;			/* bytes of the message that input starts with */
	bool complete;			/* input starts with a whole message */
	struct text output;
	size_t sent;			/* bytes of output that are written */
	uint64_t missed;		/* messages left out for a slow subscriber */
	struct monotonic deadline;	/* for whoever's turn it is; subscribers have none */
	bool subscribed;
	bool ended;			/* the client sends nothing more */
	bool closing;			/* write what is queued, then close */
	bool dead;			/* close now */
};

/* Takes the fd on success only. NULL when memory ran out. */
struct connection *connection_new(int fd, const struct ucred *peer, enum role role,
				  struct monotonic now);
void connection_free(struct connection **connection);

/* Bytes queued and not yet written. */
size_t connection_pending(const struct connection *connection);

/* Reads what is there, up to a limit a turn; looks for the end of a message. */
void connection_read(struct connection *connection);

/* Writes what the socket takes. A subscriber that has read all is told what it missed. */
void connection_write(struct connection *connection);

/* Removes the complete message at the start of the input. */
void connection_consume(struct connection *connection);

/*
 * Queues a message with its NUL; nothing of it on failure: -ENOMEM, -EMSGSIZE when it is longer
 * than `room`.
 */
int connection_queue(struct connection *connection, const json_t *message, size_t room);

/* Queues a message for a subscriber, or counts it as missed. */
void connection_publish(struct connection *connection, const char *bytes, size_t length);

/* Queues an error with a sentence; the connection ends when it is written. */
void connection_refuse(struct connection *connection, const char *error, const char *message);

/* Starts the time for the client's next step. */
void connection_restart(struct connection *connection, struct monotonic now);

/* Ends the connection when its time is over. */
void connection_expire(struct connection *connection, struct monotonic now);

/* The epoll events that this connection waits for. */
uint32_t connection_wants(const struct connection *connection);

/* {"error": name, "parameters": parameters or {}}. Steals parameters; NULL when memory ran out. */
json_t *connection_error(const char *name, json_t *parameters);

/* {"message": sentence}. */
json_t *connection_message(const char *sentence);

#endif
