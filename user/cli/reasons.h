/* SPDX-License-Identifier: GPL-2.0-only */
/* The reasons as rows: what include/wardgate/reasons.h says, for the commands that need words. */
#ifndef WARDGATE_CLI_REASONS_H
#define WARDGATE_CLI_REASONS_H

#include <stdbool.h>

#include "cli/options.h"
#include "cli/output.h"

struct reason_row {
	int number;
	const char *label, *sentence, *advice;
};

/* NULL when there is no such label. */
const struct reason_row *reasons_find(const char *label);

/* True when --reason is not given or names a drop reason; the user is told otherwise. */
bool reasons_check_option(const struct options *options, struct output *out);

#endif
