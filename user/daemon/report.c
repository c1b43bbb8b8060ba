/* SPDX-License-Identifier: GPL-2.0-only */
/* What the answers of several methods have in common. */
#include "daemon/report.h"

#include "base/own.h"
#include "control/protocol.h"

json_t *report_time(struct realtime time)
{
	char text[TEXT_TIME];

	return time.ns ? json_string(text_time(text, time.ns)) : json_null();
}

json_t *report_traffic(struct traffic t)
{
	return json_pack("{s:I, s:I}", "packets", (json_int_t)t.packets, "bytes",
			 (json_int_t)t.bytes);
}

struct traffic report_passed(const struct owner_totals *owner, enum ward_side side)
{
	return (struct traffic){ owner->lane[side].packets, owner->lane[side].bytes };
}

struct traffic report_dropped(const struct owner_totals *owner)
{
	struct traffic t = { .bytes = owner->dropped_bytes };

	for (int i = 0; i < WARD_DROP_SLOTS; i++)
		t.packets += owner->dropped[i];
	return t;
}

json_t *report_vlan(struct model_vlan vlan)
{
	if (vlan.outer)
		return json_sprintf("%u.%u", vlan.outer, vlan.id);
	return vlan.id == WARD_NO_VLAN ? json_null() : json_integer(vlan.id);
}

const char *report_file(const struct daemon *daemon, struct place place)
{
	return sources_file(daemon->running.policy->sources, place.file)->name;
}

const char *report_mode(enum model_enforcement mode)
{
	static const char *const names[] = {
		[MODEL_UNSAID] = "enforce",
		[MODEL_ENFORCE] = "enforce",
		[MODEL_AUDIT] = "audit",
		[MODEL_CLOSED] = "closed",
	};

	return names[mode];
}

const char *report_owner_kind(uint32_t owner)
{
	if (owner == WARD_OWNER_NONE)
		return "none";
	return owner < WARD_OWNER_FIRST_DEVICE ? "port" : "device";
}

int report_no_policy(struct call *call, const struct daemon *daemon)
{
	uint32_t generation = kernel_meta(daemon->kernel)->generation;

	if (generation)
		return call_fail_message(call, PROTOCOL_NO_POLICY,
					 "generation %u goes on, but this daemon could not read its "
					 "policy: see its log, then `wardgate apply FILE`",
					 generation);
	return call_fail_message(call, PROTOCOL_NO_POLICY,
				 "no policy is in force; put one in force with `wardgate apply "
				 "FILE`");
}

int report_answer(struct call *call, struct daemon *daemon, report make)
{
	_cleanup_(kernel_counters_free) struct kernel_counters counters = { 0 };
	struct error error;

	if (kernel_count(daemon->kernel, &counters, &error))
		return call_fail_message(call, PROTOCOL_INTERNAL_ERROR, "%s", error.text);
	return call_reply(call, make(daemon, &counters));
}
