/* SPDX-License-Identifier: GPL-2.0-only */
/* What a routed link needs of the kernel: interfaces for its VLANs, and forwarding on them. */
#include <errno.h>
#include <net/if.h>
#include <netlink/route/link.h>
#include <string.h>

#include "base/own.h"
#include "base/text.h"
#include "kernel/forwarding.h"
#include "kernel/inspection.h"

static unsigned inspect_forwarding(struct inspection *i, const char *ifname)
{
	int strict = forwarding_setting("ipv4", "all", "rp_filter"),
	    own = forwarding_setting("ipv4", ifname, "rp_filter");
	bool forwards = forwarding_setting("ipv4", ifname, "forwarding") > 0;
	unsigned found = 0;

	if (forwards && !i->now->ours && ++found)
		inspection_say(
			i, CHECK_WARNING,
			"the kernel forwards from %s, and nobody judges that until the "
			"gateway is there; an apply turns it on, so leave it off: see sysctl "
			"-w net.ipv4.conf.%s.forwarding=0",
			ifname, ifname);
	if (i->image->features.ipv6 && forwarding_setting("ipv6", ifname, "forwarding") < 1 &&
	    ++found)
		inspection_say(i, CHECK_WARNING,
			       "the kernel does not forward IPv6 from %s; once the gateway is "
			       "there, see sysctl -w net.ipv6.conf.all.forwarding=1",
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

static bool is_routed(const struct routes *routes, uint32_t ifindex)
{
	for (size_t r = 0; r < routes->list.count; r++)
		if (routes->list.items[r].interface == ifindex)
			return true;
	return false;
}

static unsigned inspect_other(struct inspection *i, const char *name)
{
	unsigned found = 0;

	if (forwarding_setting("ipv4", name, "forwarding") > 0 && ++found)
		inspection_say(
			i, CHECK_FAILURE,
			"%s is of no routed link, and what the kernel forwards from it goes "
			"to devices unjudged; see sysctl -w net.ipv4.conf.%s.forwarding=0, and "
			"leave net.ipv4.ip_forward at 0",
			name, name);
	if (forwarding_setting("ipv6", "all", "forwarding") > 0 &&
	    !forwarding_setting("ipv6", name, "disable_ipv6") && ++found)
		inspection_say(
			i, CHECK_WARNING,
			"%s is of no routed link, and the kernel forwards IPv6 from it "
			"unjudged, unless nftables drops that; the README has the rule, or see "
			"sysctl -w net.ipv6.conf.%s.disable_ipv6=1",
			name, name);
	return found;
}

/* The kernel forwards from these without asking the program: it is on the ports only. */
static unsigned inspect_others(struct inspection *i, const struct routes *routes)
{
	_cleanup_(netdev_put_cache) struct nl_cache *links = NULL;
	unsigned found = 0;

	if (rtnl_link_alloc_cache(i->kernel->socket, AF_UNSPEC, &links)) {
		inspection_say(i, CHECK_FAILURE, "cannot list the interfaces");
		return 1;
	}
	for (struct nl_object *o = nl_cache_get_first(links); o; o = nl_cache_get_next(o)) {
		struct rtnl_link *link = (struct rtnl_link *)o;

		if (!(rtnl_link_get_flags(link) & IFF_LOOPBACK) &&
		    !is_routed(routes, (uint32_t)rtnl_link_get_ifindex(link)))
			found += inspect_other(i, rtnl_link_get_name(link));
	}
	return found;
}

static bool is_first_routed(const struct inspection *i)
{
	for (const struct inspected_port *p = i->ports; p < i->now; p++)
		if (p->port->flags & WARD_PORT_ROUTED && p->dev.ifindex)
			return false;
	return true;
}

void inspect_routing(struct inspection *i)
{
	_cleanup_(routes_free) struct routes routes = { 0 };
	struct port_now ports[WARD_MAX_PORTS] = { 0 };
	struct generation_slots no_slots = { 0 };
	const struct generation_parts parts = { i->image, &no_slots, ports, NULL };
	char name[WARD_NAME_SIZE], interfaces[TEXT_THINGS];
	unsigned found, count = 0;
	struct error error;

	if (!(i->now->port->flags & WARD_PORT_ROUTED))
		return;
	for (size_t p = 0; p < i->image->ports.count; p++)
		ports[p].ifindex = i->ports[p].dev.ifindex;
	if (routes_find(i->kernel->socket, &parts, &routes, &error)) {
		inspection_say(i, CHECK_FAILURE, "%s", error.text);
		return;
	}
	found = inspect_interfaces(i, &routes) + inspect_carried(i, &routes);
	for (size_t r = 0; r < routes.list.count; r++) {
		const struct route *route = &routes.list.items[r];

		if (route->in.ifindex != i->now->dev.ifindex ||
		    netdev_name(i->kernel->socket, route->interface, name))
			continue;
		count++;
		found += inspect_forwarding(i, name);
	}
	if (is_first_routed(i))
		found += inspect_others(i, &routes);
	if (!found)
		inspection_say(i, CHECK_OK, "%s; an apply turns forwarding on",
			       text_things(interfaces, count, "interface"));
}
