/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/address.h"

#include <arpa/inet.h>

void address_from_ipv4(__be32 out[4], __be32 ipv4)
{
	out[0] = out[1] = 0;
	out[2] = htonl(0xffff);
	out[3] = ipv4;
}

bool address_is_ipv4(const __be32 address[4])
{
	return !address[0] && !address[1] && address[2] == htonl(0xffff);
}

bool address_is_group(const __be32 address[4])
{
	return address_is_ipv4(address) ? ntohl(address[3]) >> 28 == 14
					: ntohl(address[0]) >> 24 == 0xff;
}

bool address_is_link_local(const __be32 address[4])
{
	return address_is_ipv4(address) ? ntohl(address[3]) >> 16 == 0xa9fe
					: ntohl(address[0]) >> 22 == 0xfe80 >> 6;
}

void address_mask(__be32 address[4], unsigned length)
{
	for (unsigned word = 0; word<4; word++, length = length> 32 ? length - 32 : 0)
		if (length < 32)
			address[word] &= length ? htonl(~0u << (32 - length)) : 0;
}

unsigned address_common(const __be32 a[4], const __be32 b[4])
{
	for (unsigned word = 0; word < 4; word++)
		if (a[word] != b[word])
			return 32 * word + (unsigned)__builtin_clz(ntohl(a[word] ^ b[word]));
	return ADDRESS_BITS;
}

void address_from_mac(__be32 out[4], const uint8_t mac[6])
{
	uint8_t bytes[ADDRESS_SIZE] = { 0xfe, 0x80 };

	memcpy(bytes + 8, mac, 3);
	bytes[8] ^= 2;
	bytes[11] = 0xff;
	bytes[12] = 0xfe;
	memcpy(bytes + 13, mac + 3, 3);
	memcpy(out, bytes, sizeof(bytes));
}

void address_group_mac(uint8_t out[6], const __be32 group[4])
{
	static const uint8_t ipv4[] = { 0x01, 0x00, 0x5e }, ipv6[] = { 0x33, 0x33 };

	memcpy(out + 2, &group[3], 4);
	if (!address_is_ipv4(group)) {
		memcpy(out, ipv6, sizeof(ipv6));
		return;
	}
	memcpy(out, ipv4, sizeof(ipv4));
	out[3] &= 0x7f;
}
