/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/netdev.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <string.h>

#include "base/own.h"
#include "kernel/ethtool.h"
#include "kernel/forwarding.h"
#include "wardgate/state_maps.h"

static void put_link(struct rtnl_link **link)
{
	if (*link)
		rtnl_link_put(*link);
}

struct nl_sock *netdev_socket(bool listen, struct error *error)
{
	struct nl_sock *socket = nl_socket_alloc();
	int err = socket ? nl_connect(socket, NETLINK_ROUTE) : -NLE_NOMEM;

	if (!err && listen) {
		nl_socket_disable_seq_check(socket);
		err = nl_socket_set_nonblocking(socket) ?:
			      nl_socket_add_memberships(socket, RTNLGRP_LINK, 0);
	}
	if (!err)
		return socket;
	nl_socket_free(socket);
	error_set(error, -EIO, "cannot talk to the kernel about links: %s", nl_geterror(err));
	return NULL;
}

int netdev_get(struct nl_sock *socket, const char *ifname, struct netdev *out,
	       struct error *error)
{
	_cleanup_(put_link) struct rtnl_link *link = NULL;
	int err = rtnl_link_get_kernel(socket, 0, ifname, &link);
	unsigned flags;

	*out = (struct netdev){ 0 };
	if (err == -NLE_OBJ_NOTFOUND || err == -NLE_NODEV)
		return 0;
	if (err)
		return error_set(error, -EIO, "cannot ask the kernel about port %s: %s", ifname,
				 nl_geterror(err));
	flags = rtnl_link_get_flags(link);
	out->ifindex = (uint32_t)rtnl_link_get_ifindex(link);
	out->mtu = rtnl_link_get_mtu(link);
	out->master = (uint32_t)rtnl_link_get_master(link);
	out->enabled = flags & IFF_UP;
	out->up = (flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
	out->promiscuous = flags & IFF_PROMISC;
	if (rtnl_link_get_addr(link) &&
	    nl_addr_get_len(rtnl_link_get_addr(link)) == sizeof(out->mac))
		memcpy(out->mac, nl_addr_get_binary_addr(rtnl_link_get_addr(link)),
		       sizeof(out->mac));
	snprintf(out->kind, sizeof(out->kind), "%s", rtnl_link_get_type(link) ?: "");
	return 0;
}

int netdev_name(struct nl_sock *socket, uint32_t ifindex, char out[WARD_NAME_SIZE])
{
	_cleanup_(put_link) struct rtnl_link *link = NULL;

	if (rtnl_link_get_kernel(socket, (int)ifindex, NULL, &link))
		return -ENODEV;
	snprintf(out, WARD_NAME_SIZE, "%s", rtnl_link_get_name(link));
	return 0;
}

void netdev_put_cache(struct nl_cache **cache)
{
	if (*cache)
		nl_cache_free(*cache);
}

bool netdev_has_address(struct nl_sock *socket, uint32_t ifindex)
{
	_cleanup_(netdev_put_cache) struct nl_cache *addresses = NULL;

	if (rtnl_addr_alloc_cache(socket, &addresses))
		return true;
	for (struct nl_object *o = nl_cache_get_first(addresses); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *address = (struct rtnl_addr *)o;

		if ((uint32_t)rtnl_addr_get_ifindex(address) == ifindex &&
		    (rtnl_addr_get_family(address) == AF_INET ||
		     rtnl_addr_get_scope(address) != RT_SCOPE_LINK))
			return true;
	}
	return false;
}

static int set_promiscuous(struct nl_sock *socket, const char *ifname, bool on,
			   struct error *error)
{
	_cleanup_(put_link) struct rtnl_link *old = NULL, *change = rtnl_link_alloc();
	int err = change ? rtnl_link_get_kernel(socket, 0, ifname, &old) : -NLE_NOMEM;

	if (!err) {
		if (on)
			rtnl_link_set_flags(change, IFF_PROMISC);
		else
			rtnl_link_unset_flags(change, IFF_PROMISC);
		err = rtnl_link_change(socket, old, change, 0);
	}
	if (err)
		return error_set(error, -EIO, "cannot turn promiscuous mode %s on port %s: %s",
				 on ? "on" : "off", ifname, nl_geterror(err));
	return 0;
}

static int turn_off(const char *ifname, const struct offload *offload, uint32_t *saved,
		    struct error *error)
{
	bool on = false;
	int err = offload_get(ifname, offload, &on);

	if (!err && on) {
		err = offload_set(ifname, offload, false) ?: offload_get(ifname, offload, &on);
		if (!err && on)
			err = -EOPNOTSUPP;
		if (!err)
			*saved |= offload->saved;
	}
	if (err)
		return error_set(error, err,
				 "port %s %s and does not stop (%s); see ethtool -K %s %s off",
				 ifname, offload->harm, strerror(-err), ifname, offload->name);
	return 0;
}

/* A routed port gets only what is for its own MAC. */
static int prepare_promiscuity(struct nl_sock *socket, const char *ifname, bool routed,
			       uint32_t *saved, struct error *error)
{
	struct netdev dev;
	int err = netdev_get(socket, ifname, &dev, error);

	if (!err && routed && *saved & WARD_SAVED_PROMISC_OFF) {
		err = set_promiscuous(socket, ifname, false, error);
		*saved &= err ? ~0u : ~(uint32_t)WARD_SAVED_PROMISC_OFF;
	}
	if (err || routed || dev.promiscuous)
		return err;
	err = set_promiscuous(socket, ifname, true, error) ?:
		      netdev_get(socket, ifname, &dev, error);
	if (err)
		return err;
	if (!dev.promiscuous)
		return error_set(error, -EIO,
				 "port %s does not become promiscuous; see ip link set dev %s "
				 "promisc on",
				 ifname, ifname);
	*saved |= WARD_SAVED_PROMISC_OFF;
	return 0;
}

int netdev_prepare(struct nl_sock *socket, const char *ifname, bool routed, uint32_t *saved,
		   struct error *error)
{
	int err = 0;

	for (int i = 0; !err && i < OFFLOADS; i++)
		err = turn_off(ifname, &offloads[i], saved, error);
	return err ?: prepare_promiscuity(socket, ifname, routed, saved, error);
}

int netdev_verify(struct nl_sock *socket, const char *ifname, bool routed, struct error *error)
{
	struct netdev dev;
	int err = netdev_get(socket, ifname, &dev, error);

	if (err || !dev.ifindex)
		return err;
	if (!routed && !dev.promiscuous)
		return error_set(error, -EIO,
				 "port %s is no longer promiscuous; see ip link set dev %s promisc "
				 "on",
				 ifname, ifname);
	for (int i = 0; i < OFFLOADS; i++) {
		bool on;

		if (!offload_get(ifname, &offloads[i], &on) && on)
			return error_set(error, -EIO, "port %s %s again; see ethtool -K %s %s off",
					 ifname, offloads[i].harm, ifname, offloads[i].name);
	}
	return 0;
}

int netdev_restore(struct nl_sock *socket, const char *ifname, uint32_t saved,
		   struct error *error)
{
	struct netdev dev;
	int err = netdev_get(socket, ifname, &dev, error);

	if (err || !dev.ifindex)
		return err;
	err = forwarding_close(socket, ifname, saved, error);
	if (saved & WARD_SAVED_PROMISC_OFF)
		err = set_promiscuous(socket, ifname, false, error) ?: err;
	for (int i = 0; i < OFFLOADS; i++)
		if (saved & offloads[i].saved && offload_set(ifname, &offloads[i], true) && !err)
			err = error_set(error, -EIO,
					"cannot put a setting of port %s back; see ethtool -K %s "
					"%s on",
					ifname, ifname, offloads[i].name);
	return err;
}
