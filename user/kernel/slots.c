/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel/slots.h"

#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "base/text.h"

/* One kind of slots, and how to clear what was counted under a name that gives way to another. */
struct table {
	struct ward_slot *slots;
	uint32_t capacity;
	int (*clear)(struct state *state, uint32_t index);
	/* Whether more than counters is lost with the name; NULL: never. */
	bool (*matters)(const struct state *state, uint32_t index);
	bool any_retired;	/* only what matters is left to give way */
	uint32_t *index;	/* open addressing by name: slot + 1, or 0 */
	uint32_t index_size;
	uint32_t next_unused, next_retired;
};

static int clear_port(struct state *state, uint32_t index)
{
	return state_clear_owner(state, WARD_OWNER_FIRST_PORT + index);
}

static int clear_device(struct state *state, uint32_t index)
{
	return state_clear_owner(state, WARD_OWNER_FIRST_DEVICE + index);
}

/* What the NIC has to be given back is known nowhere else. */
static bool has_settings(const struct state *state, uint32_t index)
{
	return state->port_slots[index].saved_flags;
}

static bool is_quarantined(const struct state *state, uint32_t index)
{
	return __atomic_load_n(&state->shares[index].bucket.quarantined, __ATOMIC_RELAXED);
}

static uint32_t hash_name(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h ^ h >> 15;
}

/* The place in the index where the name is, or where it would go. */
static uint32_t *index_place(struct table *table, const char *name)
{
	uint32_t at = hash_name(name) & (table->index_size - 1);

	while (table->index[at] &&
	       strcmp(table->slots[table->index[at] - 1].name, name))
		at = (at + 1) & (table->index_size - 1);
	return &table->index[at];
}

static int build_index(struct table *table)
{
	table->index_size = 64;
	while (table->index_size < table->capacity * 2)
		table->index_size *= 2;
	table->index = calloc(table->index_size, sizeof(*table->index));
	if (!table->index)
		return -ENOMEM;
	for (uint32_t i = 0; i < table->capacity; i++)
		if (table->slots[i].use != WARD_SLOT_FREE)
			*index_place(table, table->slots[i].name) = i + 1;
	return 0;
}

static void table_free(struct table *table)
{
	free(table->index);
	table->index = NULL;
}

/* A name that matters gives way only when no other is left. */
static int take_retired(struct state *state, struct table *table, uint32_t *out)
{
	for (; table->next_retired < table->capacity; table->next_retired++) {
		uint32_t i = table->next_retired;

		if (table->slots[i].use != WARD_SLOT_RETIRED ||
		    (!table->any_retired && table->matters && table->matters(state, i)))
			continue;
		if (table->clear(state, i))
			return -ENOMEM;
		*out = i;
		return 0;
	}
	if (table->any_retired || !table->matters)
		return -EOVERFLOW;
	table->any_retired = true;
	table->next_retired = 0;
	return take_retired(state, table, out);
}

static int take_slot(struct state *state, struct table *table, uint32_t *out)
{
	for (; table->next_unused < table->capacity; table->next_unused++) {
		if (table->slots[table->next_unused].use == WARD_SLOT_FREE) {
			*out = table->next_unused;
			return 0;
		}
	}
	return take_retired(state, table, out);
}

static int assign(struct state *state, struct table *table, const char *name, uint32_t *out)
{
	uint32_t *place = index_place(table, name), slot;
	int err;

	if (*place) {
		*out = *place - 1;
		return 0;
	}
	err = take_slot(state, table, &slot);
	if (err)
		return err;
	table->slots[slot] = (struct ward_slot){ 0 };
	snprintf(table->slots[slot].name, WARD_NAME_SIZE, "%s", name);
	table->slots[slot].use = WARD_SLOT_TAKEN;
	*place = slot + 1;
	*out = slot;
	return 0;
}

static const char *device_name(const struct image *image, size_t i)
{
	return image->devices.items[i].name;
}

static const char *rule_name(const struct image *image, size_t i)
{
	return image->rules.items[i].key;
}

static const char *port_name(const struct image *image, size_t i)
{
	return image->ports.items[i].ifname;
}

typedef const char *(*name_of)(const struct image *image, size_t i);

static int assign_all(struct state *state, struct table *table, const struct image *image,
		      name_of name, size_t count, uint32_t *out)
{
	_cleanup_(table_free) struct table copy = *table;
	int err = build_index(&copy);

	/* Marked before any is assigned: a name that comes back must not be the one to give way. */
	for (size_t i = 0; !err && i < count; i++) {
		uint32_t place = *index_place(&copy, name(image, i));

		if (place && copy.slots[place - 1].use == WARD_SLOT_RETIRED)
			copy.slots[place - 1].use = WARD_SLOT_RETURNING;
	}
	for (size_t i = 0; !err && i < count; i++)
		err = assign(state, &copy, name(image, i), &out[i]);
	return err;
}

void generation_slots_free(struct generation_slots *slots)
{
	free(slots->device_owner);
	free(slots->rule_slot);
	*slots = (struct generation_slots){ 0 };
}

static struct table port_table(struct state *state)
{
	return (struct table){ .slots = state->port_slots,
			       .capacity = WARD_MAX_PORTS,
			       .clear = clear_port,
			       .matters = has_settings };
}

static struct table device_table(struct state *state)
{
	return (struct table){ .slots = state->device_slots,
			       .capacity = state->meta->device_capacity,
			       .clear = clear_device,
			       .matters = is_quarantined };
}

static struct table rule_table(struct state *state)
{
	return (struct table){ .slots = state->rule_slots,
			       .capacity = state->meta->rule_capacity,
			       .clear = state_clear_rule };
}

/* Names without a slot, and the slots for them: what is in force keeps its own until it is not. */
struct need {
	size_t fresh, room;
};

static int count_need(const struct table *table, const struct image *image, name_of name,
		      size_t count, struct need *out)
{
	_cleanup_(table_free) struct table copy = *table;
	int err = build_index(&copy);

	*out = (struct need){ 0 };
	for (uint32_t i = 0; i < copy.capacity; i++)
		out->room += copy.slots[i].use != WARD_SLOT_USED;
	for (size_t i = 0; !err && i < count; i++) {
		uint32_t place = *index_place(&copy, name(image, i));
		enum ward_slot_use use = place ? copy.slots[place - 1].use : WARD_SLOT_FREE;

		/* What was taken in a publish that died makes room, as retired names do. */
		if (use == WARD_SLOT_FREE || use == WARD_SLOT_TAKEN)
			out->fresh++;
		else if (use != WARD_SLOT_USED)
			out->room--;
	}
	return err;
}

int slots_have_room(struct state *state, const struct image *image, struct error *error)
{
	const struct table devices = device_table(state), rules = rule_table(state);
	const struct ward_meta *meta = state->meta;
	char devices_had[TEXT_THINGS], rules_had[TEXT_THINGS];
	struct need device, rule;

	if (image->devices.count > meta->device_capacity ||
	    image->rules.count > meta->rule_capacity)
		return error_set(
			error, -EOVERFLOW,
			"the policy has %s and %s, the gateway was started with room for %u and "
			"%u; see --max-devices and --max-rules in wardgated --help",
			text_things(devices_had, image->devices.count, "device"),
			text_things(rules_had, image->rules.count, "rule"), meta->device_capacity,
			meta->rule_capacity);
	if (count_need(&devices, image, device_name, image->devices.count, &device) ||
	    count_need(&rules, image, rule_name, image->rules.count, &rule))
		return error_set(error, -ENOMEM, "no memory to count devices and rules");
	if (device.fresh > device.room || rule.fresh > rule.room)
		return error_set(
			error, -EOVERFLOW,
			"the policy has %s and %s, and beside those in force there is room for "
			"%zu and %zu; apply the one in force without what leaves first, or see "
			"--max-devices and --max-rules in wardgated --help",
			text_things(devices_had, device.fresh, "new device"),
			text_things(rules_had, rule.fresh, "new rule"), device.room, rule.room);
	return 0;
}

int slots_assign(struct state *state, const struct image *image, struct generation_slots *out,
		 struct error *error)
{
	_cleanup_(generation_slots_free) struct generation_slots slots = {
		.device_owner = calloc(image->devices.count + 1, sizeof(uint32_t)),
		.rule_slot = calloc(image->rules.count + 1, sizeof(uint32_t)),
	};
	struct table ports = port_table(state), devices = device_table(state),
		     rules = rule_table(state);
	int err;

	/* What a daemon that died in a publish had taken. */
	slots_give_back(state);
	err = slots_have_room(state, image, error);
	if (err)
		return err;
	err = slots.device_owner && slots.rule_slot ? 0 : -ENOMEM;

	err = err ?: assign_all(state, &ports, image, port_name, image->ports.count,
				slots.port_owner);
	err = err ?: assign_all(state, &devices, image, device_name, image->devices.count,
				slots.device_owner);
	err = err ?: assign_all(state, &rules, image, rule_name, image->rules.count,
				slots.rule_slot);
	if (err == -EOVERFLOW)
		return error_set(
			error, err,
			"the policy in force and this one have more than %d ports together",
			WARD_MAX_PORTS);
	if (err)
		return error_set(error, err, "no memory to number devices and rules");
	for (size_t i = 0; i < image->ports.count; i++)
		slots.port_owner[i] += WARD_OWNER_FIRST_PORT;
	for (size_t i = 0; i < image->devices.count; i++)
		slots.device_owner[i] += WARD_OWNER_FIRST_DEVICE;
	*out = slots;
	slots = (struct generation_slots){ 0 };
	return 0;
}

/*
 * What was taken is retired and not free: its generation may have run on a port and counted under
 * the name, and a port's NIC may have been set up.
 */
static void give_back(struct table table)
{
	for (uint32_t i = 0; i < table.capacity; i++)
		if (table.slots[i].use == WARD_SLOT_TAKEN ||
		    table.slots[i].use == WARD_SLOT_RETURNING)
			table.slots[i].use = WARD_SLOT_RETIRED;
}

void slots_give_back(struct state *state)
{
	give_back(port_table(state));
	give_back(device_table(state));
	give_back(rule_table(state));
}

static void retire_others(struct table table, const uint32_t *slots, size_t count, uint32_t base)
{
	for (uint32_t i = 0; i < table.capacity; i++)
		if (table.slots[i].use == WARD_SLOT_USED)
			table.slots[i].use = WARD_SLOT_RETIRED;
	for (size_t i = 0; i < count; i++)
		table.slots[slots[i] - base].use = WARD_SLOT_USED;
}

void slots_retire(struct state *state, const struct image *image,
		  const struct generation_slots *slots)
{
	retire_others(port_table(state), slots->port_owner, image->ports.count,
		      WARD_OWNER_FIRST_PORT);
	retire_others(device_table(state), slots->device_owner, image->devices.count,
		      WARD_OWNER_FIRST_DEVICE);
	retire_others(rule_table(state), slots->rule_slot, image->rules.count, 0);
}
