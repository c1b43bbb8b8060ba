/* SPDX-License-Identifier: GPL-2.0-only */
/* What is easy to get wrong: windows, fragments, leases. */
#include <criterion/criterion.h>

#include "lab.h"

static struct lab *lab;

static void setup(void)
{
	lab = lab_new();
}

static void teardown(void)
{
	lab_free(&lab);
}

TestSuite(reference, .init = setup, .fini = teardown);

#define DEVICE WARD_CLINICAL
#define SERVER WARD_IT

static void handshake(int scale)
{
	cr_assert_str_eq(lab_tcp(lab, 0, (struct segment){ DEVICE, SYN, 999, 0, 100, 0, scale }),
			 "new_flow");
	cr_assert_str_eq(lab_tcp(lab, 0, (struct segment){ SERVER, SYN | ACK, 4999, 1000, 200, 0,
							   scale }),
			 "flow");
	cr_assert_str_eq(lab_tcp(lab, 0, (struct segment){ DEVICE, ACK, 1000, 5000, 100, 0, -1 }),
			 "flow");
}

Test(reference, closes_a_flow_on_a_reset_in_the_window_only)
{
	const struct {
		const char *description;
		int side, scale;
		uint32_t sequence;
		bool closes;
	} rows[] = {
		{ "what is expected next", DEVICE, -1, 1000, true },
		{ "one before", DEVICE, -1, 999, false },
		{ "the end of the server's window", DEVICE, -1, 1200, true },
		{ "one behind it", DEVICE, -1, 1201, false },
		{ "the window of a SYN+ACK has no scale", DEVICE, 7, 1201, false },
		{ "the server's next", SERVER, -1, 5000, true },
		{ "the end of the device's window", SERVER, -1, 5100, true },
		{ "one behind it", SERVER, -1, 5101, false },
		{ "the end of the device's window, scaled", SERVER, 2, 5400, true },
		{ "one behind it", SERVER, 2, 5401, false },
		{ "a scale of more than 14 is 14", SERVER, 15, 5000 + (100 << 14), true },
		{ "one behind it", SERVER, 15, 5001 + (100 << 14), false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		handshake(rows[i].scale);
		/* Nothing may follow at once: it would revive the flow. */
		lab_tcp(lab, 0, (struct segment){ rows[i].side, RST, rows[i].sequence, 0, 0, 0,
						  -1 });
		cr_expect_str_eq(lab_tcp(lab, 11, (struct segment){ SERVER, ACK, 5000, 1000, 200,
								    0, -1 }),
				 rows[i].closes ? "unsolicited" : "flow", "%s",
				 rows[i].description);
		teardown();
		setup();
	}
}

Test(reference, needs_both_scales)
{
	lab_tcp(lab, 0, (struct segment){ DEVICE, SYN, 999, 0, 100, 0, 2 });
	lab_tcp(lab, 0, (struct segment){ SERVER, SYN | ACK, 4999, 1000, 200, 0, -1 });
	lab_tcp(lab, 0, (struct segment){ DEVICE, ACK, 1000, 5000, 100, 0, -1 });
	lab_tcp(lab, 0, (struct segment){ SERVER, RST, 5101, 0, 0, 0, -1 });
	cr_expect_str_eq(lab_tcp(lab, 11, (struct segment){ DEVICE, ACK, 1000, 5000, 1, 0, -1 }),
			 "flow");
}

Test(reference, revives_a_flow_that_was_reset)
{
	handshake(-1);
	lab_tcp(lab, 0, (struct segment){ DEVICE, RST, 1000, 0, 0, 0, -1 });
	lab_tcp(lab, 5, (struct segment){ SERVER, ACK, 5000, 1000, 200, 0, -1 });
	cr_expect_str_eq(lab_tcp(lab, 3600, (struct segment){ DEVICE, ACK, 1000, 5000, 1, 0, -1 }),
			 "flow");
}

Test(reference, believes_a_reset_of_an_opening_flow_with_the_right_acknowledgement_only)
{
	lab_tcp(lab, 0, (struct segment){ DEVICE, SYN, 999, 0, 100, 0, -1 });
	lab_tcp(lab, 0, (struct segment){ SERVER, RST | ACK, 0, 1001, 0, 0, -1 });
	cr_expect_str_eq(lab_tcp(lab, 11, (struct segment){ SERVER, ACK, 1, 1, 1, 0, -1 }), "flow");
	lab_tcp(lab, 0, (struct segment){ SERVER, RST | ACK, 0, 1000, 0, 0, -1 });
	cr_expect_str_eq(lab_tcp(lab, 11, (struct segment){ SERVER, ACK, 1, 1, 1, 0, -1 }),
			 "unsolicited");
}

Test(reference, closes_when_both_sides_have_sent_a_fin)
{
	handshake(-1);
	lab_tcp(lab, 0, (struct segment){ DEVICE, FIN | ACK, 1000, 5000, 100, 0, -1 });
	cr_expect_str_eq(lab_tcp(lab, 119, (struct segment){ SERVER, ACK, 5000, 1001, 200, 0, -1 }),
			 "flow");
	lab_tcp(lab, 0, (struct segment){ SERVER, FIN | ACK, 5000, 1001, 200, 0, -1 });
	lab_tcp(lab, 5, (struct segment){ DEVICE, ACK, 1001, 5001, 100, 0, -1 });
	cr_expect_str_eq(lab_tcp(lab, 6, (struct segment){ SERVER, ACK, 5001, 1001, 200, 0, -1 }),
			 "unsolicited", "what is closed is not prolonged");
}

Test(reference, lets_the_pieces_of_a_datagram_follow_the_first_one)
{
	cr_expect_str_eq(lab_piece(lab, 1, 64, 64, true), "fragment_orphan");
	cr_expect_str_eq(lab_piece(lab, 1, 0, 64, true), "new_flow");
	cr_expect_str_eq(lab_piece(lab, 1, 0, 64, true), "fragment_overlap");
	cr_expect_str_eq(lab_piece(lab, 1, 56, 16, true), "fragment_overlap");
	cr_expect_str_eq(lab_piece(lab, 1, 128, 10, false), "fragment_pass");
	cr_expect_str_eq(lab_piece(lab, 1, 136, 8, true), "fragment_range");
	cr_expect_str_eq(lab_piece(lab, 1, 64, 8, false), "fragment_range", "ends before what passed");
	cr_expect_str_eq(lab_piece(lab, 1, 64, 64, true), "fragment_pass");
	cr_expect_str_eq(lab_piece(lab, 1, 64, 64, true), "fragment_orphan", "all of it has passed");
}

Test(reference, remembers_eight_datagrams_and_four_ranges)
{
	for (uint32_t id = 1; id <= 8; id++)
		cr_expect_str_eq(lab_piece(lab, id, 0, 64, true), id == 1 ? "new_flow" : "flow");
	cr_expect_str_eq(lab_piece(lab, 9, 0, 64, true), "fragment_limit");
	for (unsigned i = 1; i <= 3; i++)
		cr_expect_str_eq(lab_piece(lab, 1, i * 128, 64, true), "fragment_pass");
	cr_expect_str_eq(lab_piece(lab, 1, 512, 64, true), "fragment_limit");
	cr_expect_str_eq(lab_piece(lab, 1, 64, 64, true), "fragment_pass", "joins two");
	cr_expect_str_eq(lab_piece(lab, 1, 512, 64, true), "fragment_pass");
	cr_expect_str_eq(lab_piece(lab, 1, 0xfff8, 8, false), "fragment_range");
}

Test(reference, knows_a_leased_address_for_as_long_as_it_is_leased)
{
	cr_expect_str_eq(lab_udp(lab, DEVICE, "198.18.110.99"), "spoofed_address");
	cr_expect_str_eq(lab_dhcp(lab, 5, 7, "198.18.110.99", 60), "dhcp_unsolicited");
	cr_expect_str_eq(lab_dhcp(lab, 3, 7, "0.0.0.0", 0), "dhcp");
	cr_expect_str_eq(lab_dhcp(lab, 5, 8, "198.18.110.99", 60), "dhcp_unsolicited");
	cr_expect_str_eq(lab_dhcp(lab, 5, 7, "198.18.110.11", 60), "spoofed_address");
	cr_expect_str_eq(lab_udp(lab, DEVICE, "198.18.110.11"), "spoofed_address",
			 "another device's");
	cr_expect_str_eq(lab_dhcp(lab, 5, 7, "198.18.110.99", 60), "dhcp");
	cr_expect_str_eq(lab_dhcp(lab, 5, 7, "198.18.110.98", 60), "dhcp_unsolicited");
	cr_expect_str_eq(lab_udp(lab, DEVICE, "198.18.110.99"), "new_flow");
	cr_expect_str_eq(lab_udp(lab, SERVER, "198.18.110.99"), "flow");
	lab->now += 59 * 1000000000ull;
	cr_expect_str_eq(lab_udp(lab, DEVICE, "198.18.110.99"), "new_flow");
	lab->now += 1000000000ull;
	cr_expect_str_eq(lab_udp(lab, DEVICE, "198.18.110.99"), "spoofed_address");
	cr_expect_str_eq(lab_udp(lab, SERVER, "198.18.110.99"), "unknown_device");
}

Test(reference, ends_a_lease_on_a_refusal)
{
	lab_dhcp(lab, 3, 7, "0.0.0.0", 0);
	lab_dhcp(lab, 5, 7, "198.18.110.99", 3600);
	cr_expect_str_eq(lab_udp(lab, DEVICE, "198.18.110.99"), "new_flow");
	lab_dhcp(lab, 3, 9, "0.0.0.0", 0);
	cr_expect_str_eq(lab_dhcp(lab, 6, 9, "0.0.0.0", 0), "dhcp");
	cr_expect_str_eq(lab_udp(lab, DEVICE, "198.18.110.99"), "spoofed_address");
}
