#include "tailnet/stale_ask.h"

#include <string.h>

#include <sodium.h>

#include "base/text.h"
#include "db/node.h"

enum {
	SEEN_BYTES = 16,
};

const char *
stale_machines_word(size_t count)
{
	return count == 1 ? "machine" : "machines";
}

static enum err
check_name(struct db *db, const char *name, struct arena *mem, const char **why)
{
	struct node n;
	enum err e = db_node_by_name(db, name, mem, &n);

	if (e != ERR_NOT_FOUND)
		return e;
	*why = arena_printf(mem, "No machine is named %s.", name);
	return ERR_BAD_INPUT;
}

enum err
stale_exempt_check(
	struct db *db, const char *names, struct arena *mem, const char **why)
{
	enum err e = ERR_OK;

	while (!e && *names) {
		size_t n = strcspn(names, " ");

		if (n)
			e = check_name(db,
				arena_printf(mem, "%.*s", (int)n, names), mem,
				why);
		names += n + (names[n] == ' ');
	}
	return e;
}

static bool
is_same(const struct stale_rule *a, const struct stale_rule *b)
{
	return a->days == b->days && a->deletes == b->deletes &&
	       strcmp(a->exempt, b->exempt) == 0;
}

static const char *
names_of(const struct stale_machine *rows, size_t count, struct arena *mem)
{
	size_t shown = count < STALE_ASKED_MAX ? count : STALE_ASKED_MAX;
	const char *text = rows[0].name;

	for (size_t i = 1; i < shown; i++)
		text = arena_printf(mem, "%s, %s", text, rows[i].name);
	return shown < count ? arena_printf(mem, "%s and %zu more.", text,
				       count - shown)
			     : arena_printf(mem, "%s.", text);
}

static const char *
rule_words(const struct stale_rule *rule, struct arena *mem)
{
	return arena_printf(mem, "%lld %s %s;", (long long)rule->days,
		rule->deletes ? "delete" : "expire", rule->exempt);
}

/* Both rules and each machine. */
static const char *
seen_of(const struct stale_rule *in_force, const struct stale_rule *wanted,
	const struct stale_machine *rows, size_t count, struct arena *mem)
{
	const char *rules[] = { rule_words(in_force, mem),
		rule_words(wanted, mem) };
	crypto_generichash_state state;
	uint8_t hash[SEEN_BYTES];
	char text[2 * SEEN_BYTES + 1];

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	for (size_t i = 0; i < 2; i++)
		crypto_generichash_update(&state,
			(const unsigned char *)rules[i], strlen(rules[i]));
	for (size_t i = 0; i < count; i++)
		crypto_generichash_update(&state,
			(const unsigned char *)&rows[i].id, sizeof(rows[i].id));
	crypto_generichash_final(&state, hash, sizeof(hash));
	text_hex(text, hash, sizeof(hash));
	return arena_strdup(mem, text);
}

enum err
stale_ask(struct db *db, const struct settings *in_force,
	const struct settings *wanted, int64_t now, struct arena *mem,
	struct setting_asked *out)
{
	const struct stale_rule was = stale_rule_of(in_force);
	const struct stale_rule rule = stale_rule_of(wanted);
	struct stale_machine *rows;
	size_t count = 0;
	enum err e = is_same(&was, &rule)
			     ? ERR_OK
			     : stale_find(db, &rule, now, mem, &rows, &count);

	if (e || !count)
		return e;
	out->question = arena_printf(mem, "%s %zu %s?",
		rule.deletes ? "Delete" : "Expire the keys of", count,
		stale_machines_word(count));
	out->effect = arena_printf(mem, "%zu %s would be %s within the hour.",
		count, stale_machines_word(count),
		rule.deletes ? "deleted" : "expired");
	out->names = names_of(rows, count, mem);
	out->seen = seen_of(&was, &rule, rows, count, mem);
	return ERR_OK;
}
