/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/tables.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/own.h"
#include "gateway.skel.h"

/*
 * Seeds that are tried for a table of ports without collisions: 64 of 256 places need a few dozen.
 */
#define PORT_SEEDS 1000000

void tables_free(struct tables *tables)
{
	cuckoo_free(&tables->devices);
	rules_table_free(&tables->rules);
	free(tables->addresses);
	tables->addresses = NULL;
}

static bool seed_fits(const struct generation_parts *parts, uint32_t seed)
{
	bool taken[WARD_PORT_TABLE] = { false };

	for (size_t i = 0; i < parts->image->ports.count; i++) {
		uint32_t ifindex = parts->ports[i].ifindex;
		uint32_t place = ward_port_place(ifindex, seed);

		if (ifindex && taken[place])
			return false;
		taken[place] |= ifindex != 0;
	}
	return true;
}

static int choose_port_seed(struct tables *t)
{
	for (uint32_t seed = 1; seed < PORT_SEEDS; seed++) {
		if (seed_fits(t->parts, seed)) {
			t->skeleton->rodata->port_seed = seed;
			return 0;
		}
	}
	return -ENOSPC;
}

static int prepare_devices(struct tables *t)
{
	const struct image *image = t->parts->image;
	size_t count = image->addresses.count;

	t->addresses = calloc(count + 1, sizeof(*t->addresses));
	if (!t->addresses)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		t->addresses[i] = image->addresses.items[i];
		t->addresses[i].owner = t->parts->slots->device_owner[t->addresses[i].owner];
	}
	if (cuckoo_build(t->addresses, count, &t->devices))
		return -ENOMEM;
	/* Part of the proof: what was put in is found again, and it is the same. */
	for (size_t i = 0; i < count; i++) {
		const struct ward_device *d = &t->addresses[i];
		const struct ward_device *found =
			cuckoo_find(&t->devices, d->address, d->vlan, d->link);

		if (!found || memcmp(found, d, sizeof(*d)))
			return -EINVAL;
	}
	t->skeleton->rodata->device_seed = t->devices.seed;
	t->skeleton->rodata->device_mask = t->devices.count - 1;
	return bpf_map__set_max_entries(t->skeleton->maps.devices, t->devices.count);
}

/* rule_times is an array by the rules' slots. */
static size_t slots_of_times(const struct tables *t)
{
	const struct image *image = t->parts->image;
	size_t count = 0;

	for (size_t i = 0; image->features.times && i < image->rules.count; i++)
		if (t->parts->slots->rule_slot[i] >= count)
			count = (size_t)t->parts->slots->rule_slot[i] + 1;
	return count;
}

static int size_maps(struct tables *t)
{
	const struct image *image = t->parts->image;
	size_t routes = t->parts->routes ? t->parts->routes->list.count : 0;
	const struct {
		struct bpf_map *map;
		size_t entries;
	} sizes[] = {
		{ t->skeleton->maps.devices_by_mac, image->devices.count },
		{ t->skeleton->maps.link_vlans, image->vlans.count },
		{ t->skeleton->maps.stacks, image->stacks.count },
		{ t->skeleton->maps.vlan_maps, image->vlan_maps.count },
		{ t->skeleton->maps.link_ethertypes, image->ethertypes.count },
		{ t->skeleton->maps.link_addresses, image->link_addresses.count },
		{ t->skeleton->maps.rule_limits, image->rules.count },
		{ t->skeleton->maps.route_in, routes },
		{ t->skeleton->maps.route_out, routes },
		{ t->skeleton->maps.profiles, image->profiles.count },
		{ t->skeleton->maps.peers, image->hosts.count },
		{ t->skeleton->maps.peer_prefixes, image->prefixes.count },
		{ t->skeleton->maps.steps, image->steps.count },
		{ t->skeleton->maps.rule_times, slots_of_times(t) },
		{ t->skeleton->maps.schedules, image->schedules.count },
	};
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(sizes); i++)
		err = bpf_map__set_max_entries(sizes[i].map, (uint32_t)sizes[i].entries ?: 1);
	return err;
}

static int prepare_zone(struct tables *t)
{
	const struct image *image = t->parts->image;
	__typeof__(t->skeleton->rodata) r = t->skeleton->rodata;

	if (image->offsets.count > WARD_OFFSETS)
		return -E2BIG;
	for (size_t i = 0; i < WARD_OFFSETS; i++) {
		bool used = i < image->offsets.count;

		r->zone_from[i] = used ? image->offsets.items[i].from : WARD_OFFSET_NEVER;
		r->zone_seconds[i] = used ? image->offsets.items[i].seconds : 0;
	}
	return 0;
}

static int prepare_rules(struct tables *t)
{
	const struct image *image = t->parts->image;
	const uint32_t *slots = t->parts->slots->rule_slot;
	struct bpf_map *map = t->skeleton->maps.rules;

	t->same_rules = rules_are_kept(t->kept, image, slots);
	if (t->same_rules)
		return bpf_map__reuse_fd(map, t->kept->map);
	return rules_table_make(image, slots, &t->rules)
		       ?: bpf_map__set_max_entries(map, (uint32_t)image->entries.count ?: 1);
}

int tables_prepare(struct tables *tables)
{
	return choose_port_seed(tables) ?: prepare_devices(tables) ?: prepare_zone(tables) ?:
	       size_maps(tables) ?: prepare_rules(tables);
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

static int write_one(const struct bpf_map *map, const void *key, const void *value)
{
	return bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY);
}

static int fill_devices(const struct tables *t)
{
	size_t bytes = t->devices.count * sizeof(*t->devices.buckets);
	void *table = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			   bpf_map__fd(t->skeleton->maps.devices), 0);

	if (table == MAP_FAILED)
		return -errno;
	memcpy(table, t->devices.buckets, bytes);
	munmap(table, bytes);
	return 0;
}

static int fill_macs(const struct tables *t)
{
	const struct image *image = t->parts->image;
	size_t count = image->devices.count;
	_cleanup_free_ struct ward_mac_key *macs = calloc(count + 1, sizeof(*macs));
	_cleanup_free_ struct ward_device *devices = calloc(count + 1, sizeof(*devices));

	if (!macs || !devices)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		devices[i] = image->devices.items[i].entry;
		devices[i].owner = t->parts->slots->device_owner[devices[i].owner];
		memcpy(macs[i].mac, devices[i].mac, sizeof(macs[i].mac));
	}
	return write_batch(t->skeleton->maps.devices_by_mac, macs, devices, (uint32_t)count);
}

static int fill_ports(const struct tables *t)
{
	struct ward_port table[WARD_PORT_TABLE] = { 0 };
	const struct image *image = t->parts->image;
	const uint32_t *owners = t->parts->slots->port_owner;

	for (size_t i = 0; i < image->ports.count; i++) {
		const struct image_port *port = &image->ports.items[i];
		const struct port_now *now = &t->parts->ports[i];
		struct ward_port *place;

		if (!now->ifindex)
			continue;
		place = &table[ward_port_place(now->ifindex, t->skeleton->rodata->port_seed)];
		place->ifindex = now->ifindex;
		place->link = (uint8_t)port->link;
		place->side = port->side;
		place->flags = port->flags;
		place->owner = owners[i];
		place->target = owners[port->other] - WARD_OWNER_FIRST_PORT;
		memcpy(place->mac, now->mac, sizeof(place->mac));
	}
	return fill_array(t->skeleton->maps.ports, table, WARD_PORT_TABLE);
}

/* What the links have, each in a map of its own. */
static int fill_links(const struct tables *t)
{
	const struct image *image = t->parts->image;
	int err = 0;

	for (size_t i = 0; !err && i < image->vlans.count; i++) {
		uint8_t use = (uint8_t)image->vlans.items[i].use;

		err = write_one(t->skeleton->maps.link_vlans, &image->vlans.items[i].key, &use);
	}
	for (size_t i = 0; !err && i < image->stacks.count; i++)
		err = write_one(t->skeleton->maps.stacks, &image->stacks.items[i].tags,
				&image->stacks.items[i].vlan);
	for (size_t i = 0; !err && i < image->vlan_maps.count; i++)
		err = write_one(t->skeleton->maps.vlan_maps, &image->vlan_maps.items[i].key,
				&image->vlan_maps.items[i].value);
	for (size_t i = 0; !err && i < image->ethertypes.count; i++) {
		uint8_t yes = 1;

		err = write_one(t->skeleton->maps.link_ethertypes, &image->ethertypes.items[i],
				&yes);
	}
	for (size_t i = 0; !err && i < image->link_addresses.count; i++) {
		uint8_t use = (uint8_t)image->link_addresses.items[i].use;

		err = write_one(t->skeleton->maps.link_addresses,
				&image->link_addresses.items[i].key, &use);
	}
	return err;
}

static int fill_routes(const struct tables *t)
{
	const struct routes *routes = t->parts->routes;
	int err = 0;

	for (size_t i = 0; !err && routes && i < routes->list.count; i++) {
		const struct route *route = &routes->list.items[i];

		err = write_one(t->skeleton->maps.route_in, &route->in, &route->interface)
			      ?: write_one(t->skeleton->maps.route_out, &route->interface,
					   &route->out);
	}
	return err;
}

static int fill_peers(const struct tables *t)
{
	const struct image *image = t->parts->image;
	size_t hosts = image->hosts.count, prefixes = image->prefixes.count;
	_cleanup_free_ __be32(*addresses)[4] = calloc(hosts + 1, sizeof(*addresses));
	_cleanup_free_ uint32_t *classes = calloc(hosts + 1, sizeof(*classes));
	int err = 0;

	if (!addresses || !classes)
		return -ENOMEM;
	for (size_t i = 0; i < hosts; i++) {
		memcpy(addresses[i], image->hosts.items[i].key.address, sizeof(addresses[i]));
		classes[i] = image->hosts.items[i].peer_class;
	}
	err = write_batch(t->skeleton->maps.peers, addresses, classes, (uint32_t)hosts);
	for (size_t i = 0; !err && i < prefixes; i++)
		err = write_one(t->skeleton->maps.peer_prefixes, &image->prefixes.items[i].key,
				&image->prefixes.items[i].peer_class);
	return err;
}

static bool is_limited(const struct ward_rule_limit *limit)
{
	static const struct ward_rule_limit none;

	return memcmp(limit, &none, sizeof(none)) != 0;
}

static int fill_rule_limits(const struct tables *t)
{
	const struct image *image = t->parts->image;
	int err = 0;

	for (size_t i = 0; !err && i < image->rules.count; i++)
		if (is_limited(&image->rules.items[i].limit))
			err = write_one(t->skeleton->maps.rule_limits,
					&t->parts->slots->rule_slot[i],
					&image->rules.items[i].limit);
	return err;
}

static int fill_rules(const struct tables *t)
{
	return t->same_rules ? 0
			     : write_batch(t->skeleton->maps.rules, t->rules.keys, t->rules.rules,
					   (uint32_t)t->rules.count);
}

static int fill_steps(const struct tables *t)
{
	size_t count = t->parts->image->steps.count;
	_cleanup_free_ struct ward_rule *steps = calloc(count + 1, sizeof(*steps));

	if (!steps)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct image_step *step = &t->parts->image->steps.items[i];

		steps[i].flags = step->flags;
		steps[i].rule = t->parts->slots->rule_slot[step->rule];
	}
	return fill_array(t->skeleton->maps.steps, steps, count);
}

static int fill_times(const struct tables *t)
{
	const struct image *image = t->parts->image;
	size_t count = slots_of_times(t);
	_cleanup_free_ struct ward_rule_time *times = calloc(count + 1, sizeof(*times));

	if (!times)
		return -ENOMEM;
	for (size_t i = 0; count && i < image->rules.count; i++)
		times[t->parts->slots->rule_slot[i]] = image->rules.items[i].time;
	return fill_steps(t) ?: fill_array(t->skeleton->maps.rule_times, times, count) ?:
	       fill_array(t->skeleton->maps.schedules, image->schedules.items,
			  image->schedules.count);
}

/* From here on nobody writes them from user space; the program never does. */
static int freeze_maps(const struct tables *t)
{
	const struct gateway_bpf *skeleton = t->skeleton;
	const struct bpf_map *maps[] = {
		skeleton->maps.ports,		skeleton->maps.devices,
		skeleton->maps.devices_by_mac,	skeleton->maps.link_vlans,
		skeleton->maps.stacks,		skeleton->maps.vlan_maps,
		skeleton->maps.link_ethertypes, skeleton->maps.link_addresses,
		skeleton->maps.rule_limits,	skeleton->maps.route_in,
		skeleton->maps.route_out,	skeleton->maps.profiles,
		skeleton->maps.peers,		skeleton->maps.services,
		skeleton->maps.steps,		skeleton->maps.rule_times,
		skeleton->maps.schedules,
	};
	int err = 0;

	/* A trie cannot be frozen before kernel 6.7. */
	for (size_t i = 0; !err && i < ARRAY_SIZE(maps); i++)
		err = bpf_map_freeze(bpf_map__fd(maps[i]));
	if (!err && !t->same_rules)
		err = bpf_map_freeze(bpf_map__fd(skeleton->maps.rules));
	return err;
}

static int fill_all(const struct tables *tables)
{
	const struct image *image = tables->parts->image;
	const struct gateway_bpf *skeleton = tables->skeleton;

	return fill_ports(tables) ?: fill_devices(tables) ?: fill_macs(tables) ?:
	       fill_links(tables) ?: fill_routes(tables) ?:
	       fill_array(skeleton->maps.profiles, image->profiles.items, image->profiles.count) ?:
	       fill_peers(tables) ?:
	       fill_array(skeleton->maps.services, image->services, WARD_SERVICE_LINES) ?:
	       fill_rule_limits(tables) ?: fill_rules(tables) ?: fill_times(tables) ?:
	       freeze_maps(tables);
}

int tables_fill(struct tables *tables)
{
	int err = fill_all(tables);

	if (!err && !tables->same_rules)
		rules_keep(tables->kept, &tables->rules, bpf_map__fd(tables->skeleton->maps.rules));
	return err;
}
