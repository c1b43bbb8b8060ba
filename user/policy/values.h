/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the words of a policy to values. Each takes what was written, never a guess of YAML's, and
 * returns 0, or -EINVAL with the complaint filled in and the output untouched.
 */
#ifndef WARDGATE_POLICY_VALUES_H
#define WARDGATE_POLICY_VALUES_H

#include <linux/types.h>
#include <stdint.h>

#include "policy/model.h"

/* What is wrong, with the input quoted, and what was expected. */
struct complaint {
	char message[256];
	char hint[256]; /* empty: none */
};

/* Limits of the values; the messages name them. */
#define VALUES_MAX_PACKETS 100000000ull /* per second */
#define VALUES_MAX_BURST 10000000ull /* packets */
#define VALUES_MIN_BITS 1000ull /* per second */
#define VALUES_MAX_BITS 400000000000ull /* per second */
#define VALUES_MIN_BURST_BITS 16000ull /* a full Ethernet frame fits */
#define VALUES_MAX_BURST_BITS 400000000000ull
#define VALUES_MAX_PURPOSE 200 /* bytes */

/* The start of a text for a message: at most 48 characters, on one line. Returns `out`. */
#define VALUES_SHOWN 200
const char *values_show(char out[VALUES_SHOWN], const char *text);

/* Letters, digits, '.', '_' and '-', 1 to 63 of them, a letter or digit first. */
int value_name(const char *s, struct complaint *complaint);

/* What Linux accepts as the name of a network interface (dev_valid_name() in net/core/dev.c). */
int value_interface(const char *s, struct complaint *complaint);

/* Clean text of one line, up to VALUES_MAX_PURPOSE bytes. */
int value_purpose(const char *s, struct complaint *complaint);

/* The address of one station: neither zero nor a group address. */
int value_mac(const char *s, uint8_t out[6], struct complaint *complaint);

/* 1 to 4094, or `none`: WARD_NO_VLAN. */
int value_vlan(const char *s, uint16_t *out, struct complaint *complaint);

/* The same, or a range as in 110-120. */
int value_vlan_range(const char *s, uint16_t *first, uint16_t *last, struct complaint *complaint);

/* An IPv4 address that a host may have (RFC 6890: not 0/8, 127/8, 224/3). */
int value_address(const char *s, __be32 *out, struct complaint *complaint);

/* An address, or ADDRESS/LENGTH without host bits; `place` is left alone. */
int value_prefix(const char *s, struct model_prefix *out, struct complaint *complaint);

/* tcp/8443, udp/5000-5010 or icmp/echo; `place` is left alone. */
int value_ports(const char *s, struct model_port_range *out, struct complaint *complaint);

/* A number with an optional k, M or G (decimal). */
struct value_range {
	const char *what; /* "a limit of packets" */
	const char *example; /* "2000/s" */
	uint64_t low, high;
	const char *range; /* "1/s to 100M/s" */
};

int value_amount(const char *s, const struct value_range *range, uint64_t *out,
		 struct complaint *complaint);

/* The same with a final "/s". */
int value_rate(const char *s, const struct value_range *range, uint64_t *out,
	       struct complaint *complaint);

#endif
