/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The audit log, audit.jsonl in the state folder: a line for each change that was asked for, and
 * one for how it went, chained as base/chain.h says. A line is on the disk before the change takes
 * effect. Keys, after those of the chain:
 *
 *	time, uid, pid	when, and who asked; uid -1 is the daemon itself
 *	login		uid of the session's login, which `sudo` does not change; or null
 *	action		"apply", "quarantine", "release", ...; of the log itself: "begin" when it was
 *			there before the chain, "mend" behind a line that a crash cut short
 *	subject		of the action
 *	hash		of the policy meant
 *	outcome		"started", "done", or what went wrong
 *	reason		why, if somebody said so
 */
#ifndef WARDGATE_DAEMON_AUDIT_H
#define WARDGATE_DAEMON_AUDIT_H

#include "base/chain.h"
#include "daemon/daemon.h"

/* What the audit log says of each subject. */
struct deed {
	struct actor actor;
	const char *action, *hash, *outcome;
	const char *reason;	/* NULL: none */
};

/* Appends a line for each name to the audit log, and waits once until all are on the disk. */
int audit_all(const char *folder, const struct deed *deed, const json_t *subjects,
	      struct error *error);

/* The same with one line. */
int audit_one(const char *folder, const struct deed *deed, const char *subject,
	      struct error *error);

/* The last whole line; sequence 0 when there is none. */
int audit_head(const char *folder, struct chain_head *out, struct error *error);

/* For status: number and hash of the last line. */
json_t *audit_json(const char *folder);

#endif
