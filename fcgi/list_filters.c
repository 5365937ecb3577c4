#include "fcgi/list_filters.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "db/user.h"
#include "tailnet/keys.h"

/* One who has gone since has a number alone. */
static enum err
add_chosen(struct request *r, const char *id, struct choice *choices,
	size_t *count)
{
	struct user u;
	int64_t n = 0;
	enum err e;

	for (size_t i = 0; i < *count; i++)
		if (strcmp(choices[i].value, id) == 0)
			return ERR_OK;
	(void)text_int(id, &n);
	e = db_user_by_id(r->db, n, r->mem, &u);
	if (e && e != ERR_NOT_FOUND)
		return e;
	choices[(*count)++] = (struct choice){ id,
		e ? arena_printf(r->mem, "user %s", id) : u.name };
	return ERR_OK;
}

enum err
list_owner_select(struct request *r, struct list *l)
{
	const char *chosen = list_in_force(l, "owner");
	struct user *users;
	struct choice *choices;
	size_t count, n = 0;
	enum err e = db_users(r->db, r->mem, &users, &count);

	if (e)
		return e;
	choices = arena_array(r->mem, count + 1, sizeof(*choices));
	for (size_t i = 0; count <= LIST_OWNERS && i < count; i++)
		choices[n++] = (struct choice){ arena_printf(r->mem, "%" PRId64,
							users[i].id),
			users[i].name };
	if (*chosen)
		e = add_chosen(r, chosen, choices, &n);
	if (!e && n)
		list_select(r, l, "owner", "Owner", choices, n);
	return e;
}

static void
reword(struct list *l, const char *name, const char *value)
{
	for (size_t i = 0; i < l->filter_count; i++)
		if (strcmp(l->filters[i].value, name) == 0)
			l->filters[i].label = value;
}

const char *
list_tag(struct request *r, struct list *l)
{
	const char *typed = list_text(r, l, "tag");
	const char *tag = typed;

	if (*typed && !text_starts(typed, "tag:"))
		tag = arena_printf(r->mem, "tag:%s", typed);
	if (*tag && !tag_is_valid(tag)) {
		list_refuse(r, l, "tag");
		return "";
	}
	reword(l, "tag", tag);
	return tag;
}
