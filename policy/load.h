/*
 * load.h: what the files that load a policy share.
 *
 * policy/load.c goes over the sections in their order; each section has a file.
 * Checking and building are one: a function is given a value of the text and
 * fills its struct, or fails with the words of the hosted service at the place
 * of the value.  Whatever stays lies in the policy's own memory.
 */
#ifndef POLICY_LOAD_H
#define POLICY_LOAD_H

#include "policy/hujson.h"
#include "policy/names.h"
#include "policy/policy.h"
#include "policy/shape.h"

enum scope {
	SCOPE_ALIAS,
	SCOPE_TAG,
	SCOPE_GROUP,
	SCOPE_HOST,
	SCOPE_IPSET,
	SCOPE_POSTURE,
};

struct load {
	struct policy *p;
	struct arena *mem;     /* the policy's */
	struct arena *scratch; /* until it is loaded */
	struct hujson file;
	const struct json_texts *domains;
	struct names *names; /* numbers of members of a section, by scope */
	struct json_texts *groups;
	struct range *hosts;
	struct alias *ipsets;
	struct alias *aliases;
	size_t alias_room;
	struct json_ints default_postures;
	struct policy_error *error;
	struct arena *error_mem;
};

/* ---- the text (load_value.c) ---- */

/* Fails at a byte of the text. */
enum err load_fail(struct load *l, size_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

const struct hujson_value *load_member(
	const struct load *l, const struct hujson_value *object, enum member m);
/* What a list or an object holds, in order; both may be asked of NULL. */
const struct hujson_value *load_first(const struct hujson_value *list);
const struct hujson_value *load_next(const struct load *l,
	const struct hujson_value *list, const struct hujson_value *v);
size_t load_count(const struct hujson_value *list);
struct policy_place load_place(
	const struct load *l, const struct hujson_value *v);

/* "" if there is none. */
const char *load_text(const struct load *l, const struct hujson_value *v);
struct json_texts load_texts(
	const struct load *l, const struct hujson_value *list);
bool load_truth(const struct hujson_value *v);
struct json_raw load_raw(const struct load *l, const struct hujson_value *v);
void load_app(const struct load *l, const struct hujson_value *app,
	const struct grant_app **out, size_t *count);

/* Number of that member of a section, SIZE_MAX if there is none. */
size_t load_find(const struct load *l, enum scope scope, const char *text);

/* ---- aliases (alias.c, alias_check.c) ---- */

enum side {
	SIDE_NONE,
	SIDE_SRC,
	SIDE_DST,
	SIDE_SSH,
};

enum alias_form {
	FORM_ANY,
	FORM_TAG,
	FORM_GROUP,
	FORM_AUTOGROUP,
	FORM_DOMAIN,
	FORM_IPSET,
	FORM_SERVICE,
	FORM_USER,
	FORM_HOST,
	FORM_ADDRESS,
	FORM_NONE,
};

struct autogroup {
	const char *text;
	enum alias_kind kind;
	enum policy_role role;
	bool is_people; /* it names machines, by who they belong to */
};

enum alias_form alias_form(const struct load *l, const char *text);
/* NULL if there is none of that name. */
const struct autogroup *autogroup_find(const char *text);
/* "svc:" with letters, digits and dashes behind it. */
bool service_is_named(const char *text);
/* Whether it names machines, not addresses. */
bool alias_is_people(const char *text);

/* The number of an alias that was checked. */
uint32_t alias_number(struct load *l, const char *text);

/* Fails unless it is well formed and declared.  `text` may be a part of v. */
enum err alias_check(struct load *l, const struct hujson_value *v,
	const char *text, enum side side);
/* "group:name@domain", which a provider of the tailnet fills. */
bool alias_is_synced(const struct load *l, const char *text);
/* "user:*@domain" only for domains of the tailnet. */
enum err alias_check_domain(struct load *l, const struct hujson_value *v,
	const char *domain, const char *before);

typedef enum err list_check(
	struct load *l, const struct hujson_value *v, const void *with);

/* Checks each text of a list, then gives them numbers. */
enum err alias_list_load(struct load *l, const struct hujson_value *list,
	list_check *check, const void *with, struct alias_list *out);

list_check alias_check_source; /* of acls and grants */
list_check alias_check_person; /* an owner or approver; `with`: the place in
				  words */

/* What autogroup:self among the destinations asks of the sources. */
enum err alias_check_self(
	struct load *l, const struct hujson_value *sources, bool any_allowed);

/* ---- sections ---- */

enum err load_groups(struct load *l, const struct hujson_value *section);
enum err load_hosts(struct load *l, const struct hujson_value *section);
enum err load_ipsets(struct load *l, const struct hujson_value *section);
enum err load_postures(struct load *l, const struct hujson_value *section);
enum err load_default_posture(
	struct load *l, const struct hujson_value *section);
enum err load_tag_owners(struct load *l, const struct hujson_value *section);
enum err load_approvers(struct load *l, const struct hujson_value *section);
enum err load_acls(struct load *l, const struct hujson_value *section);
enum err load_grants(struct load *l, const struct hujson_value *section);
enum err load_ssh(struct load *l, const struct hujson_value *section);
enum err load_node_attrs(struct load *l, const struct hujson_value *section);
enum err load_ssh_tests(struct load *l, const struct hujson_value *section);
enum err load_tests(struct load *l, const struct hujson_value *section);
enum err load_member_spelling(struct load *l, const struct hujson_value *root);
enum err load_one_cgnat(struct load *l, const struct hujson_value *v);
enum err load_derp_map(struct load *l, const struct hujson_value *section);

/* A rule's srcPosture, or the default. */
enum err load_rule_postures(
	struct load *l, const struct hujson_value *list, struct json_ints *out);

#endif
