/* SPDX-License-Identifier: GPL-2.0-only */
/* The files of a policy as JSON: [{name, text}], the one that was named first. */
#ifndef WARDGATE_DAEMON_FILES_H
#define WARDGATE_DAEMON_FILES_H

#include <jansson.h>

#include "policy/sources.h"

/* -EINVAL for JSON that is something else, or for a name that is not clean. */
int files_from_json(const json_t *files, struct sources **out, struct error *error);

/* NULL when memory ran out, or when the text is not UTF-8. */
json_t *files_to_json(const struct sources *sources);

#endif
