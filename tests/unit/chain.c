/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/chain.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Lines of a chain that are changed before they are read. */
struct log {
	char line[8][256];
	size_t count;
};

/* As the daemon writes them; `mends`: behind one that was cut. */
static void add(struct log *log, bool mends, const char *what)
{
	char hash[CHAIN_HASH], before[2 * sizeof(log->line[0])];

	snprintf(before, sizeof(before), "%s%s", mends ? log->line[log->count - 2] : "",
		 log->count ? log->line[log->count - 1] : "");
	chain_hash(hash, before, strlen(before));
	snprintf(log->line[log->count], sizeof(log->line[0]),
		 "{\"seq\":%zu,\"previous\":\"%s\",%s\"action\":\"%s\"}\n", log->count + 1, hash,
		 mends ? "\"mends\":true," : "", what);
	log->count++;
}

static struct log five(void)
{
	struct log log = { .count = 0 };

	for (int i = 0; i < 5; i++)
		add(&log, false, (const char *[]){ "a", "b", "c", "d", "e" }[i]);
	return log;
}

static void cut(struct log *log, const char *rest)
{
	strcpy(log->line[log->count++], rest);
}

/* What is said of it; "" when it is whole. */
static const char *walk(const struct log *log, struct chain *chain)
{
	static struct error error;

	error.text[0] = '\0';
	chain_start(chain);
	for (size_t i = 0; i < log->count; i++)
		if (chain_next(chain, log->line[i], strlen(log->line[i]), &error) == -EINVAL)
			break;
	return error.text;
}

Test(chain, is_whole_as_it_was_written)
{
	struct log log = five();
	struct chain chain;

	cr_assert_str_eq(walk(&log, &chain), "");
	cr_assert_eq(chain.head.sequence, 5);
	cr_assert_eq(chain.before + chain.cut + chain.open, 0);
}

/* The hash of nothing, as sha256sum(1) knows it. */
Test(chain, begins_with_the_hash_of_nothing)
{
	struct log log = five();

	cr_assert(strstr(log.line[0], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b78"
				      "52b855"));
}

Test(chain, finds_any_changed_byte_but_of_the_last_line)
{
	for (size_t i = 0; i < 4; i++) {
		for (size_t at = 0; at < strlen(five().line[i]) - 1; at++) {
			struct log log = five();
			struct chain chain;

			log.line[i][at] ^= 1;
			cr_expect_str_neq(walk(&log, &chain), "", "line %zu, byte %zu", i, at);
		}
	}
}

Test(chain, finds_any_removed_line_but_the_last)
{
	for (size_t i = 0; i < 4; i++) {
		struct log log = five();
		struct chain chain;

		log.count--;
		for (size_t to = i; to < log.count; to++)
			strcpy(log.line[to], log.line[to + 1]);
		cr_expect_str_neq(walk(&log, &chain), "", "line %zu", i);
	}
}

Test(chain, finds_any_two_lines_that_changed_places)
{
	for (size_t i = 0; i < 5; i++) {
		for (size_t other = i + 1; other < 5; other++) {
			struct log log = five(), before = log;
			struct chain chain;

			strcpy(log.line[i], before.line[other]);
			strcpy(log.line[other], before.line[i]);
			cr_expect_str_neq(walk(&log, &chain), "", "%zu and %zu", i, other);
		}
	}
}

Test(chain, says_what_is_wrong_and_where)
{
	struct log log = five();
	struct chain chain;

	log.line[1][90] ^= 1;
	cr_assert_str_eq(walk(&log, &chain), "line 2 was changed: line 3 keeps the hash of another");
	log = five();
	strcpy(log.line[2], log.line[3]);
	cr_assert_str_eq(walk(&log, &chain),
			 "line 3 has the number 4, not 3: lines before it were removed, added or "
			 "moved");
	strcpy(log.line[0], log.line[1]);
	cr_assert_str_eq(walk(&log, &chain),
			 "line 1 has the number 2: the ones before it are missing");
}

Test(chain, finds_a_line_of_another_hand)
{
	struct log log = five();
	struct chain chain;

	cut(&log, "{\"time\":\"now\",\"action\":\"nothing\"}\n");
	add(&log, false, "f");
	cr_assert_str_eq(walk(&log, &chain), "line 6 is not one of the log's");
}

Test(chain, takes_a_cut_line_that_the_next_one_mends)
{
	struct log log = five();
	struct chain chain;

	cut(&log, "{\"seq\":6,\"prev\n");
	add(&log, true, "mend");
	add(&log, false, "f");
	cr_assert_str_eq(walk(&log, &chain), "");
	cr_assert_eq(chain.cut, 1);
	cr_assert_eq(chain.head.sequence, 8);
}

Test(chain, keeps_the_hash_of_a_cut_line_and_of_the_one_before_it)
{
	for (size_t changed = 4; changed < 6; changed++) {
		struct log log = five();
		struct chain chain;

		cut(&log, "{\"seq\":6,\"prev\n");
		add(&log, true, "mend");
		log.line[changed][2] ^= 1;
		cr_assert_str_neq(walk(&log, &chain), "");
	}
}

Test(chain, does_not_count_a_last_line_without_end)
{
	struct log log = five();
	struct chain chain;

	cut(&log, "{\"seq\":6,");
	cr_assert_str_eq(walk(&log, &chain), "");
	cr_assert_eq(chain.open, 1);
	cr_assert_eq(chain.head.sequence, 5);
}

/* Two lines of before there was a chain, and the first of one. */
static struct log older(void)
{
	struct log log = { .count = 0 };
	char both[64], hash[CHAIN_HASH];

	cut(&log, "{\"action\":\"x\"}\n");
	cut(&log, "{\"action\":\"y\"}\n");
	snprintf(both, sizeof(both), "%s%s", log.line[0], log.line[1]);
	snprintf(log.line[log.count++], sizeof(log.line[0]),
		 "{\"seq\":1,\"previous\":\"%s\",\"action\":\"begin\"}\n",
		 chain_hash(hash, both, strlen(both)));
	return log;
}

Test(chain, keeps_what_is_older_than_itself)
{
	struct log log = older();
	struct chain chain;

	cr_assert_str_eq(walk(&log, &chain), "");
	cr_assert_eq(chain.before, 2);
	cr_assert_eq(chain.head.sequence, 1);
	log.line[0][11] ^= 1;
	cr_assert_str_eq(walk(&log, &chain), "the 2 lines that are older than the chain were changed");
}
