/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/command.h"

static void print(struct output *out, const json_t *data)
{
	fprintf(out->stream, "wardgate %s\n", field_text(data, "version"));
}

int command_version(const struct options *options, struct output *out)
{
	(void)options;
	return output_data(out, json_pack("{s:s}", "version", WARDGATE_VERSION), print);
}
