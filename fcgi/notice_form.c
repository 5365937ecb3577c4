#include "fcgi/notice_form.h"

#include <inttypes.h>
#include <string.h>

#include "fcgi/pages_notices.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct choice events[] = {
#define X(name, word, words) { word, words },
	NOTICE_TABLE(X)
#undef X
};

#define CHOICE(word, words) { word, words },
static const struct choice formats[] = { NOTICE_FORMAT_TABLE(CHOICE) };

static const struct choice securities[] = { NOTICE_SECURITY_TABLE(CHOICE) };
#undef CHOICE

static const struct field webhook_fields[] = {
	{ "url", "Address of the webhook",
		.hint = "An https:// address; of private networks only where "
			"the settings of notices let them go there.",
		.max = NOTICE_URL_MAX, .flags = FIELD_REQUIRED | FIELD_MONO },
	{ "format", "Format", .kind = FIELD_SELECT, .flags = FIELD_REQUIRED,
		.choices = formats, .choice_count = COUNT(formats) },
	{ "event", "What it hears of", .kind = FIELD_MANY, .choices = events,
		.choice_count = COUNT(events) },
};

static const struct field mail_fields[] = {
	{ "to", "To", .hint = "Addresses, a blank between.", .max = 2048,
		.flags = FIELD_REQUIRED },
	{ "server", "Mail server", .hint = "Like mail.example.org:587.",
		.max = 260, .flags = FIELD_REQUIRED | FIELD_MONO },
	{ "security", "Security", .kind = FIELD_SELECT, .flags = FIELD_REQUIRED,
		.choices = securities, .choice_count = COUNT(securities) },
	{ "sender", "Sender", .max = 254, .flags = FIELD_REQUIRED },
	{ "account", "Account (optional)", .max = 254 },
	{ "password", "Its password", .kind = FIELD_PASSWORD, .max = 256,
		.autocomplete = "off" },
	{ "event", "What they hear of", .kind = FIELD_MANY, .choices = events,
		.choice_count = COUNT(events) },
};

void
notice_form_init(struct request *r, struct form *f, bool mail, const char *name,
	const char *action)
{
	if (mail)
		form_init(r, f, name, action, mail_fields, COUNT(mail_fields));
	else
		form_init(r, f, name, action, webhook_fields,
			COUNT(webhook_fields));
	form_put(f, mail ? "security" : "format", mail ? "starttls" : "json");
}

/* The same fields, but that a password need not come again. */
static const struct field *
fields_of_stored(struct request *r, const struct form *f)
{
	struct field *d = arena_array(r->mem, f->count, sizeof(*d));

	memcpy(d, f->fields, f->count * sizeof(*d));
	for (size_t i = 0; i < f->count; i++)
		if (d[i].kind == FIELD_PASSWORD)
			d[i].hint = "Empty: the one that is stored stays.";
	return d;
}

void
notice_form_edit(struct request *r, struct form *f,
	const struct notice_target *t, const char *action)
{
	bool mail = strcmp(t->kind, "mail") == 0;

	notice_form_init(r, f, mail, "target", action);
	f->fields = fields_of_stored(r, f);
	form_put(f, mail ? "to" : "url", t->place);
	form_put(f, "format", t->format);
	form_put(f, "server", t->server);
	form_put(f, "security", t->security);
	form_put(f, "sender", t->sender);
	form_put(f, "account", t->account);
	form_put(f, "event", fields_trim(r, t->events));
	form_edits(f, arena_printf(r->mem, "notice-target:%" PRId64, t->id));
}

/* Of a member of the row. */
static const char *
field_of(const char *member, bool mail)
{
	if (strcmp(member, "events") == 0)
		return "event";
	if (strcmp(member, "place") == 0)
		return mail ? "to" : "url";
	return member;
}

bool
notice_form_take(struct form *f, bool mail, struct notice_target *t)
{
	struct arena *mem = f->r->mem;
	const char *field, *why;

	if (!form_take(f))
		return false;
	*t = (struct notice_target){
		.kind = mail ? "mail" : "webhook",
		.place = mail ? notice_addresses(mem, form_get(f, "to"))
			      : form_get(f, "url"),
		.format = form_get(f, "format"),
		.events = arena_printf(mem, " %s ", form_get(f, "event")),
		.server = form_get(f, "server"),
		.security = form_get(f, "security"),
		.sender = form_get(f, "sender"),
		.account = form_get(f, "account"),
	};
	why = notice_target_trouble(
		mem, t, f->r->settings->notice_private, &field);
	if (!why)
		return true;
	field = field_of(field, mail);
	form_complain(f, field,
		strcmp(field, "event") == 0 ? "Tick at least one." : why);
	return false;
}

const char *
notice_place(struct request *r, const struct notice_target *t)
{
	const char *host = strstr(t->place, "://");

	if (!host || (r->who.can & CAN_SETTINGS))
		return t->place;
	host += 3;
	return arena_printf(r->mem, "%.*s", (int)strcspn(host, "/?#"), host);
}

const char *
notice_path(struct request *r, int64_t id, const char *behind)
{
	return arena_printf(r->mem, NOTICES_HERE "/%" PRId64 "%s", id, behind);
}
