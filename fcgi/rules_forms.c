#include <string.h>

#include "base/text.h"
#include "fcgi/rules_page.h"
#include "policy/ports.h"

enum {
	LISTS_MAX = 1000, /* characters of a field with several words */
	NOTE_MAX = 180,   /* bytes of what is said of the deed */
};

/* ---- fields ---- */

#define WAS                                 \
	{                                   \
		"was", .kind = FIELD_HIDDEN \
	}
#define LIST(name, label, hint)                                         \
	{                                                               \
		name, label, hint, .max = LISTS_MAX,                    \
				   .flags = FIELD_REQUIRED | FIELD_MONO \
	}
#define MAYBE(name, label, hint)                                         \
	{                                                                \
		name, label, hint, .max = LISTS_MAX, .flags = FIELD_MONO \
	}

const struct field rules_was[1] = { WAS };

static const struct field rule_fields[] = {
	LIST("src", "From",
		"Users, groups, tags, machines by address; * is all."),
	LIST("dst", "To", NULL),
	LIST("ports", "Ports", "Like 443, 80-90, tcp:22; * is all."),
	WAS,
};
static const struct field group_fields[] = {
	{ "name", "Group", "Like group:dev; a new one is made.", .max = 200,
		.flags = FIELD_REQUIRED | FIELD_MONO },
	{ "value", "Member", "A user, like alice@ or alice@example.org.",
		.max = 254, .flags = FIELD_REQUIRED | FIELD_MONO },
	WAS,
};
static const struct field owner_fields[] = {
	{ "name", "Tag", "Like tag:web; a new one is made.", .max = 200,
		.flags = FIELD_REQUIRED | FIELD_MONO },
	{ "value", "Owner", "A user, group, tag or autogroup.", .max = 254,
		.flags = FIELD_REQUIRED | FIELD_MONO },
	WAS,
};

static const struct choice actions[] = {
	{ "accept", "at once (accept)" },
	{ "check", "after they signed in again (check)" },
};
static const struct field ssh_fields[] = {
	LIST("src", "From", "Users, groups, tags."),
	LIST("dst", "To", "Tags, or autogroup:self: to machines of their own."),
	LIST("users", "Logins",
		"Like root, or autogroup:nonroot for all but root."),
	{ "action", "They are let in", .kind = FIELD_SELECT,
		.flags = FIELD_REQUIRED, .choices = actions,
		.choice_count = 2 },
	{ "period", "A check lasts (optional)",
		"Like 30m or 12h, up to 168h; always asks each time.",
		.max = 40, .flags = FIELD_MONO },
	MAYBE("env", "Variables that are taken over (optional)",
		"Like LANG LC_*."),
	WAS,
};

static const struct choice protos[] = {
	{ "", "TCP or UDP" },
	{ "tcp", "TCP" },
	{ "udp", "UDP" },
	{ "sctp", "SCTP" },
	{ "icmp", "ICMP (port 0)" },
};
static const struct field test_fields[] = {
	{ "src", "From", "One user, group, tag, host or address.", .max = 254,
		.flags = FIELD_REQUIRED | FIELD_MONO },
	MAYBE("accept", "Must be reached",
		"With one port each, like tag:web:443."),
	MAYBE("deny", "Must not be reached", "Likewise; one of the two."),
	{ "proto", "Protocol", .kind = FIELD_SELECT, .choices = protos,
		.choice_count = sizeof(protos) / sizeof(protos[0]) },
	WAS,
};
static const struct field ssh_test_fields[] = {
	{ "src", "From", "One user, group, tag, host or address.", .max = 254,
		.flags = FIELD_REQUIRED | FIELD_MONO },
	LIST("dst", "To", "Tags, users, hosts, addresses of machines."),
	MAYBE("accept", "Logins that are let in at once", "Like root."),
	MAYBE("check", "Logins that are let in after a check", NULL),
	MAYBE("deny", "Logins that are not let in", "One of the three."),
	WAS,
};

/* ---- deeds ---- */

#define FORM(form, title, button, fields) \
	form, title, button, fields, sizeof(fields) / sizeof((fields)[0])

const struct rules_deed rules_deeds[] = {
	[RULES_RULE] = { "add-rule", EDIT_RULE_IN, "grants",
		FORM("rule", "Add a rule", "Add rule", rule_fields) },
	[RULES_MEMBER] = { "add-member", EDIT_LISTED_IN, "groups",
		FORM("member", "Add to a group", "Add member", group_fields) },
	[RULES_OWNER] = { "add-owner", EDIT_LISTED_IN, "tagOwners",
		FORM("owner", "Add an owner of a tag", "Add owner",
			owner_fields) },
	[RULES_SSH] = { "add-ssh", EDIT_SSH_IN, "ssh",
		FORM("ssh", "Add an SSH rule", "Add SSH rule", ssh_fields) },
	[RULES_TEST] = { "add-test", EDIT_TEST_IN, "tests",
		FORM("test", "Add a test", "Add test", test_fields) },
	[RULES_SSH_TEST] = { "add-ssh-test", EDIT_SSH_TEST_IN, "sshTests",
		FORM("ssh-test", "Add an SSH test", "Add SSH test",
			ssh_test_fields) },
	{ "remove-rule", EDIT_RULE_OUT, NULL, NULL, NULL, NULL, NULL, 0 },
	{ "remove-listed", EDIT_LISTED_OUT, NULL, NULL, NULL, NULL, NULL, 0 },
	{ "remove-name", EDIT_NAME_OUT, NULL, NULL, NULL, NULL, NULL, 0 },
};

const struct rules_deed *
rules_deed_of(struct request *r)
{
	const char *word = rules_sent(r, "do");

	for (size_t i = 0; i < sizeof(rules_deeds) / sizeof(rules_deeds[0]);
		i++)
		if (strcmp(word, rules_deeds[i].word) == 0)
			return &rules_deeds[i];
	return NULL;
}

/* ---- what was sent ---- */

/* Words with blanks or commas between them. */
static struct json_texts
split(struct request *r, const char *text)
{
	struct json_texts l = {
		arena_array(r->mem, strlen(text) + 1, sizeof(const char *)), 0
	};

	while (*(text += strspn(text, " ,\t\r\n"))) {
		size_t len = strcspn(text, " ,\t\r\n");

		l.at[l.count++] = arena_printf(r->mem, "%.*s", (int)len, text);
		text += len;
	}
	return l;
}

const char *
rules_sent(struct request *r, const char *name)
{
	const char *value = fields_one(r, name);

	return value ? fields_trim(r, value) : "";
}

/* Of a field that wants words commas alone are nothing. */
static void
want_words(struct form *f, const char *name)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->fields[i].name, name) == 0 &&
			(f->fields[i].flags & FIELD_REQUIRED) &&
			*form_get(f, name))
			form_error(f, name, "required");
}

static void
want_outcome(struct form *f, const struct policy_edit *e)
{
	bool test = e->kind == EDIT_TEST_IN || e->kind == EDIT_SSH_TEST_IN;

	if (test && !e->accept.count && !e->check.count && !e->deny.count)
		form_complain(
			f, "accept", "Say what must be, or what must not be.");
}

/* As grants have them; what is wrong is told before anything is tried. */
static void
check_ports(struct form *f, const struct policy_edit *e)
{
	struct arena *mem = f->r->mem;
	struct grant_ip ip;

	for (size_t i = 0; e->kind == EDIT_RULE_IN && i < e->ports.count; i++)
		if (grant_ip_parse(e->ports.at[i], mem, &ip)) {
			form_complain(f, "ports",
				arena_printf(mem,
					"\"%s\" is no port: write a number up "
					"to 65535, a range like 80-90, either "
					"behind a protocol like tcp:22, or *.",
					e->ports.at[i]));
			return;
		}
}

const char *
rules_field_named(struct form *f, const char *error)
{
	struct request *r = f->r;

	for (size_t i = 0; i < f->count; i++) {
		const char *name = f->fields[i].name;
		struct json_texts l = split(r, form_get(f, name));

		for (size_t k = 0; k < l.count; k++)
			if (strstr(error,
				    arena_printf(r->mem, "\"%s\"", l.at[k])))
				return name;
	}
	return NULL;
}

void
rules_take(struct form *f, const struct rules_deed *d, struct policy_edit *out)
{
	struct request *r = f->r;
	int64_t n;

	*out = (struct policy_edit){ .kind = d->kind,
		.section = d->section ? d->section : rules_sent(r, "section"),
		.name = rules_sent(r, "name"),
		.value = rules_sent(r, "value"),
		.from = rules_sent(r, "src"),
		.action = rules_sent(r, "action"),
		.period = rules_sent(r, "period"),
		.proto = rules_sent(r, "proto"),
		.number = SIZE_MAX };
	for (size_t i = 0; i < POLICY_EDIT_LISTS; i++) {
		struct json_texts l =
			split(r, rules_sent(r, policy_edit_lists[i]));

		*policy_edit_list(out, i) = l;
		if (!l.count)
			want_words(f, policy_edit_lists[i]);
	}
	want_outcome(f, out);
	check_ports(f, out);
	if (!text_int(rules_sent(r, "number"), &n) && n >= 0)
		out->number = (size_t)n;
}

/* ---- what is said of it ---- */

static const char *
list_words(struct request *r, const struct json_texts *l)
{
	const char *words = "";

	for (size_t i = 0; i < l->count; i++)
		words = arena_printf(
			r->mem, "%s%s%s", words, i ? ", " : "", l->at[i]);
	return words;
}

static const char *
words_of(struct request *r, const struct policy_edit *e)
{
	const char *src = list_words(r, &e->src), *dst = list_words(r, &e->dst);

	switch (e->kind) {
	case EDIT_RULE_IN:
		return arena_printf(r->mem, "Added a rule: %s to %s, %s", src,
			dst, list_words(r, &e->ports));
	case EDIT_SSH_IN:
		return arena_printf(r->mem,
			"Added an SSH rule: %s to %s as %s, %s", src, dst,
			list_words(r, &e->users), e->action);
	case EDIT_TEST_IN:
		return arena_printf(r->mem, "Added a test: from %s", e->from);
	case EDIT_SSH_TEST_IN:
		return arena_printf(
			r->mem, "Added a test of SSH: %s to %s", e->from, dst);
	case EDIT_LISTED_IN:
		return arena_printf(
			r->mem, "Added %s to %s", e->value, e->name);
	case EDIT_RULE_OUT:
		return arena_printf(
			r->mem, "Removed %s[%zu]", e->section, e->number);
	case EDIT_LISTED_OUT:
		return arena_printf(r->mem, "Removed number %zu of %s",
			e->number + 1, e->name);
	default:
		return arena_printf(r->mem, "Removed %s", e->name);
	}
}

const char *
rules_note(struct request *r, const struct policy_edit *e)
{
	const char *words = words_of(r, e);
	size_t len = NOTE_MAX;

	if (text_length(words) == SIZE_MAX)
		return "By the page of rules";
	if (strlen(words) <= NOTE_MAX)
		return words;
	while (len && ((unsigned char)words[len] & 0xc0) == 0x80)
		len--;
	return arena_printf(r->mem, "%.*s…", (int)len, words);
}
