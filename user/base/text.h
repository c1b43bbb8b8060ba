/* SPDX-License-Identifier: GPL-2.0-only */
/* Text that grows, and the small conversions that more than one room needs. */
#ifndef WARDGATE_BASE_TEXT_H
#define WARDGATE_BASE_TEXT_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise it. `bytes` ends with a NUL, or is NULL while nothing was added. */
struct text {
	char *bytes;
	size_t length, capacity;
	bool failed;	/* memory ran out: the content is incomplete */
};

void text_free(struct text *text);

/* Appends. Errors are kept in `failed` and reported once, by text_status(). */
__attribute__((format(printf, 2, 3))) void text_add(struct text *text, const char *format, ...);
void text_add_bytes(struct text *text, const void *bytes, size_t length);

/* 0, or -ENOMEM when an append failed. */
int text_status(const struct text *text);

/* Longest texts that these write, with the final NUL. */
#define TEXT_MAC 18
#define TEXT_ADDRESS 46
#define TEXT_TIME 32

/* Each writes into `out` (of the size above) and returns it. */
const char *text_mac(char out[TEXT_MAC], const uint8_t mac[6]);
const char *text_address(char out[TEXT_ADDRESS], const __be32 address[4]);
/* RFC 3339 in UTC, to the millisecond, from nanoseconds since 1970. */
const char *text_time(char out[TEXT_TIME], uint64_t realtime_ns);

/* "1,234,567"; and "1 device", "2 devices", of a word that takes an s. */
#define TEXT_COUNT 32
#define TEXT_THINGS (2 * TEXT_COUNT)
const char *text_count(char out[TEXT_COUNT], uint64_t count);
const char *text_things(char out[TEXT_THINGS], uint64_t count, const char *thing);

/*
 * Six pairs of hexadecimal digits between colons or dashes, nothing else. 0 or -EINVAL; `mac` is
 * written on success only.
 */
int text_parse_mac(const char *s, uint8_t mac[6]);

/* Decimal digits only, without sign, space or leading zero. 0, -EINVAL or -ERANGE. */
int text_parse_number(const char *s, uint64_t low, uint64_t high, uint64_t *out);

/* True for valid UTF-8 (RFC 3629) without control characters except tab, CR and LF. */
bool text_is_clean(const char *bytes, size_t length);

/* Takes out, in place, the bytes that are not UTF-8, as where a character was cut in two. */
void text_drop_broken(char *s);

/* Number of edits between two words, for "did you mean"; more than 8 is reported as 9. */
unsigned text_distance(const char *a, const char *b);

#endif
