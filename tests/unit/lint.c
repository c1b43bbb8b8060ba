/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/evaluate.h"
#include "policy/zone.h"
#include "policy_helper.h"

#define RULES "profiles:\n  ct:\n    allow:\n"

/* A checked policy and what was warned of, at that time. */
static struct reading lint(const char *text, int64_t now)
{
	struct reading r = read_policy(text);

	cr_assert(r.model, "%s", r.findings.bytes);
	diags_free(&r.diags);
	text_free(&r.findings);
	cr_assert_eq(
		policy_lint(r.model, (struct realtime){ (uint64_t)now * 1000000000u }, &r.diags),
		0);
	diags_print(&r.diags, r.sources, &r.findings);
	return r;
}

static bool warns_at(const char *text, int64_t now, const char *finding)
{
	_cleanup_(reading_free) struct reading r = lint(text, now);

	return r.findings.bytes && strstr(r.findings.bytes, finding);
}

static bool warns_soon(int64_t now, const char *finding)
{
	return warns_at(
		"time-zone: Europe/Berlin\n" POLICY_HEAD RULES
		"      - { to: pacs, services: [https], expires: 2027-01-31 }\n" POLICY_DEVICES,
		now, finding);
}

Test(lint, warns_of_rules_that_expire_soon)
{
	int64_t end = zone_day(2027, 2, 1) - 3600;

	cr_assert(!warns_soon(end - 30 * 86400 - 1, "W012"));
	cr_assert(warns_soon(end - 30 * 86400, "W012]: the rule to 'pacs' expires in 30 days"));
	cr_assert(warns_soon(end - 86400, "expires in 1 day\n"));
	cr_assert(warns_soon(end - 1, "expires within a day\n"));
	cr_assert(warns_soon(end, "W011]: the rule to 'pacs' has expired"));
}

/* A first rule that has expired covers nothing any more. */
Test(lint, a_rule_covers_others_while_it_is_one)
{
	static const char text[] = POLICY_HEAD RULES
		"      - { to: pacs, services: [https], expires: 2027-01-31 }\n"
		"      - { to: pacs, services: [https], expires: 2027-01-01 }\n"
		"      - { to: pacs, services: [https], expires: 2028-01-31 }\n" POLICY_DEVICES;

	cr_assert(warns_at(text, zone_day(2026, 1, 1), "policy:10:9: warning[W006]"));
	cr_assert(!warns_at(text, zone_day(2026, 1, 1), "policy:11:9:"));
	cr_assert(!warns_at(text, zone_day(2027, 6, 1), "W006"));
}

/* Small random policies, held against the naive reading of them. */

#define ADDRESSES 16
#define PORTS 8
#define NETWORKS 5
#define RULE_COUNT 7
#define FIRST_RULE_LINE 14

static unsigned random_below(unsigned *seed, unsigned limit)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % limit;
}

static void random_policy(unsigned *seed, struct text *out)
{
	text_add(out, "version: 1\nlinks: [{ name: w, clinical: a, it: b }]\nnetworks:\n");
	for (unsigned n = 0; n < NETWORKS; n++) {
		text_add(out, "  n%u: [", n);
		for (unsigned i = 0, count = 1 + random_below(seed, 3); i < count; i++) {
			unsigned length = 28 + random_below(seed, 5);
			unsigned step = 1u << (32 - length);
			unsigned at = random_below(seed, ADDRESSES / step) * step;

			text_add(out, "%s10.0.0.%u/%u", i ? ", " : "", at, length);
		}
		text_add(out, "]\n");
	}
	text_add(out, "profiles:\n  ct: # line 9\n\n\n\n    allow:\n");
	for (unsigned r = 0; r < RULE_COUNT; r++) {
		unsigned first = 1 + random_below(seed, PORTS);
		unsigned last = first + random_below(seed, PORTS + 1 - first);

		text_add(out, "      - { %s: n%u, services: [tcp/%u-%u%s] }\n",
			 random_below(seed, 4) ? "to" : "from", random_below(seed, NETWORKS), first,
			 last, random_below(seed, 3) ? "" : ", udp/3");
	}
	text_add(out,
		 "devices: [{ name: d, mac: 02:00:00:00:00:01, ip: 10.1.0.1, profile: ct }]\n");
}

/* Whether the rule decides for any packet. */
static bool decides(const struct model *model, const struct model_rule *rule)
{
	const struct model_profile *profile = &model->profiles.items[0];

	for (unsigned a = 0; a < ADDRESSES; a++) {
		__be32 peer[4];

		address_from_ipv4(peer, htonl(0x0a000000 | a));
		for (uint16_t port = 1; port <= PORTS; port++)
			if (evaluate(model, profile, rule->opener, peer, PROTOCOL_TCP, port) ==
				    rule ||
			    evaluate(model, profile, rule->opener, peer, PROTOCOL_UDP, port) ==
				    rule)
				return true;
	}
	return false;
}

Test(lint, finds_exactly_the_rules_that_decide_nothing)
{
	unsigned seed = 4711, idle = 0;

	for (int round = 0; round < 500; round++) {
		_cleanup_(text_free) struct text text = { 0 };
		_cleanup_(reading_free) struct reading r = { 0 };

		random_policy(&seed, &text);
		r = lint(text.bytes, 0);
		for (unsigned i = 0; i < RULE_COUNT; i++) {
			const struct model_rule *rule = &r.model->profiles.items[0].rules.items[i];
			bool found = false;

			for (size_t d = 0; d < r.diags.list.count; d++) {
				const struct diag *diag = &r.diags.list.items[d];

				found |= diag->place.line == rule->place.line &&
					 diag->code >= W_SHADOWED && diag->code <= W_UNREACHABLE;
			}
			cr_assert_eq(found, !decides(r.model, rule), "rule %u of\n%s%s", i,
				     text.bytes, r.findings.bytes ?: "");
			idle += found;
		}
	}
	cr_assert_gt(idle, 100);
}

Test(lint, knows_that_ipv6_holds_no_ipv4)
{
	static const char text[] =
		"version: 1\nlinks: [{ name: w, clinical: a, it: b }]\n"
		"networks: { v6: [\"::/0\"], pacs: [10.20.30.40], six: [\"2001:db8::/32\"] "
		"}\n" RULES "      - { to: v6, services: [https] }\n"
		"      - { to: pacs, services: [https] }\n"
		"      - { to: six, services: [https] }\n" POLICY_DEVICES;

	cr_assert(!warns_at(text, 0, "policy:8:"));
	cr_assert(warns_at(text, 0, "policy:9:9: warning[W005]"));
}

Test(lint, is_quick_for_a_thousand_rules)
{
	_cleanup_(text_free) struct text text = { 0 };
	_cleanup_(reading_free) struct reading r = { 0 };
	clock_t start;

	text_add(&text, "version: 1\nlinks: [{ name: w, clinical: a, it: b }]\nnetworks:\n"
			"  all: [10.0.0.0/8]\n");
	for (int i = 0; i < 1000; i++)
		text_add(&text, "  n%d: [10.%d.%d.0/24]\n", i, i / 200, i % 200);
	text_add(&text, RULES);
	for (int i = 0; i < 1000; i++)
		text_add(&text, "      - { to: n%d, services: [tcp/%d-%d, https] }\n", i, i + 1,
			 i + 500);
	text_add(&text, "      - { to: all, services: [tcp/1-2000] }\n" POLICY_DEVICES);
	start = clock();
	r = lint(text.bytes, 0);
	cr_assert_lt((clock() - start) / CLOCKS_PER_SEC, 5);
}
