/* SPDX-License-Identifier: GPL-2.0-only */
/* What is wrong with profiles, rules, assertions and tests. */
#ifndef WARDGATE_POLICY_CODES_RULES_H
#define WARDGATE_POLICY_CODES_RULES_H

/* clang-format off */
#define CODES_RULES(X) \
X(E_ADDRESS_IN_RULE, "E200", "an address where a name is needed", \
  "Rules name networks, so that an address is written down in one place only.", \
  "- { to: 10.20.30.40, services: [dicom] }", \
  "networks: { pacs: [10.20.30.40] }\n...\n- { to: pacs, services: [dicom] }") \
X(E_TO_AND_FROM, "E201", "a rule with both directions", \
  "`to` lets the device open connections, `from` lets others open them to the device.", \
  "- { to: pacs, from: pacs, services: [dicom] }", \
  "- { to: pacs, services: [dicom] }\n- { from: pacs, services: [dicom] }") \
X(E_NO_PEER, "E202", "a rule without a direction", \
  "A rule says who opens the connection, and with whom.", \
  "- { services: [dicom] }", \
  "- { to: pacs, services: [dicom] }") \
X(E_REPLIES, "E203", "`replies` where there is no multicast", \
  "Answers from the address that was asked pass by themselves; `replies` is for what was\nsent to a group.", \
  "- { to: pacs, services: [dicom], replies: true }", \
  "- { to: pacs, services: [dicom] }") \
X(E_TOO_MANY_LIMITS, "E204", "too many rules with a limit in one profile", \
  "Each device has room for a few buckets.", \
  "nine rules with `limit`", \
  "keep the limits that are most needed, and put one on the profile") \
X(E_BURST_ALONE, "E205", "a burst without its rate", \
  "A burst is how far a rate may be passed for a moment.", \
  "limit: { burst: 100 }", \
  "limit: { packets: 2000/s, burst: 100 }") \
X(E_REQUIRED, "E206", "a rule lacks what the policy requires", \
  "`require` lists what each rule must say of itself.", \
  "require: [owner]\n...\n- { to: pacs, services: [dicom] }", \
  "- { to: pacs, services: [dicom], owner: radiology }") \
X(E_NOT_ENCRYPTABLE, "E207", "encryption cannot be enforced here", \
  "TLS runs over TCP and DTLS over UDP; the gateway cannot tell for other protocols.", \
  "- { to: any, services: [ping], encrypted: required }", \
  "- { to: any, services: [ping] }") \
X(E_QUARANTINE_CLOSED, "E230", "the quarantine profile is closed", \
  "A device in quarantine is always enforced; what it may do is what `allow` says.", \
  "repair: { enforcement: closed, allow: [...] }", \
  "repair: { allow: [] }") \
X(E_GROUP_AS_NETWORK, "E231", "the name of a group where that of a network is needed", \
  "Groups and networks may have the same name, so a group is said to be one.", \
  "- { to: icu-pumps, services: [https] }", \
  "- { to: { group: icu-pumps }, services: [https] }") \
X(E_NO_ADDRESS, "E232", "a group as peer, of which a device has no fixed address", \
  "An address that comes by DHCP is not known when the policy is compiled.", \
  "- { name: pump-1, ip: dhcp, ... }\n...\n- { to: { group: pumps }, services: [https] }", \
  "- { name: pump-1, ip: 10.1.2.3, ... }") \
X(E_BAD_PEER, "E233", "a peer that is not one network or one group", \
  "A rule has one peer; for two there are two rules, or a network of both.", \
  "- { to: { group: a, network: b }, services: [https] }", \
  "- { to: { group: a }, services: [https] }") \
X(E_ASSERTION, "E400", "an assertion that is not one of the three kinds", \
  "`never` and `always` have `from` and `to`; `isolated` lists at least two.", \
  "assert: [{ isolated: [icu] }]", \
  "assert: [{ isolated: [icu, radiology] }]") \
X(E_TEST_ENDS, "E401", "a test that is not one packet", \
  "One end is a device and the other an address, and the service has one port.", \
  "- { from: ct-1, to: servers, service: tcp/1-9, expect: allow }", \
  "- { from: ct-1, to: 10.20.30.40, service: tcp/104, expect: allow }") \
X(E_BAD_END, "E402", "not an end of a connection", \
  "An end is a name, an address or prefix, `any`, or says what is named.", \
  "from: { group: icu, device: ct-1 }", \
  "from: { group: icu }") \
X(E_ASSERTION_FAILS, "E410", "an assertion that does not hold", \
  "It is judged over all addresses and services, and the message has a counterexample.", \
  "- { to: any, services: [https] }\n...\nassert: [{ never: { from: ct-1, to: any, services: [telnet, https] } }]", \
  "- { to: pacs, services: [https] }\n...\nassert: [{ never: { from: ct-1, to: any, services: [telnet] } }]") \
X(E_TEST_FAILS, "E411", "a test that does not hold", \
  "The rules say otherwise of this packet than the test expects.", \
  "- { to: pacs, services: [dicom] }\n...\ntests: [{ from: ct-1, to: 10.20.30.40, service: ssh, expect: allow }]", \
  "tests: [{ from: ct-1, to: 10.20.30.40, service: ssh, expect: deny }]")
/* clang-format on */

#endif
