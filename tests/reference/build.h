/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of the generator: frames from their parts. */
#ifndef WARDGATE_REFERENCE_BUILD_H
#define WARDGATE_REFERENCE_BUILD_H

#include <netinet/in.h>

#include "generate.h"

/* Bytes that grow; what does not fit is left out. */
struct bytes {
	unsigned length;
	uint8_t at[1600];
};

void put(struct bytes *b, const void *from, unsigned length);
void put8(struct bytes *b, unsigned value);
void put16(struct bytes *b, unsigned value);
void put32(struct bytes *b, uint32_t value);
void put_zeros(struct bytes *b, unsigned length);
void put_address(struct bytes *b, struct ref_address address);	/* 4 or 16 bytes */

/* Where a frame is sent, as the policy speaks of it: the VLAN is the clinical one. */
struct place {
	unsigned link;
	int side;
	ref_vlan vlan;
	uint8_t source[6], destination[6];
};

/* Ethernet header and tags, as they are on that side's wire; `port` is set, too. */
void put_ethernet(struct random *r, const struct ref_policy *policy, const struct place *place,
		  unsigned ethertype, struct bytes *out, int *port);

struct plan {
	struct place place;
	struct ref_address source, destination;
	uint8_t protocol, hop_limit;
	bool plain;		/* no options and extension headers */
	bool fragment, more;
	unsigned position;
	uint32_t id;
	struct bytes upper;
};

void build(struct random *r, const struct ref_policy *policy, const struct plan *plan,
	   struct ref_frame *frame, int *port);
void finish_frame(const struct bytes *b, struct ref_frame *frame);

/* Talks of the link layer and of discovery (talk_link.c, talk_dhcp.c); each builds one frame. */
struct place place_of(struct random *r, const struct ref_policy *policy, unsigned device,
		      int side);
struct ref_address some_peer(struct random *r, bool ipv4);

void talk_arp(struct random *r, const struct ref_policy *policy, struct ref_frame *f, int *port);
void talk_discovery(struct random *r, const struct ref_policy *policy, struct ref_frame *f,
		    int *port);
void talk_other(struct random *r, const struct ref_policy *policy, struct ref_frame *f, int *port);

/* What a device's DHCP client is about; `step` says whose turn it is. */
struct client {
	unsigned device;
	bool ipv6;
	unsigned step;
	uint32_t transaction;
	struct ref_address lease;
};

/* Sets `leased` and yields true when the frame gives the device an address. */
bool talk_dhcp(struct random *r, const struct ref_policy *policy, struct client *c,
	       struct ref_frame *f, int *port);

#endif
