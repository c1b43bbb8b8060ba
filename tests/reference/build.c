/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "build.h"

void put(struct bytes *b, const void *from, unsigned length)
{
	if (b->length + length > sizeof(b->at))
		length = (unsigned)sizeof(b->at) - b->length;
	memcpy(b->at + b->length, from, length);
	b->length += length;
}

void put8(struct bytes *b, unsigned value)
{
	uint8_t byte = (uint8_t)value;

	put(b, &byte, 1);
}

void put16(struct bytes *b, unsigned value)
{
	put8(b, value >> 8);
	put8(b, value);
}

void put32(struct bytes *b, uint32_t value)
{
	put16(b, value >> 16);
	put16(b, value);
}

void put_zeros(struct bytes *b, unsigned length)
{
	while (length--)
		put8(b, 0);
}

void put_address(struct bytes *b, struct ref_address address)
{
	if (ref_is_ipv4(address))
		put(b, address.b + 12, 4);
	else
		put(b, address.b, 16);
}

static ref_vlan on_the_wire(const struct ref_link *l, const struct place *place)
{
	for (unsigned i = 0; place->side == WARD_IT && i < l->map_count; i++)
		if (l->map[i].clinical == place->vlan)
			return l->map[i].it;
	return place->vlan;
}

void put_ethernet(struct random *r, const struct ref_policy *policy, const struct place *place,
		  unsigned ethertype, struct bytes *out, int *port)
{
	const struct ref_link *l = &policy->links[place->link];
	ref_vlan vlan = on_the_wire(l, place);
	bool hairpin = !strcmp(l->clinical, l->it);

	*port = 2 * (int)place->link + (hairpin ? 0 : place->side);
	put(out, place->destination, 6);
	put(out, place->source, 6);
	if (vlan > 0xffff) {
		put16(out, 0x88a8);
		put16(out, vlan >> 16);
	}
	if (vlan || random_percent(r, 2)) {
		put16(out, 0x8100);
		put16(out, (vlan & 0xfff) | random_below(r, 8) << 13);
	}
	put16(out, ethertype);
}

/* Options as bytes: mostly harmless ones. */
static void put_options(struct random *r, struct bytes *b)
{
	unsigned words = random_between(r, 1, 10), start = b->length;

	while (b->length < start + words * 4) {
		switch (random_below(r, 12)) {
		case 0:
			put8(b, random_of(r, ((const uint8_t[]){ 7, 131, 137, 0 })));
			put8(b, random_below(r, 5));
			break;
		case 1:
			put8(b, 148);	/* router alert */
			put8(b, 4);
			put16(b, 0);
			break;
		case 2:
			put8(b, random_below(r, 256));
			break;
		default:
			put8(b, 1);
		}
	}
	b->length = start + words * 4;
}

static void build_ipv4(struct random *r, const struct plan *plan, struct bytes *b)
{
	struct bytes options = { 0 };
	unsigned total;

	if (!plan->plain && random_percent(r, 5))
		put_options(r, &options);
	total = 20 + options.length + plan->upper.length;
	put8(b, 0x40 | (5 + options.length / 4));
	put8(b, 0);
	put16(b, total);
	put16(b, plan->id);
	put16(b, (plan->more ? 0x2000u : random_percent(r, 30) && !plan->fragment ? 0x4000u : 0) |
			 plan->position / 8);
	put8(b, plan->hop_limit);
	put8(b, plan->protocol);
	put16(b, 0);
	put_address(b, plan->source);
	put_address(b, plan->destination);
	put(b, options.at, options.length);
}

/* One extension header; the types that may not stand there come, too, but not often. */
static unsigned put_extension(struct random *r, struct bytes *chain, unsigned previous, bool first)
{
	static const uint8_t odd[] = { 43, 51, 50, 135, 139, 253, 59, 0, 44, 2, 1 };
	unsigned type = first && random_percent(r, 30) ? 0 : random_percent(r, 70) ? 60 : 44;
	unsigned words;

	if (random_percent(r, 10))
		type = random_of(r, odd);
	words = type == 44 ? 0 : random_below(r, 3);
	chain->at[previous] = (uint8_t)type;
	previous = chain->length;
	put8(chain, 59);
	put8(chain, type == 44 ? random_below(r, 256) : words);
	put16(chain, type == 44 ? random_of(r, ((const uint16_t[]){ 0, 6 })) : 0);
	put32(chain, random_below(r, 4));
	put_zeros(chain, words * 8);
	return previous;
}

static void build_ipv6(struct random *r, const struct plan *plan, struct bytes *b)
{
	struct bytes chain = { .length = 1 };	/* byte 0: the first `next header` */
	unsigned previous = 0;
	bool odd = !plan->plain && random_percent(r, 8);

	for (unsigned i = odd ? random_between(r, 1, 8) : 0; i; i--)
		previous = put_extension(r, &chain, previous, previous == 0);
	if (plan->fragment) {
		chain.at[previous] = 44;
		previous = chain.length;
		put16(&chain, 0);
		put16(&chain, plan->position | plan->more);
		put32(&chain, plan->id);
	}
	if (odd && random_percent(r, 5))
		previous = put_extension(r, &chain, previous, false);
	chain.at[previous] = plan->protocol;
	put32(b, 0x60000000);
	put16(b, chain.length - 1 + plan->upper.length);
	put8(b, chain.at[0]);
	put8(b, plan->hop_limit);
	put_address(b, plan->source);
	put_address(b, plan->destination);
	put(b, chain.at + 1, chain.length - 1);
}

void finish_frame(const struct bytes *b, struct ref_frame *frame)
{
	frame->length = (uint16_t)b->length;
	memcpy(frame->bytes, b->at, b->length);
}

void build(struct random *r, const struct ref_policy *policy, const struct plan *plan,
	   struct ref_frame *frame, int *port)
{
	bool ipv4 = ref_is_ipv4(plan->source);
	struct bytes b = { 0 };

	put_ethernet(r, policy, &plan->place, ipv4 ? 0x0800 : 0x86dd, &b, port);
	if (ipv4)
		build_ipv4(r, plan, &b);
	else
		build_ipv6(r, plan, &b);
	put(&b, plan->upper.at, plan->upper.length);
	if (random_percent(r, 3))
		put_zeros(&b, random_below(r, 40));
	finish_frame(&b, frame);
}
