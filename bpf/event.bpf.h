/* SPDX-License-Identifier: GPL-2.0-only */
/* Events: some of the packets that were dropped or audited, or opened a flow, for the daemon. */
#ifndef WARDGATE_EVENT_BPF_H
#define WARDGATE_EVENT_BPF_H

#include "packet.bpf.h"

#define MILLISECOND 1000000ull
/* Of one owner and reason on one CPU: ten events a second show what goes on. */
#define EVENT_PAUSE_MS 100
/* Of all of them together on one CPU: two thousand a second, in bursts of as many. */
#define EVENT_INTERVAL (SECOND / 2000)
#define EVENT_TOLERANCE SECOND
/* New flows may take half of a burst, so that they do not hide what was dropped. */
#define EVENT_LOG_TOLERANCE (EVENT_TOLERANCE / 2)

static __always_inline void describe_addresses(struct ward_event *e, const struct packet *p)
{
	bool is_sent_by_local = p->side == WARD_CLINICAL;
	const union address *source = is_sent_by_local ? &p->local : &p->peer;
	const union address *destination = is_sent_by_local ? &p->peer : &p->local;

	e->addresses = p->ethertype == ETHERTYPE_IPV6 ? 6 : 4;
	__builtin_memcpy(e->source, source, sizeof(e->source));
	__builtin_memcpy(e->destination, destination, sizeof(e->destination));
	e->source_port = is_sent_by_local ? p->local_port : p->peer_port;
	e->destination_port = is_sent_by_local ? p->peer_port : p->local_port;
}

static __always_inline void describe(struct ward_event *e, const struct packet *p, int reason)
{
	__builtin_memset(e, 0, sizeof(*e));
	e->time = p->now;
	e->owner = p->audited ? p->audit_owner : p->owner;
	e->audited = p->audited != WARD_CONTINUE;
	e->generation = generation;
	e->length = p->length;
	e->ifindex = p->ifindex;
	e->reason = reason;
	if (has_logs && reason == WARD_NEW_FLOW)
		e->rule = p->rule;
	e->link = p->link;
	e->side = p->side;
	e->vlan = p->vlan;
	e->ethertype = bpf_htons(p->ethertype);
	e->protocol = p->protocol;
	e->tcp_flags = p->tcp_flags;
	e->icmp_type = p->type;
	__builtin_memcpy(e->source_mac, &p->source_mac, 6);
	__builtin_memcpy(e->destination_mac, &p->destination_mac, 6);
	/* ARP has addresses once its fields were read. */
	if (p->is_ip || (p->ethertype == ETHERTYPE_ARP && is_mapped(&p->local)))
		describe_addresses(e, p);
}

/*
 * True when it was sent: only then must the next one of this kind wait. Rare, so a call does not
 * matter.
 */
static __noinline bool report(const struct packet *p, int reason, __u64 count)
{
	__u32 zero = 0;
	struct ward_event_stats *stats = bpf_map_lookup_elem(&event_stats, &zero);
	struct ward_event *event;

	if (!stats)
		return false;
	if (stats->tat > p->now + (reason == WARD_NEW_FLOW ? EVENT_LOG_TOLERANCE :
							     EVENT_TOLERANCE)) {
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

/* `count` is how often it has happened. The first time is told at once, whatever else was told. */
static __always_inline void announce(const struct packet *p, struct ward_drops *d, int reason,
				     __u64 count)
{
	__u32 now = p->now / MILLISECOND;
	__u32 *next = &d->next_event[reason & (WARD_EVENT_TIMERS - 1)];

	/* The difference is signed: 32 bits of milliseconds wrap after 49 days. */
	if ((__s32)(now - *next) < 0 && count != 1)
		return;
	if (report(p, reason, count))
		*next = now + EVENT_PAUSE_MS;
}

#endif
