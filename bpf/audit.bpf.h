/* SPDX-License-Identifier: GPL-2.0-only */
/* Audit mode: what the policy does not allow passes, and is counted and reported all the same. */
#ifndef WARDGATE_AUDIT_BPF_H
#define WARDGATE_AUDIT_BPF_H

#include "event.bpf.h"
#include "identify.bpf.h"

static __always_inline bool is_hard(int reason)
{
#define X(name) | (WARD_##name < 64 ? 1ull << (WARD_##name & 63) : 0)
	const __u64 low = 0 WARD_HARD_REASONS(X);
#undef X
#define X(name) | (WARD_##name >= 64 ? 1ull << (WARD_##name & 63) : 0)
	const __u64 high = 0 WARD_HARD_REASONS(X);
#undef X

	return (reason < 64 ? low : high) >> (reason & 63) & 1;
}

/*
 * A hundred ways lead to a drop, each with a reason of its own. The verifier would follow every one
 * to the end of the program; what is read back from a byte it does not know.
 */
static __always_inline int forget_which(struct packet *p, int reason)
{
	volatile __u8 *byte = &p->refused;

	*byte = reason;
	return *byte;
}

/*
 * A device is charged for what it sends even when the packet was refused before it was identified.
 */
static __always_inline void attribute(struct packet *p)
{
	const struct ward_device *device;

	/* A group is a device of the policy, but sends nothing. */
	if (!p->port_owner || p->side != WARD_CLINICAL || p->owner != p->port_owner ||
	    p->source_mac & 1)
		return;
	device = find_mac(p->source_mac);
	if (device && device->link == p->link)
		p->owner = device->owner;
}

/* Also when it was refused before it was identified. */
static __always_inline bool is_in_quarantine(const struct packet *p)
{
	const struct ward_share *share;

	if (p->is_quarantined || p->owner < WARD_OWNER_FIRST_DEVICE)
		return p->is_quarantined;
	share = find_share(p);
	return !share || share->bucket.quarantined;
}

/* The mode is the device's, once it is known who it is. */
static __always_inline bool has_audit_mode(const struct packet *p)
{
	const struct ward_profile *profile;

	if (!p->is_device)
		return p->port_flags & WARD_PORT_AUDIT;
	profile = bpf_map_lookup_elem(&profiles, &p->own_profile);
	return profile && profile->enforcement == WARD_MODE_AUDIT;
}

/*
 * True when what is to be dropped passes after all. Between two devices both may be in audit mode:
 * what is wrong first is what counts.
 */
static __always_inline bool excuse(struct packet *p, int reason)
{
	/* Whose mode: of whom it was known before it is charged by its MAC. */
	bool is_audited = !is_hard(reason) && has_audit_mode(p);

	attribute(p);
	/* A device in quarantine is never audited. Asked last: few are in audit mode at all. */
	if (!is_audited || is_in_quarantine(p))
		return false;
	if (!p->audited) {
		p->audited = reason;
		p->audit_owner = p->owner;
	}
	return true;
}

static __always_inline void count_audit(const struct packet *p)
{
	__u32 slot = p->audited - WARD_FIRST_DROP_REASON;
	struct ward_audits *a = bpf_map_lookup_elem(&audits, &p->audit_owner);
	struct ward_drops *d = bpf_map_lookup_elem(&drops, &p->audit_owner);

	if (!a || !d || slot >= WARD_DROP_SLOTS)
		return;
	announce(p, d, p->audited, __sync_fetch_and_add(&a->packets[slot], 1) + 1);
}

#endif
