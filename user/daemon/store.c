/* SPDX-License-Identifier: GPL-2.0-only */
#include "daemon/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"

static const char *path_of(char out[PATH_MAX], const char *folder, const char *name)
{
	snprintf(out, PATH_MAX, "%s/%s", folder, name);
	return out;
}

/* In this order: the name alone is there only while a commit is on its way. */
int store_prepare(const char *folder, const struct source *source, const char *name,
		  struct error *error)
{
	char next[PATH_MAX], path[PATH_MAX];

	return file_make_folder(folder, 0700, error) ?:
	       file_write_whole(path_of(next, folder, "policy.next"), source->bytes,
				source->length, 0600, error) ?:
	       file_write_whole(path_of(path, folder, "policy.name.next"), name, strlen(name),
				0600, error);
}

static int put_in_place(const char *folder, const char *from, const char *to, struct error *error)
{
	char next[PATH_MAX], path[PATH_MAX];

	if (rename(path_of(next, folder, from), path_of(path, folder, to)) < 0)
		return error_set(error, -errno, "cannot rename %s to %s: %s", next, path,
				 strerror(errno));
	return 0;
}

int store_commit(const char *folder, struct error *error)
{
	_cleanup_close_ int fd = -1;
	int err = put_in_place(folder, "policy.next", "policy.yaml", error)
			  ?: put_in_place(folder, "policy.name.next", "policy.name", error);

	if (err)
		return err;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return error_set(error, -errno, "cannot sync %s: %s", folder, strerror(errno));
	return 0;
}

void store_abandon(const char *folder)
{
	char path[PATH_MAX];

	unlink(path_of(path, folder, "policy.name.next"));
	unlink(path_of(path, folder, "policy.next"));
}

static bool has_hash(const struct source *source, const char *hash)
{
	_cleanup_(source_free) struct source *copy = NULL;
	_cleanup_(policy_free) struct policy *policy = NULL;
	struct diags diags = { 0 };
	struct error ignored;
	bool same;

	same = !source_new(source->name, source->bytes, source->length, &copy, &ignored) &&
	       !policy_build(&copy, &policy, &diags, &ignored) &&
	       !strcmp(policy->image->hash, hash);
	diags_free(&diags);
	return same;
}

static int load_name(const char *folder, const char *file, const char *otherwise, char **out,
		     struct error *error)
{
	struct text name = { 0 };
	char path[PATH_MAX];

	if (file_read(path_of(path, folder, file), PATH_MAX, &name, error)) {
		text_free(&name);
		text_add(&name, "%s", otherwise);
	}
	*out = name.bytes;
	return *out ? 0 : error_set(error, -ENOMEM, "no memory");
}

static bool is_there(const char *folder, const char *file)
{
	char path[PATH_MAX];

	return !access(path_of(path, folder, file), F_OK);
}

int store_load(const char *folder, const char *running_hash, struct source **out, char **name,
	       struct error *error)
{
	_cleanup_(source_free) struct source *source = NULL;
	char path[PATH_MAX];
	bool has_next = is_there(folder, "policy.next");
	int err;

	if (has_next && !source_read(path_of(path, folder, "policy.next"), &source, error) &&
	    has_hash(source, running_hash)) {
		err = load_name(folder, "policy.name.next", "policy.next", name, error);
	} else {
		source_free(&source);
		if (!is_there(folder, "policy.yaml") && errno == ENOENT)
			return error_set(error, -ENOENT, "there is no policy in %s", folder);
		err = source_read(path_of(path, folder, "policy.yaml"), &source, error);
		/* A commit that was cut short had put the policy in place, but not its name. */
		if (!err)
			err = load_name(folder,
					!has_next && is_there(folder, "policy.name.next")
						? "policy.name.next"
						: "policy.name",
					"policy.yaml", name, error);
	}
	if (!err)
		*out = TAKE_PTR(source);
	return err;
}

static void add_line(struct text *lines, const struct deed *deed, const json_t *subject)
{
	uid_t uid = deed->actor.uid;
	char time[TEXT_TIME];
	json_t *entry = json_pack("{s:s, s:I, s:I, s:s, s:O, s:s*, s:s}", "time",
				  text_time(time, clock_realtime().ns), "uid",
				  uid == (uid_t)-1 ? (json_int_t)-1 : (json_int_t)uid, "pid",
				  (json_int_t)deed->actor.pid, "action", deed->action, "subject",
				  subject, "hash", deed->hash, "outcome", deed->outcome);
	_cleanup_free_ char *line = entry ? json_dumps(entry, JSON_COMPACT) : NULL;

	json_decref(entry);
	if (line)
		text_add(lines, "%s\n", line);
	else
		lines->failed = true;
}

/* All of it or nothing: half a line would spoil the next one. */
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

int store_audit_all(const char *folder, const struct deed *deed, const json_t *subjects,
		    struct error *error)
{
	_cleanup_(text_free) struct text lines = { 0 };
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	json_t *subject;
	size_t i;
	int err = file_make_folder(folder, 0700, error);

	if (err)
		return err;
	json_array_foreach(subjects, i, subject)
		add_line(&lines, deed, subject);
	if (text_status(&lines) || !lines.length)
		return error_set(error, -ENOMEM, "no memory for the audit log");
	fd = open(path_of(path, folder, "audit.jsonl"),
		  O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	err = fd < 0 ? -errno : append(fd, &lines);
	return err ? error_set(error, err, "cannot write the audit log %s: %s", path,
			       strerror(-err))
		   : 0;
}

int store_audit(const char *folder, struct actor actor, const char *action, const char *subject,
		const char *hash, const char *outcome, struct error *error)
{
	const struct deed deed = { actor, action, hash, outcome };
	json_t *subjects = json_pack("[s]", subject);
	int err = store_audit_all(folder, &deed, subjects, error);

	json_decref(subjects);
	return err;
}
