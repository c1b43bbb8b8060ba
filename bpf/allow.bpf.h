/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks the policy, for the first packet of a flow and for the first packet of a live flow after a
 * publish. The cost does not grow with the number of rules.
 */
#ifndef WARDGATE_ALLOW_BPF_H
#define WARDGATE_ALLOW_BPF_H

#include "hello.bpf.h"
#include "identify.bpf.h"
#include "state.bpf.h"
#include "time.bpf.h"

static __always_inline __u16 peer_class(const struct packet *p)
{
	struct ward_prefix_key key = { .length = 128 };
	__u32 *class = bpf_map_lookup_elem(&peers, &p->peer);

	if (!class && has_prefixes) {
		for (int i = 0; i < 4; i++)
			key.address[i] = p->peer.word[i];
		class = bpf_map_lookup_elem(&peer_prefixes, &key);
	}
	return class ? *class : 0;
}

/* The service is what the opener asked for: the port of the other end, or the message's type. */
static __always_inline __u16 service_class(const struct packet *p)
{
	__u16 place = bpf_ntohs(p->opener == WARD_CLINICAL ? p->peer_port : p->local_port);
	const struct ward_service_line *found;
	__u32 line = WARD_SERVICE_LINES_TCP;

	switch (p->protocol) {
	case PROTOCOL_UDP:
		line = WARD_SERVICE_LINES_UDP;
		break;
	case PROTOCOL_SCTP:
		line = WARD_SERVICE_LINES_SCTP;
		break;
	case PROTOCOL_ICMP:
		line = WARD_SERVICE_LINES_ICMP;
		place = p->type;
		break;
	case PROTOCOL_ICMPV6:
		line = WARD_SERVICE_LINES_ICMPV6;
		place = p->type;
		break;
	case PROTOCOL_IGMP:
		line = WARD_SERVICE_LINES_IGMP;
		place = 0;
		break;
	}
	line += place / WARD_PORTS_A_LINE;
	found = bpf_map_lookup_elem(&services, &line);
	return found ? found->class[place % WARD_PORTS_A_LINE] : 0;
}

/*
 * Not one packet more, and the place is free at once; but while a publish is under way, the old
 * program must not end what the new one has allowed.
 */
static __always_inline int revoke(const struct packet *p, int reason)
{
	if ((__s32)(p->flow->generation - generation) <= 0)
		p->flow->expires = 0;
	return p->is_quarantined ? WARD_QUARANTINED : reason;
}

/* Of ward_flow.ends: all but the group and its port, which anyone may answer for. */
#define ENDS_OF_QUESTION 0x0000ffffffff0000ull

/* With one branch: of more the verifier would follow each, for each place. */
static __always_inline bool is_question(const struct ward_flow *f, __u64 ends, __u64 now)
{
	__u64 difference = ((f->ends ^ ends) & ENDS_OF_QUESTION) | (f->generation ^ generation) |
			   (~f->seen & WARD_SEEN_REPLIES);

	barrier_var(difference);
	return !difference && is_live(f, now);
}

/* The number of the flow in which the device asked a group, from this port of its address. */
__noinline __u32 find_question(struct ward_share *share, struct ward_far_flows *far, __u64 ends,
			       __u64 now)
{
	if (!share || !far)
		return NOT_FOUND;
	for (__u32 i = 0; i < WARD_NEAR_FLOWS; i++)
		if (is_question(&share->near[i], ends, now) && !is_over(&share->near[i]))
			return i;
	/* Those behind are used when these are. */
	if (share->near[WARD_NEAR_FLOWS - 1].claim == WARD_FLOW_UNUSED)
		return NOT_FOUND;
	for (__u32 i = 0; i < WARD_FAR_FLOWS; i++)
		if (is_question(&far->place[i], ends, now) && !is_over(&far->place[i]))
			return WARD_NEAR_FLOWS + i;
	return NOT_FOUND;
}

/* Passes under the rule of the question, and is no flow: the answers are one each. */
static __always_inline int group_reply(struct packet *p)
{
	const struct ward_flow *question;
	struct ward_far_flows *far;
	__u32 number;

	if (p->protocol != PROTOCOL_UDP || p->side != WARD_IT || p->kind & IS_TO_GROUP)
		return WARD_CONTINUE;
	far = far_flows_of(p);
	if (!far)
		return WARD_CONTINUE;
	number = find_question(p->share, far, p->ends, p->now);
	if (number >= WARD_FLOWS)
		return WARD_CONTINUE;
	question = numbered_place(p->share, far, 0, number);
	p->rule = question->rule;
	p->rule_flags = question->seen & WARD_SEEN_LIMITED ? WARD_RULE_LIMITED : 0;
	return WARD_GROUP_REPLY;
}

/*
 * Why there is no rule for the first packet of a flow, or why it may pass without one. `late`:
 * there would be one at another time.
 */
static __always_inline int no_rule(struct packet *p, struct ward_rule_key *key, int late)
{
	if (p->is_quarantined)
		return WARD_QUARANTINED;
	if (has_replies) {
		p->pass = group_reply(p);
		if (p->pass)
			return WARD_CONTINUE;
	}
	if (late)
		return late;
	key->service_class = WARD_ANY_SERVICE;
	if (bpf_map_lookup_elem(&rules, key))
		return WARD_SERVICE;
	return p->side == WARD_IT ? WARD_UNSOLICITED : WARD_DESTINATION;
}

/* Nobody on the IT side may use the address or the MAC of a device. */
static __always_inline int check_opener(struct packet *p)
{
	const struct ward_device *impostor;

	if (p->side != WARD_IT || (has_routed && is_second_judgement(p)))
		return WARD_CONTINUE;
	if (!owner_of_address(p, &p->peer)) {
		impostor = find_mac(p->source_mac);
		if (!impostor || impostor->link != p->link || impostor->vlan != p->vlan)
			return WARD_CONTINUE;
	}
	p->owner = p->port_owner;
	return WARD_WRONG_LINK;
}

/* False when the profile has no rule for it, or the device no profile. */
static __always_inline const struct ward_rule *find_rule(const struct packet *p,
							 struct ward_rule_key *key)
{
	__u32 index = p->profile;
	const struct ward_profile *profile = bpf_map_lookup_elem(&profiles, &index);

	if (!profile)
		return NULL;
	key->profile = profile->rules;
	key->opener = p->opener;
	key->peer_class = peer_class(p);
	key->service_class = service_class(p);
	return bpf_map_lookup_elem(&rules, key);
}

/*
 * Writes the judgement into the flow. If another CPU has given the place to another flow in between
 * (this one had just expired), then that one was not judged here, and must be again.
 */
static __always_inline void judged(const struct packet *p, struct ward_flow *f)
{
	__u32 want = seen_of_rule(p);
	__u32 unwanted = (WARD_SEEN_REPLIES | WARD_SEEN_LIMITED | WARD_SEEN_TIMED) & ~want;

	/* What it is from here on, nobody looks at: a rule that asks again must not trust it. */
	if (!(p->rule_flags & WARD_RULE_ENCRYPTION))
		unwanted |= WARD_SEEN_HELLO;
	/* At each packet, where time has a say: nothing is written when it is as before. */
	if (has_times && f->rule == p->rule && f->generation == judging_generation(p) &&
	    (f->seen & want) == want && !(f->seen & unwanted))
		return;
	see(f, want);
	unsee(f, unwanted);
	f->rule = p->rule;
	__sync_lock_test_and_set(&f->generation, judging_generation(p));
	if (!is_still_its(f, p))
		__sync_lock_test_and_set(&f->generation, 0);
}

static __noinline int judge_rule(struct packet *p)
{
	struct ward_rule_key key = {};
	const struct ward_rule *rule;
	int reason, late = WARD_CONTINUE;

	if (!p->flow) {
		p->opener = p->side;
		reason = check_opener(p);
		if (reason)
			return reason;
		/* An answer without a question is that, whatever the policy says of its ports. */
		if (p->kind & IS_REPLY)
			return WARD_UNSOLICITED;
	}
	rule = find_rule(p, &key);
	if (has_times && rule && rule->flags & WARD_RULE_CHAIN)
		rule = rule_in_time(rule, &late);
	if (!rule)
		return p->flow ? revoke(p, late ?: WARD_REVOKED) : no_rule(p, &key, late);
	if (!p->flow && !may_open(p))
		return WARD_NOT_OPENED;
	p->rule = rule->rule;
	p->rule_flags = rule->flags;
	if (p->flow)
		judged(p, p->flow);
	return WARD_CONTINUE;
}

static __always_inline int allow(struct packet *p)
{
	if (p->flow && p->flow->generation == generation && !p->is_quarantined &&
	    !(has_times && p->flow->seen & WARD_SEEN_TIMED) && !asks_for_hello(p->flow, p))
		return WARD_CONTINUE;
	return judge_rule(p);
}

#endif
