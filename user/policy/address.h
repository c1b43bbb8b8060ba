/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses of either family, as the maps hold them: in wire order, IPv4 as ::ffff:a.b.c.d (RFC
 * 4291, 2.5.5.2). So the bytes sort as the numbers do.
 */
#ifndef WARDGATE_POLICY_ADDRESS_H
#define WARDGATE_POLICY_ADDRESS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define ADDRESS_BITS 128
#define ADDRESS_IPV4_BITS 96 /* in front of the four bytes of IPv4 */
#define ADDRESS_SIZE 16

static inline int address_compare(const __be32 a[4], const __be32 b[4])
{
	return memcmp(a, b, ADDRESS_SIZE);
}

void address_from_ipv4(__be32 out[4], __be32 ipv4);
bool address_is_ipv4(const __be32 address[4]);

/* Multicast: 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291, 2.7). */
bool address_is_group(const __be32 address[4]);

/* fe80::/10 (RFC 4291, 2.5.6) or 169.254.0.0/16 (RFC 3927): no router forwards these. */
bool address_is_link_local(const __be32 address[4]);

/* Clears the bits behind the first `length`. */
void address_mask(__be32 address[4], unsigned length);

/* How many bits are the same, from the first one on. */
unsigned address_common(const __be32 a[4], const __be32 b[4]);

/* A prefix of IPv4. One of IPv6 never is: `::/0` holds IPv6 addresses only. */
static inline bool address_prefix_is_ipv4(const __be32 address[4], unsigned length)
{
	return length >= ADDRESS_IPV4_BITS && address_is_ipv4(address);
}

/* The link-local address that a station makes of its MAC (RFC 4291, appendix A). */
void address_from_mac(__be32 out[4], const uint8_t mac[6]);

/* The MAC of a group (RFC 1112, 6.4; RFC 2464, 7). */
void address_group_mac(uint8_t out[6], const __be32 group[4]);

#endif
