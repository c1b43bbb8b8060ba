/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/ports.h"

#include <dirent.h>
#include <errno.h>
#include <linux/if_link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "kernel/forwarding.h"

void ports_free(struct port_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		own_close(&changes->items[i].link);
		own_close(&changes->items[i].old_program);
		own_close(&changes->items[i].stray);
		own_close(&changes->items[i].stray_program);
	}
}

bool ports_is_generic(const struct port_change *port)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	return !port->ifindex || bpf_xdp_query((int)port->ifindex, 0, &query) ||
	       query.attach_mode != XDP_ATTACHED_DRV;
}

bool ports_is_attached(const struct state *state, uint32_t slot, uint32_t ifindex)
{
	char path[512];
	struct error ignored;
	struct pin pin;
	bool attached = !pin_open(pins_path(state, path, slot), &pin, &ignored) && pin.link >= 0 &&
			pin.ifindex == ifindex;

	own_close(&pin.link);
	return attached;
}

/* What runs there must be known before it is replaced, or there is no way back. */
static int open_program(const struct port_change *port, uint32_t id, int *out, struct error *error)
{
	*out = bpf_prog_get_fd_by_id(id);
	return *out >= 0 ? 0
			 : error_set(error, *out,
				     "cannot get hold of the program that runs on port %s: %s",
				     port->ifname, strerror(-*out));
}

/*
 * A link on another interface than the one of the port's name is the port's old interface, renamed.
 * It must not go on with an old policy.
 */
static int open_link(const struct state *state, struct port_change *port, struct error *error)
{
	char path[512];
	struct pin pin;
	int err = pin_open(pins_path(state, path, port->slot), &pin, error);

	if (err || !pin.ifindex) {
		own_close(&pin.link);
		return err;
	}
	if (pin.ifindex == port->ifindex) {
		port->link = pin.link;
		return open_program(port, pin.program, &port->old_program, error);
	}
	port->stray = pin.link;
	port->stray_ifindex = pin.ifindex;
	return open_program(port, pin.program, &port->stray_program, error);
}

int ports_inspect(const struct state *state, struct nl_sock *socket, const struct image *image,
		  const struct generation_slots *slots, bool require, struct port_changes *out,
		  struct error *error)
{
	*out = (struct port_changes){ .require = require };
	for (size_t i = 0; i < image->ports.count; i++) {
		struct port_change *port = &out->items[out->count++];
		struct netdev dev;
		int err;

		*port = (struct port_change){
			.ifname = image->ports.items[i].ifname,
			.routed = image->ports.items[i].flags & WARD_PORT_ROUTED,
			.generic = image->ports.items[i].generic,
			.slot = slots->port_owner[i] - WARD_OWNER_FIRST_PORT,
			.link = -1,
			.old_program = -1,
			.stray = -1,
			.stray_program = -1,
		};
		err = netdev_get(socket, port->ifname, &dev, error);
		if (err)
			return err;
		if (!dev.ifindex && require && !state->port_slots[port->slot].ifindex)
			return error_set(error, -ENODEV,
					 "port %s does not exist in this network namespace; "
					 "see `ip link` for the names",
					 port->ifname);
		port->ifindex = dev.ifindex;
		memcpy(port->mac, dev.mac, sizeof(port->mac));
		err = open_link(state, port, error);
		if (err)
			return err;
	}
	return 0;
}

static int open_xdp(const struct port_change *port, int program, uint32_t flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);

	return bpf_link_create(program, (int)port->ifindex, BPF_XDP, &opts);
}

static int refuse_foreign(const struct port_change *port, struct error *error)
{
	return error_set(error, -EBUSY,
			 "another XDP program is attached to port %s; remove it first, for "
			 "example with `ip link set dev %s xdp off`",
			 port->ifname, port->ifname);
}

static int create_link(const struct state *state, struct port_change *port, int program,
		       struct error *error)
{
	char folder[512], path[512];
	int err;

	err = file_make_folder(state_path(state, folder, "links", NULL), 0700, error);
	if (err)
		return err;
	port->link = open_xdp(port, program, XDP_FLAGS_DRV_MODE);
	if (port->generic && (port->link == -EOPNOTSUPP || port->link == -EINVAL))
		port->link = open_xdp(port, program, XDP_FLAGS_SKB_MODE);
	if (port->link == -EBUSY || port->link == -EEXIST)
		return refuse_foreign(port, error);
	if (port->link == -EOPNOTSUPP || port->link == -EINVAL)
		return error_set(
			error, port->link,
			"the driver of port %s cannot run XDP natively (%s); `xdp: generic` "
			"in its link lets it run slowly",
			port->ifname, strerror(-port->link));
	if (port->link < 0)
		return error_set(error, port->link, "cannot attach to port %s: %s", port->ifname,
				 strerror(-port->link));
	port->created = true;
	/* What is pinned there sits on an interface that is gone. */
	unlink(pins_path(state, path, port->slot));
	err = bpf_obj_pin(port->link, path);
	if (err)
		return error_set(error, err, "cannot pin %s: %s", path, strerror(-err));
	return 0;
}

/*
 * The interface may have been a port by another name, or this one before. If it is new, nothing of
 * it is changed before it is known to be free: each change makes messages, and each of them another
 * try.
 */
static int find_link(struct state *state, struct port_change *port, struct error *error)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	char path[512];
	struct pin pin;
	int err = pins_adopt(state, port->slot, port->ifindex, port->adopted, error);

	if (err)
		return err;
	if (!port->adopted[0])
		return !bpf_xdp_query((int)port->ifindex, 0, &query) && query.attach_mode
			       ? refuse_foreign(port, error)
			       : 0;
	err = pin_open(pins_path(state, path, port->slot), &pin, error);
	port->link = pin.link;
	return err ?: open_program(port, pin.program, &port->old_program, error);
}

static int attach_port(struct state *state, struct nl_sock *socket, struct port_change *port,
		       int program, struct error *error)
{
	struct ward_slot *slot = &state->port_slots[port->slot];
	int err = port->link < 0 ? find_link(state, port, error) : 0;

	if (err)
		return err;
	/* What was saved is another NIC's, which had the name before. */
	if (slot->ifindex != port->ifindex) {
		slot->saved_flags = 0;
		slot->ifindex = port->ifindex;
	}
	port->prepared = true;
	err = netdev_prepare(socket, port->ifname, port->routed, &slot->saved_flags, error);
	if (err)
		return err;
	err = bpf_map_update_elem(state->fds[STATE_TX_PORTS], &port->slot, &port->ifindex, BPF_ANY);
	if (err)
		return error_set(error, err,
				 "the driver of port %s cannot send redirected "
				 "frames: %s",
				 port->ifname, strerror(-err));
	if (port->link < 0)
		return create_link(state, port, program, error);
	err = bpf_link_update(port->link, program, NULL);
	if (err)
		return error_set(error, err, "cannot update the program of port %s: %s",
				 port->ifname, strerror(-err));
	port->updated = true;
	return 0;
}

static void go_back(int link, int program, const char *what, struct error *error)
{
	int err = bpf_link_update(link, program, NULL);
	size_t length = strlen(error->text);

	if (err)
		snprintf(error->text + length, sizeof(error->text) - length,
			 "; port %s could not be given its old program (%s): apply again", what,
			 strerror(-err));
}

static void undo_port(struct state *state, struct nl_sock *socket, struct port_change *port,
		      struct error *error)
{
	struct ward_slot *slot = &state->port_slots[port->slot];
	struct error ignored;
	char path[512];

	if (port->updated)
		go_back(port->link, port->old_program, port->ifname, error);
	if (port->created) {
		unlink(pins_path(state, path, port->slot));
		own_close(&port->link);
	}
	if (port->adopted[0])
		pins_return(state, port->slot, port->adopted);
	/* A port that stays without a program is as it was before. */
	if (port->link < 0 && port->prepared) {
		netdev_restore(socket, port->ifname, slot->saved_flags, &ignored);
		slot->saved_flags = 0;
	}
}

void ports_roll_back(struct state *state, struct nl_sock *socket, struct port_changes *changes,
		     struct error *error)
{
	for (size_t i = 0; i < changes->count; i++)
		undo_port(state, socket, &changes->items[i], error);
	/* Last, for one port's stray may be the other's interface now. */
	for (size_t i = 0; i < changes->count; i++) {
		struct port_change *port = &changes->items[i];

		if (port->stray_updated)
			go_back(port->stray, port->stray_program, port->ifname, error);
		if (port->aside[0])
			pins_put_back(state, port->slot, port->aside);
	}
}

/*
 * The interface that a port was gets the new program too: that does not know it as a port and drops
 * all it receives. Where another interface has the name now, it makes room for that one's link.
 */
static int close_stray(struct state *state, struct port_change *port, int program,
		       struct error *error)
{
	int err;

	if (!port->ifindex)
		bpf_map_delete_elem(state->fds[STATE_TX_PORTS], &port->slot);
	if (port->stray < 0)
		return 0;
	err = bpf_link_update(port->stray, program, NULL);
	if (err)
		return error_set(error, err, "cannot close the interface that port %s was: %s",
				 port->ifname, strerror(-err));
	port->stray_updated = true;
	return port->ifindex
		       ? pins_set_aside(state, port->slot, port->stray_ifindex, port->aside, error)
		       : 0;
}

static bool may_leave_out(const struct port_changes *changes, const struct port_change *port)
{
	return !changes->require && (port->link < 0 || port->created);
}

static void leave_out(struct state *state, struct nl_sock *socket, struct port_changes *changes,
		      struct port_change *port)
{
	undo_port(state, socket, port, &changes->why);
	bpf_map_delete_elem(state->fds[STATE_TX_PORTS], &port->slot);
	port->created = port->prepared = false;
	port->left_out = true;
	changes->left_out++;
}

int ports_attach(struct state *state, struct nl_sock *socket, struct port_changes *changes,
		 int program, struct error *error)
{
	int err = 0;

	for (size_t i = 0; !err && i < changes->count; i++)
		err = close_stray(state, &changes->items[i], program, error);
	for (size_t i = 0; !err && i < changes->count; i++) {
		struct port_change *port = &changes->items[i];

		err = port->ifindex ? attach_port(state, socket, port, program, error) : 0;
		if (err && may_leave_out(changes, port)) {
			if (!changes->left_out)
				changes->why = *error;
			leave_out(state, socket, changes, port);
			err = 0;
		}
	}
	if (err)
		ports_roll_back(state, socket, changes, error);
	return err;
}

static bool is_kept(const struct port_changes *keep, uint32_t slot)
{
	for (size_t i = 0; keep && i < keep->count; i++)
		if (keep->items[i].slot == slot)
			return true;
	return false;
}

/* The interface that the link sits on; 0 when that is gone. */
static uint32_t link_ifindex(const char *path)
{
	struct error ignored;
	struct pin pin;

	pin_open(path, &pin, &ignored);
	own_close(&pin.link);
	return pin.ifindex;
}

/*
 * What was changed belongs to an interface and not to a name, which another may have by now. One
 * that is gone took its settings along.
 */
static int restore_port(struct ward_slot *slot, struct nl_sock *socket, struct error *error)
{
	char ifname[WARD_NAME_SIZE];

	if (slot->saved_flags && !netdev_name(socket, slot->ifindex, ifname) &&
	    netdev_restore(socket, ifname, slot->saved_flags, error))
		return -EIO;
	slot->saved_flags = 0;
	return 0;
}

/*
 * A link on an interface that this namespace does not have was made in another one, and must be
 * removed there. The other may have the same number: but not with the same program.
 */
static bool is_out_of_reach(const struct pin *pin, bool elsewhere)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	return pin->ifindex && (elsewhere || bpf_xdp_query((int)pin->ifindex, 0, &query) ||
				query.prog_id != pin->program);
}

/* Before the program goes: from then on the kernel would forward what nobody judged. */
static int stop_forwarding(const struct ward_slot *slot, struct nl_sock *socket,
			   struct error *error)
{
	char ifname[WARD_NAME_SIZE];

	if (netdev_name(socket, slot->ifindex, ifname))
		return 0;
	return forwarding_close(socket, ifname, slot->saved_flags, error);
}

static int remove_port(const char *path, bool elsewhere, struct ward_slot *slot,
		       struct nl_sock *socket, struct error *error)
{
	bool known = slot && slot->use != WARD_SLOT_FREE;
	struct error ignored;
	struct pin pin;

	/* One that cannot be looked at is no reason to keep it. */
	pin_open(path, &pin, &ignored);
	own_close(&pin.link);
	if (is_out_of_reach(&pin, elsewhere))
		return error_set(error, -ENODEV,
				 "port %s (interface %u) is not in this network namespace; detach "
				 "where wardgated was started",
				 known ? slot->name : "?", pin.ifindex);
	if (known && !elsewhere && stop_forwarding(slot, socket, error))
		return -EIO;
	/* The pin is the last reference: with it goes the program. */
	if (unlink(path) < 0 && errno != ENOENT)
		return error_set(error, -errno, "cannot unpin %s: %s", path, strerror(errno));
	return known && !elsewhere ? restore_port(slot, socket, error) : 0;
}

/* What an earlier call, or a publish that died, left to do. */
static int restore_others(const struct state *state, struct nl_sock *socket,
			  const struct port_changes *keep, struct error *error)
{
	int first_error = 0;

	for (uint32_t i = 0; state->port_slots && !state->elsewhere && i < WARD_MAX_PORTS; i++) {
		struct ward_slot *slot = &state->port_slots[i];
		char path[512];

		if (slot->use == WARD_SLOT_FREE || !slot->saved_flags || is_kept(keep, i) ||
		    !access(pins_path(state, path, i), F_OK))
			continue;
		if (!first_error)
			first_error = restore_port(slot, socket, error);
	}
	return first_error;
}

static int remove_links(const struct state *state, struct nl_sock *socket,
			const struct port_changes *keep, unsigned *removed, struct error *error)
{
	struct ward_slot *slots = state->port_slots;
	char folder[512], path[1024];
	DIR *dir = opendir(state_path(state, folder, "links", NULL));
	struct dirent *entry;
	int first_error = 0;

	if (!dir)
		return errno == ENOENT ? 0
				       : error_set(error, -errno, "cannot read %s: %s", folder,
						   strerror(errno));
	/* One port that cannot be put back must not keep the others. */
	while ((entry = readdir(dir))) {
		struct pin_name pin = pins_parse(entry->d_name);
		struct ward_slot once, *slot = NULL;
		struct error this_error;
		bool gone;
		int err;

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		gone = pin.aside && !link_ifindex(path);
		if (entry->d_name[0] == '.' || (is_kept(keep, pin.slot) && !gone))
			continue;
		if (slots && pin.slot < WARD_MAX_PORTS && !gone)
			slot = &slots[pin.slot];
		/* What once was the port has settings of its own. */
		if (slot && pin.aside) {
			once = *slot;
			once.ifindex = pin.ifindex;
			once.saved_flags = pin.saved;
			slot = &once;
		}
		err = remove_port(path, state->elsewhere, slot, socket, &this_error);
		*removed += !err;
		if (err && !first_error) {
			first_error = err;
			*error = this_error;
		}
	}
	closedir(dir);
	return first_error;
}

int ports_remove_others(const struct state *state, struct nl_sock *socket,
			const struct port_changes *keep, unsigned *removed, struct error *error)
{
	struct error ignored;
	int err = remove_links(state, socket, keep, removed, error);

	return restore_others(state, socket, keep, err ? &ignored : error) ?: err;
}

void ports_names(const struct state *state, struct nl_sock *socket, char *out, size_t size)
{
	char folder[512], path[1024], name[WARD_NAME_SIZE];
	DIR *dir = opendir(state_path(state, folder, "links", NULL));
	struct dirent *entry;
	size_t length = 0;

	out[0] = '\0';
	while (dir && (entry = readdir(dir)) && length < size) {
		uint32_t ifindex;

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		ifindex = entry->d_name[0] == '.' ? 0 : link_ifindex(path);
		if (ifindex && !netdev_name(socket, ifindex, name))
			length += (size_t)snprintf(out + length, size - length, "%s%s",
						   length ? ", " : "", name);
	}
	if (dir)
		closedir(dir);
}
