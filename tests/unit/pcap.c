/* SPDX-License-Identifier: GPL-2.0-only */
/* Captures, well-formed and hostile. */
#include "cli/pcap.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static size_t put32(uint8_t *out, size_t at, uint32_t value, bool big)
{
	for (int i = 0; i < 4; i++)
		out[at + (size_t)i] = (uint8_t)(value >> 8 * (big ? 3 - i : i));
	return at + 4;
}

/* One frame of five bytes, of which the header says `length`. */
static size_t classic(uint8_t out[64], bool big, uint32_t link, uint32_t length)
{
	size_t at = put32(out, 0, 0xa1b2c3d4, big);

	at = put32(out, at, big ? 0x00020004 : 0x00040002, big);
	at = put32(out, at, 0, big);
	at = put32(out, at, 0, big);
	at = put32(out, at, 65535, big);
	at = put32(out, at, link, big);
	at = put32(out, at, 1, big);
	at = put32(out, at, 2, big);
	at = put32(out, at, length, big);
	at = put32(out, at, 5, big);
	memcpy(out + at, "frame", 5);
	return at + 5;
}

static size_t next_generation(uint8_t out[128], bool big, uint32_t interface, uint32_t captured)
{
	size_t at = put32(out, 0, 0x0a0d0d0a, big);

	at = put32(out, at, 28, big);
	at = put32(out, at, 0x1a2b3c4d, big);
	at = put32(out, at, big ? 0x00010000 : 0x00000001, big);
	at = put32(out, at, 0xffffffff, big);
	at = put32(out, at, 0xffffffff, big);
	at = put32(out, at, 28, big);
	at = put32(out, at, 1, big);
	at = put32(out, at, 20, big);
	at = put32(out, at, big ? 1u << 16 : 1, big);
	at = put32(out, at, 65535, big);
	at = put32(out, at, 20, big);
	at = put32(out, at, 6, big);
	at = put32(out, at, 40, big);
	at = put32(out, at, interface, big);
	at = put32(out, at, 0, big);
	at = put32(out, at, 0, big);
	at = put32(out, at, captured, big);
	at = put32(out, at, 5, big);
	memcpy(out + at, "frame\0\0\0", 8);
	return put32(out, at + 8, 40, big);
}

static int read(const uint8_t *bytes, size_t length, size_t frames)
{
	struct pcap_frames out = { 0 };
	struct error error;
	int err = pcap_read(bytes, length, 16, &out, &error);

	cr_expect_eq(out.list.count, err ? 0 : frames);
	if (!err && frames)
		cr_expect(out.list.items[0].length == 5 &&
			  !memcmp(out.list.items[0].bytes, "frame", 5));
	vec_free(&out.list);
	return err;
}

Test(pcap, reads_both_formats_in_both_orders)
{
	uint8_t bytes[128];

	for (int big = 0; big < 2; big++) {
		cr_expect_eq(read(bytes, classic(bytes, big, 1, 5), 1), 0);
		cr_expect_eq(read(bytes, next_generation(bytes, big, 0, 5), 1), 0);
	}
}

Test(pcap, refuses_what_is_no_capture_of_ethernet)
{
	uint8_t bytes[128];

	cr_expect_eq(read((const uint8_t *)"", 0, 0), -EINVAL);
	cr_expect_eq(read((const uint8_t *)"nonsense", 8, 0), -EINVAL);
	cr_expect_eq(read(bytes, classic(bytes, false, 113, 5), 0), -EINVAL);
}

Test(pcap, trusts_no_length)
{
	static const uint32_t lengths[] = { 9, 0x7fffffff, 0xffffffff };
	uint8_t bytes[128];

	for (size_t i = 0; i < 3; i++) {
		cr_expect_eq(read(bytes, classic(bytes, false, 1, lengths[i]), 0), -EINVAL);
		cr_expect_eq(read(bytes, next_generation(bytes, false, 0, lengths[i]), 0), -EINVAL);
		cr_expect_eq(read(bytes, next_generation(bytes, false, lengths[i], 5), 0), -EINVAL);
	}
}

Test(pcap, refuses_every_capture_that_is_cut_off)
{
	uint8_t bytes[128];
	size_t length = classic(bytes, false, 1, 5);

	for (size_t cut = 0; cut < length; cut++)
		cr_expect_eq(read(bytes, cut, 0), cut == 24 ? 0 : -EINVAL, "%zu", cut);
	length = next_generation(bytes, false, 0, 5);
	for (size_t cut = 0; cut < length; cut++)
		cr_expect_eq(read(bytes, cut, 0), cut == 28 || cut == 48 ? 0 : -EINVAL, "%zu", cut);
}
