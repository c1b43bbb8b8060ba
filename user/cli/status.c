/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "base/own.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/remote.h"
#include "control/protocol.h"

static const struct column columns[] = {
	{ "LINK", false },  { "SIDE", false }, { "PORT", false },  { "STATE", false },
	{ "XDP", false },   { "MTU", true },   { "LINK IS", false }, { "VLANS", false },
	{ "PASSED", true }, { "BYTES", true }, { "DROPPED", true },
};

static const char *const sides[] = { "clinical", "it" };

/* What each state of a port means for the traffic; "attached" is as it should be. */
static const struct {
	const char *state, *forwarding, *sentence;
} troubles[] = {
	{ "missing", NULL, "there is no such interface; it is attached when it appears" },
	{ "down", NULL, "the interface is down or has no carrier" },
	{ "unprotected", "inline",
	  "the gateway's program is not on it: from this side the link is closed, unless something "
	  "bridges the NICs; that would be unjudged. See the daemon's log" },
	{ "unprotected", "routed",
	  "the gateway's program is not on it, and the kernel handles its frames unjudged; see the "
	  "daemon's log" },
};

static const char *trouble_of(const json_t *link, const char *state)
{
	for (size_t i = 0; i < ARRAY_SIZE(troubles); i++)
		if (!strcmp(troubles[i].state, state) &&
		    (!troubles[i].forwarding ||
		     !strcmp(troubles[i].forwarding, field_text(link, "forwarding"))))
			return troubles[i].sentence;
	return "an unknown state";
}

static void warn_settings(struct text *warnings, const json_t *port, unsigned *count)
{
	size_t i;
	json_t *trouble;

	json_array_foreach(json_object_get(port, "troubles"), i, trouble) {
		text_add(warnings, "%s\n", json_string_value(trouble));
		++*count;
	}
	if (json_is_false(json_object_get(port, "redirects")) &&
	    !strcmp(field_text(port, "state"), "attached")) {
		text_add(warnings,
			 "nothing leaves by port %s: it takes no redirected frames; see wardgate "
			 "preflight\n",
			 field_text(port, "interface"));
		++*count;
	}
}

static void warn_port(struct text *warnings, const json_t *link, const char *side, unsigned *count)
{
	const json_t *port = json_object_get(link, side);
	const char *state = field_text(port, "state");

	if (strcmp(state, "attached") != 0) {
		text_add(warnings, "port %s (link %s, %s side) is %s: %s\n",
			 field_text(port, "interface"), field_text(link, "name"), side, state,
			 trouble_of(link, state));
		++*count;
	} else if (!strcmp(field_text(port, "mode"), "generic")) {
		text_add(warnings,
			 "port %s runs in generic mode: its driver has no native XDP, and "
			 "every packet is slow; use another NIC\n",
			 field_text(port, "interface"));
		++*count;
	}
	warn_settings(warnings, port, count);
}

/* Audit mode is for a while: nothing that it lets pass may be forgotten. */
static void warn_modes(struct text *warnings, const json_t *data, unsigned *count)
{
	uint64_t audited = field_number(json_object_get(data, "audited"), "packets");
	uint64_t quarantined = field_number(data, "quarantined");
	char figure[2 * OUTPUT_FIGURE];

	if (audited) {
		text_add(warnings,
			 "since this policy was applied, %s passed in audit mode that would have "
			 "been dropped; see wardgate drops --audited, which counts what was before, "
			 "too\n",
			 output_things(figure, audited, "packet"));
		++*count;
	}
	if (quarantined) {
		text_add(warnings, "%s in quarantine; see wardgate quarantine\n",
			 output_things(figure, quarantined, "device"));
		++*count;
	}
}

/* A rule that has expired may be missed by somebody, or be forgotten in the policy. */
static void warn_expiry(struct text *warnings, const json_t *data, unsigned *count)
{
	const json_t *expiry = json_object_get(data, "expiry");
	uint64_t left = field_number(expiry, "expired") + field_number(expiry, "expiring");
	char figure[2 * OUTPUT_FIGURE];
	size_t i;
	json_t *rule;

	json_array_foreach(json_object_get(expiry, "rules"), i, rule) {
		left--;
		text_add(warnings, "the rule %s %s of the profile %s (%s:%llu) %s %s\n",
			 field_text(rule, "direction"), field_text(rule, "peer"),
			 field_text(rule, "profile"), field_text(rule, "file"),
			 (unsigned long long)field_number(rule, "line"),
			 json_is_true(json_object_get(rule, "expired")) ? "has expired:" : "expires:",
			 field_text(rule, "expires"));
		++*count;
	}
	if (left) {
		text_add(warnings, "%s with `expires`, past or near: see the policy\n",
			 output_things(figure, left, "more rule"));
		++*count;
	}
}

static void warn_daemon(struct text *warnings, const json_t *data, struct realtime now,
			unsigned *count)
{
	const json_t *apply = json_object_get(data, "last_apply");
	const json_t *textfile = json_object_get(data, "textfile");
	uint64_t lost = field_number(json_object_get(data, "events"), "lost");
	char figure[OUTPUT_FIGURE];

	if (json_is_false(json_object_get(apply, "ok"))) {
		text_add(warnings, "the last apply, %s, failed: %s\n",
			 output_age(figure, json_object_get(apply, "time"), now),
			 field_text(apply, "message"));
		++*count;
	}
	if (lost) {
		text_add(warnings,
			 "%s drop events were lost: watch does not show every kind of drop; the "
			 "counters are exact\n",
			 output_count(figure, lost));
		++*count;
	}
	if (json_is_string(json_object_get(json_object_get(data, "audit"), "message"))) {
		text_add(warnings, "%s\n", field_text(json_object_get(data, "audit"), "message"));
		++*count;
	}
	if (json_is_string(json_object_get(textfile, "message"))) {
		text_add(warnings, "the metrics are not exported: %s\n",
			 field_text(textfile, "message"));
		++*count;
	}
}

/* After a restart that could not read the stored policy, what is pinned still runs. */
static bool knows_policy(const json_t *data)
{
	return json_is_string(json_object_get(data, "policy"));
}

static void print_lost(struct output *out, uint64_t generation)
{
	char figure[OUTPUT_FIGURE];

	if (generation)
		fprintf(out->stream,
			"generation %s goes on, but this daemon could not read its policy: see its "
			"log, then `wardgate apply FILE`",
			output_count(figure, generation));
	else
		fputs("no policy: the gateway judges nothing and passes nothing. Inline links are "
		      "closed unless something bridges their NICs, and what is routed is the "
		      "kernel's. Put one in force with `wardgate apply FILE`",
		      out->stream);
}

static void print_headline(struct output *out, const json_t *data, unsigned troubled,
			   unsigned warnings)
{
	size_t links = json_array_size(json_object_get(data, "links"));
	uint64_t generation = field_number(data, "generation");
	bool well = generation && knows_policy(data);
	enum style style = !well || troubled ? STYLE_BAD : warnings ? STYLE_WARNING : STYLE_GOOD;
	char figure[OUTPUT_FIGURE], many[2 * OUTPUT_FIGURE];

	fputs(output_style(out, style), out->stream);
	if (!well) {
		print_lost(out, generation);
	} else {
		const char *mode = field_text(data, "enforcement");

		fprintf(out->stream, "%s generation %s of ",
			!strcmp(mode, "audit")	? "auditing (not enforcing)" :
			!strcmp(mode, "closed") ? "closed, as the policy says:" :
						  "enforcing",
			output_count(figure, generation));
		output_clean(out->stream, field_text(data, "policy"));
		fprintf(out->stream, " on %s: ", output_things(many, links, "link"));
		if (troubled)
			fprintf(out->stream, "%s not working",
				output_things(many, troubled, "port"));
		else
			fputs("all ports attached", out->stream);
		if (warnings > troubled)
			fprintf(out->stream, ", %s",
				output_things(many, warnings - troubled, "warning"));
	}
	fprintf(out->stream, "%s\n", output_style(out, STYLE_PLAIN));
}

static void print_warnings(struct output *out, struct text *text)
{
	char *line, *next = text->bytes;

	while ((line = strsep(&next, "\n")) && *line) {
		fprintf(out->stream, "%swarning:%s ", output_style(out, STYLE_WARNING),
			output_style(out, STYLE_PLAIN));
		output_clean(out->stream, line);
		fputc('\n', out->stream);
	}
}

static void print_policy(struct output *out, const json_t *data)
{
	char one[2 * OUTPUT_FIGURE], two[2 * OUTPUT_FIGURE], three[2 * OUTPUT_FIGURE];
	char most[OUTPUT_FIGURE];

	if (!field_number(data, "generation"))
		return;
	if (knows_policy(data))
		fprintf(out->stream, "policy    %s (of at most %s), %s, %s\n",
			output_things(one, field_number(data, "devices"), "device"),
			output_count(most, field_number(data, "device_capacity")),
			output_things(two, field_number(data, "profiles"), "profile"),
			output_things(three, field_number(data, "rules"), "rule"));
	else
		fputs("policy    not known to this daemon\n", out->stream);
	fprintf(out->stream, "          applied %s, hash %.16s\n",
		output_age(one, json_object_get(data, "applied"), out->now),
		field_text(data, "hash"));
}

static void print_traffic(struct output *out, const json_t *data)
{
	const json_t *passed = json_object_get(data, "passed");
	const json_t *dropped = json_object_get(data, "dropped");
	const json_t *events = json_object_get(data, "events");
	char one[2 * OUTPUT_FIGURE], two[2 * OUTPUT_FIGURE], three[2 * OUTPUT_FIGURE];
	char bytes[OUTPUT_FIGURE];

	fprintf(out->stream, "passed    %s, %s; %s\n",
		output_things(one, field_number(passed, "packets"), "packet"),
		output_bytes(bytes, field_number(passed, "bytes")),
		output_things(two, field_number(data, "flows"), "live flow"));
	fprintf(out->stream, "dropped   %s, %s\n",
		output_things(one, field_number(dropped, "packets"), "packet"),
		output_bytes(bytes, field_number(dropped, "bytes")));
	fprintf(out->stream, "events    %s sent, %s withheld, %s lost; %s\n",
		output_count(one, field_number(events, "sent")),
		output_count(two, field_number(events, "withheld")),
		output_count(bytes, field_number(events, "lost")),
		output_things(three, field_number(data, "watchers"), "watcher"));
}

/* To be noted elsewhere: it shows when the log's end was cut off. */
static void print_audit(struct output *out, const json_t *audit)
{
	char figure[OUTPUT_FIGURE];

	if (json_is_string(json_object_get(audit, "hash")))
		fprintf(out->stream, "audit     last line %s, hash %.16s\n",
			output_count(figure, field_number(audit, "sequence")),
			field_text(audit, "hash"));
}

static void print_daemon(struct output *out, const json_t *data)
{
	const json_t *textfile = json_object_get(data, "textfile");
	char figure[OUTPUT_FIGURE];

	if (json_is_object(textfile)) {
		fputs("metrics   ", out->stream);
		output_clean(out->stream, field_text(textfile, "path"));
		fprintf(out->stream, ", written %s\n",
			output_age(figure, json_object_get(textfile, "exported"), out->now));
	} else {
		fputs("metrics   not exported\n", out->stream);
	}
	print_audit(out, json_object_get(data, "audit"));
	fputs("daemon    version ", out->stream);
	output_clean(out->stream, field_text(data, "version"));
	fprintf(out->stream, ", process %llu, started %s\n",
		(unsigned long long)field_number(data, "pid"),
		output_age(figure, json_object_get(data, "started"), out->now));
}

static void add_vlans(struct table *table, const json_t *vlans)
{
	_cleanup_(text_free) struct text text = { 0 };
	size_t i;
	json_t *vlan;

	json_array_foreach(vlans, i, vlan) {
		if (json_is_string(vlan))
			text_add(&text, "%s%s", i ? "," : "", json_string_value(vlan));
		else
			text_add(&text, "%s%lld", i ? "," : "",
				 (long long)json_integer_value(vlan));
	}
	table_cell(table, "%s", text.bytes ? text.bytes : "any");
}

static void add_port(struct table *table, const json_t *link, const char *side)
{
	const json_t *port = json_object_get(link, side);
	const json_t *passed = json_object_get(port, "passed");
	char figure[OUTPUT_FIGURE];

	table_cell(table, "%s", field_text(link, "name"));
	table_cell(table, "%s", side);
	table_cell(table, "%s", field_text(port, "interface"));
	table_cell(table, "%s", field_text(port, "state"));
	table_cell(table, "%s", field_text(port, "mode"));
	if (json_is_integer(json_object_get(port, "mtu")))
		table_cell(table, "%llu", (unsigned long long)field_number(port, "mtu"));
	else
		table_cell(table, "-");
	table_cell(table, "%s, %s", field_text(link, "forwarding"), field_text(link, "enforcement"));
	add_vlans(table, json_object_get(link, "vlans"));
	table_cell(table, "%s", output_count(figure, field_number(passed, "packets")));
	table_cell(table, "%s", output_bytes(figure, field_number(passed, "bytes")));
	table_cell(table, "%s",
		   output_count(figure, field_number(json_object_get(port, "dropped"), "packets")));
}

/* What does not forward is counted as trouble; what is only slow, as a warning. */
static bool works(const json_t *port)
{
	return !strcmp(field_text(port, "state"), "attached") &&
	       !json_is_false(json_object_get(port, "redirects"));
}

static bool all_works(const json_t *data)
{
	bool all = field_number(data, "generation") && knows_policy(data);
	size_t i;
	json_t *link;

	json_array_foreach(json_object_get(data, "links"), i, link)
		for (size_t side = 0; side < ARRAY_SIZE(sides); side++)
			all &= works(json_object_get(link, sides[side]));
	return all;
}

static void print(struct output *out, const json_t *data)
{
	_cleanup_(table_free) struct table table = { columns, ARRAY_SIZE(columns), { 0 }, false };
	_cleanup_(text_free) struct text text = { 0 };
	unsigned warnings = 0, troubled = 0;
	size_t i, side;
	json_t *link;

	json_array_foreach(json_object_get(data, "links"), i, link) {
		for (side = 0; side < ARRAY_SIZE(sides); side++) {
			const json_t *port = json_object_get(link, sides[side]);

			troubled += !works(port);
			warn_port(&text, link, sides[side], &warnings);
			add_port(&table, link, sides[side]);
		}
	}
	warn_modes(&text, data, &warnings);
	warn_expiry(&text, data, &warnings);
	warn_daemon(&text, data, out->now, &warnings);
	print_headline(out, data, troubled, warnings);
	print_warnings(out, &text);
	fputc('\n', out->stream);
	print_policy(out, data);
	print_traffic(out, data);
	print_daemon(out, data);
	if (table.cells.count) {
		fputc('\n', out->stream);
		table_print(&table, out);
	}
}

int command_status(const struct options *options, struct output *out)
{
	json_t *data = NULL;
	int code = remote_ask(options, PROTOCOL_GET_STATUS, json_object(), out, &data);
	bool well;

	if (code)
		return code;
	well = all_works(data);
	code = output_data(out, data, print);
	return code ? code : well ? EXIT_DONE : EXIT_TROUBLE;
}
