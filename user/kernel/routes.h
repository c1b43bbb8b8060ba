/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Routed mode: XDP cannot send through a VLAN interface, and sees its frames on the NIC below.
 * These tables tell the program which interface of the kernel a NIC and VLAN are, and back.
 */
#ifndef WARDGATE_KERNEL_ROUTES_H
#define WARDGATE_KERNEL_ROUTES_H

#include <netlink/socket.h>

#include "base/error.h"
#include "base/vec.h"
#include "kernel/kernel.h"

struct generation_parts;

struct route {
	struct ward_route_in in;
	uint32_t interface;	/* of the kernel: the VLAN's, or the NIC's own without a tag */
	struct ward_route_out out;
};

struct routes {
	VEC(struct route) list;
};

/*
 * The interfaces on the NICs of the image's routed links, as they are now. Empty when no link is
 * routed. Of the parts, `routes` is not read.
 */
int routes_find(struct nl_sock *socket, const struct generation_parts *parts, struct routes *out,
		struct error *error);
void routes_free(struct routes *routes);

/* True when both tell the program the same. */
bool routes_equal(const struct routes *a, const struct routes *b);

#endif
