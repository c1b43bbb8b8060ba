/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DHCP (RFC 2131): devices ask in their own name, only listed servers answer, and only what was
 * asked. What a server gives to a device is the device's address from then on.
 */
#ifndef WARDGATE_DHCP_BPF_H
#define WARDGATE_DHCP_BPF_H

#include "dhcp6.bpf.h"

#define DHCP_REQUEST 1	/* op */
#define DHCP_REPLY 2
#define DHCP_ETHERNET 1
#define DHCP_FIXED 236
#define DHCP_COOKIE 0x63825363
#define DHCP_OPTIONS 240	/* where they start */
#define DHCP_MAX_OPTIONS 32	/* are read */

/* RFC 2132, 2, 9.2 and 9.6. */
#define DHCP_OPTION_PAD 0
#define DHCP_OPTION_LEASE_TIME 51
#define DHCP_OPTION_TYPE 53
#define DHCP_OPTION_END 255
#define DHCP_ACK 5
#define DHCP_NAK 6

/* RFC 2131, 2: offsets in the message, and how it starts. */
#define DHCP_TRANSACTION 4
#define DHCP_YOUR_ADDRESS 16
#define DHCP_CLIENT_HARDWARE 28

struct dhcp_head {
	__u8 op, hardware, hardware_length, hops;
};

/* What the options say, returned as one number. */
union dhcp_options {
	struct {
		__u32 lease_time;	/* s, when there is one */
		__u8 type;		/* of the message; 0: not said */
		__u8 has_lease_time;
		__u16 zero;
	};
	__u64 word;
};

_Static_assert(sizeof(union dhcp_options) == 8, "it is returned as one number");

/* Options as they are read, one in each step. */
struct dhcp_walk {
	struct xdp_md *ctx;
	__u32 at;
	__u32 end;
	union dhcp_options said;
};

static __always_inline __u32 dhcp_start(const struct packet *p)
{
	return p->transport_offset + UDP_HEADER;
}

/* The client's MAC; 0 when the message is not what it should be. */
__noinline __u64 read_dhcp(struct xdp_md *ctx, __u32 start, __u32 end, __u32 op)
{
	struct dhcp_head head;
	__be32 cookie;
	__u64 mac = 0;

	if (end < start + DHCP_OPTIONS ||
	    bpf_xdp_load_bytes(ctx, start, &head, sizeof(head)) ||
	    bpf_xdp_load_bytes(ctx, start + DHCP_CLIENT_HARDWARE, &mac, 6) ||
	    bpf_xdp_load_bytes(ctx, start + DHCP_FIXED, &cookie, sizeof(cookie)) ||
	    cookie != bpf_htonl(DHCP_COOKIE) || head.op != op || head.hardware != DHCP_ETHERNET ||
	    head.hardware_length != 6)
		return 0;
	return mac;
}

/* The last of each counts. A step returns 1 to end the walk, as bpf_loop() wants it. */
static long read_dhcp_option(__u32 index, struct dhcp_walk *w)
{
	__u8 head[2] = {}, type;
	__be32 seconds;

	(void)index;
	if (w->at >= w->end || bpf_xdp_load_bytes(w->ctx, w->at, head, 1) ||
	    head[0] == DHCP_OPTION_END)
		return 1;
	if (head[0] == DHCP_OPTION_PAD) {
		w->at++;
		return 0;
	}
	if (w->at + 2 > w->end || bpf_xdp_load_bytes(w->ctx, w->at, head, 2) ||
	    w->at + 2 + head[1] > w->end)
		return 1;
	if (head[0] == DHCP_OPTION_TYPE && head[1] == 1) {
		if (bpf_xdp_load_bytes(w->ctx, w->at + 2, &type, 1))
			return 1;
		w->said.type = type;
	}
	if (head[0] == DHCP_OPTION_LEASE_TIME && head[1] == 4) {
		if (bpf_xdp_load_bytes(w->ctx, w->at + 2, &seconds, 4))
			return 1;
		w->said.lease_time = bpf_ntohl(seconds);
		w->said.has_lease_time = 1;
	}
	w->at += 2 + head[1];
	return 0;
}

__noinline __u64 read_dhcp_options(struct xdp_md *ctx, __u32 start, __u32 end)
{
	struct dhcp_walk w = { .ctx = ctx, .at = start + DHCP_OPTIONS, .end = end };

	bpf_loop(DHCP_MAX_OPTIONS, read_dhcp_option, &w, 0);
	return w.said.word;
}

static __always_inline __be32 read_dhcp_word(struct xdp_md *ctx, const struct packet *p, __u32 at)
{
	__be32 word;

	return bpf_xdp_load_bytes(ctx, dhcp_start(p) + at, &word, sizeof(word)) ? 0 : word;
}

/* 0.0.0.0, or an address of the device that it is. */
static __always_inline bool may_ask_from_here(const struct packet *p)
{
	return !p->local.word[3] || owner_of_address(p, &p->local) == p->owner;
}

static __always_inline int judge_dhcp_of_device(struct xdp_md *ctx, struct packet *p)
{
	struct ward_binding *binding;
	__u64 client = read_dhcp(ctx, dhcp_start(p), udp_end(ctx, p), DHCP_REQUEST);
	int reason;

	if (!client)
		return WARD_DHCP_MALFORMED;
	if (client != p->source_mac)
		return WARD_DHCP_CLIENT;
	reason = accept_nameless(p);
	if (reason && reason != WARD_CLOSED)
		return reason;
	if (!may_ask_from_here(p)) {
		p->is_device = 0;
		return WARD_SPOOFED_ADDRESS;
	}
	reason = reason ?: admit(p);
	if (reason)
		return reason;
	binding = find_binding(p->owner);
	if (!binding)
		return WARD_INTERNAL;
	expect_answer(p, binding, &binding->ipv4, read_dhcp_word(ctx, p, DHCP_TRANSACTION));
	return WARD_DHCP;
}

/* The device that asked, if this is for it and what it asked for. */
static __always_inline int accept_answered(struct packet *p, __u64 client, __be32 transaction)
{
	const struct ward_device *device = find_mac(client);
	const struct ward_binding *binding;

	/* A group is a device of the policy, but asks for nothing. */
	if (client & 1 || !device || !is_at(device, p->vlan << 8 | p->link))
		return WARD_UNKNOWN_DEVICE;
	p->owner = device->owner;
	if (p->destination_mac != MAC_BROADCAST && p->destination_mac != client)
		return WARD_DESTINATION_MAC;
	binding = find_binding(p->owner);
	if (!binding || !is_awaited(&binding->ipv4, transaction, p->now))
		return WARD_DHCP_UNSOLICITED;
	return accept_device(p, device, WARD_LEASED_IPV4);
}

/* A lease, or its end. Whatever else the server says is the device's own business. */
static __always_inline void apply_dhcp(struct packet *p, union dhcp_options said,
				       const union address *yours)
{
	const struct ward_device *device = find_mac(p->device_mac);
	struct ward_binding *binding = find_binding(p->owner);

	if (!binding || !device || !may_lease(device, yours))
		return;
	if (said.type == DHCP_NAK)
		end_lease(&binding->ipv4, p->owner);
	/* An answer to INFORM has no lease time (RFC 2131, 4.3.5). */
	else if (said.type == DHCP_ACK && said.has_lease_time && is_host_address(yours->word[3]))
		take_answer(p, &binding->ipv4, yours, said.lease_time);
}

static __always_inline int judge_dhcp_of_server(struct xdp_md *ctx, struct packet *p)
{
	union dhcp_options said;
	union address yours;
	__u64 client;
	int reason;

	if (!(uses_of_address(p, &p->peer) & WARD_ADDRESS_DHCP))
		return WARD_DHCP_SERVER;
	client = read_dhcp(ctx, dhcp_start(p), udp_end(ctx, p), DHCP_REPLY);
	if (!client)
		return WARD_DHCP_MALFORMED;
	reason = accept_answered(p, client, read_dhcp_word(ctx, p, DHCP_TRANSACTION));
	if (reason)
		return reason;
	yours = mapped(read_dhcp_word(ctx, p, DHCP_YOUR_ADDRESS));
	said.word = read_dhcp_options(ctx, dhcp_start(p), udp_end(ctx, p));
	/* The policy gives this address to another device: who takes it would be cut off. */
	if (said.type == DHCP_ACK && is_of_another(p, &yours))
		return refuse_lease(p);
	reason = admit(p);
	if (reason)
		return reason;
	apply_dhcp(p, said, &yours);
	return WARD_DHCP;
}

/* Judged by no rule: parse() found the ports of a client and a server. */
__noinline int dhcp(struct xdp_md *ctx, struct packet *p)
{
	bool is_clinical, is_client;

	if (!p)
		return WARD_INTERNAL;
	is_clinical = p->side == WARD_CLINICAL;
	is_client = (is_clinical ? p->local_port : p->peer_port) == bpf_htons(DHCP_CLIENT);
	if (is_client)
		return is_clinical ? judge_dhcp_of_device(ctx, p) : WARD_UNSOLICITED;
	return is_clinical ? WARD_DHCP_SERVER : judge_dhcp_of_server(ctx, p);
}

#endif
