/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a command found out is data (JSON values); this prints it, as JSON or as text for people.
 * Text never holds a control character that came in with the data, and no trailing blanks.
 */
#ifndef WARDGATE_CLI_OUTPUT_H
#define WARDGATE_CLI_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/vec.h"

struct output {
	FILE *stream;		/* what was asked for */
	FILE *errors;		/* what is wrong */
	bool json;
	bool color;		/* of stream */
	struct realtime now;	/* that ages are counted to */
};

enum style {
	STYLE_PLAIN,
	STYLE_GOOD,
	STYLE_WARNING,
	STYLE_BAD,
	STYLE_TITLE,
};

/* Colours are for terminals, and for people who did not say NO_COLOR (no-color.org). */
bool output_has_color(FILE *stream);

/* The escape sequence, or "" without colours. STYLE_PLAIN ends the others. */
const char *output_style(const struct output *out, enum style style);

/* JSON with sorted keys, indented; or compact on a line of its own, for streams. */
void output_json(struct output *out, const json_t *data);
void output_json_line(struct output *out, const json_t *data);

/* Data as JSON if the user asked for it, or by `print`. Steals `data`; NULL: memory ran out. */
int output_data(struct output *out, json_t *data, void (*print)(struct output *, const json_t *));

/* "wardgate: SENTENCE" on errors; as JSON {"error": name, "message": sentence} on stream, too. */
__attribute__((format(printf, 3, 4))) void output_error(struct output *out, const char *name,
							const char *format, ...);

/* Writes a text with each control character and each byte that is not UTF-8 as \xNN. */
void output_clean(FILE *stream, const char *text);

/* The same, with line ends and tabs as they are: for texts that are meant to have them. */
void output_clean_lines(FILE *stream, const char *text);

/* Fields of JSON data, which may lack them: "-" and 0 then. */
const char *field_text(const json_t *object, const char *key);
uint64_t field_number(const json_t *object, const char *key);

#define OUTPUT_FIGURE 32

/* Each writes into `out` and returns it: "1,234,567", "1.2 MB" (SI), "3 s ago" or "never". */
const char *output_count(char out[OUTPUT_FIGURE], uint64_t count);
const char *output_bytes(char out[OUTPUT_FIGURE], uint64_t bytes);
const char *output_age(char out[OUTPUT_FIGURE], const json_t *time, struct realtime now);

/* How long until then: "3 s". What has passed is 0 s. */
const char *output_left(char out[OUTPUT_FIGURE], const json_t *time, struct realtime now);

/* "1 device", "1,203 devices". */
const char *output_things(char out[2 * OUTPUT_FIGURE], uint64_t count, const char *thing);

/* Nanoseconds since 1970 of an RFC 3339 time in UTC. 0 or -EINVAL. */
int output_parse_time(const char *text, struct realtime *out);

struct column {
	const char *title;
	bool right;	/* align to the right: numbers */
};

/* Cells in the order of reading. Zero-initialise all but the columns. */
struct table {
	const struct column *columns;
	size_t width;			/* columns in a row */
	VEC(char *) cells;
	bool failed;			/* memory ran out */
};

__attribute__((format(printf, 2, 3))) void table_cell(struct table *table, const char *format, ...);
void table_print(const struct table *table, struct output *out);
void table_free(struct table *table);

#endif
