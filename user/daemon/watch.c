/* SPDX-License-Identifier: GPL-2.0-only */
/* Turns an event of the kernel into what a person at 3 a.m. wants to read; see WatchDrops. */
#include "daemon/daemon.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "control/protocol.h"
#include "daemon/reasons.h"
#include "daemon/report.h"
#include "policy/evaluate.h"
#include "policy/services.h"

/* Events that are taken before the loop looks at the other things it waits for. */
#define EVENTS_A_TURN 256

/* The IP protocols that services can name, and what they are called. */
static const struct protocol_text {
	uint8_t number;
	enum protocol protocol;
	bool has_ports, has_type;
	const char *name;
} protocols[] = {
	{ IPPROTO_TCP, PROTOCOL_TCP, true, false, "tcp" },
	{ IPPROTO_UDP, PROTOCOL_UDP, true, false, "udp" },
	{ IPPROTO_SCTP, PROTOCOL_SCTP, true, false, "sctp" },
	{ IPPROTO_ICMP, PROTOCOL_ICMP, false, true, "icmp" },
	{ IPPROTO_ICMPV6, PROTOCOL_ICMPV6, false, true, "icmpv6" },
	{ IPPROTO_IGMP, PROTOCOL_IGMP, false, false, "igmp" },
};

/* An event with what the policy in force knows of it. */
struct sighting {
	const struct running *running;
	const struct ward_event *event;
	const struct model_device *device;	/* charged, or NULL */
	const struct model_profile *profile;	/* of the device, or NULL */
	const __be32 *peer;			/* the address that is not the device's, or NULL */
	const struct protocol_text *protocol;	/* of IP, that services can name; or NULL */
};

static json_t *address_json(const __be32 *address)
{
	char text[TEXT_ADDRESS];

	return address ? json_string(text_address(text, address)) : json_null();
}

static json_t *string_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static const struct model *model_of(const struct sighting *s)
{
	return s->running->policy ? s->running->policy->model : NULL;
}

/* NULL for what is not IP, or another protocol. ARP has addresses, too. */
static const struct protocol_text *protocol_of(const struct ward_event *event)
{
	bool is_ip = event->addresses && event->ethertype != htons(ETH_P_ARP);

	for (size_t i = 0; is_ip && i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].number == event->protocol)
			return &protocols[i];
	return NULL;
}

static bool service_has(const struct model_service *service, enum protocol protocol, uint16_t port)
{
	for (size_t i = 0; i < service->ranges.count; i++)
		if (service->ranges.items[i].protocol == protocol &&
		    port >= service->ranges.items[i].first &&
		    port <= service->ranges.items[i].last)
			return true;
	return false;
}

/* The policy's own name for the port, or else the library's. */
static const char *service_name(const struct sighting *s, uint16_t port)
{
	const struct model *model = model_of(s);
	enum protocol protocol = s->protocol->protocol;

	for (size_t i = 0; model && i < model->services.count; i++)
		if (service_has(&model->services.items[i], protocol, port))
			return model->services.items[i].name.text;
	return services_name(protocol, port);
}

/* Of the port that was asked for; of an answer, the port that answers. */
static json_t *service_json(const struct sighting *s)
{
	const char *name;

	if (!s->protocol)
		return json_null();
	if (!s->protocol->has_ports)
		return string_or_null(service_name(s, s->protocol->has_type ? s->event->icmp_type :
									      0));
	name = service_name(s, ntohs(s->event->destination_port));
	return string_or_null(name ?: service_name(s, ntohs(s->event->source_port)));
}

static json_t *protocol_json(const struct sighting *s)
{
	const struct ward_event *event = s->event;

	if (event->ethertype == htons(ETH_P_ARP))
		return json_string("arp");
	if (!event->addresses)
		return json_sprintf("0x%04x", ntohs(event->ethertype));
	return s->protocol ? json_string(s->protocol->name) : json_sprintf("%u", event->protocol);
}

static json_t *flags_json(const struct sighting *s)
{
	static const char letters[] = "FSRPAUEC";
	const struct ward_event *event = s->event;
	char text[9];
	size_t length = 0;

	if (!s->protocol || s->protocol->protocol != PROTOCOL_TCP)
		return json_null();
	for (int bit = 0; bit < 8; bit++)
		if (event->tcp_flags & 1 << bit)
			text[length++] = letters[bit];
	return json_stringn(text, length);
}

static json_t *network_json(const struct sighting *s)
{
	const struct model_network *network =
		s->peer && model_of(s) ? evaluate_network(model_of(s), s->peer) : NULL;

	return string_or_null(network ? network->name.text : NULL);
}

/* The rule of the profile that names the peer for this direction, or NULL. */
static const struct model_rule *rule_for_peer(const struct sighting *s)
{
	for (size_t i = 0; s->peer && i < s->profile->rules.count; i++) {
		const struct model_rule *rule = &s->profile->rules.items[i];

		if ((int)rule->opener == s->event->side &&
		    evaluate_peer(model_of(s), rule, s->peer))
			return rule;
	}
	return NULL;
}

/* The rule of a flow that must be encrypted, whichever of its packets this is, or NULL. */
static const struct model_rule *rule_that_requires_tls(const struct sighting *s)
{
	const struct ward_event *event = s->event;
	__be16 local = event->side == WARD_CLINICAL ? event->source_port : event->destination_port;
	__be16 peer = event->side == WARD_CLINICAL ? event->destination_port : event->source_port;
	const __be16 ports[] = { [WARD_CLINICAL] = peer, [WARD_IT] = local };

	for (enum ward_side opener = 0; s->peer && s->protocol && opener < WARD_SIDES; opener++) {
		const struct model_rule *rule =
			evaluate(model_of(s), s->profile, opener, s->peer, s->protocol->protocol,
				 ntohs(ports[opener]));

		if (rule && rule->encryption == MODEL_ENCRYPTION_REQUIRED)
			return rule;
	}
	return NULL;
}

static json_t *place_json(const struct sighting *s, struct place place, const char *kind,
			  const char *name, const char *part)
{
	if (!place.line)
		return json_null();
	return json_pack("{s:s, s:I, s:I, s:o}", "file",
			 sources_file(s->running->policy->sources, place.file)->name, "line",
			 (json_int_t)place.line, "column", (json_int_t)place.column, "text",
			 json_sprintf("%s %s, %s", kind, name, part));
}

/* What of a link lets such frames pass, which belong to no device. */
static const struct {
	enum ward_reason reason;
	const char *part;
} link_parts[] = {
	{ WARD_VLAN_NOT_ALLOWED, "vlans" },   { WARD_VLAN_UNMAPPED, "vlan-map" },
	{ WARD_ETHERTYPE, "ethertypes" },     { WARD_LLC, "ethertypes" },
	{ WARD_RA_GUARD, "routers" },	      { WARD_DHCP_SERVER, "dhcp-servers" },
};

static json_t *link_where_json(const struct sighting *s)
{
	const struct model *model = model_of(s);
	const struct model_link *link;

	if (!model || s->event->owner == WARD_OWNER_NONE || s->event->link >= model->links.count)
		return json_null();
	link = &model->links.items[s->event->link];
	for (size_t i = 0; i < ARRAY_SIZE(link_parts); i++)
		if (link_parts[i].reason == s->event->reason)
			return place_json(s, link->name.place, "link", link->name.text,
					  link_parts[i].part);
	return json_null();
}

/* What the opener asked for: the port of the other end, or the message's type. */
static uint16_t port_asked_for(const struct sighting *s, enum ward_side opener)
{
	if (!s->protocol->has_ports)
		return s->protocol->has_type ? s->event->icmp_type : 0;
	return ntohs((int)opener == s->event->side ? s->event->destination_port
						   : s->event->source_port);
}

/* The rule with a time that would allow it: the packet may be of either end. */
static const struct model_rule *late_rule(const struct sighting *s)
{
	for (int turn = 0; s->peer && s->protocol && turn < WARD_SIDES; turn++) {
		enum ward_side opener = (enum ward_side)(s->event->side ^ turn);
		const struct model_rule *rule =
			evaluate(model_of(s), s->profile, opener, s->peer, s->protocol->protocol,
				 port_asked_for(s, opener));

		if (rule && evaluate_is_timed(rule))
			return rule;
	}
	return NULL;
}

/* Of a new flow, which the event names by its slot; the policy may be another by now. */
static json_t *opening_rule_json(const struct sighting *s)
{
	const struct policy *policy = s->running->policy;

	for (size_t i = 0; policy && i < policy->image->rules.count; i++) {
		const struct image_rule *at = &policy->image->rules.items[i];
		const struct model_profile *profile = &policy->model->profiles.items[at->profile];

		if (s->running->slots.rule_slot[i] == s->event->rule)
			return place_json(s, profile->rules.items[at->rule].place, "profile",
					  profile->name.text, "the rule for this peer");
	}
	return json_null();
}

/*
 * Audit mode opens no flows, so the answer to what it let pass is unsolicited, too, and no rule
 * with `from` is needed. A TCP packet's flags tell that it is an answer; others may be either.
 */
static const char *part_of_unsolicited(const struct sighting *s)
{
	bool opens = (s->event->tcp_flags & (TH_SYN | TH_ACK)) == TH_SYN;

	if (!s->event->audited || s->event->reason != WARD_UNSOLICITED)
		return "where a rule for it would go";
	if (!s->protocol || s->protocol->protocol != PROTOCOL_TCP)
		return "where a rule for it, or for what it answers, would go";
	return opens ? "where a rule for it would go" :
		       "where a rule for what it answers would go";
}

/* Where in the policy one would look first, to let such a packet pass. */
static json_t *where_json(const struct sighting *s)
{
	const struct model_rule *rule;

	if (!s->device)
		return link_where_json(s);
	switch (s->event->reason) {
	case WARD_NEW_FLOW:
		return opening_rule_json(s);
	case WARD_RULE_EXPIRED:
	case WARD_OUT_OF_HOURS:
		rule = late_rule(s);
		return rule ? place_json(s, rule->place, "profile", s->profile->name.text,
					 "the rule that would allow it")
			    : json_null();
	case WARD_SERVICE:
		rule = rule_for_peer(s);
		if (rule)
			return place_json(s, rule->place, "profile", s->profile->name.text,
					  "the rule for this peer");
		__attribute__((fallthrough));
	case WARD_DESTINATION:
	case WARD_UNSOLICITED:
	case WARD_REVOKED:
		return place_json(s, s->profile->allow.line ? s->profile->allow :
							      s->profile->name.place,
				  "profile", s->profile->name.text, part_of_unsolicited(s));
	case WARD_CLEAR_TEXT:
		rule = rule_that_requires_tls(s);
		return rule ? place_json(s, rule->encryption_place, "profile",
					 s->profile->name.text, "encrypted") :
			      json_null();
	case WARD_PACKET_RATE:
	case WARD_BIT_RATE:
	case WARD_NEW_FLOW_RATE:
		return place_json(s, s->profile->limit.place, "profile", s->profile->name.text,
				  "limit");
	case WARD_SPOOFED_ADDRESS:
	case WARD_ARP_SPOOF:
	case WARD_ND_SPOOF:
	case WARD_DESTINATION_MAC:
		return place_json(s, s->device->address_place, "device", s->device->name.text,
				  "ip");
	case WARD_FRAGMENT:
		return place_json(s, s->profile->name.place, "profile", s->profile->name.text,
				  "where `fragments: track` would go");
	case WARD_WRONG_VLAN:
		return place_json(s,
				  s->device->vlan_place.line ? s->device->vlan_place :
							       s->device->place,
				  "device", s->device->name.text, "vlan");
	}
	return json_null();
}

static struct sighting sight(const struct running *running, const struct ward_event *event)
{
	struct sighting s = { .running = running, .event = event };

	s.device = running_device(running, event->owner);
	if (s.device)
		s.profile = &running->policy->model->profiles.items[s.device->profile];
	if (event->addresses)
		s.peer = event->side == WARD_CLINICAL ? event->destination : event->source;
	s.protocol = protocol_of(event);
	return s;
}

static json_t *port_json(const struct sighting *s, __be16 port)
{
	return s->protocol && s->protocol->has_ports ? json_integer(ntohs(port)) : json_null();
}

/* On a hairpin both sides are one port. */
static const struct image_port *port_of(const struct sighting *s)
{
	const struct policy *policy = s->running->policy;

	for (size_t i = 0; policy && i < policy->image->ports.count; i++) {
		const struct image_port *port = &policy->image->ports.items[i];

		if (port->link == s->event->link &&
		    (port->side == s->event->side || port->flags & WARD_PORT_HAIRPIN))
			return port;
	}
	return NULL;
}

/* As it is on the wire: a stack has a number in the policy alone. */
static json_t *vlan_json(const struct sighting *s)
{
	const struct policy *policy = s->running->policy;
	struct model_vlan vlan = { .id = s->event->vlan };

	for (size_t i = 0; policy && i < policy->image->stacks.count; i++)
		if (policy->image->stacks.items[i].vlan == s->event->vlan)
			return report_vlan((struct model_vlan){
				.outer = (uint16_t)(policy->image->stacks.items[i].tags >> 16),
				.id = (uint16_t)policy->image->stacks.items[i].tags });
	return vlan.id >= WARD_FIRST_STACK ? json_string("other stack") : report_vlan(vlan);
}

static json_t *type_json(const struct sighting *s)
{
	return s->protocol && s->protocol->has_type ? json_integer(s->event->icmp_type) :
						      json_null();
}

static const char *kind_of(const struct ward_event *event)
{
	if (event->reason == WARD_NEW_FLOW)
		return "opened";
	return event->audited ? "audited" : "dropped";
}

static json_t *event_json(const struct daemon *daemon, const struct ward_event *event)
{
	struct sighting s = sight(&daemon->running, event);
	const struct reason_text *reason = &reason_texts[event->reason % WARD_REASON_SLOTS];
	const struct image_port *port = event->owner == WARD_OWNER_NONE ? NULL : port_of(&s);
	struct realtime time = clock_to_realtime((struct monotonic){ event->time });
	char when[TEXT_TIME], source_mac[TEXT_MAC], destination_mac[TEXT_MAC];

	return json_pack(
		"{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:o,"
		" s:o, s:o, s:o, s:o, s:o, s:b, s:s, s:s, s:s, s:o, s:I}",
		"time", text_time(when, time.ns), "event", kind_of(event), "kind", report_owner_kind(event->owner), "name",
		string_or_null(kernel_owner_name(daemon->kernel, event->owner)), "profile",
		string_or_null(s.profile ? s.profile->name.text : NULL), "link",
		string_or_null(port ? model_of(&s)->links.items[port->link].name.text : NULL),
		"interface", string_or_null(port ? port->ifname : NULL), "side",
		event->side == WARD_CLINICAL ? "clinical" : "it", "vlan", vlan_json(&s), "length",
		(json_int_t)event->length, "source_mac", text_mac(source_mac, event->source_mac),
		"destination_mac", text_mac(destination_mac, event->destination_mac), "source",
		address_json(event->addresses ? event->source : NULL), "destination",
		address_json(event->addresses ? event->destination : NULL), "peer",
		address_json(s.peer), "network", network_json(&s), "protocol",
		protocol_json(&s), "source_port", port_json(&s, event->source_port),
		"destination_port", port_json(&s, event->destination_port), "tcp_flags",
		flags_json(&s), "icmp_type", type_json(&s), "service", service_json(&s), "audited",
		event->audited, "reason", reason->label ?: "", "sentence", reason->sentence ?: "", "advice", reason->advice ?: "", "where",
		where_json(&s), "count", (json_int_t)event->count);
}

static void handle_event(const struct ward_event *event, void *context)
{
	struct daemon *daemon = context;

	/* Read off the ring in any case: a later watcher wants what happens then. */
	if (server_subscribers(daemon->server))
		server_send_all(daemon->server, event_json(daemon, event));
}

void daemon_events(struct daemon *daemon)
{
	int err = kernel_events(daemon->kernel, EVENTS_A_TURN, handle_event, daemon);

	if (err < 0)
		log_error("cannot read events: %s", strerror(-err));
}
