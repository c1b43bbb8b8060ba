/* SPDX-License-Identifier: GPL-2.0-only */
#include "control/roles.h"

enum role role_of_peer(uid_t peer, uid_t own)
{
	return peer == 0 || peer == own ? ROLE_ADMIN : ROLE_NONE;
}

const char *role_name(enum role role)
{
	static const char *const name[] = {
		[ROLE_NONE] = "none",
		[ROLE_VIEWER] = "viewer",
		[ROLE_OPERATOR] = "operator",
		[ROLE_ADMIN] = "admin",
	};

	return name[role];
}
