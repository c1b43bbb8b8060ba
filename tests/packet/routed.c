/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Routed mode: the kernel's routes and neighbours, in the namespace of the test. Three networks,
 * each on a port of its own: the CT's and the pump's, and the servers'.
 */
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "leaving.h"

#define CT_ROUTED "198.18.1.13"
#define PUMP_ROUTED "198.18.2.20"
#define SERVER "198.18.9.200"
#define CT_ROUTED6 "2001:db8:1::13"
#define PUMP_ROUTED6 "2001:db8:2::20"
#define SERVER6 "2001:db8:9::200"

/* Ports: of the link `imaging`, and of `bedside`. */
#define BEDSIDE_CLINICAL 2

static const char policy[] =
	"version: 1\n"
	"links:\n"
	"  - {name: imaging, clinical: c0, it: i0, mode: routed}\n"
	"  - {name: bedside, clinical: c1, it: i1, mode: routed}\n"
	"networks:\n"
	"  servers: [198.18.9.0/24, \"2001:db8:9::/64\", 198.18.40.0/24, 198.18.41.0/24,"
	" 198.18.42.0/24, 198.18.43.0/24]\n"
	"  imaging: [198.18.1.0/24, \"2001:db8:1::/64\"]\n"
	"  bedside: [198.18.2.0/24, \"2001:db8:2::/64\"]\n"
	"profiles:\n"
	"  scanner:\n"
	"    allow:\n"
	"      - {to: servers, services: [udp/123]}\n"
	"      - {to: bedside, services: [udp/7, udp/8, udp/443], log: true}\n"
	"  pump:\n"
	"    allow:\n"
	"      - {from: imaging, services: [udp/7], log: true}\n"
	"      - {from: imaging, services: [udp/443], encrypted: required}\n"
	"      - {from: servers, services: [udp/7]}\n"
	"devices:\n"
	"  - {name: ct, mac: 02:00:00:00:11:01, ip: [198.18.1.13, \"2001:db8:1::13\"],"
	" profile: scanner, link: imaging}\n"
	"  - {name: pump, mac: 02:00:00:00:11:02, ip: [198.18.2.20, \"2001:db8:2::20\"],"
	" profile: pump, link: bedside}\n";

static struct gateway *g;
static char macs[4][18];	/* of c0, i0, c1, i1 */

static void run(const char *command)
{
	cr_assert_eq(system(command), 0, "%s", command);
}

static void read_mac(const char *ifname, char out[18])
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq request = { 0 };
	const unsigned char *m = (unsigned char *)request.ifr_hwaddr.sa_data;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", ifname);
	cr_assert_eq(ioctl(fd, SIOCGIFHWADDR, &request), 0);
	snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	close(fd);
}

static void setup(void)
{
	g = gateway_new(policy);
	run("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
	run("for i in c0 i0 c1 i1; do ip link set $i up; ip link set $i-p up; done");
	run("ip address add 198.18.1.1/24 dev c0; ip address add 198.18.9.1/24 dev i0");
	run("ip address add 198.18.2.1/24 dev c1");
	run("ip address add 2001:db8:1::1/64 dev c0 nodad; ip address add 2001:db8:9::1/64 dev i0 nodad");
	run("ip address add 2001:db8:2::1/64 dev c1 nodad");
	run("ip neigh add 198.18.9.200 lladdr " PACS_MAC " dev i0");
	run("ip neigh add 2001:db8:9::200 lladdr " PACS_MAC " dev i0");
	run("ip neigh add 198.18.1.13 lladdr " CT_MAC " dev c0");
	run("ip neigh add 198.18.2.20 lladdr " PUMP_MAC " dev c1");
	run("ip neigh add 2001:db8:2::20 lladdr " PUMP_MAC " dev c1");
	read_mac("c0", macs[0]);
	read_mac("i0", macs[1]);
	read_mac("c1", macs[2]);
	read_mac("i1", macs[3]);
}

static void teardown(void)
{
	gateway_free(&g);
}

TestSuite(packet_routed, .init = setup, .fini = teardown, .timeout = 60);

/* RFC 1071, of the IPv4 header of an untagged frame. */
static struct frame with_checksum(struct frame f)
{
	uint32_t sum = 0;

	f = frame_set16(f, 10, 0);
	for (size_t i = 14; i < 34; i += 2)
		sum += (uint32_t)(f.bytes[i] << 8 | f.bytes[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return frame_set16(f, 10, (uint16_t)~sum);
}

/* UDP between two hosts on the wire between these MACs. */
static struct frame udp(const char *source_mac, const char *source, const char *destination_mac,
			const char *destination, uint8_t hops, uint16_t port)
{
	struct frame f = frame_of((struct packet_spec){
		.source_mac = source_mac, .destination_mac = destination_mac, .source = source,
		.destination = destination, .protocol = IPPROTO_UDP, .source_port = 40000,
		.destination_port = port, .hop_limit = hops, .payload = 20 });

	return f.bytes[12] == 0x08 ? with_checksum(f) : f;
}

static struct frame ct_to(const char *destination, uint8_t hops, uint16_t port)
{
	return udp(CT_MAC, CT_ROUTED, macs[0], destination, hops, port);
}

/* It goes to the kernel as it came. */
static void expect_host(unsigned port, struct frame frame, const char *owner,
			const char *description)
{
	struct verdict v = gateway_run(g, port, &frame);

	cr_expect_eq(v.reason, PASSES, "%s: %s", description, reason_label(v.reason));
	cr_expect_eq(v.action, XDP_PASS, "%s: verdict %u", description, v.action);
	cr_expect_str_eq(v.owner, owner, "%s: charged to '%s'", description, v.owner);
	cr_expect(v.length == frame.length && !memcmp(v.bytes, frame.bytes, v.length),
		  "%s: changed", description);
}

Test(packet_routed, sends_as_a_router_does)
{
	struct frame answer = udp(PACS_MAC, SERVER, macs[1], CT_ROUTED, 64, 40000);

	expect_leaves(g, WARD_CLINICAL, ct_to(SERVER, 64, 123), XDP_REDIRECT,
		      udp(macs[1], CT_ROUTED, PACS_MAC, SERVER, 63, 123), "to a server");
	answer = with_checksum(frame_set16(answer, 20, 123));
	expect_leaves(g, WARD_IT, answer, XDP_REDIRECT,
		      with_checksum(frame_set16(udp(macs[0], SERVER, CT_MAC, CT_ROUTED, 63, 40000),
						20, 123)), "and back");
	expect_leaves(g, WARD_CLINICAL, udp(CT_MAC, CT_ROUTED6, macs[0], SERVER6, 64, 123),
		      XDP_REDIRECT, udp(macs[1], CT_ROUTED6, PACS_MAC, SERVER6, 63, 123), "IPv6");
}

Test(packet_routed, keeps_the_checksum_right_for_every_hop_count)
{
	for (int hops = 2; hops < 256; hops++)
		expect_leaves(g, WARD_CLINICAL, ct_to(SERVER, (uint8_t)hops, 123), XDP_REDIRECT,
			      udp(macs[1], CT_ROUTED, PACS_MAC, SERVER, (uint8_t)(hops - 1), 123),
			      "a hop");
	/* Where the sum is one below a carry, for some identification it is. */
	for (int id = 0; id < 0x10000; id += 0x0fff) {
		struct frame in =
			with_checksum(frame_set16(ct_to(SERVER, 64, 123), 4, (uint16_t)id));
		struct frame out = udp(macs[1], CT_ROUTED, PACS_MAC, SERVER, 63, 123);

		expect_leaves(g, WARD_CLINICAL, in, XDP_REDIRECT,
			      with_checksum(frame_set16(out, 4, (uint16_t)id)),
			      "an identification");
	}
}

Test(packet_routed, leaves_to_the_kernel_what_a_router_answers)
{
	expect_host(WARD_CLINICAL, ct_to(SERVER, 1, 123), "ct", "the last hop");
	expect_host(WARD_CLINICAL, udp(CT_MAC, CT_ROUTED6, macs[0], SERVER6, 1, 123), "ct",
		    "the last hop of IPv6");
	expect_host(WARD_CLINICAL, ct_to("198.18.9.201", 64, 123), "ct", "a neighbour to be asked for");
	expect_host(WARD_CLINICAL, ct_to("198.18.9.1", 64, 123), "ct", "the gateway's own address");
	run("ip link set i0 mtu 1280");
	expect_host(WARD_CLINICAL,
		    with_checksum(frame_of((struct packet_spec){
			    .source_mac = CT_MAC, .destination_mac = macs[0], .source = CT_ROUTED,
			    .destination = SERVER, .protocol = IPPROTO_UDP, .source_port = 40000,
			    .destination_port = 123, .payload = 1300 })), "ct", "too large");
	expect_host(WARD_CLINICAL, frame_arp(1, CT_MAC, CT_ROUTED, "198.18.1.1", BROADCAST, 0), "ct",
		    "ARP of a device");
	expect_host(WARD_IT, frame_arp(1, PACS_MAC, SERVER, "198.18.9.1", BROADCAST, 0), "i0",
		    "ARP of a server");
}

Test(packet_routed, drops_what_the_routes_forbid)
{
	run("ip route add blackhole 198.18.40.0/24; ip route add unreachable 198.18.41.0/24");
	run("ip route add prohibit 198.18.42.0/24");
	expect_owner(g, WARD_CLINICAL, ct_to("198.18.40.1", 64, 123), WARD_NO_ROUTE, "ct", "blackhole");
	expect(g, WARD_CLINICAL, ct_to("198.18.41.1", 64, 123), WARD_NO_ROUTE, "unreachable");
	expect(g, WARD_CLINICAL, ct_to("198.18.42.1", 64, 123), WARD_NO_ROUTE, "prohibit");
	run("ip link add aside type veth peer name aside-p");
	run("ip link set aside up; ip link set aside-p up");
	run("ip address add 198.18.43.1/24 dev aside");
	run("ip neigh add 198.18.43.2 lladdr " PACS_MAC " dev aside");
	expect(g, WARD_CLINICAL, ct_to("198.18.43.2", 64, 123), WARD_NO_ROUTE,
	       "by an interface of no link");
	run("sysctl -qw net.ipv4.conf.c0.forwarding=0");
	expect(g, WARD_CLINICAL, ct_to(SERVER, 64, 123), WARD_NO_ROUTE, "forwarding turned off");
}

Test(packet_routed, takes_only_frames_for_its_own_mac)
{
	expect_owner(g, WARD_CLINICAL, udp(CT_MAC, CT_ROUTED, PACS_MAC, SERVER, 64, 123),
		     WARD_WRONG_GATEWAY, "ct", "for the server's");
	expect(g, WARD_CLINICAL, udp(CT_MAC, CT_ROUTED, macs[1], SERVER, 64, 123),
	       WARD_WRONG_GATEWAY, "for another port's");
	expect_host(WARD_CLINICAL, udp(CT_MAC, CT_ROUTED, BROADCAST, SERVER, 64, 123), "ct",
		    "for all: allowed, but not routed");
}

Test(packet_routed, still_judges_before_it_routes)
{
	expect_owner(g, WARD_CLINICAL, ct_to(SERVER, 64, 124), WARD_SERVICE, "ct", "another service");
	expect(g, WARD_CLINICAL, udp(PUMP_MAC, CT_ROUTED, macs[0], SERVER, 64, 123),
	       WARD_WRONG_LINK, "a device of the other link");
	expect_owner(g, WARD_IT, udp(PACS_MAC, SERVER, macs[1], CT_ROUTED, 64, 7), WARD_UNSOLICITED,
		     "ct", "from a server");
	expect(g, WARD_IT, udp(PACS_MAC, SERVER, macs[1], "198.18.1.14", 64, 7),
	       WARD_UNKNOWN_DEVICE, "to no device");
	expect_owner(g, WARD_IT, udp(PACS_MAC, CT_ROUTED, macs[1], PUMP_ROUTED, 64, 7),
		     WARD_WRONG_LINK, "i0", "a device's address on the IT side");
}

Test(packet_routed, between_two_devices_both_policies_must_allow)
{
	const struct ward_share *ct = &g->kernel->state.shares[0], *pump = ct + 1;

	expect_owner(g, WARD_CLINICAL, ct_to(PUMP_ROUTED, 64, 9), WARD_SERVICE, "ct",
		     "the sender's does not");
	expect_owner(g, WARD_CLINICAL, ct_to(PUMP_ROUTED, 64, 8), WARD_SERVICE, "pump",
		     "the receiver's does not");
	cr_expect_eq(ct->near[0].claim, WARD_FLOW_UNUSED, "then the sender has no flow");
	cr_expect_eq(pump->near[0].claim, WARD_FLOW_UNUSED, "nor has the receiver");
	expect_leaves(g, WARD_CLINICAL, ct_to(PUMP_ROUTED, 64, 7), XDP_REDIRECT,
		      udp(macs[2], CT_ROUTED, PUMP_MAC, PUMP_ROUTED, 63, 7), "both do");
	cr_expect_neq(ct->near[0].claim, WARD_FLOW_UNUSED, "then both have one");
	cr_expect_neq(pump->near[0].claim, WARD_FLOW_UNUSED, "then both have one");
	cr_expect_eq(ct->near[0].opener, WARD_CLINICAL);
	cr_expect_eq(pump->near[0].opener, WARD_IT);
	expect_leaves(g, BEDSIDE_CLINICAL,
		      with_checksum(frame_set16(
			      udp(PUMP_MAC, PUMP_ROUTED, macs[2], CT_ROUTED, 64, 40000), 20, 7)),
		      XDP_REDIRECT,
		      with_checksum(frame_set16(
			      udp(macs[0], PUMP_ROUTED, CT_MAC, CT_ROUTED, 63, 40000), 20, 7)),
		      "and back");
	expect_owner(g, BEDSIDE_CLINICAL, udp(PUMP_MAC, PUMP_ROUTED, macs[2], CT_ROUTED, 64, 7),
		     WARD_DESTINATION, "pump", "the pump may not begin");
	expect_leaves(g, WARD_CLINICAL, udp(CT_MAC, CT_ROUTED6, macs[0], PUMP_ROUTED6, 64, 7),
		      XDP_REDIRECT, udp(macs[2], CT_ROUTED6, PUMP_MAC, PUMP_ROUTED6, 63, 7),
		      "IPv6");
}

Test(packet_routed, asks_for_tls_when_only_the_receiver_does)
{
	static const uint8_t hello[] = { 22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 1 };
	const struct ward_share *ct = &g->kernel->state.shares[0], *pump = ct + 1;
	struct frame frame = ct_to(PUMP_ROUTED, 64, 443);

	expect_owner(g, WARD_CLINICAL, frame, WARD_CLEAR_TEXT, "pump", "clear text");
	cr_expect_eq(ct->near[0].claim, WARD_FLOW_UNUSED, "the sender has no flow");
	cr_expect_eq(pump->near[0].claim, WARD_FLOW_UNUSED, "nor has the receiver");
	memcpy(frame.bytes + 14 + 20 + 8, hello, sizeof(hello));
	expect_owner(g, WARD_CLINICAL, frame, PASSES, "ct", "a ClientHello");
	cr_expect_eq(ct->near[0].seen & WARD_SEEN_AWAITS, 0, "the sender's rule asks for nothing");
	cr_expect_eq(pump->near[0].seen & WARD_SEEN_AWAITS, WARD_SEEN_AWAITS);
	expect_owner(g, WARD_CLINICAL, ct_to(PUMP_ROUTED, 64, 443), WARD_CLEAR_TEXT, "pump",
		     "clear text behind it");
	expect_owner(g, BEDSIDE_CLINICAL,
		     with_checksum(frame_set16(frame_set16(udp(PUMP_MAC, PUMP_ROUTED, macs[2],
							       CT_ROUTED, 64, 40000),
							   20, 443), 6, 0)),
		     PASSES, "pump", "the answer");
	expect_owner(g, WARD_CLINICAL, ct_to(PUMP_ROUTED, 64, 443), PASSES, "ct", "what follows");
}

Test(packet_routed, counts_a_packet_between_devices_for_the_sender_alone)
{
	struct frame frame = ct_to(PUMP_ROUTED, 64, 7);
	struct verdict v = gateway_run(g, WARD_CLINICAL, &frame);

	cr_expect_str_eq(v.owner, "ct");
}

struct opened {
	unsigned count;
	struct ward_event of[4];
};

static void remember(const struct ward_event *event, void *context)
{
	struct opened *opened = context;

	if (event->reason == WARD_NEW_FLOW && opened->count < 4)
		opened->of[opened->count++] = *event;
}

Test(packet_routed, tells_of_a_new_flow_between_devices_for_each_of_them)
{
	struct frame frame = ct_to(PUMP_ROUTED, 64, 7), refused = ct_to(PUMP_ROUTED, 64, 8);
	struct opened opened = { 0 };

	gateway_run(g, WARD_CLINICAL, &refused);
	gateway_run(g, WARD_CLINICAL, &frame);
	gateway_run(g, WARD_CLINICAL, &frame);
	kernel_events(g->kernel, 100, remember, &opened);
	cr_assert_eq(opened.count, 2);
	cr_expect_str_eq(kernel_owner_name(g->kernel, opened.of[0].owner), "ct");
	cr_expect_eq(opened.of[0].rule, g->slots.rule_slot[1]);
	cr_expect_eq(opened.of[0].side, WARD_CLINICAL);
	cr_expect_str_eq(kernel_owner_name(g->kernel, opened.of[1].owner), "pump");
	cr_expect_eq(opened.of[1].rule, g->slots.rule_slot[2]);
	cr_expect_eq(opened.of[1].side, WARD_IT);
	cr_expect_eq(ntohs(opened.of[1].destination_port), 7);
}

Test(packet_routed, sends_to_a_device_by_its_own_mac_only)
{
	run("ip neigh replace 198.18.2.20 lladdr " STRANGER_MAC " dev c1");
	expect_owner(g, WARD_CLINICAL, ct_to(PUMP_ROUTED, 64, 7), WARD_NEIGHBOUR, "ct",
		     "from a device");
	expect_owner(g, WARD_IT, udp(PACS_MAC, SERVER, macs[1], PUMP_ROUTED, 64, 7), WARD_NEIGHBOUR,
		     "pump", "from a server");
}

Test(packet_routed, in_audit_mode_each_end_may_excuse)
{
	char text[4096];
	char *scanner;

	snprintf(text, sizeof(text), "%s", policy);
	scanner = strstr(text, "  scanner:\n") + strlen("  scanner:\n");
	memmove(scanner + 23, scanner, strlen(scanner) + 1);
	memcpy(scanner, "    enforcement: audit\n", 23);
	gateway_apply(g, text);
	expect_owner(g, WARD_CLINICAL, ct_to(PUMP_ROUTED, 64, 8), WARD_SERVICE, "pump",
		     "the receiver still enforces");
	expect_owner(g, WARD_CLINICAL, ct_to(PUMP_ROUTED, 64, 7), PASSES, "ct", "both allow");
	expect_audited(g, WARD_CLINICAL, udp(CT_MAC, CT_ROUTED, macs[0], SERVER, 64, 124),
		       WARD_SERVICE, "ct", "the sender excuses itself");
}
