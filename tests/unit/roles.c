/* SPDX-License-Identifier: GPL-2.0-only */
#include "control/roles.h"

#include <criterion/criterion.h>

Test(roles, root_is_admin)
{
	cr_assert_eq(role_of_peer(0, 999), ROLE_ADMIN);
}

Test(roles, the_daemons_own_user_is_admin)
{
	cr_assert_eq(role_of_peer(999, 999), ROLE_ADMIN);
}

Test(roles, anybody_else_has_no_role)
{
	cr_assert_eq(role_of_peer(1000, 0), ROLE_NONE);
	cr_assert_eq(role_of_peer(1000, 999), ROLE_NONE);
	cr_assert_eq(role_of_peer((uid_t)-1, 999), ROLE_NONE);
}

Test(roles, each_role_may_do_what_the_one_before_may)
{
	cr_assert_lt(ROLE_NONE, ROLE_VIEWER);
	cr_assert_lt(ROLE_VIEWER, ROLE_OPERATOR);
	cr_assert_lt(ROLE_OPERATOR, ROLE_ADMIN);
}

Test(roles, have_names)
{
	cr_assert_str_eq(role_name(ROLE_NONE), "none");
	cr_assert_str_eq(role_name(ROLE_ADMIN), "admin");
}
