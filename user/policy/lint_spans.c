/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "base/own.h"
#include "policy/lint.h"

/* Where the set of members changes. */
struct edge {
	unsigned __int128 at;
	uint32_t member;
	bool ends; /* before this number */
};

static int by_number(const void *left, const void *right)
{
	const struct edge *a = left, *b = right;

	return a->at < b->at ? -1 : a->at > b->at;
}

/* The members that hold the number at hand. */
struct open_set {
	uint32_t *members; /* sorted */
	uint32_t *depth; /* how many spans of each member do */
	size_t count;
};

static size_t place_of(const struct open_set *open, uint32_t member)
{
	size_t low = 0, high = open->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (open->members[middle] < member)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void begin(struct open_set *open, uint32_t member)
{
	size_t at = place_of(open, member);

	if (open->depth[member]++)
		return;
	memmove(&open->members[at + 1], &open->members[at],
		(open->count - at) * sizeof(*open->members));
	open->members[at] = member;
	open->count++;
}

static void end(struct open_set *open, uint32_t member)
{
	size_t at = place_of(open, member);

	if (--open->depth[member])
		return;
	open->count--;
	memmove(&open->members[at], &open->members[at + 1],
		(open->count - at) * sizeof(*open->members));
}

/* What holds the last number of all never ends. */
static size_t make_edges(const struct lint_span *spans, size_t count, struct edge *edges)
{
	size_t made = 0;

	for (size_t i = 0; i < count; i++) {
		edges[made++] = (struct edge){ spans[i].first, spans[i].member, false };
		if (spans[i].last + 1)
			edges[made++] = (struct edge){ spans[i].last + 1, spans[i].member, true };
	}
	qsort(edges, made, sizeof(*edges), by_number);
	return made;
}

int lint_classes(const struct lint_span *spans, size_t count, uint32_t members, struct classes *out)
{
	_cleanup_free_ struct edge *edges = calloc(2 * count + 1, sizeof(*edges));
	_cleanup_free_ uint32_t *opened = calloc(members + 1u, sizeof(*opened));
	_cleanup_free_ uint32_t *depth = calloc(members + 1u, sizeof(*depth));
	struct open_set open = { opened, depth, 0 };
	size_t edge_count;
	uint32_t class;

	if (!edges || !opened || !depth || classes_intern(out, NULL, 0, &class))
		return -ENOMEM;
	edge_count = make_edges(spans, count, edges);
	for (size_t i = 0; i < edge_count;) {
		unsigned __int128 at = edges[i].at;

		for (; i < edge_count && edges[i].at == at; i++)
			if (edges[i].ends)
				end(&open, edges[i].member);
			else
				begin(&open, edges[i].member);
		if (classes_intern(out, open.members, open.count, &class))
			return -ENOMEM;
	}
	return 0;
}
