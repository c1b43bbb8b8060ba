/* SPDX-License-Identifier: GPL-2.0-only */
/* What works as it is written, but may not be what was meant. */
#ifndef WARDGATE_POLICY_CODES_WARNINGS_H
#define WARDGATE_POLICY_CODES_WARNINGS_H

/* clang-format off */
#define CODES_WARNINGS(X) \
X(W_UNUSED, "W001", "nothing uses this", \
  "What nothing refers to is often a misspelt name.", \
  "networks: { pacs: [10.0.0.1], pasc: [10.0.0.2] }", \
  "remove it, or use it") \
X(W_SERVICE_TWICE, "W002", "a service is named twice in a rule", \
  "One of the two may have been meant to be another.", \
  "services: [dicom, dicom]", \
  "services: [dicom, hl7]") \
X(W_ALWAYS, "W004", "hours that are the whole week", \
  "A rule without `hours` is one at any time.", \
  "hours: Mon-Sun 00:00-24:00", \
  "leave `hours` out") \
X(W_NO_DEVICE, "W003", "the policy has no device", \
  "Only what a device's profile allows can pass: without devices that is nothing.", \
  "devices: []", \
  "add devices, or `import` a list of them") \
X(W_SHADOWED, "W005", "a rule that an earlier one covers", \
  "The first rule that matches decides, with its limit and its encryption: this rule never\ndoes.", \
  "- { to: servers, services: [https, dicom] }\n- { to: pacs, services: [dicom], limit: { packets: 100/s } }    # pacs is among the servers", \
  "put the narrow rule in front of the wide one, or remove it") \
X(W_DUPLICATE, "W006", "two rules of one profile say the same", \
  "The second one has no effect.", \
  "- { to: pacs, services: [dicom] }\n- { to: pacs, services: [dicom] }", \
  "remove one of the two") \
X(W_UNREACHABLE, "W007", "a rule that earlier ones cover together", \
  "No packet is left for it: each is decided by one of the rules in front of it.", \
  "- { to: lower-half, services: [https] }\n- { to: upper-half, services: [https] }\n- { to: both-halves, services: [https] }", \
  "put the rule in front of the others, or remove it") \
X(W_OVERLAP, "W008", "a part of a rule is decided otherwise", \
  "The networks or services of two rules overlap, and the rules have another limit, log or\nencryption. What is in both is decided by the first.", \
  "- { to: servers, services: [https], encrypted: no }\n- { to: pacs, services: [https, dicom-tls], encrypted: required }", \
  "put the rule that is to decide in front, or take one network out of the other:\nservers: { addresses: [...], except: [pacs] }") \
X(W_CLEAR, "W009", "a protocol in clear", \
  "Whoever sees the packets can read and change them. Once the rule says `encrypted`, with\nany value, this is a decision and no longer a warning.", \
  "- { to: pacs, services: [dicom] }", \
  "- { to: pacs, services: [dicom-tls], encrypted: required }\nor, if it cannot be helped:\n- { to: pacs, services: [dicom], encrypted: no }") \
X(W_ANY, "W010", "everything with everybody", \
  "A rule that allows a wide range of ports with every address is the hole that a gateway is\nthere to close.", \
  "networks: { internet: [\"0.0.0.0/0\"] }\n...\n- { to: internet, services: [tcp/1-65535] }", \
  "- { to: vendor-cloud, services: [https] }") \
X(W_EXPIRED, "W011", "a rule that has expired", \
  "It allows nothing any more.", \
  "- { to: pacs, services: [dicom], expires: 2021-01-31 }", \
  "remove the rule, or give it a new date") \
X(W_EXPIRES_SOON, "W012", "a rule that expires within 30 days", \
  "What it allows will stop then.", \
  "expires: 2027-01-31    # on 2027-01-15", \
  "ask its owner whether it is still needed") \
X(W_NO_RULES, "W013", "devices whose profile has no rule", \
  "Such a device can do nothing.", \
  "profiles: { ct: {} }\ndevices: [{ ..., profile: ct }]", \
  "add rules to the profile; a device that is to do nothing is better left out") \
X(W_OUTSIDE, "W014", "an address outside of its VLAN's prefixes", \
  "The device is in another VLAN than its address, so one of the two is wrong.", \
  "links: [{ ..., prefixes: { 110: 10.110.0.0/16 } }]\ndevices: [{ ..., vlan: 110, ip: 10.120.4.13 }]", \
  "vlan: 120") \
X(W_ADDRESS_ELSEWHERE, "W015", "one address in several VLANs or links", \
  "Two networks may use the same addresses; more often a device has moved, and its old entry\nwas forgotten.", \
  "- { name: ct-1, vlan: 110, ip: 10.110.4.13, ... }\n- { name: ct-2, vlan: 120, ip: 10.110.4.13, ... }", \
  "- { name: ct-2, vlan: 120, ip: 10.120.4.13, ... }\nor, where it is so: lint: { allow: [W015] }") \
X(W_QUARANTINE_AUDIT, "W030", "the quarantine profile is in audit mode", \
  "A device in quarantine is always enforced: that is what quarantine is for.", \
  "quarantine: repair\n...\nrepair: { enforcement: audit, allow: [...] }", \
  "repair: { allow: [...] }") \
X(W_HALF_SERVICE, "W031", "a service whose answers come from other ports", \
  "TFTP answers and FTP data use ports that the rule does not name, so the transfer fails.", \
  "- { to: server, services: [tftp] }", \
  "name the server's ports in a rule of their own, too") \
X(W_EMPTY_FILE, "W032", "an included file that says nothing", \
  "It may have been emptied by mistake.", \
  "include: [empty.yaml]", \
  "leave it out of `include`") \
X(W_EMPTY_GROUP, "W033", "a group without devices", \
  "No device has all of its labels; one may be misspelt.", \
  "groups: { pumps: { manufacturer: amce } }", \
  "groups: { pumps: { manufacturer: acme } }")
/* clang-format on */

#endif
