/* SPDX-License-Identifier: GPL-2.0-only */
#include "gateway.h"

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <errno.h>
#include <glob.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <netlink/route/link/veth.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/own.h"
#include "kernel/netdev.h"
#include "wardgate/reasons.h"

#define FOLDER "/sys/fs/bpf/wardgate-test-"

static void add_port(const char *ifname)
{
	struct nl_sock *socket = nl_socket_alloc();
	char peer[IFNAMSIZ];

	snprintf(peer, sizeof(peer), "%.12s-p", ifname);
	cr_assert_eq(nl_connect(socket, NETLINK_ROUTE), 0);
	cr_assert_eq(rtnl_link_veth_add(socket, ifname, peer, getpid()), 0, "cannot add veth %s",
		     ifname);
	nl_socket_free(socket);
}

static struct policy *build(const char *text)
{
	struct sources *sources = NULL;
	struct policy *policy = NULL;
	struct diags diags = { 0 };
	struct text findings = { 0 };
	struct error error = { "" };
	int err = sources_new("test.yaml", text, strlen(text), &sources, &error) ?:
			  policy_build(&sources, &policy, &diags, &error);

	if (err && sources)
		diags_print(&diags, sources, &findings);
	cr_assert_eq(err, 0, "%s %s", error.text, findings.bytes ?: "");
	diags_free(&diags);
	return policy;
}

void gateway_apply(struct gateway *g, const char *text)
{
	struct netdev dev;
	struct error error = { "" };
	struct policy *policy = build(text);
	const struct generation_parts parts = { policy->image, &g->slots, g->ports, &g->routes };
	int err;

	generation_free(&g->generation);
	generation_slots_free(&g->slots);
	policy_free(&g->policy);
	g->policy = policy;
	err = slots_assign(&g->kernel->state, policy->image, &g->slots, &error);
	for (size_t i = 0; i < policy->image->ports.count; i++) {
		const char *ifname = policy->image->ports.items[i].ifname;
		uint32_t slot = g->slots.port_owner[i] - WARD_OWNER_FIRST_PORT;

		if (!if_nametoindex(ifname))
			add_port(ifname);
		cr_assert_eq(netdev_get(g->kernel->socket, ifname, &dev, &error), 0, "%s", error.text);
		g->ports[i].ifindex = dev.ifindex;
		memcpy(g->ports[i].mac, dev.mac, sizeof(dev.mac));
		cr_assert_eq(bpf_map_update_elem(g->kernel->state.fds[STATE_TX_PORTS], &slot,
						 &g->ports[i].ifindex, BPF_ANY),
			     0);
	}
	routes_free(&g->routes);
	err = err ?: routes_find(g->kernel->socket, &parts, &g->routes, &error) ?:
		     generation_load(&g->kernel->state, &parts, &g->generation, &error);
	cr_assert_eq(err, 0, "%s", error.text);
	g->kernel->state.meta->generation = g->generation.number;
	slots_retire(&g->kernel->state, policy->image, &g->slots);
	kernel_counters_free(&g->before);
	cr_assert_eq(kernel_count(g->kernel, &g->before, &error), 0, "%s", error.text);
}

struct gateway *gateway_new(const char *policy)
{
	struct gateway *g = calloc(1, sizeof(*g));
	struct kernel_options options = { .bpffs = g->folder, .device_capacity = 64,
					  .rule_capacity = 64 };
	struct error error = { "" };

	if (geteuid() || unshare(CLONE_NEWNET)) {
		free(g);
		cr_skip_test("SKIPPED: packet tests need root, for BPF and network namespaces");
	}
	/* Named after the runner too: it tidies up after a test that crashed. */
	snprintf(g->folder, sizeof(g->folder), FOLDER "%d-%d", getppid(), getpid());
	cr_assert_eq(kernel_open(&options, &g->kernel, &error), 0, "%s", error.text);
	gateway_apply(g, policy);
	return g;
}

void gateway_free(struct gateway **gateway)
{
	struct gateway *g = *gateway;
	struct error error = { "" };
	unsigned removed;

	if (!g)
		return;
	kernel_counters_free(&g->before);
	generation_free(&g->generation);
	generation_slots_free(&g->slots);
	routes_free(&g->routes);
	policy_free(&g->policy);
	kernel_close(&g->kernel);
	cr_expect_eq(kernel_detach(g->folder, &removed, &error), 0, "%s", error.text);
	free(g);
	*gateway = NULL;
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
	glob_t found;

	(void)stats;
	if (glob(FOLDER "*", 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		pid_t runner = atoi(found.gl_pathv[i] + strlen(FOLDER));
		struct error error;
		unsigned removed;

		/* Of this run, or of one that was killed. */
		if (runner == getpid() || (kill(runner, 0) && errno == ESRCH))
			kernel_detach(found.gl_pathv[i], &removed, &error);
	}
	globfree(&found);
}

const char *reason_label(int reason)
{
	static const char *const labels[WARD_REASON_SLOTS] = {
#define X(number, name, label, sentence, advice) [number] = label,
		WARD_REASONS(X)
#undef X
	};

	return reason ? labels[reason] : "pass";
}

/* Which reason audit mode has let pass now, or 0. */
static int compare_audits(const struct owner_totals *before, const struct owner_totals *after)
{
	for (int i = 0; i < WARD_DROP_SLOTS; i++)
		if (after->audited[i] != before->audited[i])
			return WARD_FIRST_DROP_REASON + i;
	return 0;
}

/* Exactly one of all counters may have moved, by one; what audit mode let pass is counted twice. */
static struct verdict compare(struct gateway *g, const struct kernel_counters *after)
{
	struct verdict v = { 0 };
	uint64_t moved = 0;

	for (uint32_t owner = 0; owner < after->owner_count; owner++) {
		int audited = compare_audits(&g->before.owners[owner], &after->owners[owner]);
		bool mine = false;

		v.audited = v.audited ?: audited;
		for (int i = 0; i < WARD_DROP_SLOTS; i++) {
			uint64_t more = after->owners[owner].dropped[i] -
					g->before.owners[owner].dropped[i];

			moved += more;
			mine |= more != 0;
			if (more)
				v.reason = WARD_FIRST_DROP_REASON + i;
		}
		for (int side = 0; side < WARD_SIDES; side++) {
			uint64_t more = after->owners[owner].lane[side].packets -
					g->before.owners[owner].lane[side].packets;

			moved += more;
			mine |= more != 0;
		}
		if (mine)
			snprintf(v.owner, sizeof(v.owner), "%s",
				 kernel_owner_name(g->kernel, owner) ?: "");
	}
	cr_assert_eq(moved, 1, "one packet must move one counter by one, not by %llu",
		     (unsigned long long)moved);
	return v;
}

/* Links that have to change what they forward. */
static const unsigned changing = WARD_PORT_VLAN_MAP | WARD_PORT_ROUTED;

struct verdict gateway_run(struct gateway *g, unsigned port, const struct frame *frame)
{
	struct verdict v;
	unsigned char out[GATEWAY_FRAME];
	struct xdp_md context = { .data_end = (uint32_t)frame->length,
				  .ingress_ifindex = g->ports[port].ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->bytes,
		    .data_size_in = (uint32_t)frame->length, .data_out = out,
		    .data_size_out = sizeof(out), .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = 1);
	struct kernel_counters after;
	struct error error;
	int err = bpf_prog_test_run_opts(g->generation.program, &opts);

	cr_assert_eq(err, 0, "test run: %s", strerror(-err));
	cr_assert_eq(kernel_count(g->kernel, &after, &error), 0, "%s", error.text);
	v = compare(g, &after);
	kernel_counters_free(&g->before);
	g->before = after;
	v.action = opts.retval;
	v.length = opts.data_size_out;
	memcpy(v.bytes, out, v.length);
	cr_assert_eq(v.action == XDP_DROP, v.reason != 0, "verdict %u, reason %s", v.action,
		     reason_label(v.reason));
	if (!(g->policy->image->ports.items[port].flags & changing))
		cr_assert(v.length == frame->length && !memcmp(out, frame->bytes, v.length),
			  "without a VLAN map, inline mode must not change the frame");
	return v;
}

void gateway_expire_flows(struct gateway *g)
{
	for (uint32_t i = 0; i < g->kernel->state.meta->device_capacity; i++) {
		for (int j = 0; j < WARD_NEAR_FLOWS; j++)
			g->kernel->state.shares[i].near[j].expires = 0;
		for (int j = 0; j < WARD_FAR_FLOWS; j++)
			g->kernel->state.far_flows[i].place[j].expires = 0;
	}
}

void expect_owner(struct gateway *g, unsigned port, struct frame frame, int reason,
		  const char *owner, const char *description)
{
	struct verdict v = gateway_run(g, port, &frame);

	/* To the kernel, or back out of a hairpin, goes only what a test of its own expects. */
	cr_expect(v.reason || v.action == XDP_REDIRECT, "%s: verdict %u", description, v.action);
	cr_expect_eq(v.reason, reason, "%s: expected %s, got %s", description,
		     reason_label(reason), reason_label(v.reason));
	cr_expect_eq(v.audited, 0, "%s: audited as %s", description, reason_label(v.audited));
	if (owner)
		cr_expect_str_eq(v.owner, owner, "%s: charged to '%s', expected '%s'", description,
				 v.owner, owner);
}

void expect(struct gateway *g, unsigned port, struct frame frame, int reason,
	    const char *description)
{
	expect_owner(g, port, frame, reason, NULL, description);
}

void expect_audited(struct gateway *g, unsigned port, struct frame frame, int reason,
		    const char *owner, const char *description)
{
	struct verdict v = gateway_run(g, port, &frame);

	cr_expect_eq(v.reason, PASSES, "%s: dropped, %s", description, reason_label(v.reason));
	cr_expect_eq(v.audited, reason, "%s: audited as %s, expected %s", description,
		     reason_label(v.audited), reason_label(reason));
	cr_expect_eq(v.action, XDP_REDIRECT, "%s: verdict %u", description, v.action);
	cr_expect_str_eq(v.owner, owner, "%s: charged to '%s'", description, v.owner);
}
