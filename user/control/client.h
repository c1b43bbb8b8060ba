/* SPDX-License-Identifier: GPL-2.0-only */
/* The client's end of the control protocol, for programs that may wait. */
#ifndef WARDGATE_CONTROL_CLIENT_H
#define WARDGATE_CONTROL_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

/* Milliseconds to wait for an answer. An apply takes as long as the policy is large. */
#define CLIENT_TIMEOUT 30000
#define CLIENT_TIMEOUT_APPLY 300000
#define CLIENT_FOREVER (-1)

struct client;

/*
 * Connects. -EACCES when the user may not; another negative errno when nobody answers; the error
 * says what to do. `out` is set on success only.
 */
int client_new(const char *path, struct client **out, struct error *error);
void client_free(struct client **client);

/* What came back: either an error of the server, or an answer. */
struct reply {
	char *failure;		/* name of the error, or NULL */
	json_t *parameters;	/* an object, of the answer or the error */
	bool continues;		/* more will follow */
};

void reply_free(struct reply *reply);

/* Sends a request. Steals `parameters` (NULL: memory ran out). */
int client_send(struct client *client, const char *method, json_t *parameters, bool more,
		struct error *error);

/*
 * Waits for a message. `out` is set on success only and released with reply_free(). -ETIMEDOUT,
 * -ECONNRESET when the server is gone, -EPROTO when it talks nonsense.
 */
int client_receive(struct client *client, int timeout, struct reply *out, struct error *error);

/* Sends and waits. An error of the server is a success here: see reply.failure. */
int client_call(struct client *client, const char *method, json_t *parameters, int timeout,
		struct reply *out, struct error *error);

#endif
