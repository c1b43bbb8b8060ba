/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/image.h"

#include <arpa/inet.h>
#include <stdlib.h>

void image_free(struct image **image)
{
	if (!*image)
		return;
	vec_free(&(*image)->ports);
	vec_free(&(*image)->rules);
	vec_free(&(*image)->devices);
	vec_free(&(*image)->vlans);
	vec_free(&(*image)->restricted_links);
	vec_free(&(*image)->profiles);
	vec_free(&(*image)->hosts);
	vec_free(&(*image)->prefixes);
	free((*image)->services);
	vec_free(&(*image)->entries);
	free(*image);
	*image = NULL;
}

static int by_address_and_length(const void *left, const void *right)
{
	const struct image_prefix *a = left, *b = right;
	uint32_t x = ntohl(a->key.address), y = ntohl(b->key.address);

	if (x != y)
		return x < y ? -1 : 1;
	return a->key.length < b->key.length ? -1 : a->key.length > b->key.length;
}

uint32_t image_peer_class(const struct image *image, __be32 address)
{
	struct image_prefix want = { .key = { 32, address } }, *found = NULL;

	if (image->hosts.count)
		found = bsearch(&want, image->hosts.items, image->hosts.count, sizeof(want),
				by_address_and_length);
	/* The longest prefix wins, as in the kernel's trie. */
	for (uint32_t length = 32; !found && image->prefixes.count && length-- > 0;) {
		uint32_t mask = length ? ~0u << (32 - length) : 0;

		want.key = (struct ward_prefix_key){ length, address & htonl(mask) };
		found = bsearch(&want, image->prefixes.items, image->prefixes.count, sizeof(want),
				by_address_and_length);
	}
	return found ? found->peer_class : 0;
}

uint32_t image_service_class(const struct image *image, enum protocol protocol, uint16_t port)
{
	uint32_t line = port / WARD_PORTS_A_LINE;

	if (protocol == PROTOCOL_ICMP_ECHO)
		return image->services[WARD_SERVICE_LINES_ICMP].class[WARD_ICMP_ECHO_PLACE];
	if (protocol == PROTOCOL_UDP)
		line += WARD_SERVICE_LINES_UDP;
	return image->services[line].class[port % WARD_PORTS_A_LINE];
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
					      sizeof(*image->entries.items), by_key) :
				      NULL;
}
