/* SPDX-License-Identifier: GPL-2.0-only */
/* What stands in an Ethernet header: VLANs and types. */
#include "policy/values.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/own.h"
#include "base/text.h"
#include "wardgate/policy_maps.h"

#define MAX_VLAN 4094 /* 4095 is reserved by IEEE 802.1Q-2018, 9.6 */

static int vlan_id(const char *s, uint16_t *out, struct complaint *c)
{
	uint64_t id;

	if (complain_decimal(s, 1, MAX_VLAN, "a VLAN id", &id, c))
		return -EINVAL;
	*out = (uint16_t)id;
	return 0;
}

int value_vlan_id(const char *s, uint16_t *out, struct complaint *c)
{
	if (!strcmp(s, "none")) {
		*out = WARD_NO_VLAN;
		return 0;
	}
	if (!vlan_id(s, out, c))
		return 0;
	if (!c->hint[0])
		complain_hint(c, "VLAN ids are 1 to %d; `none` means frames without a tag",
			      MAX_VLAN);
	return -EINVAL;
}

int value_vlan(const char *s, struct model_vlan *out, struct complaint *c)
{
	char outer[COMPLAINT_WORD], inner[COMPLAINT_WORD];
	struct model_vlan vlan = { 0 };

	if (!complain_split(s, '.', outer, inner)) {
		if (value_vlan_id(s, &vlan.id, c))
			return -EINVAL;
	} else if (vlan_id(outer, &vlan.outer, c) || vlan_id(inner, &vlan.id, c)) {
		if (!c->hint[0])
			complain_hint(c,
				      "VLAN ids are 1 to %d; 100.110 is an 802.1ad tag of 100 with "
				      "a tag of 110 inside",
				      MAX_VLAN);
		return -EINVAL;
	}
	*out = vlan;
	return 0;
}

bool value_is_all(const char *s)
{
	return !strcasecmp(s, "all") || !strcasecmp(s, "any") || !strcmp(s, "*");
}

int value_vlan_range(const char *s, struct model_vlan *first, uint16_t *last, struct complaint *c)
{
	char from[COMPLAINT_WORD], to[COMPLAINT_WORD];
	uint16_t low, high;

	if (!complain_split(s, '-', from, to)) {
		if (value_vlan(s, first, c)) {
			if (value_is_all(s))
				complain_hint(c, "leave `vlans` out: the link then carries every "
						 "VLAN that a device names");
			return -EINVAL;
		}
		*last = first->id;
		return 0;
	}
	if (vlan_id(from, &low, c) || vlan_id(to, &high, c)) {
		if (!c->hint[0])
			complain_hint(c, "VLAN ids are 1 to %d, a range of them is 110-120",
				      MAX_VLAN);
		return -EINVAL;
	}
	if (low > high) {
		complain(c, E_BAD_VLAN, s, "runs backwards");
		complain_hint(c, "did you mean %s-%s?", to, from);
		return -EINVAL;
	}
	*first = (struct model_vlan){ 0, low };
	*last = high;
	return 0;
}

/* IEEE Registration Authority, EtherType listing; spanning tree has none: IEEE 802.1D-2004, 9. */
static const struct {
	const char *name;
	uint16_t ethertype;
} ethertypes[] = {
	{ "eapol", 0x888e }, /* IEEE 802.1X */
	{ "goose", 0x88b8 }, /* IEC 61850-8-1 */
	{ "lldp", 0x88cc }, /* IEEE 802.1AB */
	{ "mrp", 0x88e3 }, /* IEC 62439-2 */
	{ "profinet", 0x8892 }, /* IEC 61158-6-10 */
	{ "ptp", 0x88f7 }, /* IEEE 1588 over Ethernet */
	{ "stp", WARD_ETHERTYPE_STP },
};

/* Types that the gateway reads itself, and why they are not for the list. */
static const struct {
	uint16_t ethertype;
	const char *hint;
} judged[] = {
	{ 0x0800, "IPv4 passes by the rules of the profiles" },
	{ 0x0806, "ARP passes when it agrees with the devices' addresses" },
	{ 0x86dd, "IPv6 passes by the rules of the profiles" },
	{ 0x8100, "tags are read: see `vlans`" },
	{ 0x88a8, "tags are read: see `vlans`" },
	{ 0x9100, "this old type of outer tags never passes" },
};

/* "0x" and 1 to 4 digits. */
static bool parse_hex(const char *s, uint16_t *out)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	unsigned value;

	if (strncmp(s, "0x", 2) || !s[2] || strlen(s) > 6 || strspn(s + 2, digits) != strlen(s + 2))
		return false;
	sscanf(s + 2, "%x", &value);
	*out = (uint16_t)value;
	return true;
}

int value_ethertype(const char *s, uint16_t *out, struct complaint *c)
{
	uint16_t ethertype;

	for (size_t i = 0; i < ARRAY_SIZE(ethertypes); i++) {
		if (strcmp(s, ethertypes[i].name))
			continue;
		*out = ethertypes[i].ethertype;
		return 0;
	}
	if (!parse_hex(s, &ethertype)) {
		complain(c, E_BAD_ETHERTYPE, s, "is not an Ethernet type");
		complain_hint(c, "write eapol, goose, lldp, mrp, profinet, ptp, stp, or a number "
				 "as in 0x88e1");
		return -EINVAL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(judged); i++) {
		if (judged[i].ethertype != ethertype)
			continue;
		complain(c, E_BAD_ETHERTYPE, s, "cannot be in the list: the gateway judges it");
		complain_hint(c, "%s", judged[i].hint);
		return -EINVAL;
	}
	if (ethertype < 0x0600) {
		complain(c, E_BAD_ETHERTYPE, s, "is out of range for an Ethernet type");
		complain_hint(c, "Ethernet types are 0x0600 to 0xffff");
		return -EINVAL;
	}
	*out = ethertype;
	return 0;
}

const char *values_ethertype(char out[VALUES_ETHERTYPE], uint16_t ethertype)
{
	snprintf(out, VALUES_ETHERTYPE, "0x%04x", ethertype);
	for (size_t i = 0; i < ARRAY_SIZE(ethertypes); i++)
		if (ethertypes[i].ethertype == ethertype)
			snprintf(out, VALUES_ETHERTYPE, "%s", ethertypes[i].name);
	return out;
}
