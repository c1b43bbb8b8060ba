/* SPDX-License-Identifier: GPL-2.0-only */
/* DHCPv6 (RFC 8415), and what it has in common with DHCP. */
#ifndef WARDGATE_DHCP6_BPF_H
#define WARDGATE_DHCP6_BPF_H

#include "admit.bpf.h"
#include "ipv6.bpf.h"
#include "transport.bpf.h"

#define UDP_HEADER 8
#define UDP_LENGTH 4	/* its offset */

#define DHCP_PATIENCE (60 * SECOND)	/* for an answer */
#define DHCP_INFINITY 0xffffffff	/* RFC 2131, 3.3; RFC 8415, 7.7 */
#define TEN_YEARS (3650 * 86400u)	/* s */

/* RFC 8415, 7.3: messages of clients as bits, and those of servers. */
#define DHCP6_OF_CLIENTS                                                                           \
	(1 << 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 8 | 1 << 9 | 1 << 11)
#define DHCP6_ADVERTISE 2
#define DHCP6_REPLY 7

#define DHCP6_HEADER 4
#define DHCP6_TRANSACTION 0x00ffffff	/* of the header's four bytes; the first is the type */

/* RFC 8415, 21.4 and 21.6. */
#define DHCP6_IA_NA 3
#define DHCP6_IA_NA_FIXED 12	/* before the options inside */
#define DHCP6_IAADDR 5
#define DHCP6_MAX_OPTIONS 16	/* are read */
#define DHCP6_MAX_INNER 8	/* in each IA_NA */
#define DHCP6_STEPS (DHCP6_MAX_OPTIONS * (1 + DHCP6_MAX_INNER))

struct dhcp6_option {
	__be16 code;
	__be16 length;
};

#define DHCP6_IAADDR_FIXED 24	/* address, preferred and valid lifetime in seconds */
#define DHCP6_IAADDR_VALID 20

/* The address that a REPLY gives, returned as one number. */
union dhcp6_given {
	struct {
		__u32 at;	/* of the address, from the start of the frame; 0: there is none */
		__u32 valid;	/* lifetime, s; 0: it is withdrawn */
	};
	__u64 word;
};

/* Options as they are read, one in each step: of the message, and inside an IA_NA. */
struct dhcp6_walk {
	struct xdp_md *ctx;
	__u32 at;
	__u32 end;
	__u32 inner_end;	/* of the IA_NA that is being read; 0: none */
	__u16 left;		/* options still to be read */
	__u16 inner_left;
	union dhcp6_given given;
};

/* Where the payload ends, by the UDP length, of which parse() has seen that the frame holds it. */
static __always_inline __u32 udp_end(struct xdp_md *ctx, const struct packet *p)
{
	__be16 length;

	if (bpf_xdp_load_bytes(ctx, p->transport_offset + UDP_LENGTH, &length, sizeof(length)))
		return 0;
	return p->transport_offset + bpf_ntohs(length);
}

static __always_inline void expect_answer(const struct packet *p, struct ward_binding *binding,
					  struct ward_lease *lease, __u32 transaction)
{
	binding->mac = p->source_mac;
	*(volatile __u32 *)&lease->transaction = transaction;
	__sync_lock_test_and_set(&lease->asked_until, p->now + DHCP_PATIENCE);
}

static __always_inline bool is_awaited(const struct ward_lease *lease, __u32 transaction, __u64 now)
{
	return *(volatile __u64 *)&lease->asked_until > now &&
	       *(volatile __u32 *)&lease->transaction == transaction;
}

/* The policy gives the address to someone else here, and policy comes before leases. */
static __always_inline bool is_of_another(const struct packet *p, const union address *address)
{
	const struct ward_device *device = find_bound(address, place_of(p));

	return device && device->owner != p->owner;
}

/* It is the server's fault, not the device's: the port is charged. */
static __always_inline int refuse_lease(struct packet *p)
{
	p->is_device = 0;
	p->owner = p->port_owner;
	return WARD_SPOOFED_ADDRESS;
}

/*
 * The answer is taken once. If it is no longer awaited, another CPU has just taken one, or the
 * device has asked again in this very moment: then that answer counts.
 */
static __always_inline void take_answer(const struct packet *p, struct ward_lease *lease,
					const union address *address, __u32 seconds)
{
	__u64 until = *(volatile __u64 *)&lease->asked_until;

	if (seconds == DHCP_INFINITY)
		seconds = TEN_YEARS;
	if (until && __sync_val_compare_and_swap(&lease->asked_until, until, 0) == until)
		give_lease(p, lease, address, p->now + seconds * SECOND);
}

/* A lifetime above 0 ends the walk: that is the lease. Returns 1 then, as bpf_loop() wants it. */
static __always_inline long read_iaaddr(struct dhcp6_walk *w)
{
	__u32 at = w->at + sizeof(struct dhcp6_option);
	__be32 valid;

	if (bpf_xdp_load_bytes(w->ctx, at + DHCP6_IAADDR_VALID, &valid, sizeof(valid)))
		return 1;
	w->given.at = at;
	w->given.valid = bpf_ntohl(valid);
	return valid ? 1 : 0;
}

/* What does not fit ends the walk that it is part of. Returns 1 when that is the message's. */
static __always_inline long leave_association(struct dhcp6_walk *w)
{
	if (!w->inner_end)
		return 1;
	w->at = w->inner_end;
	w->inner_end = 0;
	return 0;
}

static __always_inline bool may_read_more(struct dhcp6_walk *w)
{
	if (w->inner_end && (w->at >= w->inner_end || !w->inner_left))
		leave_association(w);
	if (w->inner_end) {
		w->inner_left--;
		return true;
	}
	return w->at < w->end && w->left--;
}

static long read_dhcp6_option(__u32 index, struct dhcp6_walk *w)
{
	struct dhcp6_option option;
	__u32 end, length;

	(void)index;
	if (!may_read_more(w) || bpf_xdp_load_bytes(w->ctx, w->at, &option, sizeof(option)))
		return 1;
	length = bpf_ntohs(option.length);
	end = w->at + sizeof(option) + length;
	if (end > (w->inner_end ?: w->end))
		return leave_association(w);
	if (!w->inner_end && option.code == bpf_htons(DHCP6_IA_NA) && length >= DHCP6_IA_NA_FIXED) {
		w->at += sizeof(option) + DHCP6_IA_NA_FIXED;
		w->inner_end = end;
		w->inner_left = DHCP6_MAX_INNER;
		return 0;
	}
	if (w->inner_end && option.code == bpf_htons(DHCP6_IAADDR) &&
	    length >= DHCP6_IAADDR_FIXED && read_iaaddr(w))
		return 1;
	w->at = end;
	return 0;
}

__noinline __u64 read_dhcp6_options(struct xdp_md *ctx, __u32 start, __u32 end)
{
	struct dhcp6_walk w = {
		.ctx = ctx, .at = start + DHCP6_HEADER, .end = end, .left = DHCP6_MAX_OPTIONS
	};

	bpf_loop(DHCP6_STEPS, read_dhcp6_option, &w, 0);
	return w.given.word;
}

/* ff02::1:2, or one server (RFC 8415, 7.1 and 18.4). */
static __always_inline bool is_to_servers(const union address *a)
{
	return (a->word[0] & bpf_htonl(0xff000000)) != bpf_htonl(0xff000000) ||
	       (a->word[0] == bpf_htonl(0xff020000) && !a->word[1] && !a->word[2] &&
		a->word[3] == bpf_htonl(0x00010002));
}

/* Type and transaction, in host order; 0, which is no type, when they are cut off. */
static __always_inline __u32 read_dhcp6(struct xdp_md *ctx, const struct packet *p)
{
	__u32 start = p->transport_offset + UDP_HEADER;
	__be32 head;

	if (udp_end(ctx, p) < start + DHCP6_HEADER ||
	    bpf_xdp_load_bytes(ctx, start, &head, sizeof(head)))
		return 0;
	return bpf_ntohl(head);
}

static __always_inline int judge_dhcp6_of_device(struct xdp_md *ctx, struct packet *p)
{
	struct ward_binding *binding;
	__u32 head;
	int reason;

	if (!is_to_servers(&p->peer))
		return WARD_DHCP_MALFORMED;
	reason = accept_sender(p, &p->local, WARD_SPOOFED_ADDRESS);
	if (reason)
		return reason;
	head = read_dhcp6(ctx, p);
	if (head >> 24 > 11 || !(DHCP6_OF_CLIENTS >> (head >> 24) & 1))
		return WARD_DHCP_MALFORMED;
	reason = admit(p);
	if (reason)
		return reason;
	binding = find_binding(p->owner);
	if (!binding)
		return WARD_INTERNAL;
	expect_answer(p, binding, &binding->ipv6, bpf_htonl(head & DHCP6_TRANSACTION));
	return WARD_DHCP;
}

/* A REPLY gives the first address with a lifetime; one that has only addresses without ends it. */
static __always_inline int judge_dhcp6_reply(struct xdp_md *ctx, struct packet *p,
					     struct ward_lease *lease)
{
	const struct ward_device *device = find_mac(p->device_mac);
	union address address = {};
	union dhcp6_given given;
	int reason;

	given.word = read_dhcp6_options(ctx, p->transport_offset + UDP_HEADER, udp_end(ctx, p));
	if (given.at && bpf_xdp_load_bytes(ctx, given.at, &address, sizeof(address)))
		return WARD_DHCP_MALFORMED;
	if (given.valid && is_of_another(p, &address))
		return refuse_lease(p);
	reason = admit(p);
	if (reason)
		return reason;
	if (!given.at || !device || !may_lease(device, &address))
		return WARD_DHCP;
	if (!given.valid)
		end_lease(lease, p->owner);
	else if (is_ipv6_unicast(&address))
		take_answer(p, lease, &address, given.valid);
	return WARD_DHCP;
}

static __always_inline int judge_dhcp6_of_server(struct xdp_md *ctx, struct packet *p)
{
	struct ward_binding *binding;
	__u32 head;
	int reason;

	if (!(uses_of_address(p, &p->peer) & WARD_ADDRESS_DHCP))
		return WARD_DHCP_SERVER;
	reason = accept_destination(p);
	if (reason)
		return reason;
	head = read_dhcp6(ctx, p);
	if (head >> 24 != DHCP6_ADVERTISE && head >> 24 != DHCP6_REPLY)
		return WARD_DHCP_MALFORMED;
	binding = find_binding(p->owner);
	if (!binding || !is_awaited(&binding->ipv6, bpf_htonl(head & DHCP6_TRANSACTION), p->now))
		return WARD_DHCP_UNSOLICITED;
	if (head >> 24 == DHCP6_REPLY)
		return judge_dhcp6_reply(ctx, p, &binding->ipv6);
	return admit(p) ?: WARD_DHCP;
}

/* Judged by no rule: parse() found the ports of a client and a server. */
__noinline int dhcp6(struct xdp_md *ctx, struct packet *p)
{
	bool is_clinical, is_client;

	if (!p)
		return WARD_INTERNAL;
	is_clinical = p->side == WARD_CLINICAL;
	is_client = (is_clinical ? p->local_port : p->peer_port) == bpf_htons(DHCPV6_CLIENT);
	if (is_client)
		return is_clinical ? judge_dhcp6_of_device(ctx, p) : WARD_UNSOLICITED;
	return is_clinical ? WARD_DHCP_SERVER : judge_dhcp6_of_server(ctx, p);
}

#endif
