/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wardgate: the one command line of the gateway. It sees the policy room (to check files by itself)
 * and the control protocol; it never touches the kernel.
 */
#include <string.h>

#include "base/own.h"
#include "cli/command.h"

/* The command to run, or NULL after the user was told what is wrong. */
static const struct command *choose(const struct options *options, struct output *out)
{
	const struct command *command = command_find(options->command);
	const char *foreign;

	if (!command) {
		command_unknown(out, options->command);
		return NULL;
	}
	foreign = options_foreign(options->given, command->options);
	if (options->help)
		return command;
	if (foreign)
		output_error(out, "Usage", "%s takes no option --%s", command->name, foreign);
	else if (options->operand && !command->operand)
		output_error(out, "Usage", "%s takes no argument, but got '%s'", command->name,
			     options->operand);
	else if (options->operand_count > 1 && !strpbrk(command->operand, ". "))
		output_error(out, "Usage", "'%s' is one argument too many", options->operands[1]);
	else if (!options->operand && command->operand && !command->operand_optional)
		output_error(out, "Usage", "%s needs %s %s", command->name,
			     strstr(command->operand, "...") ? "at least one" : "a",
			     command->operand);
	else
		return command;
	return NULL;
}

static int run(const struct options *options, struct output *out)
{
	const struct command *command;

	if (options->version)
		return command_version(options, out);
	if (!options->command) {
		command_help_all(options->help ? out->stream : out->errors);
		return options->help ? EXIT_DONE : EXIT_USAGE;
	}
	command = choose(options, out);
	if (!command)
		return EXIT_USAGE;
	if (options->help) {
		command_help_one(out->stream, command);
		return EXIT_DONE;
	}
	return command->run(options, out);
}

int main(int argc, char *argv[])
{
	struct output out = { .stream = stdout, .errors = stderr, .now = clock_realtime() };
	_cleanup_(options_free) struct options options = { 0 };
	struct error error;
	int err = options_parse(argc, argv, &options, &error);
	int code;

	out.json = options.json;
	out.color = !options.no_color && output_has_color(stdout);
	if (err) {
		output_error(&out, "Usage", "%s", error.text);
		code = EXIT_USAGE;
	} else {
		code = run(&options, &out);
	}
	/* A full disk must not look like a short list. */
	if ((fflush(stdout) || ferror(stdout)) && code == EXIT_DONE) {
		fputs("wardgate: cannot write the output\n", stderr);
		code = EXIT_BROKEN;
	}
	return code;
}
