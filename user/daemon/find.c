/* SPDX-License-Identifier: GPL-2.0-only */
#include "daemon/find.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "control/protocol.h"
#include "policy/address.h"

/* Edits that a mistyped word may be away, and how near the best one was. */
#define FAR 3

struct guess {
	const char *name;
	unsigned distance;
};

/* Two letters of a short name make another one. */
static void consider(struct guess *best, const char *name, const char *word)
{
	unsigned distance = text_distance(name, word);

	if (distance < best->distance && distance < strlen(word)) {
		best->distance = distance;
		best->name = name;
	}
}

static struct guess guess_device(const struct model *model, const char *word)
{
	struct guess best = { NULL, FAR };

	for (size_t i = 0; model && i < model->devices.count; i++)
		consider(&best, model->devices.items[i].name.text, word);
	return best;
}

const char *find_guess(const struct model *model, const char *word)
{
	return guess_device(model, word).name;
}

static const struct model *model_of(const struct daemon *daemon)
{
	return daemon->running.policy ? daemon->running.policy->model : NULL;
}

int find_refuse_owner(struct call *call, const struct daemon *daemon, const char *name,
		      const char *nor)
{
	const struct policy *policy = daemon->running.policy;
	struct guess best = guess_device(model_of(daemon), name);

	for (size_t i = 0; policy && i < policy->image->ports.count; i++)
		consider(&best, policy->image->ports.items[i].ifname, name);
	if (best.name)
		return call_fail_message(
			call, PROTOCOL_NO_SUCH_DEVICE,
			"the policy in force has no device or port '%s'%s; did you "
			"mean '%s'?",
			name, nor, best.name);
	return call_fail_message(call, PROTOCOL_NO_SUCH_DEVICE,
				 "the policy in force has no device or port '%s'%s; see `wardgate "
				 "devices` and `wardgate status` for the names",
				 name, nor);
}

static bool parse_address(const char *word, __be32 out[4])
{
	__be32 ipv4;

	if (inet_pton(AF_INET, word, &ipv4) == 1) {
		address_from_ipv4(out, ipv4);
		return true;
	}
	return inet_pton(AF_INET6, word, out) == 1;
}

static bool has_address(const struct daemon *daemon, size_t device, const __be32 address[4])
{
	const struct model_device *d = &model_of(daemon)->devices.items[device];
	struct device_lease leases[KERNEL_LEASES];
	unsigned count = d->dhcp ? kernel_leases(daemon->kernel,
						 daemon->running.slots.device_owner[device], leases)
				 : 0;

	for (size_t i = 0; i < d->addresses.count; i++)
		if (!address_compare(d->addresses.items[i].word, address))
			return true;
	for (unsigned i = 0; i < count; i++)
		if (!address_compare(leases[i].address, address))
			return true;
	return false;
}

/* The devices that have the MAC or address: how many, and the first two. */
static unsigned find_all(const struct daemon *daemon, const char *word, size_t found[2])
{
	const struct model *model = model_of(daemon);
	uint8_t mac[6];
	__be32 address[4];
	bool is_mac = !text_parse_mac(word, mac);
	unsigned count = 0;

	if (!model || (!is_mac && !parse_address(word, address)))
		return 0;
	for (size_t i = 0; i < model->devices.count; i++) {
		const struct model_device *device = &model->devices.items[i];

		if (!(is_mac ? !device->is_group && !memcmp(device->mac, mac, sizeof(mac))
			     : has_address(daemon, i, address)))
			continue;
		if (count < 2)
			found[count] = i;
		count++;
	}
	return count;
}

static int not_found(const struct daemon *daemon, const char *word, struct error *error)
{
	const char *guess = find_guess(model_of(daemon), word);

	if (guess)
		return error_set(error, -ENOENT,
				 "the policy in force has no device '%s'; did you mean '%s'?", word,
				 guess);
	return error_set(error, -ENOENT,
			 "the policy in force has no device '%s'; see `wardgate devices` for the "
			 "names, MACs and addresses",
			 word);
}

int find_device(const struct daemon *daemon, const char *word, struct device_slot *out,
		struct error *error)
{
	const struct model *model = model_of(daemon);
	size_t found[2];
	unsigned count;

	/* One that left the policy is known by its name alone. */
	if (!kernel_find_device(daemon->kernel, word, out))
		return 0;
	count = find_all(daemon, word, found);
	if (!count)
		return not_found(daemon, word, error);
	if (count > 1)
		return error_set(error, -ENOTUNIQ,
				 "%s is of %s and of %s%s: say which by its name or MAC", word,
				 model->devices.items[found[0]].name.text,
				 model->devices.items[found[1]].name.text,
				 count > 2 ? " and of others" : "");
	*out = (struct device_slot){ daemon->running.slots.device_owner[found[0]], true };
	return 0;
}
