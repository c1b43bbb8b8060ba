/* SPDX-License-Identifier: GPL-2.0-only */
/* The one exit: counts every packet once, forwards it or reports its drop. */
#ifndef WARDGATE_FINISH_BPF_H
#define WARDGATE_FINISH_BPF_H

#include "identify.bpf.h"

#define MILLISECOND 1000000ull
/* Of one owner and reason on one CPU: ten events a second show what goes on. */
#define EVENT_PAUSE_MS 100
/* Of all of them together on one CPU: two thousand a second, in bursts of as many. */
#define EVENT_INTERVAL (SECOND / 2000)
#define EVENT_TOLERANCE SECOND

static __always_inline void describe(struct ward_event *e, const struct packet *p, int reason)
{
	__builtin_memset(e, 0, sizeof(*e));
	e->time = p->now;
	e->owner = p->owner;
	e->generation = generation;
	e->length = p->length;
	e->ifindex = p->ifindex;
	e->reason = reason;
	e->link = p->port ? p->port->link : 0;
	e->side = p->side;
	e->vlan = p->vlan;
	e->ethertype = bpf_htons(p->ethertype);
	e->protocol = p->protocol;
	e->tcp_flags = p->tcp_flags;
	__builtin_memcpy(e->source_mac, &p->source_mac, 6);
	__builtin_memcpy(e->destination_mac, &p->destination_mac, 6);
	if (p->has_addresses) {
		e->addresses = 4;
		e->source[2] = e->destination[2] = bpf_htonl(0xffff);
		e->source[3] = p->source;
		e->destination[3] = p->destination;
		e->source_port = p->source_port;
		e->destination_port = p->destination_port;
	}
}

/* True when it was sent: only then must the next one of this kind wait. */
static __always_inline bool report(const struct packet *p, int reason, __u64 count)
{
	__u32 zero = 0;
	struct ward_event_stats *stats = bpf_map_lookup_elem(&event_stats, &zero);
	struct ward_event *event;

	if (!stats)
		return false;
	if (stats->tat > p->now + EVENT_TOLERANCE) {
		stats->withheld++;
		return false;
	}
	stats->tat = (stats->tat > p->now ? stats->tat : p->now) + EVENT_INTERVAL;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		stats->lost++;
		return false;
	}
	describe(event, p, reason);
	event->count = count;
	bpf_ringbuf_submit(event, 0);
	stats->sent++;
	return true;
}

/*
 * A device is charged for what it sends even when the packet was refused before it was identified.
 */
static __always_inline void attribute(struct packet *p)
{
	const struct ward_device *device;

	if (!p->port || p->side != WARD_CLINICAL || p->owner != p->port->owner)
		return;
	device = find_mac(p->source_mac);
	if (device && device->link == p->port->link)
		p->owner = device->owner;
}

static __always_inline int drop(struct packet *p, int reason)
{
	__u32 slot = reason - WARD_FIRST_DROP_REASON, now = p->now / MILLISECOND;
	struct ward_drops *d;

	attribute(p);
	d = bpf_map_lookup_elem(&drops, &p->owner);
	if (!d || slot >= WARD_DROP_SLOTS)
		return XDP_ABORTED;
	d->packets[slot]++;
	d->bytes += p->length;
	/* The difference is signed: 32 bits of milliseconds wrap after 49 days. */
	if ((__s32)(now - d->next_event[slot]) >= 0 || d->packets[slot] == 1) {
		if (report(p, reason, d->packets[slot]))
			d->next_event[slot] = now + EVENT_PAUSE_MS;
	}
	return XDP_DROP;
}

static __always_inline void count_rule(const struct packet *p)
{
	struct ward_rule_counters *c = bpf_map_lookup_elem(&rule_counters, &p->rule);

	if (!c)
		return;
	c->packets++;
	c->bytes += p->length;
	c->last_used = p->now;
}

static __always_inline int pass(struct packet *p, int reason)
{
	struct ward_lane *lane = p->lane ?: find_lane(p);

	if (!lane)
		return drop(p, WARD_INTERNAL);
	/* The flags are what it returns when the link's other port is not there. */
	if (bpf_redirect_map(&tx_ports, p->port->target, XDP_DROP) != XDP_REDIRECT)
		return drop(p, WARD_PORT_DOWN);
	lane->packets++;
	lane->bytes += p->length;
	lane->last_seen = p->now;
	if (reason != WARD_ARP)
		count_rule(p);
	return XDP_REDIRECT;
}

/* Not a packet that was received: dropped, and not counted. */
#define WARD_TRIAL (-1)

static __always_inline int finish(struct packet *p, int reason)
{
	if (reason == WARD_TRIAL)
		return XDP_DROP;
	return reason < WARD_FIRST_DROP_REASON ? pass(p, reason) : drop(p, reason);
}

#endif
