/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * To publish: number the names, load the new program beside the old one, try it, then update the
 * ports. The old program is let go only when every port has the new one.
 */
#include "kernel/handle.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "kernel/forwarding.h"

/* The name is replaced in one step: at any moment it is the old program or the new one. */
static int pin_program(const struct state *state, int program)
{
	char making[512], path[512];
	int err;

	unlink(state_path(state, making, "program-making", NULL));
	err = bpf_obj_pin(program, making);
	if (err)
		return err;
	return rename(making, state_path(state, path, "program", NULL)) < 0 ? -errno : 0;
}

/*
 * The head of the state says what is in force. It is written before the ports change: if this
 * process dies half-way, the next daemon finds which of the stored policies to complete.
 */
static int attach_all(struct kernel *kernel, const struct image *image,
		      const struct generation *generation, struct port_changes *changes,
		      struct error *error)
{
	struct ward_meta *meta = kernel->state.meta, before = *meta;
	int err;

	memcpy(meta->policy_hash, image->hash, sizeof(meta->policy_hash));
	meta->generation = generation->number;
	meta->applied = clock_realtime().ns;
	err = ports_attach(&kernel->state, kernel->socket, changes, generation->program, error);
	if (!err) {
		err = pin_program(&kernel->state, generation->program);
		if (err) {
			error_set(error, err, "cannot pin the program: %s", strerror(-err));
			ports_roll_back(&kernel->state, kernel->socket, changes, error);
		}
	}
	if (err) {
		memcpy(meta->policy_hash, before.policy_hash, sizeof(meta->policy_hash));
		meta->generation = before.generation;
		meta->applied = before.applied;
	}
	return err;
}

static void remember_ports(struct kernel *kernel, const struct port_changes *changes)
{
	kernel->port_count = changes->count;
	for (size_t i = 0; i < changes->count; i++) {
		snprintf(kernel->ports[i].ifname, sizeof(kernel->ports[i].ifname), "%s",
			 changes->items[i].ifname);
		kernel->ports[i].now.ifindex = changes->items[i].ifindex;
		memcpy(kernel->ports[i].now.mac, changes->items[i].mac,
		       sizeof(kernel->ports[i].now.mac));
	}
}

static int load_and_attach(struct kernel *kernel, const struct image *image,
			   const struct generation_slots *slots, struct port_changes *changes,
			   struct error *error)
{
	_cleanup_(generation_free) struct generation generation = { 0 };
	_cleanup_(routes_free) struct routes routes = { 0 };
	struct port_now ports[WARD_MAX_PORTS] = { 0 };
	const struct generation_parts parts = { image, slots, ports, &routes };
	int err;

	for (size_t i = 0; i < changes->count; i++) {
		ports[i].ifindex = changes->items[i].ifindex;
		memcpy(ports[i].mac, changes->items[i].mac, sizeof(ports[i].mac));
	}
	err = routes_find(kernel->socket, &parts, &routes, error) ?:
		      generation_load(&kernel->state, &parts, &generation, error) ?:
		      attach_all(kernel, image, &generation, changes, error);
	if (err)
		return err;
	routes_free(&kernel->routes);
	kernel->routes = routes;
	routes = (struct routes){ 0 };
	return 0;
}

/*
 * Many drivers say whether they take redirected frames only now that a program is attached. When
 * they do not, nothing arrives: but that is no reason to go back to a policy that was revoked.
 */
static void check_targets(const struct kernel *kernel, const struct image *image,
			  const struct port_changes *changes, struct generation_slots *slots)
{
	for (size_t i = 0; i < changes->count && !slots->warning[0]; i++) {
		uint32_t other = image->ports.items[i].other;
		uint64_t features;

		if (!changes->items[i].ifindex || changes->items[i].left_out ||
		    ports_is_generic(&changes->items[other]) ||
		    features_get(&kernel->features, changes->items[i].ifindex, &features) ||
		    features & XDP_FEATURE_TARGET)
			continue;
		snprintf(slots->warning, sizeof(slots->warning),
			 "nothing leaves by port %s: its driver takes no redirected frames; "
			 "`wardgate preflight` has the fix",
			 changes->items[i].ifname);
	}
}

/* Only now is there somebody to judge what the kernel forwards. */
static void set_forwarding(struct kernel *kernel, const struct port_changes *changes,
			   struct generation_slots *slots)
{
	for (size_t i = 0; i < changes->count; i++) {
		const struct port_change *port = &changes->items[i];
		uint32_t *saved = &kernel->state.port_slots[port->slot].saved_flags;
		struct error error;
		int err;

		if (!port->ifindex || port->left_out)
			continue;
		if (port->routed)
			err = forwarding_open(kernel->socket, &kernel->routes, port->ifindex, saved,
					      &error);
		else
			err = forwarding_close(kernel->socket, port->ifname, *saved, &error);
		if (!port->routed && !err)
			*saved &= ~(uint32_t)WARD_SAVED_FORWARDING_OFF;
		if (err < 0 && !slots->warning[0])
			snprintf(slots->warning, sizeof(slots->warning), "%.255s", error.text);
	}
}

/* The new generation runs: nothing from here on may look like a failed publish. */
static void tidy_up(struct kernel *kernel, const struct image *image,
		    struct generation_slots *slots, const struct port_changes *changes)
{
	struct error error;
	unsigned removed = 0;

	slots_retire(&kernel->state, image, slots);
	remember_ports(kernel, changes);
	slots->left_out = changes->left_out;
	if (changes->left_out > 1)
		snprintf(slots->warning, sizeof(slots->warning), "%.200s (and %u more ports)",
			 changes->why.text, changes->left_out - 1);
	else if (changes->left_out)
		snprintf(slots->warning, sizeof(slots->warning), "%.255s", changes->why.text);
	set_forwarding(kernel, changes, slots);
	check_targets(kernel, image, changes, slots);
	if (ports_remove_others(&kernel->state, kernel->socket, changes, &removed, &error) &&
	    !slots->warning[0])
		snprintf(slots->warning, sizeof(slots->warning), "%.255s", error.text);
}

/*
 * Ports are found by their interfaces' numbers, which mean nothing in another network namespace. A
 * namespace that is gone took its ports along, and then the state is ours.
 */
static int claim_namespace(struct state *state, struct error *error)
{
	bool alive;
	int err = state->elsewhere ? pins_any_alive(state, &alive, error) : 0;

	if (err || !state->elsewhere)
		return err;
	if (alive)
		return error_set(error, -EBUSY,
				 "the gateway was started in another network namespace, and its "
				 "ports are there; start it there, or run `wardgated detach` there "
				 "first");
	for (uint32_t i = 0; i < WARD_MAX_PORTS; i++)
		state->port_slots[i].ifindex = state->port_slots[i].saved_flags = 0;
	state->meta->netns = state_netns();
	state->elsewhere = false;
	return 0;
}

int kernel_publish(struct kernel *kernel, const struct image *image, bool require_ports,
		   struct generation_slots *out, struct error *error)
{
	_cleanup_(generation_slots_free) struct generation_slots slots = { 0 };
	_cleanup_(ports_free) struct port_changes changes = { 0 };
	int err;

	err = claim_namespace(&kernel->state, error) ?:
		      slots_assign(&kernel->state, image, &slots, error) ?:
		      ports_inspect(&kernel->state, kernel->socket, image, &slots, require_ports,
				    &changes, error) ?:
		      load_and_attach(kernel, image, &slots, &changes, error);
	if (err) {
		slots_give_back(&kernel->state);
		return err;
	}
	tidy_up(kernel, image, &slots, &changes);
	slots.number = kernel->state.meta->generation;
	*out = slots;
	slots = (struct generation_slots){ 0 };
	return 0;
}
