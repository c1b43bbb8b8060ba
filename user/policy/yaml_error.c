/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/yaml_error.h"

#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "policy/characters.h"

#define COLONS "an address that begins or ends with ':' needs quotes, as in \"::/0\""
#define KEY_COLON "each key is followed by a colon and a space, as in `name: ward`"
#define LINE_UP "the keys of one mapping start in the same column, and so do the '- ' of one list"
#define COMMENT                                                                                    \
	"a '#' behind a space begins a comment, up to the end of the line: put the text in "       \
	"quotes, as in \"room #12\""

/* The first part that is found in its message counts. */
static const struct {
	const char *problem, *message, *hint;
} explanations[] = {
	{ "mapping values are not allowed", "a ':' where YAML expects no new key",
	  "text that holds ': ' needs quotes; otherwise see whether the line above ends with ':' "
	  "and how it is indented" },
	{ "did not find expected key", "this does not line up with the lines above it", LINE_UP },
	{ "did not find expected '-' indicator", "this does not line up with the lines above it",
	  LINE_UP },
	{ "did not find expected alphabetic", "'*' and '&' mean aliases and anchors to YAML",
	  "put text that starts with them in quotes" },
	{ "did not find expected ',' or ']'", "this list in brackets is not closed with ']'",
	  "items are separated by commas, and the list ends with ']'" },
	{ "did not find expected ',' or '}'", "this mapping in braces is not closed with '}'",
	  "entries are separated by commas, and the mapping ends with '}'" },
	{ "block sequence entries are not allowed", "a list item '- ' cannot start here",
	  "start the list on a line of its own, below its key" },
	{ "did not find expected node content", "expected a value here", NULL },
	{ "found unexpected ':'", "a ':' at the end of a value in brackets", COLONS },
	{ "unexpected end of stream", "the quotes that open here are never closed", NULL },
	{ "did not find expected <document start>", "the policy ends above; nothing may follow",
	  "keys of the policy start in the first column" },
	{ "did not find expected <stream-start>", "the file cannot be read as YAML", NULL },
	{ "found unknown escape character", "an unknown escape after '\\'",
	  "in double quotes write '\\\\' for a backslash, or use single quotes" },
};

/* Where libyaml stopped, and where what it was reading began. */
struct stop {
	const struct source *source;
	struct diags *diags;
	struct place place, opened;
	const char *problem; /* as libyaml says it */
	char at; /* the first byte of the character at `place` */
};

static struct place place_of(const struct source *source, const yaml_mark_t *mark)
{
	return (struct place){ .line = (uint32_t)mark->line + 1,
			       .column = (uint32_t)mark->column + 1,
			       .width = 1,
			       .file = source->file };
}

static char byte_at(const struct source *source, struct place place)
{
	size_t length, i = 0;
	const char *line = source_line(source, place.line, &length);

	for (uint32_t column = 1; column < place.column && i < length; column++)
		i += character_length(line + i, length - i) ?: 1;
	return i < length ? line[i] : '\0';
}

/* A line up to its comment, outside of quotes. */
struct line {
	const char *bytes;
	size_t length; /* up to the comment */
	size_t all;
	size_t indent;
	const char *colon; /* the first one with a space or nothing behind it, or NULL */
};

static struct line read_line(const struct source *source, uint32_t number)
{
	struct line line = { 0 };
	char quote = '\0';

	line.bytes = source_line(source, number, &line.all);
	while (line.indent < line.all && line.bytes[line.indent] == ' ')
		line.indent++;
	for (; line.length < line.all; line.length++) {
		const char *s = line.bytes + line.length;
		bool starts = line.length <= line.indent || strchr(" ,[{", s[-1]);

		if (quote)
			quote = *s == quote ? '\0' : quote;
		else if (starts && (*s == '"' || *s == '\''))
			quote = *s;
		else if (starts && *s == '#' && (s == line.bytes || s[-1] == ' '))
			break;
		else if (*s == ':' && !line.colon &&
			 (line.length + 1 == line.all || s[1] == ' ' || s[1] == '\r'))
			line.colon = s;
	}
	return line;
}

static uint32_t column_in(const struct line *line, const char *at)
{
	return (uint32_t)characters_count(line->bytes, (size_t)(at - line->bytes)) + 1;
}

static bool is_flow(const struct stop *stop)
{
	return strstr(stop->problem, "expected ',' or ") != NULL;
}

/* What closes the braces is behind a '#' that was meant as text. */
static bool explain_comment(const struct stop *stop)
{
	struct place place = stop->opened;
	char closing = strchr(stop->problem, '}') ? '}' : ']';

	for (; is_flow(stop) && place.line <= stop->place.line; place.line++) {
		struct line line = read_line(stop->source, place.line);
		const char *comment = line.bytes + line.length;

		if (line.length == line.all || line.length == line.indent ||
		    !memchr(comment, closing, line.all - line.length))
			continue;
		place.column = column_in(&line, comment);
		diag_error(stop->diags, E_NEEDS_QUOTES, place, COMMENT,
			   "a comment begins here, and the '%c' in it closes nothing", closing);
		diag_other(stop->diags, stop->opened, "what is never closed opens here");
		return true;
	}
	return false;
}

/* "note: this" as a value, or a comma that is missing in front of the key. */
static bool explain_second_colon(const struct stop *stop)
{
	struct line line = read_line(stop->source, stop->place.line);
	bool block = strstr(stop->problem, "mapping values are not allowed") != NULL;

	if (stop->at != ':' || !(is_flow(stop) || block))
		return false;
	if (!line.colon || column_in(&line, line.colon) >= stop->place.column)
		return false;
	diag_error(
		stop->diags, E_NEEDS_QUOTES, stop->place,
		block ? "text that holds ': ' needs quotes, as in purpose: \"note: this\""
		      : "text that holds ': ' needs quotes, as in purpose: \"note: this\"; a new "
			"key needs a ',' in front of it",
		"a second ':' in one value");
	return true;
}

/* The line above, which ends in no list and no braces, has no colon: this one cannot be below it.
 */
static bool explain_missing_colon(const struct stop *stop)
{
	struct place place = stop->place;

	if (strstr(stop->problem, "could not find expected ':'")) {
		place = stop->opened;
	} else if (strstr(stop->problem, "mapping values are not allowed")) {
		struct line line;

		do
			line = read_line(stop->source, --place.line);
		while (place.line && line.indent >= line.length);
		if (!place.line || line.colon || line.bytes[line.indent] == '-')
			return false;
		place.column = (uint32_t)line.indent + 1;
	} else {
		return false;
	}
	diag_error(stop->diags, E_NOT_YAML, place, KEY_COLON,
		   "this line has no ': ' behind its key");
	return true;
}

static bool explain_first(const struct stop *stop)
{
	if (!strstr(stop->problem, "expected node content") || stop->at != ':')
		return false;
	diag_error(stop->diags, E_NEEDS_QUOTES, stop->place, COLONS,
		   "a ':' at the start of a value");
	return true;
}

static bool explain_by_table(const struct stop *stop)
{
	for (size_t i = 0; i < ARRAY_SIZE(explanations); i++) {
		/* What was opened and never closed is to be looked for where it was opened. */
		bool closes = strstr(explanations[i].message, "close") != NULL;

		if (!strstr(stop->problem, explanations[i].problem))
			continue;
		diag_error(stop->diags, E_NOT_YAML, closes ? stop->opened : stop->place,
			   explanations[i].hint, "%s", explanations[i].message);
		return true;
	}
	return false;
}

static bool explain_start(const struct stop *stop)
{
	if (!strstr(stop->problem, "cannot start any token") ||
	    (stop->at <= ' ' && stop->at != '\t'))
		return false;
	if (stop->at == '\t')
		diag_error(stop->diags, E_TAB, stop->place, "put spaces in its place",
			   "a tab used for indentation; YAML needs spaces");
	else
		diag_error(stop->diags, E_NEEDS_QUOTES, stop->place, "put the text in quotes",
			   "text cannot start with '%c' in YAML", stop->at);
	return true;
}

int yaml_error(const struct source *source, const yaml_parser_t *yaml, struct diags *diags)
{
	struct stop stop = {
		.source = source,
		.diags = diags,
		.place = place_of(source, &yaml->problem_mark),
		.problem = yaml->problem ?: "it is not YAML",
	};

	if (yaml->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	stop.opened = yaml->context ? place_of(source, &yaml->context_mark) : stop.place;
	stop.at = byte_at(source, stop.place);
	if (!explain_first(&stop) && !explain_comment(&stop) && !explain_second_colon(&stop) &&
	    !explain_missing_colon(&stop) && !explain_by_table(&stop) && !explain_start(&stop))
		diag_error(diags, E_NOT_YAML, stop.place, NULL, "this is not valid YAML: %s",
			   stop.problem);
	return -EINVAL;
}
