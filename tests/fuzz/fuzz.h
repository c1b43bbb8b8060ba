/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fuzzers share: a policy is taken through all passes, and held to what they promise. */
#ifndef WARDGATE_TESTS_FUZZ_H
#define WARDGATE_TESTS_FUZZ_H

#include "policy/policy.h"

#define FUZZ_HEAD                                                                                  \
	"version: 1\n"                                                                             \
	"links:\n"                                                                                 \
	"  - { name: ward, clinical: a0, it: b0, dhcp-servers: [10.0.0.1] }\n"                     \
	"networks:\n"                                                                              \
	"  pacs: [10.20.30.40]\n"                                                                  \
	"profiles:\n"                                                                              \
	"  ct:\n"                                                                                  \
	"    allow:\n"                                                                             \
	"      - { to: pacs, services: [dicom] }\n"

/* Ends the process when memory ran out, so that this is not taken for a finding. */
struct sources *fuzz_sources(const char *text, size_t length);
void fuzz_add(struct sources *sources, const char *path, const void *bytes, size_t length);

/*
 * Takes the policy through all passes, or (quicker) only to where it is checked, and frees it.
 * Aborts when it is refused without a finding, or when what is printed of a good one is not the
 * same policy again.
 */
void fuzz_build(struct sources **sources);
void fuzz_check(struct sources **sources);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#endif
