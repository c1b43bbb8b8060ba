/* SPDX-License-Identifier: GPL-2.0-only */
/* The naive evaluation: which rules match, by the address alone and by the port alone. */
#include <arpa/inet.h>

#include "policy/evaluate.h"
#include "policy/prove_points.h"

static uint64_t *row_of(const struct model_profile *profile, uint64_t *bits, size_t row)
{
	return bits + row * prove_words(profile);
}

void prove_match_addresses(const struct model_profile *profile, const struct point_spans *networks,
			   struct span which, uint64_t *bits)
{
	for (size_t r = 0; r < profile->rules.count; r++) {
		const struct point_spans *spans = &networks[profile->rules.items[r].network];

		for (size_t s = prove_span_of(spans, which.first);
		     s < spans->count && spans->items[s].first < which.end; s++) {
			const struct span *span = &spans->items[s];
			size_t i = span->first > which.first ? span->first : which.first;

			for (; i < which.end && i < span->end; i++)
				row_of(profile, bits, i - which.first)[r / 64] |= 1ull << (r % 64);
		}
	}
}

void prove_match_ports(const struct model *model, const struct model_profile *profile,
		       const points *ports, struct span which, uint64_t *bits)
{
	for (size_t i = which.first; i < which.end; i++) {
		const struct point *point = &ports->items[i];
		uint64_t *row = row_of(profile, bits, i - which.first);

		for (size_t r = 0; r < profile->rules.count; r++)
			if (evaluate_service(model, &profile->rules.items[r], point->protocol,
					     (uint16_t)ntohl(point->value[3])))
				row[r / 64] |= 1ull << (r % 64);
	}
}

/* Entries are sorted by profile, direction, peer and service. */
size_t prove_entries_before(const struct image_entry *entries, size_t count,
			    const struct ward_rule_key *key)
{
	size_t low = 0, high = count;

	while (low < high) {
		const struct ward_rule_key *k = &entries[low + (high - low) / 2].key;
		bool before = k->profile != key->profile ? k->profile < key->profile
			      : k->opener != key->opener ? k->opener < key->opener
			      : k->peer_class != key->peer_class
				      ? k->peer_class < key->peer_class
				      : k->service_class < key->service_class;

		if (before)
			low = low + (high - low) / 2 + 1;
		else
			high = low + (high - low) / 2;
	}
	return low;
}
