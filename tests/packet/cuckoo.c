/* SPDX-License-Identifier: GPL-2.0-only */
/* The device table, apart from the kernel: every device is found, and nobody else. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdlib.h>

#include "kernel/cuckoo.h"

static struct ward_device *devices(size_t count)
{
	struct ward_device *d = calloc(count + 1, sizeof(*d));

	for (size_t i = 0; i < count; i++)
		d[i] = (struct ward_device){
			.address = { 0, 0, htonl(0xffff), htonl(0xc6120000 + (uint32_t)(i / 3)) },
			.vlan = (uint16_t)(i % 3),
			.owner = (uint32_t)i,
		};
	return d;
}

static void place_and_find(size_t count)
{
	struct ward_device *d = devices(count);
	struct cuckoo c;

	cr_assert_eq(cuckoo_build(d, count, &c), 0);
	for (size_t i = 0; i < count; i++) {
		const struct ward_device *found = cuckoo_find(&c, d[i].address, d[i].vlan, 0);

		cr_assert(found && found->owner == i, "device %zu of %zu", i, count);
	}
	cr_expect_null(cuckoo_find(&c, d[0].address, 3, 0), "another VLAN");
	cr_expect_null(cuckoo_find(&c, d[0].address, 0, 1), "another link");
	cr_expect(c.count < 4 * count + 8, "%u buckets for %zu devices", c.count, count);
	cuckoo_free(&c);
	free(d);
}

Test(cuckoo, finds_every_device_it_placed)
{
	static const size_t counts[] = { 1, 2, 3, 7, 64, 65, 1000, 4096, 100000 };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		place_and_find(counts[i]);
}

Test(cuckoo, finds_nothing_in_an_empty_table)
{
	const __be32 some[4] = { 0, 0, htonl(0xffff), htonl(0xc6120001) }, nobody[4] = { 0 };
	struct ward_device *d = devices(0);
	struct cuckoo c;

	cr_assert_eq(cuckoo_build(d, 0, &c), 0);
	cr_expect_null(cuckoo_find(&c, some, 0, 0));
	cr_expect_null(cuckoo_find(&c, nobody, 0, 0), "an empty way is no one's");
	cuckoo_free(&c);
	free(d);
}
