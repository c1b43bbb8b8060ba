/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of a question: what a person may call a device, a network, a service. */
#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "policy/names.h"
#include "policy/services.h"
#include "policy/values.h"
#include "policy/who.h"

struct kind {
	const char *name;
	enum model_end_kind kind;
	size_t (*count)(const struct model *model);
	const char *(*of)(const struct model *model, size_t i);
};

#define KIND(vec)                                                                                  \
	static size_t count_##vec(const struct model *model)                                       \
	{                                                                                          \
		return model->vec.count;                                                           \
	}                                                                                          \
	static const char *name_of_##vec(const struct model *model, size_t i)                      \
	{                                                                                          \
		return model->vec.items[i].name.text;                                              \
	}
KIND(devices)
KIND(groups)
KIND(profiles)

static size_t count_networks(const struct model *model)
{
	return model->networks.count;
}

/* The network of a group is known by the group. */
static const char *name_of_networks(const struct model *model, size_t i)
{
	return model->networks.items[i].group ? "" : model->networks.items[i].name.text;
}

static const struct kind kinds[] = {
	{ "device", MODEL_END_DEVICE, count_devices, name_of_devices },
	{ "group", MODEL_END_GROUP, count_groups, name_of_groups },
	{ "profile", MODEL_END_PROFILE, count_profiles, name_of_profiles },
	{ "network", MODEL_END_NETWORK, count_networks, name_of_networks },
};

static bool find(const struct model *model, const struct kind *kind, const char *name,
		 struct model_end *out)
{
	for (size_t i = 0; i < kind->count(model); i++) {
		if (strcmp(kind->of(model, i), name))
			continue;
		out->kind = kind->kind;
		out->index = (uint32_t)i;
		return true;
	}
	return false;
}

static int unknown(const struct model *model, const char *name, struct error *error)
{
	struct nearest nearest = { .wanted = name };

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (size_t i = 0; i < kinds[k].count(model); i++)
			nearest_try(&nearest, kinds[k].of(model, i));
	if (nearest.best)
		return error_set(error, -EINVAL,
				 "the policy has no device, group, profile or network '%.64s'; did "
				 "you mean '%.64s'?",
				 name, nearest.best);
	return error_set(error, -EINVAL,
			 "'%.64s' is neither a device, group, profile or network of the policy, "
			 "nor an address",
			 name);
}

static int find_any(const struct model *model, const char *name, struct model_end *out,
		    struct error *error)
{
	const struct kind *first = NULL;
	struct model_end end = { 0 };

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		if (!find(model, &kinds[k], name, &end))
			continue;
		if (first)
			return error_set(error, -EINVAL,
					 "'%.64s' is a %s and a %s: say %s:%.64s or %s:%.64s", name,
					 first->name, kinds[k].name, first->name, name,
					 kinds[k].name, name);
		first = &kinds[k];
		*out = end;
	}
	return first ? 0 : unknown(model, name, error);
}

int who_end(const struct model *model, const char *word, struct model_end *out, struct error *error)
{
	struct model_end end = { .kind = MODEL_END_PREFIX, .word.text = word };
	struct complaint complaint = { 0 };
	const char *colon = strchr(word, ':');
	int err;

	if (!strcmp(word, "any")) {
		*out = (struct model_end){ .kind = MODEL_END_ANY };
		return 0;
	}
	for (size_t k = 0; colon && k < ARRAY_SIZE(kinds); k++) {
		size_t length = (size_t)(colon - word);

		if (strncmp(word, kinds[k].name, length) || kinds[k].name[length])
			continue;
		if (!find(model, &kinds[k], colon + 1, &end))
			return error_set(error, -EINVAL, "the policy has no %s '%.64s'",
					 kinds[k].name, colon + 1);
		*out = end;
		return 0;
	}
	if (value_prefix(word, &end.prefix, &complaint)) {
		/* What looks like an address was meant as one. */
		if (colon || strchr(word, '/') || strspn(word, "0123456789.") == strlen(word))
			return error_set(error, -EINVAL, "%s", complaint.message);
		err = find_any(model, word, &end, error);
		if (err)
			return err;
	}
	*out = end;
	return 0;
}

static int add_range(struct who_question *question, struct model_port_range range,
		     struct error *error)
{
	struct model_service_use *use = vec_add(&question->services);

	if (!use)
		return error_set(error, -ENOMEM, "no memory");
	use->in_place = true;
	use->range = range;
	return 0;
}

static int add_library(struct who_question *question, const struct library_service *service,
		       struct error *error)
{
	int err = 0;

	for (size_t i = 0; !err && i < service->count; i++)
		err = add_range(question,
				(struct model_port_range){ .protocol = service->ports[i].protocol,
							   .first = service->ports[i].first,
							   .last = service->ports[i].last },
				error);
	return err;
}

int who_service(const struct model *model, const char *word, struct who_question *question,
		struct error *error)
{
	struct complaint complaint = { 0 };
	struct model_port_range range = { 0 };
	const struct library_service *library = services_find(word);

	for (uint32_t s = 0; s < model->services.count; s++) {
		struct model_service_use *use;

		if (strcmp(model->services.items[s].name.text, word))
			continue;
		use = vec_add(&question->services);
		if (!use)
			return error_set(error, -ENOMEM, "no memory");
		use->service = s;
		return 0;
	}
	if (library)
		return add_library(question, library, error);
	if (value_ports(word, &range, &complaint))
		return error_set(error, -EINVAL, "%s%s%s", complaint.message,
				 complaint.hint[0] ? ": " : "", complaint.hint);
	return add_range(question, range, error);
}
