/* SPDX-License-Identifier: GPL-2.0-only */
/* What was found of a frame, in words: stage by stage, with the rule, or what would allow it. */
#include <errno.h>
#include <linux/bpf.h>
#include <netinet/tcp.h>
#include <string.h>

#include "base/own.h"
#include "daemon/explain.h"
#include "daemon/reasons.h"
#include "policy/address.h"
#include "policy/nearest.h"
#include "policy/services.h"

enum stage {
	STAGE_PARSE,
	STAGE_IDENTIFY,
	STAGE_STATE,
	STAGE_ALLOW,
	STAGE_LIMIT,
	STAGE_FORWARD,
	STAGES,
};

/* Where the program drops for each reason; what is not listed is of the rules. */
static const uint8_t stages[WARD_REASON_SLOTS] = {
	[WARD_NO_LINK] = STAGE_PARSE + 1,
	[WARD_TRUNCATED] = STAGE_PARSE + 1,
	[WARD_STACKED_VLAN] = STAGE_PARSE + 1,
	[WARD_VLAN_ID] = STAGE_PARSE + 1,
	[WARD_LLC] = STAGE_PARSE + 1,
	[WARD_ETHERTYPE] = STAGE_PARSE + 1,
	[WARD_SOURCE_MAC] = STAGE_PARSE + 1,
	[WARD_ARP_MALFORMED] = STAGE_PARSE + 1,
	[WARD_IPV4_MALFORMED] = STAGE_PARSE + 1,
	[WARD_IPV4_OPTIONS] = STAGE_PARSE + 1,
	[WARD_ADDRESS] = STAGE_PARSE + 1,
	[WARD_PROTOCOL] = STAGE_PARSE + 1,
	[WARD_TCP_MALFORMED] = STAGE_PARSE + 1,
	[WARD_TCP_FLAGS] = STAGE_PARSE + 1,
	[WARD_UDP_MALFORMED] = STAGE_PARSE + 1,
	[WARD_ICMP_TYPE] = STAGE_PARSE + 1,
	[WARD_VLAN_UNMAPPED] = STAGE_PARSE + 1,
	[WARD_ND_MALFORMED] = STAGE_PARSE + 1,
	[WARD_ICMP_REDIRECT] = STAGE_PARSE + 1,
	[WARD_DHCP_MALFORMED] = STAGE_PARSE + 1,
	[WARD_IPV6_MALFORMED] = STAGE_PARSE + 1,
	[WARD_IPV6_ROUTING] = STAGE_PARSE + 1,
	[WARD_IPV6_HEADER] = STAGE_PARSE + 1,
	[WARD_IPV6_CHAIN] = STAGE_PARSE + 1,
	[WARD_SOURCE_ROUTE] = STAGE_PARSE + 1,
	[WARD_FRAGMENT_TINY] = STAGE_PARSE + 1,
	[WARD_SCTP_MALFORMED] = STAGE_PARSE + 1,
	[WARD_IGMP_MALFORMED] = STAGE_PARSE + 1,
	[WARD_CLOSED] = STAGE_IDENTIFY + 1,
	[WARD_VLAN_NOT_ALLOWED] = STAGE_IDENTIFY + 1,
	[WARD_ARP_SPOOF] = STAGE_IDENTIFY + 1,
	[WARD_ARP_TARGET] = STAGE_IDENTIFY + 1,
	[WARD_UNKNOWN_DEVICE] = STAGE_IDENTIFY + 1,
	[WARD_SPOOFED_MAC] = STAGE_IDENTIFY + 1,
	[WARD_SPOOFED_ADDRESS] = STAGE_IDENTIFY + 1,
	[WARD_WRONG_VLAN] = STAGE_IDENTIFY + 1,
	[WARD_WRONG_LINK] = STAGE_IDENTIFY + 1,
	[WARD_DESTINATION_MAC] = STAGE_IDENTIFY + 1,
	[WARD_ND_SPOOF] = STAGE_IDENTIFY + 1,
	[WARD_ND_TARGET] = STAGE_IDENTIFY + 1,
	[WARD_RA_GUARD] = STAGE_IDENTIFY + 1,
	[WARD_DHCP_SERVER] = STAGE_IDENTIFY + 1,
	[WARD_DHCP_UNSOLICITED] = STAGE_IDENTIFY + 1,
	[WARD_DHCP_CLIENT] = STAGE_IDENTIFY + 1,
	[WARD_MULTICAST] = STAGE_IDENTIFY + 1,
	[WARD_WRONG_GATEWAY] = STAGE_IDENTIFY + 1,
	[WARD_NOT_OPENED] = STAGE_STATE + 1,
	[WARD_REVOKED] = STAGE_STATE + 1,
	[WARD_FRAGMENT] = STAGE_STATE + 1,
	[WARD_FRAGMENT_OVERLAP] = STAGE_STATE + 1,
	[WARD_FRAGMENT_RANGE] = STAGE_STATE + 1,
	[WARD_FRAGMENT_ORPHAN] = STAGE_STATE + 1,
	[WARD_ICMP_ERROR] = STAGE_STATE + 1,
	[WARD_CLEAR_TEXT] = STAGE_ALLOW + 1,
	[WARD_RULE_EXPIRED] = STAGE_ALLOW + 1,
	[WARD_OUT_OF_HOURS] = STAGE_ALLOW + 1,
	[WARD_FLOWS_FULL] = STAGE_LIMIT + 1,
	[WARD_PACKET_RATE] = STAGE_LIMIT + 1,
	[WARD_BIT_RATE] = STAGE_LIMIT + 1,
	[WARD_FRAGMENT_LIMIT] = STAGE_LIMIT + 1,
	[WARD_NEW_FLOW_RATE] = STAGE_LIMIT + 1,
	[WARD_RULE_FLOWS] = STAGE_LIMIT + 1,
	[WARD_RULE_PACKET_RATE] = STAGE_LIMIT + 1,
	[WARD_RULE_BIT_RATE] = STAGE_LIMIT + 1,
	[WARD_RULE_NEW_FLOW_RATE] = STAGE_LIMIT + 1,
	[WARD_PORT_DOWN] = STAGE_FORWARD + 1,
	[WARD_INTERNAL] = STAGE_FORWARD + 1,
	[WARD_NO_ROUTE] = STAGE_FORWARD + 1,
	[WARD_NEIGHBOUR] = STAGE_FORWARD + 1,
};

static enum stage stage_of(int reason)
{
	return stages[reason] ? stages[reason] - 1 : STAGE_ALLOW;
}

/* Of what passes, which of the pass reasons: nothing counts them apart. */
static int pass_reason(const struct explain_frame *frame, const struct explained *found)
{
	const struct packet *p = &frame->packet;

	if (found->verdict == XDP_PASS)
		return WARD_HOST;
	if (found->flow == EXPLAIN_NEW_FLOW)
		return WARD_NEW_FLOW;
	if (p->is_arp)
		return WARD_ARP;
	if (!p->is_ip)
		return WARD_ETHERTYPE_LISTED;
	if (found->rule_count)
		return p->is_fragment ? WARD_FRAGMENT_PASS : WARD_FLOW;
	if (p->protocol == PROTOCOL_ICMPV6 && p->icmp_type >= 133 && p->icmp_type <= 137)
		return WARD_ND;
	if (p->protocol == PROTOCOL_UDP)
		return WARD_DHCP;
	return p->protocol == PROTOCOL_ICMP || p->protocol == PROTOCOL_ICMPV6 ? WARD_ICMP_ERROR_PASS
									      : WARD_FLOW;
}

static json_t *where_json(const struct explain_asked *asked, struct place place)
{
	return json_pack("{s:s, s:I}", "file",
			 sources_file(asked->policy->sources, place.file)->name, "line",
			 (json_int_t)place.line);
}

static json_t *rule_json(const struct explain_asked *asked, const char *profile,
			 const struct model_rule *rule)
{
	static const char *const direction[] = { [WARD_CLINICAL] = "to", [WARD_IT] = "from" };
	char text[160];

	snprintf(text, sizeof(text), "%s %s", direction[rule->opener], rule->peer.text);
	return json_pack("{s:s, s:s, s:s?, s:o}", "profile", profile, "text", text, "purpose",
			 rule->purpose.text, "where", where_json(asked, rule->place));
}

static json_t *rules_json(const struct explain_asked *asked, const struct explained *found)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < found->rule_count; i++) {
		const struct image_rule *at = &asked->policy->image->rules.items[found->rules[i]];
		const struct model_profile *profile =
			&asked->policy->model->profiles.items[at->profile];

		json_array_append_new(list, rule_json(asked, profile->name.text,
						      &profile->rules.items[at->rule]));
	}
	return list;
}

/* Whether it answers what no rule allows to ask: a rule for its own direction is no help then. */
static bool is_answer(const struct packet *p, int reason)
{
	return reason == WARD_UNSOLICITED && p->protocol == PROTOCOL_TCP &&
	       (p->tcp_flags & (TH_SYN | TH_ACK)) != TH_SYN;
}

/* What the rules were asked, for the device that is charged. */
static bool asked_of_rules(const struct explain_asked *asked, const struct explain_frame *frame,
			   const struct explained *found, int reason, struct nearest_packet *out)
{
	const struct packet *p = &frame->packet;
	bool answers = is_answer(p, reason);
	const struct model_device *device;
	enum ward_side sender;

	if (found->device == EXPLAIN_NONE || !p->is_ip || p->protocol == PROTOCOLS ||
	    (p->protocol != PROTOCOL_IGMP && !p->has_transport))
		return false;
	device = &asked->policy->model->devices.items[found->device];
	sender = memcmp(device->mac, p->source_mac, 6) ? WARD_IT : WARD_CLINICAL;
	*out = (struct nearest_packet){
		.profile = &asked->policy->model->profiles.items[device->profile],
		.opener = (enum ward_side)(sender ^ answers),
		.protocol = p->protocol,
		.port = packet_service_port(p, !answers),
	};
	memcpy(out->peer, sender == WARD_CLINICAL ? p->destination : p->source, ADDRESS_SIZE);
	return true;
}

static int find_nearest(const struct model *model, const struct nearest_packet *packet, int reason,
			struct nearest_edit *out)
{
	switch (reason) {
	case WARD_DESTINATION:
	case WARD_SERVICE:
	case WARD_UNSOLICITED:
	case WARD_REVOKED:
		return policy_nearest(model, packet, out);
	case WARD_RULE_EXPIRED:
	case WARD_OUT_OF_HOURS:
		return nearest_in_time(model, packet, reason == WARD_RULE_EXPIRED,
				       clock_realtime().ns / 1000000000, out);
	}
	return -ENOENT;
}

static json_t *nearest_json(const struct explain_asked *asked, const struct explain_frame *frame,
			    const struct explained *found, int reason)
{
	struct nearest_packet packet;
	struct nearest_edit edit;
	json_t *nearest;

	if (!asked_of_rules(asked, frame, found, reason, &packet) ||
	    find_nearest(asked->policy->model, &packet, reason, &edit))
		return json_null();
	nearest = json_pack("{s:o, s:s, s:o}", "rule",
			    edit.rule ? rule_json(asked, packet.profile->name.text, edit.rule)
				      : json_null(),
			    "edit", edit.sentence.bytes, "where", where_json(asked, edit.place));
	text_free(&edit.sentence);
	return nearest;
}

/* What a stage found, where it let the frame go on. */
static void describe_stage(const struct explain_asked *asked, const struct explain_frame *frame,
			   const struct explained *found, enum stage stage, struct text *out)
{
	const struct image *image = asked->policy->image;

	switch (stage) {
	case STAGE_PARSE:
		text_add(out, "understood");
		break;
	case STAGE_IDENTIFY:
		if (found->device == EXPLAIN_NONE)
			text_add(out, "of no device: charged to port %s",
				 image->ports.items[frame->port].ifname);
		else
			text_add(out, "device %s", image->devices.items[found->device].name);
		break;
	case STAGE_STATE:
		text_add(out, "%s",
			 found->flow == EXPLAIN_NEW_FLOW ? "opens a flow"
			 : found->rule_count		 ? "belongs to a live flow"
							 : "no flow");
		break;
	case STAGE_ALLOW:
		text_add(out, "%s", found->rule_count ? "by the rule" : "no rule is asked");
		break;
	case STAGE_LIMIT:
		text_add(out, "within its limits");
		break;
	default:
		if (found->verdict == XDP_PASS)
			text_add(out, "to the gateway's own kernel");
		else if (image->ports.items[frame->port].flags & WARD_PORT_ROUTED)
			text_add(out, "out by the gateway's routes");
		else
			text_add(out, "out of port %s",
				 image->ports.items[image->ports.items[frame->port].other].ifname);
	}
}

static json_t *stages_json(const struct explain_asked *asked, const struct explain_frame *frame,
			   const struct explained *found)
{
	static const char *const names[STAGES] = { "parse", "identify", "state",
						   "allow", "limit",	"forward" };
	int reason = found->reason ?: found->audited;
	enum stage end = reason ? stage_of(reason) : STAGES;
	json_t *list = json_array();

	for (enum stage stage = 0; stage < STAGES; stage++) {
		_cleanup_(text_free) struct text text = { 0 };
		json_t *passed = json_boolean(stage != end);

		/* In audit mode it is sent on all the same. */
		if (stage > end && !(found->audited && stage == STAGE_FORWARD))
			passed = json_null();
		else if (stage == end)
			text_add(&text, "%s", reason_texts[reason].sentence ?: "");
		else
			describe_stage(asked, frame, found, stage, &text);
		json_array_append_new(list, json_pack("{s:s, s:o, s:s}", "name", names[stage],
						      "passed", passed, "text", text.bytes ?: ""));
	}
	return list;
}

static json_t *bytes_json(const struct explain_frame *frame)
{
	_cleanup_(text_free) struct text hex = { 0 };

	for (size_t i = 0; i < frame->length; i++)
		text_add(&hex, "%02x", frame->bytes[i]);
	return json_string(hex.bytes ?: "");
}

static json_t *verdict_json(const struct explain_asked *asked, const struct explain_frame *frame,
			    const struct explained *found)
{
	int reason = found->reason ?: found->audited ?: pass_reason(frame, found);
	const char *verdict = found->reason		   ? "drop"
			      : found->audited		   ? "audit"
			      : found->verdict == XDP_PASS ? "host"
							   : "pass";

	return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:o, s:o, s:o}", "verdict", verdict, "reason",
			 reason_texts[reason].label, "sentence", reason_texts[reason].sentence,
			 "advice", reason_texts[reason].advice, "device",
			 found->device == EXPLAIN_NONE
				 ? NULL
				 : asked->policy->image->devices.items[found->device].name,
			 "stages", stages_json(asked, frame, found), "rules",
			 rules_json(asked, found), "nearest",
			 nearest_json(asked, frame, found, reason));
}

json_t *explain_json(const struct explain_asked *asked, const struct explain_frame *frame,
		     const struct explained *found)
{
	_cleanup_(text_free) struct text words = { 0 };
	json_t *json, *verdict;

	packet_describe(&frame->packet, &words);
	json = json_pack("{s:s, s:o, s:s?, s:s?}", "packet", words.bytes ?: "", "bytes",
			 bytes_json(frame), "port",
			 frame->port == EXPLAIN_NONE
				 ? NULL
				 : asked->policy->image->ports.items[frame->port].ifname,
			 "error", frame->wrong[0] ? frame->wrong : NULL);
	if (!json || frame->wrong[0])
		return json;
	verdict = verdict_json(asked, frame, found);
	if (!verdict || json_object_update(json, verdict)) {
		json_decref(json);
		json = NULL;
	}
	json_decref(verdict);
	return json;
}
