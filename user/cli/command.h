/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of commands: each is one line of it, one file, and one page of help. */
#ifndef WARDGATE_CLI_COMMAND_H
#define WARDGATE_CLI_COMMAND_H

#include <stddef.h>

#include "cli/options.h"
#include "cli/output.h"

/* How the program ends; scripts rely on it. Explained in command_help_all(). */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
	EXIT_UNREACHABLE = 3,
	EXIT_DENIED = 4,
	EXIT_BROKEN = 5,
	EXIT_TROUBLE = 6,
	EXIT_FAILED = 7,
	EXIT_NARROWED = 10,
	EXIT_WIDENED = 11,
};

struct command {
	const char *name;
	const char *operand;	/* "FILE" if it takes one, "DEVICE..." if several, or NULL; with a blank, the command counts */
	bool operand_optional;
	unsigned options;	/* OPTION_* that it takes besides the common ones */
	const char *summary;	/* one line */
	const char *help;	/* the rest of its page, with examples */
	int (*run)(const struct options *options, struct output *out);
};

const struct command *command_find(const char *name);

/* The name of a command that may have been meant, or NULL. */
const char *command_guess(const char *name);

/* Says that there is no such command, and which may have been meant. */
void command_unknown(struct output *out, const char *name);

/* What travels as JSON, or comes back in it, is clean UTF-8: false after the user was told. */
bool command_can_send(const char *what, const char *text, struct output *out);

void command_help_all(FILE *stream);
void command_help_one(FILE *stream, const struct command *command);

int command_apply(const struct options *options, struct output *out);
int command_audit(const struct options *options, struct output *out);
int command_check(const struct options *options, struct output *out);
int command_devices(const struct options *options, struct output *out);
int command_diff(const struct options *options, struct output *out);
int command_drops(const struct options *options, struct output *out);
int command_explain(const struct options *options, struct output *out);
int command_explain_error(const struct options *options, struct output *out);
int command_fmt(const struct options *options, struct output *out);
int command_help(const struct options *options, struct output *out);
int command_preflight(const struct options *options, struct output *out);
int command_print(const struct options *options, struct output *out);
int command_quarantine(const struct options *options, struct output *out);
int command_reasons(const struct options *options, struct output *out);
int command_release(const struct options *options, struct output *out);
int command_rules(const struct options *options, struct output *out);
int command_services(const struct options *options, struct output *out);
int command_status(const struct options *options, struct output *out);
int command_test(const struct options *options, struct output *out);
int command_version(const struct options *options, struct output *out);
int command_watch(const struct options *options, struct output *out);
int command_who(const struct options *options, struct output *out);

#endif
