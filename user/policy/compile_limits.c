/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/compile.h"

#define TICKS_A_SECOND (1000000000ull << WARD_TICK_SHIFT)

/* What may pass at once when the policy gives a rate but no burst; see bpf/README.md, 13. */
#define DEFAULT_BURST_PACKETS 16
#define DEFAULT_BURST_BITS (16 * 1024 * 8)

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * GCRA with tolerance t and interval T lets t / T + 1 packets pass at once. The interval is rounded
 * down: never less than the policy grants.
 */
static struct ward_rate compile_rate(const struct model_rate *rate)
{
	struct ward_rate out = { 0 };
	uint64_t burst, bits;

	if (rate->packets) {
		burst = rate->burst ?: larger(rate->packets / 10, DEFAULT_BURST_PACKETS);
		out.packet_interval = TICKS_A_SECOND / rate->packets;
		out.packet_tolerance = (burst - 1) * out.packet_interval;
	}
	if (rate->bits) {
		bits = rate->burst_bits ?: larger(rate->bits / 20, DEFAULT_BURST_BITS);
		out.byte_interval =
			(uint64_t)(((__uint128_t)TICKS_A_SECOND * 8 << 16) / rate->bits);
		out.byte_tolerance = (uint64_t)((__uint128_t)out.byte_interval * (bits / 8) >> 16);
	}
	return out;
}

void compile_rates(const struct model_limit *limit, struct ward_rate out[WARD_SIDES])
{
	for (int side = 0; side < WARD_SIDES; side++)
		out[side] = compile_rate(&limit->rate[side]);
}

/* The burst of new flows is what may come in one second. */
struct ward_flow_limit compile_flow_limit(const struct model_limit *limit)
{
	struct ward_flow_limit out = { .flows = (uint32_t)limit->flows };

	if (limit->new_flows) {
		out.interval = TICKS_A_SECOND / limit->new_flows;
		out.tolerance = (limit->new_flows - 1) * out.interval;
	}
	return out;
}
