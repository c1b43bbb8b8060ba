/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses and services of the policy room as JSON, and lists of them as text. */
#ifndef WARDGATE_CLI_WORDS_H
#define WARDGATE_CLI_WORDS_H

#include <jansson.h>

#include "policy/sources.h"
#include "policy/space.h"

/* ["10.20.30.40", "10.0.0.0/8"] and ["tcp/104", "tcp/5000-5010"]. */
json_t *words_prefixes(const prefix_list *prefixes);
json_t *words_services(const port_list *services);

/* {"file": .., "line": ..}, or null when there is no such place. */
json_t *words_place(const struct sources *sources, struct place place);

/* The same as text. */
void words_join(const json_t *list, size_t most, struct text *out);

#endif
