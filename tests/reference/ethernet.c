/* SPDX-License-Identifier: GPL-2.0-only */
/* Sections 1 and 2: port, tags, VLAN map, Ethernet type. */
#include <string.h>

#include "packet.h"

enum {
	VLAN_TAG = 0x8100,
	SERVICE_TAG = 0x88a8,
};

static bool is_tag(unsigned ethertype)
{
	return ethertype == VLAN_TAG || ethertype == SERVICE_TAG;
}

static int read_tags(struct ref_packet *p)
{
	unsigned types[2] = { 0 }, ids[2] = { 0 }, count = 0, at = 12;

	if (p->length < 14)
		return WARD_TRUNCATED;
	while (count < 2 && is_tag(ref_u16(p->bytes + at))) {
		types[count] = ref_u16(p->bytes + at);
		if (p->length < at + 6)
			return WARD_TRUNCATED;
		ids[count++] = ref_u16(p->bytes + at + 2) & 0xfff;
		at += 4;
	}
	p->tags = 4 * count;
	p->ethertype = ref_u16(p->bytes + at);
	p->network = at + 2;
	if (is_tag(p->ethertype))
		return WARD_STACKED_VLAN;
	if (count == 1 && types[0] != VLAN_TAG)
		return WARD_STACKED_VLAN;
	if (count == 2 && (types[0] != SERVICE_TAG || types[1] != VLAN_TAG))
		return WARD_STACKED_VLAN;
	for (unsigned i = 0; i < count; i++)
		if (ids[i] == 0xfff || (count == 2 && ids[i] == 0))
			return WARD_VLAN_ID;
	p->wire_vlan = count == 2 ? ids[0] << 16 | ids[1] : ids[0];
	p->vlan = p->wire_vlan;
	return WARD_CONTINUE;
}

static bool bad_source(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	return (mac[0] & 1) || !memcmp(mac, zero, 6);
}

static bool is_hairpin(const struct ref_link *link)
{
	return !strcmp(link->clinical, link->it);
}

/* On a hairpin the map says the side, too. */
static int map_vlan(struct ref_packet *p)
{
	const struct ref_link *link = ref_link_of(p);

	if (!link->map_count)
		return WARD_CONTINUE;
	for (unsigned i = 0; i < link->map_count; i++) {
		bool clinical = link->map[i].clinical == p->wire_vlan;
		bool it = link->map[i].it == p->wire_vlan;

		if (is_hairpin(link) ? clinical || it : (p->side == WARD_IT ? it : clinical)) {
			if (is_hairpin(link))
				p->side = it ? WARD_IT : WARD_CLINICAL;
			p->vlan = link->map[i].clinical;
			return WARD_CONTINUE;
		}
	}
	return WARD_VLAN_UNMAPPED;
}

static int listed(const struct ref_link *link, unsigned ethertype)
{
	for (unsigned i = 0; i < link->ethertype_count; i++)
		if (link->ethertypes[i] == ethertype)
			return WARD_ETHERTYPE_LISTED;
	return WARD_CONTINUE;
}

static int judge_type(struct ref_packet *p)
{
	static const uint8_t bridges[6] = { 0x01, 0x80, 0xc2, 0x00, 0x00, 0x00 };
	static const uint8_t bpdu[3] = { 0x42, 0x42, 0x03 };
	const struct ref_link *link = ref_link_of(p);

	if (p->ethertype < 0x0600) {
		if (p->length < p->network + 3)
			return WARD_TRUNCATED;
		if (listed(link, REF_STP) && !memcmp(p->bytes + p->network, bpdu, 3) &&
		    !memcmp(ref_destination_mac(p), bridges, 6))
			return WARD_ETHERTYPE_LISTED;
		return WARD_LLC;
	}
	if (p->ethertype == 0x0800 || p->ethertype == 0x0806 || p->ethertype == 0x86dd)
		return WARD_CONTINUE;
	return listed(link, p->ethertype) ?: WARD_ETHERTYPE;
}

int ref_ethernet(struct ref_packet *p)
{
	const struct ref_link *link = ref_link_of(p);
	int reason = read_tags(p);

	if (reason)
		return reason;
	if (bad_source(ref_source_mac(p)))
		return WARD_SOURCE_MAC;
	for (unsigned i = 0; i < link->host_vlan_count; i++)
		if (link->host_vlans[i] == p->wire_vlan)
			return WARD_HOST;
	reason = map_vlan(p);
	if (reason)
		return reason;
	if (ref_link_mode(p->ref->policy, p->link) == REF_CLOSED)
		return WARD_CLOSED;
	return judge_type(p);
}
