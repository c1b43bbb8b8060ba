/* SPDX-License-Identifier: GPL-2.0-only */
/* What a routed link needs of the kernel: interfaces for its VLANs, and forwarding on them. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "kernel/inspection.h"

/* The number in /proc/sys/net/FAMILY/conf/IFNAME/NAME, or -1 when there is none. */
static int setting(const char *family, const char *ifname, const char *name)
{
	_cleanup_(text_free) struct text text = { 0 };
	struct error ignored;
	char path[256];

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, ifname, name);
	if (file_read(path, 64, &text, &ignored) || !text.bytes || !isdigit(text.bytes[0]))
		return -1;
	return atoi(text.bytes);
}

static unsigned inspect_forwarding(struct inspection *i, const char *ifname)
{
	int strict = setting("ipv4", "all", "rp_filter"),
	    own = setting("ipv4", ifname, "rp_filter");
	unsigned found = 0;

	if (setting("ipv4", ifname, "forwarding") == 0 && ++found)
		inspection_say(i, CHECK_FAILURE,
			       "the kernel does not forward IPv4 from %s; see sysctl -w "
			       "net.ipv4.ip_forward=1",
			       ifname);
	if (i->image->features.ipv6 && setting("ipv6", ifname, "forwarding") < 1 && ++found)
		inspection_say(i, CHECK_FAILURE,
			       "the kernel does not forward IPv6 from %s; see sysctl -w "
			       "net.ipv6.conf.all.forwarding=1",
			       ifname);
	if ((strict > own ? strict : own) == 1 && ++found)
		inspection_say(i, CHECK_WARNING,
			       "%s drops what the kernel would answer by another interface "
			       "(rp_filter is 1); if routes are not symmetric, set "
			       "net.ipv4.conf.%s.rp_filter and net.ipv4.conf.all.rp_filter to 2",
			       ifname, ifname);
	return found;
}

static bool has_route(const struct routes *routes, uint32_t nic, uint16_t vlan)
{
	for (size_t r = 0; r < routes->list.count; r++)
		if (routes->list.items[r].in.ifindex == nic &&
		    routes->list.items[r].in.vlan == vlan)
			return true;
	return false;
}

/* Each VLAN of a device needs an interface of the kernel on the clinical NIC. */
static unsigned inspect_interfaces(struct inspection *i, const struct routes *routes)
{
	const struct inspected_port *p = i->now;
	bool done[WARD_FIRST_STACK] = { false };
	unsigned found = 0;

	for (size_t a = 0; p->port->side == WARD_CLINICAL && a < i->image->addresses.count; a++) {
		const struct ward_device *device = &i->image->addresses.items[a];
		uint16_t vlan = device->vlan;

		if (device->link != p->port->link || vlan >= WARD_FIRST_STACK || done[vlan])
			continue;
		done[vlan] = true;
		if (has_route(routes, p->dev.ifindex, vlan))
			continue;
		found++;
		inspection_say(
			i, CHECK_WARNING,
			"VLAN %u has devices, but the kernel has no interface for it; see ip "
			"link add link %s name %.9s.%u type vlan id %u",
			vlan, p->port->ifname, p->port->ifname, vlan, vlan);
	}
	return found;
}

static bool carries(const struct inspection *i, uint16_t vlan)
{
	for (size_t v = 0; v < i->image->vlans.count; v++) {
		const struct image_vlan *entry = &i->image->vlans.items[v];

		if (entry->key.link == i->now->port->link && entry->key.vlan == vlan)
			return entry->use == WARD_VLAN_CARRIED;
	}
	return false;
}

static void say_not_carried(struct inspection *i, uint16_t vlan)
{
	char by[32], entry[8];

	snprintf(by, sizeof(by), vlan == WARD_NO_VLAN ? "frames without a tag" : "VLAN %u", vlan);
	snprintf(entry, sizeof(entry), vlan == WARD_NO_VLAN ? "`none`" : "%u", vlan);
	inspection_say(i, CHECK_WARNING,
		       "the kernel routes by %s of %s, but the link's `vlans` lacks it: its ARP is "
		       "dropped; add %s to `vlans`, or to the link's `host` if nothing is routed "
		       "there",
		       by, i->now->port->ifname, entry);
}

/* ARP of the next hop comes in a VLAN that the link must carry. On the clinical side devices do. */
static unsigned inspect_carried(struct inspection *i, const struct routes *routes)
{
	const struct inspected_port *p = i->now;
	unsigned carried = 0, missing = 0;

	if (p->port->side != WARD_IT || !(p->port->flags & WARD_PORT_VLAN_LIST))
		return 0;
	for (size_t r = 0; r < routes->list.count; r++) {
		const struct route *route = &routes->list.items[r];
		uint16_t vlan = route->in.vlan;

		if (route->in.ifindex != p->dev.ifindex)
			continue;
		if (carries(i, vlan)) {
			carried++;
			continue;
		}
		/* A NIC is an interface even if only its VLANs are in use. */
		if (vlan == WARD_NO_VLAN &&
		    !netdev_has_address(i->kernel->socket, route->interface))
			continue;
		missing++;
		say_not_carried(i, vlan);
	}
	if (carried)
		return missing;
	/* Without any, the routes may lead to another link's port. */
	inspection_say(i, missing ? CHECK_FAILURE : CHECK_WARNING,
		       "no interface of the kernel on %s is in the link's `vlans`: nothing can be "
		       "routed to IT there",
		       p->port->ifname);
	return missing + 1;
}

void inspect_routing(struct inspection *i)
{
	_cleanup_(routes_free) struct routes routes = { 0 };
	struct port_now ports[WARD_MAX_PORTS] = { 0 };
	struct generation_slots no_slots = { 0 };
	const struct generation_parts parts = { i->image, &no_slots, ports, NULL };
	char name[WARD_NAME_SIZE];
	struct error error;
	unsigned found;

	if (!(i->now->port->flags & WARD_PORT_ROUTED))
		return;
	ports[i->now - i->ports].ifindex = i->now->dev.ifindex;
	if (routes_find(i->kernel->socket, &parts, &routes, &error)) {
		inspection_say(i, CHECK_FAILURE, "%s", error.text);
		return;
	}
	found = inspect_interfaces(i, &routes) + inspect_carried(i, &routes);
	for (size_t r = 0; r < routes.list.count; r++)
		if (!netdev_name(i->kernel->socket, routes.list.items[r].interface, name))
			found += inspect_forwarding(i, name);
	if (!found)
		inspection_say(i, CHECK_OK, "%zu interface%s that forward%s", routes.list.count,
			       routes.list.count == 1 ? "" : "s",
			       routes.list.count == 1 ? "s" : "");
}
