/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds the program against the reference gateway on random policies and frames. Prints TAP: a test
 * for each batch of policies.
 *
 *	fuzz [--seed N] [--frames N] [--policy-count N] [--time SECONDS] [--differences N]
 *	     [--save FOLDER] [--quick]
 *	fuzz --replay FILE...
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compare.h"
#include "generate.h"

#define SEQUENCE 1500	/* events before everything is forgotten */
#define SEEN 256

struct options {
	uint64_t seed, frames, seconds;
	unsigned policies, differences;
	const char *save;
	bool quick;		/* leave the policies as they are when a case is shrunk */
};

struct fuzz {
	struct options options;
	struct random random;
	struct pair pair;
	struct ref_case *c;
	uint64_t frames, refused, passed;
	time_t began;
	unsigned applied;	/* policy in force */
	unsigned found, hits[SEEN];
	struct {
		int real, ref;
		bool passes[2];
	} seen[SEEN];
};

/* True when this pair of reasons was found before: one bug is reported once. */
static bool is_known(struct fuzz *f, const struct difference *d)
{
	for (unsigned i = 0; i < f->found; i++)
		if (f->seen[i].real == d->real.reason && f->seen[i].ref == d->ref.reason &&
		    f->seen[i].passes[0] == d->real.passes &&
		    f->seen[i].passes[1] == d->ref.passes) {
			f->hits[i]++;
			return true;
		}
	f->hits[f->found] = 1;
	f->seen[f->found].real = d->real.reason;
	f->seen[f->found].passes[0] = d->real.passes;
	f->seen[f->found].passes[1] = d->ref.passes;
	f->seen[f->found++].ref = d->ref.reason;
	return false;
}

static void save(struct fuzz *f, const struct difference *d)
{
	char path[512];
	FILE *out;

	if (!f->options.save)
		return;
	snprintf(path, sizeof(path), "%s/%s-not-%s-%u.case", f->options.save,
		 reason_name(d->ref.reason), reason_name(d->real.reason), f->found);
	out = fopen(path, "we");
	if (!out)
		return;
	fputs("# SPDX-License-Identifier: GPL-2.0-only\n", out);
	difference_print(d, f->c, out);
	fclose(out);
	printf("# saved as %s\n", path);
}

static void report(struct fuzz *f, struct difference *d)
{
	char error[4096];
	struct ref_case *whole = case_copy(f->c);

	printf("# seed %" PRIu64 ", frame %" PRIu64 ": program says %s, reference says %s\n",
	       f->options.seed, f->frames, reason_name(d->real.reason),
	       reason_name(d->ref.reason));
	fflush(stdout);
	shrink(&f->pair, &f->c, d, f->options.quick);
	difference_print(d, f->c, stdout);
	save(f, d);
	fflush(stdout);
	case_free(&f->c);
	f->c = whole;
	real_load(f->pair.real, f->c->policies, f->c->policy_count, error);
}

static void add_event(struct fuzz *f, struct talks *talks)
{
	struct random *r = &f->random;
	struct event *e;

	if (random_percent(r, 1)) {
		const struct ref_policy *p = &f->c->policies[0];

		/* Generations only go forward: what was replaced never runs again. */
		if (random_percent(r, 20) && f->applied + 1 < f->c->policy_count) {
			e = case_add(f->c, EVENT_APPLY);
			e->policy = ++f->applied;
		} else {
			e = case_add(f->c, EVENT_QUARANTINE);
			snprintf(e->device, sizeof(e->device), "%s",
				 p->devices[random_below(r, p->device_count)].name);
			e->on = random_percent(r, 35);
		}
		return;
	}
	if (random_percent(r, 2)) {
		e = case_add(f->c, EVENT_CLOCK);
		e->wall = generate_wall(r, &f->c->policies[f->applied]);
		return;
	}
	e = case_add(f->c, EVENT_FRAME);
	e->wait = talks_wait(talks);
	talks_next(talks, e->frame, &e->port);
}

/* From nothing, until they differ or it is long enough. */
static bool sequence(struct fuzz *f, struct difference *d)
{
	struct talks *talks = talks_new(&f->random, &f->c->policies[0]);
	bool good = true;

	case_clear_events(f->c);
	f->applied = 0;
	pair_reset(&f->pair, f->c);
	for (unsigned i = 0; i < SEQUENCE && good; i++) {
		add_event(f, talks);
		good = pair_step(&f->pair, f->c, i, d);
		talks_heard(talks, f->c->events[i].kind != EVENT_FRAME || d->ref.passes);
		f->frames += f->c->events[i].kind == EVENT_FRAME;
		f->passed += f->c->events[i].kind == EVENT_FRAME && d->ref.passes;
	}
	talks_free(&talks);
	return good;
}

static bool is_over(const struct fuzz *f)
{
	if (f->found >= f->options.differences)
		return true;
	if (f->options.seconds)
		return time(NULL) - f->began >= (time_t)f->options.seconds;
	return f->frames >= f->options.frames;
}

/* Two variants of a policy, and as many sequences as are its share. */
static bool batch(struct fuzz *f, uint64_t share)
{
	struct difference *d = calloc(1, sizeof(*d));
	uint64_t end = f->frames + share;
	unsigned found = f->found;
	char error[4096];

	f->c = calloc(1, sizeof(*f->c));
	generate_policy(&f->random, &f->c->policies[0]);
	f->c->policies[1] = f->c->policies[0];
	generate_variant(&f->random, &f->c->policies[1]);
	f->c->policy_count = 2;
	if (!real_load(f->pair.real, f->c->policies, 2, error)) {
		printf("# a policy was refused: %s\n", error);
		f->refused++;
	} else {
		while (f->frames < end && !is_over(f))
			if (!sequence(f, d) && !is_known(f, d))
				report(f, d);
	}
	case_free(&f->c);
	free(d);
	return f->found == found;
}

static int run(struct fuzz *f)
{
	unsigned batches = 0;

	f->random.state = f->options.seed;
	f->began = time(NULL);
	while (!is_over(f)) {
		uint64_t refused = f->refused;
		bool good = batch(f, f->options.frames / f->options.policies + 1);

		good &= refused == f->refused;
		printf("%s - reference: policies of batch %u, seed %" PRIu64 "\n",
		       good ? "ok" : "not ok", ++batches, f->options.seed);
		fflush(stdout);
		if (f->refused > 20)
			break;
	}
	for (unsigned i = 0; i < f->found; i++)
		printf("# %u times: program %s (%s), reference %s (%s)\n", f->hits[i],
		       reason_name(f->seen[i].real), f->seen[i].passes[0] ? "passes" : "drops",
		       reason_name(f->seen[i].ref), f->seen[i].passes[1] ? "passes" : "drops");
	printf("# %" PRIu64 " frames (%" PRIu64 " passed) in %u batches, %ld s, seed %" PRIu64 "\n",
	       f->frames, f->passed, batches, (long)(time(NULL) - f->began), f->options.seed);
	return f->found || f->refused;
}

static int replay(struct fuzz *f, char **paths)
{
	struct difference *d = calloc(1, sizeof(*d));
	char error[4096];
	int failed = 0;

	for (; *paths; paths++) {
		bool good = false;

		if (!case_read(*paths, &f->c, error) ||
		    !real_load(f->pair.real, f->c->policies, f->c->policy_count, error))
			printf("# %s\n", error);
		else if (!pair_run(&f->pair, f->c, d))
			difference_print(d, f->c, stdout);
		else
			good = true;
		printf("%s - reference: %s\n", good ? "ok" : "not ok", *paths);
		failed |= !good;
		case_free(&f->c);
	}
	free(d);
	return failed;
}

static const struct option long_options[] = {
	{ "seed", required_argument, NULL, 's' },	 { "frames", required_argument, NULL, 'f' },
	{ "policy-count", required_argument, NULL, 'p' }, { "time", required_argument, NULL, 't' },
	{ "differences", required_argument, NULL, 'd' },  { "save", required_argument, NULL, 'o' },
	{ "replay", no_argument, NULL, 'r' },		  { "quick", no_argument, NULL, 'q' },
	{ NULL, 0, NULL, 0 },
};

/* 1 when the arguments are wrong. */
static int read_options(int argc, char **argv, struct options *o, bool *replays)
{
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case 's':
			o->seed = strtoull(optarg, NULL, 0);
			break;
		case 'f':
			o->frames = strtoull(optarg, NULL, 0);
			break;
		case 'p':
			o->policies = (unsigned)strtoul(optarg, NULL, 0);
			break;
		case 't':
			o->seconds = strtoull(optarg, NULL, 0);
			break;
		case 'd':
			o->differences = (unsigned)strtoul(optarg, NULL, 0);
			break;
		case 'o':
			o->save = optarg;
			break;
		case 'q':
			o->quick = true;
			break;
		case 'r':
			*replays = true;
			break;
		default:
			return 1;
		}
	}
	return !o->policies || !o->differences || o->differences > SEEN;
}

int main(int argc, char **argv)
{
	static struct fuzz f = { .options = { .frames = 1000000, .policies = 25,
					      .differences = 1 } };
	bool replays = false;
	char error[256];
	int failed;

	f.options.seed = (uint64_t)time(NULL);
	if (read_options(argc, argv, &f.options, &replays)) {
		fprintf(stderr, "usage: fuzz [--seed N] [--frames N] [--policy-count N] [--time S] "
				"[--differences N] [--save FOLDER] [--quick] | --replay FILE...\n");
		return 2;
	}
	f.pair.real = real_new(error);
	if (!f.pair.real) {
		printf("ok - reference # SKIP %s\n", error);
		return 0;
	}
	failed = replays ? replay(&f, argv + optind) : run(&f);
	ref_free(&f.pair.ref);
	real_free(&f.pair.real);
	return failed;
}
