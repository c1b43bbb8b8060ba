/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/pcap.h"

#include <stdbool.h>

#define PCAP_MICROSECONDS 0xa1b2c3d4u
#define PCAP_NANOSECONDS 0xa1b23c4du
#define PCAPNG_SECTION 0x0a0d0d0au
#define PCAPNG_ORDER 0x1a2b3c4du
#define PCAPNG_INTERFACE 1
#define PCAPNG_SIMPLE 3
#define PCAPNG_ENHANCED 6
#define LINKTYPE_ETHERNET 1
#define PCAPNG_INTERFACES 64

struct reader {
	const uint8_t *bytes;
	size_t length, at, most;
	bool swapped; /* the most significant byte comes first */
	struct pcap_frames *out;
	struct error *error;
	/* pcapng, of the section at hand */
	bool is_ethernet[PCAPNG_INTERFACES];
	size_t interfaces;
};

static uint32_t read32(const struct reader *r, size_t at)
{
	const uint8_t *b = r->bytes + at;

	return r->swapped
		       ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]
		       : (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static uint16_t read16(const struct reader *r, size_t at)
{
	const uint8_t *b = r->bytes + at;

	return (uint16_t)(r->swapped ? b[0] << 8 | b[1] : b[1] << 8 | b[0]);
}

static bool has(const struct reader *r, size_t bytes)
{
	return r->length - r->at >= bytes;
}

static int broken(const struct reader *r, const char *what)
{
	return error_set(r->error, -EINVAL, "%s, at byte %zu of the capture", what, r->at);
}

static bool is_full(const struct reader *r)
{
	return r->out->list.count >= r->most;
}

static int add_frame(struct reader *r, size_t at, size_t length)
{
	struct pcap_frame *frame = vec_add(&r->out->list);

	if (!frame)
		return error_set(r->error, -ENOMEM, "no memory for the capture");
	*frame = (struct pcap_frame){ r->bytes + at, length };
	return 0;
}

static int read_classic(struct reader *r)
{
	int err = 0;

	if (!has(r, 24))
		return broken(r, "the header is cut off");
	/* The upper bits tell of a checksum behind each frame. */
	if ((read32(r, 20) & 0x0fffffff) != LINKTYPE_ETHERNET)
		return broken(r, "this is no capture of Ethernet");
	for (r->at = 24; !err && r->at < r->length && !is_full(r);) {
		uint32_t length;

		if (!has(r, 16))
			return broken(r, "the header of a frame is cut off");
		length = read32(r, r->at + 8);
		r->at += 16;
		if (!has(r, length))
			return broken(r, "a frame is cut off");
		err = add_frame(r, r->at, length);
		r->at += length;
	}
	return err;
}

/* A block begins with its type and its length, and ends with its length. */

static int read_interface(struct reader *r, size_t length)
{
	if (length < 20)
		return broken(r, "a block is too short");
	if (r->interfaces == PCAPNG_INTERFACES)
		return broken(r, "there are more than 64 interfaces");
	r->is_ethernet[r->interfaces++] = read16(r, r->at + 8) == LINKTYPE_ETHERNET;
	return 0;
}

static int read_packet(struct reader *r, size_t length, bool simple)
{
	size_t head = simple ? 12 : 28;
	uint32_t interface, captured;

	if (length < head + 4)
		return broken(r, "a block is too short");
	interface = simple ? 0 : read32(r, r->at + 8);
	captured = read32(r, r->at + (simple ? 8 : 20));
	/* A simple block tells the length on the wire: what was captured may be less. */
	if (simple && captured > length - head - 4)
		captured = (uint32_t)(length - head - 4);
	if (interface >= r->interfaces || captured > length - head - 4)
		return broken(r, "a frame is not in its block, or of no interface");
	if (!r->is_ethernet[interface])
		return broken(r, "this is no capture of Ethernet");
	return add_frame(r, r->at + head, captured);
}

static int read_section(struct reader *r)
{
	if (!has(r, 28))
		return broken(r, "the header is cut off");
	r->swapped = false;
	r->swapped = read32(r, r->at + 8) != PCAPNG_ORDER;
	if (read32(r, r->at + 8) != PCAPNG_ORDER)
		return broken(r, "a section has no byte order");
	r->interfaces = 0;
	return 0;
}

static int read_block(struct reader *r)
{
	uint32_t type, length;
	int err = 0;

	if (!has(r, 12))
		return broken(r, "a block is cut off");
	type = read32(r, r->at);
	/* The same in either order. */
	if (type == PCAPNG_SECTION)
		err = read_section(r);
	length = read32(r, r->at + 4);
	if (!err && (length < 12 || length % 4 || !has(r, length)))
		err = broken(r, "a block has a wrong length");
	if (!err && type == PCAPNG_INTERFACE)
		err = read_interface(r, length);
	else if (!err && (type == PCAPNG_SIMPLE || type == PCAPNG_ENHANCED))
		err = read_packet(r, length, type == PCAPNG_SIMPLE);
	r->at += length;
	return err;
}

int pcap_read(const uint8_t *bytes, size_t length, size_t most, struct pcap_frames *out,
	      struct error *error)
{
	struct pcap_frames frames = { 0 };
	struct reader r = {
		.bytes = bytes, .length = length, .most = most, .out = &frames, .error = error
	};
	uint32_t magic;
	int err = 0;

	if (length < 4)
		return broken(&r, "this is no capture");
	magic = read32(&r, 0);
	if (magic == PCAPNG_SECTION) {
		while (!err && r.at < length && !is_full(&r))
			err = read_block(&r);
	} else {
		r.swapped = magic != PCAP_MICROSECONDS && magic != PCAP_NANOSECONDS;
		magic = read32(&r, 0);
		err = magic == PCAP_MICROSECONDS || magic == PCAP_NANOSECONDS
			      ? read_classic(&r)
			      : broken(&r, "this is neither pcap nor pcapng");
	}
	if (err) {
		vec_free(&frames.list);
		return err;
	}
	*out = frames;
	return 0;
}
