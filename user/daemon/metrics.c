/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The textfile for node_exporter, in the Prometheus text format. Written whole, so that the
 * collector never reads half of it, and bounded: devices and rules above a limit are summed. Which
 * these are is a matter of the slot, which a name keeps as long as it is in the policy: so nobody's
 * series come or go with what others do.
 */
#include "daemon/daemon.h"

#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/own.h"
#include "daemon/audit.h"
#include "daemon/expiry.h"
#include "daemon/metrics_parts.h"
#include "daemon/reasons.h"
#include "daemon/report.h"

const char *metrics_escaped(char out[2 * WARD_NAME_SIZE + 1], const char *value)
{
	size_t n = 0;

	for (; *value && n < 2 * WARD_NAME_SIZE - 1; value++) {
		if (*value == '\\' || *value == '"' || *value == '\n')
			out[n++] = '\\';
		out[n++] = *value == '\n' ? 'n' : *value;
	}
	out[n] = '\0';
	return out;
}

void metrics_label(struct export *e, const char *name, const char *label, const char *text)
{
	char clean[2 * WARD_NAME_SIZE + 1];

	text_add(e->out, "%s{%s=\"%s\"", name, label, metrics_escaped(clean, text));
}

uint64_t metrics_sum(const uint64_t packets[WARD_DROP_SLOTS])
{
	uint64_t sum = 0;

	for (int i = 0; i < WARD_DROP_SLOTS; i++)
		sum += packets[i];
	return sum;
}

static uint32_t first_summed_owner(const struct export *e)
{
	return WARD_OWNER_FIRST_DEVICE + (uint32_t)e->daemon->options.metric_devices;
}

static void add_others(struct export *e, uint32_t owner)
{
	const struct owner_totals *totals = &e->counters->owners[owner];
	struct owner_totals *sum = &e->others;

	for (int side = 0; side < WARD_SIDES; side++) {
		sum->lane[side].packets += totals->lane[side].packets;
		sum->lane[side].bytes += totals->lane[side].bytes;
		if (totals->lane[side].last_seen > sum->lane[side].last_seen)
			sum->lane[side].last_seen = totals->lane[side].last_seen;
	}
	sum->dropped_bytes += totals->dropped_bytes;
	for (int i = 0; i < WARD_DROP_SLOTS; i++) {
		sum->dropped[i] += totals->dropped[i];
		e->others_audited[i] += totals->audited[i];
	}
	sum->flows += totals->flows;
	e->others_quarantined += kernel_is_quarantined(e->daemon->kernel, owner);
}

static int add_subject(struct export *e, const char *name, uint32_t owner,
		       const struct owner_totals *totals)
{
	struct subject *subject = vec_add(&e->subjects);

	if (!subject)
		return -ENOMEM;
	*subject = (struct subject){ name, owner, totals };
	return 0;
}

static int gather_devices(struct export *e)
{
	const struct running *r = &e->daemon->running;
	uint32_t summed = first_summed_owner(e);
	int err = 0;

	for (size_t i = 0; i < metrics_device_count(e) && !err; i++) {
		uint32_t owner = r->slots.device_owner[i];

		if (owner < summed)
			err = add_subject(e, r->policy->model->devices.items[i].name.text, owner,
					  &e->counters->owners[owner]);
	}
	if (err || !r->policy || e->counters->owner_count <= summed)
		return err;
	e->others.audited = e->others_audited;
	for (uint32_t owner = summed; owner < e->counters->owner_count; owner++)
		add_others(e, owner);
	return add_subject(e, METRICS_OTHERS, WARD_OWNER_NONE, &e->others);
}

static void gather_rules(struct export *e)
{
	struct ward_rule_counters *sum = &e->other_rules;

	for (uint32_t slot = metrics_first_summed_rule(e); slot < e->counters->rule_count; slot++) {
		const struct ward_rule_counters *rule = &e->counters->rules[slot];

		sum->packets += rule->packets;
		sum->bytes += rule->bytes;
		sum->clear_flows += rule->clear_flows;
		if (rule->last_used > sum->last_used)
			sum->last_used = rule->last_used;
	}
}

static void value(struct export *e, const char *name, double number)
{
	text_add(e->out, "%s %.17g\n", name, number);
}

static void count(struct export *e, const char *name, uint64_t number)
{
	text_add(e->out, "%s %" PRIu64 "\n", name, number);
}

void metrics_build_info(struct export *e, const char *name)
{
	metrics_label(e, name, "version", WARDGATE_VERSION);
	text_add(e->out, "} 1\n");
}

void metrics_policy_info(struct export *e, const char *name)
{
	metrics_label(e, name, "hash", kernel_meta(e->daemon->kernel)->policy_hash);
	text_add(e->out, "} 1\n");
}

void metrics_policy_generation(struct export *e, const char *name)
{
	count(e, name, kernel_meta(e->daemon->kernel)->generation);
}

void metrics_policy_known(struct export *e, const char *name)
{
	count(e, name, e->daemon->running.policy != NULL);
}

void metrics_policy_applied_timestamp_seconds(struct export *e, const char *name)
{
	value(e, name,
	      metrics_seconds((struct realtime){ kernel_meta(e->daemon->kernel)->applied }));
}

void metrics_last_apply_timestamp_seconds(struct export *e, const char *name)
{
	value(e, name, metrics_seconds(e->daemon->last_apply.time));
}

void metrics_last_apply_success(struct export *e, const char *name)
{
	count(e, name, e->daemon->last_apply.ok);
}

void metrics_devices(struct export *e, const char *name)
{
	count(e, name, metrics_device_count(e));
}

void metrics_device_capacity(struct export *e, const char *name)
{
	count(e, name, kernel_meta(e->daemon->kernel)->device_capacity);
}

void metrics_devices_summed(struct export *e, const char *name)
{
	uint64_t summed = 0;

	for (size_t i = 0; i < metrics_device_count(e); i++)
		summed += e->daemon->running.slots.device_owner[i] >= first_summed_owner(e);
	count(e, name, summed);
}

void metrics_devices_by_enforcement(struct export *e, const char *name)
{
	static const enum model_enforcement modes[] = { MODEL_ENFORCE, MODEL_AUDIT, MODEL_CLOSED };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		const char *mode = report_mode(modes[i]);
		uint64_t devices = 0;

		for (size_t d = 0; d < metrics_device_count(e); d++) {
			const struct model *model = e->daemon->running.policy->model;

			devices += report_mode(model_mode(model, &model->devices.items[d])) == mode;
		}
		metrics_label(e, name, "enforcement", mode);
		text_add(e->out, "} %" PRIu64 "\n", devices);
	}
}

void metrics_rules(struct export *e, const char *name)
{
	count(e, name, metrics_rule_count(e));
}

void metrics_rule_capacity(struct export *e, const char *name)
{
	count(e, name, kernel_meta(e->daemon->kernel)->rule_capacity);
}

void metrics_rules_summed(struct export *e, const char *name)
{
	uint64_t summed = 0;

	for (size_t i = 0; i < metrics_rule_count(e); i++)
		summed += e->daemon->running.slots.rule_slot[i] >= metrics_first_summed_rule(e);
	count(e, name, summed);
}

void metrics_rules_expired(struct export *e, const char *name)
{
	count(e, name, expiry_count(&e->daemon->running).expired);
}

void metrics_rules_expiring(struct export *e, const char *name)
{
	count(e, name, expiry_count(&e->daemon->running).expiring);
}

void metrics_events_sent_total(struct export *e, const char *name)
{
	count(e, name, e->counters->events_sent);
}

void metrics_events_lost_total(struct export *e, const char *name)
{
	count(e, name, e->counters->events_lost);
}

void metrics_events_withheld_total(struct export *e, const char *name)
{
	count(e, name, e->counters->events_withheld);
}

void metrics_daemon_start_timestamp_seconds(struct export *e, const char *name)
{
	value(e, name, metrics_seconds(e->daemon->started));
}

void metrics_flow_places(struct export *e, const char *name)
{
	count(e, name, WARD_FLOWS);
}

void metrics_unlinked_dropped_packets_total(struct export *e, const char *name)
{
	count(e, name, metrics_sum(e->counters->owners[WARD_OWNER_NONE].dropped));
}

/* Kept elsewhere, the head of the log shows when its end was cut off. 0 while it cannot be read. */
static struct chain_head audit_log(const struct export *e)
{
	struct chain_head head = { 0 };
	struct error ignored;

	if (audit_head(e->daemon->options.state, &head, &ignored))
		head = (struct chain_head){ 0 };
	return head;
}

void metrics_audit_sequence(struct export *e, const char *name)
{
	count(e, name, audit_log(e).sequence);
}

void metrics_audit_info(struct export *e, const char *name)
{
	struct chain_head head = audit_log(e);

	metrics_label(e, name, "hash", head.hash);
	text_add(e->out, "} 1\n");
}

void metrics_export_interval_seconds(struct export *e, const char *name)
{
	count(e, name, e->daemon->options.interval);
}

void metrics_export_timestamp_seconds(struct export *e, const char *name)
{
	value(e, name, metrics_seconds(clock_realtime()));
}

static const struct metric {
	const char *name, *type, *help;
	void (*write)(struct export *e, const char *name);
} metrics[] = {
#define X(name, type, labels, help) { "wardgate_" #name, type, help, metrics_##name },
	METRICS(X)
#undef X
};

static void write_all(struct export *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++) {
		const struct metric *m = &metrics[i];

		text_add(e->out, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name,
			 m->type);
		m->write(e, m->name);
	}
}

static int export_all(struct daemon *daemon, struct text *out, struct error *error)
{
	_cleanup_(kernel_counters_free) struct kernel_counters counters = { 0 };
	struct export e = { .daemon = daemon, .counters = &counters, .out = out };
	int err = kernel_count(daemon->kernel, &counters, error);

	if (err)
		return err;
	err = gather_devices(&e);
	gather_rules(&e);
	if (!err)
		write_all(&e);
	vec_free(&e.subjects);
	err = err ?: text_status(out);
	return err ? error_set(error, err, "no memory for the metrics")
		   : file_write_whole(daemon->options.textfile, out->bytes, out->length, 0644,
				      error);
}

void daemon_export(struct daemon *daemon)
{
	struct outcome *last = &daemon->last_export;
	struct text out = { 0 };
	struct error error;
	int err;

	if (!daemon->options.textfile)
		return;
	err = export_all(daemon, &out, &error);
	text_free(&out);
	/* Said once, not at every interval. */
	if (err && strcmp(last->message, error.text))
		log_error("metrics are not exported: %s", error.text);
	if (!err && last->message[0])
		log_info("metrics are exported again");
	last->ok = !err;
	snprintf(last->message, sizeof(last->message), "%s", err ? error.text : "");
	if (!err)
		last->time = clock_realtime();
}
