/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state folder: the policy in force, and who changed what. A change is on the disk before it
 * takes effect:
 *
 *	policy.yaml	the policy that was last in force
 *	policy.name	the name of its file, as it was given
 *	policy.next	written before a publish, renamed to policy.yaml after it
 *	policy.name.next	the same of policy.name
 *	audit.jsonl	one line for each change that was asked for, and one for how it went
 */
#ifndef WARDGATE_DAEMON_STORE_H
#define WARDGATE_DAEMON_STORE_H

#include "daemon/daemon.h"

/* Before a publish: the text of the policy that is about to be in force. */
int store_prepare(const char *folder, const struct source *source, const char *name,
		  struct error *error);

/* After a publish. */
int store_commit(const char *folder, struct error *error);

/* The publish failed. */
void store_abandon(const char *folder);

/*
 * The stored policy, and the name it had (owned by the caller). When a daemon died between publish
 * and commit, `hash` tells which of the two texts is in force: that of policy.next is tried first.
 * -ENOENT when there is none.
 */
int store_load(const char *folder, const char *running_hash, struct source **out, char **name,
	       struct error *error);

/* What the audit log says of each subject. */
struct deed {
	struct actor actor;
	const char *action, *hash, *outcome;
};

/* Appends a line for each name to the audit log, and waits once until all are on the disk. */
int store_audit_all(const char *folder, const struct deed *deed, const json_t *subjects,
		    struct error *error);

/* The same with one line. */
int store_audit(const char *folder, struct actor actor, const char *action, const char *subject,
		const char *hash, const char *outcome, struct error *error);

#endif
