/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void log_line(int priority, const char *format, ...)
{
	static const char *const word[] = { [LOG_ERR] = "error: ", [LOG_WARNING] = "warning: " };
	char line[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (getenv("JOURNAL_STREAM"))
		fprintf(stderr, "<%d>%s\n", priority, line);
	else
		fprintf(stderr, "wardgated: %s%s\n", priority <= LOG_WARNING ? word[priority] : "",
			line);
}
