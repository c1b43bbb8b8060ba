/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/pins.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/own.h"

int pin_open(const char *path, struct pin *out, struct error *error)
{
	struct bpf_link_info info = { 0 };
	uint32_t length = sizeof(info);
	_cleanup_close_ int link = bpf_obj_get(path);
	int err = link < 0 ? link : bpf_obj_get_info_by_fd(link, &info, &length);

	*out = (struct pin){ .link = -1 };
	if (err == -ENOENT && link < 0)
		return 0;
	if (err)
		return error_set(error, err, "cannot look at the XDP link %s: %s", path,
				 strerror(-err));
	out->ifindex = info.xdp.ifindex;
	out->program = info.prog_id;
	out->link = TAKE_FD(link);
	return 0;
}

static const char *path_of(const struct state *state, char out[512], const char *name)
{
	return state_path(state, out, "links", name);
}

const char *pins_path(const struct state *state, char out[512], uint32_t slot)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", slot);
	return path_of(state, out, name);
}

struct pin_name pins_parse(const char *name)
{
	struct pin_name pin = { .slot = WARD_MAX_PORTS };

	if (sscanf(name, "aside-%u-%u-%u", &pin.slot, &pin.ifindex, &pin.saved) == 3)
		pin.aside = true;
	else if (sscanf(name, "%u", &pin.slot) != 1)
		pin.slot = WARD_MAX_PORTS;
	return pin;
}

static int move(const struct state *state, const char *from, const char *to)
{
	char old[512], new[512];

	return rename(path_of(state, old, from), path_of(state, new, to)) < 0 ? -errno : 0;
}

int pins_set_aside(const struct state *state, uint32_t slot, uint32_t ifindex,
		   char name[PIN_NAME_SIZE], struct error *error)
{
	struct ward_slot *s = &state->port_slots[slot];
	char own[16];
	int err;

	snprintf(own, sizeof(own), "%u", slot);
	snprintf(name, PIN_NAME_SIZE, "aside-%u-%u-%u", slot, ifindex, s->saved_flags);
	err = move(state, own, name);
	if (err) {
		name[0] = '\0';
		return error_set(error, err, "cannot set the XDP link of port %s aside: %s",
				 s->name, strerror(-err));
	}
	s->saved_flags = 0;
	return 0;
}

void pins_put_back(const struct state *state, uint32_t slot, const char *name)
{
	char own[16];

	snprintf(own, sizeof(own), "%u", slot);
	if (!move(state, name, own))
		state->port_slots[slot].saved_flags = pins_parse(name).saved;
}

/* The settings that are kept with the link go where it goes. */
static int take_place(const struct state *state, uint32_t slot, uint32_t ifindex, const char *name)
{
	struct pin_name from = pins_parse(name);
	struct ward_slot *s = &state->port_slots[slot];
	char own[16];
	int err;

	snprintf(own, sizeof(own), "%u", slot);
	err = move(state, name, own);
	if (err)
		return err;
	s->ifindex = ifindex;
	s->saved_flags = from.saved;
	if (!from.aside && from.slot < WARD_MAX_PORTS) {
		s->saved_flags = state->port_slots[from.slot].saved_flags;
		state->port_slots[from.slot].saved_flags = 0;
	}
	return 0;
}

/* The name of the pin on this interface, or "". */
static int find(const struct state *state, uint32_t ifindex, char name[PIN_NAME_SIZE],
		struct error *error)
{
	char folder[512], path[1024];
	DIR *dir = opendir(state_path(state, folder, "links", NULL));
	struct dirent *entry;
	int err = 0;

	name[0] = '\0';
	while (dir && !err && !name[0] && (entry = readdir(dir))) {
		struct pin pin;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		err = pin_open(path, &pin, error);
		if (!err && pin.link >= 0 && (ifindex ? pin.ifindex == ifindex : pin.ifindex))
			snprintf(name, PIN_NAME_SIZE, "%.*s", PIN_NAME_SIZE - 1, entry->d_name);
		own_close(&pin.link);
	}
	if (dir)
		closedir(dir);
	return err;
}

int pins_adopt(const struct state *state, uint32_t slot, uint32_t ifindex, char name[PIN_NAME_SIZE],
	       struct error *error)
{
	int err = find(state, ifindex, name, error);

	if (err || !name[0])
		return err;
	err = take_place(state, slot, ifindex, name);
	if (err) {
		name[0] = '\0';
		return error_set(error, err, "cannot give port %s its XDP link back: %s",
				 state->port_slots[slot].name, strerror(-err));
	}
	return 0;
}

void pins_return(const struct state *state, uint32_t slot, const char *name)
{
	struct pin_name to = pins_parse(name);
	struct ward_slot *s = &state->port_slots[slot];
	char own[16];

	snprintf(own, sizeof(own), "%u", slot);
	if (move(state, own, name))
		return;
	if (!to.aside && to.slot < WARD_MAX_PORTS)
		state->port_slots[to.slot].saved_flags = s->saved_flags;
	s->saved_flags = 0;
}

int pins_any_alive(const struct state *state, bool *alive, struct error *error)
{
	char name[PIN_NAME_SIZE];
	int err = find(state, 0, name, error);

	*alive = name[0];
	return err;
}
