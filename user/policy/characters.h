/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which characters a policy may hold. Beyond text_is_clean() this refuses what a reader cannot see:
 * spaces that are none to YAML and to the names of the policy, what has no width, line separators
 * that editors and YAML count differently, marks that change the direction of writing ("Trojan
 * Source", CVE-2021-42574), and C1 controls, which terminals obey.
 */
#ifndef WARDGATE_POLICY_CHARACTERS_H
#define WARDGATE_POLICY_CHARACTERS_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/diag.h"
#include "policy/source.h"

/* Bytes of the character at `s`: 1 to 4, or 0 when it is not valid UTF-8. `left` is at least 1. */
size_t character_length(const char *s, size_t left);

/* Offset of the first character that a policy may not hold; `length` when there is none. */
size_t characters_bad(const char *bytes, size_t length);

/* Reports the character at `s`, which characters_bad() found; `length` bytes are left. */
void characters_report(const char *s, size_t length, struct place place, struct diags *diags);

/* Characters in the bytes, an invalid byte counted as one. */
size_t characters_count(const char *bytes, size_t length);

/*
 * Looks at the raw text before YAML does: invalid UTF-8, characters as above, tabs that indent. One
 * finding at most: what follows would only echo it. True when the text is good.
 */
bool characters_check(const struct source *source, struct diags *diags);

/* The same of text that is not YAML: tabs may stand where they like. */
bool characters_check_data(const struct source *source, struct diags *diags);

#endif
