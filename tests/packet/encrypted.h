/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of encrypted flows share: a policy, and streams with numbers from their start. */
#ifndef WARDGATE_TESTS_ENCRYPTED_H
#define WARDGATE_TESTS_ENCRYPTED_H

#include "flows.h"

/* `mode` is that of the rules for tcp/443, udp/443 and tcp/22. */
#define ENCRYPTED_POLICY(mode) ENCRYPTED_POLICY_WITH("", mode)
#define ENCRYPTED_POLICY_WITH(top, mode)                                                           \
	"version: 1\n" top "quarantine: scanner\n"                                                 \
	"links:\n"                                                                                 \
	"  - {name: ward, clinical: c0, it: i0, vlans: [110, 120]}\n"                              \
	"networks:\n"                                                                              \
	"  servers: [198.18.110.192/28, \"2001:db8:110::200/120\"]\n"                              \
	"  vendor: [198.19.0.0/16]\n"                                                              \
	"services:\n"                                                                              \
	"  tls: [tcp/443, udp/443]\n"                                                              \
	"profiles:\n"                                                                              \
	"  scanner:\n"                                                                             \
	"    fragments: track\n"                                                                   \
	"    allow:\n"                                                                             \
	"      - {to: servers, services: [tls], encrypted: " mode "}\n"                            \
	"      - {to: servers, services: [tcp/104, udp/123], encrypted: no}\n"                     \
	"      - {from: vendor, services: [tcp/22], encrypted: " mode "}\n"                        \
	"devices:\n"                                                                               \
	"  - {name: ct, mac: 02:00:00:00:11:01, vlan: 110,"                                        \
	" ip: [198.18.110.13, \"2001:db8:110::13\"], profile: scanner, link: ward}\n"

static const uint8_t hello_bytes[] = { 22, 3, 1, 2, 0, 1, 0, 1, 0xfc };
static const struct bytes HELLO = { hello_bytes, sizeof(hello_bytes) };
static const struct bytes NO_BYTES = { NULL, 0 };

/* Between the CT and a server; by default the CT is its opener. */
struct stream {
	struct gateway *g;
	uint16_t port, peer_port;
	uint32_t mine, its;	/* sequence numbers of the SYNs */
	const char *peer;	/* NULL: the PACS */
	uint8_t flags;		/* of the next segments, beside ACK */
	bool is_ipv6;
};

/* Each from a port of its own. */
static inline struct stream stream_to(struct gateway *g, uint16_t port)
{
	static uint16_t next = 40000;

	return (struct stream){ .g = g, .port = next++, .peer_port = port, .mine = 0xfffffffd,
				.its = 2000000 };
}

static inline struct packet_spec stream_spec(const struct stream *s, unsigned side)
{
	struct packet_spec spec = s->is_ipv6 ? out6_spec(IPPROTO_TCP, s->port, s->peer_port) :
					       out_spec(IPPROTO_TCP, s->port, s->peer_port);

	spec.destination = s->peer ? s->peer : spec.destination;
	spec.payload = 0;
	return side == WARD_CLINICAL ? spec : back_spec(spec);
}

/* A segment whose first byte is number `at` of the sender's stream, and what it acknowledges. */
static inline void stream_segment(const struct stream *s, unsigned side, uint32_t at,
				  uint32_t acknowledged, struct bytes body, int reason,
				  const char *description)
{
	struct packet_spec spec = stream_spec(s, side);
	bool is_mine = side == WARD_CLINICAL;

	spec.flags = ACK | s->flags;
	spec.sequence = (is_mine ? s->mine : s->its) + 1 + at;
	spec.acknowledged = (is_mine ? s->its : s->mine) + 1 + acknowledged;
	spec.body = body;
	expect(s->g, side, frame_of(spec), reason, description);
}

static inline void stream_sends(const struct stream *s, uint32_t at, struct bytes body, int reason,
				const char *description)
{
	stream_segment(s, WARD_CLINICAL, at, 0, body, reason, description);
}

static inline void stream_gets_ack(const struct stream *s, uint32_t at, uint32_t acknowledged,
				   struct bytes body, int reason, const char *description)
{
	stream_segment(s, WARD_IT, at, acknowledged, body, reason, description);
}

/* All of a ClientHello is acknowledged. */
static inline void stream_gets(const struct stream *s, uint32_t at, struct bytes body, int reason,
			       const char *description)
{
	stream_gets_ack(s, at, HELLO.length, body, reason, description);
}

/* The CT opens it. */
static inline void stream_open(struct stream *s)
{
	struct packet_spec syn = stream_spec(s, WARD_CLINICAL);

	syn.flags = SYN;
	syn.sequence = s->mine;
	expect(s->g, WARD_CLINICAL, frame_of(syn), PASSES, "SYN");
	s->flags = SYN;
	stream_gets_ack(s, -1u, 0, NO_BYTES, PASSES, "SYN+ACK");
	s->flags = 0;
	stream_sends(s, 0, NO_BYTES, PASSES, "ACK");
}

#endif
