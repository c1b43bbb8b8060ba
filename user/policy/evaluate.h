/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The naive reading of a policy: rule after rule, prefix after prefix, as a person would. It shares
 * no code with the compiler, so that prove() can hold the two against each other.
 */
#ifndef WARDGATE_POLICY_EVALUATE_H
#define WARDGATE_POLICY_EVALUATE_H

#include <stdbool.h>

#include "policy/model.h"

bool evaluate_peer(const struct model *model, const struct model_rule *rule, const __be32 peer[4]);

/* `port`: of ICMP and ICMPv6 the type, of IGMP 0. */
bool evaluate_service(const struct model *model, const struct model_rule *rule,
		      enum protocol protocol, uint16_t port);

/* Whether it is a rule at some times only; and whether its hours have this minute of the week. */
bool evaluate_is_timed(const struct model_rule *rule);
bool evaluate_minute(const struct model_rule *rule, unsigned minute);

/*
 * The first rule of the profile that lets `opener` open a flow between the device and the peer, or
 * NULL: denied. `port` is the port of the end that did not open it.
 * Times are left out of account.
 */
const struct model_rule *evaluate(const struct model *model, const struct model_profile *profile,
				  enum ward_side opener, const __be32 peer[4],
				  enum protocol protocol, uint16_t port);

/* The first network that holds the address, or NULL. */
const struct model_network *evaluate_network(const struct model *model, const __be32 address[4]);

#endif
