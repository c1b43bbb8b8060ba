/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small tree of what the YAML says, each node with its place, and nothing guessed: a scalar is
 * the text that was written, so `no`, `0110` and 02:00:00:00:11:01 stay what they are. Built from
 * libyaml's events; aliases are refused before anything could be expanded.
 */
#ifndef WARDGATE_POLICY_NODE_H
#define WARDGATE_POLICY_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "policy/diag.h"
#include "policy/source.h"

/* Lists and mappings inside each other; the policy language itself needs 6. */
#define NODE_MAX_DEPTH 16

/* Nodes of one file, so that its memory stays below 1 GiB; 32 MiB of devices have five million. */
#define NODE_MAX_COUNT 8000000

enum node_kind {
	NODE_BAD, /* was reported: whoever meets it says nothing more */
	NODE_TEXT,
	NODE_LIST,
	NODE_MAP,
};

struct node {
	struct node *next; /* sibling */
	union {
		const char *text; /* NODE_TEXT; without control characters */
		struct node *first; /* items of a list, or key, value, key, value of a map */
	};
	struct place place;
	uint8_t kind; /* enum node_kind */
	bool quoted;
	char inlined[]; /* where `text` stands: one cache line for most nodes */
};

/*
 * 0 with `root` set, which then lives in `arena`; -EINVAL when the text cannot be read as YAML (the
 * findings say why); -ENOMEM. Findings may also come with a tree: refused parts are NODE_BAD.
 */
int node_read(const struct source *source, struct arena *arena, const struct node **root,
	      struct diags *diags);

/* "a list", "a mapping", "text", "nothing". */
const char *node_kind_name(const struct node *node);

#endif
