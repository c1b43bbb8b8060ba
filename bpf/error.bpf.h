/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ICMP errors (RFC 792; RFC 4443, 3; RFC 5508, 4): one passes when it is about a live flow, and
 * changes nothing of it: RFC 5927 tells what forged ones do. parse() has read the ends of the
 * packet that the error is about, and has held them against the addresses of the error itself.
 */
#ifndef WARDGATE_ERROR_BPF_H
#define WARDGATE_ERROR_BPF_H

#include "identify.bpf.h"
#include "rate.bpf.h"
#include "place.bpf.h"
#include "time.bpf.h"

/* Offset of the source in the IP header. */
#define IPV4_SOURCE 12
#define IPV6_SOURCE 8

/* Any router may send an error from the IT side, but not with a device's address. */
static __always_inline bool is_from_device(struct xdp_md *ctx, const struct packet *p)
{
	union address source = mapped(0);
	long err;

	if (p->ethertype == ETHERTYPE_IPV4)
		err = bpf_xdp_load_bytes(ctx, p->network_offset + IPV4_SOURCE, &source.word[3], 4);
	else
		err = bpf_xdp_load_bytes(ctx, p->network_offset + IPV6_SOURCE, &source, 16);
	return err || owner_of_address(p, &source);
}

static __noinline int icmp_error(struct xdp_md *ctx, struct packet *p)
{
	const struct ward_flow *f;

	if (!p->share)
		return WARD_INTERNAL;
	p->ends = ends_of(p);
	f = find_flow(p);
	if (!f || f->generation != generation || p->is_quarantined || is_over(f) ||
	    (p->side == WARD_IT && !is_second_judgement(p) && is_from_device(ctx, p)))
		return WARD_ICMP_ERROR;
	return rate(p) ?: WARD_ICMP_ERROR_PASS;
}

#endif
