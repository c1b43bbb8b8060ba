/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of reasons, for user space. */
#ifndef WARDGATE_DAEMON_REASONS_H
#define WARDGATE_DAEMON_REASONS_H

#include "wardgate/reasons.h"

struct reason_text {
	const char *label, *sentence, *advice;
};

/* By number; a number that is not in use has a NULL label. */
static const struct reason_text reason_texts[WARD_REASON_SLOTS] = {
#define X(number, name, label, sentence, advice) [number] = { label, sentence, advice },
	WARD_REASONS(X)
#undef X
};

#endif
