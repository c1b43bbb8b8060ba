/* SPDX-License-Identifier: GPL-2.0-only */
/* The text of one file of a policy and its name, kept so that findings can quote it. */
#ifndef WARDGATE_POLICY_SOURCE_H
#define WARDGATE_POLICY_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A 100,000-device policy is 10 MB of text. */
#define SOURCE_LIMIT ((size_t)32 << 20)

struct source {
	char *name;	/* as the user gave it; of an included file, behind that one's folder */
	const char *path;	/* the part of the name behind the folder of the first file */
	uint32_t file;	/* its index among the sources */
	char *bytes;	/* with a final NUL that `length` does not count */
	size_t length;
	size_t *lines;	/* offset of each line */
	size_t line_count;
};

/*
 * Takes a copy of the text. -EFBIG over SOURCE_LIMIT; `out` is set on success only and released
 * with source_free().
 */
int source_new(const char *name, const char *bytes, size_t length, struct source **out,
	       struct error *error);
void source_free(struct source **source);

/* The line (from 1) without its end, and its length; "" and 0 when there is no such line. */
const char *source_line(const struct source *source, size_t line, size_t *length);

#endif
