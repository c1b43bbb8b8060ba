/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/forwarding.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netlink/route/link.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "kernel/netdev.h"

int forwarding_setting(const char *family, const char *ifname, const char *name)
{
	_cleanup_(text_free) struct text text = { 0 };
	struct error ignored;
	char path[256];

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, ifname, name);
	if (file_read(path, 64, &text, &ignored) || !text.bytes || !isdigit(text.bytes[0]))
		return -1;
	return atoi(text.bytes);
}

static int set(const char *ifname, bool on, struct error *error)
{
	_cleanup_close_ int fd = -1;
	char path[256];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/forwarding", ifname);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, on ? "1" : "0", 1) == 1)
		return 0;
	return error_set(error, -errno,
			 "cannot switch IPv4 forwarding %s for %s: %s; see sysctl -w "
			 "net.ipv4.conf.%s.forwarding=%d",
			 on ? "on" : "off", ifname, strerror(errno), ifname, on);
}

int forwarding_open(struct nl_sock *socket, const struct routes *routes, uint32_t nic,
		    uint32_t *saved, struct error *error)
{
	char name[WARD_NAME_SIZE];
	int count = 0;

	for (size_t i = 0; i < routes->list.count; i++) {
		const struct route *route = &routes->list.items[i];

		if (route->in.ifindex != nic || netdev_name(socket, route->interface, name) ||
		    forwarding_setting("ipv4", name, "forwarding"))
			continue;
		*saved |= WARD_SAVED_FORWARDING_OFF;
		if (set(name, true, error))
			return -EIO;
		count++;
	}
	return count;
}

int forwarding_close(struct nl_sock *socket, const char *ifname, uint32_t saved,
		     struct error *error)
{
	_cleanup_(netdev_put_cache) struct nl_cache *links = NULL;
	struct netdev nic = { 0 };
	int err = 0;

	if (!(saved & WARD_SAVED_FORWARDING_OFF))
		return 0;
	err = netdev_get(socket, ifname, &nic, error);
	if (err || !nic.ifindex)
		return err;
	if (rtnl_link_alloc_cache(socket, AF_UNSPEC, &links))
		return error_set(error, -EIO, "cannot list the interfaces on port %s", ifname);
	for (struct nl_object *o = nl_cache_get_first(links); o; o = nl_cache_get_next(o)) {
		struct rtnl_link *link = (struct rtnl_link *)o;

		if ((uint32_t)rtnl_link_get_ifindex(link) == nic.ifindex ||
		    (uint32_t)rtnl_link_get_link(link) == nic.ifindex)
			err = set(rtnl_link_get_name(link), false, error) ?: err;
	}
	return err;
}
