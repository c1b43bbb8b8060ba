/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, section 8: ICMP errors pass when they are about a live flow. */
#include "flows.h"

GATEWAY_SUITE(packet_error, FLOWS_POLICY, 60)

static struct frame opener(int protocol, uint16_t to_port)
{
	struct packet_spec s = out_spec(protocol, 500, to_port);

	s.flags = SYN;
	s.sequence = 7;
	s.chunk = 1;
	return frame_of(s);
}

/* An error of this type, from a router on the way. */
static struct packet_spec from_router(uint8_t type, const struct frame *about)
{
	struct packet_spec s = back_spec(out_spec(IPPROTO_ICMP, type, 0));

	s.source = ROUTER;
	s.about = about;
	return s;
}

static struct packet_spec from_router6(uint8_t type, const struct frame *about)
{
	struct packet_spec s = back_spec(out6_spec(IPPROTO_ICMPV6, type, 0));

	s.source = ROUTER6;
	s.about = about;
	return s;
}

Test(packet_error, passes_from_any_router_when_the_flow_is_live)
{
	static const uint8_t types[] = { 3, 11, 12 };
	struct frame udp = opener(IPPROTO_UDP, 123), tcp = opener(IPPROTO_TCP, 104);
	struct packet_spec init = out_spec(IPPROTO_SCTP, 500, 3868);
	struct frame sctp;

	init.chunk = 1;
	sctp = frame_of(init);
	expect(g, WARD_IT, frame_of(from_router(3, &udp)), WARD_ICMP_ERROR, "about nothing");
	expect(g, WARD_CLINICAL, udp, PASSES, "UDP");
	expect(g, WARD_CLINICAL, tcp, PASSES, "TCP");
	expect(g, WARD_CLINICAL, sctp, PASSES, "SCTP");
	for (size_t i = 0; i < sizeof(types); i++) {
		expect(g, WARD_IT, frame_of(from_router(types[i], &udp)), PASSES, "about UDP");
		expect(g, WARD_IT, frame_of(from_router(types[i], &tcp)), PASSES, "about TCP");
		expect(g, WARD_IT, frame_of(from_router(types[i], &sctp)), PASSES, "about SCTP");
	}
	gateway_expire_flows(g);
	expect(g, WARD_IT, frame_of(from_router(3, &udp)), WARD_ICMP_ERROR, "too late");
}

Test(packet_error, is_about_echo_by_its_identifier)
{
	struct frame ping = frame_of(out_spec(IPPROTO_ICMP, 8, 77));
	struct frame other = frame_of(out_spec(IPPROTO_ICMP, 8, 78));
	struct frame message = frame_of(out_spec(IPPROTO_ICMP, 200, 0));

	expect(g, WARD_CLINICAL, ping, PASSES, "echo");
	expect(g, WARD_CLINICAL, message, PASSES, "a message without reply");
	expect(g, WARD_IT, frame_of(from_router(3, &ping)), PASSES, "about it");
	expect(g, WARD_IT, frame_of(from_router(3, &other)), WARD_ICMP_ERROR, "about another");
	expect(g, WARD_IT, frame_of(from_router(3, &message)), WARD_ICMP_ERROR,
	       "about what has no identifier");
}

Test(packet_error, passes_for_ipv6)
{
	struct frame udp = frame_of(out6_spec(IPPROTO_UDP, 500, 123));
	struct frame ping = frame_of(out6_spec(IPPROTO_ICMPV6, 128, 9));

	expect(g, WARD_IT, frame_of(from_router6(1, &udp)), WARD_ICMP_ERROR, "about nothing");
	expect(g, WARD_CLINICAL, udp, PASSES, "UDP");
	expect(g, WARD_CLINICAL, ping, PASSES, "echo");
	for (uint8_t type = 1; type <= 4; type++) {
		expect(g, WARD_IT, frame_of(from_router6(type, &udp)), PASSES, "about UDP");
		expect(g, WARD_IT, frame_of(from_router6(type, &ping)), PASSES, "about echo");
	}
}

Test(packet_error, passes_from_the_device_about_what_it_got)
{
	struct packet_spec ssh = out_spec(IPPROTO_TCP, 22, 7000), s;
	struct frame about;

	ssh.destination = "198.19.5.5";
	ssh.flags = SYN;
	about = frame_of(back_spec(ssh));
	s = out_spec(IPPROTO_ICMP, 3, 0);
	s.destination = "198.19.5.5";
	s.about = &about;
	expect(g, WARD_CLINICAL, frame_of(s), WARD_ICMP_ERROR, "about nothing");
	expect(g, WARD_IT, about, PASSES, "the vendor opens");
	expect(g, WARD_CLINICAL, frame_of(s), PASSES, "about it");
	s.destination = PACS;
	expect(g, WARD_CLINICAL, frame_of(s), WARD_ICMP_ERROR, "to somebody else");
}

Test(packet_error, comes_from_no_device)
{
	struct frame udp = opener(IPPROTO_UDP, 123);
	struct packet_spec s = from_router(3, &udp);

	expect(g, WARD_CLINICAL, udp, PASSES, "UDP");
	s.source = SPARE;
	expect(g, WARD_IT, frame_of(s), WARD_ICMP_ERROR, "with the address of another device");
	s.source = CT;
	expect(g, WARD_IT, frame_of(s), WARD_ADDRESS, "with the device's own address");
	s.source = PACS;
	expect(g, WARD_IT, frame_of(s), PASSES, "from the peer");
}

Test(packet_error, is_about_a_flow_that_the_running_generation_has_judged)
{
	struct frame udp = opener(IPPROTO_UDP, 123);

	expect(g, WARD_CLINICAL, udp, PASSES, "UDP");
	gateway_apply(g, FLOWS_POLICY);
	expect(g, WARD_IT, frame_of(from_router(3, &udp)), WARD_ICMP_ERROR, "not judged yet");
	expect(g, WARD_CLINICAL, udp, PASSES, "judged again");
	expect(g, WARD_IT, frame_of(from_router(3, &udp)), PASSES, "judged");
}

Test(packet_error, changes_nothing_of_the_flow)
{
	struct frame tcp = opener(IPPROTO_TCP, 104);
	struct ward_flow before;

	expect(g, WARD_CLINICAL, tcp, PASSES, "SYN");
	flow_of_port(g, 500)->expires -= 1000000000;
	before = *flow_of_port(g, 500);
	expect(g, WARD_IT, frame_of(from_router(3, &tcp)), PASSES, "unreachable");
	cr_expect_eq(memcmp(&before, flow_of_port(g, 500), sizeof(before)), 0);
}

Test(packet_error, is_under_the_limits_of_the_device)
{
	struct frame udp = opener(IPPROTO_UDP, 123);

	gateway_apply(g, FLOWS_POLICY_WITH("    limit: {receive: {packets: 1/s, burst: 2}}\n", ""));
	expect(g, WARD_CLINICAL, udp, PASSES, "UDP");
	expect(g, WARD_IT, frame_of(from_router(3, &udp)), PASSES, "the first");
	expect(g, WARD_IT, frame_of(from_router(3, &udp)), PASSES, "the second");
	expect(g, WARD_IT, frame_of(from_router(3, &udp)), WARD_PACKET_RATE, "the third");
}

Test(packet_error, does_not_come_in_fragments)
{
	struct frame udp = opener(IPPROTO_UDP, 123);
	struct packet_spec s = from_router(3, &udp);

	expect(g, WARD_CLINICAL, udp, PASSES, "UDP");
	s.more_fragments = true;
	s.about_length = 32;
	expect(g, WARD_IT, frame_of(s), WARD_FRAGMENT, "a first fragment");
}
