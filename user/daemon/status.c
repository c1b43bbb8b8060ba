/* SPDX-License-Identifier: GPL-2.0-only */
/* Answers GetStatus; builds exactly what control/protocol.h says. */
#include <unistd.h>

#include "control/protocol.h"
#include "daemon/audit.h"
#include "daemon/expiry.h"
#include "daemon/reasons.h"
#include "daemon/report.h"

static void add_traffic(struct traffic *sum, struct traffic t)
{
	sum->packets += t.packets;
	sum->bytes += t.bytes;
}

static const char *state_name(enum port_state state)
{
	static const char *const names[] = {
		[PORT_ATTACHED] = "attached",
		[PORT_MISSING] = "missing",
		[PORT_DOWN] = "down",
		[PORT_UNPROTECTED] = "unprotected",
	};

	return names[state];
}

/* Index of the image's port; on a hairpin both sides are one. */
static size_t find_port(const struct image *image, size_t link, enum ward_side side)
{
	size_t i = 0;

	while (i < image->ports.count && (image->ports.items[i].link != link ||
					  (image->ports.items[i].side != side &&
					   !(image->ports.items[i].flags & WARD_PORT_HAIRPIN))))
		i++;
	return i;
}

/* What came in on this side: of the link's devices, and of no known device. */
static struct traffic side_passed(const struct daemon *daemon, const struct kernel_counters *c,
				  size_t port, enum ward_side side)
{
	const struct running *r = &daemon->running;
	const struct image_port *p = &r->policy->image->ports.items[port];
	struct traffic sum = report_passed(&c->owners[r->slots.port_owner[port]], side);

	for (size_t i = 0; i < r->policy->model->devices.count; i++)
		if (r->policy->model->devices.items[i].link == p->link)
			add_traffic(&sum,
				    report_passed(&c->owners[r->slots.device_owner[i]], side));
	return sum;
}

static json_t *mode_json(const struct port_status *status)
{
	bool ours = status->state == PORT_ATTACHED || status->state == PORT_DOWN;

	return ours ? json_string(status->native ? "native" : "generic") : json_null();
}

/* What native XDP sends must be taken by the driver; without native XDP, any port will do. */
static json_t *redirects_json(const struct daemon *daemon, size_t port,
			      const struct port_status *status)
{
	const struct image *image = daemon->running.policy->image;
	const char *from = image->ports.items[image->ports.items[port].other].ifname;
	struct port_status other = { .native = true };
	struct error ignored;

	if (!status->told)
		return json_null();
	kernel_port_status(daemon->kernel, from, &other, &ignored);
	return json_boolean(status->redirects || !other.native);
}

static json_t *troubles_json(const struct daemon *daemon, const struct image_port *port)
{
	json_t *troubles = json_array();
	struct error error;

	if (kernel_port_verify(daemon->kernel, port, false, &error) == -EIO)
		json_array_append_new(troubles, json_string(error.text));
	return troubles;
}

static json_t *port_json(const struct daemon *daemon, const struct kernel_counters *c, size_t port,
			 enum ward_side side)
{
	const struct image_port *p = &daemon->running.policy->image->ports.items[port];
	uint32_t owner = daemon->running.slots.port_owner[port];
	struct port_status status = { .state = PORT_MISSING };
	/* A hairpin's drops are told once. */
	bool again = side != p->side;
	struct error error = { "" };

	kernel_port_status(daemon->kernel, p->ifname, &status, &error);
	return json_pack(
		"{s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "interface", p->ifname, "ifindex",
		status.ifindex ? json_integer(status.ifindex) : json_null(), "state",
		state_name(status.state), "mode", mode_json(&status), "redirects",
		redirects_json(daemon, port, &status), "troubles", troubles_json(daemon, p), "mtu",
		status.ifindex ? json_integer(status.mtu) : json_null(), "passed",
		report_traffic(side_passed(daemon, c, port, side)), "dropped",
		report_traffic(again ? (struct traffic){ 0 } : report_dropped(&c->owners[owner])));
}

static json_t *link_json(const struct daemon *daemon, const struct kernel_counters *c, size_t i)
{
	const struct policy *policy = daemon->running.policy;
	const struct model_link *link = &policy->model->links.items[i];
	enum model_enforcement mode = link->enforcement ?: policy->model->enforcement;
	json_t *vlans = json_array();

	/* Closed at any level closes. */
	if (policy->model->enforcement == MODEL_CLOSED)
		mode = MODEL_CLOSED;
	for (size_t v = 0; v < link->vlans.count; v++)
		json_array_append_new(vlans, report_vlan(link->vlans.items[v]));
	return json_pack(
		"{s:s, s:s, s:s, s:o, s:o, s:o}", "name", link->name.text, "forwarding",
		link->forwarding == MODEL_ROUTED ? "routed" : "inline", "enforcement",
		report_mode(mode), "vlans", vlans, "clinical",
		port_json(daemon, c, find_port(policy->image, i, WARD_CLINICAL), WARD_CLINICAL),
		"it", port_json(daemon, c, find_port(policy->image, i, WARD_IT), WARD_IT));
}

static json_t *links_json(const struct daemon *daemon, const struct kernel_counters *c)
{
	const struct policy *policy = daemon->running.policy;
	json_t *links = json_array();

	for (size_t i = 0; policy && i < policy->model->links.count; i++)
		json_array_append_new(links, link_json(daemon, c, i));
	return links;
}

static json_t *outcome_json(const struct outcome *outcome)
{
	if (!outcome->time.ns)
		return json_null();
	return json_pack("{s:o, s:b, s:s}", "time", report_time(outcome->time), "ok", outcome->ok,
			 "message", outcome->message);
}

static json_t *textfile_json(const struct daemon *daemon)
{
	const struct outcome *export = &daemon->last_export;

	if (!daemon->options.textfile)
		return json_null();
	return json_pack("{s:s, s:o, s:o}", "path", daemon->options.textfile, "exported",
			 report_time(export->time), "message",
			 export->message[0] ? json_string(export->message) : json_null());
}

/* What audit mode let pass since this policy was applied; a counter may have been cleared. */
static json_t *audited_json(const struct daemon *daemon)
{
	uint64_t now[WARD_DROP_SLOTS], packets = 0;
	json_t *reasons = json_array();

	kernel_audited(daemon->kernel, now);
	for (int i = 0; i < WARD_DROP_SLOTS; i++) {
		const char *label = reason_texts[WARD_FIRST_DROP_REASON + i].label;
		uint64_t before = daemon->running.audited_before[i];
		uint64_t sum = now[i] > before ? now[i] - before : 0;

		packets += sum;
		if (sum && label)
			json_array_append_new(reasons, json_pack("{s:s, s:I}", "reason", label,
								 "packets", (json_int_t)sum));
	}
	return json_pack("{s:I, s:o}", "packets", (json_int_t)packets, "reasons", reasons);
}

static json_int_t count_quarantined(const struct daemon *daemon, const struct kernel_counters *c)
{
	json_int_t count = 0;

	for (uint32_t owner = WARD_OWNER_FIRST_DEVICE; owner < c->owner_count; owner++)
		count += kernel_is_in_policy(daemon->kernel, owner) &&
			 kernel_is_quarantined(daemon->kernel, owner);
	return count;
}

/* Of the policy: what it has and how it is meant. */
static json_t *policy_json(const struct daemon *daemon)
{
	const struct policy *policy = daemon->running.policy;
	const struct ward_meta *meta = kernel_meta(daemon->kernel);

	return json_pack("{s:s, s:i, s:o, s:I, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I}", "version",
			 WARDGATE_VERSION, "pid", getpid(), "started", report_time(daemon->started),
			 "generation", (json_int_t)meta->generation, "hash",
			 meta->policy_hash[0] ? json_string(meta->policy_hash) : json_null(),
			 "policy", policy ? json_string(daemon->running.name) : json_null(),
			 "applied", report_time((struct realtime){ meta->applied }), "enforcement",
			 policy ? json_string(report_mode(policy->model->enforcement))
				: json_null(),
			 "devices", (json_int_t)(policy ? policy->model->devices.count : 0),
			 "rules", (json_int_t)(policy ? policy->image->rules.count : 0), "profiles",
			 (json_int_t)(policy ? policy->model->profiles.count : 0),
			 "device_capacity", (json_int_t)meta->device_capacity);
}

static json_t *status_json(const struct daemon *daemon, const struct kernel_counters *c)
{
	struct traffic in = { 0 }, out = { 0 };
	json_t *status = policy_json(daemon), *rest;
	uint64_t flows = 0;

	for (uint32_t i = 0; i < c->owner_count; i++) {
		add_traffic(&in, report_passed(&c->owners[i], WARD_CLINICAL));
		add_traffic(&in, report_passed(&c->owners[i], WARD_IT));
		add_traffic(&out, report_dropped(&c->owners[i]));
		flows += c->owners[i].flows;
	}
	rest = json_pack(
		"{s:o, s:o, s:o, s:o, s:I, s:o, s:{s:I, s:I, s:I}, s:I, s:I, s:o, s:o, s:o}", "links",
		links_json(daemon, c), "passed", report_traffic(in), "dropped", report_traffic(out),
		"audited", audited_json(daemon), "quarantined", count_quarantined(daemon, c), "expiry",
		expiry_json(&daemon->running), "events",
		"sent", (json_int_t)c->events_sent, "lost", (json_int_t)c->events_lost, "withheld",
		(json_int_t)c->events_withheld, "watchers",
		(json_int_t)server_subscribers(daemon->server), "flows", (json_int_t)flows,
		"last_apply", outcome_json(&daemon->last_apply), "textfile", textfile_json(daemon), "audit",
		audit_json(daemon->options.state));
	/* A part that could not be built must not be left out silently. */
	if (!rest || json_object_update(status, rest)) {
		json_decref(status);
		status = NULL;
	}
	json_decref(rest);
	return status;
}

int report_status(struct call *call, void *daemon)
{
	return report_answer(call, daemon, status_json);
}
