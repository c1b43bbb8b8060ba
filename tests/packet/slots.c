/* SPDX-License-Identifier: GPL-2.0-only */
/* What is kept of a device: over generations, and gone with its slot. */
#include <arpa/inet.h>
#include <criterion/criterion.h>

#include "gateway.h"
#include "kernel/slots.h"

#define CAPACITY 64	/* devices that a gateway of the tests has room for */
#define NO_INTERFACE 0x7ffffff0	/* an index that none has */

static struct gateway *g;

/* A policy with so many devices, which are called NAME-0, NAME-1, ... */
static void apply_devices(const char *name, int count)
{
	struct text text = { 0 };

	text_add(&text, "version: 1\n"
			"links:\n  - {name: ward, clinical: c0, it: i0, dhcp-servers: [198.18.0.67]}\n"
			"networks: {pacs: [198.18.110.200]}\n"
			"profiles: {p: {allow: [{to: pacs, services: [tcp/104]}]}}\n"
			"devices:\n");
	for (int i = 0; i < count; i++)
		text_add(&text,
			 "  - {name: %s-%d, mac: 02:00:00:00:00:%02x, ip: %s, profile: p}\n", name, i,
			 i, i ? "dhcp" : "198.18.110.13");
	if (g)
		gateway_apply(g, text.bytes);
	else
		g = gateway_new(text.bytes);
	text_free(&text);
}

static void setup(void)
{
	g = NULL;
	apply_devices("old", CAPACITY);
}

static void teardown(void)
{
	gateway_free(&g);
}

TestSuite(slots, .init = setup, .fini = teardown);

static uint32_t owner_of(const char *name)
{
	struct device_slot slot = { 0 };

	cr_assert_eq(kernel_find_device(g->kernel, name, &slot), 0, "%s", name);
	return slot.owner;
}

/* As the program does it when it sees a DHCP server's answer. */
static void lease(uint32_t owner, uint64_t expires)
{
	struct state *state = &g->kernel->state;
	struct ward_lease *lease = &state->bindings[owner - WARD_OWNER_FIRST_DEVICE].ipv4;
	struct ward_lease_key key = { .address = { 0, 0, htonl(0xffff), htonl(0xc6120042) } };

	memcpy(lease->address, key.address, sizeof(key.address));
	lease->expires = expires;
	cr_assert_eq(bpf_map_update_elem(state->fds[STATE_LEASES], &key, &owner, BPF_ANY), 0);
}

static bool is_leased(void)
{
	struct ward_lease_key key = { .address = { 0, 0, htonl(0xffff), htonl(0xc6120042) } };
	uint32_t owner;

	return !bpf_map_lookup_elem(g->kernel->state.fds[STATE_LEASES], &key, &owner);
}

Test(slots, show_a_lease_until_it_expires)
{
	struct device_lease leases[KERNEL_LEASES];
	uint32_t owner = owner_of("old-1");
	uint64_t now = clock_monotonic().ns;
	char text[TEXT_ADDRESS];

	cr_assert_eq(kernel_leases(g->kernel, owner, leases), 0);
	lease(owner, now + 60000000000u);
	cr_assert_eq(kernel_leases(g->kernel, owner, leases), 1);
	cr_assert_str_eq(text_address(text, leases[0].address), "198.18.0.66");
	cr_assert_eq(leases[0].expires.ns, now + 60000000000u);
	lease(owner, now);
	cr_assert_eq(kernel_leases(g->kernel, owner, leases), 0);
}

Test(slots, keep_the_quarantine_of_a_device_that_leaves_and_returns)
{
	uint32_t owner = owner_of("old-1");

	kernel_quarantine(g->kernel, owner, true);
	apply_devices("old", 1);
	cr_assert(kernel_is_quarantined(g->kernel, owner));
	cr_assert(!kernel_is_in_policy(g->kernel, owner));
	apply_devices("old", 2);
	cr_assert(kernel_is_quarantined(g->kernel, owner_of("old-1")));
	cr_assert(kernel_is_in_policy(g->kernel, owner));
}

Test(slots, are_empty_for_a_new_name)
{
	uint32_t owner = owner_of("old-1"), index = owner - WARD_OWNER_FIRST_DEVICE;
	struct state *state = &g->kernel->state;
	struct device_lease leases[KERNEL_LEASES];

	kernel_quarantine(g->kernel, owner, true);
	lease(owner, UINT64_MAX);
	state->audits[owner].packets[0] = 7;
	state->rule_buckets[index].place[0].new_flow_tat = 7;
	state->fragments[index].place[0].id = 7;
	/* A slot gives way only when its name is out of force. */
	apply_devices("old", 1);
	apply_devices("new", CAPACITY - 1);
	cr_assert(strncmp(kernel_owner_name(g->kernel, owner), "new-", 4) == 0);
	cr_assert(!kernel_is_quarantined(g->kernel, owner));
	cr_assert_eq(kernel_leases(g->kernel, owner, leases), 0);
	cr_assert(!is_leased(), "the address belongs to nobody now");
	cr_assert_eq(g->before.owners[owner].audited[0], 0);
	cr_assert_eq(state->rule_buckets[index].place[0].new_flow_tat, 0);
	cr_assert_eq(state->fragments[index].place[0].id, 0);
}

/* A daemon that was killed in a publish had counted under its names, and had set up its ports. */
Test(slots, are_empty_for_a_new_name_after_a_publish_that_died)
{
	uint32_t owner = owner_of("old-1");
	struct state *state = &g->kernel->state;

	apply_devices("old", 1);
	state->device_slots[owner - WARD_OWNER_FIRST_DEVICE].use = WARD_SLOT_TAKEN;
	state->audits[owner].packets[0] = 7;
	apply_devices("new", CAPACITY - 1);
	cr_assert(strncmp(kernel_owner_name(g->kernel, owner), "new-", 4) == 0);
	cr_assert_eq(state->audits[owner].packets[0], 0);
}

Test(slots, keep_the_settings_of_a_port_after_a_publish_that_died)
{
	struct state *state = &g->kernel->state;
	struct ward_slot *port = &state->port_slots[WARD_MAX_PORTS - 1];

	*port = (struct ward_slot){ .use = WARD_SLOT_TAKEN,
				    .saved_flags = WARD_SAVED_PROMISC_OFF,
				    .ifindex = NO_INTERFACE,
				    .name = "p0" };
	slots_give_back(state);
	cr_assert_str_eq(port->name, "p0");
	cr_assert_eq(port->saved_flags, WARD_SAVED_PROMISC_OFF);
	cr_assert_eq(port->ifindex, NO_INTERFACE);
}

Test(slots, give_way_last_when_a_port_has_to_be_put_back)
{
	struct state *state = &g->kernel->state;
	struct ward_slot *ports = state->port_slots;
	struct ward_slot before = { .use = WARD_SLOT_RETIRED,
				    .saved_flags = WARD_SAVED_PROMISC_OFF,
				    .ifindex = NO_INTERFACE,
				    .name = "p0" };
	uint32_t first = 0;

	while (ports[first].use != WARD_SLOT_FREE)
		first++;
	for (uint32_t i = first; i < WARD_MAX_PORTS; i++) {
		ports[i] = before;
		snprintf(ports[i].name, sizeof(ports[i].name), "p%u", i);
	}
	ports[WARD_MAX_PORTS - 1].saved_flags = 0;
	gateway_apply(g, "version: 1\n"
			 "links: [{name: ward, clinical: c0, it: other}]\n"
			 "networks: {pacs: [198.18.110.200]}\n"
			 "profiles: {p: {allow: [{to: pacs, services: [tcp/104]}]}}\n"
			 "devices: [{name: old-0, mac: 02:00:00:00:00:00, ip: 198.18.110.13, "
			 "profile: p}]\n");
	cr_assert_str_eq(ports[WARD_MAX_PORTS - 1].name, "other");
}

Test(slots, leave_an_address_to_the_device_that_leased_it_since)
{
	uint32_t first = owner_of("old-1"), second = owner_of("old-2");

	lease(first, UINT64_MAX);
	lease(second, UINT64_MAX);
	cr_assert_eq(state_clear_owner(&g->kernel->state, first), 0);
	cr_assert(is_leased(), "the second device has it");
	cr_assert_eq(state_clear_owner(&g->kernel->state, second), 0);
	cr_assert(!is_leased());
}
