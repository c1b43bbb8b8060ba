/* SPDX-License-Identifier: GPL-2.0-only */
/* What a link says of itself: ports, VLANs, types and addresses with a part to play. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/compile.h"

/* Stacks. */

static int by_tags(const void *left, const void *right)
{
	const struct image_stack *a = left, *b = right;

	return a->tags < b->tags ? -1 : a->tags > b->tags;
}

static int add_stack(struct image *image, struct model_vlan vlan)
{
	struct image_stack *stack = vlan.outer ? vec_add(&image->stacks) : NULL;

	if (stack)
		stack->tags = (uint32_t)vlan.outer << 16 | vlan.id;
	return vlan.outer && !stack ? -ENOMEM : 0;
}

int compile_stacks(struct compiler *c)
{
	struct image *image = c->image;
	size_t kept = 0;
	int err = 0;

	for (size_t i = 0; i < c->model->links.count; i++)
		for (size_t v = 0; !err && v < c->model->links.items[i].vlans.count; v++)
			err = add_stack(image, c->model->links.items[i].vlans.items[v]);
	for (size_t i = 0; !err && i < c->model->devices.count; i++)
		err = add_stack(image, c->model->devices.items[i].vlan);
	if (err || !image->stacks.count)
		return err;
	qsort(image->stacks.items, image->stacks.count, sizeof(*image->stacks.items), by_tags);
	for (size_t i = 0; i < image->stacks.count; i++)
		if (!i || image->stacks.items[i].tags != image->stacks.items[kept - 1].tags)
			image->stacks.items[kept++] = image->stacks.items[i];
	image->stacks.count = kept;
	if (kept > WARD_MAX_STACKS)
		return error_set(c->error, -E2BIG, "the policy names more than %d stacks of VLANs",
				 WARD_MAX_STACKS);
	for (size_t i = 0; i < kept; i++)
		image->stacks.items[i].vlan = (uint16_t)(WARD_FIRST_STACK + i);
	return 0;
}

uint16_t compile_vlan(const struct image *image, struct model_vlan vlan)
{
	struct image_stack want = { .tags = (uint32_t)vlan.outer << 16 | vlan.id }, *found;

	if (!vlan.outer)
		return vlan.id;
	found = bsearch(&want, image->stacks.items, image->stacks.count, sizeof(want), by_tags);
	return found ? found->vlan : vlan.id;
}

/* Ports. */

static uint16_t port_flags(const struct model *model, const struct model_link *link)
{
	enum model_enforcement mode = link->enforcement ?: model->enforcement;
	const struct {
		bool set;
		uint16_t flag;
	} flags[] = {
		{ mode == MODEL_AUDIT, WARD_PORT_AUDIT },
		{ link->enforcement == MODEL_CLOSED || model->enforcement == MODEL_CLOSED,
		  WARD_PORT_CLOSED },
		{ link->vlans.count || link->vlan_map.count, WARD_PORT_VLAN_LIST },
		{ link->vlan_map.count, WARD_PORT_VLAN_MAP },
		{ !strcmp(link->clinical.text, link->it.text), WARD_PORT_HAIRPIN },
		{ link->forwarding == MODEL_ROUTED, WARD_PORT_ROUTED },
		{ link->ethertypes.count, WARD_PORT_ETHERTYPES },
		{ link->host_vlans.count, WARD_PORT_HOST_VLANS },
		{ link->host_addresses.count, WARD_PORT_HOST_ADDRESSES },
	};
	uint16_t out = 0;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (flags[i].set)
			out |= flags[i].flag;
	/* Closed is more than audited. */
	return out & WARD_PORT_CLOSED ? out & (uint16_t)~WARD_PORT_AUDIT : out;
}

static int add_port(struct compiler *c, size_t link, enum ward_side side, uint32_t other)
{
	const struct model_link *from = &c->model->links.items[link];
	struct image_port *port = vec_add(&c->image->ports);

	if (!port)
		return -ENOMEM;
	snprintf(port->ifname, sizeof(port->ifname), "%s",
		 side == WARD_CLINICAL ? from->clinical.text : from->it.text);
	port->link = (uint16_t)link;
	port->side = (uint8_t)side;
	port->generic = from->generic_xdp;
	port->flags = port_flags(c->model, from);
	port->other = other;
	return 0;
}

static int add_ports(struct compiler *c, size_t link)
{
	const struct model_link *from = &c->model->links.items[link];
	uint32_t first = (uint32_t)c->image->ports.count;

	if (!strcmp(from->clinical.text, from->it.text))
		return add_port(c, link, WARD_CLINICAL, first);
	return add_port(c, link, WARD_CLINICAL, first + 1) ?: add_port(c, link, WARD_IT, first);
}

/* VLANs. */

static int add_vlan(struct image *image, size_t link, uint16_t vlan, enum ward_vlan_use use)
{
	struct image_vlan *out = vec_add(&image->vlans);

	if (!out)
		return -ENOMEM;
	out->key = (struct ward_vlan_key){ .link = (uint8_t)link, .vlan = vlan };
	out->use = use;
	return 0;
}

/* Of a link with a map, `vlans` may leave some of the map's VLANs out. */
static int add_vlans(struct compiler *c, size_t link)
{
	const struct model_link *from = &c->model->links.items[link];
	int err = 0;

	for (size_t i = 0; !err && i < from->vlans.count; i++)
		err = add_vlan(c->image, link, compile_vlan(c->image, from->vlans.items[i]),
			       WARD_VLAN_CARRIED);
	for (size_t i = 0; !err && !from->vlans.count && i < from->vlan_map.count; i++)
		err = add_vlan(c->image, link, from->vlan_map.items[i].clinical, WARD_VLAN_CARRIED);
	for (size_t i = 0; !err && i < from->host_vlans.count; i++)
		err = add_vlan(c->image, link, from->host_vlans.items[i], WARD_VLAN_HOST);
	return err;
}

static int add_vlan_map(struct compiler *c, size_t link)
{
	const struct model_link *from = &c->model->links.items[link];
	bool hairpin = !strcmp(from->clinical.text, from->it.text);

	for (size_t i = 0; i < from->vlan_map.count; i++) {
		const struct model_vlan_pair *pair = &from->vlan_map.items[i];

		for (int side = 0; side < WARD_SIDES; side++) {
			struct image_vlan_map *out = vec_add(&c->image->vlan_maps);

			if (!out)
				return -ENOMEM;
			out->key.link = (uint8_t)link;
			out->key.side = (uint8_t)(hairpin ? WARD_SIDES : side);
			out->key.vlan = side == WARD_CLINICAL ? pair->clinical : pair->it;
			out->value.clinical = pair->clinical;
			out->value.it = pair->it;
			out->value.side = (uint8_t)side;
		}
	}
	return 0;
}

static int add_ethertypes(struct compiler *c, size_t link)
{
	const struct model_link *from = &c->model->links.items[link];

	for (size_t i = 0; i < from->ethertypes.count; i++) {
		struct ward_vlan_key *out = vec_add(&c->image->ethertypes);

		if (!out)
			return -ENOMEM;
		out->link = (uint8_t)link;
		out->vlan = from->ethertypes.items[i];
	}
	return 0;
}

/* Addresses. An address may have several parts on a link: they are one entry. */

static int add_address(struct image *image, size_t link, const struct model_address *address,
		       enum ward_address_use use)
{
	struct image_link_address *out;

	for (size_t i = image->link_addresses.count; i-- > 0;) {
		out = &image->link_addresses.items[i];
		if (out->key.link != link)
			break;
		if (address_compare(out->key.address, address->word))
			continue;
		out->use |= use;
		return 0;
	}
	out = vec_add(&image->link_addresses);
	if (!out)
		return -ENOMEM;
	memcpy(out->key.address, address->word, sizeof(address->word));
	out->key.link = (uint32_t)link;
	out->use = use;
	return 0;
}

static int add_addresses(struct compiler *c, size_t link)
{
	const struct model_link *from = &c->model->links.items[link];
	int err = 0;

	for (size_t i = 0; !err && i < from->host_addresses.count; i++)
		err = add_address(c->image, link, &from->host_addresses.items[i],
				  WARD_ADDRESS_HOST);
	for (size_t i = 0; !err && i < from->routers.count; i++)
		err = add_address(c->image, link, &from->routers.items[i], WARD_ADDRESS_ROUTER);
	for (size_t i = 0; !err && i < from->dhcp_servers.count; i++)
		err = add_address(c->image, link, &from->dhcp_servers.items[i], WARD_ADDRESS_DHCP);
	return err;
}

int compile_links(struct compiler *c)
{
	for (size_t i = 0; i < c->model->links.count; i++)
		if (add_ports(c, i) || add_vlans(c, i) || add_vlan_map(c, i) ||
		    add_ethertypes(c, i) || add_addresses(c, i))
			return -ENOMEM;
	return 0;
}
