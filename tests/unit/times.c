/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules with hours and expiry: what the compiler makes of them, and that the proof finds faults. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "policy/zone.h"
#include "policy_helper.h"

#define HEAD                                                                                       \
	"version: 1\n"                                                                             \
	"time-zone: Europe/Berlin\n"                                                               \
	"links: [{ name: a, clinical: a0, it: a1 }]\n"                                             \
	"networks: { one: [10.0.0.1], all: [10.0.0.0/8] }\n"                                       \
	"profiles:\n"                                                                              \
	"  p:\n"                                                                                   \
	"    allow:\n"
#define DEVICES "devices: [{ name: d, mac: 02:00:00:00:00:01, profile: p, ip: 10.1.0.1 }]\n"

static const char text[] =
	HEAD "      - { to: one, services: [tcp/80, tcp/80-90], hours: Mon-Fri 07:00-19:00 }\n"
	     "      - { to: all, services: [tcp/80], expires: 2027-01-31, log: true }\n"
	     "      - { to: all, services: [tcp/1-100], hours: \"Mon-Fri 07:00-19:00\" }\n"
	     "      - { to: all, services: [tcp/80] }\n"
	     "      - { to: all, services: [tcp/80-443] }\n"
	     "      - { from: all, services: [tcp/22], hours: Sun 22:00-06:00 }\n" DEVICES;

static struct reading reading;
static struct image *image;

static void setup(void)
{
	struct error error = { "" };

	reading = read_policy(text);
	cr_assert_not_null(reading.model, "%s", reading.findings.bytes);
	cr_assert_eq(policy_compile(reading.model, &image, &error), 0, "%s", error.text);
}

static void teardown(void)
{
	image_free(&image);
	reading_free(&reading);
}

TestSuite(times, .init = setup, .fini = teardown, .timeout = 60);

static bool proves(void)
{
	struct error error = { "" };
	uint64_t compared = 0;

	return !policy_prove(reading.model, image, &compared, &error);
}

/* The rules in the order in which they are asked, as digits. */
static const char *chain_of(uint32_t last_byte, uint16_t port)
{
	static char out[WARD_CHAIN_STEPS + 2];
	__be32 address[4] = { 0, 0, htonl(0xffff), htonl(0x0a000000 | last_byte) };
	const struct image_entry *entry =
		image_find(image, 0, WARD_CLINICAL, image_peer_class(image, address),
			   image_service_class(image, PROTOCOL_TCP, port));
	uint32_t rule, flags;
	size_t i = 0;

	for (; entry && (rule = image_step(image, entry, i, &flags)) != UINT32_MAX; i++)
		out[i] = (char)('0' + image->rules.items[rule].rule);
	out[i] = '\0';
	return out;
}

Test(times, lead_to_all_rules_up_to_the_first_that_always_is_one)
{
	cr_expect_str_eq(chain_of(1, 80), "0123");
	cr_expect_str_eq(chain_of(2, 80), "123");
	cr_expect_str_eq(chain_of(1, 81), "024");
	cr_expect_str_eq(chain_of(2, 79), "2");
	cr_expect_str_eq(chain_of(2, 443), "4");
	cr_expect_str_eq(chain_of(2, 444), "");
	cr_expect(image->features.times && image->features.logs);
	cr_expect(proves());
}

Test(times, share_schedules_and_chains)
{
	cr_expect_eq(image->schedules.count, 2);
	cr_expect_eq(image->rules.items[0].time.schedule, image->rules.items[2].time.schedule);
	cr_expect_eq(image->schedules.items[0].minutes[7 * 60 / 64] >> (7 * 60 % 64) & 1, 1);
	cr_expect_eq(image->schedules.items[0].minutes[19 * 60 / 64] >> (19 * 60 % 64) & 1, 0);
	cr_expect_eq(image->steps.count, 4 + 3 + 3 + 2 + 1 + 1);
}

Test(times, have_the_changes_of_the_zone_for_thirty_years)
{
	cr_expect_eq(image->offsets.count, 1 + 2 * (IMAGE_LAST_YEAR - IMAGE_FIRST_YEAR + 1));
	cr_expect_eq(image->offsets.items[0].seconds, 3600);
	cr_expect_eq(image->offsets.items[1].seconds, 7200);
	cr_expect_eq(image->offsets.items[1].from, zone_day(2025, 3, 30) + 3600);
}

Test(times, do_not_fill_an_image_that_needs_none)
{
	_cleanup_(reading_free) struct reading plain = read_policy(
		HEAD "      - { to: all, services: [tcp/80] }\n" DEVICES);
	_cleanup_(image_free) struct image *out = NULL;
	struct error error = { "" };

	cr_assert_eq(policy_compile(plain.model, &out, &error), 0, "%s", error.text);
	cr_expect_eq(out->steps.count + out->schedules.count + out->offsets.count, 0);
	cr_expect_not(out->features.times || out->features.logs);
}

Test(times, are_refused_when_a_chain_is_too_long)
{
	static const char rule[] = "      - { to: all, services: [tcp/80], expires: 2027-01-0%d }\n";
	char policy[2048] = HEAD;
	_cleanup_(reading_free) struct reading nine = { 0 };
	_cleanup_(image_free) struct image *out = NULL;
	struct error error = { "" };

	for (int i = 1; i <= WARD_CHAIN_TIMED + 1; i++)
		snprintf(policy + strlen(policy), sizeof(policy) - strlen(policy), rule, i);
	snprintf(policy + strlen(policy), sizeof(policy) - strlen(policy), "%s", DEVICES);
	nine = read_policy(policy);
	cr_assert_not_null(nine.model, "%s", nine.findings.bytes);
	cr_expect_eq(policy_compile(nine.model, &out, &error), -E2BIG);
	cr_expect(strstr(error.text, ":16: the profile p has more than 8 rules"), "%s",
		  error.text);
}

#define TWO                                                                                        \
	"version: 1\n"                                                                             \
	"links: [{ name: a, clinical: a0, it: a1 }]\n"                                             \
	"networks: { all: [10.0.0.0/8] }\n"                                                        \
	"profiles:\n"
#define P(hours)                                                                                   \
	"  p: { allow: [{ to: all, services: [tcp/80], hours: " hours " }] }\n"
#define Q                                                                                          \
	"  q: { allow: [{ to: all, services: [tcp/80], hours: Sat 08:00-10:00 },"                  \
	" { to: all, services: [tcp/80] }] }\n"

static void hash_of(const char *policy, char out[WARD_HASH_SIZE])
{
	_cleanup_(reading_free) struct reading r = read_policy(policy);
	_cleanup_(image_free) struct image *compiled = NULL;
	struct error error = { "" };

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	cr_assert_eq(policy_compile(r.model, &compiled, &error), 0, "%s", error.text);
	memcpy(out, compiled->hash, WARD_HASH_SIZE);
}

Test(times, are_part_of_the_hash_but_not_the_order_in_which_they_stand)
{
	char one[WARD_HASH_SIZE], swapped[WARD_HASH_SIZE], later[WARD_HASH_SIZE];

	hash_of(TWO P("Mon 07:00-08:00") Q DEVICES, one);
	hash_of(TWO Q P("Mon 07:00-08:00") DEVICES, swapped);
	hash_of(TWO P("Mon 07:00-08:01") Q DEVICES, later);
	cr_expect_str_eq(one, swapped);
	cr_expect_str_neq(one, later);
}

Test(prove, finds_every_fault_in_a_chain, .init = setup, .fini = teardown)
{
	for (size_t i = 0; i < image->steps.count; i++) {
		struct image_step *step = &image->steps.items[i], kept = *step;

		step->rule = (kept.rule + 1) % (uint32_t)image->rules.count;
		cr_expect_not(proves(), "the rule of step %zu", i);
		*step = kept;
		for (unsigned bit = 0; bit < 10; bit++) {
			step->flags ^= 1u << bit;
			cr_expect_not(proves(), "bit %u of the flags of step %zu", bit, i);
			*step = kept;
		}
	}
	for (size_t i = 0; i < image->entries.count; i++) {
		struct image_entry *entry = &image->entries.items[i], kept = *entry;

		if (!(entry->flags & WARD_RULE_CHAIN))
			continue;
		entry->rule = image->steps.items[kept.rule].rule;
		entry->flags = 0;
		cr_expect_not(proves(), "entry %zu without its chain", i);
		*entry = kept;
		entry->rule++;
		cr_expect_not(proves(), "entry %zu, a step further", i);
		*entry = kept;
	}
	cr_expect(proves());
}

Test(prove, finds_every_fault_in_times, .init = setup, .fini = teardown)
{
	for (size_t i = 0; i < image->rules.count; i++) {
		struct ward_rule_time *time = &image->rules.items[i].time, kept = *time;

		time->expires++;
		cr_expect_not(proves(), "expiry of rule %zu", i);
		*time = kept;
		time->schedule = (kept.schedule + 1) % 4;
		cr_expect_not(proves(), "hours of rule %zu", i);
		*time = kept;
	}
	for (unsigned minute = 0; minute < WARD_MINUTES_A_WEEK; minute += 7) {
		image->schedules.items[1].minutes[minute / 64] ^= 1ull << (minute % 64);
		cr_expect_not(proves(), "minute %u", minute);
		image->schedules.items[1].minutes[minute / 64] ^= 1ull << (minute % 64);
	}
	for (size_t i = 0; i < image->offsets.count; i++) {
		struct ward_offset *offset = &image->offsets.items[i], kept = *offset;

		offset->seconds += 900;
		cr_expect_not(proves(), "offset %zu", i);
		*offset = kept;
		if (i) {
			offset->from++;
			cr_expect_not(proves(), "start of offset %zu", i);
			*offset = kept;
		}
	}
	cr_expect(proves());
}
