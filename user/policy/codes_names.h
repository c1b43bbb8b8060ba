/* SPDX-License-Identifier: GPL-2.0-only */
/* What does not fit together: names, links, VLANs, addresses. */
#ifndef WARDGATE_POLICY_CODES_NAMES_H
#define WARDGATE_POLICY_CODES_NAMES_H

/* clang-format off */
#define CODES_NAMES(X) \
X(E_UNKNOWN_NAME, "E070", "nothing has this name", \
  "A name that is used must be defined.", \
  "networks: { pacs: [10.0.0.1] }\n...\n- { to: pasc, services: [dicom] }", \
  "- { to: pacs, services: [dicom] }") \
X(E_SAME_NAME, "E071", "two things with one name", \
  "A name leads to one thing.", \
  "devices:\n  - { name: ct-1, ... }\n  - { name: ct-1, ... }", \
  "devices:\n  - { name: ct-1, ... }\n  - { name: ct-2, ... }") \
X(E_AMBIGUOUS_NAME, "E072", "a name that may mean several things", \
  "A network, a profile, a device and a group have this name: say which is meant.", \
  "from: pumps", \
  "from: {group: pumps}") \
X(E_NO_LINK, "E100", "the policy has no link", \
  "A link is where traffic passes: without one the gateway does nothing.", \
  "links: []", \
  "links:\n  - { name: ward, clinical: enp1s0, it: enp2s0 }") \
X(E_INTERFACE_TWICE, "E101", "an interface in two links", \
  "Each side of each link needs a port of its own.", \
  "- { name: a, clinical: eth0, it: eth1 }\n- { name: b, clinical: eth0, it: eth2 }", \
  "- { name: a, clinical: eth0, it: eth1 }\n- { name: b, clinical: eth3, it: eth2 }") \
X(E_ROUTED_LINK, "E102", "a routed link with what only inline links have", \
  "On a routed link the routing table decides where a packet goes, and only IP is routed.", \
  "- { name: a, clinical: eth0, it: eth1, mode: routed, ethertypes: [lldp] }", \
  "- { name: a, clinical: eth0, it: eth1, mode: routed }") \
X(E_HAIRPIN, "E103", "one interface on both sides, and no map", \
  "On a single trunk the VLAN says which side a packet comes from.", \
  "- { name: a, clinical: eth0, it: eth0 }", \
  "- { name: a, clinical: eth0, it: eth0, vlan-map: { 110: 210 } }") \
X(E_VLAN_MAP, "E104", "a map of VLANs that contradicts itself", \
  "Each VLAN leads to one other.", \
  "vlan-map: { 110: 210, 111: 210 }", \
  "vlan-map: { 110: 210, 111: 211 }") \
X(E_GATEWAYS_OWN, "E105", "what belongs to the gateway itself is not for devices", \
  "What comes in a VLAN of `host`, or to its addresses, goes to the gateway's own kernel.", \
  "host: { vlans: [110] }\n...\n- { name: ct-1, vlan: 110, ... }", \
  "host: { vlans: [99] }") \
X(E_LINK_NEEDED, "E300", "a device must say its link", \
  "There are several links, and a device is behind one.", \
  "- { name: ct-1, ... }", \
  "- { name: ct-1, link: ward, ... }") \
X(E_NOT_CARRIED, "E301", "the link does not carry the device's VLAN", \
  "No frame of the device would pass.", \
  "links: [{ ..., vlans: [110] }]\ndevices: [{ ..., vlan: 120 }]", \
  "links: [{ ..., vlans: [110, 120] }]") \
X(E_NO_DHCP_SERVER, "E302", "a device with DHCP on a link without a server", \
  "Only servers that are named may give addresses.", \
  "ip: dhcp", \
  "dhcp-servers: [10.1.0.2]    # of the link") \
X(E_MULTICAST, "E303", "a multicast group that cannot work", \
  "A group has one address, no MAC address of its own, a profile that only listens, and is\nnot routed.", \
  "- { name: all, mac: 01:00:5e:00:00:fb, ip: 224.0.0.251, profile: p }", \
  "- { name: all, ip: 224.0.0.251, profile: p }") \
X(E_MAC_TWICE, "E304", "two devices with one MAC address", \
  "Who sent a frame could not be told.", \
  "- { name: ct-1, mac: 02:00:00:00:11:01, ... }\n- { name: ct-2, mac: 02:00:00:00:11:01, ... }", \
  "read the addresses from the devices' labels or from the switch") \
X(E_ADDRESS_TWICE, "E305", "two devices with one address", \
  "Whom a packet is for could not be told.", \
  "- { name: ct-1, ip: 10.0.0.1, ... }\n- { name: ct-2, ip: 10.0.0.1, ... }", \
  "give each device its own address, or its own VLAN on an inline link") \
X(E_CIRCLE, "E080", "a name that leads back to itself", \
  "Of two things that hold each other, neither can be worked out.", \
  "networks: { a: [b], b: [a] }", \
  "networks: { a: [b], b: [10.0.0.1] }")
/* clang-format on */

#endif
