/* SPDX-License-Identifier: GPL-2.0-only */
/* Small numbers that the program in the kernel and the daemon must agree on. */
#ifndef WARDGATE_NAMES_H
#define WARDGATE_NAMES_H

/* Layout of the pinned state. A daemon refuses pins of another layout. */
#define WARD_STATE_LAYOUT 4

/* A cache line of every machine this is meant for. */
#define WARD_LINE 64

/* Names of devices, ports, links, profiles and so on, with their final NUL. */
#define WARD_NAME_SIZE 64

/* A SHA-256 as hex with its final NUL, rounded up to whole words. */
#define WARD_HASH_SIZE 72

enum ward_side {
	WARD_CLINICAL = 0,
	WARD_IT = 1,
	WARD_SIDES = 2,
};

#define WARD_MAX_LINKS 32
#define WARD_MAX_PORTS (WARD_MAX_LINKS * WARD_SIDES)

/*
 * An owner is what a packet is charged to. Owner 0 is "no port", 1 to 64 are ports (for packets of
 * no known device), and devices follow. Every per-owner map is indexed by this number.
 */
#define WARD_OWNER_NONE 0
#define WARD_OWNER_FIRST_PORT 1
#define WARD_OWNER_FIRST_DEVICE (WARD_OWNER_FIRST_PORT + WARD_MAX_PORTS)

/*
 * VLANs as the policy and the maps number them: 0 for frames without a tag (or with a priority tag,
 * whose id is 0: IEEE 802.1Q-2018, 6.9), 1 to 4094 for a tag's id (4095 is reserved, 9.6), and
 * from 4096 on for the pairs of an 802.1ad tag and a tag inside it that the policy names.
 */
#define WARD_NO_VLAN 0
#define WARD_FIRST_STACK 4096
#define WARD_MAX_STACKS 4096

/* In place of VLAN and link: a device that is reached by its address alone, in routed mode. */
#define WARD_ROUTED_VLAN 0xffff
#define WARD_ROUTED_LINK 0xff

/* What becomes of what the policy does not allow. */
enum ward_enforcement {
	WARD_MODE_ENFORCE = 0,
	WARD_MODE_AUDIT = 1,		/* judged, counted and reported, but forwarded */
	WARD_MODE_CLOSED = 2,	/* nothing passes */
};

/*
 * Limits count time in sixteenths of a nanosecond, so that the interval between two packets or two
 * bytes at 100 Gbit/s still has digits; 64 bits of it last for 36 years of uptime.
 */
#define WARD_TICK_SHIFT 4

#endif
