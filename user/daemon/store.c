/* SPDX-License-Identifier: GPL-2.0-only */
#include "daemon/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/own.h"
#include "daemon/files.h"

/* Bytes of what is stored: the sources, escaped as JSON. */
#define STORE_LIMIT (2 * SOURCES_LIMIT + ((size_t)1 << 20))

static const char *path_of(char out[PATH_MAX], const char *folder, const char *name)
{
	snprintf(out, PATH_MAX, "%s/%s", folder, name);
	return out;
}

int store_prepare(const char *folder, const struct sources *sources, struct error *error)
{
	_cleanup_free_ char *bytes = NULL;
	json_t *root = json_pack("{s:o}", "files", files_to_json(sources));
	char next[PATH_MAX];

	bytes = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	json_decref(root);
	if (!bytes)
		return error_set(error, -ENOMEM, "no memory to store the policy");
	return file_make_folder(folder, 0700, error) ?:
		       file_write_whole(path_of(next, folder, "policy.next"), bytes,
					strlen(bytes), 0600, error);
}

int store_commit(const char *folder, struct error *error)
{
	char next[PATH_MAX], path[PATH_MAX];
	_cleanup_close_ int fd = -1;

	path_of(next, folder, "policy.next");
	if (rename(next, path_of(path, folder, "policy.json")) < 0)
		return error_set(error, -errno, "cannot rename %s to %s: %s", next, path,
				 strerror(errno));
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return error_set(error, -errno, "cannot sync %s: %s", folder, strerror(errno));
	/* Of before there were several files: nobody shall take them for the policy in force. */
	unlink(path_of(path, folder, "policy.yaml"));
	unlink(path_of(path, folder, "policy.name"));
	return 0;
}

void store_abandon(const char *folder)
{
	char next[PATH_MAX];

	unlink(path_of(next, folder, "policy.next"));
}

/*
 * All files of a policy, or the one file that was stored before there were several; `name` is what
 * to call that.
 */
static int read_stored(const char *path, const char *name, struct sources **out,
		       struct error *error)
{
	_cleanup_(text_free) struct text text = { 0 };
	int err = file_read(path, STORE_LIMIT, &text, error);
	json_t *root, *files;

	if (err)
		return err;
	root = json_loadb(text.bytes ?: "", text.length, 0, NULL);
	files = json_object_get(root, "files");
	err = files ? files_from_json(files, out, error) :
		      sources_new(name, text.bytes ?: "", text.length, out, error);
	json_decref(root);
	return err;
}

static bool has_hash(const char *path, const char *hash)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(policy_free) struct policy *policy = NULL;
	_cleanup_(diags_free) struct diags diags = { 0 };
	struct error ignored;

	return !read_stored(path, "policy.next", &sources, &ignored) &&
	       !policy_build(&sources, &policy, &diags, &ignored) &&
	       !strcmp(policy->image->hash, hash);
}

static bool exists(const char *path)
{
	return !access(path, F_OK) || errno != ENOENT;
}

int store_load(const char *folder, const char *running_hash, struct sources **out,
	       struct error *error)
{
	_cleanup_(text_free) struct text name = { 0 };
	struct error ignored;
	char path[PATH_MAX], other[PATH_MAX];

	path_of(path, folder, "policy.next");
	if (exists(path) && has_hash(path, running_hash))
		return read_stored(path, "policy.next", out, error);
	if (exists(path_of(path, folder, "policy.json")))
		return read_stored(path, path, out, error);
	if (!exists(path_of(path, folder, "policy.yaml")))
		return error_set(error, -ENOENT, "there is no policy in %s", folder);
	if (file_read(path_of(other, folder, "policy.name"), PATH_MAX, &name, &ignored))
		text_add(&name, "policy.yaml");
	return read_stored(path, name.bytes ?: "policy.yaml", out, error);
}
