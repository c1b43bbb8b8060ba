/* SPDX-License-Identifier: GPL-2.0-only */
#include "daemon/explain.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "base/own.h"
#include "control/protocol.h"
#include "daemon/files.h"
#include "policy/address.h"

static void asked_free(struct explain_asked *asked)
{
	for (size_t i = 0; i < asked->frames.count; i++)
		free(asked->frames.items[i].bytes);
	vec_free(&asked->frames);
}

/* Devices that a frame may be of: by MAC, listed address or lease. */

static bool has_address(const __be32 address[4], const struct packet *p)
{
	return (p->is_ip || p->is_arp) &&
	       (!address_compare(address, p->source) || !address_compare(address, p->destination));
}

static bool is_involved(const struct model_device *device, const struct device_lease *leases,
			unsigned lease_count, const struct packet *p)
{
	if (!memcmp(device->mac, p->source_mac, 6) || !memcmp(device->mac, p->destination_mac, 6))
		return true;
	for (size_t a = 0; a < device->addresses.count; a++)
		if (has_address(device->addresses.items[a].word, p))
			return true;
	for (unsigned l = 0; l < lease_count; l++)
		if (has_address(leases[l].address, p))
			return true;
	return false;
}

static void find_involved(const struct explain_asked *asked, bool *out)
{
	const struct model *model = asked->policy->model;

	for (size_t d = 0; d < model->devices.count; d++) {
		const struct model_device *device = &model->devices.items[d];
		struct device_lease leases[KERNEL_LEASES];
		unsigned count = explain_leases(asked, device, leases);

		for (size_t i = 0; !out[d] && i < asked->frames.count; i++)
			out[d] = is_involved(device, leases, count, &asked->frames.items[i].packet);
	}
}

/* Judging. */

static bool passes(const struct explained *found)
{
	return found->verdict != XDP_DROP && found->verdict != XDP_ABORTED;
}

static int judge(const struct explain_asked *asked, struct explain *e, json_t *list)
{
	bool before_passed = true;

	for (size_t i = 0; i < asked->frames.count; i++) {
		struct explain_frame *frame = &asked->frames.items[i];
		struct explained found = { .device = EXPLAIN_NONE, .port = EXPLAIN_NONE };
		struct error error;

		if (frame->is_second && !before_passed)
			continue;
		if (!frame->wrong[0] &&
		    kernel_explain_run(e, frame->port, frame->bytes, frame->length, &found, &error))
			snprintf(frame->wrong, sizeof(frame->wrong), "%.255s", error.text);
		before_passed = !frame->wrong[0] && passes(&found);
		if (json_array_append_new(list, explain_json(asked, frame, &found)))
			return -ENOMEM;
	}
	return 0;
}

static int answer(struct call *call, const struct explain_asked *asked)
{
	_cleanup_(kernel_explain_close) struct explain *e = NULL;
	_cleanup_free_ bool *involved = calloc(asked->policy->model->devices.count + 1, 1);
	json_t *frames = json_array();
	struct error error;
	int err = -ENOMEM;

	error_set(&error, err, "no memory to explain");
	if (involved && frames) {
		find_involved(asked, involved);
		err = kernel_explain_open(asked->daemon->kernel, asked->policy->image, involved,
					  asked->running, &e, &error)
			      ?: judge(asked, e, frames);
	}
	if (err) {
		json_decref(frames);
		return call_fail_message(call, PROTOCOL_INTERNAL_ERROR, "%s", error.text);
	}
	return call_reply(
		call,
		json_pack("{s:s, s:o, s:o}", "policy", sources_file(asked->policy->sources, 0)->name,
			  "generation",
			  asked->running
				  ? json_integer((json_int_t)asked->daemon->running.slots.number)
				  : json_null(),
			  "frames", frames));
}

static int answer_for(struct call *call, struct daemon *daemon, const struct policy *policy)
{
	_cleanup_(asked_free) struct explain_asked asked = {
		.daemon = daemon,
		.policy = policy,
		.running = policy == daemon->running.policy,
	};
	const json_t *packet = json_object_get(call_parameters(call), "packet");
	const json_t *frames = json_object_get(call_parameters(call), "frames");
	struct error error = { "explain needs `packet` or `frames`" };
	int err = -EINVAL;

	if (json_is_object(packet) && !frames)
		err = explain_packet(&asked, packet, &error);
	else if (json_is_array(frames) && !packet)
		err = explain_frames(&asked, frames, &error);
	if (err)
		return call_fail_message(call, PROTOCOL_INVALID_PARAMETER, "%s", error.text);
	return answer(call, &asked);
}

static int answer_for_files(struct call *call, struct daemon *daemon, const json_t *files)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(policy_free) struct policy *policy = NULL;
	_cleanup_(diags_free) struct diags diags = { 0 };
	struct error error;
	int err = files_from_json(files, &sources, &error)
			  ?: policy_build(&sources, &policy, &diags, &error);

	if (err == -EINVAL && diags.errors && sources)
		return method_refuse_policy(call, &diags, sources);
	if (err)
		return call_fail_message(call, PROTOCOL_INVALID_PARAMETER, "%s", error.text);
	return answer_for(call, daemon, policy);
}

int explain(struct call *call, void *context)
{
	struct daemon *daemon = context;
	const json_t *files = json_object_get(call_parameters(call), "files");

	if (files)
		return answer_for_files(call, daemon, files);
	if (!daemon->running.policy)
		return call_fail_message(call, PROTOCOL_NO_POLICY,
					 "no policy is in force: name a file with --policy");
	return answer_for(call, daemon, daemon->running.policy);
}
