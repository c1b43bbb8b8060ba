/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy room: text -> parse -> model -> check -> compile -> image -> prove. It is pure: it
 * needs no root, talks to no kernel, logs nothing and prints nothing. Each pass takes the result of
 * the one before as const and returns a new value.
 */
#ifndef WARDGATE_POLICY_POLICY_H
#define WARDGATE_POLICY_POLICY_H

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "policy/diag.h"
#include "policy/image.h"
#include "policy/model.h"
#include "policy/sources.h"

/*
 * Parses YAML into a model, and what it includes and imports, which `sources` grows by. Findings go
 * to `diags`; -EINVAL when there are errors, -ENOMEM when memory ran out. `out` is set on success
 * only.
 */
int policy_parse(struct sources *sources, struct model **out, struct diags *diags);

/*
 * Has `sources` hold all files of the policy, as it needs to be sent or stored. Parses only when it
 * has to: 0 does not mean that the policy is good. -EINVAL, -ENOMEM as policy_parse().
 */
int policy_gather(struct sources *sources, struct diags *diags);

/*
 * Checks what a single node cannot know (names, duplicates, conflicts) and fills in the indexes.
 * Changes nothing else. -EINVAL when there are errors.
 */
int policy_check(struct model *model, struct diags *diags);

/*
 * Warns of what a checked model says that may not be what was meant. `now` is for rules that
 * expire. 0 or -ENOMEM.
 */
int policy_lint(const struct model *model, struct realtime now, struct diags *diags);

/*
 * Compiles a checked model. The same model gives the same image on every machine. -ENOMEM, or
 * -E2BIG with an error when a table would be too large.
 */
int policy_compile(const struct model *model, struct image **out, struct error *error);

/*
 * Compares the image with a naive reading of the model for every packet that any rule can tell
 * apart. -EINVAL with the first difference in `error`; `compared` is the number of comparisons.
 */
int policy_prove(const struct model *model, const struct image *image, uint64_t *compared,
		 struct error *error);

/* Canonical YAML; it parses to the same model. */
void policy_print(const struct model *model, struct text *out);

/* All passes in a row, as `check` and the daemon run them. Owns what it points to. */
struct policy {
	struct sources *sources;
	struct model *model;
	struct image *image;
	uint64_t compared;
};

/*
 * 0 with `out` set; -EINVAL with findings in `diags`; another negative errno with `error`. Takes
 * the ownership of `*sources` on success only.
 */
int policy_build(struct sources **sources, struct policy **out, struct diags *diags,
		 struct error *error);

/* The same, but whether its assertions and tests hold is not asked. */
int policy_build_unasserted(struct sources **sources, struct policy **out, struct diags *diags,
			    struct error *error);
void policy_free(struct policy **policy);

#endif
