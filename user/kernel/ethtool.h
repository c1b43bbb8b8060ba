/* SPDX-License-Identifier: GPL-2.0-only */
/* ethtool(8)'s old interface to what every driver knows; libnl has none for it. */
#ifndef WARDGATE_KERNEL_ETHTOOL_H
#define WARDGATE_KERNEL_ETHTOOL_H

#include <stdbool.h>
#include <stdint.h>

/* What a NIC may do to frames before XDP sees them, and the gateway must not have. */
struct offload {
	const char *name;	/* as ethtool -K calls it */
	const char *harm;	/* "hides VLAN tags from XDP" */
	uint32_t flag;		/* ETH_FLAG_* */
	uint32_t saved;		/* enum ward_saved_flags: it was on before */
};

#define OFFLOADS 2
extern const struct offload offloads[OFFLOADS];

/* A driver that has no such flags does not do it: off. 0 or a negative errno. */
int offload_get(const char *ifname, const struct offload *offload, bool *on);
int offload_set(const char *ifname, const struct offload *offload, bool on);

struct channels {
	uint32_t receive;	/* queues that receive */
	uint32_t most;		/* that the NIC can have */
	bool combined;		/* how ethtool -L calls them */
};

/* 0; -EOPNOTSUPP when the driver has no settings for it; another negative errno. */
int channels_get(const char *ifname, struct channels *out);

#endif
