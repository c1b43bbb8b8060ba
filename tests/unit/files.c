/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands that read policy files and need no daemon. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "cli/command.h"

#define POLICY                                                                                     \
	"version: 1\n"                                                                             \
	"links: [{name: ward, clinical: a0, it: b0}]\n"                                            \
	"networks: {pacs: [10.0.0.1], all: {addresses: [0.0.0.0/0], except: [pacs]}}\n"            \
	"profiles:\n"                                                                              \
	"  ct: {extends: base} # scanners\n"                                                       \
	"  base: {allow: [{to: all, services: [https]}]}\n"                                        \
	"devices: [{name: ct-1, mac: 02:00:00:00:11:01, ip: 10.1.0.1, profile: ct}]\n"

static char folder[64], file[128], other[128];

static void setup(void)
{
	strcpy(folder, "/tmp/wardgate-files-XXXXXX");
	cr_assert(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/a.yaml", folder);
	snprintf(other, sizeof(other), "%s/b.yaml", folder);
}

static void teardown(void)
{
	unlink(file);
	unlink(other);
	rmdir(folder);
}

TestSuite(files, .init = setup, .fini = teardown);

static void put(const char *name, const char *text)
{
	struct error error;

	cr_assert_eq(file_write_whole(name, text, strlen(text), 0640, &error), 0);
}

static bool holds(const char *name, const char *expected)
{
	_cleanup_(text_free) struct text text = { 0 };
	struct error error;

	cr_assert_eq(file_read(name, 1 << 20, &text, &error), 0);
	return !strcmp(text.bytes, expected);
}

/* What the command printed to both streams; its exit code must be `code`. Up to two operands. */
static char *run(struct options options, int code)
{
	char *text = NULL;
	size_t length;
	struct output out = { .stream = open_memstream(&text, &length) };

	out.errors = out.stream;
	out.json = options.json;
	options.operand = options.operands[0];
	options.operand_count = options.operands[1] ? 2 : 1;
	cr_expect_eq(command_find(options.command)->run(&options, &out), code);
	fclose(out.stream);
	return text;
}

#define LAID_OUT                                                                                   \
	"version: 1\n"                                                                             \
	"\n"                                                                                       \
	"links:\n"                                                                                 \
	"  - { name: ward, clinical: a0, it: b0 }\n"                                               \
	"\n"                                                                                       \
	"networks:\n"                                                                              \
	"  pacs: [10.0.0.1]\n"                                                                     \
	"  all: { addresses: [0.0.0.0/0], except: [pacs] }\n"                                      \
	"\n"                                                                                       \
	"profiles:\n"

Test(files, print_writes_the_whole_policy_without_comments)
{
	_cleanup_free_ char *text = NULL;

	put(file, POLICY);
	text = run(
		(struct options){ .command = "print", .operands = (const char *[]){ file, NULL } },
		EXIT_DONE);
	cr_expect_str_eq(text, LAID_OUT
			 "  ct: { extends: base, allow: [] }\n"
			 "  base:\n"
			 "    allow:\n"
			 "      - { to: all, services: [https] }\n"
			 "\n"
			 "devices:\n"
			 "  - { name: ct-1, mac: 02:00:00:00:11:01, ip: 10.1.0.1, profile: ct }\n");
}

Test(files, print_refuses_what_check_refuses)
{
	_cleanup_free_ char *text = NULL, *none = NULL;

	put(file, "version: 1\nlinks: []\nnetworks: { a: [a] }\n");
	text = run(
		(struct options){ .command = "print", .operands = (const char *[]){ file, NULL } },
		EXIT_REFUSED);
	cr_expect_not_null(strstr(text, "the network 'a' leads back to itself"));
	none = run(
		(struct options){ .command = "print", .operands = (const char *[]){ other, NULL } },
		EXIT_USAGE);
}

Test(files, fmt_rewrites_in_place_and_keeps_comments)
{
	_cleanup_free_ char *first = NULL, *second = NULL;
	_cleanup_(text_free) struct text expected = { 0 };
	struct stat now;

	put(file, POLICY);
	first = run(
		(struct options){ .command = "fmt", .operands = (const char *[]){ file, NULL } },
		EXIT_DONE);
	text_add(&expected, "%s: rewritten\n", file);
	cr_expect_str_eq(first, expected.bytes);
	cr_expect(holds(file, LAID_OUT
			"  ct: { extends: base }  # scanners\n"
			"  base:\n"
			"    allow:\n"
			"      - { to: all, services: [https] }\n"
			"\n"
			"devices:\n"
			"  - { name: ct-1, mac: 02:00:00:00:11:01, ip: 10.1.0.1, profile: ct }\n"));
	cr_expect(!stat(file, &now) && (now.st_mode & 07777) == 0640);
	second = run(
		(struct options){ .command = "fmt", .operands = (const char *[]){ file, NULL } },
		EXIT_DONE);
	cr_expect_str_eq(second, "");
}

Test(files, fmt_check_changes_nothing)
{
	_cleanup_free_ char *text = NULL, *json = NULL;

	put(file, POLICY);
	put(other, "include: [a.yaml]\n");
	text = run((struct options){ .command = "fmt",
				     .operands = (const char *[]){ file, other },
				     .check = true },
		   EXIT_REFUSED);
	cr_expect_not_null(strstr(text, "a.yaml: would change\n"));
	cr_expect_null(strstr(text, "b.yaml"));
	cr_expect(holds(file, POLICY));
	json = run((struct options){ .command = "fmt",
				     .operands = (const char *[]){ other, NULL },
				     .check = true,
				     .json = true },
		   EXIT_DONE);
	cr_expect_not_null(strstr(json, "\"changes\": false"));
}

Test(files, fmt_leaves_what_it_refuses)
{
	_cleanup_free_ char *text = NULL;

	put(file, "a: [1\n");
	put(other, "a:   1\n");
	text = run(
		(struct options){ .command = "fmt", .operands = (const char *[]){ file, other } },
		EXIT_REFUSED);
	cr_expect_not_null(strstr(text, "a.yaml: it was left as it is"));
	cr_expect(holds(file, "a: [1\n"));
	cr_expect(holds(other, "a: 1\n"));
}

Test(files, fmt_follows_a_link)
{
	_cleanup_free_ char *text = NULL;
	struct stat now;

	put(file, "a:   1\n");
	cr_assert_eq(symlink(file, other), 0);
	text = run(
		(struct options){ .command = "fmt", .operands = (const char *[]){ other, NULL } },
		EXIT_DONE);
	cr_expect(holds(file, "a: 1\n"));
	cr_expect(!lstat(other, &now) && S_ISLNK(now.st_mode));
}

/* Of somebody else, as an administrator's file is for root. */
Test(files, fmt_keeps_owner_group_and_mode)
{
	_cleanup_free_ char *text = NULL;
	struct stat now;

	if (geteuid())
		cr_skip_test("only root gives files away");
	put(file, "a:   1\n");
	cr_assert_eq(chown(file, 1234, 4321), 0);
	cr_assert_eq(chmod(file, 02664), 0);
	text = run((struct options){ .command = "fmt", .operands = (const char *[]){ file, NULL } },
		   EXIT_DONE);
	cr_expect(holds(file, "a: 1\n"));
	cr_assert_eq(stat(file, &now), 0);
	cr_expect_eq(now.st_uid, 1234);
	cr_expect_eq(now.st_gid, 4321);
	cr_expect_eq(now.st_mode & 07777, 02664);
}

/* Another user runs it, whose folder it is: he could put a file of his own in its place. */
static void refuses_to_write(mode_t mode, const char *why)
{
	_cleanup_free_ char *text = NULL;

	if (geteuid())
		cr_skip_test("only root becomes another user");
	put(file, "a:   1\n");
	cr_assert_eq(chmod(file, mode), 0);
	cr_assert_eq(chown(folder, 1234, 4321), 0);
	cr_assert_eq(setresgid(4321, 4321, 4321), 0);
	cr_assert_eq(setresuid(1234, 1234, 1234), 0);
	text = run((struct options){ .command = "fmt", .operands = (const char *[]){ file, NULL } },
		   EXIT_BROKEN);
	cr_expect_not_null(strstr(text, why), "%s", text);
	cr_expect_null(strstr(text, "rewritten"), "%s", text);
	cr_expect(holds(file, "a:   1\n"));
}

Test(files, fmt_refuses_to_change_the_owner)
{
	refuses_to_write(0666, "a.yaml: Operation not permitted");
}

Test(files, fmt_refuses_a_file_that_is_not_to_be_written)
{
	refuses_to_write(0444, "a.yaml: Permission denied");
}

/* Puts the text where standard input comes from. */
static void feed(const char *text)
{
	put(file, text);
	cr_assert(freopen(file, "r", stdin));
}

Test(files, a_dash_is_standard_input)
{
	static const char *const commands[] = { "check", "print", "test" };
	_cleanup_free_ char *laid_out = NULL, *checked = NULL;
	const char *operands[] = { "-", NULL };

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		_cleanup_free_ char *text = NULL;

		feed("version: 1\nlinks: [{name: ward, clinical: a0, it: b0}]\n");
		text = run((struct options){ .command = commands[i], .operands = operands },
			   EXIT_DONE);
		feed("version: 1\nlinks: [{nam: ward, clinical: a0, it: b0}]\n");
		free(text);
		text = run((struct options){ .command = commands[i], .operands = operands },
			   EXIT_REFUSED);
		cr_expect_not_null(strstr(text, "<stdin>:2:10: error[E031]"), "%s", text);
	}
	feed("a:   1\n");
	laid_out = run((struct options){ .command = "fmt", .operands = operands }, EXIT_DONE);
	cr_expect_str_eq(laid_out, "a: 1\n");
	feed("a:   1\n");
	checked = run((struct options){ .command = "fmt", .operands = operands, .check = true },
		      EXIT_REFUSED);
	cr_expect_str_eq(checked, "<stdin>: would change\n");
}

Test(files, check_counts_the_warnings_of_a_good_policy)
{
	_cleanup_free_ char *text = NULL, *none = NULL;
	const char *operands[] = { file, NULL };

	put(file, "version: 1\nlinks: [{name: ward, clinical: a0, it: b0}]\n");
	text = run((struct options){ .command = "check", .operands = operands }, EXIT_DONE);
	cr_expect_not_null(strstr(text, ": good: 0 devices, 0 rules, 1 warning; "), "%s", text);
	put(file, POLICY);
	none = run((struct options){ .command = "check", .operands = operands }, EXIT_DONE);
	cr_expect_not_null(strstr(none, ": good: 1 device, 2 rules, 0 warnings; "), "%s", none);
}
