/* SPDX-License-Identifier: GPL-2.0-only */
/* The handlers of the methods that read; see control/protocol.h. `daemon` is a struct daemon. */
#ifndef WARDGATE_DAEMON_REPORT_H
#define WARDGATE_DAEMON_REPORT_H

#include "daemon/daemon.h"

int report_status(struct call *call, void *daemon);
int report_devices(struct call *call, void *daemon);
int report_rules(struct call *call, void *daemon);
int report_drops(struct call *call, void *daemon);

/* "none", "port" or "device". */
const char *report_owner_kind(uint32_t owner);

#endif
