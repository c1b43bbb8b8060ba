/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests of the policy room share: policies from text, and what was said of them. */
#ifndef WARDGATE_TESTS_POLICY_HELPER_H
#define WARDGATE_TESTS_POLICY_HELPER_H

#include <stdbool.h>

#include "policy/policy.h"

/* A policy read from text, as far as it got. Zero-initialised, released by reading_free(). */
struct reading {
	struct sources *sources;
	struct model *model; /* NULL: refused */
	struct diags diags;
	struct text findings; /* as they are printed; the file is called "policy" */
};

void reading_free(struct reading *reading);

/* parse(), and check() when it got that far. */
struct reading read_policy(const char *text);

/* A good policy, compiled and proved. */
struct built {
	struct reading reading;
	struct image *image;
};

void built_free(struct built *built);

/* Asserts that it is good. */
struct built build(const char *text);

/* What lets `opener` open a flow, or NULL: denied. */
const struct image_entry *image_find(const struct image *image, uint16_t profile,
				     enum ward_side opener, uint32_t peer_class,
				     uint32_t service_class);

/* The text fails, and the findings hold this. */
bool refuses(const char *text, const char *finding);

/* A small good policy: POLICY_HEAD, then POLICY_PROFILES, then POLICY_DEVICES. */
#define POLICY_HEAD                                                                                \
	"version: 1\n"                                                                             \
	"links:\n"                                                                                 \
	"  - { name: ward, clinical: a0, it: b0 }\n"                                               \
	"networks:\n"                                                                              \
	"  pacs: [10.20.30.40]\n"
#define POLICY_PROFILES                                                                            \
	"profiles:\n"                                                                              \
	"  ct:\n"                                                                                  \
	"    allow:\n"                                                                             \
	"      - { to: pacs, services: [dicom] }\n"
#define POLICY_DEVICES                                                                             \
	"devices:\n"                                                                               \
	"  - { name: ct-1, mac: 02:00:00:00:11:01, vlan: 110, ip: 10.110.4.13, profile: ct }\n"

#endif
