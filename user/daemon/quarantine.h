/* SPDX-License-Identifier: GPL-2.0-only */
/* Quarantine: taking single devices off the network, and letting them back. */
#ifndef WARDGATE_DAEMON_QUARANTINE_H
#define WARDGATE_DAEMON_QUARANTINE_H

#include "daemon/daemon.h"
#include "kernel/preflight.h"

/* The handlers of the methods. `daemon` is a struct daemon. */
int quarantine_on(struct call *call, void *daemon);
int quarantine_off(struct call *call, void *daemon);
int quarantine_list(struct call *call, void *daemon);

/*
 * A quarantine is kept under the device's name. Finds those that an apply would end: a failure for
 * a device that has another name in the image, a warning for one that is not in it.
 */
int quarantine_inspect(const struct daemon *daemon, const struct image *image,
		       struct preflight *out, struct error *error);

/* The same as a verdict: 0, or -ENODEV with the first failure as the sentence. */
int quarantine_verdict(const struct daemon *daemon, const struct image *image,
		       struct error *error);

#endif
