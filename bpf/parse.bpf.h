/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the headers. What is not understood to the last field is refused, with its own reason. */
#ifndef WARDGATE_PARSE_BPF_H
#define WARDGATE_PARSE_BPF_H

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>

#include "packet.bpf.h"

struct vlan_tag {
	__be16 tci;
	__be16 ethertype;
};

/* <linux/icmp.h> and <linux/if_arp.h> need the C library. */
#define ICMP_ECHO_REPLY 0
#define ICMP_ECHO_REQUEST 8

/* RFC 792, echo and echo reply. */
struct icmp_echo {
	__u8 type, code;
	__be16 checksum;
	__be16 id, sequence;
};

#define ARP_HARDWARE_ETHERNET 1
#define ARP_REQUEST 1
#define ARP_REPLY 2
#define ARP_PADDING 32

/* RFC 826, for Ethernet and IPv4. */
struct arp_ipv4 {
	__be16 hardware, protocol;
	__u8 hardware_length, protocol_length;
	__be16 operation;
	__u8 sender_mac[6];
	__be32 sender;
	__u8 target_mac[6];
	__be32 target;
} __attribute__((packed));

/* Where the next header starts, and where the frame ends. */
struct cursor {
	void *at;
	void *end;
};

static __always_inline void *take(struct cursor *c, __u32 size)
{
	void *header = c->at;

	if (header + size > c->end)
		return NULL;
	c->at = header + size;
	return header;
}

static __always_inline int parse_ethernet(struct cursor *c, struct packet *p)
{
	struct ethhdr *eth = take(c, sizeof(*eth));
	struct vlan_tag *tag;

	if (!eth)
		return WARD_TRUNCATED;
	p->source_mac = mac_of(eth->h_source);
	p->destination_mac = mac_of(eth->h_dest);
	p->ethertype = bpf_ntohs(eth->h_proto);
	if (p->ethertype == ETHERTYPE_8021Q) {
		tag = take(c, sizeof(*tag));
		if (!tag)
			return WARD_TRUNCATED;
		p->vlan = bpf_ntohs(tag->tci) & 0xfff;
		p->ethertype = bpf_ntohs(tag->ethertype);
		if (p->vlan == 0 || p->vlan == 0xfff)
			return WARD_VLAN_ID;
	}
	if (p->ethertype == ETHERTYPE_8021Q || p->ethertype == ETHERTYPE_8021AD)
		return WARD_STACKED_VLAN;
	if (eth->h_source[0] & 1 || !p->source_mac)
		return WARD_SOURCE_MAC;
	return WARD_CONTINUE;
}

static __always_inline int parse_arp(struct cursor *c, struct packet *p)
{
	struct arp_ipv4 *arp = take(c, sizeof(*arp));
	__u16 operation;

	if (!arp)
		return WARD_TRUNCATED;
	operation = bpf_ntohs(arp->operation);
	if (arp->hardware != bpf_htons(ARP_HARDWARE_ETHERNET) ||
	    arp->protocol != bpf_htons(ETHERTYPE_IPV4) ||
	    arp->hardware_length != 6 || arp->protocol_length != 4 ||
	    (operation != ARP_REQUEST && operation != ARP_REPLY))
		return WARD_ARP_MALFORMED;
	p->source = arp->sender;
	p->destination = arp->target;
	p->has_addresses = true;
	/* Only the padding to the shortest frame may follow: ARP carries no data. */
	if (c->at + ARP_PADDING < c->end)
		return WARD_ARP_MALFORMED;
	p->is_reply = operation == ARP_REPLY;
	if (mac_of(arp->sender_mac) != p->source_mac)
		return WARD_ARP_SPOOF;
	return WARD_CONTINUE;
}

static __always_inline int parse_tcp(struct cursor *c, struct packet *p, __u32 left)
{
	struct tcphdr *tcp = take(c, sizeof(*tcp));
	__u8 flags;

	if (!tcp)
		return WARD_TRUNCATED;
	p->source_port = tcp->source;
	p->destination_port = tcp->dest;
	p->tcp_flags = flags = ((__u8 *)tcp)[13];
	if (left < sizeof(*tcp) || tcp->doff < 5 || tcp->doff * 4u > left || !tcp->source ||
	    !tcp->dest)
		return WARD_TCP_MALFORMED;
	/*
	 * No state of RFC 9293 sends these: one of SYN, RST, FIN at most; without SYN or RST, an
	 * ACK.
	 */
	if ((flags & TCP_SYN && flags & (TCP_FIN | TCP_RST)) ||
	    (flags & TCP_RST && flags & TCP_FIN) || !(flags & (TCP_SYN | TCP_RST | TCP_ACK)))
		return WARD_TCP_FLAGS;
	return WARD_CONTINUE;
}

static __always_inline int parse_udp(struct cursor *c, struct packet *p, __u32 left)
{
	struct udphdr *udp = take(c, sizeof(*udp));
	__u16 length;

	if (!udp)
		return WARD_TRUNCATED;
	p->source_port = udp->source;
	p->destination_port = udp->dest;
	length = bpf_ntohs(udp->len);
	/*
	 * A source port of 0 means "no reply wanted" (RFC 768); nothing here could ever answer it.
	 */
	if (length < sizeof(*udp) || length > left || !udp->source || !udp->dest)
		return WARD_UDP_MALFORMED;
	return WARD_CONTINUE;
}

static __always_inline int parse_icmp(struct cursor *c, struct packet *p, __u32 left)
{
	struct icmp_echo *icmp = take(c, sizeof(*icmp));

	if (!icmp)
		return WARD_TRUNCATED;
	if (left < sizeof(*icmp) || icmp->code ||
	    (icmp->type != ICMP_ECHO_REQUEST && icmp->type != ICMP_ECHO_REPLY))
		return WARD_ICMP_TYPE;
	p->is_reply = icmp->type == ICMP_ECHO_REPLY;
	p->source_port = p->destination_port = icmp->id;
	return WARD_CONTINUE;
}

static __always_inline int parse_ipv4(struct cursor *c, struct packet *p)
{
	struct iphdr *ip = take(c, sizeof(*ip));
	__u32 total;

	if (!ip)
		return WARD_TRUNCATED;
	total = bpf_ntohs(ip->tot_len);
	if (ip->version != 4 || ip->ihl < 5 || total < ip->ihl * 4u)
		return WARD_IPV4_MALFORMED;
	p->source = ip->saddr;
	p->destination = ip->daddr;
	p->protocol = ip->protocol;
	p->has_addresses = true;
	if ((void *)ip + total > c->end)
		return WARD_TRUNCATED;
	if (ip->ihl > 5)
		return WARD_IPV4_OPTIONS;
	/* The reserved bit is an evil bit (RFC 3514) at best: only "don't fragment" may be set. */
	if (ip->frag_off & bpf_htons(0xbfff))
		return WARD_FRAGMENT;
	if (!is_host_address(ip->saddr) || !is_host_address(ip->daddr) || ip->saddr == ip->daddr)
		return WARD_ADDRESS;
	switch (ip->protocol) {
	case PROTOCOL_TCP:
		return parse_tcp(c, p, total - sizeof(*ip));
	case PROTOCOL_UDP:
		return parse_udp(c, p, total - sizeof(*ip));
	case PROTOCOL_ICMP:
		return parse_icmp(c, p, total - sizeof(*ip));
	}
	return WARD_PROTOCOL;
}

static __always_inline int parse(struct xdp_md *ctx, struct packet *p)
{
	struct cursor c = { (void *)(long)ctx->data, (void *)(long)ctx->data_end };
	int reason = parse_ethernet(&c, p);

	if (reason)
		return reason;
	switch (p->ethertype) {
	case ETHERTYPE_IPV4:
		return parse_ipv4(&c, p);
	case ETHERTYPE_ARP:
		return parse_arp(&c, p);
	case ETHERTYPE_IPV6:
		return WARD_IPV6;
	}
	return p->ethertype < ETHERTYPE_LOWEST ? WARD_LLC : WARD_ETHERTYPE;
}

#endif
