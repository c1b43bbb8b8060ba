/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A server and its clients in one thread: a client writes, the server runs, the client reads. Time
 * stands still unless a test moves it.
 */
#ifndef WARDGATE_TESTS_CONTROL_LAB_H
#define WARDGATE_TESTS_CONTROL_LAB_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/error.h"
#include "control/server.h"

#define SECOND 1000000000ull

struct lab {
	struct server *server;
	struct monotonic now;
	int handled;	/* calls of the method t.Echo */
	char path[PATH_MAX];
};

extern struct lab lab;

/* For the suite's .init and .fini. */
void lab_start(void);
void lab_stop(void);

/* Another server with the same methods. */
int lab_new_server(const char *path, struct server **out, struct error *error);

/* A connected socket that does not block. */
int lab_dial(void);

bool lab_has_work(void);

/* Runs the server until it has nothing to do; a server that spins fails the test. */
void lab_settle(void);

/* Writes with the server running in between. The bytes that were taken. */
size_t lab_put_bytes(int fd, const char *bytes, size_t length);

/* Writes a message and its NUL. */
void lab_put(int fd, const char *message);

/* The next message, owned by the caller; NULL when there is none or the server has hung up. */
json_t *lab_get(int fd);

bool lab_hung_up(int fd);

/* The next message must be this error, or an answer with this number. */
void lab_expect_error(int fd, const char *name);
void lab_expect_number(int fd, const char *key, json_int_t number);

#endif
