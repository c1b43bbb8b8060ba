/* SPDX-License-Identifier: GPL-2.0-only */
/* What makes a file no policy at all: its characters and its YAML. */
#ifndef WARDGATE_POLICY_CODES_YAML_H
#define WARDGATE_POLICY_CODES_YAML_H

/* clang-format off */
#define CODES_YAML(X) \
X(E_NOT_UTF8, "E001", "the file is not UTF-8", \
  "Policies are UTF-8 text. Editors on Windows may save UTF-16 or Latin-1.", \
  "purpose: Geräte    # saved as Latin-1", \
  "save the file as UTF-8, without changing its text") \
X(E_BAD_CHARACTER, "E002", "an invisible character", \
  "Spaces that are none to YAML, and what nobody sees or what turns the direction of writing,\ncan make a policy read otherwise than it works. They come from web pages and office files.", \
  "to: pacs<U+200B>", \
  "delete the character at the place that is named") \
X(E_LINE_END, "E003", "a line end of its own kind", \
  "A lone carriage return is a line end to YAML, and to nobody else.", \
  "version: 1<CR>links: []", \
  "end lines with LF, or with CR LF") \
X(E_TAB, "E004", "a tab indents", \
  "YAML indents with spaces: the width of a tab is a matter of opinion.", \
  "links:\n<TAB>- { name: ward, clinical: a0, it: b0 }", \
  "links:\n  - { name: ward, clinical: a0, it: b0 }") \
X(E_NOT_YAML, "E005", "this is not valid YAML", \
  "Something is not closed, not aligned, or lacks its colon.", \
  "services: [dicom", \
  "services: [dicom]") \
X(E_NEEDS_QUOTES, "E006", "this text needs quotes", \
  "Some characters have a meaning in YAML when a text starts or ends with them.", \
  "pacs: [::1:2]", \
  "pacs: [\"::1:2\"]") \
X(E_ALIAS, "E007", "anchors, aliases and merge keys", \
  "They hide what a rule says, and a few lines of them can fill the memory.", \
  "allow: &common [...]", \
  "write the value out, or put what profiles share into one that they extend") \
X(E_TAG, "E008", "a tag", \
  "Tags say how a value is to be read; the policy language decides that itself.", \
  "vlan: !!int 110", \
  "vlan: 110") \
X(E_TOO_DEEP, "E009", "too many lists and mappings inside each other", \
  "No part of the language needs that many.", \
  "a: [[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]", \
  "look for brackets or indents that went astray") \
X(E_BAD_KEY, "E010", "a key that is no text", \
  "The keys of a mapping are words.", \
  "{ [pacs]: [10.0.0.1] }", \
  "{ pacs: [10.0.0.1] }") \
X(E_KEY_TWICE, "E011", "a key is given twice", \
  "The second would replace the first without a word.", \
  "networks: { pacs: [10.0.0.1], pacs: [10.0.0.2] }", \
  "networks: { pacs: [10.0.0.1, 10.0.0.2] }") \
X(E_TWO_DOCUMENTS, "E012", "a second document", \
  "A file is one policy, or one part of it.", \
  "version: 1\n---\nversion: 1", \
  "remove the line `---`, or use two files") \
X(E_EMPTY_POLICY, "E013", "the policy is empty", \
  "An empty file is more likely a mistake than the wish to allow nothing.", \
  "# nothing but a comment", \
  "version: 1\nlinks:\n  - { name: ward, clinical: enp1s0, it: enp2s0 }") \
X(E_VERSION, "E014", "unknown version of the language", \
  "Another version may give words another meaning.", \
  "version: 2", \
  "version: 1") \
X(E_WRONG_KIND, "E030", "a list, a mapping or a text in the place of another", \
  "Each key takes one kind of value.", \
  "services: dicom", \
  "services: [dicom]") \
X(E_UNKNOWN_KEY, "E031", "unknown key", \
  "What this program does not know it cannot enforce, so it is not ignored.", \
  "- { to: pacs, servics: [dicom] }", \
  "- { to: pacs, services: [dicom] }") \
X(E_MISSING_KEY, "E032", "a key is missing", \
  "Nothing can be assumed in its place.", \
  "- { to: pacs }", \
  "- { to: pacs, services: [dicom] }") \
X(E_TOO_MANY, "E033", "too many of something", \
  "The gateway's tables have a size.", \
  "ip: [10.0.0.1, 10.0.0.2, ...]", \
  "use prefixes in place of addresses, or split the policy between gateways") \
X(E_EMPTY, "E034", "an empty value that would say nothing", \
  "An empty list is often one that somebody forgot to fill.", \
  "services: []", \
  "services: [dicom]") \
X(E_ITEM_TWICE, "E035", "the same item twice in a list", \
  "One of the two was meant to be another.", \
  "vlans: [110, 110]", \
  "vlans: [110, 111]")
/* clang-format on */

#endif
