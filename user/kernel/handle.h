/* SPDX-License-Identifier: GPL-2.0-only */
/* What struct kernel holds. Inside the kernel room only. */
#ifndef WARDGATE_KERNEL_HANDLE_H
#define WARDGATE_KERNEL_HANDLE_H

#include "kernel/features.h"
#include "kernel/netdev.h"
#include "kernel/ports.h"
#include "kernel/state.h"

/* What tells whether to publish again can do better than the last time. */
struct port_seen {
	uint32_t ifindex, program;
	uint8_t mac[6], zero;
	bool differs;	/* from what was published */
};

struct kernel {
	struct state state;
	struct nl_sock *socket;	/* for requests */
	struct nl_sock *watch;	/* hears of links that change */
	struct features features;
	struct ring_buffer *ring;
	int lock;		/* on the folder of the pins */
	/* The ports of the running generation, as they were when it was published. */
	struct {
		char ifname[WARD_NAME_SIZE];
		struct port_now now;
	} ports[WARD_MAX_PORTS];
	size_t port_count;
	struct port_seen told[WARD_MAX_PORTS];	/* the last change that kernel_watch() told */
	struct routes routes;	/* of the running generation */
	/* Where the events of one kernel_events() go. */
	void (*handle)(const struct ward_event *event, void *context);
	void *context;
	unsigned handled, limit;
};

#endif
