/* SPDX-License-Identifier: GPL-2.0-only */
/* What a device sends or gets that no rule judges: ARP, discovery, DHCP. It is under its limits. */
#ifndef WARDGATE_ADMIT_BPF_H
#define WARDGATE_ADMIT_BPF_H

#include "identify.bpf.h"
#include "rate.bpf.h"

__noinline int admit(struct packet *p)
{
	struct ward_share *share;

	if (!p)
		return WARD_INTERNAL;
	share = find_share(p);
	if (!share)
		return WARD_INTERNAL;
	note_quarantine(p, share);
	return rate_of(p, share);
}

#endif
