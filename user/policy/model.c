/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model.h"

#include <stdlib.h>

static void free_link(struct model_link *link)
{
	vec_free(&link->vlans);
	vec_free(&link->vlan_map);
	vec_free(&link->ethertypes);
	vec_free(&link->host_vlans);
	vec_free(&link->host_addresses);
	vec_free(&link->routers);
	vec_free(&link->dhcp_servers);
}

static void free_profile(struct model_profile *profile)
{
	for (size_t i = 0; i < profile->rules.count; i++)
		vec_free(&profile->rules.items[i].services);
	vec_free(&profile->rules);
}

void model_free(struct model **model)
{
	struct model *m = *model;

	if (!m)
		return;
	for (size_t i = 0; i < m->links.count; i++)
		free_link(&m->links.items[i]);
	for (size_t i = 0; i < m->networks.count; i++)
		vec_free(&m->networks.items[i].prefixes);
	for (size_t i = 0; i < m->services.count; i++)
		vec_free(&m->services.items[i].ranges);
	for (size_t i = 0; i < m->profiles.count; i++)
		free_profile(&m->profiles.items[i]);
	for (size_t i = 0; i < m->devices.count; i++)
		vec_free(&m->devices.items[i].addresses);
	vec_free(&m->links);
	vec_free(&m->networks);
	vec_free(&m->services);
	vec_free(&m->profiles);
	vec_free(&m->devices);
	arena_free(&m->arena);
	free(m);
	*model = NULL;
}
