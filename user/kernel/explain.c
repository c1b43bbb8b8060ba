/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/explain.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "base/own.h"
#include "kernel/generation.h"
#include "kernel/handle.h"

struct explain {
	const struct image *image;
	const struct kernel *live;
	struct kernel own; /* no more than a state, for kernel_count() */
	struct generation_slots slots;
	struct port_now ports[WARD_MAX_PORTS];
	struct routes routes;
	struct generation generation;
	uint32_t *device_of; /* of the image, by private device; the last: all others */
	uint32_t device_count;
	uint32_t *live_owner; /* by private device; 0: none */
	struct ward_share *shares; /* as they were before the frame */
	struct ward_far_flows *far_flows;
};

void kernel_explain_close(struct explain **explain)
{
	struct explain *e = *explain;

	if (!e)
		return;
	generation_free(&e->generation);
	routes_free(&e->routes);
	generation_slots_free(&e->slots);
	state_close(&e->own.state);
	free(e->device_of);
	free(e->live_owner);
	free(e->shares);
	free(e->far_flows);
	free(e);
	*explain = NULL;
}

/* Numbers of its own: a device each for those involved, one for all others, rules as in the image.
 */
static int number(struct explain *e, const bool *involved)
{
	const struct image *image = e->image;
	uint32_t next = 0;

	for (size_t i = 0; i < image->devices.count; i++)
		e->device_count += involved[i];
	e->slots.device_owner = calloc(image->devices.count + 1, sizeof(uint32_t));
	e->slots.rule_slot = calloc(image->rules.count + 1, sizeof(uint32_t));
	e->device_of = calloc(e->device_count + 1, sizeof(uint32_t));
	e->live_owner = calloc(e->device_count + 1, sizeof(uint32_t));
	e->shares = calloc(e->device_count + 1, sizeof(*e->shares));
	e->far_flows = calloc(e->device_count + 1, sizeof(*e->far_flows));
	if (!e->slots.device_owner || !e->slots.rule_slot || !e->device_of || !e->live_owner ||
	    !e->shares || !e->far_flows)
		return -ENOMEM;
	for (uint32_t i = 0; i < image->devices.count; i++) {
		uint32_t own = involved[i] ? next++ : e->device_count;

		e->slots.device_owner[i] = WARD_OWNER_FIRST_DEVICE + own;
		e->device_of[own] = own == e->device_count ? EXPLAIN_NONE : i;
	}
	for (uint32_t i = 0; i < image->rules.count; i++)
		e->slots.rule_slot[i] = i;
	for (uint32_t i = 0; i < image->ports.count; i++)
		e->slots.port_owner[i] = WARD_OWNER_FIRST_PORT + i;
	return 0;
}

static void mark_used(struct ward_slot *slots, size_t count)
{
	for (size_t i = 0; i < count; i++)
		slots[i].use = WARD_SLOT_USED;
}

/* The ports as they are now; the program finds none that is not there. */
static int find_ports(struct explain *e, struct kernel *kernel, struct error *error)
{
	for (uint32_t i = 0; i < e->image->ports.count; i++) {
		struct netdev dev;
		int err = netdev_get(kernel->socket, e->image->ports.items[i].ifname, &dev, error);

		if (err)
			return err;
		e->ports[i].ifindex = dev.ifindex;
		memcpy(e->ports[i].mac, dev.mac, sizeof(dev.mac));
		err = dev.ifindex ? bpf_map_update_elem(e->own.state.fds[STATE_TX_PORTS], &i,
							&dev.ifindex, BPF_ANY)
				  : 0;
		if (err)
			return error_set(error, err, "cannot name port %s to the program: %s",
					 e->image->ports.items[i].ifname, strerror(-err));
	}
	return 0;
}

/* What the live state holds, in the numbers of this instance. */

/* The rule of the image that has this live slot; one that the image has not gets no number. */
static uint32_t own_rule(const struct explain *e, uint32_t slot)
{
	const struct state *live = &e->live->state;

	for (uint32_t i = 0; slot < live->meta->rule_capacity && i < e->image->rules.count; i++)
		if (!strcmp(live->rule_slots[slot].name, e->image->rules.items[i].key))
			return i;
	return (uint32_t)e->image->rules.count;
}

static void renumber(const struct explain *e, struct ward_flow *flows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (flows[i].claim)
			flows[i].rule = own_rule(e, flows[i].rule);
}

static int copy_lease(struct explain *e, const struct ward_lease *lease, uint32_t owner)
{
	struct ward_lease_key key = { .vlan = lease->vlan, .link = lease->link };

	if (!(lease->address[0] | lease->address[1] | lease->address[2] | lease->address[3]))
		return 0;
	memcpy(key.address, lease->address, sizeof(key.address));
	return bpf_map_update_elem(e->own.state.fds[STATE_LEASES], &key, &owner, BPF_ANY);
}

static int copy_device(struct explain *e, uint32_t own, uint32_t device)
{
	const struct state *live = &e->live->state;
	struct state *s = &e->own.state;

	s->shares[own] = live->shares[device];
	s->far_flows[own] = live->far_flows[device];
	s->rule_buckets[own] = live->rule_buckets[device];
	s->hellos[own] = live->hellos[device];
	s->fragments[own] = live->fragments[device];
	s->bindings[own] = live->bindings[device];
	renumber(e, s->shares[own].near, WARD_NEAR_FLOWS);
	renumber(e, s->far_flows[own].place, WARD_FAR_FLOWS);
	for (int i = 0; i < WARD_FRAGMENTS; i++)
		s->fragments[own].place[i].rule = own_rule(e, s->fragments[own].place[i].rule);
	return copy_lease(e, &s->bindings[own].ipv4, WARD_OWNER_FIRST_DEVICE + own)
		       ?: copy_lease(e, &s->bindings[own].ipv6, WARD_OWNER_FIRST_DEVICE + own);
}

static int copy_state(struct explain *e, struct error *error)
{
	for (uint32_t own = 0; own < e->device_count; own++) {
		struct device_slot slot;
		int err;

		if (kernel_find_device(e->live, e->image->devices.items[e->device_of[own]].name,
				       &slot))
			continue;
		err = copy_device(e, own, slot.owner - WARD_OWNER_FIRST_DEVICE);
		if (err)
			return error_set(error, err, "cannot copy a lease: %s", strerror(-err));
	}
	return 0;
}

static int load(struct explain *e, struct kernel *kernel, bool running, struct error *error)
{
	const struct generation_parts parts = { e->image, &e->slots, e->ports, &e->routes };
	struct ward_meta *meta = e->own.state.meta;

	/* A flow that the generation in force has judged needs no new judgement. */
	meta->last_generation = kernel->state.meta->generation - (running ? 1 : 0);
	return find_ports(e, kernel, error) ?:
	       routes_find(kernel->socket, &parts, &e->routes, error) ?:
	       generation_load(&e->own.state, &parts, &e->generation, error);
}

int kernel_explain_open(struct kernel *kernel, const struct image *image, const bool *involved,
			bool running, struct explain **out, struct error *error)
{
	_cleanup_(kernel_explain_close) struct explain *e = calloc(1, sizeof(*e));
	int err = -ENOMEM;

	if (e) {
		e->image = image;
		e->live = kernel;
		for (int i = 0; i < STATE_MAPS; i++)
			e->own.state.fds[i] = -1;
		err = number(e, involved);
	}
	if (err)
		return error_set(error, err, "no memory to explain");
	err = state_new_private(e->device_count + 1, (uint32_t)image->rules.count + 1,
				kernel->state.meta->flow_seed, &e->own.state, error);
	if (err)
		return err;
	mark_used(e->own.state.device_slots, e->device_count + 1);
	mark_used(e->own.state.rule_slots, image->rules.count);
	err = load(e, kernel, running, error) ?: copy_state(e, error);
	if (err)
		return err;
	*out = TAKE_PTR(e);
	return 0;
}

/* What has moved. */

static void find_owner(const struct explain *e, uint32_t owner, struct explained *out)
{
	if (owner >= WARD_OWNER_FIRST_DEVICE)
		out->device = e->device_of[owner - WARD_OWNER_FIRST_DEVICE];
	else if (owner >= WARD_OWNER_FIRST_PORT &&
		 owner - WARD_OWNER_FIRST_PORT < e->image->ports.count)
		out->port = owner - WARD_OWNER_FIRST_PORT;
}

static void compare_owner(const struct explain *e, uint32_t owner,
			  const struct owner_totals *before, const struct owner_totals *after,
			  struct explained *out)
{
	bool moved = false;

	for (int i = 0; i < WARD_DROP_SLOTS; i++) {
		if (after->dropped[i] != before->dropped[i]) {
			out->reason = WARD_FIRST_DROP_REASON + i;
			moved = true;
		}
		if (after->audited[i] != before->audited[i]) {
			out->audited = WARD_FIRST_DROP_REASON + i;
			moved = true;
		}
	}
	for (int side = 0; side < WARD_SIDES; side++)
		moved |= after->lane[side].packets != before->lane[side].packets;
	if (moved)
		find_owner(e, owner, out);
}

/* Of a packet between two devices both rules count; the sender's comes first. */
static void compare_rules(const struct explain *e, const struct kernel_counters *before,
			  const struct kernel_counters *after, struct explained *out)
{
	uint32_t profile =
		out->device == EXPLAIN_NONE
			? EXPLAIN_NONE
			: e->image->profiles
				  .items[e->image->devices.items[out->device].entry.profile]
				  .rules;

	for (uint32_t i = 0; i < after->rule_count && out->rule_count < 2; i++)
		if (after->rules[i].packets != before->rules[i].packets)
			out->rules[out->rule_count++] = i;
	if (out->rule_count == 2 && e->image->rules.items[out->rules[1]].profile == profile) {
		uint32_t first = out->rules[0];

		out->rules[0] = out->rules[1];
		out->rules[1] = first;
	}
}

static enum explain_flow compare_flow(const struct ward_flow *before, const struct ward_flow *after)
{
	if (!memcmp(before, after, sizeof(*before)))
		return EXPLAIN_NO_FLOW;
	return before->claim == after->claim ? EXPLAIN_LIVE_FLOW : EXPLAIN_NEW_FLOW;
}

static void compare_flows(const struct explain *e, struct explained *out)
{
	const struct state *s = &e->own.state;

	for (uint32_t d = 0; d < e->device_count; d++) {
		for (int i = 0; i < WARD_NEAR_FLOWS; i++)
			out->flow = out->flow
					    ?: compare_flow(&e->shares[d].near[i],
							    &s->shares[d].near[i]);
		for (int i = 0; i < WARD_FAR_FLOWS; i++)
			out->flow = out->flow
					    ?: compare_flow(&e->far_flows[d].place[i],
							    &s->far_flows[d].place[i]);
	}
}

static int run(struct explain *e, uint32_t port, const void *frame, size_t length,
	       struct explained *out, struct error *error)
{
	struct xdp_md context = { .data_end = (uint32_t)length,
				  .ingress_ifindex = e->ports[port].ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = (uint32_t)length,
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .repeat = 1);
	int err = bpf_prog_test_run_opts(e->generation.program, &opts);

	out->verdict = opts.retval;
	return err ? error_set(error, err, "the kernel does not take this frame of %zu bytes: %s",
			       length, strerror(-err))
		   : 0;
}

int kernel_explain_run(struct explain *e, uint32_t port, const void *frame, size_t length,
		       struct explained *out, struct error *error)
{
	struct explained result = { .device = EXPLAIN_NONE, .port = EXPLAIN_NONE };
	_cleanup_(kernel_counters_free) struct kernel_counters before = { 0 };
	_cleanup_(kernel_counters_free) struct kernel_counters after = { 0 };
	int err;

	if (!e->ports[port].ifindex)
		return error_set(error, -ENODEV, "port %s is not there",
				 e->image->ports.items[port].ifname);
	memcpy(e->shares, e->own.state.shares, (e->device_count + 1) * sizeof(*e->shares));
	memcpy(e->far_flows, e->own.state.far_flows, (e->device_count + 1) * sizeof(*e->far_flows));
	err = kernel_count(&e->own, &before, error) ?:
	      run(e, port, frame, length, &result, error) ?:
	      kernel_count(&e->own, &after, error);
	if (err)
		return err;
	for (uint32_t owner = 0; owner < after.owner_count; owner++)
		compare_owner(e, owner, &before.owners[owner], &after.owners[owner], &result);
	compare_rules(e, &before, &after, &result);
	compare_flows(e, &result);
	*out = result;
	return 0;
}
