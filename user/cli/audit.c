/* SPDX-License-Identifier: GPL-2.0-only */
/* The audit log: what it says, and whether it is whole. Reads the file, and asks no daemon. */
#include <errno.h>
#include <pwd.h>
#include <string.h>

#include "base/chain.h"
#include "base/own.h"
#include "base/text.h"
#include "cli/check.h"
#include "cli/command.h"
#include "cli/output.h"

#define AUDIT_LOG "/var/lib/wardgate/audit.jsonl"

/* So many digits of a hash are enough to know a line by. */
#define HEAD_LEAST 12

static const struct column columns[] = {
	{ "NUMBER", true },    { "TIME", false },   { "USER", false },	  { "ACTION", false },
	{ "SUBJECT", false }, { "POLICY", false }, { "OUTCOME", false }, { "REASON", false },
};

struct reading {
	const char *path;
	const char *head;	/* beginning of a hash that some line must have; NULL: not asked */
	bool head_found;
	json_t *entries;	/* NULL: not asked for */
	struct chain chain;
	struct error error;	/* where the chain breaks; "": nowhere */
	bool unfinished;	/* the last line has no end */
};

/* What is not JSON was cut short, and is shown as that. */
static void collect(struct reading *reading, const char *line, size_t length)
{
	json_t *entry = json_loadb(line, length, 0, NULL);

	if (!json_is_object(entry)) {
		json_decref(entry);
		entry = json_pack("{s:I, s:s}", "line", (json_int_t)reading->chain.lines,
				  "outcome", "not whole: cut short by a crash");
	}
	json_array_append_new(reading->entries, entry);
}

static void take(struct reading *reading, const char *line, size_t length)
{
	const char *hash = reading->chain.head.hash;
	bool broken = reading->error.text[0];

	reading->unfinished = line[length - 1] != '\n';
	if (!broken)
		chain_next(&reading->chain, line, length, &reading->error);
	if (!broken && reading->head && !strncmp(hash, reading->head, strlen(reading->head)))
		reading->head_found = true;
	if (reading->entries)
		collect(reading, line, length);
}

static int read_log(struct reading *reading, struct output *out)
{
	_cleanup_fclose_ FILE *file = fopen(reading->path, "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	ssize_t length;

	chain_start(&reading->chain);
	while (file && (length = getline(&line, &size, file)) > 0)
		take(reading, line, (size_t)length);
	if (!file || ferror(file)) {
		int err = -errno;
		struct error error;

		error_set(&error, err, "cannot read %s: %s", reading->path, strerror(-err));
		return check_unreadable(err, &error, out);
	}
	if (!reading->error.text[0] && reading->head && !reading->head_found)
		error_set(&reading->error, -EINVAL,
			  "no line has the hash %s: the log was cut off before that line, or "
			  "written anew",
			  reading->head);
	return EXIT_DONE;
}

static json_t *reading_json(const struct reading *reading)
{
	const struct chain *chain = &reading->chain;
	bool broken = reading->error.text[0];

	return json_pack("{s:s, s:b, s:o, s:I, s:I, s:I, s:b, s:I, s:o, s:O*}", "file",
			 reading->path, "whole", !broken, "message",
			 broken ? json_string(reading->error.text) : json_null(), "lines",
			 (json_int_t)chain->lines, "older", (json_int_t)chain->before, "cut",
			 (json_int_t)(chain->cut + chain->open), "unfinished",
			 reading->unfinished, "sequence", (json_int_t)chain->head.sequence, "hash",
			 chain->head.sequence ? json_string(chain->head.hash) : json_null(),
			 "entries", reading->entries);
}

static const char *user_name(char out[OUTPUT_FIGURE], json_int_t uid)
{
	const struct passwd *user = uid < 0 ? NULL : getpwuid((uid_t)uid);

	if (uid < 0)
		return "daemon";
	if (user)
		snprintf(out, OUTPUT_FIGURE, "%.16s (%lld)", user->pw_name, (long long)uid);
	else
		snprintf(out, OUTPUT_FIGURE, "%lld", (long long)uid);
	return out;
}

/* Behind `sudo` it is the login that tells who it was. */
static void add_user(struct table *table, const json_t *entry)
{
	const json_t *uid = json_object_get(entry, "uid");
	const json_t *login = json_object_get(entry, "login");
	char one[OUTPUT_FIGURE], two[OUTPUT_FIGURE];

	if (!uid)
		table_cell(table, "-");
	else if (json_is_integer(login) && !json_equal(login, uid))
		table_cell(table, "%s by %s", user_name(one, json_integer_value(uid)),
			   user_name(two, json_integer_value(login)));
	else
		table_cell(table, "%s", user_name(one, json_integer_value(uid)));
}

static void add_entry(struct table *table, const json_t *entry)
{
	const char *hash = field_text(entry, "hash");

	if (json_object_get(entry, "seq"))
		table_cell(table, "%llu", (unsigned long long)field_number(entry, "seq"));
	else
		table_cell(table, "-");
	table_cell(table, "%s", field_text(entry, "time"));
	add_user(table, entry);
	table_cell(table, "%s", field_text(entry, "action"));
	table_cell(table, "%s", field_text(entry, "subject"));
	table_cell(table, "%.12s", *hash ? hash : "-");
	table_cell(table, "%s", field_text(entry, "outcome"));
	table_cell(table, "%s", field_text(entry, "reason"));
}

static void print_list(struct output *out, const json_t *data)
{
	_cleanup_(table_free) struct table table = { columns, ARRAY_SIZE(columns), { 0 }, false };
	const char *message = json_string_value(json_object_get(data, "message"));
	size_t i;
	json_t *entry;

	json_array_foreach(json_object_get(data, "entries"), i, entry)
		add_entry(&table, entry);
	if (i)
		table_print(&table, out);
	else
		fputs("the audit log is empty\n", out->stream);
	if (message)
		output_error(out, "Broken", "the log was changed: %s", message);
}

/* What a chain cannot show by itself is said each time. */
static void print_verdict(struct output *out, const json_t *data)
{
	const char *message = json_string_value(json_object_get(data, "message"));
	char figure[2 * OUTPUT_FIGURE];

	output_clean(out->stream, field_text(data, "file"));
	if (message) {
		fprintf(out->stream, ": %swas changed%s: ", output_style(out, STYLE_BAD),
			output_style(out, STYLE_PLAIN));
		output_clean(out->stream, message);
		fputc('\n', out->stream);
		return;
	}
	fprintf(out->stream, ": %swhole%s, %s\n", output_style(out, STYLE_GOOD),
		output_style(out, STYLE_PLAIN),
		output_things(figure, field_number(data, "lines"), "line"));
	if (field_number(data, "older"))
		fprintf(out->stream, "older than the chain: %s, unchanged since it began\n",
			output_things(figure, field_number(data, "older"), "line"));
	if (field_number(data, "cut"))
		fprintf(out->stream, "cut short by crashes: %s\n",
			output_things(figure, field_number(data, "cut"), "line"));
	if (json_is_true(json_object_get(data, "unfinished")))
		fputs("the last line has no end: it is being written, or was cut short by a crash "
		      "and is mended with the next change\n",
		      out->stream);
	fprintf(out->stream,
		"head: number %llu, hash %s\n"
		"Lines that were cut off at the end leave no trace in what is left. Compare the "
		"head with one that was\nkept elsewhere (wardgate status, Prometheus), or name its "
		"hash: wardgate audit verify --head HASH\n",
		(unsigned long long)field_number(data, "sequence"), field_text(data, "hash"));
}

static bool is_head(const char *text, struct output *out)
{
	size_t length = strlen(text);

	if (length >= HEAD_LEAST && length < CHAIN_HASH &&
	    strspn(text, "0123456789abcdef") == length)
		return true;
	output_error(out, "Usage", "--head needs a hash, or its first %d digits or more, not '%s'",
		     HEAD_LEAST, text);
	return false;
}

int command_audit(const struct options *options, struct output *out)
{
	bool verify = options->operand && !strcmp(options->operand, "verify");
	struct reading reading = { .path = AUDIT_LOG, .head = options->head };
	json_t *data;
	bool broken;
	int code;

	if (options->operand_count > 1u + verify) {
		output_error(out, "Usage", "'%s' is one argument too many",
			     options->operands[1 + verify]);
		return EXIT_USAGE;
	}
	if (options->head && !is_head(options->head, out))
		return EXIT_USAGE;
	if (options->operand_count > verify)
		reading.path = options->operands[verify];
	if (!command_can_send("file name", reading.path, out))
		return EXIT_USAGE;
	reading.entries = verify ? NULL : json_array();
	code = read_log(&reading, out);
	broken = reading.error.text[0];
	data = code ? NULL : reading_json(&reading);
	json_decref(reading.entries);
	if (code)
		return code;
	code = output_data(out, data, verify ? print_verdict : print_list);
	return code ? code : broken ? EXIT_FAILED : EXIT_DONE;
}
