/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/complaint.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/characters.h"

#define SHOWN_CHARACTERS 48

const char *values_show(char out[VALUES_SHOWN], const char *text)
{
	size_t at = 0, left = strlen(text);

	for (int i = 0; at < left && i < SHOWN_CHARACTERS; i++) {
		size_t n = character_length(text + at, left - at) ?: 1;

		memcpy(out + at, text + at, n);
		if (strchr("\t\r\n", text[at]))
			out[at] = ' ';
		at += n;
	}
	snprintf(out + at, VALUES_SHOWN - at, "%s", at < left ? "..." : "");
	return out;
}

int complain(struct complaint *c, enum code code, const char *text, const char *format, ...)
{
	char shown[VALUES_SHOWN];
	va_list args;
	int length = snprintf(c->message, sizeof(c->message), "'%s' ", values_show(shown, text));

	c->code = code;
	c->hint[0] = '\0';
	if (length < (int)sizeof(c->message)) {
		va_start(args, format);
		vsnprintf(c->message + length, sizeof(c->message) - (size_t)length, format, args);
		va_end(args);
	}
	return -EINVAL;
}

void complain_hint(struct complaint *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->hint, sizeof(c->hint), format, args);
	va_end(args);
}

int complain_decimal(const char *s, uint64_t low, uint64_t high, const char *what, uint64_t *out,
		     struct complaint *c)
{
	size_t zeros = strspn(s, "0"), length = strlen(s);
	int err;

	if (zeros && length > 1 && strspn(s, "0123456789") == length) {
		complain(c, E_BAD_NUMBER, s, "starts with a zero, which some read as octal");
		complain_hint(c, "write it as %.20s", zeros < length ? s + zeros : "0");
		return -EINVAL;
	}
	err = text_parse_number(s, low, high, out);
	if (err == -ERANGE)
		return complain(c, E_BAD_NUMBER, s, "is out of range for %s", what);
	return err ? complain(c, E_BAD_NUMBER, s, "is not %s", what) : 0;
}

bool complain_split(const char *s, char between, char first[COMPLAINT_WORD],
		    char last[COMPLAINT_WORD])
{
	const char *at = strchr(s, between);

	if (!at || at == s || at - s >= COMPLAINT_WORD || strlen(at + 1) >= COMPLAINT_WORD ||
	    !at[1])
		return false;
	snprintf(first, COMPLAINT_WORD, "%.*s", (int)(at - s), s);
	snprintf(last, COMPLAINT_WORD, "%s", at + 1);
	return true;
}
