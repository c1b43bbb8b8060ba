/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, section 11: TCP and SCTP, by flags and windows. */
#include "flows.h"

GATEWAY_SUITE(packet_tcp, FLOWS_POLICY, 60)

#define PORT 40000
#define MINE 1000000u	/* sequence number of the device's SYN */
#define ITS 2000000u	/* and of the server's */

static void sends(uint8_t flags, uint32_t sequence, uint32_t acknowledged, int reason,
		  const char *description)
{
	struct packet_spec s = out_spec(IPPROTO_TCP, PORT, 104);

	s.flags = flags;
	s.sequence = sequence;
	s.acknowledged = acknowledged;
	s.payload = 0;
	expect(g, WARD_CLINICAL, frame_of(s), reason, description);
}

static void gets(uint8_t flags, uint32_t sequence, uint32_t acknowledged, int reason,
		 const char *description)
{
	struct packet_spec s = back_spec(out_spec(IPPROTO_TCP, PORT, 104));

	s.flags = flags;
	s.sequence = sequence;
	s.acknowledged = acknowledged;
	s.payload = 0;
	expect(g, WARD_IT, frame_of(s), reason, description);
}

static void handshake(void)
{
	sends(SYN, MINE, 0, PASSES, "SYN");
	gets(SYN | ACK, ITS, MINE + 1, PASSES, "SYN+ACK");
	sends(ACK, MINE + 1, ITS + 1, PASSES, "ACK");
}

static void lasts(uint64_t seconds, const char *description)
{
	uint64_t left = seconds_left(g, PORT);

	/* A slow machine takes a while from the packet to here; no two timeouts are that near. */
	cr_expect(left <= seconds && left + 3 >= seconds, "%s: expected %u s, got %u", description,
		  (unsigned)seconds, (unsigned)left);
}

Test(packet_tcp, gives_each_state_its_time)
{
	sends(SYN, MINE, 0, PASSES, "SYN");
	lasts(30, "opening");
	gets(SYN | ACK, ITS, MINE + 1, PASSES, "SYN+ACK");
	lasts(30, "answered");
	gets(ACK, ITS + 1, MINE + 1, PASSES, "the server is first");
	lasts(30, "the opener has not confirmed");
	sends(SYN, MINE, 0, PASSES, "SYN again");
	lasts(30, "a SYN confirms nothing");
	sends(ACK, MINE + 1, ITS + 1, PASSES, "ACK");
	lasts(4 * 3600, "established");
	sends(FIN | ACK, MINE + 1, ITS + 1, PASSES, "FIN");
	lasts(120, "closing");
	gets(FIN | ACK, ITS + 1, MINE + 2, PASSES, "FIN of the server");
	lasts(10, "closed");
	flow_of_port(g, PORT)->expires -= 5000000000;
	sends(ACK, MINE + 2, ITS + 2, PASSES, "the last ACK");
	lasts(5, "what is closed is not prolonged");
}

Test(packet_tcp, lets_the_opener_only_repeat_its_syn_before_the_answer)
{
	sends(SYN, MINE, 0, PASSES, "SYN");
	sends(SYN, MINE + 7, 0, PASSES, "another SYN");
	sends(ACK, MINE + 1, 1, WARD_NOT_OPENED, "ACK");
	sends(SYN | ACK, MINE, 1, WARD_NOT_OPENED, "SYN+ACK");
	sends(FIN | ACK, MINE + 1, 1, WARD_NOT_OPENED, "FIN");
	gets(FIN | ACK, ITS, MINE + 8, WARD_NOT_OPENED, "FIN of the other side");
	gets(ACK, ITS, 77, PASSES, "bare ACK of a half-open peer");
	lasts(30, "still opening");
	gets(SYN | ACK, ITS, MINE + 8, PASSES, "SYN+ACK");
}

Test(packet_tcp, ends_an_opening_flow_only_for_a_reset_that_answers_it)
{
	sends(SYN, MINE, 0, PASSES, "SYN");
	gets(RST, ITS, 0, PASSES, "RST without ACK");
	lasts(30, "it answers nothing");
	gets(RST | ACK, ITS, MINE, PASSES, "RST that acknowledges one less");
	gets(RST | ACK, ITS, MINE + 2, PASSES, "RST that acknowledges one more");
	lasts(30, "it answers another SYN");
	sends(RST, MINE, 0, PASSES, "RST of the opener, one before");
	lasts(30, "not its next number");
	gets(RST | ACK, ITS, MINE + 1, PASSES, "RST that acknowledges the SYN");
	lasts(10, "refused");
	sends(SYN, MINE + 9, 0, PASSES, "another attempt from the same port");
	lasts(30, "a new flow");
	sends(RST, MINE + 10, 0, PASSES, "the opener gives up");
	lasts(10, "given up");
}

/* After the handshake the server may get 1,000 bytes, and so may the device. */
Test(packet_tcp, believes_a_reset_inside_the_window_only)
{
	handshake();
	gets(RST, ITS, 0, PASSES, "one before the window");
	gets(RST, ITS + 1 + 1001, 0, PASSES, "one behind the window");
	gets(RST, ITS + 0x80000000u, 0, PASSES, "far away");
	sends(RST, MINE, 0, PASSES, "one before, from the device");
	sends(RST, MINE + 1 + 1001, 0, PASSES, "one behind, from the device");
	lasts(4 * 3600, "still established");
	gets(RST, ITS + 1 + 1000, 0, PASSES, "at the end of the window");
	lasts(10, "closed");
	sends(RST, MINE + 1, 0, PASSES, "another RST");
	lasts(10, "stays closed");
	sends(ACK, MINE + 1, ITS + 1, PASSES, "the device did not believe it");
	lasts(4 * 3600, "the flow goes on");
	sends(RST, MINE + 1, 0, PASSES, "at the beginning of the window");
	lasts(10, "closed");
}

Test(packet_tcp, believes_a_fin_near_the_window_only)
{
	handshake();
	gets(FIN | ACK, ITS - 1, MINE + 1, PASSES, "two before");
	gets(FIN | ACK, ITS + 1 + 1002, MINE + 1, PASSES, "two behind");
	lasts(4 * 3600, "still established");
	gets(FIN | ACK, ITS, MINE + 1, PASSES, "one before");
	lasts(120, "closing");
	sends(ACK, MINE + 1, ITS + 2, PASSES, "the device still sends");
	lasts(120, "half closed");
	sends(FIN | ACK, MINE + 1 + 1001, ITS + 2, PASSES, "one behind");
	lasts(10, "closed");
	sends(ACK, MINE + 2, ITS + 2, PASSES, "more data");
	lasts(10, "both have sent FIN: nothing brings it back");
	sends(SYN, MINE + 90000, 0, PASSES, "the same ports again");
	lasts(30, "a new flow");
}

Test(packet_tcp, keeps_a_half_closed_session_as_long_as_it_sends)
{
	handshake();
	sends(FIN | ACK, MINE + 1, ITS + 1, PASSES, "FIN of the client");
	flow_of_port(g, PORT)->expires -= 60000000000;
	lasts(60, "a minute later");
	gets(ACK, ITS + 1, MINE + 2, PASSES, "the server still sends");
	lasts(120, "prolonged");
}

Test(packet_tcp, counts_the_bytes_before_a_fin)
{
	struct packet_spec s = back_spec(out_spec(IPPROTO_TCP, PORT, 104));

	handshake();
	s.flags = FIN | ACK;
	s.sequence = ITS + 1 + 1000;
	s.acknowledged = MINE + 1;
	s.payload = 2;
	expect(g, WARD_IT, frame_of(s), PASSES, "FIN two behind the window");
	lasts(4 * 3600, "still established");
	s.payload = 1;
	expect(g, WARD_IT, frame_of(s), PASSES, "FIN one behind the window");
	lasts(120, "closing");
}

Test(packet_tcp, moves_the_window_with_what_is_acknowledged)
{
	handshake();
	gets(ACK, ITS + 1, MINE + 1 + 500, PASSES, "500 bytes have arrived");
	sends(RST, MINE + 1 + 499, 0, PASSES, "one before");
	lasts(4 * 3600, "still established");
	sends(RST, MINE + 1 + 1500, 0, PASSES, "at the new end");
	lasts(10, "closed");
}

Test(packet_tcp, does_not_move_the_window_for_a_packet_from_far_away)
{
	handshake();
	gets(ACK, ITS + 1 + 1002, MINE + 1 + 500, PASSES, "behind the window");
	gets(ACK, ITS + 1 - 65537, MINE + 1 + 500, PASSES, "too far before it");
	sends(RST, MINE + 1 + 1001, 0, PASSES, "where its window would be");
	lasts(4 * 3600, "still established");
	gets(ACK, ITS + 1 - 65536, MINE + 1 + 500, PASSES, "just near enough");
	sends(RST, MINE + 1 + 1001, 0, PASSES, "where its window is");
	lasts(10, "closed");
}

static struct packet_spec syn_spec(struct bytes options)
{
	struct packet_spec s = out_spec(IPPROTO_TCP, PORT, 104);

	s.flags = SYN;
	s.sequence = MINE;
	s.tcp_options = options;
	s.payload = 0;
	return s;
}

/* Both SYNs with these options; then the last number for which the device's RST is believed. */
static void window_ends_at(struct bytes mine, struct bytes its, uint32_t end, const char *what)
{
	struct packet_spec s = back_spec(syn_spec(its));

	s.flags = SYN | ACK;
	s.sequence = ITS;
	s.acknowledged = MINE + 1;
	gateway_expire_flows(g);
	expect(g, WARD_CLINICAL, frame_of(syn_spec(mine)), PASSES, what);
	expect(g, WARD_IT, frame_of(s), PASSES, what);
	sends(ACK, MINE + 1, ITS + 1, PASSES, what);
	gets(ACK, ITS + 1, MINE + 1, PASSES, what);
	sends(RST, MINE + 1 + end + 1, 0, PASSES, what);
	lasts(4 * 3600, what);
	sends(RST, MINE + 1 + end, 0, PASSES, what);
	lasts(10, what);
}

Test(packet_tcp, reads_the_window_scale_of_both_syns)
{
	const struct bytes none = { NULL, 0 };

	window_ends_at(none, none, 1000, "no options");
	window_ends_at(BYTES(3, 3, 2), BYTES(3, 3, 4), 16000, "the server's scale is 4");
	window_ends_at(BYTES(3, 3, 2), none, 1000, "the server has none");
	window_ends_at(none, BYTES(3, 3, 4), 1000, "the device has none");
	window_ends_at(BYTES(3, 3, 0), BYTES(3, 3, 15), 1000u << 14, "more than 14 is 14");
	window_ends_at(BYTES(2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7),
		       BYTES(2, 4, 5, 180, 1, 3, 3, 1), 2000, "among others");
	window_ends_at(BYTES(3, 3, 1), BYTES(3, 3, 9, 3, 3, 1), 2000, "the last one counts");
	window_ends_at(BYTES(3, 3, 1), BYTES(0, 3, 3, 1), 1000, "behind the end of the list");
	window_ends_at(BYTES(3, 3, 1), BYTES(8, 1, 3, 3, 1), 1000, "behind a length of 1");
	window_ends_at(BYTES(3, 3, 1), BYTES(8, 0, 3, 3, 1), 1000, "behind a length of 0");
	window_ends_at(BYTES(3, 3, 1), BYTES(3, 4, 1, 1), 1000, "of a wrong length");
	window_ends_at(BYTES(3, 3, 1), BYTES(1, 1, 3, 3), 1000, "cut off");
	window_ends_at(BYTES(3, 3, 1), BYTES(8, 255, 3, 3, 1), 1000, "a length past the header");
}

Test(packet_tcp, forgets_an_answer_when_the_syn_is_repeated)
{
	sends(SYN, MINE, 0, PASSES, "SYN");
	sends(SYN, MINE + 100, 0, PASSES, "SYN with another number");
	gets(RST | ACK, ITS, MINE + 1, PASSES, "RST for the first");
	lasts(30, "still opening");
	gets(RST | ACK, ITS, MINE + 101, PASSES, "RST for the second");
	lasts(10, "refused");
}

Test(packet_tcp, lets_the_other_side_open_only_by_a_rule)
{
	handshake();
	gets(SYN, ITS, 0, WARD_UNSOLICITED, "SYN from the server on the same ports");
	sends(ACK, MINE + 1, ITS + 1, PASSES, "the session goes on");
}

/* Chunks: INIT, INIT ACK, COOKIE ECHO, SHUTDOWN, SHUTDOWN ACK, ABORT. */
static void chunk(unsigned side, uint8_t type, uint32_t tag, int reason, const char *description)
{
	struct packet_spec s = out_spec(IPPROTO_SCTP, PORT, 3868);

	if (side == WARD_IT)
		s = back_spec(s);
	s.chunk = type;
	s.sequence = tag;
	expect(g, side, frame_of(s), reason, description);
}

Test(packet_tcp, follows_sctp_by_its_chunks)
{
	chunk(WARD_CLINICAL, 0, 5, WARD_NOT_OPENED, "DATA without a flow");
	chunk(WARD_IT, 1, 0, WARD_UNSOLICITED, "INIT from the server");
	chunk(WARD_CLINICAL, 1, 0, PASSES, "INIT");
	chunk(WARD_CLINICAL, 10, 5, WARD_NOT_OPENED, "COOKIE ECHO before the answer");
	chunk(WARD_IT, 2, 5, PASSES, "INIT ACK");
	lasts(30, "answered");
	chunk(WARD_CLINICAL, 10, 6, PASSES, "COOKIE ECHO");
	lasts(4 * 3600, "established");
	chunk(WARD_IT, 7, 5, PASSES, "SHUTDOWN");
	lasts(120, "closing");
	chunk(WARD_CLINICAL, 8, 6, PASSES, "SHUTDOWN ACK");
	lasts(10, "closed");
	chunk(WARD_CLINICAL, 1, 0, PASSES, "INIT on the same ports");
	chunk(WARD_IT, 6, 5, PASSES, "ABORT");
	lasts(10, "closed at once");
}
