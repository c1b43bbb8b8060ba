/* SPDX-License-Identifier: GPL-2.0-only */
/* ENCRYPTION.md of bpf/: DTLS, fragments, rules that only prefer TLS, and other modes. */
#include "encrypted.h"

static struct gateway *g;
static struct stream s;

static void setup(void)
{
	g = gateway_new(ENCRYPTED_POLICY("required"));
	s = stream_to(g, 443);
}

static void teardown(void)
{
	gateway_free(&g);
}

TestSuite(packet_encrypted_modes, .init = setup, .fini = teardown, .timeout = 120);

#define DTLS(minor, epoch, length, handshake)                                                      \
	BYTES(22, 0xfe, minor, 0, epoch, 0, 0, 0, 0, 0, 0, (length) >> 8, (length) & 0xff,         \
	      handshake, 9)

static void datagram(unsigned side, uint16_t port, struct bytes body, int reason,
		     const char *description)
{
	struct packet_spec spec = out_spec(IPPROTO_UDP, port, 443);

	spec.payload = 0;
	spec.body = body;
	expect(g, side, frame_of(side == WARD_IT ? back_spec(spec) : spec), reason, description);
}

Test(packet_encrypted_modes, opens_udp_only_with_a_client_hello_of_dtls)
{
	const struct {
		const char *description;
		struct bytes body;
	} bad[] = {
		{ "nothing", { NULL, 0 } },
		{ "a question of SNMP", BYTES(0x30, 41, 2, 1, 1, 4, 6, 1, 2, 3, 4, 5, 6, 0xa0, 28) },
		{ "an Initial of QUIC", BYTES(0xc3, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0) },
		{ "TLS", BYTES(22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 0, 0, 0, 0) },
		{ "DTLS 1.1, which there is not", DTLS(0xfe, 0, 200, 1) },
		{ "a later version", DTLS(0xfc, 0, 200, 1) },
		{ "epoch 1", DTLS(0xfd, 1, 200, 1) },
		{ "a record without room for a handshake", DTLS(0xfd, 0, 11, 1) },
		{ "a record that is too long", DTLS(0xfd, 0, 0x4001, 1) },
		{ "a ServerHello", DTLS(0xfd, 0, 200, 2) },
		{ "cut off", { DTLS(0xfd, 0, 200, 1).at, 13 } },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		datagram(WARD_CLINICAL, 100, bad[i].body, WARD_CLEAR_TEXT, bad[i].description);
	cr_expect_null(flow_of_port(g, 100), "nothing is remembered");
	datagram(WARD_CLINICAL, 100, DTLS(0xff, 0, 200, 1), PASSES, "DTLS 1.0");
	datagram(WARD_CLINICAL, 101, DTLS(0xfd, 0, 0x4000, 1), PASSES, "DTLS 1.2 and 1.3");
	datagram(WARD_CLINICAL, 101, BYTES(0x30, 41), WARD_CLEAR_TEXT,
		 "clear text behind it, before the server has answered");
	datagram(WARD_CLINICAL, 101, DTLS(0xfd, 0, 12, 1), PASSES, "ClientHello again");
	datagram(WARD_IT, 101, BYTES(22, 0xfe, 0xfd), PASSES, "the server's answer");
	datagram(WARD_CLINICAL, 101, BYTES(0x17), PASSES, "whatever comes behind");
	cr_expect(seconds_left(g, 101) > 3600 - 4, "a session may be silent for long");
	datagram(WARD_CLINICAL, 102, NO_BYTES, WARD_CLEAR_TEXT, "another flow");
}

/* Nobody sees the end of one: so they may not keep new ones out. */
Test(packet_encrypted_modes, gives_the_place_of_a_session_of_dtls_to_another)
{
	for (uint16_t port = 100; port < 100 + WARD_FLOWS + 10; port++) {
		datagram(WARD_CLINICAL, port, DTLS(0xfd, 0, 200, 1), PASSES, "ClientHello");
		datagram(WARD_IT, port, BYTES(22, 0xfe, 0xfd), PASSES, "the server's answer");
		datagram(WARD_CLINICAL, port, BYTES(0x17), PASSES, "whatever comes behind");
	}
	datagram(WARD_CLINICAL, 100, BYTES(0x17), WARD_CLEAR_TEXT, "the oldest one gave way");
	datagram(WARD_CLINICAL, 173, BYTES(0x17), PASSES, "and not the last");
}

/* RFC 768: what is behind its length, in the IP packet or the frame, is not UDP's. */
Test(packet_encrypted_modes, reads_no_further_than_the_datagram)
{
	struct packet_spec spec = out_spec(IPPROTO_UDP, 100, 443);
	struct frame frame;

	spec.payload = 0;
	spec.body = DTLS(0xfd, 0, 200, 1);
	frame = frame_of(spec);
	expect(g, WARD_CLINICAL, frame_set16(frame, 24, 8 + 13), WARD_CLEAR_TEXT,
	       "UDP ends before the handshake");
	expect(g, WARD_CLINICAL, frame_set16(frame_set16(frame, 2, 20 + 8 + 13), 24, 8 + 13),
	       WARD_CLEAR_TEXT, "IP does");
	expect(g, WARD_CLINICAL, frame_set16(frame, 24, 8 + 14), PASSES, "with it");
}

static uint64_t clear_flows(void)
{
	struct kernel_counters counters;
	struct error error = { "" };
	uint64_t clear;

	cr_assert_eq(kernel_count(g->kernel, &counters, &error), 0, "%s", error.text);
	clear = counters.rules[g->slots.rule_slot[0]].clear_flows;
	kernel_counters_free(&counters);
	return clear;
}

static struct packet_spec fragment_of(struct packet_spec spec, bool more)
{
	spec.fragment_id = 7;
	spec.more_fragments = more;
	return spec;
}

Test(packet_encrypted_modes, refuses_fragments_of_tcp)
{
	struct packet_spec spec = fragment_of(stream_spec(&s, WARD_CLINICAL), true);

	spec.flags = SYN;
	spec.sequence = s.mine;
	spec.payload = 4;
	expect(g, WARD_CLINICAL, frame_of(spec), WARD_CLEAR_TEXT, "SYN");
	stream_open(&s);
	spec.flags = ACK;
	spec.sequence = s.mine + 1;
	spec.acknowledged = s.its + 1;
	spec.payload = 3;
	spec.body = HELLO;
	expect(g, WARD_CLINICAL, frame_of(spec), WARD_CLEAR_TEXT, "ClientHello");
	stream_sends(&s, 0, HELLO, PASSES, "in one piece");
	expect(g, WARD_IT, frame_of(back_spec(spec)), WARD_CLEAR_TEXT, "of the server");
	stream_gets(&s, 0, BYTES(22), PASSES, "ServerHello");
	spec.sequence = s.mine + 10;
	spec.body = BYTES(20, 3, 3, 0, 1, 1, 22, 3, 3);
	expect(g, WARD_CLINICAL, frame_of(spec), WARD_CLEAR_TEXT,
	       "later: another connection might complete it");
	gateway_apply(g, ENCRYPTED_POLICY("preferred"));
	expect(g, WARD_CLINICAL, frame_of(spec), PASSES, "when TLS is only preferred");
	cr_expect_eq(clear_flows(), 0);
}

Test(packet_encrypted_modes, judges_udp_by_its_first_fragment)
{
	struct packet_spec spec = fragment_of(out_spec(IPPROTO_UDP, 100, 443), true);
	struct frame frame;

	spec.payload = 0;
	spec.body = BYTES(22, 0xfe, 0xfd, 0, 0, 0, 0, 0);
	expect(g, WARD_CLINICAL, frame_of(spec), WARD_CLEAR_TEXT, "too little of it");
	frame = frame_of(spec);
	memcpy(frame.bytes + frame.length, DTLS(0xfd, 0, 1200, 1).at + 8, 7);
	frame.length += 7;
	expect(g, WARD_CLINICAL, frame, WARD_CLEAR_TEXT, "the rest of it is only the frame's");
	spec.payload = 9;
	spec.body = DTLS(0xfd, 0, 1200, 1);
	expect(g, WARD_CLINICAL, frame_of(spec), PASSES, "a ClientHello");
	spec.payload = 600;
	spec.body = NO_BYTES;
	spec.fragment_offset = 32;
	expect(g, WARD_CLINICAL, frame_of(spec), PASSES, "the next fragment");
	spec.fragment_id++;
	spec.fragment_offset = 0;
	spec.source_port = 101;
	expect(g, WARD_CLINICAL, frame_of(spec), WARD_CLEAR_TEXT, "clear text");
}

Test(packet_encrypted_modes, is_the_same_over_ipv6)
{
	struct packet_spec spec = out6_spec(IPPROTO_UDP, 100, 443);

	s.is_ipv6 = true;
	stream_open(&s);
	stream_sends(&s, 0, (struct bytes){ HELLO.at, 4 }, PASSES, "ClientHello");
	stream_sends(&s, 4, BYTES('G'), PASSES, "any byte may be of the length");
	stream_sends(&s, 5, BYTES('E'), WARD_CLEAR_TEXT, "but not the next one");
	expect(g, WARD_CLINICAL, frame_of(spec), WARD_CLEAR_TEXT, "UDP");
	spec.payload = 0;
	spec.body = DTLS(0xfd, 0, 200, 1);
	expect(g, WARD_CLINICAL, frame_of(spec), PASSES, "DTLS");
}

Test(packet_encrypted_modes, only_counts_when_tls_is_preferred)
{
	gateway_apply(g, ENCRYPTED_POLICY("preferred"));
	stream_open(&s);
	stream_sends(&s, 0, HELLO, PASSES, "ClientHello");
	stream_gets(&s, 0, BYTES(22), PASSES, "ServerHello");
	cr_expect_eq(clear_flows(), 0);
	s = stream_to(g, 443);
	stream_open(&s);
	stream_sends(&s, 0, BYTES('G', 'E', 'T'), PASSES, "clear text");
	stream_sends(&s, 3, BYTES('G', 'E', 'T'), PASSES, "more of it");
	stream_gets_ack(&s, 0, 6, BYTES('2'), PASSES, "the answer");
	cr_expect_eq(clear_flows(), 1, "once for each flow");
	s = stream_to(g, 443);
	stream_open(&s);
	stream_gets_ack(&s, 0, 0, BYTES('2'), PASSES, "a greeting of the server");
	cr_expect_eq(clear_flows(), 2);
	datagram(WARD_CLINICAL, 100, BYTES(0x30, 41), PASSES, "UDP");
	datagram(WARD_CLINICAL, 100, BYTES(0x30, 41), PASSES, "of the same flow");
	cr_expect_eq(clear_flows(), 3);
	datagram(WARD_CLINICAL, 101, DTLS(0xfd, 0, 200, 1), PASSES, "DTLS");
	cr_expect_eq(clear_flows(), 3);
	datagram(WARD_CLINICAL, 101, BYTES(0x30, 41), PASSES, "not for long");
	cr_expect_eq(clear_flows(), 4);
	datagram(WARD_IT, 101, BYTES(0x30, 41), PASSES, "the answer");
	cr_expect_eq(clear_flows(), 4);
}

/* RFC 7413: the SYN+ACK acknowledges what came with the SYN. */
Test(packet_encrypted_modes, counts_by_the_payload_of_a_syn)
{
	struct packet_spec syn = stream_spec(&s, WARD_CLINICAL);

	gateway_apply(g, ENCRYPTED_POLICY("preferred"));
	syn.flags = SYN;
	syn.sequence = s.mine;
	syn.body = HELLO;
	expect(g, WARD_CLINICAL, frame_of(syn), PASSES, "with a ClientHello");
	expect(g, WARD_CLINICAL, frame_of(syn), PASSES, "again");
	s.flags = SYN;
	stream_gets(&s, -1u, NO_BYTES, PASSES, "SYN+ACK");
	stream_gets(&s, -1u, NO_BYTES, PASSES, "again");
	s.flags = 0;
	stream_sends(&s, 9, BYTES(20, 3, 3, 0, 1, 1), PASSES, "what follows it");
	stream_gets(&s, 0, BYTES(22), PASSES, "ServerHello");
	cr_expect_eq(clear_flows(), 0);
	s = stream_to(g, 443);
	syn.source_port = s.port;
	syn.body = BYTES('G');
	expect(g, WARD_CLINICAL, frame_of(syn), PASSES, "clear text");
	expect(g, WARD_CLINICAL, frame_of(syn), PASSES, "again");
	cr_expect_eq(clear_flows(), 1);
	/* Judged at each packet. */
	g->kernel->state.shares[device_index(g, 0)].bucket.quarantined = 1;
	expect(g, WARD_CLINICAL, frame_of(syn), PASSES, "and again");
	expect(g, WARD_CLINICAL, frame_of(syn), PASSES, "and again");
	cr_expect_eq(clear_flows(), 1, "once for each flow");
}

Test(packet_encrypted_modes, trusts_what_it_has_seen_after_a_publish)
{
	struct stream tls = s, clear, opening;

	gateway_apply(g, ENCRYPTED_POLICY("preferred"));
	stream_open(&tls);
	stream_sends(&tls, 0, HELLO, PASSES, "ClientHello");
	stream_gets(&tls, 0, BYTES(22), PASSES, "ServerHello");
	clear = stream_to(g, 443);
	stream_open(&clear);
	stream_sends(&clear, 0, BYTES('G'), PASSES, "clear text");
	opening = stream_to(g, 443);
	stream_open(&opening);
	gateway_apply(g, ENCRYPTED_POLICY("required"));
	stream_sends(&tls, 9, BYTES('G'), PASSES, "began with a ClientHello");
	stream_sends(&clear, 1, BYTES('E'), WARD_CLEAR_TEXT, "began in clear");
	stream_sends(&opening, 0, HELLO, PASSES, "has not begun");
	stream_gets(&opening, 0, BYTES(22), PASSES, "ServerHello");
}

Test(packet_encrypted_modes, trusts_nothing_that_it_has_not_seen)
{
	struct packet_spec syn;

	gateway_apply(g, ENCRYPTED_POLICY("no"));
	stream_open(&s);
	stream_sends(&s, 0, HELLO, PASSES, "ClientHello");
	stream_gets(&s, 0, BYTES(22), PASSES, "ServerHello");
	datagram(WARD_CLINICAL, 100, DTLS(0xfd, 0, 200, 1), PASSES, "DTLS");
	gateway_apply(g, ENCRYPTED_POLICY("required"));
	stream_gets(&s, 0, BYTES(22), WARD_CLEAR_TEXT, "nobody knows how it began");
	datagram(WARD_IT, 100, BYTES(22), WARD_CLEAR_TEXT, "nor of this one");
	datagram(WARD_CLINICAL, 100, DTLS(0xfd, 0, 200, 1), PASSES, "which may begin again");
	s.mine += 77;
	stream_open(&s);
	stream_sends(&s, 0, HELLO, PASSES, "as the other one");
	stream_gets(&s, 0, BYTES(22), PASSES, "ServerHello");
	gateway_apply(g, ENCRYPTED_POLICY("no"));
	stream_sends(&s, 9, BYTES(23), PASSES, "no longer of interest");
	gateway_apply(g, ENCRYPTED_POLICY("required"));
	stream_sends(&s, 9, BYTES(23), WARD_CLEAR_TEXT, "so it is not known any more");
	s = stream_to(g, 443);
	syn = stream_spec(&s, WARD_CLINICAL);
	gateway_apply(g, ENCRYPTED_POLICY("no"));
	syn.flags = SYN;
	syn.sequence = s.mine;
	expect(g, WARD_CLINICAL, frame_of(syn), PASSES, "SYN");
	gateway_apply(g, ENCRYPTED_POLICY("required"));
	s.flags = SYN;
	stream_gets_ack(&s, -1u, 0, NO_BYTES, PASSES, "SYN+ACK: nothing was said before it");
	s.flags = 0;
	stream_sends(&s, 0, BYTES('G'), WARD_CLEAR_TEXT, "clear text");
	gateway_apply(g, ENCRYPTED_POLICY("no"));
	stream_sends(&s, 0, BYTES('G'), PASSES, "when it is allowed, the flow goes on");
	cr_expect(seconds_left(g, s.port) > 4 * 3600 - 4, "as established");
}

Test(packet_encrypted_modes, is_excused_in_audit_mode)
{
	struct packet_spec spec;

	gateway_apply(g, ENCRYPTED_POLICY_WITH("enforcement: audit\n", "required"));
	stream_open(&s);
	spec = stream_spec(&s, WARD_CLINICAL);
	spec.flags = ACK;
	spec.sequence = s.mine + 1;
	spec.acknowledged = s.its + 1;
	spec.payload = 6;
	expect_audited(g, WARD_CLINICAL, frame_of(spec), WARD_CLEAR_TEXT, "ct", "clear text");
	spec.sequence += 6;
	expect_audited(g, WARD_CLINICAL, frame_of(spec), WARD_CLEAR_TEXT, "ct", "all of it");
	expect_audited(g, WARD_IT, frame_of(back_spec(spec)), WARD_CLEAR_TEXT, "ct",
		       "both directions");
	spec = out_spec(IPPROTO_UDP, 100, 443);
	expect_audited(g, WARD_CLINICAL, frame_of(spec), WARD_CLEAR_TEXT, "ct", "UDP");
}

/* The quarantine profile asks for the same. */
Test(packet_encrypted_modes, holds_in_quarantine)
{
	struct ward_bucket *bucket = &g->kernel->state.shares[device_index(g, 0)].bucket;

	stream_open(&s);
	stream_sends(&s, 0, HELLO, PASSES, "ClientHello");
	stream_gets(&s, 0, BYTES(22), PASSES, "ServerHello");
	bucket->quarantined = 1;
	stream_sends(&s, 9, BYTES(23), PASSES, "what began with one goes on");
	s = stream_to(g, 443);
	stream_open(&s);
	stream_sends(&s, 0, BYTES('G'), WARD_CLEAR_TEXT, "clear text does not");
	bucket->quarantined = 0;
	stream_sends(&s, 0, BYTES('G'), WARD_CLEAR_TEXT, "nor after the release");
}

/* What is refused costs none of the limits. */
Test(packet_encrypted_modes, comes_before_the_limits)
{
	gateway_apply(g, "version: 1\n"
			 "links:\n  - {name: ward, clinical: c0, it: i0, vlans: [110]}\n"
			 "networks:\n  servers: [198.18.110.192/28]\n"
			 "profiles:\n  scanner:\n    allow:\n"
			 "      - {to: servers, services: [tcp/443, udp/443], encrypted: required,"
			 " limit: {packets: 1/s, burst: 2, new-flows: 1/s, flows: 1}}\n"
			 "devices:\n  - {name: ct, mac: 02:00:00:00:11:01, vlan: 110,"
			 " ip: 198.18.110.13, profile: scanner}\n");
	for (int i = 0; i < 20; i++)
		datagram(WARD_CLINICAL, 100, BYTES(1, 2, 3), WARD_CLEAR_TEXT, "clear text");
	datagram(WARD_CLINICAL, 100, DTLS(0xfd, 0, 200, 1), PASSES, "DTLS");
	datagram(WARD_CLINICAL, 101, DTLS(0xfd, 0, 200, 1), WARD_RULE_NEW_FLOW_RATE, "a second");
}

/* Far places: each flow knows where it begins. */
Test(packet_encrypted_modes, keeps_the_beginnings_of_many_flows_apart)
{
	struct stream all[40];

	for (uint32_t i = 0; i < 40; i++) {
		all[i] = stream_to(g, 443);
		all[i].mine += i * 1000;
		stream_open(&all[i]);
	}
	for (int i = 0; i < 40; i++)
		stream_sends(&all[i], 0, (struct bytes){ HELLO.at, 5 }, PASSES, "ClientHello");
	for (int i = 0; i < 40; i += 2)
		stream_sends(&all[i], 5, BYTES('G'), WARD_CLEAR_TEXT, "its sixth byte is wrong");
	for (int i = 1; i < 40; i += 2) {
		stream_sends(&all[i], 5, BYTES(1), PASSES, "its sixth byte is right");
		stream_gets(&all[i], 0, BYTES(22), PASSES, "ServerHello");
	}
}
