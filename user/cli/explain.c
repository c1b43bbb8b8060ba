/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "cli/check.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/pcap.h"
#include "cli/remote.h"
#include "control/protocol.h"

#define CAPTURE_LIMIT ((size_t)64 << 20)
#define FRAMES_AT_ONCE 256 /* what the daemon takes */

static void print_where(struct output *out, const json_t *where)
{
	fputs("  [", out->stream);
	output_clean(out->stream, field_text(where, "file"));
	fprintf(out->stream, ":%llu]", (unsigned long long)field_number(where, "line"));
}

static void print_rule(struct output *out, const json_t *rule)
{
	const char *purpose = json_string_value(json_object_get(rule, "purpose"));

	fputs("profile ", out->stream);
	output_clean(out->stream, field_text(rule, "profile"));
	fputs(", ", out->stream);
	output_clean(out->stream, field_text(rule, "text"));
	if (purpose) {
		fputs(": ", out->stream);
		output_clean(out->stream, purpose);
	}
	print_where(out, json_object_get(rule, "where"));
	fputc('\n', out->stream);
}

static void print_stages(struct output *out, const json_t *frame)
{
	const json_t *stages = json_object_get(frame, "stages");
	size_t i, r;
	json_t *stage, *rule;

	json_array_foreach (stages, i, stage) {
		const json_t *passed = json_object_get(stage, "passed");
		const char *name = field_text(stage, "name");

		if (json_is_null(passed)) {
			fprintf(out->stream, "  -   %s\n", name);
			continue;
		}
		fprintf(out->stream, "  %s%s%s %-8s  ",
			output_style(out, json_is_true(passed) ? STYLE_GOOD : STYLE_BAD),
			json_is_true(passed) ? "ok " : "no ", output_style(out, STYLE_PLAIN), name);
		output_clean(out->stream, field_text(stage, "text"));
		fputc('\n', out->stream);
		if (strcmp(name, "allow"))
			continue;
		json_array_foreach (json_object_get(frame, "rules"), r, rule) {
			fputs("                ", out->stream);
			print_rule(out, rule);
		}
	}
}

static void print_nearest(struct output *out, const json_t *nearest)
{
	const json_t *rule = json_object_get(nearest, "rule");

	if (json_is_object(rule)) {
		fputs("  nearest rule: ", out->stream);
		print_rule(out, rule);
	}
	fputs("  to allow it: ", out->stream);
	output_clean(out->stream, field_text(nearest, "edit"));
	print_where(out, json_object_get(nearest, "where"));
	fputc('\n', out->stream);
}

static void print_verdict(struct output *out, const json_t *frame)
{
	static const struct {
		const char *verdict, *words;
		enum style style;
	} verdicts[] = {
		{ "pass", "passes", STYLE_GOOD },
		{ "host", "passes to the gateway itself", STYLE_GOOD },
		{ "audit", "passes in audit mode only", STYLE_WARNING },
		{ "drop", "is dropped", STYLE_BAD },
	};
	const char *advice = field_text(frame, "advice");
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(verdicts) &&
	       strcmp(verdicts[i].verdict, field_text(frame, "verdict")))
		i++;
	fprintf(out->stream, "  => %s%s%s, %s: ", output_style(out, verdicts[i].style),
		verdicts[i].words, output_style(out, STYLE_PLAIN), field_text(frame, "reason"));
	output_clean(out->stream, field_text(frame, "sentence"));
	fputc('\n', out->stream);
	if (json_is_object(json_object_get(frame, "nearest")))
		print_nearest(out, json_object_get(frame, "nearest"));
	else if (*advice && strcmp(advice, "-"))
		fprintf(out->stream, "  advice: %s\n", advice);
}

static void print(struct output *out, const json_t *data)
{
	size_t i;
	json_t *frame;

	json_array_foreach (json_object_get(data, "frames"), i, frame) {
		const char *wrong = json_string_value(json_object_get(frame, "error"));
		const char *port = json_string_value(json_object_get(frame, "port"));

		fprintf(out->stream, "%s%s", i ? "\n" : "", output_style(out, STYLE_TITLE));
		output_clean(out->stream, field_text(frame, "packet"));
		fputs(output_style(out, STYLE_PLAIN), out->stream);
		if (port) {
			fputs(", in on port ", out->stream);
			output_clean(out->stream, port);
		}
		fputc('\n', out->stream);
		if (wrong) {
			fputs("  not judged: ", out->stream);
			output_clean(out->stream, wrong);
			fputc('\n', out->stream);
			continue;
		}
		print_stages(out, frame);
		print_verdict(out, frame);
	}
}

/* Asking. */

static json_t *frame_json(const struct pcap_frame *frame, const char *port)
{
	_cleanup_(text_free) struct text hex = { 0 };

	for (size_t i = 0; i < frame->length; i++)
		text_add(&hex, "%02x", frame->bytes[i]);
	if (text_status(&hex))
		return NULL;
	return port ? json_pack("{s:s, s:s}", "bytes", hex.bytes ?: "", "port", port)
		    : json_pack("{s:s}", "bytes", hex.bytes ?: "");
}

/* Reads the capture into `out`. An exit code. */
static int read_capture(const struct options *options, json_t *parameters, struct output *out)
{
	_cleanup_(text_free) struct text bytes = { 0 };
	struct pcap_frames frames = { 0 };
	json_t *list = json_array();
	struct error error;
	int err = file_read(options->pcap, CAPTURE_LIMIT, &bytes, &error);

	if (!err)
		err = pcap_read((const uint8_t *)(bytes.bytes ?: ""), bytes.length, FRAMES_AT_ONCE,
				&frames, &error);
	for (size_t i = 0; !err && i < frames.list.count; i++)
		json_array_append_new(list, frame_json(&frames.list.items[i], options->port));
	if (!err && !frames.list.count)
		err = error_set(&error, -EINVAL, "there is no frame in it");
	vec_free(&frames.list);
	json_object_set_new(parameters, "frames", list);
	if (!err)
		return EXIT_DONE;
	output_error(out, "Usage", "%s: %s", options->pcap, error.text);
	return EXIT_USAGE;
}

static int read_policy(const struct options *options, json_t *parameters, struct output *out)
{
	json_t *files = NULL;
	int code = files_read(options->policy, &files, out);

	if (!code)
		json_object_set_new(parameters, "files", files);
	return code;
}

static bool can_send_words(const struct options *options, struct output *out)
{
	for (size_t i = 0; i < options->operand_count; i++)
		if (!command_can_send("word", options->operands[i], out))
			return false;
	return !options->flags || command_can_send("word", options->flags, out);
}

static int read_words(const struct options *options, json_t *parameters, struct output *out)
{
	json_t *packet;

	if (options->operand_count != 3 || options->port) {
		output_error(out, "Usage", "%s",
			     options->port ? "--port goes with --pcap"
					   : "explain needs FROM, TO and SERVICE, or --pcap FILE");
		return EXIT_USAGE;
	}
	if (!can_send_words(options, out))
		return EXIT_USAGE;
	packet = json_pack("{s:s, s:s, s:s}", "from", options->operands[0], "to",
			   options->operands[1], "service", options->operands[2]);
	if (options->flags)
		json_object_set_new(packet, "flags", json_string(options->flags));
	json_object_set_new(parameters, "packet", packet);
	return EXIT_DONE;
}

int command_explain(const struct options *options, struct output *out)
{
	_cleanup_(reply_free) struct reply reply = { 0 };
	json_t *parameters = json_object();
	int code;

	if (options->pcap && (options->operand_count || options->flags)) {
		output_error(out, "Usage", "--pcap takes no other packet and no --flags");
		code = EXIT_USAGE;
	} else {
		code = options->pcap ? read_capture(options, parameters, out)
				     : read_words(options, parameters, out);
	}
	if (!code && options->policy)
		code = read_policy(options, parameters, out);
	if (code) {
		json_decref(parameters);
		return code;
	}
	code = remote_call(options, PROTOCOL_EXPLAIN, parameters, out, &reply);
	if (code)
		return code;
	if (reply.failure) {
		const json_t *text = json_object_get(reply.parameters, "text");

		if (json_is_string(text))
			output_clean_lines(out->errors, json_string_value(text));
		code = remote_failure(&reply, out);
		return !strcmp(reply.failure, PROTOCOL_INVALID_PARAMETER) ? EXIT_USAGE : code;
	}
	return output_data(out, TAKE_PTR(reply.parameters), print);
}
