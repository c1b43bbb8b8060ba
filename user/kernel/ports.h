/* SPDX-License-Identifier: GPL-2.0-only */
/* The XDP links of the ports: pinned, so that they outlive the daemon, and updated in place. */
#ifndef WARDGATE_KERNEL_PORTS_H
#define WARDGATE_KERNEL_PORTS_H

#include "kernel/generation.h"
#include "kernel/netdev.h"
#include "kernel/pins.h"

/* A port on its way to a new program. */
struct port_change {
	const char *ifname;
	bool routed;
	bool generic;		/* XDP without the driver's help will do */
	uint32_t ifindex;	/* 0: missing */
	uint8_t mac[6];
	uint32_t slot;		/* in port_slots and tx_ports */
	int link;		/* fd of the pinned XDP link, -1: none yet */
	int old_program;	/* fd of what runs there now, -1: nothing */
	int stray;		/* fd of its link on an interface that was renamed since, or -1 */
	int stray_program;	/* fd of what runs there now */
	uint32_t stray_ifindex;
	char aside[PIN_NAME_SIZE];	/* the stray's link is pinned so now; "": as it was */
	char adopted[PIN_NAME_SIZE];	/* `link` was pinned so before; "": by the slot */
	bool prepared;		/* its settings were looked at, and changed */
	bool created;		/* by this publish */
	bool updated, stray_updated;
	bool left_out;		/* it is there, but could not get the program */
};

struct port_changes {
	struct port_change items[WARD_MAX_PORTS];
	size_t count;
	bool require;		/* all ports or none */
	unsigned left_out;	/* ports; and why the first one was */
	struct error why;
};

/*
 * Looks at the ports and their links. With `require`, a port that was never seen is -ENODEV, and
 * ports_attach() will be all or none.
 */
int ports_inspect(const struct state *state, struct nl_sock *socket, const struct image *image,
		  const struct generation_slots *slots, bool require, struct port_changes *out,
		  struct error *error);
void ports_free(struct port_changes *changes);

/* True when its program runs without the driver's help, or not at all. */
bool ports_is_generic(const struct port_change *port);

/* True when the port of this slot has its link, and that sits on this interface. */
bool ports_is_attached(const struct state *state, uint32_t slot, uint32_t ifindex);

/*
 * Gives every port the program: what was changed is changed back on failure. But unless all are
 * required, a port that has no program yet and cannot get it is left out, as it was: the others
 * must not go without.
 */
int ports_attach(struct state *state, struct nl_sock *socket, struct port_changes *changes,
		 int program, struct error *error);

/* Gives every port back what it had before ports_attach(), and adds to `error` where it cannot. */
void ports_roll_back(struct state *state, struct nl_sock *socket, struct port_changes *changes,
		     struct error *error);

/* The names of the interfaces of this namespace that have a link: "eth0, eth1". */
void ports_names(const struct state *state, struct nl_sock *socket, char *out, size_t size);

/*
 * Removes the program from every port that is not in `keep` (NULL: from all), counts them, and puts
 * their NICs back as they were; so also one without a program, which a publish that died had set
 * up. What fails can be tried again.
 */
int ports_remove_others(const struct state *state, struct nl_sock *socket,
			const struct port_changes *keep, unsigned *removed, struct error *error);

#endif
