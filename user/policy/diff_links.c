/* SPDX-License-Identifier: GPL-2.0-only */
/* Links: which ports they join, and what passes on them without any rule. */
#include <errno.h>
#include <string.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/diff_parts.h"
#include "policy/print.h"
#include "policy/values.h"

static const struct model_link *find_link(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->links.count; i++)
		if (!strcmp(model->links.items[i].name.text, name))
			return &model->links.items[i];
	return NULL;
}

static int say(struct differ *d, const struct model_link *link, bool in_old,
	       struct terms_change change, struct text *sentence)
{
	struct diff_line *line = diff_add(d, DIFF_LINK, change, sentence);
	struct diff_subject *subject = line ? vec_add(&line->subjects) : NULL;

	if (!subject)
		return -ENOMEM;
	line->place = link->place;
	line->in_old = in_old;
	subject->names = calloc(1, sizeof(*subject->names));
	if (!subject->names)
		return -ENOMEM;
	subject->names[subject->count++] = link->name.text;
	return 0;
}

/* Lists of a link, item by item: each can be told from the others by its text. */
struct list {
	const char *key;
	size_t (*count)(const struct model_link *link);
	void (*item)(const struct model_link *link, size_t i, struct text *out);
};

static void add_address(const struct model_address *address, struct text *out)
{
	char shown[TEXT_ADDRESS];

	text_add(out, "%s", text_address(shown, address->word));
}

#define COUNT(field)                                                                               \
	static size_t count_##field(const struct model_link *link)                                 \
	{                                                                                          \
		return link->field.count;                                                          \
	}
COUNT(vlans)
COUNT(vlan_map)
COUNT(ethertypes)
COUNT(host_vlans)
COUNT(host_addresses)
COUNT(routers)
COUNT(dhcp_servers)

#define ADDRESS(field)                                                                             \
	static void item_##field(const struct model_link *link, size_t i, struct text *out)        \
	{                                                                                          \
		add_address(&link->field.items[i], out);                                           \
	}
ADDRESS(host_addresses)
ADDRESS(routers)
ADDRESS(dhcp_servers)

static void item_vlans(const struct model_link *link, size_t i, struct text *out)
{
	print_vlan(link->vlans.items[i], out);
}

static void item_vlan_map(const struct model_link *link, size_t i, struct text *out)
{
	const struct model_vlan_pair *pair = &link->vlan_map.items[i];

	print_vlan((struct model_vlan){ 0, pair->clinical }, out);
	text_add(out, ": ");
	print_vlan((struct model_vlan){ 0, pair->it }, out);
}

static void item_ethertypes(const struct model_link *link, size_t i, struct text *out)
{
	char shown[VALUES_ETHERTYPE];

	text_add(out, "%s", values_ethertype(shown, link->ethertypes.items[i]));
}

static void item_host_vlans(const struct model_link *link, size_t i, struct text *out)
{
	print_vlan((struct model_vlan){ 0, link->host_vlans.items[i] }, out);
}

static const struct list lists[] = {
	{ "vlans", count_vlans, item_vlans },
	{ "vlan-map", count_vlan_map, item_vlan_map },
	{ "ethertypes", count_ethertypes, item_ethertypes },
	{ "host vlans", count_host_vlans, item_host_vlans },
	{ "host addresses", count_host_addresses, item_host_addresses },
	{ "routers", count_routers, item_routers },
	{ "dhcp-servers", count_dhcp_servers, item_dhcp_servers },
};

static bool has_item(const struct list *list, const struct model_link *link, const char *wanted)
{
	bool found = false;

	for (size_t i = 0; !found && i < list->count(link); i++) {
		struct text item = { 0 };

		list->item(link, i, &item);
		found = item.bytes && !strcmp(item.bytes, wanted);
		text_free(&item);
	}
	return found;
}

/* What `a` lists and `b` does not. True when there is some. */
static bool add_missing(const struct list *list, const struct model_link *a,
			const struct model_link *b, const char *sign, struct text *out)
{
	bool any = false;

	for (size_t i = 0; i < list->count(a); i++) {
		struct text item = { 0 };

		list->item(a, i, &item);
		if (item.bytes && !has_item(list, b, item.bytes)) {
			if (!any)
				text_add(out, "%s%s %s", out->length ? ", " : "", sign, list->key);
			text_add(out, "%s %s", any ? "," : "", item.bytes);
			any = true;
		}
		text_free(&item);
	}
	return any;
}

/* A list of VLANs that is not there lets all of them pass. */
static bool lifts_list(const struct model_link *a, const struct model_link *b)
{
	return a->vlans.count && !b->vlans.count && !b->vlan_map.count;
}

static void compare_lists(const struct model_link *old, const struct model_link *new,
			  struct terms_change *change, struct text *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		bool more = add_missing(&lists[i], new, old, "newly", out);
		bool less = add_missing(&lists[i], old, new, "no longer", out);

		if (lists[i].item == item_vlans && (lifts_list(old, new) || lifts_list(new, old))) {
			more = lifts_list(old, new);
			less = !more;
			text_add(out, "%s", more ? " (any VLAN is carried)" : "");
		}
		terms_merge(change, (struct terms_change){ more || less, more, less });
	}
}

static void compare_words(const char *key, const char *old, const char *new,
			  struct terms_change *change, struct text *out)
{
	if (!strcmp(old, new))
		return;
	text_add(out, "%s%s: %s -> %s", out->length ? ", " : "", key, old, new);
	/* Other machines are behind another port. */
	terms_merge(change, (struct terms_change){ true, true, true });
}

/* Of frames that belong to no device; what becomes of devices is said with them. */
static enum model_enforcement mode_of(const struct model *model, const struct model_link *link)
{
	if (link->enforcement == MODEL_CLOSED || model->enforcement == MODEL_CLOSED)
		return MODEL_CLOSED;
	return link->enforcement ?: model->enforcement ?: MODEL_ENFORCE;
}

static void compare_modes(const struct differ *d, const struct model_link *old,
			  const struct model_link *new, struct terms_change *change,
			  struct text *out)
{
	static const struct {
		const char *name;
		int reach;
	} modes[] = { [MODEL_UNSAID] = { "enforce", 1 },
		      [MODEL_ENFORCE] = { "enforce", 1 },
		      [MODEL_AUDIT] = { "audit", 2 },
		      [MODEL_CLOSED] = { "closed", 0 } };
	enum model_enforcement was = mode_of(d->old, old), is = mode_of(d->new, new);

	if (was == is)
		return;
	text_add(out, "%senforcement: %s -> %s", out->length ? ", " : "", modes[was].name,
		 modes[is].name);
	terms_merge(change, (struct terms_change){ true, modes[is].reach > modes[was].reach,
						   modes[is].reach < modes[was].reach });
}

static int diff_link(struct differ *d, const struct model_link *old, const struct model_link *new)
{
	static const char *const forwarding[] = {
		[MODEL_INLINE] = "inline", [MODEL_ROUTED] = "routed"
	};
	struct terms_change change = { 0 };
	struct text sentence = { 0 };

	compare_words("clinical", old->clinical.text, new->clinical.text, &change, &sentence);
	compare_words("it", old->it.text, new->it.text, &change, &sentence);
	compare_words("mode", forwarding[old->forwarding], forwarding[new->forwarding], &change,
		      &sentence);
	compare_modes(d, old, new, &change, &sentence);
	compare_lists(old, new, &change, &sentence);
	if (!change.differs)
		return 0;
	return say(d, new, false, change, &sentence);
}

int diff_links(struct differ *d)
{
	struct text sentence = { 0 };
	int err = 0;

	for (size_t i = 0; !err && i < d->new->links.count; i++) {
		const struct model_link *new = &d->new->links.items[i];
		const struct model_link *old = find_link(d->old, new->name.text);

		if (old) {
			err = diff_link(d, old, new);
			continue;
		}
		text_add(&sentence, "is new: %s and %s", new->clinical.text, new->it.text);
		err = say(d, new, false, (struct terms_change){ true, true, false }, &sentence);
	}
	for (size_t i = 0; !err && i < d->old->links.count; i++) {
		const struct model_link *old = &d->old->links.items[i];

		if (find_link(d->new, old->name.text))
			continue;
		text_add(&sentence, "is gone: nothing passes on it any more");
		err = say(d, old, true, (struct terms_change){ true, false, true }, &sentence);
	}
	return err;
}
