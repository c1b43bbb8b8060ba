/* SPDX-License-Identifier: GPL-2.0-only */
/* ENCRYPTION.md of bpf/: flows that must begin with a ClientHello, of TCP. */
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

TestSuite(packet_encrypted, .init = setup, .fini = teardown, .timeout = 120);

Test(packet_encrypted, lets_pass_what_begins_with_a_client_hello)
{
	for (uint8_t minor = 0; minor <= 4; minor++) {
		struct bytes hello = BYTES(22, 3, minor, 2, 0, 1, 0, 1, 0xfc);

		stream_open(&s);
		stream_sends(&s, 0, hello, PASSES, "ClientHello");
		stream_gets(&s, 0, BYTES(22, 3, 3, 0, 122, 2), PASSES,
			    "ServerHello, which acknowledges it");
		stream_sends(&s, 9, BYTES('G', 'E', 'T'), PASSES, "whatever comes behind");
		stream_sends(&s, 0, BYTES('G', 'E', 'T'), PASSES,
			     "what was acknowledged is of no use to the server");
		s = stream_to(g, 443);
	}
}

Test(packet_encrypted, refuses_what_begins_otherwise)
{
	const struct {
		const char *description;
		struct bytes body;
	} rows[] = {
		{ "an association of DICOM", BYTES(1, 0, 0, 0, 0, 205, 0, 1) },
		{ "a request of HTTP", BYTES('G', 'E', 'T', ' ', '/', ' ', 'H') },
		{ "a message of HL7", BYTES(11, 'M', 'S', 'H', '|', '^', '~') },
		{ "a ClientHello of SSL 2", BYTES(0x80, 46, 1, 0, 2, 0, 21) },
		{ "version 2", BYTES(22, 2, 0, 2, 0, 1) },
		{ "version 3.5", BYTES(22, 3, 5, 2, 0, 1) },
		{ "an alert", BYTES(21, 3, 1, 0, 2, 1) },
		{ "application data", BYTES(23, 3, 3, 0, 40, 1) },
		{ "a ServerHello", BYTES(22, 3, 3, 0, 40, 2) },
		{ "a record that is too long", BYTES(22, 3, 3, 0x41, 0, 1) },
		{ "only its first byte is wrong", BYTES(23) },
		{ "its last byte alone is wrong", BYTES(22, 3, 3, 0, 40, 0) },
		{ "RDP's negotiation", BYTES(3, 0, 0, 19, 14, 224) },
		{ "SSH", BYTES('S', 'S', 'H', '-', '2', '.', '0') },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		stream_open(&s);
		stream_sends(&s, 0, rows[i].body, WARD_CLEAR_TEXT, rows[i].description);
		s = stream_to(g, 443);
	}
}

Test(packet_encrypted, drops_both_directions_of_a_flow_in_clear)
{
	stream_open(&s);
	stream_sends(&s, 0, BYTES('G', 'E', 'T'), WARD_CLEAR_TEXT, "clear text");
	stream_sends(&s, 0, NO_BYTES, WARD_CLEAR_TEXT, "an ACK of the device");
	stream_gets(&s, 0, NO_BYTES, WARD_CLEAR_TEXT, "an ACK of the server");
	stream_sends(&s, 0, HELLO, WARD_CLEAR_TEXT, "a ClientHello comes too late");
	s.flags = RST;
	stream_gets(&s, 0, NO_BYTES, WARD_CLEAR_TEXT, "a RST");
	s.flags = FIN;
	stream_sends(&s, 0, NO_BYTES, WARD_CLEAR_TEXT, "a FIN");
	cr_expect(seconds_left(g, s.port) > 26, "what is dropped keeps it so");
	gateway_expire_flows(g);
	s.flags = 0;
	stream_sends(&s, 0, HELLO, WARD_NOT_OPENED, "it has expired");
}

Test(packet_encrypted, begins_anew_with_a_syn)
{
	stream_open(&s);
	stream_sends(&s, 0, BYTES('G', 'E', 'T'), WARD_CLEAR_TEXT, "clear text");
	s.mine += 5000;
	stream_open(&s);
	stream_sends(&s, 0, HELLO, PASSES, "ClientHello");
	stream_gets(&s, 0, BYTES(22), PASSES, "ServerHello");
}

Test(packet_encrypted, gives_the_place_of_a_flow_in_clear_to_another)
{
	for (int i = 0; i < WARD_FLOWS + 30; i++) {
		stream_open(&s);
		stream_sends(&s, 0, BYTES('G', 'E', 'T'), WARD_CLEAR_TEXT, "clear text");
		s = stream_to(g, 443);
	}
}

Test(packet_encrypted, judges_each_of_the_first_bytes_by_its_own)
{
	for (unsigned cut = 1; cut < 9; cut++) {
		struct bytes first = { HELLO.at, cut };
		struct bytes rest = { HELLO.at + cut, HELLO.length - cut };

		stream_open(&s);
		stream_sends(&s, 0, first, PASSES, "the first part");
		stream_gets_ack(&s, 0, cut < 6 ? cut : 5, NO_BYTES, PASSES, "its ACK");
		stream_sends(&s, cut, rest, PASSES, "the rest");
		stream_gets(&s, 0, BYTES(22), PASSES, "ServerHello");
		s = stream_to(g, 443);
		stream_open(&s);
		stream_sends(&s, cut, rest, PASSES, "the rest comes first");
		stream_sends(&s, 0, first, PASSES, "then the first part");
		stream_gets(&s, 0, BYTES(22), PASSES, "ServerHello");
		s = stream_to(g, 443);
	}
	stream_open(&s);
	for (unsigned i = 0; i < 6; i++)
		stream_sends(&s, i, (struct bytes){ HELLO.at + i, 1 }, PASSES, "byte by byte");
}

Test(packet_encrypted, refuses_a_wrong_byte_in_any_piece)
{
	for (unsigned wrong = 0; wrong < 6; wrong++) {
		uint8_t bytes[9];

		memcpy(bytes, HELLO.at, sizeof(bytes));
		bytes[wrong] = 0xff;
		/* Any low byte of the length is one. */
		if (wrong == 4)
			continue;
		for (unsigned i = 0; i < 6; i++) {
			if (!i)
				stream_open(&s);
			stream_sends(&s, i, (struct bytes){ bytes + i, 1 },
				     i < wrong ? PASSES : WARD_CLEAR_TEXT, "byte by byte");
		}
		s = stream_to(g, 443);
		stream_open(&s);
		stream_sends(&s, wrong, (struct bytes){ bytes + wrong, 6 - wrong + 3 },
			     WARD_CLEAR_TEXT, "in the second of two pieces");
		s = stream_to(g, 443);
	}
}

Test(packet_encrypted, judges_every_byte_until_the_other_side_has_it)
{
	stream_open(&s);
	stream_sends(&s, 0, HELLO, PASSES, "a ClientHello, perhaps with a wrong checksum");
	stream_sends(&s, 20, BYTES('G', 'E', 'T'), PASSES, "behind it: of no use before it");
	stream_sends(&s, 3, BYTES(2, 0, 1), PASSES, "a part of it again");
	stream_gets_ack(&s, 0, 5, NO_BYTES, PASSES, "five bytes are not six");
	stream_sends(&s, 5, BYTES('T', ' '), WARD_CLEAR_TEXT, "with another byte");
	s = stream_to(g, 443);
	stream_open(&s);
	stream_sends(&s, 0, HELLO, PASSES, "a ClientHello");
	stream_sends(&s, -3u, BYTES(0, 0, 0, 'G', 'E', 'T'), WARD_CLEAR_TEXT,
		     "from before the first byte on");
	stream_sends(&s, 0, HELLO, PASSES, "what the flow never took cannot end it");
	stream_sends(&s, -1u, BYTES(0), PASSES, "a probe of the SYN's number");
	stream_sends(&s, 0, BYTES('G'), WARD_CLEAR_TEXT, "one byte");
}

Test(packet_encrypted, never_lets_a_server_be_the_first_to_speak)
{
	stream_open(&s);
	stream_gets_ack(&s, 0, 0, NO_BYTES, PASSES, "an ACK");
	stream_gets_ack(&s, 0, 0, BYTES('2', '2', '0', ' '), WARD_CLEAR_TEXT, "a greeting");
	stream_sends(&s, 0, HELLO, WARD_CLEAR_TEXT, "a flow in clear");
	s = stream_to(g, 443);
	stream_open(&s);
	stream_sends(&s, 0, (struct bytes){ HELLO.at, 3 }, PASSES, "half of a ClientHello");
	stream_gets_ack(&s, 0, 3, BYTES(22), WARD_CLEAR_TEXT, "an answer to half of it");
	s = stream_to(g, 443);
	stream_open(&s);
	stream_gets_ack(&s, 5000, 0, BYTES('2'), WARD_CLEAR_TEXT, "far outside of the window");
	stream_gets_ack(&s, 5000, 517, NO_BYTES, PASSES, "an ACK from there");
	stream_sends(&s, 0, HELLO, PASSES, "neither ends the flow");
	stream_gets_ack(&s, 0, 0, BYTES('2'), WARD_CLEAR_TEXT, "nor makes it TLS");
}

Test(packet_encrypted, refuses_payload_in_a_syn)
{
	struct packet_spec syn = stream_spec(&s, WARD_CLINICAL);

	syn.flags = SYN;
	syn.sequence = s.mine;
	syn.body = HELLO;
	expect(g, WARD_CLINICAL, frame_of(syn), WARD_CLEAR_TEXT, "SYN with a ClientHello");
	cr_expect_null(flow_of_port(g, s.port), "nothing is remembered");
	syn.body = NO_BYTES;
	expect(g, WARD_CLINICAL, frame_of(syn), PASSES, "without it");
	syn.body = HELLO;
	expect(g, WARD_CLINICAL, frame_of(syn), WARD_CLEAR_TEXT, "repeated with it");
	s.flags = SYN;
	stream_gets_ack(&s, -1u, 0, BYTES(1), WARD_CLEAR_TEXT, "SYN+ACK with payload");
	stream_gets_ack(&s, -1u, 0, NO_BYTES, PASSES, "SYN+ACK");
}

Test(packet_encrypted, lets_pass_what_carries_nothing)
{
	stream_open(&s);
	stream_sends(&s, 0, NO_BYTES, PASSES, "an empty segment");
	stream_sends(&s, -1u, NO_BYTES, PASSES, "is it alive?");
	s.flags = FIN;
	stream_sends(&s, 0, NO_BYTES, PASSES, "FIN before any payload");
	s.flags = 0;
	stream_gets_ack(&s, 0, 1, NO_BYTES, PASSES, "its ACK");
	stream_gets_ack(&s, 0, 1, BYTES('2'), WARD_CLEAR_TEXT, "an answer to nothing");
	s = stream_to(g, 443);
	stream_open(&s);
	s.flags = RST;
	stream_sends(&s, 0, NO_BYTES, PASSES, "RST");
}

Test(packet_encrypted, refuses_urgent_data)
{
	stream_open(&s);
	s.flags = 0x20;
	stream_sends(&s, 0, HELLO, WARD_CLEAR_TEXT, "a byte of it is not in the stream");
	s = stream_to(g, 443);
	stream_open(&s);
	stream_sends(&s, 0, HELLO, PASSES, "ClientHello");
	stream_gets(&s, 0, BYTES(22), PASSES, "ServerHello");
	s.flags = 0x20;
	stream_sends(&s, 9, HELLO, PASSES, "when it does not matter any more");
}

/* What the server did not take is not where the stream begins. */
Test(packet_encrypted, begins_where_the_server_says)
{
	struct packet_spec syn = stream_spec(&s, WARD_CLINICAL);

	syn.flags = SYN;
	for (uint32_t number = 0; number < 2; number++) {
		syn.sequence = s.mine + number * 100;
		expect(g, WARD_CLINICAL, frame_of(syn), PASSES, "SYNs with different numbers");
	}
	s.flags = SYN;
	stream_gets_ack(&s, -1u, 100, NO_BYTES, PASSES, "the second one is answered");
	s.flags = 0;
	stream_sends(&s, 20, BYTES('G', 'E', 'T'), PASSES, "before the stream");
	stream_sends(&s, 200, BYTES('G', 'E', 'T'), PASSES, "behind its first bytes");
	stream_sends(&s, 100, BYTES('G', 'E', 'T'), WARD_CLEAR_TEXT, "its first bytes");
}

Test(packet_encrypted, awaits_another_hello_when_an_end_has_forgotten)
{
	struct packet_spec syn = stream_spec(&s, WARD_CLINICAL);

	stream_open(&s);
	stream_sends(&s, 0, HELLO, PASSES, "ClientHello");
	stream_gets(&s, 0, BYTES(22), PASSES, "ServerHello");
	s.flags = SYN;
	stream_gets_ack(&s, -1u, 0, NO_BYTES, WARD_CLEAR_TEXT, "its SYN+ACK again");
	stream_gets_ack(&s, -1u, 70000, NO_BYTES, WARD_CLEAR_TEXT, "one that answers nothing");
	s.flags = 0;
	stream_sends(&s, 9, BYTES('G', 'E', 'T'), PASSES, "the flow goes on");
	s.mine -= 70000;
	s.its += 90000;
	syn.flags = SYN;
	syn.sequence = s.mine;
	expect(g, WARD_CLINICAL, frame_of(syn), PASSES, "a SYN on the same ports");
	stream_sends(&s, 70009, BYTES('G', 'E', 'T'), PASSES, "the old one is not over");
	s.flags = SYN;
	stream_gets_ack(&s, -1u, 0, NO_BYTES, PASSES, "but the server has forgotten it");
	s.flags = 0;
	stream_sends(&s, 0, NO_BYTES, PASSES, "ACK");
	stream_sends(&s, 0, (struct bytes){ HELLO.at, 5 }, PASSES, "ClientHello");
	stream_sends(&s, 5, BYTES('T'), WARD_CLEAR_TEXT, "no ClientHello");
	s.mine += 1000;
	stream_open(&s);
	stream_sends(&s, 0, HELLO, PASSES, "ClientHello");
	stream_gets(&s, 0, BYTES(22), PASSES, "ServerHello");
}

Test(packet_encrypted, is_asked_of_both_directions)
{
	struct packet_spec in = back_spec(out_spec(IPPROTO_TCP, 22, 50000));

	in.source = "198.19.0.5";
	in.flags = SYN;
	in.sequence = 500;
	in.payload = 0;
	expect(g, WARD_IT, frame_of(in), PASSES, "SYN of the vendor");
	s = (struct stream){ .g = g, .port = 22, .peer_port = 50000, .mine = 900, .its = 500 };
	s.peer = "198.19.0.5";
	s.flags = SYN;
	stream_sends(&s, -1u, NO_BYTES, PASSES, "SYN+ACK of the device");
	s.flags = 0;
	stream_gets(&s, 0, BYTES('S', 'S', 'H'), WARD_CLEAR_TEXT, "clear text of the vendor");
}

Test(packet_encrypted, asks_nothing_of_other_rules)
{
	s = stream_to(g, 104);
	stream_open(&s);
	stream_sends(&s, 0, BYTES('G', 'E', 'T'), PASSES, "a rule that says `no`");
}
