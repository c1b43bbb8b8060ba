/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/services.h"

#include <criterion/criterion.h>
#include <string.h>

#include "policy/values.h"

Test(services, are_sorted_by_name)
{
	size_t count;
	const struct library_service *library = services_library(&count);

	for (size_t i = 1; i < count; i++)
		cr_assert_lt(strcmp(library[i - 1].name, library[i].name), 0, "%s",
			     library[i].name);
}

Test(services, have_a_valid_name_ports_and_a_source)
{
	size_t count;
	const struct library_service *library = services_library(&count);
	struct complaint complaint;

	for (size_t i = 0; i < count; i++) {
		cr_assert_eq(value_name(library[i].name, &complaint), 0, "%s", complaint.message);
		cr_assert_gt(strlen(library[i].source), 0);
		cr_assert(library[i].count >= 1 && library[i].count <= 4);
		for (size_t j = 0; j < library[i].count; j++)
			cr_assert_eq(library[i].ports[j].first == 0,
				     library[i].ports[j].protocol == PROTOCOL_IGMP);
	}
}

Test(services, are_found_by_name)
{
	cr_assert_eq(services_find("dicom-tls")->ports[0].first, 2762);
	cr_assert_eq(services_find("hl7")->ports[0].first, 2575);
	cr_assert_eq(services_find("dns")->count, 2);
	cr_assert_null(services_find("dico"));
	cr_assert_null(services_find(""));
}

Test(services, are_found_by_port)
{
	cr_assert_str_eq(services_name(PROTOCOL_TCP, 104), "dicom");
	cr_assert_str_eq(services_name(PROTOCOL_TCP, 11112), "dicom");
	cr_assert_str_eq(services_name(PROTOCOL_UDP, 123), "ntp");
	cr_assert_str_eq(services_name(PROTOCOL_ICMP, 8), "ping");
	cr_assert_null(services_name(PROTOCOL_UDP, 104));
	cr_assert_null(services_name(PROTOCOL_TCP, 0));
}

Test(services, of_messages_are_found_by_type)
{
	cr_assert_str_eq(services_name(PROTOCOL_ICMPV6, 128), "ping");
	cr_assert_str_eq(services_name(PROTOCOL_ICMPV6, 143), "mld");
	cr_assert_str_eq(services_name(PROTOCOL_IGMP, 0), "igmp");
	cr_assert_null(services_name(PROTOCOL_ICMP, 13));
	cr_assert_null(services_find("dhcp"));
}
