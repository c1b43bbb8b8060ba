/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes, as in Recursive Flow Classification (Gupta and McKeown, 1999): two addresses that lie in
 * the same networks cannot be told apart by any rule, so they share a class; the same for ports and
 * services. A class is a set of members (indexes of networks, or of service atoms).
 */
#ifndef WARDGATE_POLICY_CLASSES_H
#define WARDGATE_POLICY_CLASSES_H

#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "policy/image.h"

struct class_set {
	uint32_t *members;	/* sorted */
	size_t count;
};

/* Zero-initialise it. Class 0 is the empty set: "not named". */
struct classes {
	VEC(struct class_set) sets;
	uint32_t *table;	/* open addressing: class number + 1, or 0 */
	size_t table_size;
};

void classes_free(struct classes *classes);

/* The number of the class with exactly these members (sorted, no duplicates). 0 or -ENOMEM. */
int classes_intern(struct classes *classes, const uint32_t *members, size_t count, uint32_t *out);

/* For each member below `members`, the classes that hold it. Owned by the caller. */
struct class_lists {
	uint32_t *classes;
	size_t *first;		/* of member m: classes[first[m]] to classes[first[m + 1] - 1] */
};

int classes_invert(const struct classes *classes, size_t members, struct class_lists *out);
void class_lists_free(struct class_lists *lists);

/*
 * Classes of all addresses by the networks that some rule uses; fills image->hosts and
 * image->prefixes. The members are indexes of networks in the model. 0, -ENOMEM.
 */
int classes_of_peers(const struct model *model, const bool *network_used, struct image *image,
		     struct classes *out);

/* A service, or a range written in a rule: what rules choose ports by. */
struct service_atom {
	const struct model_port_range *ranges;
	size_t count;
};

/* Classes of all ports by atom; fills image->services. The members are indexes into `atoms`. */
int classes_of_services(const struct service_atom *atoms, size_t count, struct image *image,
			struct classes *out);

#endif
