/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the tree of YAML nodes to the model. Each mapping of the policy language is a table of keys.
 * After an error reading goes on with the next key or item, so that one run finds many.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/parse_parts.h"
#include "policy/policy.h"
#include "policy/zone.h"

#define SMALLEST_POLICY                                                                            \
	"the smallest one is\n"                                                                    \
	"    version: 1\n"                                                                         \
	"    links:\n"                                                                             \
	"      - { name: ward, clinical: enp1s0, it: enp2s0 }"

/* Services. */

static void parse_port(struct parser *p, const struct node *node, void *into)
{
	struct model_service *service = into;
	const char *text = keys_text(p, node, "a protocol with a port");
	struct model_port_range range = { .place = node->place }, *item;
	struct complaint complaint;

	if (!text)
		return;
	if (value_ports(text, &range, &complaint)) {
		keys_complain(p, node, &complaint);
		return;
	}
	item = keys_check(p, vec_add(&service->ranges));
	if (item)
		*item = range;
}

static void parse_service(struct parser *p, const struct node *name, const struct node *value)
{
	struct model_service *service =
		keys_add_item(p, &p->model->services, MODEL_MAX_SERVICES, name, "services");

	if (!service)
		return;
	service->name = keys_copy(p, name);
	if (keys_parse_list(p, value, "a list of protocols and ports", service, parse_port) &&
	    !value->first)
		diag_error(p->diags, E_EMPTY, value->place, "list its ports, as in [tcp/8443]",
			   "the service '%s' has no port", name->text);
}

void parse_services(struct parser *p, const struct node *node, void *into)
{
	(void)into;
	keys_parse_names(p, node, "a mapping of names to lists of ports", parse_service);
}

/* The policy. */

/* What it says is looked at first, by is_known_version(). */
static void parse_version(struct parser *p, const struct node *node, void *into)
{
	(void)into;
	keys_text(p, node, "the version of the policy language");
}

static void parse_enforcement(struct parser *p, const struct node *node, void *into)
{
	keys_enforcement(p, node, &((struct model *)into)->enforcement);
}

static void parse_quarantine(struct parser *p, const struct node *node, void *into)
{
	keys_word(p, node, "the name of a profile", value_name,
		  &((struct model *)into)->quarantine);
}

/* Whether there is such a zone is for check() to say. */
static int value_zone(const char *s, struct complaint *complaint)
{
	if (strlen(s) < ZONE_NAME && !value_purpose(s, complaint))
		return 0;
	return complain(complaint, E_BAD_ZONE, s, "is not the name of a time zone");
}

static void parse_time_zone(struct parser *p, const struct node *node, void *into)
{
	keys_word(p, node, "the name of a time zone", value_zone,
		  &((struct model *)into)->time_zone);
}

static const struct key policy_table[] = {
	{ "version", true, parse_version },
	{ "include", false, parse_include },
	{ "override", false, parse_override },
	{ "enforcement", false, parse_enforcement },
	{ "time-zone", false, parse_time_zone },
	{ "require", false, parse_require },
	{ "quarantine", false, parse_quarantine },
	{ "links", true, parse_links },
	{ "networks", false, parse_networks },
	{ "services", false, parse_services },
	{ "groups", false, parse_groups },
	{ "profiles", false, parse_profiles },
	{ "devices", false, parse_devices },
	{ "import", false, parse_import },
	{ "assert", false, parse_assertions },
	{ "tests", false, parse_tests },
	{ "lint", false, parse_lint },
};
KEYS(policy_keys, "a policy", policy_table);

/* Another version may have other keys: then this one finding is worth more than all others. */
static bool is_known_version(struct parser *p, const struct node *root)
{
	char shown[VALUES_SHOWN];

	if (root->kind != NODE_MAP)
		return true;
	for (const struct node *key = root->first; key; key = key->next->next) {
		const struct node *value = key->next;

		if (key->kind != NODE_TEXT || strcmp(key->text, "version") ||
		    value->kind != NODE_TEXT || !*value->text || !strcmp(value->text, "1"))
			continue;
		diag_error(p->diags, E_VERSION, value->place, "this program knows `version: 1`",
			   "unknown version '%s' of the policy language",
			   values_show(shown, value->text));
		return false;
	}
	return true;
}

static bool is_empty(const struct node *root)
{
	return !root || (root->kind == NODE_TEXT && !*root->text && !root->quoted);
}

void parse_file(struct parser *p, const struct node *root, struct place whole)
{
	if (is_empty(root) && whole.file)
		diag_warning(p->diags, W_EMPTY_FILE, whole, NULL, "the file says nothing");
	else if (is_empty(root))
		diag_error(p->diags, E_EMPTY_POLICY, whole, SMALLEST_POLICY, "the policy is empty");
	else if (is_known_version(p, root))
		parse_file_keys(p, root, &policy_keys);
}

static void keep_names(struct parser *p, const struct sources *sources)
{
	for (size_t i = 0; i < sources->files.count && !p->failed; i++) {
		const char *name = sources_file(sources, (uint32_t)i)->name;
		const char **room = keys_check(p, vec_add(&p->model->files));

		if (room)
			*room = keys_check(p, arena_copy(&p->model->arena, name, strlen(name)));
	}
}

int policy_parse(struct sources *sources, struct model **out, struct diags *diags)
{
	_cleanup_(model_free) struct model *model = calloc(1, sizeof(*model));
	struct parser p = { .model = model, .diags = diags };
	unsigned errors = diags->errors;

	if (!model)
		return -ENOMEM;
	parse_files(&p, sources);
	keep_names(&p, sources);
	if (p.failed || diags->failed)
		return -ENOMEM;
	if (diags->errors > errors)
		return -EINVAL;
	*out = TAKE_PTR(model);
	return 0;
}
