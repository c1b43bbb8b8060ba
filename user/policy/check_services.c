/* SPDX-License-Identifier: GPL-2.0-only */
/* Services of the library that one rule cannot make work: their protocols open more than they name.
 */
#include <string.h>

#include "base/own.h"
#include "policy/check_devices.h"

static const struct half_service {
	const char *name;
	enum protocol protocol;
	bool turned; /* the other end opens the rest */
	const char *message;
	const char *hint[WARD_SIDES]; /* by who opens the service */
} half_services[] = {
	{ "ftp",
	  PROTOCOL_TCP,
	  false,
	  "the service 'ftp' is its control connection only",
	  { "its data connections use other ports: name the server's passive range, as in "
	    "tcp/50000-50100",
	    "its data connections use other ports: name the device's passive range, as in "
	    "tcp/50000-50100" } },
	{ "tftp",
	  PROTOCOL_UDP,
	  true,
	  "the service 'tftp' is the first packet of a transfer only",
	  { "the server answers from another port (RFC 1350): add a rule `from` it with the "
	    "device's udp ports",
	    "the device answers from another port (RFC 1350): add a rule `to` the client with its "
	    "udp ports" } },
};

static const struct half_service *half_service(const struct checker *c,
					       const struct model_service_use *use)
{
	const struct model_service *service = model_service_named(c->model, use);

	if (!service || !service->builtin)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(half_services); i++)
		if (!strcmp(half_services[i].name, use->word.text))
			return &half_services[i];
	return NULL;
}

/* What the site has named itself may be the rest; what the library names is something else. */
static bool names_ports(const struct checker *c, const struct model_rule *rule,
			enum protocol protocol)
{
	for (size_t s = 0; s < rule->services.count; s++) {
		const struct model_service_use *use = &rule->services.items[s];
		const struct model_service *service = model_service_named(c->model, use);

		if (!service && use->range.protocol == protocol)
			return true;
		for (size_t r = 0; service && !service->builtin && r < service->ranges.count; r++)
			if (service->ranges.items[r].protocol == protocol)
				return true;
	}
	return false;
}

static bool has_rest(const struct checker *c, const struct model_profile *profile,
		     const struct model_rule *rule, const struct half_service *half)
{
	for (size_t r = 0; r < profile->rules.count; r++) {
		const struct model_rule *other = &profile->rules.items[r];

		if (other->network != rule->network ||
		    (half->turned && other->opener == rule->opener))
			continue;
		if (names_ports(c, other, half->protocol))
			return true;
	}
	return false;
}

static void check_rule(struct checker *c, const struct model_profile *profile,
		       const struct model_rule *rule)
{
	for (size_t s = 0; s < rule->services.count; s++) {
		const struct model_service_use *use = &rule->services.items[s];
		const struct half_service *half = half_service(c, use);

		if (half && !has_rest(c, profile, rule, half))
			diag_warning(c->diags, W_HALF_SERVICE, use->word.place,
				     half->hint[rule->opener], "%s", half->message);
	}
}

void check_half_services(struct checker *c)
{
	for (size_t p = 0; p < c->model->profiles.count; p++)
		for (size_t r = 0; r < c->model->profiles.items[p].rules.count; r++)
			check_rule(c, &c->model->profiles.items[p],
				   &c->model->profiles.items[p].rules.items[r]);
}
