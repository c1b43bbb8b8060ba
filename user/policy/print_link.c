/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/print.h"

#include <string.h>

#include "policy/values.h"

void print_vlan(struct model_vlan vlan, struct text *out)
{
	if (vlan.outer)
		text_add(out, "%u.", vlan.outer);
	if (vlan.id == WARD_NO_VLAN)
		text_add(out, "none");
	else
		text_add(out, "%u", vlan.id);
}

/* `none` is no number, and stacks are not counted: they take no part in a range. */
static bool goes_on(struct model_vlan vlan, struct model_vlan next)
{
	return vlan.id != WARD_NO_VLAN && !vlan.outer && !next.outer && next.id == vlan.id + 1;
}

void print_vlans(const struct model_link *link, struct text *out)
{
	const struct model_vlan *vlan = link->vlans.items;

	for (size_t i = 0, last; i < link->vlans.count; i = last + 1) {
		last = i;
		while (last + 1 < link->vlans.count && goes_on(vlan[last], vlan[last + 1]))
			last++;
		text_add(out, "%s", i ? ", " : "");
		print_vlan(vlan[i], out);
		if (last > i)
			text_add(out, "-%u", vlan[last].id);
	}
}

static void print_link_vlans(const struct model_link *link, struct text *out)
{
	if (link->vlans.count) {
		text_add(out, "    vlans: [");
		print_vlans(link, out);
		text_add(out, "]\n");
	}
	if (!link->vlan_map.count)
		return;
	text_add(out, "    vlan-map: { ");
	for (size_t i = 0; i < link->vlan_map.count; i++) {
		const struct model_vlan_pair *pair = &link->vlan_map.items[i];

		text_add(out, "%s", i ? ", " : "");
		print_vlan((struct model_vlan){ 0, pair->clinical }, out);
		text_add(out, ": ");
		print_vlan((struct model_vlan){ 0, pair->it }, out);
	}
	text_add(out, " }\n");
}

static void print_ethertypes(const struct model_link *link, struct text *out)
{
	char name[VALUES_ETHERTYPE];

	if (!link->ethertypes.count)
		return;
	text_add(out, "    ethertypes: [");
	for (size_t i = 0; i < link->ethertypes.count; i++)
		text_add(out, "%s%s", i ? ", " : "",
			 values_ethertype(name, link->ethertypes.items[i]));
	text_add(out, "]\n");
}

static void print_addresses(const char *key, const struct model_address *addresses, size_t count,
			    struct text *out)
{
	text_add(out, "%s: [", key);
	for (size_t i = 0; i < count; i++) {
		text_add(out, "%s", i ? ", " : "");
		print_address(addresses[i].word, out);
	}
	text_add(out, "]");
}

static void print_host(const struct model_link *link, struct text *out)
{
	if (!link->host_vlans.count && !link->host_addresses.count)
		return;
	text_add(out, "    host: { ");
	for (size_t i = 0; i < link->host_vlans.count; i++) {
		text_add(out, "%s", i ? ", " : "vlans: [");
		print_vlan((struct model_vlan){ 0, link->host_vlans.items[i] }, out);
	}
	if (link->host_vlans.count)
		text_add(out, link->host_addresses.count ? "], " : "]");
	if (link->host_addresses.count)
		print_addresses("addresses", link->host_addresses.items, link->host_addresses.count,
				out);
	text_add(out, " }\n");
}

/* The prefixes of a VLAN stand together. */
static void print_prefixes(const struct model_link *link, struct text *out)
{
	text_add(out, link->vlan_prefixes.count ? "    prefixes:\n" : "");
	for (size_t i = 0; i < link->vlan_prefixes.count; i++) {
		const struct model_vlan_prefix *of = &link->vlan_prefixes.items[i];
		bool first = !i || of[-1].vlan != of->vlan;
		bool last = i + 1 == link->vlan_prefixes.count || of[1].vlan != of->vlan;

		text_add(out, first ? "      " : ", ");
		if (first)
			print_vlan((struct model_vlan){ 0, of->vlan }, out);
		text_add(out, first ? ": [" : "");
		print_prefix(&of->prefix, out);
		text_add(out, last ? "]\n" : "");
	}
}

void print_link(const struct model_link *link, struct text *out)
{
	text_add(out, "  - name: %s\n    clinical: ", link->name.text);
	print_word(link->clinical.text, out);
	text_add(out, "\n    it: ");
	print_word(link->it.text, out);
	text_add(out, "%s\n", link->forwarding == MODEL_ROUTED ? "\n    mode: routed" : "");
	print_enforcement("    ", link->enforcement, "\n", out);
	print_link_vlans(link, out);
	print_prefixes(link, out);
	print_ethertypes(link, out);
	if (link->routers.count)
		print_addresses("    routers", link->routers.items, link->routers.count, out);
	text_add(out, link->routers.count ? "\n" : "");
	if (link->dhcp_servers.count)
		print_addresses("    dhcp-servers", link->dhcp_servers.items,
				link->dhcp_servers.count, out);
	text_add(out, link->dhcp_servers.count ? "\n" : "");
	print_host(link, out);
	text_add(out, link->generic_xdp ? "    xdp: generic\n" : "");
}
