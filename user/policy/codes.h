/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every kind of finding has a number that never changes and is never given to another kind, so that
 * scripts and people can refer to it. The tables are X(NAME, "NUMBER", "title", "why", "example of
 * what is wrong", "what to write or do instead"). New ones go to the end of their part of the table.
 */
#ifndef WARDGATE_POLICY_CODES_H
#define WARDGATE_POLICY_CODES_H

#include <stddef.h>

#include "policy/codes_files.h"
#include "policy/codes_names.h"
#include "policy/codes_rules.h"
#include "policy/codes_values.h"
#include "policy/codes_warnings.h"
#include "policy/codes_yaml.h"

#define POLICY_CODES(X)                                                                            \
	CODES_YAML(X)                                                                              \
	CODES_VALUES(X)                                                                            \
	CODES_NAMES(X)                                                                             \
	CODES_RULES(X)                                                                             \
	CODES_FILES(X)                                                                             \
	CODES_WARNINGS(X)

enum code {
#define X(name, number, title, why, wrong, right) name,
	POLICY_CODES(X)
#undef X
	CODES,
};

struct code_row {
	const char *number;	/* "E031" or "W001": its letter is the severity */
	const char *title;
	const char *why;
	const char *wrong;	/* part of a policy */
	const char *right;	/* the same part in order, or what to do */
};

extern const struct code_row codes[CODES];

/* The code of a number that is one. */
enum code codes_number(const char *number);

/* The row of "E031" or "e031", or NULL. */
const struct code_row *codes_find(const char *number);

#endif
