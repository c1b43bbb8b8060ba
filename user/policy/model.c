/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model.h"

#include <stdlib.h>

#include "base/own.h"

static void free_link(struct model_link *link)
{
	vec_free(&link->vlans);
	vec_free(&link->vlan_map);
	vec_free(&link->vlan_prefixes);
	vec_free(&link->ethertypes);
	vec_free(&link->host_vlans);
	vec_free(&link->host_addresses);
	vec_free(&link->routers);
	vec_free(&link->dhcp_servers);
}

int model_copy_rule(struct model_rule *out, const struct model_rule *rule)
{
	*out = *rule;
	memset(&out->services, 0, sizeof(out->services));
	memset(&out->windows, 0, sizeof(out->windows));
	return vec_copy(&out->services, &rule->services) ?: vec_copy(&out->windows, &rule->windows);
}

static void free_profile(struct model_profile *profile)
{
	for (size_t i = 0; i < profile->rules.count; i++) {
		vec_free(&profile->rules.items[i].services);
		vec_free(&profile->rules.items[i].windows);
	}
	vec_free(&profile->rules);
	vec_free(&profile->extends);
}

static void free_network(struct model_network *network)
{
	vec_free(&network->items);
	vec_free(&network->except);
	vec_free(&network->prefixes);
}

static void free_service(struct model_service *service)
{
	vec_free(&service->ranges);
}

static void free_group(struct model_group *group)
{
	vec_free(&group->labels);
	vec_free(&group->devices);
}

static void free_device(struct model_device *device)
{
	vec_free(&device->addresses);
	vec_free(&device->labels);
}

static void free_assertion(struct model_assertion *assertion)
{
	vec_free(&assertion->services);
	vec_free(&assertion->ends);
}

#define FREE_EACH(vec, free_one)                                                                   \
	do {                                                                                       \
		for (size_t i = 0; i < (vec)->count; i++)                                          \
			free_one(&(vec)->items[i]);                                                \
		vec_free(vec);                                                                     \
	} while (0)

enum model_enforcement model_mode(const struct model *model, const struct model_device *device)
{
	const enum model_enforcement said[] = {
		device->enforcement,
		model->profiles.items[device->profile].enforcement,
		model->links.items[device->link].enforcement,
		model->enforcement,
	};
	enum model_enforcement first = MODEL_UNSAID;

	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		if (said[i] == MODEL_CLOSED)
			return MODEL_CLOSED;
		first = first ?: said[i];
	}
	return first ?: MODEL_ENFORCE;
}

const struct model_service *model_service_named(const struct model *model,
						const struct model_service_use *use)
{
	return use->in_place ? NULL : &model->services.items[use->service];
}

const char *model_file(const struct model *model, struct place place)
{
	return place.file < model->files.count ? model->files.items[place.file] : "?";
}

void model_free(struct model **model)
{
	struct model *m = *model;

	if (!m)
		return;
	vec_free(&m->files);
	vec_free(&m->lint_allow);
	FREE_EACH(&m->links, free_link);
	FREE_EACH(&m->networks, free_network);
	FREE_EACH(&m->services, free_service);
	FREE_EACH(&m->profiles, free_profile);
	FREE_EACH(&m->groups, free_group);
	FREE_EACH(&m->devices, free_device);
	FREE_EACH(&m->assertions, free_assertion);
	vec_free(&m->tests);
	arena_free(&m->arena);
	free(m);
	*model = NULL;
}

#define MOVE(one)                                                                                  \
	void model_move_##one(struct model *model, size_t from, size_t to)                         \
	{                                                                                          \
		free_##one(&model->one##s.items[to]);                                              \
		model->one##s.items[to] = model->one##s.items[from];                               \
		model->one##s.items[from] = model->one##s.items[--model->one##s.count];            \
	}

MOVE(network)
MOVE(service)
MOVE(profile)
