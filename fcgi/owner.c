#include "fcgi/owner.h"

#include <inttypes.h>

#include "base/text.h"
#include "db/user_list.h"
#include "fcgi/prove.h"

/* What is sent is looked up, so the list is only for showing. */
static enum err
choices(struct request *r, struct field *d, int64_t but, const char *none)
{
	struct user_search all = { .q = "",
		.role = "",
		.status = "",
		.sort = "name",
		.limit = OWNERS_MAX };
	const struct actor a = prove_actor(r);
	struct user_row *rows;
	struct choice *made;
	size_t count, n = 0;
	enum err e = db_user_rows(r->db, &all, r->mem, &rows, &count);

	if (e)
		return e;
	made = arena_array(r->mem, count + 1, sizeof(*made));
	if (none)
		made[n++] = (struct choice){ "", none };
	for (size_t i = 0; i < count; i++)
		if (rows[i].user.id != but &&
			actor_may_own_as(&a, &rows[i].user))
			made[n++] = (struct choice){ arena_printf(r->mem,
							     "%" PRId64,
							     rows[i].user.id),
				rows[i].user.name };
	d->choices = made;
	d->choice_count = n;
	return ERR_OK;
}

enum err
owner_field(struct request *r, struct field *d, int64_t but, const char *none)
{
	const struct user_search all = { .q = "", .role = "", .status = "" };
	int64_t count;
	enum err e = db_user_rows_count(r->db, &all, &count);

	if (e)
		return e;
	d->kind = count > OWNERS_MAX ? FIELD_TEXT : FIELD_SELECT;
	d->max = 64;
	if (d->kind == FIELD_SELECT)
		return choices(r, d, but, none);
	if (!d->hint)
		d->hint = "The name of a user.";
	return ERR_OK;
}

enum err
owner_find(struct form *f, const char *field, struct user *out)
{
	struct request *r = f->r;
	const struct actor a = prove_actor(r);
	const char *value = form_get(f, field);
	int64_t id;
	enum err e = ERR_NOT_FOUND;

	out->id = 0;
	if (text_int(value, &id) == ERR_OK)
		e = db_user_by_id(r->db, id, r->mem, out);
	else if (*value)
		e = db_user_by_name(r->db, value, r->mem, out);
	if (e && e != ERR_NOT_FOUND)
		return e;
	if (e)
		form_error(f, field, "choice");
	else if (!actor_may_own_as(&a, out))
		form_complain(f, field,
			"Your role does not reach this user: an owner or admin "
			"can do it.");
	else
		return ERR_OK;
	out->id = 0;
	return ERR_OK;
}
