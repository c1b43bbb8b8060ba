/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pinned XDP links. A port's is named by its slot, "3": the BPF file system allows no dots,
 * which interface names may have. When a port's name is another interface's now, the link of the
 * one that had it is set aside, "aside-SLOT-IFINDEX-SAVED", and found again by its interface.
 */
#ifndef WARDGATE_KERNEL_PINS_H
#define WARDGATE_KERNEL_PINS_H

#include "kernel/state.h"

#define PIN_NAME_SIZE 48

struct pin {
	int link;	/* fd, owned by the caller; -1: nothing is pinned there */
	uint32_t ifindex;	/* 0: its interface is gone */
	uint32_t program;	/* id */
};

/* That there is none is no error. */
int pin_open(const char *path, struct pin *out, struct error *error);

/* Where the link of a port is pinned. */
const char *pins_path(const struct state *state, char out[512], uint32_t slot);

/* What a name in the folder of pins says: of a port, or with `aside` of what once was it. */
struct pin_name {
	bool aside;
	uint32_t slot, ifindex, saved;
};

struct pin_name pins_parse(const char *name);

/*
 * Takes the link out of the slot's place, with the settings that the slot keeps, and back. `name`
 * is what it is called in between.
 */
int pins_set_aside(const struct state *state, uint32_t slot, uint32_t ifindex,
		   char name[PIN_NAME_SIZE], struct error *error);
void pins_put_back(const struct state *state, uint32_t slot, const char *name);

/*
 * The link on this interface, whatever it is pinned as, gets the slot's place, and the slot the
 * settings that were kept with it. `name` is what it was called, "" when there is none.
 */
int pins_adopt(const struct state *state, uint32_t slot, uint32_t ifindex,
	       char name[PIN_NAME_SIZE], struct error *error);
void pins_return(const struct state *state, uint32_t slot, const char *name);

/* Whether any link still has its interface; in whatever network namespace. */
int pins_any_alive(const struct state *state, bool *alive, struct error *error);

#endif
