/* SPDX-License-Identifier: GPL-2.0-only */
/* What the drivers say of their XDP: the netdev family of generic netlink, since Linux 6.3. */
#ifndef WARDGATE_KERNEL_FEATURES_H
#define WARDGATE_KERNEL_FEATURES_H

#include <netlink/socket.h>
#include <stdint.h>

/* Bits of enum netdev_xdp_act (Documentation/netlink/specs/netdev.yaml in the kernel). */
enum xdp_feature {
	XDP_FEATURE_BASIC = 1 << 0,	/* native XDP */
	XDP_FEATURE_REDIRECT = 1 << 1,	/* its programs may redirect */
	XDP_FEATURE_TARGET = 1 << 2,	/* takes redirected frames now */
	XDP_FEATURE_FRAGMENTS = 1 << 5,	/* programs see frames of several buffers */
	XDP_FEATURE_TARGET_FRAGMENTS = 1 << 6,	/* and takes redirected ones */
};

struct features {
	struct nl_sock *socket;		/* NULL: the kernel has no such family */
	uint16_t family;
};

/* A kernel without the family is no error: nothing can be asked then. */
void features_open(struct features *out);
void features_close(struct features *features);

/* 0; -EOPNOTSUPP when the kernel cannot tell; -ENODEV; another negative errno. */
int features_get(const struct features *features, uint32_t ifindex, uint64_t *out);

#endif
