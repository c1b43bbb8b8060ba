/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A large policy, always the same for the same numbers: areas of departments, profiles that reach
 * them by several services, and devices in VLANs.
 */
#ifndef WARDGATE_BENCH_HOSPITAL_H
#define WARDGATE_BENCH_HOSPITAL_H

#include <stdbool.h>

#define HOSPITAL_PROFILES 100

struct hospital {
	unsigned int devices;
	unsigned int entries;	/* about as many after compiling */
	bool changed;		/* the device in the middle has another address */
};

void hospital_print(const struct hospital *hospital);

#endif
