// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes each frame anew (the kernel recycles the pages of a live test run), and counts arrivals.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "load.h"

char LICENSE[] SEC("license") = "GPL";

__u64 turn;
__u64 sent[2], received[2], others;

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} out SEC(".maps");

struct frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed));

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	struct frame *f = (void *)(long)ctx->data;
	__u32 forbidden = turn & 1, device = (turn >> 1) % LOAD_DEVICES + 1;

	if ((void *)(f + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	turn++;
	sent[forbidden]++;
	*f = (struct frame){
		.eth = {
			.h_dest = { 0x02, 0x02, 0, 0, 0, 1 },
			.h_source = { 0x02, 0x01, 0, 0, 0, device },
			.h_proto = bpf_htons(ETH_P_IP),
		},
		.ip = {
			.version = 4,
			.ihl = 5,
			.tot_len = bpf_htons(LOAD_FRAME - sizeof(struct ethhdr)),
			.ttl = 64,
			.protocol = 17,
			.saddr = bpf_htonl(LOAD_NETWORK + device),
			.daddr = bpf_htonl(LOAD_PEER),
		},
		.udp = {
			.source = bpf_htons(40000),
			.dest = bpf_htons(forbidden ? LOAD_FORBIDDEN : LOAD_ALLOWED),
			.len = bpf_htons(LOAD_FRAME - sizeof(struct ethhdr) - sizeof(struct iphdr)),
		},
	};
	return bpf_redirect_map(&out, 0, 0);
}

SEC("xdp")
int sink(struct xdp_md *ctx)
{
	struct frame *f = (void *)(long)ctx->data;

	if ((void *)(f + 1) > (void *)(long)ctx->data_end ||
	    f->eth.h_proto != bpf_htons(ETH_P_IP) ||
	    f->udp.source != bpf_htons(40000))
		__sync_fetch_and_add(&others, 1);
	else
		__sync_fetch_and_add(&received[f->udp.dest != bpf_htons(LOAD_ALLOWED)], 1);
	return XDP_DROP;
}

/* Makes the veth of the generator's side take frames that are redirected to its peer. */
SEC("xdp")
int pass(struct xdp_md *ctx)
{
	return ctx->data_end ? XDP_PASS : XDP_ABORTED;
}
