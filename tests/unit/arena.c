/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/arena.h"

#include <criterion/criterion.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/own.h"

Test(arena, gives_zeroed_aligned_memory)
{
	_cleanup_(arena_free) struct arena arena = { 0 };

	for (size_t size = 1; size < 200; size++) {
		unsigned char *p = arena_alloc(&arena, size);

		cr_assert_not_null(p);
		cr_assert_eq((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			cr_assert_eq(p[i], 0);
		memset(p, 0xff, size);
	}
}

Test(arena, holds_more_than_a_block)
{
	_cleanup_(arena_free) struct arena arena = { 0 };
	char *large = arena_alloc(&arena, 3 << 20);
	char *small = arena_alloc(&arena, 1);

	cr_assert_not_null(large);
	cr_assert_not_null(small);
	memset(large, 1, 3 << 20);
	cr_assert_eq(*small, 0);
}

Test(arena, copies_text_with_a_final_nul)
{
	_cleanup_(arena_free) struct arena arena = { 0 };

	cr_assert_str_eq(arena_copy(&arena, "dicom-tls", 5), "dicom");
	cr_assert_str_eq(arena_copy(&arena, "", 0), "");
}

Test(arena, refuses_sizes_that_cannot_be)
{
	_cleanup_(arena_free) struct arena arena = { 0 };

	cr_assert_null(arena_alloc(&arena, SIZE_MAX));
	cr_assert_null(arena_alloc(&arena, SIZE_MAX / 2 + 1));
}

Test(arena, may_be_freed_twice)
{
	struct arena arena = { 0 };

	arena_alloc(&arena, 1);
	arena_free(&arena);
	arena_free(&arena);
	cr_assert_null(arena.blocks);
}
