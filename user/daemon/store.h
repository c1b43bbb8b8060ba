/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state folder: the policy in force. A change is on the disk before it takes effect:
 *
 *	policy.json	all files of the policy that was last in force, with their names
 *	policy.next	the same, written before a publish and renamed to policy.json after it
 *	audit.jsonl	who changed what; see audit.h
 */
#ifndef WARDGATE_DAEMON_STORE_H
#define WARDGATE_DAEMON_STORE_H

#include "daemon/daemon.h"

/* Before a publish: the text of the policy that is about to be in force. */
int store_prepare(const char *folder, const struct sources *sources, struct error *error);

/* After a publish. */
int store_commit(const char *folder, struct error *error);

/* The publish failed. */
void store_abandon(const char *folder);

/*
 * The stored policy. When a daemon died between publish and commit, `running_hash` tells which of
 * the two is in force: policy.next is tried first. -ENOENT when there is none. Earlier daemons
 * stored one file, policy.yaml, and its name in policy.name: these are read when there is nothing
 * newer.
 */
int store_load(const char *folder, const char *running_hash, struct sources **out,
	       struct error *error);

#endif
