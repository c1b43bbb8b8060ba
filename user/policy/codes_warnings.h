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
