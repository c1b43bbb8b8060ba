/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/own.h"
#include "base/text.h"
#include "cli/command.h"

bool output_has_color(FILE *stream)
{
	const char *none = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (none && *none)
		return false;
	return isatty(fileno(stream)) && term && strcmp(term, "dumb");
}

const char *output_style(const struct output *out, enum style style)
{
	static const char *const sequence[] = {
		[STYLE_PLAIN] = "\033[0m",  [STYLE_GOOD] = "\033[32m", [STYLE_WARNING] = "\033[33m",
		[STYLE_BAD] = "\033[1;31m", [STYLE_TITLE] = "\033[1m",
	};

	return out->color ? sequence[style] : "";
}

/* Six digits of a second are plenty, and 17 of them are noise. */
#define REALS JSON_REAL_PRECISION(6)

void output_json(struct output *out, const json_t *data)
{
	json_dumpf(data, out->stream, JSON_INDENT(2) | JSON_SORT_KEYS | REALS);
	fputc('\n', out->stream);
}

void output_json_line(struct output *out, const json_t *data)
{
	json_dumpf(data, out->stream, JSON_COMPACT | JSON_SORT_KEYS | REALS);
	fputc('\n', out->stream);
}

int output_data(struct output *out, json_t *data, void (*print)(struct output *, const json_t *))
{
	if (!data) {
		output_error(out, "NoMemory",
			     "no memory for the result, or it holds text that is not UTF-8");
		return EXIT_BROKEN;
	}
	if (out->json)
		output_json(out, data);
	else
		print(out, data);
	json_decref(data);
	return EXIT_DONE;
}

/* Bytes that are not UTF-8 stand in it as they do on the terminal. NULL: no memory. */
static json_t *error_json(const char *name, const char *sentence)
{
	json_t *data = json_pack("{s:s, s:s}", "error", name, "message", sentence);
	_cleanup_free_ char *cleaned = NULL;
	size_t length;
	FILE *stream = data ? NULL : open_memstream(&cleaned, &length);

	if (!stream)
		return data;
	output_clean(stream, sentence);
	fclose(stream);
	return json_pack("{s:s, s:s}", "error", name, "message", cleaned);
}

void output_error(struct output *out, const char *name, const char *format, ...)
{
	_cleanup_free_ char *sentence = NULL;
	json_t *data;
	va_list args;

	va_start(args, format);
	if (vasprintf(&sentence, format, args) < 0)
		sentence = NULL;
	va_end(args);
	fputs("wardgate: ", out->errors);
	output_clean(out->errors, sentence ? sentence : "no memory");
	fputc('\n', out->errors);
	if (!out->json)
		return;
	data = error_json(name, sentence ? sentence : "no memory");
	if (data)
		output_json(out, data);
	json_decref(data);
}

/* A character that a terminal obeys: C0 and DEL, or C1, which is C2 80 to C2 9F in UTF-8. */
static size_t control_length(const unsigned char *s, bool lines)
{
	if (lines && (*s == '\n' || *s == '\t'))
		return 0;
	if (*s < 0x20 || *s == 0x7f)
		return 1;
	if (*s == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0)
		return 2;
	return 0;
}

/* Length of the valid UTF-8 character at s, or 0. */
static size_t character_length(const char *s)
{
	for (size_t n = 1; n <= 4; n++) {
		if (!s[n - 1])
			return 0;
		if (text_is_clean(s, n))
			return n;
	}
	return 0;
}

static void clean(FILE *stream, const char *text, bool lines)
{
	while (*text) {
		size_t control = control_length((const unsigned char *)text, lines);
		size_t length = control ? 0 : character_length(text);

		if (length) {
			fwrite(text, 1, length, stream);
			text += length;
			continue;
		}
		for (size_t i = 0; i < (control ? control : 1); i++)
			fprintf(stream, "\\x%02x", (unsigned char)*text++);
	}
}

void output_clean(FILE *stream, const char *text)
{
	clean(stream, text, false);
}

void output_clean_lines(FILE *stream, const char *text)
{
	clean(stream, text, true);
}

const char *field_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "-";
}

uint64_t field_number(const json_t *object, const char *key)
{
	json_int_t number = json_integer_value(json_object_get(object, key));

	return number > 0 ? (uint64_t)number : 0;
}

const char *output_count(char out[OUTPUT_FIGURE], uint64_t count)
{
	return text_count(out, count);
}

const char *output_bytes(char out[OUTPUT_FIGURE], uint64_t bytes)
{
	static const char prefix[] = " kMGTPE";
	double value = (double)bytes;
	size_t step = 0;

	while (value >= 999.5 && prefix[step + 1]) {
		value /= 1000;
		step++;
	}
	if (!step)
		snprintf(out, OUTPUT_FIGURE, "%llu B", (unsigned long long)bytes);
	else
		snprintf(out, OUTPUT_FIGURE, "%.*f %cB", value < 9.95 ? 1 : 0, value, prefix[step]);
	return out;
}

const char *output_things(char out[2 * OUTPUT_FIGURE], uint64_t count, const char *thing)
{
	return text_things(out, count, thing);
}

int output_parse_time(const char *text, struct realtime *out)
{
	struct tm utc = { 0 };
	const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &utc) : NULL;
	uint64_t fraction = 0, unit = 1000000000;
	time_t seconds;

	if (!rest)
		return -EINVAL;
	if (*rest == '.')
		for (rest++; *rest >= '0' && *rest <= '9' && unit > 1; rest++) {
			unit /= 10;
			fraction += unit * (uint64_t)(*rest - '0');
		}
	seconds = timegm(&utc);
	if (strcmp(rest, "Z") != 0 || seconds < 0)
		return -EINVAL;
	out->ns = (uint64_t)seconds * 1000000000 + fraction;
	return 0;
}

/* "3 s", in the largest unit that still says something. */
static const char *format_span(char out[OUTPUT_FIGURE], uint64_t seconds, const char *suffix)
{
	static const struct {
		uint64_t seconds;
		uint64_t until; /* seconds: beyond, the next unit is used */
		const char *name;
	} units[] = {
		{ 1, 120, "s" },
		{ 60, 120 * 60, "min" },
		{ 3600, 48 * 3600, "h" },
		{ 86400, UINT64_MAX, "days" },
	};
	size_t i = 0;

	while (seconds >= units[i].until)
		i++;
	snprintf(out, OUTPUT_FIGURE, "%llu %s%s", (unsigned long long)(seconds / units[i].seconds),
		 units[i].name, suffix);
	return out;
}

const char *output_age(char out[OUTPUT_FIGURE], const json_t *time, struct realtime now)
{
	struct realtime then;

	if (output_parse_time(json_string_value(time), &then)) {
		snprintf(out, OUTPUT_FIGURE, "never");
		return out;
	}
	return format_span(out, now.ns > then.ns ? (now.ns - then.ns) / 1000000000 : 0, " ago");
}

const char *output_left(char out[OUTPUT_FIGURE], const json_t *time, struct realtime now)
{
	struct realtime then;

	if (output_parse_time(json_string_value(time), &then) || then.ns < now.ns)
		then = now;
	return format_span(out, (then.ns - now.ns) / 1000000000, "");
}
