/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/file.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"

/* A folder for one test; it holds at most the file `path`. */
struct folder {
	char name[40], path[60];
};

static struct folder new_folder(void)
{
	struct folder f = { .name = "/tmp/wardgate-file-XXXXXX" };

	cr_assert_not_null(mkdtemp(f.name));
	snprintf(f.path, sizeof(f.path), "%s/file", f.name);
	return f;
}

static void folder_free(struct folder *f)
{
	unlink(f->path);
	rmdir(f->name);
}

static size_t count_files(const char *name)
{
	DIR *dir = opendir(name);
	size_t count = 0;

	for (const struct dirent *e; (e = readdir(dir));)
		count += e->d_name[0] != '.';
	closedir(dir);
	return count;
}

Test(file, is_written_whole_and_read_back)
{
	_cleanup_(folder_free) struct folder f = new_folder();
	_cleanup_(text_free) struct text text = { 0 };
	struct error error;
	struct stat stat_of;

	cr_assert_eq(file_write_whole(f.path, "old", 3, 0600, &error), 0);
	cr_assert_eq(file_write_whole(f.path, "newer", 5, 0640, &error), 0);
	cr_assert_eq(file_read(f.path, 5, &text, &error), 0);
	cr_assert_str_eq(text.bytes, "newer");
	cr_assert_eq(stat(f.path, &stat_of), 0);
	cr_assert_eq(stat_of.st_mode & 0777, 0640);
	cr_assert_eq(count_files(f.name), 1);
}

Test(file, keeps_its_mode_under_any_umask)
{
	_cleanup_(folder_free) struct folder f = new_folder();
	struct error error;
	struct stat stat_of;

	umask(0077);
	cr_assert_eq(file_write_whole(f.path, "x", 1, 0644, &error), 0);
	cr_assert_eq(stat(f.path, &stat_of), 0);
	cr_assert_eq(stat_of.st_mode & 0777, 0644);
}

Test(file, stays_as_it_was_when_writing_fails)
{
	_cleanup_(folder_free) struct folder f = new_folder();
	char below[80];
	struct error error;

	cr_assert_eq(file_write_whole(f.path, "old", 3, 0600, &error), 0);
	snprintf(below, sizeof(below), "%s/below", f.path);
	cr_assert_eq(file_write_whole(below, "x", 1, 0600, &error), -ENOTDIR);
	cr_assert_not_null(strstr(error.text, below));
	cr_assert_eq(count_files(f.name), 1);
}

Test(file, over_the_limit_is_refused)
{
	_cleanup_(folder_free) struct folder f = new_folder();
	_cleanup_(text_free) struct text text = { 0 };
	struct error error;

	cr_assert_eq(file_write_whole(f.path, "12345", 5, 0600, &error), 0);
	cr_assert_eq(file_read(f.path, 4, &text, &error), -EFBIG);
}

Test(file, must_be_a_regular_file)
{
	_cleanup_(folder_free) struct folder f = new_folder();
	_cleanup_(text_free) struct text text = { 0 };
	struct error error;

	cr_assert_eq(mkfifo(f.path, 0600), 0);
	cr_assert_eq(file_read(f.path, 10, &text, &error), -EINVAL);
	cr_assert_eq(file_read(f.name, 10, &text, &error), -EINVAL);
	cr_assert_eq(file_read("/nonexistent", 10, &text, &error), -ENOENT);
	cr_assert_str_eq(error.text, "cannot open /nonexistent: No such file or directory");
}

Test(file, may_be_empty)
{
	_cleanup_(folder_free) struct folder f = new_folder();
	_cleanup_(text_free) struct text text = { 0 };
	struct error error;

	cr_assert_eq(file_write_whole(f.path, "", 0, 0600, &error), 0);
	cr_assert_eq(file_read(f.path, 10, &text, &error), 0);
	cr_assert_eq(text.length, 0);
}

Test(file, folders_are_made_with_their_parents)
{
	_cleanup_(folder_free) struct folder f = new_folder();
	char path[80];
	struct error error;

	snprintf(path, sizeof(path), "%s/b", f.path);
	cr_assert_eq(file_make_folder(path, 0700, &error), 0);
	cr_assert_eq(file_make_folder(path, 0700, &error), 0);
	cr_assert_eq(access(path, F_OK), 0);
	rmdir(path);
	rmdir(f.path);
}
