// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each stage costs: the gateway's own stages, in their order, up to one of them. Its maps are
 * those of a gateway that runs. Only for inline links, and packets of flows: nothing else has all
 * stages.
 */
#include "gateway.bpf.c"

const volatile __u32 until;

/* After so many stages: see stages.c. The program ends here, and the verifier knows. */
#define STAGE(n)                         \
	do {                             \
		if (until == (n))        \
			return XDP_DROP; \
	} while (0)

SEC("xdp.frags")
int stages(struct xdp_md *ctx)
{
	struct packet p = {
		.now = coarse_now(),
		.length = bpf_xdp_get_buff_len(ctx),
		.ifindex = ctx->ingress_ifindex,
	};
	const struct ward_port *port;

	STAGE(0);
	port = find_port(p.ifindex);
	if (!port)
		return XDP_ABORTED;
	take_port(&p, port);
	if (parse(ctx, &p))
		return XDP_ABORTED;
	no_pointers(&p);
	STAGE(1);
	if (identify(&p))
		return XDP_ABORTED;
	STAGE(2);
	if (state(&p))
		return XDP_ABORTED;
	STAGE(3);
	if (allow(&p))
		return XDP_ABORTED;
	STAGE(4);
	if (limits(&p))
		return XDP_ABORTED;
	STAGE(5);
	return finish(ctx, &p, remember(ctx, &p));
}
