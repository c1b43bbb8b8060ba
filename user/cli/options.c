/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/options.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "base/text.h"
#include "control/protocol.h"

enum kind {
	KIND_FLAG,
	KIND_TEXT,
	KIND_COUNT,
};

static const struct option_rule {
	const char *name;
	const char *argument;
	enum kind kind;
	size_t offset; /* in struct options */
	unsigned set; /* 0: every command takes it */
	const char *help;
} rules[] = {
	{ "socket", "PATH", KIND_TEXT, offsetof(struct options, socket), 0,
	  "where wardgated listens (" PROTOCOL_SOCKET ")" },
	{ "json", NULL, KIND_FLAG, offsetof(struct options, json), 0,
	  "print JSON; watch prints an object a line" },
	{ "no-color", NULL, KIND_FLAG, offsetof(struct options, no_color), 0,
	  "no colours; nor when NO_COLOR is set or no terminal reads" },
	{ "help", NULL, KIND_FLAG, offsetof(struct options, help), 0,
	  "explain the program, or the command" },
	{ "version", NULL, KIND_FLAG, offsetof(struct options, version), 0, "print the version" },
	{ "device", "NAME", KIND_TEXT, offsetof(struct options, device), OPTION_DEVICE,
	  "only drops charged to this device or port" },
	{ "reason", "LABEL", KIND_TEXT, offsetof(struct options, reason), OPTION_REASON,
	  "only drops for this reason (see `wardgate reasons`)" },
	{ "count", "N", KIND_COUNT, offsetof(struct options, count), OPTION_COUNT,
	  "end after N drops" },
	{ "audited", NULL, KIND_FLAG, offsetof(struct options, audited), OPTION_AUDITED,
	  "what audit mode let pass, and would be dropped" },
	{ "from", "WHO", KIND_TEXT, offsetof(struct options, from), OPTION_FROM,
	  "a device, group, profile, network, address or prefix" },
	{ "to", "WHOM", KIND_TEXT, offsetof(struct options, to), OPTION_TO,
	  "the same" },
	{ "service", "NAME", KIND_TEXT, offsetof(struct options, service), OPTION_SERVICE,
	  "a service by its name, or as tcp/104" },
	{ "csv", NULL, KIND_FLAG, offsetof(struct options, csv), OPTION_CSV, "print CSV" },
	{ "dot", NULL, KIND_FLAG, offsetof(struct options, dot), OPTION_DOT,
	  "print a graph for Graphviz" },
	{ "svg", NULL, KIND_FLAG, offsetof(struct options, svg), OPTION_SVG, "print a picture" },
	{ "junit", NULL, KIND_FLAG, offsetof(struct options, junit), OPTION_JUNIT,
	  "print JUnit XML, for CI systems" },
	{ "pcap", "FILE", KIND_TEXT, offsetof(struct options, pcap), OPTION_PCAP,
	  "explain the frames of a pcap or pcapng file" },
	{ "policy", "FILE", KIND_TEXT, offsetof(struct options, policy), OPTION_POLICY,
	  "under this policy, not the one in force" },
	{ "flags", "FLAGS", KIND_TEXT, offsetof(struct options, flags), OPTION_FLAGS,
	  "of TCP, as S, SA, A, PA, FA or R (S)" },
	{ "port", "NAME", KIND_TEXT, offsetof(struct options, port), OPTION_PORT,
	  "the port on which the frames come in" },
	{ "check", NULL, KIND_FLAG, offsetof(struct options, check), OPTION_CHECK,
	  "change nothing; exit with 1 when a file would change" },
	{ "head", "HASH", KIND_TEXT, offsetof(struct options, head), OPTION_HEAD,
	  "a line must have this hash, noted earlier; 12 digits are enough" },
};

static const struct option_rule *find_rule(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (strlen(rules[i].name) == length && !strncmp(rules[i].name, name, length))
			return &rules[i];
	return NULL;
}

static int unknown_option(const char *argument, size_t length, struct error *error)
{
	char name[66];

	snprintf(name, sizeof(name), "%.*s", (int)(length < 65 ? length : 65), argument);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (text_distance(rules[i].name, name) <= 2)
			return error_set(error, -EINVAL,
					 "there is no option --%s; did you mean --%s?", name,
					 rules[i].name);
	return error_set(error, -EINVAL, "there is no option --%s", name);
}

static int store(const struct option_rule *rule, const char *value, struct options *out,
		 struct error *error)
{
	char *field = (char *)out + rule->offset;

	out->given |= rule->set;
	switch (rule->kind) {
	case KIND_FLAG:
		*(bool *)field = true;
		return 0;
	case KIND_TEXT:
		if (!*value)
			return error_set(error, -EINVAL, "the %s of --%s must not be empty",
					 rule->argument, rule->name);
		*(const char **)field = value;
		return 0;
	case KIND_COUNT:
		if (!text_parse_number(value, 1, UINT32_MAX, (uint64_t *)field))
			return 0;
		return error_set(error, -EINVAL, "--%s needs a number from 1 to %u, not '%s'",
				 rule->name, UINT32_MAX, value);
	}
	return -EINVAL;
}

/* Handles argv[*at], an option, and moves on to its value if that is an argument of its own. */
static int take_option(char *const argv[], int *at, struct options *out, struct error *error)
{
	const char *argument = argv[*at] + 2;
	const char *value = strchr(argument, '=');
	size_t length = value ? (size_t)(value - argument) : strlen(argument);
	const struct option_rule *rule = find_rule(argument, length);

	if (!rule)
		return unknown_option(argument, length, error);
	if (rule->kind == KIND_FLAG && value)
		return error_set(error, -EINVAL, "--%s takes no value", rule->name);
	if (rule->kind != KIND_FLAG)
		value = value ? value + 1 : argv[++*at];
	if (rule->kind != KIND_FLAG && !value)
		return error_set(error, -EINVAL, "--%s needs a value: %s", rule->name,
				 rule->argument);
	return store(rule, value, out, error);
}

static void take_operand(const char *argument, struct options *out)
{
	if (!out->command)
		out->command = argument;
	else
		out->operands[out->operand_count++] = argument;
	out->operand = out->operands[0];
}

int options_parse(int argc, char *const argv[], struct options *out, struct error *error)
{
	const char *socket = getenv("WARDGATE_SOCKET");
	struct options options = { .socket = socket && *socket ? socket : PROTOCOL_SOCKET };
	bool only_operands = false;
	int err = 0;

	options.operands = calloc((size_t)argc + 1, sizeof(*options.operands));
	if (!options.operands)
		return error_set(error, -ENOMEM, "no memory for the command line");
	for (int i = 1; i < argc && !err; i++) {
		if (only_operands)
			take_operand(argv[i], &options);
		else if (!strcmp(argv[i], "--"))
			only_operands = true;
		else if (!strcmp(argv[i], "-h"))
			options.help = true;
		else if (!strncmp(argv[i], "--", 2))
			err = take_option(argv, &i, &options, error);
		else if (argv[i][0] == '-' && argv[i][1])
			err = error_set(error, -EINVAL, "there is no option %s", argv[i]);
		else
			take_operand(argv[i], &options);
	}
	/* Even of a wrong line, what was understood counts: --json asks for the error as JSON. */
	*out = options;
	return err;
}

void options_free(struct options *options)
{
	free(options->operands);
	options->operands = NULL;
}

const char *options_foreign(unsigned given, unsigned taken)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].set & given & ~taken)
			return rules[i].name;
	return NULL;
}

static void help_line(FILE *stream, const struct option_rule *rule)
{
	char left[32];

	snprintf(left, sizeof(left), "--%s%s%s", rule->name, rule->argument ? " " : "",
		 rule->argument ? rule->argument : "");
	fprintf(stream, "  %-16s  %s\n", left, rule->help);
}

void options_help(FILE *stream, unsigned set)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].set & set)
			help_line(stream, &rules[i]);
}

void options_help_common(FILE *stream)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (!rules[i].set)
			help_line(stream, &rules[i]);
}
