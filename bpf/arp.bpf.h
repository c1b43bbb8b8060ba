/* SPDX-License-Identifier: GPL-2.0-only */
/* ARP: a device may claim its own address, and nobody may claim a device's. */
#ifndef WARDGATE_ARP_BPF_H
#define WARDGATE_ARP_BPF_H

#include "admit.bpf.h"

/* The sender is a device that says who it is; a probe says it of its target (RFC 5227, 2.1.1). */
static __always_inline int judge_arp_of_device(struct packet *p)
{
	bool is_probe = !p->local.word[3] && !(p->kind & IS_REPLY);
	const union address *claimed = is_probe ? &p->peer : &p->local;
	int reason = accept_sender(p, claimed, WARD_ARP_SPOOF);

	return reason ?: admit(p) ?: WARD_ARP;
}

/* What is asked or answered must concern a device. */
static __always_inline int judge_arp_target(struct packet *p)
{
	int reason;

	/* An announcement: a router takes over (RFC 5227, 2.3). */
	if (p->peer.word[3] && same_address(&p->peer, &p->local))
		return p->destination_mac == MAC_BROADCAST ? WARD_ARP : WARD_ARP_TARGET;
	reason = accept_receiver(p, &p->local, p->kind & IS_REPLY ? WARD_ARP_TARGET : 0,
				 WARD_ARP_TARGET);
	return reason ?: admit(p) ?: WARD_ARP;
}

/* From the IT side: nobody there may claim a device's address or MAC. */
static __always_inline int judge_arp_of_peer(struct packet *p)
{
	if (!link_carries_vlan(p))
		return WARD_VLAN_NOT_ALLOWED;
	if (owner_of_address(p, &p->peer) || find_mac(p->source_mac))
		return WARD_ARP_SPOOF;
	if (p->peer.word[3] && !is_host_address(p->peer.word[3]))
		return WARD_ADDRESS;
	if (is_host(p, &p->local))
		return WARD_HOST;
	return judge_arp_target(p);
}

__noinline int arp(struct packet *p)
{
	if (!p)
		return WARD_INTERNAL;
	return p->side == WARD_IT ? judge_arp_of_peer(p) : judge_arp_of_device(p);
}

#endif
