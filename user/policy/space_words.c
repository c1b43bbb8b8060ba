/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of classes as the fewest prefixes and ranges, and as text. */
#include <errno.h>

#include "policy/address.h"
#include "policy/space.h"
#include "policy/values.h"

typedef unsigned __int128 number;

static const number ipv4_first = (number)0xffff << 32;
static const number ipv4_last = ((number)0xffff << 32) + UINT32_MAX;

/* The largest aligned block that begins at `first` and ends by `last`, and so on. */
static int cut_blocks(number first, number last, prefix_list *out)
{
	for (;;) {
		struct model_prefix *prefix = vec_add(out);
		unsigned bits = 0;
		number size = 1;

		if (!prefix)
			return -ENOMEM;
		while (bits < ADDRESS_BITS && !(first & size)) {
			number wider = size << 1;

			/* `wider` is 0 when it is everything. */
			if (wider ? wider - 1 > last - first : first || last != ~(number)0)
				break;
			size = wider;
			bits++;
		}
		space_address(first, prefix->address);
		prefix->length = (uint8_t)(ADDRESS_BITS - bits);
		if (!size || last - first < size)
			return 0;
		first += size;
	}
}

/*
 * Ranges of one family that touch become one. IPv4 lies in the middle of IPv6, where no IPv6
 * address is: what stands on both sides of it touches.
 */
static int merge_family(const struct space *space, const bool *classes, bool ipv4, prefix_list *out)
{
	number first = 0, last = 0;
	bool open = false;
	int err = 0;

	for (size_t i = 0; !err && i < space->addresses.count; i++) {
		const struct space_addresses *range = &space->addresses.items[i];
		bool is_ipv4 = range->first >= ipv4_first && range->first <= ipv4_last;

		if (is_ipv4 != ipv4)
			continue;
		if (classes[range->class]) {
			first = open ? first : range->first;
			last = range->last;
			open = true;
		} else if (open) {
			err = cut_blocks(first, last, out);
			open = false;
		}
	}
	return err ?: open ? cut_blocks(first, last, out) : 0;
}

int space_prefixes(const struct space *space, const bool *classes, prefix_list *out)
{
	return merge_family(space, classes, true, out) ?: merge_family(space, classes, false, out);
}

int space_port_ranges(const struct space *space, const bool *classes, port_list *out)
{
	const struct space_ports *before = NULL;

	for (size_t i = 0; i < space->ports.count; i++) {
		const struct space_ports *range = &space->ports.items[i];

		if (classes[range->class] && before && before->protocol == range->protocol) {
			out->items[out->count - 1].last = range->last;
		} else if (classes[range->class]) {
			struct model_port_range *added = vec_add(out);

			if (!added)
				return -ENOMEM;
			*added = (struct model_port_range){ .protocol = range->protocol,
							    .first = range->first,
							    .last = range->last };
		}
		before = classes[range->class] ? range : NULL;
	}
	return 0;
}

void space_print_prefix(const struct model_prefix *prefix, struct text *out)
{
	bool ipv4 = address_prefix_is_ipv4(prefix->address, prefix->length);
	char shown[TEXT_ADDRESS];

	text_add(out, "%s", text_address(shown, prefix->address));
	if (prefix->length != ADDRESS_BITS)
		text_add(out, "/%u", prefix->length - (ipv4 ? ADDRESS_IPV4_BITS : 0u));
}

static bool is_everything(const struct model_prefix *prefixes, size_t count)
{
	return count == 2 && prefixes[0].length == ADDRESS_IPV4_BITS &&
	       address_is_ipv4(prefixes[0].address) && !prefixes[1].length;
}

void space_print_prefixes(const struct model_prefix *prefixes, size_t count, size_t most,
			  struct text *out)
{
	if (is_everything(prefixes, count)) {
		text_add(out, "any address");
		return;
	}
	/* One more is shown in place of "1 more". */
	most = most && most + 1 < count ? most : count;
	for (size_t i = 0; i < most; i++) {
		text_add(out, "%s", i ? ", " : "");
		space_print_prefix(&prefixes[i], out);
	}
	if (most < count)
		text_add(out, " and %zu more", count - most);
}

static bool is_every_service(const struct model_port_range *ranges, size_t count)
{
	return count == PROTOCOLS && !ranges[0].first && ranges[0].last == UINT16_MAX;
}

void space_print_ports(const struct model_port_range *ranges, size_t count, struct text *out)
{
	static const char *const names[PROTOCOLS] = {
		"tcp", "udp", "sctp", "icmp", "icmpv6", "igmp"
	};
	char shown[VALUES_PORTS];

	if (is_every_service(ranges, count)) {
		text_add(out, "any service");
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct model_port_range *range = &ranges[i];

		text_add(out, "%s", i ? ", " : "");
		if (range->first == range->last)
			text_add(out, "%s", values_ports(shown, range));
		else
			text_add(out, "%s/%u-%u", names[range->protocol], range->first,
				 range->last);
	}
}
