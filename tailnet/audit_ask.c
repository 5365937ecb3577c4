#include "tailnet/audit_ask.h"

#include "db/audit_chain.h"

/* "1,234" */
static const char *
grouped(struct arena *mem, int64_t n)
{
	return n < 1000 ? arena_printf(mem, "%lld", (long long)n)
			: arena_printf(mem, "%s,%03lld", grouped(mem, n / 1000),
				  (long long)(n % 1000));
}

enum err
audit_ask(struct db *db, const struct settings *in_force,
	const struct settings *wanted, int64_t now, struct arena *mem,
	struct setting_asked *out)
{
	const char *rows;
	int64_t count = 0;
	enum err e = ERR_OK;

	if (wanted->keep_audit < in_force->keep_audit)
		e = db_audit_older(db, now - wanted->keep_audit, &count);
	if (e || !count)
		return e;
	rows = arena_printf(
		mem, "%s %s", grouped(mem, count), count == 1 ? "row" : "rows");
	out->question = arena_printf(mem, "Delete %s of the audit log?", rows);
	out->effect = arena_printf(mem,
		"%s of the audit log would be deleted within the day.", rows);
	out->seen = arena_printf(mem, "audit %lld %lld",
		(long long)in_force->keep_audit, (long long)wanted->keep_audit);
	return ERR_OK;
}
