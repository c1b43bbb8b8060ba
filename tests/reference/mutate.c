/* SPDX-License-Identifier: GPL-2.0-only */
/* Damage: what a faulty or hostile sender would make of a good frame. */
#include <string.h>

#include "build.h"

static void flip(struct random *r, struct ref_frame *f)
{
	unsigned limit = random_percent(r, 80) && f->length > 80 ? 80 : f->length;

	if (limit)
		f->bytes[random_below(r, limit)] ^= (uint8_t)(1 << random_below(r, 8));
}

static void set_boundary(struct random *r, struct ref_frame *f)
{
	static const uint16_t values[] = { 0, 1, 7, 8, 0x7fff, 0x8000, 0xfff8, 0xffff, 0x0600,
					   0x2000, 0x1fff, 20, 40, 67, 68, 546, 547 };
	unsigned at = 12 + random_below(r, 60), value = random_of(r, values);

	if (at + 2 > f->length)
		return;
	if (random_percent(r, 50))
		f->bytes[at] = (uint8_t)(value >> 8);
	f->bytes[at + 1] = (uint8_t)value;
}

static void truncate(struct random *r, struct ref_frame *f)
{
	unsigned length = random_below(r, f->length);

	f->length = (uint16_t)(length < 14 ? 14 : length);
}

/* Offset of the IP header, if it is one; else 0. */
static unsigned network_of(const struct ref_frame *f)
{
	for (unsigned at = 12; at <= 20 && at + 2 <= f->length; at += 4) {
		unsigned type = (unsigned)f->bytes[at] << 8 | f->bytes[at + 1];

		if (type == 0x0800 || type == 0x86dd)
			return at + 2;
		if (type != 0x8100 && type != 0x88a8)
			return 0;
	}
	return 0;
}

/* A shorter packet whose IP header knows it. */
static void shorten(struct random *r, struct ref_frame *f)
{
	unsigned ip = network_of(f), length, header;

	truncate(r, f);
	if (!ip || f->length < ip + 40)
		return;
	header = f->bytes[ip] >> 4 == 6 ? 40 : 0;
	length = f->length - ip - header;
	f->bytes[ip + (header ? 4 : 2)] = (uint8_t)(length >> 8);
	f->bytes[ip + (header ? 5 : 3)] = (uint8_t)length;
}

static void insert_tag(struct random *r, struct ref_frame *f)
{
	static const uint16_t types[] = { 0x8100, 0x8100, 0x88a8, 0x9100 };
	static const uint16_t ids[] = { 0, 1, 110, 120, 130, 210, 99, 100, 4095 };
	unsigned type = random_of(r, types), tag = random_of(r, ids) | random_below(r, 8) << 13;

	if (f->length + 4 > REF_FRAME)
		return;
	memmove(f->bytes + 16, f->bytes + 12, f->length - 12u);
	f->length += 4;
	f->bytes[12] = (uint8_t)(type >> 8);
	f->bytes[13] = (uint8_t)type;
	f->bytes[14] = (uint8_t)(tag >> 8);
	f->bytes[15] = (uint8_t)tag;
}

static void remove_tag(struct ref_frame *f)
{
	if (f->length < 18)
		return;
	memmove(f->bytes + 12, f->bytes + 16, f->length - 16u);
	f->length -= 4;
}

static void change_tag(struct random *r, struct ref_frame *f)
{
	static const uint16_t ids[] = { 0, 1, 110, 120, 130, 210, 220, 230, 240, 99, 4095 };
	unsigned id = random_of(r, ids);

	if (f->bytes[12] != 0x81)
		return;
	f->bytes[14] = (uint8_t)((f->bytes[14] & 0xf0) | id >> 8);
	f->bytes[15] = (uint8_t)id;
}

static void change_mac(struct random *r, const struct ref_policy *policy, struct ref_frame *f)
{
	unsigned device = random_below(r, policy->device_count);
	uint8_t other[6] = { 0x02, 0, 0, 0, 0x99, (uint8_t)random_below(r, 4) };

	if (random_percent(r, 10))
		other[0] = random_of(r, ((const uint8_t[]){ 1, 0xff, 0x33 }));
	if (random_percent(r, 3))
		memset(other, 0, 6);
	memcpy(f->bytes + 6 * random_below(r, 2),
	       random_percent(r, 50) ? policy->devices[device].mac : other, 6);
}

static void change_address(struct random *r, const struct ref_policy *policy,
			   struct ref_frame *f)
{
	static const uint8_t odd[][4] = { { 0, 0, 0, 0 }, { 127, 0, 0, 1 }, { 255, 255, 255, 255 },
					  { 224, 0, 0, 5 }, { 240, 0, 0, 1 }, { 0, 1, 2, 3 } };
	const struct ref_device *d = &policy->devices[random_below(r, policy->device_count)];
	unsigned ip = network_of(f), end = random_below(r, 2);
	struct ref_address a = some_peer(r, random_percent(r, 50));

	if (!ip || f->length < ip + 40)
		return;
	if (d->count && random_percent(r, 50))
		a = d->addresses[random_below(r, d->count)];
	if (f->bytes[ip] >> 4 == 4) {
		memcpy(f->bytes + ip + 12 + 4 * end,
		       ref_is_ipv4(a) ? a.b + 12 : random_of(r, odd), 4);
		return;
	}
	if (random_percent(r, 20)) {
		memset(&a, 0, 16);
		a.b[0] = random_of(r, ((const uint8_t[]){ 0, 0, 0xff, 0xff, 0xfe }));
		a.b[1] = (uint8_t)random_below(r, 8);
		a.b[15] = (uint8_t)random_below(r, 3);
	}
	memcpy(f->bytes + ip + 8 + 16 * end, a.b, 16);	/* a mapped one may come, too */
}

void mutate(struct random *r, const struct ref_policy *policy, struct ref_frame *f, int *port)
{
	for (unsigned i = random_percent(r, 80) ? 1 : 2; i; i--) {
		switch (random_below(r, 12)) {
		case 0:
		case 1:
			flip(r, f);
			break;
		case 2:
			set_boundary(r, f);
			break;
		case 3:
			truncate(r, f);
			break;
		case 4:
		case 5:
			shorten(r, f);
			break;
		case 6:
			random_percent(r, 30) ? remove_tag(f) : insert_tag(r, f);
			break;
		case 7:
			change_tag(r, f);
			break;
		case 8:
			change_mac(r, policy, f);
			break;
		case 9:
			change_address(r, policy, f);
			break;
		case 10:
			*port = (int)random_below(r, policy->link_count * 2);
			break;
		default:
			*port = random_percent(r, 10) ? -1 : *port ^ 1;
		}
	}
}
