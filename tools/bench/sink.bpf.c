// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of the road: counts and drops, but for the packets by which latency is measured, which go
 * to the host. Only one CPU counts, see bench.c.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#include "bench.h"

char LICENSE[] SEC("license") = "GPL";

const volatile bool spares_latency;
const volatile __u32 length;	/* of the benchmark's frames; kernels send others of their own */

__u64 received;

static __always_inline bool is_latency(const struct xdp_md *ctx)
{
	const struct udphdr *udp = (void *)(long)ctx->data + ETH_HLEN + sizeof(struct iphdr);
	const __be16 port = bpf_htons(BENCH_LATENCY_PORT);

	return (void *)(udp + 1) <= (void *)(long)ctx->data_end &&
	       (udp->dest == port || udp->source == port);
}

SEC("xdp")
int sink(struct xdp_md *ctx)
{
	if (spares_latency && is_latency(ctx))
		return XDP_PASS;
	if (ctx->data_end - ctx->data == length)
		received++;
	return XDP_DROP;
}
