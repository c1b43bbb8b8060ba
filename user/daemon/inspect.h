/* SPDX-License-Identifier: GPL-2.0-only */
/* Preflight: what this machine lacks for a policy, as an answer and before an apply. */
#ifndef WARDGATE_DAEMON_INSPECT_H
#define WARDGATE_DAEMON_INSPECT_H

#include "daemon/daemon.h"
#include "kernel/preflight.h"

/* The handler of the method. */
int inspect_preflight(struct call *call, void *daemon);

/*
 * Logs each warning and failure, and adds it to `notes`, a line each. A failure is -ENODEV with its
 * sentence.
 */
int inspect_before_apply(struct daemon *daemon, const struct image *image, struct text *notes,
			 struct error *error);

#endif
