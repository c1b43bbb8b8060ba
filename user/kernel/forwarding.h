/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IPv4 forwarding of the interfaces of routed links. It is switched on when the program is
 * on the NIC, and off before that goes: so the kernel never forwards what nobody judged. IPv6
 * has no such switch: its kernel forwards from all interfaces or from none (ip6_forward()).
 */
#ifndef WARDGATE_KERNEL_FORWARDING_H
#define WARDGATE_KERNEL_FORWARDING_H

#include <netlink/socket.h>

#include "kernel/routes.h"

/* The number in /proc/sys/net/FAMILY/conf/IFNAME/NAME, or -1 when there is none. */
int forwarding_setting(const char *family, const char *ifname, const char *name);

/*
 * Switches it on for the interfaces on this NIC. Returns for how many it was off, or a negative
 * errno; then WARD_SAVED_FORWARDING_OFF is added to `saved`.
 */
int forwarding_open(struct nl_sock *socket, const struct routes *routes, uint32_t nic,
		    uint32_t *saved, struct error *error);

/* Switches it off for the NIC and all VLAN interfaces on it, if that was saved. */
int forwarding_close(struct nl_sock *socket, const char *ifname, uint32_t saved,
		     struct error *error);

#endif
