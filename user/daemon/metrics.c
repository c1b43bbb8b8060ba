/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The textfile for node_exporter, in the Prometheus text format. Written whole, so that the
 * collector never reads half of it.
 */
#include "daemon/daemon.h"

#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/own.h"
#include "daemon/audit.h"
#include "daemon/expiry.h"
#include "daemon/reasons.h"

struct export {
	struct daemon *daemon;
	const struct kernel_counters *counters;
	struct text *out;
};

static void family(struct export *e, const char *name, const char *type, const char *help)
{
	text_add(e->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value: the format escapes three characters. */
static const char *escaped(char out[2 * WARD_NAME_SIZE + 1], const char *value)
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

static double seconds(struct realtime time)
{
	return (double)time.ns / 1e9;
}

static void gauge(struct export *e, const char *name, const char *help, double value)
{
	family(e, name, "gauge", help);
	text_add(e->out, "%s %.17g\n", name, value);
}

static void counter(struct export *e, const char *name, const char *help, uint64_t value)
{
	family(e, name, "counter", help);
	text_add(e->out, "%s %" PRIu64 "\n", name, value);
}

static size_t device_count(const struct export *e)
{
	return e->daemon->running.policy ? e->daemon->running.policy->model->devices.count : 0;
}

static const char *device_name(const struct export *e, size_t i)
{
	return e->daemon->running.policy->model->devices.items[i].name.text;
}

static uint32_t device_owner(const struct export *e, size_t i)
{
	return e->daemon->running.slots.device_owner[i];
}

static uint64_t dropped_packets(const struct export *e, uint32_t owner)
{
	uint64_t sum = 0;

	for (int i = 0; i < WARD_DROP_SLOTS; i++)
		sum += e->counters->owners[owner].dropped[i];
	return sum;
}

static uint64_t passed_packets(const struct export *e, uint32_t owner)
{
	const struct ward_lane *lane = e->counters->owners[owner].lane;

	return lane[WARD_CLINICAL].packets + lane[WARD_IT].packets;
}

static uint64_t passed_bytes(const struct export *e, uint32_t owner)
{
	const struct ward_lane *lane = e->counters->owners[owner].lane;

	return lane[WARD_CLINICAL].bytes + lane[WARD_IT].bytes;
}

static void by_verdict(struct export *e, const char *name, uint64_t (*passed)(const struct export *,
									      uint32_t),
		       uint64_t (*dropped)(const struct export *, uint32_t))
{
	for (size_t i = 0; i < device_count(e); i++) {
		char label[2 * WARD_NAME_SIZE + 1];
		uint32_t owner = device_owner(e, i);

		escaped(label, device_name(e, i));
		text_add(e->out, "%s{device=\"%s\",verdict=\"passed\"} %" PRIu64 "\n", name, label,
			 passed(e, owner));
		text_add(e->out, "%s{device=\"%s\",verdict=\"dropped\"} %" PRIu64 "\n", name,
			 label, dropped(e, owner));
	}
}

static uint64_t dropped_bytes(const struct export *e, uint32_t owner)
{
	return e->counters->owners[owner].dropped_bytes;
}

static void by_direction(struct export *e, const char *name, bool bytes)
{
	static const char *const direction[] = { [WARD_CLINICAL] = "sent", [WARD_IT] = "received" };

	for (size_t i = 0; i < device_count(e); i++) {
		char label[2 * WARD_NAME_SIZE + 1];

		escaped(label, device_name(e, i));
		for (int side = 0; side < WARD_SIDES; side++) {
			const struct ward_lane *lane =
				&e->counters->owners[device_owner(e, i)].lane[side];

			text_add(e->out, "%s{device=\"%s\",direction=\"%s\"} %" PRIu64 "\n", name,
				 label, direction[side],
				 (uint64_t)(bytes ? lane->bytes : lane->packets));
		}
	}
}

/* Whom the packets are charged to, as a label of the series. */
struct charged {
	const char *label, *name;
};

static void by_reason(struct export *e, const char *family_name, struct charged to,
		      const uint64_t packets[WARD_DROP_SLOTS])
{
	char name[2 * WARD_NAME_SIZE + 1];

	escaped(name, to.name);
	for (int i = 0; i < WARD_DROP_SLOTS; i++) {
		const char *reason = reason_texts[WARD_FIRST_DROP_REASON + i].label;

		if (reason && packets[i])
			text_add(e->out, "%s{%s=\"%s\",reason=\"%s\"} %" PRIu64 "\n", family_name,
				 to.label, name, reason, packets[i]);
	}
}

static void export_devices(struct export *e)
{
	family(e, "wardgate_packets_total", "counter",
	       "Packets charged to the device, by what became of them.");
	by_verdict(e, "wardgate_packets_total", passed_packets, dropped_packets);
	family(e, "wardgate_bytes_total", "counter",
	       "Bytes charged to the device, from the Ethernet header on, by what became of them.");
	by_verdict(e, "wardgate_bytes_total", passed_bytes, dropped_bytes);
	family(e, "wardgate_passed_packets_total", "counter",
	       "Packets that passed from (sent) or to (received) the device.");
	by_direction(e, "wardgate_passed_packets_total", false);
	family(e, "wardgate_passed_bytes_total", "counter",
	       "Bytes that passed from (sent) or to (received) the device.");
	by_direction(e, "wardgate_passed_bytes_total", true);
	family(e, "wardgate_dropped_packets_total", "counter",
	       "Packets charged to the device that were dropped, by reason; reasons that never "
	       "occurred are left out.");
	for (size_t i = 0; i < device_count(e); i++)
		by_reason(e, "wardgate_dropped_packets_total",
			  (struct charged){ "device", device_name(e, i) },
			  e->counters->owners[device_owner(e, i)].dropped);
}

static void export_audited(struct export *e)
{
	const struct running *r = &e->daemon->running;
	size_t ports = r->policy ? r->policy->image->ports.count : 0;

	family(e, "wardgate_audited_packets_total", "counter",
	       "Packets that passed in audit mode and would have been dropped, by reason; reasons "
	       "that never occurred are left out.");
	for (size_t i = 0; i < ports; i++)
		by_reason(e, "wardgate_audited_packets_total",
			  (struct charged){ "port", r->policy->image->ports.items[i].ifname },
			  e->counters->owners[r->slots.port_owner[i]].audited);
	for (size_t i = 0; i < device_count(e); i++)
		by_reason(e, "wardgate_audited_packets_total",
			  (struct charged){ "device", device_name(e, i) },
			  e->counters->owners[device_owner(e, i)].audited);
}

static void export_device_gauges(struct export *e)
{
	char label[2 * WARD_NAME_SIZE + 1];

	family(e, "wardgate_flows", "gauge", "Live flows of the device.");
	for (size_t i = 0; i < device_count(e); i++)
		text_add(e->out, "wardgate_flows{device=\"%s\"} %u\n",
			 escaped(label, device_name(e, i)),
			 e->counters->owners[device_owner(e, i)].flows);
	family(e, "wardgate_device_last_seen_timestamp_seconds", "gauge",
	       "When the device last sent a packet that passed; 0: never.");
	for (size_t i = 0; i < device_count(e); i++) {
		const struct owner_totals *owner = &e->counters->owners[device_owner(e, i)];
		struct monotonic seen = { owner->lane[WARD_CLINICAL].last_seen };

		text_add(e->out,
			 "wardgate_device_last_seen_timestamp_seconds{device=\"%s\"} %.3f\n",
			 escaped(label, device_name(e, i)), seconds(clock_to_realtime(seen)));
	}
	family(e, "wardgate_device_quarantined", "gauge", "1 while the device is in quarantine.");
	for (size_t i = 0; i < device_count(e); i++)
		text_add(e->out, "wardgate_device_quarantined{device=\"%s\"} %d\n",
			 escaped(label, device_name(e, i)),
			 kernel_is_quarantined(e->daemon->kernel, device_owner(e, i)));
}

static void port_labels(struct export *e, const char *name, size_t port)
{
	const struct running *r = &e->daemon->running;
	const struct image_port *p = &r->policy->image->ports.items[port];
	char ifname[2 * WARD_NAME_SIZE + 1], link[2 * WARD_NAME_SIZE + 1];

	text_add(e->out, "%s{port=\"%s\",link=\"%s\",side=\"%s\"", name,
		 escaped(ifname, p->ifname),
		 escaped(link, r->policy->model->links.items[p->link].name.text),
		 p->flags & WARD_PORT_HAIRPIN ? "both" :
		 p->side == WARD_CLINICAL     ? "clinical" :
						"it");
}

static void export_ports(struct export *e)
{
	const struct running *r = &e->daemon->running;
	size_t count = r->policy ? r->policy->image->ports.count : 0;

	family(e, "wardgate_port_attached", "gauge",
	       "1 when the port is up and its packets are judged.");
	for (size_t i = 0; i < count; i++) {
		struct port_status status = { .state = PORT_MISSING };
		struct error ignored;

		kernel_port_status(e->daemon->kernel, r->policy->image->ports.items[i].ifname,
				   &status, &ignored);
		port_labels(e, "wardgate_port_attached", i);
		text_add(e->out, "} %d\n", status.state == PORT_ATTACHED);
	}
	family(e, "wardgate_port_passed_packets_total", "counter",
	       "Packets of no known device that passed: announcements of routers by ARP.");
	for (size_t i = 0; i < count; i++) {
		port_labels(e, "wardgate_port_passed_packets_total", i);
		text_add(e->out, "} %" PRIu64 "\n", passed_packets(e, r->slots.port_owner[i]));
	}
	family(e, "wardgate_port_dropped_packets_total", "counter",
	       "Packets of no known device that were dropped at the port, by reason; reasons that "
	       "never occurred are left out.");
	for (size_t i = 0; i < count; i++)
		by_reason(e, "wardgate_port_dropped_packets_total",
			  (struct charged){ "port", r->policy->image->ports.items[i].ifname },
			  e->counters->owners[r->slots.port_owner[i]].dropped);
	counter(e, "wardgate_unlinked_dropped_packets_total",
		"Packets that were dropped because they came in on a port of no link.",
		dropped_packets(e, WARD_OWNER_NONE));
}

/* `rule` keeps two rules apart that say the same, and is stable over edits. */
static void rule_labels(struct export *e, const char *name, size_t i)
{
	const struct policy *policy = e->daemon->running.policy;
	const struct image_rule *where = &policy->image->rules.items[i];
	const struct model_profile *profile = &policy->model->profiles.items[where->profile];
	const struct model_rule *rule = &profile->rules.items[where->rule];
	char one[2 * WARD_NAME_SIZE + 1], two[2 * WARD_NAME_SIZE + 1];

	text_add(e->out,
		 "%s{profile=\"%s\",direction=\"%s\",peer=\"%s\",rule=\"%.12s\"}", name,
		 escaped(one, profile->name.text), rule->opener == WARD_CLINICAL ? "to" : "from",
		 escaped(two, rule->peer.text), where->key);
}

static void export_rules(struct export *e)
{
	const struct running *r = &e->daemon->running;
	size_t count = r->policy ? r->policy->image->rules.count : 0;

	family(e, "wardgate_rule_packets_total", "counter", "Packets that the rule let pass.");
	for (size_t i = 0; i < count; i++) {
		rule_labels(e, "wardgate_rule_packets_total", i);
		text_add(e->out, " %" PRIu64 "\n",
			 (uint64_t)e->counters->rules[r->slots.rule_slot[i]].packets);
	}
	family(e, "wardgate_rule_bytes_total", "counter", "Bytes that the rule let pass.");
	for (size_t i = 0; i < count; i++) {
		rule_labels(e, "wardgate_rule_bytes_total", i);
		text_add(e->out, " %" PRIu64 "\n",
			 (uint64_t)e->counters->rules[r->slots.rule_slot[i]].bytes);
	}
	family(e, "wardgate_rule_last_used_timestamp_seconds", "gauge",
	       "When the rule last let a packet pass; 0: never.");
	for (size_t i = 0; i < count; i++) {
		struct monotonic used = { e->counters->rules[r->slots.rule_slot[i]].last_used };

		rule_labels(e, "wardgate_rule_last_used_timestamp_seconds", i);
		text_add(e->out, " %.3f\n", seconds(clock_to_realtime(used)));
	}
}

/* Only of rules that prefer TLS: of others nobody looks. */
static void export_clear_flows(struct export *e)
{
	const struct running *r = &e->daemon->running;
	size_t count = r->policy ? r->policy->image->rules.count : 0;

	family(e, "wardgate_rule_clear_flows_total", "counter",
	       "Flows that began in clear under a rule with `encrypted: preferred`.");
	for (size_t i = 0; i < count; i++) {
		const struct image_rule *where = &r->policy->image->rules.items[i];
		const struct model_profile *profile =
			&r->policy->model->profiles.items[where->profile];

		if (profile->rules.items[where->rule].encryption != MODEL_ENCRYPTION_PREFERRED)
			continue;
		rule_labels(e, "wardgate_rule_clear_flows_total", i);
		text_add(e->out, " %" PRIu64 "\n",
			 (uint64_t)e->counters->rules[r->slots.rule_slot[i]].clear_flows);
	}
}

static void export_gateway(struct export *e)
{
	const struct daemon *d = e->daemon;
	const struct ward_meta *meta = kernel_meta(d->kernel);
	struct expiry_count expiry = expiry_count(&d->running);

	family(e, "wardgate_build_info", "gauge", "Always 1; the version is the label.");
	text_add(e->out, "wardgate_build_info{version=\"%s\"} 1\n", WARDGATE_VERSION);
	family(e, "wardgate_policy_info", "gauge",
	       "Always 1; the hash of the compiled policy in force is the label.");
	text_add(e->out, "wardgate_policy_info{hash=\"%s\"} 1\n", meta->policy_hash);
	gauge(e, "wardgate_policy_generation", "Number of the generation in force; 0: none.",
	      meta->generation);
	gauge(e, "wardgate_policy_applied_timestamp_seconds",
	      "When the generation in force was published.",
	      seconds((struct realtime){ meta->applied }));
	gauge(e, "wardgate_last_apply_timestamp_seconds",
	      "When this daemon last tried to apply a policy; 0: never.",
	      seconds(d->last_apply.time));
	gauge(e, "wardgate_last_apply_success", "1 when that succeeded.", d->last_apply.ok);
	gauge(e, "wardgate_devices", "Devices of the policy in force.", (double)device_count(e));
	gauge(e, "wardgate_device_capacity", "The most devices that a policy may have.",
	      meta->device_capacity);
	gauge(e, "wardgate_rules_expired", "Rules that have expired: nothing passes by them.",
	      (double)expiry.expired);
	gauge(e, "wardgate_rules_expiring", "Rules that expire within 30 days.",
	      (double)expiry.expiring);
	counter(e, "wardgate_events_sent_total", "Events of drops and new flows that were sent.",
		e->counters->events_sent);
	counter(e, "wardgate_events_lost_total",
		"Events that the ring had no room for. Counters are exact all the same.",
		e->counters->events_lost);
	counter(e, "wardgate_events_withheld_total",
		"Events over the budget of events. Counters are exact all the same.",
		e->counters->events_withheld);
	gauge(e, "wardgate_daemon_start_timestamp_seconds", "When wardgated was started.",
	      seconds(d->started));
	gauge(e, "wardgate_export_timestamp_seconds",
	      "When this file was written: an old one tells of a dead daemon.",
	      seconds(clock_realtime()));
}

/* Kept elsewhere, the head of the log shows when its end was cut off. */
static void export_audit(struct export *e)
{
	struct chain_head head = { 0 };
	struct error ignored;

	if (audit_head(e->daemon->options.state, &head, &ignored))
		return;
	gauge(e, "wardgate_audit_sequence", "Number of the last line of the audit log.",
	      (double)head.sequence);
	family(e, "wardgate_audit_info", "gauge",
	       "Always 1; the hash of the last line of the audit log is the label.");
	text_add(e->out, "wardgate_audit_info{hash=\"%s\"} 1\n", head.hash);
}

static int export_all(struct daemon *daemon, struct text *out, struct error *error)
{
	_cleanup_(kernel_counters_free) struct kernel_counters counters = { 0 };
	struct export e = { .daemon = daemon, .counters = &counters, .out = out };
	int err = kernel_count(daemon->kernel, &counters, error);

	if (err)
		return err;
	export_gateway(&e);
	export_audit(&e);
	export_ports(&e);
	export_devices(&e);
	export_audited(&e);
	export_device_gauges(&e);
	export_rules(&e);
	export_clear_flows(&e);
	err = text_status(out);
	return err ? error_set(error, err, "no memory for the metrics") :
		     file_write_whole(daemon->options.textfile, out->bytes, out->length, 0644,
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
