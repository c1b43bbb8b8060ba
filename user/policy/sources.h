/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All files of a policy: the one that was named, and those that are included and imported. They are
 * either all given (by a test, or by a client to the daemon), or read from the folder of the first
 * when they are asked for.
 */
#ifndef WARDGATE_POLICY_SOURCES_H
#define WARDGATE_POLICY_SOURCES_H

#include <stdbool.h>

#include "base/vec.h"
#include "policy/complaint.h"
#include "policy/source.h"

#define SOURCES_MAX 64
#define SOURCES_LIMIT ((size_t)64 << 20) /* bytes, together */

struct sources {
	VEC(struct source *) files; /* in the order in which they were asked for or given */
	size_t bytes;
	char *folder; /* of the first, with its '/'; "" when its name has none */
	bool on_disk; /* what is not there yet is read from the folder */
};

/*
 * From a text, or from a file. -EFBIG over SOURCE_LIMIT, -EINVAL for something that is not a
 * regular file; `out` is set on success only and released with sources_free().
 */
int sources_new(const char *name, const char *bytes, size_t length, struct sources **out,
		struct error *error);
int sources_read(const char *name, struct sources **out, struct error *error);
void sources_free(struct sources **sources);

/* Gives one more file. -EEXIST for a path that is there, -E2BIG over a limit. */
int sources_add(struct sources *sources, const char *path, const char *bytes, size_t length,
		struct error *error);

/*
 * The path that `text` means in the file `from`: from its folder on, without "..". Written to
 * `out`. -EINVAL with the complaint.
 */
#define SOURCES_PATH 1024
int sources_resolve(const struct source *from, const char *text, char out[SOURCES_PATH],
		    struct complaint *complaint);

/* The index of a file, which is read if need be. A negative errno with the sentence. */
int sources_find(struct sources *sources, const char *path, uint32_t *file, struct error *error);

/* The file that a place is in. */
const struct source *sources_file(const struct sources *sources, uint32_t file);

#endif
