#include "fcgi/request.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/text.h"
#include "fcgi/html.h"

static const char *
param(const struct request *r, const char *name)
{
	size_t len = strlen(name);

	for (char *const *p = r->env; p && *p; p++)
		if (strncmp(*p, name, len) == 0 && (*p)[len] == '=')
			return *p + len + 1;
	return NULL;
}

static enum err
refuse(struct request *r, const char *why)
{
	r->why = why;
	return ERR_BAD_INPUT;
}

static enum method
method_of(const char *word)
{
	static const char *const words[] = {
		[METHOD_GET] = "GET",
		[METHOD_HEAD] = "HEAD",
		[METHOD_POST] = "POST",
		[METHOD_PATCH] = "PATCH",
		[METHOD_PUT] = "PUT",
		[METHOD_DELETE] = "DELETE",
	};

	for (size_t i = 0; word && i < METHOD_OTHER; i++)
		if (strcmp(word, words[i]) == 0)
			return (enum method)i;
	return METHOD_OTHER;
}

/*
 * What would let two readers of one address disagree about its segments is
 * refused, rather than understood (spec/pages.md 1.1).
 */
static bool
has_trick(const char *path)
{
	static const char *const tricks[] = { "%2f", "%5c", "%00", "//" };

	for (; *path; path++)
		for (size_t i = 0; i < sizeof(tricks) / sizeof(*tricks); i++)
			if (strncasecmp(path, tricks[i], strlen(tricks[i])) ==
				0)
				return true;
	return false;
}

/* No address of ours has a line feed in it; one that is sent on would end a
 * header. */
static bool
has_control(const char *path)
{
	for (; *path; path++)
		if ((unsigned char)*path < ' ' || *path == 0x7f)
			return true;
	return false;
}

static enum err
take_path(struct request *r)
{
	const char *target = param(r, "REQUEST_URI");
	size_t len;
	char *raw, *path;

	if (!target || *target != '/')
		return refuse(r, "the address does not begin with a slash");
	if (strlen(target) > PATH_MAX_BYTES)
		return refuse(r, "the address is too long");
	len = strcspn(target, "?");
	raw = arena_printf(r->mem, "%.*s", (int)len, target);
	if (has_trick(raw))
		return refuse(r, "the address hides a slash");
	if (text_url_decode(r->mem, raw, len, false, &path) ||
		!text_is_utf8(path, strlen(path)) || has_control(path))
		return refuse(r, "the address is not well formed");
	r->target = target;
	r->path = path;
	r->query = target[len] ? target + len + 1 : "";
	return ERR_OK;
}

static enum err
take_length(struct request *r)
{
	const char *len = param(r, "CONTENT_LENGTH");

	r->body = (struct bytes){ (const unsigned char *)"", 0 };
	r->body_len = 0;
	if (!len || !*len)
		return ERR_OK;
	if (text_int(len, &r->body_len) || r->body_len < 0)
		return refuse(r, "CONTENT_LENGTH is no length");
	return ERR_OK;
}

static enum err
take_number(struct request *r, const char *name, int64_t *out)
{
	const char *s = param(r, name);

	if (!s || text_int(s, out) || *out < 0)
		return refuse(r, "the worker's parameters are incomplete");
	return ERR_OK;
}

/* Only for inner.sock: nginx never has a connection to it. */
static enum err
take_peer(struct request *r)
{
	const char *key = param(r, "CAIRN_MACHINE_KEY");
	const char *wait = param(r, "CAIRN_WAIT");
	enum err e = ERR_OK;

	if (!key || key_parse(KEY_MACHINE, key, &r->peer.machine_key))
		return refuse(r, "the worker's parameters are incomplete");
	e = take_number(r, "CAIRN_CAPVER", &r->peer.capver);
	if (!e)
		e = take_number(r, "CAIRN_SESSION", &r->peer.session);
	if (wait && strcmp(wait, "changed") == 0)
		r->peer.wait = WAIT_CHANGED;
	else if (wait && strcmp(wait, "over") == 0)
		r->peer.wait = WAIT_OVER;
	return e;
}

enum err
request_take(struct request *r)
{
	const char *address = param(r, "REMOTE_ADDR");
	enum err e;

	buf_init(&r->reply.body, r->mem, REPLY_MAX);
	r->path = r->target = r->query = "";
	r->method = method_of(param(r, "REQUEST_METHOD"));
	r->address = address ? address : "";
	e = take_length(r);
	if (!e)
		e = take_path(r);
	if (!e && r->group == GROUP_INNER)
		e = take_peer(r);
	return e;
}

enum err
request_body(struct request *r, size_t max)
{
	size_t len = (size_t)r->body_len, have = 0, n;
	char *body;

	if (len > max)
		return ERR_TOO_BIG;
	body = arena_alloc(r->mem, len + 1);
	while (have < len &&
		(n = r->read(r->from, body + have, len - have)) > 0)
		have += n;
	if (have < len)
		return refuse(r, "the body is shorter than it said");
	if (!text_is_utf8(body, len))
		return refuse(r, "the body is not UTF-8");
	r->body = (struct bytes){ (const unsigned char *)body, len };
	return ERR_OK;
}

const char *
request_type(const struct request *r)
{
	const char *type = param(r, "CONTENT_TYPE");

	return type ? type : "";
}

const char *
request_claim(const struct request *r, const char *name)
{
	return strncmp(name, "HTTP_", 5) == 0 ? param(r, name) : NULL;
}

const char *
request_remote_user(const struct request *r)
{
	const char *name = NULL;

	if (r->group == GROUP_OUTER && r->settings && r->settings->remote_user)
		name = param(r, "REMOTE_USER");
	return name && *name ? name : NULL;
}

/* As it stands in the address, or NULL. */
static const char *
find_query(const struct request *r, const char *name, size_t *value_len)
{
	size_t name_len = strlen(name);
	const char *at = r->query;

	for (;;) {
		size_t len = strcspn(at, "&");

		if (len > name_len && strncmp(at, name, name_len) == 0 &&
			at[name_len] == '=') {
			*value_len = len - name_len - 1;
			return at + name_len + 1;
		}
		if (!at[len])
			return NULL;
		at += len + 1;
	}
}

const char *
request_query(const struct request *r, const char *name)
{
	size_t len;
	const char *raw = find_query(r, name, &len);
	char *value;

	if (!raw || text_url_decode(r->mem, raw, len, true, &value) ||
		!text_is_utf8(value, strlen(value)))
		return NULL;
	return value;
}

bool
request_query_is_broken(const struct request *r, const char *name)
{
	size_t len;

	return find_query(r, name, &len) && !request_query(r, name);
}

enum err
request_settings(struct request *r, struct settings *out)
{
	return settings_load(r->db, r->mem, out);
}

void
request_done(struct request *r)
{
	html_drop(r);
	if (r->spool)
		close(r->spool);
	r->spool = 0;
}
