/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/routes.h"

#include <linux/if_ether.h>
#include <netlink/route/link.h>
#include <netlink/route/link/vlan.h>
#include <string.h>

#include "base/own.h"
#include "kernel/generation.h"
#include "kernel/netdev.h"

void routes_free(struct routes *routes)
{
	vec_free(&routes->list);
}

bool routes_equal(const struct routes *a, const struct routes *b)
{
	return a->list.count == b->list.count &&
	       (!a->list.count ||
		!memcmp(a->list.items, b->list.items, a->list.count * sizeof(*a->list.items)));
}

/* Tags of the gateway itself are the kernel's business: nothing is forwarded there. */
static bool is_host_vlan(const struct image *image, uint8_t link, uint16_t vlan)
{
	for (size_t i = 0; i < image->vlans.count; i++) {
		const struct image_vlan *v = &image->vlans.items[i];

		if (v->key.link == link && v->key.vlan == vlan && v->use == WARD_VLAN_HOST)
			return true;
	}
	return false;
}

/* On a hairpin the VLAN says to which side an interface belongs. */
static uint8_t side_of(const struct image *image, const struct image_port *port, uint16_t vlan)
{
	for (size_t i = 0; port->flags & WARD_PORT_HAIRPIN && i < image->vlan_maps.count; i++) {
		const struct image_vlan_map *map = &image->vlan_maps.items[i];

		if (map->key.link == port->link && map->key.side == WARD_SIDES &&
		    map->key.vlan == vlan)
			return map->value.side;
	}
	return port->side;
}

static int add_route(struct routes *routes, const struct generation_parts *parts, size_t port,
		     uint16_t vlan, uint32_t interface)
{
	const struct image_port *p = &parts->image->ports.items[port];
	struct route *route;

	if (is_host_vlan(parts->image, (uint8_t)p->link, vlan))
		return 0;
	route = vec_add(&routes->list);
	if (!route)
		return -ENOMEM;
	route->in.ifindex = parts->ports[port].ifindex;
	route->in.vlan = vlan;
	route->interface = interface;
	route->out.target = parts->slots->port_owner[port] - WARD_OWNER_FIRST_PORT;
	route->out.vlan = vlan;
	route->out.link = (uint8_t)p->link;
	route->out.side = side_of(parts->image, p, vlan);
	return 0;
}

/* The VLAN interfaces with 802.1Q tags on this NIC, and the NIC itself for what has no tag. */
static int add_port(struct routes *routes, const struct generation_parts *parts, size_t port,
		    struct nl_cache *links)
{
	uint32_t nic = parts->ports[port].ifindex;
	int err = add_route(routes, parts, port, WARD_NO_VLAN, nic);

	for (struct nl_object *o = nl_cache_get_first(links); o && !err; o = nl_cache_get_next(o)) {
		struct rtnl_link *link = (struct rtnl_link *)o;

		if (!rtnl_link_is_vlan(link) || (uint32_t)rtnl_link_get_link(link) != nic ||
		    ntohs((uint16_t)rtnl_link_vlan_get_protocol(link)) != ETH_P_8021Q)
			continue;
		err = add_route(routes, parts, port, (uint16_t)rtnl_link_vlan_get_id(link),
				(uint32_t)rtnl_link_get_ifindex(link));
	}
	return err;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct route));
}

int routes_find(struct nl_sock *socket, const struct generation_parts *parts, struct routes *out,
		struct error *error)
{
	_cleanup_(routes_free) struct routes routes = { 0 };
	_cleanup_(netdev_put_cache) struct nl_cache *links = NULL;
	int err = 0;

	for (size_t i = 0; !err && i < parts->image->ports.count; i++) {
		if (!(parts->image->ports.items[i].flags & WARD_PORT_ROUTED) ||
		    !parts->ports[i].ifindex)
			continue;
		if (!links) {
			err = rtnl_link_alloc_cache(socket, AF_UNSPEC, &links);
			if (err)
				return error_set(error, -EIO, "cannot list the interfaces: %s",
						 nl_geterror(err));
		}
		err = add_port(&routes, parts, i, links);
	}
	if (err)
		return error_set(error, err, "no memory for the interfaces of routed links");
	if (routes.list.count)
		qsort(routes.list.items, routes.list.count, sizeof(*routes.list.items), compare);
	*out = routes;
	routes = (struct routes){ 0 };
	return 0;
}
