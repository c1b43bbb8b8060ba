/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A log whose lines are chained: each begins with its number and the SHA-256 of the line before it,
 * with its line end, so that none can be changed, removed or moved without a trace:
 *
 *	{"seq":7,"previous":"5e88...","time":...}
 *
 * The first has the number 1, and the hash of all that was in the file before it, which may be
 * nothing. A line that a crash cut short has a number, too; the one behind it has "mends":true as
 * its third key, and the hash of all from the last whole line on.
 */
#ifndef WARDGATE_BASE_CHAIN_H
#define WARDGATE_BASE_CHAIN_H

#include <sha256.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A SHA-256 as hex, with its final NUL. */
#define CHAIN_HASH (2 * SHA256_DIGEST_LENGTH + 1)

/* Writes into `out` and returns it. */
const char *chain_hash(char out[CHAIN_HASH], const void *bytes, size_t length);

/* The last line. */
struct chain_head {
	uint64_t sequence;	/* 0: there is none */
	char hash[CHAIN_HASH];	/* that the next line has to keep */
};

struct chain_line {
	uint64_t sequence;
	char previous[CHAIN_HASH];
	bool mends;
};

/* Whether it is a whole line of a chain, with its line end. */
bool chain_parse(const char *line, size_t length, struct chain_line *out);

/* Goes through a log from its first line on. Zero-initialise it, but for chain_start(). */
struct chain {
	struct chain_head head;	/* of what was read */
	uint64_t lines;		/* of the file */
	uint64_t before;	/* of these, older than the chain */
	uint64_t cut;		/* of these, cut short by a crash and mended */
	unsigned open;		/* cut ones at the end, which no line has mended yet; one without
				   a line end is not in the head */
	SHA2_CTX since;		/* from the last whole line on, or from the start */
};

void chain_start(struct chain *chain);

/*
 * Takes the next line, with its line end; only the last may lack it. -EINVAL with the sentence when
 * it does not follow on the one before; then the walk is over.
 */
int chain_next(struct chain *chain, const char *line, size_t length, struct error *error);

#endif
