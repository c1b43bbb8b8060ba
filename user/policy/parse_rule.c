/* SPDX-License-Identifier: GPL-2.0-only */
/* What a rule says of itself: who answers for it, how long and when it is one, and how. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/own.h"
#include "base/text.h"
#include "policy/parse_parts.h"

void parse_rule_owner(struct parser *p, const struct node *node, struct model_rule *rule)
{
	keys_word(p, node, "a line of text", value_owner, &rule->owner);
}

void parse_rule_ticket(struct parser *p, const struct node *node, struct model_rule *rule)
{
	keys_word(p, node, "a line of text", value_ticket, &rule->ticket);
}

/* When that is in UTC is for check() to say, which knows the time zone. */
static int value_expires(const char *s, struct complaint *complaint)
{
	int64_t local;

	return value_expiry(s, &local, complaint);
}

void parse_rule_expires(struct parser *p, const struct node *node, struct model_rule *rule)
{
	keys_word(p, node, "a date", value_expires, &rule->expires);
}

/* Hours. */

static void add_windows(struct parser *p, const bool week[MODEL_MINUTES_A_WEEK],
			struct model_rule *rule)
{
	for (unsigned m = 0; m < MODEL_MINUTES_A_WEEK; m++) {
		struct model_window *window;

		if (!week[m])
			continue;
		window = keys_check(p, vec_add(&rule->windows));
		if (!window)
			return;
		window->from = (uint16_t)m;
		while (m < MODEL_MINUTES_A_WEEK && week[m])
			m++;
		window->to = (uint16_t)m;
	}
}

static void add_item(struct parser *p, const struct node *node, void *into)
{
	const char *text = keys_text(p, node, "hours of the week");
	struct text *list = into;

	if (text)
		text_add(list, "%s%s", list->length ? ", " : "", text);
}

/* A text, or a list of them: the commas between hours are those of a list, too. */
void parse_rule_hours(struct parser *p, const struct node *node, struct model_rule *rule)
{
	_cleanup_(text_free) struct text list = { 0 };
	bool week[MODEL_MINUTES_A_WEEK];
	struct complaint complaint;

	if (node->kind != NODE_LIST)
		add_item(p, node, &list);
	else if (keys_parse_list(p, node, "a list of hours", &list, add_item) && !node->first)
		diag_error(p->diags, E_EMPTY, node->place, "leave `hours` out for any time",
			   "an empty list of hours");
	if (!list.length)
		return;
	if (text_status(&list)) {
		p->failed = true;
		return;
	}
	if (value_hours(list.bytes, week, &complaint)) {
		keys_complain(p, node, &complaint);
		return;
	}
	rule->hours.text = keys_check(p, arena_copy(&p->model->arena, list.bytes, list.length));
	rule->hours.place = node->place;
	add_windows(p, week, rule);
}

/* Which of the two is not clear. */
static bool is_yes(const struct node *node)
{
	static const char *const words[] = { "yes", "true", "on" };

	for (size_t i = 0; node->kind == NODE_TEXT && i < ARRAY_SIZE(words); i++)
		if (!strcasecmp(node->text, words[i]))
			return true;
	return false;
}

void parse_rule_encrypted(struct parser *p, const struct node *node, struct model_rule *rule)
{
	/* `no` may come as `false` from what other programs write. */
	static const char *const words[] = { "required", "preferred", "no", "false" };
	static const enum model_encryption meanings[] = {
		MODEL_ENCRYPTION_REQUIRED,
		MODEL_ENCRYPTION_PREFERRED,
		MODEL_ENCRYPTION_NO,
		MODEL_ENCRYPTION_NO,
	};
	static const struct value_choices choices = { "a value of `encrypted`", words,
						      ARRAY_SIZE(words) };
	unsigned at;

	rule->encryption_place = node->place;
	if (is_yes(node)) {
		diag_error(p->diags, E_BAD_WORD, node->place,
			   "write required (TLS or DTLS and nothing else), preferred (what is in "
			   "clear is counted) or no",
			   "'%s' is not a value of `encrypted`", node->text);
		return;
	}
	if (keys_choice(p, node, &choices, &at))
		rule->encryption = meanings[at];
}

void parse_rule_log(struct parser *p, const struct node *node, struct model_rule *rule)
{
	static const char *const words[] = { "false", "true" };
	static const struct value_choices choices = { "a value of `log`", words,
						      ARRAY_SIZE(words) };
	unsigned at;

	if (keys_choice(p, node, &choices, &at))
		rule->log = at == 1;
}

/* `require`. */

static void require_item(struct parser *p, const struct node *node, void *into)
{
	struct model *model = into;
	unsigned at;

	if (!keys_choice(p, node, &values_require, &at))
		return;
	if (model->require & 1u << at)
		diag_error(p->diags, E_ITEM_TWICE, node->place, "remove one of the two",
			   "'%s' is in this list already", node->text);
	model->require |= 1u << at;
}

void parse_require(struct parser *p, const struct node *node, void *into)
{
	((struct model *)into)->require_place = node->place;
	if (keys_parse_list(p, node, "a list of keys", into, require_item) && !node->first)
		diag_error(p->diags, E_EMPTY, node->place, "leave `require` out",
			   "an empty list of keys");
}

/* `lint`. */

static int value_warning(const char *s, struct complaint *complaint)
{
	const struct code_row *row = codes_find(s);

	if (row && *row->number == 'W')
		return 0;
	complain(complaint, E_BAD_WORD, s, "is not the number of a warning");
	complain_hint(complaint, "`wardgate explain-error` lists them; errors cannot be allowed");
	return -EINVAL;
}

static void lint_item(struct parser *p, const struct node *node, void *into)
{
	struct model *model = into;
	struct word word = { 0 }, *item;

	keys_word(p, node, "the number of a warning", value_warning, &word);
	item = word.text ? keys_check(p, vec_add(&model->lint_allow)) : NULL;
	if (item)
		*item = word;
}

static void lint_allow(struct parser *p, const struct node *node, void *into)
{
	if (keys_parse_list(p, node, "a list of warnings", into, lint_item) && !node->first)
		diag_error(p->diags, E_EMPTY, node->place, "leave `lint` out",
			   "an empty list of warnings");
}

static const struct key lint_table[] = {
	{ "allow", true, lint_allow },
};
KEYS(lint_keys, "`lint`", lint_table);

void parse_lint(struct parser *p, const struct node *node, void *into)
{
	keys_parse(p, node, &lint_keys, into);
}
