// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gateway: one XDP program on every port.
 *
 *	parse -> identify -> state -> allow -> rate -> remember -> finish
 *
 * A stage returns a reason, or WARD_CONTINUE when it has not decided. finish() is the only exit.
 */
#include "allow.bpf.h"
#include "finish.bpf.h"
#include "parse.bpf.h"
#include "rate.bpf.h"

static __always_inline int judge_ipv4(struct packet *p)
{
	int reason = state(p) ?: allow(p) ?: rate(p);

	return reason ?: remember(p);
}

/*
 * The daemon runs the program once before it attaches it, on a frame with metadata and of no link:
 * no NIC delivers such a one.
 */
static __always_inline bool is_trial(const struct xdp_md *ctx)
{
	return ctx->data_meta < ctx->data;
}

static __always_inline int judge(struct xdp_md *ctx, struct packet *p)
{
	int reason;

	p->port = find_port(p->ifindex);
	if (!p->port)
		return is_trial(ctx) ? WARD_TRIAL : WARD_NO_LINK;
	p->owner = p->port->owner;
	p->side = p->port->side;
	reason = parse(ctx, p);
	if (reason)
		return reason;
	reason = identify(p);
	if (reason == WARD_ARP)
		return rate(p) ?: WARD_ARP;
	return reason ?: judge_ipv4(p);
}

SEC("xdp")
int wardgate(struct xdp_md *ctx)
{
	struct packet p = {
		.now = bpf_ktime_get_coarse_ns(),
		.length = ctx->data_end - ctx->data,
		.ifindex = ctx->ingress_ifindex,
	};

	return finish(&p, judge(ctx, &p));
}

char LICENSE[] SEC("license") = "GPL";
