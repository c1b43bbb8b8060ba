/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exhaustive, not sampled. All addresses are cut into intervals at every border that the model or
 * the image knows of; inside an interval neither can tell two addresses apart, so its first address
 * speaks for all. The same for the ports of each protocol. Then, for each profile and direction,
 * every interval of addresses meets every interval of ports.
 *
 * What keeps it quick: whether a rule matches depends on the address and the port one by one. So
 * the naive evaluation runs once for each rule and interval, and intervals that match the same
 * rules and have the same class in the image are one row. Rows meet one by one where some rule
 * matches both. Where none does, the image must have no entry: that is asked of the entries, which
 * are few, and not of the pairs, which are many.
 */
#include "policy/prove.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/evaluate.h"
#include "policy/prove_points.h"

#define CLASSES 65536

/* What was met, by class: of the turn at hand, if the turn says so. */
struct met {
	uint64_t turn;
	const struct point *point;
	uint32_t count;
};

/* An entry for the address at hand, by service class, and how many rows of ports met it. */
struct found {
	uint64_t turn;
	const struct image_entry *entry;
	uint32_t count;
};

/* Points that match some rule of a profile, and which: one for each class and set of rules. */
struct rows {
	size_t words; /* of 64 rules, for each row */
	size_t count;
	const struct point **point;
	uint64_t *bits;
};

struct proof {
	const struct model *model;
	const struct image *image;
	points addresses, ports;
	struct point_spans *networks; /* the points of `addresses` that each network holds */
	uint64_t compared;
	uint64_t turn; /* no two profiles, directions and rows have one */
	struct met *peers, *services; /* by class, those of which some point matches no rule */
	struct met *of_class; /* by service class: its rows of ports */
	struct found *found;
};

/* A profile at work. */
struct work {
	const struct model_profile *profile;
	uint16_t number;
	uint64_t turn;
	enum ward_side opener;
	struct rows addresses, ports;
	uint64_t *of_opener; /* rules of this direction */
	uint64_t *row_turn; /* by row of ports: when it was compared last */
	size_t *first; /* rows of ports that match rule r: port_rows[first[r]] and on */
	uint32_t *port_rows;
	const struct image_entry *entries; /* of this profile and direction */
	size_t entry_count;
};

static void rows_free(struct rows *rows)
{
	free(rows->point);
	free(rows->bits);
	*rows = (struct rows){ 0 };
}

static void work_free(struct work *w)
{
	rows_free(&w->addresses);
	rows_free(&w->ports);
	free(w->of_opener);
	free(w->row_turn);
	free(w->first);
	free(w->port_rows);
}

static uint64_t *row_bits(const struct rows *rows, size_t row)
{
	return rows->bits + row * rows->words;
}

/* The table starts small and grows with the rows, which are few in most profiles. */
struct row_table {
	uint32_t *slots;
	size_t size;
};

static uint64_t hash_row(const struct rows *rows, size_t row)
{
	const uint64_t *bits = row_bits(rows, row);
	uint64_t h = rows->point[row]->class * 0x9e3779b97f4a7c15u;

	for (size_t w = 0; w < rows->words; w++)
		h = (h ^ bits[w]) * 0xd6e8feb86659fd93u, h ^= h >> 32;
	return h;
}

static bool is_same_row(const struct rows *rows, size_t a, size_t b)
{
	return rows->point[a]->class == rows->point[b]->class &&
	       !memcmp(row_bits(rows, a), row_bits(rows, b), rows->words * sizeof(uint64_t));
}

static uint32_t *slot_of(const struct row_table *table, const struct rows *rows, size_t row)
{
	size_t at = hash_row(rows, row) & (table->size - 1);

	while (table->slots[at] && !is_same_row(rows, table->slots[at] - 1, row))
		at = (at + 1) & (table->size - 1);
	return &table->slots[at];
}

static int grow_table(struct row_table *table, const struct rows *rows)
{
	struct row_table wider = { .size = table->size ? table->size * 4 : 64 };

	wider.slots = calloc(wider.size, sizeof(*wider.slots));
	if (!wider.slots)
		return -ENOMEM;
	for (size_t row = 0; row < rows->count; row++)
		*slot_of(&wider, rows, row) = (uint32_t)row + 1;
	free(table->slots);
	*table = wider;
	return 0;
}

/* The row behind the last one becomes one of them when it is new. */
static int keep_if_new(struct rows *rows, struct row_table *table, const struct point *point)
{
	uint32_t *slot;

	if (rows->count * 2 >= table->size && grow_table(table, rows))
		return -ENOMEM;
	rows->point[rows->count] = point;
	slot = slot_of(table, rows, rows->count);
	if (!*slot)
		*slot = (uint32_t)++rows->count;
	return 0;
}

#define BLOCK 256 /* points that are matched at a time */

static bool any_rule(const uint64_t *bits, size_t words)
{
	uint64_t any = 0;

	for (size_t w = 0; w < words; w++)
		any |= bits[w];
	return any;
}

/* Points that match no rule are noted by their class alone. */
static int make_rows(struct proof *proof, const struct work *w, bool address, struct met *without,
		     struct rows *out)
{
	const points *from = address ? &proof->addresses : &proof->ports;
	size_t words = out->words = prove_words(w->profile);
	_cleanup_free_ uint64_t *block = calloc(BLOCK, words * sizeof(*block));
	struct row_table table = { 0 };
	int err = 0;

	out->point = calloc(from->count + 1, sizeof(struct point *));
	out->bits = calloc((from->count + 1) * words, sizeof(*out->bits));
	if (!block || !out->point || !out->bits)
		return -ENOMEM;
	for (size_t i = 0; !err && i < from->count; i++) {
		const struct point *point = &from->items[i];
		const uint64_t *bits = &block[i % BLOCK * words];

		if (i % BLOCK == 0) {
			struct span span = { i, from->count - i > BLOCK ? i + BLOCK : from->count };

			memset(block, 0, BLOCK * words * sizeof(*block));
			if (address)
				prove_match_addresses(w->profile, proof->networks, span, block);
			else
				prove_match_ports(proof->model, w->profile, from, span, block);
		}
		memcpy(row_bits(out, out->count), bits, words * sizeof(*bits));
		if (any_rule(bits, words))
			err = keep_if_new(out, &table, point);
		else
			without[point->class] = (struct met){ w->turn, point, 0 };
	}
	free(table.slots);
	return err;
}

/* For each rule, the rows of ports that it matches. */
static int invert_rows(struct work *w)
{
	size_t rules = w->profile->rules.count, total = 0;

	w->first = calloc(rules + 2, sizeof(*w->first));
	if (!w->first)
		return -ENOMEM;
	for (size_t row = 0; row < w->ports.count; row++)
		for (size_t r = 0; r < rules; r++)
			if (row_bits(&w->ports, row)[r / 64] >> (r % 64) & 1)
				w->first[r + 2]++, total++;
	for (size_t r = 2; r < rules + 2; r++)
		w->first[r] += w->first[r - 1];
	w->port_rows = malloc((total + 1) * sizeof(*w->port_rows));
	if (!w->port_rows)
		return -ENOMEM;
	for (size_t row = 0; row < w->ports.count; row++)
		for (size_t r = 0; r < rules; r++)
			if (row_bits(&w->ports, row)[r / 64] >> (r % 64) & 1)
				w->port_rows[w->first[r + 1]++] = (uint32_t)row;
	return 0;
}

/* What a verdict is called in a message. */
#define VERDICT 160

static const char *rule_text(const struct model *model, const struct model_rule *rule,
			     char out[VERDICT])
{
	if (rule)
		snprintf(out, VERDICT, "allowed by %.128s:%u", model_file(model, rule->place),
			 rule->place.line);
	else
		snprintf(out, VERDICT, "denied");
	return out;
}

/* `met`: the address and the port. `rules`: what the policy and the image say, NULL: denied. */
static int differ(const struct proof *proof, const struct work *w, const struct point *const met[2],
		  const struct model_rule *const rules[2], struct error *error)
{
	static const char *const protocols[PROTOCOLS] = { "tcp",  "udp",    "sctp",
							  "icmp", "icmpv6", "igmp" };
	char peer[TEXT_ADDRESS], one[VERDICT], two[VERDICT];

	return error_set(
		error, -EINVAL,
		"the compiled policy is wrong and was not used: profile %s, %s %s, %s %" PRIu32
		" is %s in the policy but %s in the image. Please report this as a bug.",
		w->profile->name.text, w->opener == WARD_CLINICAL ? "to" : "from",
		text_address(peer, met[0]->value), protocols[met[1]->protocol],
		ntohl(met[1]->value[3]), rule_text(proof->model, rules[0], one),
		rule_text(proof->model, rules[1], two));
}

static int denied(const struct work *w, const struct point *address, struct error *error)
{
	char peer[TEXT_ADDRESS];

	return error_set(error, -EINVAL,
			 "the compiled policy is wrong and was not used: profile %s, %s %s has an "
			 "entry in the image for what the policy denies. Please report this as a "
			 "bug.",
			 w->profile->name.text, w->opener == WARD_CLINICAL ? "to" : "from",
			 text_address(peer, address->value));
}

static const struct model_rule *compiled_rule(const struct proof *proof,
					      const struct image_entry *entry, size_t position)
{
	const struct image *image = proof->image;
	uint32_t flags, rule = entry ? image_step(image, entry, position, &flags) : UINT32_MAX;

	if (rule == UINT32_MAX)
		return NULL;
	return &proof->model->profiles.items[image->rules.items[rule].profile]
			.rules.items[image->rules.items[rule].rule];
}

/*
 * All rules of this direction in both rows, one after the other up to the first that always is one:
 * the entry must lead to the same. NULL is how either ends.
 */
static bool is_same_chain(const struct proof *proof, const struct work *w, const uint64_t *address,
			  const uint64_t *port, const struct image_entry *entry,
			  const struct model_rule *differing[2])
{
	size_t position = 0;

	for (size_t word = 0; word < w->addresses.words; word++) {
		uint64_t bits = address[word] & port[word] & w->of_opener[word];

		for (; bits; bits &= bits - 1) {
			size_t r = word * 64 + (size_t)__builtin_ctzll(bits);

			differing[0] = &w->profile->rules.items[r];
			differing[1] = compiled_rule(proof, entry, position++);
			if (differing[0] != differing[1])
				return false;
			if (!evaluate_is_timed(differing[0]))
				return !(differing[1] = compiled_rule(proof, entry, position));
		}
	}
	differing[0] = NULL;
	differing[1] = compiled_rule(proof, entry, position);
	return !differing[1];
}

/* The row of ports meets the address at hand, once. */
static int compare(struct proof *proof, struct work *w, size_t address, size_t port,
		   struct error *error)
{
	const struct point *a = w->addresses.point[address], *p = w->ports.point[port];
	struct found *found = &proof->found[p->class];
	bool is_found = found->turn == proof->turn;
	const struct model_rule *differing[2];

	proof->compared++;
	if (!is_same_chain(proof, w, row_bits(&w->addresses, address), row_bits(&w->ports, port),
			   is_found ? found->entry : NULL, differing))
		return differ(proof, w, (const struct point *const[]){ a, p }, differing, error);
	if (is_found)
		found->count++;
	return 0;
}

/* The entries for one class of peers. */
static struct span entries_of(const struct work *w, uint32_t peer_class)
{
	const struct ward_rule_key key = { .profile = w->number,
					   .opener = (uint8_t)w->opener,
					   .peer_class = (uint16_t)peer_class };
	struct span span = { .first = prove_entries_before(w->entries, w->entry_count, &key) };

	span.end = span.first;
	while (span.end < w->entry_count && w->entries[span.end].key.peer_class == peer_class)
		span.end++;
	return span;
}

/* What else the image allows for this address: nothing, of which some row was not compared. */
static int prove_no_more(struct proof *proof, const struct work *w, const struct point *address,
			 struct span entries, bool named, struct error *error)
{
	bool mark = false;

	for (size_t at = entries.first; at < entries.end; at++) {
		uint16_t class = w->entries[at].key.service_class;
		uint32_t met = proof->found[class].count;

		proof->compared++;
		if (class == WARD_ANY_SERVICE && w->entries[at].rule == UINT32_MAX)
			mark = true;
		else if (proof->services[class].turn == w->turn || !met ||
			 met != proof->of_class[class].count)
			return denied(w, address, error);
	}
	return mark == named
		       ? 0
		       : prove_failed(error, "a profile does not know whether it names a peer");
}

static int compare_address(struct proof *proof, struct work *w, size_t row, struct error *error)
{
	const uint64_t *bits = row_bits(&w->addresses, row);
	struct span entries = entries_of(w, w->addresses.point[row]->class);
	bool named = false;
	int err = 0;

	proof->turn++;
	for (size_t at = entries.first; at < entries.end; at++)
		proof->found[w->entries[at].key.service_class] =
			(struct found){ proof->turn, &w->entries[at], 0 };
	for (size_t word = 0; word < w->addresses.words; word++) {
		for (uint64_t left = bits[word] & w->of_opener[word]; left; left &= left - 1) {
			size_t r = word * 64 + (size_t)__builtin_ctzll(left);

			named = true;
			for (size_t i = w->first[r]; !err && i < w->first[r + 1]; i++) {
				if (w->row_turn[w->port_rows[i]] == proof->turn)
					continue;
				w->row_turn[w->port_rows[i]] = proof->turn;
				err = compare(proof, w, row, w->port_rows[i], error);
			}
		}
	}
	return err ?: prove_no_more(proof, w, w->addresses.point[row], entries, named, error);
}

static int prove_direction(struct proof *proof, struct work *w, struct error *error)
{
	struct ward_rule_key key = { .profile = w->number, .opener = (uint8_t)w->opener };
	const struct image *image = proof->image;
	size_t first = prove_entries_before(image->entries.items, image->entries.count, &key), end;
	int err = 0;

	key.opener++;
	end = prove_entries_before(image->entries.items, image->entries.count, &key);
	w->entries = first < end ? &image->entries.items[first] : NULL;
	w->entry_count = end - first;
	memset(w->of_opener, 0, w->addresses.words * sizeof(*w->of_opener));
	for (size_t r = 0; r < w->profile->rules.count; r++)
		if (w->profile->rules.items[r].opener == w->opener)
			w->of_opener[r / 64] |= 1ull << (r % 64);
	for (size_t i = 0; i < w->entry_count; i++)
		if (proof->peers[w->entries[i].key.peer_class].turn == w->turn)
			return denied(w, proof->peers[w->entries[i].key.peer_class].point, error);
	for (size_t row = 0; !err && row < w->addresses.count; row++)
		err = compare_address(proof, w, row, error);
	proof->compared += proof->addresses.count - w->addresses.count;
	return err;
}

static int prepare(struct proof *proof, struct work *w)
{
	w->turn = ++proof->turn;
	if (make_rows(proof, w, true, proof->peers, &w->addresses) ||
	    make_rows(proof, w, false, proof->services, &w->ports) || invert_rows(w))
		return -ENOMEM;
	for (size_t row = 0; row < w->ports.count; row++) {
		struct met *met = &proof->of_class[w->ports.point[row]->class];

		if (met->turn != w->turn)
			*met = (struct met){ .turn = w->turn };
		met->count++;
	}
	w->of_opener = calloc(w->addresses.words, sizeof(*w->of_opener));
	w->row_turn = calloc(w->ports.count + 1, sizeof(*w->row_turn));
	return w->of_opener && w->row_turn ? 0 : -ENOMEM;
}

static int prove_profile(struct proof *proof, size_t p, struct error *error)
{
	_cleanup_(work_free) struct work w = { .profile = &proof->model->profiles.items[p],
					       .number = (uint16_t)p };
	int err = 0;

	if (prepare(proof, &w))
		return error_set(error, -ENOMEM, "no memory to prove the policy");
	for (w.opener = WARD_CLINICAL; !err && w.opener < WARD_SIDES; w.opener++)
		err = prove_direction(proof, &w, error);
	return err;
}

static int prepare_proof(struct proof *proof)
{
	struct met **const tables[] = { &proof->peers, &proof->services, &proof->of_class };

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		*tables[i] = calloc(CLASSES, sizeof(**tables[i]));
		if (!*tables[i])
			return -ENOMEM;
	}
	proof->found = calloc(CLASSES, sizeof(*proof->found));
	proof->networks = calloc(proof->model->networks.count + 1, sizeof(*proof->networks));
	if (!proof->found || !proof->networks)
		return -ENOMEM;
	return prove_addresses_of(proof->model, proof->image, &proof->addresses)
		       ?: prove_networks_of(proof->model, &proof->addresses, proof->networks)
		       ?: prove_ports_of(proof->model, proof->image, &proof->ports);
}

static void proof_free(struct proof *proof)
{
	for (size_t n = 0; proof->networks && n < proof->model->networks.count; n++)
		vec_free(&proof->networks[n]);
	free(proof->networks);
	vec_free(&proof->addresses);
	vec_free(&proof->ports);
	free(proof->peers);
	free(proof->services);
	free(proof->of_class);
	free(proof->found);
}

int prove_rules(const struct model *model, const struct image *image, uint64_t *compared,
		struct error *error)
{
	_cleanup_(proof_free) struct proof proof = { .model = model, .image = image };
	int err = prove_entries(model, image, error);

	if (err)
		return err;
	if (prepare_proof(&proof))
		return error_set(error, -ENOMEM, "no memory to prove the policy");
	for (size_t p = 0; !err && p < model->profiles.count; p++)
		err = prove_profile(&proof, p, error);
	if (!err)
		*compared += proof.compared;
	return err;
}
