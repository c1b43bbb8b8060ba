/* SPDX-License-Identifier: GPL-2.0-only */
#include "daemon/audit.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/own.h"

struct folder {
	char name[40], path[60];
};

static struct folder new_folder(void)
{
	struct folder f = { .name = "/tmp/wardgate-audit-XXXXXX" };

	cr_assert_not_null(mkdtemp(f.name));
	snprintf(f.path, sizeof(f.path), "%s/audit.jsonl", f.name);
	return f;
}

static void folder_free(struct folder *f)
{
	unlink(f->path);
	rmdir(f->name);
}

static int write_one(const struct folder *f, const char *subject)
{
	const struct deed deed = { .actor = { 0, 7, 1000 },
				   .action = "apply",
				   .hash = "1234",
				   .outcome = "done",
				   .reason = "a test" };
	struct error error;

	return audit_one(f->name, &deed, subject, &error);
}

static struct text content(const struct folder *f)
{
	struct text text = { 0 };
	struct error error;

	cr_assert_eq(file_read(f->path, 1 << 24, &text, &error), 0, "%s", error.text);
	return text;
}

/* What is said of the whole file; "" when it is whole. */
static const char *walk(const struct folder *f, struct chain *chain)
{
	_cleanup_(text_free) struct text text = content(f);
	static struct error error;
	const char *at = text.bytes, *end = text.bytes + text.length;

	error.text[0] = '\0';
	chain_start(chain);
	while (at < end && !error.text[0]) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		size_t length = line_end ? (size_t)(line_end - at) + 1 : (size_t)(end - at);

		chain_next(chain, at, length, &error);
		at += length;
	}
	return error.text;
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	while ((text = strstr(text, word)))
		n++, text++;
	return n;
}

Test(audit, lines_say_who_did_what_and_why)
{
	_cleanup_(folder_free) struct folder f = new_folder();
	_cleanup_(text_free) struct text text = { 0 };

	cr_assert_eq(write_one(&f, "ward.yaml"), 0);
	text = content(&f);
	cr_assert(strstr(text.bytes, "\"uid\":0,\"login\":1000,\"pid\":7,\"action\":\"apply\","
				     "\"subject\":\"ward.yaml\",\"hash\":\"1234\","
				     "\"outcome\":\"done\",\"reason\":\"a test\"}\n"),
		  "%s", text.bytes);
}

Test(audit, lines_are_chained)
{
	_cleanup_(folder_free) struct folder f = new_folder();
	struct chain_head head;
	struct chain chain;
	struct error error;

	for (int i = 0; i < 5; i++)
		cr_assert_eq(write_one(&f, "ward.yaml"), 0);
	cr_assert_str_eq(walk(&f, &chain), "");
	cr_assert_eq(chain.head.sequence, 5);
	cr_assert_eq(audit_head(f.name, &head, &error), 0);
	cr_assert_eq(head.sequence, 5);
	cr_assert_str_eq(head.hash, chain.head.hash);
}

Test(audit, is_empty_where_there_is_none)
{
	_cleanup_(folder_free) struct folder f = new_folder();
	struct chain_head head;
	struct error error;

	cr_assert_eq(audit_head(f.name, &head, &error), 0);
	cr_assert_eq(head.sequence, 0);
}

Test(audit, many_lines_are_one_chain)
{
	_cleanup_(folder_free) struct folder f = new_folder();
	const struct deed deed = { .actor = { 0, 7, 0 },
				   .action = "quarantine",
				   .hash = "",
				   .outcome = "done" };
	json_t *names = json_array();
	struct chain chain;
	struct error error;

	for (int i = 0; i < 5000; i++)
		json_array_append_new(names, json_sprintf("device-%d", i));
	cr_assert_eq(audit_all(f.name, &deed, names, &error), 0);
	cr_assert_eq(write_one(&f, "ward.yaml"), 0);
	json_decref(names);
	cr_assert_str_eq(walk(&f, &chain), "");
	cr_assert_eq(chain.head.sequence, 5001);
}

/* A power cut may leave any part of a line, or of the one that mends it. */
Test(audit, a_line_that_was_cut_anywhere_is_mended)
{
	_cleanup_(folder_free) struct folder f = new_folder();
	_cleanup_(text_free) struct text text = { 0 };
	struct chain chain;
	struct error error;
	size_t first;

	cr_assert_eq(write_one(&f, "one.yaml"), 0);
	text = content(&f);
	first = text.length;
	text_free(&text);
	cr_assert_eq(write_one(&f, "two.yaml"), 0);
	text = content(&f);
	for (size_t length = first + 1; length < text.length; length++) {
		_cleanup_(text_free) struct text mended = { 0 };
		/* Then nothing is lost. */
		bool lacks_end = length == text.length - 1;

		cr_assert_eq(file_write_whole(f.path, text.bytes, length, 0600, &error), 0);
		cr_assert_eq(write_one(&f, "three.yaml"), 0);
		cr_assert_str_eq(walk(&f, &chain), "", "cut to %zu", length);
		cr_assert_eq(chain.head.sequence, lacks_end ? 3 : 4, "cut to %zu", length);
		mended = content(&f);
		cr_assert_eq(count(mended.bytes, "\"mends\":true"), !lacks_end, "cut to %zu",
			     length);
	}
}

Test(audit, a_line_that_mends_may_be_cut_too)
{
	_cleanup_(folder_free) struct folder f = new_folder();
	_cleanup_(text_free) struct text text = { 0 };
	struct chain chain;
	struct error error;
	size_t cut;

	cr_assert_eq(write_one(&f, "one.yaml"), 0);
	text = content(&f);
	text_add(&text, "{\"seq\":2,\"prev");
	cut = text.length;
	cr_assert_eq(file_write_whole(f.path, text.bytes, cut, 0600, &error), 0);
	cr_assert_eq(write_one(&f, "three.yaml"), 0);
	text_free(&text);
	text = content(&f);
	for (size_t length = cut; length < cut + 200; length++) {
		cr_assert_eq(file_write_whole(f.path, text.bytes, length, 0600, &error), 0);
		cr_assert_eq(write_one(&f, "four.yaml"), 0);
		cr_assert_str_eq(walk(&f, &chain), "", "cut to %zu", length);
	}
}

/* Some file systems leave zeros where data was still to come. */
Test(audit, zeros_at_the_end_are_mended)
{
	_cleanup_(folder_free) struct folder f = new_folder();
	_cleanup_(text_free) struct text text = { 0 };
	_cleanup_free_ char *zeros = calloc(300000, 1);
	struct chain chain;
	struct error error;

	cr_assert_eq(write_one(&f, "one.yaml"), 0);
	text = content(&f);
	text_add_bytes(&text, zeros, 300000);
	cr_assert_eq(file_write_whole(f.path, text.bytes, text.length, 0600, &error), 0);
	cr_assert_eq(write_one(&f, "two.yaml"), 0);
	cr_assert_str_eq(walk(&f, &chain), "");
	cr_assert_eq(chain.cut, 1);
	cr_assert_eq(chain.head.sequence, 4);
}

Test(audit, a_log_of_before_the_chain_is_kept_by_its_first_line)
{
	_cleanup_(folder_free) struct folder f = new_folder();
	_cleanup_(text_free) struct text text = { 0 };
	struct chain chain;
	struct error error;

	for (int i = 0; i < 3000; i++)
		text_add(&text, "{\"time\":\"x\",\"action\":\"apply\",\"subject\":\"%d\"}\n", i);
	cr_assert_eq(file_write_whole(f.path, text.bytes, text.length, 0600, &error), 0);
	cr_assert_eq(write_one(&f, "new.yaml"), 0);
	cr_assert_str_eq(walk(&f, &chain), "");
	cr_assert_eq(chain.before, 3000);
	cr_assert_eq(chain.head.sequence, 2);
	text_free(&text);
	text = content(&f);
	cr_assert_eq(count(text.bytes, "\"action\":\"begin\""), 1);
}

Test(audit, a_link_is_not_followed)
{
	_cleanup_(folder_free) struct folder f = new_folder();

	cr_assert_eq(symlink("/dev/null", f.path), 0);
	cr_assert_eq(write_one(&f, "one.yaml"), -ELOOP);
}
