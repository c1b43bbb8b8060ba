/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy of several files: each is parsed behind those that it includes, into the one model. What
 * is said twice is refused with both places; `override` is how to say it another way.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "policy/names.h"
#include "policy/parse_parts.h"

/* Files inside each other, the first one counted. */
#define DEPTH 8

/* What has a name in the whole policy, and is defined once. */
struct kind {
	const char *key, *one;
	size_t (*count)(const struct model *model);
	const struct word *(*name)(const struct model *model, size_t i);
	void (*parse)(struct parser *p, const struct node *node, void *into);
	void (*move)(struct model *model, size_t from, size_t to); /* NULL: no override */
};

#define KIND(vec)                                                                                  \
	static size_t count_##vec(const struct model *model)                                       \
	{                                                                                          \
		return model->vec.count;                                                           \
	}                                                                                          \
	static const struct word *name_##vec(const struct model *model, size_t i)                  \
	{                                                                                          \
		return &model->vec.items[i].name;                                                  \
	}

KIND(networks)
KIND(services)
KIND(profiles)
KIND(groups)

static const struct kind kinds[] = {
	{ "networks", "network", count_networks, name_networks, parse_networks,
	  model_move_network },
	{ "services", "service", count_services, name_services, parse_services,
	  model_move_service },
	{ "profiles", "profile", count_profiles, name_profiles, parse_profiles,
	  model_move_profile },
	{ "groups", "group", count_groups, name_groups, NULL, NULL },
};

/* Keys that say one thing for the whole policy. */
static const char *const once[] = { "enforcement", "quarantine", "time-zone", "require" };

enum progress {
	UNSEEN,
	OPEN, /* in work, or a file that it includes is */
	DONE,
};

struct file {
	enum progress progress;
	struct place following; /* its `include` that is in work */
	uint64_t includes; /* a bit for each file that it includes, those of others with them */
};

struct files {
	struct sources *sources;
	struct file list[SOURCES_MAX];
	uint32_t at; /* the file in work */
	unsigned depth;
	uint32_t given; /* keys, of all files */
	const struct node *override; /* of the file in work */
	struct names names[ARRAY_SIZE(kinds)]; /* to the index of each */
	size_t named[ARRAY_SIZE(kinds)]; /* how many of them have been looked at */
	struct place once[ARRAY_SIZE(once)]; /* line 0: not given yet */
};

_Static_assert(SOURCES_MAX <= 64, "a bit for each file");

static bool stops(const struct parser *p)
{
	return p->failed || diags_full(p->diags);
}

/* Whether what stands there can be replaced by the file in work. */
static bool is_included(const struct files *files, struct place place)
{
	return files->list[files->at].includes & UINT64_C(1) << place.file;
}

const struct source *parse_find_file(struct parser *p, const struct node *node)
{
	struct sources *sources = p->files->sources;
	const char *text = keys_text(p, node, "the name of a file");
	char path[SOURCES_PATH];
	struct complaint complaint;
	struct error error;
	uint32_t file;
	int err;

	if (!text)
		return NULL;
	if (sources_resolve(sources_file(sources, node->place.file), text, path, &complaint)) {
		keys_complain(p, node, &complaint);
		return NULL;
	}
	err = sources_find(sources, path, &file, &error);
	if (err == -ENOMEM)
		p->failed = true;
	else if (err)
		diag_error(p->diags, E_FILE, node->place,
			   err == -ELOOP || err == -ENOTDIR
				   ? "name the file itself: a link could lead anywhere"
				   : "files are looked for beside the one that names them, or "
				     "below it",
			   "%s", error.text);
	return err ? NULL : sources_file(sources, file);
}

/* Include. */

static void read_file(struct parser *p, uint32_t index)
{
	_cleanup_(arena_free) struct arena nodes = { 0 };
	struct files *files = p->files;
	const struct place whole = { .file = index };
	const uint32_t before = files->at;
	const struct node *root = NULL;
	int err;

	files->at = index;
	files->depth++;
	files->list[index].progress = OPEN;
	err = node_read(sources_file(files->sources, index), &nodes, &root, p->diags);
	if (err == -ENOMEM)
		p->failed = true;
	if (!err)
		parse_file(p, root, whole);
	files->list[index].progress = DONE;
	files->depth--;
	files->at = before;
}

static void report_loop(struct parser *p, const struct node *node, const struct file *file)
{
	diag_error(p->diags, E_FILE_LOOP, node->place, "take one of the two away",
		   "'%s' includes this file: a loop", node->text);
	diag_other(p->diags, file->following, "on the way here it is included from here");
}

static void include_file(struct parser *p, const struct node *node, void *into)
{
	struct files *files = p->files;
	struct file *file = &files->list[files->at];
	const struct source *source = parse_find_file(p, node);
	uint32_t index;

	(void)into;
	if (!source)
		return;
	index = source->file;
	if (files->list[index].progress == OPEN) {
		report_loop(p, node, &files->list[index]);
		return;
	}
	file->following = node->place;
	if (files->list[index].progress == UNSEEN && files->depth == DEPTH)
		diag_error(p->diags, E_FILE_DEPTH, node->place, "include it further up",
			   "more than %d files inside each other", DEPTH);
	else if (files->list[index].progress == UNSEEN)
		read_file(p, index);
	file->includes |= files->list[index].includes | UINT64_C(1) << index;
}

static const struct node *value_of(const struct node *root, const char *name)
{
	for (const struct node *key = root->first; key; key = key->next->next)
		if (key->kind == NODE_TEXT && !strcmp(key->text, name))
			return key->next;
	return NULL;
}

static void follow_includes(struct parser *p, const struct node *root)
{
	const struct node *list = value_of(root, "include");
	unsigned errors = p->diags->errors;

	if (list)
		keys_parse_list(p, list, "a list of files", NULL, include_file);
	/* What a file that could not be read would have said is not missing. */
	if (p->diags->errors != errors)
		p->files->given = ~(uint32_t)0;
}

void parse_include(struct parser *p, const struct node *node, void *into)
{
	/* It was followed before any other key was looked at. */
	(void)p;
	(void)node;
	(void)into;
}

/* What may be said once. */

static void check_once(struct parser *p, const struct node *root)
{
	struct place *first = p->files->once;

	for (const struct node *key = root->first; key; key = key->next->next) {
		for (size_t i = 0; key->kind == NODE_TEXT && i < ARRAY_SIZE(once); i++) {
			if (strcmp(key->text, once[i]))
				continue;
			if (first[i].line) {
				diag_error(p->diags, E_SAID_TWICE, key->place, "say it in one file",
					   "`%s` is given in two files", once[i]);
				diag_other(p->diags, first[i], "first given here");
			} else {
				first[i] = key->place;
			}
		}
	}
}

static void report_twice(struct parser *p, const struct kind *kind, const struct word *name,
			 const struct word *first)
{
	bool included = kind->move && is_included(p->files, first->place);

	diag_error(p->diags, E_DEFINED_TWICE, name->place,
		   included ? "to replace what an included file defines, put it under `override`"
			    : "take one of the two away, or give it another name",
		   "the %s '%s' is defined twice", kind->one, name->text);
	diag_other(p->diags, first->place, "first defined here");
}

static void add_names(struct parser *p, size_t k)
{
	const struct kind *kind = &kinds[k];
	struct files *files = p->files;
	size_t count = kind->count(p->model);

	for (size_t i = files->named[k]; i < count && !stops(p); i++) {
		const struct word *name = kind->name(p->model, i);
		uint32_t first;
		int err = names_add(&files->names[k], name->text, (uint32_t)i, &first);

		if (err == -ENOMEM)
			p->failed = true;
		else if (err)
			report_twice(p, kind, name, kind->name(p->model, first));
	}
	files->named[k] = count;
}

/* Override. */

static void replaces_nothing(struct parser *p, const struct kind *kind, const struct word *name,
			     const struct word *same)
{
	struct nearest nearest = { .wanted = name->text };
	char hint[160];

	if (same) {
		bool here = same->place.file == name->place.file;

		diag_error(
			p->diags, E_OVERRIDE, name->place,
			here ? "change it there" : "change it there, or include that file",
			"an override replaces what an included file defines; the %s '%s' is of %s",
			kind->one, name->text, here ? "this file itself" : "another file");
		diag_other(p->diags, same->place, "it is defined here");
		return;
	}
	for (size_t i = 0; i < p->files->named[kind - kinds]; i++)
		if (is_included(p->files, kind->name(p->model, i)->place))
			nearest_try(&nearest, kind->name(p->model, i)->text);
	if (nearest.best)
		snprintf(hint, sizeof(hint), "did you mean '%s'?", nearest.best);
	else
		snprintf(hint, sizeof(hint), "what no included file defines goes under `%s`",
			 kind->key);
	diag_error(p->diags, E_OVERRIDE, name->place, hint,
		   "the override of the %s '%s' replaces nothing", kind->one, name->text);
}

static void override_kind(struct parser *p, const struct node *node, const struct kind *kind)
{
	const struct names *names = &p->files->names[kind - kinds];
	size_t at = p->files->named[kind - kinds];

	kind->parse(p, node, p->model);
	while (at < kind->count(p->model) && !stops(p)) {
		const struct word *name = kind->name(p->model, at), *same = NULL;
		uint32_t index;

		if (names_find(names, name->text, &index))
			same = kind->name(p->model, index);
		if (same && is_included(p->files, same->place)) {
			kind->move(p->model, at, index);
		} else {
			replaces_nothing(p, kind, name, same);
			at++;
		}
	}
	p->files->named[kind - kinds] = kind->count(p->model);
}

static void override_networks(struct parser *p, const struct node *node, void *into)
{
	(void)into;
	override_kind(p, node, &kinds[0]);
}

static void override_services(struct parser *p, const struct node *node, void *into)
{
	(void)into;
	override_kind(p, node, &kinds[1]);
}

static void override_profiles(struct parser *p, const struct node *node, void *into)
{
	(void)into;
	override_kind(p, node, &kinds[2]);
}

static const struct key override_table[] = {
	{ "networks", false, override_networks },
	{ "services", false, override_services },
	{ "profiles", false, override_profiles },
};
KEYS(override_keys, "an override", override_table);

void parse_override(struct parser *p, const struct node *node, void *into)
{
	(void)into;
	/* It stands anywhere in its file, and comes last. */
	p->files->override = node;
}

/* All of them. */

static uint32_t bit_of(const struct keys *keys, const char *name)
{
	for (size_t i = 0; i < keys->count; i++)
		if (!strcmp(keys->keys[i].name, name))
			return UINT32_C(1) << i;
	return 0;
}

void parse_file_keys(struct parser *p, const struct node *root, const struct keys *keys)
{
	struct files *files = p->files;
	uint32_t given;

	if (root->kind == NODE_MAP) {
		follow_includes(p, root);
		check_once(p, root);
	}
	files->override = NULL;
	given = keys_parse_given(p, root, keys, p->model);
	/* The file that is named says for which language it was written; others need not. */
	files->given |= files->at ? given & ~bit_of(keys, "version") : given;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		add_names(p, k);
	if (files->override && !stops(p))
		keys_parse(p, files->override, &override_keys, p->model);
	if (!files->at)
		keys_require(p, root, keys, files->given);
}

void parse_files(struct parser *p, struct sources *sources)
{
	struct files files = { .sources = sources };

	p->files = &files;
	read_file(p, 0);
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		names_free(&files.names[k]);
	p->files = NULL;
}
