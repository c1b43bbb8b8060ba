/* SPDX-License-Identifier: GPL-2.0-only */
/* Who may open what to whom: exact, from the classes. Enforcement is not looked at. */
#ifndef WARDGATE_POLICY_WHO_H
#define WARDGATE_POLICY_WHO_H

#include "base/error.h"
#include "policy/model.h"
#include "policy/space.h"

struct who_question {
	struct model_end from, to;	/* MODEL_END_ANY where not asked */
	VEC(struct model_service_use) services;	/* empty: any */
};

/* Devices of one profile, or addresses that are no device's. */
struct who_side {
	const char *profile;	/* NULL: addresses */
	VEC(const char *) devices;	/* names, in the order of the policy */
	bool all;		/* all devices of the profile */
	prefix_list peers;
	const char *network;	/* whose addresses they are, or NULL */
	bool but_devices;	/* without those of it that are devices: see the other rows */
};

struct who_row {
	struct who_side from, to;
	port_list services;
	/* The rules that allow it: of the sender, of the receiver; NULL where it is no device. */
	const struct model_rule *sends, *receives;
};

struct who {
	VEC(struct who_row) rows;
};

/*
 * What a person names: a device, group, profile or network by its name, also as `network:NAME`; an
 * address or prefix; `any`. -EINVAL with the sentence.
 */
int who_end(const struct model *model, const char *word, struct model_end *out,
	    struct error *error);

/* A service of the policy or the library, or tcp/104 and the like: added to the question. */
int who_service(const struct model *model, const char *word, struct who_question *question,
		struct error *error);

/* 0 or -ENOMEM; `out` points into the model. */
int policy_who(const struct model *model, const struct who_question *question, struct who *out);
void who_free(struct who *who);

#endif
