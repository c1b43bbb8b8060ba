/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/diff_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/names.h"

void diff_free(struct diff *diff)
{
	for (size_t i = 0; i < diff->lines.count; i++) {
		struct diff_line *line = &diff->lines.items[i];

		for (size_t s = 0; s < line->subjects.count; s++)
			free(line->subjects.items[s].names);
		vec_free(&line->subjects);
		vec_free(&line->peers);
		vec_free(&line->services);
		free(line->sentence);
	}
	vec_free(&diff->lines);
}

static void differ_free(struct differ *d)
{
	space_free(&d->space);
	diff_free_freed(d);
	vec_free(&d->pairs);
	free(d->common);
}

struct diff_line *diff_add(struct differ *d, enum diff_kind kind, struct terms_change change,
			   struct text *sentence)
{
	struct diff_line *line = text_status(sentence) ? NULL : vec_add(&d->out->lines);

	if (!line) {
		text_free(sentence);
		return NULL;
	}
	line->kind = kind;
	line->widened = change.widened;
	line->narrowed = change.narrowed;
	line->sentence = sentence->bytes;
	*sentence = (struct text){ 0 };
	return line;
}

int diff_add_device(struct diff_line *line, const struct model *model, uint32_t device)
{
	const struct model_device *from = &model->devices.items[device];
	struct diff_subject *subject = vec_add(&line->subjects);

	if (!subject)
		return -ENOMEM;
	subject->profile = model->profiles.items[from->profile].name.text;
	subject->names = calloc(1, sizeof(*subject->names));
	if (!subject->names)
		return -ENOMEM;
	subject->names[subject->count++] = from->name.text;
	return 0;
}

int diff_add_group(struct differ *d, struct diff_line *line, const struct diff_group *group)
{
	const struct model *model = group->new_profile == DIFF_NONE ? d->old : d->new;
	uint32_t profile =
		group->new_profile == DIFF_NONE ? group->old_profile : group->new_profile;
	struct diff_subject *subject = vec_add(&line->subjects);

	if (!subject)
		return -ENOMEM;
	if (group->in_quarantine)
		return 0;
	subject->profile = model->profiles.items[profile].name.text;
	subject->names = calloc(group->count + 1, sizeof(*subject->names));
	if (!subject->names)
		return -ENOMEM;
	for (size_t i = 0; i < group->count; i++) {
		const struct diff_pair *pair = &d->pairs.items[group->first + i];

		subject->names[i] = model->devices.items[pair->new].name.text;
	}
	subject->count = group->count;
	subject->all =
		group->old_profile != DIFF_NONE && group->count == d->common[group->new_profile];
	return 0;
}

/* Devices of both policies meet by their names. */

static int by_profiles(const void *left, const void *right)
{
	const struct diff_pair *a = left, *b = right;

	if (a->new_profile != b->new_profile)
		return a->new_profile < b->new_profile ? -1 : 1;
	if (a->old_profile != b->old_profile)
		return a->old_profile < b->old_profile ? -1 : 1;
	return a->new < b->new ? -1 : a->new > b->new;
}

static int pair_new(struct differ *d, const struct names *names, bool *met)
{
	for (uint32_t i = 0; i < d->new->devices.count; i++) {
		const struct model_device *device = &d->new->devices.items[i];
		struct diff_pair *pair = vec_add(&d->pairs);
		uint32_t old;

		if (!pair)
			return -ENOMEM;
		*pair = (struct diff_pair){ DIFF_NONE, device->profile, DIFF_NONE, i };
		if (!names_find(names, device->name.text, &old))
			continue;
		pair->old = old;
		pair->old_profile = d->old->devices.items[old].profile;
		d->common[device->profile]++;
		met[old] = true;
	}
	return 0;
}

static int pair_devices(struct differ *d)
{
	_cleanup_(names_free) struct names names = { 0 };
	_cleanup_free_ bool *met = calloc(d->old->devices.count + 1, sizeof(*met));
	int err = met ? 0 : -ENOMEM;
	uint32_t first;

	for (uint32_t i = 0; !err && i < d->old->devices.count; i++)
		if (names_add(&names, d->old->devices.items[i].name.text, i, &first) == -ENOMEM)
			err = -ENOMEM;
	err = err ?: pair_new(d, &names, met);
	for (uint32_t i = 0; !err && i < d->old->devices.count; i++) {
		struct diff_pair *pair = met[i] ? NULL : vec_add(&d->pairs);

		err = pair || met[i] ? 0 : -ENOMEM;
		if (pair)
			*pair = (struct diff_pair){ d->old->devices.items[i].profile, DIFF_NONE, i,
						    DIFF_NONE };
	}
	if (!err && d->pairs.count)
		qsort(d->pairs.items, d->pairs.count, sizeof(*d->pairs.items), by_profiles);
	return err;
}

/* Of the device as a whole: its limit, and whether fragments pass. */
static int diff_profile(struct differ *d, const struct diff_group *group)
{
	static const struct model_profile none;
	const struct model_profile *old = group->old_profile == DIFF_NONE
						  ? &none
						  : &d->old->profiles.items[group->old_profile];
	const struct model_profile *new = &d->new->profiles.items[group->new_profile];
	struct text sentence = { 0 };
	struct terms_change change;
	struct diff_line *line;

	if (group->old_profile == DIFF_NONE)
		return 0;
	change = terms_compare_limits(&old->limit, &new->limit, "limit ", &sentence);
	if (change.differs) {
		line = diff_add(d, DIFF_LIMIT, change, &sentence);
		if (!line || diff_add_group(d, line, group))
			return -ENOMEM;
	}
	if (old->tracks_fragments == new->tracks_fragments)
		return 0;
	text_add(&sentence, "%s",
		 new->tracks_fragments ? "may newly send and receive fragments"
				       : "may no longer send or receive fragments");
	change = (struct terms_change){ true, new->tracks_fragments, old->tracks_fragments };
	line = diff_add(d, DIFF_MODE, change, &sentence);
	return line ? diff_add_group(d, line, group) : -ENOMEM;
}

struct diff_group diff_group_at(const struct differ *d, size_t first)
{
	const struct diff_pair *pairs = d->pairs.items;
	struct diff_group group = { pairs[first].old_profile, pairs[first].new_profile, first, 0,
				    false };

	while (first + group.count < d->pairs.count &&
	       pairs[first + group.count].old_profile == group.old_profile &&
	       pairs[first + group.count].new_profile == group.new_profile)
		group.count++;
	return group;
}

/* Devices that are gone are said in one line each; what is closed before and after is nothing. */
static int diff_groups(struct differ *d)
{
	int err = 0;

	for (size_t i = 0, next; !err && i < d->pairs.count; i = next) {
		const struct diff_group group = diff_group_at(d, i);

		next = i + group.count;
		if (group.new_profile != DIFF_NONE)
			err = diff_reach(d, &group) ?: diff_profile(d, &group);
	}
	return err;
}

static uint32_t quarantine_of(const struct model *model)
{
	return model->quarantine.text ? model->quarantine_profile : DIFF_NONE;
}

static int diff_quarantine(struct differ *d)
{
	const struct diff_group group = { quarantine_of(d->old), quarantine_of(d->new), 0, 0,
					  true };

	if (group.old_profile == DIFF_NONE && group.new_profile == DIFF_NONE)
		return 0;
	return diff_reach(d, &group);
}

/* Lines that say the same of different devices become one. */

static bool is_same_line(const struct diff_line *a, const struct diff_line *b)
{
	return a->kind == b->kind && a->widened == b->widened && a->narrowed == b->narrowed &&
	       !strcmp(a->sentence, b->sentence) && a->peers.count == b->peers.count &&
	       a->services.count == b->services.count &&
	       (!a->peers.count || !memcmp(a->peers.items, b->peers.items,
					   a->peers.count * sizeof(*a->peers.items))) &&
	       (!a->services.count || !memcmp(a->services.items, b->services.items,
					      a->services.count * sizeof(*a->services.items)));
}

static int join(struct diff_line *into, struct diff_line *from)
{
	for (size_t s = 0; s < from->subjects.count; s++) {
		struct diff_subject *subject = vec_add(&into->subjects);

		if (!subject)
			return -ENOMEM;
		*subject = from->subjects.items[s];
		from->subjects.items[s].names = NULL;
	}
	vec_free(&from->subjects);
	vec_free(&from->peers);
	vec_free(&from->services);
	free(from->sentence);
	return 0;
}

static int by_line(const void *left, const void *right)
{
	const struct diff_line *a = left, *b = right;

	/* What widens comes first: it is what must be approved. */
	if (a->widened != b->widened)
		return a->widened ? -1 : 1;
	if (a->narrowed != b->narrowed)
		return a->narrowed ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->subjects.count && b->subjects.count && a->subjects.items[0].profile &&
	    b->subjects.items[0].profile) {
		int order = strcmp(a->subjects.items[0].profile, b->subjects.items[0].profile);

		if (order)
			return order;
	}
	return strcmp(a->sentence, b->sentence);
}

static uint32_t hash_line(const struct diff_line *line)
{
	uint32_t h = 2166136261u ^ (uint32_t)line->peers.count;

	for (const char *s = line->sentence; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h ^ h >> 15;
}

static int join_lines(struct diff *diff)
{
	size_t size = 64, kept = 0;
	_cleanup_free_ uint32_t *table = NULL;
	int err = 0;

	while (size < 2 * diff->lines.count)
		size *= 2;
	table = calloc(size, sizeof(*table));
	if (!table)
		return -ENOMEM;
	for (size_t i = 0; i < diff->lines.count; i++) {
		struct diff_line line = diff->lines.items[i];
		size_t at = hash_line(&line) & (size - 1);

		while (table[at] && !is_same_line(&diff->lines.items[table[at] - 1], &line))
			at = (at + 1) & (size - 1);
		if (!err && table[at]) {
			err = join(&diff->lines.items[table[at] - 1], &line);
			if (!err)
				continue;
		}
		diff->lines.items[kept++] = line;
		if (!table[at])
			table[at] = (uint32_t)kept;
		diff->widened |= line.widened;
		diff->narrowed |= line.narrowed;
	}
	diff->lines.count = kept;
	if (kept)
		qsort(diff->lines.items, kept, sizeof(*diff->lines.items), by_line);
	return err;
}

int policy_diff(const struct model *old, const struct model *new, struct diff *out)
{
	_cleanup_(diff_free) struct diff diff = { 0 };
	_cleanup_(differ_free) struct differ d = { .old = old, .new = new, .out = &diff };
	const struct space_input input = { .models = { old, new },
					   .model_count = SPACE_MODELS,
					   .peers = d.freed.peers,
					   .peer_count = SPACE_MODELS };
	int err;

	d.common = calloc(new->profiles.count + 1, sizeof(*d.common));
	if (!d.common)
		return -ENOMEM;
	err = diff_find_freed(&d) ?: space_new(&input, &d.space) ?: diff_mark_freed(&d) ?:
	      pair_devices(&d) ?: diff_groups(&d) ?: diff_quarantine(&d) ?: diff_devices(&d) ?:
	      diff_links(&d) ?: join_lines(&diff);
	if (err)
		return err;
	*out = diff;
	diff = (struct diff){ 0 };
	return 0;
}
