/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes the link layer anew: MACs, and a tag that is rewritten, added or removed. */
#ifndef WARDGATE_REWRITE_BPF_H
#define WARDGATE_REWRITE_BPF_H

#include <linux/if_ether.h>

#include "packet.bpf.h"

#define TAG_SIZE 4
#define VLAN_PRIORITY 0xf000	/* priority and drop eligibility (IEEE 802.1Q-2018, 9.6) */

struct ethernet {
	__u64 destination, source;	/* as mac_of() reads them */
	__u16 vlan;			/* of the tag, or WARD_NO_VLAN for none */
	__u16 ethertype;		/* of the payload, host order */
	__u8 tags;			/* that it has now */
};

static __always_inline void write_mac(__u8 *bytes, __u64 mac)
{
	*(__u32 *)bytes = mac;
	*(__u16 *)(bytes + 4) = mac >> 32;
}

/* Of the outermost tag: it stays with the frame when another tag takes this one's place. */
static __always_inline __u16 priority_of(const struct xdp_md *ctx, __u8 tags)
{
	const __be16 *tci = (void *)(long)ctx->data + ETH_HLEN;

	if (!tags || (void *)(tci + 1) > (void *)(long)ctx->data_end)
		return 0;
	return bpf_ntohs(*tci) & VLAN_PRIORITY;
}

/* From here on the packet's offsets do not hold. False: there is no room in front of the frame. */
static __always_inline bool write_ethernet(struct xdp_md *ctx, const struct ethernet *to)
{
	__u16 tci = to->vlan ? to->vlan | priority_of(ctx, to->tags) : 0;
	int surplus = to->tags * TAG_SIZE - (tci ? TAG_SIZE : 0);
	__u8 *frame, *end;
	__be16 *next;

	if (surplus && bpf_xdp_adjust_head(ctx, surplus))
		return false;
	frame = (void *)(long)ctx->data;
	end = (__u8 *)(long)ctx->data_end;
	if (frame + ETH_HLEN > end || (tci && frame + ETH_HLEN + TAG_SIZE > end))
		return false;
	write_mac(frame, to->destination);
	write_mac(frame + ETH_ALEN, to->source);
	next = (__be16 *)(frame + 2 * ETH_ALEN);
	if (tci) {
		*next++ = bpf_htons(ETHERTYPE_8021Q);
		*next++ = bpf_htons(tci);
	}
	*next = bpf_htons(to->ethertype);
	return true;
}

static __always_inline int leave_by(__u32 target)
{
	/* The flags are what it returns when the port is not there. */
	if (bpf_redirect_map(&tx_ports, target, XDP_DROP) != XDP_REDIRECT)
		return -WARD_PORT_DOWN;
	return XDP_REDIRECT;
}

#endif
