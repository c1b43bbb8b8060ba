// SPDX-License-Identifier: GPL-2.0-only
/*
 * stages INTERFACE ROUNDS VLAN: runs a packet of the first device, of a flow that lives, through
 * the stages of the gateway on INTERFACE, up to each of them in turn. Prints "STAGE|NS|NS": what
 * the stage adds, and all up to it, from medians. All is in the caches: the cost of the code alone.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "tools/bench/stages.skel.h"

#define MAX_ROUNDS 99
#define REPEATS 1000000
#define KERNEL_NAME 15	/* of a map's name, the kernel keeps so many characters */

static const char *const names[] = { "entry", "parse", "identify", "state", "allow", "limits",
				     "remember and finish" };

#define STAGES (sizeof(names) / sizeof(names[0]))

static int fail(const char *what)
{
	fprintf(stderr, "stages: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The map of the running program that has this name, or -1. */
static int find_map(int program, const char *name)
{
	__u32 ids[128], length = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = { .nr_map_ids = 128, .map_ids = (__u64)(unsigned long)ids };

	if (bpf_obj_get_info_by_fd(program, &info, &length))
		fail("program");
	for (__u32 i = 0; i < info.nr_map_ids; i++) {
		int fd = bpf_map_get_fd_by_id(ids[i]);
		struct bpf_map_info map = { 0 };
		__u32 size = sizeof(map);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &map, &size) &&
		    !strncmp(map.name, name, KERNEL_NAME))
			return fd;
		close(fd);
	}
	return -1;
}

/* The constants of the generation, by their names: the layouts need not be the same. */
static void copy_constant(const struct btf *from, const void *data, const char *name, void *out)
{
	int id = btf__find_by_name_kind(from, ".rodata", BTF_KIND_DATASEC);
	const struct btf_type *section = btf__type_by_id(from, (__u32)id);
	const struct btf_var_secinfo *variable = section ? btf_var_secinfos(section) : NULL;

	for (__u16 i = 0; section && i < btf_vlen(section); i++, variable++) {
		const struct btf_type *type = btf__type_by_id(from, variable->type);

		if (!strcmp(btf__name_by_offset(from, type->name_off), name)) {
			memcpy(out, (const char *)data + variable->offset, variable->size);
			return;
		}
	}
	fail(name);
}

static void copy_constants(struct stages_bpf *bpf, int program)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info), zero = 0;
	int fd = find_map(program, "gateway_.rodata");
	struct btf *btf;
	void *data;

	if (fd < 0)
		fd = find_map(program, ".rodata");
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
		fail("constants");
	btf = btf__load_from_kernel_by_id(info.btf_id);
	data = calloc(1, info.value_size);
	if (!btf || !data || bpf_map_lookup_elem(fd, &zero, data))
		fail("constants");
#define COPY(name) copy_constant(btf, data, #name, (void *)&bpf->rodata->name)
	COPY(generation);
	COPY(port_seed);
	COPY(device_seed);
	COPY(device_mask);
	COPY(flow_seed);
	COPY(owner_count);
	COPY(quarantine_profile);
	COPY(clock_tick);
	COPY(has_ipv6);
	COPY(has_prefixes);
	COPY(has_dhcp);
	COPY(has_fragments);
	COPY(has_replies);
	COPY(has_rule_limits);
	COPY(has_quotas);
	COPY(has_vlan_maps);
	COPY(has_stacks);
	COPY(has_ethertypes);
	COPY(has_host);
	COPY(has_routed);
#undef COPY
	free(data);
	btf__free(btf);
}

/* One program for each stage: what comes after it is not there. */
static int load_stage(int running, __u32 until)
{
	struct stages_bpf *bpf = stages_bpf__open();
	struct bpf_map *map;

	if (!bpf)
		fail("open");
	bpf_program__set_autoload(bpf->progs.wardgate, false);
	copy_constants(bpf, running);
	bpf->rodata->until = until;
	bpf_object__for_each_map(map, bpf->obj) {
		int fd = find_map(running, bpf_map__name(map));

		if (fd >= 0 && !strchr(bpf_map__name(map), '.') && bpf_map__reuse_fd(map, fd))
			fail(bpf_map__name(map));
	}
	if (stages_bpf__load(bpf))
		fail("load");
	return bpf_program__fd(bpf->progs.stages);
}

/* IPv4 and UDP, as generate.bpf.c writes it for the first device. */
static size_t write_frame(unsigned char *f, unsigned int vlan)
{
	const unsigned char macs[12] = { 0x02, 0x02, 0, 0, 0, 1, 0x02, 0x01, 0, 0, 0, 1 };
	const unsigned char ip[] = { 0x08,
				     0,
				     0x45,
				     0,
				     0,
				     46,
				     0,
				     0,
				     0,
				     0,
				     64,
				     17,
				     0,
				     0,
				     198,
				     18,
				     0,
				     1,
				     198,
				     19,
				     255,
				     254,
				     BENCH_DEVICE_PORT >> 8,
				     BENCH_DEVICE_PORT & 255,
				     BENCH_PEER_PORT >> 8,
				     BENCH_PEER_PORT & 255,
				     0,
				     26 };
	const unsigned char tag[4] = { 0x81, 0, (unsigned char)(vlan >> 8), (unsigned char)vlan };
	size_t at = sizeof(macs);

	memcpy(f, macs, sizeof(macs));
	if (vlan) {
		memcpy(f + at, tag, sizeof(tag));
		at += sizeof(tag);
	}
	memcpy(f + at, ip, sizeof(ip));
	return BENCH_FRAME + (vlan ? sizeof(tag) : 0);
}

static double run_once(int program, __u32 ifindex, unsigned int vlan)
{
	unsigned char frame[BENCH_FRAME + 4] = { 0 };
	size_t length = write_frame(frame, vlan);
	struct xdp_md context = { .data_end = (__u32)length, .ingress_ifindex = ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = (__u32)length,
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .repeat = REPEATS);

	if (bpf_prog_test_run_opts(program, &options))
		fail("bpf_prog_test_run");
	if (options.retval != XDP_DROP && options.retval != XDP_REDIRECT)
		fail("a stage refused the packet");
	return options.duration;
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	static double ns[STAGES][MAX_ROUNDS];
	__u32 ifindex = argc == 4 ? if_nametoindex(argv[1]) : 0, id = 0;
	unsigned int rounds = argc == 4 ? (unsigned int)strtoul(argv[2], NULL, 10) : 0;
	int running, programs[STAGES];
	double before = 0;

	if (!ifindex || !rounds || rounds > MAX_ROUNDS || bpf_xdp_query_id((int)ifindex, 0, &id)) {
		fprintf(stderr, "usage: stages INTERFACE ROUNDS VLAN, on a port of a gateway\n");
		return 2;
	}
	running = bpf_prog_get_fd_by_id(id);
	for (__u32 i = 0; i < STAGES; i++)
		programs[i] = load_stage(running, i);
	run_once(programs[STAGES - 1], ifindex, (unsigned int)strtoul(argv[3], NULL, 10));
	for (unsigned int round = 0; round < rounds; round++)
		for (size_t i = 0; i < STAGES; i++)
			ns[i][round] = run_once(programs[i], ifindex,
						(unsigned int)strtoul(argv[3], NULL, 10));
	for (size_t i = 0; i < STAGES; i++) {
		qsort(ns[i], rounds, sizeof(double), by_size);
		printf("%s|%.0f|%.0f\n", names[i], ns[i][rounds / 2] - before, ns[i][rounds / 2]);
		before = ns[i][rounds / 2];
	}
	return 0;
}
