/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, section 5: TCP, UDP, SCTP and IGMP, whole and in first fragments. */
#include "headers.h"

GATEWAY_SUITE(packet_parse_transport, LINKS_POLICY, 60)

static void refused(struct frame f, int reason, const char *description)
{
	expect(g, WARD_CLINICAL, f, reason, description);
}

static void passes(struct frame f, const char *description)
{
	expect(g, WARD_CLINICAL, f, PASSES, description);
}

/* The same packet in both families; `network` is the length of the IP header. */
static const struct family {
	struct packet_spec (*spec)(int protocol, uint16_t from, uint16_t to);
	size_t network;
} families[] = { { ipv4_spec, 20 }, { ipv6_spec, 40 } };

#define FOR_EACH_FAMILY(f) for (const struct family *f = families; f < families + 2; f++)

Test(packet_parse_transport, refuses_wrong_tcp_lengths_and_ports)
{
	FOR_EACH_FAMILY(f) {
		struct frame good = frame_of(f->spec(IPPROTO_TCP, 40000, 104));
		size_t offset = f->network + 12;

		passes(good, "a good packet");
		for (int words = 0; words < 5; words++)
			refused(frame_set8(good, offset, (uint8_t)(words << 4)),
				WARD_TCP_MALFORMED, "data offset below the header");
		passes(frame_set8(good, offset, 11 << 4), "options up to the packet's end");
		for (int words = 12; words < 16; words++)
			refused(frame_set8(good, offset, (uint8_t)(words << 4)),
				WARD_TCP_MALFORMED, "data offset beyond the packet");
		refused(frame_set16(good, f->network, 0), WARD_TCP_MALFORMED, "source port 0");
		refused(frame_set16(good, f->network + 2, 0), WARD_TCP_MALFORMED,
			"destination port 0");
	}
}

static bool is_sent_by_hosts(int flags)
{
	int what = flags & (FIN | SYN | RST);

	return flags & ACK ? what == 0 || what == FIN || what == SYN || what == RST :
			     what == SYN || what == RST;
}

Test(packet_parse_transport, refuses_tcp_flags_that_no_host_sends)
{
	FOR_EACH_FAMILY(f) {
		for (int flags = 0; flags < 256; flags++) {
			struct packet_spec s = f->spec(IPPROTO_TCP, 40000, 104);
			struct frame frame;
			struct verdict v;

			s.flags = (uint8_t)flags;
			frame = frame_of(s);
			v = gateway_run(g, WARD_CLINICAL, &frame);
			cr_expect_eq(v.reason != WARD_TCP_FLAGS, is_sent_by_hosts(flags),
				     "flags %02x: %s", (unsigned)flags, reason_label(v.reason));
		}
	}
}

Test(packet_parse_transport, refuses_wrong_udp_lengths_and_ports)
{
	FOR_EACH_FAMILY(f) {
		struct packet_spec s = f->spec(IPPROTO_UDP, 40000, 123);
		struct frame good = frame_of(s);
		size_t length = f->network + 4;

		passes(good, "a good packet");
		passes(frame_set16(good, length, 8), "a length below what IP says");
		for (uint16_t i = 0; i < 8; i++)
			refused(frame_set16(good, length, i), WARD_UDP_MALFORMED,
				"length below the header");
		refused(frame_set16(good, length, 33), WARD_UDP_MALFORMED,
			"length one beyond the packet");
		refused(frame_set16(good, f->network, 0), WARD_UDP_MALFORMED, "source port 0");
		refused(frame_set16(good, f->network + 2, 0), WARD_UDP_MALFORMED,
			"destination port 0");
		s.payload = 0;
		passes(frame_of(s), "no data");
	}
}

Test(packet_parse_transport, refuses_wrong_sctp_headers_and_chunks)
{
	FOR_EACH_FAMILY(f) {
		struct packet_spec s = f->spec(IPPROTO_SCTP, 40000, 3868);
		struct frame good = frame_of(s);

		passes(good, "INIT");
		refused(frame_set16(good, f->network, 0), WARD_SCTP_MALFORMED, "source port 0");
		refused(frame_set16(good, f->network + 2, 0), WARD_SCTP_MALFORMED,
			"destination port 0");
		for (uint16_t i = 0; i < 4; i++)
			refused(frame_set16(good, f->network + 14, i), WARD_SCTP_MALFORMED,
				"a chunk below its header");
		passes(frame_set16(good, f->network + 14, 4), "an empty chunk");
		refused(frame_set16(good, f->network + 6, 1), WARD_SCTP_MALFORMED,
			"INIT with a verification tag");
		for (int chunk = 0; chunk < 256; chunk++)
			if (chunk != 1)
				refused(frame_set8(good, f->network + 12, (uint8_t)chunk),
					WARD_SCTP_MALFORMED, "another chunk without one");
	}
}

/* Cut by the lengths that IP says, with the frame whole. */
Test(packet_parse_transport, refuses_headers_that_the_packet_cuts_off)
{
	static const struct {
		int protocol;
		uint16_t to;
		size_t header;
		int reason;
	} rows[] = { { IPPROTO_TCP, 104, 20, WARD_TRUNCATED },
		     { IPPROTO_UDP, 123, 8, WARD_TRUNCATED },
		     { IPPROTO_SCTP, 3868, 16, WARD_SCTP_MALFORMED } };

	FOR_EACH_FAMILY(f) {
		for (size_t i = 0; i < 3; i++) {
			struct frame good = frame_of(f->spec(rows[i].protocol, 40000, rows[i].to));
			bool is_ipv4 = f->network == 20;

			for (size_t left = is_ipv4 ? 0 : 1; left < rows[i].header; left++)
				refused(frame_set16(good, is_ipv4 ? 2 : 4,
						    (uint16_t)(is_ipv4 ? 20 + left : left)),
					rows[i].reason, "cut off");
		}
	}
}

static struct frame first_fragment(struct packet_spec s, size_t length)
{
	static const uint8_t number[] = { 44 };

	if (strchr(s.source, ':'))
		s.extensions = (struct bytes){ number, 1 };
	s.more_fragments = true;
	s.payload = 64;
	if (strchr(s.source, ':'))
		return frame_set16(frame_of(s), 4, (uint16_t)(8 + length));
	return frame_set16(frame_of(s), 2, (uint16_t)(20 + length));
}

/* C11: a first fragment holds all that a rule looks at (RFC 1858, RFC 7112). */
Test(packet_parse_transport, refuses_tiny_first_fragments)
{
	FOR_EACH_FAMILY(f) {
		struct packet_spec tcp = f->spec(IPPROTO_TCP, 40000, 104);
		struct packet_spec udp = f->spec(IPPROTO_UDP, 40000, 123);
		struct packet_spec sctp = f->spec(IPPROTO_SCTP, 40000, 3868);

		for (size_t length = 0; length < 24; length += 8)
			refused(first_fragment(tcp, length), WARD_FRAGMENT_TINY, "TCP");
		passes(first_fragment(tcp, 24), "TCP, header inside");
		tcp.tcp_options = BYTES(1, 1, 1, 1, 1, 1, 1, 0);
		refused(first_fragment(tcp, 24), WARD_FRAGMENT_TINY, "TCP, options cut off");
		tcp.fragment_id = 1;
		tcp.source_port++;
		passes(first_fragment(tcp, 32), "TCP, options inside");
		refused(first_fragment(udp, 0), WARD_FRAGMENT_TINY, "UDP");
		udp.fragment_id = 2;
		passes(first_fragment(udp, 8), "UDP, header inside, length beyond it");
		for (size_t length = 0; length < 16; length += 8)
			refused(first_fragment(sctp, length), WARD_FRAGMENT_TINY, "SCTP");
		sctp.fragment_id = 3;
		passes(first_fragment(sctp, 16), "SCTP, first chunk inside");
	}
}

Test(packet_parse_transport, refuses_dhcp_in_fragments)
{
	refused(first_fragment(ipv4_spec(IPPROTO_UDP, 68, 67), 24), WARD_FRAGMENT, "DHCP");
	refused(first_fragment(ipv4_spec(IPPROTO_UDP, 67, 68), 24), WARD_FRAGMENT, "its server");
	refused(first_fragment(ipv6_spec(IPPROTO_UDP, 546, 547), 24), WARD_FRAGMENT, "DHCPv6");
}

Test(packet_parse_transport, refuses_igmp_that_is_cut_off)
{
	struct packet_spec s = ipv4_spec(IPPROTO_IGMP, 0x16, 0);
	struct frame good;

	s.destination = GROUP;
	good = frame_of(s);
	passes(good, "a membership report");
	for (uint16_t left = 0; left < 8; left++)
		refused(frame_set16(good, 2, (uint16_t)(20 + left)), WARD_IGMP_MALFORMED,
			"cut off");
	refused(first_fragment(s, 0), WARD_FRAGMENT_TINY, "a first fragment without it");
	s = ipv6_spec(IPPROTO_TCP, 1, 1);
	refused(frame_set8(frame_of(s), 6, IPPROTO_IGMP), WARD_PROTOCOL, "in IPv6");
}
