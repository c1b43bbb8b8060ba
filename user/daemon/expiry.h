/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules of the policy in force that have expired, or soon will: somebody has to see to them. */
#ifndef WARDGATE_DAEMON_EXPIRY_H
#define WARDGATE_DAEMON_EXPIRY_H

#include "daemon/daemon.h"

/* A rule that expires within so many days is named. */
#define EXPIRY_DAYS 30

struct expiry_count {
	size_t expired, expiring;
};

struct expiry_count expiry_count(const struct running *running);

/* For status: both counts, and the first of these rules. */
json_t *expiry_json(const struct running *running);

/* Logs those of which it has not been logged, of each rule both that it will and that it has. */
void expiry_log(struct running *running);

#endif
