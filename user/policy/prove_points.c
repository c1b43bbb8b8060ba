/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/prove_points.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

static int by_value(const void *left, const void *right)
{
	const struct point *a = left, *b = right;

	if (a->protocol != b->protocol)
		return a->protocol < b->protocol ? -1 : 1;
	return memcmp(a->value, b->value, sizeof(a->value));
}

static void sort_unique(points *p)
{
	size_t kept = 0;

	if (!p->count)
		return;
	qsort(p->items, p->count, sizeof(*p->items), by_value);
	for (size_t i = 0; i < p->count; i++)
		if (!i || by_value(&p->items[i], &p->items[kept - 1]))
			p->items[kept++] = p->items[i];
	p->count = kept;
}

static int add_point(points *p, enum protocol protocol, const __be32 value[4])
{
	struct point *point = vec_add(p);

	if (!point)
		return -ENOMEM;
	point->protocol = protocol;
	memcpy(point->value, value, sizeof(point->value));
	return 0;
}

static int add_port(points *p, enum protocol protocol, uint32_t port)
{
	return add_point(p, protocol, (const __be32[4]){ 0, 0, 0, htonl(port) });
}

/* The first address of the prefix, and the first one behind it, if there is one. */
static int add_prefix(points *p, const __be32 address[4], uint32_t length)
{
	uint32_t carry = length % 32 ? 1u << (32 - length % 32) : 1;
	__be32 behind[4];

	memcpy(behind, address, sizeof(behind));
	if (add_point(p, 0, address))
		return -ENOMEM;
	for (unsigned word = length ? (length - 1) / 32 : 0; length; word--) {
		uint32_t sum = ntohl(behind[word]) + carry;

		behind[word] = htonl(sum);
		if (sum >= carry)
			return add_point(p, 0, behind);
		if (!word)
			break;
		carry = 1;
	}
	return 0;
}

static int add_items(points *p, const model_network_items *items)
{
	int err = 0;

	for (size_t i = 0; !err && i < items->count; i++)
		if (!items->items[i].word.text)
			err = add_prefix(p, items->items[i].prefix.address,
					 items->items[i].prefix.length);
	return err;
}

int prove_addresses_of(const struct model *model, const struct image *image, points *out)
{
	static const __be32 zero[4];
	/* Where the families part. */
	const __be32 ipv4[4] = { 0, 0, htonl(0xffff), 0 };
	int err = add_point(out, 0, zero) ?: add_prefix(out, ipv4, 96);

	for (size_t n = 0; !err && n < model->networks.count; n++)
		err = add_items(out, &model->networks.items[n].items)
			      ?: add_items(out, &model->networks.items[n].except);
	for (size_t i = 0; !err && i < image->hosts.count; i++)
		err = add_prefix(out, image->hosts.items[i].key.address, 128);
	for (size_t i = 0; !err && i < image->prefixes.count; i++)
		err = add_prefix(out, image->prefixes.items[i].key.address,
				 image->prefixes.items[i].key.length);
	if (err)
		return err;
	sort_unique(out);
	for (size_t i = 0; i < out->count; i++)
		out->items[i].class = image_peer_class(image, out->items[i].value);
	return 0;
}

/* The last port, or type, that a packet may have. */
static const uint32_t last_port[PROTOCOLS] = {
	[PROTOCOL_TCP] = UINT16_MAX, [PROTOCOL_UDP] = UINT16_MAX,   [PROTOCOL_SCTP] = UINT16_MAX,
	[PROTOCOL_ICMP] = UINT8_MAX, [PROTOCOL_ICMPV6] = UINT8_MAX, [PROTOCOL_IGMP] = 0,
};

static int add_range(points *p, const struct model_port_range *range)
{
	if (add_port(p, range->protocol, range->first))
		return -ENOMEM;
	return range->last < last_port[range->protocol]
		       ? add_port(p, range->protocol, range->last + 1u)
		       : 0;
}

static int collect_model_ports(const struct model *model, points *out)
{
	int err = 0;

	for (size_t s = 0; !err && s < model->services.count; s++)
		for (size_t i = 0; !err && i < model->services.items[s].ranges.count; i++)
			err = add_range(out, &model->services.items[s].ranges.items[i]);
	for (size_t p = 0; !err && p < model->profiles.count; p++) {
		const struct model_profile *profile = &model->profiles.items[p];

		for (size_t r = 0; !err && r < profile->rules.count; r++)
			for (size_t s = 0; !err && s < profile->rules.items[r].services.count; s++)
				if (profile->rules.items[r].services.items[s].in_place)
					err = add_range(
						out,
						&profile->rules.items[r].services.items[s].range);
	}
	return err;
}

int prove_ports_of(const struct model *model, const struct image *image, points *out)
{
	int err = collect_model_ports(model, out);

	for (enum protocol p = 0; !err && p < PROTOCOLS; p++)
		for (uint32_t port = 0; !err && port <= last_port[p]; port++)
			if (!port || image_service_class(image, p, (uint16_t)port) !=
					     image_service_class(image, p, (uint16_t)(port - 1)))
				err = add_port(out, p, port);
	if (err)
		return err;
	sort_unique(out);
	for (size_t i = 0; i < out->count; i++)
		out->items[i].class = image_service_class(image, out->items[i].protocol,
							  (uint16_t)ntohl(out->items[i].value[3]));
	return 0;
}
