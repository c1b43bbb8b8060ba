/* SPDX-License-Identifier: GPL-2.0-only */
/* What a ClientHello of TLS or DTLS looks like, as far as it is looked at. */
#ifndef WARDGATE_CLIENT_HELLO_BPF_H
#define WARDGATE_CLIENT_HELLO_BPF_H

#include "tcp.bpf.h"

/*
 * RFC 8446, 5.1 and 4; RFC 5246, 6.2.1: handshake; version 3.x, up to what TLS 1.3 might have
 * written; a length of 2^14 at most, as far as its first byte says; ClientHello.
 */
#define HELLO_BYTES 6
static const __u8 hello_least[HELLO_BYTES] = { 22, 3, 0, 0, 0, 1 };
static const __u8 hello_most[HELLO_BYTES] = { 22, 3, 4, 0x40, 0xff, 1 };

#define UDP_HEADER 8
#define DTLS_SHORTEST 12	/* the header of a handshake message (RFC 6347, 4.2.2) */
#define DTLS_LONGEST (1 << 14)

/* UDP's header and a DTLS record's (RFC 6347, 4.1; RFC 9147, 4), and the handshake's first byte. */
struct dtls_hello {
	__be16 source, destination;
	__be16 length, checksum;
	__u8 type;
	__u8 version[2];
	__u8 epoch[2];
	__u8 sequence[6];
	__u8 record_length[2];
	__u8 handshake;
};

_Static_assert(sizeof(struct dtls_hello) == UDP_HEADER + 14, "as on the wire");

/*
 * Of the bytes that the opener sends for its ClientHello, is each what it may be? They begin at
 * `at` of the frame, and the first of them is number `start` of the opener's stream, which is
 * negative when it is behind. Global, as the one below: the verifier looks at each once.
 */
__noinline int holds_hello(struct xdp_md *ctx, __u32 at, __u32 start, __u32 length)
{
	for (__u32 i = 0; i < HELLO_BYTES; i++) {
		__u32 offset = i - start;
		__u8 byte;

		if (offset >= length)
			continue;
		byte = byte_at(ctx, at + offset);
		if (byte < hello_least[i] || byte > hello_most[i])
			return 0;
	}
	return 1;
}

/* `length`: bytes from the UDP header on. */
__noinline int holds_dtls_hello(struct xdp_md *ctx, __u32 at, __u32 length)
{
	struct dtls_hello h;
	__u32 record;

	if (length < sizeof(h) || bpf_xdp_load_bytes(ctx, at, &h, sizeof(h)))
		return 0;
	record = h.record_length[0] << 8 | h.record_length[1];
	return bpf_ntohs(h.length) >= sizeof(h) && h.type == 22 && h.version[0] == 0xfe &&
	       (h.version[1] == 0xff || h.version[1] == 0xfd) && !(h.epoch[0] | h.epoch[1]) &&
	       record >= DTLS_SHORTEST && record <= DTLS_LONGEST && h.handshake == 1;
}

#endif
