/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/who.h"

#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "cli/command.h"
#include "cli/load.h"
#include "cli/who.h"
#include "cli/words.h"

/* Names of devices, or prefixes, of a side in a line of text. */
#define ITEMS_SHOWN 4

static json_t *side_json(const struct who_side *side)
{
	json_t *devices = json_array();

	for (size_t i = 0; i < side->devices.count; i++)
		json_array_append_new(devices, json_string(side->devices.items[i]));
	return json_pack("{s:s?, s:o, s:b, s:s?, s:b, s:o}", "profile", side->profile, "devices",
			 devices, "all", (int)(side->profile && side->all), "network",
			 side->network, "but_devices", (int)side->but_devices, "addresses",
			 words_prefixes(&side->peers));
}

static json_t *rule_json(const struct model_rule *rule, const struct sources *sources)
{
	static const char *const encrypted[] = { NULL, "no", "preferred", "required" };
	json_t *where;

	if (!rule)
		return json_null();
	where = words_place(sources, rule->place);
	return json_pack("{s:o, s:s?, s:s?, s:s?, s:s?, s:b}", "where", where, "purpose",
			 rule->purpose.text, "hours", rule->hours.text, "expires",
			 rule->expires.text, "encrypted", encrypted[rule->encryption], "limited",
			 (int)(rule->limit.place.line != 0));
}

static json_t *who_json(const struct who *who, const struct options *options,
			const struct sources *sources)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < who->rows.count; i++) {
		const struct who_row *row = &who->rows.items[i];

		json_array_append_new(rows,
				      json_pack("{s:o, s:o, s:o, s:o, s:o}", "from",
						side_json(&row->from), "to", side_json(&row->to),
						"services", words_services(&row->services), "sends",
						rule_json(row->sends, sources), "receives",
						rule_json(row->receives, sources)));
	}
	return json_pack("{s:s, s:s?, s:s?, s:s?, s:o}", "policy", sources_file(sources, 0)->name,
			 "from",
			 options->from, "to", options->to, "service", options->service, "rows",
			 rows);
}

void who_side_text(const json_t *side, size_t most, struct text *out)
{
	const char *profile = json_string_value(json_object_get(side, "profile"));
	const char *network = json_string_value(json_object_get(side, "network"));
	const json_t *devices = json_object_get(side, "devices");
	char count[2 * OUTPUT_FIGURE];

	if (profile && json_is_true(json_object_get(side, "all")) && json_array_size(devices) > 1) {
		text_add(out, "%s (%s)", profile,
			 output_things(count, json_array_size(devices), "device"));
	} else if (profile) {
		words_join(devices, most, out);
		text_add(out, " (%s)", profile);
	} else if (network && json_is_true(json_object_get(side, "but_devices"))) {
		text_add(out, "%s but for its devices", network);
	} else {
		if (network)
			text_add(out, "%s (", network);
		words_join(json_object_get(side, "addresses"), most, out);
		text_add(out, "%s", network ? ")" : "");
	}
}

void who_terms_text(const json_t *row, struct text *out)
{
	static const char *const keys[] = { "sends", "receives" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const json_t *rule = json_object_get(row, keys[i]);
		const char *hours = json_string_value(json_object_get(rule, "hours"));
		const char *expires = json_string_value(json_object_get(rule, "expires"));
		const char *encrypted = json_string_value(json_object_get(rule, "encrypted"));

		if (hours)
			text_add(out, ", %s", hours);
		if (expires)
			text_add(out, ", until %s", expires);
		if (encrypted && !strcmp(encrypted, "required"))
			text_add(out, ", encrypted");
	}
}

static void add_where(const json_t *row, struct text *out)
{
	static const char *const keys[] = { "sends", "receives" };
	const char *before = "  [";

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const json_t *where = json_object_get(json_object_get(row, keys[i]), "where");

		if (!json_is_object(where))
			continue;
		text_add(out, "%s%s:%llu", before, field_text(where, "file"),
			 (unsigned long long)field_number(where, "line"));
		before = ", ";
	}
	text_add(out, "%s", *before == ',' ? "]" : "");
}

static void print(struct output *out, const json_t *data)
{
	const json_t *rows = json_object_get(data, "rows");
	size_t i;
	json_t *row;

	json_array_foreach (rows, i, row) {
		_cleanup_(text_free) struct text line = { 0 };

		who_side_text(json_object_get(row, "from"), ITEMS_SHOWN, &line);
		text_add(&line, " may open ");
		words_join(json_object_get(row, "services"), 0, &line);
		text_add(&line, " to ");
		who_side_text(json_object_get(row, "to"), ITEMS_SHOWN, &line);
		who_terms_text(row, &line);
		add_where(row, &line);
		output_clean(out->stream, line.bytes ?: "");
		fputc('\n', out->stream);
	}
	if (!json_array_size(rows))
		fprintf(out->stream, "nobody may\n");
}

static int ask(const struct options *options, const struct model *model,
	       struct who_question *question, struct error *error)
{
	int err = 0;

	question->from.kind = question->to.kind = MODEL_END_ANY;
	if (options->from)
		err = who_end(model, options->from, &question->from, error);
	if (!err && options->to)
		err = who_end(model, options->to, &question->to, error);
	if (!err && options->service)
		err = who_service(model, options->service, question, error);
	return err;
}

static int answer(const struct options *options, const struct policy *policy, struct output *out)
{
	_cleanup_(who_free) struct who who = { 0 };
	struct who_question question = { 0 };
	struct error error;
	int err = ask(options, policy->model, &question, &error);

	if (err)
		output_error(out, "Usage", "%s", error.text);
	else
		err = policy_who(policy->model, &question, &who);
	vec_free(&question.services);
	if (err == -ENOMEM)
		output_error(out, "NoMemory", "no memory for the answer");
	if (err)
		return err == -EINVAL ? EXIT_USAGE : EXIT_BROKEN;
	return output_data(out, who_json(&who, options, policy->sources),
			   out->json	  ? print
			   : options->csv ? who_print_csv
			   : options->dot ? who_print_dot
			   : options->svg ? who_print_svg
					  : print);
}

int command_who(const struct options *options, struct output *out)
{
	_cleanup_(policy_free) struct policy *policy = NULL;
	int code;

	if (!options->from && !options->to) {
		output_error(out, "Usage", "who needs --from, --to or both");
		return EXIT_USAGE;
	}
	if (options->json + options->csv + options->dot + options->svg > 1) {
		output_error(out, "Usage", "one of --json, --csv, --dot and --svg");
		return EXIT_USAGE;
	}
	code = load_either(options, options->operand, &policy, out);
	return code ? code : answer(options, policy, out);
}
