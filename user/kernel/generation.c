/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/generation.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/own.h"
#include "gateway.skel.h"
#include "kernel/cuckoo.h"

/*
 * Seeds that are tried for a table of ports without collisions: 64 of 256 places need a few dozen.
 */
#define PORT_SEEDS 1000000

struct loading {
	struct gateway_bpf *skeleton;
	const struct image *image;
	const struct generation_slots *slots;
	const uint32_t *ifindexes;
	struct cuckoo devices;
	struct ward_device *entries;	/* of the image, with their owners */
};

static void loading_free(struct loading *l)
{
	cuckoo_free(&l->devices);
	free(l->entries);
}

static bool seed_fits(const struct loading *l, uint32_t seed)
{
	bool taken[WARD_PORT_TABLE] = { false };

	for (size_t i = 0; i < l->image->ports.count; i++) {
		uint32_t place = ward_port_place(l->ifindexes[i], seed);

		if (l->ifindexes[i] && taken[place])
			return false;
		taken[place] |= l->ifindexes[i] != 0;
	}
	return true;
}

static int choose_port_seed(struct loading *l)
{
	for (uint32_t seed = 1; seed < PORT_SEEDS; seed++) {
		if (seed_fits(l, seed)) {
			l->skeleton->rodata->port_seed = seed;
			return 0;
		}
	}
	return -ENOSPC;
}

static int prepare_devices(struct loading *l)
{
	size_t count = l->image->devices.count;

	l->entries = calloc(count + 1, sizeof(*l->entries));
	if (!l->entries)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		l->entries[i] = l->image->devices.items[i].entry;
		l->entries[i].owner = l->slots->device_owner[i];
	}
	if (cuckoo_build(l->entries, count, &l->devices))
		return -ENOMEM;
	/* Part of the proof: what was put in is found again, and it is the same. */
	for (size_t i = 0; i < count; i++) {
		const struct ward_device *d = &l->entries[i];
		const struct ward_device *found =
			cuckoo_find(&l->devices, d->address, d->vlan, d->link);

		if (!found || memcmp(found, d, sizeof(*d)))
			return -EINVAL;
	}
	l->skeleton->rodata->device_seed = l->devices.seed;
	l->skeleton->rodata->device_mask = l->devices.count - 1;
	return bpf_map__set_max_entries(l->skeleton->maps.devices, l->devices.count);
}

static int size_map(struct bpf_map *map, size_t entries)
{
	return bpf_map__set_max_entries(map, entries ? (uint32_t)entries : 1);
}

static int size_maps(struct loading *l)
{
	const struct image *image = l->image;

	return size_map(l->skeleton->maps.devices_by_mac, image->devices.count) ?:
	       size_map(l->skeleton->maps.link_vlans,
			image->vlans.count + image->restricted_links.count) ?:
	       size_map(l->skeleton->maps.profiles, image->profiles.count) ?:
	       size_map(l->skeleton->maps.peers, image->hosts.count) ?:
	       size_map(l->skeleton->maps.peer_prefixes, image->prefixes.count) ?:
	       size_map(l->skeleton->maps.rules, image->entries.count);
}

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

/*
 * Writes `count` values of an array, or entries of a hash or trie, in one system call where the
 * kernel can (since 5.6; tries since 5.12).
 */
static int write_batch(const struct bpf_map *map, const void *keys, const void *values,
		       uint32_t count)
{
	return count ? bpf_map_update_batch(bpf_map__fd(map), keys, values, &count, NULL) : 0;
}

static int fill_array(const struct bpf_map *map, const void *values, size_t count)
{
	_cleanup_free_ uint32_t *keys = calloc(count + 1, sizeof(*keys));

	if (!keys)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		keys[i] = (uint32_t)i;
	return write_batch(map, keys, values, (uint32_t)count);
}

static int fill_devices(const struct loading *l)
{
	size_t count = l->image->devices.count;
	size_t bytes = l->devices.count * sizeof(*l->devices.buckets);
	_cleanup_free_ struct ward_mac_key *macs = calloc(count + 1, sizeof(*macs));
	void *table;

	if (!macs)
		return -ENOMEM;
	table = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		     bpf_map__fd(l->skeleton->maps.devices), 0);
	if (table == MAP_FAILED)
		return -errno;
	memcpy(table, l->devices.buckets, bytes);
	munmap(table, bytes);
	for (size_t i = 0; i < count; i++)
		memcpy(macs[i].mac, l->entries[i].mac, sizeof(macs[i].mac));
	return write_batch(l->skeleton->maps.devices_by_mac, macs, l->entries, (uint32_t)count);
}

static int fill_ports(const struct loading *l)
{
	struct ward_port table[WARD_PORT_TABLE] = { 0 };
	const struct image *image = l->image;

	for (size_t i = 0; i < image->ports.count; i++) {
		const struct image_port *port = &image->ports.items[i];
		uint32_t place =
			ward_port_place(l->ifindexes[i], l->skeleton->rodata->port_seed);

		if (!l->ifindexes[i])
			continue;
		table[place] = (struct ward_port){
			.ifindex = l->ifindexes[i],
			.link = port->link,
			.side = port->side,
			.owner = l->slots->port_owner[i],
			.target = l->slots->port_owner[port->other] - WARD_OWNER_FIRST_PORT,
		};
	}
	return fill_array(l->skeleton->maps.ports, table, WARD_PORT_TABLE);
}

static int fill_vlans(const struct loading *l)
{
	const struct image *image = l->image;
	int fd = bpf_map__fd(l->skeleton->maps.link_vlans);
	uint8_t yes = 1;
	int err = 0;

	for (size_t i = 0; !err && i < image->vlans.count; i++)
		err = bpf_map_update_elem(fd, &image->vlans.items[i], &yes, BPF_ANY);
	for (size_t i = 0; !err && i < image->restricted_links.count; i++) {
		struct ward_vlan_key key = { image->restricted_links.items[i], WARD_ANY_VLAN };

		err = bpf_map_update_elem(fd, &key, &yes, BPF_ANY);
	}
	return err;
}

static int fill_peers(const struct loading *l)
{
	const struct image *image = l->image;
	size_t hosts = image->hosts.count, prefixes = image->prefixes.count;
	_cleanup_free_ __be32 *addresses = calloc(hosts + 1, sizeof(*addresses));
	_cleanup_free_ uint32_t *classes = calloc(hosts + 1, sizeof(*classes));
	int err = 0;

	if (!addresses || !classes)
		return -ENOMEM;
	for (size_t i = 0; i < hosts; i++) {
		addresses[i] = image->hosts.items[i].key.address;
		classes[i] = image->hosts.items[i].peer_class;
	}
	err = write_batch(l->skeleton->maps.peers, addresses, classes, (uint32_t)hosts);
	for (size_t i = 0; !err && i < prefixes; i++)
		err = bpf_map_update_elem(bpf_map__fd(l->skeleton->maps.peer_prefixes),
					  &image->prefixes.items[i].key,
					  &image->prefixes.items[i].peer_class, BPF_ANY);
	return err;
}

static int fill_rules(const struct loading *l)
{
	size_t count = l->image->entries.count;
	_cleanup_free_ struct ward_rule_key *keys = calloc(count + 1, sizeof(*keys));
	_cleanup_free_ struct ward_rule *rules = calloc(count + 1, sizeof(*rules));

	if (!keys || !rules)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct image_entry *entry = &l->image->entries.items[i];

		keys[i] = entry->key;
		rules[i].rule = entry->rule == UINT32_MAX ? 0 : l->slots->rule_slot[entry->rule];
	}
	return write_batch(l->skeleton->maps.rules, keys, rules, (uint32_t)count);
}

/* From here on nobody writes them from user space; the program never does. */
static int freeze_maps(const struct gateway_bpf *skeleton)
{
	const struct bpf_map *maps[] = {
		skeleton->maps.ports,	 skeleton->maps.devices, skeleton->maps.devices_by_mac,
		skeleton->maps.link_vlans, skeleton->maps.profiles, skeleton->maps.peers,
		skeleton->maps.services, skeleton->maps.rules,
	};
	int err = 0;

	/* A trie cannot be frozen before kernel 6.7. */
	for (size_t i = 0; !err && i < ARRAY_SIZE(maps); i++)
		err = bpf_map_freeze(bpf_map__fd(maps[i]));
	return err;
}

static int fill_maps(const struct loading *l)
{
	return fill_ports(l) ?: fill_devices(l) ?: fill_vlans(l) ?:
	       fill_array(l->skeleton->maps.profiles, l->image->profiles.items,
			  l->image->profiles.count) ?:
	       fill_peers(l) ?:
	       fill_array(l->skeleton->maps.services, l->image->services, WARD_SERVICE_LINES) ?:
	       fill_rules(l) ?: freeze_maps(l->skeleton);
}

static uint64_t coarse_tick(void)
{
	struct timespec t;

	clock_getres(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_nsec;
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

static int prepare(struct loading *l, struct state *state, uint32_t number)
{
	l->skeleton->rodata->generation = number;
	l->skeleton->rodata->flow_seed = state->meta->flow_seed;
	l->skeleton->rodata->owner_count = state_owner_capacity(state);
	l->skeleton->rodata->has_prefixes = l->image->prefixes.count != 0;
	l->skeleton->rodata->clock_tick = coarse_tick();
	return choose_port_seed(l) ?: prepare_devices(l) ?: size_maps(l) ?:
	       share_state(l->skeleton, state);
}

int generation_load(struct state *state, const struct image *image,
		    const struct generation_slots *slots, const uint32_t *ifindexes,
		    struct generation *out, struct error *error)
{
	_cleanup_(loading_free) struct loading l = {
		.image = image,
		.slots = slots,
		.ifindexes = ifindexes,
	};
	_cleanup_(generation_free) struct generation g = { 0 };
	int err;

	/* Never given out again, even if this fails: flows remember who judged them. */
	g.number = ++state->meta->last_generation;
	g.skeleton = l.skeleton = gateway_bpf__open();
	if (!g.skeleton)
		return error_set(error, -errno, "cannot open the program: %s", strerror(errno));
	err = prepare(&l, state, g.number);
	if (err)
		return error_set(error, err, "cannot prepare the tables of the new generation: %s",
				 strerror(-err));
	err = gateway_bpf__load(g.skeleton);
	if (err)
		return error_set(error, err, "the kernel refused the program: %s%s", strerror(-err),
				 err == -EPERM ? " (root is needed)" : "");
	err = fill_maps(&l);
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
