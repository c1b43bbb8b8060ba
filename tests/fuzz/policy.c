/* SPDX-License-Identifier: GPL-2.0-only */
/* YAML: up to three files, with a byte between them that no text has. */
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const char *const others[] = { "a", "b" };
	const char *at = (const char *)bytes, *end = at + length;
	const char *next = memchr(at, 0xff, length) ?: end;
	struct sources *sources = fuzz_sources(at, (size_t)(next - at));

	for (size_t i = 0; i < sizeof(others) / sizeof(*others) && next < end; i++) {
		at = next + 1;
		next = memchr(at, 0xff, (size_t)(end - at)) ?: end;
		fuzz_add(sources, others[i], at, (size_t)(next - at));
	}
	/* The proof takes longer than all else. */
	if (length % 8)
		fuzz_check(&sources);
	else
		fuzz_build(&sources);
	return 0;
}
