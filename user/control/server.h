/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The server of the control protocol. It waits for nothing and trusts nobody: every buffer, count
 * and time a client can use up has a limit, and a client that is slow, silent or hostile costs the
 * others nothing. It sees base/ and include/ only; what the methods do is the daemon's business.
 */
#ifndef WARDGATE_CONTROL_SERVER_H
#define WARDGATE_CONTROL_SERVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/error.h"
#include "control/roles.h"

/* Connections in all, those of one user other than root, and those that are kept for root. */
#define SERVER_CONNECTIONS 64
#define SERVER_CONNECTIONS_USER 8
#define SERVER_CONNECTIONS_ROOT 16

/* Bytes of one request; an admin's may carry a policy (SOURCES_LIMIT, with its JSON escapes). */
#define SERVER_REQUEST_LIMIT ((size_t)1 << 20)
#define SERVER_REQUEST_LIMIT_ADMIN ((size_t)136 << 20)

/* Bytes of replies that wait for their readers: one connection's, and all together. */
#define SERVER_REPLY_LIMIT ((size_t)64 << 20)
#define SERVER_REPLY_LIMIT_ALL ((size_t)256 << 20)

/* Bytes that wait for a subscriber; beyond it messages are left out and counted. */
#define SERVER_STREAM_LIMIT ((size_t)256 << 10)

/* Seconds for a whole request to arrive, for a whole reply to be read, and of silence. */
#define SERVER_TIMEOUT 30

#define METHOD_PARAMETERS 4

struct call;

struct method {
	const char *name;
	enum role role;	/* the least that may call it; ROLE_NONE is refused before this is read */
	/*
	 * Answers the call before it returns, with exactly one of call_reply(), call_fail() and
	 * call_subscribe(). A negative errno without an answer becomes PROTOCOL_INTERNAL_ERROR.
	 */
	int (*handle)(struct call *call, void *context);
	const char *parameters[METHOD_PARAMETERS];	/* that it takes; others are refused */
};

struct server;

/*
 * Listens at `path`, mode 0660. The folder must exist. A socket file is replaced when nobody
 * listens there; -EADDRINUSE when somebody does, -EEXIST when the file is no socket. `methods` and
 * `context` must outlive the server. Changes the umask for a moment: call it before any thread.
 */
int server_new(const char *path, const struct method *methods, size_t count, void *context,
	       struct server **out, struct error *error);

/* Closes everything and removes the socket file, if it is still the server's own. */
void server_free(struct server **server);

/* Becomes readable when server_run() has work: requests, room for replies, timeouts. Borrowed. */
int server_fd(const struct server *server);

/* Does what can be done now without waiting. */
void server_run(struct server *server, struct monotonic now);

/*
 * Queues a message for every subscriber; the next server_run() writes it. Steals `parameters`. A
 * subscriber with more than SERVER_STREAM_LIMIT unread gets nothing more until it has read all, and
 * then {"missed": N}. Never fails: what can't be queued counts as missed.
 */
void server_send_all(struct server *server, json_t *parameters);

/* Subscribers now: when there are none, there is nothing to build a message for. */
size_t server_subscribers(const struct server *server);

size_t server_connections(const struct server *server);

/* A call lives until its handler returns. */

/* An object, perhaps empty. Borrowed. */
json_t *call_parameters(const struct call *call);

/* Who calls: pid, uid, gid as they were at connect (unix(7), SO_PEERCRED). Borrowed. */
const struct ucred *call_peer(const struct call *call);

/*
 * Answers. Steals `parameters`; NULL (memory ran out while it was built, or it is not UTF-8) makes
 * it PROTOCOL_INTERNAL_ERROR. A reply over the limit becomes PROTOCOL_REPLY_TOO_LARGE. 0, -ENOMEM,
 * -EMSGSIZE, or -EALREADY when the call was answered before; the client has an answer in any case.
 */
int call_reply(struct call *call, json_t *parameters);

/* Answers with an error. `parameters` (stolen) should hold `message`; NULL: nothing more to say. */
int call_fail(struct call *call, const char *name, json_t *parameters);

/* Answers with an error that has only a message. */
__attribute__((format(printf, 3, 4))) int call_fail_message(struct call *call, const char *name,
							    const char *format, ...);

/*
 * Makes the client a subscriber until it goes away: from now on it gets what server_send_all() is
 * given, and may call nothing more. Answers PROTOCOL_INVALID_PARAMETER itself when the client did
 * not ask for `more`, and returns -EINVAL.
 */
int call_subscribe(struct call *call);

#endif
