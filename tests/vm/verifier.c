// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into wardgated: lets the verifier report on every program the daemon loads, and writes
 *
 *	NAME INSTRUCTIONS STACK
 *
 * to the file that WARDGATE_VERIFIER names: instructions that the verifier processed, and bytes of
 * stack. So the figures are those of the real program, with the constants of a real policy.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* BPF_LOG_STATS of the kernel's include/linux/bpf_verifier.h: figures only, since 5.2. */
#define LOG_STATS 4
#define REPORT_SIZE (1 << 16)

/* "stack depth 96+0+16": a number for each function that was verified by itself. */
static long stack_depth(const char *report)
{
	char *at = strstr(report, "stack depth ");
	long sum = 0;

	if (!at)
		return -1;
	for (at += strlen("stack depth ") - 1; *at == ' ' || *at == '+';)
		sum += strtol(at + 1, &at, 10);
	return sum;
}

static void write_figures(FILE *out, const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);
	size_t report_size;
	const char *report = bpf_program__log_buf(program, &report_size);

	if (report && !bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		fprintf(out, "%s %u %ld\n", bpf_program__name(program), info.verified_insns,
			stack_depth(report));
}

int bpf_object__load_skeleton(struct bpf_object_skeleton *skeleton)
{
	int (*load)(struct bpf_object_skeleton *skeleton) =
		dlsym(RTLD_NEXT, "bpf_object__load_skeleton");
	const char *path = getenv("WARDGATE_VERIFIER");
	struct bpf_program *program;
	FILE *out;
	int err;

	bpf_object__for_each_program(program, *skeleton->obj) {
		bpf_program__set_log_level(program, LOG_STATS);
		/* Never freed: the process loads a handful of programs and ends. */
		bpf_program__set_log_buf(program, calloc(1, REPORT_SIZE), REPORT_SIZE);
	}
	err = load(skeleton);
	bpf_object__for_each_program(program, *skeleton->obj) {
		size_t size;

		if (err)
			fprintf(stderr, "%s: %s\n", bpf_program__name(program),
				bpf_program__log_buf(program, &size));
	}
	out = path ? fopen(path, "a") : NULL;
	if (!out)
		return err;
	bpf_object__for_each_program(program, *skeleton->obj) {
		if (!err && bpf_program__autoload(program))
			write_figures(out, program);
	}
	fclose(out);
	return err;
}
