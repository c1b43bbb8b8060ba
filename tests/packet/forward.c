/* SPDX-License-Identifier: GPL-2.0-only */
/* The way out: the other port, or a hairpin's own, with the tag that the VLAN has there. */
#include <bpf/bpf.h>
#include <string.h>

#include "leaving.h"

#define TURNED_MAC "02:00:00:00:11:07"
#define TURNED "198.18.140.7"
#define BARE_MAC "02:00:00:00:11:08"
#define BARE "198.18.140.8"

/* Ports: those of the link `ward`, of `plain`, and of the hairpin. */
#define PLAIN_CLINICAL 2
#define PLAIN_IT 3
#define STICK 4

static const char policy[] =
	"version: 1\n"
	"links:\n"
	"  - {name: ward, clinical: c0, it: i0, vlan-map: {110: 210, 120: none, none: 230, 140: 140}}\n"
	"  - {name: plain, clinical: c1, it: i1}\n"
	"  - {name: stick, clinical: t0, it: t0, vlan-map: {110: 210, 120: none}}\n"
	"networks:\n"
	"  servers: [198.18.110.192/28]\n"
	"profiles:\n"
	"  scanner:\n"
	"    allow:\n"
	"      - {to: servers, services: [udp/123]}\n"
	"      - {from: servers, services: [udp/123]}\n"
	"      - {to: servers, services: [udp/443], encrypted: required}\n"
	"devices:\n"
	"  - {name: ct, mac: 02:00:00:00:11:01, vlan: 110, ip: 198.18.110.13, profile: scanner,"
	" link: ward}\n"
	"  - {name: pump, mac: 02:00:00:00:11:02, vlan: 120, ip: 198.18.120.20, profile: scanner,"
	" link: ward}\n"
	"  - {name: bare, mac: 02:00:00:00:11:08, ip: 198.18.140.8, profile: scanner, link: ward}\n"
	"  - {name: same, mac: 02:00:00:00:11:09, vlan: 140, ip: 198.18.140.9, profile: scanner,"
	" link: ward}\n"
	"  - {name: native, mac: 02:00:00:00:11:03, ip: 198.18.130.30, profile: scanner,"
	" link: plain}\n"
	"  - {name: turned, mac: 02:00:00:00:11:07, vlan: 110, ip: 198.18.140.7, profile: scanner,"
	" link: stick}\n"
	"  - {name: ended, mac: 02:00:00:00:11:0a, vlan: 120, ip: 198.18.140.10, profile: scanner,"
	" link: stick}\n";

GATEWAY_SUITE(packet_forward, policy, 60)

/* The same packet with a tag of this id, or none. */
static struct frame sent(const char *mac, const char *address, int vlan)
{
	return frame_of((struct packet_spec){
		.source_mac = mac, .destination_mac = PACS_MAC, .vlan = vlan, .source = address,
		.destination = PACS, .protocol = IPPROTO_UDP, .source_port = 123,
		.destination_port = 123, .payload = 20 });
}

static struct frame answer(const char *mac, const char *address, int vlan)
{
	return frame_of((struct packet_spec){
		.source_mac = PACS_MAC, .destination_mac = mac, .vlan = vlan, .source = PACS,
		.destination = address, .protocol = IPPROTO_UDP, .source_port = 123,
		.destination_port = 123, .payload = 20 });
}

Test(packet_forward, translates_vlans_both_ways)
{
	const struct {
		const char *description, *mac, *address;
		int clinical, it;
	} rows[] = {
		{ "a tag for a tag", CT_MAC, CT, 110, 210 },
		{ "a tag for none", PUMP_MAC, PUMP, 120, 0 },
		{ "none for a tag", BARE_MAC, BARE, 0, 230 },
		{ "a tag for itself", "02:00:00:00:11:09", "198.18.140.9", 140, 140 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_leaves(g, WARD_CLINICAL,
			      sent(rows[i].mac, rows[i].address, rows[i].clinical), XDP_REDIRECT,
			      sent(rows[i].mac, rows[i].address, rows[i].it), rows[i].description);
		expect_leaves(g, WARD_IT, answer(rows[i].mac, rows[i].address, rows[i].it),
			      XDP_REDIRECT, answer(rows[i].mac, rows[i].address, rows[i].clinical),
			      rows[i].description);
	}
}

Test(packet_forward, keeps_the_priority_where_both_sides_have_a_tag)
{
	const uint16_t urgent = PRIORITY(5) | 0x1000;
	struct frame priority_tag = sent(BARE_MAC, BARE, 230);

	expect_leaves(g, WARD_CLINICAL, with_tci(sent(CT_MAC, CT, 110), urgent | 110), XDP_REDIRECT,
		      with_tci(sent(CT_MAC, CT, 210), urgent | 210), "a tag for a tag");
	expect_leaves(g, WARD_CLINICAL, with_tci(sent(PUMP_MAC, PUMP, 120), urgent | 120),
		      XDP_REDIRECT, sent(PUMP_MAC, PUMP, 0), "a tag for none");
	expect_leaves(g, WARD_CLINICAL, with_tci(priority_tag, urgent), XDP_REDIRECT,
		      with_tci(priority_tag, urgent | 230), "a priority tag for a tag");
	expect_leaves(g, WARD_IT, with_tci(answer(PUMP_MAC, PUMP, 1), urgent), XDP_REDIRECT,
		      with_tci(answer(PUMP_MAC, PUMP, 120), urgent | 120),
		      "a priority tag from the IT side");
}

Test(packet_forward, translates_arp_too)
{
	expect_leaves(g, WARD_CLINICAL, frame_arp(1, CT_MAC, CT, PACS, BROADCAST, 110),
		      XDP_REDIRECT, frame_arp(1, CT_MAC, CT, PACS, BROADCAST, 210), "a request");
	expect_leaves(g, WARD_IT, frame_arp(2, PACS_MAC, PACS, CT, CT_MAC, 210), XDP_REDIRECT,
		      frame_arp(2, PACS_MAC, PACS, CT, CT_MAC, 110), "an answer");
}

Test(packet_forward, drops_vlans_that_the_map_does_not_name)
{
	expect(g, WARD_CLINICAL, sent(CT_MAC, CT, 210), WARD_VLAN_UNMAPPED,
	       "an id of the IT side, on the clinical side");
	expect(g, WARD_IT, answer(CT_MAC, CT, 110), WARD_VLAN_UNMAPPED,
	       "an id of the clinical side, on the IT side");
	expect(g, WARD_CLINICAL, sent(CT_MAC, CT, 111), WARD_VLAN_UNMAPPED, "an id of neither");
	expect(g, STICK, sent(TURNED_MAC, TURNED, 111), WARD_VLAN_UNMAPPED, "on a hairpin");
}

Test(packet_forward, judges_how_flows_begin_on_a_hairpin)
{
	static const uint8_t hello[] = { 22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 1 };
	struct frame frame = frame_set16(sent(TURNED_MAC, TURNED, 110), 22, 443);
	struct frame back = frame_set16(answer(TURNED_MAC, TURNED, 210), 20, 443);
	struct frame forth;

	expect(g, STICK, frame, WARD_CLEAR_TEXT, "clear text");
	memcpy(frame.bytes + 18 + 20 + 8, hello, sizeof(hello));
	forth = frame_write16(frame, 14, 210);
	expect_leaves(g, STICK, frame, XDP_TX, forth, "a ClientHello");
	expect_leaves(g, STICK, back, XDP_TX, frame_write16(back, 14, 110), "its answer");
}

Test(packet_forward, turns_round_on_a_hairpin)
{
	expect_leaves(g, STICK, sent(TURNED_MAC, TURNED, 110), XDP_TX,
		      sent(TURNED_MAC, TURNED, 210), "from the device");
	expect_leaves(g, STICK, answer(TURNED_MAC, TURNED, 210), XDP_TX,
		      answer(TURNED_MAC, TURNED, 110), "to the device");
	expect_leaves(g, STICK, sent("02:00:00:00:11:0a", "198.18.140.10", 120), XDP_TX,
		      sent("02:00:00:00:11:0a", "198.18.140.10", 0), "out of a tag into none");
	expect_leaves(g, STICK, answer("02:00:00:00:11:0a", "198.18.140.10", 0), XDP_TX,
		      answer("02:00:00:00:11:0a", "198.18.140.10", 120), "and back");
	expect(g, STICK, sent(TURNED_MAC, TURNED, 210), WARD_UNKNOWN_DEVICE,
	       "the device's frame in a VLAN of the IT side");
}

Test(packet_forward, drops_what_has_no_port_to_leave_by)
{
	uint32_t slot = g->slots.port_owner[PLAIN_IT] - WARD_OWNER_FIRST_PORT;

	expect(g, PLAIN_CLINICAL, sent(NATIVE_MAC, NATIVE, 0), PASSES, "with both ports");
	bpf_map_delete_elem(g->kernel->state.fds[STATE_TX_PORTS], &slot);
	expect_owner(g, PLAIN_CLINICAL, sent(NATIVE_MAC, NATIVE, 0), WARD_PORT_DOWN, "native",
		     "without the other");
	expect(g, PLAIN_IT, answer(NATIVE_MAC, NATIVE, 0), PASSES, "the way back is there");
}
