/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices that are new or gone, their bindings, and the mode that each is in. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/diff_parts.h"
#include "policy/print.h"

static const char *mode_name(enum model_enforcement mode)
{
	return mode == MODEL_AUDIT ? "audit" : mode == MODEL_CLOSED ? "closed" : "enforce";
}

/* How much passes in a mode: nothing, what rules allow, everything. */
static int reach_of(enum model_enforcement mode)
{
	return mode == MODEL_CLOSED ? 0 : mode == MODEL_AUDIT ? 2 : 1;
}

static int say(struct differ *d, enum diff_kind kind, struct terms_change change,
	       struct text *sentence, const struct diff_pair *pair)
{
	bool is_gone = pair->new == DIFF_NONE;
	const struct model *model = is_gone ? d->old : d->new;
	uint32_t device = is_gone ? pair->old : pair->new;
	struct diff_line *line = diff_add(d, kind, change, sentence);

	if (!line)
		return -ENOMEM;
	line->in_old = is_gone;
	line->place = model->devices.items[device].place;
	return diff_add_device(line, model, device);
}

static void add_address(const struct model_address *address, struct text *out)
{
	char shown[TEXT_ADDRESS];

	text_add(out, "%s", text_address(shown, address->word));
}

static bool has_address(const struct model_device *device, const struct model_address *address)
{
	for (size_t i = 0; i < device->addresses.count; i++)
		if (!address_compare(device->addresses.items[i].word, address->word))
			return true;
	return false;
}

static void add_before(const char *name, struct text *out)
{
	text_add(out, "%s%s ", out->length ? ", " : "", name);
}

/* Addresses of `a` that `b` has not. True when there are some. */
static bool add_missing(const char *name, const struct model_device *a,
			const struct model_device *b, struct text *out)
{
	static const char *const dhcp[] = { "dhcp", "dhcp6" };
	bool any = false;

	for (size_t i = 0; i < a->addresses.count; i++) {
		if (has_address(b, &a->addresses.items[i]))
			continue;
		add_before(name, out);
		add_address(&a->addresses.items[i], out);
		any = true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(dhcp); i++) {
		if (!(a->dhcp & ~b->dhcp & 1 << i))
			continue;
		add_before(name, out);
		text_add(out, "%s", dhcp[i]);
		any = true;
	}
	return any;
}

/* What another machine, or another plug, must be for it to be this device. */
static bool add_identity(const struct differ *d, const struct model_device *old,
			 const struct model_device *new, struct text *out)
{
	const char *a = d->old->links.items[old->link].name.text;
	const char *b = d->new->links.items[new->link].name.text;
	char was[TEXT_MAC], is[TEXT_MAC];

	if (memcmp(old->mac, new->mac, sizeof(old->mac)) != 0) {
		add_before("mac:", out);
		text_add(out, "%s -> %s", text_mac(was, old->mac), text_mac(is, new->mac));
	}
	if (old->vlan.id != new->vlan.id || old->vlan.outer != new->vlan.outer) {
		add_before("vlan:", out);
		print_vlan(old->vlan, out);
		text_add(out, " -> ");
		print_vlan(new->vlan, out);
	}
	if (strcmp(a, b)) {
		add_before("link:", out);
		text_add(out, "%s -> %s", a, b);
	}
	return out->length;
}

static int diff_binding(struct differ *d, const struct diff_pair *pair)
{
	const struct model_device *old = &d->old->devices.items[pair->old];
	const struct model_device *new = &d->new->devices.items[pair->new];
	struct text sentence = { 0 };
	bool other = add_identity(d, old, new, &sentence);
	bool more = add_missing("may newly have", new, old, &sentence);
	bool less = add_missing("may no longer have", old, new, &sentence);

	if (!sentence.length)
		return 0;
	return say(d, DIFF_BINDING, (struct terms_change){ true, other || more, other || less },
		   &sentence, pair);
}

static int diff_device(struct differ *d, const struct diff_pair *pair)
{
	struct text sentence = { 0 };
	const struct model_device *device;
	char mac[TEXT_MAC];

	if (pair->new == DIFF_NONE) {
		text_add(&sentence, "is gone: may do nothing any more");
		return say(d, DIFF_DEVICE, (struct terms_change){ true, false, true }, &sentence,
			   pair);
	}
	if (pair->old != DIFF_NONE)
		return diff_binding(d, pair);
	device = &d->new->devices.items[pair->new];
	text_add(&sentence, "is new: %s", text_mac(mac, device->mac));
	for (size_t i = 0; i < device->addresses.count; i++) {
		text_add(&sentence, ", ");
		add_address(&device->addresses.items[i], &sentence);
	}
	text_add(&sentence, "%s", device->dhcp ? ", by DHCP" : "");
	if (device->enforcement == MODEL_AUDIT || device->enforcement == MODEL_CLOSED)
		text_add(&sentence, ", enforcement: %s", mode_name(device->enforcement));
	return say(d, DIFF_DEVICE, (struct terms_change){ true, true, false }, &sentence, pair);
}

/* Modes, by group and by what changes. */

static void describe_mode(enum model_enforcement was, enum model_enforcement is, struct text *out)
{
	text_add(out, "enforcement: %s -> %s", mode_name(was), mode_name(is));
}

static int add_mode(struct differ *d, const struct diff_group *group, enum model_enforcement was,
		    enum model_enforcement is)
{
	struct text sentence = { 0 };
	bool wider = reach_of(is) > reach_of(was);
	struct diff_subject *subject;
	struct diff_line *line;
	size_t kept = 0;

	describe_mode(was, is, &sentence);
	line = diff_add(d, DIFF_MODE, (struct terms_change){ true, wider, !wider }, &sentence);
	if (!line || diff_add_group(d, line, group))
		return -ENOMEM;
	subject = &line->subjects.items[0];
	for (size_t i = 0; i < group->count; i++) {
		const struct diff_pair *pair = &d->pairs.items[group->first + i];

		if (model_mode(d->old, &d->old->devices.items[pair->old]) == was &&
		    model_mode(d->new, &d->new->devices.items[pair->new]) == is)
			subject->names[kept++] = subject->names[i];
	}
	subject->all &= kept == subject->count;
	subject->count = kept;
	return 0;
}

static int diff_modes(struct differ *d, const struct diff_group *group)
{
	bool seen[MODEL_CLOSED + 1][MODEL_CLOSED + 1] = { 0 };
	int err = 0;

	for (size_t i = 0; i < group->count; i++) {
		const struct diff_pair *pair = &d->pairs.items[group->first + i];

		seen[model_mode(d->old, &d->old->devices.items[pair->old])]
		    [model_mode(d->new, &d->new->devices.items[pair->new])] = true;
	}
	for (int was = 0; !err && was <= MODEL_CLOSED; was++)
		for (int is = 0; !err && is <= MODEL_CLOSED; is++)
			if (seen[was][is] && was != is)
				err = add_mode(d, group, (enum model_enforcement)was,
					       (enum model_enforcement)is);
	return err;
}

int diff_devices(struct differ *d)
{
	int err = 0;

	for (size_t i = 0; !err && i < d->pairs.count; i++)
		err = diff_device(d, &d->pairs.items[i]);
	for (size_t i = 0, next; !err && i < d->pairs.count; i = next) {
		const struct diff_group group = diff_group_at(d, i);

		next = i + group.count;
		if (group.old_profile != DIFF_NONE && group.new_profile != DIFF_NONE)
			err = diff_modes(d, &group);
	}
	return err;
}
