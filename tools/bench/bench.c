// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench run DEVICES ROUNDS VLAN LANE...   measures, and prints a line for each lane
 * bench wardgate DEVICES VLAN             prints the policy for Wardgate
 * bench nftables DEVICES                  prints the same policy for nft
 *
 * LANE is NAME,bridged|routed,FRAMES,GENERATOR_NETNS,SINK_NETNS: frames are sent on gen0 in the one
 * namespace and are counted on sink0 in the other. In between stands what is to be measured.
 *
 * Generator, gateway and sink run on the one CPU that the caller gives (taskset): a packet's time
 * is the sum of all three. A lane that loses a frame gets no figure.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "rules.h"
#include "tools/bench/generate.skel.h"
#include "tools/bench/sink.skel.h"

#define MAX_LANES 4
#define MAX_ROUNDS 99
#define TAG_SIZE 4
#define NS_PER_SECOND 1000000000LL
/* Frames in flight are gone within microseconds; whoever is later than this is lost. */
#define PATIENCE (NS_PER_SECOND / 2)

/* One end of a lane: sends the one direction, counts what comes of the other. */
struct end {
	int netns;
	const char *interface;
	struct generate_bpf *in_turn, *at_random;
	struct sink_bpf *sink;
};

struct lane {
	char name[32];
	bool routed;
	unsigned int frames;	/* a round */
	struct end devices, peer;
	double ns[MAX_ROUNDS];	/* a packet, by round */
	unsigned long long sent, received;
};

struct run {
	unsigned int devices, rounds, vlan;
	struct lane lanes[MAX_LANES];
	unsigned int count;
};

static void fail(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

static int open_netns(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail(path);
	return fd;
}

static void enter(const struct end *end)
{
	if (setns(end->netns, CLONE_NEWNET))
		fail("setns");
}

/* Host order; the header's fields that no device changes. */
static unsigned short header_sum(void)
{
	unsigned int sum = 0x4500 + (BENCH_FRAME - 14) + (64 << 8 | 17) + (BENCH_PEER >> 16) +
			   (BENCH_PEER & 0xffff);

	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (unsigned short)sum;
}

static struct generate_bpf *open_generator(const struct run *run, const struct lane *lane,
					   const struct end *end, bool in_turn)
{
	struct generate_bpf *bpf = generate_bpf__open();
	const __u32 ifindex = if_nametoindex(end->interface), key = 0;

	if (!bpf || !ifindex)
		fail(end->interface);
	bpf->rodata->devices = run->devices;
	bpf->rodata->vlan = (__u16)run->vlan;
	bpf->rodata->from_peer = end == &lane->peer;
	bpf->rodata->in_turn = in_turn;
	bpf->rodata->routed = lane->routed;
	bpf->rodata->header_sum = header_sum();
	if (generate_bpf__load(bpf) || bpf_map__update_elem(bpf->maps.out, &key, sizeof(key),
							    &ifindex, sizeof(ifindex), 0))
		fail("generator");
	return bpf;
}

static void open_end(const struct run *run, const struct lane *lane, struct end *end,
		     const char *netns, const char *interface)
{
	end->netns = open_netns(netns);
	end->interface = interface;
	enter(end);
	end->in_turn = open_generator(run, lane, end, true);
	end->at_random = open_generator(run, lane, end, false);
	end->sink = sink_bpf__open_and_load();
	if (!end->sink ||
	    !bpf_program__attach_xdp(end->sink->progs.sink, (int)if_nametoindex(interface)))
		fail("sink");
}

static void open_lane(struct run *run, char *text)
{
	struct lane *lane = &run->lanes[run->count];
	const char *name = strtok(text, ","), *mode = strtok(NULL, ","), *frames = strtok(NULL, ",");
	const char *from = strtok(NULL, ","), *to = strtok(NULL, ",");

	if (run->count == MAX_LANES || !to) {
		fprintf(stderr, "bench: a lane is NAME,bridged|routed,FRAMES,NETNS,NETNS\n");
		exit(2);
	}
	run->count++;
	snprintf(lane->name, sizeof(lane->name), "%s", name);
	lane->routed = !strcmp(mode, "routed");
	lane->frames = (unsigned int)strtoul(frames, NULL, 10);
	open_end(run, lane, &lane->devices, from, "gen0");
	open_end(run, lane, &lane->peer, to, "sink0");
}

static void generate(const struct run *run, const struct generate_bpf *bpf, unsigned int frames)
{
	unsigned char frame[BENCH_FRAME + TAG_SIZE] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame,
		    .data_size_in = BENCH_FRAME + (run->vlan ? TAG_SIZE : 0), .repeat = (int)frames,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	if (bpf_prog_test_run_opts(bpf_program__fd(bpf->progs.generate), &options))
		fail("bpf_prog_test_run");
}

/* Sends and waits until all have arrived. Returns the time it took, ns. */
static long long send_all(const struct run *run, struct lane *lane, struct end *from,
			  struct end *to, bool in_turn, unsigned int frames)
{
	const volatile __u64 *received = &to->sink->bss->received;
	const unsigned long long before = *received;
	long long start, sent, end;

	enter(from);
	start = now();
	generate(run, in_turn ? from->in_turn : from->at_random, frames);
	sent = now();
	do
		end = now();
	while (*received - before < frames && end - sent < PATIENCE);
	lane->sent += frames;
	lane->received += *received - before;
	return end - start;
}

/* Every device sends and is answered: flows are established, neighbours known, tables warm. */
static void measure(const struct run *run, struct lane *lane, unsigned int round)
{
	send_all(run, lane, &lane->devices, &lane->peer, true, run->devices);
	send_all(run, lane, &lane->peer, &lane->devices, true, run->devices);
	lane->ns[round] = (double)send_all(run, lane, &lane->devices, &lane->peer, false,
					   lane->frames) / lane->frames;
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values, unsigned int count)
{
	qsort(values, count, sizeof(values[0]), by_size);
	return values[count / 2];
}

/*
 * How many times faster than the lane of this name, as the median of the rounds; 0: no such lane.
 */
static double times(const struct run *run, const struct lane *lane, const char *other)
{
	double ratios[MAX_ROUNDS];

	for (unsigned int i = 0; i < run->count; i++) {
		if (strcmp(run->lanes[i].name, other))
			continue;
		for (unsigned int round = 0; round < run->rounds; round++)
			ratios[round] = run->lanes[i].ns[round] / lane->ns[round];
		return median(ratios, run->rounds);
	}
	return 0;
}

/* Fields: name, devices, ns (median, least, most), of bare, times nftables, frames. */
static bool report(const struct run *run, const struct lane *lane)
{
	double ns[MAX_ROUNDS], middle;

	if (lane->sent != lane->received) {
		fprintf(stderr, "bench: %s: %llu frames sent, %llu received: no figure\n", lane->name,
			lane->sent, lane->received);
		return false;
	}
	memcpy(ns, lane->ns, sizeof(ns));
	middle = median(ns, run->rounds);
	printf("%s %u %.0f %.0f %.0f %.2f %.2f %llu\n", lane->name, run->devices, middle, ns[0],
	       ns[run->rounds - 1], times(run, lane, "bare"), times(run, lane, "nftables"),
	       lane->sent);
	return true;
}

static int run_lanes(struct run *run, char **lanes, int count)
{
	bool good = true;

	if (!run->devices || run->devices > BENCH_DEVICES_MAX || !run->rounds ||
	    run->rounds > MAX_ROUNDS || run->vlan > 4094) {
		fprintf(stderr, "bench: 1 to %u devices, 1 to %u rounds, VLAN 0 to 4094\n",
			BENCH_DEVICES_MAX, MAX_ROUNDS);
		return 2;
	}
	for (int i = 0; i < count; i++)
		open_lane(run, lanes[i]);
	for (unsigned int round = 0; round < run->rounds; round++)
		for (unsigned int i = 0; i < run->count; i++)
			measure(run, &run->lanes[i], round);
	for (unsigned int i = 0; i < run->count; i++)
		good &= report(run, &run->lanes[i]);
	return good ? 0 : 1;
}

static unsigned int number(const char *text)
{
	return (unsigned int)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
	static struct run run;

	if (argc == 4 && !strcmp(argv[1], "wardgate")) {
		rules_wardgate(number(argv[2]), number(argv[3]));
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "nftables")) {
		rules_nftables(number(argv[2]));
		return 0;
	}
	if (argc > 5 && !strcmp(argv[1], "run")) {
		run.devices = number(argv[2]);
		run.rounds = number(argv[3]);
		run.vlan = number(argv[4]);
		return run_lanes(&run, argv + 5, argc - 5);
	}
	fprintf(stderr, "usage: bench run DEVICES ROUNDS VLAN LANE...\n"
			"       bench wardgate DEVICES VLAN\n"
			"       bench nftables DEVICES\n");
	return 2;
}
