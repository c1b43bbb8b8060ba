/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames for tests, built by hand: what is not set is what a well-behaved host would send. */
#ifndef WARDGATE_TESTS_FRAME_H
#define WARDGATE_TESTS_FRAME_H

#include <stddef.h>
#include <stdint.h>

struct frame {
	uint8_t bytes[2048];
	size_t length;
};

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define PSH 0x08
#define ACK 0x10
#define URG 0x20

/* A packet in words. Addresses as text; MACs by name below. */
struct packet_spec {
	const char *source_mac, *destination_mac;
	int vlan;			/* 0: untagged */
	uint16_t ethertype;		/* 0: IPv4 */
	const char *source, *destination;
	int protocol;			/* IPPROTO_* */
	uint16_t source_port, destination_port;	/* ICMP: type and identifier */
	uint8_t flags;
	size_t payload;			/* bytes */
};

struct frame frame_of(struct packet_spec spec);

/*
 * ARP, operation 1 or 2; the Ethernet source is the sender's MAC unless `wire_mac` says otherwise.
 */
struct frame frame_arp(int operation, const char *sender_mac, const char *sender,
		       const char *target, const char *destination_mac, int vlan);

/* Offset of the network header. */
size_t frame_network(const struct frame *frame);

/* Writes a byte, or two in wire order, at an offset from the network header. */
struct frame frame_set8(struct frame frame, size_t at, uint8_t value);
struct frame frame_set16(struct frame frame, size_t at, uint16_t value);

#endif
