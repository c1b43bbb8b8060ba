/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames for explain: built from what a person names, and read for the words of the answer. */
#ifndef WARDGATE_DAEMON_PACKET_H
#define WARDGATE_DAEMON_PACKET_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "policy/model.h"

#define PACKET_FRAME 128	/* bytes of the longest one that is built */

/* A packet in words. */
struct packet {
	uint8_t source_mac[6], destination_mac[6];
	struct model_vlan vlan;
	uint16_t ethertype;	/* of the payload, host order */
	bool is_ip, is_arp, has_transport;
	bool is_fragment;
	__be32 source[4], destination[4];	/* of IP; of ARP the sender's and the target's */
	uint8_t ip_protocol;
	enum protocol protocol;	/* PROTOCOLS: none that services can name */
	uint16_t source_port, destination_port;	/* host order */
	uint8_t tcp_flags, icmp_type;
};

/* Builds the frame; its checksums are right. Returns its length. */
size_t packet_build(const struct packet *packet, uint8_t out[PACKET_FRAME]);

/* As much as can be read of a frame; the program's own verdict is what counts. */
void packet_read(const uint8_t *frame, size_t length, struct packet *out);

/* "tcp 10.1.2.3:50000 to 10.20.30.40:104, SYN, VLAN 110" */
void packet_describe(const struct packet *packet, struct text *out);

/* "S", "SA", "PA" and so on. 0 or -EINVAL. */
int packet_flags(const char *letters, uint8_t *out);

/* The port by which rules choose: of ICMP the type, of IGMP 0. */
uint16_t packet_service_port(const struct packet *packet, bool from_opener);

#endif
