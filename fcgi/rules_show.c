#include <string.h>

#include "fcgi/form.h"
#include "fcgi/html.h"
#include "fcgi/policy_show.h"
#include "fcgi/rules_page.h"
#include "policy/shape.h"
#include "policy/splice.h"

enum {
	WORDS_MAX = 600, /* bytes of one cell */
};

/* What of the text a row is. */
struct entry {
	const char *section; /* "grants" */
	const char *name;    /* of a group or tag; NULL: by number */
	size_t number;
	const struct hujson_value *v; /* NULL: an item of a list, in a row */
	size_t row;
};

/* ---- words ---- */

static const char *
one_words(struct rules *p, const struct hujson_value *v)
{
	return v->kind == HUJSON_TEXT ? v->text
				      : hujson_squeeze(p->h, v, p->r->mem);
}

static const char *
cut(struct rules *p, const char *words)
{
	size_t len = WORDS_MAX;

	if (strlen(words) <= WORDS_MAX)
		return words;
	while (len && ((unsigned char)words[len] & 0xc0) == 0x80)
		len--;
	return arena_printf(p->r->mem, "%.*s…", (int)len, words);
}

/* "a, b" of a list; "" of nothing. */
static const char *
words_of(struct rules *p, const struct hujson_value *v)
{
	const char *words = "";
	uint32_t in, i;

	if (!v)
		return "";
	if (v->kind != HUJSON_LIST)
		return cut(p, one_words(p, v));
	in = (uint32_t)(v - p->h->values);
	for (size_t n = 0; strlen(words) <= WORDS_MAX &&
			   (i = splice_child(p->h, in, n)) != SPLICE_NONE;
		n++)
		words = arena_printf(p->r->mem, "%s%s%s", words, n ? ", " : "",
			one_words(p, &p->h->values[i]));
	return cut(p, words);
}

static const char *
member_words(struct rules *p, const struct hujson_value *v, enum member m)
{
	return words_of(p, shape_member(p->h, v, m));
}

/* ---- cells ---- */

static void
show_line(struct rules *p, const struct hujson_value *v)
{
	struct request *r = p->r;
	uint32_t line = hujson_place(p->h, v->name ? v->name_at : v->at).line;

	policy_cell_begin(r, "Line");
	html_link(r, policy_line_path(r, 0, line),
		arena_printf(r->mem, "%u", line));
	html_end(r);
}

/* A button that takes one entry out; the answer asks first. */
static void
show_remove(struct rules *p, const struct entry *e, const char *what,
	const char *deed)
{
	struct request *r = p->r;

	if (!p->writes || p->buttons == RULES_BUTTONS_MAX)
		return;
	p->buttons++;
	html_begin(r, "form", "method", "post", "action", RULES_PAGE, "id",
		e->v ? arena_printf(r->mem, "form-remove-%s-%zu", e->section,
			       e->number)
		     : arena_printf(r->mem, "form-remove-%s-%zu-%zu",
			       e->section, e->row, e->number));
	form_hidden(r);
	html_hidden(r, "was", p->now->hash);
	html_hidden(r, "section", e->section);
	if (e->name)
		html_hidden(r, "name", e->name);
	html_hidden(r, "number", arena_printf(r->mem, "%zu", e->number));
	html_begin(r, "button", "type", "submit", "name", "do", "value", deed,
		"aria-label", arena_printf(r->mem, "Remove %s", what));
	html_text(r, "Remove");
	html_end(r);
	html_end(r);
}

static void
show_remove_cell(struct rules *p, const struct entry *e, const char *what,
	const char *deed)
{
	policy_cell_begin(p->r, "Change");
	show_remove(p, e, what, deed);
	html_end(p->r);
}

/* ---- tables ---- */

typedef void show_entry(struct rules *p, const struct entry *e);

struct table {
	const char *id, *title, *empty;
	const char *const *heads;
	size_t head_count;
};

/* Rows of one section; those beyond RULES_ROWS_MAX are counted. */
static size_t
show_section(struct rules *p, const char *name, enum member m, show_entry *show,
	size_t *left)
{
	const struct hujson_value *v = shape_member(p->h, &p->h->values[0], m);
	uint32_t in, i;
	size_t n = 0;

	if (!v)
		return 0;
	in = (uint32_t)(v - p->h->values);
	for (i = in + 1; i < v->next; i = p->h->values[i].next, n++) {
		const struct hujson_value *child = &p->h->values[i];

		if (n == RULES_ROWS_MAX)
			break;
		show(p, &(struct entry){ name, child->name, n, child, n });
	}
	*left += v->count - n;
	return v->count;
}

static void
begin_table(struct rules *p, const struct table *t)
{
	html_element(p->r, "h2", t->title);
	policy_table(p->r, t->id, t->heads, t->head_count);
}

static void
end_table(struct rules *p, const struct table *t, size_t count, size_t left)
{
	struct request *r = p->r;

	html_end(r);
	html_end(r);
	if (!count)
		html_element(r, "p", t->empty);
	if (left)
		html_element(r, "p",
			arena_printf(r->mem,
				"%zu more are not shown: they stand in the "
				"text.",
				left));
}

/* ---- groups, owners ---- */

static void
show_listed(struct rules *p, const struct entry *e)
{
	uint32_t in = (uint32_t)(e->v - p->h->values), i;
	struct request *r = p->r;
	size_t n = 0;

	policy_cell_begin(
		r, strcmp(e->section, "groups") == 0 ? "Members" : "Owners");
	for (; e->v->kind == HUJSON_LIST && n < RULES_LISTED_MAX &&
		(i = splice_child(p->h, in, n)) != SPLICE_NONE;
		n++) {
		const char *words = one_words(p, &p->h->values[i]);
		const struct entry item = { e->section, e->name, n, NULL,
			e->number };

		html_begin(r, "div");
		html_text(r, words);
		html_text(r, " ");
		show_remove(p, &item,
			arena_printf(r->mem, "%s from %s", words, e->name),
			"remove-listed");
		html_end(r);
	}
	if (!n)
		html_text(r, strcmp(e->section, "groups") == 0 ? "nobody"
							       : "admins");
	if (e->v->count > n)
		html_textf(r, "and %zu more", (size_t)e->v->count - n);
	html_end(r);
}

static void
show_named(struct rules *p, const struct entry *e)
{
	struct request *r = p->r;

	html_begin(r, "tr");
	policy_first_begin(r, "Name");
	html_text(r, e->name);
	html_end(r);
	show_listed(p, e);
	show_line(p, e->v);
	show_remove_cell(p, e, e->name, "remove-name");
	html_end(r);
}

void
rules_groups(struct rules *p)
{
	static const char *const heads[] = { "Name", "Members", "Line",
		"Change" };
	static const struct table t = { "groups", "Groups",
		"No groups: rules may name people one by one.", heads, 4 };
	size_t left = 0, count;

	begin_table(p, &t);
	count = show_section(p, "groups", MEMBER_GROUPS, show_named, &left);
	end_table(p, &t, count, left);
}

void
rules_tag_owners(struct rules *p)
{
	static const char *const heads[] = { "Name", "Owners", "Line",
		"Change" };
	static const struct table t = { "tag-owners", "Tag owners",
		"No tags: each machine is somebody's.", heads, 4 };
	size_t left = 0, count;

	begin_table(p, &t);
	count = show_section(
		p, "tagOwners", MEMBER_TAG_OWNERS, show_named, &left);
	end_table(p, &t, count, left);
}

/* ---- rules ---- */

/* "Rule 3", and as answers elsewhere have it, "grants[2]". */
static const char *
begin_rule(struct rules *p, const struct entry *e, const char *what)
{
	struct request *r = p->r;
	const char *path =
		arena_printf(r->mem, "%s[%zu]", e->section, e->number);
	const char *words = arena_printf(r->mem, "%s %zu", what, e->number + 1);

	html_begin(r, "tr", "data-path", path);
	policy_first_begin(r, "Rule");
	html_text(r, words);
	html_begin(r, "span", "class", "sub");
	html_text(r, path);
	html_end(r);
	html_end(r);
	return words;
}

static void
end_rule(struct rules *p, const struct entry *e, const char *words)
{
	show_line(p, e->v);
	show_remove_cell(p, e, words, "remove-rule");
	html_end(p->r);
}

static const char *
joined(struct rules *p, const char *words, const char *before, const char *more)
{
	return *more ? arena_printf(p->r->mem, "%s%s%s%s", words,
			       *words ? "; " : "", before, more)
		     : words;
}

static void
show_grant(struct rules *p, const struct entry *e)
{
	const char *rule = begin_rule(p, e, "Rule");
	const char *ports = member_words(p, e->v, MEMBER_IP);

	ports = joined(p, ports, "app ", member_words(p, e->v, MEMBER_APP));
	ports = joined(p, ports, "via ", member_words(p, e->v, MEMBER_VIA));
	ports = joined(p, ports, "posture ",
		member_words(p, e->v, MEMBER_SRC_POSTURE));
	policy_cell(p->r, "From", member_words(p, e->v, MEMBER_SRC));
	policy_cell(p->r, "To", member_words(p, e->v, MEMBER_DST));
	policy_cell(p->r, "Ports", ports);
	end_rule(p, e, rule);
}

/* Destinations of acls have their ports behind them. */
static void
show_acl(struct rules *p, const struct entry *e)
{
	const char *rule = begin_rule(p, e, "ACL"), *proto;
	const struct hujson_value *src = shape_member(p->h, e->v, MEMBER_SRC);
	const struct hujson_value *dst = shape_member(p->h, e->v, MEMBER_DST);

	/* Its older spelling. */
	src = src ? src : shape_member(p->h, e->v, MEMBER_USERS);
	dst = dst ? dst : shape_member(p->h, e->v, MEMBER_PORTS);
	proto = member_words(p, e->v, MEMBER_PROTO);
	proto = joined(p, *proto ? proto : "as named", "posture ",
		member_words(p, e->v, MEMBER_SRC_POSTURE));
	policy_cell(p->r, "From", words_of(p, src));
	policy_cell(p->r, "To", words_of(p, dst));
	policy_cell(p->r, "Ports", proto);
	end_rule(p, e, rule);
}

void
rules_network(struct rules *p)
{
	static const char *const heads[] = { "Rule", "From", "To", "Ports",
		"Line", "Change" };
	static const struct table t = { "rules", "Rules",
		"No rules: see the text for whether that means everything or "
		"nothing.",
		heads, 6 };
	size_t left = 0, count;

	begin_table(p, &t);
	count = show_section(p, "grants", MEMBER_GRANTS, show_grant, &left);
	count += show_section(p, "acls", MEMBER_ACLS, show_acl, &left);
	end_table(p, &t, count, left);
}

static void
show_ssh(struct rules *p, const struct entry *e)
{
	const char *rule = begin_rule(p, e, "SSH rule");

	policy_cell(p->r, "From", member_words(p, e->v, MEMBER_SRC));
	policy_cell(p->r, "To", member_words(p, e->v, MEMBER_DST));
	policy_cell(p->r, "As",
		joined(p, member_words(p, e->v, MEMBER_USERS), "",
			member_words(p, e->v, MEMBER_ACTION)));
	end_rule(p, e, rule);
}

void
rules_ssh(struct rules *p)
{
	static const char *const heads[] = { "Rule", "From", "To", "As", "Line",
		"Change" };
	static const struct table t = { "ssh-rules", "SSH rules",
		"No SSH rules: clients let nobody log in.", heads, 6 };
	size_t left = 0, count;

	begin_table(p, &t);
	count = show_section(p, "ssh", MEMBER_SSH, show_ssh, &left);
	end_table(p, &t, count, left);
}

static void
show_test(struct rules *p, const struct entry *e)
{
	const char *rule = begin_rule(
		p, e, strcmp(e->section, "tests") == 0 ? "Test" : "SSH test");
	const char *wants =
		joined(p, "", "accept ", member_words(p, e->v, MEMBER_ACCEPT));

	wants = joined(p, wants, "check ", member_words(p, e->v, MEMBER_CHECK));
	wants = joined(p, wants, "deny ", member_words(p, e->v, MEMBER_DENY));
	policy_cell(p->r, "From", member_words(p, e->v, MEMBER_SRC));
	policy_cell(p->r, "To", member_words(p, e->v, MEMBER_DST));
	policy_cell(p->r, "Wants", wants);
	end_rule(p, e, rule);
}

void
rules_tests(struct rules *p)
{
	static const char *const heads[] = { "Rule", "From", "To", "Wants",
		"Line", "Change" };
	static const struct table t = { "policy-tests", "Tests",
		"No tests: they refuse a policy that lets through too much, or "
		"too little.",
		heads, 6 };
	size_t left = 0, count;

	begin_table(p, &t);
	count = show_section(p, "tests", MEMBER_TESTS, show_test, &left);
	count +=
		show_section(p, "sshTests", MEMBER_SSH_TESTS, show_test, &left);
	end_table(p, &t, count, left);
}
