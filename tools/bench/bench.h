/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The benchmark's world: devices 1 to N, one peer behind the gateway, one UDP flow for each device.
 * Device i has the MAC 02:01 followed by i in four bytes, and the address 198.18.0.0 + i (RFC 2544).
 */
#ifndef WARDGATE_BENCH_H
#define WARDGATE_BENCH_H

#define BENCH_DEVICES_MAX 131000

#define BENCH_NETWORK 0xc6120000u	/* 198.18.0.0/15 */
#define BENCH_PEER 0xc613fffeu		/* 198.19.255.254 */
#define BENCH_DEVICE_PORT 40000
#define BENCH_PEER_PORT 5000

#define BENCH_DEVICE_OUI 0x0201
#define BENCH_PEER_MAC { 0x02, 0x02, 0, 0, 0, 0x01 }
/* Where a router stands between: its port on the peer's side. On the devices' side it has PEER_MAC. */
#define BENCH_ROUTER_MAC { 0x02, 0x02, 0, 0, 0, 0x02 }

/* Without the FCS: 64 bytes on a wire. A tag makes it 68, as on a trunk. */
#define BENCH_FRAME 60

#endif
