/* SPDX-License-Identifier: GPL-2.0-only */
/* How many devices and rules come and go with a policy. */
#ifndef WARDGATE_DAEMON_CHANGES_H
#define WARDGATE_DAEMON_CHANGES_H

#include <jansson.h>

#include "base/text.h"
#include "policy/policy.h"

struct changes {
	bool known; /* what ran before */
	size_t devices_before, devices_after, rules_before, rules_after;
	size_t added, removed; /* devices, by their names */
};

/* `before` NULL: not known. 0 or -ENOMEM. */
int changes_find(const struct policy *before, const struct policy *after, struct changes *out);

/* Whether more than half of the devices go: a cut file or a wrong one looks like that. */
bool changes_are_alarming(const struct changes *changes);

/* "398 devices, 31 rules; before 412 devices, of which 14 went" */
void changes_describe(const struct changes *changes, struct text *out);

/* As PROTOCOL_APPLY has it: null when what ran before is not known. */
json_t *changes_json(const struct changes *changes);

#endif
