/* SPDX-License-Identifier: GPL-2.0-only */
/* Assertions over the whole header space, against brute force too. */
#include "policy/asserts.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

#include "base/own.h"
#include "policy/evaluate.h"
#include "policy/world.h"
#include "policy_helper.h"
#include "random_policy.h"

#define HEAD                                                                                       \
	"version: 1\n"                                                                             \
	"links: [{ name: ward, clinical: a0, it: b0 }]\n"                                          \
	"networks:\n"                                                                              \
	"  server: [198.18.0.9]\n"                                                                 \
	"  ward: [198.18.1.0/24]\n"                                                                \
	"  internet: [0.0.0.0/0]\n"
#define PROFILES(pump, central)                                                                    \
	"profiles:\n"                                                                              \
	"  pump:\n"                                                                                \
	"    allow:\n" pump "  central:\n"                                                         \
	"    allow:\n" central
#define DEVICES                                                                                    \
	"devices:\n"                                                                               \
	"  - { name: pump-1, mac: 02:00:00:00:00:01, ip: 198.18.1.1, profile: pump }\n"            \
	"  - { name: pump-2, mac: 02:00:00:00:00:02, ip: 198.18.1.2, profile: pump }\n"            \
	"  - { name: central, mac: 02:00:00:00:00:03, ip: 198.18.1.3, profile: central }\n"
#define TO_SERVER "      - { to: server, services: [tcp/443] }\n"
#define TO_WARD "      - { to: ward, services: [tcp/80] }\n"
#define FROM_WARD "      - { from: ward, services: [tcp/80] }\n"
#define POLICY(pump, central) HEAD PROFILES(pump, central) DEVICES

/* Networks, profiles and devices by their place in the policy above. */
#define SERVER                                                                                     \
	{                                                                                          \
		.kind = MODEL_END_NETWORK, .index = 0                                              \
	}
#define WARD                                                                                       \
	{                                                                                          \
		.kind = MODEL_END_NETWORK, .index = 1                                              \
	}
#define INTERNET                                                                                   \
	{                                                                                          \
		.kind = MODEL_END_NETWORK, .index = 2                                              \
	}
#define PUMPS                                                                                      \
	{                                                                                          \
		.kind = MODEL_END_PROFILE, .index = 0                                              \
	}
#define CENTRAL                                                                                    \
	{                                                                                          \
		.kind = MODEL_END_DEVICE, .index = 2                                               \
	}
#define HTTPS                                                                                      \
	{                                                                                          \
		.in_place = true, .range = {.protocol = PROTOCOL_TCP, .first = 443, .last = 443 }  \
	}

struct asserted {
	struct reading reading;
	struct assert_results results;
};

static void asserted_free(struct asserted *a)
{
	assert_results_free(&a->results);
	/* They stand on the stack of the test. */
	memset(&a->reading.model->assertions, 0, sizeof(a->reading.model->assertions));
	reading_free(&a->reading);
}

static struct asserted ask(const char *policy, struct model_assertion *assertion)
{
	struct asserted a = { .reading = read_policy(policy) };

	cr_assert_not_null(a.reading.model, "%s", a.reading.findings.bytes);
	a.reading.model->assertions.items = assertion;
	a.reading.model->assertions.count = 1;
	cr_assert_eq(policy_assert(a.reading.model, &a.results), 0);
	cr_assert_eq(a.results.list.count, 1);
	return a;
}

static void holds(const char *policy, struct model_assertion assertion)
{
	_cleanup_(asserted_free) struct asserted a = ask(policy, &assertion);

	cr_expect(a.results.list.items[0].holds, "%s", a.results.list.items[0].message);
}

static void fails(const char *policy, struct model_assertion assertion, const char *message,
		  unsigned line)
{
	_cleanup_(asserted_free) struct asserted a = ask(policy, &assertion);
	const struct assert_result *result = &a.results.list.items[0];

	cr_assert_not(result->holds);
	cr_expect_str_eq(result->message, message);
	cr_expect_eq(result->rule.line, line, "line %u", result->rule.line);
	cr_expect_eq(a.results.failures, 1);
}

Test(asserts, never_names_device_address_and_rule)
{
	fails(POLICY(TO_SERVER, "      []\n"),
	      (struct model_assertion){ .kind = MODEL_NEVER, .from = PUMPS, .to = INTERNET },
	      "pump-1 may open tcp/443 to 198.18.0.9", 10);
	holds(POLICY(TO_SERVER, "      []\n"),
	      (struct model_assertion){ .kind = MODEL_NEVER, .from = PUMPS, .to = WARD });
	holds(POLICY(TO_SERVER, "      []\n"),
	      (struct model_assertion){ .kind = MODEL_NEVER, .from = CENTRAL, .to = INTERNET });
}

Test(asserts, never_is_about_what_network_opens_too)
{
	fails(POLICY("      - { from: server, services: [udp/53] }\n", "      []\n"),
	      (struct model_assertion){ .kind = MODEL_NEVER, .from = INTERNET, .to = PUMPS },
	      "198.18.0.9 may open udp/53 to pump-1", 10);
}

Test(asserts, between_devices_both_policies_must_allow)
{
	const struct model_assertion never = { .kind = MODEL_NEVER, .from = PUMPS, .to = CENTRAL };

	holds(POLICY("      - { to: internet, services: [tcp/80] }\n", "      []\n"), never);
	holds(POLICY("      []\n", FROM_WARD), never);
	fails(POLICY(TO_WARD, FROM_WARD), never, "pump-1 may open tcp/80 to central", 10);
}

Test(asserts, always_wants_each_device_and_address)
{
	struct model_service_use https[] = { HTTPS };
	struct model_assertion always = { .kind = MODEL_ALWAYS, .from = PUMPS, .to = SERVER };

	always.services.items = https;
	always.services.count = 1;
	holds(POLICY(TO_SERVER, "      []\n"), always);
	always.to = (struct model_end)WARD;
	fails(POLICY(TO_SERVER, "      []\n"), always, "pump-1 may not open tcp/443 to 198.18.1.5",
	      0);
	always.to = (struct model_end)SERVER;
	always.from = (struct model_end)CENTRAL;
	fails(POLICY(TO_SERVER, "      []\n"), always, "central may not open tcp/443 to 198.18.0.9",
	      0);
}

Test(asserts, a_rule_with_hours_is_not_always_and_not_never)
{
	_cleanup_(reading_free) struct reading r = read_policy(POLICY(TO_SERVER, "      []\n"));
	struct model_window noon[] = { { 720, 780 } };
	struct model_service_use https[] = { HTTPS };
	struct model_assertion assertion = { .kind = MODEL_ALWAYS, .from = PUMPS, .to = SERVER };
	_cleanup_(assert_results_free) struct assert_results results = { 0 };
	struct model_rule *rule = &r.model->profiles.items[0].rules.items[0];

	rule->windows.items = noon;
	rule->windows.count = 1;
	assertion.services.items = https;
	assertion.services.count = 1;
	r.model->assertions.items = &assertion;
	r.model->assertions.count = 1;
	cr_assert_eq(policy_assert(r.model, &results), 0);
	cr_expect_str_eq(results.list.items[0].message,
			 "pump-1 may not open tcp/443 to 198.18.0.9");
	cr_expect_str_eq(results.list.items[0].rule_message, "this rule is not always in force");
	assert_results_free(&results);
	assertion.kind = MODEL_NEVER;
	cr_assert_eq(policy_assert(r.model, &results), 0);
	cr_expect_not(results.list.items[0].holds);
	memset(&r.model->assertions, 0, sizeof(r.model->assertions));
	memset(&rule->windows, 0, sizeof(rule->windows));
}

Test(asserts, isolated_looks_both_ways)
{
	struct model_end ends[] = { PUMPS, CENTRAL, SERVER };
	struct model_assertion isolated = { .kind = MODEL_ISOLATED };

	isolated.ends.items = ends;
	isolated.ends.count = 2;
	holds(POLICY(TO_SERVER, "      []\n"), isolated);
	fails(POLICY(FROM_WARD, TO_WARD), isolated, "central may open tcp/80 to pump-1", 13);
	isolated.ends.count = 3;
	fails(POLICY(TO_SERVER, "      []\n"), isolated, "pump-1 may open tcp/443 to 198.18.0.9",
	      10);
}

Test(asserts, a_failure_is_an_error_with_its_rule)
{
	struct model_assertion never = { .kind = MODEL_NEVER,
					 .from = PUMPS,
					 .to = INTERNET,
					 .place = { .line = 3, .column = 1, .width = 5 } };
	_cleanup_(asserted_free) struct asserted a = ask(POLICY(TO_SERVER, "      []\n"), &never);
	_cleanup_(diags_free) struct diags diags = { 0 };

	assert_report(&a.results, &diags);
	cr_assert_eq(diags.errors, 1);
	cr_assert_eq(diags.list.items[0].place.line, 3);
	cr_assert_eq(diags.list.items[0].other.line, 10);
	cr_assert_str_eq(diags.list.items[0].other_message, "by this rule");
}

#define SERVER_ADDRESS                                                                             \
	{                                                                                          \
		.kind = MODEL_END_PREFIX, .prefix = {                                              \
			.address = { 0, 0, htonl(0xffff), htonl(0xc6120009) },                     \
			.length = 128                                                              \
		}                                                                                  \
	}

Test(asserts, tests_are_single_packets)
{
	_cleanup_(reading_free) struct reading r = read_policy(POLICY(TO_SERVER, "      []\n"));
	_cleanup_(assert_results_free) struct assert_results results = { 0 };
	struct model_test tests[] = {
		{ .from = { .kind = MODEL_END_DEVICE, .index = 0 },
		  .to = SERVER_ADDRESS,
		  .service = HTTPS,
		  .allowed = true },
		{ .from = { .kind = MODEL_END_DEVICE, .index = 0 },
		  .to = SERVER_ADDRESS,
		  .service = HTTPS },
		{ .from = SERVER_ADDRESS,
		  .to = { .kind = MODEL_END_DEVICE, .index = 0 },
		  .service = HTTPS },
		{ .from = CENTRAL, .to = SERVER_ADDRESS, .service = HTTPS, .allowed = true },
	};

	r.model->tests.items = tests;
	r.model->tests.count = 4;
	cr_assert_eq(policy_assert(r.model, &results), 0);
	memset(&r.model->tests, 0, sizeof(r.model->tests));
	cr_assert(results.list.items[0].holds);
	cr_assert_str_eq(results.list.items[1].message, "pump-1 may open tcp/443 to 198.18.0.9");
	cr_assert(results.list.items[2].holds);
	cr_assert_str_eq(results.list.items[3].message,
			 "central may not open tcp/443 to 198.18.0.9");
	cr_assert_eq(results.failures, 2);
}

/* The policy with its own assertions and tests, as people write them. */
static void judges(const char *policy, const bool *expected, size_t count)
{
	_cleanup_(reading_free) struct reading r = read_policy(policy);
	_cleanup_(assert_results_free) struct assert_results results = { 0 };

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	cr_assert_eq(policy_assert(r.model, &results), 0);
	cr_assert_eq(results.list.count, count);
	for (size_t i = 0; i < count; i++)
		cr_expect_eq(results.list.items[i].holds, expected[i], "%s: %s",
			     results.list.items[i].name, results.list.items[i].message ?: "holds");
}

Test(asserts, devices_with_leases_of_one_profile_meet_each_other)
{
	static const bool expected[] = { false, false, false };

	judges("version: 1\n"
	       "links: [{ name: ward, clinical: a0, it: b0, dhcp-servers: [198.18.9.9] }]\n"
	       "networks: { all: [198.18.0.0/16] }\n"
	       "profiles:\n"
	       "  p:\n"
	       "    allow:\n"
	       "      - { to: all, services: [tcp/80] }\n"
	       "      - { from: all, services: [tcp/80] }\n"
	       "devices:\n"
	       "  - { name: d-1, mac: 02:00:00:00:00:01, ip: dhcp, profile: p }\n"
	       "  - { name: d-2, mac: 02:00:00:00:00:02, ip: dhcp, profile: p }\n"
	       "assert:\n"
	       "  - never: { from: { profile: p }, to: d-1 }\n"
	       "  - never: { from: { profile: p }, to: d-2 }\n"
	       "  - isolated: [d-1, d-2]\n",
	       expected, 3);
}

Test(asserts, tests_are_of_the_family_of_their_address)
{
	static const bool expected[] = { true, false, true, false, false, true };

	judges("version: 1\n"
	       "links: [{ name: ward, clinical: a0, it: b0 }]\n"
	       "networks: { a4: [198.18.0.1], b4: [198.18.0.2], six: [\"2001:db8:1::/64\"] }\n"
	       "profiles:\n"
	       "  a: { allow: [{ to: b4, services: [tcp/80] }, { to: six, services: [tcp/80] }] }\n"
	       "  b: { allow: [{ from: a4, services: [tcp/80] }] }\n"
	       "devices:\n"
	       "  - { name: d-a, mac: 02:00:00:00:00:01, ip: [198.18.0.1, \"2001:db8::1\"], profile: "
	       "a }\n"
	       "  - { name: d-b, mac: 02:00:00:00:00:02, ip: [198.18.0.2, \"2001:db8::2\"], profile: "
	       "b }\n"
	       "  - { name: d-c, mac: 02:00:00:00:00:03, ip: 198.18.0.3, profile: a }\n"
	       "tests:\n"
	       "  - { from: d-a, to: 198.18.0.2, service: tcp/80, expect: allow }\n"
	       "  - { from: d-a, to: 198.18.0.2, service: tcp/80, expect: deny }\n"
	       "  - { from: 198.18.0.1, to: d-b, service: tcp/80, expect: allow }\n"
	       "  - { from: 198.18.0.1, to: d-b, service: tcp/80, expect: deny }\n"
	       "  - { from: d-c, to: \"2001:db8:1::9\", service: tcp/80, expect: allow }\n"
	       "  - { from: d-c, to: \"2001:db8:1::9\", service: tcp/80, expect: deny }\n",
	       expected, 6);
}

/* By trying every pair of addresses, as the gateway would judge it. */
static bool is_open(const struct model *model, unsigned from, unsigned to, enum protocol protocol,
		    uint16_t port)
{
	__be32 a[4], b[4];
	uint32_t sender, receiver;

	random_policy_address(from, a);
	random_policy_address(to, b);
	sender = world_find_device(model, a);
	receiver = world_find_device(model, b);
	if (sender == receiver)
		return false;
	return (sender == WORLD_NO_DEVICE ||
		evaluate(model, &model->profiles.items[0], WARD_CLINICAL, b, protocol, port)) &&
	       (receiver == WORLD_NO_DEVICE ||
		evaluate(model, &model->profiles.items[0], WARD_IT, a, protocol, port));
}

static bool is_held(const struct model *model, uint32_t network, unsigned number)
{
	const struct model_network *n = &model->networks.items[network];
	__be32 address[4];

	random_policy_address(number, address);
	for (size_t i = 0; i < n->prefixes.count; i++)
		if (random_policy_holds(&n->prefixes.items[i], address))
			return true;
	return false;
}

/* Counts the flows from one network to another on a port, and those that are open. */
static void count(const struct model *model, uint32_t from, uint32_t to, uint16_t port,
		  unsigned counted[2])
{
	for (unsigned a = 0; a < RANDOM_ADDRESSES; a++) {
		for (unsigned b = 0; b < RANDOM_ADDRESSES; b++) {
			__be32 address[2][4];
			uint32_t d;

			if (!is_held(model, from, a) || !is_held(model, to, b))
				continue;
			random_policy_address(a, address[0]);
			random_policy_address(b, address[1]);
			d = world_find_device(model, address[0]);
			if (d != WORLD_NO_DEVICE && d == world_find_device(model, address[1]))
				continue;
			counted[0]++;
			counted[1] += is_open(model, a, b, PROTOCOL_TCP, port);
		}
	}
}

static void compare(struct model *model, unsigned *seed)
{
	struct model_service_use use = { .in_place = true };
	struct model_assertion assertion = { .from = { .kind = MODEL_END_NETWORK },
					     .to = { .kind = MODEL_END_NETWORK } };
	struct assert_results results = { 0 };
	unsigned counted[2] = { 0 };

	assertion.from.index = random_below(seed, (unsigned)model->networks.count);
	assertion.to.index = random_below(seed, (unsigned)model->networks.count);
	use.range.protocol = PROTOCOL_TCP;
	use.range.first = use.range.last = (uint16_t)(1 + random_below(seed, RANDOM_PORTS - 2));
	assertion.services.items = &use;
	assertion.services.count = 1;
	count(model, assertion.from.index, assertion.to.index, use.range.first, counted);
	model->assertions.items = &assertion;
	model->assertions.count = 1;
	for (int kind = MODEL_NEVER; kind <= MODEL_ALWAYS; kind++) {
		assertion.kind = (enum model_assertion_kind)kind;
		cr_assert_eq(policy_assert(model, &results), 0);
		cr_assert_eq(results.list.items[0].holds,
			     kind == MODEL_NEVER ? !counted[1] : counted[1] == counted[0],
			     "%d: %u of %u, %s", kind, counted[1], counted[0],
			     results.list.items[0].message ?: "holds");
		assert_results_free(&results);
	}
	memset(&model->assertions, 0, sizeof(model->assertions));
}

Test(asserts, agree_with_brute_force_over_random_policies, .timeout = 120)
{
	for (unsigned seed = 1; seed <= 100; seed++) {
		char text[RANDOM_POLICY_SIZE];
		struct reading r;
		unsigned next = seed * 31;

		random_policy(text, seed);
		r = read_policy(text);
		cr_assert_not_null(r.model, "%s", r.findings.bytes);
		for (int i = 0; i < 8; i++)
			compare(r.model, &next);
		reading_free(&r);
	}
}
