/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare.h"

#include <string.h>

/* Time in a case begins an hour after boot. */
#define START (3600 * 1000000000ull)

/* And the wall clock on Monday, 2027-01-11, at 0:00 UTC. */
#define WALL_START 1799625600ull

const char *reason_name(int reason)
{
	static const char *const labels[WARD_REASON_SLOTS] = {
#define X(number, name, label, sentence, advice) [number] = label,
		WARD_REASONS(X)
#undef X
	};

	if (reason < 0 || reason >= WARD_REASON_SLOTS || !labels[reason])
		return reason < 0 ? "(test run failed)" : "(none)";
	return labels[reason];
}

void pair_reset(struct pair *pair, const struct ref_case *c)
{
	ref_free(&pair->ref);
	pair->ref = ref_new(real_clock_tick());
	real_reset(pair->real);
	ref_apply(pair->ref, &c->policies[0], real_generation(pair->real));
	pair->now = START;
	pair->ahead = WALL_START - START / 1000000000;
}

static bool agree(const struct ref_verdict *a, const struct ref_verdict *b)
{
	if (a->reason != b->reason || a->passes != b->passes || a->audited != b->audited ||
	    strcmp(a->owner, b->owner) || (a->port < 0) != (b->port < 0))
		return false;
	if (!a->passes)
		return true;
	return a->out.length == b->out.length && !memcmp(a->out.bytes, b->out.bytes, a->out.length);
}

static const struct ref_policy *active(const struct ref_case *c, size_t event)
{
	for (size_t i = event; i-- > 0;)
		if (c->events[i].kind == EVENT_APPLY)
			return &c->policies[c->events[i].policy];
	return &c->policies[0];
}

/* A device that is not in the policy cannot be put into quarantine. */
static bool has_device(const struct ref_policy *policy, const char *name)
{
	for (unsigned i = 0; i < policy->device_count; i++)
		if (!strcmp(policy->devices[i].name, name))
			return true;
	return false;
}

bool pair_step(struct pair *pair, const struct ref_case *c, size_t event, struct difference *d)
{
	const struct event *e = &c->events[event];

	pair->now += e->wait;
	switch (e->kind) {
	case EVENT_APPLY:
		real_apply(pair->real, e->policy);
		ref_apply(pair->ref, &c->policies[e->policy], real_generation(pair->real));
		return true;
	case EVENT_QUARANTINE:
		if (!has_device(active(c, event), e->device))
			return true;
		real_quarantine(pair->real, e->device, e->on);
		ref_quarantine(pair->ref, e->device, e->on);
		return true;
	case EVENT_CLOCK:
		pair->ahead = e->wall - pair->now / 1000000000;
		return true;
	case EVENT_FRAME:
		break;
	}
	d->event = event;
	ref_set_clock(pair->ref, pair->now / 1000000000 + pair->ahead);
	real_set_clock(pair->real, pair->now / 1000000000 + pair->ahead);
	ref_judge(pair->ref, e->port, pair->now, e->frame, &d->ref);
	real_judge(pair->real, e->port, pair->now, e->frame, &d->real);
	return agree(&d->real, &d->ref);
}

bool pair_run(struct pair *pair, const struct ref_case *c, struct difference *d)
{
	pair_reset(pair, c);
	for (size_t i = 0; i < c->count; i++)
		if (!pair_step(pair, c, i, d))
			return false;
	return true;
}

bool difference_same(const struct difference *a, const struct difference *b)
{
	return a->real.reason == b->real.reason && a->ref.reason == b->ref.reason &&
	       a->real.passes == b->real.passes && a->ref.passes == b->ref.passes;
}

static void print_verdict(const char *who, const struct ref_verdict *v, FILE *out)
{
	fprintf(out, "# %s: %s, %s%s, charged to '%s'", who, reason_name(v->reason),
		v->passes ? "passes" : "drops", v->audited ? " (audited)" : "", v->owner);
	if (v->passes) {
		fprintf(out, "%s, %u bytes, ", v->port < 0 ? " for the kernel" : "",
			v->out.length);
		for (unsigned i = 12; i < 24 && i < v->out.length; i++)
			fprintf(out, "%02x", v->out.bytes[i]);
	}
	fputs("\n", out);
}

void difference_print(const struct difference *d, const struct ref_case *c, FILE *out)
{
	case_write(c, out);
	print_verdict("program", &d->real, out);
	print_verdict("reference", &d->ref, out);
}
