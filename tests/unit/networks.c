/* SPDX-License-Identifier: GPL-2.0-only */
/* Networks of names and exceptions: what check() makes of them, and what proof and image say. */
#include <arpa/inet.h>
#include <criterion/criterion.h>

#include "base/clock.h"
#include "base/own.h"
#include "policy/address.h"
#include "policy/evaluate.h"
#include "policy/flatten.h"
#include "policy/print.h"
#include "policy_helper.h"

#define HEAD "version: 1\nlinks: [ { name: ward, clinical: a0, it: b0 } ]\n"

static char *prefixes_of(const struct model_network *network)
{
	struct model_network flat = { .name.text = "n" };
	struct text out = { 0 };

	for (size_t i = 0; i < network->prefixes.count; i++) {
		struct model_network_item *item = vec_add(&flat.items);

		item->prefix = network->prefixes.items[i];
	}
	print_network(&flat, &out);
	vec_free(&flat.items);
	return out.bytes;
}

/* Of the last network of the mapping. */
static char *flat(const char *networks)
{
	_cleanup_(text_free) struct text text = { 0 };
	_cleanup_(reading_free) struct reading r = { 0 };

	text_add(&text, HEAD "networks: %s\n", networks);
	r = read_policy(text.bytes);
	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	return prefixes_of(&r.model->networks.items[r.model->networks.count - 1]);
}

static void is_flat(const char *networks, const char *expected)
{
	_cleanup_free_ char *is = flat(networks);
	_cleanup_(text_free) struct text line = { 0 };

	text_add(&line, "  n: [%s]\n", expected);
	cr_expect_str_eq(is, line.bytes);
}

Test(networks, are_sorted_without_what_is_in_another)
{
	is_flat("{ n: [\"2001:db8::/32\", 10.1.0.0/16, 10.0.0.1, 10.0.0.0/24, 10.1.2.3, 10.0.0.1] "
		"}",
		"10.0.0.0/24, 10.1.0.0/16, 2001:db8::/32");
}

Test(networks, join_halves_but_no_hosts)
{
	is_flat("{ n: [10.0.0.0/25, 10.0.0.128/25, 10.0.1.0/24, 10.0.3.0/24] }",
		"10.0.0.0/23, 10.0.3.0/24");
	is_flat("{ n: [10.0.0.4, 10.0.0.5] }", "10.0.0.4, 10.0.0.5");
	is_flat("{ n: [0.0.0.0/1, 128.0.0.0/1, \"::/1\", \"8000::/1\"] }", "0.0.0.0/0, \"::/0\"");
}

Test(networks, name_others_before_and_behind_them)
{
	is_flat("{ a: [b, 10.0.0.1], b: [10.0.0.2], n: [a, 10.0.0.3] }",
		"10.0.0.1, 10.0.0.2, 10.0.0.3");
	is_flat("{ a: { addresses: [10.0.0.0/30], except: [b] }, b: [10.0.0.2], n: [a] }",
		"10.0.0.0/31, 10.0.0.3");
}

Test(networks, take_exceptions_out)
{
	is_flat("{ n: { addresses: [10.0.0.0/29], except: [10.0.0.3] } }",
		"10.0.0.0/31, 10.0.0.2, 10.0.0.4/30");
	is_flat("{ n: { addresses: [10.0.0.0/24, 10.0.2.0/24], except: [10.0.0.0/25, 10.0.2.0/23] "
		"} }",
		"10.0.0.128/25");
	is_flat("{ n: { addresses: [10.0.0.1], except: [192.0.2.0/24] } }", "10.0.0.1");
	is_flat("{ n: { addresses: [10.0.0.1], except: [] } }", "10.0.0.1");
	/* What is excepted from an exception is back. */
	is_flat("{ x: { addresses: [10.0.0.0/24], except: [10.0.0.7] },"
		" n: { addresses: [10.0.0.0/16], except: [x, 10.0.128.0/17, 10.0.64.0/18,"
		" 10.0.32.0/19, 10.0.16.0/20, 10.0.8.0/21, 10.0.4.0/22, 10.0.2.0/23, 10.0.1.0/24] "
		"} }",
		"10.0.0.7");
}

Test(networks, keep_the_families_apart)
{
	is_flat("{ n: { addresses: [\"::/0\", 10.0.0.0/8], except: [0.0.0.0/0] } }", "\"::/0\"");
	is_flat("{ n: { addresses: [\"::/0\", 10.0.0.0/8], except: [\"::/0\"] } }", "10.0.0.0/8");
	/* The other half of ::fffe:0:0/95 is where IPv4 is. */
	is_flat("{ n: { addresses: [\"::fffe:0:0/95\", 10.0.0.1], except: [\"::fffe:0:0/97\"] } }",
		"10.0.0.1, \"::fffe:8000:0/97\"");
}

Test(networks, refuse_circles_with_both_places)
{
	cr_expect(refuses(HEAD "networks:\n  a: [b]\n  b: [10.0.0.1, c]\n  c: [b]\n",
			  "policy:6:7: error[E080]: the network 'b' leads back to itself\n"));
	cr_expect(
		refuses(HEAD "networks:\n  a: [b]\n  b: [10.0.0.1, c]\n  c: [b]\n", "b -> c -> b"));
	cr_expect(refuses(HEAD "networks:\n  a: [b]\n  b: [10.0.0.1, c]\n  c: [b]\n",
			  "policy:5:17: note: the circle begins here"));
	cr_expect(refuses(HEAD "networks:\n  a: { addresses: [10.0.0.0/8], except: [a] }\n",
			  "a -> a"));
}

Test(networks, refuse_what_is_all_excepted)
{
	cr_expect(refuses(HEAD "networks:\n  a: { addresses: [10.0.0.0/8], except: [b] }\n"
			       "  b: [10.0.0.0/9, 10.128.0.0/9]\n",
			  "the network 'a' holds no address"));
	cr_expect(refuses(HEAD "networks:\n  a: { addresses: [\"::fffe:0:0/95\"], "
			       "except: [\"::fffe:0:0/96\"] }\n",
			  "the network 'a' holds no address"));
	cr_expect(refuses(HEAD "networks:\n  a: { except: [10.0.0.1] }\n",
			  "a network needs the key 'addresses'"));
}

Test(networks, refuse_names_of_nothing)
{
	cr_expect(refuses(HEAD "networks: { pacs: [10.0.0.1], a: [pasc] }\n",
			  "did you mean 'pacs'?"));
	cr_expect(refuses(HEAD "networks: { a: { addresses: [10.0.0.1], except: [x] } }\n",
			  "unknown network 'x'"));
	cr_expect(refuses(HEAD "networks: { a: [10.0.0] }\n", "'10.0.0' is not an IP address"));
}

static struct reading read_text(const struct text *text)
{
	struct reading r = read_policy(text->bytes);

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	return r;
}

Test(networks, refuse_names_that_go_on_for_ever)
{
	_cleanup_(text_free) struct text deep = { 0 }, wide = { 0 };

	text_add(&deep, HEAD "networks:\n  n0: [10.0.0.1]\n");
	for (int i = 1; i <= MODEL_MAX_NESTING; i++)
		text_add(&deep, "  n%d: [n%d]\n", i, i - 1);
	cr_expect_not(refuses(deep.bytes, "more than 32 networks"));
	text_add(&wide, HEAD "networks:\n  n0: [10.0.0.1]\n");
	for (int i = 1; i < MODEL_MAX_NESTING; i++)
		text_add(&wide, "  n%d: [n%d, n%d]\n", i, i - 1, i - 1);
	cr_expect(refuses(wide.bytes, "come to more than 4000000 addresses"));
	text_free(&deep);
	text_add(&deep, HEAD "networks:\n");
	for (int i = 0; i <= MODEL_MAX_NESTING; i++)
		text_add(&deep, "  n%d: [n%d]\n", i, i + 1);
	text_add(&deep, "  n%d: [10.0.0.1]\n", MODEL_MAX_NESTING + 1);
	cr_expect(refuses(deep.bytes, "more than 32 networks that lead to each other"));
}

Test(networks, refuse_more_prefixes_than_the_limit)
{
	_cleanup_(text_free) struct text text = { 0 };

	text_add(&text, HEAD "networks:\n  n:\n    addresses: [\"::/0\"]\n    except:\n");
	for (int i = 0; i < 2000; i++)
		text_add(&text, "      - 2001:db8:%x::1\n", i);
	cr_expect(refuses(text.bytes, "comes to more than 100000 prefixes"));
}

static uint32_t draw(unsigned *seed, uint32_t below)
{
	return (uint32_t)rand_r(seed) % below;
}

static void draw_item(unsigned *seed, struct text *out)
{
	if (draw(seed, 5)) {
		unsigned free_bits = draw(seed, 11);

		text_add(out, "10.0.%u.%u/%u",
			 draw(seed, 4) & ~0u << (free_bits > 8 ? free_bits - 8 : 0),
			 free_bits >= 8 ? 0 : draw(seed, 256) & ~0u << free_bits & 255,
			 32 - free_bits);
	} else {
		unsigned free_bits = 112 + draw(seed, 17);

		text_add(out, "\"%x::/%u\"",
			 draw(seed, 0x10000) & ~0u << (free_bits - 112) & 0xffff, 128 - free_bits);
	}
}

/* Names of earlier networks only: circles are another test's. */
static void draw_policy(unsigned *seed, struct text *out)
{
	text_add(out, HEAD "networks:\n  all: [0.0.0.0/0, \"::/0\"]\n");
	for (unsigned n = 0; n < 6; n++) {
		text_add(out, "  n%u:\n", n);
		for (int except = 0; except < 2; except++) {
			text_add(out, "    %s: [%s", except ? "except" : "addresses",
				 except ? "" : "192.0.2.0/30");
			for (unsigned i = 0, count = draw(seed, 5); i < count; i++) {
				text_add(out, "%s", i || !except ? ", " : "");
				if (n && !draw(seed, 3))
					text_add(out, "n%u", draw(seed, n));
				else
					draw_item(seed, out);
			}
			text_add(out, "]\n");
		}
	}
	text_add(out, "profiles:\n  p:\n    allow:\n");
	for (unsigned n = 0; n < 6; n++)
		text_add(out, "      - { to: n%u, services: [tcp/%u-9] }\n", n, n + 1);
}

static void draw_address(unsigned *seed, __be32 out[4])
{
	if (draw(seed, 3)) {
		address_from_ipv4(out, htonl(0x0a000000 + draw(seed, 0x500)));
	} else {
		memset(out, 0, 16);
		out[0] = htonl(draw(seed, 0x10000) << 16);
	}
}

static bool in_prefixes(const struct model_network *network, const __be32 address[4])
{
	for (size_t i = 0; i < network->prefixes.count; i++) {
		const struct model_prefix *p = &network->prefixes.items[i];

		if (address_prefix_is_ipv4(p->address, p->length) == address_is_ipv4(address) &&
		    address_common(p->address, address) >= p->length)
			return true;
	}
	return false;
}

/* Of one policy: what check() flattened, what the image says, and what is written. */
static void agree(const struct model *model, unsigned *seed)
{
	_cleanup_(image_free) struct image *image = NULL;
	const struct model_profile *profile = &model->profiles.items[0];
	struct error error = { "" };
	uint64_t compared;

	cr_assert_eq(policy_compile(model, &image, &error), 0, "%s", error.text);
	cr_assert_eq(policy_prove(model, image, &compared, &error), 0, "%s", error.text);
	for (int i = 0; i < 500; i++) {
		uint16_t port = (uint16_t)(1 + draw(seed, 9));
		const struct image_entry *entry;
		const struct model_rule *meant;
		__be32 address[4];

		draw_address(seed, address);
		meant = evaluate(model, profile, WARD_CLINICAL, address, PROTOCOL_TCP, port);
		entry = image_find(image, 0, WARD_CLINICAL, image_peer_class(image, address),
				   image_service_class(image, PROTOCOL_TCP, port));
		cr_assert_eq(entry && entry->rule != UINT32_MAX
				     ? &profile->rules.items[image->rules.items[entry->rule].rule]
				     : NULL,
			     meant);
		for (size_t r = 0; r < profile->rules.count; r++)
			cr_assert_eq(evaluate_peer(model, &profile->rules.items[r], address),
				     in_prefixes(&model->networks.items[r + 1], address));
	}
}

/* The exceptions of some take all of it: those are refused, and another is drawn. */
Test(networks, mean_what_is_written_at_random, .timeout = 60)
{
	unsigned seed = 7, good = 0;

	while (good < 200) {
		_cleanup_(text_free) struct text text = { 0 };
		_cleanup_(reading_free) struct reading r = { 0 };

		draw_policy(&seed, &text);
		r = read_policy(text.bytes);
		if (!r.model) {
			cr_assert_not_null(strstr(r.findings.bytes, "holds no address"), "%s",
					   r.findings.bytes);
			continue;
		}
		agree(r.model, &seed);
		good++;
	}
}

/* What a wrong flattening would make is caught before it is published. */
Test(networks, are_proved_against_what_is_written)
{
	unsigned seed = 3;

	for (int turn = 0; turn < 50; turn++) {
		_cleanup_(text_free) struct text text = { 0 };
		_cleanup_(reading_free) struct reading r = { 0 };

		draw_policy(&seed, &text);
		r = read_policy(text.bytes);
		if (!r.model)
			continue;
		for (size_t n = 1; n < r.model->networks.count; n++) {
			model_prefixes *p = &r.model->networks.items[n].prefixes;
			size_t at = draw(&seed, (uint32_t)p->count);
			struct model_prefix kept = p->items[at];
			_cleanup_(image_free) struct image *image = NULL;
			struct error error = { "" };
			uint64_t compared;

			if (kept.length == (address_is_ipv4(kept.address) ? 96 : 0))
				continue;
			/* One prefix is twice as large. */
			p->items[at].length--;
			address_mask(p->items[at].address, p->items[at].length);
			cr_assert_eq(policy_compile(r.model, &image, &error), 0);
			if (policy_prove(r.model, image, &compared, &error) == 0) {
				/* Fine only if what came in with it is decided by an earlier rule.
				 */
				for (size_t i = 0; i < 2000; i++) {
					__be32 address[4];

					draw_address(&seed, address);
					cr_assert(
						evaluate(r.model, &r.model->profiles.items[0],
							 WARD_CLINICAL, address, PROTOCOL_TCP,
							 (uint16_t)n) ||
						!in_prefixes(&r.model->networks.items[n], address));
				}
			}
			p->items[at] = kept;
		}
	}
}

Test(networks, of_10_000_prefixes_and_1_000_exceptions_are_quick)
{
	_cleanup_(text_free) struct text text = { 0 };
	_cleanup_(reading_free) struct reading r = { 0 };
	model_prefixes items = { 0 }, except = { 0 }, out = { 0 };
	uint64_t start;

	text_add(&text, HEAD "networks:\n  n:\n    addresses:\n");
	for (int i = 0; i < 10000; i++)
		text_add(&text, "      - 10.%d.%d.0/25\n", i / 256, i % 256);
	text_add(&text, "    except:\n");
	for (int i = 0; i < 1000; i++)
		text_add(&text, "      - 10.%d.%d.%d\n", i % 40, i % 250, i % 128);
	r = read_text(&text);
	start = clock_read(CLOCK_PROCESS_CPUTIME_ID);
	for (size_t i = 0; i < r.model->networks.items[0].items.count; i++)
		*vec_add(&items) = r.model->networks.items[0].items.items[i].prefix;
	for (size_t i = 0; i < r.model->networks.items[0].except.count; i++)
		*vec_add(&except) = r.model->networks.items[0].except.items[i].prefix;
	cr_assert_eq(flatten(&items, &except, MODEL_MAX_PREFIXES, &out), 0);
	cr_expect_lt(clock_read(CLOCK_PROCESS_CPUTIME_ID) - start, 100000000);
	cr_expect_eq(out.count, r.model->networks.items[0].prefixes.count);
	vec_free(&items);
	vec_free(&except);
	vec_free(&out);
}
