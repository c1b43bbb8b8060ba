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

#define ONE(name, what, port, source)                                                              \
	{                                                                                          \
		name, what, { port }, 1, source                                                    \
	}
#define TWO(name, what, port, other, source)                                                       \
	{                                                                                          \
		name, what, { port, other }, 2, source                                             \
	}

/*
 * IANA is the Service Name and Transport Protocol Port Number Registry (RFC 6335); the word after
 * it is the registered name. A protocol without a registered port is not here: sites name it.
 */
static const struct library_service library[] = {
	TWO("alaris-discovery", "discovery of Alaris infusion pumps", TCP(3613), UDP(3613),
	    "IANA alaris-disc"),
	ONE("bacnet", "building control", UDP(47808), "IANA bacnet; ANSI/ASHRAE 135 Annex J"),
	TWO("clinical-context", "context of HL7 CCOW", TCP(2617), UDP(2617), "IANA cmadmin"),
	TWO("dicom", "images", TCP(104), TCP(11112),
	    "IANA acr-nema and dicom; DICOM PS3.8 chapter 9"),
	ONE("dicom-iscl", "images, by ISCL", TCP(2761), "IANA dicom-iscl"),
	ONE("dicom-tls", "images, by TLS", TCP(2762), "IANA dicom-tls; DICOM PS3.15 Annex B"),
	TWO("dns", "names", TCP(53), UDP(53), "IANA domain; RFC 1035, RFC 7766"),
	ONE("dns-tls", "names, by TLS", TCP(853), "IANA domain-s; RFC 7858"),
	ONE("ftp", "file transfer", TCP(21),
	    "IANA ftp; the control connection only: see check_services.c"),
	ONE("hl7", "messages of HL7 v2", TCP(2575), "IANA hl7; HL7 v2 over MLLP"),
	ONE("http", "web", TCP(80), "IANA http"),
	ONE("https", "web, by TLS", TCP(443), "IANA https"),
	ONE("igmp", "membership of IPv4 groups", IGMP,
	    "RFC 3376: membership of IPv4 groups, all of its messages"),
	ONE("ipp", "printing", TCP(631), "IANA ipp; RFC 8010"),
	TWO("kerberos", "log-on", TCP(88), UDP(88), "IANA kerberos; RFC 4120"),
	ONE("ldap", "directory", TCP(389), "IANA ldap; RFC 4511"),
	ONE("ldaps", "directory, by TLS", TCP(636), "IANA ldaps"),
	ONE("mdns", "discovery by multicast DNS", UDP(5353),
	    "IANA mdns; RFC 6762: 224.0.0.251 and ff02::fb"),
	{ "mld",
	  "membership of IPv6 groups",
	  { ICMPV6(130), ICMPV6(131), ICMPV6(132), ICMPV6(143) },
	  4,
	  "RFC 2710 and RFC 3810: membership of IPv6 groups" },
	ONE("modbus", "building and plant control", TCP(502), "IANA mbap"),
	ONE("mqtt", "messages", TCP(1883), "IANA mqtt"),
	ONE("mqtts", "messages, by TLS", TCP(8883), "IANA secure-mqtt"),
	ONE("ntp", "time", UDP(123), "IANA ntp; RFC 5905"),
	ONE("opcua", "plant control", TCP(4840), "IANA opcua-tcp"),
	TWO("ping", "echo request", ICMP(8), ICMPV6(128),
	    "RFC 792 and RFC 4443: echo request and reply"),
	ONE("print-raw", "printing", TCP(9100), "IANA hp-pdl-datastr"),
	ONE("rdp", "remote desktop", TCP(3389), "IANA ms-wbt-server"),
	ONE("sdc", "medical devices, ISO/IEEE 11073", TCP(6464),
	    "IANA ieee11073-20701; many devices choose others"),
	ONE("smb", "file shares", TCP(445), "IANA microsoft-ds"),
	ONE("snmp", "monitoring", UDP(161), "IANA snmp; RFC 3417"),
	ONE("snmp-trap", "alarms of monitoring", UDP(162), "IANA snmptrap; RFC 3417"),
	ONE("ssh", "remote shell", TCP(22), "IANA ssh; RFC 4253"),
	ONE("syslog", "log lines", UDP(514), "IANA syslog; RFC 5426, DICOM PS3.15 A.7"),
	ONE("syslog-tls", "log lines, by TLS", TCP(6514),
	    "IANA syslog-tls; RFC 5425, DICOM PS3.15 A.6"),
	ONE("telnet", "remote shell", TCP(23), "IANA telnet"),
	ONE("tftp", "file transfer", UDP(69), "IANA tftp; RFC 1350: see check_services.c"),
	TWO("tmop-hl7", "messages of HL7 v2 to a transport server", TCP(20046), UDP(20046),
	    "IANA tmophl7mts"),
	ONE("ws-discovery", "discovery of web services", UDP(3702),
	    "IANA ws-discovery; 239.255.255.250 and ff02::c"),
	ONE("wsdapi", "web services for devices", TCP(5357), "IANA wsdapi"),
	ONE("wsdapi-tls", "web services for devices, by TLS", TCP(5358), "IANA wsdapi-s"),
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
