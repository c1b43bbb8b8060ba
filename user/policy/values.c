/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/values.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "base/text.h"
#include "policy/characters.h"
#include "policy/names.h"

#define MAX_INTERFACE 15 /* IFNAMSIZ is 16 with the NUL */

int value_name(const char *s, struct complaint *c)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t good = strspn(s, allowed), length = strlen(s);
	int err = 0;

	if (length >= WARD_NAME_SIZE)
		err = complain(c, E_BAD_NAME, s, "is too long for a name: %zu characters", length);
	else if (good < length && s[good] == ' ')
		err = complain(c, E_BAD_NAME, s, "is not a name: it holds a space");
	else if (good < length || !length)
		err = complain(c, E_BAD_NAME, s, "is not a name");
	else if (!isalnum((unsigned char)s[0]))
		err = complain(c, E_BAD_NAME, s, "is not a name: it starts with '%c'", s[0]);
	if (err)
		complain_hint(c,
			      "names are 1 to %d letters, digits, '.', '_' or '-', and start with "
			      "a letter "
			      "or digit",
			      WARD_NAME_SIZE - 1);
	return err;
}

int value_interface(const char *s, struct complaint *c)
{
	size_t length = strlen(s);
	bool valid = length && length <= MAX_INTERFACE && strcmp(s, ".") && strcmp(s, "..");

	for (size_t i = 0; i < length; i++)
		if (!isgraph((unsigned char)s[i]) || strchr("/:\"\\", s[i]))
			valid = false;
	if (valid)
		return 0;
	complain(c, E_BAD_INTERFACE, s, "is not the name of a network interface");
	complain_hint(
		c,
		"names of interfaces are 1 to %d characters without spaces and slashes, as in "
		"enp1s0 (see `ip link`)",
		MAX_INTERFACE);
	return -EINVAL;
}

/* `example` follows "as in". */
static int one_line(const char *s, const char *what, const char *example, struct complaint *c)
{
	size_t length = strlen(s);

	if (length > VALUES_MAX_PURPOSE) {
		complain(c, E_BAD_TEXT, s, "is %zu bytes long", length);
		complain_hint(c, "%s has up to %d bytes", what, VALUES_MAX_PURPOSE);
		return -EINVAL;
	}
	if (!length || strcspn(s, "\t\r\n") < length || characters_bad(s, length) < length) {
		complain(c, E_BAD_TEXT, s, "is not a line of text");
		complain_hint(c, "%s is one line, as in %s", what, example);
		return -EINVAL;
	}
	return 0;
}

int value_purpose(const char *s, struct complaint *c)
{
	return one_line(s, "a purpose", "\"store studies\"", c);
}

int value_owner(const char *s, struct complaint *c)
{
	return one_line(s, "an owner", "\"biomedical engineering\"", c);
}

int value_ticket(const char *s, struct complaint *c)
{
	return one_line(s, "a ticket", "CHG-1234", c);
}

/* 0200.0000.1101, as some switches print it. */
static bool is_dotted_mac(const char *s)
{
	if (strlen(s) != 14 || s[4] != '.' || s[9] != '.')
		return false;
	for (int i = 0; i < 14; i++)
		if (i != 4 && i != 9 && !isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

int value_mac(const char *s, uint8_t out[6], struct complaint *c)
{
	static const uint8_t zero[6];
	uint8_t mac[6];

	if (text_parse_mac(s, mac)) {
		complain(c, E_BAD_MAC, s, "is not a MAC address");
		if (is_dotted_mac(s))
			complain_hint(c, "write it as %.2s:%.2s:%.2s:%.2s:%.2s:%.2s", s, s + 2,
				      s + 5, s + 7, s + 10, s + 12);
		else
			complain_hint(c, "a MAC address looks like 02:00:00:00:11:01");
		return -EINVAL;
	}
	if (!memcmp(mac, zero, sizeof(mac))) {
		complain(c, E_BAD_MAC, s, "is not the MAC address of a device");
		complain_hint(c, "read it from the device's label or from the switch");
		return -EINVAL;
	}
	if (mac[0] & 1) {
		complain(c, E_BAD_MAC, s, "is a multicast or broadcast address");
		complain_hint(c, "the second digit of a device's own MAC address is even");
		return -EINVAL;
	}
	memcpy(out, mac, sizeof(mac));
	return 0;
}

int value_choice(const char *s, const struct value_choices *choices, unsigned *out,
		 struct complaint *c)
{
	struct nearest nearest = { .wanted = s };
	_cleanup_(text_free) struct text list = { 0 };

	for (unsigned i = 0; i < choices->count; i++) {
		const char *before = !i ? "" : i + 1 < choices->count ? ", " : " or ";

		if (!strcmp(s, choices->words[i])) {
			*out = i;
			return 0;
		}
		nearest_try(&nearest, choices->words[i]);
		text_add(&list, "%s%s", before, choices->words[i]);
	}
	complain(c, E_BAD_WORD, s, "is not %s", choices->what);
	if (nearest.best)
		complain_hint(c, "did you mean '%s'?", nearest.best);
	else
		complain_hint(c, "write %s", list.bytes ? list.bytes : "another word");
	return -EINVAL;
}

/* NUMBER[kMG] of `length` bytes. */
static int scaled(const char *s, size_t length, const struct value_range *range, uint64_t *out,
		  struct complaint *c)
{
	static const struct {
		char suffix;
		uint64_t factor;
	} scales[] = { { 'k', 1000 }, { 'M', 1000000 }, { 'G', 1000000000 } };
	uint64_t factor = 1, n;
	char digits[24];
	int err;

	for (size_t i = 0; length && i < ARRAY_SIZE(scales); i++)
		if (s[length - 1] == scales[i].suffix)
			factor = scales[i].factor;
	if (factor > 1)
		length--;
	if (length >= sizeof(digits))
		length = sizeof(digits) - 1;
	snprintf(digits, sizeof(digits), "%.*s", (int)length, s);
	err = text_parse_number(digits, 0, UINT64_MAX / factor, &n);
	if (err == -EINVAL && complain_decimal(digits, 0, UINT64_MAX, range->what, &n, c) &&
	    c->hint[0])
		return err;
	if (err == -EINVAL) {
		complain(c, E_BAD_RATE, s, "is not %s", range->what);
		complain_hint(c,
			      "a whole number, as in %s; k, M and G stand for thousand, million "
			      "and billion",
			      range->example);
		return err;
	}
	if (err || n * factor < range->low || n * factor > range->high) {
		complain(c, E_BAD_RATE, s, "is out of range for %s", range->what);
		complain_hint(c, "%s", range->range);
		return -EINVAL;
	}
	*out = n * factor;
	return 0;
}

int value_amount(const char *s, const struct value_range *range, uint64_t *out, struct complaint *c)
{
	size_t length = strlen(s);

	if (length > 2 && !strcmp(s + length - 2, "/s")) {
		complain(c, E_BAD_RATE, s, "is a rate; %s is an amount", range->what);
		complain_hint(c, "write it without '/s', as in %s", range->example);
		return -EINVAL;
	}
	return scaled(s, length, range, out, c);
}

int value_rate(const char *s, const struct value_range *range, uint64_t *out, struct complaint *c)
{
	size_t length = strlen(s);

	if (length > 2 && !strcmp(s + length - 2, "/s"))
		return scaled(s, length - 2, range, out, c);
	complain(c, E_BAD_RATE, s, "is not %s", range->what);
	complain_hint(c, "a rate is per second, as in %s", range->example);
	return -EINVAL;
}
