/* Entries of tests: kept as they stand, but who they name is known. */
#include <string.h>

#include "base/text.h"
#include "policy/load.h"
#include "policy/ports.h"

/* Whether a test can mean it: of what cannot be found the entry says so. */
static bool
is_known(const struct load *l, const char *text)
{
	switch (alias_form(l, text)) {
	case FORM_TAG:
		return policy_has_tag(l->p, text);
	case FORM_GROUP:
		return load_find(l, SCOPE_GROUP, text) != SIZE_MAX ||
		       alias_is_synced(l, text);
	case FORM_AUTOGROUP:
		return autogroup_find(text);
	case FORM_DOMAIN:
	case FORM_USER:
	case FORM_HOST:
	case FORM_ADDRESS:
		return true;
	default:
		return false;
	}
}

static void
note_end(struct load *l, const char *text)
{
	if (is_known(l, text))
		(void)alias_number(l, text);
}

static void
note_hosts(struct load *l, const struct json_texts *list)
{
	const char *ports, *host;

	for (size_t i = 0; i < list->count; i++) {
		host = host_part(list->at[i], l->scratch, &ports);
		if (host)
			note_end(l, host);
	}
}

static enum err
check_ssh_test_dst(struct load *l, const struct hujson_value *v)
{
	if (strcmp(v->text, "autogroup:internet") == 0 || strchr(v->text, '/'))
		return load_fail(l, v->at,
			"SSH tests dst contains disallowed element \"%s\"",
			v->text);
	if (text_starts(v->text, "tag:") && !policy_has_tag(l->p, v->text))
		return load_fail(l, v->at,
			"SSH tests dst contains unknown tag \"%s\"", v->text);
	return ERR_OK;
}

static enum err
load_ssh_test(struct load *l, const struct hujson_value *v,
	struct policy_ssh_test *out)
{
	const struct hujson_value *dst = load_member(l, v, MEMBER_DST);
	enum err e = ERR_OK;

	*out = (struct policy_ssh_test){
		.place = load_place(l, v),
		.src = load_text(l, load_member(l, v, MEMBER_SRC)),
		.dst = load_texts(l, dst),
		.accept = load_texts(l, load_member(l, v, MEMBER_ACCEPT)),
		.check = load_texts(l, load_member(l, v, MEMBER_CHECK)),
		.deny = load_texts(l, load_member(l, v, MEMBER_DENY)),
		.posture_attrs = load_raw(
			l, load_member(l, v, MEMBER_SRC_POSTURE_ATTRS)),
	};
	note_end(l, out->src);
	for (size_t i = 0; i < out->dst.count; i++)
		note_end(l, out->dst.at[i]);
	for (const struct hujson_value *d = load_first(dst); !e && d;
		d = load_next(l, dst, d))
		e = check_ssh_test_dst(l, d);
	return e;
}

enum err
load_ssh_tests(struct load *l, const struct hujson_value *section)
{
	struct policy_ssh_test *at =
		arena_array(l->mem, load_count(section) + 1, sizeof(*at));
	enum err e = ERR_OK;

	l->p->ssh_tests = at;
	l->p->ssh_test_count = load_count(section);
	for (const struct hujson_value *v = load_first(section); !e && v;
		v = load_next(l, section, v))
		e = load_ssh_test(l, v, at++);
	return e;
}

static void
load_test(struct load *l, const struct hujson_value *v, struct policy_test *out)
{
	*out = (struct policy_test){
		.place = load_place(l, v),
		.src = load_text(l, load_member(l, v, MEMBER_SRC)),
		.proto = load_text(l, load_member(l, v, MEMBER_PROTO)),
		.accept = load_texts(l, load_member(l, v, MEMBER_ACCEPT)),
		.deny = load_texts(l, load_member(l, v, MEMBER_DENY)),
		.posture_attrs = load_raw(
			l, load_member(l, v, MEMBER_SRC_POSTURE_ATTRS)),
	};
	note_end(l, out->src);
	note_hosts(l, &out->accept);
	note_hosts(l, &out->deny);
}

enum err
load_tests(struct load *l, const struct hujson_value *section)
{
	struct policy_test *at =
		arena_array(l->mem, load_count(section) + 1, sizeof(*at));

	l->p->tests = at;
	l->p->test_count = load_count(section);
	for (const struct hujson_value *v = load_first(section); v;
		v = load_next(l, section, v))
		load_test(l, v, at++);
	return ERR_OK;
}
