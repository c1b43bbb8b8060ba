/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/image.h"

#include <stdbool.h>
#include <stdlib.h>

#include "policy/address.h"

void image_free(struct image **image)
{
	if (!*image)
		return;
	vec_free(&(*image)->ports);
	vec_free(&(*image)->rules);
	vec_free(&(*image)->devices);
	vec_free(&(*image)->addresses);
	vec_free(&(*image)->vlans);
	vec_free(&(*image)->stacks);
	vec_free(&(*image)->vlan_maps);
	vec_free(&(*image)->ethertypes);
	vec_free(&(*image)->link_addresses);
	vec_free(&(*image)->profiles);
	vec_free(&(*image)->hosts);
	vec_free(&(*image)->prefixes);
	free((*image)->services);
	vec_free(&(*image)->entries);
	vec_free(&(*image)->steps);
	vec_free(&(*image)->schedules);
	vec_free(&(*image)->offsets);
	free(*image);
	*image = NULL;
}

static int by_address_and_length(const struct ward_prefix_key *a, const struct ward_prefix_key *b)
{
	int order = address_compare(a->address, b->address);

	return order ? order : a->length < b->length ? -1 : a->length > b->length;
}

/* The last entry that does not come after `key`, or NULL. */
static const struct image_prefix *last_before(const struct image_prefix *sorted, size_t count,
					      const struct ward_prefix_key *key)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_address_and_length(&sorted[middle].key, key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &sorted[low - 1] : NULL;
}

/*
 * The longest prefix wins, as in the kernel's trie. What covers the address comes before it in the
 * order, and covers all that stands between: so the bits that the address shares with its neighbour
 * bound the length, and the next look is for a prefix of no more.
 */
uint32_t image_peer_class(const struct image *image, const __be32 address[4])
{
	struct ward_prefix_key key = { .length = ADDRESS_BITS };
	const struct image_prefix *found;

	memcpy(key.address, address, sizeof(key.address));
	found = last_before(image->hosts.items, image->hosts.count, &key);
	if (found && !by_address_and_length(&found->key, &key))
		return found->peer_class;
	for (;;) {
		found = last_before(image->prefixes.items, image->prefixes.count, &key);
		if (!found)
			return 0;
		key.length = address_common(found->key.address, address);
		if (key.length >= found->key.length)
			return found->peer_class;
		address_mask(key.address, key.length);
	}
}

uint32_t image_service_class(const struct image *image, enum protocol protocol, uint16_t port)
{
	static const uint32_t first[PROTOCOLS] = {
		WARD_SERVICE_LINES_TCP,	 WARD_SERVICE_LINES_UDP,    WARD_SERVICE_LINES_SCTP,
		WARD_SERVICE_LINES_ICMP, WARD_SERVICE_LINES_ICMPV6, WARD_SERVICE_LINES_IGMP,
	};

	return image->services[first[protocol] + port / WARD_PORTS_A_LINE]
		.class[port % WARD_PORTS_A_LINE];
}

static bool is_behind_last(const struct image *image, size_t first, size_t position)
{
	if (position >= WARD_CHAIN_STEPS || first + position >= image->steps.count)
		return true;
	for (size_t i = first; i < first + position; i++)
		if (image->steps.items[i].flags & WARD_RULE_LAST)
			return true;
	return false;
}

uint32_t image_step(const struct image *image, const struct image_entry *entry, size_t position,
		    uint32_t *flags)
{
	if (!(entry->flags & WARD_RULE_CHAIN)) {
		*flags = position ? 0 : entry->flags;
		return position ? UINT32_MAX : entry->rule;
	}
	if (is_behind_last(image, entry->rule, position))
		return UINT32_MAX;
	*flags = image->steps.items[entry->rule + position].flags;
	return image->steps.items[entry->rule + position].rule;
}
