/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/codes.h"

#include <strings.h>

const struct code_row codes[CODES] = {
#define X(name, number, title, why, wrong, right) [name] = { number, title, why, wrong, right },
	POLICY_CODES(X)
#undef X
};

const struct code_row *codes_find(const char *number)
{
	for (size_t i = 0; i < CODES; i++)
		if (!strcasecmp(codes[i].number, number))
			return &codes[i];
	return NULL;
}

enum code codes_number(const char *number)
{
	return (enum code)(codes_find(number) - codes);
}
