/* SPDX-License-Identifier: GPL-2.0-only */
/* One port in a preflight. Inside the kernel room only. */
#ifndef WARDGATE_KERNEL_INSPECTION_H
#define WARDGATE_KERNEL_INSPECTION_H

#include "kernel/handle.h"
#include "kernel/preflight.h"

struct inspected_port {
	const struct image_port *port;
	struct netdev dev;	/* ifindex 0: not there */
	bool told;		/* the kernel tells the driver's features */
	uint64_t features;	/* enum xdp_feature */
	bool ours;		/* runs the gateway's program now */
	bool native;		/* whatever XDP program it runs now is in the driver */
	uint32_t program;	/* id of that, 0: none */
	uint32_t slot;		/* WARD_MAX_PORTS: the port was never seen before */
};

struct inspection {
	struct kernel *kernel;
	const struct image *image;
	struct inspected_port ports[WARD_MAX_PORTS];
	const struct inspected_port *now;	/* that is looked at; NULL: the policy as a whole */
	const char *check;
	struct preflight *out;
	bool failed;		/* memory ran out */
};

__attribute__((format(printf, 3, 4))) void inspection_say(struct inspection *i,
							  enum check_result result,
							  const char *format, ...);

/* The checks of routed ports. */
void inspect_routing(struct inspection *i);

#endif
