/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <linux/if_link.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>
#include <sys/file.h>

#include "base/file.h"
#include "base/own.h"
#include "kernel/forwarding.h"

/* What libbpf has to say is in the errors; its own lines would be in nobody's words. */
static int say_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	if (getenv("WARDGATE_DEBUG_LIBBPF"))
		return vfprintf(stderr, format, args);
	(void)level;
	return 0;
}

static int take_event(void *context, void *data, size_t size)
{
	struct kernel *kernel = context;

	if (size == sizeof(struct ward_event))
		kernel->handle(data, kernel->context);
	return ++kernel->handled >= kernel->limit ? -ECANCELED : 0;
}

/* One process at a time changes the pins. The kernel gives the lock up when the process ends. */
static int lock_folder(const char *folder, struct error *error)
{
	_cleanup_close_ int fd = -1;
	int err = bpffs_mount(folder, error) ?: file_make_folder(folder, 0700, error);

	if (err)
		return err;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		return TAKE_FD(fd);
	if (errno == EWOULDBLOCK)
		return error_set(error, -EAGAIN, "another wardgated is running on %s", folder);
	return error_set(error, -errno, "cannot lock %s: %s", folder, strerror(errno));
}

int kernel_open(const struct kernel_options *options, struct kernel **out, struct error *error)
{
	_cleanup_(kernel_close) struct kernel *kernel = calloc(1, sizeof(*kernel));
	int err;

	libbpf_set_print(say_nothing);
	if (!kernel)
		return error_set(error, -ENOMEM, "no memory");
	/* Until state_open() has succeeded there is nothing of it to close. */
	for (int i = 0; i < STATE_MAPS; i++)
		kernel->state.fds[i] = -1;
	kernel->lock = -1;
	kernel->lock = lock_folder(options->bpffs, error);
	if (kernel->lock < 0)
		return kernel->lock;
	err = state_open(options, &kernel->state, error);
	if (err)
		return err;
	kernel->socket = netdev_socket(false, error);
	kernel->watch = kernel->socket ? netdev_socket(true, error) : NULL;
	if (!kernel->watch)
		return -EIO;
	features_open(&kernel->features);
	kernel->ring = ring_buffer__new(kernel->state.fds[STATE_EVENTS], take_event, kernel, NULL);
	if (!kernel->ring)
		return error_set(error, -errno, "cannot read the ring of events: %s",
				 strerror(errno));
	*out = TAKE_PTR(kernel);
	return 0;
}

void kernel_close(struct kernel **kernel)
{
	if (!*kernel)
		return;
	ring_buffer__free((*kernel)->ring);
	features_close(&(*kernel)->features);
	routes_free(&(*kernel)->routes);
	if ((*kernel)->watch)
		nl_socket_free((*kernel)->watch);
	if ((*kernel)->socket)
		nl_socket_free((*kernel)->socket);
	state_close(&(*kernel)->state);
	own_close(&(*kernel)->lock);
	free(*kernel);
	*kernel = NULL;
}

const struct ward_meta *kernel_meta(const struct kernel *kernel)
{
	return kernel->state.meta;
}

/* Of a port in force, or NULL. */
static struct ward_slot *find_slot(const struct kernel *kernel, const char *ifname)
{
	struct ward_slot *slots = kernel->state.port_slots;

	for (uint32_t i = 0; i < WARD_MAX_PORTS; i++)
		if (slots[i].use == WARD_SLOT_USED && !strcmp(slots[i].name, ifname))
			return &slots[i];
	return NULL;
}

/* Another program than the gateway's judges nothing. */
static bool is_ours(const struct kernel *kernel, const char *ifname, uint32_t ifindex)
{
	const struct ward_slot *slot = find_slot(kernel, ifname);

	return slot && ports_is_attached(&kernel->state, slot - kernel->state.port_slots, ifindex);
}

int kernel_port_status(struct kernel *kernel, const char *ifname, struct port_status *out,
		       struct error *error)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	struct port_status status = { .state = PORT_MISSING };
	uint64_t features = 0;
	struct netdev dev;
	int err = netdev_get(kernel->socket, ifname, &dev, error);

	if (err)
		return err;
	status.ifindex = dev.ifindex;
	status.mtu = dev.mtu;
	memcpy(status.mac, dev.mac, sizeof(status.mac));
	if (dev.ifindex) {
		err = bpf_xdp_query((int)dev.ifindex, 0, &query);
		if (err)
			return error_set(error, err, "cannot ask about XDP on port %s: %s", ifname,
					 strerror(-err));
		status.program = query.prog_id;
		status.native = query.attach_mode == XDP_ATTACHED_DRV;
		status.told = !features_get(&kernel->features, dev.ifindex, &features);
		status.redirects = status.told && features & XDP_FEATURE_TARGET;
		status.state = !is_ours(kernel, ifname, dev.ifindex) ? PORT_UNPROTECTED :
			       dev.up				     ? PORT_ATTACHED :
								       PORT_DOWN;
	}
	*out = status;
	return 0;
}

int kernel_port_verify(struct kernel *kernel, const struct image_port *port, bool mend,
		       struct error *error)
{
	bool routed = port->flags & WARD_PORT_ROUTED;
	struct ward_slot *slot = find_slot(kernel, port->ifname);
	struct error worse;
	struct netdev dev;
	int err = netdev_get(kernel->socket, port->ifname, &dev, error);

	if (err || !slot || !dev.ifindex ||
	    !ports_is_attached(&kernel->state, slot - kernel->state.port_slots, dev.ifindex))
		return err;
	err = netdev_verify(kernel->socket, port->ifname, routed, error);
	if (!err && routed && mend) {
		err = forwarding_open(kernel->socket, &kernel->routes, dev.ifindex,
				      &slot->saved_flags, error);
		if (err > 0)
			error_set(error, 0, "the kernel did not forward IPv4 from port %s",
				  port->ifname);
		return err > 0 ? 1 : err;
	}
	if (err != -EIO || !mend)
		return err;
	err = netdev_prepare(kernel->socket, port->ifname, routed, &slot->saved_flags, &worse);
	if (err)
		*error = worse;
	return err ? err : 1;
}

int kernel_watch_fd(const struct kernel *kernel)
{
	return nl_socket_get_fd(kernel->watch);
}

/* VLAN interfaces of routed links come and go without a change of any port. */
static int watch_routes(struct kernel *kernel, const struct image *image,
			const struct generation_slots *slots, const char **change,
			struct error *error)
{
	_cleanup_(routes_free) struct routes routes = { 0 };
	struct port_now ports[WARD_MAX_PORTS] = { 0 };
	const struct generation_parts parts = { image, slots, ports, NULL };
	int err;

	for (size_t i = 0; i < kernel->port_count; i++)
		ports[i] = kernel->ports[i].now;
	err = routes_find(kernel->socket, &parts, &routes, error);
	if (!err && !routes_equal(&routes, &kernel->routes))
		*change = "a VLAN interface of a routed link came or went";
	return err;
}

/*
 * A change is told once. If the publish that answers it fails, or leaves the port out, taking it
 * back makes messages of its own, and each would be the next change.
 */
static bool tell_once(struct kernel *kernel, const struct port_seen seen[WARD_MAX_PORTS])
{
	bool again = !memcmp(seen, kernel->told, sizeof(kernel->told));

	memcpy(kernel->told, seen, sizeof(kernel->told));
	return !again;
}

void kernel_watch_again(struct kernel *kernel, bool all)
{
	for (size_t i = 0; i < WARD_MAX_PORTS; i++)
		if (all || !kernel->told[i].program)
			kernel->told[i] = (struct port_seen){ 0 };
}

/* Why the port should be published anew; NULL: it is as it was published. */
static const char *port_change(const struct port_now *then, const struct port_status *now)
{
	if (now->ifindex != then->ifindex || now->state == PORT_UNPROTECTED)
		return "a port came or went";
	return memcmp(now->mac, then->mac, sizeof(now->mac)) ? "a port has another MAC address"
							     : NULL;
}

int kernel_watch(struct kernel *kernel, const struct image *image,
		 const struct generation_slots *slots, const char **change, struct error *error)
{
	struct port_seen seen[WARD_MAX_PORTS] = { 0 };

	/*
	 * What the messages say is asked anew below: one may have been lost, and they come in
	 * storms.
	 */
	nl_recvmsgs_default(kernel->watch);
	*change = NULL;
	for (size_t i = 0; i < kernel->port_count; i++) {
		struct port_status status;
		int err = kernel_port_status(kernel, kernel->ports[i].ifname, &status, error);
		const char *why = err ? NULL : port_change(&kernel->ports[i].now, &status);

		if (err)
			return err;
		/* The others get a new program by each publish, which must not look like news. */
		if (!why)
			continue;
		seen[i].differs = true;
		seen[i].ifindex = status.ifindex;
		seen[i].program = status.program;
		memcpy(seen[i].mac, status.mac, sizeof(seen[i].mac));
		*change = why;
	}
	if (tell_once(kernel, seen) && *change)
		return 0;
	*change = NULL;
	return image ? watch_routes(kernel, image, slots, change, error) : 0;
}

int kernel_events_fd(const struct kernel *kernel)
{
	return ring_buffer__epoll_fd(kernel->ring);
}

int kernel_events(struct kernel *kernel, unsigned limit,
		  void (*handle)(const struct ward_event *event, void *context), void *context)
{
	int err;

	kernel->handle = handle;
	kernel->context = context;
	kernel->handled = 0;
	kernel->limit = limit;
	err = ring_buffer__consume(kernel->ring);
	return err < 0 && err != -ECANCELED ? err : (int)kernel->handled;
}

const char *kernel_owner_name(const struct kernel *kernel, uint32_t owner)
{
	const struct ward_slot *slot;

	if (owner >= WARD_OWNER_FIRST_DEVICE &&
	    owner - WARD_OWNER_FIRST_DEVICE < kernel->state.meta->device_capacity)
		slot = &kernel->state.device_slots[owner - WARD_OWNER_FIRST_DEVICE];
	else if (owner >= WARD_OWNER_FIRST_PORT && owner < WARD_OWNER_FIRST_DEVICE)
		slot = &kernel->state.port_slots[owner - WARD_OWNER_FIRST_PORT];
	else
		return NULL;
	return slot->use == WARD_SLOT_FREE ? NULL : slot->name;
}
