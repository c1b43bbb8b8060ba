/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames of a capture: classic pcap (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng),
 * of Ethernet only. Both are read in either byte order, and nothing in them is trusted.
 */
#ifndef WARDGATE_CLI_PCAP_H
#define WARDGATE_CLI_PCAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/vec.h"

struct pcap_frame {
	const uint8_t *bytes;	/* in the file's bytes */
	size_t length;
};

struct pcap_frames {
	VEC(struct pcap_frame) list;
};

/* The first `most` frames. 0, -ENOMEM, or -EINVAL with what is wrong and at which byte. */
int pcap_read(const uint8_t *bytes, size_t length, size_t most, struct pcap_frames *out,
	      struct error *error);

#endif
