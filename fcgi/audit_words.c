#include "fcgi/audit_words.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/text.h"
#include "db/audit_event.h"
#include "fcgi/agent.h"
#include "fcgi/html.h"

enum {
	HASH_DIGITS = 64,
};

static const struct kind {
	const char *kind, *words, *path;
} kinds[] = {
	{ "node", "machine", "/admin/machines/" },
	{ "user", "user", "/admin/users/" },
	{ "preauth-key", "key", NULL },
	{ "pending", "registration", NULL },
	{ "policy", "policy", "/admin/policy/history/" },
	{ "server-key", "server key", NULL },
	{ "link", "setup link", NULL },
	{ "check", "SSH check", NULL },
	{ "relay", "relay", NULL },
	{ "list", "list", NULL },
};

struct audit_thing
audit_thing(struct request *r, const char *text)
{
	const char *colon = strchr(text, ':');
	struct audit_thing t = { .kind = "", .words = "" };

	if (!colon)
		return t;
	t.kind = arena_printf(r->mem, "%.*s", (int)(colon - text), text);
	t.words = t.kind;
	if (text_int(colon + 1, &t.id))
		t.id = 0;
	if (t.id)
		t.now = db_audit_name(r->db, r->mem, t.kind, t.id);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].kind, t.kind) != 0)
			continue;
		t.words = kinds[i].words;
		if (t.now && kinds[i].path)
			t.path = arena_printf(
				r->mem, "%s%" PRId64, kinds[i].path, t.id);
	}
	return t;
}

const char *
audit_kind(const char *words)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcasecmp(kinds[i].words, words) == 0)
			return kinds[i].kind;
	return words;
}

void
audit_show_name(
	struct request *r, const struct audit_thing *t, const char *name)
{
	if (t->path)
		html_begin(r, "a", "href", t->path);
	html_name(r, name);
	if (t->path)
		html_end(r);
}

void
audit_show_actor(struct request *r, const char *actor, const char *actor_name)
{
	struct audit_thing t = audit_thing(r, actor);
	const char *name = *actor_name ? actor_name : t.now;

	if (strcmp(t.kind, "preauth-key") == 0)
		html_textf(r, "%s ", t.words);
	if (name)
		audit_show_name(r, &t, name);
	else if (t.id)
		html_textf(r, "%s %" PRId64, t.words, t.id);
	else
		html_text(r, actor);
}

void
audit_event_cell(struct request *r, struct list *l, const struct audit *a)
{
	list_cell(r, l);
	html_attribute(r, "data-event", a->action);
	html_text(r, audit_event_words(a->action));
}

void
audit_show_target(struct request *r, const struct audit *a)
{
	struct audit_thing t = audit_thing(r, a->subject);
	const char *name = *a->subject_name ? a->subject_name : t.now;

	if (!*t.kind) {
		html_text(r, a->subject);
		return;
	}
	html_text(r, t.words);
	if (name) {
		html_text(r, " ");
		audit_show_name(r, &t, name);
	} else if (t.id) {
		html_textf(r, " %" PRId64, t.id);
	}
}

/* One field of `before` or `after`; the value is JSON, NULL for null. */
struct change {
	const char *name;
	struct json_raw value;
};

struct changed {
	struct json_map map;
};

static const struct json_field change_fields[] = {
	JSON_FIELD(struct change, name, NULL, KEEP_EMPTY),
	JSON_VALUE(struct change, value),
};
static const struct json_table change_table =
	JSON_TABLE(struct change, change_fields);
static const struct json_field changed_fields[] = {
	JSON_STRUCT(struct changed, map, "map", KEEP_EMPTY, change_table),
};
static const struct json_table changed_table =
	JSON_TABLE(struct changed, changed_fields);

/* "" is no change. */
static bool
decode(struct request *r, const char *text, struct changed *out)
{
	const char *whole =
		arena_printf(r->mem, "{\"map\":%s}", *text ? text : "{}");

	*out = (struct changed){ .map = { NULL, 0 } };
	return json_decode((struct bytes){ (const unsigned char *)whole,
				   strlen(whole) },
		       &changed_table, r->mem, out) == ERR_OK;
}

static const char *
value_of(const struct changed *c, const char *name)
{
	const struct change *at = c->map.at;

	for (size_t i = 0; i < c->map.count; i++)
		if (strcmp(at[i].name, name) == 0)
			return at[i].value.text;
	return NULL;
}

static bool
has_value(const struct changed *c, const char *name)
{
	const struct change *at = c->map.at;

	for (size_t i = 0; i < c->map.count; i++)
		if (strcmp(at[i].name, name) == 0)
			return true;
	return false;
}

static const char *
texts_words(struct request *r, const char *json)
{
	struct json_texts l = { NULL, 0 };
	const char *words = "";

	if (json_texts_parse(json, r->mem, &l))
		return json;
	for (size_t i = 0; i < l.count; i++)
		words = arena_printf(
			r->mem, "%s%s%s", words, i ? " " : "", l.at[i]);
	return *words ? words : "none";
}

/* The number of a user, 0 for tags. */
static const char *
owner_words(struct request *r, const char *number)
{
	const char *name = NULL;
	int64_t id = 0;

	if (text_int(number, &id) || !id)
		return id ? number : "nobody";
	name = db_audit_name(r->db, r->mem, "user", id);
	return name ? name : arena_printf(r->mem, "user %s", number);
}

static const char *
value_words(struct request *r, const char *name, const char *json)
{
	if (!json)
		return strcmp(name, "expires_at") == 0 ? "never" : "none";
	if (*json == '[')
		return texts_words(r, json);
	if (*json == '"')
		return texts_words(r, arena_printf(r->mem, "[%s]", json));
	if (strcmp(json, "true") == 0)
		return "yes";
	if (strcmp(json, "false") == 0)
		return "no";
	return strcmp(name, "owner") == 0 ? owner_words(r, json) : json;
}

/* "expires_at" as "expires at: "; "" for the setting that the target names. */
static const char *
label_of(struct request *r, const struct audit *a, const char *name)
{
	char *words = arena_strdup(r->mem, name);

	if (strcmp(name, a->subject_name) == 0)
		return "";
	for (char *p = words; *p; p++)
		*p = *p == '_' ? ' ' : *p;
	return arena_printf(r->mem, "%s: ", words);
}

/* The row's own page has it; in a list nobody reads one. */
static bool
is_hash(const char *words)
{
	return strlen(words) == HASH_DIGITS &&
	       strspn(words, "0123456789abcdef") == HASH_DIGITS;
}

/* NULL: it is not written as changes.h does. */
static const char *
changes_words(struct request *r, const struct audit *a)
{
	struct changed before, after;
	const struct change *at;
	const char *words = "";

	if (!decode(r, a->before, &before) || !decode(r, a->after, &after))
		return NULL;
	at = after.map.at;
	for (size_t i = 0; i < after.map.count; i++) {
		const char *now = value_words(r, at[i].name, at[i].value.text);
		const char *was =
			*a->before ? value_words(r, at[i].name,
					     value_of(&before, at[i].name))
				   : NULL;

		/* What is new has its name at the target. */
		if ((!was && strcmp(now, a->subject_name) == 0) || is_hash(now))
			continue;
		words = arena_printf(r->mem, "%s%s%s%s%s%s", words,
			*words ? "; " : "", label_of(r, a, at[i].name),
			was ? was : "", was ? " → " : "", now);
	}
	return words;
}

static size_t
add_change(struct request *r, struct audit_change *to, const char *name,
	const char *before, const char *after)
{
	char *words = arena_strdup(r->mem, name);

	for (char *p = words; *p; p++)
		*p = *p == '_' ? ' ' : *p;
	*to = (struct audit_change){ words, before, after };
	return 1;
}

size_t
audit_changes(
	struct request *r, const struct audit *a, struct audit_change **out)
{
	struct changed before, after;
	const struct change *was, *now;
	struct audit_change *list;
	size_t n = 0;

	if (!decode(r, a->before, &before) || !decode(r, a->after, &after))
		return 0;
	was = before.map.at;
	now = after.map.at;
	*out = list = arena_array(
		r->mem, before.map.count + after.map.count + 1, sizeof(*list));
	for (size_t i = 0; i < after.map.count; i++)
		n += add_change(r, &list[n], now[i].name,
			*a->before ? value_words(r, now[i].name,
					     value_of(&before, now[i].name))
				   : NULL,
			value_words(r, now[i].name, now[i].value.text));
	for (size_t i = 0; i < before.map.count; i++)
		if (!has_value(&after, was[i].name))
			n += add_change(r, &list[n], was[i].name,
				value_words(r, was[i].name, was[i].value.text),
				NULL);
	return n;
}

/* The row's own words, without the name that stands at the target. */
static const char *
detail_words(struct request *r, const struct audit *a)
{
	const char *detail = a->detail;
	size_t len = strlen(a->subject_name);

	if (text_starts(a->action, "session.") && strchr(detail, '/'))
		return agent_words(r->mem, detail);
	if (*detail == '[')
		return texts_words(r, detail);
	if (!len || !text_starts(detail, a->subject_name))
		return detail;
	if (!detail[len])
		return "";
	return text_starts(detail + len, ", ") ? detail + len + 2 : detail;
}

/* Not in the middle of a character. */
static const char *
shorten(struct request *r, const char *words)
{
	size_t len = AUDIT_WORDS_MAX;

	if (strlen(words) <= len)
		return words;
	while (len && ((unsigned char)words[len] & 0xc0) == 0x80)
		len--;
	return arena_printf(r->mem, "%.*s…", (int)len, words);
}

const char *
audit_details(struct request *r, const struct audit *a)
{
	const char *words = *a->after ? changes_words(r, a) : NULL;

	if (words && *a->detail && text_starts(a->action, "session."))
		words = arena_printf(
			r->mem, "%s; %s", detail_words(r, a), words);
	if (!words)
		words = *a->detail ? detail_words(r, a) : a->after;
	return shorten(r, words);
}
