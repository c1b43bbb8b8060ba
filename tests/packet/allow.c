/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, sections 11 and 12: which rule, for whom, and who may open. */
#include "flows.h"

GATEWAY_SUITE(packet_allow, FLOWS_POLICY, 60)

static void sends(struct packet_spec s, int reason, const char *description)
{
	expect(g, WARD_CLINICAL, frame_of(s), reason, description);
}

static void gets(struct packet_spec s, int reason, const char *description)
{
	expect(g, WARD_IT, frame_of(s), reason, description);
}

Test(packet_allow, finds_peers_of_ipv6_by_their_prefix)
{
	struct packet_spec s = out6_spec(IPPROTO_UDP, 500, 123);

	sends(s, PASSES, "inside");
	gets(back_spec(s), PASSES, "its answer");
	s.destination = "2001:db8:110::2ff";
	sends(s, PASSES, "the last address");
	s.destination = "2001:db8:110::300";
	sends(s, WARD_DESTINATION, "the first address behind");
	s.destination = "2001:db8:110::1ff";
	sends(s, WARD_DESTINATION, "the last address before");
	s.destination = "2001:db8:111::200";
	sends(s, WARD_DESTINATION, "another network");
	s.destination = "2001:db8::c612:6ec8";
	sends(s, WARD_DESTINATION, "the PACS's IPv4 address in other company");
	s = out6_spec(IPPROTO_UDP, 500, 161);
	sends(s, WARD_SERVICE, "another service");
	s = out6_spec(IPPROTO_UDP, 501, 123);
	gets(back_spec(s), WARD_UNSOLICITED, "an answer to nothing");
}

/* The same ports with IPv4 and IPv6, and with each of the device's addresses. */
Test(packet_allow, keeps_the_families_apart)
{
	sends(out_spec(IPPROTO_UDP, 500, 123), PASSES, "IPv4");
	gets(back_spec(out6_spec(IPPROTO_UDP, 500, 123)), WARD_UNSOLICITED, "IPv6");
	sends(out6_spec(IPPROTO_UDP, 500, 123), PASSES, "IPv6");
	gets(back_spec(out6_spec(IPPROTO_UDP, 500, 123)), PASSES, "IPv6");
	gets(back_spec(out_spec(IPPROTO_UDP, 500, 123)), PASSES, "IPv4");
}

Test(packet_allow, knows_messages_by_their_type)
{
	struct packet_spec ping = out_spec(IPPROTO_ICMP, 8, 7);
	struct packet_spec pong = back_spec(out_spec(IPPROTO_ICMP, 0, 7));

	gets(pong, WARD_UNSOLICITED, "a reply to nothing");
	sends(ping, PASSES, "echo");
	gets(pong, PASSES, "its reply");
	sends(ping, PASSES, "echo again");
	sends(out_spec(IPPROTO_ICMP, 0, 7), WARD_UNSOLICITED, "a reply from who has asked");
	gets(back_spec(ping), WARD_UNSOLICITED, "a request from the other side");
	sends(out_spec(IPPROTO_ICMP, 13, 7), WARD_SERVICE, "timestamp");
	sends(out_spec(IPPROTO_ICMP, 200, 0), PASSES, "a type that a service names");
	gets(back_spec(out_spec(IPPROTO_ICMP, 200, 0)), WARD_UNSOLICITED,
	     "and nobody answers it");
	sends(out_spec(IPPROTO_ICMP, 201, 0), WARD_SERVICE, "a type that none names");
	sends(out6_spec(IPPROTO_ICMPV6, 128, 7), PASSES, "echo of IPv6");
	gets(back_spec(out6_spec(IPPROTO_ICMPV6, 129, 7)), PASSES, "its reply");
	gets(back_spec(out6_spec(IPPROTO_ICMPV6, 129, 8)), WARD_UNSOLICITED, "to another");
}

Test(packet_allow, lets_nobody_on_the_it_side_be_a_device)
{
	struct packet_spec s = back_spec(out_spec(IPPROTO_TCP, 22, 7000));

	s.source = "198.19.5.5";
	s.flags = SYN;
	gets(s, PASSES, "the vendor");
	s.source_port = 7001;
	s.source_mac = SPARE_MAC;
	expect_owner(g, WARD_IT, frame_of(s), WARD_WRONG_LINK, "i0",
		     "with the MAC of a device");
	s.source_mac = PACS_MAC;
	s.source = SPARE;
	expect_owner(g, WARD_IT, frame_of(s), WARD_WRONG_LINK, "i0",
		     "with the address of a device");
	s = back_spec(out_spec(IPPROTO_ICMP, 0, 7));
	s.source = SPARE;
	gets(s, WARD_WRONG_LINK, "before anything else is asked");
}

static struct packet_spec question(const char *group)
{
	struct packet_spec s = out_spec(IPPROTO_UDP, 500, 3702);

	s.destination = group;
	s.destination_mac = "01:00:5e:01:02:03";
	return s;
}

Test(packet_allow, lets_anyone_answer_a_question_to_a_group)
{
	struct packet_spec s = back_spec(out_spec(IPPROTO_UDP, 500, 9999));

	s.source = ROUTER;
	gets(s, WARD_UNSOLICITED, "nothing was asked");
	sends(question(GROUP), PASSES, "the question");
	gets(s, PASSES, "an answer");
	s.source = "198.18.77.1";
	s.source_port = 1;
	gets(s, PASSES, "another answer");
	cr_expect_null(flow_of_port(g, 9999), "answers are no flows");
	s.destination_port = 501;
	gets(s, WARD_UNSOLICITED, "to another port");
	s.destination_port = 500;
	s.protocol = IPPROTO_TCP;
	s.flags = SYN;
	gets(s, WARD_UNSOLICITED, "of another protocol");
	s.protocol = IPPROTO_UDP;
	s.source = SPARE;
	gets(s, WARD_WRONG_LINK, "with the address of a device");
	s.source = ROUTER;
	gateway_expire_flows(g);
	gets(s, WARD_UNSOLICITED, "too late");
}

Test(packet_allow, lets_nobody_answer_without_a_rule_that_says_so)
{
	struct packet_spec s = question(GROUP), answer;

	s.source_mac = SPARE_MAC;
	s.source = SPARE;
	sends(s, PASSES, "a question under a rule without `replies`");
	answer = back_spec(s);
	answer.source = ROUTER;
	answer.destination_mac = SPARE_MAC;
	gets(answer, WARD_UNSOLICITED, "an answer");
	/* `replies` is of the groups: what is said to a server is answered by the server. */
	sends(out_spec(IPPROTO_UDP, 600, 123), PASSES, "a question to a server");
	answer = back_spec(out_spec(IPPROTO_UDP, 600, 123));
	answer.source = ROUTER;
	gets(answer, WARD_UNSOLICITED, "an answer from elsewhere");
}

Test(packet_allow, lets_answers_to_a_group_s_question_wait_for_its_judgement)
{
	struct packet_spec s = back_spec(out_spec(IPPROTO_UDP, 500, 9999));

	s.source = ROUTER;
	sends(question(GROUP), PASSES, "the question");
	gateway_apply(g, FLOWS_POLICY);
	gets(s, WARD_UNSOLICITED, "not judged by this generation");
	sends(question(GROUP), PASSES, "the question again");
	gets(s, PASSES, "an answer");
}

Test(packet_allow, finds_a_question_behind_the_near_places)
{
	struct packet_spec s = back_spec(out_spec(IPPROTO_UDP, 500, 9999));

	for (uint16_t port = 1; port <= 10; port++)
		sends(out_spec(IPPROTO_UDP, port, 123), PASSES, "other flows");
	sends(question(GROUP), PASSES, "the question");
	s.source = ROUTER;
	gets(s, PASSES, "an answer");
}

/* Under the rule of the question, and so under its limits. */
Test(packet_allow, holds_answers_to_the_device_s_limits)
{
	struct packet_spec s = back_spec(out_spec(IPPROTO_UDP, 500, 9999));

	gateway_apply(g, FLOWS_POLICY_WITH("    limit: {new-flows: 1/s,"
					   " receive: {packets: 1/s, burst: 3}}\n", ""));
	s.source = ROUTER;
	sends(question(GROUP), PASSES, "the question");
	for (int i = 0; i < 3; i++)
		gets(s, PASSES, "answers are no new flows");
	gets(s, WARD_PACKET_RATE, "the fourth");
}

Test(packet_allow, takes_the_limits_of_a_rule_with_its_flows)
{
	struct packet_spec s = out_spec(IPPROTO_TCP, 500, 104);

	s.flags = SYN;
	sends(s, PASSES, "under a rule without a limit");
	cr_expect_eq(flow_of_port(g, 500)->seen & WARD_SEEN_LIMITED, 0);
	gateway_apply(g, FLOWS_POLICY_WITH("", ", limit: {packets: 1/s, burst: 2}"));
	sends(s, PASSES, "the first under a limit");
	cr_expect(flow_of_port(g, 500)->seen & WARD_SEEN_LIMITED);
	sends(s, PASSES, "the second");
	sends(s, WARD_RULE_PACKET_RATE, "the third");
	gateway_apply(g, FLOWS_POLICY);
	for (int i = 0; i < 5; i++)
		sends(s, PASSES, "without a limit again");
	cr_expect_eq(flow_of_port(g, 500)->seen & WARD_SEEN_LIMITED, 0);
}

/* A fourth flow and all after it stand behind the near places, and are found there. */
Test(packet_allow, finds_flows_in_all_places)
{
	for (uint16_t port = 1; port <= 19; port++) {
		sends(out_spec(IPPROTO_UDP, port, 123), PASSES, "IPv4");
		gets(back_spec(out_spec(IPPROTO_UDP, port, 123)), PASSES, "its answer");
		sends(out_spec(IPPROTO_UDP, port, 123), PASSES, "established");
	}
	for (uint16_t port = 1; port <= 19; port++)
		gets(back_spec(out_spec(IPPROTO_UDP, port, 123)), PASSES, "all are found");
	gets(back_spec(out_spec(IPPROTO_UDP, 20, 123)), WARD_UNSOLICITED, "and no other");
}
