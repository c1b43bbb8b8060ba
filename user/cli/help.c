/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/command.h"

int command_help(const struct options *options, struct output *out)
{
	const struct command *command;

	if (!options->operand) {
		command_help_all(out->stream);
		return EXIT_DONE;
	}
	command = command_find(options->operand);
	if (!command) {
		command_unknown(out, options->operand);
		return EXIT_USAGE;
	}
	command_help_one(out->stream, command);
	return EXIT_DONE;
}
