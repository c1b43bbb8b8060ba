/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the words of a policy to values. Each takes what was written, never a guess of YAML's, and
 * returns 0, or -EINVAL with the complaint filled in and the output untouched.
 */
#ifndef WARDGATE_POLICY_VALUES_H
#define WARDGATE_POLICY_VALUES_H

#include <linux/types.h>
#include <stdint.h>

#include "policy/complaint.h"
#include "policy/model.h"

/* Limits of the values; the messages name them. */
#define VALUES_MAX_PACKETS 100000000ull /* per second */
#define VALUES_MAX_BURST 10000000ull /* packets */
#define VALUES_MIN_BITS 1000ull /* per second */
#define VALUES_MAX_BITS 400000000000ull /* per second */
#define VALUES_MIN_BURST_BITS 16000ull /* a full Ethernet frame fits */
#define VALUES_MAX_BURST_BITS 400000000000ull
#define VALUES_MAX_NEW_FLOWS 1000000ull /* per second */
#define VALUES_MAX_PURPOSE 200 /* bytes */
#define VALUES_MAX_LABEL 200 /* bytes */

/* One of a few words. */
struct value_choices {
	const char *what; /* "a mode of enforcement" */
	const char *const *words;
	size_t count;
};

/* Letters, digits, '.', '_' and '-', 1 to 63 of them, a letter or digit first. */
int value_name(const char *s, struct complaint *complaint);

/* What Linux accepts as the name of a network interface (dev_valid_name() in net/core/dev.c). */
int value_interface(const char *s, struct complaint *complaint);

/* Each is clean text of one line, up to VALUES_MAX_PURPOSE bytes. */
int value_purpose(const char *s, struct complaint *complaint);
int value_owner(const char *s, struct complaint *complaint);
int value_ticket(const char *s, struct complaint *complaint);

/*
 * 2027-01-31, or "2027-01-31 18:00". `out`: when that is over, or when it is, in s since 1970 as the
 * clocks of the policy's time zone count.
 */
int value_expiry(const char *s, int64_t *out, struct complaint *complaint);

/* "Mon-Fri 07:00-19:00, Sat 08:00-12:00": which minutes of the week these are. */
int value_hours(const char *s, bool week[MODEL_MINUTES_A_WEEK], struct complaint *complaint);

/* The words of enum model_require, in its order of bits. */
extern const struct value_choices values_require;

/* Lower-case letters, digits, '.', '_' and '-', 1 to 63 of them, a letter or digit first. */
int value_label_key(const char *s, struct complaint *complaint);

/* Clean text of one line, up to VALUES_MAX_LABEL bytes: a label's value, or a group's pattern. */
int value_label(const char *s, struct complaint *complaint);

/* The address of one station: neither zero nor a group address. */
int value_mac(const char *s, uint8_t out[6], struct complaint *complaint);

/* 1 to 4094, `none`, or two tags as in 100.110. */
int value_vlan(const char *s, struct model_vlan *out, struct complaint *complaint);

/* The same without stacks. */
int value_vlan_id(const char *s, uint16_t *out, struct complaint *complaint);

/* Whether a word stands for all VLANs, of which there is no list. */
bool value_is_all(const char *s);

/* The same as value_vlan(), or a range as in 110-120: up to the id `last`. */
int value_vlan_range(const char *s, struct model_vlan *first, uint16_t *last,
		     struct complaint *complaint);

/* A name, or a number as in 0x88e1, that the gateway does not judge itself. */
int value_ethertype(const char *s, uint16_t *out, struct complaint *complaint);

/* What value_ethertype() takes for it. Returns `out`. */
#define VALUES_ETHERTYPE 16
const char *values_ethertype(char out[VALUES_ETHERTYPE], uint16_t ethertype);

/*
 * What was meant by a text that is no address, as a hint: a range, or the name of a host. False:
 * that is not clear.
 */
bool value_hint_address(const char *s, struct complaint *complaint);

/* An address that a host may have (RFC 6890: not 0/8, 127/8, 224/3; RFC 4291: not ::, ::1). */
int value_address(const char *s, __be32 out[4], struct complaint *complaint);

/* fe80::/10, as routers send their advertisements from (RFC 4861, 4.2). */
int value_router(const char *s, __be32 out[4], struct complaint *complaint);

/* A group of a scope that crosses a link; value_is_group() says whether one is meant. */
int value_group(const char *s, __be32 out[4], struct complaint *complaint);
bool value_is_group(const char *s);

/* An address, or ADDRESS/LENGTH without host bits; `place` is left alone. */
int value_prefix(const char *s, struct model_prefix *out, struct complaint *complaint);

/* tcp/8443, udp/5000-5010, icmp/echo, icmpv6/130, igmp; `place` is left alone. */
int value_ports(const char *s, struct model_port_range *out, struct complaint *complaint);

/* The one way to write it. Returns `out`. */
#define VALUES_PORTS 24
const char *values_ports(char out[VALUES_PORTS], const struct model_port_range *range);

/* `out`: its place among the words. */
int value_choice(const char *s, const struct value_choices *choices, unsigned *out,
		 struct complaint *complaint);

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
