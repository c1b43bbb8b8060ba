/* SPDX-License-Identifier: GPL-2.0-only */
/* What is wrong with a word of the policy, and the parsing of numbers that all values share. */
#ifndef WARDGATE_POLICY_COMPLAINT_H
#define WARDGATE_POLICY_COMPLAINT_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/codes.h"

/* With the input quoted, and what was expected. */
struct complaint {
	enum code code;
	char message[256];
	char hint[256]; /* empty: none */
};

/*
 * The start of a text for a message: at most 48 characters, on one line, and what a policy may not
 * hold (characters.h) as \xNN. Returns `out`.
 */
#define VALUES_SHOWN 200
const char *values_show(char out[VALUES_SHOWN], const char *text);

/* "'TEXT' WHAT" without a hint, which may follow. -EINVAL. */
__attribute__((format(printf, 4, 5))) int complain(struct complaint *c, enum code code,
						   const char *text, const char *format, ...);
__attribute__((format(printf, 2, 3))) void complain_hint(struct complaint *c, const char *format,
							 ...);

/* A decimal of `low` to `high`. A zero in front is refused: in YAML it may mean octal. */
int complain_decimal(const char *s, uint64_t low, uint64_t high, const char *what, uint64_t *out,
		     struct complaint *c);

/* Splits "A-B" into two short words. False when it is no range. */
#define COMPLAINT_WORD 24
bool complain_split(const char *s, char between, char first[COMPLAINT_WORD],
		    char last[COMPLAINT_WORD]);

#endif
