/* SPDX-License-Identifier: GPL-2.0-only */
/* Who may reach whom, against brute force with the naive evaluation. */
#include "policy/who.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/own.h"
#include "policy/evaluate.h"
#include "policy/world.h"
#include "policy_helper.h"
#include "random_policy.h"

static bool is_on_side(const struct model *model, const struct who_side *side,
		       const __be32 address[4])
{
	uint32_t device = world_find_device(model, address);

	if (!side->profile) {
		for (size_t i = 0; i < side->peers.count; i++)
			if (random_policy_holds(&side->peers.items[i], address))
				return true;
		return false;
	}
	for (size_t i = 0; device != WORLD_NO_DEVICE && i < side->devices.count; i++)
		if (side->devices.items[i] == model->devices.items[device].name.text)
			return true;
	return false;
}

static bool is_listed(const struct model *model, const struct who *who, const __be32 from[4],
		      const __be32 to[4], uint16_t port)
{
	for (size_t r = 0; r < who->rows.count; r++) {
		const struct who_row *row = &who->rows.items[r];

		if (!is_on_side(model, &row->from, from) || !is_on_side(model, &row->to, to))
			continue;
		for (size_t s = 0; s < row->services.count; s++)
			if (row->services.items[s].protocol == PROTOCOL_TCP &&
			    row->services.items[s].first <= port &&
			    row->services.items[s].last >= port)
				return true;
	}
	return false;
}

static bool may(const struct model *model, const __be32 from[4], const __be32 to[4], uint16_t port)
{
	uint32_t sender = world_find_device(model, from), receiver = world_find_device(model, to);
	const struct model_profile *profile = &model->profiles.items[0];

	if (sender == WORLD_NO_DEVICE && receiver == WORLD_NO_DEVICE)
		return false;
	return (sender == WORLD_NO_DEVICE ||
		evaluate(model, profile, WARD_CLINICAL, to, PROTOCOL_TCP, port)) &&
	       (receiver == WORLD_NO_DEVICE ||
		evaluate(model, profile, WARD_IT, from, PROTOCOL_TCP, port));
}

static bool is_network(const struct model *model, const struct model_end *end,
		       const __be32 address[4])
{
	const struct model_network *network = &model->networks.items[end->index];

	for (size_t i = 0; end->kind != MODEL_END_ANY && i < network->prefixes.count; i++)
		if (random_policy_holds(&network->prefixes.items[i], address))
			return true;
	return end->kind == MODEL_END_ANY;
}

static void compare(const struct model *model, const struct who_question *question)
{
	_cleanup_(who_free) struct who who = { 0 };

	cr_assert_eq(policy_who(model, question, &who), 0);
	for (unsigned a = 0; a < RANDOM_ADDRESSES; a++) {
		for (unsigned b = 0; b < RANDOM_ADDRESSES; b++) {
			__be32 from[4], to[4];
			bool asked;

			random_policy_address(a, from);
			random_policy_address(b, to);
			asked = a != b && is_network(model, &question->from, from) &&
				is_network(model, &question->to, to);
			for (uint16_t port = 1; a != b && port < RANDOM_PORTS; port++)
				cr_assert_eq(is_listed(model, &who, from, to, port),
					     asked && may(model, from, to, port));
		}
	}
}

Test(who, agrees_with_brute_force_over_random_policies, .timeout = 120)
{
	for (unsigned seed = 1; seed <= 40; seed++) {
		struct who_question question = { 0 };
		char text[RANDOM_POLICY_SIZE];
		struct reading r;
		unsigned next = seed;

		random_policy(text, seed);
		r = read_policy(text);
		cr_assert_not_null(r.model, "%s", r.findings.bytes);
		question.from.kind = MODEL_END_ANY;
		question.to.kind = MODEL_END_NETWORK;
		question.to.index = random_below(&next, (unsigned)r.model->networks.count);
		compare(r.model, &question);
		question.from = question.to;
		question.to.kind = MODEL_END_ANY;
		compare(r.model, &question);
		reading_free(&r);
	}
}

Test(who, a_device_opens_nothing_to_itself)
{
	_cleanup_(reading_free) struct reading r = read_policy(
		"version: 1\n"
		"links: [{ name: ward, clinical: a0, it: b0 }]\n"
		"networks: { ward: [198.18.1.1/32] }\n"
		"profiles:\n"
		"  p: { allow: [{ to: ward, services: [tcp/80] },\n"
		"               { from: ward, services: [tcp/80] }] }\n"
		"devices:\n"
		"  - { name: d-1, mac: 02:00:00:00:00:01, ip: 198.18.1.1, profile: p }\n");
	const struct who_question question = { .from.kind = MODEL_END_ANY,
					       .to.kind = MODEL_END_ANY };
	_cleanup_(who_free) struct who who = { 0 };

	cr_assert_not_null(r.model, "%s", r.findings.bytes);
	cr_assert_eq(policy_who(r.model, &question, &who), 0);
	cr_assert_eq(who.rows.count, 0);
}

Test(who, takes_the_words_of_people)
{
	_cleanup_(reading_free) struct reading r =
		read_policy(POLICY_HEAD POLICY_PROFILES POLICY_DEVICES);
	struct who_question question = { 0 };
	struct model_end end;
	struct error error;

	cr_assert_eq(who_end(r.model, "ct-1", &end, &error), 0);
	cr_assert_eq(end.kind, MODEL_END_DEVICE);
	cr_assert_eq(who_end(r.model, "network:pacs", &end, &error), 0);
	cr_assert_eq(end.kind, MODEL_END_NETWORK);
	cr_assert_eq(who_end(r.model, "10.0.0.0/8", &end, &error), 0);
	cr_assert_eq(end.kind, MODEL_END_PREFIX);
	cr_assert_eq(end.prefix.length, 104);
	cr_assert_eq(who_end(r.model, "2001:db8::1", &end, &error), 0);
	cr_assert_eq(who_end(r.model, "any", &end, &error), 0);
	cr_assert_eq(end.kind, MODEL_END_ANY);
	cr_assert_lt(who_end(r.model, "pasc", &end, &error), 0);
	cr_assert(strstr(error.text, "did you mean 'pacs'?"), "%s", error.text);
	cr_assert_lt(who_end(r.model, "10.0.0.1/8", &end, &error), 0);
	cr_assert_eq(who_service(r.model, "dicom", &question, &error), 0);
	cr_assert_eq(who_service(r.model, "ssh", &question, &error), 0);
	cr_assert_eq(who_service(r.model, "udp/53", &question, &error), 0);
	cr_assert_lt(who_service(r.model, "udp/nonsense", &question, &error), 0);
	cr_assert_eq(question.services.count, 3);
	vec_free(&question.services);
}
