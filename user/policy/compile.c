/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/compile.h"

#include <errno.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/hash.h"

static void compiler_free(struct compiler *c)
{
	vec_free(&c->atoms);
	vec_free(&c->expanded);
	vec_free(&c->half);
	free(c->network_used);
	classes_free(&c->peers);
	classes_free(&c->services);
	class_lists_free(&c->peer_lists);
	class_lists_free(&c->service_lists);
}

/* What the program needs to know. */

static bool any_ipv6(const struct model_address *addresses, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!address_is_ipv4(addresses[i].word))
			return true;
	return false;
}

static bool speaks_ipv6(const struct model *model)
{
	for (size_t i = 0; i < model->links.count; i++) {
		const struct model_link *link = &model->links.items[i];

		if (any_ipv6(link->routers.items, link->routers.count) ||
		    any_ipv6(link->dhcp_servers.items, link->dhcp_servers.count) ||
		    any_ipv6(link->host_addresses.items, link->host_addresses.count))
			return true;
	}
	for (size_t i = 0; i < model->networks.count; i++) {
		const struct model_network *network = &model->networks.items[i];

		for (size_t j = 0; j < network->prefixes.count; j++)
			if (!address_prefix_is_ipv4(network->prefixes.items[j].address,
						    network->prefixes.items[j].length))
				return true;
	}
	for (size_t i = 0; i < model->devices.count; i++)
		if (any_ipv6(model->devices.items[i].addresses.items,
			     model->devices.items[i].addresses.count))
			return true;
	return false;
}

static bool has_quota(const struct model_limit *limit)
{
	return limit->new_flows || limit->flows;
}

static void features_of_profiles(const struct model *model, struct image_features *out)
{
	for (size_t p = 0; p < model->profiles.count; p++) {
		const struct model_profile *profile = &model->profiles.items[p];

		out->fragments |= profile->tracks_fragments;
		out->quotas |= has_quota(&profile->limit);
		for (size_t r = 0; r < profile->rules.count; r++) {
			const struct model_rule *rule = &profile->rules.items[r];

			out->replies |= rule->replies;
			out->rule_limits |= rule->limit.place.line != 0;
			out->times |= rule->expires_at || rule->windows.count;
			out->logs |= rule->log;
			out->encryption |= rule->encryption >= MODEL_ENCRYPTION_PREFERRED;
			out->quotas |= has_quota(&rule->limit);
		}
	}
}

static void find_features(const struct model *model, struct image *image)
{
	struct image_features *out = &image->features;

	features_of_profiles(model, out);
	out->ipv6 = speaks_ipv6(model);
	out->prefixes = image->prefixes.count != 0;
	out->stacks = image->stacks.count != 0;
	out->vlan_maps = image->vlan_maps.count != 0;
	out->ethertypes = image->ethertypes.count != 0;
	for (size_t i = 0; i < model->links.count; i++) {
		const struct model_link *link = &model->links.items[i];

		out->dhcp |= link->dhcp_servers.count != 0;
		out->routed |= link->forwarding == MODEL_ROUTED;
		out->host |= link->host_vlans.count || link->host_addresses.count;
	}
}

static int hash_image(const struct model *model, struct image *image)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	SHA2_CTX sha;

	SHA256Init(&sha);
	if (hash_named(model, image, &sha))
		return -ENOMEM;
	hash_vec(&sha, &image->ports);
	hash_vec(&sha, &image->vlans);
	hash_vec(&sha, &image->stacks);
	hash_vec(&sha, &image->vlan_maps);
	hash_vec(&sha, &image->ethertypes);
	hash_vec(&sha, &image->link_addresses);
	hash_vec(&sha, &image->hosts);
	hash_vec(&sha, &image->prefixes);
	hash_bytes(&sha, image->services, WARD_SERVICE_LINES, sizeof(*image->services));
	hash_vec(&sha, &image->offsets);
	hash_bytes(&sha, &image->features, 1, sizeof(image->features));
	SHA256Final(digest, &sha);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(image->hash + 2 * i, 3, "%02x", digest[i]);
	return 0;
}

static int compile_classes(struct compiler *c)
{
	if (compile_collect_atoms(c) ||
	    classes_of_peers(c->model, c->network_used, c->image, &c->peers) ||
	    classes_of_services(c->atoms.items, c->atoms.count, c->image, &c->services) ||
	    classes_invert(&c->peers, c->model->networks.count, &c->peer_lists) ||
	    classes_invert(&c->services, c->atoms.count, &c->service_lists))
		return -ENOMEM;
	c->image->peer_classes = (uint32_t)c->peers.sets.count;
	c->image->service_classes = (uint32_t)c->services.sets.count;
	if (c->image->peer_classes > UINT16_MAX || c->image->service_classes >= WARD_ANY_SERVICE)
		return error_set(c->error, -E2BIG,
				 "the rules tell apart more than 65,534 sets of peers or services");
	return 0;
}

static int compile_all(struct compiler *c)
{
	int err = compile_stacks(c) ?: compile_links(c) ?: compile_devices(c) ?:
		  compile_classes(c) ?: compile_rules(c) ?: compile_offsets(c);

	if (err)
		return err;
	find_features(c->model, c->image);
	return hash_image(c->model, c->image);
}

int policy_compile(const struct model *model, struct image **out, struct error *error)
{
	_cleanup_(image_free) struct image *image = calloc(1, sizeof(*image));
	_cleanup_(compiler_free) struct compiler c = { .model = model,
						       .image = image,
						       .error = error };
	int err = -ENOMEM;

	if (image)
		image->services = calloc(WARD_SERVICE_LINES, sizeof(*image->services));
	c.network_used = calloc(model->networks.count + 1, sizeof(*c.network_used));
	if (image && image->services && c.network_used)
		err = compile_all(&c);
	if (err == -ENOMEM)
		return error_set(error, err, "no memory to compile the policy");
	if (err)
		return err;
	*out = TAKE_PTR(image);
	return 0;
}
