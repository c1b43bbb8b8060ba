/* SPDX-License-Identifier: GPL-2.0-only */
#include "daemon/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "base/text.h"

/* A path, or '@' and a name in the abstract space: sd_notify(3), `$NOTIFY_SOCKET`. */
static int set_address(const char *name, struct notify *out)
{
	size_t length = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || length >= sizeof(out->address.sun_path))
		return -EINVAL;
	out->address.sun_family = AF_UNIX;
	memcpy(out->address.sun_path, name, length);
	if (name[0] == '@')
		out->address.sun_path[0] = '\0';
	out->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return 0;
}

/* sd_watchdog_enabled(3): one of another process is not ours. Half of it, as it advises. */
static uint64_t watchdog_interval(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *owner = getenv("WATCHDOG_PID");
	uint64_t interval, pid;

	if (!usec || text_parse_number(usec, 1, UINT64_MAX / 1000, &interval))
		return 0;
	if (owner && (text_parse_number(owner, 1, INT32_MAX, &pid) || (pid_t)pid != getpid()))
		return 0;
	return interval * 1000 / 2;
}

void notify_open(struct notify *out)
{
	const char *name = getenv("NOTIFY_SOCKET");

	*out = (struct notify){ .fd = -1 };
	if (!name)
		return;
	if (set_address(name, out)) {
		log_error("the service manager cannot be told anything: NOTIFY_SOCKET is no path of "
			  "a socket: %s", name);
		return;
	}
	out->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	out->watchdog = watchdog_interval();
}

void notify_close(struct notify *notify)
{
	own_close(&notify->fd);
}

static void send_message(const struct notify *notify, const char *message)
{
	if (notify->fd >= 0 && sendto(notify->fd, message, strlen(message), MSG_NOSIGNAL,
				      (const struct sockaddr *)&notify->address,
				      notify->length) < 0)
		log_error("cannot tell the service manager \"%s\": %s", message, strerror(errno));
}

void notify_ready(const struct notify *notify, const char *status, ...)
{
	char line[256], message[300];
	va_list args;

	va_start(args, status);
	vsnprintf(line, sizeof(line), status, args);
	va_end(args);
	snprintf(message, sizeof(message), "READY=1\nSTATUS=%s", line);
	send_message(notify, message);
}

void notify_reloading(const struct notify *notify)
{
	char message[64];

	/* The exact clock: the manager compares it with its own. */
	snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%llu",
		 (unsigned long long)(clock_read(CLOCK_MONOTONIC) / 1000));
	send_message(notify, message);
}

void notify_stopping(const struct notify *notify)
{
	send_message(notify, "STOPPING=1");
}

int notify_alive(struct notify *notify)
{
	uint64_t now = clock_monotonic().ns;

	if (notify->fd < 0 || !notify->watchdog)
		return -1;
	if (now >= notify->next.ns) {
		send_message(notify, "WATCHDOG=1");
		notify->next.ns = now + notify->watchdog;
	}
	return (int)((notify->next.ns - now) / 1000000u) + 1;
}
