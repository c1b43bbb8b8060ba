/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which points each network holds, read from what it names and excepts: evaluate_peer() for all
 * points at once. Every border of a prefix is a point, so a prefix is a span of them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "policy/prove_points.h"

struct reading {
	const struct model *model;
	const points *points;
	struct span ipv4;
	struct point_spans *networks; /* by network */
};

static size_t first_not_before(const points *p, const __be32 address[4])
{
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(p->items[middle].value, address, 16) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct span span_of(const points *p, const struct model_prefix *prefix)
{
	__be32 last[4];
	struct span span;

	for (unsigned word = 0; word < 4; word++) {
		unsigned bits = prefix->length > 32 * word ? prefix->length - 32 * word : 0;

		last[word] = prefix->address[word] | htonl(bits >= 32 ? 0 : UINT32_MAX >> bits);
	}
	span.first = first_not_before(p, prefix->address);
	span.end = first_not_before(p, last);
	if (span.end < p->count && !memcmp(p->items[span.end].value, last, sizeof(last)))
		span.end++;
	return span;
}

static int add_span(struct point_spans *out, size_t first, size_t end)
{
	struct span *span;

	if (first >= end)
		return 0;
	span = vec_add(out);
	if (!span)
		return -ENOMEM;
	*span = (struct span){ first, end };
	return 0;
}

/* Prefixes of IPv6 go around the points of IPv4. */
static int add_prefix(const struct reading *r, const struct model_prefix *prefix,
		      struct point_spans *out)
{
	struct span span = span_of(r->points, prefix);

	if (span.first >= r->ipv4.first && span.end <= r->ipv4.end)
		return add_span(out, span.first, span.end);
	if (span.end <= r->ipv4.first || span.first >= r->ipv4.end)
		return add_span(out, span.first, span.end);
	return add_span(out, span.first, r->ipv4.first) ?: add_span(out, r->ipv4.end, span.end);
}

static int by_first(const void *left, const void *right)
{
	const struct span *a = left, *b = right;

	return a->first < b->first ? -1 : a->first > b->first;
}

static void sort_and_merge(struct point_spans *spans)
{
	size_t kept = 0;

	if (spans->count)
		qsort(spans->items, spans->count, sizeof(*spans->items), by_first);
	for (size_t i = 0; i < spans->count; i++) {
		struct span *last = kept ? &spans->items[kept - 1] : NULL;

		if (!last || last->end < spans->items[i].first)
			spans->items[kept++] = spans->items[i];
		else if (last->end < spans->items[i].end)
			last->end = spans->items[i].end;
	}
	spans->count = kept;
}

static int read_network(struct reading *r, uint32_t n);

static int read_items(struct reading *r, const model_network_items *items, struct point_spans *out)
{
	int err = 0;

	for (size_t i = 0; !err && i < items->count; i++) {
		const struct model_network_item *item = &items->items[i];
		const struct point_spans *named = &r->networks[item->network];

		if (!item->word.text) {
			err = add_prefix(r, &item->prefix, out);
			continue;
		}
		err = read_network(r, item->network);
		for (size_t s = 0; !err && s < named->count; s++)
			err = add_span(out, named->items[s].first, named->items[s].end);
	}
	sort_and_merge(out);
	return err;
}

static int take_out(const struct point_spans *from, const struct point_spans *except,
		    struct point_spans *out)
{
	size_t at = 0;
	int err = 0;

	for (size_t i = 0; i < from->count; i++) {
		size_t first = from->items[i].first, end = from->items[i].end;

		while (at < except->count && except->items[at].end <= first)
			at++;
		for (size_t e = at; !err && e < except->count && except->items[e].first < end;
		     e++) {
			err = add_span(out, first, except->items[e].first);
			first = except->items[e].end;
		}
		err = err ?: add_span(out, first, end);
	}
	return err;
}

static int read_network(struct reading *r, uint32_t n)
{
	const struct model_network *network = &r->model->networks.items[n];
	struct point_spans items = { 0 }, except = { 0 };
	int err;

	if (r->networks[n].known)
		return 0;
	err = read_items(r, &network->items, &items) ?:
	      read_items(r, &network->except, &except) ?:
	      take_out(&items, &except, &r->networks[n]);
	r->networks[n].known = true;
	vec_free(&items);
	vec_free(&except);
	return err;
}

int prove_networks_of(const struct model *model, const points *addresses, struct point_spans *out)
{
	const struct model_prefix ipv4 = { { 0, 0, htonl(0xffff), 0 }, 96, { 0 } };
	struct reading r = { model, addresses, span_of(addresses, &ipv4), out };
	int err = 0;

	for (size_t n = 0; !err && n < model->networks.count; n++)
		err = read_network(&r, (uint32_t)n);
	return err;
}

size_t prove_span_of(const struct point_spans *spans, size_t point)
{
	size_t low = 0, high = spans->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (spans->items[middle].end <= point)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
