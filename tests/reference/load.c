/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a policy as print.c writes it, and as a person would write a case: enough of the language
 * for the reference, with no care for what is wrong in it; the real compiler finds that.
 */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yaml.h>

#include "policy.h"

struct loader {
	yaml_document_t document;
	struct ref_policy *policy;
	char *error;
	jmp_buf fail;
};

__attribute__((noreturn, format(printf, 2, 3))) static void fail(struct loader *l,
								  const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(l->error, 256, format, arguments);
	va_end(arguments);
	longjmp(l->fail, 1);
}

static const char *word(struct loader *l, yaml_node_t *node)
{
	if (!node || node->type != YAML_SCALAR_NODE)
		fail(l, "a word is missing");
	return (const char *)node->data.scalar.value;
}

/* The value of a key, or NULL. */
static yaml_node_t *get(struct loader *l, yaml_node_t *map, const char *key)
{
	if (!map || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++)
		if (!strcmp(word(l, yaml_document_get_node(&l->document, p->key)), key))
			return yaml_document_get_node(&l->document, p->value);
	return NULL;
}

/* Item i of a list, key or value i of a map; a single word is a list of one. NULL at the end. */
static yaml_node_t *item(struct loader *l, yaml_node_t *node, unsigned i, bool key)
{
	yaml_node_pair_t *pair;

	if (!node)
		return NULL;
	if (node->type == YAML_SCALAR_NODE)
		return i ? NULL : node;
	if (node->type == YAML_SEQUENCE_NODE) {
		yaml_node_item_t *at = node->data.sequence.items.start + i;

		return at < node->data.sequence.items.top ?
			       yaml_document_get_node(&l->document, *at) :
			       NULL;
	}
	pair = node->data.mapping.pairs.start + i;
	if (pair >= node->data.mapping.pairs.top)
		return NULL;
	return yaml_document_get_node(&l->document, key ? pair->key : pair->value);
}

static unsigned room(struct loader *l, unsigned *count, unsigned most)
{
	if (*count >= most)
		fail(l, "more than the reference has room for");
	return (*count)++;
}

static void copy_name(struct loader *l, char out[REF_NAME], yaml_node_t *node)
{
	snprintf(out, REF_NAME, "%.31s", word(l, node));
}

static uint64_t number(struct loader *l, yaml_node_t *node)
{
	char *end;
	uint64_t n;

	if (!node)
		return 0;
	n = strtoull(word(l, node), &end, 0);
	if (*end == 'k')
		n *= 1000;
	if (*end == 'M')
		n *= 1000000;
	return n;
}

static enum ref_said mode(struct loader *l, yaml_node_t *map)
{
	yaml_node_t *node = get(l, map, "enforcement");

	if (!node)
		return REF_UNSAID;
	switch (word(l, node)[0]) {
	case 'a':
		return REF_AUDIT;
	case 'c':
		return REF_CLOSED;
	}
	return REF_ENFORCE;
}

static ref_vlan vlan(struct loader *l, yaml_node_t *node)
{
	const char *text = node ? word(l, node) : "none";
	char *end;
	ref_vlan id = (ref_vlan)strtoul(text, &end, 10);

	return *end == '.' ? id << 16 | (ref_vlan)strtoul(end + 1, NULL, 10) : id;
}

static struct ref_address address(struct loader *l, yaml_node_t *node)
{
	struct ref_address a;

	if (!ref_parse_address(word(l, node), &a))
		fail(l, "'%s' is no address", word(l, node));
	return a;
}

static void addresses(struct loader *l, yaml_node_t *list, struct ref_address *out,
		      unsigned *count)
{
	yaml_node_t *node;

	for (unsigned i = 0; (node = item(l, list, i, false)); i++)
		out[room(l, count, REF_LIST)] = address(l, node);
}

static uint16_t ethertype(struct loader *l, yaml_node_t *node)
{
	static const struct {
		const char *name;
		uint16_t type;
	} names[] = { { "stp", REF_STP },     { "lldp", 0x88cc },  { "eapol", 0x888e },
		      { "ptp", 0x88f7 },      { "profinet", 0x8892 }, { "goose", 0x88b8 },
		      { "mrp", 0x88e3 } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(word(l, node), names[i].name))
			return names[i].type;
	return (uint16_t)number(l, node);
}

static void load_link(struct loader *l, yaml_node_t *map)
{
	struct ref_link *link = &l->policy->links[room(l, &l->policy->link_count, REF_LINKS)];
	yaml_node_t *list, *node;

	copy_name(l, link->name, get(l, map, "name"));
	copy_name(l, link->clinical, get(l, map, "clinical"));
	copy_name(l, link->it, get(l, map, "it"));
	list = get(l, map, "vlans");
	for (unsigned i = 0; (node = item(l, list, i, false)); i++)
		link->vlans[room(l, &link->vlan_count, REF_LIST)] = vlan(l, node);
	list = get(l, map, "vlan-map");
	for (unsigned i = 0; (node = item(l, list, i, true)); i++) {
		unsigned at = room(l, &link->map_count, REF_LIST);

		link->map[at].clinical = (uint16_t)vlan(l, node);
		link->map[at].it = (uint16_t)vlan(l, item(l, list, i, false));
	}
	list = get(l, map, "ethertypes");
	for (unsigned i = 0; (node = item(l, list, i, false)); i++)
		link->ethertypes[room(l, &link->ethertype_count, REF_LIST)] = ethertype(l, node);
	addresses(l, get(l, map, "routers"), link->routers, &link->router_count);
	addresses(l, get(l, map, "dhcp-servers"), link->servers, &link->server_count);
	map = get(l, map, "host");
	addresses(l, get(l, map, "addresses"), link->hosts, &link->host_count);
	list = get(l, map, "vlans");
	for (unsigned i = 0; (node = item(l, list, i, false)); i++)
		link->host_vlans[room(l, &link->host_vlan_count, REF_LIST)] =
			(uint16_t)vlan(l, node);
}

static void load_prefixes(struct loader *l, yaml_node_t *list, struct ref_prefix *out,
			  unsigned *count)
{
	yaml_node_t *node;

	for (unsigned i = 0; (node = item(l, list, i, false)); i++) {
		struct ref_prefix *p = &out[room(l, count, REF_LIST)];
		char text[64], *slash;

		snprintf(text, sizeof(text), "%s", word(l, node));
		slash = strchr(text, '/');
		if (slash)
			*slash = 0;
		if (!ref_parse_address(text, &p->address))
			fail(l, "'%s' is no prefix", text);
		p->length = slash ? (unsigned)atoi(slash + 1) : 128;
		if (slash && ref_is_ipv4(p->address))
			p->length += 96;
	}
}

static void load_network(struct loader *l, yaml_node_t *name, yaml_node_t *value)
{
	struct ref_policy *policy = l->policy;
	struct ref_network *n = &policy->networks[room(l, &policy->network_count, REF_NAMED)];
	yaml_node_t *addresses = get(l, value, "addresses");

	copy_name(l, n->name, name);
	load_prefixes(l, addresses ? addresses : value, n->prefixes, &n->count);
	load_prefixes(l, get(l, value, "except"), n->except, &n->except_count);
}

static void ports(struct loader *l, const char *text, struct ref_ports *out)
{
	static const struct {
		const char *name;
		uint8_t protocol;
		uint16_t echo;
	} names[] = { { "tcp", IPPROTO_TCP, 0 },       { "udp", IPPROTO_UDP, 0 },
		      { "sctp", IPPROTO_SCTP, 0 },     { "icmp", IPPROTO_ICMP, 8 },
		      { "icmpv6", IPPROTO_ICMPV6, 128 }, { "igmp", IPPROTO_IGMP, 0 } };
	size_t length = strcspn(text, "/");
	const char *rest = text[length] ? text + length + 1 : "0";
	char *end;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) != length || strncmp(names[i].name, text, length))
			continue;
		out->protocol = names[i].protocol;
		out->low = out->high = (uint16_t)strtoul(rest, &end, 10);
		if (*end == '-')
			out->high = (uint16_t)strtoul(end + 1, NULL, 10);
		if (!strcmp(rest, "echo"))
			out->low = out->high = names[i].echo;
		if (!strcmp(rest, "timestamp"))
			out->low = out->high = 13;
		return;
	}
	fail(l, "'%s' is no service", text);
}

static void load_service(struct loader *l, yaml_node_t *name, yaml_node_t *list)
{
	struct ref_policy *policy = l->policy;
	struct ref_service *s = &policy->services[room(l, &policy->service_count, REF_NAMED)];
	yaml_node_t *node;

	copy_name(l, s->name, name);
	for (unsigned i = 0; (node = item(l, list, i, false)); i++)
		ports(l, word(l, node), &s->ports[room(l, &s->count, REF_LIST)]);
}

static void load_rate(struct loader *l, yaml_node_t *map, struct ref_rate *rate)
{
	rate->packets = number(l, get(l, map, "packets"));
	rate->burst = number(l, get(l, map, "burst"));
	rate->bits = number(l, get(l, map, "bits"));
	rate->burst_bits = number(l, get(l, map, "burst-bits"));
}

static void load_limit(struct loader *l, yaml_node_t *map, struct ref_limit *limit)
{
	load_rate(l, map, &limit->rate[WARD_CLINICAL]);
	load_rate(l, get(l, map, "receive"), &limit->rate[WARD_IT]);
	limit->new_flows = number(l, get(l, map, "new-flows"));
	limit->flows = number(l, get(l, map, "flows"));
}

/* Of an array of things that begin with their name. */
static unsigned find(struct loader *l, yaml_node_t *node, const void *first, size_t size,
		     unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!strcmp((const char *)first + i * size, word(l, node)))
			return i;
	fail(l, "nothing has the name '%s'", word(l, node));
}

#define FIND(l, node, things, count)                                                               \
	find(l, node, (l)->policy->things, sizeof((l)->policy->things[0]), (l)->policy->count)

/* DAY or DAY-DAY, then HH:MM-HH:MM. */
static void load_hours(struct loader *l, const char *text, struct ref_hours *out)
{
	static const char days[] = "MonTueWedThuFriSatSun";
	char first[4], last[4];
	unsigned from[2], to[2];
	const char *a, *b;

	if (sscanf(text, "%3[A-Za-z]-%3[A-Za-z] %u:%u-%u:%u", first, last, &from[0], &from[1],
		   &to[0], &to[1]) != 6) {
		if (sscanf(text, "%3[A-Za-z] %u:%u-%u:%u", first, &from[0], &from[1], &to[0],
			   &to[1]) != 5)
			fail(l, "'%s' is not hours", text);
		memcpy(last, first, sizeof(last));
	}
	a = strstr(days, first);
	b = strstr(days, last);
	if (!a || !b)
		fail(l, "'%s' has no day", text);
	*out = (struct ref_hours){ (unsigned)(a - days) / 3, (unsigned)(b - days) / 3,
				   from[0] * 60 + from[1], to[0] * 60 + to[1] };
}

static void load_times(struct loader *l, yaml_node_t *map, struct ref_rule *rule)
{
	yaml_node_t *node = get(l, map, "expires");
	struct tm tm = { 0 };
	char text[256], *at, *rest;

	if (node && !strptime(word(l, node), "%Y-%m-%d %H:%M", &tm))
		fail(l, "'%s' is no date and time", word(l, node));
	rule->expires = node ? (uint64_t)timegm(&tm) : 0;
	node = get(l, map, "hours");
	snprintf(text, sizeof(text), "%s", node ? word(l, node) : "");
	for (at = strtok_r(text, ",", &rest); at; at = strtok_r(NULL, ",", &rest))
		load_hours(l, at + strspn(at, " "),
			   &rule->hours[room(l, &rule->hour_count, REF_HOURS)]);
	node = get(l, map, "log");
	rule->log = node && !strcmp(word(l, node), "true");
}

static void load_rule(struct loader *l, yaml_node_t *map, struct ref_rule *rule)
{
	yaml_node_t *list = get(l, map, "services"), *node = get(l, map, "from");

	rule->from = node;
	rule->network = FIND(l, node ?: get(l, map, "to"), networks, network_count);
	for (unsigned i = 0; (node = item(l, list, i, false)); i++)
		rule->services[room(l, &rule->service_count, REF_LIST)] =
			FIND(l, node, services, service_count);
	node = get(l, map, "replies");
	rule->replies = node && !strcmp(word(l, node), "true");
	load_times(l, map, rule);
	node = get(l, map, "encrypted");
	if (node && strcmp(word(l, node), "no"))
		rule->encryption = strcmp(word(l, node), "required") ? REF_PREFERRED : REF_REQUIRED;
	load_limit(l, get(l, map, "limit"), &rule->limit);
}

static void load_profile(struct loader *l, yaml_node_t *name, yaml_node_t *map)
{
	struct ref_policy *policy = l->policy;
	struct ref_profile *p = &policy->profiles[room(l, &policy->profile_count, REF_NAMED)];
	yaml_node_t *list = get(l, map, "allow"), *node;

	copy_name(l, p->name, name);
	for (unsigned i = 0; (node = item(l, list, i, false)); i++)
		load_rule(l, node, &p->rules[room(l, &p->count, REF_RULES)]);
	load_limit(l, get(l, map, "limit"), &p->limit);
	node = get(l, map, "fragments");
	p->tracks_fragments = node && !strcmp(word(l, node), "track");
	p->enforcement = mode(l, map);
}

static void load_ip(struct loader *l, yaml_node_t *list, struct ref_device *d)
{
	yaml_node_t *node;

	for (unsigned i = 0; (node = item(l, list, i, false)); i++) {
		if (!strcmp(word(l, node), "dhcp"))
			d->dhcp4 = true;
		else if (!strcmp(word(l, node), "dhcp6"))
			d->dhcp6 = true;
		else
			d->addresses[room(l, &d->count, REF_LIST)] = address(l, node);
	}
	d->group = d->count == 1 && ref_is_group(d->addresses[0]);
	if (d->group)
		ref_group_mac(d->addresses[0], d->mac);
}

static void load_device(struct loader *l, yaml_node_t *map)
{
	struct ref_policy *policy = l->policy;
	struct ref_device *d = &policy->devices[room(l, &policy->device_count, REF_NAMED)];
	yaml_node_t *mac = get(l, map, "mac");

	copy_name(l, d->name, get(l, map, "name"));
	if (mac && sscanf(word(l, mac), "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &d->mac[0], &d->mac[1],
			  &d->mac[2], &d->mac[3], &d->mac[4], &d->mac[5]) != 6)
		fail(l, "'%s' is no MAC", word(l, mac));
	d->vlan = vlan(l, get(l, map, "vlan"));
	d->link = FIND(l, get(l, map, "link"), links, link_count);
	d->profile = FIND(l, get(l, map, "profile"), profiles, profile_count);
	load_ip(l, get(l, map, "ip"), d);
	d->enforcement = mode(l, map);
}

static void load_all(struct loader *l, yaml_node_t *root)
{
	struct ref_policy *policy = l->policy;
	yaml_node_t *part = get(l, root, "links"), *node;

	for (unsigned i = 0; (node = item(l, part, i, false)); i++) {
		load_link(l, node);
		policy->links[i].enforcement = mode(l, node);
	}
	part = get(l, root, "networks");
	for (unsigned i = 0; (node = item(l, part, i, true)); i++)
		load_network(l, node, item(l, part, i, false));
	part = get(l, root, "services");
	for (unsigned i = 0; (node = item(l, part, i, true)); i++)
		load_service(l, node, item(l, part, i, false));
	part = get(l, root, "profiles");
	for (unsigned i = 0; (node = item(l, part, i, true)); i++)
		load_profile(l, node, item(l, part, i, false));
	part = get(l, root, "devices");
	for (unsigned i = 0; (node = item(l, part, i, false)); i++)
		load_device(l, node);
	policy->enforcement = mode(l, root);
	node = get(l, root, "time-zone");
	if (node && !ref_find_zone(word(l, node), &policy->zone))
		fail(l, "the reference does not know the time zone '%s'", word(l, node));
	node = get(l, root, "quarantine");
	policy->quarantine = node ? (int)FIND(l, node, profiles, profile_count) : -1;
}

bool ref_load(const char *yaml, size_t length, struct ref_policy *out, char error[256])
{
	struct loader l = { .policy = out, .error = error };
	yaml_parser_t parser;
	volatile bool loaded = false;

	memset(out, 0, sizeof(*out));
	yaml_parser_initialize(&parser);
	yaml_parser_set_input_string(&parser, (const unsigned char *)yaml, length);
	if (!yaml_parser_load(&parser, &l.document)) {
		snprintf(error, 256, "line %zu: %s", parser.problem_mark.line + 1, parser.problem);
	} else {
		if (!setjmp(l.fail)) {
			load_all(&l, yaml_document_get_root_node(&l.document));
			loaded = true;
		}
		yaml_document_delete(&l.document);
	}
	yaml_parser_delete(&parser);
	return loaded;
}
