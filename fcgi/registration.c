#include "fcgi/registration.h"

#include <string.h>

#include "fcgi/html.h"

enum {
	KEY_SHOWN = 12, /* characters of the machine key */
	WORDS_MAX = 128,
};

static const char *
or_unknown(const char *s)
{
	return s && *s ? s : "unknown";
}

struct tailcfg_hostinfo
registration_host(struct request *r, const struct pending *p)
{
	struct tailcfg_hostinfo h = { 0 };

	/* It was checked when it came; a row that does not fit shows less. */
	(void)tailcfg_hostinfo_decode(
		(struct json_raw){ p->hostinfo }, r->mem, &h);
	return h;
}

const char *
registration_os(struct request *r, const struct tailcfg_hostinfo *h)
{
	return arena_printf(r->mem, "%s%s%s", or_unknown(h->os),
		h->os_version && *h->os_version ? " " : "",
		h->os_version ? h->os_version : "");
}

const char *
registration_key(struct request *r, const struct pending *p)
{
	return arena_printf(r->mem, "%.*s", KEY_SHOWN,
		key_text(r->mem, KEY_MACHINE, &p->machine_key) +
			strlen("mkey:"));
}

const char *
registration_words(
	struct request *r, const struct json_texts *list, const char *none)
{
	struct buf out;

	if (!list->count)
		return none;
	buf_init(&out, r->mem, REPLY_MAX);
	for (size_t i = 0; i < list->count && i < WORDS_MAX; i++) {
		buf_puts(&out, i ? ", " : "");
		buf_puts(&out, list->at[i]);
	}
	buf_put(&out, "", 1);
	return buf_error(&out) ? "too many" : (const char *)out.bytes;
}

void
registration_show(struct request *r, const struct pending *p)
{
	struct tailcfg_hostinfo h = registration_host(r, p);

	html_begin(r, "dl", "id", "device", "data-swap", "");
	html_fact(r, "hostname", "Name", p->hostname);
	html_fact(r, "os", "System", registration_os(r, &h));
	html_fact(r, "version", "Client", or_unknown(h.ipn_version));
	html_fact(r, "address", "Seen from", or_unknown(p->address));
	html_fact(r, "key", "Machine key begins", registration_key(r, p));
	html_fact(r, "code", "Code", p->code);
	html_element(r, "dt", "Asked");
	html_begin(r, "dd", "data-fact", "asked");
	html_time(r, p->created_at);
	html_end(r);
	html_fact(r, "tags", "Tags asked for",
		registration_words(r, &h.request_tags, "none"));
	html_fact(r, "routes", "Routes offered",
		registration_words(r, &h.routable_ips, "none"));
	html_end(r);
}
