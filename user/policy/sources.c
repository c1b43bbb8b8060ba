/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/sources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"

static int append(struct sources *sources, struct source **source, struct error *error)
{
	struct source **room;

	if (sources->files.count == SOURCES_MAX)
		return error_set(error, -E2BIG, "a policy of more than %d files", SOURCES_MAX);
	if ((*source)->length > SOURCES_LIMIT - sources->bytes)
		return error_set(
			error, -E2BIG,
			"with %s the files of the policy are larger than the limit of %zu MiB",
			(*source)->name, SOURCES_LIMIT >> 20);
	room = vec_add(&sources->files);
	if (!room)
		return error_set(error, -ENOMEM, "no memory for %s", (*source)->name);
	(*source)->file = (uint32_t)sources->files.count - 1;
	(*source)->path = (*source)->name + strlen(sources->folder);
	sources->bytes += (*source)->length;
	*room = TAKE_PTR(*source);
	return 0;
}

int sources_new(const char *name, const char *bytes, size_t length, struct sources **out,
		struct error *error)
{
	_cleanup_(sources_free) struct sources *sources = calloc(1, sizeof(*sources));
	_cleanup_(source_free) struct source *source = NULL;
	const char *slash = strrchr(name, '/');
	int err = source_new(name, bytes, length, &source, error);

	if (err)
		return err;
	if (sources)
		sources->folder = strndup(name, slash ? (size_t)(slash - name) + 1 : 0);
	if (!sources || !sources->folder)
		return error_set(error, -ENOMEM, "no memory for %s", name);
	err = append(sources, &source, error);
	if (!err)
		*out = TAKE_PTR(sources);
	return err;
}

int sources_read(const char *name, struct sources **out, struct error *error)
{
	_cleanup_(text_free) struct text text = { 0 };
	int err = file_read(name, SOURCE_LIMIT, &text, error)
			  ?: sources_new(name, text.bytes ?: "", text.length, out, error);

	if (!err)
		(*out)->on_disk = true;
	return err;
}

void sources_free(struct sources **sources)
{
	if (!*sources)
		return;
	for (size_t i = 0; i < (*sources)->files.count; i++)
		source_free(&(*sources)->files.items[i]);
	vec_free(&(*sources)->files);
	free((*sources)->folder);
	free(*sources);
	*sources = NULL;
}

static bool find(const struct sources *sources, const char *path, uint32_t *file)
{
	for (size_t i = 0; i < sources->files.count; i++) {
		if (strcmp(sources->files.items[i]->path, path))
			continue;
		*file = (uint32_t)i;
		return true;
	}
	return false;
}

int sources_add(struct sources *sources, const char *path, const char *bytes, size_t length,
		struct error *error)
{
	_cleanup_(source_free) struct source *source = NULL;
	char name[2 * SOURCES_PATH];
	uint32_t file;

	if (find(sources, path, &file))
		return error_set(error, -EEXIST, "the file %.200s is given twice", path);
	if (snprintf(name, sizeof(name), "%s%s", sources->folder, path) >= (int)sizeof(name))
		return error_set(error, -E2BIG, "the file name %.100s... is too long", name);
	return source_new(name, bytes, length, &source, error) ?: append(sources, &source, error);
}

/* What a path may not be made of. NULL when it is good. */
static const char *wrong_with(const char *path)
{
	if (!*path)
		return "is no file name";
	if (*path == '/')
		return "is an absolute path";
	if (strpbrk(path, "*?["))
		return "is a pattern";
	for (const char *s = path; *s; s++)
		if ((unsigned char)*s < ' ')
			return "is no file name";
	for (const char *s = path; s; s = strchr(s, '/')) {
		s += *s == '/';
		if (!strncmp(s, "..", 2) && (s[2] == '/' || !s[2]))
			return "leads out of its folder";
	}
	return path[strlen(path) - 1] == '/' ? "is a folder" : NULL;
}

/* Without "." and "//", so that a file has one path. False when it does not fit. */
static bool add_parts(const char *path, char *out, size_t *length)
{
	while (*path) {
		size_t part = strcspn(path, "/");
		bool nothing = !part || (part == 1 && *path == '.');

		if (!nothing && *length + part + 2 > SOURCES_PATH)
			return false;
		if (!nothing) {
			if (*length)
				out[(*length)++] = '/';
			memcpy(out + *length, path, part);
			*length += part;
		}
		path += part + (path[part] == '/');
	}
	out[*length] = '\0';
	return *length != 0;
}

int sources_resolve(const struct source *from, const char *text, char out[SOURCES_PATH],
		    struct complaint *complaint)
{
	const char *slash = strrchr(from->path, '/'), *wrong = wrong_with(text);
	size_t length = slash ? (size_t)(slash - from->path) : 0;

	if (!wrong && length)
		memcpy(out, from->path, length);
	if (!wrong && !add_parts(text, out, &length))
		wrong = "is too long, or no file name";
	if (!wrong)
		return 0;
	complain(complaint, E_FILE_NAME, text, "%s", wrong);
	complain_hint(complaint, "files are named one by one, from the folder of this file on and "
				 "not out of it, as in sites/ward.yaml");
	return -EINVAL;
}

int sources_find(struct sources *sources, const char *path, uint32_t *file, struct error *error)
{
	_cleanup_(text_free) struct text text = { 0 };
	int err;

	if (find(sources, path, file))
		return 0;
	if (!sources->on_disk)
		return error_set(error, -ENOENT, "there is no file %s%s", sources->folder, path);
	if (sources->files.count == SOURCES_MAX)
		return error_set(error, -E2BIG, "a policy of more than %d files", SOURCES_MAX);
	err = file_read_below(sources->folder, path, SOURCE_LIMIT, &text, error)
		      ?: sources_add(sources, path, text.bytes ?: "", text.length, error);
	if (!err)
		*file = (uint32_t)sources->files.count - 1;
	return err;
}

const struct source *sources_file(const struct sources *sources, uint32_t file)
{
	return sources->files.items[file < sources->files.count ? file : 0];
}
