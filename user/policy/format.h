/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one layout of a policy file. It works on the YAML, not on the model, so it takes any file of
 * a policy, also one that is included; keys and items stay in their order, comments stay with what
 * they stand at.
 */
#ifndef WARDGATE_POLICY_FORMAT_H
#define WARDGATE_POLICY_FORMAT_H

#include "base/error.h"
#include "base/text.h"
#include "policy/diag.h"
#include "policy/source.h"

/*
 * Adds the file in its layout to `out`. -EINVAL with findings in `diags` when it is no YAML that a
 * policy may have, or with `error` alone when the result would not say the same; -ENOMEM.
 */
int format_source(const struct source *source, struct text *out, struct diags *diags,
		  struct error *error);

/* A comment, or an empty line. */
struct comment {
	const char *text; /* from the '#' on; not ended by a NUL */
	size_t length; /* 0: an empty line */
	uint32_t line;
	bool alone; /* nothing stands before it in its line */
};

typedef VEC(struct comment) comments;

/* All of the source, in order; they point into it. 0 or -ENOMEM. */
int format_comments(const struct source *source, comments *out);

#endif
