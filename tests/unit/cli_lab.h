/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command against a server that answers from tests/golden/cli/NAME.json; expected are NAME.txt
 * (text) and the exit code. UPDATE_GOLDEN=1 makes the .txt files anew: read them then.
 */
#ifndef WARDGATE_TESTS_CLI_LAB_H
#define WARDGATE_TESTS_CLI_LAB_H

#include "cli/options.h"

#define CLI_GOLDEN "tests/golden/cli/"

void cli_expect(const char *name, struct options options, int code);

/* What it printed, errors behind, must be what the file `printed` says. */
void cli_expect_as(const char *name, const char *printed, struct options options, int code);

#endif
