// SPDX-License-Identifier: GPL-2.0-only
/*
 * redirect FIRST SECOND [drop]: joins two interfaces by a bare XDP redirect, until a signal ends
 * it. Stands in for the gateway where only the wiring is tried, and is the floor of the benchmark.
 * With "drop" it counts and drops: the floor of what is refused.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bench/redirect.skel.h"

static struct bpf_link *attach(struct redirect_bpf *bpf, __u32 slot, __u32 ifindex)
{
	int error = bpf_map__update_elem(bpf->maps.ports, &slot, sizeof(slot), &ifindex,
					 sizeof(ifindex), 0);

	if (error)
		return NULL;
	return bpf_program__attach_xdp(bpf->progs.redirect, (int)ifindex);
}

int main(int argc, char **argv)
{
	const __u32 first = argc >= 3 ? if_nametoindex(argv[1]) : 0;
	const __u32 second = argc >= 3 ? if_nametoindex(argv[2]) : 0;
	struct redirect_bpf *bpf;
	sigset_t ends;
	int signal;

	if (!first || !second) {
		fprintf(stderr, "usage: redirect FIRST SECOND [drop] (two interfaces)\n");
		return 2;
	}
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	bpf = redirect_bpf__open();
	if (!bpf)
		return 1;
	bpf->rodata->first_ifindex = first;
	bpf->rodata->drops = argc > 3 && !strcmp(argv[3], "drop");
	if (redirect_bpf__load(bpf) || !attach(bpf, 0, first) || !attach(bpf, 1, second)) {
		fprintf(stderr, "redirect: %s\n", strerror(errno));
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	sigwait(&ends, &signal);
	return 0;	/* the links go with the process */
}
