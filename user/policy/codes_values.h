/* SPDX-License-Identifier: GPL-2.0-only */
/* What is wrong with a single word. */
#ifndef WARDGATE_POLICY_CODES_VALUES_H
#define WARDGATE_POLICY_CODES_VALUES_H

/* clang-format off */
#define CODES_VALUES(X) \
X(E_BAD_NAME, "E050", "not a name", \
  "Names are 1 to 63 letters, digits, '.', '_' or '-', and start with a letter or digit.", \
  "name: CT Room 1", \
  "name: ct-room-1") \
X(E_BAD_WORD, "E051", "not one of the words that are possible", \
  "The key takes one of a few words.", \
  "enforcement: on", \
  "enforcement: enforce") \
X(E_BAD_TEXT, "E052", "not a line of text", \
  "Such texts are shown in lists: one line, and not too long.", \
  "purpose: \"\"", \
  "purpose: store studies") \
X(E_BAD_NUMBER, "E053", "not a number in the range", \
  "Numbers are decimal, without sign and without zeros in front.", \
  "to: [tcp/0443]", \
  "to: [tcp/443]") \
X(E_BAD_RATE, "E054", "not a rate or an amount", \
  "Rates are per second and end in /s; amounts do not. k, M and G are decimal.", \
  "packets: 2000", \
  "packets: 2000/s") \
X(E_BAD_MAC, "E055", "not the MAC address of a device", \
  "It is six pairs of hexadecimal digits, and neither zero nor multicast.", \
  "mac: 0200.0000.1101", \
  "mac: 02:00:00:00:11:01") \
X(E_BAD_VLAN, "E056", "not a VLAN", \
  "VLAN ids are 1 to 4094; `none` is untagged; 100.110 is a tag in a tag.", \
  "vlan: 4095", \
  "vlan: 110") \
X(E_BAD_ETHERTYPE, "E057", "not an Ethernet type", \
  "A name that is known, or a number as in 0x88e1 that the gateway does not judge itself.", \
  "ethertypes: [0x0800]", \
  "ethertypes: [lldp]") \
X(E_BAD_ADDRESS, "E058", "not an address that is possible here", \
  "Misspelt, or an address that no host has.", \
  "ip: 10.110.4.300", \
  "ip: 10.110.4.30") \
X(E_BAD_PREFIX, "E059", "not a network", \
  "A network is ADDRESS/LENGTH without host bits.", \
  "pacs: [10.20.30.40/24]", \
  "pacs: [10.20.30.0/24]") \
X(E_BAD_PORTS, "E060", "not a protocol with a port", \
  "Services are written tcp/443, udp/5000-5010, icmp/echo, icmpv6/130 or igmp.", \
  "services: [443]", \
  "services: [tcp/443]") \
X(E_BAD_INTERFACE, "E061", "not the name of a network interface", \
  "Linux has 1 to 15 characters for it, without spaces and slashes.", \
  "clinical: /dev/eth0", \
  "clinical: eth0") \
X(E_BAD_DATE, "E062", "not a date, or not a date and time", \
  "Dates are YEAR-MONTH-DAY, and are valid to the end of the day.", \
  "expires: 31.1.2027", \
  "expires: 2027-01-31") \
X(E_BAD_HOURS, "E063", "not hours of the week", \
  "Days, then the time from and to; several are separated by commas.", \
  "hours: 9 to 5", \
  "hours: Mon-Fri 09:00-17:00, Sat 09:00-12:00") \
X(E_BAD_ZONE, "E064", "unknown time zone", \
  "Zones are those of the system's time zone database.", \
  "time-zone: CEST", \
  "time-zone: Europe/Berlin")
/* clang-format on */

#endif
