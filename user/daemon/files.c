/* SPDX-License-Identifier: GPL-2.0-only */
#include "daemon/files.h"

#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "base/text.h"

static int add(struct sources **sources, const json_t *file, struct error *error)
{
	const json_t *text = json_object_get(file, "text");
	const char *name = json_string_value(json_object_get(file, "name"));
	const char *bytes = json_string_value(text);
	size_t length = json_string_length(text);

	if (!name || !bytes || json_object_size(file) != 2 || !text_is_clean(name, strlen(name)))
		return error_set(error, -EINVAL,
				 "each file of a policy has a clean `name`, and `text`");
	return *sources ? sources_add(*sources, name, bytes, length, error)
			: sources_new(name, bytes, length, sources, error);
}

int files_from_json(const json_t *files, struct sources **out, struct error *error)
{
	_cleanup_(sources_free) struct sources *sources = NULL;

	for (size_t i = 0; i < json_array_size(files); i++) {
		int err = add(&sources, json_array_get(files, i), error);

		if (err)
			return err;
	}
	if (!sources)
		return error_set(error, -EINVAL, "a policy is `files`, a list of one or more");
	*out = TAKE_PTR(sources);
	return 0;
}

json_t *files_to_json(const struct sources *sources)
{
	json_t *files = json_array();

	for (size_t i = 0; i < sources->files.count; i++) {
		const struct source *file = sources_file(sources, (uint32_t)i);

		if (json_array_append_new(files, json_pack("{s:s, s:s%}", "name",
							   i ? file->path : file->name, "text",
							   file->bytes, file->length))) {
			json_decref(files);
			return NULL;
		}
	}
	return files;
}
