/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, sections 5, 7 and 8: messages, discovery, and what errors must hold. */
#include "headers.h"

GATEWAY_SUITE(packet_parse_icmp, LINKS_POLICY, 60)

static void refused(struct frame f, int reason, const char *description)
{
	expect(g, WARD_CLINICAL, f, reason, description);
}

static void passes(struct frame f, const char *description)
{
	expect(g, WARD_CLINICAL, f, PASSES, description);
}

static int reason_of(struct packet_spec s)
{
	struct frame f = frame_of(s);

	return gateway_run(g, WARD_CLINICAL, &f).reason;
}

static struct packet_spec icmp_spec(uint8_t type)
{
	return ipv4_spec(IPPROTO_ICMP, type, 7);
}

static struct packet_spec icmpv6_spec(uint8_t type)
{
	return ipv6_spec(IPPROTO_ICMPV6, type, 7);
}

Test(packet_parse_icmp, knows_the_types_of_icmp)
{
	passes(frame_of(icmp_spec(8)), "echo");
	passes(frame_of(icmp_spec(13)), "timestamp");
	passes(frame_of(icmp_spec(200)), "a message that a rule names");
	refused(frame_of(icmp_spec(5)), WARD_ICMP_REDIRECT, "redirect");
	for (int type = 0; type < 256; type++) {
		bool is_error = type == 3 || type == 11 || type == 12;
		int reason = reason_of(icmp_spec((uint8_t)type));

		cr_expect_eq(reason == WARD_ICMP_ERROR, is_error, "type %d: %s", type,
			     reason_label(reason));
		cr_expect_neq(reason, WARD_ICMP_TYPE, "type %d, which services can name", type);
	}
}

Test(packet_parse_icmp, knows_the_types_of_icmpv6)
{
	passes(frame_of(icmpv6_spec(128)), "echo");
	passes(frame_of(icmpv6_spec(200)), "a message that a rule names");
	for (int type = 0; type < 256; type++) {
		bool is_error = type >= 1 && type <= 4;
		bool is_unknown = !type || (type > 4 && type < 128);
		int reason = reason_of(icmpv6_spec((uint8_t)type));

		cr_expect_eq(reason == WARD_ICMP_ERROR, is_error, "type %d: %s", type,
			     reason_label(reason));
		cr_expect_eq(reason == WARD_ICMP_TYPE, is_unknown, "type %d: %s", type,
			     reason_label(reason));
	}
}

Test(packet_parse_icmp, refuses_codes_that_a_request_does_not_have)
{
	static const uint8_t types[] = { 0, 8, 13, 14 };

	for (size_t i = 0; i < sizeof(types); i++)
		refused(frame_set8(frame_of(icmp_spec(types[i])), 21, 1), WARD_ICMP_TYPE, "code 1");
	for (uint8_t type = 128; type < 130; type++)
		refused(frame_set8(frame_of(icmpv6_spec(type)), 41, 1), WARD_ICMP_TYPE, "code 1");
	passes(frame_set8(frame_of(icmp_spec(200)), 21, 1), "a message may have any code");
}

Test(packet_parse_icmp, refuses_messages_that_are_cut_off)
{
	for (uint16_t left = 0; left < 8; left++)
		refused(frame_set16(frame_of(icmp_spec(8)), 2, (uint16_t)(20 + left)),
			WARD_ICMP_TYPE, "ICMP");
	for (uint16_t left = 1; left < 8; left++) {
		refused(frame_set16(frame_of(icmpv6_spec(128)), 4, left), WARD_ICMP_TYPE, "echo");
		refused(frame_set16(frame_of(icmpv6_spec(1)), 4, left), WARD_ICMP_TYPE, "an error");
	}
	for (uint16_t left = 1; left < 4; left++)
		refused(frame_set16(frame_of(icmpv6_spec(200)), 4, left), WARD_ICMP_TYPE,
			"a message");
	passes(frame_set16(frame_of(icmpv6_spec(200)), 4, 4), "a message of 4 bytes");
}

Test(packet_parse_icmp, belongs_to_its_family)
{
	refused(frame_set8(frame_of(icmp_spec(8)), 9, IPPROTO_ICMPV6), WARD_PROTOCOL, "in IPv4");
	refused(frame_set8(frame_of(icmpv6_spec(128)), 6, IPPROTO_ICMP), WARD_PROTOCOL, "in IPv6");
}

static struct packet_spec discovery(uint8_t type)
{
	struct packet_spec s = icmpv6_spec(type);

	s.target = type > 134 ? PACS6 : NULL;
	s.destination = type == 136 ? PACS6 : "ff02::1";
	s.payload = 0;
	return s;
}

/* RFC 4861, 6.1 and 7.1; RFC 6980. C13: what hides an advertisement from a guard. */
Test(packet_parse_icmp, refuses_discovery_that_has_crossed_a_router_or_hides)
{
	static const uint8_t headers[] = { 0, 60, 44 };
	static const uint16_t shortest[] = { 8, 16, 24, 24, 40 };

	for (uint8_t type = 133; type <= 137; type++) {
		struct packet_spec s = discovery(type);

		cr_expect_neq(reason_of(s), WARD_ND_MALFORMED, "type %d, well-formed", type);
		for (uint16_t left = 4; left < shortest[type - 133]; left++)
			refused(frame_set16(frame_of(s), 4, left), WARD_ND_MALFORMED, "too short");
		s.hop_limit = 254;
		refused(frame_of(s), WARD_ND_MALFORMED, "hop limit 254");
		s.hop_limit = 255;
		s.code = 1;
		refused(frame_of(s), WARD_ND_MALFORMED, "code 1");
		s.code = 0;
		for (size_t i = 0; i < sizeof(headers); i++) {
			s.extensions = BYTES(headers[i]);
			refused(frame_of(s), WARD_ND_MALFORMED, "behind an extension header");
		}
		s.more_fragments = true;
		s.payload = -(shortest[type - 133]) % 8u;
		refused(frame_of(s), WARD_FRAGMENT, "in a first fragment");
	}
	refused(frame_of(discovery(137)), WARD_ICMP_REDIRECT, "a redirect");
}

/* From a router on the way, towards the device that sent the packet `about`. */
static struct packet_spec error_about(const struct frame *about, bool is_ipv6)
{
	struct packet_spec s = is_ipv6 ? icmpv6_spec(1) : icmp_spec(3);

	s = towards(s);
	s.source = is_ipv6 ? ROUTER_OF_PATH6 : ROUTER_OF_PATH;
	s.payload = 0;
	s.about = about;
	return s;
}

static void refused_error(struct frame error, const char *description)
{
	expect(g, WARD_IT, error, WARD_ICMP_ERROR, description);
}

Test(packet_parse_icmp, passes_errors_about_live_flows)
{
	struct packet_spec specs[] = { ipv4_spec(IPPROTO_TCP, 40000, 104),
				       ipv4_spec(IPPROTO_UDP, 40000, 123),
				       ipv4_spec(IPPROTO_SCTP, 40000, 3868),
				       ipv4_spec(IPPROTO_ICMP, 8, 7),
				       ipv4_spec(IPPROTO_ICMP, 13, 7),
				       ipv6_spec(IPPROTO_TCP, 40000, 104),
				       ipv6_spec(IPPROTO_UDP, 40000, 123),
				       ipv6_spec(IPPROTO_SCTP, 40000, 3868),
				       ipv6_spec(IPPROTO_ICMPV6, 128, 7) };

	for (size_t i = 0; i < sizeof(specs) / sizeof(*specs); i++) {
		struct frame about = frame_of(specs[i]);
		struct packet_spec s = error_about(&about, i > 4);

		passes(about, "what the error is about");
		expect(g, WARD_IT, frame_of(s), PASSES, "a whole packet quoted");
		s.about_length = (i > 4 ? 40 : 20) + 8;
		expect(g, WARD_IT, frame_of(s), PASSES, "the least of it quoted");
	}
}

Test(packet_parse_icmp, refuses_errors_about_nothing_that_the_receiver_sent)
{
	for (int is_ipv6 = 0; is_ipv6 < 2; is_ipv6++) {
		struct packet_spec s = is_ipv6 ? tcp6_spec() : tcp_spec();
		size_t header = is_ipv6 ? 40 : 20;
		struct frame about = frame_of(s), other;

		passes(about, "what the error is about");
		s = error_about(&about, is_ipv6);
		for (s.about_length = 1; s.about_length < header + 8; s.about_length++)
			refused_error(frame_of(s), "too little quoted");
		s.about_length = 0;
		other = frame_set8(about, 0, is_ipv6 ? 0x40 : 0x65);
		s.about = &other;
		refused_error(frame_of(s), "another version");
		other = frame_set8(about, is_ipv6 ? 6 : 9, 89);
		refused_error(frame_of(s), "a protocol without ports");
		other = frame_set8(about, is_ipv6 ? 6 : 9, is_ipv6 ? 1 : 58);
		refused_error(frame_of(s), "ICMP of the other family");
		other = frame_set8(about, is_ipv6 ? 23 : 15, 77);
		refused_error(frame_of(s), "sent by another host");
		other = frame_of(is_ipv6 ? towards(tcp6_spec()) : towards(tcp_spec()));
		refused_error(frame_of(s), "sent to the receiver");
	}
}

Test(packet_parse_icmp, refuses_errors_about_fragments_options_and_errors)
{
	struct packet_spec s = tcp_spec();
	struct frame about, inner = frame_of(tcp_spec());

	passes(inner, "what the error is about");
	s.options = BYTES(148, 4, 0, 0);
	about = frame_of(s);
	s = error_about(&about, false);
	expect(g, WARD_IT, frame_of(s), PASSES, "an inner header with options");
	s.about_length = 31;
	refused_error(frame_of(s), "too little quoted behind options");
	s.about_length = 0;
	about = frame_set8(about, 0, 0x44);
	refused_error(frame_of(s), "an inner header below 20 bytes");
	about = frame_set8(inner, 7, 1);
	refused_error(frame_of(s), "a later fragment");
	about = frame_set8(inner, 6, 0x20);
	expect(g, WARD_IT, frame_of(s), PASSES, "a first fragment");
	for (int type = 0; type < 256; type++) {
		about = frame_of(icmp_spec((uint8_t)type));
		refused_error(frame_of(s), "ICMP of no live flow");
	}
	s = tcp6_spec();
	s.extensions = BYTES(60);
	about = frame_of(s);
	refused_error(frame_of(error_about(&about, true)), "extension headers");
}

/* From the clinical side the device that was sent to complains to the sender. */
Test(packet_parse_icmp, judges_errors_of_devices_by_both_addresses)
{
	struct frame about = frame_of(towards(ipv4_spec(IPPROTO_UDP, 123, 40000)));
	struct packet_spec s = icmp_spec(3);

	s.payload = 0;
	s.about = &about;
	passes(frame_of(ipv4_spec(IPPROTO_UDP, 40000, 123)), "what opens the flow");
	expect(g, WARD_CLINICAL, frame_of(s), PASSES, "about what the peer sent");
	about = frame_set8(about, 15, 77);
	refused(frame_of(s), WARD_ICMP_ERROR, "about what another host sent");
	about = frame_set8(frame_of(towards(ipv4_spec(IPPROTO_UDP, 123, 40000))), 19, 77);
	refused(frame_of(s), WARD_ICMP_ERROR, "about what was sent to another host");
}

Test(packet_parse_icmp, does_not_pass_errors_in_fragments)
{
	struct frame about = frame_of(tcp_spec());
	struct packet_spec s = error_about(&about, false);

	s.more_fragments = true;
	expect(g, WARD_IT, frame_of(s), WARD_FRAGMENT, "a first fragment");
}
