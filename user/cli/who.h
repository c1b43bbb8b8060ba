/* SPDX-License-Identifier: GPL-2.0-only */
/* The answer of `who`, in its forms. The data is what --json prints. */
#ifndef WARDGATE_CLI_WHO_H
#define WARDGATE_CLI_WHO_H

#include "base/text.h"
#include "cli/output.h"

/* "ct (12 devices)", "ct-1, ct-2 (ct)", "pacs (10.20.30.40)"; at most `most` items, 0: all. */
void who_side_text(const json_t *side, size_t most, struct text *out);

/* ", Mon-Fri 07:00-19:00, encrypted" */
void who_terms_text(const json_t *row, struct text *out);

void who_print_csv(struct output *out, const json_t *data);
void who_print_dot(struct output *out, const json_t *data);
void who_print_svg(struct output *out, const json_t *data);

#endif
