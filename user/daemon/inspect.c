/* SPDX-License-Identifier: GPL-2.0-only */
/* Preflight: what this machine lacks for a policy, as an answer and before an apply. */
#include <errno.h>

#include "base/log.h"
#include "base/own.h"
#include "control/protocol.h"
#include "daemon/daemon.h"
#include "daemon/files.h"
#include "daemon/inspect.h"
#include "daemon/quarantine.h"
#include "daemon/report.h"

static json_t *findings_json(const struct preflight *preflight)
{
	json_t *list = json_array();

	for (size_t i = 0; i < preflight->findings.count; i++) {
		const struct finding *finding = &preflight->findings.items[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "port", finding->port,
						      "check", finding->check, "result",
						      preflight_result_name(finding->result),
						      "text", finding->text));
	}
	return json_pack("{s:o, s:I, s:I}", "findings", list, "failures",
			 (json_int_t)preflight->failures, "warnings",
			 (json_int_t)preflight->warnings);
}

static int answer(struct call *call, struct daemon *daemon, const struct image *image)
{
	_cleanup_(preflight_free) struct preflight preflight = { 0 };
	struct error error;

	if (kernel_preflight(daemon->kernel, image, &preflight, &error) ||
	    quarantine_inspect(daemon, image, &preflight, &error))
		return call_fail_message(call, PROTOCOL_INTERNAL_ERROR, "%s", error.text);
	return call_reply(call, findings_json(&preflight));
}

static int answer_for_files(struct call *call, struct daemon *daemon, const json_t *files)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	_cleanup_(policy_free) struct policy *policy = NULL;
	_cleanup_(diags_free) struct diags diags = { 0 };
	struct error error;
	int err = files_from_json(files, &sources, &error) ?:
			  policy_build(&sources, &policy, &diags, &error);

	if (err == -EINVAL && diags.errors && sources)
		return method_refuse_policy(call, &diags, sources);
	if (err == -E2BIG && sources)
		return method_refuse_whole(call, sources_file(sources, 0)->name, &error);
	if (err)
		return call_fail_message(call, PROTOCOL_INVALID_PARAMETER, "%s", error.text);
	return answer(call, daemon, policy->image);
}

int inspect_preflight(struct call *call, void *context)
{
	struct daemon *daemon = context;
	const json_t *files = json_object_get(call_parameters(call), "files");

	if (files)
		return answer_for_files(call, daemon, files);
	if (!daemon->running.policy)
		return report_no_policy(call, daemon);
	return answer(call, daemon, daemon->running.policy->image);
}

int inspect_before_apply(struct daemon *daemon, const struct image *image, struct text *notes,
			 struct error *error)
{
	_cleanup_(preflight_free) struct preflight preflight = { 0 };
	int err = kernel_preflight(daemon->kernel, image, &preflight, error);
	bool ready = !err && !preflight.failures;

	err = err ?: quarantine_inspect(daemon, image, &preflight, error);
	if (err)
		return err;
	for (size_t i = 0; i < preflight.findings.count; i++) {
		const struct finding *finding = &preflight.findings.items[i];

		if (finding->result == CHECK_OK)
			continue;
		text_add(notes, "%s: %s\n", preflight_result_name(finding->result), finding->text);
		log_line(finding->result == CHECK_FAILURE ? LOG_ERR : LOG_WARNING, "%s",
			 finding->text);
	}
	/* What the policy would do to a quarantine is no fault of the machine. */
	err = preflight_verdict(&preflight, error);
	return err && ready ? -EKEYREJECTED : err;
}
