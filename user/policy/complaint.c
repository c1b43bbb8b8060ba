/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/complaint.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/characters.h"

#define SHOWN_CHARACTERS 48

/* A character as it is shown: 1 to 4 bytes, or for each of them \xNN. Returns the length. */
static size_t show_character(char out[17], const char *s, size_t n)
{
	bool bad = characters_bad(s, n) < n;

	/* A tag may hold anything: it is written in hex digits. */
	for (size_t i = 0; bad && i < n; i++)
		snprintf(out + 4 * i, 5, "\\x%02x", (unsigned char)s[i]);
	if (bad)
		return 4 * n;
	memcpy(out, s, n);
	if (strchr("\t\r\n", *s))
		*out = ' ';
	return n;
}

const char *values_show(char out[VALUES_SHOWN], const char *text)
{
	size_t at = 0, read = 0, length = strlen(text);
	char shown[17];

	for (int i = 0; read < length && i < SHOWN_CHARACTERS; i++) {
		size_t n = character_length(text + read, length - read) ?: 1;
		size_t size = show_character(shown, text + read, n);

		if (at + size + sizeof("...") > VALUES_SHOWN)
			break;
		memcpy(out + at, shown, size);
		at += size;
		read += n;
	}
	snprintf(out + at, VALUES_SHOWN - at, "%s", read < length ? "..." : "");
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
