/* SPDX-License-Identifier: GPL-2.0-only */
/* ENCRYPTION.md of bpf/, 4: other connections on the same ports, honest or not. */
#include "encrypted.h"

static struct gateway *g;
static struct stream s;

static void setup(void)
{
	g = gateway_new(ENCRYPTED_POLICY("required"));
	s = stream_to(g, 443);
	s.mine = 5000000;
}

static void teardown(void)
{
	gateway_free(&g);
}

TestSuite(packet_encrypted_anew, .init = setup, .fini = teardown, .timeout = 120);

static void sends_syn(uint32_t sequence, int reason, const char *description)
{
	struct packet_spec syn = stream_spec(&s, WARD_CLINICAL);

	syn.flags = SYN;
	syn.sequence = sequence;
	expect(g, WARD_CLINICAL, frame_of(syn), reason, description);
}

static void gets_syn_ack(uint32_t sequence, uint32_t acknowledged, int reason,
			 const char *description)
{
	struct packet_spec answer = stream_spec(&s, WARD_IT);

	answer.flags = SYN | ACK;
	answer.sequence = sequence;
	answer.acknowledged = acknowledged;
	expect(g, WARD_IT, frame_of(answer), reason, description);
}

/* Whatever else it says: a segment of the device with this sequence number. */
static void sends_at(uint32_t sequence, uint8_t flags, struct bytes body, int reason,
		     const char *description)
{
	struct packet_spec segment = stream_spec(&s, WARD_CLINICAL);

	segment.flags = flags;
	segment.sequence = sequence;
	segment.acknowledged = s.its + 1;
	segment.body = body;
	expect(g, WARD_CLINICAL, frame_of(segment), reason, description);
}

/* A connection whose ClientHello the server has. */
static void establish(void)
{
	stream_open(&s);
	stream_sends(&s, 0, HELLO, PASSES, "ClientHello");
	stream_gets(&s, 0, BYTES(22), PASSES, "ServerHello");
}

static void goes_on(const char *description)
{
	stream_sends(&s, HELLO.length, BYTES('G', 'E', 'T'), PASSES, description);
	stream_gets(&s, 1, BYTES(23), PASSES, description);
}

static struct ward_hello *hello_of_first_place(void)
{
	return &g->kernel->state.hellos[device_index(g, 0)].place[0];
}

static const uint32_t next = 4000000;	/* the number of the next connection's SYN */

/* It may have guessed the number of the SYN+ACK, and so need not wait for it. */
Test(packet_encrypted_anew, judges_what_comes_before_the_answer)
{
	establish();
	sends_syn(next, PASSES, "a SYN on the same ports");
	goes_on("the old connection");
	sends_at(next + 1, ACK, BYTES('G', 'E', 'T'), WARD_CLEAR_TEXT, "clear text behind it");
	sends_at(next - 2, ACK, BYTES(1, 2, 3, 'G'), WARD_CLEAR_TEXT, "a byte of it");
	sends_at(next + 1, ACK | 0x20, HELLO, WARD_CLEAR_TEXT, "urgent data");
	sends_at(next + 1, ACK, HELLO, PASSES, "a ClientHello");
	goes_on("nothing of it ends the old one");
	gets_syn_ack(77, next + 1, PASSES, "SYN+ACK");
	sends_at(next + 1, ACK, BYTES('G', 'E', 'T'), WARD_CLEAR_TEXT, "clear text");
}

Test(packet_encrypted_anew, judges_a_connection_with_the_number_of_the_old_one)
{
	establish();
	sends_syn(s.mine, PASSES, "the same SYN");
	sends_at(s.mine + 1, ACK, BYTES('G', 'E', 'T'), WARD_CLEAR_TEXT, "before its answer");
	s.its += 100000;
	gets_syn_ack(s.its, s.mine + 1, PASSES, "SYN+ACK");
	stream_sends(&s, 0, BYTES('G', 'E', 'T'), WARD_CLEAR_TEXT, "clear text");
	s.mine += 5000;
	establish();
}

Test(packet_encrypted_anew, has_one_question_at_a_time)
{
	establish();
	sends_syn(next, PASSES, "a SYN");
	sends_syn(next, PASSES, "again");
	sends_syn(next + 5000, WARD_CLEAR_TEXT, "another");
	gets_syn_ack(77, next + 5001, WARD_CLEAR_TEXT, "what answers the other one");
	gets_syn_ack(s.its, s.mine + 1, WARD_CLEAR_TEXT, "nor is the old one answered any more");
	goes_on("the old connection");
	sends_at(next + 1, ACK, BYTES('G'), WARD_CLEAR_TEXT, "clear text behind the first");
	gets_syn_ack(77, next + 1, PASSES, "what answers the first one");
	sends_at(next + 1, ACK, BYTES('G'), WARD_CLEAR_TEXT, "clear text");
}

Test(packet_encrypted_anew, judges_what_follows_a_reset_that_was_not_one)
{
	establish();
	s.flags = RST;
	stream_sends(&s, HELLO.length, NO_BYTES, PASSES, "RST");
	s.flags = 0;
	goes_on("it revives");
	sends_syn(next, PASSES, "a SYN");
	sends_at(next + 1, ACK, BYTES('G', 'E', 'T'), WARD_CLEAR_TEXT, "clear text");
	s = stream_to(g, 443);
	s.mine = 5000000;
	establish();
	stream_segment(&s, WARD_CLINICAL, HELLO.length, 1u << 30, NO_BYTES, PASSES,
		       "acknowledges what was never sent");
	s.flags = RST;
	stream_sends(&s, 70000, NO_BYTES, PASSES, "a RST outside of the window");
	s.flags = 0;
	sends_syn(next, PASSES, "a SYN");
	sends_syn(next + 7, WARD_CLEAR_TEXT, "another");
	sends_at(next + 1, ACK, BYTES('G', 'E', 'T'), WARD_CLEAR_TEXT, "clear text");
}

Test(packet_encrypted_anew, judges_both_that_may_begin)
{
	s.its = 77;
	sends_syn(next, PASSES, "a SYN");
	sends_syn(next + 100, PASSES, "another");
	sends_syn(next, PASSES, "the first again");
	sends_syn(next + 200, WARD_CLEAR_TEXT, "a third");
	gets_syn_ack(77, next + 201, WARD_CLEAR_TEXT, "SYN+ACK of the third");
	gets_syn_ack(77, next + 1, PASSES, "SYN+ACK of the first");
	sends_at(next + 101, ACK, BYTES('G'), WARD_CLEAR_TEXT, "clear text behind the second");
	sends_at(next + 1, ACK, HELLO, PASSES, "ClientHello behind the first");
	sends_syn(next, WARD_CLEAR_TEXT, "its SYN, when it has begun");
	s.its = 99;
	gets_syn_ack(99, next + 101, PASSES, "SYN+ACK of the second");
	sends_at(next + 101, ACK, HELLO, PASSES, "its ClientHello");
	sends_at(next + 1, ACK, BYTES('G'), WARD_CLEAR_TEXT, "the first may come back");
	s.mine = next + 100;
	stream_gets(&s, 0, BYTES(22), PASSES, "ServerHello");
	sends_at(next + 1, ACK, BYTES('G'), WARD_CLEAR_TEXT, "so may it now");
	goes_on("the second");
	gets_syn_ack(55, next + 1, PASSES, "SYN+ACK of the first");
	sends_at(next + 1, ACK, BYTES('G'), WARD_CLEAR_TEXT, "clear text");
}

Test(packet_encrypted_anew, judges_what_a_syn_asks_for_before_the_hello_has_come)
{
	stream_open(&s);
	sends_syn(next, PASSES, "a SYN");
	sends_at(next + 1, ACK, BYTES('G'), WARD_CLEAR_TEXT, "clear text behind it");
	stream_sends(&s, 0, HELLO, PASSES, "ClientHello of the old one");
	stream_gets(&s, 0, BYTES(22), PASSES, "ServerHello");
	sends_at(next + 1, ACK, BYTES('G'), WARD_CLEAR_TEXT, "clear text behind the SYN");
	goes_on("the old one");
}

/* Whoever guesses the ports can ask, but not end or delay what goes on. */
Test(packet_encrypted_anew, cannot_be_made_to_end_a_connection)
{
	uint32_t there = s.mine + 1 + HELLO.length;

	establish();
	sends_syn(there - 1, WARD_CLEAR_TEXT, "a SYN where the stream is");
	sends_syn(there - 6, WARD_CLEAR_TEXT, "or overlaps it");
	sends_syn(there + 100000, WARD_CLEAR_TEXT, "or where it will soon be");
	sends_syn(there + (1u << 28) - 7, WARD_CLEAR_TEXT, "or later");
	goes_on("the connection");
	sends_syn(there + (1u << 28) - 6, PASSES, "far away");
	goes_on("the connection");
	sends_syn(next, WARD_CLEAR_TEXT, "another");
	hello_of_first_place()->asked_at -= 29000;
	sends_syn(next, WARD_CLEAR_TEXT, "another");
	hello_of_first_place()->asked_at -= 2000;
	goes_on("nobody has answered");
	gets_syn_ack(77, there + (1u << 28) - 5, WARD_CLEAR_TEXT, "too late");
	sends_syn(next, PASSES, "another");
	gets_syn_ack(77, next + 1, PASSES, "SYN+ACK");
	sends_at(next + 1, ACK, BYTES('G', 'E', 'T'), WARD_CLEAR_TEXT, "clear text");
}

Test(packet_encrypted_anew, follows_the_window_of_a_repeated_answer)
{
	sends_syn(s.mine, PASSES, "SYN");
	gets_syn_ack(s.its + 100000, s.mine + 1, PASSES, "SYN+ACK, lost behind the gateway");
	sends_syn(s.mine, PASSES, "SYN again");
	gets_syn_ack(s.its, s.mine + 1, PASSES, "SYN+ACK with another number");
	stream_sends(&s, 0, NO_BYTES, PASSES, "ACK");
	stream_sends(&s, 0, HELLO, PASSES, "ClientHello");
	stream_gets(&s, 0, BYTES(22), PASSES, "ServerHello");
	goes_on("whatever comes behind");
}

Test(packet_encrypted_anew, refuses_payload_in_a_reset)
{
	struct packet_spec reset = stream_spec(&s, WARD_CLINICAL);

	sends_syn(s.mine, PASSES, "SYN");
	sends_at(s.mine + 1, RST, BYTES('G'), WARD_CLEAR_TEXT, "RST with payload");
	gets_syn_ack(s.its, s.mine + 1, PASSES, "SYN+ACK");
	sends_at(s.mine + 1, RST | ACK, BYTES('G'), WARD_CLEAR_TEXT, "RST with payload");
	reset = back_spec(reset);
	reset.flags = RST;
	reset.sequence = s.its + 1;
	reset.payload = 5;
	expect(g, WARD_IT, frame_of(reset), WARD_CLEAR_TEXT, "of the server");
	reset.payload = 4;
	reset.fragment_id = 7;
	reset.more_fragments = true;
	expect(g, WARD_IT, frame_of(reset), WARD_CLEAR_TEXT, "as a first fragment");
	reset.payload = 0;
	reset.more_fragments = false;
	expect(g, WARD_IT, frame_of(reset), PASSES, "RST");
}
