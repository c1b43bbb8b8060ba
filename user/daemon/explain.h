/* SPDX-License-Identifier: GPL-2.0-only */
/* Explain: what becomes of a packet and why, from the program itself. */
#ifndef WARDGATE_DAEMON_EXPLAIN_H
#define WARDGATE_DAEMON_EXPLAIN_H

#include "daemon/daemon.h"
#include "daemon/packet.h"
#include "kernel/explain.h"

/* The handler of the method. */
int explain(struct call *call, void *daemon);

/* The rest is shared by its parts. */

#define EXPLAIN_FRAMES 256
#define EXPLAIN_FRAME_SIZE 9216	/* bytes; a jumbo frame */

/* A frame that is to be judged, or why it cannot be. */
struct explain_frame {
	uint8_t *bytes;
	size_t length;
	uint32_t port;		/* of the image, or EXPLAIN_NONE */
	struct packet packet;	/* what can be read of it */
	char wrong[256];	/* "" when it can be judged */
	bool is_second;		/* judged only if the one before passes */
};

struct explain_asked {
	struct daemon *daemon;
	const struct policy *policy;
	bool running;		/* it is the one in force */
	VEC(struct explain_frame) frames;
};

/* What the device leases now; see kernel_leases(). */
unsigned explain_leases(const struct explain_asked *asked, const struct model_device *device,
			struct device_lease out[KERNEL_LEASES]);

/* From {from, to, service, flags}: a frame for each link. 0, -EINVAL with the sentence, -ENOMEM. */
int explain_packet(struct explain_asked *asked, const json_t *packet, struct error *error);

/* From [{bytes, port}]. */
int explain_frames(struct explain_asked *asked, const json_t *frames, struct error *error);

/* The image's port on that side of a link. */
uint32_t explain_port(const struct image *image, uint32_t link, enum ward_side side);

/* An item of `frames` in the answer. */
json_t *explain_json(const struct explain_asked *asked, const struct explain_frame *frame,
		     const struct explained *found);

#endif
