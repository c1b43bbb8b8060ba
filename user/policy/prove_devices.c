/* SPDX-License-Identifier: GPL-2.0-only */
/* Each device's binding and addresses, the profile it has, and that no address leads to two. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/prove.h"

static int device_failed(struct error *error, const struct model_device *device, const char *what)
{
	return error_set(error, -EINVAL,
			 "the compiled policy is wrong and was not used: device %s has %s. Please "
			 "report this as a bug.",
			 device->name.text, what);
}

static bool is_ipv4(const __be32 address[4])
{
	return !address[0] && !address[1] && address[2] == htonl(0xffff);
}

/* Addresses that no router forwards: groups, and those of one cable. */
static bool stays_on_link(const __be32 address[4])
{
	const uint8_t *b = (const uint8_t *)address;

	if (is_ipv4(address))
		return (b[12] & 0xf0) == 0xe0 || (b[12] == 169 && b[13] == 254);
	return b[0] == 0xff || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
}

/* As bpf/README.md, 14 has it. */
static enum ward_enforcement mode_of(const struct model *model, const struct model_device *device)
{
	enum model_enforcement of_profile = model->profiles.items[device->profile].enforcement;
	enum model_enforcement of_link = model->links.items[device->link].enforcement;
	enum model_enforcement said;

	if (device->enforcement == MODEL_CLOSED || of_profile == MODEL_CLOSED ||
	    of_link == MODEL_CLOSED || model->enforcement == MODEL_CLOSED)
		return WARD_MODE_CLOSED;
	said = device->enforcement;
	if (said == MODEL_UNSAID)
		said = of_profile;
	if (said == MODEL_UNSAID)
		said = of_link;
	if (said == MODEL_UNSAID)
		said = model->enforcement;
	return said == MODEL_AUDIT ? WARD_MODE_AUDIT : WARD_MODE_ENFORCE;
}

/* The binding, all but address and number. */
static bool is_bound(const struct model *model, const struct image *image, size_t i,
		     const struct ward_device *entry)
{
	const struct model_device *device = &model->devices.items[i];
	const struct ward_profile *profile = &image->profiles.items[entry->profile];

	return entry->owner == i && !memcmp(entry->mac, device->mac, sizeof(device->mac)) &&
	       entry->profile < image->profiles.count && profile->rules == device->profile &&
	       profile->enforcement == mode_of(model, device);
}

struct walk {
	const struct model *model;
	const struct image *image;
	size_t at; /* the next of image->addresses */
};

static bool next_is(struct walk *w, size_t i, const __be32 address[4], uint8_t number, bool routed)
{
	const struct model_device *device = &w->model->devices.items[i];
	const struct ward_device *entry = &w->image->addresses.items[w->at];

	if (w->at >= w->image->addresses.count || !is_bound(w->model, w->image, i, entry) ||
	    memcmp(entry->address, address, sizeof(entry->address)) || entry->number != number)
		return false;
	if (entry->link != (routed ? WARD_ROUTED_LINK : device->link) ||
	    entry->vlan != (routed ? WARD_ROUTED_VLAN : prove_vlan(w->image, device->vlan)))
		return false;
	w->at++;
	return true;
}

static int by_binding(const void *left, const void *right)
{
	const struct ward_device *a = *(const struct ward_device *const *)left;
	const struct ward_device *b = *(const struct ward_device *const *)right;
	int order = memcmp(a->address, b->address, sizeof(a->address));

	if (order)
		return order;
	if (a->vlan != b->vlan)
		return a->vlan < b->vlan ? -1 : 1;
	return a->link < b->link ? -1 : a->link > b->link;
}

/* The link-local address of the MAC is this device's, or else one that somebody lists. */
static bool has_own_address(struct walk *w, size_t i, const struct ward_device **sorted)
{
	const struct model_device *device = &w->model->devices.items[i];
	const uint8_t *m = device->mac;
	const uint8_t bytes[16] = { 0xfe,     0x80, 0,	  0,	0,    0,    0,	  0,
				    m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5] };
	struct ward_device want = { .vlan = prove_vlan(w->image, device->vlan),
				    .link = (uint8_t)device->link };
	const struct ward_device *key = &want;
	bool listed = false;

	memcpy(want.address, bytes, sizeof(bytes));
	if (next_is(w, i, want.address, (uint8_t)device->addresses.count, false))
		return true;
	if (w->image->addresses.count)
		listed = bsearch(&key, sorted, w->image->addresses.count, sizeof(*sorted),
				 by_binding);
	return listed;
}

static int prove_device(struct walk *w, size_t i, const struct ward_device **sorted,
			struct error *error)
{
	static const __be32 none[4];
	const struct model_device *device = &w->model->devices.items[i];
	const struct ward_device *entry = &w->image->devices.items[i].entry;
	bool routed = w->model->links.items[device->link].forwarding == MODEL_ROUTED;
	bool ipv6 = device->dhcp & WARD_DHCP_IPV6;

	if (!is_bound(w->model, w->image, i, entry) || entry->link != device->link ||
	    entry->vlan != prove_vlan(w->image, device->vlan) || entry->number != device->dhcp ||
	    memcmp(entry->address, device->addresses.count ? device->addresses.items[0].word : none,
		   sizeof(entry->address)))
		return device_failed(error, device, "another binding");
	for (size_t a = 0; a < device->addresses.count; a++) {
		const __be32 *address = device->addresses.items[a].word;

		ipv6 |= !is_ipv4(address);
		if (!next_is(w, i, address, (uint8_t)a, false) ||
		    (routed && !stays_on_link(address) &&
		     !next_is(w, i, address, (uint8_t)a, true)))
			return device_failed(error, device, "another address");
	}
	if (ipv6 && !device->is_group && !has_own_address(w, i, sorted))
		return device_failed(error, device, "no link-local address");
	return 0;
}

static int prove_unique(const struct image *image, const struct ward_device **sorted,
			struct error *error)
{
	for (size_t i = 0; i < image->addresses.count; i++)
		sorted[i] = &image->addresses.items[i];
	qsort(sorted, image->addresses.count, sizeof(*sorted), by_binding);
	for (size_t i = 1; i < image->addresses.count; i++)
		if (!by_binding(&sorted[i - 1], &sorted[i]))
			return prove_failed(error, "an address leads to two devices");
	return 0;
}

int prove_devices(const struct model *model, const struct image *image, struct error *error)
{
	_cleanup_free_ const struct ward_device **sorted =
		calloc(image->addresses.count + 1, sizeof(*sorted));
	struct walk walk = { model, image, 0 };
	int err;

	if (!sorted)
		return error_set(error, -ENOMEM, "no memory to prove the policy");
	if (image->devices.count != model->devices.count)
		return prove_failed(error, "it has another number of devices");
	err = prove_unique(image, sorted, error);
	for (size_t i = 0; !err && i < model->devices.count; i++)
		err = prove_device(&walk, i, sorted, error);
	if (!err && walk.at != image->addresses.count)
		err = prove_failed(error, "there are more addresses");
	return err;
}
