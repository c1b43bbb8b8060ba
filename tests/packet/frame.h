/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames for tests, built by hand: what is not set is what a well-behaved host would send. */
#ifndef WARDGATE_TESTS_FRAME_H
#define WARDGATE_TESTS_FRAME_H

#include <stdbool.h>
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

struct bytes {
	const uint8_t *at;
	size_t length;
};

/* Ends with the block in which it stands, as every compound literal. */
#define BYTES(...)                                                                                 \
	((struct bytes){ (const uint8_t[]){ __VA_ARGS__ },                                         \
			 sizeof((const uint8_t[]){ __VA_ARGS__ }) })

/* A packet in words. Addresses as text: with a colon, it is IPv6. MACs by name below. */
struct packet_spec {
	const char *source_mac, *destination_mac;
	int vlan;			/* 0: untagged */
	int outer_vlan;			/* of an 802.1ad tag around that of `vlan`; 0: none */
	bool has_priority_tag;		/* an 802.1Q tag with id 0 */
	uint16_t ethertype;		/* 0: IPv4 or IPv6, as the addresses are */
	const char *source, *destination;
	uint8_t hop_limit;		/* 0: 64; of neighbour discovery 255 */
	struct bytes options;		/* IPv4, padded to 32-bit words */
	/* IPv6: numbers of extension headers of 8 bytes each; that of 44 is filled from below. */
	struct bytes extensions;
	uint16_t fragment_offset;	/* bytes; not 0: no transport header, only the payload */
	bool more_fragments;
	uint32_t fragment_id;
	int protocol;			/* IPPROTO_* */
	uint16_t source_port, destination_port;	/* ICMP, IGMP: type and identifier */
	uint8_t code;			/* ICMP */
	uint8_t flags;
	uint32_t sequence, acknowledged;
	uint16_t window;
	struct bytes tcp_options;	/* padded to 32-bit words */
	uint8_t chunk;			/* SCTP: type of the first chunk; its tag is `sequence` */
	const char *target;		/* neighbour discovery */
	const char *link_address;	/* MAC in a link-layer address option, or none */
	const struct frame *about;	/* ICMP errors: the packet that is quoted, */
	size_t about_length;		/* and how many bytes of it; 0: all */
	struct bytes body;
	size_t payload;			/* zero bytes behind the body */
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

/* The same at an offset from the start of the frame. */
struct frame frame_write16(struct frame frame, size_t at, uint16_t value);

/* A tag in front of whatever follows the MACs. */
struct frame frame_tagged(struct frame frame, uint16_t ethertype, uint16_t id);

/* The frame's first bytes. */
struct frame frame_cut(struct frame frame, size_t length);

#endif
