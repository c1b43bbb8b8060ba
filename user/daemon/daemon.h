/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wardgated: wires the rooms together. One epoll loop, no threads. Everything the daemon knows of
 * the data plane can be read back from the kernel, so that losing the daemon loses nothing.
 */
#ifndef WARDGATE_DAEMON_DAEMON_H
#define WARDGATE_DAEMON_DAEMON_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/clock.h"
#include "control/server.h"
#include "daemon/actor.h"
#include "daemon/changes.h"
#include "daemon/notify.h"
#include "kernel/kernel.h"
#include "policy/policy.h"

#define DAEMON_STATE_FOLDER "/var/lib/wardgate"
#define DAEMON_EXPORT_INTERVAL 15
#define DAEMON_METRIC_LIMIT 1000

struct options {
	const char *policy;	/* to apply at start; NULL: the last one that was applied */
	const char *socket;
	const char *state;	/* folder */
	const char *bpffs;	/* folder */
	const char *textfile;	/* NULL: no export */
	uint64_t interval;	/* seconds between exports */
	uint64_t metric_devices, metric_rules;	/* with series of their own; others are summed */
	uint64_t device_capacity, rule_capacity;	/* 0: as it is, or the default */
};

/* The policy in force, and what is found by the numbers of its slots. */
struct running {
	struct policy *policy;		/* NULL: none */
	char *name;			/* of the file, as it was given */
	struct generation_slots slots;
	uint32_t *device_of_owner;	/* index + 1 of the device, by owner; 0: none */
	uint32_t owner_count;
	uint8_t *expiry_told;		/* by rule of the image: what was logged; see expiry.c */
	/* of the machine and of what goes, when it was applied: a line each, or empty */
	struct text notes;
	struct changes changes;		/* from what ran before */
	/* what audit mode had let pass until then, by reason */
	uint64_t audited_before[WARD_DROP_SLOTS];
};

/* How something last went, for status and metrics. */
struct outcome {
	struct realtime time;		/* 0: it never happened */
	bool ok;
	char message[512];		/* "" when ok */
};

/* When to publish again what could not be published, or not on all ports. */
struct retry {
	struct monotonic at;		/* 0: no need */
	uint64_t delay;			/* ns, of the last one: each waits longer */
	bool failed;			/* nothing was published: links need not ask before */
};

struct daemon {
	struct options options;
	struct kernel *kernel;
	struct server *server;
	struct notify notify;
	struct running running;
	struct realtime started;
	struct outcome last_apply;
	struct outcome last_export;	/* time: of the last success */
	struct retry retry;
	bool stop;
};

/*
 * Builds, proves, stores and publishes a policy. On failure the running one goes on, `diags` holds
 * the findings (-EINVAL) or `error` the sentence: -ENODEV and -EOVERFLOW are of a machine that is
 * not ready for it, -EKEYREJECTED of a policy that would end a quarantine by another name. Takes
 * the ownership of `*sources` once the policy could be built.
 */
int daemon_apply(struct daemon *daemon, const char *name, struct sources **sources,
		 struct actor actor, struct diags *diags, struct error *error);

/* Tells the service manager that the daemon is ready, and what is in force. */
void daemon_ready(const struct daemon *daemon);

/* Puts the same policy on the ports again, after one came or went; if it fails, again later. */
int daemon_republish(struct daemon *daemon, struct error *error);

/* Looks at the ports again in a while, each time a longer one. */
void daemon_retry_later(struct daemon *daemon, bool failed);

/*
 * Brings the data plane under this daemon: with the policy of the command line, or the last one
 * that was applied. A policy that fails leaves what runs in the kernel untouched, and is said
 * loudly.
 */
void daemon_take_over(struct daemon *daemon);

void running_free(struct running *running);

/* The device charged, or NULL. */
const struct model_device *running_device(const struct running *running, uint32_t owner);

/* The methods of the control socket, for server_new(). */
extern const struct method daemon_methods[];
extern const size_t daemon_method_count;

/* Answers that the policy has errors, with all that was found. */
int method_refuse_policy(struct call *call, const struct diags *diags,
			 const struct sources *sources);

/* Answers that the policy, of this file, cannot be: it is too large, or ends a quarantine. */
int method_refuse_whole(struct call *call, const char *name, const struct error *error);

/* Writes the textfile for node_exporter, when one was asked for. */
void daemon_export(struct daemon *daemon);

/* Reads events off the ring and sends them to those who watch. */
void daemon_events(struct daemon *daemon);

#endif
