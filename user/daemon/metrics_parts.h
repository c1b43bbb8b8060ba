/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the export share. */
#ifndef WARDGATE_DAEMON_METRICS_PARTS_H
#define WARDGATE_DAEMON_METRICS_PARTS_H

#include "daemon/daemon.h"
#include "daemon/metrics.h"

/* A device with series of its own, or all others as one. */
struct subject {
	const char *name;
	uint32_t owner; /* WARD_OWNER_NONE: the others */
	const struct owner_totals *totals;
};

struct export
{
	struct daemon *daemon;
	const struct kernel_counters *counters;
	struct text *out;
	VEC(struct subject) subjects;
	struct owner_totals others;
	uint64_t others_audited[WARD_DROP_SLOTS];
	uint64_t others_quarantined;
	struct ward_rule_counters other_rules;
};

/* Each writes the series of one metric of the table; `name` is its full name. */
#define X(name, type, labels, help) void metrics_##name(struct export *e, const char *full_name);
METRICS(X)
#undef X

/* A label's value: the format escapes three characters. */
const char *metrics_escaped(char out[2 * WARD_NAME_SIZE + 1], const char *value);

/* NAME{LABEL="TEXT", for the caller to go on. */
void metrics_label(struct export *e, const char *name, const char *label, const char *text);

uint64_t metrics_sum(const uint64_t packets[WARD_DROP_SLOTS]);

static inline double metrics_seconds(struct realtime time)
{
	return (double)time.ns / 1e9;
}

static inline size_t metrics_device_count(const struct export *e)
{
	return e->daemon->running.policy ? e->daemon->running.policy->model->devices.count : 0;
}

static inline size_t metrics_rule_count(const struct export *e)
{
	return e->daemon->running.policy ? e->daemon->running.policy->image->rules.count : 0;
}

static inline size_t metrics_port_count(const struct export *e)
{
	return e->daemon->running.policy ? e->daemon->running.policy->image->ports.count : 0;
}

static inline uint32_t metrics_first_summed_rule(const struct export *e)
{
	return (uint32_t)e->daemon->options.metric_rules;
}

#endif
