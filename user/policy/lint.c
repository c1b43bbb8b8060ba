/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/lint.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/own.h"
#include "policy/policy.h"

/* Warnings of one kind that are printed one by one; the rest is counted. */
#define SHOWN 10

bool lint_warn(struct linter *l, enum code code, struct place place, const char *hint,
	       const char *format, ...)
{
	char message[512];
	va_list args;

	if (l->found[code]++ >= SHOWN) {
		l->last[code] = place;
		return false;
	}
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	diag_warning(l->diags, code, place, hint, "%s", message);
	return true;
}

const char *lint_direction(const struct model_rule *rule)
{
	return rule->opener == WARD_CLINICAL ? "to" : "from";
}

bool lint_is_expired(const struct linter *l, const struct model_rule *rule)
{
	return rule->expires_at && rule->expires_at <= l->now;
}

static void report_rest(struct linter *l)
{
	for (enum code code = 0; code < CODES; code++)
		if (l->found[code] > SHOWN)
			diag_warning(l->diags, code, l->last[code], NULL,
				     "%zu more like these: %s; this is the last",
				     l->found[code] - SHOWN, codes[code].title);
}

int policy_lint(const struct model *model, struct realtime now, struct diags *diags)
{
	struct linter l = { .model = model, .diags = diags, .now = now.ns / 1000000000u };
	int err = lint_shadows(&l) ?: lint_rules(&l) ?: lint_devices(&l);

	report_rest(&l);
	return err ?: diags->failed ? -ENOMEM : 0;
}
