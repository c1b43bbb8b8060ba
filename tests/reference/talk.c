/* SPDX-License-Identifier: GPL-2.0-only */
/* Conversations between devices and their peers, with the state that both ends would have. */
#include <stdlib.h>
#include <string.h>

#include "talk.h"

struct talks *talks_new(struct random *r, const struct ref_policy *policy)
{
	struct talks *t = calloc(1, sizeof(*t));

	t->r = r;
	t->policy = policy;
	t->haste = random_below(r, 3);
	for (unsigned i = 0; i < CLIENTS; i++) {
		t->client[i].device = random_below(r, policy->device_count);
		t->client[i].ipv6 = i % 2;
	}
	return t;
}

void talks_free(struct talks **talks)
{
	free(*talks);
	*talks = NULL;
}

/* One of the device's addresses of this family, by policy or by lease. */
static bool pick_address(struct talks *t, unsigned device, bool ipv4, struct ref_address *out)
{
	const struct ref_device *d = &t->policy->devices[device];
	struct ref_address all[REF_LIST + CLIENTS + 1];
	unsigned count = 0;

	for (unsigned i = 0; i < d->count; i++)
		if (ref_is_ipv4(d->addresses[i]) == ipv4)
			all[count++] = d->addresses[i];
	for (unsigned i = 0; i < CLIENTS; i++)
		if (t->client[i].device == device && t->client[i].ipv6 != ipv4 &&
		    t->client[i].step > 3 &&
		    ((ipv4 ? d->dhcp4 : d->dhcp6) || random_percent(t->r, 5)))
			all[count++] = t->client[i].lease;
	if (!ipv4 && count && random_percent(t->r, 15))
		all[count++] = ref_link_local(d->mac);
	if (count)
		*out = all[random_below(t->r, count)];
	return count;
}

/* An address of the network: its first one, or one a little behind it. */
static struct ref_address inside(struct random *r, const struct ref_network *n)
{
	const struct ref_prefix *p = &n->prefixes[random_below(r, n->count)];
	struct ref_address a = p->address;

	if (p->length < 128)
		a.b[15] = (uint8_t)(a.b[15] + random_of(r, ((const unsigned[]){ 5, 6, 1, 22 })));
	if (p->length <= 96 && random_percent(r, 80))
		a = some_peer(r, ref_is_ipv4(a));
	return ref_in_prefix(a, p) ? a : p->address;
}

static bool fits(uint8_t protocol, bool ipv4)
{
	if (protocol == IPPROTO_ICMP || protocol == IPPROTO_IGMP)
		return ipv4;
	return protocol != IPPROTO_ICMPV6 || !ipv4;
}

static void choose_service(struct talks *t, const struct ref_rule *rule, struct ref_ports *out)
{
	static const struct ref_ports odd[] = {
		{ IPPROTO_TCP, 81, 81 },   { IPPROTO_UDP, 99, 99 },  { IPPROTO_SCTP, 7, 7 },
		{ IPPROTO_ICMP, 8, 8 },	   { IPPROTO_ICMP, 17, 17 }, { IPPROTO_ICMPV6, 128, 128 },
		{ IPPROTO_IGMP, 22, 22 },
	};
	const struct ref_service *s;

	*out = random_of(t->r, odd);
	if (!rule || random_percent(t->r, 10))
		return;
	s = &t->policy->services[rule->services[random_below(t->r, rule->service_count)]];
	*out = s->ports[random_below(t->r, s->count)];
}

static const struct ref_rule *choose_rule(struct talks *t, unsigned device)
{
	const struct ref_policy *policy = t->policy;
	const struct ref_profile *p = &policy->profiles[policy->devices[device].profile];

	if (!p->count || random_percent(t->r, 7))
		return NULL;
	return &p->rules[random_below(t->r, p->count)];
}

static void set_ports(struct talks *t, struct talk *talk, const struct ref_ports *ports)
{
	int server = !talk->opener;

	talk->protocol = ports->protocol;
	if (talk->protocol == IPPROTO_ICMP || talk->protocol == IPPROTO_ICMPV6) {
		talk->type = (uint8_t)ports->low;
		talk->port[0] = talk->port[1] = (uint16_t)random_between(t->r, 1, 3);
		return;
	}
	if (talk->protocol == IPPROTO_IGMP)
		talk->type = random_of(t->r, ((const uint8_t[]){ 0x11, 0x16, 0x17, 0x22 }));
	talk->port[server] = (uint16_t)random_between(
		t->r, ports->low, ports->high - ports->low > 5 ? ports->low + 5u : ports->high);
	talk->port[talk->opener] = (uint16_t)random_between(t->r, 40000, 40004);
	if (talk->protocol == IPPROTO_UDP && random_percent(t->r, 30))
		talk->port[talk->opener] = talk->port[server];
}

static bool start(struct talks *t, struct talk *talk)
{
	struct random *r = t->r;
	unsigned device = random_below(r, t->policy->device_count);
	bool group = t->policy->devices[device].group;
	const struct ref_rule *rule = choose_rule(t, device);
	struct ref_ports ports;

	memset(talk, 0, sizeof(*talk));
	talk->device = device;
	talk->opener = group || (rule ? rule->from : random_percent(r, 50)) ? WARD_IT :
									     WARD_CLINICAL;
	choose_service(t, rule, &ports);
	talk->address[WARD_IT] = rule ? inside(r, &t->policy->networks[rule->network]) :
					some_peer(r, random_percent(r, 50));
	if (!fits(ports.protocol, ref_is_ipv4(talk->address[WARD_IT])))
		return false;
	if (!pick_address(t, device, ref_is_ipv4(talk->address[WARD_IT]),
			  &talk->address[WARD_CLINICAL]))
		return false;
	talk->group = ref_is_group(talk->address[WARD_IT]);
	set_ports(t, talk, &ports);
	for (int side = 0; side < WARD_SIDES; side++) {
		talk->now.next[side] = random_percent(r, 20) ? 0xfffffff0u :
							       (uint32_t)random_next(r);
		talk->scale[side] = random_percent(r, 70) ? random_below(r, 17) : 99;
		talk->window[side] = random_of(r, ((const unsigned[]){ 0, 100, 5000, 65535 }));
	}
	talk->tls = random_percent(r, 65);
	talk->used = true;
	return true;
}

static void plan_talk(struct talks *t, struct talk *talk, struct plan *plan)
{
	struct random *r = t->r;
	bool one_way = t->policy->devices[talk->device].group;
	int side = WARD_CLINICAL;

	memset(plan, 0, sizeof(*plan));
	for (unsigned i = 0; i < (one_way ? 5 : 1) && side == WARD_CLINICAL; i++) {
		plan->upper.length = 0;
		put_upper(t, talk, &side, &plan->upper);
	}
	plan->place = place_of(r, t->policy, talk->device, side);
	plan->source = talk->address[side];
	plan->destination = talk->address[!side];
	plan->protocol = talk->protocol;
	plan->hop_limit = 64;
	plan->id = ++t->datagrams;
	if (talk->group && side == WARD_IT)
		plan->source = some_peer(r, ref_is_ipv4(plan->source));
	if (talk->protocol == IPPROTO_ICMPV6 && random_percent(r, 5))
		memset(&plan->source, 0, 16);
}

static void quote(struct talks *t, struct talk *talk, struct plan *plan)
{
	static const uint8_t v4[] = { 3, 11, 12, 3, 5 }, v6[] = { 1, 2, 3, 4, 0, 100 };
	bool ipv4 = ref_is_ipv4(plan->source);
	struct ref_frame inner;
	struct bytes error = { 0 };
	unsigned length;
	int port;

	build(t->r, t->policy, plan, &inner, &port);
	put8(&error, ipv4 ? random_of(t->r, v4) : random_of(t->r, v6));
	put8(&error, random_below(t->r, 5));
	put16(&error, 0);
	put32(&error, 0);
	length = 14;
	while (length < 22 && (inner.bytes[length - 2] != 0x08 || inner.bytes[length - 1]) &&
	       (inner.bytes[length - 2] != 0x86 || inner.bytes[length - 1] != 0xdd))
		length += 4;
	port = inner.length - (int)length;
	if (random_percent(t->r, 10))
		port = (int)random_below(t->r, 60);
	put(&error, inner.bytes + length, (unsigned)(port < 80 ? port : 80));
	plan->upper = error;
	plan->protocol = ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	plan->place = place_of(t->r, t->policy, talk->device,
			       plan->place.side ^ !random_percent(t->r, 5));
	{
		struct ref_address from = plan->destination;

		plan->destination = plan->source;
		plan->source = from;
	}
	if (plan->place.side == WARD_IT && random_percent(t->r, 40))
		plan->source = some_peer(t->r, ipv4);
}

/* Cuts a datagram into pieces, and shuffles them a little. */
static void cut(struct talks *t, struct talk *talk, struct pieces *p)
{
	static const unsigned sizes[] = { 8, 16, 24, 32, 64, 400 };
	struct random *r = t->r;

	memset(p, 0, sizeof(*p));
	plan_talk(t, talk, &p->plan);
	put_zeros(&p->plan.upper, random_below(r, 120));
	if (talk->protocol == IPPROTO_UDP) {
		p->plan.upper.at[4] = (uint8_t)(p->plan.upper.length >> 8);
		p->plan.upper.at[5] = (uint8_t)p->plan.upper.length;
	}
	p->whole = p->plan.upper;
	p->plan.fragment = true;
	p->plan.id = t->datagrams - random_below(r, 3);
	p->size = random_of(r, sizes);
	p->count = (p->whole.length + p->size - 1) / p->size;
	if (p->count > PIECES - 2)
		p->count = PIECES - 2;
	for (unsigned i = 0; i < p->count; i++)
		p->order[i] = (uint8_t)i;
	for (unsigned i = random_percent(r, 40) ? 3 : 0; i; i--) {
		uint8_t *a = &p->order[random_below(r, p->count)];
		uint8_t *b = &p->order[random_below(r, p->count)], kept = *a;

		*a = *b;
		*b = kept;
	}
	if (random_percent(r, 20)) {
		p->order[p->count] = (uint8_t)random_below(r, p->count);
		p->count++;
	}
}

static void send_piece(struct talks *t, struct pieces *p, struct ref_frame *f, int *port)
{
	struct random *r = t->r;
	unsigned at = p->order[p->next++] * p->size;
	unsigned size = p->size;

	if (at > p->whole.length)
		at = p->whole.length & ~7u;
	if (random_percent(r, 3))
		size = random_below(r, 4) * 8;
	if (at + size > p->whole.length)
		size = p->whole.length - at;
	p->plan.more = at + size < p->whole.length;
	p->plan.position = at;
	if (random_percent(r, 2))
		p->plan.position = random_of(r, ((const unsigned[]){ 8, 0xfff8, 0xffe0, 0xff00 }));
	if (random_percent(r, 2))
		p->plan.more = !p->plan.more;
	p->plan.upper.length = 0;
	put(&p->plan.upper, p->whole.at + at, size);
	build(r, t->policy, &p->plan, f, port);
}

static struct talk *choose_talk(struct talks *t)
{
	struct talk *talk = &t->talk[random_below(t->r, TALKS)];

	if (t->storm && t->stormy->used) {
		t->storm--;
		return t->stormy;
	}
	for (unsigned i = 0; i < 50 && !talk->used; i++)
		start(t, talk);
	if (random_percent(t->r, 1)) {
		t->storm = random_between(t->r, 10, 50);
		t->storm_cut = random_percent(t->r, 40);
		t->stormy = talk;
	}
	return talk->used ? talk : NULL;
}

static void next_talk(struct talks *t, struct ref_frame *f, int *port)
{
	struct pieces *pieces = &t->pieces[random_below(t->r, 3)];
	struct talk *talk;
	struct plan plan;

	if (!t->storm && pieces->next < pieces->count && random_percent(t->r, 40)) {
		send_piece(t, pieces, f, port);
		return;
	}
	talk = choose_talk(t);
	if (!talk) {
		talk_arp(t->r, t->policy, f, port);
		return;
	}
	if (t->storm ? t->storm_cut : random_percent(t->r, 8)) {
		cut(t, talk, pieces);
		send_piece(t, pieces, f, port);
		return;
	}
	t->last = talk;
	plan_talk(t, talk, &plan);
	if (random_percent(t->r, 5))
		quote(t, talk, &plan);
	build(t->r, t->policy, &plan, f, port);
	if (random_percent(t->r, 4))
		talk->used = false;
	else if (random_percent(t->r, 2))
		talk->now.step = 0;
}

void talks_next(struct talks *t, struct ref_frame *f, int *port)
{
	struct random *r = t->r;
	unsigned what = random_below(r, 100), old = random_below(r, HISTORY);

	t->last = NULL;
	if (what < 70 || t->storm)
		next_talk(t, f, port);
	else if (what < 78)
		talk_dhcp(r, t->policy, &t->client[random_below(r, CLIENTS)], f, port);
	else if (what < 84)
		talk_arp(r, t->policy, f, port);
	else if (what < 91)
		talk_discovery(r, t->policy, f, port);
	else if (what < 93)
		talk_other(r, t->policy, f, port);
	else if (t->sent > HISTORY) {
		*f = t->history[old].frame;
		*port = t->history[old].port;
	} else
		talk_arp(r, t->policy, f, port);
	t->history[t->sent % HISTORY].frame = *f;
	t->history[t->sent++ % HISTORY].port = *port;
	if (random_percent(r, 15))
		mutate(r, t->policy, f, port);
	/* A hairpin has one port. */
	if (*port >= 0 && !strcmp(t->policy->links[*port / 2].clinical,
				  t->policy->links[*port / 2].it))
		*port &= ~1;
}

void talks_heard(struct talks *t, bool passed)
{
	if (!passed && t->last && random_percent(t->r, 40))
		t->last->used = false;
}

/* Never a round number: what happens in the very nanosecond of a timeout is nobody's promise. */
uint64_t talks_wait(struct talks *t)
{
	static const unsigned often[][4] = { { 930, 990, 999, 1000 },
					     { 700, 950, 990, 999 },
					     { 300, 800, 970, 996 } };
	static const uint64_t scales[] = { 1, 30, 2000, 100000, 20000000 };
	unsigned what = random_below(t->r, 1000), i = 0;

	while (i < 4 && !t->storm && what >= often[t->haste][i])
		i++;
	return random_below(t->r, i ? 999983 : 4999) * scales[i] + 7;
}
