#include "tailnet/policy_world.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* `user:*@gmail.com` would be everybody with an account there.  github and
 * passkey stand behind the '@' of logins of those providers. */
static const char *const public_domains[] = {
	"126.com",
	"163.com",
	"aol.com",
	"fastmail.com",
	"github",
	"gmail.com",
	"gmx.at",
	"gmx.ch",
	"gmx.com",
	"gmx.de",
	"gmx.net",
	"googlemail.com",
	"hey.com",
	"hotmail.com",
	"icloud.com",
	"live.com",
	"mac.com",
	"mail.com",
	"mail.ru",
	"me.com",
	"msn.com",
	"outlook.com",
	"passkey",
	"pm.me",
	"proton.me",
	"protonmail.com",
	"qq.com",
	"t-online.de",
	"tuta.com",
	"tutanota.com",
	"web.de",
	"yahoo.com",
	"yandex.com",
	"yandex.ru",
	"ymail.com",
	"zoho.com",
};

const char *
policy_login(struct arena *mem, const struct user *u)
{
	if (*u->email)
		return u->email;
	return strchr(u->name, '@') ? u->name
				    : arena_printf(mem, "%s@", u->name);
}

static bool
is_public(const char *domain)
{
	for (size_t i = 0; i < sizeof(public_domains) / sizeof(*public_domains);
		i++)
		if (strcasecmp(public_domains[i], domain) == 0)
			return true;
	return false;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
sort_once(struct json_texts *l)
{
	size_t n = 0;

	if (l->count)
		qsort(l->at, l->count, sizeof(*l->at), compare);
	for (size_t i = 0; i < l->count; i++)
		if (!n || strcmp(l->at[n - 1], l->at[i]) != 0)
			l->at[n++] = l->at[i];
	l->count = n;
}

enum err
policy_domains(struct db *db, struct arena *mem, struct json_texts *out)
{
	struct user *users;
	size_t count;
	enum err e = db_users(db, mem, &users, &count);

	if (e)
		return e;
	out->at = arena_array(mem, count + 1, sizeof(*out->at));
	out->count = 0;
	for (size_t i = 0; i < count; i++) {
		const char *login = policy_login(mem, &users[i]);
		const char *domain = strchr(login, '@') + 1;

		if (*domain && users[i].status != USER_NEEDS_APPROVAL &&
			!is_public(domain))
			out->at[out->count++] = domain;
	}
	sort_once(out);
	return ERR_OK;
}
