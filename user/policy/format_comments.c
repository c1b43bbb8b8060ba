/* SPDX-License-Identifier: GPL-2.0-only */
/* libyaml skips comments without a word, so they are looked for here. */
#include <errno.h>
#include <string.h>

#include "policy/format.h"

/* Where in the line at hand a comment begins, or its length. `quote`: what is open, or 0. */
static size_t find_comment(const char *line, size_t length, char *quote)
{
	for (size_t i = 0; i < length; i++) {
		char before = i ? line[i - 1] : ' ';

		if (*quote == '"' && line[i] == '\\')
			i++;
		else if (*quote == '\'' && line[i] == '\'' && i + 1 < length && line[i + 1] == '\'')
			i++;
		else if (*quote == line[i])
			*quote = 0;
		else if (!*quote && line[i] == '#' && strchr(" \t", before))
			return i;
		else if (!*quote && strchr("\"'", line[i]) && strchr(" \t[{,:", before))
			*quote = line[i];
	}
	return length;
}

int format_comments(const struct source *source, comments *out)
{
	char quote = 0;

	for (size_t n = 1; n <= source->line_count; n++) {
		size_t length, blank, at;
		const char *line = source_line(source, n, &length);
		struct comment *comment;

		while (length && strchr(" \t\r", line[length - 1]))
			length--;
		for (blank = 0; blank < length && strchr(" \t", line[blank]); blank++)
			;
		at = find_comment(line, length, &quote);
		if (at == length && (length || quote))
			continue;
		comment = vec_add(out);
		if (!comment)
			return -ENOMEM;
		*comment = (struct comment){ line + at, length - at, (uint32_t)n, at == blank };
	}
	return 0;
}
