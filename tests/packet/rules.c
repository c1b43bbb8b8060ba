/* SPDX-License-Identifier: GPL-2.0-only */
/* The map of rules is taken over by the next generation when, and only when, it holds the same. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "ward.h"

#define MAPS 64

static const char *const of_ct = "  - {name: ct, mac: 02:00:00:00:11:01, vlan: 110, ip: %s, "
				 "profile: scanner}\n";

static char *policy_of(const char *ct, const char *services)
{
	char devices[256], *policy;

	snprintf(devices, sizeof(devices), of_ct, ct);
	cr_assert_gt(asprintf(&policy,
			      "version: 1\n"
			      "links:\n"
			      "  - {name: ward, clinical: c0, it: i0, vlans: [110, 120]}\n"
			      "networks:\n"
			      "  pacs: [198.18.110.200]\n"
			      "profiles:\n"
			      "  scanner:\n"
			      "    allow:\n"
			      "      - {to: pacs, services: [%s]}\n"
			      "devices:\n%s",
			      services, devices),
		     0);
	return policy;
}

static struct gateway *g;

/* The number of the map that is kept, after the policy is applied. The program uses this one. */
static uint32_t apply(const char *ct, const char *services)
{
	struct bpf_map_info map = { 0 };
	uint32_t maps[MAPS], length = sizeof(map);
	struct bpf_prog_info program = { .nr_map_ids = MAPS, .map_ids = (uintptr_t)maps };
	char *policy = policy_of(ct, services);
	bool used = false;

	if (g)
		gateway_apply(g, policy);
	else
		g = gateway_new(policy);
	free(policy);
	cr_assert_eq(bpf_obj_get_info_by_fd(g->kernel->state.kept.map, &map, &length), 0);
	length = sizeof(program);
	cr_assert_eq(bpf_obj_get_info_by_fd(g->generation.program, &program, &length), 0);
	for (uint32_t i = 0; i < program.nr_map_ids; i++)
		used |= maps[i] == map.id;
	cr_expect(used, "the program has another map than the one that is kept");
	return map.id;
}

static struct frame to_pacs(uint16_t port)
{
	return ct_sends(IPPROTO_UDP, PACS, 1, port, 0);
}

static void teardown(void)
{
	gateway_free(&g);
}

TestSuite(packet_rules, .fini = teardown, .timeout = 60);

Test(packet_rules, are_taken_over_when_only_a_device_changes)
{
	uint32_t first = apply("198.18.110.99", "udp/104");

	expect(g, WARD_CLINICAL, to_pacs(104), WARD_SPOOFED_ADDRESS, "not its address yet");
	cr_assert_eq(apply(CT, "udp/104"), first);
	expect(g, WARD_CLINICAL, to_pacs(104), PASSES, "its address, by the rules as they were");
	expect(g, WARD_CLINICAL, to_pacs(105), WARD_SERVICE, "which allow no more");
	cr_assert_eq(apply(CT, "udp/104"), first);
}

Test(packet_rules, are_new_when_they_change)
{
	uint32_t first = apply(CT, "udp/104"), second = apply(CT, "udp/105");

	cr_assert_neq(second, first);
	expect(g, WARD_CLINICAL, to_pacs(104), WARD_SERVICE, "the rule that is gone");
	expect(g, WARD_CLINICAL, to_pacs(105), PASSES, "the new one");
	cr_assert_neq(apply(CT, "udp/104, udp/105"), second);
}
