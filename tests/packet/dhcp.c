/* SPDX-License-Identifier: GPL-2.0-only */
/* README.md of bpf/, section 6: DHCP, and what a device may do with the address that it leased. */
#include "bindings.h"

GATEWAY_SUITE(packet_dhcp, BINDINGS_POLICY, 60)

#define CLIENT 68
#define SERVER_PORT 67
#define DISCOVER 1
#define OFFER 2
#define REQUEST 3
#define ACK_OF_SERVER 5
#define NAK 6
#define INFORM 8

/* RFC 2131, 2: offsets in the message. */
#define HARDWARE 1
#define HARDWARE_LENGTH 2
#define YOURS 16
#define CLIENT_MAC 28
#define COOKIE 236
#define OPTIONS 240

struct message {
	const char *mac;	/* of the client */
	uint8_t type;
	uint8_t transaction;
	const char *yours;
	uint32_t lease;		/* s; 0: no such option */
	const char *source;
	const char *source_mac, *destination_mac;
	size_t pads;		/* in front of the options */
	size_t length;		/* of the message; 0: all of it */
};

static struct message said(const char *mac, uint8_t type, uint8_t transaction, const char *yours,
			   uint32_t lease)
{
	return (struct message){ .mac = mac, .type = type, .transaction = transaction,
				 .yours = yours, .lease = lease };
}

static size_t put_options(uint8_t *at, const struct message *m)
{
	const uint8_t type[] = { 53, 1, m->type }, end[] = { 255 };
	const uint8_t lease[] = { 51, 4, (uint8_t)(m->lease >> 24), (uint8_t)(m->lease >> 16),
				  (uint8_t)(m->lease >> 8), (uint8_t)m->lease };
	size_t length = m->pads;

	memcpy(at + length, type, sizeof(type));
	length += sizeof(type);
	if (m->lease) {
		memcpy(at + length, lease, sizeof(lease));
		length += sizeof(lease);
	}
	memcpy(at + length, end, sizeof(end));
	return length + sizeof(end);
}

static struct frame dhcp(const struct message *m, bool is_answer)
{
	static const uint8_t cookie[] = { 0x63, 0x82, 0x53, 0x63 };
	uint8_t body[600] = { is_answer ? 2 : 1, 1, 6, 0, 0, 0, 0, m->transaction };
	size_t length = OPTIONS;

	if (m->yours)
		inet_pton(AF_INET, m->yours, body + YOURS);
	text_parse_mac(m->mac, body + CLIENT_MAC);
	memcpy(body + COOKIE, cookie, sizeof(cookie));
	length += put_options(body + OPTIONS, m);
	return frame_of((struct packet_spec){
		.source_mac = m->source_mac ?: is_answer ? SERVER_MAC : m->mac,
		.destination_mac = m->destination_mac ?: BROADCAST, .vlan = 110,
		.source = m->source ?: is_answer ? SERVER : "0.0.0.0",
		.destination = "255.255.255.255", .protocol = IPPROTO_UDP,
		.source_port = is_answer ? SERVER_PORT : CLIENT,
		.destination_port = is_answer ? CLIENT : SERVER_PORT,
		.body = { body, m->length ?: length } });
}

static struct frame asks(struct message m)
{
	return dhcp(&m, false);
}

static struct frame answers(struct message m)
{
	return dhcp(&m, true);
}

static struct frame laptop_asks(uint8_t transaction)
{
	return asks(said(LAPTOP_MAC, REQUEST, transaction, NULL, 0));
}

static struct frame laptop_is_given(uint8_t transaction, const char *address)
{
	return answers(said(LAPTOP_MAC, ACK_OF_SERVER, transaction, address, 3600));
}

static void lease(const char *mac, const char *owner, uint8_t transaction, const char *address)
{
	expect_owner(g, WARD_CLINICAL, asks(said(mac, REQUEST, transaction, NULL, 0)), PASSES,
		     owner, "asks");
	expect_owner(g, WARD_IT,
		     answers(said(mac, ACK_OF_SERVER, transaction, address, 3600)),
		     PASSES, owner, "is given an address");
}

Test(packet_dhcp, gives_a_device_the_address_that_it_leases)
{
	expect_owner(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED),
		     WARD_SPOOFED_ADDRESS, "laptop", "before");
	expect_owner(g, WARD_IT, device_gets(LAPTOP_MAC, 110, LEASED), WARD_UNKNOWN_DEVICE, "i0",
		     "to it, before");
	expect_owner(g, WARD_CLINICAL, asks(said(LAPTOP_MAC, DISCOVER, 7, NULL, 0)), PASSES,
		     "laptop", "discover");
	expect_owner(g, WARD_IT,
		     answers(said(LAPTOP_MAC, OFFER, 7, LEASED, 3600)), PASSES,
		     "laptop", "offer");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED), WARD_SPOOFED_ADDRESS,
	       "an offer gives nothing");
	lease(LAPTOP_MAC, "laptop", 7, LEASED);
	expect_owner(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED), PASSES, "laptop",
		     "after");
	expect_owner(g, WARD_IT, device_gets(LAPTOP_MAC, 110, LEASED), PASSES, "laptop",
		     "to it, after");
	expect_owner(g, WARD_IT, device_gets(TABLET_MAC, 110, LEASED), WARD_DESTINATION_MAC,
		     "laptop", "to its address and another device's MAC");
	expect_owner(g, WARD_CLINICAL, device_sends(TABLET_MAC, 110, LEASED), WARD_SPOOFED_ADDRESS,
		     "tablet", "of another device");
	expect_owner(g, WARD_CLINICAL, device_sends(STRANGER_MAC, 110, LEASED), WARD_SPOOFED_MAC,
		     "c0", "of a stranger");
	expect_owner(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 120, LEASED), WARD_WRONG_VLAN,
		     "laptop", "on another VLAN");
}

Test(packet_dhcp, holds_arp_against_leases_too)
{
	lease(LAPTOP_MAC, "laptop", 7, LEASED);
	expect_owner(g, WARD_CLINICAL, frame_arp(1, LAPTOP_MAC, LEASED, PACS, BROADCAST, 110),
		     PASSES, "laptop", "request");
	expect_owner(g, WARD_CLINICAL, frame_arp(1, LAPTOP_MAC, "0.0.0.0", LEASED, BROADCAST, 110),
		     PASSES, "laptop", "probe (RFC 2131, 4.4.1)");
	expect_owner(g, WARD_IT, frame_arp(1, PACS_MAC, PACS, LEASED, BROADCAST, 110), PASSES,
		     "laptop", "request for it");
	expect_owner(g, WARD_IT, frame_arp(1, PACS_MAC, LEASED, PACS, BROADCAST, 110),
		     WARD_ARP_SPOOF, "i0", "claimed on the IT side");
	expect_owner(g, WARD_CLINICAL, frame_arp(1, TABLET_MAC, LEASED, PACS, BROADCAST, 110),
		     WARD_ARP_SPOOF, "tablet", "claimed by another device");
}

Test(packet_dhcp, ends_a_lease_in_time_or_when_the_server_says_so)
{
	lease(LAPTOP_MAC, "laptop", 7, LEASED);
	expire_leases(g);
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED), WARD_SPOOFED_ADDRESS,
	       "in time");
	expect(g, WARD_IT, device_gets(LAPTOP_MAC, 110, LEASED), WARD_UNKNOWN_DEVICE,
	       "in time, to it");
	lease(LAPTOP_MAC, "laptop", 8, LEASED);
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED), PASSES, "again");
	expect(g, WARD_CLINICAL, laptop_asks(9), PASSES, "asks");
	expect(g, WARD_IT, answers(said(LAPTOP_MAC, NAK, 9, NULL, 0)), PASSES, "refused");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED), WARD_SPOOFED_ADDRESS,
	       "refused");
	expect(g, WARD_IT, device_gets(LAPTOP_MAC, 110, LEASED), WARD_UNKNOWN_DEVICE,
	       "refused, to it");
}

Test(packet_dhcp, has_one_lease_for_each_device)
{
	lease(LAPTOP_MAC, "laptop", 7, LEASED);
	lease(LAPTOP_MAC, "laptop", 8, "198.18.110.81");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, "198.18.110.81"), PASSES, "new one");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED), WARD_SPOOFED_ADDRESS,
	       "former one");
	lease(TABLET_MAC, "tablet", 9, LEASED);
	expect_owner(g, WARD_IT, device_gets(TABLET_MAC, 110, LEASED), PASSES, "tablet",
		     "the address has gone to another device");
	expect(g, WARD_IT, device_gets(LAPTOP_MAC, 110, "198.18.110.81"), PASSES,
	       "the first has its own");
	lease(TABLET_MAC, "tablet", 10, "198.18.110.81");
	expect_owner(g, WARD_IT, device_gets(TABLET_MAC, 110, "198.18.110.81"), PASSES, "tablet",
		     "whoever was given an address last has it");
	expect_owner(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, "198.18.110.81"),
		     WARD_SPOOFED_ADDRESS, "laptop", "and the other no longer");
}

Test(packet_dhcp, takes_only_what_the_device_asked_for)
{
	expect_owner(g, WARD_IT, laptop_is_given(7, LEASED), WARD_DHCP_UNSOLICITED, "laptop",
		     "never asked");
	expect(g, WARD_CLINICAL, laptop_asks(7), PASSES, "asks");
	expect_owner(g, WARD_IT, laptop_is_given(8, LEASED), WARD_DHCP_UNSOLICITED, "laptop",
		     "another transaction");
	expect(g, WARD_IT, laptop_is_given(7, LEASED), PASSES, "the right one");
	expect(g, WARD_IT, laptop_is_given(7, "198.18.110.81"), WARD_DHCP_UNSOLICITED, "once more");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED), PASSES, "the first counts");
	expect(g, WARD_CLINICAL, laptop_asks(9), PASSES, "asks");
	forget_requests(g);
	expect(g, WARD_IT, laptop_is_given(9, LEASED), WARD_DHCP_UNSOLICITED, "too late");
}

Test(packet_dhcp, gives_nothing_with_other_answers)
{
	expect(g, WARD_CLINICAL, asks(said(LAPTOP_MAC, INFORM, 7, NULL, 0)), PASSES, "asks");
	expect(g, WARD_IT, answers(said(LAPTOP_MAC, ACK_OF_SERVER, 7, LEASED, 0)), PASSES,
	       "an answer without a lease time");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED), WARD_SPOOFED_ADDRESS,
	       "gives nothing");
	expect(g, WARD_IT, laptop_is_given(7, "224.0.0.1"), PASSES, "a group");
	expect(g, WARD_CLINICAL, laptop_asks(7), PASSES, "asks");
	expect(g, WARD_IT,
	       answers((struct message){ LAPTOP_MAC, ACK_OF_SERVER, 7, LEASED, 3600, .pads = 30 }),
	       PASSES, "after thirty pads");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED), PASSES, "gives an address");
	lease(LAPTOP_MAC, "laptop", 8, "198.18.110.81");
	expect(g, WARD_CLINICAL, laptop_asks(9), PASSES, "asks");
	expect(g, WARD_IT,
	       answers((struct message){ LAPTOP_MAC, ACK_OF_SERVER, 9, LEASED, 3600, .pads = 31 }),
	       PASSES, "the lease time is option 33");
	expect(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED), WARD_SPOOFED_ADDRESS,
	       "gives nothing");
}

Test(packet_dhcp, puts_the_policys_addresses_before_any_lease)
{
	expect(g, WARD_CLINICAL, laptop_asks(7), PASSES, "asks");
	expect_owner(g, WARD_IT, laptop_is_given(7, CT), WARD_SPOOFED_ADDRESS, "i0",
		     "another device's address");
	expect_owner(g, WARD_CLINICAL, device_sends(CT_MAC, 110, CT), PASSES, "ct",
		     "who has it still");
	/* A device with an address in the policy may ask, but is given nothing else. */
	lease(CT_MAC, "ct", 8, LEASED);
	expect_owner(g, WARD_CLINICAL, device_sends(CT_MAC, 110, LEASED), WARD_SPOOFED_ADDRESS,
		     "ct", "not of a device without `dhcp`");
	lease(CT_MAC, "ct", 9, CT);
	expect_owner(g, WARD_CLINICAL, device_sends(CT_MAC, 110, CT), PASSES, "ct",
		     "a reservation of its own address");
}

Test(packet_dhcp, keeps_leases_over_a_publish)
{
	lease(LAPTOP_MAC, "laptop", 7, LEASED);
	gateway_apply(g, BINDINGS_POLICY);
	expect_owner(g, WARD_IT, device_gets(LAPTOP_MAC, 110, LEASED), PASSES, "laptop", "to it");
	expect_owner(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED), PASSES, "laptop",
		     "of it");
}

/* No room in the map, or a link that has another number now: the binding is what counts. */
Test(packet_dhcp, finds_a_lease_again_whose_entry_is_gone)
{
	lease(LAPTOP_MAC, "laptop", 7, LEASED);
	remove_lease_entries(g);
	expect_owner(g, WARD_IT, device_gets(LAPTOP_MAC, 110, LEASED), WARD_UNKNOWN_DEVICE, "i0",
		     "to it");
	expect_owner(g, WARD_CLINICAL, device_sends(LAPTOP_MAC, 110, LEASED), PASSES, "laptop",
		     "the device's next packet");
	expect_owner(g, WARD_IT, device_gets(LAPTOP_MAC, 110, LEASED), PASSES, "laptop",
		     "to it, again");
	remove_lease_entries(g);
	expect_owner(g, WARD_CLINICAL, device_sends(TABLET_MAC, 110, LEASED), WARD_SPOOFED_ADDRESS,
		     "tablet", "but not for another device");
}

Test(packet_dhcp, hears_devices_in_their_own_name_alone)
{
	const struct row rows[] = {
		{ "renewal", asks((struct message){ CT_MAC, REQUEST, 1, .source = CT }), PASSES,
		  "ct" },
		{ "in another's name", asks((struct message){ CT_MAC, REQUEST, 1,
							      .source_mac = LAPTOP_MAC }),
		  WARD_DHCP_CLIENT, "laptop" },
		{ "from another's address",
		  asks((struct message){ LAPTOP_MAC, REQUEST, 1, .source = CT }),
		  WARD_SPOOFED_ADDRESS, "laptop" },
		{ "stranger", asks(said(STRANGER_MAC, DISCOVER, 1, NULL, 0)),
		  WARD_UNKNOWN_DEVICE, "c0" },
		{ "of another VLAN", asks(said(PUMP_MAC, DISCOVER, 1, NULL, 0)),
		  WARD_WRONG_VLAN, "pump" },
		{ "of another link", asks(said(NATIVE_MAC, DISCOVER, 1, NULL, 0)),
		  WARD_WRONG_LINK, "native" },
		{ "closed", asks(said(SHUT_MAC, DISCOVER, 1, NULL, 0)), WARD_CLOSED, "shut" },
		{ "without the cookie",
		  asks((struct message){ LAPTOP_MAC, DISCOVER, 1, .length = COOKIE + 3 }),
		  WARD_DHCP_MALFORMED, "laptop" },
		{ "an answer of a device", answers((struct message){ LAPTOP_MAC, OFFER, 1, LEASED,
				.source_mac = CT_MAC, .source = CT }), WARD_DHCP_SERVER, "ct" },
	};
	struct frame good = laptop_asks(1);

	EXPECT_ROWS(g, WARD_CLINICAL, rows);
	expect(g, WARD_CLINICAL, frame_set8(good, 28 + 0, 2), WARD_DHCP_MALFORMED, "op");
	expect(g, WARD_CLINICAL, frame_set8(good, 28 + HARDWARE, 6), WARD_DHCP_MALFORMED,
	       "hardware");
	expect(g, WARD_CLINICAL, frame_set8(good, 28 + HARDWARE_LENGTH, 16), WARD_DHCP_MALFORMED,
	       "hardware length");
	expect(g, WARD_CLINICAL, frame_set8(good, 28 + COOKIE, 0), WARD_DHCP_MALFORMED, "cookie");
}

Test(packet_dhcp, hears_listed_servers_alone)
{
	const struct row rows[] = {
		{ "another server",
		  answers((struct message){ LAPTOP_MAC, OFFER, 7, LEASED, .source = PACS }),
		  WARD_DHCP_SERVER, "i0" },
		{ "for a stranger", answers(said(STRANGER_MAC, OFFER, 7, LEASED, 0)),
		  WARD_UNKNOWN_DEVICE, "i0" },
		{ "for a device of another VLAN", answers(said(PUMP_MAC, OFFER, 7, NULL, 0)),
		  WARD_UNKNOWN_DEVICE, "i0" },
		{ "to another MAC", answers((struct message){ LAPTOP_MAC, OFFER, 7, LEASED,
							      .destination_mac = CT_MAC }),
		  WARD_DESTINATION_MAC, "laptop" },
		{ "to the device's MAC", answers((struct message){ LAPTOP_MAC, OFFER, 7, LEASED,
				.destination_mac = LAPTOP_MAC }), PASSES, "laptop" },
		{ "cut off",
		  answers((struct message){ LAPTOP_MAC, OFFER, 7, .length = OPTIONS - 1 }),
		  WARD_DHCP_MALFORMED, "i0" },
		{ "a client of the IT side",
		  asks(said(STRANGER_MAC, DISCOVER, 7, NULL, 0)), WARD_UNSOLICITED, "i0" },
	};

	expect(g, WARD_CLINICAL, laptop_asks(7), PASSES, "asks");
	EXPECT_ROWS(g, WARD_IT, rows);
	expect_owner(g, LAB_IT, answers(said(LAPTOP_MAC, OFFER, 7, LEASED, 0)),
		     WARD_DHCP_SERVER, "i1", "a server of another link");
}
