// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the frames of the benchmark, for bpf_prog_test_run with BPF_F_TEST_XDP_LIVE_FRAMES. The
 * kernel hands the same pages out again and again, changed by whoever had them: so the whole header
 * is written each time.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bench.h"

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 devices = 1;
const volatile __u16 vlan;		/* 0: no tag */
const volatile bool ipv6;
const volatile bool from_peer;		/* the answer's direction */
const volatile bool in_turn;		/* each device once and again, not at random */
const volatile bool routed;		/* a router stands between: frames go to its MAC */
const volatile bool new_flows;		/* each frame has another port */
const volatile __u16 peer_port = BENCH_PEER_PORT;
const volatile __u16 fixed_sum;		/* of what the checksum covers and is always the same */

__u64 seed = 88172645463325252ULL;
__u32 turn;
__u16 next_port;

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} out SEC(".maps");

struct tag {
	__be16 tci, protocol;
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

/* RFC 1071: of the fixed part, and of what varies. */
static __always_inline __u16 checksum(__u32 a, __u32 b)
{
	__u32 sum = fixed_sum + (a >> 16) + (a & 0xffff) + (b >> 16) + (b & 0xffff);

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static __always_inline void write_udp(struct udphdr *udp, __u16 length, __u16 device_port)
{
	*udp = (struct udphdr){
		.source = bpf_htons(from_peer ? peer_port : device_port),
		.dest = bpf_htons(from_peer ? device_port : peer_port),
		.len = bpf_htons(length),
	};
}

static __always_inline bool write_ipv4(void *at, void *end, __u32 device, __u16 device_port)
{
	const __be32 local = bpf_htonl(BENCH_NETWORK + device);
	struct iphdr *ip = at;
	struct udphdr *udp = at + sizeof(*ip);

	if ((void *)(udp + 1) > end)
		return false;
	*ip = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.tot_len = bpf_htons(BENCH_FRAME - sizeof(struct ethhdr)),
		.ttl = 64,
		.protocol = 17,
		.check = bpf_htons(checksum(BENCH_NETWORK + device, 0)),
		.saddr = from_peer ? bpf_htonl(BENCH_PEER) : local,
		.daddr = from_peer ? local : bpf_htonl(BENCH_PEER),
	};
	write_udp(udp, BENCH_FRAME - sizeof(struct ethhdr) - sizeof(*ip), device_port);
	return true;
}

static __always_inline bool write_ipv6(void *at, void *end, __u32 device, __u16 device_port)
{
	struct ipv6hdr *ip = at;
	struct udphdr *udp = at + sizeof(*ip);
	struct in6_addr *local, *peer;

	if ((void *)(udp + 1) > end)
		return false;
	*ip = (struct ipv6hdr){
		.version = 6,
		.payload_len = bpf_htons(sizeof(*udp)),
		.nexthdr = 17,
		.hop_limit = 64,
	};
	local = from_peer ? &ip->daddr : &ip->saddr;
	peer = from_peer ? &ip->saddr : &ip->daddr;
	local->s6_addr32[0] = peer->s6_addr32[0] = bpf_htonl(BENCH_PREFIX);
	local->s6_addr32[1] = bpf_htonl(BENCH_DEVICES_SUBNET);
	local->s6_addr32[3] = bpf_htonl(device);
	peer->s6_addr32[1] = bpf_htonl(BENCH_PEER_SUBNET);
	peer->s6_addr32[3] = bpf_htonl(BENCH_PEER_NUMBER);
	write_udp(udp, sizeof(*udp), device_port);
	udp->check = bpf_htons(checksum(device, device_port));
	return true;
}

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const __u32 device = next_device();
	struct ethhdr *eth = data;
	void *network = data + sizeof(*eth) + (vlan ? sizeof(struct tag) : 0);
	const __u16 ethertype = ipv6 ? ETH_P_IPV6 : ETH_P_IP;
	struct tag *tag = data + sizeof(*eth);
	__u16 port = BENCH_DEVICE_PORT;

	if (new_flows)
		port += next_port++ % BENCH_NEW_FLOW_PORTS;
	if ((void *)(tag + 1) > end)
		return XDP_ABORTED;
	write_macs(eth, device);
	eth->h_proto = bpf_htons(vlan ? ETH_P_8021Q : ethertype);
	if (vlan)
		*tag = (struct tag){ bpf_htons(vlan), bpf_htons(ethertype) };
	if (!(ipv6 ? write_ipv6(network, end, device, port) :
		     write_ipv4(network, end, device, port)))
		return XDP_ABORTED;
	return bpf_redirect_map(&out, 0, 0);
}
