// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the frames of the benchmark, for bpf_prog_test_run with BPF_F_TEST_XDP_LIVE_FRAMES. The
 * kernel hands the same pages out again and again, changed by whoever had them: so the whole header
 * is written each time.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bench.h"

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 devices = 1;
const volatile __u16 vlan;		/* 0: no tag */
const volatile bool from_peer;		/* the answer's direction */
const volatile bool in_turn;		/* each device once and again, not at random */
const volatile bool routed;		/* a router stands between: frames go to its MAC */
const volatile __u16 header_sum;	/* of the IP header's fields that are always the same */

__u64 seed = 88172645463325252ULL;
__u32 turn;

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} out SEC(".maps");

struct tag {
	__be16 tci, protocol;
};

struct packet {
	struct iphdr ip;
	struct udphdr udp;
};

/* Marsaglia's xorshift64, then a multiplication instead of a division. 1 to `devices`. */
static __always_inline __u32 next_device(void)
{
	if (in_turn) {
		turn = turn < devices ? turn + 1 : 1;
		return turn;
	}
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (__u32)(((seed >> 32) * devices) >> 32) + 1;
}

static __always_inline void write_macs(struct ethhdr *eth, __u32 device)
{
	const __u8 peer[ETH_ALEN] = BENCH_PEER_MAC, router[ETH_ALEN] = BENCH_ROUTER_MAC;
	__u8 *of_device = from_peer ? eth->h_dest : eth->h_source;
	__u8 *of_peer = from_peer ? eth->h_source : eth->h_dest;

	__builtin_memcpy(of_peer, peer, sizeof(peer));
	if (from_peer && routed) {
		__builtin_memcpy(of_device, router, sizeof(router));
		return;
	}
	*(__be16 *)of_device = bpf_htons(BENCH_DEVICE_OUI);
	*(__be16 *)(of_device + 2) = bpf_htons(device >> 16);
	*(__be16 *)(of_device + 4) = bpf_htons(device & 0xffff);
}

/* RFC 1071: only the device's address varies. */
static __always_inline __u16 header_checksum(__u32 address)
{
	__u32 sum = header_sum + (address >> 16) + (address & 0xffff);

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static __always_inline void write_packet(struct packet *p, __u32 device)
{
	const __be32 local = bpf_htonl(BENCH_NETWORK + device);

	p->ip = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.tot_len = bpf_htons(BENCH_FRAME - sizeof(struct ethhdr)),
		.ttl = 64,
		.protocol = 17,
		.check = bpf_htons(header_checksum(BENCH_NETWORK + device)),
		.saddr = from_peer ? bpf_htonl(BENCH_PEER) : local,
		.daddr = from_peer ? local : bpf_htonl(BENCH_PEER),
	};
	p->udp = (struct udphdr){
		.source = bpf_htons(from_peer ? BENCH_PEER_PORT : BENCH_DEVICE_PORT),
		.dest = bpf_htons(from_peer ? BENCH_DEVICE_PORT : BENCH_PEER_PORT),
		.len = bpf_htons(BENCH_FRAME - sizeof(struct ethhdr) - sizeof(struct iphdr)),
	};
}

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const __u32 device = next_device();
	struct ethhdr *eth = data;
	struct packet *p = data + sizeof(*eth) + (vlan ? sizeof(struct tag) : 0);
	struct tag *tag = data + sizeof(*eth);

	if ((void *)(p + 1) > end || (void *)(tag + 1) > end)
		return XDP_ABORTED;
	write_macs(eth, device);
	eth->h_proto = bpf_htons(vlan ? ETH_P_8021Q : ETH_P_IP);
	if (vlan)
		*tag = (struct tag){ bpf_htons(vlan), bpf_htons(ETH_P_IP) };
	write_packet(p, device);
	return bpf_redirect_map(&out, 0, 0);
}
