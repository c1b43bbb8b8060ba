/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the state maps hold. They are pinned, shared by all generations, and outlive the daemon. A
 * change of any layout here changes WARD_STATE_LAYOUT.
 */
#ifndef WARDGATE_STATE_MAPS_H
#define WARDGATE_STATE_MAPS_H

#include <linux/types.h>
#include "wardgate/names.h"
#include "wardgate/policy_maps.h"
#include "wardgate/reasons.h"

/*
 * lanes: packets that passed, for each CPU and owner: the entry of CPU c and owner o is
 * c * (number of owners) + o. Plain additions, for which no other CPU waits and the packet neither.
 * Not a per-CPU map, whose table of pointers would be one more cache line for each packet.
 */
struct ward_lane {
	__u64 packets;
	__u64 bytes;		/* from the Ethernet header on, without the FCS */
	__u64 last_seen;	/* CLOCK_MONOTONIC_COARSE, ns */
	__u64 log_tat;		/* of the owner's budget of events for new flows, ns */
};

struct ward_lanes {
	struct ward_lane side[WARD_SIDES];	/* on which the packet came in */
};

/* drops: packets of an owner that were dropped, per CPU. */
#define WARD_EVENT_TIMERS 16	/* reasons share them, by their last bits */

struct ward_drops {
	__u64 bytes;				/* all reasons */
	__u64 packets[WARD_DROP_SLOTS];		/* by reason - WARD_FIRST_DROP_REASON */
	__u32 next_event[WARD_EVENT_TIMERS];	/* ms: when such a reason may send its next event */
};

/*
 * audits: packets of an owner that would have been dropped, but passed because of audit mode.
 * Shared by all CPUs, counted by atomic additions: nobody is in audit mode for long.
 */
struct ward_audits {
	__u64 packets[WARD_DROP_SLOTS];		/* by reason - WARD_FIRST_DROP_REASON */
};

/*
 * The limits of a device, or of one rule for one device: shared by all CPUs, changed by
 * compare-and-swap. Theoretical arrival times, in ticks.
 */
struct ward_bucket {
	__u64 packet_tat[WARD_SIDES];	/* of the next packet, by the side on which it comes in */
	__u64 byte_tat[WARD_SIDES];	/* and of the next byte */
	__u64 new_flow_tat;		/* of the next new flow */
	/* of a device: 1 while it is; written by the daemon alone */
	__u32 quarantined;
	__u32 zero;
	__u64 reserved[2];
};

/* rule_buckets: by the device's owner - WARD_OWNER_FIRST_DEVICE. */
struct ward_rule_buckets {
	struct ward_bucket place[WARD_RULE_BUCKETS];
};

/*
 * Places for flows. Each device has its own, so that nothing another device does can take one away.
 * The first few stand beside its limits: most devices never have more flows at once, and 100,000 of
 * them then fit into what the processor can translate. When those are taken, a flow may stand in
 * WARD_FLOW_WINDOW neighbouring places of the device's other ones, from one given by its hash. A
 * flow that has expired is a free place: no one has to clean up.
 */
#define WARD_NEAR_FLOWS 3
#define WARD_FAR_FLOWS 61
#define WARD_FLOWS (WARD_NEAR_FLOWS + WARD_FAR_FLOWS)
#define WARD_FLOW_WINDOW 16

/*
 * Who holds a place: one of these in the low bits, and above them how often it was taken, so that a
 * CPU which looked at a place before another took it cannot take it too.
 */
enum ward_flow_claim {
	WARD_FLOW_UNUSED = 0,	/* never used: a search may stop here */
	WARD_FLOW_BUSY = 1,	/* being written by a CPU */
	WARD_FLOW_LIVE = 2,	/* until it expires */
	WARD_FLOW_CLAIM = 3,	/* mask of the above */
};

/*
 * What was seen of a flow: bits of ward_flow.seen, which are added by an atomic OR of the whole
 * word `status`, of which `seen` is the last byte.
 */
enum ward_flow_seen {
	WARD_SEEN_FIN = 1 << 0,		/* of the clinical side; shifted by one, of the IT side */
	WARD_SEEN_BOTH_FINS = 3 << 0,
	WARD_SEEN_ESTABLISHED = 1 << 2,
	WARD_SEEN_REPLIES = 1 << 3,	/* the rule has WARD_RULE_REPLIES */
	WARD_SEEN_LIMITED = 1 << 4,	/* the rule has WARD_RULE_LIMITED */
	/*
	 * Of rules with WARD_RULE_ENCRYPTION; none of the two: it is not known how it began. Both:
	 * TLS, and the opener's last SYN may begin another connection on the same ports.
	 */
	WARD_SEEN_AWAITS = 1 << 5,	/* the other side has not taken the ClientHello yet */
	WARD_SEEN_TLS = 1 << 6,		/* it has: the flow began with one */
	WARD_SEEN_HELLO = 3 << 5,
	WARD_SEEN_TIMED = 1 << 7,	/* WARD_RULE_TIMED: judged again at each packet */
};

#define WARD_SEEN_SHIFT 24	/* of `seen` in `status`, on a little-endian machine */

enum ward_flow_state {
	WARD_FLOW_NONE = 0,	/* of a place that was never used */
	WARD_FLOW_OPENING,	/* only the opener has sent */
	WARD_FLOW_ANSWERED,	/* both sides have sent; TCP: SYN and SYN+ACK seen */
	WARD_FLOW_ESTABLISHED,	/* and the opener again */
	WARD_FLOW_CLOSING,	/* TCP: one side has sent FIN */
	WARD_FLOW_CLOSED_BOTH,	/* TCP: both sides have sent FIN, or one RST */
	WARD_FLOW_CLEAR,	/* TCP: must begin with a ClientHello, and did not */
	WARD_FLOW_STATES,
};

struct ward_flow {
	__u32 claim;		/* enum ward_flow_claim; changed by compare-and-swap only */
	union {
		struct {
			__u8 state;	/* enum ward_flow_state */
			__u8 opener;	/* enum ward_side */
			/* TCP window scales: low four bits clinical, high four IT */
			__u8 scale;
			__u8 seen;	/* enum ward_flow_seen */
		};
		__u32 status;
	};
	__u64 expires;		/* CLOCK_MONOTONIC_COARSE, ns */
	__be32 peer[4];		/* the address that is not the device's; IPv4 as ::ffff:a.b.c.d */
	union {
		struct {
			__be16 peer_port;	/* ICMP: identifier of an echo, else 0, in both */
			__be16 local_port;
			__u8 protocol;		/* IPPROTO_* */
			__u8 local;		/* ward_device.number of the device's address */
			/* ICMP, ICMPv6, IGMP: type of the opener's messages */
			__u8 type;
			__u8 zero;
		};
		__u64 ends;	/* all of them as one, to be compared in one step */
	};
	__u32 generation;	/* that judged it last; 0: judge it again */
	__u32 rule;		/* index into rule_counters */
	/* TCP, by side (RFC 9293, 3.4): what it has acknowledged, and the end of its window. */
	__u32 acked[WARD_SIDES];
	__u32 edge[WARD_SIDES];
};

/*
 * shares and far_flows: what belongs to one device alone, by its owner - WARD_OWNER_FIRST_DEVICE.
 */
struct ward_share {
	struct ward_bucket bucket;
	struct ward_flow near[WARD_NEAR_FLOWS];
};

struct ward_far_flows {
	struct ward_flow place[WARD_FAR_FLOWS];
};

/*
 * hellos: by the device's owner - WARD_OWNER_FIRST_DEVICE, for each of its places for flows. Of TCP
 * under a rule with WARD_RULE_ENCRYPTION: where in the opener's numbers its ClientHello begins.
 */
struct ward_hello {
	__u32 first;	/* what the other side's SYN+ACK has acknowledged */
	__u32 asked;	/* or what another SYN of the opener asked for; else the same */
	__u32 asked_at;	/* when it came: CLOCK_MONOTONIC_COARSE, ms */
	__u32 zero;
};

struct ward_hellos {
	struct ward_hello place[WARD_FLOWS];	/* the near ones first */
};

/*
 * fragments: by the device's owner - WARD_OWNER_FIRST_DEVICE. Each place is a datagram of which the
 * first fragment was allowed, and what of it has passed.
 */
#define WARD_FRAGMENTS 8
#define WARD_FRAGMENT_RANGES 4

struct ward_fragment {
	__u32 claim;		/* enum ward_flow_claim, and above it how often it was taken */
	__u32 id;		/* IPv4: identification; IPv6: of the fragment header; host order */
	__u64 expires;		/* CLOCK_MONOTONIC_COARSE, ns */
	__be32 peer[4];		/* the address that is not the device's */
	__u32 rule;		/* of the first fragment */
	__u32 generation;	/* that judged the first fragment */
	__u8 protocol;		/* IPPROTO_* */
	__u8 side;		/* that sends it */
	__u8 local;		/* ward_device.number of the device's address */
	__u8 zero;
	/* of the whole payload, bytes; 0 until the last fragment has passed */
	__u16 length;
	__u16 zero2;
	struct {
		__u16 first, end;	/* in units of eight bytes; both 0: unused */
	} passed[WARD_FRAGMENT_RANGES];
};

struct ward_fragments {
	struct ward_fragment place[WARD_FRAGMENTS];
};

/*
 * bindings: what the gateway saw a device lease, by its owner - WARD_OWNER_FIRST_DEVICE. leases
 * finds the owner of a leased address; it counts only while the binding says the same.
 */
struct ward_lease {
	__be32 address[4];	/* all zero: none */
	__u64 expires;		/* CLOCK_MONOTONIC_COARSE, ns */
	__u64 asked_until;	/* an answer to `transaction` is awaited until then, ns */
	__u32 transaction;	/* of the device's last request, wire order */
	__u16 vlan;		/* of the key in `leases` */
	__u8 link;
	__u8 zero;
};

struct ward_binding {
	struct ward_lease ipv4, ipv6;
	__u64 mac;		/* of the device when it last asked: six bytes, then two of zero */
	__u64 reserved[5];
};

struct ward_lease_key {
	__be32 address[4];
	__u16 vlan;
	__u8 link;
	__u8 zero;
};

/* rule_counters: per CPU. */
struct ward_rule_counters {
	__u64 packets;
	__u64 bytes;
	__u64 last_used;	/* CLOCK_MONOTONIC_COARSE, ns; 0: never */
	__u64 clear_flows;	/* with WARD_RULE_PREFERS_TLS: that began in clear */
};

/* event_stats: per CPU, one entry. */
struct ward_event_stats {
	__u64 sent;
	__u64 lost;		/* the ring had no room */
	__u64 withheld;		/* over the CPU's, or the owner's, budget of events */
	__u64 tat;		/* of the CPU's event budget, ns */
};

/* Only the daemon reads and writes these: they give owners and rules their names. */
enum ward_slot_use {
	WARD_SLOT_FREE = 0,
	WARD_SLOT_USED = 1,
	WARD_SLOT_RETIRED = 2,	/* left the policy; keeps its counters until the place is needed */
	WARD_SLOT_RETURNING = 3,/* retired, but named by a policy that is about to be published */
	WARD_SLOT_TAKEN = 4,	/* new in a policy that is about to be published */
};

struct ward_slot {
	__u32 use;		/* enum ward_slot_use */
	__u32 saved_flags;	/* ports: what to restore on detach, enum ward_saved_flags */
	__u32 ifindex;		/* ports: of the NIC it was last seen as */
	__u32 zero;
	char name[WARD_NAME_SIZE];	/* device or port; rules: 128-bit key as hex */
};

enum ward_saved_flags {
	WARD_SAVED_PROMISC_OFF = 1 << 0,	/* the port was not promiscuous before */
	WARD_SAVED_RXVLAN_ON = 1 << 1,		/* the NIC stripped VLAN tags before */
	WARD_SAVED_LRO_ON = 1 << 2,		/* the NIC merged received frames before */
	WARD_SAVED_FORWARDING_OFF = 1 << 3,	/* the kernel forwarded no IPv4 from it before */
};

/* meta: one entry, written by the daemon at each publish. */
struct ward_meta {
	__u32 layout;		/* WARD_STATE_LAYOUT */
	__u32 generation;	/* in force */
	__u32 last_generation;	/* number given out last: none is used twice */
	__u32 zero;
	__u32 device_capacity;	/* the sizes of the maps follow from it */
	__u32 rule_capacity;
	__u64 applied;		/* CLOCK_REALTIME, ns */
	__u64 netns;		/* inode of the network namespace in which the state was made */
	__u64 flow_seed;	/* secret of the flows' hash; drawn once, or flows would be lost */
	char policy_hash[WARD_HASH_SIZE];	/* SHA-256 of the image, hex; empty: none */
};

_Static_assert(sizeof(struct ward_lanes) == WARD_LINE, "one cache line");
_Static_assert(sizeof(struct ward_bucket) == WARD_LINE, "one cache line");
_Static_assert(sizeof(struct ward_flow) == WARD_LINE, "one cache line");
_Static_assert(sizeof(struct ward_share) == 4 * WARD_LINE, "four cache lines");
_Static_assert(sizeof(struct ward_hellos) % WARD_LINE == 0, "whole cache lines");
_Static_assert(sizeof(struct ward_fragment) == WARD_LINE, "one cache line");
_Static_assert(sizeof(struct ward_binding) == 2 * WARD_LINE, "two cache lines");
_Static_assert(sizeof(struct ward_lease_key) == 20, "a hash key has no padding");
_Static_assert(sizeof(struct ward_drops) % 8 == 0, "per-CPU values are rounded up to 8");
_Static_assert(sizeof(struct ward_slot) == 16 + WARD_NAME_SIZE, "layout");
_Static_assert(sizeof(struct ward_meta) == 48 + WARD_HASH_SIZE, "layout");

#endif
