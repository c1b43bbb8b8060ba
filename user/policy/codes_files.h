/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy of several files. */
#ifndef WARDGATE_POLICY_CODES_FILES_H
#define WARDGATE_POLICY_CODES_FILES_H

/* clang-format off */
#define CODES_FILES(X) \
X(E_FILE, "E501", "a file that cannot be read", \
  "A policy is read whole or not at all; links, pipes and devices are not followed.", \
  "include: [service.yaml]", \
  "include: [services.yaml]") \
X(E_FILE_NAME, "E502", "a file name that leads out of the policy's folder", \
  "What a policy includes lies beside it or below, so that it can be copied and sent as a whole.", \
  "include: [/etc/services.yaml]", \
  "include: [services.yaml]") \
X(E_FILE_LOOP, "E503", "a file that includes itself", \
  "Of two files that include each other none is complete before the other.", \
  "a.yaml: include: [b.yaml]\nb.yaml: include: [a.yaml]", \
  "a.yaml: include: [b.yaml]") \
X(E_FILE_DEPTH, "E504", "too many files inside each other", \
  "A reader must be able to find what a policy says.", \
  "nine files, each of which includes the next", \
  "include them all in the first one") \
X(E_SAID_TWICE, "E505", "a key that is given in two files", \
  "What is said once for the whole policy has one place.", \
  "a.yaml: quarantine: repair\nb.yaml: quarantine: closed", \
  "a.yaml: quarantine: repair") \
X(E_DEFINED_TWICE, "E506", "a name that is defined twice", \
  "Which of the two is meant cannot be told.", \
  "a.yaml: networks: {pacs: [10.0.0.1]}\nb.yaml: networks: {pacs: [10.0.0.2]}", \
  "override:\n  networks: {pacs: [10.0.0.2]}") \
X(E_OVERRIDE, "E507", "an override that replaces nothing", \
  "`override` replaces what an included file defines; a misspelt name would define something new.", \
  "override:\n  networks: {pasc: [10.0.0.2]}", \
  "override:\n  networks: {pacs: [10.0.0.2]}") \
X(E_CSV, "E508", "a table that cannot be read", \
  "With quotes in the wrong place nobody knows where a cell ends. Tables are CSV as in RFC 4180.", \
  "Asset,MAC\nprobe 15\",02:00:00:00:11:01", \
  "Asset,MAC\n\"probe 15\"\"\",02:00:00:00:11:01") \
X(E_JSON, "E509", "this is not valid JSON", \
  "A list of devices is read whole or not at all.", \
  "[{name: pump-1}]", \
  "[{\"name\": \"pump-1\"}]") \
X(E_COLUMN, "E510", "no such column, or two of one name", \
  "The first line of a table names its columns; of JSON, a path leads to each value.", \
  "columns: { name: Aset, ... }", \
  "columns: { name: Asset, ... }") \
X(E_ROW, "E511", "a row of another length than the header", \
  "Its cells may have moved into other columns.", \
  "Asset,MAC\npump-1", \
  "Asset,MAC\npump-1,02:00:00:00:11:01") \
X(E_NO_VALUE, "E512", "a row lacks what a device needs", \
  "Each row is a device, unless it is all empty.", \
  "Asset,MAC\n,02:00:00:00:11:01", \
  "Asset,MAC\npump-1,02:00:00:00:11:01") \
X(E_NO_PROFILE_FOR, "E513", "a value that no profile is given for", \
  "A device without a profile would be denied everything.", \
  "profiles: { \"Infusomat\": pump }    # and a row has \"Perfusor\"", \
  "profiles: { \"Infusomat\": pump, \"Perfusor\": pump }") \
X(E_IMPORT, "E514", "an import that lacks something, or says it twice", \
  "Each value of a device comes from one column, or is given for all devices.", \
  "- { csv: cmms.csv, columns: { ..., vlan: VLAN }, vlan: 110 }", \
  "- { csv: cmms.csv, columns: { ..., vlan: VLAN } }") \
X(E_PAGE, "E515", "one page of several", \
  "An answer that has a `next` lacks devices.", \
  "GET /api/dcim/devices/", \
  "GET /api/dcim/devices/?limit=0") \
X(E_NO_DEVICES, "E516", "an import without devices", \
  "An export that failed is an empty list, and would cut off every device that was in it.", \
  "Asset,MAC    # and nothing below", \
  "Asset,MAC\npump-1,02:00:00:00:11:01")
/* clang-format on */

#endif
