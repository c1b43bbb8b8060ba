/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy of several files. */
#ifndef WARDGATE_POLICY_CODES_FILES_H
#define WARDGATE_POLICY_CODES_FILES_H

/* clang-format off */
#define CODES_FILES(X) \
X(E_FILE, "E401", "a file that cannot be read", \
  "A policy is read whole or not at all; links, pipes and devices are not followed.", \
  "include: [service.yaml]", \
  "include: [services.yaml]") \
X(E_FILE_NAME, "E402", "a file name that leads out of the policy's folder", \
  "What a policy includes lies beside it or below, so that it can be copied and sent as a whole.", \
  "include: [/etc/services.yaml]", \
  "include: [services.yaml]") \
X(E_FILE_LOOP, "E403", "a file that includes itself", \
  "Of two files that include each other none is complete before the other.", \
  "a.yaml: include: [b.yaml]\nb.yaml: include: [a.yaml]", \
  "a.yaml: include: [b.yaml]") \
X(E_FILE_DEPTH, "E404", "too many files inside each other", \
  "A reader must be able to find what a policy says.", \
  "nine files, each of which includes the next", \
  "include them all in the first one") \
X(E_SAID_TWICE, "E405", "a key that is given in two files", \
  "What is said once for the whole policy has one place.", \
  "a.yaml: quarantine: repair\nb.yaml: quarantine: closed", \
  "a.yaml: quarantine: repair") \
X(E_DEFINED_TWICE, "E406", "a name that is defined twice", \
  "Which of the two is meant cannot be told.", \
  "a.yaml: networks: {pacs: [10.0.0.1]}\nb.yaml: networks: {pacs: [10.0.0.2]}", \
  "override:\n  networks: {pacs: [10.0.0.2]}") \
X(E_OVERRIDE, "E407", "an override that replaces nothing", \
  "`override` replaces what an included file defines; a misspelt name would define something new.", \
  "override:\n  networks: {pasc: [10.0.0.2]}", \
  "override:\n  networks: {pacs: [10.0.0.2]}")
/* clang-format on */

#endif
