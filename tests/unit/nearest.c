/* SPDX-License-Identifier: GPL-2.0-only */
/* The smallest edit that would allow a packet. */
#include "policy/nearest.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy_helper.h"

#define POLICY                                                                                     \
	"version: 1\n"                                                                             \
	"links: [{ name: ward, clinical: a0, it: b0 }]\n"                                          \
	"networks:\n"                                                                              \
	"  pacs: [10.20.30.40]\n"                                                                  \
	"  shared: [10.20.31.0/24]\n"                                                              \
	"  own: [10.20.32.0/24]\n"                                                                 \
	"profiles:\n"                                                                              \
	"  ct:\n"                                                                                  \
	"    allow:\n"                                                                             \
	"      - { to: shared, services: [tcp/104] }\n"                                            \
	"      - { to: own, services: [tcp/443] }\n"                                               \
	"  mr:\n"                                                                                  \
	"    allow:\n"                                                                             \
	"      - { to: shared, services: [tcp/104] }\n"                                            \
	"devices:\n"                                                                               \
	"  - { name: ct-1, mac: 02:00:00:00:11:01, ip: 10.110.4.13, profile: ct }\n"               \
	"  - { name: mr-1, mac: 02:00:00:00:11:02, ip: 10.110.4.14, profile: mr }\n"

#define TIMED                                                                                      \
	"version: 1\n"                                                                             \
	"links: [{ name: ward, clinical: a0, it: b0 }]\n"                                          \
	"networks: { own: [10.20.32.0/24] }\n"                                                     \
	"profiles:\n"                                                                              \
	"  ct:\n"                                                                                  \
	"    allow:\n"                                                                             \
	"      - { to: own, services: [tcp/515], expires: 2099-12-31 }\n"                           \
	"      - { to: own, services: [tcp/515], hours: Mon-Fri 08:00-18:00 }\n"                    \
	"devices:\n"                                                                               \
	"  - { name: ct-1, mac: 02:00:00:00:11:01, ip: 10.110.4.13, profile: ct }\n"

static void suggests(const char *peer, uint16_t port, enum ward_side opener, const char *sentence,
		     unsigned line)
{
	_cleanup_(reading_free) struct reading r = read_policy(POLICY);
	struct nearest_packet packet = { .opener = opener, .protocol = PROTOCOL_TCP, .port = port };
	struct nearest_edit edit = { 0 };
	__be32 ipv4;

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	packet.profile = &r.model->profiles.items[0];
	inet_pton(AF_INET, peer, &ipv4);
	address_from_ipv4(packet.peer, ipv4);
	cr_assert_eq(policy_nearest(r.model, &packet, &edit), sentence ? 0 : -EEXIST);
	if (!sentence)
		return;
	cr_expect_str_eq(edit.sentence.bytes, sentence);
	cr_expect_eq(edit.place.line, line, "line %u", edit.place.line);
	text_free(&edit.sentence);
}

Test(nearest, adds_a_service_to_the_rule_for_the_peer)
{
	suggests("10.20.31.7", 80, WARD_CLINICAL, "add tcp/80 to the `services` of this rule", 10);
}

Test(nearest, adds_an_address_to_a_network_of_one_rule_only)
{
	suggests("10.20.33.7", 443, WARD_CLINICAL, "add 10.20.33.7 to the network own", 6);
}

Test(nearest, adds_a_rule_where_a_network_would_widen_others)
{
	suggests("10.20.30.40", 104, WARD_CLINICAL,
		 "add to `allow` of profile ct: - { to: pacs, services: [tcp/104] }", 10);
	suggests("10.20.33.7", 22, WARD_IT,
		 "add to `allow` of profile ct: - { from: NETWORK, services: [tcp/22] }, with "
		 "NETWORK: [10.20.33.7] in `networks`",
		 10);
}

/* tcp/515 to own: by a rule that expires, then by one that has hours. */
static void suggests_in_time(bool expired, uint64_t now, const char *sentence, unsigned line)
{
	_cleanup_(reading_free) struct reading r = read_policy(TIMED);
	struct nearest_packet packet = { .protocol = PROTOCOL_TCP, .port = 515 };
	struct nearest_edit edit = { 0 };
	__be32 ipv4;

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	packet.profile = &r.model->profiles.items[0];
	packet.opener = WARD_CLINICAL;
	inet_pton(AF_INET, "10.20.32.7", &ipv4);
	address_from_ipv4(packet.peer, ipv4);
	cr_assert_eq(nearest_in_time(r.model, &packet, expired, now, &edit),
		     sentence ? 0 : -ENOENT);
	if (!sentence)
		return;
	cr_expect_str_eq(edit.sentence.bytes, sentence);
	cr_expect_eq(edit.place.line, line, "line %u", edit.place.line);
	text_free(&edit.sentence);
}

Test(nearest, names_the_rule_that_is_out_of_its_time)
{
	suggests_in_time(true, 4102444800, "give this rule a later `expires` than 2099-12-31", 7);
	suggests_in_time(false, 4102444800,
			 "wait for the `hours` of this rule, Mon-Fri 08:00-18:00, or change them", 8);
	suggests_in_time(true, 1, NULL, 0);
}

Test(nearest, has_nothing_to_say_of_what_is_allowed)
{
	suggests("10.20.31.7", 104, WARD_CLINICAL, NULL, 0);
}
