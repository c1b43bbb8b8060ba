/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/sources.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"

Test(sources, refuses_a_huge_file_before_it_is_in_memory)
{
	char path[] = "/tmp/wardgate-source-XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	struct sources *sources = NULL;
	struct error error;

	cr_assert_geq(fd, 0);
	cr_assert_eq(ftruncate(fd, (off_t)SOURCE_LIMIT + 1), 0);
	cr_assert_eq(sources_read(path, &sources, &error), -EFBIG);
	unlink(path);
	cr_assert_null(sources);
}

Test(sources, refuses_what_is_not_a_regular_file)
{
	char folder[] = "/tmp/wardgate-source-XXXXXX", path[64];
	struct sources *sources = NULL;
	struct error error;

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/fifo", folder);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_assert_eq(sources_read(path, &sources, &error), -EINVAL);
	cr_assert_eq(sources_read(folder, &sources, &error), -EINVAL);
	cr_assert_eq(sources_read("/dev/zero", &sources, &error), -EINVAL);
	unlink(path);
	rmdir(folder);
	cr_assert_null(sources);
}

Test(sources, names_a_file_that_is_missing)
{
	struct sources *sources = NULL;
	struct error error;

	cr_assert_eq(sources_read("/nonexistent/policy.yaml", &sources, &error), -ENOENT);
	cr_assert_str_eq(error.text,
			 "cannot open /nonexistent/policy.yaml: No such file or directory");
}

/* A folder with a file of each kind that an include may name. */
static char folder[] = "/tmp/wardgate-sources-XXXXXX";

static void in_folder(const char *name, char out[128])
{
	snprintf(out, 128, "%s/%s", folder, name);
}

static void write_file(const char *name, const char *text)
{
	struct error error;
	char path[128];

	in_folder(name, path);
	cr_assert_eq(file_write_whole(path, text, strlen(text), 0600, &error), 0);
}

static void make_folder(void)
{
	char path[128];

	cr_assert_not_null(mkdtemp(folder));
	in_folder("sub", path);
	cr_assert_eq(mkdir(path, 0700), 0);
	write_file("main.yaml", "main");
	write_file("sub/ward.yaml", "ward");
	in_folder("link.yaml", path);
	cr_assert_eq(symlink("main.yaml", path), 0);
	in_folder("linked", path);
	cr_assert_eq(symlink("sub", path), 0);
	in_folder("fifo", path);
	cr_assert_eq(mkfifo(path, 0600), 0);
}

static void remove_folder(void)
{
	static const char *const names[] = { "main.yaml", "sub/ward.yaml", "link.yaml",
					     "linked",	  "fifo",	   "large" };
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		in_folder(names[i], path);
		unlink(path);
	}
	in_folder("sub", path);
	rmdir(path);
	rmdir(folder);
}

static struct sources *read_main(void)
{
	struct sources *sources = NULL;
	struct error error;
	char path[128];

	in_folder("main.yaml", path);
	cr_assert_eq(sources_read(path, &sources, &error), 0);
	return sources;
}

static void refuses_file(struct sources *sources, const char *path, int code, const char *sentence)
{
	struct error error;
	uint32_t file;

	cr_assert_eq(sources_find(sources, path, &file, &error), code, "%s: %s", path, error.text);
	cr_assert(strstr(error.text, sentence), "%s", error.text);
}

Test(sources, are_read_from_the_folder_of_the_first, .init = make_folder, .fini = remove_folder)
{
	_cleanup_(sources_free) struct sources *sources = read_main();
	struct error error;
	uint32_t file = 7;
	char path[128];

	cr_assert_eq(sources_find(sources, "sub/ward.yaml", &file, &error), 0);
	cr_assert_eq(file, 1);
	in_folder("sub/ward.yaml", path);
	cr_assert_str_eq(sources_file(sources, 1)->name, path);
	cr_assert_str_eq(sources_file(sources, 1)->path, "sub/ward.yaml");
	cr_assert_str_eq(sources_file(sources, 1)->bytes, "ward");
	cr_assert_eq(sources_find(sources, "sub/ward.yaml", &file, &error), 0);
	cr_assert_eq(sources->files.count, 2);
	cr_assert_eq(sources_find(sources, "main.yaml", &file, &error), 0);
	cr_assert_eq(file, 0);
}

Test(sources, refuses_links_folders_and_fifos, .init = make_folder, .fini = remove_folder)
{
	_cleanup_(sources_free) struct sources *sources = read_main();

	refuses_file(sources, "link.yaml", -ELOOP, "link.yaml is a symbolic link");
	refuses_file(sources, "linked/ward.yaml", -ENOTDIR, "is a symbolic link, or no folder");
	refuses_file(sources, "main.yaml/x", -ENOTDIR, "is a symbolic link, or no folder");
	refuses_file(sources, "fifo", -EINVAL, "fifo is not a regular file");
	refuses_file(sources, "sub", -EINVAL, "sub is not a regular file");
	refuses_file(sources, "missing", -ENOENT, "No such file");
	refuses_file(sources, "missing/ward.yaml", -ENOENT, "No such file");
	cr_assert_eq(sources->files.count, 1);
}

Test(sources, refuses_a_huge_file_that_is_included, .init = make_folder, .fini = remove_folder)
{
	_cleanup_(sources_free) struct sources *sources = read_main();
	char path[128];

	write_file("large", "");
	in_folder("large", path);
	cr_assert_eq(truncate(path, (off_t)SOURCE_LIMIT + 1), 0);
	refuses_file(sources, "large", -EFBIG, "is larger than the limit of 32 MiB");
}

static struct sources *given(const char *name)
{
	struct sources *sources = NULL;
	struct error error;

	cr_assert_eq(sources_new(name, "", 0, &sources, &error), 0);
	return sources;
}

Test(sources, that_are_given_read_nothing_from_the_disk)
{
	_cleanup_(sources_free) struct sources *sources = given("/etc/policy");

	refuses_file(sources, "passwd", -ENOENT, "there is no file /etc/passwd");
}

Test(sources, are_64_at_most)
{
	_cleanup_(sources_free) struct sources *sources = given("policy");
	struct error error;
	char path[16];

	for (int i = 1; i < SOURCES_MAX; i++) {
		snprintf(path, sizeof(path), "%d", i);
		cr_assert_eq(sources_add(sources, path, "", 0, &error), 0);
	}
	cr_assert_eq(sources_add(sources, "one more", "", 0, &error), -E2BIG);
	cr_assert_str_eq(error.text, "a policy of more than 64 files");
	cr_assert_eq(sources->files.count, SOURCES_MAX);
}

Test(sources, are_64_mib_at_most_together)
{
	_cleanup_(sources_free) struct sources *sources = given("policy");
	_cleanup_free_ char *large = calloc(1, SOURCE_LIMIT);
	struct error error;

	cr_assert_eq(sources_add(sources, "a", large, SOURCE_LIMIT, &error), 0);
	cr_assert_eq(sources_add(sources, "b", large, SOURCE_LIMIT, &error), 0);
	cr_assert_eq(sources_add(sources, "c", "x", 1, &error), -E2BIG);
	cr_assert_str_eq(error.text,
			 "with c the files of the policy are larger than the limit of 64 MiB");
}

Test(sources, refuses_one_path_twice)
{
	_cleanup_(sources_free) struct sources *sources = given("sites/policy");
	struct error error;

	cr_assert_eq(sources_add(sources, "policy", "", 0, &error), -EEXIST);
	cr_assert_eq(sources_add(sources, "a", "", 0, &error), 0);
	cr_assert_eq(sources_add(sources, "a", "", 0, &error), -EEXIST);
}

static bool means(const char *from, const char *text, const char *expected)
{
	const struct source source = { .path = from };
	char path[SOURCES_PATH];
	struct complaint complaint;

	if (sources_resolve(&source, text, path, &complaint))
		return !expected;
	return expected && !strcmp(path, expected);
}

Test(sources, have_one_path_each_whoever_names_them)
{
	cr_assert(means("main.yaml", "a.yaml", "a.yaml"));
	cr_assert(means("sites/main.yaml", "a.yaml", "sites/a.yaml"));
	cr_assert(means("sites/main.yaml", "./b//./a.yaml", "sites/b/a.yaml"));
	cr_assert(means("main.yaml", "..a/..b", "..a/..b"));
	cr_assert(means("main.yaml", "a/.", "a"));
}

Test(sources, never_lead_out_of_the_folder)
{
	static const char *const bad[] = { "",	   "/",	     "/a",    "..",	 "../a",
					   "a/..", "a/../b", "a//..", "a/b/../", "a/",
					   "*.c",  "a?",     "[a]",   ".",	 "a\nb" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert(means("main.yaml", bad[i], NULL), "%s", bad[i]);
}

Test(sources, refuses_a_path_that_is_too_long)
{
	char path[SOURCES_PATH + 2];

	memset(path, 'x', sizeof(path));
	path[SOURCES_PATH + 1] = '\0';
	cr_assert(means("main.yaml", path, NULL));
	path[SOURCES_PATH - 2] = '\0';
	cr_assert(means("main.yaml", path, path));
	cr_assert(means("sites/main.yaml", path, NULL));
}
