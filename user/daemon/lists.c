/* SPDX-License-Identifier: GPL-2.0-only */
/* Answers the methods that list; each builds exactly what control/protocol.h says. */
#include <string.h>

#include "base/own.h"
#include "control/protocol.h"
#include "daemon/find.h"
#include "daemon/reasons.h"
#include "daemon/report.h"

/* So that the longest names do not make an answer longer than SERVER_REPLY_LIMIT. */
#define DEVICES_A_PAGE 40000

static json_t *addresses_json(const struct model_device *device)
{
	json_t *addresses = json_array();
	char text[TEXT_ADDRESS];

	for (size_t i = 0; i < device->addresses.count; i++)
		json_array_append_new(addresses, json_string(text_address(
							 text, device->addresses.items[i].word)));
	return addresses;
}

static json_t *leases_json(const struct daemon *daemon, uint32_t owner)
{
	struct device_lease leases[KERNEL_LEASES];
	unsigned count = kernel_leases(daemon->kernel, owner, leases);
	json_t *list = json_array();
	char text[TEXT_ADDRESS];

	for (unsigned i = 0; i < count; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:o}", "address",
						text_address(text, leases[i].address), "expires",
						report_time(clock_to_realtime(leases[i].expires))));
	return list;
}

static json_t *dhcp_json(uint8_t dhcp)
{
	json_t *families = json_array();

	if (dhcp & WARD_DHCP_IPV4)
		json_array_append_new(families, json_string("ipv4"));
	if (dhcp & WARD_DHCP_IPV6)
		json_array_append_new(families, json_string("ipv6"));
	return families;
}

static json_t *device_json(const struct daemon *daemon, const struct kernel_counters *c, size_t i)
{
	const struct model *model = daemon->running.policy->model;
	const struct model_device *device = &model->devices.items[i];
	uint32_t owner = daemon->running.slots.device_owner[i];
	const struct owner_totals *totals = &c->owners[owner];
	struct monotonic seen = { totals->lane[WARD_CLINICAL].last_seen };
	char mac[TEXT_MAC];

	return json_pack("{s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:b, s:s, s:b, s:s, s:I, s:o, "
			 "s:I, s:o, s:o, s:o}",
			 "name", device->name.text, "profile",
			 model->profiles.items[device->profile].name.text, "link",
			 model->links.items[device->link].name.text, "vlan",
			 report_vlan(device->vlan), "mac", text_mac(mac, device->mac), "addresses",
			 addresses_json(device), "dhcp", dhcp_json(device->dhcp), "leases",
			 leases_json(daemon, owner), "group", device->is_group, "enforcement",
			 report_mode(model_mode(model, device)), "quarantined",
			 kernel_is_quarantined(daemon->kernel, owner), "file",
			 report_file(daemon, device->place), "line", (json_int_t)device->place.line, "last_seen",
			 report_time(clock_to_realtime(seen)), "flows", (json_int_t)totals->flows,
			 "sent", report_traffic(report_passed(totals, WARD_CLINICAL)), "received",
			 report_traffic(report_passed(totals, WARD_IT)), "dropped",
			 report_traffic(report_dropped(totals)));
}

static json_t *devices_json(const struct daemon *daemon, const struct kernel_counters *c,
			    size_t first, size_t end, bool more)
{
	json_t *devices = json_array();

	for (size_t i = first; i < end; i++)
		json_array_append_new(devices, device_json(daemon, c, i));
	return json_pack("{s:o, s:I, s:o}", "devices", devices, "generation",
			 (json_int_t)daemon->running.slots.number, "next",
			 more ? json_integer((json_int_t)end) : json_null());
}

static json_t *clear_flows_json(const struct model_rule *rule, uint64_t clear_flows)
{
	return rule->encryption == MODEL_ENCRYPTION_PREFERRED ?
		       json_integer((json_int_t)clear_flows) :
		       json_null();
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
	return json_pack(
		"{s:s, s:s, s:s, s:o, s:o, s:s, s:I, s:I, s:I, s:o, s:o}", "profile",
		profile->name.text, "direction", rule->opener == WARD_CLINICAL ? "to" : "from",
		"peer", rule->peer.text, "services", services, "purpose",
		rule->purpose.text ? json_string(rule->purpose.text) : json_null(), "file",
		report_file(daemon, rule->place), "line", (json_int_t)rule->place.line, "packets",
		(json_int_t)counters->packets, "bytes", (json_int_t)counters->bytes, "last_used",
		report_time(clock_to_realtime(used)), "clear_flows",
		clear_flows_json(rule, counters->clear_flows));
}

/* Of one profile, or of all. */
static json_t *rules_json(const struct daemon *daemon, const struct kernel_counters *c,
			  const struct model_device *device)
{
	const struct image *image = daemon->running.policy->image;
	json_t *rules = json_array();

	for (size_t i = 0; i < image->rules.count; i++)
		if (!device || image->rules.items[i].profile == device->profile)
			json_array_append_new(rules, rule_json(daemon, c, i));
	return json_pack("{s:o}", "rules", rules);
}

static void add_owner(json_t *drops, const struct daemon *daemon, const struct owner_totals *totals,
		      uint32_t owner)
{
	const char *name = kernel_owner_name(daemon->kernel, owner);

	for (int i = 0; i < WARD_DROP_SLOTS; i++) {
		const char *reason = reason_texts[WARD_FIRST_DROP_REASON + i].label;

		if (!reason || !(totals->dropped[i] | totals->audited[i]))
			continue;
		json_array_append_new(drops,
				      json_pack("{s:s, s:o, s:s, s:I, s:I}", "kind",
						report_owner_kind(owner), "name",
						name ? json_string(name) : json_null(), "reason",
						reason, "packets", (json_int_t)totals->dropped[i],
						"audited", (json_int_t)totals->audited[i]));
	}
}

static json_t *drops_json(const struct daemon *daemon, const struct kernel_counters *c)
{
	json_t *drops = json_array();
	struct traffic sum = { 0 };

	for (uint32_t owner = 0; owner < c->owner_count; owner++) {
		struct traffic dropped = report_dropped(&c->owners[owner]);

		sum.packets += dropped.packets;
		sum.bytes += dropped.bytes;
		add_owner(drops, daemon, &c->owners[owner], owner);
	}
	return json_pack("{s:o, s:I, s:I}", "drops", drops, "packets", (json_int_t)sum.packets,
			 "bytes", (json_int_t)sum.bytes);
}

/*
 * What the lists of a policy need: the counters, and the device that is named, if any (`device` is
 * NULL without). False when the caller has its answer: why there is no list.
 */
static bool begin_list(struct call *call, const struct daemon *daemon, struct kernel_counters *out,
		       const struct model_device **device)
{
	const json_t *name = json_object_get(call_parameters(call), "name");
	struct device_slot slot;
	struct error error;

	*device = NULL;
	if (!daemon->running.policy) {
		report_no_policy(call, daemon);
		return false;
	}
	if (name && !json_is_string(name)) {
		call_fail_message(call, PROTOCOL_INVALID_PARAMETER,
				  "`name` is a device's name, MAC or address");
		return false;
	}
	if (name && find_device(daemon, json_string_value(name), &slot, &error)) {
		call_fail_message(call, PROTOCOL_NO_SUCH_DEVICE, "%s", error.text);
		return false;
	}
	*device = name ? running_device(&daemon->running, slot.owner) : NULL;
	if (name && !*device) {
		call_fail_message(call, PROTOCOL_NO_SUCH_DEVICE, "%s is no longer in the policy",
				  json_string_value(name));
		return false;
	}
	if (!kernel_count(daemon->kernel, out, &error))
		return true;
	call_fail_message(call, PROTOCOL_INTERNAL_ERROR, "%s", error.text);
	return false;
}

int report_devices(struct call *call, void *context)
{
	_cleanup_(kernel_counters_free) struct kernel_counters counters = { 0 };
	const struct daemon *daemon = context;
	const json_t *from = json_object_get(call_parameters(call), "from");
	const struct model_device *device;
	size_t first = (size_t)json_integer_value(from), end = first + DEVICES_A_PAGE, count;

	if (from && (!json_is_integer(from) || json_integer_value(from) < 0))
		return call_fail_message(call, PROTOCOL_INVALID_PARAMETER,
					 "`from` is the number of a device, from 0");
	if (!begin_list(call, daemon, &counters, &device))
		return 0;
	count = daemon->running.policy->model->devices.count;
	if (device) {
		first = (size_t)(device - daemon->running.policy->model->devices.items);
		end = first + 1;
	}
	end = end < count ? end : count;
	return call_reply(call,
			  devices_json(daemon, &counters, first, end, !device && end < count));
}

int report_rules(struct call *call, void *context)
{
	_cleanup_(kernel_counters_free) struct kernel_counters counters = { 0 };
	const struct daemon *daemon = context;
	const struct model_device *device;

	if (!begin_list(call, daemon, &counters, &device))
		return 0;
	return call_reply(call, rules_json(daemon, &counters, device));
}

/* A device or port that left the policy keeps its counters, and may be asked for. */
static bool is_counted(const struct daemon *daemon, const char *name)
{
	uint32_t end = WARD_OWNER_FIRST_DEVICE + kernel_meta(daemon->kernel)->device_capacity;

	for (uint32_t owner = 0; owner < end; owner++) {
		const char *other = kernel_owner_name(daemon->kernel, owner);

		if (other && !strcmp(other, name))
			return true;
	}
	return false;
}

int report_drops(struct call *call, void *context)
{
	struct daemon *daemon = context;
	const json_t *name = json_object_get(call_parameters(call), "name");

	if (name && !json_is_string(name))
		return call_fail_message(call, PROTOCOL_INVALID_PARAMETER,
					 "`name` is the name of a device or port");
	/* Of a misspelt name there are no drops, which must not read as good news. */
	if (name && !is_counted(daemon, json_string_value(name)))
		return find_refuse_owner(call, daemon, json_string_value(name),
					 ", nor had one before it");
	return report_answer(call, daemon, drops_json);
}
