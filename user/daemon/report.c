/* SPDX-License-Identifier: GPL-2.0-only */
/* Answers the methods that read. Each builds exactly what control/protocol.h says. */
#include "daemon/daemon.h"

#include <arpa/inet.h>

#include "base/own.h"
#include "control/protocol.h"
#include "daemon/reasons.h"
#include "daemon/report.h"

struct traffic {
	uint64_t packets, bytes;
};

static json_t *time_json(struct realtime time)
{
	char text[TEXT_TIME];

	return time.ns ? json_string(text_time(text, time.ns)) : json_null();
}

static json_t *traffic_json(struct traffic t)
{
	return json_pack("{s:I, s:I}", "packets", (json_int_t)t.packets, "bytes",
			 (json_int_t)t.bytes);
}

static struct traffic passed(const struct owner_totals *owner, enum ward_side side)
{
	return (struct traffic){ owner->lane[side].packets, owner->lane[side].bytes };
}

static struct traffic dropped(const struct owner_totals *owner)
{
	struct traffic t = { .bytes = owner->dropped_bytes };

	for (int i = 0; i < WARD_DROP_SLOTS; i++)
		t.packets += owner->dropped[i];
	return t;
}

static void add_traffic(struct traffic *sum, struct traffic t)
{
	sum->packets += t.packets;
	sum->bytes += t.bytes;
}

static json_t *vlan_json(uint16_t vlan)
{
	return vlan == WARD_NO_VLAN ? json_null() : json_integer(vlan);
}

static const char *state_name(enum port_state state)
{
	static const char *const names[] = {
		[PORT_ATTACHED] = "attached",
		[PORT_MISSING] = "missing",
		[PORT_DOWN] = "down",
		[PORT_CLOSED] = "closed",
	};

	return names[state];
}

/* What came in on the port: of the link's devices on that side, and of no known device. */
static struct traffic port_passed(const struct daemon *daemon, const struct kernel_counters *c,
				  size_t port)
{
	const struct running *r = &daemon->running;
	const struct image_port *p = &r->policy->image->ports.items[port];
	struct traffic sum = passed(&c->owners[r->slots.port_owner[port]], p->side);

	for (size_t i = 0; i < r->policy->model->devices.count; i++)
		if (r->policy->model->devices.items[i].link == p->link)
			add_traffic(&sum, passed(&c->owners[r->slots.device_owner[i]], p->side));
	return sum;
}

static json_t *port_json(const struct daemon *daemon, const struct kernel_counters *c, size_t port)
{
	const struct image_port *p = &daemon->running.policy->image->ports.items[port];
	struct port_status status = { .state = PORT_MISSING };
	struct error ignored;

	kernel_port_status(daemon->kernel, p->ifname, &status, &ignored);
	return json_pack(
		"{s:s, s:o, s:s, s:o, s:o, s:o, s:o}", "interface", p->ifname, "ifindex",
		status.ifindex ? json_integer(status.ifindex) : json_null(), "state",
		state_name(status.state), "mode",
		status.state == PORT_ATTACHED || status.state == PORT_DOWN ?
			json_string(status.native ? "native" : "generic") :
			json_null(),
		"mtu", status.ifindex ? json_integer(status.mtu) : json_null(), "passed",
		traffic_json(port_passed(daemon, c, port)), "dropped",
		traffic_json(dropped(&c->owners[daemon->running.slots.port_owner[port]])));
}

static json_t *links_json(const struct daemon *daemon, const struct kernel_counters *c)
{
	const struct policy *policy = daemon->running.policy;
	json_t *links = json_array();

	for (size_t i = 0; policy && i < policy->model->links.count; i++) {
		const struct model_link *link = &policy->model->links.items[i];
		size_t first = i * WARD_SIDES;
		json_t *vlans = json_array();

		for (size_t v = 0; v < link->vlans.count; v++)
			json_array_append_new(vlans, json_integer(link->vlans.items[v]));
		json_array_append_new(links,
				      json_pack("{s:s, s:o, s:o, s:o}", "name", link->name.text,
						"vlans", vlans, "clinical",
						port_json(daemon, c, first + WARD_CLINICAL),
						"it", port_json(daemon, c, first + WARD_IT)));
	}
	return links;
}

static json_t *outcome_json(const struct outcome *outcome)
{
	if (!outcome->time.ns)
		return json_null();
	return json_pack("{s:o, s:b, s:s}", "time", time_json(outcome->time), "ok", outcome->ok,
			 "message", outcome->message);
}

static json_t *textfile_json(const struct daemon *daemon)
{
	const struct outcome *export = &daemon->last_export;

	if (!daemon->options.textfile)
		return json_null();
	return json_pack("{s:s, s:o, s:o}", "path", daemon->options.textfile, "exported",
			 time_json(export->time), "message",
			 export->message[0] ? json_string(export->message) : json_null());
}

static json_t *status_json(const struct daemon *daemon, const struct kernel_counters *c)
{
	const struct policy *policy = daemon->running.policy;
	const struct ward_meta *meta = kernel_meta(daemon->kernel);
	struct traffic in = { 0 }, out = { 0 };
	uint64_t flows = 0;

	for (uint32_t i = 0; i < c->owner_count; i++) {
		add_traffic(&in, passed(&c->owners[i], WARD_CLINICAL));
		add_traffic(&in, passed(&c->owners[i], WARD_IT));
		add_traffic(&out, dropped(&c->owners[i]));
		flows += c->owners[i].flows;
	}
	return json_pack(
		"{s:s, s:i, s:o, s:I, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:o,"
		" s:{s:I, s:I, s:I}, s:I, s:I, s:o, s:o}",
		"version", WARDGATE_VERSION, "pid", getpid(), "started",
		time_json(daemon->started), "generation", (json_int_t)meta->generation, "hash",
		meta->policy_hash[0] ? json_string(meta->policy_hash) : json_null(), "policy",
		policy ? json_string(daemon->running.name) : json_null(), "applied",
		time_json((struct realtime){ meta->applied }), "devices",
		(json_int_t)(policy ? policy->model->devices.count : 0), "rules",
		(json_int_t)(policy ? policy->image->rules.count : 0), "profiles",
		(json_int_t)(policy ? policy->model->profiles.count : 0), "device_capacity",
		(json_int_t)meta->device_capacity, "links", links_json(daemon, c), "passed",
		traffic_json(in), "dropped", traffic_json(out), "events", "sent",
		(json_int_t)c->events_sent, "lost", (json_int_t)c->events_lost, "withheld",
		(json_int_t)c->events_withheld, "watchers",
		(json_int_t)server_subscribers(daemon->server), "flows", (json_int_t)flows,
		"last_apply", outcome_json(&daemon->last_apply), "textfile",
		textfile_json(daemon));
}

static json_t *device_json(const struct daemon *daemon, const struct kernel_counters *c, size_t i)
{
	const struct model *model = daemon->running.policy->model;
	const struct model_device *device = &model->devices.items[i];
	uint32_t owner = daemon->running.slots.device_owner[i];
	const __be32 address[4] = { 0, 0, htonl(0xffff), device->address };
	struct monotonic seen = { c->owners[owner].lane[WARD_CLINICAL].last_seen };
	char mac[TEXT_MAC], ip[TEXT_ADDRESS];

	return json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:I, s:o, s:I, s:o, s:o, s:o}", "name",
			 device->name.text, "profile",
			 model->profiles.items[device->profile].name.text, "link",
			 model->links.items[device->link].name.text, "vlan",
			 vlan_json(device->vlan), "mac", text_mac(mac, device->mac), "ip",
			 text_address(ip, address), "line", (json_int_t)device->place.line,
			 "last_seen", time_json(clock_to_realtime(seen)), "flows",
			 (json_int_t)c->owners[owner].flows, "sent",
			 traffic_json(passed(&c->owners[owner], WARD_CLINICAL)), "received",
			 traffic_json(passed(&c->owners[owner], WARD_IT)), "dropped",
			 traffic_json(dropped(&c->owners[owner])));
}

static json_t *devices_json(const struct daemon *daemon, const struct kernel_counters *c)
{
	size_t count = daemon->running.policy ? daemon->running.policy->model->devices.count : 0;
	json_t *devices = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(devices, device_json(daemon, c, i));
	return json_pack("{s:o}", "devices", devices);
}

static json_t *rule_json(const struct daemon *daemon, const struct kernel_counters *c, size_t i)
{
	const struct policy *policy = daemon->running.policy;
	const struct image_rule *where = &policy->image->rules.items[i];
	const struct model_profile *profile = &policy->model->profiles.items[where->profile];
	const struct model_rule *rule = &profile->rules.items[where->rule];
	const struct ward_rule_counters *counters = &c->rules[daemon->running.slots.rule_slot[i]];
	struct monotonic used = { counters->last_used };
	json_t *services = json_array();

	for (size_t s = 0; s < rule->services.count; s++)
		json_array_append_new(services, json_string(rule->services.items[s].word.text));
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:I, s:o}", "profile",
			 profile->name.text, "direction",
			 rule->opener == WARD_CLINICAL ? "to" : "from", "peer", rule->peer.text,
			 "services", services, "purpose",
			 rule->purpose.text ? json_string(rule->purpose.text) : json_null(),
			 "line", (json_int_t)rule->place.line, "packets",
			 (json_int_t)counters->packets, "bytes", (json_int_t)counters->bytes,
			 "last_used", time_json(clock_to_realtime(used)));
}

static json_t *rules_json(const struct daemon *daemon, const struct kernel_counters *c)
{
	size_t count = daemon->running.policy ? daemon->running.policy->image->rules.count : 0;
	json_t *rules = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(rules, rule_json(daemon, c, i));
	return json_pack("{s:o}", "rules", rules);
}

const char *report_owner_kind(uint32_t owner)
{
	if (owner == WARD_OWNER_NONE)
		return "none";
	return owner < WARD_OWNER_FIRST_DEVICE ? "port" : "device";
}

static json_t *drops_json(const struct daemon *daemon, const struct kernel_counters *c)
{
	json_t *drops = json_array();
	struct traffic sum = { 0 };

	for (uint32_t owner = 0; owner < c->owner_count; owner++) {
		const char *name = kernel_owner_name(daemon->kernel, owner);

		add_traffic(&sum, dropped(&c->owners[owner]));
		for (int i = 0; i < WARD_DROP_SLOTS; i++) {
			const struct reason_text *reason =
				&reason_texts[WARD_FIRST_DROP_REASON + i];

			if (!c->owners[owner].dropped[i] || !reason->label)
				continue;
			json_array_append_new(
				drops,
				json_pack("{s:s, s:o, s:s, s:I}", "kind", report_owner_kind(owner),
					  "name", name ? json_string(name) : json_null(), "reason",
					  reason->label, "packets",
					  (json_int_t)c->owners[owner].dropped[i]));
		}
	}
	return json_pack("{s:o, s:I, s:I}", "drops", drops, "packets", (json_int_t)sum.packets,
			 "bytes", (json_int_t)sum.bytes);
}

typedef json_t *(*report)(const struct daemon *daemon, const struct kernel_counters *c);

static int answer(struct call *call, struct daemon *daemon, report make)
{
	_cleanup_(kernel_counters_free) struct kernel_counters counters = { 0 };
	struct error error;

	if (kernel_count(daemon->kernel, &counters, &error))
		return call_fail_message(call, PROTOCOL_INTERNAL_ERROR, "%s", error.text);
	return call_reply(call, make(daemon, &counters));
}

int report_status(struct call *call, void *daemon)
{
	return answer(call, daemon, status_json);
}

int report_devices(struct call *call, void *daemon)
{
	return answer(call, daemon, devices_json);
}

int report_rules(struct call *call, void *daemon)
{
	return answer(call, daemon, rules_json);
}

int report_drops(struct call *call, void *daemon)
{
	return answer(call, daemon, drops_json);
}
