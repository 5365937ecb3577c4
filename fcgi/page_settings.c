/*
 * page_settings.c: the settings that people change by form, section by section
 * (spec/pages.md 13), or beside something else that has a page.
 *
 * A section is stored in one transaction, with an audit row for each setting
 * that differs.  What a form shows rounded (an expiry of 36 hours, in days) is
 * left alone unless somebody writes another number.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "db/audit.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/pages_people.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"
#include "fcgi/router.h"
#include "fcgi/settings_sections.h"
#include "tailnet/setting_ask.h"

#define SECTION_PATH "/admin/settings/"

/* As the form has it. */
static const char *
value_of(struct request *r, const struct settings *stored,
	const struct settings_part *part)
{
	const struct setting_row *row = setting_row(part->setting);
	const char *member = (const char *)stored + row->offset;
	int64_t unit = part->unit ? part->unit : 1;

	switch (row->kind) {
	case SETTING_TEXT:
		return *(const char *const *)member;
	case SETTING_BOOL:
		return *(const bool *)member ? "1" : "";
	case SETTING_INT:
	case SETTING_DURATION:
		break;
	}
	return arena_printf(r->mem, "%" PRId64,
		(*(const int64_t *)member + unit - 1) / unit);
}

/* As settings_put_many takes it. */
static const char *
setting_of(
	struct request *r, const struct settings_part *part, const char *value)
{
	if (setting_row(part->setting)->kind == SETTING_BOOL)
		return *value ? "true" : "false";
	if (!part->unit || strcmp(value, "0") == 0)
		return value;
	return arena_printf(
		r->mem, "%s%s", value, part->unit == 86400 ? "d" : "m");
}

/* Of the settings of a section the one that was changed last. */
static const char *
newest_subject(struct request *r, const struct settings_section *g)
{
	const char *newest =
		arena_printf(r->mem, "setting:%s", g->parts[0].setting);
	int64_t id = 0;

	for (size_t i = 0; i < g->count; i++) {
		const char *subject =
			arena_printf(r->mem, "setting:%s", g->parts[i].setting);
		struct audit a;

		if (db_audit_newest(r->db, subject, r->mem, &a) == ERR_OK &&
			a.id > id) {
			id = a.id;
			newest = subject;
		}
	}
	return newest;
}

/* What is stored, which may differ from what holds for this run. */
static enum err
make_form(struct request *r, const struct settings_section *g,
	struct settings *stored, struct form *f)
{
	enum err e = settings_load_stored(r->db, r->mem, stored);
	const char *name = strrchr(g->name, '/');

	form_init(r, f,
		name ? name + 1 : arena_printf(r->mem, "settings-%s", g->name),
		settings_section_path(r, g), g->fields, g->count);
	for (size_t i = 0; !e && i < g->count; i++)
		form_put(f, g->parts[i].field,
			value_of(r, stored, &g->parts[i]));
	form_edits(f, newest_subject(r, g));
	return e;
}

static void
show_nav(struct request *r, const struct settings_section *here)
{
	struct frame_place *pages =
		arena_array(r->mem, settings_section_count, sizeof(*pages));
	size_t count = 0, at = 0;

	for (size_t i = 0; i < settings_section_count; i++) {
		const struct settings_section *s = &settings_sections[i];

		if (s->aside || (s->can && !(r->who.can & s->can)))
			continue;
		if (s == here)
			at = count;
		pages[count++] =
			(struct frame_place){ settings_section_path(r, s),
				s->words };
	}
	frame_section(r, "Settings", pages, count, at);
}

const char *
settings_section_path(struct request *r, const struct settings_section *s)
{
	return s->aside ? s->aside->path
			: arena_printf(r->mem, SECTION_PATH "%s", s->name);
}

static bool
is_at(const struct settings_section *s, const char *path)
{
	if (s->aside)
		return strcmp(s->aside->path, path) == 0;
	return text_starts(path, SECTION_PATH) &&
	       strcmp(s->name, path + strlen(SECTION_PATH)) == 0;
}

/* routes.c names each by its whole address, and a test asks for the row. */
const struct settings_section *
settings_section_here(const struct request *r)
{
	size_t i = 0;

	while (!is_at(&settings_sections[i], r->route->path))
		i++;
	return &settings_sections[i];
}

const struct settings_section *
settings_section_named(const char *name)
{
	size_t i = 0;

	while (strcmp(settings_sections[i].name, name) != 0)
		i++;
	return &settings_sections[i];
}

void
settings_begin(struct request *r, const struct settings_section *s,
	const struct form *refused)
{
	frame_begin(r,
		&(struct page){ .name = "settings",
			.h1 = "Settings",
			.title = s->words,
			.section = SECTION_SETTINGS },
		refused);
	show_nav(r, s);
	html_element(r, "h2", s->words);
}

/* For who may read but not change. */
static void
show_facts(struct request *r, const struct settings_section *g,
	const struct form *f)
{
	html_begin(r, "dl");
	for (size_t i = 0; i < g->count; i++) {
		const char *value = form_get(f, g->fields[i].name);

		if (g->fields[i].kind == FIELD_BOX)
			value = *value ? "yes" : "no";
		value = form_choice_words(&g->fields[i], value);
		html_fact(r, g->fields[i].name, g->fields[i].label,
			*value ? value : "none");
	}
	html_end(r);
}

static void
show_form(struct request *r, const struct settings_section *g, struct form *f)
{
	unsigned can = g->aside && g->aside->can ? g->aside->can : CAN_SETTINGS;

	if (r->who.can & can)
		form_show(f, "Save");
	else
		show_facts(r, g, f);
}

enum err
settings_aside_show(struct request *r, const char *name, struct form *refused)
{
	const struct settings_section *g = settings_section_named(name);
	struct settings stored;
	struct form f;
	enum err e;

	if (refused && refused->fields == g->fields) {
		show_form(r, g, refused);
		return ERR_OK;
	}
	e = make_form(r, g, &stored, &f);
	if (!e)
		show_form(r, g, &f);
	return e;
}

static enum err
show(struct request *r, const struct settings_section *g, struct form *f)
{
	enum err e = ERR_OK;

	if (g->aside)
		return g->aside->again(r, f);
	settings_begin(r, g, form_refused(f));
	if (g->above)
		e = g->above(r);
	show_form(r, g, f);
	if (g->below)
		g->below(r);
	frame_end(r);
	return e;
}

static enum err
look(struct request *r, const struct settings_section *g)
{
	struct settings stored;
	struct form f;
	enum err e = make_form(r, g, &stored, &f);

	return e ? e : show(r, g, &f);
}

/* What differs from what is stored. */
static size_t
take_values(struct request *r, const struct settings_section *g,
	const struct settings *stored, const struct form *f,
	struct setting_value *out)
{
	size_t n = 0;

	for (size_t i = 0; i < g->count; i++) {
		const struct settings_part *part = &g->parts[i];
		const char *value = form_get(f, part->field);

		if (strcmp(value, value_of(r, stored, part)) != 0)
			out[n++] = (struct setting_value){ part->setting,
				setting_of(r, part, value) };
	}
	return n;
}

static enum err
confirm(struct request *r, const struct settings_section *g,
	const struct setting_asked *q)
{
	return kept_confirm(r, &(struct confirm){ .question = q->question,
				       .effects = { q->effect, q->names },
				       .section = SECTION_SETTINGS,
				       .button = "Save",
				       .cancel = settings_section_path(r, g),
				       .seen = q->seen });
}

/* Only what could be saved is worth a question. */
static enum err
ask_first(struct request *r, const struct settings_section *g, struct form *f,
	const struct setting_value *values, size_t n, bool *asked)
{
	struct setting_asked q;
	const char *setting, *why;
	enum err e;

	*asked = false;
	if (kept_is_confirmed(r))
		return ERR_OK;
	e = settings_ask(r->db, values, n, r->now, r->mem, &q, &setting, &why);
	if (e) {
		*asked = settings_blame(f, g, e, setting, why);
		return *asked ? show(r, g, f) : e;
	}
	if (g->ask)
		return g->ask(r, f, asked);
	*asked = q.question != NULL;
	return *asked ? confirm(r, g, &q) : ERR_OK;
}

/* What was said yes to is not what would be done now; the next Save asks
 * again. */
static enum err
show_conflict(struct request *r, const struct settings_section *g)
{
	struct settings stored;
	struct form f;
	enum err e = make_form(r, g, &stored, &f);

	if (e)
		return e;
	(void)form_take(&f);
	if (!f.conflict)
		f.conflict = "What this would do has changed since you were "
			     "asked: nothing was stored.";
	f.again = "Save it again to be asked anew.";
	return show(r, g, &f);
}

static enum err
save(struct request *r, const struct settings_section *g)
{
	struct setting_value values[FORM_MAX_FIELDS];
	struct settings stored;
	const char *setting, *why, *seen = fields_one(r, "seen");
	struct form f;
	bool asked;
	size_t n;
	enum err e = make_form(r, g, &stored, &f);

	if (e)
		return e;
	if (form_take(&f) && g->check)
		e = g->check(r, &f);
	if (e)
		return e;
	if (!form_ok(&f))
		return show(r, g, &f);
	n = take_values(r, g, &stored, &f, values);
	e = ask_first(r, g, &f, values, n, &asked);
	if (e || asked)
		return e;
	e = settings_agree(r->db, values, n, seen ? seen : "",
		prove_actor_text(r), r->now, r->mem, &setting, &why);
	if (e == ERR_CHANGED && !r->changed)
		return show_conflict(r, g);
	if (settings_blame(&f, g, e, setting, why))
		return show(r, g, &f);
	return e ? e
		 : form_done(r,
			   g->aside ? g->aside->home
				    : settings_section_path(r, g),
			   "settings-saved", 0);
}

enum err
page_settings(struct request *r)
{
	return reply_redirect(
		r, 303, settings_section_path(r, &settings_sections[0]));
}

enum err
page_settings_section(struct request *r)
{
	const struct settings_section *s = settings_section_here(r);

	return s->page ? s->page(r) : look(r, s);
}

enum err
do_settings_section(struct request *r)
{
	const struct settings_section *s = settings_section_here(r);

	return s->act ? s->act(r) : save(r, s);
}
