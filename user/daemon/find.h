/* SPDX-License-Identifier: GPL-2.0-only */
/* Which device a word means, and which name may have been meant. */
#ifndef WARDGATE_DAEMON_FIND_H
#define WARDGATE_DAEMON_FIND_H

#include "daemon/daemon.h"

/*
 * A device that has a slot: by its name, or of the policy in force by its MAC or an address, listed
 * or leased. -ENOENT and -ENOTUNIQ (an address of several) with a sentence that helps on.
 */
int find_device(const struct daemon *daemon, const char *word, struct device_slot *out,
		struct error *error);

/* The device of the policy that may have been meant, or NULL. */
const char *find_guess(const struct model *model, const char *word);

/* Answers that neither a device nor a port of the policy in force has the name. */
int find_refuse_owner(struct call *call, const struct daemon *daemon, const char *name,
		      const char *nor);

#endif
