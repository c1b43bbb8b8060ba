/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"

static int write_all(int fd, const char *bytes, size_t length)
{
	while (length) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		length -= (size_t)n;
	}
	return 0;
}

int file_sync_folder(const char *path)
{
	char copy[PATH_MAX];
	_cleanup_close_ int fd = -1;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

/* `owner`: whose it is to be, or NULL. */
static int write_temporary(const char *temporary, const void *bytes, size_t length, mode_t mode,
			   const struct stat *owner)
{
	_cleanup_close_ int fd = -1;
	int err;

	/* The folder may be another user's: never write into a file that is there already. */
	unlink(temporary);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	/* Before the mode, of which a change of the owner takes bits away. */
	if (owner && fchown(fd, owner->st_uid, owner->st_gid) < 0)
		return -errno;
	if (fchmod(fd, mode) < 0)
		return -errno;
	err = write_all(fd, bytes, length);
	if (err)
		return err;
	return fsync(fd) < 0 ? -errno : 0;
}

static int write_whole(const char *path, const void *bytes, size_t length, mode_t mode,
		       const struct stat *owner, struct error *error)
{
	char temporary[PATH_MAX];
	int err;

	/* node_exporter reads *.prom only: the temporary name must not end like the real one. */
	if (snprintf(temporary, sizeof(temporary), "%s.%d.tmp", path, getpid()) >=
	    (int)sizeof(temporary))
		return error_set(error, -ENAMETOOLONG, "the file name %.100s... is too long", path);
	err = write_temporary(temporary, bytes, length, mode, owner);
	if (!err && rename(temporary, path) < 0)
		err = -errno;
	if (err) {
		unlink(temporary);
		return error_set(error, err, "cannot write %s: %s", path, strerror(-err));
	}
	err = file_sync_folder(path);
	if (err)
		return error_set(error, err, "cannot sync the folder of %s: %s", path,
				 strerror(-err));
	return 0;
}

int file_write_whole(const char *path, const void *bytes, size_t length, mode_t mode,
		     struct error *error)
{
	return write_whole(path, bytes, length, mode, NULL, error);
}

int file_replace(const char *path, const void *bytes, size_t length, struct error *error)
{
	struct stat now;

	if (stat(path, &now) < 0)
		return error_set(error, -errno, "cannot write %s: %s", path, strerror(errno));
	/* What cannot be written stays so, though its folder would let it be replaced. */
	if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0)
		return error_set(error, -errno, "cannot write %s: %s", path, strerror(errno));
	return write_whole(path, bytes, length, now.st_mode & 07777, &now, error);
}

int file_read_stream(int fd, const char *name, size_t limit, struct text *out, struct error *error)
{
	char chunk[65536];
	size_t total = 0;

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(error, -errno, "cannot read %s: %s", name,
					 strerror(errno));
		if (!n)
			break;
		total += (size_t)n;
		if (total > limit)
			return error_set(error, -EFBIG, "%s is larger than the limit of %zu MiB",
					 name, limit >> 20);
		text_add_bytes(out, chunk, (size_t)n);
	}
	if (text_status(out))
		return error_set(error, -ENOMEM, "no memory to read %s", name);
	return 0;
}

/* `path` is what to call it. */
static int read_open(int fd, const char *path, size_t limit, struct text *out, struct error *error)
{
	struct stat stat;

	if (fstat(fd, &stat) < 0)
		return error_set(error, -errno, "cannot open %s: %s", path, strerror(errno));
	if (!S_ISREG(stat.st_mode))
		return error_set(error, -EINVAL, "%s is not a regular file", path);
	return file_read_stream(fd, path, limit, out, error);
}

int file_read(const char *path, size_t limit, struct text *out, struct error *error)
{
	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return error_set(error, -errno, "cannot open %s: %s", path, strerror(errno));
	return read_open(fd, path, limit, out, error);
}

/* The file, or -1 with errno. Each step by itself: O_NOFOLLOW looks at the last part only. */
static int open_below(const char *folder, char *path)
{
	_cleanup_close_ int at = open(*folder ? folder : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *rest = path, *part;

	while (at >= 0 && (part = strsep(&rest, "/"))) {
		int flags = rest ? O_PATH | O_DIRECTORY : O_RDONLY | O_NONBLOCK;
		int next = openat(at, part, flags | O_NOFOLLOW | O_CLOEXEC);
		int kept = errno;

		close(at);
		at = next;
		errno = kept;
	}
	return TAKE_FD(at);
}

int file_read_below(const char *folder, const char *path, size_t limit, struct text *out,
		    struct error *error)
{
	char name[PATH_MAX], parts[PATH_MAX];
	_cleanup_close_ int fd = -1;

	if (snprintf(name, sizeof(name), "%s%s", folder, path) >= (int)sizeof(name))
		return error_set(error, -ENAMETOOLONG, "the file name %.100s... is too long", name);
	snprintf(parts, sizeof(parts), "%s", path);
	fd = open_below(folder, parts);
	if (fd < 0 && errno == ELOOP)
		return error_set(error, -ELOOP, "%s is a symbolic link", name);
	if (fd < 0 && errno == ENOTDIR)
		return error_set(error, -ENOTDIR, "a part of %s is a symbolic link, or no folder",
				 name);
	if (fd < 0)
		return error_set(error, -errno, "cannot open %s: %s", name, strerror(errno));
	return read_open(fd, name, limit, out, error);
}

int file_make_folder(const char *path, mode_t mode, struct error *error)
{
	char part[PATH_MAX];

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
		return error_set(error, -ENAMETOOLONG, "the folder name %.100s... is too long",
				 path);
	for (char *slash = part + 1;; slash++) {
		char kept = *slash;

		if (kept != '/' && kept != '\0')
			continue;
		*slash = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return error_set(error, -errno, "cannot create the folder %s: %s", part,
					 strerror(errno));
		*slash = kept;
		if (!kept)
			return 0;
	}
}
