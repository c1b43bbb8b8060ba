/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/remote.h"

#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "base/text.h"
#include "cli/command.h"
#include "control/protocol.h"

int remote_lost(int err, const struct error *error, struct output *out)
{
	switch (err) {
	case -EACCES:
		output_error(out, PROTOCOL_PERMISSION_DENIED, "%s", error->text);
		return EXIT_DENIED;
	case -ENAMETOOLONG:
		output_error(out, "Usage", "%s", error->text);
		return EXIT_USAGE;
	case -EPROTO:
	case -ENOMEM:
		output_error(out, "Failed", "%s", error->text);
		return EXIT_BROKEN;
	default:
		output_error(out, "Unreachable", "%s", error->text);
		return EXIT_UNREACHABLE;
	}
}

int remote_failure(const struct reply *reply, struct output *out)
{
	static const struct {
		const char *name;
		int code;
	} codes[] = {
		{ PROTOCOL_PERMISSION_DENIED, EXIT_DENIED },
		{ PROTOCOL_POLICY_REFUSED, EXIT_REFUSED },
		{ PROTOCOL_NO_SUCH_DEVICE, EXIT_USAGE },
		{ PROTOCOL_NO_POLICY, EXIT_TROUBLE },
		{ PROTOCOL_NOT_READY, EXIT_TROUBLE },
		{ PROTOCOL_BUSY, EXIT_UNREACHABLE },
		{ PROTOCOL_TIMED_OUT, EXIT_UNREACHABLE },
	};
	const char *message = json_string_value(json_object_get(reply->parameters, "message"));

	output_error(out, reply->failure, "%s", message ? message : reply->failure);
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (!strcmp(codes[i].name, reply->failure))
			return codes[i].code;
	return EXIT_BROKEN;
}

int remote_open(const struct options *options, struct client **client, struct output *out)
{
	struct error error;
	int err = client_new(options->socket, client, &error);

	return err ? remote_lost(err, &error, out) : EXIT_DONE;
}

int remote_call(const struct options *options, const char *method, json_t *parameters,
		struct output *out, struct reply *reply)
{
	_cleanup_(client_free) struct client *client = NULL;
	struct error error;
	int code = remote_open(options, &client, out);
	int err;

	if (code) {
		json_decref(parameters);
		return code;
	}
	err = client_call(client, method, parameters, CLIENT_TIMEOUT, reply, &error);
	return err ? remote_lost(err, &error, out) : EXIT_DONE;
}

int remote_ask(const struct options *options, const char *method, json_t *parameters,
	       struct output *out, json_t **data)
{
	_cleanup_(reply_free) struct reply reply = { 0 };
	int code = remote_call(options, method, parameters, out, &reply);

	if (code)
		return code;
	if (reply.failure)
		return remote_failure(&reply, out);
	*data = TAKE_PTR(reply.parameters);
	return EXIT_DONE;
}

int remote_ask_of(const struct options *options, const char *method, const char *name,
		  struct output *out, json_t **data)
{
	if (name && !command_can_send("name", name, out))
		return EXIT_USAGE;
	return remote_ask(options, method,
			  name ? json_pack("{s:s}", "name", name) : json_object(), out, data);
}
