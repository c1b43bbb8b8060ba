// SPDX-License-Identifier: GPL-2.0-only
/*
 * load GENERATOR_NETNS SINK_NETNS SECONDS FRAMES_A_SECOND
 *
 * Sends on gen0 of the one namespace, counts what arrives on sink0 of the other, and prints
 *
 *	sent ALLOWED FORBIDDEN received ALLOWED FORBIDDEN took MILLISECONDS
 *
 * Stops by itself. On a busy machine it takes longer than it was asked to.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "load.h"
#include "tests/system/load.skel.h"

#define BATCH 512

static void fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void enter(const char *netns)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		fail(path);
	close(fd);
}

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void attach(struct bpf_program *program, const char *ifname)
{
	if (bpf_xdp_attach((int)if_nametoindex(ifname), bpf_program__fd(program),
			   XDP_FLAGS_DRV_MODE, NULL))
		fail(ifname);
}

/*
 * Batches, each at its time: what a slow one loses is made up by the next ones. Returns how long it
 * took, ns.
 */
static long long send_all(int program, long long seconds, long long rate)
{
	unsigned char frame[LOAD_FRAME] = { 0 };
	long long began = now_ns(), total = seconds * rate / BATCH;

	for (long long i = 0; i < total; i++) {
		long long due = began + i * BATCH * 1000000000ll / rate, late = now_ns() - due;
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
			    .data_size_in = sizeof(frame), .repeat = BATCH,
			    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64);

		if (late < 0) {
			struct timespec pause = { -late / 1000000000, -late % 1000000000 };

			nanosleep(&pause, NULL);
		}
		if (bpf_prog_test_run_opts(program, &opts))
			fail("test run");
	}
	return now_ns() - began;
}

int main(int argc, char **argv)
{
	struct load_bpf *load;
	unsigned int ifindex, zero = 0;
	long long took;

	if (argc != 5) {
		fputs("usage: load GENERATOR_NETNS SINK_NETNS SECONDS FRAMES_A_SECOND\n", stderr);
		return 2;
	}
	load = load_bpf__open_and_load();
	if (!load)
		fail("load the programs");
	enter(argv[2]);
	attach(load->progs.sink, "sink0");
	enter(argv[1]);
	attach(load->progs.pass, "gen0");
	ifindex = if_nametoindex("gen0");
	if (bpf_map_update_elem(bpf_map__fd(load->maps.out), &zero, &ifindex, 0))
		fail("gen0");
	took = send_all(bpf_program__fd(load->progs.generate), atoll(argv[3]), atoll(argv[4]));
	/* What is under way arrives within microseconds. */
	usleep(300000);
	printf("sent %llu %llu received %llu %llu took %lld\n",
	       (unsigned long long)load->bss->sent[0], (unsigned long long)load->bss->sent[1],
	       (unsigned long long)load->bss->received[0],
	       (unsigned long long)load->bss->received[1], took / 1000000);
	load_bpf__destroy(load);
	return 0;
}
