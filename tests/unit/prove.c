/* SPDX-License-Identifier: GPL-2.0-only */
/* The compiler, the naive reading, and the proof that finds any difference between the two. */
#include <arpa/inet.h>
#include <criterion/criterion.h>

#include "base/own.h"
#include "policy/evaluate.h"
#include "policy_helper.h"

static const char policy_text[] =
	"version: 1\n"
	"links:\n"
	"  - { name: ward, clinical: a0, it: b0, vlans: [110] }\n"
	"networks:\n"
	"  pacs: [10.20.30.40, 10.20.30.41]\n"
	"  servers: [10.20.0.0/16, 10.99.0.0/24]\n"
	"  inner: [10.20.30.0/24]\n"
	"  all: [0.0.0.0/0]\n"
	"  unused: [10.77.0.0/16]\n"
	"services:\n"
	"  wide: [tcp/1000-2000, udp/53]\n"
	"  inside: [tcp/1500]\n"
	"profiles:\n"
	"  ct:\n"
	"    allow:\n"
	"      - { to: pacs, services: [dicom] }\n"
	"      - { to: inner, services: [inside, ping] }\n"
	"      - { to: servers, services: [wide, tcp/65535, tcp/1] }\n"
	"      - { from: inner, services: [ssh] }\n"
	"      - { to: servers, services: [wide, tcp/1, tcp/65535] }\n"
	"    limit: { packets: 1000/s, burst: 100, bits: 8M/s }\n"
	"  open:\n"
	"    allow:\n"
	"      - { to: all, services: [https] }\n"
	"  shut: {}\n"
	"devices:\n"
	"  - { name: ct-1, mac: 02:00:00:00:11:01, vlan: 110, ip: 10.110.4.13, profile: ct }\n"
	"  - { name: ct-2, mac: 02:00:00:00:11:02, vlan: 110, ip: 10.110.4.14, profile: open }\n"
	"  - { name: ct-3, mac: 02:00:00:00:11:03, vlan: 110, ip: 10.110.4.15, profile: shut }\n";

static struct reading reading;
static struct image *image;

static void setup(void)
{
	struct error error = { "" };

	reading = read_policy(policy_text);
	cr_assert_not_null(reading.model, "%s", reading.findings.bytes);
	cr_assert_eq(policy_compile(reading.model, &image, &error), 0, "%s", error.text);
}

static void teardown(void)
{
	image_free(&image);
	reading_free(&reading);
}

TestSuite(prove, .init = setup, .fini = teardown, .timeout = 60);

static bool proves(void)
{
	struct error error = { "" };
	uint64_t compared = 0;

	return !policy_prove(reading.model, image, &compared, &error) && compared > 100;
}

static const struct image_entry *lookup(const char *address, enum ward_side opener,
					enum protocol protocol, uint16_t port)
{
	const struct image_entry *entry = image_find(
		image, 0, opener, image_peer_class(image, inet_addr(address)),
		image_service_class(image, protocol, port));

	return entry && entry->rule != UINT32_MAX ? entry : NULL;
}

Test(prove, accepts_what_the_compiler_makes)
{
	cr_expect(proves());
}

Test(compile, lets_the_first_matching_rule_decide, .init = setup, .fini = teardown)
{
	const struct image_entry *inside = lookup("10.20.30.7", WARD_CLINICAL, PROTOCOL_TCP, 1500);
	const struct image_entry *wide = lookup("10.20.30.7", WARD_CLINICAL, PROTOCOL_TCP, 1501);
	const struct image_entry *host = lookup("10.20.30.40", WARD_CLINICAL, PROTOCOL_TCP, 104);

	cr_assert(inside && wide && host);
	cr_expect_eq(image->rules.items[host->rule].rule, 0);
	cr_expect_eq(image->rules.items[inside->rule].rule, 1);
	cr_expect_eq(image->rules.items[wide->rule].rule, 2);
	cr_expect_null(lookup("10.20.30.7", WARD_IT, PROTOCOL_TCP, 1501));
	cr_expect_not_null(lookup("10.20.30.7", WARD_IT, PROTOCOL_TCP, 22));
	cr_expect_null(lookup("10.21.0.0", WARD_CLINICAL, PROTOCOL_TCP, 1501));
	cr_expect_null(lookup("10.77.0.1", WARD_CLINICAL, PROTOCOL_TCP, 104));
}

Test(compile, agrees_with_the_naive_reading_at_random, .init = setup, .fini = teardown)
{
	unsigned seed = 1;

	for (int i = 0; i < 200000; i++) {
		uint32_t address = 0x0a140000 + (uint32_t)rand_r(&seed) % 0x20000;
		uint16_t port = (uint16_t)(rand_r(&seed) % 4 ? rand_r(&seed) % 2100 : 65535);
		enum ward_side opener = rand_r(&seed) & 1;
		enum protocol protocol = (enum protocol)(rand_r(&seed) % 3);
		const struct model_rule *meant =
			evaluate(reading.model, &reading.model->profiles.items[0], opener,
				 htonl(address), protocol, port);
		const struct image_entry *entry = image_find(
			image, 0, opener, image_peer_class(image, htonl(address)),
			image_service_class(image, protocol, port));
		bool allowed = entry && entry->rule != UINT32_MAX;

		cr_assert_eq(allowed, meant != NULL, "%x port %u", address, port);
		if (meant)
			cr_assert_eq(&reading.model->profiles.items[0]
					      .rules.items[image->rules.items[entry->rule].rule],
				     meant);
	}
}

Test(compile, is_the_same_for_the_same_model, .init = setup, .fini = teardown)
{
	_cleanup_(image_free) struct image *again = NULL;
	struct error error;

	cr_assert_eq(policy_compile(reading.model, &again, &error), 0);
	cr_expect_str_eq(again->hash, image->hash);
	cr_expect_eq(strlen(image->hash), 64);
}

Test(compile, keeps_two_equal_rules_apart, .init = setup, .fini = teardown)
{
	cr_expect_str_neq(image->rules.items[2].key, image->rules.items[4].key);
}

Test(compile, turns_a_limit_into_intervals, .init = setup, .fini = teardown)
{
	const struct ward_profile *limit = &image->profiles.items[0];

	cr_expect_eq(limit->packet_interval, (1000000ull << WARD_TICK_SHIFT));
	cr_expect_eq(limit->packet_tolerance, 99 * limit->packet_interval);
	/* 8 Mbit/s is a byte each microsecond. */
	cr_expect_eq(limit->byte_interval, (1000ull << WARD_TICK_SHIFT) << 16);
	cr_expect_eq(image->profiles.items[1].packet_interval, 0);
	cr_expect_eq(image->profiles.items[1].byte_interval, 0);
}

/* Each fault that a compiler could have, one at a time. */
Test(prove, finds_every_entry_that_is_missing)
{
	for (size_t i = 0; i < image->entries.count; i++) {
		struct ward_rule_key kept = image->entries.items[i].key;

		/* Another key at the same place keeps the order for the binary search. */
		image->entries.items[i].key.zero = 1;
		image->entries.items[i].key.service_class = 0xfffe;
		cr_expect_not(proves(), "entry %zu of %zu", i, image->entries.count);
		image->entries.items[i].key = kept;
	}
	cr_expect(proves());
}

Test(prove, finds_every_entry_of_a_wrong_rule)
{
	for (size_t i = 0; i < image->entries.count; i++) {
		uint32_t kept = image->entries.items[i].rule;

		if (kept == UINT32_MAX)
			continue;
		image->entries.items[i].rule = (kept + 1) % (uint32_t)image->rules.count;
		cr_expect_not(proves(), "entry %zu", i);
		image->entries.items[i].rule = UINT32_MAX;
		cr_expect_not(proves(), "entry %zu", i);
		image->entries.items[i].rule = kept;
	}
}

Test(prove, finds_every_wrong_class_of_addresses)
{
	for (size_t i = 0; i < image->hosts.count; i++) {
		image->hosts.items[i].peer_class ^= 1;
		cr_expect_not(proves(), "host %zu", i);
		image->hosts.items[i].peer_class ^= 1;
	}
	for (size_t i = 0; i < image->prefixes.count; i++) {
		uint32_t kept = image->prefixes.items[i].peer_class;

		image->prefixes.items[i].peer_class = 0;
		cr_expect_not(proves(), "prefix %zu", i);
		image->prefixes.items[i].peer_class = kept;
	}
}

Test(prove, finds_a_prefix_that_is_too_long_or_missing)
{
	struct image_prefix kept = image->prefixes.items[image->prefixes.count - 1];

	image->prefixes.items[image->prefixes.count - 1].key.length++;
	cr_expect_not(proves());
	image->prefixes.items[image->prefixes.count - 1] = kept;
	image->prefixes.count--;
	cr_expect_not(proves());
	image->prefixes.count++;
	cr_expect(proves());
}

Test(prove, finds_one_port_of_a_wrong_class)
{
	static const uint16_t ports[] = { 1, 104, 999, 1000, 1500, 2000, 2001, 65535 };

	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		uint16_t *class = &image->services[ports[i] / WARD_PORTS_A_LINE]
					   .class[ports[i] % WARD_PORTS_A_LINE];
		uint16_t kept = *class;

		*class = (uint16_t)image_service_class(image, PROTOCOL_TCP,
						       kept ? 0 : (uint16_t)1500);
		cr_expect_not(proves(), "port %u", ports[i]);
		*class = kept;
	}
}

Test(prove, finds_a_port_or_vlan_that_is_another)
{
	struct image_port kept = image->ports.items[0];

	image->ports.items[0].side = WARD_IT;
	cr_expect_not(proves());
	image->ports.items[0] = kept;
	image->ports.items[0].other = 0;
	cr_expect_not(proves());
	image->ports.items[0] = kept;
	image->vlans.items[0].vlan = 120;
	cr_expect_not(proves());
	image->vlans.items[0].vlan = 110;
	image->vlans.count = 0;
	cr_expect_not(proves());
	image->vlans.count = 1;
	cr_expect(proves());
}

Test(prove, finds_an_entry_that_stands_twice)
{
	image->entries.items[1] = image->entries.items[0];
	cr_expect_not(proves());
}

Test(prove, finds_a_device_of_another_binding)
{
	struct ward_device *d = &image->devices.items[1].entry, kept = *d;

	d->vlan = 120;
	cr_expect_not(proves());
	*d = kept;
	d->mac[5] ^= 1;
	cr_expect_not(proves());
	*d = kept;
	d->profile = 0;
	cr_expect_not(proves());
	*d = kept;
	cr_expect(proves());
}
