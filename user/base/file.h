/* SPDX-License-Identifier: GPL-2.0-only */
/* Files are read whole, within a limit, and written whole or not at all. */
#ifndef WARDGATE_BASE_FILE_H
#define WARDGATE_BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/text.h"

/*
 * Replaces the file at `path`: temporary name in the same folder, write, fsync, rename, fsync of
 * the folder. Readers see the old content or the new, never a part; neither does the disk after a
 * power cut. A negative errno leaves the old file; the error names the path.
 */
int file_write_whole(const char *path, const void *bytes, size_t length, mode_t mode,
		     struct error *error);

/*
 * The same of a file that exists, which keeps its owner, group and mode. -EPERM, -EACCES: the
 * caller may not keep them, or not write the file.
 */
int file_replace(const char *path, const void *bytes, size_t length, struct error *error);

/* Appends all that comes from `fd`, which is called `name`. -EFBIG as file_read(). */
int file_read_stream(int fd, const char *name, size_t limit, struct text *out, struct error *error);

/*
 * Appends the content of a regular file to `out`. -EFBIG when it holds more than `limit` bytes,
 * -EINVAL when it is a folder, FIFO or device: those are refused without being read.
 */
int file_read(const char *path, size_t limit, struct text *out, struct error *error);

/*
 * The same of `path` below a folder ("": the current one; else with its final '/'), where no part
 * of the path may be a symbolic link: -ELOOP, -ENOTDIR. The caller has refused "..".
 */
int file_read_below(const char *folder, const char *path, size_t limit, struct text *out,
		    struct error *error);

/* Waits until what the folder of `path` lists is on the disk. A negative errno. */
int file_sync_folder(const char *path);

/* Creates the folder and its parents. 0 when it is there already. */
int file_make_folder(const char *path, mode_t mode, struct error *error);

#endif
