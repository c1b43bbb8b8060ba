/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "lab.h"

static const char ward[] =
	"version: 1\n"
	"links:\n"
	"  - {name: ward, clinical: c0, it: i0, dhcp-servers: [198.18.200.2]}\n"
	"networks:\n"
	"  servers: [198.18.200.0/24]\n"
	"services:\n"
	"  web: [tcp/80, udp/123]\n"
	"profiles:\n"
	"  p:\n"
	"    allow:\n"
	"      - {to: servers, services: [web]}\n"
	"    fragments: track\n"
	"devices:\n"
	"  - {name: d, mac: \"02:00:00:00:11:01\", link: ward, profile: p,"
	" ip: [198.18.110.10, dhcp]}\n"
	"  - {name: e, mac: \"02:00:00:00:11:02\", link: ward, profile: p, ip: [198.18.110.11]}\n";

struct lab *lab_new(void)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	char error[256];

	cr_assert(ref_load(ward, strlen(ward), &lab->policy, error), "%s", error);
	lab->ref = ref_new(4000000);
	lab->now = 1000 * 1000000000ull;
	ref_apply(lab->ref, &lab->policy, 1);
	return lab;
}

void lab_free(struct lab **lab)
{
	ref_free(&(*lab)->ref);
	free(*lab);
	*lab = NULL;
}

const char *lab_send(struct lab *lab, double seconds, const struct plan *plan)
{
	struct ref_verdict *v = calloc(1, sizeof(*v));
	struct ref_frame frame = { 0 };
	struct plan plain = *plan;
	const char *label;
	int port;

	plain.plain = true;
	build(&lab->random, &lab->policy, &plain, &frame, &port);
	lab->now += (uint64_t)(seconds * 1e9);
	ref_judge(lab->ref, port, lab->now, &frame, v);
	label = reason_name(v->reason);
	free(v);
	return label;
}

static struct plan plan_of(int side, uint8_t protocol, const char *device)
{
	static const uint8_t macs[WARD_SIDES][6] = { LAB_MAC, LAB_SERVER_MAC };
	struct plan plan = { .protocol = protocol, .hop_limit = 64, .place = { .side = side } };

	memcpy(plan.place.source, macs[side], 6);
	memcpy(plan.place.destination, macs[!side], 6);
	ref_parse_address(device, side ? &plan.destination : &plan.source);
	ref_parse_address("198.18.200.5", side ? &plan.source : &plan.destination);
	return plan;
}

const char *lab_tcp(struct lab *lab, double seconds, struct segment s)
{
	struct plan plan = plan_of(s.side, IPPROTO_TCP, "198.18.110.10");
	bool scales = s.scale >= 0 && (s.flags & SYN);

	put16(&plan.upper, s.side ? 80 : 40000);
	put16(&plan.upper, s.side ? 40000 : 80);
	put32(&plan.upper, s.sequence);
	put32(&plan.upper, s.acknowledged);
	put16(&plan.upper, (scales ? 0x6000 : 0x5000) | s.flags);
	put16(&plan.upper, s.window);
	put32(&plan.upper, 0);
	if (scales)
		put32(&plan.upper, 0x03030001u | (uint32_t)s.scale << 8);
	put_zeros(&plan.upper, s.payload);
	return lab_send(lab, seconds, &plan);
}

const char *lab_piece(struct lab *lab, uint32_t id, unsigned position, unsigned length, bool more)
{
	struct plan plan = plan_of(WARD_CLINICAL, IPPROTO_UDP, "198.18.110.10");

	plan.fragment = true;
	plan.more = more;
	plan.position = position;
	plan.id = id;
	if (!position) {
		put16(&plan.upper, 40000);
		put16(&plan.upper, 123);
		put32(&plan.upper, 1000u << 16);
	}
	put_zeros(&plan.upper, length - plan.upper.length);
	return lab_send(lab, 0.001, &plan);
}

const char *lab_udp(struct lab *lab, int side, const char *address)
{
	struct plan plan = plan_of(side, IPPROTO_UDP, address);

	put16(&plan.upper, side ? 123 : 40000);
	put16(&plan.upper, side ? 40000 : 123);
	put32(&plan.upper, 8u << 16);
	return lab_send(lab, 0.001, &plan);
}

const char *lab_dhcp(struct lab *lab, unsigned message, uint32_t transaction, const char *address,
		     uint32_t seconds)
{
	static const uint8_t cookie[4] = { 0x63, 0x82, 0x53, 0x63 }, mac[6] = LAB_MAC;
	bool asks = message == 1 || message == 3;
	struct plan plan = plan_of(asks ? WARD_CLINICAL : WARD_IT, IPPROTO_UDP, "0.0.0.0");
	struct ref_address yours = { { 0 } };

	ref_parse_address(address, &yours);
	ref_parse_address("255.255.255.255", &plan.destination);
	if (!asks)
		ref_parse_address("198.18.200.2", &plan.source);
	put16(&plan.upper, asks ? 68 : 67);
	put16(&plan.upper, asks ? 67 : 68);
	put32(&plan.upper, (8u + 240 + 10) << 16);
	put32(&plan.upper, asks ? 0x01010600 : 0x02010600);
	put32(&plan.upper, transaction);
	put_zeros(&plan.upper, 8);
	put_address(&plan.upper, yours);
	put_zeros(&plan.upper, 8);
	put(&plan.upper, mac, 6);
	put_zeros(&plan.upper, 202);
	put(&plan.upper, cookie, 4);
	put32(&plan.upper, 0x35010033 | message << 8);
	put8(&plan.upper, 4);
	put32(&plan.upper, seconds);
	put8(&plan.upper, 255);
	return lab_send(lab, 0.001, &plan);
}
