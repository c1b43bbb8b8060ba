/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, section 12: what a device in quarantine may do. */
#include "flows.h"

GATEWAY_SUITE(packet_quarantine, FLOWS_POLICY, 60)

static void quarantine(bool on)
{
	kernel_quarantine(g->kernel, g->slots.device_owner[0], on);
}

static struct frame tcp(const char *server, uint16_t port, uint8_t flags)
{
	struct packet_spec s = out_spec(IPPROTO_TCP, port, 104);

	s.destination = server;
	s.flags = flags;
	return frame_of(s);
}

static struct frame answer(const char *server, uint16_t port, uint8_t flags)
{
	struct packet_spec s = out_spec(IPPROTO_TCP, port, 104);

	s.destination = server;
	s.flags = flags;
	return frame_of(back_spec(s));
}

static void open_connection(const char *server, uint16_t port)
{
	expect(g, WARD_CLINICAL, tcp(server, port, SYN), PASSES, "SYN");
	expect(g, WARD_IT, answer(server, port, SYN | ACK), PASSES, "SYN+ACK");
	expect(g, WARD_CLINICAL, tcp(server, port, ACK), PASSES, "ACK");
}

Test(packet_quarantine, judges_by_the_profile_for_it)
{
	quarantine(true);
	expect(g, WARD_CLINICAL, tcp(OTHER, 1, SYN), WARD_QUARANTINED, "a peer of the own profile");
	expect(g, WARD_IT, frame_of(back_spec(out_spec(IPPROTO_UDP, 1, 123))), WARD_QUARANTINED,
	       "something unsolicited");
	open_connection(PACS, 2);
	expect(g, WARD_CLINICAL, tcp(PACS, 3, ACK), WARD_NOT_OPENED, "in mid-stream");
	quarantine(false);
	open_connection(OTHER, 1);
}

Test(packet_quarantine, ends_live_flows_that_its_profile_does_not_allow)
{
	open_connection(OTHER, 1);
	open_connection(PACS, 2);
	quarantine(true);
	expect(g, WARD_IT, answer(OTHER, 1, ACK), WARD_QUARANTINED, "the next packet");
	expect(g, WARD_CLINICAL, tcp(OTHER, 1, ACK), WARD_QUARANTINED, "and the one after it");
	expect(g, WARD_CLINICAL, tcp(PACS, 2, ACK), PASSES, "what is allowed goes on");
	expect(g, WARD_IT, answer(PACS, 2, ACK), PASSES, "and its answers");
	quarantine(false);
	expect(g, WARD_CLINICAL, tcp(OTHER, 1, ACK), WARD_NOT_OPENED, "what has ended has ended");
	expect(g, WARD_CLINICAL, tcp(PACS, 2, ACK), PASSES, "what went on goes on");
}

/* The profile `shut-in` allows TCP 104 to the PACS, and so does `scanner`: the other way is not. */
Test(packet_quarantine, judges_again_after_the_release)
{
	quarantine(true);
	open_connection(PACS, 2);
	cr_expect_eq(flow_of_port(g, 2)->generation, 0);
	expect(g, WARD_CLINICAL, tcp(PACS, 2, ACK), PASSES, "in quarantine");
	cr_expect_eq(flow_of_port(g, 2)->generation, 0, "a flow in quarantine is never settled");
	quarantine(false);
	expect(g, WARD_CLINICAL, tcp(PACS, 2, ACK), PASSES, "after the release");
	cr_expect_eq(flow_of_port(g, 2)->generation, g->generation.number);
}

Test(packet_quarantine, lets_neither_fragments_nor_errors_nor_group_replies_pass)
{
	struct packet_spec first = out_spec(IPPROTO_TCP, 2, 104);
	struct packet_spec question = out_spec(IPPROTO_UDP, 500, 3702), reply, error;
	struct frame about = tcp(PACS, 3, ACK);

	open_connection(PACS, 3);
	question.destination = GROUP;
	question.destination_mac = "01:00:5e:01:02:03";
	expect(g, WARD_CLINICAL, frame_of(question), PASSES, "question to a group");
	quarantine(true);
	first.flags = SYN;
	first.more_fragments = true;
	first.fragment_id = 7;
	first.payload = 28;
	expect(g, WARD_CLINICAL, frame_of(first), WARD_FRAGMENT, "a fragment");
	question.destination = OTHER;
	question.destination_port = 3702;
	reply = back_spec(question);
	expect(g, WARD_IT, frame_of(reply), WARD_QUARANTINED, "an answer to a group's question");
	error = back_spec(out_spec(IPPROTO_ICMP, 3, 0));
	error.about = &about;
	expect(g, WARD_IT, frame_of(error), WARD_ICMP_ERROR, "an error about a live flow");
	quarantine(false);
	expect(g, WARD_IT, frame_of(reply), PASSES, "the answer, after the release");
}

Test(packet_quarantine, allows_nothing_when_the_policy_has_no_profile_for_it)
{
	gateway_apply(g, WARD_POLICY);
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, PACS, 4, 104, SYN), PASSES, "SYN");
	quarantine(true);
	expect(g, WARD_CLINICAL, ct_sends(IPPROTO_TCP, PACS, 5, 104, SYN), WARD_QUARANTINED,
	       "a new flow");
	expect(g, WARD_IT, ct_gets(IPPROTO_TCP, PACS, 104, 4, SYN | ACK), WARD_QUARANTINED,
	       "a live flow");
	expect(g, WARD_CLINICAL, frame_arp(1, CT_MAC, CT, PACS, BROADCAST, 110), PASSES, "ARP");
	quarantine(false);
	expect(g, WARD_IT, ct_gets(IPPROTO_TCP, PACS, 104, 4, SYN | ACK), WARD_UNSOLICITED,
	       "the flow has ended");
}
