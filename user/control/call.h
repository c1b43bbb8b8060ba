/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to the server: one request, from its bytes to the method that answers it. */
#ifndef WARDGATE_CONTROL_CALL_H
#define WARDGATE_CONTROL_CALL_H

#include "control/connection.h"
#include "control/server.h"

struct method_table {
	const struct method *methods;
	size_t count;
	void *context;
};

/*
 * Handles the complete message at the start of the connection's input and queues the answer, of at
 * most `room` bytes. A message that is no request ends the connection.
 */
void call_dispatch(const struct method_table *table, struct connection *connection, size_t room);

#endif
