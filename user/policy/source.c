/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"

#define BOM "\xef\xbb\xbf"

static int index_lines(struct source *source)
{
	const char *at = source->bytes, *end = source->bytes + source->length;
	size_t count = 1;

	for (const char *s = at; (s = memchr(s, '\n', (size_t)(end - s))); s++)
		count++;
	source->lines = calloc(count, sizeof(*source->lines));
	if (!source->lines)
		return -ENOMEM;
	source->lines[source->line_count++] = 0;
	while ((at = memchr(at, '\n', (size_t)(end - at))))
		source->lines[source->line_count++] = (size_t)(++at - source->bytes);
	return 0;
}

int source_new(const char *name, const char *bytes, size_t length, struct source **out,
	       struct error *error)
{
	_cleanup_(source_free) struct source *source = NULL;

	if (length > SOURCE_LIMIT)
		return error_set(error, -EFBIG, "%s is larger than the limit of %zu MiB", name,
				 SOURCE_LIMIT >> 20);
	/* Windows editors put a byte order mark in front; in UTF-8 it means nothing. */
	if (length >= strlen(BOM) && !memcmp(bytes, BOM, strlen(BOM))) {
		bytes += strlen(BOM);
		length -= strlen(BOM);
	}
	source = calloc(1, sizeof(*source));
	if (source)
		source->path = source->name = strdup(name);
	if (source)
		source->bytes = malloc(length + 1);
	if (!source || !source->name || !source->bytes)
		return error_set(error, -ENOMEM, "no memory for %s", name);
	if (length)
		memcpy(source->bytes, bytes, length);
	source->bytes[length] = '\0';
	source->length = length;
	if (index_lines(source))
		return error_set(error, -ENOMEM, "no memory for %s", name);
	*out = TAKE_PTR(source);
	return 0;
}

void source_free(struct source **source)
{
	if (!*source)
		return;
	free((*source)->name);
	free((*source)->bytes);
	free((*source)->lines);
	free(*source);
	*source = NULL;
}

const char *source_line(const struct source *source, size_t line, size_t *length)
{
	size_t from, to;

	*length = 0;
	if (!line || line > source->line_count)
		return "";
	from = source->lines[line - 1];
	to = line < source->line_count ? source->lines[line] - 1 : source->length;
	if (to > from && source->bytes[to - 1] == '\r')
		to--;
	*length = to - from;
	return source->bytes + from;
}
