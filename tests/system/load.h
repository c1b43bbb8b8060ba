/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The load of the system tests: UDP of a few devices, half of it to a port that no policy allows.
 */
#ifndef WARDGATE_TESTS_LOAD_H
#define WARDGATE_TESTS_LOAD_H

#define LOAD_DEVICES 100
#define LOAD_NETWORK 0xc6120000u /* device i is 198.18.0.0 + i */
#define LOAD_PEER 0xc613fffeu /* 198.19.255.254 */
#define LOAD_ALLOWED 5000
#define LOAD_FORBIDDEN 5001
#define LOAD_FRAME 60

#endif
