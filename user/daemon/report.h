/* SPDX-License-Identifier: GPL-2.0-only */
/* The handlers of the methods that read; see control/protocol.h. `daemon` is a struct daemon. */
#ifndef WARDGATE_DAEMON_REPORT_H
#define WARDGATE_DAEMON_REPORT_H

#include "daemon/daemon.h"

int report_status(struct call *call, void *daemon);
int report_devices(struct call *call, void *daemon);
int report_rules(struct call *call, void *daemon);
int report_drops(struct call *call, void *daemon);

/* "none", "port" or "device". */
const char *report_owner_kind(uint32_t owner);

/* Answers that there is no policy, or that the daemon does not know the one that runs. */
int report_no_policy(struct call *call, const struct daemon *daemon);

/* The rest is for those who build the answers. */

struct traffic {
	uint64_t packets, bytes;
};

json_t *report_time(struct realtime time);
json_t *report_traffic(struct traffic t);
struct traffic report_passed(const struct owner_totals *owner, enum ward_side side);
struct traffic report_dropped(const struct owner_totals *owner);

/* A number, "100.110" for a stack, or null for none. */
json_t *report_vlan(struct model_vlan vlan);

/* The name of the file that a place is in. */
const char *report_file(const struct daemon *daemon, struct place place);

/* "enforce", "audit" or "closed"; what was not said enforces. */
const char *report_mode(enum model_enforcement mode);

typedef json_t *(*report)(const struct daemon *daemon, const struct kernel_counters *c);

/* Reads the counters and answers with what `make` makes of them. */
int report_answer(struct call *call, struct daemon *daemon, report make);

#endif
