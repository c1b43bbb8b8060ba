/* SPDX-License-Identifier: GPL-2.0-only */
#include "daemon/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/own.h"

static const char *path_of(char out[PATH_MAX], const char *folder, const char *name)
{
	snprintf(out, PATH_MAX, "%s/%s", folder, name);
	return out;
}

int store_prepare(const char *folder, const struct source *source, struct error *error)
{
	char next[PATH_MAX];

	return file_make_folder(folder, 0700, error) ?:
		       file_write_whole(path_of(next, folder, "policy.next"), source->bytes,
					source->length, 0600, error);
}

int store_commit(const char *folder, const char *name, struct error *error)
{
	char next[PATH_MAX], path[PATH_MAX];
	_cleanup_close_ int fd = -1;

	path_of(next, folder, "policy.next");
	if (rename(next, path_of(path, folder, "policy.yaml")) < 0)
		return error_set(error, -errno, "cannot rename %s to %s: %s", next, path,
				 strerror(errno));
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return error_set(error, -errno, "cannot sync %s: %s", folder, strerror(errno));
	return file_write_whole(path_of(path, folder, "policy.name"), name, strlen(name), 0600,
				error);
}

void store_abandon(const char *folder)
{
	char next[PATH_MAX];

	unlink(path_of(next, folder, "policy.next"));
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

int store_load(const char *folder, const char *running_hash, struct source **out, char **name,
	       struct error *error)
{
	_cleanup_(source_free) struct source *next = NULL;
	struct text stored = { 0 };
	char path[PATH_MAX];
	int err;

	if (!source_read(path_of(path, folder, "policy.next"), &next, error) &&
	    has_hash(next, running_hash)) {
		*out = TAKE_PTR(next);
		*name = strdup("policy.next");
		return *name ? 0 : error_set(error, -ENOMEM, "no memory");
	}
	path_of(path, folder, "policy.yaml");
	if (access(path, F_OK) && errno == ENOENT)
		return error_set(error, -ENOENT, "there is no policy in %s", folder);
	err = source_read(path, out, error);
	if (err)
		return err;
	if (file_read(path_of(path, folder, "policy.name"), PATH_MAX, &stored, error)) {
		text_free(&stored);
		text_add(&stored, "%s", "policy.yaml");
	}
	*name = stored.bytes;
	return *name ? 0 : error_set(error, -ENOMEM, "no memory");
}

int store_audit(const char *folder, struct actor actor, const char *action, const char *subject,
		const char *hash, const char *outcome, struct error *error)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *line = NULL;
	char path[PATH_MAX], time[TEXT_TIME];
	json_t *entry;
	size_t length;
	int err;

	err = file_make_folder(folder, 0700, error);
	if (err)
		return err;
	entry = json_pack("{s:s, s:I, s:I, s:s, s:s, s:s*, s:s}", "time",
			  text_time(time, clock_realtime().ns), "uid",
			  actor.uid == (uid_t)-1 ? (json_int_t)-1 : (json_int_t)actor.uid, "pid",
			  (json_int_t)actor.pid, "action", action, "subject", subject, "hash", hash,
			  "outcome", outcome);
	line = entry ? json_dumps(entry, JSON_COMPACT) : NULL;
	json_decref(entry);
	if (!line)
		return error_set(error, -ENOMEM, "no memory for the audit log");
	length = strlen(line);
	line[length] = '\n';
	fd = open(path_of(path, folder, "audit.jsonl"),
		  O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, line, length + 1) != (ssize_t)length + 1 || fsync(fd) < 0)
		return error_set(error, -errno, "cannot write the audit log %s: %s", path,
				 strerror(errno));
	return 0;
}
