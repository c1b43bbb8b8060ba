/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WARDGATE_CLI_FILES_H
#define WARDGATE_CLI_FILES_H

#include <jansson.h>

#include "cli/output.h"
#include "policy/sources.h"

/* Whether the name stands for standard input. */
bool files_is_input(const char *name);

/* sources_read() of a file, or of standard input: what that includes lies in the current folder. */
int files_open(const char *name, struct sources **out, struct error *error);

/*
 * A policy file and those that it includes and imports, as the daemon takes them. When they cannot
 * be sent the user is told why. The exit code.
 */
int files_read(const char *name, json_t **out, struct output *output);

#endif
