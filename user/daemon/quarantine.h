/* SPDX-License-Identifier: GPL-2.0-only */
/* Quarantine: taking single devices off the network, and letting them back. */
#ifndef WARDGATE_DAEMON_QUARANTINE_H
#define WARDGATE_DAEMON_QUARANTINE_H

#include "control/server.h"

/* The handlers of the methods. `daemon` is a struct daemon. */
int quarantine_on(struct call *call, void *daemon);
int quarantine_off(struct call *call, void *daemon);
int quarantine_list(struct call *call, void *daemon);

#endif
