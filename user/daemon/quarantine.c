/* SPDX-License-Identifier: GPL-2.0-only */
/* A quarantine is a flag beside the device's limits: it needs no generation, and outlives them. */
#include "daemon/quarantine.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "control/protocol.h"
#include "daemon/audit.h"
#include "daemon/daemon.h"
#include "daemon/find.h"
#include "daemon/store.h"

/* In an incident all may be meant. So many of the longest names are a request of a small role. */
#define MOST_AT_ONCE 8192

static const char *verb(bool on)
{
	return on ? "quarantine" : "release";
}

/* What the devices are called, or NULL after the caller was told what is wrong with them. */
static const json_t *words_of(struct call *call, bool on)
{
	const json_t *names = json_object_get(call_parameters(call), "devices");
	size_t count = json_array_size(names), strings = 0;

	for (size_t i = 0; i < count; i++)
		strings += json_is_string(json_array_get(names, i));
	if (count > MOST_AT_ONCE)
		call_fail_message(call, PROTOCOL_INVALID_PARAMETER,
				  "%s takes at most %d devices at once, not %zu; nothing was changed",
				  verb(on), MOST_AT_ONCE, count);
	else if (!count || strings < count)
		call_fail_message(call, PROTOCOL_INVALID_PARAMETER,
				  "%s needs `devices`, a list with the name of at least one device",
				  verb(on));
	else
		return names;
	return NULL;
}

/*
 * All are known before anything is done. A device that left the policy can be released. `found`
 * gets their names, which the caller may have said as MACs or addresses.
 */
static int find_all(const struct daemon *daemon, const json_t *words, bool on, uint32_t *owners,
		    json_t *found, struct error *error)
{
	for (size_t i = 0; i < json_array_size(words); i++) {
		const char *word = json_string_value(json_array_get(words, i)), *name;
		struct device_slot slot;
		int err = find_device(daemon, word, &slot, error);

		if (err)
			return err;
		name = kernel_owner_name(daemon->kernel, slot.owner);
		if (!slot.in_policy && on)
			return error_set(error, -ENOENT, "%s is no longer in the policy", name);
		owners[i] = slot.owner;
		json_array_append_new(found, json_string(name));
	}
	return 0;
}

/* On the disk before it takes effect. */
static int audit_names(const struct daemon *daemon, struct actor actor, const json_t *names,
		       bool on, struct error *error)
{
	const struct deed deed = { .actor = actor,
				   .action = verb(on),
				   .hash = kernel_meta(daemon->kernel)->policy_hash,
				   .outcome = "done" };

	return audit_all(daemon->options.state, &deed, names, error);
}

static json_t *change_all(struct daemon *daemon, struct actor actor, const json_t *names,
			  const uint32_t *owners, bool on)
{
	json_t *list = json_array();
	char who[ACTOR_WORDS];

	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));
		bool before = kernel_is_quarantined(daemon->kernel, owners[i]);

		kernel_quarantine(daemon->kernel, owners[i], on);
		if (before != on)
			log_warning("%s is %s quarantine, by %s", name, on ? "in" : "out of",
				    actor_words(who, actor));
		json_array_append_new(
			list, json_pack("{s:s, s:b}", "name", name, "changed", before != on));
	}
	return json_pack("{s:o}", "devices", list);
}

static void release(json_t **value)
{
	json_decref(*value);
}

static int change(struct call *call, struct daemon *daemon, bool on)
{
	const json_t *words = words_of(call, on);
	_cleanup_free_ uint32_t *owners = calloc(json_array_size(words) + 1, sizeof(*owners));
	_cleanup_(release) json_t *names = json_array();
	struct actor actor = actor_of_peer(call_peer(call));
	struct error error;

	if (!words)
		return 0;
	if (!owners)
		return -ENOMEM;
	if (find_all(daemon, words, on, owners, names, &error))
		return call_fail_message(call, PROTOCOL_NO_SUCH_DEVICE, "%s; nothing was changed",
					 error.text);
	/* A quarantine must not wait for a disk; to let a device back can. */
	if (audit_names(daemon, actor, names, on, &error)) {
		if (!on)
			return call_fail_message(call, PROTOCOL_INTERNAL_ERROR,
						 "%s; nothing was changed", error.text);
		log_error("the quarantine is not in the audit log: %s", error.text);
	}
	return call_reply(call, change_all(daemon, actor, names, owners, on));
}

int quarantine_on(struct call *call, void *daemon)
{
	return change(call, daemon, true);
}

int quarantine_off(struct call *call, void *daemon)
{
	return change(call, daemon, false);
}

int quarantine_list(struct call *call, void *context)
{
	const struct daemon *daemon = context;
	uint32_t end = WARD_OWNER_FIRST_DEVICE + kernel_meta(daemon->kernel)->device_capacity;
	json_t *list = json_array();

	for (uint32_t owner = WARD_OWNER_FIRST_DEVICE; owner < end; owner++) {
		const char *name = kernel_owner_name(daemon->kernel, owner);

		if (name && kernel_is_quarantined(daemon->kernel, owner))
			json_array_append_new(
				list, json_pack("{s:s, s:b}", "name", name, "in_policy",
						kernel_is_in_policy(daemon->kernel, owner)));
	}
	return call_reply(call, json_pack("{s:o}", "devices", list));
}

static const struct image_device *find_name(const struct image *image, const char *name)
{
	for (size_t i = 0; i < image->devices.count; i++)
		if (!strcmp(image->devices.items[i].name, name))
			return &image->devices.items[i];
	return NULL;
}

/* The device with the same MAC; a group has none of its own. */
static const struct image_device *find_mac(const struct image *image,
					   const struct image_device *device)
{
	if (device->entry.mac[0] & 1)
		return NULL;
	for (size_t i = 0; i < image->devices.count; i++)
		if (!memcmp(image->devices.items[i].entry.mac, device->entry.mac,
			    sizeof(device->entry.mac)))
			return &image->devices.items[i];
	return NULL;
}

/* At start the policy that runs is known from the disk only. NULL: it is not known. */
static struct policy *stored_policy(const struct daemon *daemon)
{
	const char *hash = kernel_meta(daemon->kernel)->policy_hash;
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(policy_free) struct policy *policy = NULL;
	_cleanup_(diags_free) struct diags diags = { 0 };
	struct error ignored;

	if (store_load(daemon->options.state, hash, &sources, &ignored) ||
	    policy_build(&sources, &policy, &diags, &ignored) || strcmp(policy->image->hash, hash))
		return NULL;
	return TAKE_PTR(policy);
}

static int find_out(const struct image *before, const struct image *image, const char *name,
		    struct preflight *out)
{
	const struct image_device *was = before ? find_name(before, name) : NULL;
	const struct image_device *is = was ? find_mac(image, was) : NULL;
	struct finding *finding = vec_add(&out->findings);

	if (!finding)
		return -ENOMEM;
	*finding = (struct finding){ .port = "-",
				     .check = "quarantine",
				     .result = is ? CHECK_FAILURE : CHECK_WARNING };
	out->failures += is != NULL;
	out->warnings += !is;
	if (is)
		snprintf(finding->text, sizeof(finding->text),
			 "%s is in quarantine and is called %s here: release it first, or keep its "
			 "name",
			 name, is->name);
	else
		snprintf(finding->text, sizeof(finding->text),
			 "%s is in quarantine and leaves the policy; it will be free if it comes "
			 "back under another name",
			 name);
	return 0;
}

int quarantine_inspect(const struct daemon *daemon, const struct image *image,
		       struct preflight *out, struct error *error)
{
	uint32_t end = WARD_OWNER_FIRST_DEVICE + kernel_meta(daemon->kernel)->device_capacity;
	const struct policy *before = daemon->running.policy;
	_cleanup_(policy_free) struct policy *stored = NULL;

	for (uint32_t owner = WARD_OWNER_FIRST_DEVICE; owner < end; owner++) {
		const char *name = kernel_owner_name(daemon->kernel, owner);

		if (!name || !kernel_is_in_policy(daemon->kernel, owner) ||
		    !kernel_is_quarantined(daemon->kernel, owner) || find_name(image, name))
			continue;
		if (!before)
			before = stored = stored_policy(daemon);
		if (find_out(before ? before->image : NULL, image, name, out))
			return error_set(error, -ENOMEM, "no memory to look at the quarantine");
	}
	return 0;
}

int quarantine_verdict(const struct daemon *daemon, const struct image *image,
		       struct error *error)
{
	_cleanup_(preflight_free) struct preflight preflight = { 0 };

	return quarantine_inspect(daemon, image, &preflight, error) ?:
		       preflight_verdict(&preflight, error);
}
