/* SPDX-License-Identifier: GPL-2.0-only */
#include "daemon/actor.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "base/text.h"

static uid_t login_of(pid_t pid)
{
	_cleanup_(text_free) struct text text = { 0 };
	char path[64];
	struct error ignored;
	uint64_t uid;

	/* Pid 0: of a namespace that is not seen from here. */
	snprintf(path, sizeof(path), "/proc/%d/loginuid", (int)pid);
	if (pid <= 0 || file_read(path, 16, &text, &ignored) || !text.bytes ||
	    text_parse_number(text.bytes, 0, UINT32_MAX, &uid))
		return ACTOR_NOBODY;
	return (uid_t)uid;
}

struct actor actor_of_peer(const struct ucred *peer)
{
	return (struct actor){ peer->uid, peer->pid, login_of(peer->pid) };
}

const char *actor_words(char out[ACTOR_WORDS], struct actor actor)
{
	if (actor.uid == ACTOR_NOBODY)
		snprintf(out, ACTOR_WORDS, "the daemon's start");
	else if (actor.login == ACTOR_NOBODY || actor.login == actor.uid)
		snprintf(out, ACTOR_WORDS, "user %u", (unsigned)actor.uid);
	else
		snprintf(out, ACTOR_WORDS, "user %u, who logged in as user %u", (unsigned)actor.uid,
			 (unsigned)actor.login);
	return out;
}
