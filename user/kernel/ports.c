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

static struct bpf_link_info link_info(int link)
{
	struct bpf_link_info info = { 0 };
	uint32_t length = sizeof(info);

	if (bpf_obj_get_info_by_fd(link, &info, &length))
		return (struct bpf_link_info){ 0 };
	return info;
}

/* The interface a link sits on; 0 when the interface is gone. */
static uint32_t link_ifindex(int link)
{
	return link_info(link).xdp.ifindex;
}

void ports_free(struct port_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		own_close(&changes->items[i].link);
		own_close(&changes->items[i].stray);
		own_close(&changes->items[i].old_program);
	}
}

/* Pins are named by slot: the BPF file system allows no dots, which interface names may have. */
static const char *link_path(const struct state *state, char out[512], uint32_t slot)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", slot);
	return state_path(state, out, "links", name);
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
	_cleanup_close_ int link = bpf_obj_get(link_path(state, path, slot));

	return link >= 0 && link_ifindex(link) == ifindex;
}

/*
 * A link on another interface than the one of the port's name is the port's old interface, renamed.
 * It must not go on with an old policy.
 */
static void open_link(const struct state *state, struct port_change *port)
{
	char path[512];
	int link = bpf_obj_get(link_path(state, path, port->slot));
	uint32_t ifindex = link < 0 ? 0 : link_ifindex(link);

	if (!ifindex) {
		own_close(&link);
		return;
	}
	port->old_program = bpf_prog_get_fd_by_id(link_info(link).prog_id);
	if (ifindex == port->ifindex)
		port->link = link;
	else
		port->stray = link;
}

int ports_inspect(const struct state *state, struct nl_sock *socket, const struct image *image,
		  const struct generation_slots *slots, bool require, struct port_changes *out,
		  struct error *error)
{
	*out = (struct port_changes){ 0 };
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
			.stray = -1,
			.old_program = -1,
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
		open_link(state, port);
	}
	return 0;
}

static int open_xdp(const struct port_change *port, int program, uint32_t flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);

	return bpf_link_create(program, (int)port->ifindex, BPF_XDP, &opts);
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
		return error_set(error, -EBUSY,
				 "another XDP program is attached to port %s; remove it first, for "
				 "example with `ip link set dev %s xdp off`",
				 port->ifname, port->ifname);
	if (port->link == -EOPNOTSUPP || port->link == -EINVAL)
		return error_set(error, port->link,
				 "the driver of port %s cannot run XDP natively (%s); `xdp: generic` "
				 "in its link lets it run slowly",
				 port->ifname, strerror(-port->link));
	if (port->link < 0)
		return error_set(error, port->link, "cannot attach to port %s: %s", port->ifname,
				 strerror(-port->link));
	port->created = true;
	/* What is pinned there sits on an interface that is gone or has another name now. */
	unlink(link_path(state, path, port->slot));
	err = bpf_obj_pin(port->link, path);
	if (err)
		return error_set(error, err, "cannot pin %s: %s", path, strerror(-err));
	return 0;
}

static int attach_port(struct state *state, struct nl_sock *socket, struct port_change *port,
		       int program, struct error *error)
{
	struct ward_slot *slot = &state->port_slots[port->slot];
	int err;

	/* What was saved is another NIC's, which had the name before. */
	if (slot->ifindex != port->ifindex) {
		slot->saved_flags = 0;
		slot->ifindex = port->ifindex;
	}
	err = netdev_prepare(socket, port->ifname, port->routed, &slot->saved_flags, error);
	if (err)
		return err;
	err = bpf_map_update_elem(state->fds[STATE_TX_PORTS], &port->slot, &port->ifindex, BPF_ANY);
	if (err)
		return error_set(error, err, "the driver of port %s cannot send redirected "
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

void ports_roll_back(struct state *state, struct nl_sock *socket, struct port_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		struct port_change *port = &changes->items[i];
		struct ward_slot *slot = &state->port_slots[port->slot];
		struct error ignored;
		char path[512];

		if (port->updated && port->old_program >= 0)
			bpf_link_update(port->link >= 0 ? port->link : port->stray,
					port->old_program, NULL);
		if (port->created) {
			unlink(link_path(state, path, port->slot));
			own_close(&port->link);
		}
		/* A port that stays without a program is as it was before. */
		if (port->link < 0 && port->ifindex) {
			netdev_restore(socket, port->ifname, slot->saved_flags, &ignored);
			slot->saved_flags = 0;
		}
	}
}

/*
 * A port that is not there gets no frames. Its interface, if it was only renamed, gets the new
 * program too: that does not know it as a port and drops all it receives.
 */
static int close_missing(struct state *state, struct port_change *port, int program,
			 struct error *error)
{
	int err;

	bpf_map_delete_elem(state->fds[STATE_TX_PORTS], &port->slot);
	if (port->stray < 0)
		return 0;
	err = bpf_link_update(port->stray, program, NULL);
	if (err)
		return error_set(error, err, "cannot close the interface that port %s was: %s",
				 port->ifname, strerror(-err));
	port->updated = true;
	return 0;
}

int ports_attach(struct state *state, struct nl_sock *socket, struct port_changes *changes,
		 int program, struct error *error)
{
	for (size_t i = 0; i < changes->count; i++) {
		struct port_change *port = &changes->items[i];
		int err = port->ifindex ? attach_port(state, socket, port, program, error) :
					  close_missing(state, port, program, error);

		if (err) {
			ports_roll_back(state, socket, changes);
			return err;
		}
	}
	return 0;
}

static bool is_kept(const struct port_changes *keep, uint32_t slot)
{
	for (size_t i = 0; keep && i < keep->count; i++)
		if (keep->items[i].slot == slot)
			return true;
	return false;
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
static bool is_out_of_reach(const char *path, bool elsewhere, uint32_t *ifindex)
{
	_cleanup_close_ int link = bpf_obj_get(path);
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	struct bpf_link_info info = link < 0 ? (struct bpf_link_info){ 0 } : link_info(link);

	*ifindex = info.xdp.ifindex;
	return *ifindex && (elsewhere || bpf_xdp_query((int)*ifindex, 0, &query) ||
			    query.prog_id != info.prog_id);
}

static int remove_port(const char *path, bool elsewhere, struct ward_slot *slot,
		       struct nl_sock *socket, struct error *error)
{
	bool known = slot && slot->use != WARD_SLOT_FREE;
	uint32_t ifindex;

	if (is_out_of_reach(path, elsewhere, &ifindex))
		return error_set(error, -ENODEV,
				 "port %s (interface %u) is not in this network namespace; detach "
				 "where wardgated was started",
				 known ? slot->name : "?", ifindex);
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

		/* One that is still pinned has failed, which was said. */
		if (slot->use == WARD_SLOT_FREE || !slot->saved_flags || is_kept(keep, i) ||
		    !access(link_path(state, path, i), F_OK))
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
		return errno == ENOENT ? 0 :
					 error_set(error, -errno, "cannot read %s: %s", folder,
						   strerror(errno));
	/* One port that cannot be put back must not keep the others. */
	while ((entry = readdir(dir))) {
		unsigned long slot = strtoul(entry->d_name, NULL, 10);
		struct error this_error;
		int err;

		if (entry->d_name[0] == '.' || is_kept(keep, (uint32_t)slot))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		err = remove_port(path, state->elsewhere,
				  slots && slot < WARD_MAX_PORTS ? &slots[slot] : NULL, socket,
				  &this_error);
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
		_cleanup_close_ int link = -1;

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		link = entry->d_name[0] == '.' ? -1 : bpf_obj_get(path);
		if (link >= 0 && !netdev_name(socket, link_ifindex(link), name))
			length += (size_t)snprintf(out + length, size - length, "%s%s",
						   length ? ", " : "", name);
	}
	if (dir)
		closedir(dir);
}
