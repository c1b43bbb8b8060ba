/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One assertion, over all classes. A flow passes the gateway only from a device or to one; between
 * two devices both policies must allow.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/address.h"
#include "policy/asserts_parts.h"
#include "policy/values.h"

/* A device, or an address of this class. */
struct flow_end {
	uint32_t device; /* or WORLD_NO_DEVICE */
	uint32_t class;
};

static void add_flow_end(const struct world *w, const struct flow_end *end, struct text *out)
{
	char shown[TEXT_ADDRESS];
	__be32 address[4];

	if (end->device != WORLD_NO_DEVICE) {
		text_add(out, "%s", w->model->devices.items[end->device].name.text);
		return;
	}
	world_example_address(w, end->class, address);
	text_add(out, "%s", text_address(shown, address));
}

/* "pump-1 may open tcp/443 to 198.18.0.9" */
static int fail(struct assert_question *q, const struct flow_end *from, const struct flow_end *to,
		uint32_t service, bool may)
{
	struct model_port_range port;
	struct text message = { 0 };
	char shown[VALUES_PORTS];

	world_example_service(q->world, service, &port);
	add_flow_end(q->world, from, &message);
	text_add(&message, " may%s open %s to ", may ? "" : " not", values_ports(shown, &port));
	add_flow_end(q->world, to, &message);
	if (text_status(&message)) {
		text_free(&message);
		return -ENOMEM;
	}
	q->result->holds = false;
	q->result->message = message.bytes;
	return 0;
}

static int fail_by(struct assert_question *q, const struct flow_end *from,
		   const struct flow_end *to, uint32_t service, const struct model_rule *rule)
{
	q->result->rule = rule->place;
	q->result->rule_message = "by this rule";
	return fail(q, from, to, service, true);
}

/* The first device of the profile that is in the end. */
static uint32_t first_of(const struct world *w, uint32_t profile, const struct world_end *end)
{
	for (uint32_t d = 0; d < w->model->devices.count; d++)
		if (end->devices[d] && w->model->devices.items[d].profile == profile)
			return d;
	return WORLD_NO_DEVICE;
}

/* Kinds of a class, then those that may have any address. */
struct kind_walk {
	size_t at, end, unknown, unknown_end;
};

static struct kind_walk walk_class(const struct world *w, uint32_t class)
{
	size_t classes = w->space.peers.sets.count;

	return (struct kind_walk){ w->first_kind[class], w->first_kind[class + 1],
				   w->first_kind[classes], w->first_kind[classes + 1] };
}

static const struct world_kind *walk_next(const struct world *w, struct kind_walk *walk)
{
	if (walk->at < walk->end)
		return &w->kinds.items[walk->at++];
	if (walk->unknown < walk->unknown_end)
		return &w->kinds.items[walk->unknown++];
	return NULL;
}

/*
 * A device of the profile may open the cell towards an address that belongs to devices: whether
 * one of those, in the end, lets it in.
 */
static int meets_device(struct assert_question *q, uint32_t profile, const struct cell *cell,
			const struct model_rule *rule)
{
	struct world *w = q->world;
	struct kind_walk receivers = walk_class(w, cell->peer);
	const struct world_kind *to, *from;

	while ((to = walk_next(w, &receivers))) {
		for (size_t k = 0; k < w->kinds.count; k++) {
			uint32_t pair[2];

			from = &w->kinds.items[k];
			if (from->profile == profile &&
			    world_pair(from, q->from, to, q->to, pair) &&
			    world_rule(w, to->profile, WARD_IT, from->class, cell->service, false))
				return fail_by(q, &(struct flow_end){ pair[0], from->class },
					       &(struct flow_end){ pair[1], to->class },
					       cell->service, rule);
		}
	}
	return 0;
}

/* What devices of `from` may open. */
static int never_opens(struct assert_question *q, uint32_t profile)
{
	struct world *w = q->world;
	const struct flow_end sender = { first_of(w, profile, q->from), 0 };
	const cell_list *cells = world_cells(w, profile, WARD_CLINICAL);
	size_t classes = w->space.peers.sets.count;
	bool may_be_anywhere = w->first_kind[classes] < w->first_kind[classes + 1];
	int err = cells ? 0 : -ENOMEM;

	if (sender.device == WORLD_NO_DEVICE)
		return err;
	for (size_t i = 0; !err && q->result->holds && i < cells->count; i++) {
		const struct cell *cell = &cells->items[i];
		const struct model_rule *rule =
			&w->model->profiles.items[profile].rules.items[cell->value];

		if (!q->services[cell->service])
			continue;
		if (q->to->peers[cell->peer] && !w->is_device[cell->peer])
			err = fail_by(q, &sender, &(struct flow_end){ WORLD_NO_DEVICE, cell->peer },
				      cell->service, rule);
		else if (q->to->peers[cell->peer] || may_be_anywhere)
			err = meets_device(q, profile, cell, rule);
	}
	return err;
}

/* What may be opened to devices of `to`, by what is no device. */
static int never_opened(struct assert_question *q, uint32_t profile)
{
	struct world *w = q->world;
	const struct flow_end receiver = { first_of(w, profile, q->to), 0 };
	const cell_list *cells = world_cells(w, profile, WARD_IT);
	int err = cells ? 0 : -ENOMEM;

	if (receiver.device == WORLD_NO_DEVICE)
		return err;
	for (size_t i = 0; !err && q->result->holds && i < cells->count; i++) {
		const struct cell *cell = &cells->items[i];
		const struct flow_end sender = { WORLD_NO_DEVICE, cell->peer };

		if (q->services[cell->service] && q->from->peers[cell->peer] &&
		    !w->is_device[cell->peer])
			err = fail_by(q, &sender, &receiver, cell->service,
				      &w->model->profiles.items[profile].rules.items[cell->value]);
	}
	return err;
}

int assert_never(struct assert_question *q)
{
	int err = 0;

	for (uint32_t p = 0; !err && q->result->holds && p < q->world->model->profiles.count; p++) {
		err = never_opens(q, p);
		if (!err && q->result->holds)
			err = never_opened(q, p);
	}
	return err;
}

/* Always. */

/* One side of a flow that must be allowed; notes what is in the way. */
static int must_allow(struct assert_question *q, const struct flow_end *from,
		      const struct flow_end *to, uint32_t service, enum ward_side opener)
{
	struct world *w = q->world;
	const struct flow_end *device = opener == WARD_CLINICAL ? from : to;
	const struct flow_end *peer = opener == WARD_CLINICAL ? to : from;
	uint32_t profile = w->model->devices.items[device->device].profile;
	const struct model_rule *rule;

	if (world_rule(w, profile, opener, peer->class, service, true))
		return 0;
	rule = world_rule(w, profile, opener, peer->class, service, false);
	if (rule && cells_is_conditional(rule)) {
		q->result->rule = rule->place;
		q->result->rule_message = "this rule is not always in force";
	}
	return fail(q, from, to, service, false);
}

static int must_pass(struct assert_question *q, const struct flow_end *from,
		     const struct flow_end *to)
{
	int err = 0;

	for (uint32_t s = 0; !err && q->result->holds && s < q->world->space.services.sets.count;
	     s++) {
		if (!q->services[s])
			continue;
		if (from->device != WORLD_NO_DEVICE)
			err = must_allow(q, from, to, s, WARD_CLINICAL);
		if (!err && q->result->holds && to->device != WORLD_NO_DEVICE)
			err = must_allow(q, from, to, s, WARD_IT);
		if (!err && from->device == WORLD_NO_DEVICE && to->device == WORLD_NO_DEVICE)
			err = fail(q, from, to, s, false);
	}
	return err;
}

/* All of `from`, to the one. Of the devices of a kind one speaks for all. */
static int all_to(struct assert_question *q, const struct flow_end *to)
{
	struct world *w = q->world;
	int err = 0;

	for (size_t k = 0; !err && q->result->holds && k < w->kinds.count; k++) {
		const struct world_kind *kind = &w->kinds.items[k];
		const struct flow_end from = { world_member(kind, q->from, to->device),
					       kind->class };

		if (from.device != WORLD_NO_DEVICE)
			err = must_pass(q, &from, to);
	}
	for (uint32_t c = 0; !err && q->result->holds && c < w->space.peers.sets.count; c++)
		if (q->from->peers[c] && !w->is_device[c])
			err = must_pass(q, &(struct flow_end){ WORLD_NO_DEVICE, c }, to);
	return err;
}

int assert_always(struct assert_question *q)
{
	struct world *w = q->world;
	int err = 0;

	for (uint32_t c = 0; !err && q->result->holds && c < w->space.peers.sets.count; c++)
		if (q->to->peers[c] && !w->is_device[c])
			err = all_to(q, &(struct flow_end){ WORLD_NO_DEVICE, c });
	for (size_t k = 0; !err && q->result->holds && k < w->kinds.count; k++) {
		const struct world_kind *kind = &w->kinds.items[k];
		struct flow_end to = { world_member(kind, q->to, WORLD_NO_DEVICE), kind->class };
		uint32_t first = to.device;

		if (first == WORLD_NO_DEVICE)
			continue;
		err = all_to(q, &to);
		/* The first one to itself was left out. */
		to.device = world_member(kind, q->to, first);
		if (!err && q->result->holds && to.device != WORLD_NO_DEVICE &&
		    q->from->devices[first])
			err = all_to(q, &to);
	}
	return err;
}

/* A test: a device, by each address that it has of the family, and a single address. */

typedef VEC(struct flow_end) flow_ends;

static int add_end(flow_ends *out, uint32_t device, uint32_t class)
{
	struct flow_end *end = vec_add(out);

	if (!end)
		return -ENOMEM;
	*end = (struct flow_end){ device, class };
	return 0;
}

static int add_device_ends(const struct world *w, const struct world_end *end, uint32_t d,
			   bool ipv4, flow_ends *out)
{
	const struct model_device *device = &w->model->devices.items[d];
	int err = 0;

	for (size_t a = 0; !err && a < device->addresses.count; a++) {
		const __be32 *address = device->addresses.items[a].word;
		uint32_t class = space_peer_class(&w->space, address);

		if (address_is_ipv4(address) == ipv4 && end->peers[class])
			err = add_end(out, d, class);
	}
	if (!err && !end->by_address && device->dhcp & (ipv4 ? WARD_DHCP_IPV4 : WARD_DHCP_IPV6))
		err = add_end(out, d, WORLD_UNKNOWN);
	return err;
}

static int list_ends(const struct world *w, const struct world_end *end, bool ipv4, flow_ends *out)
{
	bool is_device = false;
	int err = 0;

	for (uint32_t d = 0; !err && d < w->model->devices.count; d++) {
		is_device |= end->devices[d];
		if (end->devices[d])
			err = add_device_ends(w, end, d, ipv4, out);
	}
	for (uint32_t c = 0; !err && !is_device && c < w->space.peers.sets.count; c++)
		if (end->peers[c])
			err = add_end(out, WORLD_NO_DEVICE, c);
	return err;
}

static int test_packet(struct assert_question *q, const struct flow_end *from,
		       const struct flow_end *to, bool wanted)
{
	struct world *w = q->world;
	const struct model_rule *sends = NULL, *receives = NULL;
	uint32_t service = 0;
	bool allowed = from->device != WORLD_NO_DEVICE || to->device != WORLD_NO_DEVICE;

	while (service + 1 < w->space.services.sets.count && !q->services[service])
		service++;
	if (from->device != WORLD_NO_DEVICE) {
		sends = world_rule(w, w->model->devices.items[from->device].profile, WARD_CLINICAL,
				   to->class, service, false);
		allowed = sends;
	}
	if (allowed && to->device != WORLD_NO_DEVICE) {
		receives = world_rule(w, w->model->devices.items[to->device].profile, WARD_IT,
				      from->class, service, false);
		allowed = receives;
	}
	if (allowed == wanted)
		return 0;
	if (allowed)
		return fail_by(q, from, to, service, sends ?: receives);
	return fail(q, from, to, service, false);
}

/* Such a packet the device can neither send nor receive. */
static int fail_without_address(struct assert_question *q, bool ipv4)
{
	struct text message = { 0 };

	text_add(&message, "the device has no %s address", ipv4 ? "IPv4" : "IPv6");
	if (text_status(&message)) {
		text_free(&message);
		return -ENOMEM;
	}
	q->result->holds = false;
	q->result->message = message.bytes;
	return 0;
}

int assert_test(struct assert_question *q, const struct model_test *test)
{
	const struct model_end *single =
		test->to.kind == MODEL_END_PREFIX ? &test->to : &test->from;
	bool ipv4 = address_is_ipv4(single->prefix.address);
	flow_ends from = { 0 }, to = { 0 };
	int err =
		list_ends(q->world, q->from, ipv4, &from) ?: list_ends(q->world, q->to, ipv4, &to);

	for (size_t i = 0; !err && q->result->holds && i < from.count; i++)
		for (size_t j = 0; !err && q->result->holds && j < to.count; j++)
			err = test_packet(q, &from.items[i], &to.items[j], test->allowed);
	if (!err && test->allowed && (!from.count || !to.count))
		err = fail_without_address(q, ipv4);
	vec_free(&from);
	vec_free(&to);
	return err;
}
