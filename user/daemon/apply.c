/* SPDX-License-Identifier: GPL-2.0-only */
#include "daemon/daemon.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "daemon/audit.h"
#include "daemon/expiry.h"
#include "daemon/inspect.h"
#include "daemon/quarantine.h"
#include "daemon/store.h"

void running_free(struct running *running)
{
	policy_free(&running->policy);
	generation_slots_free(&running->slots);
	free(running->name);
	free(running->device_of_owner);
	free(running->expiry_told);
	text_free(&running->notes);
	*running = (struct running){ 0 };
}

const struct model_device *running_device(const struct running *running, uint32_t owner)
{
	if (owner >= running->owner_count || !running->device_of_owner[owner])
		return NULL;
	return &running->policy->model->devices.items[running->device_of_owner[owner] - 1];
}

static void index_owners(struct running *running)
{
	memset(running->device_of_owner, 0, running->owner_count * sizeof(uint32_t));
	for (uint32_t i = 0; i < running->policy->model->devices.count; i++)
		running->device_of_owner[running->slots.device_owner[i]] = i + 1;
}

static void note(struct daemon *daemon, bool ok, const char *message)
{
	daemon->last_apply.time = clock_realtime();
	daemon->last_apply.ok = ok;
	snprintf(daemon->last_apply.message, sizeof(daemon->last_apply.message), "%s", message);
	/* A cut inside a character would make the whole status unreadable. */
	if (!text_is_clean(daemon->last_apply.message, strlen(daemon->last_apply.message)))
		snprintf(daemon->last_apply.message, sizeof(daemon->last_apply.message),
			 "see the daemon's log");
}

#define RETRY_FIRST 5000000000u /* ns */
#define RETRY_LAST 300000000000u

void daemon_retry_later(struct daemon *daemon, bool failed)
{
	struct retry *retry = &daemon->retry;
	uint64_t delay = retry->delay ? retry->delay * 2 : RETRY_FIRST;

	retry->delay = delay < RETRY_LAST ? delay : RETRY_LAST;
	retry->at.ns = clock_monotonic().ns + retry->delay;
	retry->failed = failed;
}

/*
 * The policy is published, and then nothing may fail any more: what remains is memory that was
 * reserved before. `next` is what runs, or gives way to it.
 */
static int publish(struct daemon *daemon, struct running *next, bool require_ports,
		   struct error *error)
{
	struct generation_slots slots;
	int err = kernel_publish(daemon->kernel, next->policy->image, require_ports, &slots, error);

	if (err)
		return err;
	generation_slots_free(&next->slots);
	next->slots = slots;
	index_owners(next);
	if (slots.warning[0])
		log_warning("the policy is in force, but %s", slots.warning);
	if (slots.left_out)
		daemon_retry_later(daemon, false);
	else
		daemon->retry = (struct retry){ 0 };
	return 0;
}

static int prepare(struct daemon *daemon, const char *name, struct running *next,
		   struct error *error)
{
	next->name = strdup(name);
	next->owner_count = WARD_OWNER_FIRST_DEVICE + kernel_meta(daemon->kernel)->device_capacity;
	next->device_of_owner = calloc(next->owner_count, sizeof(uint32_t));
	next->expiry_told = calloc(next->policy->image->rules.count + 1, 1);
	if (!next->name || !next->device_of_owner || !next->expiry_told)
		return error_set(error, -ENOMEM, "no memory for the new policy");
	return 0;
}

/*
 * At start a failure is said, and the ports are tried all the same: a link whose port is bad is
 * better than none. But no start may end a quarantine.
 */
static int inspect(struct daemon *daemon, struct running *next, struct actor actor,
		   struct error *error)
{
	int err = inspect_before_apply(daemon, next->policy->image, &next->notes, error);

	if (actor.uid == ACTOR_NOBODY)
		err = quarantine_verdict(daemon, next->policy->image, error);
	return err;
}

static int note_changes(struct daemon *daemon, struct running *next)
{
	char gone[TEXT_COUNT], before[TEXT_THINGS];
	int err = changes_find(daemon->running.policy, next->policy, &next->changes);

	if (err || !changes_are_alarming(&next->changes))
		return err;
	text_count(gone, next->changes.removed);
	text_things(before, next->changes.devices_before, "device");
	text_add(&next->notes,
		 "warning: this policy leaves out %s of %s: nothing of theirs passes any more; apply "
		 "the policy before it again if that is not meant\n",
		 gone, before);
	log_warning("%s takes %s of %s away", next->name, gone, before);
	return 0;
}

static void log_applied(const struct running *running, struct actor actor)
{
	_cleanup_(text_free) struct text changes = { 0 };
	char who[ACTOR_WORDS];

	changes_describe(&running->changes, &changes);
	log_info("generation %u of %s is in force, by %s: %s", running->slots.number, running->name,
		 actor_words(who, actor), changes.bytes ?: "");
}

/* What becomes of it, in the audit log. */
static int audit(const struct daemon *daemon, const struct running *next, struct actor actor,
		 const char *outcome, struct error *error)
{
	const struct deed deed = { .actor = actor,
				   .action = "apply",
				   .hash = next->policy->image->hash,
				   .outcome = outcome };

	return audit_one(daemon->options.state, &deed, next->name, error);
}

static int store_and_publish(struct daemon *daemon, struct running *next, struct actor actor,
			     struct error *error)
{
	const char *folder = daemon->options.state;
	bool at_start = actor.uid == ACTOR_NOBODY;
	struct error late;
	int err;

	err = audit(daemon, next, actor, "started", error) ?:
		      store_prepare(folder, next->policy->sources, error);
	if (err)
		return err;
	err = publish(daemon, next, !at_start, error);
	if (err) {
		store_abandon(folder);
		audit(daemon, next, actor, error->text, &late);
		return err;
	}
	/* In force already: what the disk refuses now is reported, not undone. */
	if (store_commit(folder, &late) || audit(daemon, next, actor, "done", &late))
		log_error("the policy is in force, but %s", late.text);
	return 0;
}

int daemon_apply(struct daemon *daemon, const char *name, struct sources **sources,
		 struct actor actor, struct diags *diags, struct error *error)
{
	_cleanup_(running_free) struct running next = { 0 };
	int err;

	error->text[0] = '\0';
	err = policy_build(sources, &next.policy, diags, error);
	if (err == -EINVAL && diags->errors) {
		note(daemon, false, "the policy has errors");
		return err;
	}
	err = err ?: prepare(daemon, name, &next, error);
	err = err ?: inspect(daemon, &next, actor, error);
	if (!err && note_changes(daemon, &next))
		err = error_set(error, -ENOMEM, "no memory to compare the policies");
	err = err ?: store_and_publish(daemon, &next, actor, error);
	if (err) {
		note(daemon, false, error->text);
		return err;
	}
	/* From here on status counts anew. */
	kernel_audited(daemon->kernel, next.audited_before);
	running_free(&daemon->running);
	daemon->running = next;
	next = (struct running){ 0 };
	note(daemon, true, "");
	log_applied(&daemon->running, actor);
	expiry_log(&daemon->running);
	return 0;
}

void daemon_ready(const struct daemon *daemon)
{
	const struct policy *policy = daemon->running.policy;
	char devices[TEXT_THINGS], rules[TEXT_THINGS];

	if (policy)
		notify_ready(&daemon->notify, "in force: %s, %s",
			     text_things(devices, policy->model->devices.count, "device"),
			     text_things(rules, policy->image->rules.count, "rule"));
	else if (kernel_meta(daemon->kernel)->generation)
		notify_ready(&daemon->notify, "what runs goes on, but its policy could not be "
					      "read: see `wardgate status`");
	else
		notify_ready(&daemon->notify, "no policy is in force: see `wardgate apply`");
}

int daemon_republish(struct daemon *daemon, struct error *error)
{
	int err = 0;

	if (daemon->running.policy)
		err = publish(daemon, &daemon->running, false, error);
	if (err)
		daemon_retry_later(daemon, true);
	return err;
}

static int take_over_from(struct daemon *daemon, struct sources **sources, struct error *error)
{
	const struct actor itself = { ACTOR_NOBODY, getpid(), ACTOR_NOBODY };
	_cleanup_free_ char *name = strdup(sources_file(*sources, 0)->name);
	struct diags diags = { 0 };
	struct text findings = { 0 };
	int err;

	if (!name)
		return error_set(error, -ENOMEM, "no memory");
	err = daemon_apply(daemon, name, sources, itself, &diags, error);
	if (err == -EINVAL && diags.errors) {
		diags_print(&diags, *sources, &findings);
		error_set(error, err, "%s has errors", name);
		log_error("%s is not applied:\n%s", name, findings.bytes ? findings.bytes : "");
	}
	text_free(&findings);
	diags_free(&diags);
	return err;
}

static int take_over_given(struct daemon *daemon, struct error *error)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	char before[WARD_HASH_SIZE];
	int err;

	memcpy(before, kernel_meta(daemon->kernel)->policy_hash, sizeof(before));
	err = sources_read(daemon->options.policy, &sources, error) ?:
		      take_over_from(daemon, &sources, error);
	if (!err && before[0] && strcmp(before, kernel_meta(daemon->kernel)->policy_hash))
		log_warning("--policy %s took the place of another policy (hash %.12s) that was in "
			    "force; without --policy the last applied one would have stayed",
			    daemon->options.policy, before);
	return err;
}

static int take_over_stored(struct daemon *daemon, struct error *error)
{
	_cleanup_(sources_free) struct sources *sources = NULL;
	const struct ward_meta *meta = kernel_meta(daemon->kernel);
	int err = store_load(daemon->options.state, meta->policy_hash, &sources, error);

	/* That nothing was ever applied is no failure; what runs and cannot be found again is. */
	if (err && (err != -ENOENT || meta->generation))
		note(daemon, false, error->text);
	return err ?: take_over_from(daemon, &sources, error);
}

void daemon_take_over(struct daemon *daemon)
{
	struct error error = { "" };
	uint32_t generation = kernel_meta(daemon->kernel)->generation;
	int err = -ENOENT;

	if (daemon->options.policy) {
		err = take_over_given(daemon, &error);
		if (err)
			log_error("%s is not in force: %s", daemon->options.policy, error.text);
	}
	if (err)
		err = take_over_stored(daemon, &error);
	if (!err)
		return;
	if (generation)
		log_error("no new policy at start (%s): generation %u goes on as it is", error.text,
			  generation);
	else
		log_warning("%s: nothing is attached until `wardgate apply`", error.text);
}
