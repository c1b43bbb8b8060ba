/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/flatten.h"

#include <arpa/inet.h>
#include <errno.h>

#include "policy/address.h"

static bool is_ipv4(const struct model_prefix *prefix)
{
	return address_prefix_is_ipv4(prefix->address, prefix->length);
}

static int by_prefix(const void *left, const void *right)
{
	const struct model_prefix *a = left, *b = right;
	int order = (int)is_ipv4(b) - (int)is_ipv4(a);

	order = order ? order : address_compare(a->address, b->address);
	return order ? order : (int)a->length - (int)b->length;
}

static bool covers(const struct model_prefix *outer, const struct model_prefix *inner)
{
	return outer->length <= inner->length && is_ipv4(outer) == is_ipv4(inner) &&
	       address_common(outer->address, inner->address) >= outer->length;
}

static void sort_and_drop_inner(model_prefixes *list)
{
	size_t kept = 0;

	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), by_prefix);
	for (size_t i = 0; i < list->count; i++)
		if (!kept || !covers(&list->items[kept - 1], &list->items[i]))
			list->items[kept++] = list->items[i];
	list->count = kept;
}

static bool bit_of(const __be32 address[4], unsigned bit)
{
	return ntohl(address[bit / 32]) >> (31 - bit % 32) & 1;
}

/* Whether the two are the halves of a prefix. Hosts are not joined: see model_network. */
static bool are_halves(const struct model_prefix *low, const struct model_prefix *high)
{
	unsigned shortest = is_ipv4(high) ? ADDRESS_IPV4_BITS : 0;

	return low->length == high->length && low->length > shortest &&
	       low->length < ADDRESS_BITS && is_ipv4(low) == is_ipv4(high) &&
	       address_common(low->address, high->address) == high->length - 1u;
}

struct flattening {
	model_prefixes *out;
	size_t most;
};

/* They come in order, so the half that is missing is the last one or not there at all. */
static int add(struct flattening *f, const struct model_prefix *prefix)
{
	struct model_prefix *last, joined = *prefix;

	for (; f->out->count; f->out->count--) {
		last = &f->out->items[f->out->count - 1];
		if (!are_halves(last, &joined))
			break;
		joined = *last;
		joined.length--;
	}
	if (f->out->count == f->most)
		return -E2BIG;
	last = vec_add(f->out);
	if (!last)
		return -ENOMEM;
	*last = joined;
	return 0;
}

/* `except` are all inside `whole`, sorted, none in another. */
static int cut(struct flattening *f, const struct model_prefix *whole, bool ipv4,
	       const struct model_prefix *except, size_t count)
{
	struct model_prefix half = *whole;
	size_t low = 0, high = count;
	int err;

	/* Half of a prefix of IPv6 may be where IPv4 is: it was not meant, and holds nothing. */
	if (!count)
		return is_ipv4(whole) == ipv4 ? add(f, whole) : 0;
	if (except->length <= whole->length)
		return 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (bit_of(except[middle].address, whole->length))
			high = middle;
		else
			low = middle + 1;
	}
	half.length++;
	err = cut(f, &half, ipv4, except, low);
	if (err)
		return err;
	half.address[whole->length / 32] |= htonl(1u << (31 - whole->length % 32));
	return cut(f, &half, ipv4, except + low, count - low);
}

int flatten(model_prefixes *items, model_prefixes *except, size_t most, model_prefixes *out)
{
	struct flattening f = { out, most };
	size_t at = 0;

	sort_and_drop_inner(items);
	sort_and_drop_inner(except);
	for (size_t i = 0; i < items->count; i++) {
		const struct model_prefix *item = &items->items[i];
		size_t end;
		int err;

		while (at < except->count && by_prefix(&except->items[at], item) < 0 &&
		       !covers(&except->items[at], item))
			at++;
		for (end = at; end < except->count && covers(item, &except->items[end]); end++)
			;
		if (at < except->count && covers(&except->items[at], item))
			continue;
		err = cut(&f, item, is_ipv4(item), end > at ? &except->items[at] : NULL, end - at);
		if (err)
			return err;
	}
	return 0;
}
