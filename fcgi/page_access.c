/*
 * page_access.c: who reaches what by the policy in force, or by a draft
 * (spec/pages.md 11.4).
 */
#include <string.h>

#include "db/node_name.h"
#include "db/user.h"
#include "fcgi/access_show.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/pages_policy.h"
#include "fcgi/policy_show.h"
#include "policy/ports.h"
#include "tailnet/policy_force.h"
#include "tailnet/policy_world.h"

enum {
	NAMES_MAX = 200, /* that are offered while one types */
	DRAFT_ROWS = 12,
};

/* ---- what is asked ---- */

static const char *
asked(struct request *r, const char *name)
{
	const char *value = r->method == METHOD_POST ? fields_one(r, name)
						     : request_query(r, name);

	return value ? fields_trim(r, value) : "";
}

static void
take_numbers(struct access *a)
{
	struct arena *mem = a->r->mem;
	const char *dst;

	a->port = REACH_ANY_PORT;
	a->proto = POLICY_NO_PROTO;
	if (!*a->port_text && !*a->proto_text)
		return;
	if (policy_target(mem,
		    arena_printf(mem, "x%s%s%s%s", *a->port_text ? ":" : "",
			    a->port_text, *a->proto_text ? "/" : "",
			    a->proto_text),
		    &dst, &a->port, &a->proto) ||
		(*a->port_text && a->port == REACH_ANY_PORT))
		a->why = "Enter a port from 0 to 65535, and a protocol like "
			 "tcp or udp.";
}

static enum err
find(struct access *a, const char *word, struct policy_end *out)
{
	struct arena *mem = a->r->mem;
	enum err e;

	if (!*word)
		return policy_end_all(a->r->db, a->e, mem, out);
	e = policy_end_find(a->r->db, a->e, word, mem, out);
	if (!out->trouble)
		return e;
	a->why = arena_printf(mem, "%s%s%s.", a->why ? a->why : "",
		a->why ? " " : "", out->trouble);
	return ERR_OK;
}

static void
take_words(struct access *a)
{
	a->src = asked(a->r, "src");
	a->dst = asked(a->r, "dst");
	a->port_text = asked(a->r, "port");
	a->proto_text = asked(a->r, "proto");
}

static enum err
take(struct access *a)
{
	enum err e = ERR_OK;

	take_words(a);
	take_numbers(a);
	if (*a->src || *a->dst)
		e = find(a, a->src, &a->from);
	if (!e && (*a->src || *a->dst))
		e = find(a, a->dst, &a->to);
	if (!e && !a->why && *a->src && !*a->dst)
		policy_end_places(a->e, a->r->mem, &a->to);
	return e;
}

/* ---- the forms ---- */

static void
field(struct access *a, const char *prefix, const char *name, const char *label,
	const char *value, const char *list)
{
	struct request *r = a->r;
	const char *id = arena_printf(r->mem, "%s-%s", prefix, name);

	html_begin(r, "div", "class", "field");
	html_begin(r, "label", "for", id);
	html_text(r, label);
	html_end(r);
	html_begin(r, "input", "type", "text", "id", id, "name", name, "value",
		value);
	if (list)
		html_attribute(r, "list", list);
	html_end_void(r);
	html_end(r);
}

static void
show_fields(struct access *a, const char *prefix)
{
	field(a, prefix, "src", "From", a->src, "names");
	field(a, prefix, "dst", "To", a->dst, "names");
	field(a, prefix, "port", "Port", a->port_text, NULL);
	field(a, prefix, "proto", "Protocol", a->proto_text, NULL);
}

static enum err
show_names(struct access *a)
{
	struct request *r = a->r;
	struct node_name *nodes;
	struct user *users;
	size_t count, user_count;
	/* A draft that cannot be read has none. */
	const struct json_texts more = a->e ? engine_names(a->e, r->mem)
					    : (struct json_texts){ NULL, 0 };
	enum err e =
		db_node_names_first(r->db, NAMES_MAX, r->mem, &nodes, &count);

	if (!e)
		e = db_users(r->db, r->mem, &users, &user_count);
	if (e)
		return e;
	html_begin(r, "datalist", "id", "names");
	for (size_t i = 0; i < count; i++)
		html_void(r, "option", "value", nodes[i].name);
	for (size_t i = 0; i < user_count && i < NAMES_MAX; i++)
		html_void(
			r, "option", "value", policy_login(r->mem, &users[i]));
	for (size_t i = 0; i < more.count && i < NAMES_MAX; i++)
		html_void(r, "option", "value", more.at[i]);
	html_end(r);
	return ERR_OK;
}

static void
show_button(struct request *r, const char *words)
{
	html_begin(r, "button", "type", "submit");
	html_text(r, words);
	html_end(r);
}

static void
show_form(struct access *a)
{
	struct request *r = a->r;

	html_begin(r, "form", "method", "get", "action", POLICY_WHO, "role",
		"search", "id", "filter");
	show_fields(a, "access");
	show_button(r, "Show");
	html_end(r);
}

/* What the editor sent beside the text goes back to it with the text. */
static void
show_way_back(struct request *r)
{
	static const char *const names[] = { "was", "note" };

	if (!(r->who.can & CAN_NETWORK))
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (fields_one(r, names[i]))
			html_hidden(r, names[i], fields_one(r, names[i]));
	html_begin(r, "button", "type", "submit", "formaction", POLICY_HOME,
		"name", "do", "value", "edit");
	html_text(r, "Edit this draft");
	html_end(r);
}

/* The same of a text that is not saved. */
static void
show_draft_form(struct access *a)
{
	struct request *r = a->r;

	html_begin(r, "details", "id", "draft");
	if (a->draft)
		html_attribute(r, "open", "");
	html_element(r, "summary", "Ask a draft");
	html_begin(r, "form", "method", "post", "action", POLICY_WHO, "id",
		"form-draft", "class", "wide", "novalidate", "");
	form_hidden(r);
	show_fields(a, "draft");
	policy_text_field(r,
		&(struct policy_text_field){ .text = a->draft ? a->draft : "",
			.rows = DRAFT_ROWS,
			.invalid = a->error.text != NULL });
	show_button(r, "Show by this draft");
	show_way_back(r);
	html_end(r);
	html_end(r);
}

static void
show_whose(struct access *a)
{
	struct request *r = a->r;

	if (!a->draft)
		return;
	html_begin(r, "p", "id", "draft-note");
	html_text(r, "By the draft below; nothing of it is saved. ");
	html_link(r, POLICY_WHO, "Ask the policy in force");
	html_end(r);
}

static void
show_first(struct request *r, const void *arg)
{
	const struct access *a = arg;

	if (a->error.text)
		policy_refused(r, a->draft, &a->error);
}

static enum err
show(struct access *a)
{
	struct request *r = a->r;
	enum err e;

	frame_begin(r,
		&(struct page){ .name = "access",
			.h1 = "Who reaches what",
			.section = SECTION_POLICY,
			.first = show_first,
			.first_arg = a },
		NULL);
	policy_nav(r, POLICY_ACCESS);
	e = show_names(a);
	if (!a->draft)
		show_form(a);
	show_whose(a);
	if (!e && !a->error.text)
		e = access_show(a);
	show_draft_form(a);
	frame_end(r);
	return e;
}

static enum err
answer(struct access *a, struct policy *policy)
{
	enum err e = policy_world(a->r->db, policy, a->r->mem, &a->e);

	if (!e)
		e = take(a);
	if (!e)
		e = show(a);
	engine_free(a->e);
	return e;
}

enum err
page_access(struct request *r)
{
	struct access a = { .r = r };
	struct policy_force force;
	enum err e = policy_in_force(r->db, r->mem, &force);

	if (e)
		return e;
	a.version = force.broken ? force.version : 0;
	return answer(&a, force.policy);
}

/* Nothing is stored, so the form is not spent. */
enum err
do_access(struct request *r)
{
	struct access a = { .r = r, .draft = fields_one(r, "text") };
	struct json_texts domains;
	struct policy *policy = NULL;
	enum err e;

	if (!a.draft) {
		r->why = "the form lacks its field text";
		return ERR_BAD_INPUT;
	}
	e = policy_domains(r->db, r->mem, &domains);
	if (!e)
		e = policy_load((struct bytes){ (const void *)a.draft,
					strlen(a.draft) },
			&domains, r->mem, &policy, &a.error);
	if (!e)
		return answer(&a, policy);
	if (e != ERR_POLICY && e != ERR_TOO_BIG)
		return e;
	take_words(&a);
	r->reply.status = 422;
	return show(&a);
}
