/* SPDX-License-Identifier: GPL-2.0-only */
/* The smallest edit that would allow a packet. */
#include "policy/nearest.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/evaluate.h"
#include "policy_helper.h"
#include "random_policy.h"

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

static void suggests_in(const char *policy, struct nearest_packet packet, const char *peer,
			const char *sentence, unsigned line)
{
	_cleanup_(reading_free) struct reading r = read_policy(policy);
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

static void suggests(const char *peer, uint16_t port, enum ward_side opener, const char *sentence,
		     unsigned line)
{
	suggests_in(
		POLICY,
		(struct nearest_packet){ .opener = opener, .protocol = PROTOCOL_TCP, .port = port },
		peer, sentence, line);
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

#define WITH(rules)                                                                                \
	"version: 1\n"                                                                             \
	"links: [{ name: ward, clinical: a0, it: b0 }]\n"                                          \
	"networks:\n"                                                                              \
	"  pacs: [198.18.9.40]\n"                                                                  \
	"  most: { addresses: [198.18.8.0/24], except: [198.18.8.8] }\n"                           \
	"profiles:\n"                                                                              \
	"  ct:\n"                                                                                  \
	"    allow:\n" rules "devices:\n"                                                          \
	"  - { name: ct-1, mac: 02:00:00:00:11:01, ip: 198.18.1.1, profile: ct }\n"
#define TO_PACS(says) "      - { to: pacs, services: [tcp/443]" says " }\n"

static const struct nearest_packet ping = { .opener = WARD_CLINICAL,
					    .protocol = PROTOCOL_ICMP,
					    .port = 8 };
static const struct nearest_packet web = { .opener = WARD_CLINICAL,
					   .protocol = PROTOCOL_TCP,
					   .port = 80 };

/* A ping is no TLS, and what a rule of the past names is denied all the same. */
Test(nearest, leaves_alone_rules_that_would_not_allow_it)
{
	static const char a_rule[] =
		"add to `allow` of profile ct: - { to: pacs, services: [icmp/echo] }";

	suggests_in(WITH(TO_PACS(", encrypted: required")), ping, "198.18.9.40", a_rule, 9);
	suggests_in(WITH(TO_PACS(", encrypted: preferred")), ping, "198.18.9.40", a_rule, 9);
	suggests_in(WITH(TO_PACS(", expires: 2020-01-01")), ping, "198.18.9.40", a_rule, 9);
	suggests_in(WITH(TO_PACS(", hours: Mon 07:00-08:00")), ping, "198.18.9.40", a_rule, 9);
	suggests_in(WITH(TO_PACS(", expires: 2020-01-01") TO_PACS("")), ping, "198.18.9.40",
		    "add icmp/echo to the `services` of this rule", 10);
	suggests_in(WITH(TO_PACS(", encrypted: required")), web, "198.18.9.40",
		    "add tcp/80 to the `services` of this rule", 9);
}

/* What the network takes out by `except` is not in it, however often it is added. */
Test(nearest, adds_nothing_to_a_network_with_exceptions)
{
	suggests_in(WITH("      - { to: most, services: [tcp/80] }\n"), web, "198.18.8.8",
		    "add to `allow` of profile ct: - { to: NETWORK, services: [tcp/80] }, with "
		    "NETWORK: [198.18.8.8] in `networks`",
		    9);
}

Test(nearest, says_what_a_rule_must_have)
{
	suggests_in(
		"require: [owner, ticket, encrypted]\n" WITH(
			TO_PACS(", owner: me, ticket: T-1, encrypted: required")),
		ping, "198.18.9.40",
		"add to `allow` of profile ct: - { to: pacs, services: [icmp/echo], owner: WHO, "
		"ticket: NUMBER, encrypted: no }",
		10);
}

/* Edits, as a person would make them of the sentence. */

/* `text` with `added` in it, behind the first `after` from this line on. */
static void insert(char *text, unsigned line, const char *after, const char *added)
{
	char *at = text, *found;

	for (unsigned i = 1; i < line; i++)
		at = strchr(at, '\n') + 1;
	found = strstr(at, after);
	cr_assert_not_null(found, "no '%s' behind line %u", after, line);
	found += strlen(after);
	cr_assert_lt(strlen(text) + strlen(added), RANDOM_POLICY_SIZE);
	memmove(found + strlen(added), found, strlen(found) + 1);
	memcpy(found, added, strlen(added));
}

static void edit(char *text, const struct nearest_edit *edit)
{
	static const char with[] = ", with NETWORK: [";
	char word[128], network[160];
	const char *sentence = edit->sentence.bytes, *rule = strstr(sentence, "- { ");
	const char *address = strstr(sentence, with);

	if (sscanf(sentence, "add %100s to the `services`", word) == 1 && strstr(sentence, "`s")) {
		strcat(word, ", ");
		insert(text, edit->place.line, "services: [", word);
	} else if (!rule) {
		cr_assert_eq(sscanf(sentence, "add %100s to the network", word), 1);
		snprintf(network, sizeof(network), strchr(word, ':') ? "\"%s\", " : "%s, ", word);
		insert(text, edit->place.line, "[", network);
	} else {
		snprintf(word, sizeof(word), "      %.*s\n",
			 (int)(address ? address - rule : (long)strlen(rule)), rule);
		insert(text, edit->place.line, "", word);
		if (!address)
			return;
		address += strlen(with);
		snprintf(network, sizeof(network), "  NETWORK: [\"%.*s\"]\n",
			 (int)strcspn(address, "]"), address);
		insert(text, 1, "networks:\n", network);
	}
}

/* Whether some rule allows the packet at all times, in clear where TLS does not begin with it. */
static bool passes(const struct model *model, const struct nearest_packet *p)
{
	for (size_t i = 0; i < p->profile->rules.count; i++) {
		const struct model_rule *rule = &p->profile->rules.items[i];

		if (rule->opener == p->opener && !evaluate_is_timed(rule) &&
		    evaluate_peer(model, rule, p->peer) &&
		    evaluate_service(model, rule, p->protocol, p->port) &&
		    (rule->encryption != MODEL_ENCRYPTION_REQUIRED || p->protocol == PROTOCOL_TCP))
			return true;
	}
	return false;
}

static void make_edit(const char *policy, struct nearest_packet packet)
{
	_cleanup_(reading_free) struct reading r = read_policy(policy);
	struct nearest_edit nearest = { 0 };
	char edited[RANDOM_POLICY_SIZE];
	struct reading after;

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	packet.profile = &r.model->profiles.items[0];
	if (policy_nearest(r.model, &packet, &nearest) == -EEXIST)
		return;
	strcpy(edited, policy);
	edit(edited, &nearest);
	after = read_policy(edited);
	cr_assert_not_null(after.model, "%s:\n%s\n%s", nearest.sentence.bytes, edited,
			   after.findings.bytes);
	packet.profile = &after.model->profiles.items[0];
	cr_assert(passes(after.model, &packet), "%s:\n%s", nearest.sentence.bytes, edited);
	text_free(&nearest.sentence);
	reading_free(&after);
}

/* Gives some of the rules terms. */
static void add_terms(char *text, unsigned *seed)
{
	static const char *const terms[] = { "", ", encrypted: required", ", encrypted: preferred",
					     ", expires: 2020-01-01", ", hours: Mon 07:00-08:00" };

	for (unsigned line = 11; line < 11 + 6; line++) {
		char *at = text;

		for (unsigned i = 1; at && i < line; i++)
			at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
		if (!at || strncmp(at, "      - {", 9))
			return;
		insert(text, line, "]", terms[random_below(seed, 5)]);
	}
}

Test(nearest, edits_of_random_policies_allow_the_packet, .timeout = 120)
{
	for (unsigned seed = 1; seed <= 60; seed++) {
		static const enum protocol protocols[] = { PROTOCOL_TCP, PROTOCOL_UDP };
		char text[RANDOM_POLICY_SIZE];
		unsigned next = seed * 77;

		random_policy(text, seed);
		add_terms(text, &next);
		for (unsigned i = 0; i < 40; i++) {
			struct nearest_packet packet = {
				.opener = random_below(&next, 2) ? WARD_IT : WARD_CLINICAL,
				.protocol = protocols[random_below(&next, 2)],
				.port = (uint16_t)(1 + random_below(&next, RANDOM_PORTS)),
			};

			random_policy_address(random_below(&next, RANDOM_ADDRESSES), packet.peer);
			if (!random_below(&next, 5)) {
				packet.protocol = address_is_ipv4(packet.peer) ? PROTOCOL_ICMP
									       : PROTOCOL_ICMPV6;
				packet.port = packet.protocol == PROTOCOL_ICMP ? 8 : 128;
			}
			make_edit(text, packet);
		}
	}
}
