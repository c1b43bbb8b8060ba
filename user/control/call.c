/* SPDX-License-Identifier: GPL-2.0-only */
#include "control/call.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "base/text.h"
#include "control/protocol.h"

struct call {
	struct connection *connection;
	json_t *request;
	const char *method;
	json_t *parameters; /* borrowed from request */
	size_t room;
	bool more;
	bool answered;
};

json_t *call_parameters(const struct call *call)
{
	return call->parameters;
}

const struct ucred *call_peer(const struct call *call)
{
	return &call->connection->peer;
}

/* Queues the answer (stolen); what does not fit or was not made becomes a short error. */
static int answer(struct call *call, json_t *message)
{
	int err;

	if (call->answered) {
		json_decref(message);
		return -EALREADY;
	}
	call->answered = true;
	err = connection_queue(call->connection, message, call->room);
	json_decref(message);
	if (!err)
		return 0;
	if (err == -EMSGSIZE)
		message = connection_error(PROTOCOL_REPLY_TOO_LARGE,
					   connection_message("the answer is too large"));
	else
		message = connection_error(PROTOCOL_INTERNAL_ERROR,
					   connection_message("the answer could not be built"));
	if (connection_queue(call->connection, message, SERVER_STREAM_LIMIT))
		call->connection->dead = true;
	json_decref(message);
	return err;
}

int call_reply(struct call *call, json_t *parameters)
{
	return answer(call, parameters ? json_pack("{s:o}", "parameters", parameters) : NULL);
}

int call_fail(struct call *call, const char *name, json_t *parameters)
{
	return answer(call, connection_error(name, parameters));
}

int call_fail_message(struct call *call, const char *name, const char *format, ...)
{
	char message[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return call_fail(call, name, connection_message(message));
}

int call_subscribe(struct call *call)
{
	if (call->answered)
		return -EALREADY;
	if (!call->more) {
		call_fail(call, PROTOCOL_INVALID_PARAMETER,
			  json_pack("{s:s, s:s}", "parameter", "more", "message",
				    "this method answers with a stream: ask with \"more\": true"));
		return -EINVAL;
	}
	call->answered = true;
	call->connection->subscribed = true;
	return 0;
}

/* The keys of a request. NULL, or what is wrong with them. */
static const char *read_request(struct call *call)
{
	const char *key;
	json_t *value;

	if (!json_is_object(call->request))
		return "a request is a JSON object";
	json_object_foreach(call->request, key, value) {
		if (!strcmp(key, "method") && json_is_string(value))
			call->method = json_string_value(value);
		else if (!strcmp(key, "parameters") && json_is_object(value))
			call->parameters = value;
		else if (!strcmp(key, "more") && json_is_boolean(value))
			call->more = json_is_true(value);
		else
			return "a request has a string \"method\", an object \"parameters\", a "
			       "boolean \"more\" and nothing else";
	}
	return call->method ? NULL : "a request names a \"method\"";
}

static const struct method *find_method(const struct method_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (!strcmp(table->methods[i].name, name))
			return &table->methods[i];
	return NULL;
}

static bool takes(const struct method *method, const char *parameter)
{
	for (size_t i = 0; i < METHOD_PARAMETERS && method->parameters[i]; i++)
		if (!strcmp(method->parameters[i], parameter))
			return true;
	return false;
}

/* True when the call may go to its method; answers it otherwise. */
static bool admit(struct call *call, const struct method *method)
{
	enum role role = call->connection->role;
	unsigned uid = call->connection->peer.uid;
	const char *key;
	json_t *value;

	if (role == ROLE_NONE) {
		call_fail_message(call, PROTOCOL_PERMISSION_DENIED,
				  "user %u may not use wardgated: only root may", uid);
		return false;
	}
	if (!method) {
		call_fail(call, PROTOCOL_METHOD_NOT_FOUND,
			  json_pack("{s:s, s:s}", "method", call->method, "message",
				    "this wardgated has no such method"));
		return false;
	}
	if (role < method->role) {
		call_fail_message(call, PROTOCOL_PERMISSION_DENIED,
				  "%s needs the role %s, and user %u has the role %s", method->name,
				  role_name(method->role), uid, role_name(role));
		return false;
	}
	json_object_foreach(call->parameters, key, value) {
		if (takes(method, key))
			continue;
		call_fail(call, PROTOCOL_INVALID_PARAMETER,
			  json_pack("{s:s, s:s}", "parameter", key, "message",
				    "this method takes no such parameter"));
		return false;
	}
	return true;
}

static void run(const struct method_table *table, struct call *call)
{
	const struct method *method = find_method(table, call->method);
	int err;

	if (!admit(call, method))
		return;
	err = method->handle(call, table->context);
	if (!call->answered)
		call_fail_message(call, PROTOCOL_INTERNAL_ERROR, "%s failed: %s", method->name,
				  err ? strerror(-err) : "it gave no answer");
}

static void release(json_t **value)
{
	json_decref(*value);
}

void call_dispatch(const struct method_table *table, struct connection *connection, size_t room)
{
	struct call call = { .connection = connection, .room = room };
	_cleanup_(release) json_t *request = NULL;
	_cleanup_(release) json_t *none = json_object();
	struct error error;
	json_error_t at;
	const char *wrong;

	request = json_loadb(connection->input.bytes, connection->message, JSON_REJECT_DUPLICATES,
			     &at);
	connection_consume(connection);
	if (connection->closing || connection->dead)
		return;
	if (!request) {
		error_set(&error, 0, "this is not JSON: %s", at.text);
		connection_refuse(connection, PROTOCOL_INVALID_MESSAGE, error.text);
		return;
	}
	call.request = request;
	call.parameters = none;
	wrong = read_request(&call);
	if (wrong)
		connection_refuse(connection, PROTOCOL_INVALID_MESSAGE, wrong);
	else
		run(table, &call);
}
