/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, section 2: tags, host VLANs, maps and Ethernet types. */
#include "headers.h"

GATEWAY_SUITE(packet_parse_ethernet, LINKS_POLICY, 60)

#define TAG 0x8100
#define OUTER_TAG 0x88a8

static struct frame untagged(void)
{
	struct packet_spec s = tcp_spec();

	s.source_mac = UNTAGGED_MAC;
	s.source = UNTAGGED;
	s.vlan = 0;
	return frame_of(s);
}

static struct frame stacked(void)
{
	struct packet_spec s = tcp_spec();

	s.source_mac = STACKED_MAC;
	s.source = STACKED;
	s.outer_vlan = 100;
	return frame_of(s);
}

Test(packet_parse_ethernet, passes_every_kind_of_tag_that_a_device_has)
{
	struct frame f = untagged();

	expect(g, WARD_CLINICAL, f, PASSES, "no tag");
	expect(g, WARD_CLINICAL, frame_tagged(f, TAG, 0), PASSES, "a priority tag");
	expect(g, WARD_CLINICAL, frame_tagged(f, TAG, 0xe000), PASSES, "a priority tag of 7");
	f = frame_of(tcp_spec());
	expect(g, WARD_CLINICAL, f, PASSES, "one tag");
	expect(g, WARD_CLINICAL, frame_write16(f, 14, 0xf000 | 110), PASSES,
	       "one tag, with a priority and drop eligible");
	expect(g, WARD_CLINICAL, stacked(), PASSES, "a stack that a device has");
}

/* C9 of a tester's list: no tag, one, two of each kind, VLAN 0. */
Test(packet_parse_ethernet, refuses_other_stacks_of_tags)
{
	static const uint16_t types[] = { TAG, OUTER_TAG };
	struct frame none = untagged();

	expect(g, WARD_CLINICAL, frame_tagged(none, OUTER_TAG, 110), WARD_STACKED_VLAN,
	       "an 802.1ad tag alone");
	for (int outer = 0; outer < 2; outer++)
		for (int inner = 0; inner < 2; inner++) {
			struct frame two = frame_tagged(frame_tagged(none, types[inner], 110),
							types[outer], 100);

			if (outer != 1 || inner != 0)
				expect(g, WARD_CLINICAL, two, WARD_STACKED_VLAN, "two tags");
			for (int third = 0; third < 2; third++)
				expect(g, WARD_CLINICAL, frame_tagged(two, types[third], 100),
				       WARD_STACKED_VLAN, "three tags");
		}
	expect(g, WARD_CLINICAL, frame_tagged(frame_tagged(none, TAG, 110), TAG, 0),
	       WARD_STACKED_VLAN, "a tag in a priority tag");
	expect(g, WARD_CLINICAL, frame_tagged(frame_tagged(none, TAG, 0), TAG, 0),
	       WARD_STACKED_VLAN, "a priority tag in a priority tag");
	expect(g, WARD_CLINICAL, frame_tagged(frame_tagged(none, TAG, 4095), TAG, 4095),
	       WARD_STACKED_VLAN, "the combination of tags is judged before their ids");
}

Test(packet_parse_ethernet, refuses_ids_that_no_vlan_has)
{
	struct frame none = untagged();

	expect(g, WARD_CLINICAL, frame_tagged(none, TAG, 4095), WARD_VLAN_ID, "VLAN 4095");
	expect(g, WARD_CLINICAL, frame_tagged(none, TAG, 0xffff), WARD_VLAN_ID,
	       "VLAN 4095, with a priority");
	expect(g, WARD_CLINICAL, frame_write16(stacked(), 14, 0), WARD_VLAN_ID, "0 outside");
	expect(g, WARD_CLINICAL, frame_write16(stacked(), 18, 0), WARD_VLAN_ID, "0 inside");
	expect(g, WARD_CLINICAL, frame_write16(stacked(), 14, 4095), WARD_VLAN_ID, "4095 outside");
	expect(g, WARD_CLINICAL, frame_write16(stacked(), 18, 4095), WARD_VLAN_ID, "4095 inside");
}

Test(packet_parse_ethernet, refuses_senders_that_are_no_host)
{
	struct frame f = frame_of(tcp_spec());

	f.bytes[6] |= 1;
	expect(g, WARD_CLINICAL, f, WARD_SOURCE_MAC, "source MAC is a group address");
	memset(f.bytes + 6, 0xff, 6);
	expect(g, WARD_CLINICAL, f, WARD_SOURCE_MAC, "source MAC is the broadcast address");
	memset(f.bytes + 6, 0, 6);
	expect(g, WARD_CLINICAL, f, WARD_SOURCE_MAC, "source MAC is zero");
	expect(g, WARD_CLINICAL, frame_write16(f, 14, 4095), WARD_VLAN_ID,
	       "tags are judged before the MAC");
	f = frame_of(tcp_spec());
	memset(f.bytes + 6, 0, 5);
	f.bytes[11] = 1;
	expect(g, WARD_CLINICAL, f, WARD_SPOOFED_MAC, "a MAC that is nearly zero");
}

Test(packet_parse_ethernet, hands_host_vlans_to_the_kernel)
{
	struct frame f = untagged();

	expect_host(g, LAB_CLINICAL, frame_tagged(f, TAG, HOST_VLAN), "clinical side");
	expect_host(g, LAB_IT, frame_tagged(f, TAG, HOST_VLAN), "IT side");
	expect_host(g, LAB_IT, frame_tagged(frame_write16(f, 12, 0x88b5), TAG, HOST_VLAN),
		    "whatever is inside");
	f.bytes[6] |= 1;
	expect(g, LAB_IT, frame_tagged(f, TAG, HOST_VLAN), WARD_SOURCE_MAC,
	       "but not from a MAC that no host has");
}

Test(packet_parse_ethernet, reads_the_clinical_vlan_off_the_map)
{
	struct packet_spec s = tcp_spec();

	s.source_mac = MAPPED_MAC;
	s.source = MAPPED;
	expect(g, MAPPED_CLINICAL, frame_of(s), PASSES, "from the clinical VLAN");
	s.vlan = 210;
	expect(g, MAPPED_CLINICAL, frame_of(s), WARD_VLAN_UNMAPPED, "from the IT one");
	s.vlan = 120;
	expect(g, MAPPED_CLINICAL, frame_of(s), WARD_VLAN_UNMAPPED, "from a third");
	s.outer_vlan = 100;
	s.vlan = 110;
	expect(g, MAPPED_CLINICAL, frame_of(s), WARD_VLAN_UNMAPPED, "from a stack");
	s = towards(tcp_spec());
	s.destination_mac = MAPPED_MAC;
	s.destination = MAPPED;
	expect(g, MAPPED_IT, frame_of(s), WARD_VLAN_UNMAPPED, "to the clinical VLAN");
	s.vlan = 0;
	s.destination = UNTAGGED;
	expect(g, MAPPED_CLINICAL, frame_of(s), WARD_UNKNOWN_DEVICE, "an untagged VLAN in the map");
	expect(g, MAPPED_IT, frame_of(s), WARD_VLAN_UNMAPPED, "which the IT side tags");
}

Test(packet_parse_ethernet, knows_the_side_of_a_hairpin_by_its_vlan)
{
	struct packet_spec s = tcp_spec();

	s.source_mac = TRUNKED_MAC;
	s.source = TRUNKED;
	expect_action(g, TRUNK, frame_of(s), XDP_TX, "from the clinical VLAN");
	s.vlan = 120;
	expect(g, TRUNK, frame_of(s), WARD_VLAN_UNMAPPED, "from a VLAN of neither side");
	s.vlan = 0;
	expect(g, TRUNK, frame_of(s), WARD_VLAN_UNMAPPED, "without a tag");
	s = towards(ipv4_spec(IPPROTO_TCP, 104, 40000));
	s.vlan = 210;
	s.destination_mac = TRUNKED_MAC;
	s.destination = TRUNKED;
	s.flags = SYN | ACK;
	expect_action(g, TRUNK, frame_of(s), XDP_TX, "an answer from the IT VLAN");
}

Test(packet_parse_ethernet, closes_a_port_after_its_tags_are_read)
{
	struct frame f = untagged();

	expect(g, SHUT_CLINICAL, f, WARD_CLOSED, "a good packet");
	expect(g, SHUT_CLINICAL, frame_write16(f, 12, 0x88b5), WARD_CLOSED, "an unknown type");
	expect(g, SHUT_CLINICAL, frame_tagged(f, OUTER_TAG, 1), WARD_STACKED_VLAN, "a bad tag");
}

Test(packet_parse_ethernet, passes_listed_types_alone)
{
	struct frame f = untagged();

	expect(g, LAB_CLINICAL, frame_write16(f, 12, 0x88cc), PASSES, "LLDP");
	expect(g, LAB_IT, frame_tagged(frame_write16(f, 12, 0x88cc), TAG, 7),
	       PASSES, "LLDP, tagged");
	expect(g, WARD_CLINICAL, frame_write16(f, 12, 0x88cc), WARD_ETHERTYPE,
	       "LLDP where it is not listed");
	expect(g, LAB_CLINICAL, frame_write16(f, 12, 0x88cd), WARD_ETHERTYPE, "its neighbour");
	expect(g, LAB_CLINICAL, frame_write16(f, 12, 0x0600), WARD_ETHERTYPE, "the lowest type");
	expect(g, LAB_CLINICAL, frame_write16(f, 12, 0x9100), WARD_ETHERTYPE, "an old kind of tag");
}

static struct frame spanning_tree(void)
{
	struct frame f = untagged();
	static const uint8_t mac[] = { 0x01, 0x80, 0xc2, 0, 0, 0 }, llc[] = { 0x42, 0x42, 3 };

	memcpy(f.bytes, mac, 6);
	memcpy(f.bytes + 14, llc, 3);
	return frame_cut(frame_write16(f, 12, 38), 52);
}

/* C10: LLC and SNAP around IP (CERT VU#855201). */
Test(packet_parse_ethernet, refuses_what_has_a_length_in_place_of_a_type)
{
	static const uint8_t snap[] = { 0xaa, 0xaa, 3, 0, 0, 0, 8, 0 };
	struct frame f = spanning_tree();

	expect(g, LAB_CLINICAL, f, PASSES, "spanning tree");
	expect(g, WARD_CLINICAL, f, WARD_LLC, "spanning tree where it is not listed");
	f.bytes[5] = 1;
	expect(g, LAB_CLINICAL, f, WARD_LLC, "to another group");
	for (size_t i = 14; i < 17; i++) {
		f = spanning_tree();
		f.bytes[i] ^= 1;
		expect(g, LAB_CLINICAL, f, WARD_LLC, "another LLC header");
	}
	f = untagged();
	memmove(f.bytes + 22, f.bytes + 14, f.length - 14);
	memcpy(f.bytes + 14, snap, 8);
	f.length += 8;
	for (uint16_t length = 0; length < 0x600; length++)
		expect(g, WARD_CLINICAL, frame_write16(f, 12, length), WARD_LLC, "IP in SNAP");
	expect(g, WARD_CLINICAL, frame_tagged(frame_write16(f, 12, 60), TAG, 0), WARD_LLC,
	       "IP in SNAP, behind a priority tag");
	expect(g, WARD_CLINICAL, frame_tagged(frame_tagged(f, TAG, 0), TAG, 0), WARD_STACKED_VLAN,
	       "and behind two");
	f = frame_write16(f, 12, 60);
	for (size_t length = 14; length < 17; length++)
		expect(g, WARD_CLINICAL, frame_cut(f, length), WARD_TRUNCATED, "cut in LLC");
}
