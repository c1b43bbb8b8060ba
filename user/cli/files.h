/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WARDGATE_CLI_FILES_H
#define WARDGATE_CLI_FILES_H

#include <jansson.h>

#include "cli/output.h"

/*
 * A policy file and those that it includes and imports, as the daemon takes them. When they cannot
 * be sent the user is told why. The exit code.
 */
int files_read(const char *name, json_t **out, struct output *output);

#endif
