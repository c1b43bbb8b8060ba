/* SPDX-License-Identifier: GPL-2.0-only */
/* One frame from end to end, the modes (14), and how it leaves (15). */
#include <stdlib.h>
#include <string.h>

#include "packet.h"

static int judge_ip(struct ref_packet *p)
{
	int reason = p->family == 4 ? ref_parse_ipv4(p) : ref_parse_ipv6(p);

	if (reason)
		return reason;
	if (p->fragment)
		return ref_identify(p) ?: ref_fragment(p);
	if (ref_is_dhcp(p))
		return p->family == 4 ? ref_dhcp(p) : ref_dhcp6(p);
	if (p->kind == REF_DISCOVERY)
		return ref_discovery(p);
	reason = ref_identify(p);
	if (reason)
		return reason;
	return p->kind == REF_ERROR ? ref_icmp_error(p) : ref_flow(p);
}

static int judge(struct ref_packet *p)
{
	int reason;

	if (p->port < 0)
		return WARD_NO_LINK;
	reason = ref_ethernet(p);
	if (reason)
		return reason;
	if (p->ethertype == 0x0806)
		return ref_arp(p);
	p->family = p->ethertype == 0x0800 ? 4 : 6;
	return judge_ip(p);
}

static bool is_hard(int reason)
{
	static const bool hard[WARD_REASON_SLOTS] = {
#define X(name) [WARD_##name] = true,
		WARD_HARD_REASONS(X)
#undef X
	};

	return hard[reason];
}

/*
 * What is refused on the clinical side is charged to the device that sent it, if it is one (1.1).
 */
static int charged(const struct ref_packet *p, int reason)
{
	int device = ref_device_of_mac(p->ref->policy, ref_source_mac(p));

	if (p->charged >= 0 || p->side == WARD_IT || reason < WARD_FIRST_DROP_REASON)
		return p->charged;
	return device >= 0 && p->ref->policy->devices[device].link == p->link ? device : -1;
}

/*
 * A device that is not identified does not lend its mode to the frame. But what is of or for
 * a device in quarantine does not pass because its link is in audit mode.
 */
static bool is_audited(const struct ref_packet *p, int reason)
{
	int device = charged(p, reason);

	if (reason < WARD_FIRST_DROP_REASON || is_hard(reason))
		return false;
	if (p->identified && ref_owner(p)->quarantined)
		return false;
	if (device >= 0 &&
	    ref_owner_of(p->ref, p->ref->policy->devices[device].name)->quarantined)
		return false;
	if (!p->identified)
		return ref_link_mode(p->ref->policy, p->link) == REF_AUDIT;
	return ref_device_mode(p->ref->policy, (unsigned)p->device) == REF_AUDIT;
}

/* The VLAN with which the frame leaves; -1: as it came. */
static int other_vlan(const struct ref_packet *p)
{
	const struct ref_link *link = ref_link_of(p);

	for (unsigned i = 0; i < link->map_count; i++)
		if (link->map[i].clinical == p->vlan)
			return p->side == WARD_CLINICAL ? link->map[i].it : link->map[i].clinical;
	return -1;
}

static void forward(const struct ref_packet *p, struct ref_verdict *v)
{
	bool hairpin = !strcmp(ref_link_of(p)->clinical, ref_link_of(p)->it);
	int vlan = other_vlan(p);
	unsigned priority = 0;

	v->port = hairpin ? p->port : p->port ^ 1;
	if (vlan < 0 || (ref_vlan)vlan == p->wire_vlan)
		return;
	if (p->tags) {
		priority = v->out.bytes[14] & 0xf0u;
		memmove(v->out.bytes + 12, v->out.bytes + 16, v->out.length - 16u);
		v->out.length -= 4;
	}
	if (vlan) {
		memmove(v->out.bytes + 16, v->out.bytes + 12, v->out.length - 12u);
		v->out.length += 4;
		v->out.bytes[12] = 0x81;
		v->out.bytes[13] = 0x00;
		v->out.bytes[14] = (uint8_t)(priority | (unsigned)vlan >> 8);
		v->out.bytes[15] = (uint8_t)vlan;
	}
}

static void name_owner(const struct ref_packet *p, struct ref_verdict *v)
{
	int device;

	if (p->port < 0)
		return;
	device = charged(p, v->reason);
	if (device >= 0)
		snprintf(v->owner, sizeof(v->owner), "%s", p->ref->policy->devices[device].name);
	else
		snprintf(v->owner, sizeof(v->owner), "%s",
			 p->port & 1 ? ref_link_of(p)->it : ref_link_of(p)->clinical);
}

void ref_judge(struct ref *ref, int port, uint64_t now, const struct ref_frame *frame,
	       struct ref_verdict *v)
{
	struct ref_packet p = { .ref = ref, .bytes = frame->bytes, .length = frame->length,
				.port = port, .side = port & 1, .link = (unsigned)port / 2,
				.device = -1, .charged = -1, .scale = -1 };

	ref->now = now;
	v->owner[0] = 0;
	v->port = REF_NO_PORT;
	v->out.length = frame->length;
	memcpy(v->out.bytes, frame->bytes, frame->length);
	v->reason = judge(&p);
	v->audited = port >= 0 && is_audited(&p, v->reason);
	v->passes = v->audited || v->reason < WARD_FIRST_DROP_REASON;
	name_owner(&p, v);
	if (v->passes && v->reason != WARD_HOST)
		forward(&p, v);
}

struct ref *ref_new(uint64_t clock_tick)
{
	struct ref *ref = calloc(1, sizeof(*ref));

	ref->clock_tick = clock_tick;
	return ref;
}

static void free_datagram(struct ref_datagram *d)
{
	while (d->passed) {
		struct ref_range *range = d->passed;

		d->passed = range->next;
		free(range);
	}
	free(d);
}

void ref_free(struct ref **ref)
{
	struct ref *r = *ref;

	while (r && r->owners) {
		struct ref_owner *owner = r->owners;

		r->owners = owner->next;
		while (owner->flows)
			ref_end_flow(owner, owner->flows);
		while (owner->datagrams) {
			struct ref_datagram *d = owner->datagrams;

			owner->datagrams = d->next;
			free_datagram(d);
		}
		free(owner);
	}
	free(r);
	*ref = NULL;
}

void ref_apply(struct ref *ref, const struct ref_policy *policy, uint32_t generation)
{
	ref->policy = policy;
	ref->generation = generation;
}

void ref_set_clock(struct ref *ref, uint64_t wall)
{
	ref->wall = wall;
}

void ref_quarantine(struct ref *ref, const char *device, bool on)
{
	ref_owner_of(ref, device)->quarantined = on;
}

struct ref_owner *ref_owner_of(struct ref *ref, const char *name)
{
	struct ref_owner *owner = ref->owners;

	while (owner && strcmp(owner->name, name))
		owner = owner->next;
	if (owner)
		return owner;
	owner = calloc(1, sizeof(*owner));
	snprintf(owner->name, sizeof(owner->name), "%s", name);
	owner->next = ref->owners;
	ref->owners = owner;
	return owner;
}

struct ref_owner *ref_owner(const struct ref_packet *p)
{
	return ref_owner_of(p->ref, p->ref->policy->devices[p->device].name);
}
