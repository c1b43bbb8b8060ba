/* SPDX-License-Identifier: GPL-2.0-only */
/* What DHCP and DHCPv6 share. */
#ifndef WARDGATE_REFERENCE_DHCP_H
#define WARDGATE_REFERENCE_DHCP_H

#include "packet.h"

/* `family` is an index of ref_owner.lease. */
bool ref_is_server(const struct ref_packet *p);
void ref_ask(struct ref_packet *p, int family, uint32_t transaction);
bool ref_is_awaited(struct ref_packet *p, int family, uint32_t transaction);
void ref_give_lease(struct ref_packet *p, int family, struct ref_address address,
		    uint32_t seconds);
/* A static address of another device, here. */
bool ref_is_taken(const struct ref_packet *p, struct ref_address address);
/* What a server gives there is refused, and is not the device's fault. */
int ref_refuse_lease(struct ref_packet *p);

#endif
