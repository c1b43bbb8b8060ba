/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy_helper.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"

void reading_free(struct reading *reading)
{
	sources_free(&reading->sources);
	model_free(&reading->model);
	diags_free(&reading->diags);
	text_free(&reading->findings);
}

struct reading read_policy(const char *text)
{
	struct reading r = { 0 };
	struct error error;
	int err = sources_new("policy", text, strlen(text), &r.sources, &error);

	cr_assert_eq(err, 0, "%s", error.text);
	err = policy_parse(r.sources, &r.model, &r.diags);
	if (!err)
		err = policy_check(r.model, &r.diags);
	cr_assert(err == 0 || err == -EINVAL);
	cr_assert_eq(err == 0, r.diags.errors == 0);
	if (err)
		model_free(&r.model);
	diags_print(&r.diags, r.sources, &r.findings);
	return r;
}

bool refuses(const char *text, const char *finding)
{
	_cleanup_(reading_free) struct reading r = read_policy(text);

	return !r.model && strstr(r.findings.bytes, finding);
}

void built_free(struct built *b)
{
	image_free(&b->image);
	reading_free(&b->reading);
}

struct built build(const char *text)
{
	struct built b = { .reading = read_policy(text) };
	struct error error = { "" };
	uint64_t compared = 0;

	cr_assert_not_null(b.reading.model, "%s", b.reading.findings.bytes);
	cr_assert_eq(policy_compile(b.reading.model, &b.image, &error), 0, "%s", error.text);
	cr_assert_eq(policy_prove(b.reading.model, b.image, &compared, &error), 0, "%s",
		     error.text);
	return b;
}

static int by_key(const void *left, const void *right)
{
	const struct ward_rule_key *a = left, *b = right;
	uint64_t x = (uint64_t)a->profile << 40 | (uint64_t)a->opener << 32 |
		     (uint32_t)a->peer_class << 16 | a->service_class;
	uint64_t y = (uint64_t)b->profile << 40 | (uint64_t)b->opener << 32 |
		     (uint32_t)b->peer_class << 16 | b->service_class;

	return x < y ? -1 : x > y;
}

const struct image_entry *image_find(const struct image *image, uint16_t profile,
				     enum ward_side opener, uint32_t peer_class,
				     uint32_t service_class)
{
	const struct ward_rule_key key = {
		.profile = profile,
		.opener = (__u8)opener,
		.peer_class = (__u16)peer_class,
		.service_class = (__u16)service_class,
	};

	/* The key is the first member of an entry. */
	return image->entries.count ? bsearch(&key, image->entries.items, image->entries.count,
					      sizeof(*image->entries.items), by_key)
				    : NULL;
}
