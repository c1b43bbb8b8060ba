/* SPDX-License-Identifier: GPL-2.0-only */
#include <netinet/in.h>
#include <string.h>

#include "generate.h"

static struct ref_address address(const char *text)
{
	struct ref_address a = { { 0 } };

	ref_parse_address(text, &a);
	return a;
}

static enum ref_said some_mode(struct random *r, unsigned percent)
{
	if (!random_percent(r, percent))
		return REF_UNSAID;
	return random_percent(r, 8) ? REF_CLOSED : random_percent(r, 60) ? REF_AUDIT : REF_ENFORCE;
}

static void make_vlans(struct random *r, struct ref_link *l)
{
	static const ref_vlan all[] = { 0, 110, 120, 130, 100u << 16 | 110, 100u << 16 | 120 };

	if (random_percent(r, 20))
		return;
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (random_percent(r, 60))
			l->vlans[l->vlan_count++] = all[i];
}

/* Ids of the IT side are those of the clinical side and 100, so that a hairpin has none twice. */
static void make_map(struct random *r, struct ref_link *l, bool hairpin)
{
	static const uint16_t all[] = { 110, 120, 130, 0 };

	for (unsigned i = 0; i < 4; i++) {
		if (!random_percent(r, 70))
			continue;
		l->map[l->map_count].clinical = all[i];
		l->map[l->map_count++].it = all[i] ? all[i] + 100 : hairpin ? 240 : 240;
	}
	if (l->map_count && !hairpin && random_percent(r, 50)) {
		unsigned last = l->map_count - 1;

		if (l->map[last].clinical)
			l->map[last].it = random_percent(r, 50) ? 0 : l->map[last].clinical;
	}
	if (!l->map_count) {
		l->map[0].clinical = 110;
		l->map[l->map_count++].it = 210;
	}
}

static void make_parts(struct random *r, struct ref_link *l)
{
	static const uint16_t types[] = { REF_STP, 0x88cc, 0x88f7, 0x88e5 };

	for (unsigned i = 0; i < 4; i++)
		if (random_percent(r, 40))
			l->ethertypes[l->ethertype_count++] = types[i];
	if (random_percent(r, 60))
		l->routers[l->router_count++] = address("fe80::1");
	if (random_percent(r, 75)) {
		l->servers[l->server_count++] = address("198.18.200.2");
		l->servers[l->server_count++] = address("fe80::2");
		l->servers[l->server_count++] = address("2001:db8:200::2");
	}
	if (random_percent(r, 30))
		l->host_vlans[l->host_vlan_count++] = 99;
	if (random_percent(r, 40)) {
		l->hosts[l->host_count++] = address("198.18.99.1");
		l->hosts[l->host_count++] = address("2001:db8:99::1");
	}
	l->enforcement = some_mode(r, 25);
}

static void make_link(struct random *r, struct ref_policy *policy, unsigned index)
{
	struct ref_link *l = &policy->links[policy->link_count++];
	bool hairpin = index == 2;

	snprintf(l->name, sizeof(l->name), "l%u", index);
	snprintf(l->clinical, sizeof(l->clinical), "%c%u", hairpin ? 'h' : 'c', index);
	snprintf(l->it, sizeof(l->it), "%c%u", hairpin ? 'h' : 'i', index);
	if (hairpin || (index == 1 && random_percent(r, 70)))
		make_map(r, l, hairpin);
	else
		make_vlans(r, l);
	make_parts(r, l);
}

/*
 * What is all excepted is refused, so some prefix must be at least four times as large as any
 * exception, of which there are two. No group is excepted: `replies` needs one.
 */
static void make_exceptions(struct random *r, struct ref_network *n)
{
	static const struct {
		const char *address;
		unsigned length;
	} pool[] = {
		{ "198.18.200.0", 120 },    { "198.18.200.4", 126 },  { "198.18.200.5", 128 },
		{ "198.18.200.6", 128 },    { "198.18.0.0", 112 },    { "2001:db8:200::4", 126 },
		{ "2001:db8:200::5", 128 }, { "2001:db8:200::", 48 }, { "fe80::", 10 },
	};
	unsigned shortest = 128;

	for (unsigned i = 0; i < n->count; i++)
		if (n->prefixes[i].length < shortest)
			shortest = n->prefixes[i].length;
	for (unsigned i = 0; i < 2; i++) {
		unsigned at = random_below(r, 9);

		if (pool[at].length < shortest + 2)
			continue;
		n->except[n->except_count].address = address(pool[at].address);
		n->except[n->except_count++].length = pool[at].length;
	}
}

static void make_network(struct random *r, struct ref_policy *policy)
{
	static const struct {
		const char *address;
		unsigned length;
	} pool[] = {
		{ "198.18.200.0", 120 }, { "198.18.200.5", 128 }, { "198.18.200.6", 128 },
		{ "198.18.0.0", 111 },	 { "0.0.0.0", 96 },	  { "2001:db8:200::", 48 },
		{ "2001:db8:200::5", 128 }, { "2001:db8:200::6", 128 }, { "::", 0 },
		{ "fe80::", 10 },	 { "224.0.0.0", 100 },	  { "239.255.255.250", 128 },
		{ "224.0.0.22", 128 },	 { "ff00::", 8 },	  { "ff02::c", 128 },
		{ "ff02::16", 128 },	 { "198.18.200.4", 126 }, { "2001:db8:200::4", 126 },
	};
	struct ref_network *n = &policy->networks[policy->network_count];
	unsigned first = random_below(r, 18), step = random_of(r, ((const unsigned[]){ 1, 5, 7 }));

	snprintf(n->name, sizeof(n->name), "net%u", policy->network_count++);
	for (unsigned i = random_between(r, 1, 4), at = first; i; i--, at = (at + step) % 18) {
		n->prefixes[n->count].address = address(pool[at].address);
		n->prefixes[n->count++].length = pool[at].length;
	}
	if (random_percent(r, 30))
		make_exceptions(r, n);
}

static void make_service(struct random *r, struct ref_policy *policy)
{
	static const struct ref_ports pool[] = {
		{ IPPROTO_TCP, 80, 80 },       { IPPROTO_UDP, 123, 123 },
		{ IPPROTO_TCP, 104, 104 },     { IPPROTO_ICMP, 8, 8 },
		{ IPPROTO_TCP, 5000, 5010 },   { IPPROTO_ICMPV6, 128, 128 },
		{ IPPROTO_SCTP, 80, 90 },      { IPPROTO_UDP, 3702, 3702 },
		{ IPPROTO_IGMP, 0, 0 },	       { IPPROTO_ICMPV6, 143, 143 },
		{ IPPROTO_UDP, 5000, 65535 },  { IPPROTO_ICMP, 13, 13 },
		{ IPPROTO_ICMPV6, 130, 130 },  { IPPROTO_ICMP, 10, 10 },
		{ IPPROTO_TCP, 1, 65535 },     { IPPROTO_ICMPV6, 200, 200 },
	};
	struct ref_service *s = &policy->services[policy->service_count];
	unsigned step = random_of(r, ((const unsigned[]){ 1, 3, 5, 7 })), at = random_below(r, 16);
	bool any = random_percent(r, 50);

	snprintf(s->name, sizeof(s->name), "svc%u", policy->service_count++);
	for (unsigned i = random_between(r, 1, 4); i; i--, at = (at + step) % 16)
		if (any || pool[at].protocol == IPPROTO_TCP || pool[at].protocol == IPPROTO_UDP)
			s->ports[s->count++] = pool[at];
	if (!s->count)
		s->ports[s->count++] = pool[0];
}

static void make_rate(struct random *r, struct ref_rate *rate)
{
	static const unsigned packets[] = { 1, 3, 10, 100, 333, 1000, 100000 };
	static const unsigned bits[] = { 1000, 1001, 8000, 64000, 7654321 };

	if (random_percent(r, 50)) {
		rate->packets = random_of(r, packets);
		rate->burst = random_percent(r, 60) ? random_between(r, 1, 40) : 0;
	}
	if (random_percent(r, 45)) {
		rate->bits = random_of(r, bits);
		rate->burst_bits = random_percent(r, 60) ? random_between(r, 16, 80) * 1000 : 0;
	}
}

static void make_limit(struct random *r, struct ref_limit *limit, unsigned percent)
{
	memset(limit, 0, sizeof(*limit));
	if (random_percent(r, percent))
		make_rate(r, &limit->rate[WARD_CLINICAL]);
	if (random_percent(r, percent / 2))
		make_rate(r, &limit->rate[WARD_IT]);
	if (random_percent(r, percent / 2))
		limit->new_flows = random_of(r, ((const unsigned[]){ 1, 2, 10, 1000 }));
	if (random_percent(r, percent / 2))
		limit->flows = random_between(r, 1, 6);
}

static bool holds_group(const struct ref_network *n)
{
	for (unsigned i = 0; i < n->count; i++)
		if (ref_is_group(n->prefixes[i].address))
			return true;
	return false;
}

static unsigned services_of(const struct ref_rule *rule)
{
	unsigned set = 0;

	for (unsigned i = 0; i < rule->service_count; i++)
		set |= 1u << rule->services[i];
	return set;
}

static bool is_twice(const struct ref_profile *p, const struct ref_rule *rule)
{
	for (unsigned i = 0; i < p->count; i++) {
		const struct ref_rule *other = &p->rules[i];

		if (other->from == rule->from && other->network == rule->network &&
		    services_of(other) == services_of(rule))
			return true;
	}
	return false;
}

static bool is_encryptable(const struct ref_policy *policy, const struct ref_rule *rule)
{
	for (unsigned i = 0; i < rule->service_count; i++) {
		const struct ref_service *s = &policy->services[rule->services[i]];

		for (unsigned j = 0; j < s->count; j++)
			if (s->ports[j].protocol != IPPROTO_TCP &&
			    s->ports[j].protocol != IPPROTO_UDP)
				return false;
	}
	return !rule->replies;
}

static void make_encryption(struct random *r, const struct ref_policy *policy,
			    struct ref_rule *rule)
{
	rule->encryption = REF_ANY;
	if (is_encryptable(policy, rule) && random_percent(r, 70))
		rule->encryption = random_percent(r, 75) ? REF_REQUIRED : REF_PREFERRED;
}

static void make_rule(struct random *r, const struct ref_policy *policy, struct ref_profile *p,
		      bool group)
{
	struct ref_rule rule = { .from = group || random_percent(r, 35),
				 .network = random_below(r, policy->network_count) };
	unsigned first = random_below(r, policy->service_count);

	for (unsigned i = random_between(r, 1, 3); i; i--) {
		rule.services[rule.service_count++] = first;
		first = (first + 1) % policy->service_count;
		if (rule.services[0] == first)
			break;
	}
	if (is_twice(p, &rule) || p->count == 8)
		return;
	rule.replies = !rule.from && holds_group(&policy->networks[rule.network]) &&
		       random_percent(r, 70);
	make_encryption(r, policy, &rule);
	make_limit(r, &rule.limit, 45);
	generate_times(r, &rule);
	/* Bits alone, and few: a limit on packets is mostly met first. */
	if (random_percent(r, 10))
		rule.limit.rate[WARD_CLINICAL] =
			(struct ref_rate){ .bits = 1000, .burst_bits = 16000 };
	p->rules[p->count++] = rule;
}

static void make_profile(struct random *r, struct ref_policy *policy, bool group)
{
	struct ref_profile *p = &policy->profiles[policy->profile_count];

	snprintf(p->name, sizeof(p->name), "%s%u", group ? "group" : "p", policy->profile_count++);
	for (unsigned i = random_below(r, 8); i; i--)
		make_rule(r, policy, p, group);
	make_limit(r, &p->limit, 50);
	/* With so few flows it never matters which places of the table they get. */
	p->limit.flows = random_between(r, 1, 16);
	p->tracks_fragments = random_percent(r, 70);
	p->enforcement = some_mode(r, 15);
}

/* A VLAN that the link carries. */
static ref_vlan some_vlan(struct random *r, const struct ref_link *l)
{
	static const ref_vlan all[] = { 0, 110, 120, 130, 100u << 16 | 110 };

	if (l->map_count)
		return l->map[random_below(r, l->map_count)].clinical;
	return l->vlan_count ? l->vlans[random_below(r, l->vlan_count)] : random_of(r, all);
}

static void make_addresses(struct random *r, const struct ref_policy *policy, struct ref_device *d,
			   unsigned index)
{
	const struct ref_link *l = &policy->links[d->link];
	char text[64];

	if (random_percent(r, 70)) {
		snprintf(text, sizeof(text), "198.18.110.%u", 10 + index);
		d->addresses[d->count++] = address(text);
	}
	if (random_percent(r, 60)) {
		snprintf(text, sizeof(text), "2001:db8:110::%u", 10 + index);
		d->addresses[d->count++] = address(text);
	}
	if (random_percent(r, 15)) {
		snprintf(text, sizeof(text), "198.18.111.%u", 10 + index);
		d->addresses[d->count++] = address(text);
	}
	if (random_percent(r, 10))
		d->addresses[d->count++] = ref_link_local(d->mac);
	d->dhcp4 = l->server_count && random_percent(r, 35);
	d->dhcp6 = l->server_count && random_percent(r, 35);
	if (!d->count && !d->dhcp4 && !d->dhcp6) {
		snprintf(text, sizeof(text), "198.18.110.%u", 10 + index);
		d->addresses[d->count++] = address(text);
	}
}

static void make_device(struct random *r, struct ref_policy *policy, unsigned profiles)
{
	unsigned index = policy->device_count;
	struct ref_device *d = &policy->devices[policy->device_count++];
	uint8_t mac[6] = { 0x02, 0, 0, 0, 0x11, (uint8_t)(1 + index) };

	snprintf(d->name, sizeof(d->name), "d%u", index);
	memcpy(d->mac, mac, 6);
	d->link = random_below(r, policy->link_count);
	d->vlan = some_vlan(r, &policy->links[d->link]);
	d->profile = random_below(r, profiles);
	d->enforcement = some_mode(r, 20);
	make_addresses(r, policy, d, index);
}

static void make_group(struct random *r, struct ref_policy *policy)
{
	static const char *const groups[] = { "239.255.255.250", "ff02::c", "224.0.0.1", "ff02::1",
					      "ff05::2" };
	unsigned index = policy->device_count;
	struct ref_device *d = &policy->devices[index];
	uint8_t number;

	snprintf(d->name, sizeof(d->name), "g%u", index);
	d->link = random_below(r, policy->link_count);
	d->vlan = some_vlan(r, &policy->links[d->link]);
	d->profile = policy->profile_count - 1;
	d->addresses[0] = address(random_of(r, groups));
	if (ref_static_device(policy, d->link, d->vlan, d->addresses[0], &number) >= 0) {
		memset(d, 0, sizeof(*d));
		return;
	}
	d->count = 1;
	d->group = true;
	ref_group_mac(d->addresses[0], d->mac);
	policy->device_count++;
}

void generate_policy(struct random *r, struct ref_policy *policy)
{
	unsigned links = random_between(r, 1, 3), profiles = random_between(r, 2, 4);

	memset(policy, 0, sizeof(*policy));
	for (unsigned i = 0; i < links; i++)
		make_link(r, policy, i);
	for (unsigned i = random_between(r, 3, 8); i; i--)
		make_network(r, policy);
	for (unsigned i = random_between(r, 3, 8); i; i--)
		make_service(r, policy);
	for (unsigned i = 0; i < profiles; i++)
		make_profile(r, policy, false);
	make_profile(r, policy, true);
	for (unsigned i = random_between(r, 3, 8); i; i--)
		make_device(r, policy, profiles);
	for (unsigned i = random_below(r, 4); i; i--)
		make_group(r, policy);
	policy->zone = (enum ref_zone)random_below(r, REF_ZONES);
	policy->quarantine = random_percent(r, 60) ? (int)random_below(r, profiles) : -1;
	if (policy->quarantine >= 0)
		policy->profiles[policy->quarantine].enforcement = REF_UNSAID;
	policy->enforcement = some_mode(r, 20);
	if (policy->enforcement == REF_CLOSED && random_percent(r, 80))
		policy->enforcement = REF_AUDIT;
}

static void change_rules(struct random *r, const struct ref_policy *policy, struct ref_profile *p,
			 bool group)
{
	if (p->count && random_percent(r, 60)) {
		unsigned at = random_below(r, p->count--);

		memmove(&p->rules[at], &p->rules[at + 1], (p->count - at) * sizeof(p->rules[0]));
		memset(&p->rules[p->count], 0, sizeof(p->rules[0]));
	}
	if (random_percent(r, 40))
		make_rule(r, policy, p, group);
	if (p->count && random_percent(r, 30))
		generate_times(r, &p->rules[random_below(r, p->count)]);
	if (p->count && random_percent(r, 30))
		make_limit(r, &p->rules[random_below(r, p->count)].limit, 60);
	if (p->count && random_percent(r, 50))
		make_encryption(r, policy, &p->rules[random_below(r, p->count)]);
	if (random_percent(r, 20)) {
		make_limit(r, &p->limit, 50);
		p->limit.flows = random_between(r, 1, 16);
	}
	if (random_percent(r, 20))
		p->tracks_fragments = !p->tracks_fragments;
}

void generate_variant(struct random *r, struct ref_policy *policy)
{
	for (unsigned i = 0; i < policy->profile_count; i++)
		if (random_percent(r, 50))
			change_rules(r, policy, &policy->profiles[i],
				     i + 1 == policy->profile_count);
	for (unsigned i = 0; i < policy->device_count; i++) {
		struct ref_device *d = &policy->devices[i];

		if (random_percent(r, 20) && !d->group)
			d->profile = random_below(r, policy->profile_count - 1);
		if (random_percent(r, 10))
			d->enforcement = some_mode(r, 50);
	}
	if (policy->device_count > 1 && random_percent(r, 25))
		memset(&policy->devices[--policy->device_count], 0, sizeof(policy->devices[0]));
}
