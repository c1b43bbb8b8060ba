/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells the service manager how the daemon is: the protocol of sd_notify(3), over the socket that
 * $NOTIFY_SOCKET names. Without one, nothing is sent.
 */
#ifndef WARDGATE_DAEMON_NOTIFY_H
#define WARDGATE_DAEMON_NOTIFY_H

#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"

struct notify {
	int fd;			/* -1: nobody listens */
	struct sockaddr_un address;
	socklen_t length;
	uint64_t watchdog;	/* ns between two signs of life; 0: nobody waits for them */
	struct monotonic next;	/* when the next one is due */
};

/* From the environment. What is wrong there is logged: nothing else would tell. */
void notify_open(struct notify *out);
void notify_close(struct notify *notify);

/* Started, or done with what notify_reloading() announced. `status` is one line for people. */
__attribute__((format(printf, 2, 3))) void notify_ready(const struct notify *notify,
							const char *status, ...);
void notify_reloading(const struct notify *notify);
void notify_stopping(const struct notify *notify);

/* Sends a sign of life when one is due. For epoll_wait(): ms until the next one, -1 for never. */
int notify_alive(struct notify *notify);

#endif
