/* SPDX-License-Identifier: GPL-2.0-only */
/* Section 6 for IPv6 (RFC 8415). */
#include <string.h>

#include "dhcp.h"

enum {
	CLIENT = 546,
	MAX_OPTIONS = 16,
	MAX_ADDRESSES = 8,
	IA_NA = 3,
	IAADDR = 5,
};

static int request(struct ref_packet *p)
{
	static const struct ref_address servers = { { 0xff, 2, [13] = 1, [15] = 2 } };
	static const uint8_t types[] = { 1, 3, 4, 5, 6, 8, 9, 11 };
	const uint8_t *dhcp = p->bytes + p->at + 8;
	int reason;

	if (ref_is_group(p->destination) && !ref_same(p->destination, servers))
		return WARD_DHCP_MALFORMED;
	reason = ref_identify(p);
	if (reason)
		return reason;
	if (p->payload < 4 || !memchr(types, dhcp[0], sizeof(types)))
		return WARD_DHCP_MALFORMED;
	reason = ref_device_limits(p);
	if (reason)
		return reason;
	ref_ask(p, 1, ref_u32(dhcp) & 0xffffff);
	return WARD_DHCP;
}

/* One option at `at`; `size` is of its content. False when none is there. */
static bool read_option(const uint8_t *at, unsigned left, unsigned *code, unsigned *size)
{
	if (left < 4)
		return false;
	*code = ref_u16(at);
	*size = ref_u16(at + 2);
	return *size <= left - 4;
}

struct found {
	bool gives, ends;
	struct ref_address address;
	uint32_t seconds;
};

static void read_addresses(const uint8_t *at, unsigned left, struct found *found)
{
	unsigned code, size;

	for (int i = 0; i < MAX_ADDRESSES && read_option(at, left, &code, &size); i++) {
		if (code == IAADDR && size >= 24 && !found->gives) {
			uint32_t valid = ref_u32(at + 4 + 20);

			found->gives = valid > 0;
			found->ends |= !valid;
			found->address = ref_ipv6(at + 4);
			found->seconds = valid;
		}
		at += 4 + size;
		left -= 4 + size;
	}
}

static struct found read_leases(const struct ref_packet *p)
{
	const uint8_t *at = p->bytes + p->at + 8 + 4;
	unsigned left = p->payload - 4, code, size;
	struct found found = { 0 };

	for (int i = 0; i < MAX_OPTIONS && read_option(at, left, &code, &size); i++) {
		if (code == IA_NA && size >= 12)
			read_addresses(at + 4 + 12, size - 12, &found);
		at += 4 + size;
		left -= 4 + size;
	}
	return found;
}

static void learn(struct ref_packet *p, const struct found *found)
{
	bool usable = ref_is_unicast(found->address) && !ref_is_ipv4(found->address);

	if (found->gives && usable)
		ref_give_lease(p, 1, found->address, found->seconds);
	else if (!found->gives && found->ends)
		ref_owner(p)->lease[1].held = false;
}

static int answer(struct ref_packet *p)
{
	const uint8_t *dhcp = p->bytes + p->at + 8;
	struct found found = { 0 };
	int reason;

	if (!ref_is_server(p))
		return WARD_DHCP_SERVER;
	reason = ref_identify(p);
	if (reason)
		return reason;
	if (p->payload < 4 || (dhcp[0] != 2 && dhcp[0] != 7))
		return WARD_DHCP_MALFORMED;
	if (!ref_is_awaited(p, 1, ref_u32(dhcp) & 0xffffff))
		return WARD_DHCP_UNSOLICITED;
	if (dhcp[0] == 7)
		found = read_leases(p);
	if (found.gives && ref_is_taken(p, found.address))
		return ref_refuse_lease(p);
	reason = ref_device_limits(p);
	if (reason)
		return reason;
	if (p->ref->policy->devices[p->device].dhcp6)
		learn(p, &found);
	return WARD_DHCP;
}

int ref_dhcp6(struct ref_packet *p)
{
	if (p->side == WARD_CLINICAL)
		return p->source_port == CLIENT ? request(p) : WARD_DHCP_SERVER;
	return p->source_port == CLIENT ? WARD_UNSOLICITED : answer(p);
}
