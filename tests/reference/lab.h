/* SPDX-License-Identifier: GPL-2.0-only */
/* A small ward for the reference's own tests, and packets of its only device and its server. */
#ifndef WARDGATE_REFERENCE_LAB_H
#define WARDGATE_REFERENCE_LAB_H

#include "build.h"

enum {
	FIN = 0x01,
	SYN = 0x02,
	RST = 0x04,
	ACK = 0x10,
};

struct lab {
	struct ref *ref;
	struct ref_policy policy;
	uint64_t now;
	struct random random;
};

#define LAB_MAC { 0x02, 0, 0, 0, 0x11, 0x01 }
#define LAB_SERVER_MAC { 0x02, 0, 0, 0, 0x22, 0x01 }

struct lab *lab_new(void);
void lab_free(struct lab **lab);
/* The label of the reason; `seconds` pass before. */
const char *lab_send(struct lab *lab, double seconds, const struct plan *plan);

/* Between the device's port 40000 and the server's port 80; IPv4. */
struct segment {
	int side;		/* who sends */
	unsigned flags;
	uint32_t sequence, acknowledged;
	unsigned window, payload;
	int scale;		/* -1: no option */
};

const char *lab_tcp(struct lab *lab, double seconds, struct segment segment);
/* A piece of UDP datagram `id` from the device to the server's port 123. */
const char *lab_piece(struct lab *lab, uint32_t id, unsigned position, unsigned length, bool more);
/* One packet of UDP, from a side; `address` is the device's. */
const char *lab_udp(struct lab *lab, int side, const char *address);
/* `message` from a side; the server gives `address` for `seconds`. */
const char *lab_dhcp(struct lab *lab, unsigned message, uint32_t transaction, const char *address,
		     uint32_t seconds);

#endif
