/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/state.h"

#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/file.h"
#include "base/own.h"
#include "base/text.h"

#define EVENT_RING_BYTES (1u << 20)

/* What each map of the state is. The program's own definitions agree, or the load is refused. */
#define ARRAY_OF(name_, value) \
	{ .name = name_, .type = BPF_MAP_TYPE_ARRAY, .value_size = sizeof(value) }
#define PERCPU_OF(name_, value) \
	{ .name = name_, .type = BPF_MAP_TYPE_PERCPU_ARRAY, .value_size = sizeof(value) }
#define DAEMONS_OF(name_, value)                                                     \
	{ .name = name_, .type = BPF_MAP_TYPE_ARRAY, .value_size = sizeof(value), .daemon_only = \
	  true }

static const struct {
	const char *name;
	enum bpf_map_type type;
	uint32_t value_size;
	uint32_t key_size;	/* 0: of an array's index */
	bool daemon_only;
} maps[STATE_MAPS] = {
	[STATE_META] = DAEMONS_OF("meta", struct ward_meta),
	[STATE_PORT_SLOTS] = DAEMONS_OF("port_slots", struct ward_slot),
	[STATE_DEVICE_SLOTS] = DAEMONS_OF("device_slots", struct ward_slot),
	[STATE_RULE_SLOTS] = DAEMONS_OF("rule_slots", struct ward_slot),
	[STATE_SHARES] = ARRAY_OF("shares", struct ward_share),
	[STATE_FAR_FLOWS] = ARRAY_OF("far_flows", struct ward_far_flows),
	[STATE_RULE_BUCKETS] = ARRAY_OF("rule_buckets", struct ward_rule_buckets),
	[STATE_HELLOS] = ARRAY_OF("hellos", struct ward_hellos),
	[STATE_FRAGMENTS] = ARRAY_OF("fragments", struct ward_fragments),
	[STATE_BINDINGS] = ARRAY_OF("bindings", struct ward_binding),
	[STATE_LEASES] = { .name = "leases",
			   .type = BPF_MAP_TYPE_HASH,
			   .value_size = sizeof(uint32_t),
			   .key_size = sizeof(struct ward_lease_key) },
	[STATE_LANES] = ARRAY_OF("lanes", struct ward_lanes),
	[STATE_DROPS] = PERCPU_OF("drops", struct ward_drops),
	[STATE_AUDITS] = ARRAY_OF("audits", struct ward_audits),
	[STATE_RULE_COUNTERS] = PERCPU_OF("rule_counters", struct ward_rule_counters),
	[STATE_EVENT_STATS] = PERCPU_OF("event_stats", struct ward_event_stats),
	[STATE_EVENTS] = { .name = "events", .type = BPF_MAP_TYPE_RINGBUF },
	[STATE_TX_PORTS] = { .name = "tx_ports",
			     .type = BPF_MAP_TYPE_DEVMAP,
			     .value_size = sizeof(uint32_t) },
};

const char *state_map_name(enum state_map map)
{
	return maps[map].daemon_only ? NULL : maps[map].name;
}

const char *state_path(const struct state *state, char out[512], const char *folder,
		       const char *name)
{
	snprintf(out, 512, "%s/%s%s%s", state->folder, folder, name ? "/" : "", name ? name : "");
	return out;
}

static uint32_t map_entries(enum state_map map, uint32_t devices, uint32_t rules)
{
	switch (map) {
	case STATE_PORT_SLOTS:
	case STATE_TX_PORTS:
		return WARD_MAX_PORTS;
	case STATE_DEVICE_SLOTS:
	case STATE_SHARES:
	case STATE_FAR_FLOWS:
	case STATE_RULE_BUCKETS:
	case STATE_HELLOS:
	case STATE_FRAGMENTS:
	case STATE_BINDINGS:
		return devices;
	case STATE_LEASES:
		return 2 * devices;
	case STATE_RULE_SLOTS:
	case STATE_RULE_COUNTERS:
		return rules;
	case STATE_DROPS:
	case STATE_AUDITS:
		return WARD_OWNER_FIRST_DEVICE + devices;
	case STATE_LANES:
		return (WARD_OWNER_FIRST_DEVICE + devices) * (uint32_t)libbpf_num_possible_cpus();
	case STATE_EVENTS:
		return EVENT_RING_BYTES;
	default:
		return 1;
	}
}

bool bpffs_is_at(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && fs.f_type == BPF_FS_MAGIC;
}

int bpffs_mount(const char *folder, struct error *error)
{
	static const char usual[] = "/sys/fs/bpf";
	char above[256];
	char *slash;

	snprintf(above, sizeof(above), "%s", folder);
	/* The folder itself may not be there yet: look at the nearest one that is. */
	while (access(above, F_OK) && (slash = strrchr(above, '/')) && slash != above)
		*slash = '\0';
	if (bpffs_is_at(above))
		return 0;
	if (strncmp(folder, usual, strlen(usual)) ||
	    (folder[strlen(usual)] && folder[strlen(usual)] != '/'))
		return error_set(error, -EINVAL,
				 "%s is not on a BPF file system; mount one there: mount -t bpf bpf %s",
				 folder, folder);
	if (mount("bpf", usual, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return error_set(error, -errno, "cannot mount the BPF file system on %s: %s", usual,
				 strerror(errno));
	return 0;
}

static void forget_fds(struct state *state)
{
	for (int i = 0; i < STATE_MAPS; i++)
		state->fds[i] = -1;
}

void state_close(struct state *state)
{
	rules_forget(&state->kept);
	for (int i = 0; i < STATE_MAPS; i++) {
		if (state->mapped[i])
			munmap(state->mapped[i], state->mapped_size[i]);
		state->mapped[i] = NULL;
		own_close(&state->fds[i]);
	}
}

static int create_map(enum state_map map, uint32_t devices, uint32_t rules)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	uint32_t index_size = maps[map].type == BPF_MAP_TYPE_RINGBUF ? 0 : sizeof(uint32_t);
	uint32_t key_size = maps[map].key_size ?: index_size;
	char name[16];

	/* Shared memory: read without a system call, and aligned to pages, so to cache lines. */
	if (maps[map].type == BPF_MAP_TYPE_ARRAY)
		opts.map_flags = BPF_F_MMAPABLE;
	snprintf(name, sizeof(name), "%s", maps[map].name);
	return bpf_map_create(maps[map].type, name, key_size, maps[map].value_size,
			      map_entries(map, devices, rules), &opts);
}

static int map_memory(struct state *state, enum state_map map, uint32_t entries)
{
	size_t size = ((size_t)entries * maps[map].value_size + 4095) & ~(size_t)4095;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, state->fds[map], 0);

	if (memory == MAP_FAILED)
		return -errno;
	state->mapped[map] = memory;
	state->mapped_size[map] = size;
	return 0;
}

static int map_all_memory(struct state *state, uint32_t devices, uint32_t rules)
{
	for (enum state_map i = 0; i < STATE_MAPS; i++) {
		int err = maps[i].type == BPF_MAP_TYPE_ARRAY ?
				  map_memory(state, i, map_entries(i, devices, rules)) :
				  0;

		if (err)
			return err;
	}
	state->meta = state->mapped[STATE_META];
	state->port_slots = state->mapped[STATE_PORT_SLOTS];
	state->device_slots = state->mapped[STATE_DEVICE_SLOTS];
	state->rule_slots = state->mapped[STATE_RULE_SLOTS];
	state->shares = state->mapped[STATE_SHARES];
	state->far_flows = state->mapped[STATE_FAR_FLOWS];
	state->rule_buckets = state->mapped[STATE_RULE_BUCKETS];
	state->hellos = state->mapped[STATE_HELLOS];
	state->fragments = state->mapped[STATE_FRAGMENTS];
	state->bindings = state->mapped[STATE_BINDINGS];
	state->lanes = state->mapped[STATE_LANES];
	state->audits = state->mapped[STATE_AUDITS];
	state->cpus = (uint32_t)libbpf_num_possible_cpus();
	return 0;
}

void state_remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[1024];

	while (dir && (entry = readdir(dir))) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(name);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

/*
 * All maps are pinned in a folder of another name first: the state is there whole or not at all.
 * The BPF file system allows no dots in names.
 */
static int pin_all(struct state *state, struct error *error)
{
	char making[512], path[600], whole[512];
	int err = 0;

	state_path(state, whole, "state", NULL);
	snprintf(making, sizeof(making), "%.480s-%d", whole, getpid());
	state_remove_folder(making);
	err = file_make_folder(making, 0700, error);
	for (int i = 0; !err && i < STATE_MAPS; i++) {
		snprintf(path, sizeof(path), "%s/%s", making, maps[i].name);
		err = bpf_obj_pin(state->fds[i], path);
		if (err)
			error_set(error, err, "cannot pin %s: %s", path, strerror(-err));
	}
	if (!err && rename(making, whole) < 0)
		err = error_set(error, -errno, "cannot rename %s to %s: %s", making, whole,
				strerror(errno));
	if (err)
		state_remove_folder(making);
	return err;
}

uint64_t state_netns(void)
{
	struct stat stat_of;

	return stat("/proc/self/ns/net", &stat_of) ? 0 : stat_of.st_ino;
}

static int make_maps(struct state *state, uint32_t devices, uint32_t rules, uint64_t seed,
		     struct error *error)
{
	int err;

	for (enum state_map i = 0; i < STATE_MAPS; i++) {
		state->fds[i] = create_map(i, devices, rules);
		if (state->fds[i] < 0)
			return error_set(error, state->fds[i],
					 "cannot create the map %s for %u devices: %s%s",
					 maps[i].name, devices, strerror(-state->fds[i]),
					 state->fds[i] == -EPERM ? " (root is needed)" : "");
	}
	err = map_all_memory(state, devices, rules);
	if (err)
		return error_set(error, err, "cannot map the state into memory: %s",
				 strerror(-err));
	*state->meta = (struct ward_meta){
		.layout = WARD_STATE_LAYOUT,
		.device_capacity = devices,
		.rule_capacity = rules,
		.netns = state_netns(),
		.flow_seed = seed,
	};
	return 0;
}

static int create_state(struct state *state, uint32_t devices, uint32_t rules, struct error *error)
{
	uint64_t seed;
	int err;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return error_set(error, -errno, "no random numbers: %s", strerror(errno));
	err = make_maps(state, devices, rules, seed, error);
	return err ?: pin_all(state, error);
}

int state_new_private(uint32_t devices, uint32_t rules, uint64_t flow_seed, struct state *out,
		      struct error *error)
{
	struct state state = { 0 };
	int err;

	forget_fds(&state);
	err = make_maps(&state, devices, rules, flow_seed, error);
	if (err) {
		state_close(&state);
		return err;
	}
	*out = state;
	return 0;
}

static int check_map(const struct state *state, enum state_map map, uint32_t devices,
		     uint32_t rules, struct error *error)
{
	struct bpf_map_info info = { 0 };
	uint32_t length = sizeof(info);
	int err = bpf_obj_get_info_by_fd(state->fds[map], &info, &length);

	if (err)
		return error_set(error, err, "cannot look at the pinned map %s: %s",
				 maps[map].name, strerror(-err));
	if (info.type != maps[map].type || info.value_size != maps[map].value_size ||
	    info.max_entries != map_entries(map, devices, rules))
		return error_set(error, -EBUSY,
				 "the pinned state in %s is of another version of Wardgate; "
				 "`wardgated detach` removes it, and the gateway forwards nothing "
				 "until the next start",
				 state->folder);
	return 0;
}

static int open_state(struct state *state, const struct kernel_options *options,
		      struct error *error)
{
	char path[512], devices[TEXT_THINGS], rules[TEXT_THINGS];
	struct ward_meta meta;
	uint32_t zero = 0;
	int err;

	for (enum state_map i = 0; i < STATE_MAPS; i++) {
		state_path(state, path, "state", maps[i].name);
		state->fds[i] = bpf_obj_get(path);
		if (state->fds[i] < 0)
			return error_set(error, state->fds[i],
					 "cannot open the pinned map %s: %s; `wardgated detach` "
					 "removes it, and the gateway forwards nothing until the next start",
					 path, strerror(-state->fds[i]));
	}
	/* The head first: it says how large the others are, and whether to trust them. */
	err = check_map(state, STATE_META, 0, 0, error);
	if (err)
		return err;
	err = bpf_map_lookup_elem(state->fds[STATE_META], &zero, &meta);
	if (err || meta.layout != WARD_STATE_LAYOUT)
		return error_set(error, -EBUSY,
				 "the pinned state in %s has layout %u, this version needs %u; "
				 "`wardgated detach` removes it, and the gateway forwards nothing "
				 "until the next start",
				 state->folder, err ? 0 : meta.layout, WARD_STATE_LAYOUT);
	if (options->device_capacity > meta.device_capacity ||
	    options->rule_capacity > meta.rule_capacity)
		return error_set(error, -EBUSY,
				 "the running state has room for %s and %s; to make it larger, "
				 "`wardgated detach` first (the gateway forwards nothing until the "
				 "next start)",
				 text_things(devices, meta.device_capacity, "device"),
				 text_things(rules, meta.rule_capacity, "rule"));
	for (enum state_map i = 0; i < STATE_MAPS; i++) {
		err = check_map(state, i, meta.device_capacity, meta.rule_capacity, error);
		if (err)
			return err;
	}
	state->elsewhere = meta.netns != state_netns();
	err = map_all_memory(state, meta.device_capacity, meta.rule_capacity);
	return err ? error_set(error, err, "cannot map the state into memory: %s", strerror(-err)) :
		     0;
}

void state_remove_unfinished(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[1024];

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (!strncmp(entry->d_name, "state-", strlen("state-")))
			state_remove_folder(path);
	}
	if (dir)
		closedir(dir);
}

int state_open(const struct kernel_options *options, struct state *out, struct error *error)
{
	struct state state = { 0 };
	char path[512];
	int err;

	forget_fds(&state);
	if (snprintf(state.folder, sizeof(state.folder), "%s", options->bpffs) >=
	    (int)sizeof(state.folder) - 100)
		return error_set(error, -ENAMETOOLONG, "the folder name %.100s... is too long",
				 options->bpffs);
	state_remove_unfinished(state.folder);
	if (!access(state_path(&state, path, "state", NULL), F_OK))
		err = open_state(&state, options, error);
	else
		err = create_state(&state,
				   options->device_capacity ?: KERNEL_DEVICE_CAPACITY,
				   options->rule_capacity ?: KERNEL_RULE_CAPACITY, error);
	if (err) {
		state_close(&state);
		return err;
	}
	*out = state;
	return 0;
}

int state_open_ports(const char *folder, struct state *out)
{
	struct bpf_map_info info = { 0 };
	uint32_t length = sizeof(info);
	char path[512];
	int fd, err;

	*out = (struct state){ 0 };
	forget_fds(out);
	snprintf(out->folder, sizeof(out->folder), "%s", folder);
	fd = bpf_obj_get(state_path(out, path, "state", maps[STATE_PORT_SLOTS].name));
	if (fd < 0)
		return fd;
	out->fds[STATE_PORT_SLOTS] = fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &length);
	if (err)
		return err;
	if (info.type != maps[STATE_PORT_SLOTS].type ||
	    info.value_size != maps[STATE_PORT_SLOTS].value_size ||
	    info.max_entries != WARD_MAX_PORTS)
		return -EBUSY;
	err = map_memory(out, STATE_PORT_SLOTS, WARD_MAX_PORTS);
	out->port_slots = out->mapped[STATE_PORT_SLOTS];
	return err;
}

/* Per-CPU values are written for all CPUs at once. */
static int clear_percpu(int fd, uint32_t key, size_t value_size)
{
	int cpus = libbpf_num_possible_cpus();
	_cleanup_free_ void *zeros = cpus > 0 ? calloc((size_t)cpus, (value_size + 7) & ~7ul) :
						NULL;

	return zeros ? bpf_map_update_elem(fd, &key, zeros, 0) : -ENOMEM;
}

/* The address may have been leased to another device since. */
static void clear_lease(struct state *state, uint32_t owner, const struct ward_lease *lease)
{
	struct ward_lease_key key = { .vlan = lease->vlan, .link = lease->link };
	uint32_t holder;

	memcpy(key.address, lease->address, sizeof(key.address));
	if (!bpf_map_lookup_elem(state->fds[STATE_LEASES], &key, &holder) && holder == owner)
		bpf_map_delete_elem(state->fds[STATE_LEASES], &key);
}

int state_clear_owner(struct state *state, uint32_t owner)
{
	for (uint32_t cpu = 0; cpu < state->cpus; cpu++)
		memset(&state->lanes[(size_t)cpu * state_owner_capacity(state) + owner], 0,
		       sizeof(*state->lanes));
	memset(&state->audits[owner], 0, sizeof(*state->audits));
	if (owner >= WARD_OWNER_FIRST_DEVICE) {
		uint32_t device = owner - WARD_OWNER_FIRST_DEVICE;

		memset(&state->shares[device], 0, sizeof(*state->shares));
		memset(&state->far_flows[device], 0, sizeof(*state->far_flows));
		memset(&state->rule_buckets[device], 0, sizeof(*state->rule_buckets));
		memset(&state->hellos[device], 0, sizeof(*state->hellos));
		memset(&state->fragments[device], 0, sizeof(*state->fragments));
		clear_lease(state, owner, &state->bindings[device].ipv4);
		clear_lease(state, owner, &state->bindings[device].ipv6);
		memset(&state->bindings[device], 0, sizeof(*state->bindings));
	}
	return clear_percpu(state->fds[STATE_DROPS], owner, sizeof(struct ward_drops));
}

int state_clear_rule(struct state *state, uint32_t slot)
{
	return clear_percpu(state->fds[STATE_RULE_COUNTERS], slot,
			    sizeof(struct ward_rule_counters));
}
