/* SPDX-License-Identifier: GPL-2.0-only */
/* An error as a value: one sentence for the operator, made where the cause is known. */
#ifndef WARDGATE_BASE_ERROR_H
#define WARDGATE_BASE_ERROR_H

struct error {
	char text[512];
};

/*
 * Writes the sentence and returns the (negative) errno given, so that a failure is one line:
 *	return error_set(error, -EINVAL, "port %s does not exist", name);
 * A text that is too long is cut.
 */
__attribute__((format(printf, 3, 4))) int error_set(struct error *error, int code,
						    const char *format, ...);

#endif
