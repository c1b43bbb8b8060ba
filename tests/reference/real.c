/* SPDX-License-Identifier: GPL-2.0-only */
#include "real.h"

#include <errno.h>
#include <glob.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <netlink/route/link/veth.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway.skel.h"
#include "kernel/generation.h"
#include "kernel/handle.h"
#include "policy/policy.h"

#define FOLDER "/sys/fs/bpf/wardgate-reference-"

struct loaded {
	struct policy *policy;
	struct generation_slots slots;
	struct generation generation;
	const struct ref_policy *source;
	uint32_t ifindexes[REF_LINKS * WARD_SIDES];	/* by the reference's port */
};

struct real {
	char folder[64];
	struct kernel *kernel;
	struct loaded loaded[CASE_POLICIES], *active;
	unsigned count;
};

uint64_t real_clock_tick(void)
{
	struct timespec resolution;

	clock_getres(CLOCK_MONOTONIC_COARSE, &resolution);
	return (uint64_t)resolution.tv_nsec;
}

/* What a fuzzer that was killed has left pinned. */
static void tidy_up(void)
{
	glob_t found;

	if (glob(FOLDER "*", 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		pid_t pid = atoi(found.gl_pathv[i] + strlen(FOLDER));
		struct error error;
		unsigned removed;

		if (kill(pid, 0) && errno == ESRCH)
			kernel_detach(found.gl_pathv[i], &removed, &error);
	}
	globfree(&found);
}

struct real *real_new(char error[256])
{
	struct real *real = calloc(1, sizeof(*real));

	snprintf(real->folder, sizeof(real->folder), FOLDER "%d", getpid());
	if (!geteuid() && !unshare(CLONE_NEWNET)) {
		tidy_up();
		return real;
	}
	snprintf(error, 256, "needs root, for BPF and network namespaces");
	free(real);
	return NULL;
}

static void unload(struct real *real)
{
	struct error error;
	unsigned removed;

	for (unsigned i = 0; i < CASE_POLICIES; i++) {
		generation_free(&real->loaded[i].generation);
		generation_slots_free(&real->loaded[i].slots);
		policy_free(&real->loaded[i].policy);
	}
	memset(real->loaded, 0, sizeof(real->loaded));
	real->count = 0;
	if (!real->kernel)
		return;
	kernel_close(&real->kernel);
	kernel_detach(real->folder, &removed, &error);
}

void real_free(struct real **real)
{
	if (*real)
		unload(*real);
	free(*real);
	*real = NULL;
}

static uint32_t add_port(const char *ifname)
{
	struct nl_sock *socket;
	char peer[IFNAMSIZ];

	if (if_nametoindex(ifname))
		return if_nametoindex(ifname);
	socket = nl_socket_alloc();
	snprintf(peer, sizeof(peer), "%.12s-p", ifname);
	if (!nl_connect(socket, NETLINK_ROUTE))
		rtnl_link_veth_add(socket, ifname, peer, getpid());
	nl_socket_free(socket);
	return if_nametoindex(ifname);
}

/* The compiler's and prover's word on the policy. */
static bool compile(const struct ref_policy *source, struct policy **out, char error[4096])
{
	struct sources *text = NULL;
	struct diags diags = { 0 };
	struct text findings = { 0 };
	struct error sentence = { "" };
	char *yaml = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&yaml, &length);
	int err;

	ref_print(source, file);
	fclose(file);
	err = sources_new("case.yaml", yaml, length, &text, &sentence) ?:
		      policy_build(&text, out, &diags, &sentence);
	if (err && text)
		diags_print(&diags, text, &findings);
	if (err)
		snprintf(error, 4096, "%s\n%.1500s\n%.2000s", sentence.text,
			 findings.bytes ?: "", yaml);
	sources_free(&text);
	text_free(&findings);
	diags_free(&diags);
	free(yaml);
	return !err;
}

static bool load(struct real *real, struct loaded *l, char error[4096])
{
	struct state *state = &real->kernel->state;
	struct port_now ports[WARD_MAX_PORTS] = { 0 };
	struct generation_parts parts = { .slots = &l->slots, .ports = ports };
	struct error sentence = { "" };
	int err;

	if (!compile(l->source, &l->policy, error))
		return false;
	err = slots_assign(state, l->policy->image, &l->slots, &sentence);
	for (size_t i = 0; !err && i < l->policy->image->ports.count; i++) {
		const struct image_port *port = &l->policy->image->ports.items[i];
		uint32_t slot = l->slots.port_owner[i] - WARD_OWNER_FIRST_PORT;

		ports[i].ifindex = add_port(port->ifname);
		l->ifindexes[2 * port->link + port->side] = ports[i].ifindex;
		err = bpf_map_update_elem(state->fds[STATE_TX_PORTS], &slot,
					  &ports[i].ifindex, BPF_ANY);
	}
	parts.image = l->policy->image;
	err = err ?: generation_load(state, &parts, &l->generation, &sentence);
	if (err) {
		snprintf(error, 4096, "cannot load: %s (%s)", sentence.text, strerror(-err));
		return false;
	}
	state->meta->generation = l->generation.number;
	slots_retire(state, l->policy->image, &l->slots);
	return true;
}

bool real_load(struct real *real, const struct ref_policy *policies, unsigned count,
	       char error[4096])
{
	struct kernel_options options = { .bpffs = real->folder, .device_capacity = 64,
					  .rule_capacity = 256 };
	struct error sentence = { "" };

	unload(real);
	if (kernel_open(&options, &real->kernel, &sentence)) {
		snprintf(error, 4096, "%s", sentence.text);
		return false;
	}
	for (unsigned i = 0; i < count; i++) {
		real->loaded[i].source = &policies[i];
		if (!load(real, &real->loaded[i], error))
			return false;
		real->count++;
	}
	real_reset(real);
	return true;
}

static void forget(struct real *real, enum state_map map)
{
	struct state *state = &real->kernel->state;

	if (state->mapped[map])
		memset(state->mapped[map], 0, state->mapped_size[map]);
}

void real_reset(struct real *real)
{
	int leases = real->kernel->state.fds[STATE_LEASES];
	struct ward_lease_key key;

	forget(real, STATE_SHARES);
	forget(real, STATE_FAR_FLOWS);
	forget(real, STATE_RULE_BUCKETS);
	forget(real, STATE_FRAGMENTS);
	forget(real, STATE_BINDINGS);
	while (!bpf_map_get_next_key(leases, NULL, &key))
		bpf_map_delete_elem(leases, &key);
	real_apply(real, 0);
}

void real_apply(struct real *real, unsigned policy)
{
	real->active = &real->loaded[policy];
	real->kernel->state.meta->generation = real->active->generation.number;
}

uint32_t real_generation(const struct real *real)
{
	return real->active->generation.number;
}

void real_quarantine(struct real *real, const char *device, bool on)
{
	struct state *state = &real->kernel->state;

	for (uint32_t i = 0; i < state->meta->device_capacity; i++)
		if (!strcmp(state->device_slots[i].name, device))
			state->shares[i].bucket.quarantined = on;
}

void real_set_clock(struct real *real, uint64_t wall)
{
	real->active->generation.skeleton->bss->test_wall = wall;
}

void real_judge(struct real *real, int port, uint64_t now, const struct ref_frame *frame,
		struct ref_verdict *v)
{
	struct loaded *l = real->active;
	struct gateway_bpf__bss *bss = l->generation.skeleton->bss;
	struct xdp_md context = { .data_end = frame->length,
				  .ingress_ifindex = port < 0 ? 1 : l->ifindexes[port] };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->bytes,
		    .data_size_in = frame->length, .data_out = v->out.bytes,
		    .data_size_out = sizeof(v->out.bytes), .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = 1);
	int err;

	bss->test_now = now;
	bss->test_reason = bss->test_owner = bss->test_audited = 0;
	err = bpf_prog_test_run_opts(l->generation.program, &opts);
	v->reason = err ? err : (int)bss->test_reason;
	v->audited = bss->test_audited;
	/* A hairpin sends by the port on which the frame came in. */
	v->passes = opts.retval == XDP_REDIRECT || opts.retval == XDP_TX ||
		    opts.retval == XDP_PASS;
	v->port = opts.retval == XDP_REDIRECT || opts.retval == XDP_TX ? 0 : REF_NO_PORT;
	v->out.length = (uint16_t)opts.data_size_out;
	snprintf(v->owner, sizeof(v->owner), "%.31s",
		 kernel_owner_name(real->kernel, bss->test_owner) ?: "");
}
