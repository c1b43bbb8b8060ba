/* SPDX-License-Identifier: GPL-2.0-only */
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/own.h"
#include "cli/command.h"
#include "cli/reasons.h"
#include "cli/remote.h"
#include "control/protocol.h"

/* Reasons that doubt who the sender is: its name alone would accuse the wrong one. */
static const char *const doubtful[] = {
	"arp_spoof", "nd_spoof", "dhcp_client", "spoofed_mac", "spoofed_address", "wrong_vlan", "wrong_link",
};

static bool has(const json_t *event, const char *key)
{
	const json_t *value = json_object_get(event, key);

	return value && !json_is_null(value);
}

static void print_field(FILE *stream, const json_t *event, const char *key)
{
	output_clean(stream, field_text(event, key));
}

/* Local time of the day, to the millisecond: the date is today's. */
static void print_time(FILE *stream, const json_t *event)
{
	struct realtime when;
	struct tm local;
	time_t seconds;

	if (output_parse_time(field_text(event, "time"), &when)) {
		fputs("--:--:--.---", stream);
		return;
	}
	seconds = (time_t)(when.ns / 1000000000);
	localtime_r(&seconds, &local);
	fprintf(stream, "%02d:%02d:%02d.%03u", local.tm_hour, local.tm_min, local.tm_sec,
		(unsigned)(when.ns / 1000000 % 1000));
}

/* By what the wire said: MAC and address of one end, and where it came in. */
static void print_wire(FILE *stream, const json_t *event, const char *mac, const char *address)
{
	print_field(stream, event, mac);
	if (has(event, address)) {
		fputc(' ', stream);
		print_field(stream, event, address);
	}
}

static void print_place(FILE *stream, const json_t *event)
{
	if (has(event, "interface")) {
		fputs(" on ", stream);
		print_field(stream, event, "interface");
	}
	if (json_is_string(json_object_get(event, "vlan"))) {
		fputs(" vlan ", stream);
		print_field(stream, event, "vlan");
	} else if (has(event, "vlan")) {
		fprintf(stream, " vlan %llu", (unsigned long long)field_number(event, "vlan"));
	}
}

static void print_peer(FILE *stream, const json_t *event)
{
	print_field(stream, event, "peer");
	if (has(event, "network")) {
		fputs(" (", stream);
		print_field(stream, event, "network");
		fputc(')', stream);
	}
}

static bool is_doubtful(const json_t *event)
{
	for (size_t i = 0; i < ARRAY_SIZE(doubtful); i++)
		if (!strcmp(doubtful[i], field_text(event, "reason")))
			return true;
	return false;
}

/* "ct-er-1 -> 10.20.30.41", or as the packet had it when it is not clear whose it is. */
static void print_ends(FILE *stream, const json_t *event)
{
	bool device = !strcmp(field_text(event, "kind"), "device");
	bool from_it = !strcmp(field_text(event, "side"), "it");

	if (device && !is_doubtful(event) && has(event, "peer")) {
		if (from_it)
			print_peer(stream, event);
		else
			print_field(stream, event, "name");
		fputs(" -> ", stream);
		if (from_it)
			print_field(stream, event, "name");
		else
			print_peer(stream, event);
		return;
	}
	print_wire(stream, event, "source_mac", "source");
	print_place(stream, event);
	if (device) {
		fputs(" (", stream);
		print_field(stream, event, "name");
		fputs(is_doubtful(event) ? "?)" : ")", stream);
	}
	fputs(" -> ", stream);
	if (has(event, "destination"))
		print_field(stream, event, "destination");
	else
		print_field(stream, event, "destination_mac");
}

static void print_service(FILE *stream, const json_t *event)
{
	fputc(' ', stream);
	print_field(stream, event, "protocol");
	if (has(event, "destination_port"))
		fprintf(stream, "/%llu",
			(unsigned long long)field_number(event, "destination_port"));
	if (has(event, "service")) {
		fputc(' ', stream);
		print_field(stream, event, "service");
	} else if (has(event, "icmp_type")) {
		fprintf(stream, " type %llu", (unsigned long long)field_number(event, "icmp_type"));
	}
}

static void print_where(FILE *stream, const json_t *where)
{
	if (!json_is_object(where))
		return;
	fputs("  (", stream);
	print_field(stream, where, "file");
	fprintf(stream, ":%llu: ", (unsigned long long)field_number(where, "line"));
	print_field(stream, where, "text");
	fputc(')', stream);
}

static void print_event(struct output *out, const json_t *event)
{
	char figure[2 * OUTPUT_FIGURE];

	if (has(event, "missed")) {
		fprintf(out->stream, "... %s left out: this reader was too slow\n",
			output_things(figure, field_number(event, "missed"), "event"));
		return;
	}
	print_time(out->stream, event);
	fputs("  ", out->stream);
	print_ends(out->stream, event);
	print_service(out->stream, event);
	/* In audit mode it passed, and would have been dropped. */
	if (!strcmp(field_text(event, "event"), "opened"))
		fprintf(out->stream, "  %sopened:%s ", output_style(out, STYLE_GOOD),
			output_style(out, STYLE_PLAIN));
	else if (json_is_true(json_object_get(event, "audited")))
		fprintf(out->stream, "  %saudited:%s ", output_style(out, STYLE_WARNING),
			output_style(out, STYLE_PLAIN));
	else
		fprintf(out->stream, "  %sdropped:%s ", output_style(out, STYLE_BAD),
			output_style(out, STYLE_PLAIN));
	print_field(out->stream, event, "sentence");
	print_where(out->stream, json_object_get(event, "where"));
	fputc('\n', out->stream);
}

static bool wanted(const json_t *event, const struct options *options)
{
	if (has(event, "missed"))
		return true;
	if (options->device && strcmp(field_text(event, "name"), options->device) != 0)
		return false;
	return !options->reason || !strcmp(field_text(event, "reason"), options->reason);
}

/* Everything printed is flushed already, and nothing else is open: leaving at once is clean. */
static void leave(int signal)
{
	(void)signal;
	_exit(EXIT_DONE);
}

static int follow(struct client *client, const struct options *options, struct output *out)
{
	struct error error;
	uint64_t shown = 0;

	while (!options->count || shown < options->count) {
		_cleanup_(reply_free) struct reply reply = { 0 };
		int err = client_receive(client, CLIENT_FOREVER, &reply, &error);

		if (err)
			return remote_lost(err, &error, out);
		if (reply.failure)
			return remote_failure(&reply, out);
		if (!wanted(reply.parameters, options))
			continue;
		if (out->json)
			output_json_line(out, reply.parameters);
		else
			print_event(out, reply.parameters);
		if (fflush(out->stream))
			return EXIT_BROKEN;
		shown += !has(reply.parameters, "missed");
	}
	return EXIT_DONE;
}

/* Silence may be long, and is no hang. */
static void say_waiting(const struct options *options, struct output *out)
{
	fputs("wardgate: waiting for drops", out->errors);
	if (options->device) {
		fputs(" of ", out->errors);
		output_clean(out->errors, options->device);
	}
	if (options->reason)
		fprintf(out->errors, " for the reason %s", options->reason);
	if (!options->device && !options->reason)
		fputs(" and new flows of rules with `log: true`", out->errors);
	fputs("; Ctrl-C ends this\n", out->errors);
	fflush(out->errors);
}

int command_watch(const struct options *options, struct output *out)
{
	_cleanup_(client_free) struct client *client = NULL;
	struct error error;
	json_t *parameters;
	int err, code;

	if (!reasons_check_option(options, out) ||
	    (options->device && !command_can_send("device name", options->device, out)))
		return EXIT_USAGE;
	code = remote_open(options, &client, out);
	if (code)
		return code;
	signal(SIGINT, leave);
	signal(SIGTERM, leave);
	parameters = options->device ? json_pack("{s:s}", "name", options->device) : json_object();
	err = client_send(client, PROTOCOL_WATCH_DROPS, parameters, true, &error);
	if (!err)
		say_waiting(options, out);
	return err ? remote_lost(err, &error, out) : follow(client, options, out);
}
