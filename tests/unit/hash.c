/* SPDX-License-Identifier: GPL-2.0-only */
/* The hash of an image: another one for each byte of the large tables that is another. */
#include <criterion/criterion.h>
#include <stddef.h>

#include "policy/hash.h"
#include "policy_helper.h"

#define HASHES 4096

struct digest {
	uint8_t bytes[SHA256_DIGEST_LENGTH];
};

static struct built b;
static struct digest all[HASHES];
static size_t count;

static void setup(void)
{
	b = build("version: 1\n"
		  "links:\n"
		  "  - { name: ward, clinical: a0, it: b0 }\n"
		  "networks: { pacs: [10.20.30.40], far: [10.99.0.0/16] }\n"
		  "profiles:\n"
		  "  ct:\n"
		  "    allow:\n"
		  "      - { to: pacs, services: [dicom, ssh], hours: Mon-Fri 07:00-19:00 }\n"
		  "      - { to: pacs, services: [dicom] }\n"
		  "      - { from: far, services: [https] }\n"
		  "devices:\n"
		  "  - { name: a, mac: 02:00:00:00:00:01, ip: [10.0.0.1, 2001:db8::1], profile: ct "
		  "}\n"
		  "  - { name: b, mac: 02:00:00:00:00:02, ip: [10.0.0.1, 10.0.0.2], vlan: 7, "
		  "profile: ct }\n");
}

static void teardown(void)
{
	built_free(&b);
}

TestSuite(hash, .init = setup, .fini = teardown);

static void note_hash(void)
{
	SHA2_CTX sha;

	cr_assert_lt(count, HASHES);
	SHA256Init(&sha);
	cr_assert_eq(hash_named(b.reading.model, b.image, &sha), 0);
	SHA256Final(all[count++].bytes, &sha);
}

/* Bytes `from` to `end` - 1 of an item. */
static void flip(void *item, size_t from, size_t end)
{
	uint8_t *bytes = item;

	for (size_t i = from; i < end; i++) {
		for (unsigned bit = 1; bit < 256; bit <<= 1) {
			bytes[i] ^= (uint8_t)bit;
			note_hash();
			bytes[i] ^= (uint8_t)bit;
		}
	}
}

static int by_bytes(const void *left, const void *right)
{
	return memcmp(left, right, sizeof(struct digest));
}

static void expect_all_different(void)
{
	qsort(all, count, sizeof(*all), by_bytes);
	for (size_t i = 1; i < count; i++)
		cr_expect_neq(by_bytes(&all[i - 1], &all[i]), 0, "%zu of %zu", i, count);
}

/* The number of a profile is that of its name, and what begins a chain is what it leads to. */
Test(hash, differs_by_any_bit_of_an_entry)
{
	cr_assert_gt(b.image->steps.count, 0);
	note_hash();
	for (size_t i = 0; i < b.image->entries.count; i++) {
		struct image_entry *entry = &b.image->entries.items[i];

		flip(entry, offsetof(struct ward_rule_key, opener), sizeof(entry->key));
		if (!(entry->flags & WARD_RULE_CHAIN) && entry->rule != UINT32_MAX)
			flip(entry, offsetof(struct image_entry, flags) + 2, sizeof(*entry));
	}
	for (size_t i = 0; i < b.image->steps.count; i++) {
		struct image_step *step = &b.image->steps.items[i];

		step->rule ^= 1;
		note_hash();
		step->rule ^= 1;
	}
	expect_all_different();
}

/* Owners are numbered by their names, and so are profiles. */
Test(hash, differs_by_any_bit_of_a_device)
{
	note_hash();
	cr_assert_eq(b.image->addresses.count, 5);
	for (size_t i = 0; i < b.image->addresses.count; i++)
		flip(&b.image->addresses.items[i], 0, offsetof(struct ward_device, profile));
	for (size_t i = 0; i < b.image->devices.count; i++) {
		flip(&b.image->devices.items[i].entry, 0, offsetof(struct ward_device, profile));
		flip(b.image->devices.items[i].name, 0, 1);
	}
	expect_all_different();
}

/* The same address as the second of one device, and as the first of the next. */
Test(hash, differs_by_whose_an_address_is)
{
	note_hash();
	b.image->addresses.items[2].owner = 1;
	note_hash();
	expect_all_different();
}
