/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules by themselves. */
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/lint.h"
#include "policy/names.h"

#define DAY 86400u
#define SOON (30 * DAY)

/* So many ports are no longer those of one protocol. */
#define WIDE_RANGE 1024

/* A range of more than this is not meant for one protocol in clear among others. */
#define NARROW_RANGE 16

/*
 * What is sent in clear by nature, by the port that IANA has for it: DICOM PS3.8, HL7 v2 over MLLP,
 * and what is next to them in hospitals. The names are those of the shipped library, too.
 */
static const struct clear_service {
	const char *name, *label;
	enum protocol protocol;
	uint16_t port;
} clear_services[] = {
	{ "dicom", "DICOM", PROTOCOL_TCP, 104 },    { "dicom", "DICOM", PROTOCOL_TCP, 11112 },
	{ "hl7", "HL7", PROTOCOL_TCP, 2575 },	    { "ftp", "FTP", PROTOCOL_TCP, 21 },
	{ "telnet", "Telnet", PROTOCOL_TCP, 23 },   { "http", "HTTP", PROTOCOL_TCP, 80 },
	{ "tftp", "TFTP", PROTOCOL_UDP, 69 },	    { "snmp", "SNMP", PROTOCOL_UDP, 161 },
	{ "snmp-trap", "SNMP", PROTOCOL_UDP, 162 }, { "ldap", "LDAP", PROTOCOL_TCP, 389 },
	{ "syslog", "syslog", PROTOCOL_UDP, 514 },  { "mqtt", "MQTT", PROTOCOL_TCP, 1883 },
	{ "modbus", "Modbus", PROTOCOL_TCP, 502 },  { "bacnet", "BACnet", PROTOCOL_UDP, 47808 },
};

static const struct clear_service *clear_in_range(const struct model_port_range *range)
{
	for (size_t i = 0; i < ARRAY_SIZE(clear_services); i++)
		if (range->last - range->first < NARROW_RANGE &&
		    range->protocol == clear_services[i].protocol &&
		    range->first <= clear_services[i].port && range->last >= clear_services[i].port)
			return &clear_services[i];
	return NULL;
}

/* By a port of its own, or by its name where a site has another port for it. */
static const struct clear_service *clear_in_use(const struct model *model,
						const struct model_service_use *use)
{
	const struct model_service *service = model_service_named(model, use);
	const struct clear_service *found = NULL;

	if (!service)
		return clear_in_range(&use->range);
	for (size_t i = 0; i < ARRAY_SIZE(clear_services); i++)
		if (!strcmp(service->name.text, clear_services[i].name))
			return &clear_services[i];
	for (size_t i = 0; !found && i < service->ranges.count; i++)
		found = clear_in_range(&service->ranges.items[i]);
	return found;
}

/* Of the rows with this label the first. */
static size_t first_row(const struct clear_service *row)
{
	size_t i = 0;

	while (strcmp(clear_services[i].label, row->label) != 0)
		i++;
	return i;
}

/* Once for each protocol of a profile. */
static void lint_clear(struct linter *l, const struct model_profile *profile)
{
	bool said[ARRAY_SIZE(clear_services)] = { false };

	for (size_t r = 0; r < profile->own_rules; r++) {
		const struct model_rule *rule = &profile->rules.items[r];

		for (size_t i = 0; !rule->encryption && i < rule->services.count; i++) {
			const struct model_service_use *use = &rule->services.items[i];
			const struct clear_service *clear = clear_in_use(l->model, use);

			if (!clear || said[first_row(clear)])
				continue;
			said[first_row(clear)] = true;
			lint_warn(l, W_CLEAR, use->word.place,
				  "add `encrypted: required` or `preferred`, or `encrypted: no` if "
				  "that is decided",
				  "%s crosses the gateway in clear", clear->label);
		}
	}
}

/* 0.0.0.0/0 or ::/0, also by halves. */
static bool is_everybody(const struct model_network *network)
{
	for (size_t i = 0; i < network->prefixes.count; i++) {
		const struct model_prefix *prefix = &network->prefixes.items[i];
		bool ipv4 = address_prefix_is_ipv4(prefix->address, prefix->length);

		if (prefix->length <= (ipv4 ? ADDRESS_IPV4_BITS + 1u : 1u))
			return true;
	}
	return false;
}

static bool is_wide(const struct model *model, const struct model_service_use *use)
{
	const struct model_service *service = &model->services.items[use->service];
	const struct model_port_range *ranges = use->in_place ? &use->range : service->ranges.items;
	size_t count = use->in_place ? 1 : service->ranges.count;

	for (size_t i = 0; i < count; i++)
		if (ranges[i].last - ranges[i].first + 1 >= WIDE_RANGE)
			return true;
	return false;
}

static void lint_any(struct linter *l, const struct model_rule *rule)
{
	if (!is_everybody(&l->model->networks.items[rule->network]))
		return;
	for (size_t i = 0; i < rule->services.count; i++) {
		const struct model_service_use *use = &rule->services.items[i];

		if (!is_wide(l->model, use))
			continue;
		lint_warn(l, W_ANY, use->word.place,
			  "name the ports, or the network, that are needed",
			  "the rule %s '%s' allows '%s' with every address", lint_direction(rule),
			  rule->peer.text, use->word.text);
		return;
	}
}

static void lint_expiry(struct linter *l, const struct model_rule *rule)
{
	unsigned days;

	if (!rule->expires_at)
		return;
	if (lint_is_expired(l, rule)) {
		lint_warn(l, W_EXPIRED, rule->expires.place,
			  "remove the rule, or give it a new date",
			  "the rule %s '%s' has expired: it allows nothing", lint_direction(rule),
			  rule->peer.text);
		return;
	}
	if (rule->expires_at - l->now > SOON)
		return;
	days = (unsigned)((rule->expires_at - l->now) / DAY);
	lint_warn(l, W_EXPIRES_SOON, rule->expires.place,
		  "ask its owner whether it is still needed",
		  days ? "the rule %s '%s' expires in %u day%s"
		       : "the rule %s '%s' expires within a day",
		  lint_direction(rule), rule->peer.text, days, days == 1 ? "" : "s");
}

static void lint_hours(struct linter *l, const struct model_rule *rule)
{
	if (rule->windows.count == 1 && !rule->windows.items[0].from &&
	    rule->windows.items[0].to == MODEL_MINUTES_A_WEEK)
		lint_warn(l, W_ALWAYS, rule->hours.place, "leave `hours` out",
			  "these hours are the whole week");
}

int lint_rules(struct linter *l)
{
	for (size_t p = 0; p < l->model->profiles.count; p++) {
		const struct model_profile *profile = &l->model->profiles.items[p];

		lint_clear(l, profile);
		for (size_t r = 0; r < profile->own_rules; r++) {
			lint_any(l, &profile->rules.items[r]);
			lint_expiry(l, &profile->rules.items[r]);
			lint_hours(l, &profile->rules.items[r]);
		}
	}
	return 0;
}
