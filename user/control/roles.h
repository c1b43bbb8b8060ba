/* SPDX-License-Identifier: GPL-2.0-only */
/* Who may do what: a peer of the control socket has one role, and each method names the least. */
#ifndef WARDGATE_CONTROL_ROLES_H
#define WARDGATE_CONTROL_ROLES_H

#include <sys/types.h>

/* In the order of power: a role may do all that the ones before it may. */
enum role {
	ROLE_NONE,	/* may call nothing */
	ROLE_VIEWER,	/* reads */
	ROLE_OPERATOR,	/* reads, and what can be undone */
	ROLE_ADMIN,	/* everything */
};

/*
 * The role of a process by its effective user, as SO_PEERCRED tells it. `own` is the daemon's
 * effective user. Only root and the daemon's own user have a role.
 */
enum role role_of_peer(uid_t peer, uid_t own);

/* "admin" and so on, for messages. */
const char *role_name(enum role role);

#endif
