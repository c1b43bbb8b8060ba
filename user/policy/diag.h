/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is wrong with a policy, as values: each finding has its place in the source and says what
 * was expected. They are collected, not printed, by the passes.
 */
#ifndef WARDGATE_POLICY_DIAG_H
#define WARDGATE_POLICY_DIAG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "base/vec.h"
#include "policy/codes.h"

/* A place in the policy. Lines and columns count from 1; line 0 is "the file as a whole". */
struct place {
	uint32_t line, column;
	uint32_t width;		/* columns to underline, at least 1 */
	uint32_t file;		/* index into the policy's sources; 0: the file that was named */
};

enum severity {
	SEVERITY_ERROR,
	SEVERITY_WARNING,
};

struct diag {
	enum severity severity;
	enum code code;
	struct place place;
	struct place other;	/* a second place, where two things conflict; line 0: none */
	char *message;		/* "unknown profile 'ct'": quotes the input */
	char *other_message;	/* "first used here", or NULL */
	char *hint;		/* what was expected, or "did you mean", or NULL */
};

/* After this many errors the passes stop: the rest is usually an echo of the first. */
#define DIAG_LIMIT 20

/* Warnings beyond this are counted, but not kept. */
#define DIAG_WARNINGS 100

struct diags {
	VEC(struct diag) list;
	unsigned errors, warnings;
	bool silenced[CODES];	/* warnings that the policy does not want */
	bool failed;		/* memory ran out: the list is incomplete */
	bool left_out;		/* the newest finding was one too many: it is not in the list */
};

void diags_free(struct diags *diags);

/* Records a finding. The texts are copied; `hint` may be NULL. */
__attribute__((format(printf, 5, 6))) void diag_error(struct diags *diags, enum code code,
						      struct place place, const char *hint,
						      const char *format, ...);
__attribute__((format(printf, 5, 6))) void diag_warning(struct diags *diags, enum code code,
							struct place place, const char *hint,
							const char *format, ...);

/* Of these nothing is recorded from now on. */
void diags_silence(struct diags *diags, enum code code);

/* Gives the newest finding its second place. */
void diag_other(struct diags *diags, struct place place, const char *message);

/* True when the passes should stop. */
bool diags_full(const struct diags *diags);

struct sources;

/*
 * Adds all findings to `out` in the order of files and places, each as
 *
 *	FILE:LINE:COLUMN: error[E070]: MESSAGE
 *	  12 |   profile: ct-scaner
 *	     |            ^~~~~~~~~
 *	     = did you mean 'ct-scanner'?
 *
 * A long source line is shown as the part around the place; tabs and columns stay aligned.
 */
void diags_print(const struct diags *diags, const struct sources *sources, struct text *out);

#endif
