/* SPDX-License-Identifier: GPL-2.0-only */
/* To detach: the program leaves every port, the NICs are as they were, and no pin is left. */
#include "kernel/handle.h"

#include <errno.h>
#include <netlink/netlink.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"

/* "previous" is an older version's. */
static const char *const pinned[] = { "program", "previous", "program-making" };

/* The state goes in one step: half of one would stop the next daemon. */
static int remove_pins(const struct state *state, struct error *error)
{
	char path[512], going[600];

	state_path(state, path, "state", NULL);
	snprintf(going, sizeof(going), "%s-%d", path, getpid());
	if (rename(path, going) < 0 && errno != ENOENT)
		return error_set(error, -errno, "cannot rename %s to %s: %s", path, going,
				 strerror(errno));
	state_remove_unfinished(state->folder);
	for (size_t i = 0; i < ARRAY_SIZE(pinned); i++)
		unlink(state_path(state, path, pinned[i], NULL));
	state_remove_folder(state_path(state, path, "links", NULL));
	if (rmdir(state->folder) < 0 && errno != ENOENT)
		return error_set(error, -errno, "cannot remove %s: %s", state->folder,
				 strerror(errno));
	return 0;
}

static void free_socket(struct nl_sock **socket)
{
	if (*socket)
		nl_socket_free(*socket);
}

/*
 * A state that cannot be read must not keep the program in place. What the NICs were is known as
 * long as the slots of the ports can be read.
 */
static int detach_unread(const char *bpffs, unsigned *removed, struct error *error)
{
	_cleanup_(free_socket) struct nl_sock *socket = netdev_socket(false, error);
	_cleanup_(state_close) struct state state = { 0 };
	char ports[200] = "";
	int err = state_open_ports(bpffs, &state);

	if (!socket)
		return -EIO;
	if (err)
		ports_names(&state, socket, ports, sizeof(ports));
	err = ports_remove_others(&state, socket, NULL, removed, error)
		      ?: remove_pins(&state, error);
	if (err || !ports[0])
		return err;
	return error_set(
		error, -EIO,
		"detached from %s, but how their NICs were set before cannot be read: check "
		"promisc and rxvlan by hand (`ip -d link`, `ethtool -k`)",
		ports);
}

int kernel_detach(const char *bpffs, unsigned *removed, struct error *error)
{
	struct kernel_options options = { .bpffs = bpffs };
	_cleanup_(kernel_close) struct kernel *kernel = NULL;
	int err;

	*removed = 0;
	/* Not to be seen is not to be gone: what is pinned there goes on. */
	if (access(bpffs, F_OK))
		return errno == ENOENT
			       ? error_set(error, -ESRCH,
					   "no gateway is pinned at %s: nothing was detached", bpffs)
			       : error_set(error, -errno,
					   "cannot look into %s: %s; nothing was detached. Run this "
					   "as root",
					   bpffs, strerror(errno));
	/* Pins are removed by name: not from a folder that was never the gateway's. */
	if (!bpffs_is_at(bpffs))
		return error_set(error, -EINVAL,
				 "%s is not on a BPF file system; nothing was removed", bpffs);
	err = kernel_open(&options, &kernel, error);
	if (err == -EAGAIN)
		return err;
	if (err)
		return detach_unread(bpffs, removed, error);
	return ports_remove_others(&kernel->state, kernel->socket, NULL, removed, error)
		       ?: remove_pins(&kernel->state, error);
}
