/* SPDX-License-Identifier: GPL-2.0-only */
/* The fuzzer's own parts, with a second reference in place of the program. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "generate.h"
#include "stub.h"

/* A fault that only the second packet of a flow shows. */
static void forget_flows(const struct ref_frame *frame, struct ref_verdict *v)
{
	(void)frame;
	if (v->reason == WARD_FLOW) {
		v->reason = WARD_UNSOLICITED;
		v->passes = false;
	}
}

static struct ref_case *random_case(struct random *r, size_t frames)
{
	struct ref_case *c = calloc(1, sizeof(*c));
	struct talks *talks;

	generate_policy(r, &c->policies[0]);
	c->policies[1] = c->policies[0];
	generate_variant(r, &c->policies[1]);
	c->policy_count = 2;
	talks = talks_new(r, &c->policies[0]);
	for (size_t i = 0; i < frames; i++) {
		struct event *e = case_add(c, EVENT_FRAME);

		e->wait = talks_wait(talks);
		talks_next(talks, e->frame, &e->port);
		if (i % 100 == 99)
			case_add(c, EVENT_APPLY)->policy = i / 100 % 2;
		if (i % 50 == 25)
			case_add(c, EVENT_CLOCK)->wall = generate_wall(r, &c->policies[0]);
	}
	talks_free(&talks);
	return c;
}

Test(fuzz, shrinks_a_difference_to_a_few_frames, .timeout = 120)
{
	struct difference *d = calloc(1, sizeof(*d));
	struct random r = { 0 };
	struct pair pair = { 0 };
	unsigned found = 0;
	char error[4096];

	stub_fault = forget_flows;
	pair.real = real_new(error);
	for (unsigned i = 0; i < 20; i++) {
		struct ref_case *c = random_case(&r, 1000);

		cr_assert(real_load(pair.real, c->policies, c->policy_count, error));
		if (!pair_run(&pair, c, d)) {
			shrink(&pair, &c, d, false);
			cr_expect_leq(c->count, 4, "%zu events are left", c->count);
			cr_expect_eq(c->policy_count, 1);
			cr_expect_leq(c->policies[0].device_count, 2);
			found++;
		}
		case_free(&c);
	}
	cr_expect_geq(found, 10, "%u", found);
	ref_free(&pair.ref);
	real_free(&pair.real);
	free(d);
}

/* Written and read again, a case is the same; so the reference can read what it prints. */
Test(fuzz, reads_a_case_that_it_wrote, .timeout = 60)
{
	struct random r = { 7 };

	for (unsigned i = 0; i < 50; i++) {
		struct ref_case *c = random_case(&r, 200), *again = NULL;
		char path[] = "/tmp/wardgate-case-XXXXXX", error[256];
		FILE *out = fdopen(mkstemp(path), "w");

		case_write(c, out);
		fclose(out);
		cr_assert(case_read(path, &again, error), "%s", error);
		remove(path);
		cr_assert_eq(again->count, c->count);
		cr_assert(!memcmp(again->policies, c->policies, sizeof(c->policies)),
			  "policy of round %u", i);
		for (size_t j = 0; j < c->count; j++)
			if (c->events[j].frame)
				cr_assert(!memcmp(again->events[j].frame->bytes,
						  c->events[j].frame->bytes,
						  c->events[j].frame->length));
		case_free(&again);
		case_free(&c);
	}
}

/* Routed mode, ports that are gone and impossible states are not part of the fuzzing. */
static bool is_out_of_scope(int reason)
{
	return reason == WARD_PORT_DOWN || reason == WARD_INTERNAL || reason == WARD_NO_ROUTE ||
	       reason == WARD_NEIGHBOUR || reason == WARD_WRONG_GATEWAY ||
	       !strcmp(reason_name(reason), "(none)");
}

Test(fuzz, reaches_every_reason, .timeout = 120)
{
	struct ref_verdict *v = calloc(1, sizeof(*v));
	struct random r = { 1 };
	struct pair pair = { 0 };
	unsigned hits[WARD_REASON_SLOTS] = { 0 }, audited = 0;
	char error[256];

	stub_fault = NULL;
	pair.real = real_new(error);
	for (unsigned i = 0; i < 150; i++) {
		struct ref_case *c = random_case(&r, 2000);
		uint64_t now = 3600 * 1000000000ull;

		pair.ref = ref_new(real_clock_tick());
		ref_apply(pair.ref, &c->policies[0], 1);
		for (size_t j = 0; j < c->count; j++) {
			const struct event *e = &c->events[j];

			now += e->wait;
			if (e->kind == EVENT_APPLY) {
				ref_apply(pair.ref, &c->policies[e->policy], e->policy + 1);
				ref_quarantine(pair.ref, c->policies[0].devices[0].name, j % 7 < 2);
				continue;
			}
			if (e->kind == EVENT_CLOCK) {
				ref_set_clock(pair.ref, e->wall);
				continue;
			}
			ref_judge(pair.ref, e->port, now, e->frame, v);
			hits[v->reason]++;
			audited += v->audited;
		}
		ref_free(&pair.ref);
		case_free(&c);
	}
	for (int reason = 1; reason < WARD_REASON_SLOTS; reason++) {
		if (getenv("REFERENCE_HITS") && hits[reason])
			fprintf(stderr, "%8u %s\n", hits[reason], reason_name(reason));
		cr_expect(is_out_of_scope(reason) || hits[reason] >= 5, "%s: %u times",
			  reason_name(reason), hits[reason]);
	}
	cr_expect_geq(audited, 1000);
	real_free(&pair.real);
	free(v);
}
