/*
 * ask_answer.c: what is kept of an answer.
 *
 * A client may answer anything; what is kept is small, in one form for all
 * kinds, and holds nothing that was not asked for.
 */
#include <string.h>

#include "base/text.h"
#include "proto/c2n.h"
#include "proto/tailcfg.h"
#include "tailnet/ask.h"

enum {
	LINES_MAX = 64,
	VALUE_MAX = 1024, /* bytes of one line */
	WORDS_MAX = 200,  /* of a refusal */
	LINE_LONGEST =
		2 * 6 * VALUE_MAX + 8, /* bytes of a line as it is kept */
	MORE_MAX = 40, /* … of the one that says how many are left out */
};

/* Preferences that people set by `tailscale set` and `up`.  The rest, keys and
 * profiles among them, is the machine's own business. */
static const char *const prefs[] = { "ControlURL", "RouteAll", "ExitNodeID",
	"ExitNodeIP", "AutoExitNode", "ExitNodeAllowLANAccess", "CorpDNS",
	"RunSSH", "RunWebClient", "WantRunning", "LoggedOut", "ShieldsUp",
	"AdvertiseTags", "Hostname", "AdvertiseRoutes", "AdvertiseServices",
	"NoSNAT", "NoStatefulFiltering", "NetfilterMode", "NetfilterKind",
	"AutoUpdate", "AppConnector", "PostureChecking", "RelayServerPort" };
static const char *const updates[] = { "Enabled", "Supported", "Err" };

struct member {
	const char *name;
	struct json_raw value;
};

struct members {
	struct json_map map;
};

struct warning {
	const char *title, *text;
};

struct warnings {
	const char *name;
	struct warning *about;
};

struct health {
	struct json_map warnings;
};

static const struct json_field member_fields[] = {
	JSON_FIELD(struct member, name, NULL, KEEP_EMPTY),
	JSON_VALUE(struct member, value),
};
static const struct json_table member_table =
	JSON_TABLE(struct member, member_fields);
static const struct json_field members_fields[] = {
	JSON_STRUCT(struct members, map, "map", KEEP_EMPTY, member_table),
};
static const struct json_table members_table =
	JSON_TABLE(struct members, members_fields);
static const struct json_field warning_fields[] = {
	JSON_FIELD(struct warning, title, "Title", KEEP_EMPTY),
	JSON_FIELD(struct warning, text, "Text", KEEP_EMPTY),
};
static const struct json_table warning_table =
	JSON_TABLE(struct warning, warning_fields);
static const struct json_field warnings_fields[] = {
	JSON_FIELD(struct warnings, name, NULL, KEEP_EMPTY),
	JSON_STRUCT_VALUE(struct warnings, about, warning_table),
};
static const struct json_table warnings_table =
	JSON_TABLE(struct warnings, warnings_fields);
static const struct json_field health_fields[] = {
	JSON_STRUCT(struct health, warnings, "Warnings", KEEP_EMPTY,
		warnings_table),
};
static const struct json_table health_table =
	JSON_TABLE(struct health, health_fields);

/* Lines being put together. */
struct lines {
	struct arena *mem;
	struct ask_line at[LINES_MAX];
	size_t count;
	size_t left; /* out, since there are so many */
};

/* Not in the middle of a character. */
static const char *
shorten(struct arena *mem, const char *text, size_t max)
{
	size_t len = strnlen(text, max);

	while (len && !text_is_utf8(text, len))
		len--;
	return arena_printf(mem, "%.*s", (int)len, text);
}

static void
add(struct lines *l, const char *name, const char *value)
{
	if (l->count == LINES_MAX)
		l->left++;
	else
		l->at[l->count++] = (struct ask_line){
			shorten(l->mem, name, VALUE_MAX),
			shorten(l->mem, value, VALUE_MAX),
		};
}

static void
put_line(struct buf *out, const char *name, const char *value)
{
	buf_puts(out, out->len > 1 ? "," : "");
	json_put_text(out, name);
	buf_puts(out, ":");
	json_put_text(out, value);
}

/* {"name":"text",…}, as many as there is room for. */
static const char *
print(const struct lines *l)
{
	size_t most = ASK_ANSWER_MAX - MORE_MAX, i = 0;
	struct buf b;

	buf_init(&b, l->mem, ASK_ANSWER_MAX + LINE_LONGEST);
	buf_puts(&b, "{");
	for (; i < l->count; i++) {
		size_t begun = b.len;

		put_line(&b, l->at[i].name, l->at[i].value);
		if (b.len <= most)
			continue;
		b.len = begun;
		break;
	}
	if (l->left + l->count > i)
		put_line(&b, "more",
			arena_printf(l->mem, "%zu", l->left + l->count - i));
	buf_put(&b, "}", 2);
	return buf_error(&b) ? "{}" : (const char *)b.bytes;
}

static bool
decode_members(struct bytes body, struct arena *mem, struct json_map *out)
{
	const char *whole = arena_printf(
		mem, "{\"map\":%.*s}", (int)body.len, (const char *)body.at);
	struct members m = { .map = { NULL, 0 } };

	if (json_decode((struct bytes){ (const unsigned char *)whole,
				strlen(whole) },
		    &members_table, mem, &m))
		return false;
	*out = m.map;
	return m.map.at != NULL;
}

/* "text" without its quotes where it is one that needs none. */
static const char *
plain(struct arena *mem, const char *json)
{
	struct json_texts l;

	if (*json == '"' &&
		!json_texts_parse(arena_printf(mem, "[%s]", json), mem, &l) &&
		l.count == 1)
		return l.at[0];
	return json;
}

/* The members of the list, in its order. */
static bool
keep_members(struct lines *l, struct bytes body, const char *const *names,
	size_t count)
{
	const struct member *at;
	struct json_map map;

	if (!decode_members(body, l->mem, &map))
		return false;
	at = map.at;
	for (size_t n = 0; n < count; n++)
		for (size_t i = 0; i < map.count; i++)
			if (strcmp(at[i].name, names[n]) == 0 &&
				at[i].value.text)
				add(l, names[n],
					plain(l->mem, at[i].value.text));
	return l->count > 0;
}

static bool
keep_health(struct lines *l, struct bytes body)
{
	struct health h = { .warnings = { NULL, 0 } };
	const struct warnings *at;

	if (json_decode(body, &health_table, l->mem, &h))
		return false;
	at = h.warnings.at;
	for (size_t i = 0; i < h.warnings.count; i++)
		add(l, at[i].name,
			at[i].about->text    ? at[i].about->text
			: at[i].about->title ? at[i].about->title
					     : "");
	return true;
}

static bool
keep_echo(const struct ask_row *a, struct bytes body)
{
	uint8_t token[ASK_TOKEN_SIZE];

	return body.len == 2 * sizeof(token) &&
	       !text_unhex((const char *)body.at, token, sizeof(token)) &&
	       memcmp(token, a->token, sizeof(token)) == 0;
}

static bool
keep_body(const struct ask_row *a, struct lines *l, struct bytes body)
{
	if (strcmp(a->kind, "ping") == 0)
		return keep_echo(a, body);
	if (strcmp(a->kind, "prefs") == 0)
		return keep_members(
			l, body, prefs, sizeof(prefs) / sizeof(prefs[0]));
	if (strcmp(a->kind, "update") == 0)
		return keep_members(
			l, body, updates, sizeof(updates) / sizeof(updates[0]));
	return keep_health(l, body);
}

/* What a client without that path says is its own words, one line. */
static void
refuse(struct lines *l, const struct c2n_answer *a)
{
	const char *words = shorten(l->mem, (const char *)a->body.at,
		a->body.len < WORDS_MAX ? a->body.len : WORDS_MAX);

	l->count = l->left = 0;
	add(l, "refused",
		a->status == 400 || a->status == 404 || a->status == 501
			? "this client does not know the question; 1.90 or newer "
			  "does"
			: arena_printf(l->mem, "%d %.*s", a->status,
				  (int)strcspn(words, "\r\n"), words));
}

static bool
keep_http(const struct ask_row *a, struct lines *l, struct bytes body)
{
	struct c2n_answer said;

	if (c2n_answer_parse(body, &said)) {
		add(l, "refused",
			body.len ? "the answer makes no sense"
				 : "the answer is empty, or too large");
		return false;
	}
	if (said.status != 200) {
		refuse(l, &said);
		return false;
	}
	if (keep_body(a, l, said.body))
		return true;
	l->count = l->left = 0;
	add(l, "refused", "the answer makes no sense");
	return false;
}

/* "1.204 s" or "12.3 ms" */
static const char *
latency(struct arena *mem, double seconds)
{
	if (!(seconds >= 0 && seconds < 3600))
		return "?";
	return arena_printf(mem, "%.1f ms", seconds * 1000);
}

static bool
keep_pong(struct lines *l, struct bytes body)
{
	struct tailcfg_ping_response p = { 0 };

	if (json_decode(body, &tailcfg_ping_response_table, l->mem, &p)) {
		add(l, "refused", "the answer makes no sense");
		return false;
	}
	if (p.err && *p.err) {
		add(l, "refused", p.err);
		return false;
	}
	add(l, "latency", latency(l->mem, p.latency_seconds));
	if (p.node_name && *p.node_name)
		add(l, "from", p.node_name);
	if (p.endpoint && *p.endpoint)
		add(l, "directly by", p.endpoint);
	else if (p.derp_region_code && *p.derp_region_code)
		add(l, "by the relay", p.derp_region_code);
	return true;
}

bool
ask_keep(const struct ask_row *a, struct bytes body, struct arena *mem,
	const char **kept)
{
	const struct ask_kind *k = ask_kind(a->kind);
	struct lines l = { .mem = mem };
	bool good = k && k->flags & ASKS_PEER ? keep_pong(&l, body)
					      : keep_http(a, &l, body);

	*kept = print(&l);
	return good;
}

void
ask_lines(const struct ask_row *a, struct arena *mem, struct ask_line **out,
	size_t *count)
{
	const struct member *at;
	struct json_map map;

	*count = 0;
	if (!decode_members((struct bytes){ (const unsigned char *)a->answer,
				    strlen(a->answer) },
		    mem, &map))
		return;
	at = map.at;
	*out = arena_array(mem, map.count + 1, sizeof(**out));
	for (size_t i = 0; i < map.count; i++)
		(*out)[(*count)++] = (struct ask_line){ at[i].name,
			at[i].value.text ? plain(mem, at[i].value.text) : "" };
}
