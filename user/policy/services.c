/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/services.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"

#define TCP(port)                                                                                  \
	{                                                                                          \
		PROTOCOL_TCP, port, port                                                           \
	}
#define UDP(port)                                                                                  \
	{                                                                                          \
		PROTOCOL_UDP, port, port                                                           \
	}
#define ICMP(type)                                                                                 \
	{                                                                                          \
		PROTOCOL_ICMP, type, type                                                          \
	}
#define ICMPV6(type)                                                                               \
	{                                                                                          \
		PROTOCOL_ICMPV6, type, type                                                        \
	}
#define IGMP                                                                                       \
	{                                                                                          \
		PROTOCOL_IGMP, 0, 0                                                                \
	}

#define ONE(name, port, source)                                                                    \
	{                                                                                          \
		name, { port }, 1, source                                                          \
	}
#define TWO(name, port, other, source)                                                             \
	{                                                                                          \
		name, { port, other }, 2, source                                                   \
	}

/*
 * IANA is the Service Name and Transport Protocol Port Number Registry (RFC 6335); the word after
 * it is the registered name. A protocol without a registered port is not here: sites name it.
 */
static const struct library_service library[] = {
	TWO("alaris-discovery", TCP(3613), UDP(3613), "IANA alaris-disc"),
	ONE("bacnet", UDP(47808), "IANA bacnet; ANSI/ASHRAE 135 Annex J"),
	TWO("clinical-context", TCP(2617), UDP(2617), "IANA cmadmin"),
	TWO("dicom", TCP(104), TCP(11112), "IANA acr-nema and dicom; DICOM PS3.8 chapter 9"),
	ONE("dicom-iscl", TCP(2761), "IANA dicom-iscl"),
	ONE("dicom-tls", TCP(2762), "IANA dicom-tls; DICOM PS3.15 Annex B"),
	TWO("dns", TCP(53), UDP(53), "IANA domain; RFC 1035, RFC 7766"),
	ONE("dns-tls", TCP(853), "IANA domain-s; RFC 7858"),
	ONE("ftp", TCP(21), "IANA ftp; the control connection only: see check_services.c"),
	ONE("hl7", TCP(2575), "IANA hl7; HL7 v2 over MLLP"),
	ONE("http", TCP(80), "IANA http"),
	ONE("https", TCP(443), "IANA https"),
	ONE("igmp", IGMP, "RFC 3376: membership of IPv4 groups, all of its messages"),
	ONE("ipp", TCP(631), "IANA ipp; RFC 8010"),
	TWO("kerberos", TCP(88), UDP(88), "IANA kerberos; RFC 4120"),
	ONE("ldap", TCP(389), "IANA ldap; RFC 4511"),
	ONE("ldaps", TCP(636), "IANA ldaps"),
	ONE("mdns", UDP(5353), "IANA mdns; RFC 6762: 224.0.0.251 and ff02::fb"),
	{ "mld",
	  { ICMPV6(130), ICMPV6(131), ICMPV6(132), ICMPV6(143) },
	  4,
	  "RFC 2710 and RFC 3810: membership of IPv6 groups" },
	ONE("modbus", TCP(502), "IANA mbap"),
	ONE("mqtt", TCP(1883), "IANA mqtt"),
	ONE("mqtts", TCP(8883), "IANA secure-mqtt"),
	ONE("ntp", UDP(123), "IANA ntp; RFC 5905"),
	ONE("opcua", TCP(4840), "IANA opcua-tcp"),
	TWO("ping", ICMP(8), ICMPV6(128), "RFC 792 and RFC 4443: echo request and reply"),
	ONE("print-raw", TCP(9100), "IANA hp-pdl-datastr"),
	ONE("rdp", TCP(3389), "IANA ms-wbt-server"),
	ONE("sdc", TCP(6464), "IANA ieee11073-20701; many devices choose others"),
	ONE("smb", TCP(445), "IANA microsoft-ds"),
	ONE("snmp", UDP(161), "IANA snmp; RFC 3417"),
	ONE("snmp-trap", UDP(162), "IANA snmptrap; RFC 3417"),
	ONE("ssh", TCP(22), "IANA ssh; RFC 4253"),
	ONE("syslog", UDP(514), "IANA syslog; RFC 5426, DICOM PS3.15 A.7"),
	ONE("syslog-tls", TCP(6514), "IANA syslog-tls; RFC 5425, DICOM PS3.15 A.6"),
	ONE("telnet", TCP(23), "IANA telnet"),
	ONE("tftp", UDP(69), "IANA tftp; RFC 1350: see check_services.c"),
	TWO("tmop-hl7", TCP(20046), UDP(20046), "IANA tmophl7mts"),
	ONE("ws-discovery", UDP(3702), "IANA ws-discovery; 239.255.255.250 and ff02::c"),
	ONE("wsdapi", TCP(5357), "IANA wsdapi"),
	ONE("wsdapi-tls", TCP(5358), "IANA wsdapi-s"),
};

const struct library_service *services_library(size_t *count)
{
	*count = ARRAY_SIZE(library);
	return library;
}

static int by_name(const void *name, const void *service)
{
	return strcmp(name, ((const struct library_service *)service)->name);
}

const struct library_service *services_find(const char *name)
{
	return bsearch(name, library, ARRAY_SIZE(library), sizeof(*library), by_name);
}

const char *services_name(enum protocol protocol, uint16_t port)
{
	for (size_t i = 0; i < ARRAY_SIZE(library); i++)
		for (size_t j = 0; j < library[i].count; j++)
			if (library[i].ports[j].protocol == protocol &&
			    library[i].ports[j].first <= port && library[i].ports[j].last >= port)
				return library[i].name;
	return NULL;
}
