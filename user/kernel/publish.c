/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * To publish: number the names, load the new program beside the old one, try it, then update the
 * ports. The old program is let go only when every port has the new one.
 */
#include "kernel/handle.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"

/* The name is replaced in one step: at any moment it is the old program or the new one. */
static int pin_program(const struct state *state, int program, const char *name)
{
	char making[512], path[512];
	int err;

	unlink(state_path(state, making, "program-making", NULL));
	err = bpf_obj_pin(program, making);
	if (err)
		return err;
	return rename(making, state_path(state, path, name, NULL)) < 0 ? -errno : 0;
}

static int commit(struct kernel *kernel, const struct image *image,
		  const struct generation *generation, const struct port_changes *changes,
		  struct error *error)
{
	struct ward_meta *meta = kernel->state.meta;
	int err = 0;

	/* Kept for an instant way back, which needs no compiler and no file. */
	if (changes->old_program >= 0)
		err = pin_program(&kernel->state, changes->old_program, "previous");
	err = err ?: pin_program(&kernel->state, generation->program, "program");
	if (err)
		return error_set(error, err, "cannot pin the program: %s", strerror(-err));
	meta->generation = generation->number;
	meta->applied = clock_realtime().ns;
	memcpy(meta->policy_hash, image->hash, sizeof(meta->policy_hash));
	return 0;
}

static void remember_ports(struct kernel *kernel, const struct port_changes *changes)
{
	kernel->port_count = changes->count;
	for (size_t i = 0; i < changes->count; i++) {
		snprintf(kernel->ports[i].ifname, sizeof(kernel->ports[i].ifname), "%s",
			 changes->items[i].ifname);
		kernel->ports[i].ifindex = changes->items[i].ifindex;
	}
}

static int attach_and_commit(struct kernel *kernel, const struct image *image,
			     const struct generation_slots *slots, struct port_changes *changes,
			     struct error *error)
{
	_cleanup_(generation_free) struct generation generation = { 0 };
	uint32_t ifindexes[WARD_MAX_PORTS] = { 0 };
	unsigned removed = 0;
	char links[512];
	int err;

	for (size_t i = 0; i < changes->count; i++)
		ifindexes[i] = changes->items[i].ifindex;
	err = generation_load(&kernel->state, image, slots, ifindexes, &generation, error) ?:
		      ports_attach(&kernel->state, kernel->socket, changes, generation.program,
				   error);
	if (err)
		return err;
	err = commit(kernel, image, &generation, changes, error);
	if (err) {
		ports_roll_back(&kernel->state, kernel->socket, changes);
		return err;
	}
	/* The new generation runs. What follows tidies up. */
	slots_retire(&kernel->state, image, slots);
	remember_ports(kernel, changes);
	return ports_remove_others(state_path(&kernel->state, links, "links", NULL),
				   kernel->state.port_slots, kernel->socket, changes, &removed,
				   error);
}

int kernel_publish(struct kernel *kernel, const struct image *image, bool require_ports,
		   struct generation_slots *out, struct error *error)
{
	_cleanup_(generation_slots_free) struct generation_slots slots = { 0 };
	_cleanup_(ports_free) struct port_changes changes = { .old_program = -1 };
	int err;

	err = slots_assign(&kernel->state, image, &slots, error) ?:
		      ports_inspect(&kernel->state, kernel->socket, image, &slots, require_ports,
				    &changes, error) ?:
		      attach_and_commit(kernel, image, &slots, &changes, error);
	if (err)
		return err;
	slots.number = kernel->state.meta->generation;
	*out = slots;
	slots = (struct generation_slots){ 0 };
	return 0;
}

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
	char links[512];
	int err;

	*removed = 0;
	if (access(bpffs, F_OK))
		return 0;
	err = kernel_open(&options, &kernel, error);
	/* Even a state that cannot be read must not keep the program in place. */
	if (err == -EAGAIN)
		return err;
	if (!err) {
		err = ports_remove_others(state_path(&kernel->state, links, "links", NULL),
					  kernel->state.port_slots, kernel->socket, NULL, removed,
					  error);
		return err ?: remove_pins(&kernel->state, error);
	}
	snprintf(bare.folder, sizeof(bare.folder), "%s", bpffs);
	err = ports_remove_others(state_path(&bare, links, "links", NULL), NULL, NULL, NULL,
				  removed, error);
	return err ?: remove_pins(&bare, error);
}
