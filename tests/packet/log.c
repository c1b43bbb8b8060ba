/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, section 18: rules with `log`, and the budgets of their events. */
#include <bpf/bpf.h>
#include <stdlib.h>

#include "base/clock.h"
#include "flows.h"
#include "kernel/state.h"

#define LOG_POLICY                                                                                 \
	"version: 1\n"                                                                             \
	"links:\n  - {name: ward, clinical: c0, it: i0, vlans: [110]}\n"                           \
	"networks:\n  servers: [198.18.110.192/28]\n  vendor: [198.19.0.0/16]\n"                   \
	"profiles:\n  scanner:\n    allow:\n"                                                      \
	"      - {to: servers, services: [udp/123], log: true}\n"                                  \
	"      - {from: vendor, services: [udp/22], log: true}\n"                                  \
	"devices:\n  - {name: ct, mac: 02:00:00:00:11:01, vlan: 110,"                              \
	" ip: 198.18.110.13, profile: scanner}\n"

GATEWAY_SUITE(packet_log, LOG_POLICY, 60)

static uint64_t in_ms(uint64_t ms)
{
	return clock_monotonic().ns + ms * 1000000;
}

/* So much of each CPU's budget of all events is used up. */
static void spend_events(uint64_t tat)
{
	struct ward_event_stats *stats = calloc(g->kernel->state.cpus, sizeof(*stats));
	uint32_t zero = 0;

	for (uint32_t i = 0; i < g->kernel->state.cpus; i++)
		stats[i].tat = tat;
	cr_assert_eq(bpf_map_update_elem(g->kernel->state.fds[STATE_EVENT_STATS], &zero, stats, 0),
		     0);
	free(stats);
}

static void expect_events(uint64_t sent, uint64_t withheld, const char *description)
{
	struct kernel_counters counters;
	struct error error = { "" };

	cr_assert_eq(kernel_count(g->kernel, &counters, &error), 0, "%s", error.text);
	cr_expect_eq(counters.events_sent, sent, "%s: %lu sent", description,
		     (unsigned long)counters.events_sent);
	cr_expect_eq(counters.events_withheld, withheld, "%s: %lu withheld", description,
		     (unsigned long)counters.events_withheld);
	kernel_counters_free(&counters);
}

static void question(uint16_t from_port)
{
	expect(g, WARD_CLINICAL, frame_of(out_spec(IPPROTO_UDP, from_port, 123)), PASSES,
	       "a new flow");
}

Test(packet_log, leaves_half_of_a_burst_to_what_is_dropped)
{
	spend_events(in_ms(300));
	question(1000);
	expect_events(1, 0, "the first half");
	spend_events(in_ms(700));
	question(1001);
	expect_events(0, 1, "the second half");
	expect(g, WARD_CLINICAL, frame_of(out_spec(IPPROTO_UDP, 1000, 124)), WARD_SERVICE, "else");
	expect_events(1, 1, "what is dropped");
}

Test(packet_log, has_one_budget_for_both_sides)
{
	const struct state *state = &g->kernel->state;
	struct packet_spec in = back_spec(out_spec(IPPROTO_UDP, 22, 5000));

	in.source = "198.19.0.5";
	for (uint32_t cpu = 0; cpu < state->cpus; cpu++)
		state->lanes[cpu * state_owner_capacity(state) + g->slots.device_owner[0]]
			.side[0].log_tat = in_ms(2000);
	question(1000);
	expect(g, WARD_IT, frame_of(in), PASSES, "a new flow from the other side");
	expect_events(0, 2, "of one budget");
}
