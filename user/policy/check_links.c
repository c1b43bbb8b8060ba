/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "policy/check_devices.h"
#include "policy/print.h"

static const struct word *interface_of(const struct model_link *links, size_t port)
{
	return port % 2 ? &links[port / 2].it : &links[port / 2].clinical;
}

/* A hairpin has the same interface on both sides. */
static bool is_hairpin(const struct model_link *link)
{
	return !strcmp(link->clinical.text, link->it.text);
}

static int check_interface(struct checker *c, struct names *seen, size_t port)
{
	const struct word *word = interface_of(c->model->links.items, port);
	uint32_t first = 0;
	int err = names_add(seen, word->text, (uint32_t)port, &first);

	if (!err || err == -ENOMEM)
		return err;
	if (port % 2 && first == port - 1)
		return 0;
	diag_error(c->diags, E_INTERFACE_TWICE, word->place,
		   "each side of each link needs a port of its own",
		   "the interface '%s' is in use already", word->text);
	diag_other(c->diags, interface_of(c->model->links.items, first)->place, "first used here");
	return 0;
}

static void check_forwarding(struct checker *c, const struct model_link *link)
{
	if (is_hairpin(link) && link->forwarding == MODEL_ROUTED) {
		diag_error(c->diags, E_ROUTED_LINK, link->forwarding_place, "leave `mode` out",
			   "a link with one interface on both sides cannot be routed");
		diag_other(c->diags, link->it.place, "the same interface as `clinical`");
	} else if (is_hairpin(link) && !link->vlan_map.count) {
		diag_error(c->diags, E_HAIRPIN, link->it.place,
			   "add `vlan-map: { CLINICAL-ID: IT-ID }`, or name another interface",
			   "the interface '%s' is on both sides, which needs a `vlan-map`",
			   link->it.text);
		diag_other(c->diags, link->clinical.place, "first used here");
	}
}

static bool has_stack(const struct model_link *link)
{
	for (size_t i = 0; i < link->vlans.count; i++)
		if (link->vlans.items[i].outer)
			return true;
	return false;
}

/* What is of no use on a routed link is not taken and left undone. */
static void check_routed(struct checker *c, const struct model_link *link)
{
	const struct {
		bool given;
		struct place place;
		const char *hint, *message;
	} refused[] = {
		{ link->vlan_map.count, link->vlan_map_place,
		  "between VLANs, the gateway's routing table decides",
		  "a routed link has no `vlan-map`" },
		{ link->ethertypes.count, link->ethertypes_place, "only IP is routed",
		  "a routed link has no `ethertypes`" },
		{ has_stack(link), link->vlans_place, "only VLANs with one tag are routed",
		  "a routed link carries no stack of VLANs" },
	};

	for (size_t i = 0; link->forwarding == MODEL_ROUTED && i < ARRAY_SIZE(refused); i++) {
		if (!refused[i].given)
			continue;
		diag_error(c->diags, E_ROUTED_LINK, refused[i].place, refused[i].hint, "%s",
			   refused[i].message);
		diag_other(c->diags, link->forwarding_place, "it is routed here");
	}
}

/* VLANs. */

static const struct model_vlan_pair *pair_of_clinical(const struct model_link *link, unsigned id)
{
	for (size_t i = 0; i < link->vlan_map.count; i++)
		if (link->vlan_map.items[i].clinical == id)
			return &link->vlan_map.items[i];
	return NULL;
}

static void say_vlan(unsigned id, struct text *out)
{
	text_add(out, id == WARD_NO_VLAN ? "`none`" : "VLAN %u", id);
}

static void map_conflict(struct checker *c, const struct model_vlan_pair *pair,
			 const struct model_vlan_pair *other, unsigned id, const char *what)
{
	_cleanup_(text_free) struct text vlan = { 0 };

	say_vlan(id, &vlan);
	diag_error(c->diags, E_VLAN_MAP, pair->place, "remove one of the two", "%s %s",
		   vlan.bytes ?: "a VLAN", what);
	diag_other(c->diags, other->place, "first used here");
}

/* Each IT VLAN once; and on a hairpin, where the VLAN says the side, on one side only. */
static void check_vlan_map(struct checker *c, const struct model_link *link)
{
	const struct model_vlan_pair *of_it[4096] = { NULL }, *of_clinical[4096] = { NULL };

	for (size_t i = 0; i < link->vlan_map.count && !diags_full(c->diags); i++) {
		const struct model_vlan_pair *pair = &link->vlan_map.items[i];

		if (of_it[pair->it])
			map_conflict(c, pair, of_it[pair->it], pair->it,
				     "is on the IT side of two clinical VLANs");
		of_it[pair->it] = pair;
		of_clinical[pair->clinical] = pair;
	}
	for (unsigned id = 0; id < 4096 && is_hairpin(link) && !diags_full(c->diags); id++)
		if (of_it[id] && of_clinical[id])
			map_conflict(c, of_it[id], of_clinical[id], id,
				     "is on both sides of a link with one interface");
}

static void check_vlans_of_map(struct checker *c, const struct model_link *link)
{
	for (size_t i = 0; link->vlan_map.count && i < link->vlans.count; i++) {
		_cleanup_(text_free) struct text vlan = { 0 };

		if (!link->vlans.items[i].outer && pair_of_clinical(link, link->vlans.items[i].id))
			continue;
		print_vlan(link->vlans.items[i], &vlan);
		diag_error(c->diags, E_VLAN_MAP, link->vlans_place,
			   "`vlans` may leave some of the map's clinical VLANs out, or be left out",
			   "VLAN %s is not on the clinical side of the link's `vlan-map`",
			   vlan.bytes);
		diag_other(c->diags, link->vlan_map_place, "the map is here");
		return;
	}
}

/* What goes to the gateway's kernel is not for devices. */
static void check_host_vlans(struct checker *c, const struct model_link *link)
{
	bool carried[4096] = { false }, mapped[4096] = { false };

	for (size_t i = 0; i < link->vlans.count; i++)
		if (!link->vlans.items[i].outer)
			carried[link->vlans.items[i].id] = true;
	for (size_t i = 0; i < link->vlan_map.count; i++) {
		mapped[link->vlan_map.items[i].clinical] = true;
		mapped[link->vlan_map.items[i].it] = true;
	}
	for (size_t i = 0; i < link->host_vlans.count && !diags_full(c->diags); i++) {
		unsigned id = link->host_vlans.items[i];
		_cleanup_(text_free) struct text vlan = { 0 };

		if (!carried[id] && !mapped[id])
			continue;
		say_vlan(id, &vlan);
		diag_error(c->diags, E_GATEWAYS_OWN, link->host_place,
			   "what comes in a VLAN of `host` goes to the gateway's kernel, unjudged",
			   "%s is for devices and for the gateway itself", vlan.bytes);
		diag_other(c->diags, carried[id] ? link->vlans_place : link->vlan_map_place,
			   "for devices here");
	}
}

int check_all_links(struct checker *c)
{
	_cleanup_(names_free) struct names interfaces = { 0 };
	const struct place whole_file = { 0 };

	if (!c->model->links.count)
		diag_error(c->diags, E_NO_LINK, whole_file,
			   "links:\n  - { name: ward, clinical: enp1s0, it: enp2s0 }",
			   "the policy has no link");
	for (size_t i = 0; i < c->model->links.count; i++) {
		const struct model_link *link = &c->model->links.items[i];
		uint32_t first;
		int err = names_add(&c->links, link->name.text, (uint32_t)i, &first);

		if (err == -ENOMEM || check_interface(c, &interfaces, 2 * i) ||
		    check_interface(c, &interfaces, 2 * i + 1))
			return -ENOMEM;
		check_forwarding(c, link);
		check_routed(c, link);
		check_vlan_map(c, link);
		check_vlans_of_map(c, link);
		check_host_vlans(c, link);
		if (!err)
			continue;
		diag_error(c->diags, E_SAME_NAME, link->name.place, "rename one of the two",
			   "two links are called '%s'", link->name.text);
		diag_other(c->diags, c->model->links.items[first].name.place, "first used here");
	}
	return 0;
}
