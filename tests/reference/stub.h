/* SPDX-License-Identifier: GPL-2.0-only */
/* In place of the real gateway: a second reference, with a fault that the test puts in. */
#ifndef WARDGATE_REFERENCE_STUB_H
#define WARDGATE_REFERENCE_STUB_H

#include "real.h"

/* Called with every verdict of the stub; NULL: it is without fault. */
extern void (*stub_fault)(const struct ref_frame *frame, struct ref_verdict *verdict);

#endif
