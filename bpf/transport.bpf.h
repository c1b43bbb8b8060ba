/* SPDX-License-Identifier: GPL-2.0-only */
/* The headers of TCP, UDP, SCTP and IGMP: README.md, section 5. */
#ifndef WARDGATE_TRANSPORT_BPF_H
#define WARDGATE_TRANSPORT_BPF_H

#include <linux/tcp.h>
#include <linux/udp.h>

#include "header.bpf.h"

#define DHCP_SERVER 67
#define DHCP_CLIENT 68
#define DHCPV6_CLIENT 546
#define DHCPV6_SERVER 547

#define TCP_FLAGS_OFFSET 13
#define TCP_FLAGS_THAT_SAY_WHAT (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK)

/*
 * What a host of RFC 9293 sends: one of SYN, RST, FIN at most, and an ACK unless it is SYN or RST.
 * A bit for each combination, so that it is one test.
 */
#define TCP_FLAGS_ALLOWED                                                                          \
	(1u << TCP_SYN | 1u << TCP_RST | 1u << TCP_ACK | 1u << (TCP_SYN | TCP_ACK) |               \
	 1u << (TCP_RST | TCP_ACK) | 1u << (TCP_FIN | TCP_ACK))

static __always_inline int parse_tcp(struct xdp_md *ctx, struct packet *p)
{
	const struct tcphdr *tcp = header_at(ctx, p->transport_offset, sizeof(*tcp));
	__u32 left = p->transport_length, header;

	if (left < sizeof(*tcp))
		return cut_off(p, WARD_TRUNCATED);
	if (!tcp)
		return WARD_TRUNCATED;
	set_ports(p, tcp->source, tcp->dest);
	p->tcp_flags = ((const __u8 *)tcp)[TCP_FLAGS_OFFSET];
	p->tcp_sequence = bpf_ntohl(tcp->seq);
	p->tcp_acknowledged = bpf_ntohl(tcp->ack_seq);
	p->tcp_window = bpf_ntohs(tcp->window);
	header = tcp->doff * 4u;
	p->tcp_options = header - sizeof(*tcp);
	p->tcp_payload = left - header;
	if (header > left)
		return cut_off(p, WARD_TCP_MALFORMED);
	if (header < sizeof(*tcp) || !tcp->source || !tcp->dest)
		return WARD_TCP_MALFORMED;
	if (!(TCP_FLAGS_ALLOWED >> (p->tcp_flags & TCP_FLAGS_THAT_SAY_WHAT) & 1))
		return WARD_TCP_FLAGS;
	return WARD_CONTINUE;
}

/* Either way: from a client to a server, or back (RFC 2131, 4.1; RFC 8415, 7.2). */
static __always_inline bool is_between(const struct udphdr *udp, __u16 client, __u16 server)
{
	return (udp->source == bpf_htons(client) && udp->dest == bpf_htons(server)) ||
	       (udp->source == bpf_htons(server) && udp->dest == bpf_htons(client));
}

static __always_inline int parse_udp(struct xdp_md *ctx, struct packet *p)
{
	const struct udphdr *udp = header_at(ctx, p->transport_offset, sizeof(*udp));
	__u32 left = p->transport_length, length;

	if (left < sizeof(*udp))
		return cut_off(p, WARD_TRUNCATED);
	if (!udp)
		return WARD_TRUNCATED;
	set_ports(p, udp->source, udp->dest);
	length = bpf_ntohs(udp->len);
	/* A source port of 0 means "no reply wanted" (RFC 768): nothing here could answer it. */
	if (length < sizeof(*udp) || !udp->source || !udp->dest)
		return WARD_UDP_MALFORMED;
	if (length > left && !(p->kind & IS_FIRST_FRAGMENT))
		return WARD_UDP_MALFORMED;
	if (p->ethertype == ETHERTYPE_IPV4 ? is_between(udp, DHCP_CLIENT, DHCP_SERVER) :
					     is_between(udp, DHCPV6_CLIENT, DHCPV6_SERVER))
		p->kind |= p->kind & IS_FIRST_FRAGMENT ? IS_ERROR : IS_DHCP;
	return WARD_CONTINUE;
}

/* RFC 9260, 3.1 and 3.2: the common header, and the first chunk's. */
struct sctp_header {
	__be16 source, destination;
	__be32 verification_tag, checksum;
	__u8 chunk, chunk_flags;
	__be16 chunk_length;	/* with its header */
};

enum sctp_chunk {
	SCTP_INIT = 1,
	SCTP_INIT_ACK = 2,
	SCTP_ABORT = 6,
	SCTP_SHUTDOWN = 7,
	SCTP_SHUTDOWN_ACK = 8,
};

#define SCTP_CHUNK_HEADER 4

/* The first chunk tells what the packet is to the association; in TCP's words. */
static __always_inline __u8 tcp_flags_of_chunk(__u8 chunk)
{
	switch (chunk) {
	case SCTP_INIT:
		return TCP_SYN;
	case SCTP_INIT_ACK:
		return TCP_SYN | TCP_ACK;
	case SCTP_ABORT:
		return TCP_RST | TCP_ACK;
	case SCTP_SHUTDOWN:
	case SCTP_SHUTDOWN_ACK:
		return TCP_FIN | TCP_ACK;
	}
	return TCP_ACK;
}

static __always_inline int parse_sctp(struct xdp_md *ctx, struct packet *p)
{
	const struct sctp_header *sctp = header_at(ctx, p->transport_offset, sizeof(*sctp));

	if (p->transport_length < sizeof(*sctp))
		return cut_off(p, WARD_SCTP_MALFORMED);
	if (!sctp)
		return WARD_TRUNCATED;
	set_ports(p, sctp->source, sctp->destination);
	p->tcp_flags = tcp_flags_of_chunk(sctp->chunk);
	/* RFC 9260, 8.5.1: an INIT, and nothing else, has the verification tag 0. */
	if (!sctp->source || !sctp->destination ||
	    bpf_ntohs(sctp->chunk_length) < SCTP_CHUNK_HEADER ||
	    (sctp->chunk == SCTP_INIT) != !sctp->verification_tag)
		return WARD_SCTP_MALFORMED;
	return WARD_CONTINUE;
}

#define IGMP_LENGTH 8	/* the shortest (RFC 9776, 4) */

static __always_inline int parse_igmp(struct xdp_md *ctx, struct packet *p)
{
	const __u8 *type = header_at(ctx, p->transport_offset, IGMP_LENGTH);

	if (p->transport_length < IGMP_LENGTH)
		return cut_off(p, WARD_IGMP_MALFORMED);
	if (!type)
		return WARD_TRUNCATED;
	p->type = *type;
	p->kind |= IS_ONE_WAY;
	return WARD_CONTINUE;
}

#endif
