// SPDX-License-Identifier: GPL-2.0-only
#include "hospital.h"

#include <stdio.h>

#define DOTTED "%u.%u.%u.%u"
#define BYTES(address) (address) >> 24, (address) >> 16 & 255, (address) >> 8 & 255, (address) & 255

#define DEVICES_NETWORK 0x0a000000u	/* 10.0.0.0/9 */
#define SERVERS_NETWORK 0x0a800000u	/* 10.128.0.0/9: a host each, apart from its department */
#define DEPARTMENTS_NETWORK 0xac100000u	/* 172.16.0.0/12: a /28 each */

#define VLANS 100
#define FIRST_VLAN 100
#define SERVICES 50
#define OWN_SERVICES 10	/* that rules of one department name */
#define AREAS 20
#define AREA_SERVICES 4	/* of a rule to an area */

/*
 * A rule to an area makes an entry for each of its departments and services, and one that the
 * department is named.
 */
static unsigned int departments_of(const struct hospital *h)
{
	unsigned int of_area = h->entries / HOSPITAL_PROFILES / AREAS / (AREA_SERVICES + 1);

	return AREAS * (of_area ? of_area : 1);
}

static void print_networks(unsigned int departments)
{
	printf("networks:\n");
	for (unsigned int i = 0; i < departments; i++)
		printf("  department-%u: [" DOTTED "/28, " DOTTED "]\n", i,
		       BYTES(DEPARTMENTS_NETWORK + 16 * i), BYTES(SERVERS_NETWORK + i));
	for (unsigned int area = 0; area < AREAS; area++) {
		printf("  area-%u:\n", area);
		for (unsigned int i = area; i < departments; i += AREAS)
			printf("    - department-%u\n", i);
	}
}

static void print_services(void)
{
	printf("services:\n");
	for (unsigned int i = 0; i < SERVICES + OWN_SERVICES; i++)
		printf("  service-%u: [tcp/%u-%u, udp/%u]\n", i, 20000 + 10 * i, 20005 + 10 * i,
		       30000 + i);
}

/* Each profile reaches every area, and some departments by a service more. */
static void print_profile(unsigned int profile, unsigned int departments)
{
	unsigned int own = departments / HOSPITAL_PROFILES;

	printf("  profile-%u:\n"
	       "    limit: { packets: 10000/s, burst: 1000 }\n"
	       "    allow:\n",
	       profile);
	for (unsigned int area = 0; area < AREAS; area++) {
		printf("      - { to: area-%u, services: [", area);
		for (unsigned int i = 0; i < AREA_SERVICES; i++)
			printf("%sservice-%u", i ? ", " : "",
			       (profile + 3 * area + 7 * i) % SERVICES);
		printf("], purpose: \"the work of area %u\" }\n", area);
	}
	for (unsigned int i = profile * own; i < (profile + 1) * own; i++)
		printf("      - { to: department-%u, services: [service-%u], "
		       "purpose: \"a task of its own\" }\n",
		       i, SERVICES + i % OWN_SERVICES);
}

static void print_device(unsigned int i, unsigned int address)
{
	printf("  - { name: device-%u, mac: \"02:01:%02x:%02x:%02x:%02x\", vlan: %u, "
	       "ip: " DOTTED ", profile: profile-%u }\n",
	       i, BYTES(i), FIRST_VLAN + i % VLANS, BYTES(DEVICES_NETWORK + address),
	       i % HOSPITAL_PROFILES);
}

void hospital_print(const struct hospital *h)
{
	unsigned int departments = departments_of(h);

	printf("# A hospital of %u devices, made by tools/bench\n"
	       "version: 1\n"
	       "links:\n  - { name: hospital, clinical: gw0, it: gw1 }\n",
	       h->devices);
	print_networks(departments);
	print_services();
	printf("profiles:\n");
	for (unsigned int i = 0; i < HOSPITAL_PROFILES; i++)
		print_profile(i, departments);
	printf("devices:\n");
	for (unsigned int i = 1; i <= h->devices; i++)
		print_device(i, i == h->devices / 2 && h->changed ? h->devices + 1 : i);
}
