/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text){ 0 };
}

static bool text_reserve(struct text *text, size_t more)
{
	size_t need, wider;
	char *grown;

	if (text->failed)
		return false;
	if (__builtin_add_overflow(text->length, more + 1, &need)) {
		text->failed = true;
		return false;
	}
	if (need <= text->capacity)
		return true;
	wider = need < 256 ? 256 : need + need / 2;
	grown = realloc(text->bytes, wider);
	if (!grown) {
		text->failed = true;
		return false;
	}
	text->bytes = grown;
	text->capacity = wider;
	return true;
}

void text_add_bytes(struct text *text, const void *bytes, size_t length)
{
	if (!text_reserve(text, length))
		return;
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0 || !text_reserve(text, (size_t)length)) {
		text->failed = true;
		return;
	}
	va_start(args, format);
	vsnprintf(text->bytes + text->length, (size_t)length + 1, format, args);
	va_end(args);
	text->length += (size_t)length;
}

int text_status(const struct text *text)
{
	return text->failed ? -ENOMEM : 0;
}

const char *text_mac(char out[TEXT_MAC], const uint8_t mac[6])
{
	snprintf(out, TEXT_MAC, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		 mac[4], mac[5]);
	return out;
}

const char *text_address(char out[TEXT_ADDRESS], const __be32 address[4])
{
	bool mapped = !address[0] && !address[1] && address[2] == htonl(0xffff);

	if (!inet_ntop(mapped ? AF_INET : AF_INET6, mapped ? &address[3] : address, out,
		       TEXT_ADDRESS))
		out[0] = '\0';
	return out;
}

const char *text_time(char out[TEXT_TIME], uint64_t realtime_ns)
{
	time_t seconds = (time_t)(realtime_ns / 1000000000);
	struct tm utc;
	char date[24];

	gmtime_r(&seconds, &utc);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out, TEXT_TIME, "%s.%03uZ", date, (unsigned)(realtime_ns / 1000000 % 1000));
	return out;
}

const char *text_count(char out[TEXT_COUNT], uint64_t count)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)count);
	char *end = out;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*end++ = ',';
		*end++ = digits[i];
	}
	*end = '\0';
	return out;
}

const char *text_things(char out[TEXT_THINGS], uint64_t count, const char *thing)
{
	char figure[TEXT_COUNT];

	snprintf(out, TEXT_THINGS, "%s %s%s", text_count(figure, count), thing,
		 count == 1 ? "" : "s");
	return out;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int text_parse_mac(const char *s, uint8_t mac[6])
{
	uint8_t parsed[6];

	for (int i = 0; i < 6; i++) {
		int high = hex_digit(s[0]), low = high < 0 ? -1 : hex_digit(s[1]);

		if (low < 0)
			return -EINVAL;
		parsed[i] = (uint8_t)(high << 4 | low);
		s += 2;
		if (i < 5 && *s != ':' && *s != '-')
			return -EINVAL;
		if (i < 5)
			s++;
	}
	if (*s)
		return -EINVAL;
	memcpy(mac, parsed, sizeof(parsed));
	return 0;
}

int text_parse_number(const char *s, uint64_t low, uint64_t high, uint64_t *out)
{
	uint64_t n = 0;

	if (!isdigit((unsigned char)*s) || (s[0] == '0' && s[1]))
		return -EINVAL;
	for (; isdigit((unsigned char)*s); s++)
		if (__builtin_mul_overflow(n, 10u, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*s - '0'), &n))
			return -ERANGE;
	if (*s)
		return -EINVAL;
	if (n < low || n > high)
		return -ERANGE;
	*out = n;
	return 0;
}

/* Length of the UTF-8 sequence at s, or 0 when it is not valid (RFC 3629, section 4). */
static size_t utf8_sequence(const unsigned char *s, size_t left)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} form[] = { { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };

	if (s[0] < 0x80)
		return 1;
	for (size_t more = 1; more <= 3; more++) {
		uint32_t point = s[0] & (unsigned char)~form[more - 1].mask;

		if ((s[0] & form[more - 1].mask) != form[more - 1].lead)
			continue;
		if (left <= more)
			return 0;
		for (size_t i = 1; i <= more; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			point = point << 6 | (s[i] & 0x3f);
		}
		if (point < form[more - 1].least || point > 0x10ffff ||
		    (point >= 0xd800 && point <= 0xdfff))
			return 0;
		return more + 1;
	}
	return 0;
}

bool text_is_clean(const char *bytes, size_t length)
{
	const unsigned char *s = (const unsigned char *)bytes;

	for (size_t i = 0; i < length;) {
		size_t n = utf8_sequence(s + i, length - i);

		if (!n || s[i] == 0x7f || (s[i] < 0x20 && !strchr("\t\r\n", s[i])) || !s[i])
			return false;
		i += n;
	}
	return true;
}

void text_drop_broken(char *s)
{
	size_t length = strlen(s);
	char *out = s;

	for (size_t i = 0; i < length;) {
		size_t n = utf8_sequence((const unsigned char *)s + i, length - i);

		memmove(out, s + i, n);
		out += n;
		i += n ?: 1;
	}
	*out = '\0';
}

unsigned text_distance(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	unsigned row[65];

	if (na > 64 || nb > 64)
		return 9;
	for (size_t j = 0; j <= nb; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned change = diagonal + (a[i - 1] != b[j - 1]);
			unsigned edit = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

			diagonal = row[j];
			row[j] = change < edit ? change : edit;
		}
	}
	return row[nb] > 8 ? 9 : row[nb];
}
