/* SPDX-License-Identifier: GPL-2.0-only */
/* The same policy for Wardgate and nftables: devices may send to the peer, at a limited rate. */
#ifndef WARDGATE_BENCH_RULES_H
#define WARDGATE_BENCH_RULES_H

#include <stdbool.h>

struct rules {
	unsigned int devices;
	unsigned int vlan;	/* 0: no tags */
	unsigned int pairs;	/* of peer and service that are allowed beside, about as many */
	bool ipv6;
	bool routed;
	bool tight;		/* a packet a second, in place of a limit that nothing reaches */
};

/* Both write to standard output. */
void rules_wardgate(const struct rules *rules);
void rules_nftables(const struct rules *rules);

#endif
