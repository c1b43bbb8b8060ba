/* SPDX-License-Identifier: GPL-2.0-only */
/* Turns an event of the kernel into what a person at 3 a.m. wants to read; see WatchDrops. */
#include "daemon/daemon.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/log.h"
#include "control/protocol.h"
#include "daemon/reasons.h"
#include "daemon/report.h"
#include "policy/evaluate.h"
#include "policy/services.h"

/* Events that are taken before the loop looks at the other things it waits for. */
#define EVENTS_A_TURN 256

/* An event with what the policy in force knows of it. */
struct sighting {
	const struct running *running;
	const struct ward_event *event;
	const struct model_device *device;	/* charged, or NULL */
	const struct model_profile *profile;	/* of the device, or NULL */
	const __be32 *peer;			/* the address that is not the device's, or NULL */
	bool has_ports;
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

static enum protocol protocol_of(const struct ward_event *event)
{
	return event->protocol == IPPROTO_TCP ? PROTOCOL_TCP :
	       event->protocol == IPPROTO_UDP ? PROTOCOL_UDP :
						PROTOCOL_ICMP_ECHO;
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
	enum protocol protocol = protocol_of(s->event);

	for (size_t i = 0; model && i < model->services.count; i++)
		if (service_has(&model->services.items[i], protocol, port))
			return model->services.items[i].name.text;
	return services_name(protocol, port);
}

/* Of the port that was asked for; of an answer, the port that answers. */
static json_t *service_json(const struct sighting *s)
{
	const char *name;

	if (s->event->addresses == 4 && s->event->protocol == IPPROTO_ICMP)
		return string_or_null(service_name(s, 0));
	if (!s->has_ports)
		return json_null();
	name = service_name(s, ntohs(s->event->destination_port));
	return string_or_null(name ?: service_name(s, ntohs(s->event->source_port)));
}

static json_t *protocol_json(const struct ward_event *event)
{
	char text[16];

	if (event->ethertype == htons(0x0806))
		return json_string("arp");
	if (event->addresses != 4) {
		snprintf(text, sizeof(text), "0x%04x", ntohs(event->ethertype));
		return json_string(text);
	}
	switch (event->protocol) {
	case IPPROTO_TCP:
		return json_string("tcp");
	case IPPROTO_UDP:
		return json_string("udp");
	case IPPROTO_ICMP:
		return json_string("icmp");
	}
	snprintf(text, sizeof(text), "%u", event->protocol);
	return json_string(text);
}

static json_t *flags_json(const struct ward_event *event)
{
	static const char letters[] = "FSRPAUEC";
	char text[9];
	size_t length = 0;

	if (event->addresses != 4 || event->protocol != IPPROTO_TCP)
		return json_null();
	for (int bit = 0; bit < 8; bit++)
		if (event->tcp_flags & 1 << bit)
			text[length++] = letters[bit];
	return json_stringn(text, length);
}

static json_t *network_json(const struct sighting *s)
{
	const struct model_network *network =
		s->peer && model_of(s) ? evaluate_network(model_of(s), s->peer[3]) : NULL;

	return string_or_null(network ? network->name.text : NULL);
}

/* The rule of the profile that names the peer for this direction, or NULL. */
static const struct model_rule *rule_for_peer(const struct sighting *s)
{
	for (size_t i = 0; s->peer && i < s->profile->rules.count; i++) {
		const struct model_rule *rule = &s->profile->rules.items[i];

		if ((int)rule->opener == s->event->side &&
		    evaluate_peer(model_of(s), rule, s->peer[3]))
			return rule;
	}
	return NULL;
}

static json_t *place_json(const struct sighting *s, struct place place, const char *kind,
			  const char *name, const char *part)
{
	if (!place.line)
		return json_null();
	return json_pack("{s:s, s:I, s:I, s:o}", "file", s->running->name, "line",
			 (json_int_t)place.line, "column", (json_int_t)place.column, "text",
			 json_sprintf("%s %s, %s", kind, name, part));
}

/* Where in the policy one would look first, to let such a packet pass. */
static json_t *where_json(const struct sighting *s)
{
	const struct model_rule *rule;

	if (!s->device)
		return json_null();
	switch (s->event->reason) {
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
				  "profile", s->profile->name.text,
				  "where a rule for it would go");
	case WARD_PACKET_RATE:
	case WARD_BIT_RATE:
		return place_json(s, s->profile->limit.place, "profile", s->profile->name.text,
				  "limit");
	case WARD_SPOOFED_ADDRESS:
	case WARD_ARP_SPOOF:
	case WARD_DESTINATION_MAC:
		return place_json(s, s->device->address_place, "device", s->device->name.text,
				  "ip");
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
	s.has_ports = event->addresses == 4 && event->ethertype == htons(0x0800) &&
		      (event->protocol == IPPROTO_TCP || event->protocol == IPPROTO_UDP);
	return s;
}

static json_t *port_json(const struct sighting *s, __be16 port)
{
	return s->has_ports ? json_integer(ntohs(port)) : json_null();
}

static const struct image_port *port_of(const struct sighting *s)
{
	size_t at = (size_t)s->event->link * WARD_SIDES + (s->event->side & 1);

	return s->running->policy && at < s->running->policy->image->ports.count ?
		       &s->running->policy->image->ports.items[at] :
		       NULL;
}

static json_t *event_json(const struct daemon *daemon, const struct ward_event *event)
{
	struct sighting s = sight(&daemon->running, event);
	const struct reason_text *reason = &reason_texts[event->reason % WARD_REASON_SLOTS];
	const struct image_port *port = event->owner == WARD_OWNER_NONE ? NULL : port_of(&s);
	struct realtime time = clock_to_realtime((struct monotonic){ event->time });
	char when[TEXT_TIME], source_mac[TEXT_MAC], destination_mac[TEXT_MAC];

	return json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:o,"
		" s:o, s:o, s:o, s:o, s:s, s:s, s:s, s:o, s:I}",
		"time", text_time(when, time.ns), "kind", report_owner_kind(event->owner), "name",
		string_or_null(kernel_owner_name(daemon->kernel, event->owner)), "profile",
		string_or_null(s.profile ? s.profile->name.text : NULL), "link",
		string_or_null(port ? model_of(&s)->links.items[port->link].name.text : NULL),
		"interface", string_or_null(port ? port->ifname : NULL), "side",
		event->side == WARD_CLINICAL ? "clinical" : "it", "vlan",
		event->vlan == WARD_NO_VLAN ? json_null() : json_integer(event->vlan), "length",
		(json_int_t)event->length, "source_mac", text_mac(source_mac, event->source_mac),
		"destination_mac", text_mac(destination_mac, event->destination_mac), "source",
		address_json(event->addresses ? event->source : NULL), "destination",
		address_json(event->addresses ? event->destination : NULL), "peer",
		address_json(s.peer), "network", network_json(&s), "protocol",
		protocol_json(event), "source_port", port_json(&s, event->source_port),
		"destination_port", port_json(&s, event->destination_port), "tcp_flags",
		flags_json(event), "service", service_json(&s), "reason", reason->label ?: "",
		"sentence", reason->sentence ?: "", "advice", reason->advice ?: "", "where",
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
		log_error("cannot read drop events: %s", strerror(-err));
}
