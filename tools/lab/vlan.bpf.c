// SPDX-License-Identifier: GPL-2.0-only
/*
 * An access port of the lab's switch: tags what comes in from the host, untags what goes out to it,
 * and keeps the frames of other VLANs away from it.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#define VLAN_ID_MASK 0x0fff

static __always_inline int tag(struct __sk_buff *skb, __u16 vlan)
{
	return bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), vlan) ? TC_ACT_SHOT : TC_ACT_OK;
}

static __always_inline int untag(struct __sk_buff *skb, __u16 vlan)
{
	if (!skb->vlan_present || (skb->vlan_tci & VLAN_ID_MASK) != vlan)
		return TC_ACT_SHOT;
	return bpf_skb_vlan_pop(skb) ? TC_ACT_SHOT : TC_ACT_OK;
}

#define ACCESS_PORT(vlan)                              \
	SEC("tc/tag" #vlan)                            \
	int tag##vlan(struct __sk_buff *skb)           \
	{                                              \
		return tag(skb, vlan);                 \
	}                                              \
	SEC("tc/untag" #vlan)                          \
	int untag##vlan(struct __sk_buff *skb)         \
	{                                              \
		return untag(skb, vlan);               \
	}

ACCESS_PORT(110)
ACCESS_PORT(120)
ACCESS_PORT(210)

/* For a port to which XDP at the cable's other end sends back. */
SEC("xdp")
int pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}
