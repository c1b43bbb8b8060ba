/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel room: the only one that includes libbpf or libnl. It puts an image into the kernel,
 * attaches it to the ports, and reads what the program counts. It sees base/, the policy's image
 * and include/; it logs nothing: every failure comes back as one sentence.
 */
#ifndef WARDGATE_KERNEL_KERNEL_H
#define WARDGATE_KERNEL_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/vec.h"
#include "policy/image.h"
#include "wardgate/event.h"
#include "wardgate/state_maps.h"

#define KERNEL_BPFFS "/sys/fs/bpf/wardgate"
#define KERNEL_DEVICE_CAPACITY 8192
#define KERNEL_RULE_CAPACITY 4096

struct kernel_options {
	const char *bpffs;	/* folder of the pins; its file system is mounted if need be */
	/* Fixed while the state is pinned; 0: as it is, or the default. */
	uint32_t device_capacity, rule_capacity;
};

struct kernel;

/*
 * Opens the pinned state, or creates it when there is none. Refuses a state of another layout or
 * with a smaller capacity than asked for (-EBUSY). Attaches nothing.
 */
int kernel_open(const struct kernel_options *options, struct kernel **out, struct error *error);

/* Closes what this process holds. The program stays attached, the state stays pinned. */
void kernel_close(struct kernel **kernel);

/* Which slots the image's things have in a published generation. Owned by the caller. */
struct generation_slots {
	uint32_t *device_owner;	/* by index of the image's device */
	uint32_t *rule_slot;	/* by index of the image's rule */
	uint32_t port_owner[WARD_MAX_PORTS];
	uint32_t number;	/* of the generation */
	unsigned left_out;	/* ports that are there and could not get the program */
	/* Why a port was left out, or what could not be tidied up after the publish; "": nothing. */
	char warning[256];
};

void generation_slots_free(struct generation_slots *slots);

/*
 * Loads a new generation beside the running one and, when all of it is in place and has run once,
 * updates every port to it. On failure the running generation is untouched, or restored on the
 * ports that were already updated. `require_ports`: a port that does not exist is an error
 * (-ENODEV), and so is one that cannot be attached; else its link waits for it. -EBUSY when the
 * program is on ports of another network namespace.
 */
int kernel_publish(struct kernel *kernel, const struct image *image, bool require_ports,
		   struct generation_slots *out, struct error *error);

/*
 * Removes the program from every port, restores the ports' settings and unpins the state. `removed`
 * is the number of ports. -ESRCH when there was nothing; -EINVAL, and nothing is removed, when the
 * folder is not on a BPF file system. Cut short or failed, it can be called again; but when nothing
 * is known any more of how the NICs were, all is removed in spite of the error, which says so.
 */
int kernel_detach(const char *bpffs, unsigned *removed, struct error *error);

/* The pinned head of the state; valid until kernel_close(). */
const struct ward_meta *kernel_meta(const struct kernel *kernel);

enum port_state {
	PORT_ATTACHED,
	PORT_MISSING,	/* no such interface */
	PORT_DOWN,	/* attached, but without carrier or not up */
	PORT_UNPROTECTED, /* there, but without our program: the kernel has its frames */
};

struct port_status {
	enum port_state state;
	uint32_t ifindex, mtu;
	uint8_t mac[6];
	uint32_t program; /* id of the XDP program on it, whosever it is; 0: none */
	bool native;	/* XDP in the driver */
	bool told;	/* whether the kernel tells the next */
	bool redirects;	/* frames can be sent out by it, from native XDP */
};

/* How the interface is now. */
int kernel_port_status(struct kernel *kernel, const char *ifname, struct port_status *out,
		       struct error *error);

/*
 * 0 when the port's settings are as a publish left them; else -EIO with what is not. With `mend`
 * they are set again: 1 with what was not, or a negative errno when that failed. A port that is not
 * there, or is without the gateway's program, is no error: its settings are not ours.
 */
int kernel_port_verify(struct kernel *kernel, const struct image_port *port, bool mend,
		       struct error *error);

/*
 * A file descriptor that becomes readable when a link of this network namespace changes, and what
 * to call then. `change` is NULL, or a few words: a port of the running image (NULL: none) came,
 * went or has no program, or has another MAC, or the VLAN interfaces of a routed link are others. A
 * publish answers it. What a port did is told once, and anew after kernel_watch_again(); but a port
 * that another program is on only with `all`, for it would be left out again.
 */
void kernel_watch_again(struct kernel *kernel, bool all);
int kernel_watch_fd(const struct kernel *kernel);
int kernel_watch(struct kernel *kernel, const struct image *image,
		 const struct generation_slots *slots, const char **change, struct error *error);

/* Counters, summed over the CPUs. Owned by the caller. */
struct owner_totals {
	struct ward_lane lane[WARD_SIDES];
	uint64_t dropped_bytes;
	uint64_t dropped[WARD_DROP_SLOTS];
	/* What passed in audit mode only, as `dropped`; most owners share one array of zeros. */
	const uint64_t *audited;
	uint32_t flows;		/* live ones */
};

struct kernel_counters {
	uint32_t owner_count, rule_count;	/* entries in use, retired ones included */
	struct owner_totals *owners;		/* by owner */
	struct ward_rule_counters *rules;	/* by slot */
	VEC(struct ward_audits) audits;	/* of the owners that have any */
	uint64_t events_sent, events_lost, events_withheld;
};

int kernel_count(struct kernel *kernel, struct kernel_counters *out, struct error *error);
void kernel_counters_free(struct kernel_counters *counters);

/* What passed in audit mode only, of all owners together, by reason: cheaper than all counters. */
void kernel_audited(const struct kernel *kernel, uint64_t out[WARD_DROP_SLOTS]);

/*
 * A file descriptor that becomes readable when there are events, and what to call then. `handle` is
 * called for each; at most `limit` are taken, so that a flood cannot hold the caller. Returns how
 * many, or a negative errno.
 */
int kernel_events_fd(const struct kernel *kernel);
int kernel_events(struct kernel *kernel, unsigned limit,
		  void (*handle)(const struct ward_event *event, void *context), void *context);

/* A device that has a slot: of the policy, or of one before it. */
struct device_slot {
	uint32_t owner;
	bool in_policy;
};

/* 0 or -ENOENT. */
int kernel_find_device(const struct kernel *kernel, const char *name, struct device_slot *out);

/*
 * Puts a device into quarantine or takes it out: one store, which the program sees at its next
 * packet. It is kept with the device's counters, over daemons and generations.
 */
void kernel_quarantine(struct kernel *kernel, uint32_t owner, bool on);
bool kernel_is_quarantined(const struct kernel *kernel, uint32_t owner);
bool kernel_is_in_policy(const struct kernel *kernel, uint32_t owner);

/* The addresses that a device has by DHCP now: IPv4, then IPv6. Returns how many. */
#define KERNEL_LEASES 2

struct device_lease {
	__be32 address[4];
	struct monotonic expires;
};

unsigned kernel_leases(const struct kernel *kernel, uint32_t owner,
		       struct device_lease out[KERNEL_LEASES]);

/* The name of an owner: a device or a port; NULL for WARD_OWNER_NONE and unused ones. */
const char *kernel_owner_name(const struct kernel *kernel, uint32_t owner);

#endif
