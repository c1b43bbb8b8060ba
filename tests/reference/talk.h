/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the generator: what is going on between the hosts. */
#ifndef WARDGATE_REFERENCE_TALK_H
#define WARDGATE_REFERENCE_TALK_H

#include "build.h"

#define TALKS 24
#define CLIENTS 6
#define HISTORY 32
#define PIECES 24

/* A connection of TCP; the other protocols have only its steps. */
struct numbers {
	unsigned step;
	uint32_t next[WARD_SIDES];	/* sequence number */
	uint32_t first;		/* sequence number behind the opener's last SYN */
};

/* Both ends, by side. */
struct talk {
	bool used;
	unsigned device;
	struct ref_address address[WARD_SIDES];
	uint16_t port[WARD_SIDES];
	uint8_t protocol, type;	/* type: of ICMP, ICMPv6, IGMP; else 0 */
	int opener;
	struct numbers now, before;	/* before: TCP: another connection on the same ports */
	unsigned scale[WARD_SIDES], window[WARD_SIDES];
	bool tls;		/* begins with a ClientHello, if TCP or UDP */
	bool group;		/* the IT side's address is a group: others reply */
};

/* A datagram that is on its way in pieces. */
struct pieces {
	struct plan plan;
	struct bytes whole;
	unsigned size, count, next;
	uint8_t order[PIECES];
};

struct talks {
	struct random *r;
	const struct ref_policy *policy;
	struct talk talk[TALKS];
	struct client client[CLIENTS];
	struct pieces pieces[3];
	struct {
		struct ref_frame frame;
		int port;
	} history[HISTORY];
	struct talk *last;	/* who sent the last frame, or NULL */
	unsigned sent, haste;
	unsigned storm;		/* how many more frames `stormy` sends without a pause */
	bool storm_cut;		/* in pieces */
	struct talk *stormy;
	uint32_t datagrams;
};

/* The next packet of the talk behind the IP header; `side` is who sends it (talk_upper.c). */
void put_upper(struct talks *t, struct talk *talk, int *side, struct bytes *b);

#endif
