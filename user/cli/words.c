/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/words.h"

#include "base/own.h"

json_t *words_prefixes(const prefix_list *prefixes)
{
	json_t *list = json_array();

	for (size_t i = 0; i < prefixes->count; i++) {
		_cleanup_(text_free) struct text text = { 0 };

		space_print_prefix(&prefixes->items[i], &text);
		json_array_append_new(list, json_string(text.bytes ?: ""));
	}
	return list;
}

json_t *words_services(const port_list *services)
{
	json_t *list = json_array();

	for (size_t i = 0; i < services->count; i++) {
		_cleanup_(text_free) struct text text = { 0 };

		space_print_ports(&services->items[i], 1, &text);
		json_array_append_new(list, json_string(text.bytes ?: ""));
	}
	return list;
}

json_t *words_place(const struct sources *sources, struct place place)
{
	if (!place.line)
		return json_null();
	return json_pack("{s:s, s:I}", "file", sources_file(sources, place.file)->name, "line",
			 (json_int_t)place.line);
}

void words_join(const json_t *list, size_t most, struct text *out)
{
	size_t count = json_array_size(list);

	/* One more is shown in place of "1 more". */
	most = most && most + 1 < count ? most : count;
	for (size_t i = 0; i < most; i++)
		text_add(out, "%s%s", i ? ", " : "", json_string_value(json_array_get(list, i)));
	if (most < count)
		text_add(out, " and %zu more", count - most);
}
