/* SPDX-License-Identifier: GPL-2.0-only */
/* Random policies, and random frames that have to do with them. */
#ifndef WARDGATE_REFERENCE_GENERATE_H
#define WARDGATE_REFERENCE_GENERATE_H

#include "gateway.h"
#include "random.h"

void generate_policy(struct random *r, struct ref_policy *out);
/* When it is a rule, which most are always. */
void generate_times(struct random *r, struct ref_rule *rule);
/* Changes rules, limits, modes and devices, but no link: as an operator does on a normal day. */
void generate_variant(struct random *r, struct ref_policy *policy);

/* A time of UTC at which some rule of the policy begins or ends, or is about to, or any other. */
uint64_t generate_wall(struct random *r, const struct ref_policy *policy);

/* What the hosts of one policy are talking about. */
struct talks;

struct talks *talks_new(struct random *r, const struct ref_policy *policy);
void talks_free(struct talks **talks);
/* The next frame, and the port on which it comes in (2 * link + side, or -1: of no link). */
void talks_next(struct talks *talks, struct ref_frame *frame, int *port);
/* How long until it comes, ns. */
uint64_t talks_wait(struct talks *talks);
/* What became of it: nobody goes on for long with what never gets through. */
void talks_heard(struct talks *talks, bool passed);

/* Damages the frame, or lets it come from somewhere else. */
void mutate(struct random *r, const struct ref_policy *policy, struct ref_frame *frame, int *port);

/* One line about a frame, for whoever reads a failing case. */
void decode(const struct ref_frame *frame, FILE *out);

#endif
