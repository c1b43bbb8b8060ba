// SPDX-License-Identifier: GPL-2.0-only
/* The end of the road: counts and drops. Only one CPU runs it, see bench.c. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

__u64 received;

SEC("xdp")
int sink(struct xdp_md *ctx)
{
	(void)ctx;
	received++;
	return XDP_DROP;
}
