/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking wardgated, with failures told to the user and turned into exit codes. */
#ifndef WARDGATE_CLI_REMOTE_H
#define WARDGATE_CLI_REMOTE_H

#include "cli/options.h"
#include "cli/output.h"
#include "control/client.h"

/* Connects. EXIT_DONE, or an exit code after the user was told why. */
int remote_open(const struct options *options, struct client **client, struct output *out);

/* Tells why talking failed (a negative errno of client_*()), and yields the exit code. */
int remote_lost(int err, const struct error *error, struct output *out);

/* Tells the error that wardgated answered with, and yields the exit code. */
int remote_failure(const struct reply *reply, struct output *out);

/*
 * Connects, calls a method (steals `parameters`) and waits for its reply, which may be an error.
 * EXIT_DONE, or an exit code after the user was told why.
 */
int remote_call(const struct options *options, const char *method, json_t *parameters,
		struct output *out, struct reply *reply);

/* Connects, calls a method (steals `parameters`), hands over its answer: `*data` is owned. */
int remote_ask(const struct options *options, const char *method, json_t *parameters,
	       struct output *out, json_t **data);

/* The same of a method that answers for all, or for the one of this name; NULL: all. */
int remote_ask_of(const struct options *options, const char *method, const char *name,
		  struct output *out, json_t **data);

#endif
