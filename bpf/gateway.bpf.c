// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gateway: one XDP program on every port. README.md in this folder is its specification.
 *
 *	parse -> identify -> state -> allow -> encryption -> limits -> remember -> finish
 *
 * A stage returns a reason, or WARD_CONTINUE when it has not decided. finish() is the only exit.
 */
#include "allow.bpf.h"
#include "arp.bpf.h"
#include "dhcp.bpf.h"
#include "discovery.bpf.h"
#include "ends.bpf.h"
#include "error.bpf.h"
#include "finish.bpf.h"
#include "fragment.bpf.h"
#include "hello.bpf.h"
#include "identify.bpf.h"
#include "limits.bpf.h"
#include "parse.bpf.h"
#include "rate.bpf.h"
#include "state.bpf.h"

static __always_inline bool is_fragment(const struct packet *p)
{
	return p->kind & (IS_FIRST_FRAGMENT | IS_LATER_FRAGMENT);
}

static __always_inline bool is_first_fragment(const struct packet *p)
{
	return has_fragments && p->kind & IS_FIRST_FRAGMENT;
}

/* A first fragment takes its place first: what has none costs no limit. */
static __always_inline int judge_flow(struct xdp_md *ctx, struct packet *p)
{
	int reason = allow(p) ?: encryption(ctx, p);

	if (!reason && is_first_fragment(p))
		reason = take_fragment_place(p);
	return reason ?: limits(p);
}

static __always_inline int judge_packet(struct xdp_md *ctx, struct packet *p)
{
	int reason = state(p);

	if (!reason && is_judging(p))
		reason = judge_flow(ctx, p);
	forget(p);
	if (!reason && is_remembering(p))
		reason = remember(ctx, p);
	if (is_first_fragment(p) && reason >= WARD_FIRST_DROP_REASON)
		return give_up_datagram(p, reason);
	return reason;
}

static __always_inline int judge_end(struct xdp_md *ctx, struct packet *p)
{
	int reason = settled(p) ?: identify(p);

	if (!reason && is_fragment(p) && is_judging(p))
		reason = fragment(p);
	forget(p);
	if (reason)
		return reason;
	return p->kind & IS_ERROR ? icmp_error(ctx, p) : judge_packet(ctx, p);
}

/* No rule says anything of these: only what the policy knows of the device, and of the link. */
static __always_inline int judge_binding(struct xdp_md *ctx, struct packet *p)
{
	if (p->ethertype == ETHERTYPE_ARP)
		return arp(p);
	if (p->kind & IS_DISCOVERY)
		return discovery(ctx, p);
	return p->ethertype == ETHERTYPE_IPV4 ? dhcp(ctx, p) : dhcp6(ctx, p);
}

/* README, 16.2: in routed mode the kernel answers for the gateway, or a relay on it does. */
static __always_inline int for_kernel(const struct packet *p, int reason)
{
	switch (is_routed(p) ? reason : WARD_CONTINUE) {
	case WARD_ARP:
	case WARD_ND:
	case WARD_DHCP:
	case WARD_ARP_TARGET:
	case WARD_ND_TARGET:
		return WARD_HOST;
	}
	return reason;
}

static __always_inline int judge_ip(struct xdp_md *ctx, struct packet *p)
{
	if (has_routed && !begin_step(p))
		return WARD_INTERNAL;
	return judge_end(ctx, p);
}

/*
 * The daemon runs the program once before it attaches it, on a frame with metadata and of no link:
 * no NIC delivers such a one.
 */
static __always_inline bool is_trial(const struct xdp_md *ctx)
{
	return ctx->data_meta < ctx->data;
}

static __always_inline void take_port(struct packet *p, const struct ward_port *port)
{
	p->owner = p->port_owner = port->owner;
	p->target = port->target;
	p->port_flags = port->flags;
	p->link = port->link;
	p->side = p->port_side = port->side;
}

static __always_inline int judge(struct xdp_md *ctx, struct packet *p)
{
	const struct ward_port *port = find_port(p->ifindex);
	int reason;

	if (!port)
		return is_trial(ctx) ? WARD_TRIAL : WARD_NO_LINK;
	take_port(p, port);
	reason = parse(ctx, p);
	no_pointers(p);
	if (reason)
		return reason;
	if (is_routed(p) && !is_for_gateway(p, port))
		return WARD_WRONG_GATEWAY;
	if (p->kind & (IS_DISCOVERY | IS_DHCP)) {
		reason = for_kernel(p, judge_binding(ctx, p));
		no_pointers(p);
		return reason;
	}
	return judge_ip(ctx, p);
}

/* Not static, so that the verifier looks at it once, whoever calls it with whichever step. */
int judge_frame(struct xdp_md *ctx, __u32 step)
{
	struct packet p = {
		.now = coarse_now(),
		.length = bpf_xdp_get_buff_len(ctx),
		.ifindex = ctx->ingress_ifindex,
		.step = step,
	};

	return finish(ctx, &p, judge(ctx, &p));
}

SEC("xdp.frags")
int wardgate(struct xdp_md *ctx)
{
	int verdict = judge_frame(ctx, JUDGE_SENDER);

	if (!has_routed)
		return verdict;
	for (__u32 step = JUDGE_RECEIVER; step < STEPS && verdict == WARD_NEXT_STEP; step++)
		verdict = judge_frame(ctx, step);
	return verdict;
}

char LICENSE[] SEC("license") = "GPL";
