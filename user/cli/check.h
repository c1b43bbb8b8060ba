/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WARDGATE_CLI_CHECK_H
#define WARDGATE_CLI_CHECK_H

#include "cli/output.h"
#include "policy/sources.h"

/* Builds the policy (takes `*sources`), prints findings and summary. The exit code. */
int check_sources(struct sources **sources, struct output *out);

/* Tells why a policy file can't be read (a negative errno), and yields the exit code. */
int check_unreadable(int err, const struct error *error, struct output *out);

#endif
