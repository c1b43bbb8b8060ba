/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of methods, and those that change something or stream. */
#include "daemon/daemon.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "control/protocol.h"
#include "daemon/audit.h"
#include "daemon/explain.h"
#include "daemon/files.h"
#include "daemon/find.h"
#include "daemon/inspect.h"
#include "daemon/quarantine.h"
#include "daemon/report.h"
#include "daemon/store.h"

static const char *string_parameter(struct call *call, const char *key)
{
	return json_string_value(json_object_get(call_parameters(call), key));
}

int method_refuse_policy(struct call *call, const struct diags *diags,
			 const struct sources *sources)
{
	struct text findings = { 0 };
	char message[128], errors[TEXT_THINGS];
	int err;

	diags_print(diags, sources, &findings);
	snprintf(message, sizeof(message), "the policy has %s",
		 text_things(errors, diags->errors, "error"));
	err = call_fail(call, PROTOCOL_POLICY_REFUSED,
			json_pack("{s:s, s:s, s:I, s:I}", "message", message, "text",
				  findings.bytes ?: "", "errors", (json_int_t)diags->errors,
				  "warnings", (json_int_t)diags->warnings));
	text_free(&findings);
	return err;
}

int method_refuse_whole(struct call *call, const char *name, const struct error *error)
{
	return call_fail(call, PROTOCOL_POLICY_REFUSED,
			 json_pack("{s:s, s:o, s:i, s:i}", "message", error->text, "text",
				   json_sprintf("%s: error: %s\n", name, error->text), "errors", 1,
				   "warnings", 0));
}

static int confirm(struct call *call, const struct daemon *daemon, const struct diags *diags,
		   struct monotonic began)
{
	const struct policy *policy = daemon->running.policy;
	struct text warnings = { 0 };
	int err;

	if (diags->warnings)
		diags_print(diags, policy->sources, &warnings);
	text_add(&warnings, "%s", daemon->running.notes.bytes ?: "");
	err = call_reply(call,
			 json_pack("{s:I, s:s, s:I, s:I, s:o, s:I, s:I, s:s, s:f}", "generation",
				   (json_int_t)daemon->running.slots.number, "hash",
				   policy->image->hash, "devices",
				   (json_int_t)policy->model->devices.count, "rules",
				   (json_int_t)policy->image->rules.count, "change",
				   changes_json(&daemon->running.changes), "entries",
				   (json_int_t)policy->image->entries.count, "compared",
				   (json_int_t)policy->compared, "warnings", warnings.bytes ?: "",
				   "seconds", (double)(clock_monotonic().ns - began.ns) / 1e9));
	text_free(&warnings);
	return err;
}

static int apply(struct call *call, void *context)
{
	struct daemon *daemon = context;
	const struct actor actor = actor_of_peer(call_peer(call));
	const json_t *files = json_object_get(call_parameters(call), "files");
	struct monotonic began = clock_monotonic();
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(diags_free) struct diags diags = { 0 };
	_cleanup_free_ char *name = NULL;
	struct error error;
	int err;

	if (files_from_json(files, &sources, &error))
		return call_fail_message(call, PROTOCOL_INVALID_PARAMETER, "%s", error.text);
	name = strdup(sources_file(sources, 0)->name);
	if (!name)
		return -ENOMEM;
	notify_reloading(&daemon->notify);
	err = daemon_apply(daemon, name, &sources, actor, &diags, &error);
	daemon_ready(daemon);
	if (!err)
		return confirm(call, daemon, &diags, began);
	log_warning("%s is not applied: %s", name,
		    diags.errors ? "the policy has errors" : error.text);
	if (err == -EINVAL && diags.errors && sources)
		return method_refuse_policy(call, &diags, sources);
	/* Not one of the kernel's: then the sources would be the policy's. */
	if ((err == -E2BIG && sources) || err == -EKEYREJECTED)
		return method_refuse_whole(call, name, &error);
	return call_fail_message(call,
				 err == -ENODEV || err == -EOVERFLOW ? PROTOCOL_NOT_READY
								     : PROTOCOL_APPLY_FAILED,
				 "%s", error.text);
}

static int get_policy(struct call *call, void *context)
{
	const struct running *running = &((const struct daemon *)context)->running;

	if (!running->policy)
		return call_fail_message(call, PROTOCOL_NO_POLICY,
					 "no policy is in force: name a file");
	return call_reply(call,
			  json_pack("{s:o, s:s}", "files", files_to_json(running->policy->sources),
				    "hash", running->policy->image->hash));
}

static bool is_known(const struct daemon *daemon, const char *name)
{
	const struct policy *policy = daemon->running.policy;
	struct device_slot slot;

	for (size_t i = 0; policy && i < policy->image->ports.count; i++)
		if (!strcmp(policy->image->ports.items[i].ifname, name))
			return true;
	return !kernel_find_device(daemon->kernel, name, &slot) && slot.in_policy;
}

static int watch(struct call *call, void *context)
{
	const struct daemon *daemon = context;
	const char *name = string_parameter(call, "name");

	/* One who waits for a name that does not exist would wait for ever. */
	if (name && !is_known(daemon, name))
		return find_refuse_owner(call, daemon, name, "");
	return call_subscribe(call);
}

const struct method daemon_methods[] = {
	{ PROTOCOL_GET_STATUS, ROLE_VIEWER, report_status, { NULL } },
	{ PROTOCOL_LIST_DEVICES, ROLE_VIEWER, report_devices, { "from", "name" } },
	{ PROTOCOL_LIST_RULES, ROLE_VIEWER, report_rules, { "name" } },
	{ PROTOCOL_LIST_DROPS, ROLE_VIEWER, report_drops, { "name" } },
	{ PROTOCOL_WATCH_DROPS, ROLE_VIEWER, watch, { "name" } },
	{ PROTOCOL_PREFLIGHT, ROLE_VIEWER, inspect_preflight, { "files" } },
	{ PROTOCOL_LIST_QUARANTINE, ROLE_VIEWER, quarantine_list, { NULL } },
	{ PROTOCOL_GET_POLICY, ROLE_VIEWER, get_policy, { NULL } },
	{ PROTOCOL_EXPLAIN, ROLE_VIEWER, explain, { "packet", "frames", "files" } },
	{ PROTOCOL_QUARANTINE, ROLE_OPERATOR, quarantine_on, { "devices" } },
	{ PROTOCOL_RELEASE, ROLE_OPERATOR, quarantine_off, { "devices" } },
	{ PROTOCOL_APPLY, ROLE_ADMIN, apply, { "files" } },
};

const size_t daemon_method_count = ARRAY_SIZE(daemon_methods);
