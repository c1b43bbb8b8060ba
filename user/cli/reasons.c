/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/reasons.h"

#include <string.h>

#include "base/own.h"
#include "base/text.h"
#include "cli/command.h"
#include "wardgate/reasons.h"

static const struct reason_row rows[] = {
#define X(number, name, label, sentence, advice) { number, label, sentence, advice },
	WARD_REASONS(X)
#undef X
};

const struct reason_row *reasons_find(const char *label)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].label, label))
			return &rows[i];
	return NULL;
}

/* The drop reason that may have been meant, or NULL. */
static const char *guess(const char *label)
{
	const char *best = NULL;
	unsigned least = 4;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned distance = text_distance(rows[i].label, label);

		if (rows[i].number < WARD_FIRST_DROP_REASON || distance >= least ||
		    2 * distance >= strlen(label))
			continue;
		least = distance;
		best = rows[i].label;
	}
	return best;
}

bool reasons_check_option(const struct options *options, struct output *out)
{
	const struct reason_row *row = options->reason ? reasons_find(options->reason) : NULL;
	const char *meant;

	if (!options->reason || (row && row->number >= WARD_FIRST_DROP_REASON))
		return true;
	meant = guess(options->reason);
	output_error(out, "Usage", "'%s' is not a reason to drop%s%s%s", options->reason,
		     meant ? "; did you mean '" : ", see `wardgate reasons`", meant ? meant : "",
		     meant ? "'?" : "");
	return false;
}

static json_t *collect(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		json_array_append_new(
			list, json_pack("{s:i, s:s, s:s, s:s, s:s}", "number", rows[i].number,
					"label", rows[i].label, "verdict",
					rows[i].number < WARD_FIRST_DROP_REASON ? "pass" : "drop",
					"sentence", rows[i].sentence, "advice", rows[i].advice));
	return json_pack("{s:o}", "reasons", list);
}

static void print_verdict(struct output *out, const json_t *data, const char *verdict)
{
	size_t i;
	json_t *reason;

	json_array_foreach(json_object_get(data, "reasons"), i, reason) {
		const char *advice = field_text(reason, "advice");

		if (strcmp(field_text(reason, "verdict"), verdict) != 0)
			continue;
		fprintf(out->stream, "  %-16s  %s\n", field_text(reason, "label"),
			field_text(reason, "sentence"));
		if (*advice)
			fprintf(out->stream, "  %-16s  -> %s\n", "", advice);
	}
}

static void print(struct output *out, const json_t *data)
{
	fprintf(out->stream, "%sReasons to pass%s\n", output_style(out, STYLE_TITLE),
		output_style(out, STYLE_PLAIN));
	print_verdict(out, data, "pass");
	fprintf(out->stream,
		"\n%sReasons to drop, and what to do when the packet should have passed%s\n",
		output_style(out, STYLE_TITLE), output_style(out, STYLE_PLAIN));
	print_verdict(out, data, "drop");
}

int command_reasons(const struct options *options, struct output *out)
{
	(void)options;
	return output_data(out, collect(), print);
}
