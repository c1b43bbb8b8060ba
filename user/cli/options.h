/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line as values. Options may stand before and after the command. */
#ifndef WARDGATE_CLI_OPTIONS_H
#define WARDGATE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

/* Options that only some commands take. */
enum {
	OPTION_DEVICE = 1 << 0,
	OPTION_REASON = 1 << 1,
	OPTION_COUNT = 1 << 2,
	OPTION_AUDITED = 1 << 3,
	OPTION_FROM = 1 << 4,
	OPTION_TO = 1 << 5,
	OPTION_SERVICE = 1 << 6,
	OPTION_CSV = 1 << 7,
	OPTION_DOT = 1 << 8,
	OPTION_SVG = 1 << 9,
	OPTION_JUNIT = 1 << 10,
	OPTION_PCAP = 1 << 11,
	OPTION_POLICY = 1 << 12,
	OPTION_FLAGS = 1 << 13,
	OPTION_PORT = 1 << 14,
	OPTION_CHECK = 1 << 15,
	OPTION_HEAD = 1 << 16,
};

/* Texts are borrowed from argv; free with options_free(). */
struct options {
	const char *command;	/* NULL: none given */
	const char *operand;	/* the first; NULL: none given */
	const char **operands;	/* all of them */
	size_t operand_count;
	const char *socket;
	const char *device;	/* NULL: all */
	const char *reason;	/* NULL: all */
	const char *from, *to, *service;	/* NULL: any */
	const char *head;	/* NULL: none given */
	const char *pcap, *policy, *flags, *port;	/* NULL: none given */
	uint64_t count;		/* 0: without end */
	bool csv, dot, svg, junit;
	bool audited;
	bool check;
	bool json;
	bool no_color;
	bool help;
	bool version;
	unsigned given;		/* OPTION_* seen */
};

/* 0, or -EINVAL with what is wrong, or -ENOMEM. What a command takes is checked by the caller. */
int options_parse(int argc, char *const argv[], struct options *out, struct error *error);
void options_free(struct options *options);

/* The first of `given` that is not in `taken`, as "--device"; NULL when there is none. */
const char *options_foreign(unsigned given, unsigned taken);

/* A line of help for each option of the set, and for the common ones. */
void options_help(FILE *stream, unsigned set);
void options_help_common(FILE *stream);

#endif
