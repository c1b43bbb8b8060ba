// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into wardgated: lets the verifier report on every program the daemon loads, and writes
 *
 *	NAME INSTRUCTIONS STACK
 *
 * to the file that WARDGATE_VERIFIER names: instructions that the verifier processed, and bytes of
 * stack of the deepest chain of calls. So the figures are those of the real program, with the
 * constants of a real policy.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* BPF_LOG_STATS of the kernel's include/linux/bpf_verifier.h: figures only, since 5.2. */
#define LOG_STATS 4
#define REPORT_SIZE (1 << 16)
/* BPF_MAX_SUBPROGS and MAX_CALL_FRAMES of the same header. */
#define FUNCTIONS 256
#define FRAMES 8

/* The program as it is after verification: dead functions are gone, and the report omits them. */
struct code {
	struct bpf_insn *insns;
	struct bpf_func_info *functions;	/* where each one starts */
	size_t insn_count, function_count;
	long stack[FUNCTIONS];			/* bytes that each one uses itself */
};

static bool read_code(int program, struct bpf_prog_info *info, struct code *code)
{
	__u32 size = sizeof(*info);

	if (bpf_obj_get_info_by_fd(program, info, &size))
		return false;
	code->insn_count = info->xlated_prog_len / sizeof(*code->insns);
	code->function_count = info->nr_func_info;
	code->insns = calloc(code->insn_count + 1, sizeof(*code->insns));
	code->functions = calloc(code->function_count + 1, sizeof(*code->functions));
	if (!code->insns || !code->functions || code->function_count > FUNCTIONS)
		return false;
	*info = (struct bpf_prog_info){
		.xlated_prog_len = info->xlated_prog_len,
		.xlated_prog_insns = (__u64)(unsigned long)code->insns,
		.nr_func_info = info->nr_func_info,
		.func_info_rec_size = sizeof(*code->functions),
		.func_info = (__u64)(unsigned long)code->functions,
	};
	return !bpf_obj_get_info_by_fd(program, info, &size);
}

/* The report says "stack depth 96+0+16": a number for each function, in the order of the code. */
static bool read_stack(const char *report, struct code *code)
{
	const char *at = strstr(report, "stack depth ");
	char *end;

	if (!at)
		return false;
	at += strlen("stack depth ");
	for (size_t i = 0; i < code->function_count; i++) {
		code->stack[i] = strtol(at, &end, 10);
		if (end == at)
			return false;
		at = end + (*end == '+');
	}
	return *at == '\n';
}

/* The function that is called, or named as a callback, here; 0 for none: nobody calls the first. */
static size_t callee(const struct code *code, size_t at)
{
	const struct bpf_insn *insn = &code->insns[at];

	/* jit_subprogs() of kernel/bpf/verifier.c leaves the number of the function here. */
	if (insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL)
		return (size_t)insn->imm;
	if (insn->code == (BPF_LD | BPF_IMM | BPF_DW) && insn->src_reg == BPF_PSEUDO_FUNC)
		return (size_t)insn[1].imm;
	return 0;
}

/* The deepest chain of calls, each frame rounded up as Linux 6.1 does. */
static long stack_below(const struct code *code, size_t function, int frames)
{
	size_t end = function + 1 < code->function_count ? code->functions[function + 1].insn_off :
							   code->insn_count;
	long deepest = 0, frame = code->stack[function] ?: 1;

	for (size_t i = code->functions[function].insn_off; i < end; i++) {
		size_t called = callee(code, i);
		bool calls = called && called < code->function_count && frames > 1;
		long below = calls ? stack_below(code, called, frames - 1) : 0;

		deepest = below > deepest ? below : deepest;
	}
	return (frame + 31) / 32 * 32 + deepest;
}

static void write_figures(FILE *out, const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	size_t report_size;
	const char *report = bpf_program__log_buf(program, &report_size);
	struct code code = { 0 };

	if (report && read_code(bpf_program__fd(program), &info, &code))
		fprintf(out, "%s %u %ld\n", bpf_program__name(program), info.verified_insns,
			read_stack(report, &code) ? stack_below(&code, 0, FRAMES) : -1);
	free(code.insns);
	free(code.functions);
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
