/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/text.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/own.h"

Test(text, grows_as_needed)
{
	_cleanup_(text_free) struct text text = { 0 };

	cr_assert_null(text.bytes);
	for (int i = 0; i < 10000; i++)
		text_add(&text, "%d,", i % 10);
	text_add_bytes(&text, "\0x", 2);
	cr_assert_eq(text.length, 20002);
	cr_assert_eq(text.bytes[20002], '\0');
	cr_assert_eq(text_status(&text), 0);
}

Test(text, reports_what_cannot_fit_once)
{
	_cleanup_(text_free) struct text text = { 0 };

	text_add_bytes(&text, "a", 1);
	text_add_bytes(&text, "b", SIZE_MAX - 1);
	text_add_bytes(&text, "c", 1);
	cr_assert_eq(text_status(&text), -ENOMEM);
	cr_assert_str_eq(text.bytes, "a");
}

Test(text, counts_things_in_the_right_number)
{
	char out[TEXT_THINGS];

	cr_assert_str_eq(text_things(out, 0, "rule"), "0 rules");
	cr_assert_str_eq(text_things(out, 1, "new rule"), "1 new rule");
	cr_assert_str_eq(text_things(out, 1234567, "device"), "1,234,567 devices");
}

Test(text, writes_addresses)
{
	__be32 mapped[4] = { 0, 0, htonl(0xffff), htonl(0x0a141e28) };
	__be32 six[4] = { htonl(0x20010db8), 0, 0, htonl(1) };
	char out[TEXT_ADDRESS], mac[TEXT_MAC];

	cr_assert_str_eq(text_address(out, mapped), "10.20.30.40");
	cr_assert_str_eq(text_address(out, six), "2001:db8::1");
	cr_assert_str_eq(text_mac(mac, (uint8_t[]){ 2, 0, 0xab, 0, 0, 0xf }), "02:00:ab:00:00:0f");
}

Test(text, writes_time_in_utc)
{
	char out[TEXT_TIME];

	cr_assert_str_eq(text_time(out, 0), "1970-01-01T00:00:00.000Z");
	cr_assert_str_eq(text_time(out, 1700000000123456789), "2023-11-14T22:13:20.123Z");
}

Test(text, reads_numbers_without_sign_space_or_leading_zero)
{
	uint64_t n = 7;

	cr_assert_eq(text_parse_number("0", 0, 9, &n), 0);
	cr_assert_eq(n, 0);
	cr_assert_eq(text_parse_number("18446744073709551615", 0, UINT64_MAX, &n), 0);
	cr_assert_eq(n, UINT64_MAX);
	n = 7;
	cr_assert_eq(text_parse_number("18446744073709551616", 0, UINT64_MAX, &n), -ERANGE);
	cr_assert_eq(text_parse_number("10", 0, 9, &n), -ERANGE);
	cr_assert_eq(text_parse_number("", 0, 9, &n), -EINVAL);
	cr_assert_eq(text_parse_number("-1", 0, 9, &n), -EINVAL);
	cr_assert_eq(text_parse_number("+1", 0, 9, &n), -EINVAL);
	cr_assert_eq(text_parse_number(" 1", 0, 9, &n), -EINVAL);
	cr_assert_eq(text_parse_number("1 ", 0, 9, &n), -EINVAL);
	cr_assert_eq(text_parse_number("01", 0, 9, &n), -EINVAL);
	cr_assert_eq(n, 7);
}

Test(text, reads_mac_addresses)
{
	uint8_t mac[6] = { 9 };

	cr_assert_eq(text_parse_mac("02:Ab:00-00:00:0f", mac), 0);
	cr_assert_eq(mac[1], 0xab);
	cr_assert_eq(text_parse_mac("02:ab:00:00:00", mac), -EINVAL);
	cr_assert_eq(text_parse_mac("02:ab:00:00:00:0f:00", mac), -EINVAL);
	cr_assert_eq(text_parse_mac("02:ab:00:00:00:f", mac), -EINVAL);
	cr_assert_eq(text_parse_mac("", mac), -EINVAL);
	cr_assert_eq(mac[1], 0xab);
}

Test(text, tells_clean_text_from_other_bytes)
{
	static const char *const dirty[] = { "\x01",
					     "\x7f",
					     "\x80",
					     "\xc0\x80",
					     "\xc3",
					     "\xed\xa0\x80",
					     "\xf4\x90\x80\x80",
					     "\xe2\x82",
					     "\xf8\x88\x80\x80" };

	cr_assert(text_is_clean("a\tb\r\n\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 14));
	cr_assert(text_is_clean("", 0));
	cr_assert(!text_is_clean("a\0b", 3));
	for (size_t i = 0; i < ARRAY_SIZE(dirty); i++)
		cr_expect(!text_is_clean(dirty[i], strlen(dirty[i])), "%zu", i);
}

Test(text, drops_what_was_cut_within_a_character)
{
	char cut[] = "a\xe2\x82'b\xc3", whole[] = "\xc3\xa4\xe2\x82\xac", nothing[] = "\xff";

	text_drop_broken(cut);
	cr_assert_str_eq(cut, "a'b");
	text_drop_broken(whole);
	cr_assert_str_eq(whole, "\xc3\xa4\xe2\x82\xac");
	text_drop_broken(nothing);
	cr_assert_str_eq(nothing, "");
}

Test(text, counts_edits_between_words)
{
	cr_assert_eq(text_distance("dicom", "dicom"), 0);
	cr_assert_eq(text_distance("dicm", "dicom"), 1);
	cr_assert_eq(text_distance("ct-scaner", "ct-scanner"), 1);
	cr_assert_eq(text_distance("", "abc"), 3);
	cr_assert_eq(text_distance("abcdefghij", "0123456789"), 9);
}

Test(text, gives_up_on_long_words)
{
	char word[66] = { 0 };

	memset(word, 'a', 65);
	cr_assert_eq(text_distance(word, word), 9);
}
