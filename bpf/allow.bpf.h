/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks the policy, for the first packet of a flow and for the first packet of a live flow after a
 * publish. The cost does not grow with the number of rules.
 */
#ifndef WARDGATE_ALLOW_BPF_H
#define WARDGATE_ALLOW_BPF_H

#include "state.bpf.h"

static __always_inline __u16 peer_class(__be32 address)
{
	struct ward_prefix_key key = { .length = 32, .address = address };
	__u32 *class = bpf_map_lookup_elem(&peers, &address);

	if (!class && has_prefixes)
		class = bpf_map_lookup_elem(&peer_prefixes, &key);
	return class ? *class : 0;
}

/* The service is what the opener asked for: the port of the other end. */
static __always_inline __u16 service_class(const struct packet *p)
{
	__u16 port = bpf_ntohs(p->opener == WARD_CLINICAL ? peer_port(p) : local_port(p));
	__u32 line = port / WARD_PORTS_A_LINE;
	const struct ward_service_line *found;

	if (p->protocol == PROTOCOL_ICMP) {
		line = WARD_SERVICE_LINES_ICMP;
		port = WARD_ICMP_ECHO_PLACE;
	} else if (p->protocol == PROTOCOL_UDP) {
		line += WARD_SERVICE_LINES_UDP;
	}
	found = bpf_map_lookup_elem(&services, &line);
	return found ? found->class[port % WARD_PORTS_A_LINE] : 0;
}

static __always_inline int no_rule(struct packet *p, struct ward_rule_key *key)
{
	if (p->flow) {
		/*
		 * Not one packet more, and the place is free at once; but while a publish is under
		 * way, the old program must not end what the new one has allowed.
		 */
		if ((__s32)(p->flow->generation - generation) < 0)
			p->flow->expires = 0;
		return WARD_REVOKED;
	}
	key->service_class = WARD_ANY_SERVICE;
	if (bpf_map_lookup_elem(&rules, key))
		return WARD_SERVICE;
	return p->side == WARD_IT ? WARD_UNSOLICITED : WARD_DESTINATION;
}

/* Nobody on the IT side may use the address or the MAC of a device. */
static __always_inline int check_opener(struct packet *p)
{
	const struct ward_device *impostor;

	if (p->side != WARD_IT)
		return WARD_CONTINUE;
	impostor = find_device(p, p->source) ?: find_mac(p->source_mac);
	if (!impostor)
		return WARD_CONTINUE;
	p->owner = p->port->owner;
	return WARD_WRONG_LINK;
}

static __always_inline int allow(struct packet *p)
{
	struct ward_rule_key key = {};
	const struct ward_rule *rule;
	int reason;

	if (p->flow && p->flow->generation == generation)
		return WARD_CONTINUE;
	if (!p->flow) {
		p->opener = p->side;
		reason = check_opener(p);
		if (reason)
			return reason;
	}
	key.profile = p->device->profile;
	key.opener = p->opener;
	key.peer_class = peer_class(peer_address(p));
	key.service_class = service_class(p);
	rule = bpf_map_lookup_elem(&rules, &key);
	/* An answer without a question is that, whatever the policy says of its ports. */
	if (!p->flow && p->protocol == PROTOCOL_ICMP && p->is_reply)
		return WARD_UNSOLICITED;
	if (!rule)
		return no_rule(p, &key);
	if (!p->flow && !may_open(p))
		return WARD_NOT_OPENED;
	p->rule = rule->rule;
	if (p->flow) {
		p->flow->rule = rule->rule;
		p->flow->generation = generation;
	}
	return WARD_CONTINUE;
}

#endif
