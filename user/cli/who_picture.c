/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `who` as a picture: those who open on the left, what they open to on the right, and the services
 * on the lines between them. As DOT for Graphviz, or drawn here as SVG.
 */
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "cli/who.h"
#include "cli/words.h"

/* Names in a box. */
#define ITEMS_SHOWN 3

/* Each side that is different is a box once; rows are lines between boxes. */
struct picture {
	VEC(char *) boxes[2];
	struct line {
		size_t box[2];
		char *label;
	} * lines;
	size_t line_count;
	bool failed;
};

static void picture_free(struct picture *p)
{
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < p->boxes[side].count; i++)
			free(p->boxes[side].items[i]);
		vec_free(&p->boxes[side]);
	}
	for (size_t i = 0; i < p->line_count; i++)
		free(p->lines[i].label);
	free(p->lines);
}

static size_t box_of(struct picture *p, int side, const json_t *data)
{
	_cleanup_(text_free) struct text text = { 0 };
	char **box;

	who_side_text(data, ITEMS_SHOWN, &text);
	for (size_t i = 0; i < p->boxes[side].count; i++)
		if (text.bytes && !strcmp(p->boxes[side].items[i], text.bytes))
			return i;
	box = text_status(&text) ? NULL : vec_add(&p->boxes[side]);
	if (!box) {
		p->failed = true;
		return 0;
	}
	*box = text.bytes;
	text.bytes = NULL;
	return p->boxes[side].count - 1;
}

static void make(struct picture *p, const json_t *rows)
{
	static const char *const sides[] = { "from", "to" };
	size_t i;
	json_t *row;

	p->lines = calloc(json_array_size(rows) + 1, sizeof(*p->lines));
	p->failed = !p->lines;
	json_array_foreach (rows, i, row) {
		struct text label = { 0 };

		if (p->failed)
			return;
		for (int side = 0; side < 2; side++)
			p->lines[i].box[side] = box_of(p, side, json_object_get(row, sides[side]));
		words_join(json_object_get(row, "services"), 4, &label);
		who_terms_text(row, &label);
		p->failed |= text_status(&label) != 0;
		p->lines[i].label = label.bytes;
		p->line_count++;
	}
}

static void print_dot_string(struct output *out, const char *text)
{
	fputc('"', out->stream);
	for (; *text; text++)
		fprintf(out->stream, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	fputc('"', out->stream);
}

void who_print_dot(struct output *out, const json_t *data)
{
	static const char *const style[] = { "shape=box, style=rounded", "shape=box" };
	_cleanup_(picture_free) struct picture p = { 0 };

	make(&p, json_object_get(data, "rows"));
	if (p.failed)
		return;
	fputs("digraph wardgate {\n\trankdir=LR;\n\tnode [fontname=\"sans-serif\"];\n"
	      "\tedge [fontname=\"sans-serif\", fontsize=10];\n",
	      out->stream);
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < p.boxes[side].count; i++) {
			fprintf(out->stream, "\t%c%zu [%s, label=", "ab"[side], i, style[side]);
			print_dot_string(out, p.boxes[side].items[i]);
			fputs("];\n", out->stream);
		}
	}
	for (size_t i = 0; i < p.line_count; i++) {
		fprintf(out->stream, "\ta%zu -> b%zu [label=", p.lines[i].box[0],
			p.lines[i].box[1]);
		print_dot_string(out, p.lines[i].label);
		fputs("];\n", out->stream);
	}
	fputs("}\n", out->stream);
}

/* SVG. Widths are guessed: a letter of 12 px is about 7 px wide. */

#define LETTER 7
#define BOX_HEIGHT 28
#define BOX_STEP 44
#define MARGIN 20
#define LABEL_HEIGHT 16

static void print_escaped(struct output *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out->stream);
			break;
		case '>':
			fputs("&gt;", out->stream);
			break;
		case '&':
			fputs("&amp;", out->stream);
			break;
		case '"':
			fputs("&quot;", out->stream);
			break;
		default:
			fputc(*text, out->stream);
		}
	}
}

/* Letters, not bytes. */
static size_t width_of(const char *text)
{
	size_t letters = 0;

	for (; *text; text++)
		letters += (*text & 0xc0) != 0x80;
	return letters * LETTER;
}

struct layout {
	size_t x[2], width[2], y[2]; /* of the boxes of each side; y of the first */
	size_t between, height;
};

static struct layout lay_out(const struct picture *p)
{
	struct layout l = { .height = 2 * MARGIN + BOX_HEIGHT };
	size_t label = 120;

	for (int side = 0; side < 2; side++) {
		size_t height = 2 * MARGIN + p->boxes[side].count * BOX_STEP;

		for (size_t i = 0; i < p->boxes[side].count; i++)
			if (width_of(p->boxes[side].items[i]) + 24 > l.width[side])
				l.width[side] = width_of(p->boxes[side].items[i]) + 24;
		l.height = height > l.height ? height : l.height;
	}
	/* Each line has a label of its own, and they must not lie on each other. */
	if (2 * MARGIN + p->line_count * LABEL_HEIGHT > l.height)
		l.height = 2 * MARGIN + p->line_count * LABEL_HEIGHT;
	for (size_t i = 0; i < p->line_count; i++)
		if (width_of(p->lines[i].label) + 20 > label)
			label = width_of(p->lines[i].label) + 20;
	l.between = label + 120;
	l.x[0] = MARGIN;
	l.x[1] = MARGIN + l.width[0] + l.between;
	for (int side = 0; side < 2; side++)
		l.y[side] = (l.height - p->boxes[side].count * BOX_STEP) / 2 +
			    (BOX_STEP - BOX_HEIGHT) / 2;
	return l;
}

static void draw_box(struct output *out, const struct layout *l, int side, size_t i,
		     const char *text)
{
	size_t y = l->y[side] + i * BOX_STEP;

	fprintf(out->stream,
		"<rect x=\"%zu\" y=\"%zu\" width=\"%zu\" height=\"%d\" rx=\"%d\" class=\"%s\"/>\n"
		"<text x=\"%zu\" y=\"%zu\" text-anchor=\"middle\">",
		l->x[side], y, l->width[side], BOX_HEIGHT, side ? 2 : 10, side ? "to" : "from",
		l->x[side] + l->width[side] / 2, y + BOX_HEIGHT / 2 + 4);
	print_escaped(out, text);
	fputs("</text>\n", out->stream);
}

/* By way of its label: in the middle, one below the other. */
static void draw_line(struct output *out, const struct layout *l, const struct picture *p, size_t i)
{
	const struct line *line = &p->lines[i];
	size_t x0 = l->x[0] + l->width[0], x1 = l->x[1];
	size_t y0 = l->y[0] + line->box[0] * BOX_STEP + BOX_HEIGHT / 2;
	size_t y1 = l->y[1] + line->box[1] * BOX_STEP + BOX_HEIGHT / 2;
	size_t x = x0 + l->between / 2, half = (l->between - 120) / 2;
	size_t y = (l->height - p->line_count * LABEL_HEIGHT) / 2 + i * LABEL_HEIGHT +
		   LABEL_HEIGHT / 2;

	fprintf(out->stream,
		"<path d=\"M%zu %zuC%zu %zu %zu %zu %zu %zuL%zu %zuC%zu %zu %zu %zu %zu %zu\" "
		"marker-end=\"url(#arrow)\"/>\n",
		x0, y0, x0 + 30, y0, x - half - 30, y, x - half, y, x + half, y, x + half + 30, y,
		x1 - 36, y1, x1 - 6, y1);
	fprintf(out->stream, "<text x=\"%zu\" y=\"%zu\" text-anchor=\"middle\" class=\"label\">", x,
		y - 2);
	print_escaped(out, line->label);
	fputs("</text>\n", out->stream);
}

void who_print_svg(struct output *out, const json_t *data)
{
	_cleanup_(picture_free) struct picture p = { 0 };
	struct layout l;

	make(&p, json_object_get(data, "rows"));
	if (p.failed)
		return;
	l = lay_out(&p);
	fprintf(out->stream,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %zu %zu\" width=\"%zu\" "
		"height=\"%zu\">\n<style>\n"
		"text { font: 12px sans-serif; fill: #222 }\n.label { font-size: 11px; fill: #444 "
		"}\n"
		"rect { stroke: #444; fill: #fff }\n.from { fill: #e8f1fb }\n.to { fill: #f3efe2 "
		"}\n"
		"path { stroke: #789; fill: none }\n</style>\n"
		"<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"6\" refY=\"4\" "
		"markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">"
		"<path d=\"M0 0L8 4L0 8Z\" style=\"fill: #789; stroke: none\"/></marker></defs>\n"
		"<rect width=\"100%%\" height=\"100%%\" style=\"stroke: none\"/>\n",
		l.x[1] + l.width[1] + MARGIN, l.height, l.x[1] + l.width[1] + MARGIN, l.height);
	for (size_t i = 0; i < p.line_count; i++)
		draw_line(out, &l, &p, i);
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < p.boxes[side].count; i++)
			draw_box(out, &l, side, i, p.boxes[side].items[i]);
	if (!p.line_count)
		fprintf(out->stream, "<text x=\"%d\" y=\"%d\">nobody may</text>\n", MARGIN,
			MARGIN + 12);
	fputs("</svg>\n", out->stream);
}
