/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy as YAML, for the real compiler and for whoever reads a failing case. */
#include <inttypes.h>
#include <netinet/in.h>
#include <time.h>

#include "policy.h"

static const char *const modes[] = { "", "enforce", "audit", "closed" };

static void print_mode(FILE *out, enum ref_said mode)
{
	if (mode)
		fprintf(out, ", enforcement: %s", modes[mode]);
}

static void print_vlan(FILE *out, ref_vlan vlan)
{
	if (!vlan)
		fputs("none", out);
	else if (vlan > 0xffff)
		fprintf(out, "%u.%u", vlan >> 16, vlan & 0xffff);
	else
		fprintf(out, "%u", vlan);
}

static void print_addresses(FILE *out, const char *key, const struct ref_address *list,
			    unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		fprintf(out, "%s%s\"%s\"", i ? ", " : key, i ? "" : ": [", ref_address_text(list[i]));
	if (count)
		fputs("]", out);
}

static void print_host(FILE *out, const struct ref_link *l)
{
	if (!l->host_vlan_count && !l->host_count)
		return;
	fputs(", host: {", out);
	for (unsigned i = 0; i < l->host_vlan_count; i++)
		fprintf(out, "%s%u", i ? ", " : "vlans: [", l->host_vlans[i]);
	if (l->host_vlan_count)
		fprintf(out, "]%s", l->host_count ? ", " : "");
	print_addresses(out, "addresses", l->hosts, l->host_count);
	fputs("}", out);
}

static void print_link(FILE *out, const struct ref_link *l)
{
	fprintf(out, "  - {name: %s, clinical: %s, it: %s", l->name, l->clinical, l->it);
	for (unsigned i = 0; i < l->vlan_count; i++) {
		fputs(i ? ", " : ", vlans: [", out);
		print_vlan(out, l->vlans[i]);
	}
	fputs(l->vlan_count ? "]" : "", out);
	for (unsigned i = 0; i < l->map_count; i++) {
		fputs(i ? ", " : ", vlan-map: {", out);
		print_vlan(out, l->map[i].clinical);
		fputs(": ", out);
		print_vlan(out, l->map[i].it);
	}
	fputs(l->map_count ? "}" : "", out);
	for (unsigned i = 0; i < l->ethertype_count; i++) {
		fputs(i ? ", " : ", ethertypes: [", out);
		if (l->ethertypes[i] == REF_STP)
			fputs("stp", out);
		else
			fprintf(out, "0x%04x", l->ethertypes[i]);
	}
	fputs(l->ethertype_count ? "]" : "", out);
	print_addresses(out, ", routers", l->routers, l->router_count);
	print_addresses(out, ", dhcp-servers", l->servers, l->server_count);
	print_host(out, l);
	print_mode(out, l->enforcement);
	fputs("}\n", out);
}

static void print_prefixes(FILE *out, const struct ref_prefix *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		fprintf(out, "%s\"%s/%u\"", i ? ", " : "[", ref_address_text(list[i].address),
			list[i].length - (ref_is_ipv4(list[i].address) ? 96 : 0));
	fputs("]", out);
}

static void print_network(FILE *out, const struct ref_network *n)
{
	fprintf(out, "  %s: %s", n->name, n->except_count ? "{addresses: " : "");
	print_prefixes(out, n->prefixes, n->count);
	fputs(n->except_count ? ", except: " : "\n", out);
	if (!n->except_count)
		return;
	print_prefixes(out, n->except, n->except_count);
	fputs("}\n", out);
}

static const char *protocol_name(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	}
	return "igmp";
}

static void print_ports(FILE *out, const struct ref_ports *p)
{
	fputs(protocol_name(p->protocol), out);
	if (p->protocol == IPPROTO_IGMP)
		return;
	if ((p->protocol == IPPROTO_ICMP && p->low == 8) ||
	    (p->protocol == IPPROTO_ICMPV6 && p->low == 128))
		fputs("/echo", out);
	else if (p->protocol == IPPROTO_ICMP && p->low == 13)
		fputs("/timestamp", out);
	else if (p->low == p->high)
		fprintf(out, "/%u", p->low);
	else
		fprintf(out, "/%u-%u", p->low, p->high);
}

static void print_service(FILE *out, const struct ref_service *s)
{
	fprintf(out, "  %s: [", s->name);
	for (unsigned i = 0; i < s->count; i++) {
		fputs(i ? ", " : "", out);
		print_ports(out, &s->ports[i]);
	}
	fputs("]\n", out);
}

/* Writes `, ` before all but the first; true when anything was written. */
static bool print_rate(FILE *out, const struct ref_rate *rate)
{
	const char *comma = "";

	if (rate->packets) {
		fprintf(out, "packets: %" PRIu64 "/s", rate->packets);
		comma = ", ";
	}
	if (rate->burst)
		fprintf(out, ", burst: %" PRIu64, rate->burst);
	if (rate->bits) {
		fprintf(out, "%sbits: %" PRIu64 "/s", comma, rate->bits);
		comma = ", ";
	}
	if (rate->burst_bits)
		fprintf(out, ", burst-bits: %" PRIu64, rate->burst_bits);
	return *comma;
}

static void print_limit(FILE *out, const struct ref_limit *limit)
{
	const struct ref_rate *receive = &limit->rate[WARD_IT];
	bool some;

	fputs("{", out);
	some = print_rate(out, &limit->rate[WARD_CLINICAL]);
	if (limit->new_flows)
		fprintf(out, "%snew-flows: %" PRIu64 "/s", some ? ", " : "", limit->new_flows);
	some |= limit->new_flows;
	if (limit->flows)
		fprintf(out, "%sflows: %" PRIu64, some ? ", " : "", limit->flows);
	some |= limit->flows;
	if (receive->packets || receive->bits) {
		fprintf(out, "%sreceive: {", some ? ", " : "");
		print_rate(out, receive);
		fputs("}", out);
	}
	fputs("}", out);
}

static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

static void print_hours(FILE *out, const struct ref_rule *rule)
{
	for (unsigned i = 0; i < rule->hour_count; i++) {
		const struct ref_hours *h = &rule->hours[i];

		fprintf(out, "%s%s", i ? ", " : ", hours: \"", days[h->first_day]);
		if (h->first_day != h->last_day)
			fprintf(out, "-%s", days[h->last_day]);
		fprintf(out, " %02u:%02u-%02u:%02u", h->from / 60, h->from % 60, h->to / 60,
			h->to % 60);
	}
	fputs(rule->hour_count ? "\"" : "", out);
}

static void print_times(FILE *out, const struct ref_rule *rule)
{
	time_t expires = (time_t)rule->expires;
	char text[32];
	struct tm tm;

	if (rule->expires) {
		gmtime_r(&expires, &tm);
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
		fprintf(out, ", expires: \"%s\"", text);
	}
	print_hours(out, rule);
	if (rule->log)
		fputs(", log: true", out);
}

static void print_rule(FILE *out, const struct ref_policy *policy, const struct ref_rule *rule)
{
	fprintf(out, "      - {%s: %s, services: [", rule->from ? "from" : "to",
		policy->networks[rule->network].name);
	for (unsigned i = 0; i < rule->service_count; i++)
		fprintf(out, "%s%s", i ? ", " : "", policy->services[rule->services[i]].name);
	fputs("]", out);
	if (rule->replies)
		fputs(", replies: true", out);
	print_times(out, rule);
	if (rule->encryption)
		fprintf(out, ", encrypted: %s",
			rule->encryption == REF_REQUIRED ? "required" : "preferred");
	if (ref_limit_said(&rule->limit)) {
		fputs(", limit: ", out);
		print_limit(out, &rule->limit);
	}
	fputs("}\n", out);
}

static void print_profile(FILE *out, const struct ref_policy *policy, const struct ref_profile *p)
{
	fprintf(out, "  %s:\n    allow:%s\n", p->name, p->count ? "" : " []");
	for (unsigned i = 0; i < p->count; i++)
		print_rule(out, policy, &p->rules[i]);
	if (ref_limit_said(&p->limit)) {
		fputs("    limit: ", out);
		print_limit(out, &p->limit);
		fputs("\n", out);
	}
	if (p->tracks_fragments)
		fputs("    fragments: track\n", out);
	if (p->enforcement)
		fprintf(out, "    enforcement: %s\n", modes[p->enforcement]);
}

static void print_device(FILE *out, const struct ref_policy *policy, const struct ref_device *d)
{
	const char *comma = "";

	fprintf(out, "  - {name: %s, ", d->name);
	if (!d->group)
		fprintf(out, "mac: \"%02x:%02x:%02x:%02x:%02x:%02x\", ", d->mac[0], d->mac[1],
			d->mac[2], d->mac[3], d->mac[4], d->mac[5]);
	fputs("vlan: ", out);
	print_vlan(out, d->vlan);
	fprintf(out, ", link: %s, profile: %s, ip: [", policy->links[d->link].name,
		policy->profiles[d->profile].name);
	for (unsigned i = 0; i < d->count; i++, comma = ", ")
		fprintf(out, "%s\"%s\"", comma, ref_address_text(d->addresses[i]));
	if (d->dhcp4) {
		fprintf(out, "%sdhcp", comma);
		comma = ", ";
	}
	if (d->dhcp6)
		fprintf(out, "%sdhcp6", comma);
	fputs("]", out);
	print_mode(out, d->enforcement);
	fputs("}\n", out);
}

void ref_print(const struct ref_policy *policy, FILE *out)
{
	fputs("version: 1\n", out);
	if (policy->enforcement)
		fprintf(out, "enforcement: %s\n", modes[policy->enforcement]);
	if (policy->zone)
		fprintf(out, "time-zone: %s\n", ref_zone_name(policy->zone));
	if (policy->quarantine >= 0)
		fprintf(out, "quarantine: %s\n", policy->profiles[policy->quarantine].name);
	fputs("links:\n", out);
	for (unsigned i = 0; i < policy->link_count; i++)
		print_link(out, &policy->links[i]);
	fputs(policy->network_count ? "networks:\n" : "", out);
	for (unsigned i = 0; i < policy->network_count; i++)
		print_network(out, &policy->networks[i]);
	fputs(policy->service_count ? "services:\n" : "", out);
	for (unsigned i = 0; i < policy->service_count; i++)
		print_service(out, &policy->services[i]);
	fputs("profiles:\n", out);
	for (unsigned i = 0; i < policy->profile_count; i++)
		print_profile(out, policy, &policy->profiles[i]);
	fputs(policy->device_count ? "devices:\n" : "", out);
	for (unsigned i = 0; i < policy->device_count; i++)
		print_device(out, policy, &policy->devices[i]);
}
