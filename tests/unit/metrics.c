/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of metrics, against what people read and what alerts and dashboard ask for. */
#include "daemon/metrics.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/own.h"
#include "base/text.h"

#define FOLDER "tools/prometheus/"
#define REFERENCE FOLDER "README.md"
#define FIRST_ROW "| metric | type | labels | meaning |\n"

static const struct row {
	const char *name, *type, *labels, *help;
} rows[] = {
#define X(name, type, labels, help) { "wardgate_" #name, type, labels, help },
	METRICS(X)
#undef X
};

static void read_file(const char *path, struct text *out)
{
	struct error error;

	cr_assert_eq(file_read(path, 1 << 20, out, &error), 0, "%s", error.text);
}

static void build_reference(struct text *out)
{
	text_add(out, FIRST_ROW "|---|---|---|---|\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		text_add(out, "| `%s` | %s | ", rows[i].name, rows[i].type);
		for (const char *c = rows[i].labels; *c; c++)
			text_add(out, "%s%c", *c == ',' ? "," : "", *c == ',' ? ' ' : *c);
		text_add(out, " | %s |\n", rows[i].help);
	}
}

Test(metrics, reference_is_what_the_table_says)
{
	_cleanup_(text_free) struct text page = { 0 }, wanted = { 0 };
	struct error error;
	char *at;

	read_file(REFERENCE, &page);
	build_reference(&wanted);
	at = strstr(page.bytes, FIRST_ROW);
	if (getenv("UPDATE_GOLDEN")) {
		_cleanup_(text_free) struct text whole = { 0 };

		text_add_bytes(&whole, page.bytes, at ? (size_t)(at - page.bytes) : page.length);
		text_add(&whole, "%s", wanted.bytes);
		cr_assert_eq(file_write_whole(REFERENCE, whole.bytes, whole.length, 0644, &error),
			     0);
		return;
	}
	cr_assert(at);
	cr_assert_str_eq(at, wanted.bytes);
}

/* https://prometheus.io/docs/practices/naming/: what promtool cannot see in a sample. */
Test(metrics, names_say_what_they_are)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t length = strlen(rows[i].name);
		bool total = length > 6 && !strcmp(rows[i].name + length - 6, "_total");

		cr_expect_eq(total, !strcmp(rows[i].type, "counter"), "%s", rows[i].name);
		cr_expect_eq(rows[i].help[strlen(rows[i].help) - 1], '.', "%s", rows[i].name);
		cr_expect_null(strpbrk(rows[i].help, "\\\n|"), "%s", rows[i].name);
		for (size_t other = 0; other < i; other++)
			cr_expect_str_neq(rows[i].name, rows[other].name);
	}
}

static bool is_known(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strlen(rows[i].name) == length && !strncmp(rows[i].name, name, length))
			return true;
	return false;
}

/* Each word of the file that begins with wardgate_ is a metric. */
static void expect_known(const char *path)
{
	_cleanup_(text_free) struct text page = { 0 };
	unsigned found = 0;

	read_file(path, &page);
	for (char *at = page.bytes; (at = strstr(at, "wardgate_")); found++) {
		size_t length = 0;

		while (isalnum((unsigned char)at[length]) || at[length] == '_')
			length++;
		cr_expect(is_known(at, length), "%s: %.*s", path, (int)length, at);
		at += length;
	}
	cr_expect_gt(found, 10, "%s", path);
}

Test(metrics, alerts_and_dashboard_ask_for_what_there_is)
{
	expect_known(FOLDER "alerts.yaml");
	expect_known(FOLDER "alerts_test.yaml");
	expect_known(FOLDER "dashboard.json");
}

/* An alert that no test knows may never fire. */
Test(metrics, every_alert_has_a_test)
{
	_cleanup_(text_free) struct text alerts = { 0 }, tests = { 0 };
	unsigned count = 0;

	read_file(FOLDER "alerts.yaml", &alerts);
	read_file(FOLDER "alerts_test.yaml", &tests);
	for (char *at = alerts.bytes; (at = strstr(at, "- alert: ")); count++) {
		char name[64], as_label[96], as_rule[96];

		at += strlen("- alert: ");
		cr_assert_eq(sscanf(at, "%63s", name), 1);
		snprintf(as_label, sizeof(as_label), "alertname=\"%s\",alertstate=\"firing\"", name);
		snprintf(as_rule, sizeof(as_rule), "alertname: %s\n        exp_alerts:\n", name);
		cr_expect(strstr(tests.bytes, as_label) || strstr(tests.bytes, as_rule), "%s", name);
	}
	cr_expect_gt(count, 10);
}
