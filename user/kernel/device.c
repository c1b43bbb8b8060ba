/* SPDX-License-Identifier: GPL-2.0-only */
/* What is kept of a single device, beside its counters: quarantine and leases. */
#include "kernel/handle.h"

#include <errno.h>
#include <string.h>

static bool is_device(const struct kernel *kernel, uint32_t owner)
{
	return owner >= WARD_OWNER_FIRST_DEVICE &&
	       owner - WARD_OWNER_FIRST_DEVICE < kernel->state.meta->device_capacity;
}

int kernel_find_device(const struct kernel *kernel, const char *name, struct device_slot *out)
{
	const struct ward_meta *meta = kernel->state.meta;

	for (uint32_t i = 0; i < meta->device_capacity; i++) {
		const struct ward_slot *slot = &kernel->state.device_slots[i];

		if (slot->use == WARD_SLOT_FREE || strcmp(slot->name, name) != 0)
			continue;
		*out = (struct device_slot){ .owner = WARD_OWNER_FIRST_DEVICE + i,
					     .in_policy = slot->use == WARD_SLOT_USED };
		return 0;
	}
	return -ENOENT;
}

void kernel_quarantine(struct kernel *kernel, uint32_t owner, bool on)
{
	if (is_device(kernel, owner))
		__atomic_store_n(
			&kernel->state.shares[owner - WARD_OWNER_FIRST_DEVICE].bucket.quarantined,
			on, __ATOMIC_SEQ_CST);
}

bool kernel_is_quarantined(const struct kernel *kernel, uint32_t owner)
{
	return is_device(kernel, owner) &&
	       __atomic_load_n(
		       &kernel->state.shares[owner - WARD_OWNER_FIRST_DEVICE].bucket.quarantined,
		       __ATOMIC_RELAXED);
}

bool kernel_is_in_policy(const struct kernel *kernel, uint32_t owner)
{
	return is_device(kernel, owner) &&
	       kernel->state.device_slots[owner - WARD_OWNER_FIRST_DEVICE].use == WARD_SLOT_USED;
}

static bool is_live(const struct ward_lease *lease, uint64_t now)
{
	return (lease->address[0] | lease->address[1] | lease->address[2] | lease->address[3]) &&
	       lease->expires > now;
}

unsigned kernel_leases(const struct kernel *kernel, uint32_t owner,
		       struct device_lease out[KERNEL_LEASES])
{
	uint64_t now = clock_monotonic().ns;
	struct ward_binding binding;
	unsigned count = 0;

	if (!is_device(kernel, owner))
		return 0;
	binding = kernel->state.bindings[owner - WARD_OWNER_FIRST_DEVICE];
	for (int family = 0; family < KERNEL_LEASES; family++) {
		const struct ward_lease *lease = family ? &binding.ipv6 : &binding.ipv4;

		if (!is_live(lease, now))
			continue;
		memcpy(out[count].address, lease->address, sizeof(out[count].address));
		out[count++].expires.ns = lease->expires;
	}
	return count;
}
