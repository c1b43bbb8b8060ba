/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/files.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "cli/check.h"
#include "cli/command.h"
#include "policy/policy.h"

#define INPUT_NAME "<stdin>"

bool files_is_input(const char *name)
{
	return !strcmp(name, "-");
}

int files_open(const char *name, struct sources **out, struct error *error)
{
	_cleanup_(text_free) struct text text = { 0 };
	int err;

	if (!files_is_input(name))
		return sources_read(name, out, error);
	err = file_read_stream(STDIN_FILENO, INPUT_NAME, SOURCE_LIMIT, &text, error)
		      ?: sources_new(INPUT_NAME, text.bytes ?: "", text.length, out, error);
	if (!err)
		(*out)->on_disk = true;
	return err;
}

/* What is not UTF-8 cannot travel as JSON. */
static bool are_clean(const struct sources *sources)
{
	for (size_t i = 0; i < sources->files.count; i++) {
		const struct source *file = sources_file(sources, (uint32_t)i);

		if (!text_is_clean(file->bytes, file->length))
			return false;
	}
	return true;
}

static json_t *files_json(const struct sources *sources)
{
	json_t *files = json_array();

	for (size_t i = 0; i < sources->files.count; i++) {
		const struct source *file = sources_file(sources, (uint32_t)i);

		json_array_append_new(files,
				      json_pack("{s:s, s:s%}", "name", i ? file->path : file->name,
						"text", file->bytes, file->length));
	}
	return files;
}

/* The checker finds the place. */
static int explain(const char *name, struct sources **sources, struct output *out)
{
	int code = check_sources(sources, out);

	if (code != EXIT_DONE)
		return code;
	output_error(out, "Refused", "%s cannot be sent", name);
	return EXIT_REFUSED;
}

int files_read(const char *name, json_t **out, struct output *output)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(diags_free) struct diags diags = { 0 };
	struct error error;
	int err;

	/* The name travels as JSON, too, and comes back in messages. */
	if (!text_is_clean(name, strlen(name))) {
		output_error(output, "Usage", "the file name %s is not clean UTF-8", name);
		return EXIT_USAGE;
	}
	err = sources_read(name, &sources, &error);
	if (err)
		return check_unreadable(err, &error, output);
	if (policy_gather(sources, &diags) || !are_clean(sources))
		return explain(name, &sources, output);
	*out = files_json(sources);
	return EXIT_DONE;
}
