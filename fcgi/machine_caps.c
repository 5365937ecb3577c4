#include <string.h>

#include "base/text.h"
#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/machine_world.h"

enum {
	CAPS_MAX = 18,   /* shown */
	VALUE_MAX = 120, /* bytes of what it says */
};

static const struct column columns[] = {
	{ "Attribute", NULL, "mono" },
	{ "Value", NULL, "mono" },
	{ "Why", NULL, NULL },
};

static void
show_why(struct machine_world *w, const struct engine_cap *c)
{
	static const char *const words[] = {
		[CAP_OF_ATTRIBUTES] = "Policy, nodeAttrs, ",
		[CAP_OF_POLICY] = "Policy",
		[CAP_OF_ROLE] = "Role of its owner",
		[CAP_OF_SETTINGS] = "Settings",
	};

	html_text(w->r, words[c->source]);
	if (c->source == CAP_OF_ATTRIBUTES)
		machine_world_line(w, c->place.line);
}

/* Not in the middle of a character. */
static const char *
value_words(struct request *r, const char *values)
{
	size_t len = VALUE_MAX;

	if (!values || strlen(values) <= len)
		return values ? values : "";
	while (len && ((unsigned char)values[len] & 0xc0) == 0x80)
		len--;
	return arena_printf(r->mem, "%.*s…", (int)len, values);
}

static size_t
show_rows(struct machine_world *w, struct list *l, const struct engine_cap *at,
	size_t count)
{
	static const char *const sources[] = {
		[CAP_OF_ATTRIBUTES] = "attributes",
		[CAP_OF_POLICY] = "policy",
		[CAP_OF_ROLE] = "role",
		[CAP_OF_SETTINGS] = "settings",
	};
	size_t left = 0, shown = 0;

	for (size_t i = 0; i < count; i++) {
		if (at[i].source == CAP_OF_ALL || shown == CAPS_MAX) {
			left += at[i].source != CAP_OF_ALL;
			continue;
		}
		list_row(w->r, l, (int64_t)i + 1, sources[at[i].source], NULL,
			at[i].name);
		list_cell_text(w->r, l, value_words(w->r, at[i].values));
		list_cell(w->r, l);
		show_why(w, &at[i]);
		list_row_end(w->r);
		shown++;
	}
	return left;
}

/* They say nothing of this one. */
static void
show_of_all(struct request *r, const struct engine_cap *at, size_t count)
{
	bool begun = false;

	html_begin(r, "p", "data-state", "all");
	html_text(r, "As every machine: ");
	for (size_t i = 0; i < count; i++) {
		if (at[i].source != CAP_OF_ALL)
			continue;
		html_text(r, begun ? ", " : "");
		html_element(r, "code", at[i].name);
		begun = true;
	}
	html_text(r, ".");
	html_end(r);
}

void
machine_caps_show(struct machine_world *w)
{
	struct request *r = w->r;
	struct list l = { .id = "caps-of",
		.one = "cap",
		.columns = columns,
		.column_count = sizeof(columns) / sizeof(columns[0]) };
	const struct engine_cap *at;
	size_t count = engine_caps(w->e, w->n->id, r->mem, &at), left;

	html_begin(r, "section", "id", "caps", "data-swap", "");
	html_element(r, "h2", "Capabilities");
	if (!count) {
		html_element(r, "p",
			"It has none: it waits for approval and is not in the "
			"network yet.");
		html_end(r);
		return;
	}
	list_bare(r, &l);
	left = show_rows(w, &l, at, count);
	list_end(r, &l);
	if (left)
		html_element(r, "p",
			arena_printf(r->mem, "%zu more are not shown.", left));
	show_of_all(r, at, count);
	html_end(r);
}
