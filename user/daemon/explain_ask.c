/* SPDX-License-Identifier: GPL-2.0-only */
/* From what a person asks to frames: those that hosts would send, on the ports they come in on. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <string.h>

#include "base/own.h"
#include "daemon/explain.h"
#include "daemon/find.h"
#include "policy/address.h"
#include "policy/values.h"
#include "policy/who.h"
#include "policy/world.h"

/* The router behind the gateway: a MAC that no device has (RFC 5798, 7.3). */
static const uint8_t router_mac[6] = { 0x00, 0x00, 0x5e, 0x00, 0x01, 0x01 };

#define EPHEMERAL_PORT 50000 /* RFC 6335, 6 */

/* One end: a device, or only an address. */
struct end {
	uint32_t device; /* or WORLD_NO_DEVICE */
	bool has[2]; /* an IPv4, an IPv6 address */
	__be32 address[2][4];
};

uint32_t explain_port(const struct image *image, uint32_t link, enum ward_side side)
{
	for (uint32_t i = 0; i < image->ports.count; i++) {
		const struct image_port *port = &image->ports.items[i];

		if (port->link == link && (port->side == side || port->flags & WARD_PORT_HAIRPIN))
			return i;
	}
	return EXPLAIN_NONE;
}

unsigned explain_leases(const struct explain_asked *asked, const struct model_device *device,
			struct device_lease out[KERNEL_LEASES])
{
	struct device_slot slot;

	if (!device->dhcp ||
	    kernel_find_device(asked->daemon->kernel, device->name.text, &slot))
		return 0;
	return kernel_leases(asked->daemon->kernel, slot.owner, out);
}

static void add_address(struct end *end, const __be32 address[4])
{
	int family = address_is_ipv4(address) ? 0 : 1;

	if (end->has[family] || address_is_link_local(address))
		return;
	end->has[family] = true;
	memcpy(end->address[family], address, ADDRESS_SIZE);
}

/* The policy's addresses, then those that DHCP gave. */
static void add_device(const struct explain_asked *asked, uint32_t index, struct end *end)
{
	const struct model_device *device = &asked->policy->model->devices.items[index];
	struct device_lease leases[KERNEL_LEASES];
	unsigned count = explain_leases(asked, device, leases);

	end->device = index;
	for (size_t a = 0; a < device->addresses.count; a++)
		add_address(end, device->addresses.items[a].word);
	for (unsigned l = 0; l < count; l++)
		add_address(end, leases[l].address);
}

static uint32_t find_leased(const struct explain_asked *asked, const __be32 address[4])
{
	const struct model *model = asked->policy->model;

	for (uint32_t d = 0; d < model->devices.count; d++) {
		struct device_lease leases[KERNEL_LEASES];
		unsigned count = explain_leases(asked, &model->devices.items[d], leases);

		for (unsigned l = 0; l < count; l++)
			if (!address_compare(leases[l].address, address))
				return d;
	}
	return WORLD_NO_DEVICE;
}

static int read_end(const struct explain_asked *asked, const char *word, struct end *out,
		    struct error *error)
{
	const struct model *model = asked->policy->model;
	struct model_prefix prefix = { 0 };
	struct complaint complaint;
	struct end end = { .device = WORLD_NO_DEVICE };
	const char *guess;

	for (uint32_t d = 0; d < model->devices.count; d++) {
		if (strcmp(model->devices.items[d].name.text, word))
			continue;
		add_device(asked, d, &end);
		*out = end;
		return end.has[0] || end.has[1]
			       ? 0
			       : error_set(error, -EINVAL, "%s has no address now", word);
	}
	if (value_prefix(word, &prefix, &complaint) || prefix.length != ADDRESS_BITS) {
		guess = find_guess(model, word);
		return error_set(error, -EINVAL,
				 "'%.64s' is neither a device of the policy nor an address%s%s%s",
				 word, guess ? "; did you mean '" : "", guess ?: "",
				 guess ? "'?" : "");
	}
	add_address(&end, prefix.address);
	end.device = world_find_device(model, prefix.address);
	if (end.device == WORLD_NO_DEVICE)
		end.device = find_leased(asked, prefix.address);
	*out = end;
	return 0;
}

/* Of a service of several ranges the first that the family has. */
static int read_service(const struct explain_asked *asked, const char *word, bool ipv4,
			struct packet *out, struct error *error)
{
	struct who_question question = { 0 };
	int err = who_service(asked->policy->model, word, &question, error);

	out->protocol = PROTOCOLS;
	for (size_t i = 0; !err && out->protocol == PROTOCOLS && i < question.services.count; i++) {
		const struct model_service_use *use = &question.services.items[i];
		const struct model_service *service =
			model_service_named(asked->policy->model, use);
		size_t count = service ? service->ranges.count : 1;

		for (size_t r = 0; out->protocol == PROTOCOLS && r < count; r++) {
			const struct model_port_range *range =
				service ? &service->ranges.items[r] : &use->range;

			if (range->protocol == (ipv4 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP) ||
			    (!ipv4 && range->protocol == PROTOCOL_IGMP))
				continue;
			out->protocol = range->protocol;
			out->destination_port = out->icmp_type = 0;
			if (range->protocol >= PROTOCOL_ICMP)
				out->icmp_type = (uint8_t)range->first;
			else
				out->destination_port = range->first;
			out->source_port = EPHEMERAL_PORT;
		}
	}
	vec_free(&question.services);
	if (!err && out->protocol == PROTOCOLS)
		return error_set(error, -EINVAL, "'%.64s' is no service of %s", word,
				 ipv4 ? "IPv4" : "IPv6");
	return err;
}

static int add_frame(struct explain_asked *asked, const struct packet *packet, uint32_t port,
		     bool is_second)
{
	struct explain_frame *frame = vec_add(&asked->frames);

	if (!frame)
		return -ENOMEM;
	frame->bytes = malloc(PACKET_FRAME);
	if (!frame->bytes)
		return -ENOMEM;
	frame->length = packet_build(packet, frame->bytes);
	frame->port = port;
	frame->is_second = is_second;
	packet_read(frame->bytes, frame->length, &frame->packet);
	return 0;
}

/* In routed mode hosts send to the gateway itself. */
static void aim_at_port(const struct explain_asked *asked, uint32_t port, uint8_t mac[6])
{
	const struct image_port *to = &asked->policy->image->ports.items[port];
	struct port_status status;
	struct error error;

	if (to->flags & WARD_PORT_ROUTED &&
	    !kernel_port_status(asked->daemon->kernel, to->ifname, &status, &error))
		memcpy(mac, status.mac, 6);
}

static int from_device(struct explain_asked *asked, uint32_t device, struct packet packet)
{
	const struct model_device *from = &asked->policy->model->devices.items[device];
	uint32_t port = explain_port(asked->policy->image, from->link, WARD_CLINICAL);

	memcpy(packet.source_mac, from->mac, 6);
	memcpy(packet.destination_mac, router_mac, 6);
	aim_at_port(asked, port, packet.destination_mac);
	if (address_is_group(packet.destination))
		address_group_mac(packet.destination_mac, packet.destination);
	packet.vlan = from->vlan;
	return add_frame(asked, &packet, port, false);
}

static int to_device(struct explain_asked *asked, uint32_t device, struct packet packet,
		     bool is_second)
{
	const struct model_device *to = &asked->policy->model->devices.items[device];
	const struct model_link *link = &asked->policy->model->links.items[to->link];
	uint32_t port = explain_port(asked->policy->image, to->link, WARD_IT);

	memcpy(packet.source_mac, router_mac, 6);
	memcpy(packet.destination_mac, to->mac, 6);
	aim_at_port(asked, port, packet.destination_mac);
	packet.vlan = link->forwarding == MODEL_ROUTED ? (struct model_vlan){ 0 } : to->vlan;
	for (size_t i = 0; i < link->vlan_map.count; i++)
		if (!to->vlan.outer && link->vlan_map.items[i].clinical == to->vlan.id)
			packet.vlan.id = link->vlan_map.items[i].it;
	return add_frame(asked, &packet, port, is_second);
}

static int add_legs(struct explain_asked *asked, const struct end *from, const struct end *to,
		    const struct packet *packet)
{
	const struct model *model = asked->policy->model;
	bool sends = from->device != WORLD_NO_DEVICE, receives = to->device != WORLD_NO_DEVICE;
	bool routed =
		sends && model->links.items[model->devices.items[from->device].link].forwarding ==
				 MODEL_ROUTED;
	int err = sends ? from_device(asked, from->device, *packet) : 0;

	/* A routed link judges both ends at once. */
	if (!err && receives && !routed)
		err = to_device(asked, to->device, *packet, sends);
	return err;
}

int explain_packet(struct explain_asked *asked, const json_t *words, struct error *error)
{
	const char *from_word = json_string_value(json_object_get(words, "from"));
	const char *to_word = json_string_value(json_object_get(words, "to"));
	const char *service = json_string_value(json_object_get(words, "service"));
	const char *flags = json_string_value(json_object_get(words, "flags"));
	struct packet packet = { .is_ip = true, .tcp_flags = 0x02 };
	struct end from, to;
	int err, family;

	if (!from_word || !to_word || !service)
		return error_set(error, -EINVAL, "a packet needs `from`, `to` and `service`");
	err = read_end(asked, from_word, &from, error) ?: read_end(asked, to_word, &to, error);
	if (err)
		return err;
	if (from.device == WORLD_NO_DEVICE && to.device == WORLD_NO_DEVICE)
		return error_set(error, -EINVAL,
				 "neither %.64s nor %.64s is a device of the policy: the gateway "
				 "passes nothing between them",
				 from_word, to_word);
	family = from.has[0] && to.has[0] ? 0 : 1;
	if (!from.has[family] || !to.has[family])
		return error_set(error, -EINVAL, "%.64s and %.64s have no addresses of one family",
				 from_word, to_word);
	packet.ethertype = family ? ETH_P_IPV6 : ETH_P_IP;
	memcpy(packet.source, from.address[family], ADDRESS_SIZE);
	memcpy(packet.destination, to.address[family], ADDRESS_SIZE);
	err = read_service(asked, service, !family, &packet, error);
	if (err)
		return err;
	if (flags && packet_flags(flags, &packet.tcp_flags))
		return error_set(error, -EINVAL, "'%.16s' is not a set of the letters SAFRPU",
				 flags);
	err = add_legs(asked, &from, &to, &packet);
	return err ? error_set(error, err, "no memory") : 0;
}

/* Frames of a file. */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_bytes(const char *hex, struct explain_frame *out)
{
	size_t length = strlen(hex) / 2;

	if (strlen(hex) % 2 || !length || length > EXPLAIN_FRAME_SIZE)
		return -EINVAL;
	out->bytes = malloc(length);
	if (!out->bytes)
		return -ENOMEM;
	for (size_t i = 0; i < length; i++) {
		int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		out->bytes[i] = (uint8_t)(high << 4 | low);
	}
	out->length = length;
	return 0;
}

/* Where a frame comes in: from a device by its MAC, else to one. */
static uint32_t guess_port(const struct explain_asked *asked, const struct packet *p)
{
	const struct model *model = asked->policy->model;
	const struct image *image = asked->policy->image;
	uint32_t guess = EXPLAIN_NONE;

	for (size_t d = 0; d < model->devices.count; d++) {
		const struct model_device *device = &model->devices.items[d];

		if (!memcmp(device->mac, p->source_mac, 6))
			return explain_port(image, device->link, WARD_CLINICAL);
		if (!memcmp(device->mac, p->destination_mac, 6))
			guess = explain_port(image, device->link, WARD_IT);
		for (size_t a = 0; guess == EXPLAIN_NONE && a < device->addresses.count; a++)
			if ((p->is_ip || p->is_arp) &&
			    !address_compare(device->addresses.items[a].word, p->destination))
				guess = explain_port(image, device->link, WARD_IT);
	}
	return guess;
}

static uint32_t find_port(const struct image *image, const char *name)
{
	for (uint32_t i = 0; i < image->ports.count; i++)
		if (!strcmp(image->ports.items[i].ifname, name))
			return i;
	return EXPLAIN_NONE;
}

int explain_frames(struct explain_asked *asked, const json_t *list, struct error *error)
{
	size_t i;
	json_t *item;

	if (!json_array_size(list) || json_array_size(list) > EXPLAIN_FRAMES)
		return error_set(error, -EINVAL, "explain takes 1 to %d frames", EXPLAIN_FRAMES);
	json_array_foreach (list, i, item) {
		const char *hex = json_string_value(json_object_get(item, "bytes"));
		const char *port = json_string_value(json_object_get(item, "port"));
		struct explain_frame *frame = vec_add(&asked->frames);

		if (!frame || !hex || read_bytes(hex, frame))
			return error_set(error, -EINVAL, "frame %zu has no `bytes`: 2 to %d digits",
					 i + 1, 2 * EXPLAIN_FRAME_SIZE);
		packet_read(frame->bytes, frame->length, &frame->packet);
		frame->port = port ? find_port(asked->policy->image, port)
				   : guess_port(asked, &frame->packet);
		if (frame->port == EXPLAIN_NONE && port)
			return error_set(error, -EINVAL, "the policy has no port '%.16s'", port);
		if (frame->port == EXPLAIN_NONE)
			snprintf(frame->wrong, sizeof(frame->wrong),
				 "it is of no device: say with --port where it comes in");
	}
	return 0;
}
