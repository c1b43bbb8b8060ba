/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads what the program counts. */
#include "kernel/handle.h"

#include <errno.h>
#include <string.h>

#include "base/own.h"

/* Values of a per-CPU map that are read with one system call. */
#define BATCH 64

/* Reads `count` entries of a per-CPU array; `add` gets each entry's values, one for each CPU. */
static int read_percpu(int fd, size_t value_size, uint32_t count,
		       void (*add)(void *out, const void *value), void *out, size_t out_size)
{
	int cpus = libbpf_num_possible_cpus();
	size_t stride = ((value_size + 7) & ~(size_t)7) * (size_t)(cpus > 0 ? cpus : 1);
	_cleanup_free_ char *values = malloc(stride * BATCH);
	uint32_t keys[BATCH], next = 0, done = 0;

	if (!values)
		return -ENOMEM;
	while (done < count) {
		uint32_t got = count - done < BATCH ? count - done : BATCH;
		int err = bpf_map_lookup_batch(fd, done ? &next : NULL, &next, keys, values, &got,
					       NULL);

		/* ENOENT: this was the last of the map. */
		if (err && err != -ENOENT)
			return err;
		for (uint32_t i = 0; i < got && keys[i] < count; i++)
			for (int cpu = 0; cpu < cpus; cpu++)
				add((char *)out + out_size * keys[i],
				    values + stride * i + stride / (size_t)cpus * (size_t)cpu);
		done += got;
		if (err || !got)
			break;
	}
	return 0;
}

static void add_lane(struct ward_lane *total, const struct ward_lane *lane)
{
	total->packets += lane->packets;
	total->bytes += lane->bytes;
	if (lane->last_seen > total->last_seen)
		total->last_seen = lane->last_seen;
}

static void add_lanes(const struct state *state, uint32_t owner, struct owner_totals *totals)
{
	for (uint32_t cpu = 0; cpu < state->cpus; cpu++) {
		const struct ward_lanes *lanes =
			&state->lanes[(size_t)cpu * state_owner_capacity(state) + owner];

		for (int side = 0; side < WARD_SIDES; side++)
			add_lane(&totals->lane[side], &lanes->side[side]);
	}
}

static void add_drops(void *out, const void *value)
{
	const struct ward_drops *drops = value;
	struct owner_totals *totals = out;

	totals->dropped_bytes += drops->bytes;
	for (int i = 0; i < WARD_DROP_SLOTS; i++)
		totals->dropped[i] += drops->packets[i];
}

static void add_rule(void *out, const void *value)
{
	const struct ward_rule_counters *counters = value;
	struct ward_rule_counters *totals = out;

	totals->packets += counters->packets;
	totals->bytes += counters->bytes;
	if (counters->last_used > totals->last_used)
		totals->last_used = counters->last_used;
	totals->clear_flows += counters->clear_flows;
}

static void add_event_stats(void *out, const void *value)
{
	const struct ward_event_stats *stats = value;
	struct kernel_counters *totals = out;

	totals->events_sent += stats->sent;
	totals->events_lost += stats->lost;
	totals->events_withheld += stats->withheld;
}

/* The number of entries up to the last one that ever had a name. */
static uint32_t used_slots(const struct ward_slot *slots, uint32_t capacity)
{
	while (capacity && slots[capacity - 1].use == WARD_SLOT_FREE)
		capacity--;
	return capacity;
}

static uint32_t count_live(const struct ward_flow *flow, size_t places, uint64_t now)
{
	uint32_t live = 0;

	for (size_t i = 0; i < places; i++)
		live += (flow[i].claim & WARD_FLOW_CLAIM) == WARD_FLOW_LIVE &&
			flow[i].expires > now;
	return live;
}

static uint32_t live_flows(const struct state *state, uint32_t owner, uint64_t now)
{
	uint32_t device = owner - WARD_OWNER_FIRST_DEVICE;
	const struct ward_flow *near;

	if (owner < WARD_OWNER_FIRST_DEVICE)
		return 0;
	near = state->shares[device].near;
	/* The far places are used only after the near ones. */
	return count_live(near, WARD_NEAR_FLOWS, now) +
	       (near[WARD_NEAR_FLOWS - 1].claim == WARD_FLOW_UNUSED ?
			0 :
			count_live(state->far_flows[device].place, WARD_FAR_FLOWS, now));
}

static const struct ward_audits no_audits;

static bool has_audits(const struct ward_audits *audits)
{
	uint64_t any = 0;

	for (int i = 0; i < WARD_DROP_SLOTS; i++)
		any |= audits->packets[i];
	return any;
}

/* Hardly any owner has some: a million arrays of zeros need not be copied. */
static int copy_audits(const struct state *state, struct kernel_counters *c)
{
	size_t next = 0;

	for (uint32_t i = 0; i < c->owner_count; i++) {
		struct ward_audits *copy;

		c->owners[i].audited = (const uint64_t *)no_audits.packets;
		if (!has_audits(&state->audits[i]))
			continue;
		copy = vec_add(&c->audits);
		if (!copy)
			return -ENOMEM;
		*copy = state->audits[i];
		/* Only marked: the list moves as it grows. */
		c->owners[i].audited = NULL;
	}
	for (uint32_t i = 0; i < c->owner_count; i++)
		if (!c->owners[i].audited)
			c->owners[i].audited =
				(const uint64_t *)c->audits.items[next++].packets;
	return 0;
}

static int count_all(struct kernel *kernel, struct kernel_counters *c)
{
	const struct state *state = &kernel->state;
	uint64_t now = clock_monotonic().ns;

	for (uint32_t i = 0; i < c->owner_count; i++) {
		c->owners[i].flows = live_flows(state, i, now);
		add_lanes(state, i, &c->owners[i]);
	}
	return copy_audits(state, c) ?:
	       read_percpu(state->fds[STATE_DROPS], sizeof(struct ward_drops), c->owner_count,
			   add_drops, c->owners, sizeof(*c->owners)) ?:
	       read_percpu(state->fds[STATE_RULE_COUNTERS], sizeof(struct ward_rule_counters),
			   c->rule_count, add_rule, c->rules, sizeof(*c->rules)) ?:
	       read_percpu(state->fds[STATE_EVENT_STATS], sizeof(struct ward_event_stats), 1,
			   add_event_stats, c, sizeof(*c));
}

static uint32_t owners_in_use(const struct state *state)
{
	return WARD_OWNER_FIRST_DEVICE +
	       used_slots(state->device_slots, state->meta->device_capacity);
}

void kernel_audited(const struct kernel *kernel, uint64_t out[WARD_DROP_SLOTS])
{
	const struct state *state = &kernel->state;
	uint32_t end = owners_in_use(state);

	memset(out, 0, WARD_DROP_SLOTS * sizeof(*out));
	for (uint32_t owner = 0; owner < end; owner++)
		for (int i = 0; i < WARD_DROP_SLOTS; i++)
			out[i] += state->audits[owner].packets[i];
}

int kernel_count(struct kernel *kernel, struct kernel_counters *out, struct error *error)
{
	const struct state *state = &kernel->state;
	_cleanup_(kernel_counters_free) struct kernel_counters c = {
		.owner_count = owners_in_use(state),
		.rule_count = used_slots(state->rule_slots, state->meta->rule_capacity),
	};
	int err;

	c.owners = calloc(c.owner_count, sizeof(*c.owners));
	c.rules = calloc(c.rule_count + 1, sizeof(*c.rules));
	err = c.owners && c.rules ? count_all(kernel, &c) : -ENOMEM;
	if (err)
		return error_set(error, err, "cannot read the counters: %s", strerror(-err));
	*out = c;
	c = (struct kernel_counters){ 0 };
	return 0;
}

void kernel_counters_free(struct kernel_counters *counters)
{
	free(counters->owners);
	free(counters->rules);
	vec_free(&counters->audits);
	*counters = (struct kernel_counters){ 0 };
}
