/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the reference gateway: one frame on its way, and what is remembered between frames. */
#ifndef WARDGATE_REFERENCE_PACKET_H
#define WARDGATE_REFERENCE_PACKET_H

#include <netinet/in.h>

#include "gateway.h"

#define SECOND 1000000000ull

enum ref_flag {
	REF_FIN = 0x01,
	REF_SYN = 0x02,
	REF_RST = 0x04,
	REF_ACK = 0x10,
};

/* What an ICMP, ICMPv6 or IGMP message is to a flow. */
enum ref_kind {
	REF_NOT_A_MESSAGE,
	REF_REQUEST,
	REF_REPLY,
	REF_MESSAGE,	/* nobody replies */
	REF_ERROR,
	REF_DISCOVERY,
};

/* Who talks with whom, as the device sees it; the same for both directions. */
struct ref_ends {
	struct ref_address peer;
	uint16_t peer_port, local_port;
	uint8_t protocol, local, type;
};

struct ref_flow {
	struct ref_flow *next;
	struct ref_ends ends;
	int opener;		/* enum ward_side */
	int state;		/* enum ref_state */
	bool fin[WARD_SIDES];
	bool was_established;
	uint64_t expires;
	uint32_t generation;	/* that judged it last; 0: in quarantine */
	char rule[256];		/* see ref_rule_name() */
	bool replies;
	bool timed;		/* a rule with a time may decide of it: judged at each packet */
	/* TCP, by side. */
	uint32_t acked[WARD_SIDES], edge[WARD_SIDES];
	int scale[WARD_SIDES];	/* as said in the SYN; -1: not said */
	bool scaled;		/* both said it */
	/* 17: at most one of these. TCP: where the stream begins, or another one may. */
	bool awaited, known, questioned;
	uint32_t first, asked;
	uint64_t asked_at;
};

enum ref_state {
	REF_OPENING,
	REF_ANSWERED,
	REF_ESTABLISHED,
	REF_CLOSING,
	REF_CLOSED_STATE,
	REF_CLEAR,
};

struct ref_range {
	struct ref_range *next;	/* in order, with a hole between any two */
	uint32_t first, end;	/* bytes */
};

/* What 12 found: the rule, and whether a flow is to be remembered. */
struct ref_decision {
	const struct ref_rule *rule;
	char rule_name[256];
	int place;		/* of the rule among those of the profile with a limit; -1: none */
	struct ref_flow *flow;	/* the live one, or NULL */
	bool opens;
	bool timed;		/* as of the flow */
	bool looked_up;		/* the rule was asked for this packet */
	bool awaits;		/* 17, of a flow that opens */
	int pass;		/* the reason to pass */
};

struct ref_datagram {
	struct ref_datagram *next;
	struct ref_address peer;
	int side;
	uint8_t local, protocol;
	uint32_t id;
	uint64_t expires;
	uint32_t generation;
	struct ref_decision decision;	/* about the first */
	struct ref_range *passed;
	uint32_t length;	/* 0 until the last fragment has passed */
};

struct ref_lease {
	struct ref_address address;
	bool held;
	uint64_t expires;
	unsigned link;		/* where it was given */
	ref_vlan vlan;
	uint32_t transaction;
	uint64_t asked_until;	/* 0: nothing is awaited */
};

/* Theoretical arrival times, in ticks of 1/16 ns. */
struct ref_bucket {
	uint64_t packets[WARD_SIDES], bytes[WARD_SIDES], new_flows;
};

#define REF_RULE_BUCKETS 8

/* What belongs to a device, under its name: it outlives the policy. */
struct ref_owner {
	struct ref_owner *next;
	char name[REF_NAME];
	bool quarantined;
	struct ref_flow *flows;
	struct ref_datagram *datagrams;
	struct ref_lease lease[2];	/* IPv4, IPv6 */
	struct ref_bucket bucket, rule_buckets[REF_RULE_BUCKETS];
};

struct ref {
	const struct ref_policy *policy;
	uint32_t generation;
	uint64_t now, clock_tick;
	uint64_t wall;		/* s since 1970 UTC */
	struct ref_owner *owners;
};

struct ref_packet {
	struct ref *ref;
	const uint8_t *bytes;
	unsigned length;
	int port, side;
	unsigned link;
	/* Ethernet */
	unsigned tags;		/* bytes of tags */
	ref_vlan wire_vlan, vlan;
	unsigned ethertype, network;	/* network: offset of what follows */
	/* IP */
	int family;		/* 4 or 6 */
	struct ref_address source, destination;
	unsigned at, left;	/* what is behind the IP headers: offset and bytes */
	unsigned header;	/* IPv4: bytes of its header */
	uint8_t protocol, hop_limit;
	bool extended;		/* IPv6: any extension header */
	bool fragment, more;
	uint32_t position, id;
	unsigned carried;	/* bytes of the datagram's payload, from `position` on */
	/* Upper layer */
	uint16_t source_port, destination_port;
	uint8_t type, code;
	enum ref_kind kind;
	unsigned flags, payload;
	uint32_t sequence, acknowledged;
	uint16_t window;
	int scale;		/* window scale option; -1: none */
	/* Who */
	int device;		/* that it is from, for, or says to be; -1: not known (yet) */
	bool identified;	/* all of 10 agrees with the device: its mode counts */
	int charged;		/* device that is charged; -1: the port */
	uint8_t local;		/* number of the device's address */
};

static inline unsigned ref_u16(const uint8_t *b)
{
	return (unsigned)b[0] << 8 | b[1];
}

static inline uint32_t ref_u32(const uint8_t *b)
{
	return (uint32_t)ref_u16(b) << 16 | ref_u16(b + 2);
}

static inline const struct ref_link *ref_link_of(const struct ref_packet *p)
{
	return &p->ref->policy->links[p->link];
}

static inline const uint8_t *ref_destination_mac(const struct ref_packet *p)
{
	return p->bytes;
}

static inline const uint8_t *ref_source_mac(const struct ref_packet *p)
{
	return p->bytes + 6;
}

/* Each judges a part and yields a reason; 0 is "go on". Numbers are sections of the README. */
int ref_ethernet(struct ref_packet *p);		/* 1, 2 */
int ref_parse_ipv4(struct ref_packet *p);	/* 3 */
int ref_parse_ipv6(struct ref_packet *p);	/* 4 */
int ref_parse_upper(struct ref_packet *p);	/* 5 */
int ref_dhcp(struct ref_packet *p);		/* 6, IPv4 */
int ref_dhcp6(struct ref_packet *p);		/* 6, IPv6 */
int ref_discovery(struct ref_packet *p);	/* 7 */
int ref_icmp_error(struct ref_packet *p);	/* 8 */
int ref_fragment(struct ref_packet *p);		/* 9 */
int ref_identify(struct ref_packet *p);		/* 10 */
int ref_arp(struct ref_packet *p);		/* 10.4 */
int ref_flow(struct ref_packet *p);		/* 11, 12, 13 */

bool ref_is_dhcp(const struct ref_packet *p);	/* of either family */

/* Identification in pieces, for those who judge more than a packet's addresses. */
int ref_device_at(const struct ref_packet *p, struct ref_address address, uint8_t *number);
bool ref_has_mac(const struct ref_packet *p, int device, const uint8_t mac[6]);
void ref_charge(struct ref_packet *p, int device);
/* It is the device that is charged; yields WARD_CLOSED when its mode is that. */
int ref_identified(struct ref_packet *p);
/* Why a frame from the clinical side is no device's; `spoof` stands for a wrong address. */
int ref_stranger(struct ref_packet *p, struct ref_address claimed, int spoof_mac,
		 int spoof_address);
/* As 10.1, by the source MAC alone: charged; and the device's mode. */
int ref_place_of_mac(struct ref_packet *p);
int ref_identify_by_mac(struct ref_packet *p);

/* Flows. */
struct ref_owner *ref_owner_of(struct ref *ref, const char *name);
struct ref_owner *ref_owner(const struct ref_packet *p);	/* of the packet's device */
struct ref_flow *ref_find_flow(struct ref_packet *p, const struct ref_ends *ends);
struct ref_ends ref_ends_of(const struct ref_packet *p);
bool ref_fits_window(const struct ref_packet *p, const struct ref_flow *flow);
void ref_answer_syn(const struct ref_packet *p, struct ref_flow *flow);
bool ref_is_unknown(const struct ref_flow *flow);	/* 17 */
void ref_forget_hello(struct ref_flow *flow);		/* 17: it is unknown now */
/* 17: also of a flow that was judged. */
bool ref_asks_for_hello(const struct ref_packet *p, const struct ref_flow *flow);
int ref_encryption(struct ref_packet *p, struct ref_decision *d);	/* 17 */
void ref_end_flow(struct ref_owner *owner, struct ref_flow *flow);
bool ref_may_open(const struct ref_packet *p);
/* A packet of a flow that stands; `flow` changes only in ref_advance(). */
int ref_check_state(const struct ref_packet *p, const struct ref_flow *flow);
void ref_advance(const struct ref_packet *p, struct ref_flow *flow);
void ref_open_flow(const struct ref_packet *p, struct ref_flow *flow);
bool ref_replaces(const struct ref_packet *p, const struct ref_flow *flow);

int ref_allow(struct ref_packet *p, struct ref_decision *d);	/* 11 and 12, nothing remembered */
int ref_limits(struct ref_packet *p, struct ref_decision *d);	/* 13 */
void ref_remember(struct ref_packet *p, struct ref_decision *d);
int ref_device_limits(struct ref_packet *p);	/* of frames without a rule */
/* Names a rule over generations. */
void ref_rule_name(const struct ref_policy *policy, unsigned profile, const struct ref_rule *rule,
		   char out[256]);
/* Is the rule of this name, of a flow or datagram of the running generation, out of its time? */
int ref_is_over(const struct ref_packet *p, const char *name);
const struct ref_profile *ref_profile_of(const struct ref_packet *p);	/* NULL: nothing allowed */

#endif
