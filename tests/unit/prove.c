/* SPDX-License-Identifier: GPL-2.0-only */
/* The naive reading against the compiler, and the proof that finds any difference between the two.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/evaluate.h"
#include "policy_helper.h"

static const char policy_text[] =
	"version: 1\n"
	"quarantine: shut\n"
	"links:\n"
	"  - { name: ward, clinical: a0, it: b0, vlans: [110, 5.110], ethertypes: [lldp],\n"
	"      routers: [fe80::1], dhcp-servers: [10.0.0.9], host: { vlans: [9] } }\n"
	"  - { name: far, clinical: c0, it: c0, vlan-map: { 10: 20 } }\n"
	"  - { name: routed, clinical: d0, it: d1, mode: routed }\n"
	"networks:\n"
	"  pacs: [10.20.30.40, 10.20.30.41, 2001:db8:20::7]\n"
	"  servers: [10.20.0.0/16, 10.99.0.0/24, 2001:db8:20::/48]\n"
	"  inner: [10.20.30.0/24, 2001:db8:20:30::/64]\n"
	"  all: [0.0.0.0/0, \"::/0\"]\n"
	"  unused: [10.77.0.0/16]\n"
	"  groups: [239.255.255.250, ff02::c]\n"
	"services:\n"
	"  wide: [tcp/1000-2000, udp/53, sctp/1000-2000, icmp/17, icmpv6/200, igmp]\n"
	"  inside: [tcp/1500]\n"
	"profiles:\n"
	"  ct:\n"
	"    allow:\n"
	"      - { to: pacs, services: [dicom] }\n"
	"      - { to: inner, services: [inside, ping] }\n"
	"      - { to: servers, services: [wide, tcp/65535, tcp/1], limit: { flows: 5 } }\n"
	"      - { from: inner, services: [ssh], encrypted: preferred }\n"
	"      - { to: servers, services: [wide, tcp/1, tcp/65535] }\n"
	"      - { to: groups, services: [ws-discovery], replies: true, limit: { flows: 6 } }\n"
	"    limit: { packets: 1000/s, burst: 100, bits: 8M/s, new-flows: 5/s }\n"
	"  open:\n"
	"    allow:\n"
	"      - { to: all, services: [https], encrypted: required }\n"
	"    fragments: track\n"
	"  shut: {}\n"
	"devices:\n"
	"  - { name: ct-1, link: ward, mac: 02:00:00:00:11:01, vlan: 110, ip: 10.110.4.13, "
	"profile: ct }\n"
	"  - { name: ct-2, link: ward, mac: 02:00:00:00:11:02, vlan: 5.110, profile: open,\n"
	"      ip: [10.110.4.14, 2001:db8::14, dhcp] }\n"
	"  - { name: ct-3, link: far, mac: 02:00:00:00:11:03, vlan: 10, ip: 10.110.4.15, profile: "
	"shut }\n"
	"  - { name: ct-4, link: routed, mac: 02:00:00:00:11:04, ip: 10.110.4.16, profile: open,\n"
	"      enforcement: audit }\n"
	"  - { name: group, link: ward, vlan: 110, ip: 239.255.255.250, profile: shut }\n";

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
	__be32 word[4];
	const struct image_entry *entry;

	address_from_ipv4(word, inet_addr(address));
	entry = image_find(image, 0, opener, image_peer_class(image, word),
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

Test(prove, names_the_file_and_line_of_a_rule_that_is_not_kept)
{
	const struct image_entry *host = lookup("10.20.30.40", WARD_CLINICAL, PROTOCOL_TCP, 104);
	struct image_entry other = *lookup("10.20.30.7", WARD_CLINICAL, PROTOCOL_TCP, 1501);
	char expected[128];
	struct error error;
	uint64_t compared;

	cr_assert_not_null(host);
	other.key = host->key;
	image->entries.items[host - image->entries.items] = other;
	cr_assert_neq(policy_prove(reading.model, image, &compared, &error), 0);
	snprintf(expected, sizeof(expected), "is allowed by %s:%u in the policy but allowed by %s:%u",
		 sources_file(reading.sources, 0)->name,
		 reading.model->profiles.items[0].rules.items[0].place.line,
		 sources_file(reading.sources, 0)->name,
		 reading.model->profiles.items[0].rules.items[2].place.line);
	cr_expect_not_null(strstr(error.text, expected), "%s", error.text);
}

/* In or near one of the policy's networks. */
static void draw_address(unsigned *seed, __be32 out[4])
{
	static const uint32_t ipv6[] = { 0x20010db8, 0x20010db9, 0xff020000, 0, 0xfe800000 };

	out[0] = out[1] = 0;
	out[2] = htonl(0xffff);
	out[3] = htonl(0x0a140000 + (uint32_t)rand_r(seed) % 0x20000);
	if (rand_r(seed) & 1)
		return;
	out[0] = htonl(ipv6[rand_r(seed) % (int)ARRAY_SIZE(ipv6)]);
	out[1] = htonl((rand_r(seed) & 1 ? 0x00200000u : 0) | (rand_r(seed) & 1 ? 0x30u : 0));
	out[2] = 0;
	out[3] = htonl((uint32_t)rand_r(seed) % 14);
}

static uint16_t draw_port(unsigned *seed, enum protocol protocol)
{
	if (protocol == PROTOCOL_IGMP)
		return 0;
	if (protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6)
		return (uint16_t)(rand_r(seed) % 256);
	return (uint16_t)(rand_r(seed) % 4 ? rand_r(seed) % 2100 : 65535);
}

Test(compile, agrees_with_the_naive_reading_at_random, .init = setup, .fini = teardown)
{
	const struct model_profile *profile = &reading.model->profiles.items[0];
	unsigned seed = 1, allowed = 0;

	for (int i = 0; i < 200000; i++) {
		enum ward_side opener = rand_r(&seed) & 1;
		enum protocol protocol = (enum protocol)(rand_r(&seed) % PROTOCOLS);
		uint16_t port = draw_port(&seed, protocol);
		const struct model_rule *meant, *found = NULL;
		const struct image_entry *entry;
		__be32 word[4];

		draw_address(&seed, word);
		meant = evaluate(reading.model, profile, opener, word, protocol, port);
		entry = image_find(image, 0, opener, image_peer_class(image, word),
				   image_service_class(image, protocol, port));
		if (entry && entry->rule != UINT32_MAX)
			found = &profile->rules.items[image->rules.items[entry->rule].rule];
		cr_assert_eq(found, meant, "%x %x protocol %u port %u", ntohl(word[0]),
			     ntohl(word[3]), protocol, port);
		allowed += meant != NULL;
	}
	cr_assert_gt(allowed, 1000);
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
	const struct ward_rate *limit = &image->profiles.items[0].rate[WARD_CLINICAL];

	cr_expect_eq(limit->packet_interval, (1000000ull << WARD_TICK_SHIFT));
	cr_expect_eq(limit->packet_tolerance, 99 * limit->packet_interval);
	/* 8 Mbit/s is a byte each microsecond. */
	cr_expect_eq(limit->byte_interval, (1000ull << WARD_TICK_SHIFT) << 16);
	cr_expect_eq(image->profiles.items[1].rate[WARD_CLINICAL].packet_interval, 0);
	cr_expect_eq(image->profiles.items[1].rate[WARD_CLINICAL].byte_interval, 0);
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

/* A mark is found by this class, and what is found allows. */
Test(prove, finds_a_port_of_the_class_of_marks)
{
	uint16_t *class = &image->services[5 / WARD_PORTS_A_LINE].class[5];

	cr_assert_eq(*class, 0, "no rule names it");
	*class = WARD_ANY_SERVICE;
	cr_expect_not(proves());
	*class = (uint16_t)image->service_classes;
	cr_expect_not(proves());
}

Test(prove, finds_an_entry_too_many)
{
	struct image_entry *last = vec_add(&image->entries), *extra = last - 1;

	for (unsigned class = 0; class < WARD_ANY_SERVICE; class ++) {
		*last = *extra;
		cr_assert_eq(last->key.service_class, WARD_ANY_SERVICE);
		*extra = (struct image_entry){ last->key, 0, 0 };
		extra->key.service_class = (uint16_t) class;
		cr_expect_not(proves(), "service class %u", class);
		*extra = *last;
		class += class > 100 ? 1000 : 0;
	}
	image->entries.count--;
	cr_expect(proves());
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
	image->vlans.items[0].key.vlan = 120;
	cr_expect_not(proves());
	image->vlans.items[0].key.vlan = 110;
	image->vlans.count--;
	cr_expect_not(proves());
	image->vlans.count++;
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
	d->number = 0;
	cr_expect_not(proves());
	*d = kept;
	cr_expect(proves());
}

/*
 * Every byte of these tables means something: another value in any of them is found. The bytes that
 * mean nothing are zero in what the compiler makes, and not asked for here.
 */
static void flip_every_byte(void *items, size_t count, size_t size, const char *table)
{
	uint8_t *bytes = items;

	cr_assert_gt(count, 0, "%s", table);
	for (size_t i = 0; i < count * size; i++) {
		bytes[i] ^= 1;
		cr_expect_not(proves(), "byte %zu of %zu in entry %zu of %s", i % size, size,
			      i / size, table);
		bytes[i] ^= 1;
	}
	cr_expect(proves());
}

#define flip(vec) flip_every_byte((vec)->items, (vec)->count, sizeof(*(vec)->items), #vec)

Test(prove, finds_any_other_byte_in_the_tables_of_addresses)
{
	cr_assert_eq(image->addresses.count, 8);
	flip(&image->addresses);
	flip(&image->hosts);
	flip(&image->link_addresses);
}

Test(prove, finds_any_other_byte_in_the_tables_of_entries_and_stacks)
{
	for (size_t i = 0; i < image->entries.count; i++) {
		struct image_entry *entry = &image->entries.items[i], kept = *entry;

		for (uint32_t flag = 1; flag <= WARD_RULE_PREFERS_TLS; flag <<= 1) {
			entry->flags ^= flag;
			cr_expect_not(proves(), "entry %zu, flag %u", i, flag);
			*entry = kept;
		}
	}
	cr_assert_eq(image->stacks.count, 1);
	image->stacks.items[0].tags ^= 1;
	cr_expect_not(proves());
	image->stacks.items[0].tags ^= 1;
	image->stacks.items[0].vlan ^= 1;
	cr_expect_not(proves());
	image->stacks.items[0].vlan ^= 1;
	cr_expect(proves());
}

Test(prove, finds_another_mode_limit_or_flag)
{
	image->features.encryption = 0;
	cr_expect_not(proves(), "nobody would look");
	image->features.encryption = 1;
	for (size_t i = 0; i < image->profiles.count; i++) {
		struct ward_profile *p = &image->profiles.items[i], kept = *p;

		p->enforcement ^= 1;
		cr_expect_not(proves(), "profile %zu", i);
		*p = kept;
		p->rules ^= 1;
		cr_expect_not(proves(), "profile %zu", i);
		*p = kept;
		p->has_rates ^= 1;
		cr_expect_not(proves(), "profile %zu", i);
		*p = kept;
		p->tracks_fragments ^= 1;
		cr_expect_not(proves(), "profile %zu", i);
		*p = kept;
		flip_every_byte(p->rate, 1, sizeof(p->rate), "rate");
	}
	for (size_t i = 0; i < image->rules.count; i++) {
		image->rules.items[i].limit.bucket ^= 1;
		cr_expect_not(proves(), "rule %zu", i);
		image->rules.items[i].limit.bucket ^= 1;
		image->rules.items[i].limit.new_flows.flows ^= 1;
		cr_expect_not(proves(), "rule %zu", i);
		image->rules.items[i].limit.new_flows.flows ^= 1;
	}
	image->quarantine_profile++;
	cr_expect_not(proves());
	image->quarantine_profile = WARD_NO_PROFILE;
	cr_expect_not(proves());
}

Test(prove, finds_another_part_of_a_link)
{
	for (size_t i = 0; i < image->ports.count; i++) {
		for (unsigned flag = 1; flag <= WARD_PORT_HOST_ADDRESSES; flag <<= 1) {
			image->ports.items[i].flags ^= (uint16_t)flag;
			cr_expect_not(proves(), "flag %x of port %zu", flag, i);
			image->ports.items[i].flags ^= (uint16_t)flag;
		}
	}
	for (size_t i = 0; i < image->vlan_maps.count; i++) {
		struct image_vlan_map *map = &image->vlan_maps.items[i], kept = *map;

		flip_every_byte(&map->key, 1, sizeof(map->key), "vlan_maps");
		map->value.clinical ^= 1;
		cr_expect_not(proves());
		*map = kept;
		map->value.side ^= 1;
		cr_expect_not(proves());
		*map = kept;
	}
	image->ethertypes.items[0].vlan ^= 1;
	cr_expect_not(proves());
	image->ethertypes.items[0].vlan ^= 1;
	image->vlans.items[2].use = WARD_VLAN_CARRIED;
	cr_expect_not(proves());
}
