/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The same policy, for Wardgate and for nftables: each device may send to the peer, at a limited
 * rate.
 */
#ifndef WARDGATE_BENCH_RULES_H
#define WARDGATE_BENCH_RULES_H

/* Both write to standard output. `vlan` 0: no tags. */
void rules_wardgate(unsigned int devices, unsigned int vlan);
void rules_nftables(unsigned int devices);

#endif
