// SPDX-License-Identifier: GPL-2.0-only
/* The floor: frames go from one port to the other, unread; or they are counted and dropped. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 first_ifindex;
const volatile __u32 drops;

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} dropped SEC(".maps");

SEC("xdp")
int redirect(struct xdp_md *ctx)
{
	__u32 zero = 0;
	__u64 *count;

	if (!drops)
		return bpf_redirect_map(&ports, ctx->ingress_ifindex == first_ifindex, 0);
	count = bpf_map_lookup_elem(&dropped, &zero);
	if (count)
		++*count;
	return XDP_DROP;
}
