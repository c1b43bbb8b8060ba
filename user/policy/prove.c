/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/prove.h"

#include <errno.h>
#include <string.h>

int prove_failed(struct error *error, const char *what)
{
	return error_set(error, -EINVAL,
			 "the compiled policy is wrong and was not used: %s. Please report this as "
			 "a bug.",
			 what);
}

static uint64_t key_number(const struct ward_rule_key *key)
{
	return (uint64_t)key->profile << 40 | (uint64_t)key->opener << 32 |
	       (uint32_t)key->peer_class << 16 | key->service_class;
}

static bool is_before(const struct image_prefix *a, const struct image_prefix *b)
{
	int order = memcmp(a->key.address, b->key.address, sizeof(a->key.address));

	return order ? order < 0 : a->key.length < b->key.length;
}

/*
 * The proof asks the image by searching in sorted tables, the kernel by hashing: both see the same
 * only when nothing stands there twice or out of order.
 */
static int prove_order(const struct image *image, struct error *error)
{
	for (size_t i = 0; i < image->entries.count; i++)
		if (image->entries.items[i].key.zero ||
		    (i && key_number(&image->entries.items[i - 1].key) >=
				  key_number(&image->entries.items[i].key)))
			return prove_failed(error, "an entry stands twice or out of order");
	for (size_t i = 0; i < image->hosts.count; i++)
		if (image->hosts.items[i].key.length != 128 ||
		    image->hosts.items[i].peer_class >= image->peer_classes ||
		    (i && !is_before(&image->hosts.items[i - 1], &image->hosts.items[i])))
			return prove_failed(error, "a host stands twice or out of order");
	for (size_t i = 0; i < image->prefixes.count; i++)
		if (image->prefixes.items[i].key.length > 127 ||
		    image->prefixes.items[i].peer_class >= image->peer_classes ||
		    (i && !is_before(&image->prefixes.items[i - 1], &image->prefixes.items[i])))
			return prove_failed(error, "a prefix stands twice or out of order");
	return 0;
}

static int prove_classes(const struct image *image, struct error *error)
{
	if (image->peer_classes > UINT16_MAX || image->service_classes >= WARD_ANY_SERVICE)
		return prove_failed(error, "there are more classes than numbers for them");
	/* A port of the class WARD_ANY_SERVICE would find a mark, and be allowed by it. */
	for (size_t line = 0; line < WARD_SERVICE_LINES; line++)
		for (size_t i = 0; i < WARD_PORTS_A_LINE; i++)
			if (image->services[line].class[i] >= image->service_classes)
				return prove_failed(error, "a port has a class that is none");
	return 0;
}

int policy_prove(const struct model *model, const struct image *image, uint64_t *compared,
		 struct error *error)
{
	uint64_t count = model->devices.count;
	int err = prove_links(model, image, error) ?: prove_devices(model, image, error) ?:
		  prove_limits(model, image, error) ?: prove_classes(image, error) ?:
		  prove_order(image, error) ?:
		  prove_rules(model, image, &count, error);

	if (!err)
		*compared = count;
	return err;
}
