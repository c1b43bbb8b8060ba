/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The benchmark's world: devices 1 to N, one peer behind the gateway, one UDP flow for each device.
 * Device i has the MAC 02:01 followed by i in four bytes, and the address 198.18.0.0 + i (RFC
 * 2544).
 */
#ifndef WARDGATE_BENCH_H
#define WARDGATE_BENCH_H

#define BENCH_DEVICES_MAX 131000

#define BENCH_NETWORK 0xc6120000u	/* 198.18.0.0/15 */
#define BENCH_PEER 0xc613fffeu		/* 198.19.255.254 */
/* IPv6: 2001:db8:0:1::/64 with the device's number, and 2001:db8:0:2::1 (RFC 3849). */
#define BENCH_PREFIX 0x20010db8u
#define BENCH_DEVICES_SUBNET 1
#define BENCH_PEER_SUBNET 2
#define BENCH_PEER_NUMBER 1

#define BENCH_DEVICE_PORT 40000
/* from BENCH_DEVICE_PORT on, when each frame opens a flow */
#define BENCH_NEW_FLOW_PORTS 16384
#define BENCH_PEER_PORT 5000		/* the policy allows it */
#define BENCH_OTHER_PORT 5001		/* and not this one */
#define BENCH_LATENCY_PORT 11111	/* nor is this one counted: sockperf uses it */

#define BENCH_DEVICE_OUI 0x0201
#define BENCH_PEER_MAC { 0x02, 0x02, 0, 0, 0, 0x01 }
/*
 * Where a router stands between: its port on the peer's side. On the devices' side it has PEER_MAC.
 */
#define BENCH_ROUTER_MAC { 0x02, 0x02, 0, 0, 0, 0x02 }

/*
 * Without the FCS: 64 bytes on a wire. A tag makes it 68, as on a trunk; IPv6 needs a little more.
 */
#define BENCH_FRAME 60
#define BENCH_FRAME_IPV6 62

#endif
