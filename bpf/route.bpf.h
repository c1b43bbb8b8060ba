/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Routed mode: the kernel's own routes and neighbours say where a packet goes. What a router must
 * answer itself, or cannot send at once, is the kernel's: it gets the frame as it came.
 */
#ifndef WARDGATE_ROUTE_BPF_H
#define WARDGATE_ROUTE_BPF_H

#include <linux/ip.h>
#include <linux/ipv6.h>

#include "rewrite.bpf.h"

/* <sys/socket.h> needs the C library. */
#define AF_INET 2
#define AF_INET6 10

#define FLOWINFO_MASK bpf_htonl(0x0fffffff)	/* traffic class and flow label (RFC 8200, 3) */

/* What of a packet its route depends on. */
struct traveller {
	__u64 receiver_mac;	/* of the device that it is for; 0: it is for nobody's device */
	__u32 ifindex;
	__u16 vlan;
	__u16 ethertype;	/* ETHERTYPE_IPV4 or ETHERTYPE_IPV6 */
	__be16 source_port;
	__be16 destination_port;
	__u8 network_offset;
	__u8 protocol;
	__u8 tags;
	__u8 zero;
};

/* Frames for the gateway, or for a group that it may belong to; others only a hub brings here. */
static __always_inline bool is_for_gateway(const struct packet *p,
					   const struct ward_port *port)
{
	return p->destination_mac & 1 || p->destination_mac == mac_of(port->mac);
}

/* No stage of parse() allows a larger offset; the verifier wants to see it. */
static __always_inline void *network_header(const struct xdp_md *ctx, const struct traveller *t)
{
	__u64 offset = t->network_offset;

	asm volatile("%0 &= 31" : "+r"(offset));
	return (void *)(long)ctx->data + offset;
}

/* False when the packet ends its way here: RFC 1812, 5.3.1; RFC 8200, 3. */
static __always_inline bool describe_ipv4(const struct xdp_md *ctx, const struct traveller *t,
					  struct bpf_fib_lookup *fib)
{
	const struct iphdr *ip = network_header(ctx, t);

	if ((void *)(ip + 1) > (void *)(long)ctx->data_end)
		return false;
	fib->family = AF_INET;
	fib->tos = ip->tos;
	fib->tot_len = bpf_ntohs(ip->tot_len);
	fib->ipv4_src = ip->saddr;
	fib->ipv4_dst = ip->daddr;
	return ip->ttl > 1;
}

static __always_inline bool describe_ipv6(const struct xdp_md *ctx, const struct traveller *t,
					  struct bpf_fib_lookup *fib)
{
	const struct ipv6hdr *ip = network_header(ctx, t);

	if ((void *)(ip + 1) > (void *)(long)ctx->data_end)
		return false;
	fib->family = AF_INET6;
	fib->flowinfo = *(const __be32 *)ip & FLOWINFO_MASK;
	fib->tot_len = bpf_ntohs(ip->payload_len) + sizeof(*ip);
	__builtin_memcpy(fib->ipv6_src, &ip->saddr, sizeof(fib->ipv6_src));
	__builtin_memcpy(fib->ipv6_dst, &ip->daddr, sizeof(fib->ipv6_dst));
	/* RFC 4291, 2.5.6: a link-local source does not leave its link; the kernel says so. */
	return ip->hop_limit > 1 &&
	       (fib->ipv6_src[0] & bpf_htonl(0xffc00000)) != bpf_htonl(0xfe800000);
}

/* XDP_REDIRECT: the way is known. */
static __always_inline int find_route(struct xdp_md *ctx, const struct traveller *t,
				      struct bpf_fib_lookup *fib)
{
	struct ward_route_in key = { .ifindex = t->ifindex, .vlan = t->vlan };
	const __u32 *interface = bpf_map_lookup_elem(&route_in, &key);

	if (!interface)
		return -WARD_NO_ROUTE;
	fib->ifindex = *interface;
	switch (bpf_fib_lookup(ctx, fib, sizeof(*fib), 0)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
		return XDP_REDIRECT;
	case BPF_FIB_LKUP_RET_NOT_FWDED:	/* for the gateway itself, or no route at all */
	case BPF_FIB_LKUP_RET_UNSUPP_LWT:
	case BPF_FIB_LKUP_RET_NO_NEIGH:
	case BPF_FIB_LKUP_RET_FRAG_NEEDED:
		return XDP_PASS;
	}
	return -WARD_NO_ROUTE;
}

/* RFC 1624, equation 3: the header's checksum after its TTL, in a high byte, went down by one. */
static __always_inline void count_hop_ipv4(struct iphdr *ip)
{
	__u32 check = ip->check + bpf_htons(0x0100);

	ip->check = check + (check >= 0xffff);
	ip->ttl--;
}

static __always_inline bool count_hop(const struct xdp_md *ctx, const struct traveller *t)
{
	void *header = network_header(ctx, t);
	struct ipv6hdr *ip = header;

	if (header + sizeof(struct iphdr) > (void *)(long)ctx->data_end)
		return false;
	if (t->ethertype == ETHERTYPE_IPV6)
		ip->hop_limit--;
	else
		count_hop_ipv4(header);
	return true;
}

/* As mac_of() does, of a place that is aligned to two bytes only. */
static __always_inline __u64 mac_in_halves(const __u8 *bytes)
{
	const __u16 *half = (const __u16 *)bytes;

	return half[0] | (__u64)half[1] << 16 | (__u64)half[2] << 32;
}

static __always_inline int leave_by_route(struct xdp_md *ctx, const struct traveller *t,
					  struct bpf_fib_lookup *fib)
{
	struct ethernet to = { .destination = mac_in_halves(fib->dmac),
			       .source = mac_in_halves(fib->smac),
			       .ethertype = t->ethertype, .tags = t->tags & 3 };
	const struct ward_route_out *out;
	__u32 interface = fib->ifindex;

	out = bpf_map_lookup_elem(&route_out, &interface);
	if (!out)
		return -WARD_NO_ROUTE;
	if (t->receiver_mac && t->receiver_mac != to.destination)
		return -WARD_NEIGHBOUR;
	to.vlan = out->vlan;
	if (!count_hop(ctx, t) || !write_ethernet(ctx, &to))
		return -WARD_INTERNAL;
	return leave_by(out->target);
}

/* Not static, so that the verifier looks at it once, and not for each way that leads to it. */
int travel(struct xdp_md *ctx, struct traveller *t)
{
	__u32 zero = 0;
	struct turn *turn = bpf_map_lookup_elem(&turns, &zero);
	struct bpf_fib_lookup *fib;
	bool is_forwarded;
	int verdict;

	if (!t || !turn)
		return -WARD_INTERNAL;
	fib = &turn->fib;
	__builtin_memset(fib, 0, sizeof(*fib));
	fib->l4_protocol = t->protocol;
	fib->sport = t->source_port;
	fib->dport = t->destination_port;
	is_forwarded = t->ethertype == ETHERTYPE_IPV6 ? describe_ipv6(ctx, t, fib) :
							describe_ipv4(ctx, t, fib);
	if (!is_forwarded)
		return XDP_PASS;
	verdict = find_route(ctx, t, fib);
	return verdict == XDP_REDIRECT ? leave_by_route(ctx, t, fib) : verdict;
}

/* Of the device that it is for. */
static __always_inline __u64 receiver_mac(const struct packet *p)
{
	return p->side == WARD_IT || p->has_turns ? p->device_mac : 0;
}

static __noinline int route(struct xdp_md *ctx, const struct packet *p)
{
	bool is_sent_by_local = p->side == WARD_CLINICAL;
	struct traveller t = {
		.receiver_mac = receiver_mac(p),
		.ifindex = p->ifindex,
		.vlan = p->vlan,
		.ethertype = p->ethertype,
		.network_offset = p->network_offset,
		.protocol = p->protocol,
		.tags = p->has_tags,
	};

	if (p->kind & IS_DISCOVERY || p->ethertype == ETHERTYPE_ARP)
		return XDP_PASS;
	/* In audit mode: nothing but IP has a route. */
	if (!p->is_ip)
		return -(p->audited ?: WARD_ETHERTYPE);
	/* RFC 1812, 5.3.4: what came to a group of the link is not routed. */
	if (p->destination_mac & 1)
		return XDP_PASS;
	/* Of an error they are those of the packet it is about. */
	if (!(p->kind & IS_ERROR)) {
		t.source_port = is_sent_by_local ? p->local_port : p->peer_port;
		t.destination_port = is_sent_by_local ? p->peer_port : p->local_port;
	}
	return travel(ctx, &t);
}

#endif
