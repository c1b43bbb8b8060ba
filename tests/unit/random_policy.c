/* SPDX-License-Identifier: GPL-2.0-only */
#include "random_policy.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/text.h"

unsigned random_below(unsigned *seed, unsigned limit)
{
	/* xorshift32 (Marsaglia, 2003) */
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed % limit;
}

void random_policy_address(unsigned number, __be32 out[4])
{
	out[0] = out[1] = 0;
	if (number < 33) {
		out[2] = htonl(0xffff);
		out[3] = htonl(0xc6120000u + number);
		return;
	}
	out[0] = htonl(0x20010db8);
	out[2] = 0;
	out[3] = htonl(number - 33);
}

bool random_policy_holds(const struct model_prefix *prefix, const __be32 address[4])
{
	static const uint8_t ipv4[12] = { [10] = 0xff, [11] = 0xff };
	const uint8_t *a = (const uint8_t *)prefix->address, *b = (const uint8_t *)address;
	bool of_ipv4 = prefix->length >= 96 && !memcmp(a, ipv4, sizeof(ipv4));

	if (of_ipv4 != !memcmp(b, ipv4, sizeof(ipv4)))
		return false;
	for (unsigned bit = 0; bit < prefix->length; bit++)
		if ((a[bit / 8] ^ b[bit / 8]) & 0x80 >> bit % 8)
			return false;
	return true;
}

static void add_prefix(struct text *out, unsigned *seed)
{
	unsigned bits = random_below(seed, 4);

	if (random_below(seed, 3))
		text_add(out, "198.18.0.%u/%u", random_below(seed, 32u >> bits) << bits, 32 - bits);
	else
		text_add(out, "\"2001:db8::%x/%u\"", random_below(seed, 8u >> bits) << bits,
			 128 - bits);
}

static void add_service(struct text *out, unsigned *seed)
{
	unsigned first = 1 + random_below(seed, 15), last = first + random_below(seed, 4);

	text_add(out, "%s/%u", random_below(seed, 3) ? "tcp" : "udp", first);
	if (last > first)
		text_add(out, "-%u", last);
}

static void add_list(struct text *out, unsigned *seed, void (*add)(struct text *, unsigned *))
{
	unsigned count = 1 + random_below(seed, 3);

	text_add(out, "[");
	for (unsigned i = 0; i < count; i++) {
		text_add(out, "%s", i ? ", " : "");
		add(out, seed);
	}
	text_add(out, "]");
}

void random_policy(char out[RANDOM_POLICY_SIZE], unsigned seed)
{
	unsigned rules = 1 + random_below(&seed, 6);
	struct text text = { 0 };

	text_add(&text, "version: 1\nlinks: [{ name: ward, clinical: a0, it: b0 }]\nnetworks:\n");
	for (unsigned n = 0; n < 4; n++) {
		text_add(&text, "  n%u: ", n);
		add_list(&text, &seed, add_prefix);
		text_add(&text, "\n");
	}
	text_add(&text, "profiles:\n  p:\n    allow:\n");
	for (unsigned r = 0; r < rules; r++) {
		text_add(&text,
			 "      - { %s: n%u, services: ", random_below(&seed, 3) ? "to" : "from",
			 random_below(&seed, 4));
		add_list(&text, &seed, add_service);
		text_add(&text, " }\n");
	}
	text_add(&text, "devices:\n");
	for (unsigned d = 0; d < 2; d++)
		text_add(&text,
			 "  - { name: d-%u, mac: 02:00:00:00:00:0%u, ip: 198.18.0.%u, profile: p "
			 "}\n",
			 d, d + 1, d + 1);
	cr_assert(text.length < RANDOM_POLICY_SIZE);
	memcpy(out, text.bytes, text.length + 1);
	text_free(&text);
}
