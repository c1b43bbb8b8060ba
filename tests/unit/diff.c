/* SPDX-License-Identifier: GPL-2.0-only */
/* What diff() says of a change, and that it says it exactly. */
#include "policy/diff.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

#include "base/own.h"
#include "policy/evaluate.h"
#include "policy/world.h"
#include "policy_helper.h"
#include "random_policy.h"

struct compared {
	struct reading old, new;
	struct diff diff;
};

static void compared_free(struct compared *c)
{
	diff_free(&c->diff);
	reading_free(&c->old);
	reading_free(&c->new);
}

static struct compared compare(const char *old, const char *new)
{
	struct compared c = { .old = read_policy(old), .new = read_policy(new) };

	cr_assert_not_null(c.old.model, "%s", c.old.findings.bytes);
	cr_assert_not_null(c.new.model, "%s", c.new.findings.bytes);
	cr_assert_eq(policy_diff(c.old.model, c.new.model, &c.diff), 0);
	return c;
}

static const struct diff_line *find(const struct compared *c, const char *sentence)
{
	for (size_t i = 0; i < c->diff.lines.count; i++)
		if (!strcmp(c->diff.lines.items[i].sentence, sentence))
			return &c->diff.lines.items[i];
	for (size_t i = 0; i < c->diff.lines.count; i++)
		cr_log_error("%s", c->diff.lines.items[i].sentence);
	cr_assert_fail("no line says: %s", sentence);
	return NULL;
}

#define HEAD                                                                                       \
	"version: 1\n"                                                                             \
	"links: [{ name: ward, clinical: a0, it: b0 }]\n"
#define NETWORKS                                                                                   \
	"networks:\n"                                                                              \
	"  pacs: [10.20.30.40]\n"                                                                  \
	"  it: [10.20.0.0/16]\n"
#define ALLOW(rules) "profiles:\n  ct:\n    allow:\n" rules
#define TO_PACS "      - { to: pacs, services: [dicom] }\n"
#define DEVICES                                                                                    \
	"devices:\n"                                                                               \
	"  - { name: ct-1, mac: 02:00:00:00:11:01, ip: 10.110.4.13, profile: ct }\n"               \
	"  - { name: ct-2, mac: 02:00:00:00:11:02, ip: 10.110.4.14, profile: ct }\n"
#define POLICY                                                                                     \
	HEAD NETWORKS ALLOW(TO_PACS)                                                               \
	DEVICES

Test(diff, says_nothing_of_the_same_policy)
{
	_cleanup_(compared_free) struct compared c = compare(POLICY, POLICY);

	cr_assert_eq(c.diff.lines.count, 0);
	cr_assert_not(c.diff.widened || c.diff.narrowed);
}

Test(diff, sees_that_other_words_mean_the_same)
{
	_cleanup_(compared_free) struct compared c =
		compare(POLICY, HEAD
			"networks:\n  archive: [10.20.30.40/32]\n"
			"  it: [10.20.0.0/17, 10.20.128.0/17]\n" ALLOW(
				"      - { to: archive, services: [tcp/11112] }\n"
				"      - { to: archive, services: [dicom, tcp/104] }\n") DEVICES);

	cr_assert_eq(c.diff.lines.count, 0, "%s", c.diff.lines.items[0].sentence);
}

Test(diff, groups_devices_by_profile_and_merges_ports)
{
	_cleanup_(compared_free) struct compared c = compare(
		POLICY,
		HEAD NETWORKS ALLOW(TO_PACS
				    "      - { to: it, services: [tcp/80, tcp/81, tcp/82-90] }\n")
			DEVICES);
	const struct diff_line *line = find(&c, "may newly open tcp/80-90 to it (10.20.0.0/16)");

	cr_assert_eq(c.diff.lines.count, 1);
	cr_assert(line->widened && !line->narrowed);
	cr_assert_eq(line->subjects.count, 1);
	cr_assert(line->subjects.items[0].all);
	cr_assert_eq(line->subjects.items[0].count, 2);
	cr_assert_eq(line->place.line, 10);
	cr_assert(c.diff.widened && !c.diff.narrowed);
}

Test(diff, merges_prefixes)
{
	_cleanup_(compared_free) struct compared c = compare(
		HEAD "networks: { pacs: [10.20.30.40] }\n" ALLOW(TO_PACS) DEVICES, HEAD
		"networks: { pacs: [10.20.30.40, 10.20.30.41, 10.20.30.42/31] }\n" ALLOW(TO_PACS)
			DEVICES);

	/* .41 and .42/31 do not make one prefix, but they touch. */
	find(&c, "may newly open tcp/104, tcp/11112 to 10.20.30.41, "
		 "10.20.30.42/31");
}

Test(diff, says_what_is_lost_at_its_old_place)
{
	_cleanup_(compared_free) struct compared c = compare(
		HEAD NETWORKS ALLOW(TO_PACS "      - { from: it, services: [tcp/22] }\n") DEVICES,
		POLICY);
	const struct diff_line *line =
		find(&c, "may no longer be opened to on tcp/22 from it (10.20.0.0/16)");

	cr_assert(line->narrowed && !line->widened && line->in_old);
	cr_assert_eq(line->place.line, 10);
}

Test(diff, compares_limits_with_their_defaults)
{
	_cleanup_(compared_free) struct compared same = compare(
		HEAD NETWORKS ALLOW(TO_PACS "    limit: { packets: 10/s }\n") DEVICES,
		HEAD NETWORKS ALLOW(TO_PACS "    limit: { packets: 10/s, burst: 16 }\n") DEVICES);
	_cleanup_(compared_free) struct compared more = compare(
		HEAD NETWORKS ALLOW(TO_PACS "    limit: { packets: 10/s, flows: 9 }\n") DEVICES,
		HEAD NETWORKS ALLOW(TO_PACS "    limit: { packets: 20/s, flows: 8 }\n") DEVICES);

	cr_assert_eq(same.diff.lines.count, 0);
	find(&more, "limit packets: 10/s -> 20/s, limit flows: 9 -> 8");
	cr_assert(more.diff.widened && more.diff.narrowed);
}

Test(diff, of_two_rules_the_first_decides_the_limit)
{
	_cleanup_(compared_free) struct compared c = compare(
		HEAD NETWORKS ALLOW(
			"      - { to: pacs, services: [tcp/104], limit: { packets: 10/s } }\n"
			"      - { to: it, services: [tcp/104] }\n") DEVICES,
		HEAD NETWORKS ALLOW(
			"      - { to: it, services: [tcp/104] }\n"
			"      - { to: pacs, services: [tcp/104], limit: { packets: 10/s } }\n")
			DEVICES);
	const struct diff_line *line = find(&c, "may open tcp/104 to pacs (10.20.30.40): "
						"limit packets: 10/s -> none");

	cr_assert(line->widened && !line->narrowed);
	cr_assert_eq(c.diff.lines.count, 1);
}

Test(diff, sees_modes_bindings_and_devices)
{
	_cleanup_(compared_free) struct compared c = compare(
		POLICY,
		HEAD NETWORKS ALLOW(
			TO_PACS
			"    enforcement: audit\n") "devices:\n"
						    "  - { name: ct-1, mac: 02:00:00:00:11:09, ip: "
						    "10.110.4.15, profile: ct }\n"
						    "  - { name: ct-3, mac: 02:00:00:00:11:03, ip: "
						    "10.110.4.14, profile: ct }\n");
	const struct diff_line *mode = find(&c, "enforcement: enforce -> audit");
	const struct diff_line *binding =
		find(&c, "mac: 02:00:00:00:11:01 -> 02:00:00:00:11:09, may newly have 10.110.4.15, "
			 "may no longer have 10.110.4.13");

	cr_assert(mode->widened && !mode->narrowed);
	cr_assert(binding->widened && binding->narrowed);
	find(&c, "is gone: may do nothing any more");
	find(&c, "is new: 02:00:00:00:11:03, 10.110.4.14");
	find(&c, "may newly open tcp/104, tcp/11112 to pacs (10.20.30.40)");
	cr_assert_eq(c.diff.lines.count, 5);
}

/* Between devices both must allow: what is no device any more is not asked. */
Test(diff, sees_what_a_device_that_goes_was_in_the_way_of)
{
#define TWO(rules)                                                                                 \
	HEAD "networks: { ward: [10.110.4.0/24] }\n" ALLOW(                                        \
		"      - { to: ward, services: [tcp/80] }\n") "  other: { allow: [" rules "] }\n"
#define FIRST "devices:\n  - { name: ct-1, mac: 02:00:00:00:11:01, ip: 10.110.4.13, profile: ct }\n"
#define SECOND "  - { name: b-1, mac: 02:00:00:00:11:02, ip: 10.110.4.14, profile: other }\n"
#define OTHER "  - { name: b-1, mac: 02:00:00:00:11:02, ip: 10.110.4.15, profile: other }\n"
	_cleanup_(compared_free) struct compared gone =
		compare(TWO("") FIRST SECOND, TWO("") FIRST);
	_cleanup_(compared_free) struct compared comes =
		compare(TWO("") FIRST, TWO("") FIRST SECOND);
	_cleanup_(compared_free) struct compared moved =
		compare(TWO("") FIRST SECOND, TWO("") FIRST OTHER);
	_cleanup_(compared_free) struct compared willing =
		compare(TWO("{ from: ward, services: [tcp/80] }") FIRST SECOND,
			TWO("{ from: ward, services: [tcp/80] }") FIRST);
	const struct diff_line *line = find(
		&gone, "may newly open tcp/80 to 10.110.4.14: no device of the policy any more");

	cr_assert(line->widened && !line->narrowed && gone.diff.widened);
	cr_assert_eq(line->place.line, 7);
	find(&moved, "may newly open tcp/80 to 10.110.4.14: no device of the policy any more");
	find(&moved, "may no longer open tcp/80 to 10.110.4.15: now a device, which does not allow "
		     "all of it");
	line = find(&comes,
		    "may no longer open tcp/80 to 10.110.4.14: now a device, which does not "
		    "allow all of it");
	cr_assert(line->narrowed && !line->widened);
	cr_assert_not(willing.diff.widened);
}

/* Each rule has a limit of its own: split in two it lets twice as much pass. */
Test(diff, sees_a_limit_that_is_shared_no_more)
{
#define LIMITED(services) "      - { to: pacs, services: " services ", limit: { packets: 10/s } }\n"
#define SHARED HEAD NETWORKS ALLOW(LIMITED("[tcp/104, tcp/105]")) DEVICES
#define APART HEAD NETWORKS ALLOW(LIMITED("[tcp/104]") LIMITED("[tcp/105]")) DEVICES
	_cleanup_(compared_free) struct compared split = compare(SHARED, APART);
	_cleanup_(compared_free) struct compared joined = compare(APART, SHARED);
	const struct diff_line *line =
		find(&split, "limit to pacs: one for all -> one for each of 2 rules");

	cr_assert(line->widened && !line->narrowed);
	cr_assert_eq(line->place.line, 9);
	cr_assert_eq(split.diff.lines.count, 1);
	line = find(&joined, "limit to pacs: one for each of 2 rules -> one for all");
	cr_assert(!line->widened && line->narrowed);
	cr_assert_eq(joined.diff.lines.count, 1);
}

/* The same hours by other clocks are other hours; without hours no clock matters. */
Test(diff, sees_another_time_zone)
{
#define IN_ZONE(zone, hours)                                                                       \
	HEAD "time-zone: " zone                                                                    \
	     "\n" NETWORKS ALLOW("      - { to: pacs, services: [tcp/104]" hours " }\n") DEVICES
#define BY_DAY ", hours: Mon-Fri 07:00-19:00"
	_cleanup_(compared_free) struct compared hours =
		compare(IN_ZONE("UTC", BY_DAY), IN_ZONE("Europe/Berlin", BY_DAY));
	_cleanup_(compared_free) struct compared lifted =
		compare(IN_ZONE("UTC", BY_DAY), IN_ZONE("Europe/Berlin", ""));
	_cleanup_(compared_free) struct compared none =
		compare(IN_ZONE("UTC", ""), IN_ZONE("Europe/Berlin", ""));
	const struct diff_line *line = find(&hours, "may open tcp/104 to pacs (10.20.30.40): "
						    "time-zone: UTC -> Europe/Berlin");

	cr_assert(line->widened && line->narrowed);
	line = find(&lifted, "may open tcp/104 to pacs (10.20.30.40): "
			     "hours: Mon-Fri 07:00-19:00 -> always");
	cr_assert(line->widened && !line->narrowed);
	cr_assert_eq(none.diff.lines.count, 0);
}

/* Whether some line says that the first device gains, or loses, this cell. */
static bool is_said(const struct compared *c, enum ward_side opener, bool gains,
		    const __be32 peer[4], enum protocol protocol, uint16_t port)
{
	for (size_t i = 0; i < c->diff.lines.count; i++) {
		const struct diff_line *line = &c->diff.lines.items[i];
		bool holds_peer = false, holds_port = false;

		if (line->kind != (opener == WARD_CLINICAL ? DIFF_OPENS : DIFF_OPENED) ||
		    line->widened != gains || line->narrowed == gains ||
		    !strstr(line->sentence, gains ? "newly" : "no longer"))
			continue;
		for (size_t p = 0; p < line->peers.count; p++)
			holds_peer |= random_policy_holds(&line->peers.items[p], peer);
		for (size_t s = 0; s < line->services.count; s++)
			holds_port |= line->services.items[s].protocol == protocol &&
				      line->services.items[s].first <= port &&
				      line->services.items[s].last >= port;
		if (holds_peer && holds_port)
			return true;
	}
	return false;
}

/* Every address and port at which any rule of either begins or ends, and one beside it. */
static void compare_all(const struct compared *c, enum ward_side opener)
{
	const struct model_profile *old = &c->old.model->profiles.items[0];
	const struct model_profile *new = &c->new.model->profiles.items[0];

	for (unsigned a = 0; a < RANDOM_ADDRESSES; a++) {
		__be32 peer[4];

		random_policy_address(a, peer);
		for (enum protocol protocol = 0; protocol <= PROTOCOL_UDP; protocol++) {
			for (uint16_t port = 1; port < RANDOM_PORTS; port++) {
				bool was =
					evaluate(c->old.model, old, opener, peer, protocol, port);
				bool is = evaluate(c->new.model, new, opener, peer, protocol, port);

				cr_assert_eq(is_said(c, opener, true, peer, protocol, port),
					     is && !was);
				cr_assert_eq(is_said(c, opener, false, peer, protocol, port),
					     was && !is);
			}
		}
	}
}

Test(diff, agrees_with_brute_force_over_random_policies, .timeout = 120)
{
	for (unsigned seed = 1; seed <= 60; seed++) {
		char old[RANDOM_POLICY_SIZE], new[RANDOM_POLICY_SIZE];
		_cleanup_(compared_free) struct compared c = { 0 };

		random_policy(old, seed);
		random_policy(new, seed * 7919);
		c = compare(old, new);
		compare_all(&c, WARD_CLINICAL);
		compare_all(&c, WARD_IT);
	}
}

/* Between two addresses, as the gateway judges it: between devices both policies must allow. */
static bool is_open(const struct model *model, const __be32 from[4], const __be32 to[4],
		    uint16_t port)
{
	const struct model_profile *p = &model->profiles.items[0];
	bool sends = world_find_device(model, from) != WORLD_NO_DEVICE;
	bool receives = world_find_device(model, to) != WORLD_NO_DEVICE;

	return (sends || receives) &&
	       (!sends || evaluate(model, p, WARD_CLINICAL, to, PROTOCOL_TCP, port)) &&
	       (!receives || evaluate(model, p, WARD_IT, from, PROTOCOL_TCP, port));
}

static void compare_pairs(const struct compared *c)
{
	bool opens = false, closes = false;

	for (unsigned a = 0; a < RANDOM_ADDRESSES; a++) {
		for (unsigned b = 0; b < RANDOM_ADDRESSES; b++) {
			__be32 from[4], to[4];

			random_policy_address(a, from);
			random_policy_address(b, to);
			for (uint16_t port = 1; a != b && port < RANDOM_PORTS; port++) {
				bool was = is_open(c->old.model, from, to, port);
				bool is = is_open(c->new.model, from, to, port);

				opens |= is && !was;
				closes |= was && !is;
			}
		}
	}
	cr_assert(!opens || c->diff.widened);
	cr_assert(!closes || c->diff.narrowed);
}

/* The same rules; one device is gone, comes, or moves. */
Test(diff, misses_nothing_between_devices_of_random_policies, .timeout = 120)
{
	for (unsigned seed = 1; seed <= 60; seed++) {
		char all[RANDOM_POLICY_SIZE], one[RANDOM_POLICY_SIZE], moved[RANDOM_POLICY_SIZE];
		char *last;

		random_policy(all, seed);
		memcpy(one, all, sizeof(one));
		memcpy(moved, all, sizeof(moved));
		last = strstr(one, "  - { name: d-1");
		cr_assert_not_null(last);
		*last = '\0';
		last = strstr(moved, "ip: 198.18.0.2,");
		last[strlen("ip: 198.18.0.")] = '3';
		for (unsigned i = 0; i < 3; i++) {
			_cleanup_(compared_free) struct compared c =
				compare(i == 1 ? one : all, i == 0   ? one
							    : i == 1 ? all
								     : moved);

			compare_pairs(&c);
		}
	}
}
