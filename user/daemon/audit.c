/* SPDX-License-Identifier: GPL-2.0-only */
#include "daemon/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/own.h"

/* Bytes from the end of the log that are looked at first; there may be more of a cut line. */
#define WINDOW ((size_t)64 << 10)

/* Where the next line goes, and what has to be said before. */
struct end {
	struct chain_head head;
	bool unfinished;	/* there is no line end */
	unsigned cut;		/* lines at the end that are not whole */
	bool older;		/* there are lines, but no chain */
};

static int read_all(int fd, char *bytes, size_t length, off_t at)
{
	while (length) {
		ssize_t n = pread(fd, bytes, length, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		bytes += n;
		at += n;
		length -= (size_t)n;
	}
	return 0;
}

/*
 * Looks for the last line of the chain in what the file ends with; lines behind it were cut short,
 * and each has a number. The offset of the line, or -1 when there is none.
 */
static ssize_t find_last(const char *bytes, size_t length, bool from_start, struct end *end)
{
	size_t stop = length;

	for (end->cut = 0; stop; end->cut++) {
		const char *line = memrchr(bytes, '\n', stop - 1);
		size_t begin = line ? (size_t)(line - bytes) + 1 : 0;
		struct chain_line parsed;

		if (!line && !from_start)
			return -1;
		if (chain_parse(&bytes[begin], stop - begin, &parsed)) {
			end->head.sequence = parsed.sequence + end->cut;
			return (ssize_t)begin;
		}
		stop = begin;
	}
	return -1;
}

static int find_end(int fd, struct end *end)
{
	_cleanup_free_ char *bytes = NULL;
	size_t size, length = WINDOW;
	struct stat stat;
	ssize_t last;
	int err;

	*end = (struct end){ 0 };
	if (fstat(fd, &stat) < 0)
		return -errno;
	size = (size_t)stat.st_size;
	for (;; length *= 8) {
		length = length < size ? length : size;
		free(bytes);
		bytes = malloc(length + 1);
		err = bytes ? read_all(fd, bytes, length, (off_t)(size - length)) : -ENOMEM;
		if (err)
			return err;
		/* A line that lacks nothing but its end is whole with it. */
		end->unfinished = length && bytes[length - 1] != '\n';
		bytes[length] = '\n';
		last = find_last(bytes, length + end->unfinished, length == size, end);
		if (last >= 0 || length == size)
			break;
	}
	if (last < 0) {
		end->older = size;
		end->cut = 0;
		last = 0;
	}
	chain_hash(end->head.hash, &bytes[last], length + end->unfinished - (size_t)last);
	return 0;
}

static json_t *deed_json(const struct deed *deed, const char *subject)
{
	uid_t uid = deed->actor.uid, login = deed->actor.login;
	char time[TEXT_TIME];

	return json_pack("{s:s, s:I, s:o, s:I, s:s, s:s, s:s, s:s, s:s*}", "time",
			 text_time(time, clock_realtime().ns), "uid",
			 uid == ACTOR_NOBODY ? (json_int_t)-1 : (json_int_t)uid, "login",
			 uid == ACTOR_NOBODY || login == ACTOR_NOBODY ? json_null()
								: json_integer(login),
			 "pid", (json_int_t)deed->actor.pid, "action", deed->action, "subject",
			 subject, "hash", deed->hash, "outcome", deed->outcome, "reason",
			 deed->reason);
}

static void add_line(struct text *lines, struct chain_head *head, const struct deed *deed,
		     const char *subject)
{
	bool mends = !strcmp(deed->action, "mend");
	json_t *entry = deed_json(deed, subject);
	_cleanup_free_ char *line = entry ? json_dumps(entry, JSON_COMPACT) : NULL;
	size_t begin = lines->length;

	json_decref(entry);
	lines->failed |= !line;
	if (lines->failed)
		return;
	text_add(lines, "{\"seq\":%llu,\"previous\":\"%s\",%s%s\n",
		 (unsigned long long)++head->sequence, head->hash, mends ? "\"mends\":true," : "",
		 line + 1);
	if (!lines->failed)
		chain_hash(head->hash, &lines->bytes[begin], lines->length - begin);
}

/* What the log says of itself. */
static void add_own_line(struct text *lines, struct end *end)
{
	struct deed deed = { .actor = { .uid = ACTOR_NOBODY, .pid = getpid() }, .hash = "" };

	if (end->unfinished)
		text_add(lines, "\n");
	if (end->cut) {
		deed.action = "mend";
		deed.outcome = "the line before this one was cut short by a crash, or is not of "
			       "this log";
		add_line(lines, &end->head, &deed, "audit.jsonl");
	} else if (end->older) {
		deed.action = "begin";
		deed.outcome = "the chain of hashes begins here; `previous` is that of all before";
		add_line(lines, &end->head, &deed, "audit.jsonl");
	}
}

/* All of it or nothing: half a line would have to be mended. */
static int append(int fd, const struct text *lines)
{
	off_t before = lseek(fd, 0, SEEK_END);
	ssize_t written = before < 0 ? -1 : write(fd, lines->bytes, lines->length);
	/* What a full disk still takes is no error to write(2). */
	int err = written < 0 ? -errno : written < (ssize_t)lines->length ? -ENOSPC : 0;

	if (err && written > 0 && ftruncate(fd, before) < 0)
		return -errno;
	return err ?: fsync(fd) < 0 ? -errno : 0;
}

static int write_lines(int fd, const struct deed *deed, const json_t *subjects)
{
	_cleanup_(text_free) struct text lines = { 0 };
	json_t *subject;
	struct end end;
	size_t i;
	int err = find_end(fd, &end);

	if (err)
		return err;
	add_own_line(&lines, &end);
	json_array_foreach(subjects, i, subject)
		add_line(&lines, &end.head, deed, json_string_value(subject));
	return text_status(&lines) ?: append(fd, &lines);
}

static const char *path_of(char out[PATH_MAX], const char *folder)
{
	snprintf(out, PATH_MAX, "%s/audit.jsonl", folder);
	return out;
}

int audit_all(const char *folder, const struct deed *deed, const json_t *subjects,
	      struct error *error)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	bool is_new;
	int err = file_make_folder(folder, 0700, error);

	if (err)
		return err;
	is_new = access(path_of(path, folder), F_OK) < 0;
	fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	err = fd < 0 ? -errno : write_lines(fd, deed, subjects);
	if (!err && is_new)
		err = file_sync_folder(path);
	return err ? error_set(error, err, "cannot write the audit log %s: %s", path,
			       strerror(-err))
		   : 0;
}

int audit_one(const char *folder, const struct deed *deed, const char *subject,
	      struct error *error)
{
	json_t *subjects = json_pack("[s]", subject);
	int err = subjects ? audit_all(folder, deed, subjects, error)
			   : error_set(error, -ENOMEM, "no memory for the audit log");

	json_decref(subjects);
	return err;
}

int audit_head(const char *folder, struct chain_head *out, struct error *error)
{
	char path[PATH_MAX];
	_cleanup_close_ int fd = open(path_of(path, folder), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct end end = { 0 };
	int err = fd < 0 ? -errno : find_end(fd, &end);

	if (err && err != -ENOENT)
		return error_set(error, err, "cannot read the audit log %s: %s", path,
				 strerror(-err));
	*out = end.older ? (struct chain_head){ 0 } : end.head;
	return 0;
}

json_t *audit_json(const char *folder)
{
	struct chain_head head = { 0 };
	struct error error;
	int err = audit_head(folder, &head, &error);

	return json_pack("{s:I, s:o, s:o}", "sequence", (json_int_t)head.sequence, "hash",
			 head.sequence ? json_string(head.hash) : json_null(), "message",
			 err ? json_string(error.text) : json_null());
}
