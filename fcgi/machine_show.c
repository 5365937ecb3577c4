#include "fcgi/machine_show.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "fcgi/html.h"
#include "tailnet/client_version.h"
#include "tailnet/routes.h"

static void
state_time(struct request *r, const char *words, int64_t at)
{
	html_text(r, words);
	html_text(r, " ");
	html_time(r, at);
}

void
show_state(struct request *r, const struct machine_row *m)
{
	html_begin(r, "span", "class", "state", "data-state",
		machine_state_word(m->state));
	if (m->state == MACHINE_ONLINE && m->online_since)
		state_time(r, "Came online", m->online_since);
	else if (m->state == MACHINE_OFFLINE)
		state_time(r, "Last seen", m->last_seen);
	else
		html_text(r, machine_state_words(m->state));
	html_end(r);
}

void
show_tags(struct request *r, const char *tags)
{
	struct json_texts l = { NULL, 0 };

	(void)json_texts_parse(tags, r->mem, &l);
	for (size_t i = 0; i < l.count; i++) {
		if (i)
			html_text(r, " ");
		html_begin(r, "span", "class", "tag");
		html_text(r, l.at[i]);
		html_end(r);
	}
}

void
show_owner(struct request *r, const struct machine_row *m)
{
	if (!m->user_id)
		show_tags(r, m->tags);
	else if (r->who.can & CAN_READ) {
		html_begin(r, "a", "href",
			arena_printf(
				r->mem, "/admin/users/%" PRId64, m->user_id));
		html_name(r, m->owner);
		html_end(r);
	} else {
		html_name(r, m->owner);
	}
}

void
show_copy(struct request *r, const char *id, const char *what)
{
	html_begin(r, "button", "type", "button", "data-copy",
		arena_printf(r->mem, "#%s", id), "hidden", "");
	if (what)
		html_attribute(
			r, "aria-label", arena_printf(r->mem, "Copy %s", what));
	html_text(r, "Copy");
	html_end(r);
}

static void
show_address(struct request *r, const char *id, const char *address)
{
	html_begin(r, "code", "id", id);
	html_text(r, address);
	html_end(r);
	/* As show_copy, but stands in no form, and a list has many of these:
	 * the style keeps it apart, for a blank each is 100 bytes a page. */
	html_begin(r, "button", "data-copy", arena_printf(r->mem, "#%s", id),
		"hidden", "");
	html_text(r, "Copy");
	html_end(r);
}

void
show_addresses(struct request *r, const struct machine_row *m)
{
	if (m->ipv4)
		show_address(
			r, arena_printf(r->mem, "a%" PRId64, m->id), m->ipv4);
	if (m->ipv4 && m->ipv6)
		html_void(r, "br");
	if (m->ipv6)
		show_address(
			r, arena_printf(r->mem, "b%" PRId64, m->id), m->ipv6);
}

static void
badge(struct request *r, const char *word, const char *text)
{
	html_text(r, " ");
	html_begin(r, "span", "data-badge", word);
	html_text(r, text);
	html_end(r);
}

static bool
expires_soon(const struct request *r, const struct machine_row *m)
{
	return m->expires_at > r->now &&
	       m->expires_at - r->now <= EXPIRES_SOON_SECONDS;
}

static bool
carries(const struct machine_row *m)
{
	return m->state == MACHINE_ONLINE && m->routes.subnets;
}

static void
add_subnets(
	struct request *r, const struct machine_row *m, struct json_texts *to)
{
	struct json_texts l = { NULL, 0 };
	const char **at;

	(void)json_texts_parse(m->approved, r->mem, &l);
	at = arena_array(r->mem, to->count + l.count + 1, sizeof(*at));
	memcpy(at, to->at, to->count * sizeof(*at));
	to->at = at;
	for (size_t i = 0; i < l.count; i++)
		if (!route_is_exit(l.at[i]))
			to->at[to->count++] = l.at[i];
}

enum err
machine_primaries(struct request *r, const struct machine_row *rows,
	size_t count, struct primaries *out)
{
	struct json_texts l = { arena_array(r->mem, 1, sizeof(char *)), 0 };
	const struct primaries_when when = { r->now, true };

	*out = (struct primaries){ NULL, 0 };
	for (size_t i = 0; i < count; i++)
		if (carries(&rows[i]))
			add_subnets(r, &rows[i], &l);
	return l.count ? primaries_of(r->db, &l, &when, r->mem, out) : ERR_OK;
}

bool
machine_stands_by(const struct machine_row *m, const struct primaries *p)
{
	return carries(m) && primaries_count(p, m->id) < m->routes.subnets;
}

static const char *
count_words(struct request *r, size_t n, const char *one, const char *many)
{
	return arena_printf(r->mem, "%zu %s", n, n == 1 ? one : many);
}

static void
show_route_badges(struct request *r, const struct route_count *c)
{
	if (c->exit)
		badge(r, "exit-node", "Exit node");
	if (c->exit_waiting)
		badge(r, "exit-waiting", "Exit node waits");
	if (c->subnets)
		badge(r, "subnets",
			count_words(r, c->subnets, "subnet", "subnets"));
	if (c->waiting)
		badge(r, "routes-waiting",
			count_words(
				r, c->waiting, "route waits", "routes wait"));
}

void
show_badges(struct request *r, const struct machine_row *m, bool standby)
{
	show_route_badges(r, &m->routes);
	if (standby)
		badge(r, "standby", "Standby");
	if (m->ephemeral)
		badge(r, "ephemeral", "Ephemeral");
	if (!m->expires_at)
		badge(r, "no-expiry", "No expiry");
	if (expires_soon(r, m))
		badge(r, "expires-soon", "Expires soon");
	if (m->ssh)
		badge(r, "ssh", "SSH");
	if (client_version_is_older(m->version, r->settings->client_version))
		badge(r, "update", "Update");
}

void
show_expiry(struct request *r, const struct machine_row *m)
{
	if (!m->expires_at) {
		html_text(r, "Never");
		return;
	}
	if (m->expires_at <= r->now)
		html_text(r, "Expired ");
	html_time(r, m->expires_at);
}

void
show_system(struct request *r, const struct machine_row *m)
{
	html_text(r, *m->os ? m->os : "Unknown");
	if (*m->os_version)
		html_textf(r, " %s", m->os_version);
	if (*m->version)
		html_textf(r, " · %s", m->version);
}
