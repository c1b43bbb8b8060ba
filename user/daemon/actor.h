/* SPDX-License-Identifier: GPL-2.0-only */
/* Who asked for a change, for the logs. */
#ifndef WARDGATE_DAEMON_ACTOR_H
#define WARDGATE_DAEMON_ACTOR_H

#include <sys/socket.h>
#include <sys/types.h>

#define ACTOR_NOBODY ((uid_t)-1)
#define ACTOR_WORDS 64

struct actor {
	uid_t uid; /* ACTOR_NOBODY: the daemon itself, at start */
	pid_t pid;
	/*
	 * The user who logged in, whatever sudo or su made of him since (pam_loginuid(8), loginuid
	 * in proc(5)); ACTOR_NOBODY when nobody did, as for a service, or it is not known.
	 */
	uid_t login;
};

/*
 * The other end of a connection. `login` is read by the pid, which another process may have by now
 * if the one that connected has ended since: true of all who wait for their answer, and no proof.
 */
struct actor actor_of_peer(const struct ucred *peer);

/* "user 0, who logged in as user 1000" */
const char *actor_words(char out[ACTOR_WORDS], struct actor actor);

#endif
