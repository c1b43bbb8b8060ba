/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy as the reference gateway has it: what a person reads in the file, in fixed arrays, so
 * that a policy can be copied, changed and thrown away as a value. Nothing is compiled.
 */
#ifndef WARDGATE_REFERENCE_POLICY_H
#define WARDGATE_REFERENCE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "wardgate/names.h"

#define REF_NAME 32
#define REF_LINKS 4
#define REF_LIST 8	/* entries of the small lists */
#define REF_RULES 12
#define REF_NAMED 12	/* networks, services, profiles, devices: of each */

struct ref_address {
	uint8_t b[16];	/* IPv4 as ::ffff:a.b.c.d */
};

/* 0: no tag; 1..4094; a stack is outer << 16 | inner. */
typedef uint32_t ref_vlan;

enum ref_said {
	REF_UNSAID,
	REF_ENFORCE,
	REF_AUDIT,
	REF_CLOSED,
};

struct ref_link {
	char name[REF_NAME], clinical[REF_NAME], it[REF_NAME];	/* both the same: a hairpin */
	ref_vlan vlans[REF_LIST];
	unsigned vlan_count;	/* 0: no list, all VLANs are carried */
	struct {
		uint16_t clinical, it;
	} map[REF_LIST];
	unsigned map_count;	/* 0: no map */
	uint16_t ethertypes[REF_LIST];	/* REF_STP: spanning tree */
	unsigned ethertype_count;
	struct ref_address routers[REF_LIST], servers[REF_LIST], hosts[REF_LIST];
	unsigned router_count, server_count, host_count;
	uint16_t host_vlans[REF_LIST];
	unsigned host_vlan_count;
	enum ref_said enforcement;
};

#define REF_STP 0x0042

struct ref_prefix {
	struct ref_address address;
	unsigned length;	/* 0..128; of IPv4 96 more than written */
};

struct ref_network {
	char name[REF_NAME];
	struct ref_prefix prefixes[REF_LIST], except[REF_LIST];
	unsigned count, except_count;
};

/* Time zones of which the reference knows the rules by itself (clock.c). */
enum ref_zone {
	REF_UTC,
	REF_BERLIN,
	REF_NEW_YORK,
	REF_ST_JOHNS,
	REF_KOLKATA,
	REF_SYDNEY,
	REF_ZONES,
};

/* Ports from low to high; of ICMP and ICMPv6: types. IGMP: all of it. */
struct ref_ports {
	uint8_t protocol;
	uint16_t low, high;
};

struct ref_service {
	char name[REF_NAME];
	struct ref_ports ports[REF_LIST];
	unsigned count;
};

/* 0 in any of these: not said. */
struct ref_rate {
	uint64_t packets, burst, bits, burst_bits;
};

struct ref_limit {
	struct ref_rate rate[WARD_SIDES];	/* by the side on which the frame comes in */
	uint64_t new_flows, flows;
};

/* Days are 0 for Monday to 6, and may pass Sunday; minutes of the day, and may pass midnight. */
struct ref_hours {
	unsigned first_day, last_day, from, to;
};

#define REF_HOURS 3

/* Whether what a rule allows must be TLS or DTLS. */
enum ref_encryption {
	REF_ANY,
	REF_PREFERRED,
	REF_REQUIRED,
};

struct ref_rule {
	bool from;		/* the peer opens; else the device does */
	unsigned network;
	unsigned services[REF_LIST];
	unsigned service_count;
	bool replies, log;
	/* By the policy's clocks, s since 1970 as they show them, whole minutes; 0: not said. */
	uint64_t expires;
	struct ref_hours hours[REF_HOURS];
	unsigned hour_count;	/* 0: any */
	enum ref_encryption encryption;
	struct ref_limit limit;
};

struct ref_profile {
	char name[REF_NAME];
	struct ref_rule rules[REF_RULES];
	unsigned count;
	struct ref_limit limit;
	bool tracks_fragments;
	enum ref_said enforcement;
};

struct ref_device {
	char name[REF_NAME];
	uint8_t mac[6];
	ref_vlan vlan;
	unsigned link, profile;
	struct ref_address addresses[REF_LIST];
	unsigned count;
	bool dhcp4, dhcp6;
	bool group;		/* one multicast address, no MAC of its own */
	enum ref_said enforcement;
};

struct ref_policy {
	enum ref_said enforcement;
	int quarantine;		/* index of a profile; -1: none */
	enum ref_zone zone;
	struct ref_link links[REF_LINKS];
	struct ref_network networks[REF_NAMED];
	struct ref_service services[REF_NAMED];
	struct ref_profile profiles[REF_NAMED];
	struct ref_device devices[REF_NAMED];
	unsigned link_count, network_count, service_count, profile_count, device_count;
};

/* Addresses (address.c). */
bool ref_same(struct ref_address a, struct ref_address b);
bool ref_is_ipv4(struct ref_address a);
bool ref_is_zero(struct ref_address a);	/* 0.0.0.0 or :: */
bool ref_is_group(struct ref_address a);
bool ref_is_link_local(struct ref_address a);	/* fe80::/10 */
bool ref_is_unicast(struct ref_address a);	/* README 3.4 and 4.3 */
bool ref_in_prefix(struct ref_address a, const struct ref_prefix *prefix);
struct ref_address ref_ipv4(const uint8_t bytes[4]);
struct ref_address ref_ipv6(const uint8_t bytes[16]);
struct ref_address ref_link_local(const uint8_t mac[6]);	/* RFC 4291, appendix A */
void ref_group_mac(struct ref_address group, uint8_t mac[6]);	/* RFC 1112, RFC 2464 */
bool ref_parse_address(const char *text, struct ref_address *out);
const char *ref_address_text(struct ref_address a);	/* good until the fourth call after */

/* What the policy says (said.c). */
bool ref_carries(const struct ref_policy *policy, unsigned link, ref_vlan vlan);
bool ref_is_stack_named(const struct ref_policy *policy, ref_vlan vlan);
enum ref_said ref_link_mode(const struct ref_policy *policy, unsigned link);
enum ref_said ref_device_mode(const struct ref_policy *policy, unsigned device);
bool ref_limit_said(const struct ref_limit *limit);
bool ref_rule_holds_service(const struct ref_policy *policy, const struct ref_rule *rule,
			    uint8_t protocol, uint16_t port);
bool ref_network_holds(const struct ref_network *network, struct ref_address peer);
/*
 * The device of which this is a static address, or -1; `number` is that of the address. The
 * link-local address that follows from its MAC is one of its addresses.
 */
int ref_static_device(const struct ref_policy *policy, unsigned link, ref_vlan vlan,
		      struct ref_address address, uint8_t *number);
int ref_device_of_mac(const struct ref_policy *policy, const uint8_t mac[6]);

/* Time (clock.c). What the zone's clocks show at a time of UTC; both in s since 1970. */
uint64_t ref_local(enum ref_zone zone, uint64_t utc);
/* The first second at which they show `local` or more. */
uint64_t ref_utc(enum ref_zone zone, uint64_t local);
const char *ref_zone_name(enum ref_zone zone);
bool ref_find_zone(const char *name, enum ref_zone *out);
/* 0, or why it is no rule at that time of UTC. */
int ref_lateness(const struct ref_policy *policy, const struct ref_rule *rule, uint64_t utc);

/* The policy language (print.c, load.c). */
void ref_print(const struct ref_policy *policy, FILE *out);
bool ref_load(const char *yaml, size_t length, struct ref_policy *out, char error[256]);

#endif
