/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/preflight.h"

#include <errno.h>
#include <linux/if_link.h>
#include <stdarg.h>
#include <string.h>

#include "base/own.h"
#include "base/text.h"
#include "kernel/ethtool.h"
#include "kernel/inspection.h"
#include "kernel/slots.h"

/*
 * What a driver without fragments can take: one page of 4096 bytes, less the headroom of XDP (256),
 * the kernel's skb_shared_info (320), the Ethernet header and two tags.
 */
#define PLAIN_MTU (4096 - 256 - 320 - 14 - 8)

/* Frames with two tags are this much longer than the MTU says; devices are allowed one tag. */
#define INNER_TAG 4
#define USUAL_MTU 1500

void preflight_free(struct preflight *preflight)
{
	vec_free(&preflight->findings);
	*preflight = (struct preflight){ 0 };
}

const char *preflight_result_name(enum check_result result)
{
	static const char *const names[] = {
		[CHECK_OK] = "ok",
		[CHECK_WARNING] = "warning",
		[CHECK_FAILURE] = "failure",
	};

	return names[result];
}

int preflight_verdict(const struct preflight *preflight, struct error *error)
{
	for (size_t i = 0; i < preflight->findings.count; i++) {
		const struct finding *finding = &preflight->findings.items[i];
		unsigned others = preflight->failures - 1;

		if (finding->result != CHECK_FAILURE)
			continue;
		if (!others)
			return error_set(error, -ENODEV, "%s", finding->text);
		return error_set(error, -ENODEV, "%s (and %u more: see `wardgate preflight`)",
				 finding->text, others);
	}
	return 0;
}

void inspection_say(struct inspection *i, enum check_result result, const char *format, ...)
{
	struct finding *finding = vec_add(&i->out->findings);
	va_list args;

	if (!finding) {
		i->failed = true;
		return;
	}
	if (result == CHECK_FAILURE && i->now && i->now->ours)
		result = CHECK_WARNING;
	snprintf(finding->port, sizeof(finding->port), "%s", i->now ? i->now->port->ifname : "-");
	finding->check = i->check;
	finding->result = result;
	va_start(args, format);
	vsnprintf(finding->text, sizeof(finding->text), format, args);
	va_end(args);
	i->out->failures += result == CHECK_FAILURE;
	i->out->warnings += result == CHECK_WARNING;
}

static bool has(const struct inspected_port *port, enum xdp_feature feature)
{
	return port->features & feature;
}

/* With the driver's help, as far as one can tell before it is attached. */
static bool is_native(const struct inspected_port *port)
{
	return port->ours ? port->native : !port->told || has(port, XDP_FEATURE_BASIC);
}

static const struct inspected_port *other_port(const struct inspection *i)
{
	return &i->ports[i->now->port->other];
}

static void inspect_interface(struct inspection *i)
{
	const struct inspected_port *p = i->now;
	const char *name = p->port->ifname;
	char master[WARD_NAME_SIZE];

	if (!p->dev.ifindex && p->slot < WARD_MAX_PORTS &&
	    i->kernel->state.port_slots[p->slot].ifindex)
		inspection_say(i, CHECK_WARNING,
			       "port %s is not there now; its link works when it is back", name);
	else if (!p->dev.ifindex)
		inspection_say(
			i, CHECK_FAILURE,
			"port %s does not exist in this network namespace; see `ip link` for "
			"the names",
			name);
	else if (!strcmp(p->dev.kind, "vlan"))
		inspection_say(i, CHECK_FAILURE,
			       "port %s is a VLAN interface, which XDP cannot run on; name the NIC "
			       "below it, and the VLAN in the link's `vlans`",
			       name);
	else if (p->dev.master && !netdev_name(i->kernel->socket, p->dev.master, master))
		inspection_say(i, CHECK_WARNING,
			       "port %s belongs to %s, which gets nothing from it any more; see ip "
			       "link set dev %s nomaster",
			       name, master, name);
	else
		inspection_say(i, CHECK_OK, "interface %u", p->dev.ifindex);
}

static void inspect_carrier(struct inspection *i)
{
	const char *name = i->now->port->ifname;

	if (!i->now->dev.enabled)
		inspection_say(i, CHECK_WARNING, "port %s is down; see ip link set dev %s up", name,
			       name);
	else if (!i->now->dev.up)
		inspection_say(i, CHECK_WARNING,
			       "port %s has no carrier; look at the cable and at what it leads to",
			       name);
	else
		inspection_say(i, CHECK_OK, "up, with carrier");
}

static void inspect_attached(struct inspection *i)
{
	const struct inspected_port *p = i->now;
	const char *name = p->port->ifname;

	if (p->native)
		inspection_say(i, CHECK_OK, "native, at work");
	else if (p->port->generic)
		inspection_say(
			i, CHECK_WARNING,
			"port %s runs XDP without its driver's help, as `xdp: generic` says: "
			"every packet is slow; use a NIC whose driver has native XDP",
			name);
	else
		inspection_say(i, CHECK_WARNING,
			       "port %s runs XDP without its driver's help, which the policy does "
			       "not allow; take it out with `wardgated detach` and apply again",
			       name);
}

static void inspect_xdp(struct inspection *i)
{
	const struct inspected_port *p = i->now;
	const char *name = p->port->ifname;

	if (p->ours)
		inspect_attached(i);
	else if (p->program)
		inspection_say(i, CHECK_FAILURE,
			       "another XDP program is attached to port %s; remove it first, for "
			       "example with `ip link set dev %s xdp off`",
			       name, name);
	else if (!p->told)
		inspection_say(i, CHECK_OK, "this kernel does not tell before it is attached");
	else if (has(p, XDP_FEATURE_BASIC) && has(p, XDP_FEATURE_REDIRECT))
		inspection_say(i, CHECK_OK, "native");
	else if (p->port->generic)
		inspection_say(i, CHECK_WARNING,
			       "the driver of port %s has no native XDP: it will run without, as "
			       "`xdp: generic` says, and every packet is slow",
			       name);
	else
		inspection_say(
			i, CHECK_FAILURE,
			"the driver of port %s cannot run XDP natively with redirection; use "
			"a NIC that can, or write `xdp: generic` in its link to run slowly",
			name);
}

/*
 * Many drivers say that they take redirected frames only once a program is attached to them:
 * before, nothing can be concluded. A veth takes them when its other end has GRO or a program.
 */
static void inspect_redirect(struct inspection *i)
{
	const struct inspected_port *p = i->now;
	const char *name = p->port->ifname;

	if (!p->told)
		inspection_say(i, CHECK_OK, "this kernel does not tell whether it takes frames");
	else if (has(p, XDP_FEATURE_TARGET))
		inspection_say(i, CHECK_OK, "takes redirected frames");
	else if (!is_native(other_port(i)))
		inspection_say(i, CHECK_OK, "takes the frames of a port without native XDP");
	else if (!strcmp(p->dev.kind, "veth"))
		inspection_say(i, CHECK_FAILURE,
			       "port %s takes no redirected frames: it is one end of a veth pair; "
			       "turn GRO on at the other end, with ethtool -K NAME gro on",
			       name);
	else if (p->ours)
		inspection_say(
			i, CHECK_FAILURE,
			"port %s takes no redirected frames, and nothing leaves by it; use a "
			"NIC whose driver has NETDEV_XDP_ACT_NDO_XMIT",
			name);
	else
		inspection_say(i, CHECK_OK,
			       "the driver tells once it is attached; it is asked then");
}

static bool has_stacks(const struct inspection *i)
{
	for (size_t v = 0; v < i->image->vlans.count; v++)
		if (i->image->vlans.items[v].key.link == i->now->port->link &&
		    i->image->vlans.items[v].key.vlan >= WARD_FIRST_STACK)
			return true;
	return false;
}

static void inspect_mtu(struct inspection *i)
{
	const struct inspected_port *p = i->now, *other = other_port(i);
	const char *name = p->port->ifname;
	uint32_t mtu = p->dev.mtu;
	bool routed = p->port->flags & WARD_PORT_ROUTED;

	if (mtu > PLAIN_MTU && p->told && is_native(p) && !has(p, XDP_FEATURE_FRAGMENTS))
		inspection_say(
			i, CHECK_FAILURE,
			"port %s has MTU %u, and its driver gives XDP at most %d; see ip link "
			"set dev %s mtu %d",
			name, mtu, PLAIN_MTU, name, PLAIN_MTU);
	else if (mtu > PLAIN_MTU && has(p, XDP_FEATURE_TARGET) &&
		 !has(p, XDP_FEATURE_TARGET_FRAGMENTS))
		inspection_say(i, CHECK_FAILURE,
			       "port %s has MTU %u, and its driver sends at most %d of what XDP "
			       "redirects; see ip link set dev %s mtu %d",
			       name, mtu, PLAIN_MTU, name, PLAIN_MTU);
	else if (!routed && other->dev.ifindex && mtu < other->dev.mtu)
		inspection_say(i, CHECK_WARNING,
			       "port %s has MTU %u, and %s has %u: longer packets from there are "
			       "lost; see ip link set dev %s mtu %u",
			       name, mtu, other->port->ifname, other->dev.mtu, name,
			       other->dev.mtu);
	else if (!routed && has_stacks(i) && mtu < USUAL_MTU + INNER_TAG)
		inspection_say(
			i, CHECK_WARNING,
			"port %s has MTU %u, so frames with two tags carry only %u bytes; see "
			"ip link set dev %s mtu %u",
			name, mtu, mtu - INNER_TAG, name, mtu + INNER_TAG);
	else
		inspection_say(i, CHECK_OK, "%u", mtu);
}

static void inspect_offloads(struct inspection *i)
{
	const char *name = i->now->port->ifname;

	for (int o = 0; o < OFFLOADS; o++) {
		bool on;
		int err = offload_get(name, &offloads[o], &on);

		i->check = offloads[o].name;
		if (err)
			inspection_say(i, CHECK_FAILURE,
				       "cannot see whether port %s %s (%s); see ethtool -k %s",
				       name, offloads[o].harm, strerror(-err), name);
		else if (on && i->now->ours)
			inspection_say(i, CHECK_WARNING,
				       "port %s %s again; see ethtool -K %s %s off", name,
				       offloads[o].harm, name, offloads[o].name);
		else
			inspection_say(i, CHECK_OK, on ? "on; an apply turns it off" : "off");
	}
}

/* As many queues as CPUs, so that no CPU is idle while another loses packets. */
static void inspect_queues(struct inspection *i)
{
	const char *name = i->now->port->ifname;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct channels channels;
	char queues[TEXT_THINGS], processors[TEXT_THINGS];
	uint32_t wanted;

	if (cpus < 1 || channels_get(name, &channels)) {
		inspection_say(i, CHECK_OK, "the driver does not tell");
		return;
	}
	wanted = channels.most < (uint32_t)cpus ? channels.most : (uint32_t)cpus;
	if (channels.receive < wanted)
		inspection_say(i, CHECK_WARNING,
			       "port %s receives on %s, for %s; see ethtool -L %s %s %u", name,
			       text_things(queues, channels.receive, "queue"),
			       text_things(processors, (uint64_t)cpus, "CPU"), name,
			       channels.combined ? "combined" : "rx", wanted);
	else
		inspection_say(i, CHECK_OK, "%u for %s", channels.receive,
			       text_things(processors, (uint64_t)cpus, "CPU"));
}

static void inspect_promiscuity(struct inspection *i)
{
	const char *name = i->now->port->ifname;
	bool routed = i->now->port->flags & WARD_PORT_ROUTED;

	if (routed)
		inspection_say(i, CHECK_OK, "not needed by a routed link");
	else if (i->now->dev.promiscuous)
		inspection_say(i, CHECK_OK, "on");
	else if (i->now->ours)
		inspection_say(
			i, CHECK_WARNING,
			"port %s is no longer promiscuous; see ip link set dev %s promisc on", name,
			name);
	else
		inspection_say(i, CHECK_OK, "off; an apply turns it on");
}

static const struct {
	const char *name;
	void (*inspect)(struct inspection *i);
} checks[] = {
	{ "carrier", inspect_carrier },	  { "xdp", inspect_xdp },
	{ "redirect", inspect_redirect }, { "mtu", inspect_mtu },
	{ "offloads", inspect_offloads }, { "promiscuous", inspect_promiscuity },
	{ "queues", inspect_queues },	  { "routing", inspect_routing },
};

static void inspect_port(struct inspection *i)
{
	i->check = "interface";
	inspect_interface(i);
	for (size_t c = 0; i->now->dev.ifindex && c < ARRAY_SIZE(checks); c++) {
		i->check = checks[c].name;
		checks[c].inspect(i);
	}
}

static void inspect_capacity(struct inspection *i)
{
	const struct ward_meta *meta = i->kernel->state.meta;
	struct error error;

	if (slots_have_room(&i->kernel->state, i->image, &error))
		inspection_say(i, CHECK_FAILURE, "%s", error.text);
	else
		inspection_say(i, CHECK_OK, "%zu of %u devices, %zu of %u rules",
			       i->image->devices.count, meta->device_capacity,
			       i->image->rules.count, meta->rule_capacity);
}

static uint32_t find_slot(const struct state *state, const char *ifname)
{
	uint32_t slot = 0;

	while (slot < WARD_MAX_PORTS && (state->port_slots[slot].use == WARD_SLOT_FREE ||
					 strcmp(state->port_slots[slot].name, ifname) != 0))
		slot++;
	return slot;
}

static int look(struct kernel *kernel, const struct image_port *port, struct inspected_port *out,
		struct error *error)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	int err = netdev_get(kernel->socket, port->ifname, &out->dev, error);

	out->port = port;
	out->slot = find_slot(&kernel->state, port->ifname);
	if (err || !out->dev.ifindex)
		return err;
	err = bpf_xdp_query((int)out->dev.ifindex, 0, &query);
	if (err)
		return error_set(error, err, "cannot ask about XDP on port %s: %s", port->ifname,
				 strerror(-err));
	out->told = !features_get(&kernel->features, out->dev.ifindex, &out->features);
	out->program = query.prog_id;
	out->native = query.attach_mode == XDP_ATTACHED_DRV;
	out->ours = out->slot < WARD_MAX_PORTS &&
		    ports_is_attached(&kernel->state, out->slot, out->dev.ifindex);
	return 0;
}

int kernel_preflight(struct kernel *kernel, const struct image *image, struct preflight *out,
		     struct error *error)
{
	_cleanup_(preflight_free) struct preflight preflight = { 0 };
	struct inspection i = { .kernel = kernel, .image = image, .out = &preflight };
	int err = 0;

	for (size_t p = 0; !err && p < image->ports.count; p++)
		err = look(kernel, &image->ports.items[p], &i.ports[p], error);
	for (size_t p = 0; !err && p < image->ports.count; p++) {
		i.now = &i.ports[p];
		inspect_port(&i);
	}
	i.now = NULL;
	i.check = "capacity";
	if (!err)
		inspect_capacity(&i);
	if (i.failed)
		err = error_set(error, -ENOMEM, "no memory for what was found");
	if (err)
		return err;
	*out = preflight;
	preflight = (struct preflight){ 0 };
	return 0;
}
