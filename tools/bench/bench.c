// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench run KIND DEVICES ROUNDS LANE...    measures, and prints a line for each lane
 * bench load DEVICES RATE SECONDS LANE     sends that many frames a second, established flows
 * bench wardgate|nftables DEVICES VLAN PAIRS [WORD...]   prints the policy, for either
 *
 * KIND says what is sent: ipv4, ipv6: one flow for each device; new: a flow for each frame; denied,
 * limited: what is dropped. WORD says what the policy has: ipv6, routed, tight (a limit that
 * drops).
 *
 * LANE is NAME,bridged|routed,FRAMES,VLAN,GENERATOR_NETNS,SINK_NETNS: frames are sent on gen0 in
 * the one namespace and are counted on sink0 in the other. In between stands what is measured.
 *
 * Generator, gateway and sink run on the one CPU that the caller gives (taskset): a packet's time
 * is the sum of all three. A lane that loses a frame, or passes one that it should drop, gets no
 * figure.
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
#include "hospital.h"
#include "rules.h"
#include "tools/bench/generate.skel.h"
#include "tools/bench/sink.skel.h"

#define MAX_LANES 8
#define MAX_ROUNDS 99
#define TAG_SIZE 4
#define NS_PER_SECOND 1000000000LL
#define LOAD_PAUSE 200	/* us */
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
	unsigned int vlan;
	struct end devices, peer;
	double ns[MAX_ROUNDS];	/* a packet, by round */
	unsigned long long sent, received;
};

struct kind {
	const char *name;
	bool ipv6, new_flows, is_dropped, is_limited;
	unsigned short peer_port;
};

static const struct kind kinds[] = {
	{ .name = "ipv4", .peer_port = BENCH_PEER_PORT },
	{ .name = "ipv6", .peer_port = BENCH_PEER_PORT, .ipv6 = true },
	{ .name = "new", .peer_port = BENCH_PEER_PORT, .new_flows = true },
	{ .name = "denied", .peer_port = BENCH_OTHER_PORT, .is_dropped = true },
	{ .name = "limited", .peer_port = BENCH_PEER_PORT, .is_dropped = true,
	  .is_limited = true },
};

struct run {
	const struct kind *kind;
	unsigned int devices, rounds;
	bool spares_latency;
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

static unsigned short folded(unsigned int sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (unsigned short)sum;
}

/* Of the IPv4 header, or the UDP header and the IPv6 pseudo-header: what no device changes. */
static unsigned short fixed_sum(const struct kind *kind)
{
	const unsigned int prefix = (BENCH_PREFIX >> 16) + (BENCH_PREFIX & 0xffff);

	if (!kind->ipv6)
		return folded(0x4500 + (BENCH_FRAME - 14) + (64 << 8 | 17) + (BENCH_PEER >> 16) +
			      (BENCH_PEER & 0xffff));
	return folded(2 * prefix + BENCH_DEVICES_SUBNET + BENCH_PEER_SUBNET + BENCH_PEER_NUMBER +
		      17 + 2 * 8 + kind->peer_port);
}

static unsigned int frame_length(const struct run *run, const struct lane *lane)
{
	return (run->kind->ipv6 ? BENCH_FRAME_IPV6 : BENCH_FRAME) + (lane->vlan ? TAG_SIZE : 0);
}

static struct generate_bpf *open_generator(const struct run *run, const struct lane *lane,
					   const struct end *end, bool in_turn)
{
	struct generate_bpf *bpf = generate_bpf__open();
	const __u32 ifindex = if_nametoindex(end->interface), key = 0;

	if (!bpf || !ifindex)
		fail(end->interface);
	bpf->rodata->devices = run->devices;
	bpf->rodata->vlan = (__u16)lane->vlan;
	bpf->rodata->ipv6 = run->kind->ipv6;
	bpf->rodata->new_flows = run->kind->new_flows;
	bpf->rodata->peer_port = run->kind->peer_port;
	bpf->rodata->from_peer = end == &lane->peer;
	bpf->rodata->in_turn = in_turn;
	bpf->rodata->routed = lane->routed;
	bpf->rodata->fixed_sum = fixed_sum(run->kind);
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
	end->sink = sink_bpf__open();
	if (!end->sink)
		fail("sink");
	end->sink->rodata->spares_latency = run->spares_latency;
	end->sink->rodata->length = frame_length(run, lane);
	if (sink_bpf__load(end->sink) ||
	    !bpf_program__attach_xdp(end->sink->progs.sink, (int)if_nametoindex(interface)))
		fail("sink");
}

static void open_lane(struct run *run, char *text)
{
	struct lane *lane = &run->lanes[run->count];
	const char *name = strtok(text, ","), *mode = strtok(NULL, ","), *frames = strtok(NULL, ",");
	const char *vlan = strtok(NULL, ","), *from = strtok(NULL, ","), *to = strtok(NULL, ",");

	if (run->count == MAX_LANES || !to) {
		fprintf(stderr, "bench: a lane is NAME,bridged|routed,FRAMES,VLAN,NETNS,NETNS\n");
		exit(2);
	}
	run->count++;
	snprintf(lane->name, sizeof(lane->name), "%s", name);
	lane->routed = !strcmp(mode, "routed");
	lane->frames = (unsigned int)strtoul(frames, NULL, 10);
	lane->vlan = (unsigned int)strtoul(vlan, NULL, 10);
	open_end(run, lane, &lane->devices, from, "gen0");
	open_end(run, lane, &lane->peer, to, "sink0");
}

static void generate(const struct run *run, const struct lane *lane, const struct generate_bpf *bpf,
		     unsigned int frames)
{
	unsigned char frame[BENCH_FRAME_IPV6 + TAG_SIZE] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame,
		    .data_size_in = frame_length(run, lane), .repeat = (int)frames,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	if (bpf_prog_test_run_opts(bpf_program__fd(bpf->progs.generate), &options))
		fail("bpf_prog_test_run");
}

/*
 * Sends and waits until all have arrived; what is dropped on its way is dropped by the time that
 * all is sent, but for a few. Returns the time it took, ns.
 */
static long long send_all(const struct run *run, struct lane *lane, struct end *from,
			  struct end *to, const struct generate_bpf *bpf, unsigned int frames)
{
	const volatile __u64 *received = &to->sink->bss->received;
	const unsigned long long before = *received;
	long long start, sent, end;

	enter(from);
	start = now();
	generate(run, lane, bpf, frames);
	sent = now();
	do
		end = now();
	while (!run->kind->is_dropped && *received - before < frames && end - sent < PATIENCE);
	lane->sent += frames;
	lane->received += *received - before;
	return end - start;
}

/* Every device sends and is answered: flows are established, neighbours known, tables warm. */
static void warm_up(const struct run *run, struct lane *lane)
{
	send_all(run, lane, &lane->devices, &lane->peer, lane->devices.in_turn, run->devices);
	if (!run->kind->is_dropped && !run->kind->new_flows)
		send_all(run, lane, &lane->peer, &lane->devices, lane->peer.in_turn, run->devices);
}

static void measure(const struct run *run, struct lane *lane, unsigned int round)
{
	warm_up(run, lane);
	lane->ns[round] = (double)send_all(run, lane, &lane->devices, &lane->peer,
					   lane->devices.at_random, lane->frames) / lane->frames;
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

/* All arrive, or none, but for the few that a limit grants. */
static bool is_good(const struct run *run, const struct lane *lane)
{
	const unsigned long long granted = run->kind->is_limited ? lane->sent / 20 : 0;

	return run->kind->is_dropped ? lane->received <= granted : lane->received == lane->sent;
}

/* Fields: name, devices, ns (median, least, most), of bare, times nftables, frames. */
static bool report(const struct run *run, const struct lane *lane)
{
	double ns[MAX_ROUNDS], middle;

	if (!is_good(run, lane)) {
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

	if (!run->kind || !run->devices || run->devices > BENCH_DEVICES_MAX || !run->rounds ||
	    run->rounds > MAX_ROUNDS) {
		fprintf(stderr, "bench: a kind, 1 to %u devices, 1 to %u rounds\n",
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

/* As many frames as are due, in small bursts. */
static int load(struct run *run, char *lane, unsigned int rate, unsigned int seconds)
{
	long long start, due = 0, sent = 0;

	open_lane(run, lane);
	warm_up(run, &run->lanes[0]);
	enter(&run->lanes[0].devices);
	start = now();
	while (due < (long long)rate * seconds) {
		due = (now() - start) * rate / NS_PER_SECOND;
		if (due > sent)
			generate(run, &run->lanes[0], run->lanes[0].devices.at_random,
				 (unsigned int)(due - sent));
		sent = due;
		usleep(LOAD_PAUSE);
	}
	return 0;
}

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static unsigned int number(const char *text)
{
	return (unsigned int)strtoul(text, NULL, 10);
}

static int print_rules(int argc, char **argv)
{
	struct rules rules = { .devices = number(argv[2]), .vlan = number(argv[3]),
			       .pairs = number(argv[4]) };

	for (int i = 5; i < argc; i++) {
		rules.ipv6 |= !strcmp(argv[i], "ipv6");
		rules.routed |= !strcmp(argv[i], "routed");
		rules.tight |= !strcmp(argv[i], "tight");
	}
	if (!strcmp(argv[1], "wardgate"))
		rules_wardgate(&rules);
	else
		rules_nftables(&rules);
	return 0;
}

static int print_hospital(int argc, char **argv)
{
	const struct hospital hospital = { .devices = number(argv[2]),
					   .entries = number(argv[3]),
					   .changed = argc > 4 };

	hospital_print(&hospital);
	return 0;
}

int main(int argc, char **argv)
{
	static struct run run;

	if (argc >= 4 && !strcmp(argv[1], "hospital"))
		return print_hospital(argc, argv);
	if (argc >= 5 && (!strcmp(argv[1], "wardgate") || !strcmp(argv[1], "nftables")))
		return print_rules(argc, argv);
	if (argc == 6 && !strcmp(argv[1], "load")) {
		run = (struct run){ .kind = find_kind("ipv4"), .devices = number(argv[2]),
				    .spares_latency = true };
		return load(&run, argv[5], number(argv[3]), number(argv[4]));
	}
	if (argc > 5 && !strcmp(argv[1], "run")) {
		run.kind = find_kind(argv[2]);
		run.devices = number(argv[3]);
		run.rounds = number(argv[4]);
		return run_lanes(&run, argv + 5, argc - 5);
	}
	fprintf(stderr, "usage: bench run KIND DEVICES ROUNDS LANE...\n"
			"       bench load DEVICES RATE SECONDS LANE\n"
			"       bench wardgate|nftables DEVICES VLAN PAIRS [ipv6] [routed] [tight]\n"
			"       bench hospital DEVICES ENTRIES [changed]\n");
	return 2;
}
