/* SPDX-License-Identifier: GPL-2.0-only */
/* The shipped library of named services. A policy may define any of the names anew. */
#ifndef WARDGATE_POLICY_SERVICES_H
#define WARDGATE_POLICY_SERVICES_H

#include <stddef.h>

#include "policy/model.h"

struct service_port {
	enum protocol protocol;
	uint16_t first, last;
};

struct library_service {
	const char *name;
	const char *what;	/* a few words */
	struct service_port ports[4];
	size_t count;
	const char *source;	/* registry or standard that says so */
};

/* All of them, sorted by name. */
const struct library_service *services_library(size_t *count);

/* The one with this name, or NULL. */
const struct library_service *services_find(const char *name);

/*
 * The name of a library service on this port, or NULL. Where several share it, the first by the
 * order of the library.
 */
const char *services_name(enum protocol protocol, uint16_t port);

#endif
