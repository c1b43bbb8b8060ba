/* SPDX-License-Identifier: GPL-2.0-only */
/* The pinned state: what all generations share. Inside the kernel room only. */
#ifndef WARDGATE_KERNEL_STATE_H
#define WARDGATE_KERNEL_STATE_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kernel/kernel.h"
#include "kernel/rules.h"

enum state_map {
	STATE_META,
	STATE_PORT_SLOTS,
	STATE_DEVICE_SLOTS,
	STATE_RULE_SLOTS,
	STATE_SHARES,
	STATE_FAR_FLOWS,
	STATE_RULE_BUCKETS,
	STATE_HELLOS,
	STATE_FRAGMENTS,
	STATE_BINDINGS,
	STATE_LEASES,
	STATE_LANES,
	STATE_DROPS,
	STATE_AUDITS,
	STATE_RULE_COUNTERS,
	STATE_EVENT_STATS,
	STATE_EVENTS,
	STATE_TX_PORTS,
	STATE_MAPS,
};

struct state {
	char folder[256];	/* of the pins */
	int fds[STATE_MAPS];
	void *mapped[STATE_MAPS];	/* the arrays that are shared memory, or NULL */
	size_t mapped_size[STATE_MAPS];
	struct ward_meta *meta;
	struct ward_slot *port_slots, *device_slots, *rule_slots;
	struct ward_share *shares;
	struct ward_far_flows *far_flows;
	struct ward_rule_buckets *rule_buckets;
	struct ward_hellos *hellos;
	struct ward_fragments *fragments;
	struct ward_binding *bindings;
	struct ward_lanes *lanes;
	struct ward_audits *audits;
	struct kept_rules kept;	/* of this process, not pinned */
	bool elsewhere;		/* made in another network namespace than this process's */
	uint32_t cpus;		/* possible ones: lanes has entries for each */
};

int state_open(const struct kernel_options *options, struct state *out, struct error *error);
void state_close(struct state *state);

/* This process's network namespace: interface indexes mean something in one only. */
uint64_t state_netns(void);

/*
 * What can be had of a state that cannot be opened: its folder, and its port_slots. Those are
 * NULL, with a negative errno, when they are of another version or gone. To be closed in any case.
 */
int state_open_ports(const char *folder, struct state *out);

/* A state of one's own, pinned nowhere: what happens in it happens to nobody. */
int state_new_private(uint32_t devices, uint32_t rules, uint64_t flow_seed, struct state *out,
		      struct error *error);

/* The name of the map in the program, or NULL for one that only the daemon uses. */
const char *state_map_name(enum state_map map);

/* The path of something pinned, below the folder. */
const char *state_path(const struct state *state, char out[512], const char *folder,
		       const char *name);

/* Removes a folder of pins and what is pinned in it. */
void state_remove_folder(const char *path);

/*
 * What is left of one who was killed while he made or removed the state, under the name state-PID.
 * Under the lock, nobody does.
 */
void state_remove_unfinished(const char *folder);

/* Whether this is a folder or a pin of a BPF file system. */
bool bpffs_is_at(const char *path);

/* Mounts the BPF file system for this path when it is not on one. */
int bpffs_mount(const char *folder, struct error *error);

/*
 * Clears all that was kept of an owner whose slot gets a new name: counters, limits, flows,
 * fragments, quarantine and leases.
 */
int state_clear_owner(struct state *state, uint32_t owner);
int state_clear_rule(struct state *state, uint32_t slot);

static inline uint32_t state_owner_capacity(const struct state *state)
{
	return WARD_OWNER_FIRST_DEVICE + state->meta->device_capacity;
}

#endif
