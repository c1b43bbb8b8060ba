/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports, VLANs, Ethernet types and addresses of the links, as the policy says them. */
#include <errno.h>
#include <string.h>

#include "policy/prove.h"

/* Both ascend: the number of a stack is where it stands among all of them. */
uint16_t prove_vlan(const struct image *image, struct model_vlan vlan)
{
	uint32_t tags = (uint32_t)vlan.outer << 16 | vlan.id;
	size_t low = 0, high = image->stacks.count;

	if (!vlan.outer)
		return vlan.id;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (image->stacks.items[middle].tags == tags)
			return image->stacks.items[middle].vlan;
		if (image->stacks.items[middle].tags < tags)
			low = middle + 1;
		else
			high = middle;
	}
	return UINT16_MAX;
}

static int prove_stacks(const struct image *image, struct error *error)
{
	for (size_t i = 0; i < image->stacks.count; i++) {
		const struct image_stack *stack = &image->stacks.items[i];

		if (stack->vlan != WARD_FIRST_STACK + i ||
		    stack->vlan >= WARD_FIRST_STACK + WARD_MAX_STACKS ||
		    (i && stack[-1].tags >= stack->tags))
			return prove_failed(error, "a stack of VLANs has another number");
	}
	return 0;
}

static bool is_hairpin(const struct model_link *link)
{
	return !strcmp(link->clinical.text, link->it.text);
}

/* Of all that a port's flags say, one at a time. */
static bool has_right_flags(const struct model *model, const struct model_link *link,
			    uint16_t flags)
{
	bool closed = link->enforcement == MODEL_CLOSED || model->enforcement == MODEL_CLOSED;
	bool audit = !closed && (link->enforcement == MODEL_AUDIT ||
				 (!link->enforcement && model->enforcement == MODEL_AUDIT));
	bool listed = link->vlans.count || link->vlan_map.count;

	return !(flags & WARD_PORT_CLOSED) != closed && !(flags & WARD_PORT_AUDIT) != audit &&
	       !(flags & WARD_PORT_VLAN_LIST) != listed &&
	       !(flags & WARD_PORT_VLAN_MAP) == !link->vlan_map.count &&
	       !(flags & WARD_PORT_HAIRPIN) != is_hairpin(link) &&
	       !(flags & WARD_PORT_ROUTED) == (link->forwarding != MODEL_ROUTED) &&
	       !(flags & WARD_PORT_ETHERTYPES) == !link->ethertypes.count &&
	       !(flags & WARD_PORT_HOST_VLANS) == !link->host_vlans.count &&
	       !(flags & WARD_PORT_HOST_ADDRESSES) == !link->host_addresses.count;
}

static int prove_ports(const struct model *model, const struct image *image, struct error *error)
{
	size_t at = 0;

	for (size_t i = 0; i < model->links.count; i++) {
		const struct model_link *link = &model->links.items[i];
		size_t ports = is_hairpin(link) ? 1 : 2, first = at;

		for (size_t side = 0; side < ports; side++, at++) {
			const struct image_port *port = &image->ports.items[at];
			const char *name = side ? link->it.text : link->clinical.text;

			if (at >= image->ports.count)
				return prove_failed(error, "a port is missing");
			if (strcmp(port->ifname, name) || port->side != side || port->link != i ||
			    port->other != first + (ports - 1 - side) ||
			    port->generic != link->generic_xdp)
				return prove_failed(error,
						    "a port has another link, side or other end");
			if (!has_right_flags(model, link, port->flags))
				return prove_failed(error, "a port has other flags");
		}
	}
	return at == image->ports.count ? 0 : prove_failed(error, "there are more ports");
}

/* The next entry of a table is what the policy says next. */

static bool next_vlan(const struct image *image, size_t *at, size_t link, uint16_t vlan,
		      enum ward_vlan_use use)
{
	const struct image_vlan *entry = &image->vlans.items[*at];

	return (*at)++ < image->vlans.count && entry->key.link == link && entry->key.vlan == vlan &&
	       !entry->key.zero && entry->use == use;
}

static int prove_vlans(const struct model *model, const struct image *image, struct error *error)
{
	size_t at = 0;
	bool good = true;

	for (size_t i = 0; i < model->links.count; i++) {
		const struct model_link *link = &model->links.items[i];

		for (size_t v = 0; good && v < link->vlans.count; v++)
			good = next_vlan(image, &at, i, prove_vlan(image, link->vlans.items[v]),
					 WARD_VLAN_CARRIED);
		for (size_t v = 0; good && !link->vlans.count && v < link->vlan_map.count; v++)
			good = next_vlan(image, &at, i, link->vlan_map.items[v].clinical,
					 WARD_VLAN_CARRIED);
		for (size_t v = 0; good && v < link->host_vlans.count; v++)
			good = next_vlan(image, &at, i, link->host_vlans.items[v], WARD_VLAN_HOST);
	}
	return good && at == image->vlans.count ? 0 : prove_failed(error, "a link has other VLANs");
}

static bool next_pair(const struct image *image, size_t *at, size_t link, bool hairpin,
		      const struct model_vlan_pair *pair)
{
	for (uint8_t side = 0; side < 2; side++) {
		const struct image_vlan_map *entry = &image->vlan_maps.items[*at];

		if ((*at)++ >= image->vlan_maps.count || entry->key.link != link ||
		    entry->key.side != (hairpin ? 2 : side) || entry->value.side != side ||
		    entry->key.vlan != (side ? pair->it : pair->clinical) ||
		    entry->value.clinical != pair->clinical || entry->value.it != pair->it)
			return false;
	}
	return true;
}

static int prove_maps(const struct model *model, const struct image *image, struct error *error)
{
	size_t maps = 0, types = 0;

	for (size_t i = 0; i < model->links.count; i++) {
		const struct model_link *link = &model->links.items[i];

		for (size_t v = 0; v < link->vlan_map.count; v++)
			if (!next_pair(image, &maps, i, is_hairpin(link), &link->vlan_map.items[v]))
				return prove_failed(error, "a link maps VLANs in another way");
		for (size_t t = 0; t < link->ethertypes.count; t++, types++)
			if (types >= image->ethertypes.count ||
			    image->ethertypes.items[types].link != i ||
			    image->ethertypes.items[types].vlan != link->ethertypes.items[t])
				return prove_failed(error, "a link has other Ethernet types");
	}
	return maps == image->vlan_maps.count && types == image->ethertypes.count
		       ? 0
		       : prove_failed(error, "a link has more VLANs to map, or Ethernet types");
}

static bool lists(const struct model_address *addresses, size_t count, const __be32 address[4])
{
	for (size_t i = 0; i < count; i++)
		if (!memcmp(addresses[i].word, address, sizeof(addresses[i].word)))
			return true;
	return false;
}

/* Every entry says what the link says of that address, and every address has one entry. */
static int prove_addresses(const struct model *model, const struct image *image,
			   struct error *error)
{
	size_t parts = 0, meant = 0;

	for (size_t i = 0; i < image->link_addresses.count; i++) {
		const struct image_link_address *entry = &image->link_addresses.items[i];
		const __be32 *address = entry->key.address;
		const struct model_link *link;
		bool host, router, dhcp;

		if (entry->key.link >= model->links.count ||
		    (i && entry[-1].key.link > entry->key.link))
			return prove_failed(error,
					    "an address belongs to no link, or out of order");
		link = &model->links.items[entry->key.link];
		host = lists(link->host_addresses.items, link->host_addresses.count, address);
		router = lists(link->routers.items, link->routers.count, address);
		dhcp = lists(link->dhcp_servers.items, link->dhcp_servers.count, address);
		if (entry->use != (host ? (uint32_t)WARD_ADDRESS_HOST : 0) +
					  (router ? (uint32_t)WARD_ADDRESS_ROUTER : 0) +
					  (dhcp ? (uint32_t)WARD_ADDRESS_DHCP : 0))
			return prove_failed(error, "an address of a link has another part");
		parts += (size_t)host + router + dhcp;
		for (size_t j = i;
		     j-- > 0 && entry[0].key.link == image->link_addresses.items[j].key.link;)
			if (!memcmp(image->link_addresses.items[j].key.address, address, 16))
				return prove_failed(error, "an address of a link stands twice");
	}
	for (size_t i = 0; i < model->links.count; i++)
		meant += model->links.items[i].host_addresses.count +
			 model->links.items[i].routers.count +
			 model->links.items[i].dhcp_servers.count;
	return parts == meant ? 0 : prove_failed(error, "a link has other addresses");
}

int prove_links(const struct model *model, const struct image *image, struct error *error)
{
	return prove_stacks(image, error) ?: prove_ports(model, image, error) ?:
	       prove_vlans(model, image, error) ?: prove_maps(model, image, error) ?:
	       prove_addresses(model, image, error);
}
