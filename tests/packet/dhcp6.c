/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, section 6: DHCPv6. */
#include "bindings.h"

GATEWAY_SUITE(packet_dhcp6, BINDINGS_POLICY, 60)

#define SOLICIT 1
#define ADVERTISE 2
#define REQUEST 3
#define REPLY 7
#define RELEASE 8
#define RECONFIGURE 10
#define RELAY_FORWARD 12

#define ALL_SERVERS "ff02::1:2"

/* A message as it grows: type, transaction, and options. */
struct message {
	uint8_t bytes[1200];
	size_t length;
};

static struct message message(uint8_t type, uint8_t transaction)
{
	return (struct message){ { type, 0, 0, transaction }, 4 };
}

static void add_option(struct message *m, uint16_t code, uint16_t length)
{
	const uint8_t head[] = { (uint8_t)(code >> 8), (uint8_t)code, (uint8_t)(length >> 8),
				 (uint8_t)length };

	memcpy(m->bytes + m->length, head, sizeof(head));
	m->length += sizeof(head);
}

static void add_filler(struct message *m, uint16_t code, uint16_t length)
{
	add_option(m, code, length);
	m->length += length;
}

/* RFC 8415, 21.6: address, preferred and valid lifetime. */
static void add_address(struct message *m, const char *address, uint8_t lifetime)
{
	add_option(m, 5, 24);
	inet_pton(AF_INET6, address, m->bytes + m->length);
	m->bytes[m->length + 22] = lifetime;
	m->length += 24;
}

/* RFC 8415, 21.4: an association with one address. */
static void add_association(struct message *m, const char *address, uint8_t lifetime)
{
	add_option(m, 3, 12 + 28);
	m->length += 12;
	add_address(m, address, lifetime);
}

static struct frame carried(const struct message *m, struct packet_spec s)
{
	s.vlan = 110;
	s.protocol = IPPROTO_UDP;
	s.body = (struct bytes){ m->bytes, m->length };
	return frame_of(s);
}

static struct frame asked(const struct message *m, const char *mac, const char *source)
{
	return carried(m, (struct packet_spec){
				  .source_mac = mac, .destination_mac = "33:33:00:01:00:02",
				  .source = source, .destination = ALL_SERVERS, .source_port = 546,
				  .destination_port = 547 });
}

static struct frame answered(const struct message *m, const char *source)
{
	return carried(m, (struct packet_spec){
				  .source_mac = SERVER_MAC, .destination_mac = LAPTOP_MAC,
				  .source = source, .destination = LAPTOP_LOCAL, .source_port = 547,
				  .destination_port = 546 });
}

static void laptop_asks(uint8_t transaction)
{
	struct message m = message(REQUEST, transaction);

	expect_owner(g, WARD_CLINICAL, asked(&m, LAPTOP_MAC, LAPTOP_LOCAL), PASSES, "laptop",
		     "asks");
}

static void laptop_is_told(const struct message *m, int reason, const char *description)
{
	expect(g, WARD_IT, answered(m, SERVER6), reason, description);
}

static void lease(uint8_t transaction, const char *address)
{
	struct message m = message(REPLY, transaction);

	add_filler(&m, 1, 14);
	add_filler(&m, 2, 14);
	add_association(&m, address, 60);
	laptop_asks(transaction);
	laptop_is_told(&m, PASSES, "is given an address");
}

Test(packet_dhcp6, gives_a_device_the_address_that_it_leases)
{
	expect_owner(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED6),
		     WARD_SPOOFED_ADDRESS, "laptop", "before");
	lease(7, LEASED6);
	expect_owner(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED6), PASSES, "laptop",
		     "after");
	expect_owner(g, WARD_IT, device_gets(LAPTOP_MAC, 110, LEASED6), PASSES, "laptop", "to it");
	expect_owner(g, WARD_CLINICAL,
		     nd(135, LAPTOP_MAC, "::", "ff02::1:ff00:80", LEASED6, NULL), PASSES, "laptop",
		     "duplicate address detection");
	expect_owner(g, WARD_CLINICAL, nd(135, LAPTOP_MAC, LEASED6, PACS6, PACS6, LAPTOP_MAC),
		     PASSES, "laptop", "solicitation");
	expect_owner(g, WARD_IT, nd(135, PACS_MAC, PACS6, "ff02::1:ff00:80", LEASED6, PACS_MAC),
		     PASSES, "laptop", "solicitation for it");
	expect_owner(g, WARD_CLINICAL, nd(136, CT_MAC, CT6, ALL_NODES, LEASED6, CT_MAC),
		     WARD_ND_SPOOF, "ct", "claimed by another device");
	expect_owner(g, WARD_IT, nd(136, PACS_MAC, PACS6, ALL_NODES, LEASED6, PACS_MAC),
		     WARD_ND_SPOOF, "i0", "claimed on the IT side");
	expire_leases(g);
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED6), WARD_SPOOFED_ADDRESS,
	       "in time it ends");
}

Test(packet_dhcp6, reads_a_reply_to_the_address_that_counts)
{
	struct message m = message(REPLY, 7);

	laptop_asks(7);
	add_association(&m, NOBODY6, 0);
	add_option(&m, 3, 12 + 4 + 2 + 2 * 28);
	m.length += 12;
	add_filler(&m, 13, 2);
	add_address(&m, NOBODY6, 0);
	add_address(&m, LEASED6, 60);
	laptop_is_told(&m, PASSES, "one withdrawn, one given");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED6), PASSES, "the given one");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, NOBODY6), WARD_SPOOFED_ADDRESS,
	       "the withdrawn one");
	laptop_asks(8);
	m = message(REPLY, 8);
	add_association(&m, LEASED6, 0);
	laptop_is_told(&m, PASSES, "withdrawn");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED6), WARD_SPOOFED_ADDRESS,
	       "the lease has ended");
}

Test(packet_dhcp6, reads_sixteen_options_and_no_more)
{
	struct message m = message(REPLY, 7);

	for (int i = 0; i < 15; i++)
		add_filler(&m, 99, 3);
	add_association(&m, LEASED6, 60);
	laptop_asks(7);
	laptop_is_told(&m, PASSES, "the sixteenth is the address");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED6), PASSES, "it counts");
	m = message(REPLY, 8);
	for (int i = 0; i < 16; i++)
		add_filler(&m, 99, 3);
	add_association(&m, NOBODY6, 60);
	laptop_asks(8);
	laptop_is_told(&m, PASSES, "the seventeenth is the address");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, NOBODY6), WARD_SPOOFED_ADDRESS,
	       "it does not count");
}

Test(packet_dhcp6, reads_eight_options_of_an_association_and_no_more)
{
	struct message m = message(REPLY, 7);

	laptop_asks(7);
	add_option(&m, 3, 12 + 8 * 4 + 28);
	m.length += 12;
	for (int i = 0; i < 8; i++)
		add_filler(&m, 99, 0);
	add_address(&m, NOBODY6, 60);
	add_association(&m, LEASED6, 60);
	laptop_is_told(&m, PASSES, "the ninth is an address, the next association has another");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED6), PASSES, "this counts");
}

Test(packet_dhcp6, is_not_misled_by_wrong_lengths)
{
	struct message m = message(REPLY, 7);

	laptop_asks(7);
	add_option(&m, 3, 12 + 10);
	m.length += 12;
	add_address(&m, LEASED6, 60);
	laptop_is_told(&m, PASSES, "an address longer than its association");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED6), WARD_SPOOFED_ADDRESS,
	       "it does not count");
	m = message(REPLY, 7);
	add_association(&m, LEASED6, 60);
	m.length--;
	laptop_is_told(&m, PASSES, "an address longer than the message");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED6), WARD_SPOOFED_ADDRESS,
	       "it does not count");
	m = message(REPLY, 7);
	add_association(&m, "ff02::1", 60);
	laptop_is_told(&m, PASSES, "a group");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, "ff02::1"), WARD_ADDRESS,
	       "it does not count");
}

Test(packet_dhcp6, hears_devices_in_their_own_name_alone)
{
	struct message m = message(SOLICIT, 1), relayed = message(RELAY_FORWARD, 1);
	struct message reconfigure = message(RECONFIGURE, 1), release = message(RELEASE, 1);
	struct message cut = message(SOLICIT, 1);
	struct message advertise = message(ADVERTISE, 1);

	cut.length = 3;
	expect_owner(g, WARD_CLINICAL, asked(&m, CT_MAC, CT_LOCAL), PASSES, "ct", "solicit");
	expect_owner(g, WARD_CLINICAL, asked(&release, CT_MAC, CT6), PASSES, "ct", "release");
	expect_owner(g, WARD_CLINICAL, asked(&m, CT_MAC, LAPTOP_LOCAL), WARD_SPOOFED_ADDRESS, "ct",
		     "from another's address");
	expect_owner(g, WARD_CLINICAL, asked(&m, STRANGER_MAC, "fe80::77"), WARD_UNKNOWN_DEVICE,
		     "c0", "stranger");
	expect_owner(g, WARD_CLINICAL, asked(&relayed, CT_MAC, CT_LOCAL), WARD_DHCP_MALFORMED, "ct",
		     "a relay's message");
	expect_owner(g, WARD_CLINICAL, asked(&reconfigure, CT_MAC, CT_LOCAL), WARD_DHCP_MALFORMED,
		     "ct", "a server's message");
	expect_owner(g, WARD_CLINICAL, asked(&cut, CT_MAC, CT_LOCAL), WARD_DHCP_MALFORMED, "ct",
		     "cut off");
	expect_owner(g, WARD_CLINICAL,
		     carried(&advertise, (struct packet_spec){
			     .source_mac = CT_MAC, .destination_mac = LAPTOP_MAC,
			     .source = CT_LOCAL, .destination = LAPTOP_LOCAL, .source_port = 547,
			     .destination_port = 546 }),
		     WARD_DHCP_SERVER, "ct", "a device as a server");
	expect_owner(g, WARD_CLINICAL,
		     carried(&m, (struct packet_spec){
			     .source_mac = CT_MAC, .destination_mac = "33:33:00:01:00:03",
			     .source = CT_LOCAL, .destination = "ff05::1:3", .source_port = 546,
			     .destination_port = 547 }),
		     WARD_DHCP_MALFORMED, "ct", "to all servers of the site");
	expect_owner(g, WARD_IT, asked(&m, STRANGER_MAC, "fe80::77"), WARD_UNSOLICITED, "i0",
		     "a client of the IT side");
}

Test(packet_dhcp6, hears_listed_servers_alone)
{
	struct message m = message(REPLY, 7), reconfigure = message(RECONFIGURE, 7);
	struct message statics = message(REPLY, 7);

	add_association(&m, LEASED6, 60);
	add_association(&statics, CT6, 60);
	laptop_is_told(&m, WARD_DHCP_UNSOLICITED, "never asked");
	laptop_asks(7);
	expect_owner(g, WARD_IT, answered(&m, "fe80::6"), WARD_DHCP_SERVER, "i0", "another server");
	laptop_is_told(&reconfigure, WARD_DHCP_MALFORMED, "another message");
	expect_owner(g, WARD_IT, answered(&statics, SERVER6), WARD_SPOOFED_ADDRESS, "i0",
		     "another device's address");
	m.bytes[3] = 8;
	laptop_is_told(&m, WARD_DHCP_UNSOLICITED, "another transaction");
	m.bytes[3] = 7;
	m.bytes[0] = ADVERTISE;
	laptop_is_told(&m, PASSES, "advertise");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED6), WARD_SPOOFED_ADDRESS,
	       "which gives nothing");
	m.bytes[0] = REPLY;
	laptop_is_told(&m, PASSES, "reply");
	laptop_is_told(&m, WARD_DHCP_UNSOLICITED, "once more");
	laptop_asks(8);
	forget_requests(g);
	m.bytes[3] = 8;
	laptop_is_told(&m, WARD_DHCP_UNSOLICITED, "too late");
}
