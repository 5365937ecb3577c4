#include "tests/load/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "tailnet/policy_store.h"
#include "tailnet/user.h"

enum {
	GROUPS = 3,
	REACHED = 7, /* classes by each of the first rules */
	TEXT_MAX = 1024 * 1024,
};

static const char *const people[GROUPS] = { "dev", "ops", "desk" };

static const char *const names[RULES_CLASSES] = { "group:dev", "group:ops",
	"group:desk", "tag:web", "tag:db", "tag:cache", "tag:ci", "tag:backup",
	"tag:mail", "tag:metrics", "tag:print", "tag:nas", "tag:router" };

static const char *const ports[] = { "22", "80", "443", "5432", "3306", "6379",
	"8080", "25", "9090", "9100", "631", "445", "53" };

static void
must(const char *what, enum err e, const char *why)
{
	if (!e)
		return;
	(void)fprintf(
		stderr, "rules: %s: %s\n", what, why ? why : err_words(e));
	exit(1);
}

/* ---- the text ---- */

static void
put_groups(struct buf *b)
{
	buf_puts(b, "{\"groups\":{");
	for (size_t i = 0; i < GROUPS; i++)
		buf_putf(b, "%s\"group:%s\":[\"%s@example.com\"]", i ? "," : "",
			people[i], people[i]);
	buf_puts(b, "},\n\"tagOwners\":{");
	for (size_t i = GROUPS; i < RULES_CLASSES; i++)
		buf_putf(b, "%s\"%s\":[\"group:ops\"]", i > GROUPS ? "," : "",
			names[i]);
	buf_puts(b, "},\n\"acls\":[\n");
}

static void
put_source(struct buf *b, size_t a)
{
	buf_putf(b, "{\"action\":\"accept\",\"src\":[\"%s\"],\"dst\":[",
		names[a]);
}

static void
put_target(struct buf *b, size_t class, const char *port, bool first)
{
	buf_putf(b, "%s\"%s:%s\"", first ? "" : ",",
		names[class % RULES_CLASSES], port);
}

static void
put_circle(struct buf *b, size_t i)
{
	put_source(b, i);
	for (size_t k = 0; k < REACHED; k++)
		put_target(b, i + k, ports[(i + k) % RULES_CLASSES], k == 0);
	buf_puts(b, "]},\n");
}

/* One that opens another port to three classes. */
static void
put_other(struct buf *b, size_t i)
{
	char port[8];

	(void)snprintf(port, sizeof(port), "%zu", 7000 + i);
	put_source(b, i * 5 % RULES_CLASSES);
	for (size_t k = 0; k < 3; k++)
		put_target(b, i * 3 + k * 4, port, k == 0);
	buf_puts(b, "]},\n");
}

static void
put_last(struct buf *b, unsigned at)
{
	char port[8];

	(void)snprintf(port, sizeof(port), "%u", at);
	put_source(b, 1);
	for (size_t k = 0; k < RULES_CLASSES; k++)
		put_target(b, k, port, k == 0);
	buf_puts(b, "]}");
}

static const char *
text_of(const struct rules *r, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem, TEXT_MAX);
	put_groups(&b);
	for (size_t i = 0; i < RULES_CLASSES; i++)
		put_circle(&b, i);
	for (size_t i = RULES_CLASSES; i < RULES_COUNT - 1; i++)
		put_other(&b, i);
	put_last(&b, r->port);
	if (r->targets) {
		buf_puts(&b, ",\n");
		put_source(&b, 0);
		buf_putf(&b, "%s]}", r->targets);
	}
	buf_putf(&b, "\n]}%s", r->blank ? r->blank : "");
	buf_put(&b, "", 1);
	must("text", buf_error(&b), NULL);
	return (const char *)b.bytes;
}

void
rules_set(struct site *s, const struct rules *r)
{
	struct arena *mem = arena_new();
	const char *why = NULL;

	must("policy",
		tailnet_policy_set(
			s->db, text_of(r, mem), "test", clock_now(), mem, &why),
		why);
	arena_free(mem);
	site_ring(s);
}

/* ---- who comes ---- */

void
rules_keys(struct site *s, const char *keys[RULES_CLASSES])
{
	for (size_t i = 0; i < RULES_CLASSES; i++) {
		struct preauth_key like = { .reusable = true };
		char email[64];

		if (i < GROUPS) {
			(void)snprintf(email, sizeof(email), "%s@example.com",
				people[i]);
			must("user",
				tailnet_user_add(s->db,
					&(struct user){ .name = people[i],
						.email = email },
					"test", clock_now(), &like.user_id),
				NULL);
		} else {
			like.tags = arena_printf(s->mem, "[\"%s\"]", names[i]);
		}
		keys[i] = site_key(s, &like);
	}
}
