/* SPDX-License-Identifier: GPL-2.0-only */
/* Builds the device table: every device in one of two buckets, each a cache line of two. */
#ifndef WARDGATE_KERNEL_CUCKOO_H
#define WARDGATE_KERNEL_CUCKOO_H

#include <stddef.h>
#include <stdint.h>

#include "wardgate/policy_maps.h"

struct cuckoo {
	struct ward_device_bucket *buckets;	/* owned */
	uint32_t count;				/* a power of two */
	uint64_t seed;
};

/* Places all devices; each one is then found in one or two reads. 0 or -ENOMEM. */
int cuckoo_build(const struct ward_device *devices, size_t count, struct cuckoo *out);
void cuckoo_free(struct cuckoo *cuckoo);

/* As the program looks it up. NULL when it is not there. */
const struct ward_device *cuckoo_find(const struct cuckoo *cuckoo, const __be32 address[4],
				      uint16_t vlan, uint16_t link);

#endif
