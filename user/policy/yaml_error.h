/* SPDX-License-Identifier: GPL-2.0-only */
/* What libyaml says of broken YAML, in the words of someone who edits a policy. */
#ifndef WARDGATE_POLICY_YAML_ERROR_H
#define WARDGATE_POLICY_YAML_ERROR_H

#include <yaml.h>

#include "policy/diag.h"
#include "policy/source.h"

/* Reports why the parser stopped. -EINVAL, or -ENOMEM. */
int yaml_error(const struct source *source, const yaml_parser_t *yaml, struct diags *diags);

#endif
