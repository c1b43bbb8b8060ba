// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a policy costs from its text to the ports, pass by pass, as the daemon runs them: the policy
 * in force stays in memory until the next one is. Milliseconds on the wall and on the CPU.
 *
 *	policies ROUNDS BPFFS DEVICES POLICY CHANGED
 *
 * BPFFS "-": without the kernel. Prints lines "WHAT PASS WALL CPU", medians of the rounds, where
 * WHAT is "policy" (by a daemon that was just started) or "change" (of one device, while POLICY is in
 * force); then "size ENTRIES DEVICES
 * COMPARED KIB", the last the most that this process ever had in memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel/kernel.h"
#include "policy/policy.h"

#define ROUNDS_MAX 99

enum pass { READ, PARSE, CHECK, LINT, COMPILE, PROVE, PUBLISH, ALL, PASSES };

static const char *const pass_names[] = { "read",  "parse",   "check", "lint", "compile",
					  "prove", "publish", "all" };

struct cost {
	double wall, cpu;
};

/* Of one kind of run, by pass and round. */
struct costs {
	struct cost of[PASSES][ROUNDS_MAX];
	unsigned int rounds;
};

struct run {
	struct kernel *kernel; /* NULL: nothing is published */
	struct policy *running;
	struct cost since; /* when the pass at hand began */
	struct cost *now; /* PASSES costs: those of the round at hand */
};

static struct cost clocks(void)
{
	return (struct cost){ (double)clock_read(CLOCK_MONOTONIC) / 1e6,
			      (double)clock_read(CLOCK_PROCESS_CPUTIME_ID) / 1e6 };
}

/* The pass has ended; the next begins. */
static void lap(struct run *run, enum pass pass)
{
	struct cost now = clocks();

	run->now[pass] = (struct cost){ now.wall - run->since.wall, now.cpu - run->since.cpu };
	run->now[ALL].wall += run->now[pass].wall;
	run->now[ALL].cpu += run->now[pass].cpu;
	run->since = clocks();
}

__attribute__((noreturn)) static void fail(const struct error *error, const struct diags *diags,
					   const struct sources *sources)
{
	struct text findings = { 0 };

	diags_print(diags, sources, &findings);
	fprintf(stderr, "policies: %s\n%s", error->text, findings.bytes ? findings.bytes : "");
	exit(1);
}

/* Those of policy_build(), one by one. */
static int build(struct run *run, struct policy *policy, struct diags *diags, struct error *error)
{
	int err = policy_parse(policy->sources, &policy->model, diags);

	lap(run, PARSE);
	err = err ?: policy_check(policy->model, diags);
	lap(run, CHECK);
	err = err ?: policy_lint(policy->model, clock_realtime(), diags);
	lap(run, LINT);
	err = err ?: policy_compile(policy->model, &policy->image, error);
	lap(run, COMPILE);
	err = err ?: policy_prove(policy->model, policy->image, &policy->compared, error);
	lap(run, PROVE);
	return err;
}

static void apply(struct run *run, const char *file)
{
	struct policy *policy = calloc(1, sizeof(*policy));
	struct generation_slots slots = { 0 };
	struct error error = { .text = "the policy is not good" };
	struct diags diags = { 0 };

	run->since = clocks();
	if (!policy || sources_read(file, &policy->sources, &error))
		fail(&error, &diags, NULL);
	lap(run, READ);
	if (build(run, policy, &diags, &error))
		fail(&error, &diags, policy->sources);
	if (run->kernel && kernel_publish(run->kernel, policy->image, true, &slots, &error))
		fail(&error, &diags, policy->sources);
	lap(run, PUBLISH);
	generation_slots_free(&slots);
	diags_free(&diags);
	policy_free(&run->running);
	run->running = policy;
}

static int by_wall(const void *left, const void *right)
{
	const struct cost *a = left, *b = right;

	return a->wall < b->wall ? -1 : a->wall > b->wall;
}

static int by_cpu(const void *left, const void *right)
{
	const struct cost *a = left, *b = right;

	return a->cpu < b->cpu ? -1 : a->cpu > b->cpu;
}

static void print_costs(const char *what, struct costs *costs)
{
	for (enum pass pass = 0; pass < PASSES; pass++) {
		struct cost *all = costs->of[pass];
		double wall;

		qsort(all, costs->rounds, sizeof(*all), by_wall);
		wall = all[costs->rounds / 2].wall;
		qsort(all, costs->rounds, sizeof(*all), by_cpu);
		printf("%s %s %.1f %.1f\n", what, pass_names[pass], wall,
		       all[costs->rounds / 2].cpu);
	}
}

static long peak_memory(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[256];
	long kib = -1;

	while (status && fgets(line, sizeof(line), status))
		if (!strncmp(line, "VmHWM:", 6))
			kib = strtol(line + 6, NULL, 10);
	if (status)
		fclose(status);
	return kib;
}

static void measure(struct run *run, struct costs *costs, const char *file)
{
	struct cost now[PASSES] = { 0 };

	run->now = now;
	apply(run, file);
	for (enum pass pass = 0; pass < PASSES; pass++)
		costs->of[pass][costs->rounds] = now[pass];
	costs->rounds++;
}

/* As a daemon that starts: it has nothing of the last policy but what is pinned. */
static void start(struct run *run, char **argv)
{
	const struct kernel_options options = {
		.bpffs = argv[2],
		.device_capacity = (uint32_t)strtoul(argv[3], NULL, 10),
		.rule_capacity = 2 * KERNEL_RULE_CAPACITY,
	};
	struct error error;

	policy_free(&run->running);
	kernel_close(&run->kernel);
	if (!strcmp(options.bpffs, "-") || !kernel_open(&options, &run->kernel, &error))
		return;
	fprintf(stderr, "policies: %s\n", error.text);
	exit(1);
}

int main(int argc, char **argv)
{
	static struct costs whole, change;
	struct run run = { 0 };
	unsigned int rounds;

	if (argc != 6) {
		fprintf(stderr, "usage: policies ROUNDS BPFFS DEVICES POLICY CHANGED\n");
		return 2;
	}
	rounds = (unsigned int)strtoul(argv[1], NULL, 10);
	for (unsigned int i = 0; i < rounds && i < ROUNDS_MAX; i++) {
		start(&run, argv);
		measure(&run, &whole, argv[4]);
		measure(&run, &change, argv[5]);
	}
	print_costs("policy", &whole);
	print_costs("change", &change);
	printf("size %zu %zu %llu %ld\n", run.running->image->entries.count,
	       run.running->image->devices.count, (unsigned long long)run.running->compared,
	       peak_memory());
	policy_free(&run.running);
	kernel_close(&run.kernel);
	return 0;
}
