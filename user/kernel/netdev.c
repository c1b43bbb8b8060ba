/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/netdev.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <netlink/route/link.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/own.h"
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
	out->up = (flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
	out->promiscuous = flags & IFF_PROMISC;
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

/* ethtool(8)'s old interface to the few flags that every driver knows; libnl has none for it. */
static int ethtool_value(const char *ifname, uint32_t command, uint32_t *value)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ethtool_value request = { .cmd = command, .data = *value };
	struct ifreq ifr = { .ifr_data = (char *)&request };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &ifr) < 0)
		return -errno;
	*value = request.data;
	return 0;
}

static int get_rxvlan(const char *ifname, bool *on)
{
	uint32_t flags = 0;
	int err = ethtool_value(ifname, ETHTOOL_GFLAGS, &flags);

	/* A driver that has no such flags does not strip. */
	*on = !err && flags & ETH_FLAG_RXVLAN;
	return err == -EOPNOTSUPP ? 0 : err;
}

static int set_rxvlan(const char *ifname, bool on)
{
	uint32_t flags = 0;
	int err = ethtool_value(ifname, ETHTOOL_GFLAGS, &flags);

	if (err)
		return err;
	flags = on ? flags | ETH_FLAG_RXVLAN : flags & ~(uint32_t)ETH_FLAG_RXVLAN;
	return ethtool_value(ifname, ETHTOOL_SFLAGS, &flags);
}

static int turn_rxvlan_off(const char *ifname, uint32_t *saved, struct error *error)
{
	bool on = false;
	int err = get_rxvlan(ifname, &on);

	if (!err && on) {
		err = set_rxvlan(ifname, false);
		if (!err)
			err = get_rxvlan(ifname, &on);
		if (!err && on)
			err = -EOPNOTSUPP;
		if (!err)
			*saved |= WARD_SAVED_RXVLAN_ON;
	}
	if (err)
		return error_set(error, err,
				 "port %s hides VLAN tags from XDP and does not stop (%s); see "
				 "ethtool -K %s rxvlan off",
				 ifname, strerror(-err), ifname);
	return 0;
}

int netdev_prepare(struct nl_sock *socket, const char *ifname, uint32_t *saved,
		   struct error *error)
{
	struct netdev dev;
	int err = turn_rxvlan_off(ifname, saved, error) ?: netdev_get(socket, ifname, &dev, error);

	if (err || dev.promiscuous)
		return err;
	err = set_promiscuous(socket, ifname, true, error) ?:
		      netdev_get(socket, ifname, &dev, error);
	if (err)
		return err;
	if (!dev.promiscuous)
		return error_set(error, -EIO, "port %s does not become promiscuous", ifname);
	*saved |= WARD_SAVED_PROMISC_OFF;
	return 0;
}

int netdev_restore(struct nl_sock *socket, const char *ifname, uint32_t saved,
		   struct error *error)
{
	struct netdev dev;
	int err = netdev_get(socket, ifname, &dev, error);

	if (err || !dev.ifindex)
		return err;
	if (saved & WARD_SAVED_PROMISC_OFF)
		err = set_promiscuous(socket, ifname, false, error);
	if (saved & WARD_SAVED_RXVLAN_ON && set_rxvlan(ifname, true) && !err)
		err = error_set(error, -EIO, "cannot turn VLAN stripping back on at port %s",
				ifname);
	return err;
}
