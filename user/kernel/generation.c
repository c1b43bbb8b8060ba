/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/generation.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/own.h"
#include "gateway.skel.h"
#include "kernel/tables.h"

static int share_state(struct gateway_bpf *skeleton, const struct state *state)
{
	for (enum state_map i = 0; i < STATE_MAPS; i++) {
		const char *name = state_map_name(i);
		struct bpf_map *map =
			name ? bpf_object__find_map_by_name(skeleton->obj, name) : NULL;
		int err = map ? bpf_map__reuse_fd(map, state->fds[i]) : 0;

		if (err)
			return err;
	}
	return 0;
}

static uint64_t coarse_tick(void)
{
	struct timespec t;

	clock_getres(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_nsec;
}

/* How far the kernel's TAI is ahead of its UTC, s: 0 until somebody has told it, as NTP does. */
static uint64_t tai_offset(void)
{
	uint64_t utc = clock_read(CLOCK_REALTIME), tai = clock_read(CLOCK_TAI);

	/* It is in whole seconds, and the second reading is a little later. */
	return (tai - utc) / 1000000000u;
}

/* A frame of no link must be dropped. Its metadata tells the program that it is a trial. */
static int run_once(int program, struct error *error)
{
	unsigned char frame[68] = { 0 };
	struct xdp_md context = { .data = 4, .data_end = sizeof(frame) };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame),
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .repeat = 1);
	int err = bpf_prog_test_run_opts(program, &opts);

	if (err)
		return error_set(error, err, "the new program did not run in the kernel's test: %s",
				 strerror(-err));
	if (opts.retval != XDP_DROP)
		return error_set(error, -EINVAL,
				 "the new program let a frame of no link pass (verdict %u)",
				 opts.retval);
	return 0;
}

/* The program's constants: what it has to know, and what the policy does not use is left out. */
static void set_constants(struct gateway_bpf *skeleton, const struct state *state,
			  const struct image *image)
{
	const struct image_features *has = &image->features;
	__typeof__(skeleton->rodata) r = skeleton->rodata;

	r->flow_seed = state->meta->flow_seed;
	r->owner_count = state_owner_capacity(state);
	r->clock_tick = coarse_tick();
	r->tai_offset = tai_offset();
	r->quarantine_profile = image->quarantine_profile;
	r->has_ipv6 = has->ipv6;
	r->has_prefixes = has->prefixes;
	r->has_dhcp = has->dhcp;
	r->has_fragments = has->fragments;
	r->has_replies = has->replies;
	r->has_rule_limits = has->rule_limits;
	r->has_quotas = has->quotas;
	r->has_encryption = has->encryption;
	r->has_vlan_maps = has->vlan_maps;
	r->has_stacks = has->stacks;
	r->has_ethertypes = has->ethertypes;
	r->has_host = has->host;
	r->has_routed = has->routed;
	r->has_times = has->times;
	r->has_logs = has->logs;
}

int generation_load(struct state *state, const struct generation_parts *parts,
		    struct generation *out, struct error *error)
{
	_cleanup_(tables_free) struct tables tables = { .parts = parts,
							      .kept = &state->kept };
	_cleanup_(generation_free) struct generation g = { 0 };
	int err;

	/* Never given out again, even if this fails: flows remember who judged them. */
	g.number = ++state->meta->last_generation;
	g.skeleton = tables.skeleton = gateway_bpf__open();
	if (!g.skeleton)
		return error_set(error, -errno, "cannot open the program: %s", strerror(errno));
	g.skeleton->rodata->generation = g.number;
	set_constants(g.skeleton, state, parts->image);
	err = tables_prepare(&tables) ?: share_state(g.skeleton, state);
	if (err)
		return error_set(error, err, "cannot prepare the tables of the new generation: %s",
				 strerror(-err));
	err = gateway_bpf__load(g.skeleton);
	if (err)
		return error_set(error, err, "the kernel refused the program: %s%s", strerror(-err),
				 err == -EPERM ? " (root is needed)" :
						 "; report what wardgated says when it runs with "
						 "WARDGATE_DEBUG_LIBBPF=1");
	err = tables_fill(&tables);
	if (err)
		return error_set(error, err, "cannot fill the tables of the new generation: %s",
				 strerror(-err));
	g.program = bpf_program__fd(g.skeleton->progs.wardgate);
	err = run_once(g.program, error);
	if (err)
		return err;
	*out = g;
	g.skeleton = NULL;
	return 0;
}

void generation_free(struct generation *generation)
{
	gateway_bpf__destroy(generation->skeleton);
	generation->skeleton = NULL;
}
