/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/characters.h"

#include <inttypes.h>
#include <string.h>

size_t character_length(const char *s, size_t left)
{
	unsigned char lead = (unsigned char)*s;
	size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	if (lead < 0x80)
		return 1;
	return length <= left && text_is_clean(s, length) ? length : 0;
}

static uint32_t code_point(const char *s, size_t length)
{
	static const unsigned char lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t point = (unsigned char)*s & lead_bits[length];

	for (size_t i = 1; i < length; i++)
		point = point << 6 | ((unsigned char)s[i] & 0x3f);
	return point;
}

/* By ascending numbers; the names are Unicode's, in small letters. */
static const struct refused {
	uint32_t first, last;
	const char *name;
	bool space; /* a reader sees a space */
} refused[] = {
	{ 0x00, 0x08, "a control character", false },
	{ 0x0b, 0x0c, "a control character", false },
	{ 0x0e, 0x1f, "a control character", false },
	{ 0x7f, 0x9f, "a control character", false },
	{ 0xa0, 0xa0, "a no-break space", true },
	{ 0xad, 0xad, "a soft hyphen", false },
	{ 0x061c, 0x061c, "a mark of direction", false },
	{ 0x1680, 0x1680, "an ogham space", true },
	{ 0x180e, 0x180e, "a mongolian vowel separator", false },
	{ 0x2000, 0x200a, "a space of its own width", true },
	{ 0x200b, 0x200b, "a zero width space", false },
	{ 0x200c, 0x200d, "a zero width joiner or non-joiner", false },
	{ 0x200e, 0x200f, "a mark of direction", false },
	{ 0x2028, 0x2029, "a separator of lines or paragraphs", true },
	{ 0x202a, 0x202e, "a mark of direction", false },
	{ 0x202f, 0x202f, "a narrow no-break space", true },
	{ 0x205f, 0x205f, "a mathematical space", true },
	{ 0x2060, 0x2064, "a word joiner or an invisible operator", false },
	{ 0x2066, 0x2069, "a mark of direction", false },
	{ 0x3000, 0x3000, "an ideographic space", true },
	{ 0x3164, 0x3164, "a hangul filler", true },
	{ 0xfeff, 0xfeff, "a byte order mark", false },
	{ 0xfffe, 0xffff, "no character", false },
};

static const struct refused *find_refused(uint32_t point)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (point >= refused[i].first && point <= refused[i].last)
			return &refused[i];
	return NULL;
}

size_t characters_bad(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t n;

		if (bytes[i] >= 0x20 && bytes[i] < 0x7f) {
			i++;
			continue;
		}
		n = character_length(bytes + i, length - i);
		if (!n || find_refused(code_point(bytes + i, n)))
			return i;
		i += n;
	}
	return length;
}

size_t characters_count(const char *bytes, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; count++)
		i += character_length(bytes + i, length - i) ?: 1;
	return count;
}

/* The place of an offset in the source. */
static struct place place_of(const struct source *source, size_t offset)
{
	size_t low = 0, high = source->line_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (source->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return (struct place){
		.line = (uint32_t)low + 1,
		.column = (uint32_t)characters_count(source->bytes + source->lines[low],
						     offset - source->lines[low]) +
			  1,
		.width = 1,
		.file = source->file,
	};
}

void characters_report(const char *s, size_t length, struct place place, struct diags *diags)
{
	size_t n = character_length(s, length);
	uint32_t point = n ? code_point(s, n) : 0;
	const struct refused *found = find_refused(point);

	diag_error(diags, E_BAD_CHARACTER, place,
		   found && found->space ? "put an ordinary space in its place" : "delete it",
		   "the invisible character U+%04" PRIX32 ", %s", point,
		   found ? found->name : "no character");
}

static void report_bad(const struct source *source, size_t offset, struct diags *diags)
{
	const char *s = source->bytes + offset;
	size_t n = character_length(s, source->length - offset);
	unsigned char byte = (unsigned char)*s;

	if (!n && !offset && (byte == 0xff || byte == 0xfe))
		diag_error(diags, E_NOT_UTF8, place_of(source, offset), "save the file as UTF-8",
			   "the file is not UTF-8; it looks like UTF-16");
	else if (!n)
		diag_error(diags, E_NOT_UTF8, place_of(source, offset), "save the file as UTF-8",
			   "the byte 0x%02x is not valid UTF-8", byte);
	else if (!byte)
		diag_error(diags, E_BAD_CHARACTER, place_of(source, offset),
			   "a policy is a text file", "a NUL byte");
	else
		characters_report(s, n, place_of(source, offset), diags);
}

/* An old Mac's line end: YAML would count it as a line, and nobody else does. */
static size_t find_lone_return(const struct source *source)
{
	const char *at = source->bytes, *end = at + source->length;

	for (; (at = memchr(at, '\r', (size_t)(end - at))); at++)
		if (at[1] != '\n')
			return (size_t)(at - source->bytes);
	return source->length;
}

static size_t find_tab(const struct source *source)
{
	for (size_t i = 0; i < source->line_count; i++) {
		const char *line = source->bytes + source->lines[i];
		size_t spaces = strspn(line, " ");

		if (line[spaces] == '\t')
			return source->lines[i] + spaces;
	}
	return source->length;
}

bool characters_check_data(const struct source *source, struct diags *diags)
{
	size_t bad = characters_bad(source->bytes, source->length);
	size_t end;

	if (bad < source->length) {
		report_bad(source, bad, diags);
		return false;
	}
	end = find_lone_return(source);
	if (end < source->length) {
		diag_error(diags, E_LINE_END, place_of(source, end), "end lines with LF or CR LF",
			   "a carriage return without a line feed");
		return false;
	}
	return true;
}

bool characters_check(const struct source *source, struct diags *diags)
{
	size_t end;

	if (!characters_check_data(source, diags))
		return false;
	end = find_tab(source);
	if (end < source->length) {
		diag_error(diags, E_TAB, place_of(source, end), "put spaces in its place",
			   "a tab used for indentation; YAML needs spaces");
		return false;
	}
	return true;
}
