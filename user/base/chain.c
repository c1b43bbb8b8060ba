/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/chain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NUMBER "{\"seq\":"
#define PREVIOUS ",\"previous\":\""
#define MENDS "\",\"mends\":true,"

static const char *to_hex(char out[CHAIN_HASH], SHA2_CTX *sha)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	SHA256Final(digest, sha);
	for (size_t i = 0; i < sizeof(digest); i++)
		sprintf(&out[2 * i], "%02x", digest[i]);
	return out;
}

const char *chain_hash(char out[CHAIN_HASH], const void *bytes, size_t length)
{
	SHA2_CTX sha;

	SHA256Init(&sha);
	SHA256Update(&sha, bytes, length);
	return to_hex(out, &sha);
}

/* Moves `*at` behind `text`, if that comes next. */
static bool skip(const char **at, const char *end, const char *text)
{
	size_t length = strlen(text);

	if ((size_t)(end - *at) < length || memcmp(*at, text, length) != 0)
		return false;
	*at += length;
	return true;
}

/* Decimal, without leading zeros: it is written in one way only. */
static bool take_number(const char **at, const char *end, uint64_t *out)
{
	const char *begin = *at;
	uint64_t value = 0;

	while (*at < end && **at >= '0' && **at <= '9' && *at - begin < 18)
		value = value * 10 + (uint64_t)(*(*at)++ - '0');
	*out = value;
	return *at > begin && *begin != '0';
}

static bool take_hash(const char **at, const char *end, char out[CHAIN_HASH])
{
	if (end - *at < CHAIN_HASH - 1)
		return false;
	memcpy(out, *at, CHAIN_HASH - 1);
	out[CHAIN_HASH - 1] = '\0';
	*at += CHAIN_HASH - 1;
	return strspn(out, "0123456789abcdef") == CHAIN_HASH - 1;
}

bool chain_parse(const char *line, size_t length, struct chain_line *out)
{
	const char *at = line, *end = line + length;

	/* What a crash left of a line may begin well. */
	if (length < 2 || memcmp(end - 2, "}\n", 2) != 0)
		return false;
	if (!skip(&at, end, NUMBER) || !take_number(&at, end, &out->sequence) ||
	    !skip(&at, end, PREVIOUS) || !take_hash(&at, end, out->previous))
		return false;
	out->mends = skip(&at, end, MENDS);
	return out->mends || skip(&at, end, "\",");
}

static void add(struct chain *chain, const char *line, size_t length)
{
	SHA2_CTX copy;

	SHA256Update(&chain->since, (const uint8_t *)line, length);
	copy = chain->since;
	to_hex(chain->head.hash, &copy);
}

void chain_start(struct chain *chain)
{
	*chain = (struct chain){ 0 };
	SHA256Init(&chain->since);
	add(chain, "", 0);
}

/* The first line of the chain, perhaps behind others that are older than it. */
static int begin(struct chain *chain, const struct chain_line *line, struct error *error)
{
	if (line->sequence != 1)
		return error_set(error, -EINVAL,
				 "line %llu has the number %llu: the ones before it are missing",
				 (unsigned long long)chain->lines,
				 (unsigned long long)line->sequence);
	if (strcmp(line->previous, chain->head.hash) != 0)
		return error_set(error, -EINVAL,
				 "the %llu lines that are older than the chain were changed",
				 (unsigned long long)chain->before);
	return 0;
}

static int follow(struct chain *chain, const struct chain_line *line, struct error *error)
{
	unsigned long long number = chain->lines;

	if (line->sequence != chain->head.sequence + 1)
		return error_set(error, -EINVAL,
				 "line %llu has the number %llu, not %llu: lines before it were "
				 "removed, added or moved",
				 number, (unsigned long long)line->sequence,
				 (unsigned long long)chain->head.sequence + 1);
	if (chain->open && !line->mends)
		return error_set(error, -EINVAL, "line %llu is not one of the log's", number - 1);
	if (strcmp(line->previous, chain->head.hash) != 0)
		return error_set(error, -EINVAL,
				 "line %llu%s was changed: line %llu keeps the hash of another",
				 number - 1 - chain->open,
				 chain->open ? ", or what was cut short behind it," : "", number);
	return 0;
}

/* Behind a chain it has been cut short, and has a number. */
static void take_other(struct chain *chain)
{
	if (chain->head.sequence) {
		chain->open++;
		chain->head.sequence++;
	} else {
		chain->before++;
	}
}

int chain_next(struct chain *chain, const char *line, size_t length, struct error *error)
{
	struct chain_line parsed;
	int err;

	chain->lines++;
	if (chain->head.sequence && line[length - 1] != '\n') {
		chain->open++;
		return 0;
	}
	if (!chain_parse(line, length, &parsed)) {
		take_other(chain);
	} else {
		err = chain->head.sequence ? follow(chain, &parsed, error)
					   : begin(chain, &parsed, error);
		if (err)
			return err;
		chain->cut += chain->open;
		chain->open = 0;
		chain->head.sequence = parsed.sequence;
		SHA256Init(&chain->since);
	}
	add(chain, line, length);
	return 0;
}
