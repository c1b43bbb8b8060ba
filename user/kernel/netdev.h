/* SPDX-License-Identifier: GPL-2.0-only */
/* Network interfaces: what a port needs, set through libnl and ethtool, and put back on detach. */
#ifndef WARDGATE_KERNEL_NETDEV_H
#define WARDGATE_KERNEL_NETDEV_H

#include <netlink/cache.h>
#include <netlink/socket.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "wardgate/names.h"

struct netdev {
	uint32_t ifindex;	/* 0: there is no such interface */
	uint32_t mtu;
	uint32_t master;	/* of the bridge or bond that it belongs to, or 0 */
	bool enabled;		/* administratively up */
	bool up;		/* and with carrier */
	bool promiscuous;
	uint8_t mac[6];
	char kind[16];		/* of a virtual one: "veth", "vlan", "bond"; else "" */
};

/* How the interface is now. One that does not exist is no error. */
int netdev_get(struct nl_sock *socket, const char *ifname, struct netdev *out,
	       struct error *error);

/* The name that the interface with this index has now; -ENODEV when this namespace has none. */
int netdev_name(struct nl_sock *socket, uint32_t ifindex, char out[WARD_NAME_SIZE]);

/* For _cleanup_. */
void netdev_put_cache(struct nl_cache **cache);

/*
 * Whether the interface has an address of the gateway: any of IPv4, or one of IPv6 beyond
 * fe80::/10, which each has by itself. True also when the kernel does not tell.
 */
bool netdev_has_address(struct nl_sock *socket, uint32_t ifindex);

/*
 * Makes it a port: promiscuous, unless it is routed (or the NIC drops frames for other MACs),
 * without VLAN stripping (or XDP does not see the tag, and a tagged frame looks untagged) and
 * without LRO (or XDP sees frames that nobody sent). Verifies all. Adds what it changed to `saved`,
 * as enum ward_saved_flags.
 */
int netdev_prepare(struct nl_sock *socket, const char *ifname, bool routed, uint32_t *saved,
		   struct error *error);

/* Changes nothing: -EIO with what is not as netdev_prepare() left it. A missing one is no error. */
int netdev_verify(struct nl_sock *socket, const char *ifname, bool routed, struct error *error);

/* Puts back what netdev_prepare() changed. An interface that is gone is no error. */
int netdev_restore(struct nl_sock *socket, const char *ifname, uint32_t saved,
		   struct error *error);

/* A socket for requests, or one that hears of links that change. NULL with an error. */
struct nl_sock *netdev_socket(bool listen, struct error *error);

#endif
