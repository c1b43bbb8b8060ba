/* SPDX-License-Identifier: GPL-2.0-only */
#include "case.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "generate.h"

void case_clear_events(struct ref_case *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->events[i].frame);
	c->count = 0;
}

void case_free(struct ref_case **c)
{
	if (!*c)
		return;
	case_clear_events(*c);
	free((*c)->events);
	free(*c);
	*c = NULL;
}

struct event *case_add(struct ref_case *c, enum event_kind kind)
{
	struct event *e;

	if (c->count == c->capacity) {
		c->capacity = c->capacity ? 2 * c->capacity : 64;
		c->events = reallocarray(c->events, c->capacity, sizeof(*c->events));
	}
	e = &c->events[c->count++];
	memset(e, 0, sizeof(*e));
	e->kind = kind;
	if (kind == EVENT_FRAME)
		e->frame = calloc(1, sizeof(*e->frame));
	return e;
}

struct ref_case *case_copy(const struct ref_case *from)
{
	struct ref_case *c = calloc(1, sizeof(*c));

	memcpy(c->policies, from->policies, sizeof(c->policies));
	c->policy_count = from->policy_count;
	for (size_t i = 0; i < from->count; i++) {
		struct event *e = case_add(c, from->events[i].kind);
		struct ref_frame *frame = e->frame;

		*e = from->events[i];
		e->frame = frame;
		if (frame)
			*frame = *from->events[i].frame;
	}
	return c;
}

static void write_event(const struct event *e, FILE *out)
{
	if (e->kind == EVENT_FRAME) {
		fputs("# ", out);
		decode(e->frame, out);
	}
	fprintf(out, "+%" PRIu64, e->wait);
	if (e->kind == EVENT_QUARANTINE)
		fprintf(out, " quarantine %s %s\n", e->device, e->on ? "on" : "off");
	if (e->kind == EVENT_APPLY)
		fprintf(out, " apply %u\n", e->policy);
	if (e->kind == EVENT_CLOCK)
		fprintf(out, " clock %" PRIu64 "\n", e->wall);
	if (e->kind != EVENT_FRAME)
		return;
	fprintf(out, " frame %d ", e->port);
	for (unsigned i = 0; i < e->frame->length; i++)
		fprintf(out, "%02x", e->frame->bytes[i]);
	fputs("\n", out);
}

void case_write(const struct ref_case *c, FILE *out)
{
	for (unsigned i = 0; i < c->policy_count; i++) {
		fputs("policy\n", out);
		ref_print(&c->policies[i], out);
		fputs(".\n", out);
	}
	for (size_t i = 0; i < c->count; i++)
		write_event(&c->events[i], out);
}

static bool read_hex(const char *text, struct ref_frame *frame)
{
	unsigned byte;

	for (; sscanf(text, "%2x", &byte) == 1 && frame->length < REF_FRAME; text += 2)
		frame->bytes[frame->length++] = (uint8_t)byte;
	return frame->length >= 14;
}

static bool read_event(struct ref_case *c, const char *line)
{
	char word[16], rest[REF_NAME], state[8];
	uint64_t wait;
	struct event *e;
	int at = 0;

	if (sscanf(line, "+%" SCNu64 " %15s %n", &wait, word, &at) < 2)
		return false;
	if (!strcmp(word, "frame")) {
		int more = 0;

		e = case_add(c, EVENT_FRAME);
		e->wait = wait;
		return sscanf(line + at, "%d %n", &e->port, &more) == 1 &&
		       read_hex(line + at + more, e->frame);
	}
	if (!strcmp(word, "quarantine")) {
		e = case_add(c, EVENT_QUARANTINE);
		e->wait = wait;
		if (sscanf(line + at, "%31s %7s", rest, state) != 2)
			return false;
		snprintf(e->device, sizeof(e->device), "%s", rest);
		e->on = !strcmp(state, "on");
		return true;
	}
	if (!strcmp(word, "clock")) {
		e = case_add(c, EVENT_CLOCK);
		e->wait = wait;
		return sscanf(line + at, "%" SCNu64, &e->wall) == 1;
	}
	e = case_add(c, EVENT_APPLY);
	e->wait = wait;
	return !strcmp(word, "apply") && sscanf(line + at, "%u", &e->policy) == 1 &&
	       e->policy < c->policy_count;
}

static bool read_policy(struct ref_case *c, FILE *in, char error[256])
{
	_cleanup_free_ char *line = NULL, *text = NULL;
	size_t size = 0, length = 0;
	bool loaded;
	FILE *out = open_memstream(&text, &length);

	while (getline(&line, &size, in) > 0 && strcmp(line, ".\n"))
		fputs(line, out);
	fclose(out);
	if (c->policy_count == CASE_POLICIES)
		return false;
	loaded = ref_load(text, length, &c->policies[c->policy_count], error);
	c->policy_count++;
	return loaded;
}

bool case_read(const char *path, struct ref_case **out, char error[256])
{
	_cleanup_fclose_ FILE *in = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	_cleanup_(case_free) struct ref_case *c = calloc(1, sizeof(*c));
	size_t size = 0;

	snprintf(error, 256, "%s: cannot be read as a case", path);
	if (!in)
		return false;
	while (getline(&line, &size, in) > 0) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (!strcmp(line, "policy\n") ? !read_policy(c, in, error) : !read_event(c, line))
			return false;
	}
	*out = TAKE_PTR(c);
	return c == NULL && (*out)->policy_count;
}
