/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/values.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

#include "base/own.h"
#include "wardgate/policy_maps.h"

static struct complaint complaint;

static bool is_mac(const char *s)
{
	uint8_t mac[6];

	return !value_mac(s, mac, &complaint);
}

static bool is_vlan(const char *s)
{
	struct model_vlan vlan;

	return !value_vlan(s, &vlan, &complaint);
}

static bool is_address(const char *s)
{
	__be32 address[4];

	return !value_address(s, address, &complaint);
}

static bool is_prefix(const char *s)
{
	struct model_prefix prefix;

	return !value_prefix(s, &prefix, &complaint);
}

static bool is_ports(const char *s)
{
	struct model_port_range range;

	return !value_ports(s, &range, &complaint);
}

Test(values, mac_takes_colons_and_dashes_and_both_cases)
{
	uint8_t mac[6];

	cr_assert_eq(value_mac("02-1A-b3:00:fF:09", mac, &complaint), 0);
	cr_assert(!memcmp(mac, (uint8_t[]){ 0x02, 0x1a, 0xb3, 0x00, 0xff, 0x09 }, 6));
}

Test(values, mac_of_only_decimal_digits_is_no_number)
{
	uint8_t mac[6];

	/* YAML 1.1 reads this as a number in base 60. */
	cr_assert_eq(value_mac("12:34:56:12:34:56", mac, &complaint), 0);
	cr_assert_eq(mac[0], 0x12);
}

Test(values, mac_refuses_zero_group_and_broken_ones)
{
	cr_assert(!is_mac("00:00:00:00:00:00"));
	cr_assert(!is_mac("01:00:5e:00:00:01"));
	cr_assert(!is_mac("ff:ff:ff:ff:ff:ff"));
	cr_assert(!is_mac(""));
	cr_assert(!is_mac("02:00:00:00:11"));
	cr_assert(!is_mac("02:00:00:00:11:01:"));
	cr_assert(!is_mac(" 02:00:00:00:11:01"));
}

Test(values, mac_in_dots_is_answered_with_how_to_write_it)
{
	cr_assert(!is_mac("021a.b300.ff09"));
	cr_assert_str_eq(complaint.hint, "write it as 02:1a:b3:00:ff:09");
}

Test(values, vlan_is_1_to_4094_or_none)
{
	struct model_vlan vlan = { 7, 7 };

	cr_assert_eq(value_vlan("none", &vlan, &complaint), 0);
	cr_assert_eq(vlan.id, WARD_NO_VLAN);
	cr_assert_eq(vlan.outer, 0);
	cr_assert(is_vlan("1"));
	cr_assert(is_vlan("4094"));
	cr_assert(!is_vlan("0"));
	cr_assert(!is_vlan("4095"));
	cr_assert(!is_vlan("99999999999999999999"));
	cr_assert(!is_vlan("-1"));
	cr_assert(!is_vlan("+1"));
	cr_assert(!is_vlan("1 "));
	cr_assert(!is_vlan("0x6e"));
}

Test(values, vlan_with_a_leading_zero_is_refused_with_a_hint)
{
	cr_assert(!is_vlan("0110"));
	cr_assert_str_eq(complaint.hint, "write it as 110");
	cr_assert(!is_vlan("000"));
	cr_assert_str_eq(complaint.hint, "write it as 0");
}

Test(values, vlan_range_includes_both_ends)
{
	struct model_vlan first;
	uint16_t last;

	cr_assert_eq(value_vlan_range("110-120", &first, &last, &complaint), 0);
	cr_assert_eq(first.id, 110);
	cr_assert_eq(last, 120);
	cr_assert_eq(value_vlan_range("7", &first, &last, &complaint), 0);
	cr_assert_eq(first.id, 7);
	cr_assert_eq(last, 7);
	cr_assert(value_vlan_range("120-110", &first, &last, &complaint));
	cr_assert(value_vlan_range("1-4095", &first, &last, &complaint));
	cr_assert(value_vlan_range("none-5", &first, &last, &complaint));
}

Test(values, address_is_one_that_a_host_may_have)
{
	static const char *const good[] = { "10.0.0.1", "1.0.0.0", "126.255.255.255", "128.0.0.1",
					    "223.255.255.255" };
	static const char *const bad[] = {
		"0.0.0.0",	   "0.1.2.3",	 "127.0.0.1",  "224.0.0.0",   "255.255.255.255",
		"240.0.0.1",	   "10.0.0",	 "10.0.0.256", "10.0.0.1.",   "10.0.0.01",
		"010.0.0.1",	   "1",		 "",	       "10.0.0.1/32", "::1",
		"::ffff:10.0.0.1", "0x0a.0.0.1", " 10.0.0.1"
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		cr_expect(is_address(good[i]), "%s", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_expect(!is_address(bad[i]), "%s", bad[i]);
}

Test(values, prefix_without_a_length_is_one_address)
{
	struct model_prefix prefix;

	cr_assert_eq(value_prefix("10.20.30.40", &prefix, &complaint), 0);
	cr_assert_eq(prefix.length, 128);
	cr_assert_eq(prefix.address[3], htonl(0x0a141e28));
}

Test(values, prefix_may_contain_addresses_that_no_host_has)
{
	cr_assert(is_prefix("0.0.0.0/0"));
	cr_assert(is_prefix("0.0.0.0/1"));
	cr_assert(is_prefix("0.0.0.0/7"));
	cr_assert(is_prefix("126.0.0.0/7"));
	cr_assert(is_prefix("192.0.0.0/2"));
	cr_assert(is_prefix("10.0.0.0/8"));
}

Test(values, prefix_that_no_host_is_in_is_refused)
{
	static const char *const bad[] = { "0.0.0.0/8",	   "0.0.0.0",	   "127.0.0.0/8",
					   "127.1.0.0/16", "240.0.0.0/4",  "255.255.255.255/32",
					   "ff01::/16",	   "ff11::1",	   "::",
					   "::1",	   "::ffff:0:0/96" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_expect(!is_prefix(bad[i]), "%s", bad[i]);
}

Test(values, prefix_with_host_bits_is_answered_with_both_meanings)
{
	cr_assert(!is_prefix("10.20.30.40/24"));
	cr_assert_str_eq(complaint.hint,
			 "did you mean 10.20.30.0/24, or the single address 10.20.30.40?");
	cr_assert(!is_prefix("10.0.0.1/0"));
}

Test(values, prefix_length_is_0_to_32)
{
	cr_assert(!is_prefix("10.0.0.0/33"));
	cr_assert(!is_prefix("10.0.0.0/"));
	cr_assert(!is_prefix("10.0.0.0/-1"));
	cr_assert(!is_prefix("10.0.0.0/8/8"));
	cr_assert(!is_prefix("10.0.0.0/08"));
	cr_assert(!is_prefix("/8"));
}

Test(values, netmask_is_answered_with_its_length)
{
	cr_assert(!is_prefix("10.20.0.0/255.255.240.0"));
	cr_assert_str_eq(complaint.hint, "write the mask 255.255.240.0 as /20");
	cr_assert(!is_prefix("10.20.0.0/255.0.255.0"));
	cr_assert_str_eq(complaint.hint, "prefix lengths are 0 to 32");
}

Test(values, ports_of_each_protocol)
{
	struct model_port_range range;

	cr_assert_eq(value_ports("tcp/8443", &range, &complaint), 0);
	cr_assert(range.protocol == PROTOCOL_TCP && range.first == 8443 && range.last == 8443);
	cr_assert_eq(value_ports("udp/5000-5010", &range, &complaint), 0);
	cr_assert(range.protocol == PROTOCOL_UDP && range.first == 5000 && range.last == 5010);
	cr_assert_eq(value_ports("icmp/echo", &range, &complaint), 0);
	cr_assert(range.protocol == PROTOCOL_ICMP && range.first == 8 && range.last == 8);
	cr_assert_eq(value_ports("tcp/1-65535", &range, &complaint), 0);
}

Test(values, ports_out_of_range_backwards_or_of_other_protocols)
{
	static const char *const bad[] = { "tcp/0",	 "tcp/65536", "tcp/0-5", "tcp/10-9",
					   "tcp/",	 "tcp",	      "8443",	 "icmp/300",
					   "icmp/",	 "sctp/0",    "TCP/5",	 "tcp/http",
					   "tcp/1-2-3",	 "tcp/-5",    "tcp/5-",	 "tcp/080",
					   "tcp/80/tcp", "tcp/1,2",   "",	 "/" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_expect(!is_ports(bad[i]), "%s", bad[i]);
}

static const struct value_range bits = { "a limit of bits", "400M/s", 1000, 400000000000ull,
					 "limits of bits are 1k/s to 400G/s" };

static uint64_t rate(const char *s)
{
	uint64_t out = 0;

	return value_rate(s, &bits, &out, &complaint) ? 0 : out;
}

Test(values, rate_scales_in_powers_of_1000)
{
	cr_assert_eq(rate("1000/s"), 1000);
	cr_assert_eq(rate("64k/s"), 64000);
	cr_assert_eq(rate("400M/s"), 400000000);
	cr_assert_eq(rate("400G/s"), 400000000000ull);
}

Test(values, rate_refuses_other_units_fractions_and_overflow)
{
	static const char *const bad[] = { "1000",
					   "400m/s",
					   "400K/s",
					   "1.5M/s",
					   "1e6/s",
					   "/s",
					   "k/s",
					   "M/s",
					   "400 M/s",
					   "400M/ s",
					   "400M/m",
					   "999/s",
					   "401G/s",
					   "0400M/s",
					   "-5k/s",
					   "400Mbit/s",
					   "18446744073709552G/s",
					   "" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_expect_eq(rate(bad[i]), 0, "%s", bad[i]);
}

Test(values, amount_is_no_rate)
{
	uint64_t out = 0;

	cr_assert_eq(value_amount("64k", &bits, &out, &complaint), 0);
	cr_assert_eq(out, 64000);
	cr_assert(value_amount("64k/s", &bits, &out, &complaint));
}

Test(values, name_is_1_to_63_letters_digits_dots_dashes_and_underlines)
{
	char long_name[65] = { 0 };

	memset(long_name, 'n', 63);
	cr_assert_eq(value_name(long_name, &complaint), 0);
	memset(long_name, 'n', 64);
	cr_assert(value_name(long_name, &complaint));
	cr_assert_eq(value_name("9.a_b-C", &complaint), 0);
	cr_assert(value_name("", &complaint));
	cr_assert(value_name("-a", &complaint));
	cr_assert(value_name(".a", &complaint));
	cr_assert(value_name("a b", &complaint));
	cr_assert(value_name("a/b", &complaint));
	cr_assert(value_name("\xc3\xa4", &complaint));
	cr_assert(value_name("a\"", &complaint));
}

Test(values, interface_is_what_linux_accepts)
{
	cr_assert_eq(value_interface("enp65s0f1np1.41", &complaint), 0);
	cr_assert(value_interface("enp65s0f1np1.410", &complaint));
	cr_assert(value_interface("", &complaint));
	cr_assert(value_interface(".", &complaint));
	cr_assert(value_interface("..", &complaint));
	cr_assert(value_interface("eth0:1", &complaint));
	cr_assert(value_interface("eth/0", &complaint));
	cr_assert(value_interface("eth 0", &complaint));
}

Test(values, purpose_is_a_line_of_up_to_200_bytes)
{
	char long_text[202] = { 0 };

	memset(long_text, 'x', 200);
	cr_assert_eq(value_purpose(long_text, &complaint), 0);
	memset(long_text, 'x', 201);
	cr_assert(value_purpose(long_text, &complaint));
	cr_assert_eq(value_purpose("f\xc3\xbcr \xc3\x84rzte: \"now\"", &complaint), 0);
	cr_assert(value_purpose("", &complaint));
	cr_assert(value_purpose("a\nb", &complaint));
	cr_assert(value_purpose("a\tb", &complaint));
	cr_assert(value_purpose("\033[31m", &complaint));
	cr_assert(value_purpose("\xff", &complaint));
}

Test(values, complaints_quote_the_start_of_the_input_on_one_line)
{
	char long_text[5001] = { 0 };

	memset(long_text, '\n', 5000);
	cr_assert(!is_mac(long_text));
	cr_assert_lt(strlen(complaint.message), 100);
	cr_assert_null(strchr(complaint.message, '\n'));
	cr_assert_not_null(strstr(complaint.message, "...' is not a MAC address"));
}

Test(values, vlan_of_two_tags)
{
	struct model_vlan vlan;

	cr_assert_eq(value_vlan("100.110", &vlan, &complaint), 0);
	cr_assert(vlan.outer == 100 && vlan.id == 110);
	cr_assert(is_vlan("4094.1"));
	cr_assert(!is_vlan("0.1"));
	cr_assert(!is_vlan("1.0"));
	cr_assert(!is_vlan("1.4095"));
	cr_assert(!is_vlan("1.2.3"));
	cr_assert(!is_vlan("1.none"));
	cr_assert(!is_vlan("100.011"));
}

Test(values, address_of_ipv6_is_one_that_a_host_may_have)
{
	static const char *const good[] = { "2001:db8::1", "fe80::1", "fd00::", "::2",
					    "2001:DB8::a" };
	static const char *const bad[] = { "::",	   "::1",
					   "ff02::1",	   "::ffff:10.0.0.1",
					   "fe80::1%0",	   "2001:db8::/64",
					   "2001:db8:::1", "1:2:3:4:5:6:7",
					   ":1",	   "2001:db8::g" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		cr_expect(is_address(good[i]), "%s", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_expect(!is_address(bad[i]), "%s", bad[i]);
}

Test(values, prefix_of_ipv6_and_of_groups)
{
	static const char *const good[] = { "::/0",	   "2001:db8::/32", "fe80::/10",
					    "ff00::/8",	   "ff02::/16",	    "ff05::c",
					    "224.0.0.0/4", "239.1.2.3",	    "::/1",
					    "8000::/1" };
	static const char *const bad[] = { "2001:db8::1/32", "::/129", "ff00::/16", "ff31::/32" };
	struct model_prefix prefix;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		cr_expect(is_prefix(good[i]), "%s", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_expect(!is_prefix(bad[i]), "%s", bad[i]);
	cr_assert_eq(value_prefix("10.0.0.0/8", &prefix, &complaint), 0);
	cr_assert_eq(prefix.length, 104);
	cr_assert_eq(value_prefix("::/0", &prefix, &complaint), 0);
	cr_assert_eq(prefix.length, 0);
}

Test(values, ethertype_is_a_name_or_a_number_that_is_not_judged)
{
	static const char *const bad[] = { "0x0800", "0x0806", "0x86dd", "0x8100", "0x88a8",
					   "0x9100", "0x05ff", "0x0",	 "0x",	   "0x10000",
					   "88cc",   "LLDP",   "" };
	char shown[VALUES_ETHERTYPE];
	uint16_t ethertype;

	cr_assert_eq(value_ethertype("0x88CC", &ethertype, &complaint), 0);
	cr_assert_str_eq(values_ethertype(shown, ethertype), "lldp");
	cr_assert_eq(value_ethertype("stp", &ethertype, &complaint), 0);
	cr_assert_eq(ethertype, WARD_ETHERTYPE_STP);
	cr_assert_eq(value_ethertype("0x0600", &ethertype, &complaint), 0);
	cr_assert_str_eq(values_ethertype(shown, ethertype), "0x0600");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_expect(value_ethertype(bad[i], &ethertype, &complaint), "%s", bad[i]);
}

Test(values, types_of_messages)
{
	static const char *const bad[] = { "icmp/0",	 "icmp/3",     "icmp/5",
					   "icmp/11",	 "icmp/12",    "icmp/14",
					   "icmp/256",	 "icmp/08",    "icmpv6/0",
					   "icmpv6/1",	 "icmpv6/127", "icmpv6/129",
					   "icmpv6/133", "icmpv6/137", "icmpv6/timestamp",
					   "igmp/",	 "icmp/8-13",  "icmpv6/echo/" };
	struct model_port_range range;

	cr_assert_eq(value_ports("icmp/timestamp", &range, &complaint), 0);
	cr_assert(range.protocol == PROTOCOL_ICMP && range.first == 13 && range.last == 13);
	cr_assert_eq(value_ports("icmpv6/echo", &range, &complaint), 0);
	cr_assert(range.protocol == PROTOCOL_ICMPV6 && range.first == 128);
	cr_assert_eq(value_ports("icmpv6/255", &range, &complaint), 0);
	cr_assert_eq(value_ports("igmp", &range, &complaint), 0);
	cr_assert(range.protocol == PROTOCOL_IGMP && !range.first && !range.last);
	cr_assert_eq(value_ports("sctp/9-10", &range, &complaint), 0);
	cr_assert(range.protocol == PROTOCOL_SCTP && range.last == 10);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_expect(!is_ports(bad[i]), "%s", bad[i]);
}
