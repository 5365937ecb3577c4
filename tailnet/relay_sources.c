/*
 * relay_sources.c: maps of others, by https address or path (relays.h).
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "db/job.h"
#include "tailnet/relays.h"
#include "tailnet/relays_inside.h"

bool
relay_url_is_valid(const char *url)
{
	const char *host = url + strlen("https://");
	size_t len;

	if (!text_starts(url, "https://") || strlen(url) > RELAY_PLACE_MAX)
		return false;
	for (const char *p = url; *p; p++)
		if (*p <= ' ' || *p >= 0x7f || strchr("#\"<>\\^`{|}", *p))
			return false;
	len = strcspn(host, "/?");
	return len > 0 && *host != ':' && !memchr(host, '@', len);
}

static bool
path_is_valid(const char *path)
{
	return *path == '/' && strlen(path) <= RELAY_PLACE_MAX &&
	       text_is_utf8(path, strlen(path)) &&
	       text_length(path) != SIZE_MAX;
}

/* In the caller's transaction. */
static enum err
source_add(struct db *db, const char *place, int64_t now, struct arena *mem,
	int64_t *id)
{
	struct derp_source *rows;
	size_t count = 0;
	enum err e = db_derp_sources(db, mem, &rows, &count);

	if (!e && count >= RELAY_SOURCES_MAX)
		e = ERR_TOO_BIG;
	if (!e)
		e = db_derp_source_add(db, place, now, id);
	return e;
}

enum err
tailnet_relay_source_add(struct db *db, const char *place, bool paths,
	const struct relay_act *act, struct arena *mem, int64_t *id,
	struct relay_fault *fault)
{
	int64_t added = 0;
	enum err e;

	if (!relay_url_is_valid(place) && !(paths && path_is_valid(place)))
		return relay_blame(fault, "url",
			paths ? "an address that begins with https://, or a "
				"path that begins with /"
			      : "an address that begins with https://");
	e = db_begin(db);
	if (!e)
		e = source_add(db, place, act->now, mem, &added);
	e = relay_end(db, act, 0, place, "a source was added", e);
	if (!e)
		*id = added;
	return e;
}

/* To one source, with its audit row. */
static enum err
act_on(struct db *db, int64_t id, const struct relay_act *act, bool removes)
{
	struct arena *mem = arena_new();
	struct derp_source s = { .place = NULL };
	enum err e = db_begin(db);

	if (!e)
		e = db_derp_source(db, id, mem, &s);
	if (!e && removes)
		e = db_derp_source_delete(db, id);
	else if (!e)
		e = db_job_want(db, RELAY_JOB_SOURCE, id, act->now);
	e = relay_end(db, act, 0, s.place,
		removes ? "a source was removed" : "to be read at once", e);
	arena_free(mem);
	return e;
}

enum err
tailnet_relay_source_remove(
	struct db *db, int64_t id, const struct relay_act *act)
{
	return act_on(db, id, act, true);
}

enum err
tailnet_relay_source_refresh(
	struct db *db, int64_t id, const struct relay_act *act)
{
	return act_on(db, id, act, false);
}

/* The lines of a field, blanks around them gone, empty ones left out. */
static size_t
split_lines(const char *text, struct arena *mem, const char **out, size_t most)
{
	size_t count = 0;

	while (*text) {
		size_t len = strcspn(text, "\r\n"), skip;
		const char *line;

		skip = strspn(text, " \t");
		line = text + (skip < len ? skip : len);
		len -= (size_t)(line - text);
		text = line + len;
		text += strspn(text, "\r\n");
		while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
			len--;
		if (len && count < most)
			out[count++] =
				arena_printf(mem, "%.*s", (int)len, line);
		else if (len)
			return most + 1;
	}
	return count;
}

static bool
has_line(const char **lines, size_t count, const char *place)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(lines[i], place) == 0)
			return true;
	return false;
}

static enum err
set_lines(struct db *db, const char **lines, size_t count, int64_t now,
	struct arena *mem, const char **detail)
{
	struct derp_source *rows;
	size_t row_count;
	enum err e = db_derp_sources(db, mem, &rows, &row_count);

	for (size_t i = 0; !e && i < row_count; i++) {
		if (*rows[i].place == '/' ||
			has_line(lines, count, rows[i].place))
			continue;
		e = db_derp_source_delete(db, rows[i].id);
		*detail = arena_printf(mem, "%s%sremoved %s", *detail,
			**detail ? ", " : "", rows[i].place);
	}
	for (size_t i = 0; !e && i < count; i++) {
		struct derp_source at;
		int64_t id;

		e = db_derp_source_at(db, lines[i], mem, &at);
		if (e != ERR_NOT_FOUND)
			continue;
		e = source_add(db, lines[i], now, mem, &id);
		*detail = arena_printf(mem, "%s%sadded %s", *detail,
			**detail ? ", " : "", lines[i]);
	}
	return e;
}

static enum err
check_lines(const char **lines, size_t count, struct arena *mem,
	struct relay_fault *fault)
{
	if (count > RELAY_SOURCES_MAX)
		return relay_blame(fault, "url",
			arena_printf(mem, "at most %d addresses",
				RELAY_SOURCES_MAX));
	for (size_t i = 0; i < count; i++)
		if (!relay_url_is_valid(lines[i]))
			return relay_blame(fault, "url",
				"addresses that begin with https://, one a "
				"line");
	return ERR_OK;
}

enum err
tailnet_relay_sources_set(struct db *db, const char *urls, const char *hours,
	const struct relay_act *act, struct arena *mem,
	struct relay_fault *fault)
{
	const char *lines[RELAY_SOURCES_MAX], *detail = "";
	size_t count = split_lines(urls, mem, lines, RELAY_SOURCES_MAX);
	struct settings s;
	enum err e = check_lines(lines, count, mem, fault);

	if (e)
		return e;
	e = db_begin(db);
	if (!e)
		e = settings_load(db, mem, &s);
	if (!e)
		e = set_lines(db, lines, count, act->now, mem, &detail);
	if (!e && strcmp(hours, arena_printf(mem, "%" PRId64, s.relay_hours)) !=
			  0) {
		e = relay_store(db, "relay_hours", hours, act->now, mem, fault);
		detail = arena_printf(mem, "%s%sread each %s hours", detail,
			*detail ? ", " : "", hours);
	}
	if (!e && !*detail)
		return db_end(db, e);
	return relay_end(db, act, 0, "sources", detail, e);
}

enum err
tailnet_relay_source_read(struct db *db, const struct derp_source *s,
	const char *map, int64_t regions, int64_t now)
{
	const struct relay_act act = { "server", now };
	struct arena *mem = arena_new();
	struct derp_source old = { .map = "" };
	enum err e = db_begin(db);

	if (!e)
		e = db_derp_source(db, s->id, mem, &old);
	if (!e)
		e = db_derp_source_good(db, s->id, map, regions, now);
	if (e || strcmp(old.map, map) == 0)
		e = db_end(db, e);
	else
		e = relay_end(db, &act, 0, old.place,
			arena_printf(mem,
				"%" PRId64 " regions, before %" PRId64, regions,
				old.regions),
			e);
	arena_free(mem);
	return e;
}
