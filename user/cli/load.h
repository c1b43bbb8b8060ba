/* SPDX-License-Identifier: GPL-2.0-only */
/* Policies that a command asks about: of a file, or the one that runs. */
#ifndef WARDGATE_CLI_LOAD_H
#define WARDGATE_CLI_LOAD_H

#include "cli/options.h"
#include "cli/output.h"
#include "policy/policy.h"

/* Builds the policy of the file. EXIT_DONE, or an exit code after the user was told why. */
int load_file(const char *path, struct policy **policy, struct output *out);

/* The same for the policy in force, which the daemon hands over. */
int load_running(const struct options *options, struct policy **policy, struct output *out);

/* That of the file, or without one (NULL) the one that runs. */
int load_either(const struct options *options, const char *path, struct policy **policy,
		struct output *out);

#endif
