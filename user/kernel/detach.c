/* SPDX-License-Identifier: GPL-2.0-only */
/* To detach: the program leaves every port, the NICs are as they were, and no pin is left. */
#include "kernel/handle.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"

static const char *const pinned[] = { "program", "previous", "program-making" };
static const char *const folders[] = { "links", "state" };

static int remove_pins(struct state *state, struct error *error)
{
	char path[512];

	for (size_t i = 0; i < ARRAY_SIZE(pinned); i++)
		unlink(state_path(state, path, pinned[i], NULL));
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		state_remove_folder(state_path(state, path, folders[i], NULL));
	if (rmdir(state->folder) < 0 && errno != ENOENT)
		return error_set(error, -errno, "cannot remove %s: %s", state->folder,
				 strerror(errno));
	return 0;
}

int kernel_detach(const char *bpffs, unsigned *removed, struct error *error)
{
	struct kernel_options options = { .bpffs = bpffs };
	_cleanup_(kernel_close) struct kernel *kernel = NULL;
	struct state bare = { 0 };
	int err;

	*removed = 0;
	if (access(bpffs, F_OK))
		return 0;
	/* What is removed below is removed by name: not from a folder that was never the gateway's.
	 */
	if (!bpffs_is_at(bpffs))
		return error_set(error, -EINVAL,
				 "%s is not on a BPF file system; nothing was removed", bpffs);
	err = kernel_open(&options, &kernel, error);
	/* Even a state that cannot be read must not keep the program in place. */
	if (err == -EAGAIN)
		return err;
	if (!err) {
		err = ports_remove_others(&kernel->state, kernel->socket, NULL, removed, error);
		return err ?: remove_pins(&kernel->state, error);
	}
	snprintf(bare.folder, sizeof(bare.folder), "%s", bpffs);
	err = ports_remove_others(&bare, NULL, NULL, removed, error);
	return err ?: remove_pins(&bare, error);
}
