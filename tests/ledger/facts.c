#include "tests/ledger/facts.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#include "base/own.h"
#include "tests/ledger/complain.h"

static const struct {
	const char *word;
	view_ask *ask;
	bool in_maps;
	enum fact_kind with; /* itself: it goes alone */
} kinds[] = {
#define X(name, word, ask, in_maps, with) \
	[FACT_##name] = { word, ask, in_maps, FACT_##with },
	FACT_TABLE(X)
#undef X
};

struct fact {
	UT_hash_handle hh;
	enum fact_kind kind;
	char *value;  /* NULL: not known yet */
	char *wanted; /* NULL: settled */
	const char *subject;
	char name[]; /* "kind subject": the key of the hash */
};

struct facts {
	struct fact *all;
	pthread_mutex_t lock;
	int fd;
};

struct facts *
facts_new(const char *path)
{
	struct facts *f = own_alloc(sizeof(*f));

	f->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (f->fd < 0)
		give_up(path);
	pthread_mutex_init(&f->lock, NULL);
	return f;
}

void
facts_free(struct facts *f)
{
	struct fact *one, *next;

	HASH_ITER(hh, f->all, one, next)
	{
		HASH_DEL(f->all, one);
		own_free(&one->value);
		own_free(&one->wanted);
		free(one);
	}
	close(f->fd);
	free(f);
}

static struct fact *
fact_of(struct facts *f, enum fact_kind kind, const char *subject)
{
	size_t before = strlen(kinds[kind].word) + 1;
	char name[160];
	struct fact *one;
	int len = snprintf(
		name, sizeof(name), "%s %s", kinds[kind].word, subject);

	HASH_FIND(hh, f->all, name, (unsigned)len, one);
	if (one)
		return one;
	one = own_alloc(sizeof(*one) + (size_t)len + 1);
	memcpy(one->name, name, (size_t)len + 1);
	one->kind = kind;
	one->subject = one->name + before;
	HASH_ADD_KEYPTR(hh, f->all, one->name, (unsigned)len, one);
	return one;
}

static void
settle(struct fact *one, const char *value)
{
	own_text(&one->value, value);
	own_free(&one->wanted);
}

/* What may go takes with it what else is known of it. */
static void
go_with(struct facts *f, enum fact_kind kind, const char *subject, bool certain)
{
	for (enum fact_kind k = 0; k < FACT_KINDS; k++) {
		struct fact *one;

		if (k == kind || kinds[k].with != kind)
			continue;
		one = fact_of(f, k, subject);
		if (certain)
			settle(one, VIEW_GONE);
		else
			own_text(&one->wanted, VIEW_GONE);
	}
}

void
facts_try(struct facts *f, enum fact_kind kind, const char *subject,
	const char *wanted)
{
	struct fact *one;

	pthread_mutex_lock(&f->lock);
	one = fact_of(f, kind, subject);
	own_text(&one->wanted, wanted);
	if (!one->value && kind == FACT_MACHINE)
		own_text(&one->value, VIEW_GONE);
	if (strcmp(wanted, VIEW_GONE) == 0)
		go_with(f, kind, subject, false);
	pthread_mutex_unlock(&f->lock);
}

static void
write_line(struct facts *f, const struct fact *one)
{
	char line[512];
	int len =
		snprintf(line, sizeof(line), "%s %s\n", one->name, one->value);

	if (write(f->fd, line, (size_t)len) != len || fdatasync(f->fd))
		give_up("the ledger's file");
}

void
facts_told(struct facts *f, enum fact_kind kind, const char *subject,
	const char *value)
{
	struct fact *one;

	pthread_mutex_lock(&f->lock);
	one = fact_of(f, kind, subject);
	settle(one, value);
	if (strcmp(value, VIEW_GONE) == 0)
		go_with(f, kind, subject, true);
	write_line(f, one);
	pthread_mutex_unlock(&f->lock);
}

static bool
is(const char *text, const char *actual)
{
	return text && strcmp(text, actual) == 0;
}

static bool
holds(const struct fact *one, const char *actual)
{
	return !one->value || is(one->value, actual) || is(one->wanted, actual);
}

static void
tell_lost(const struct fact *one, const char *actual, const char *who)
{
	complain(LOST, "%s was acknowledged as %s%s%s, but %s says %s",
		one->name, one->value, one->wanted ? ", then asked to be " : "",
		one->wanted ? one->wanted : "", who, actual);
}

/* What a row says that nobody was told yet: seen once, it stays. */
static void
learn(struct facts *f, const struct view *db)
{
	for (size_t i = 0; i < db->count; i++) {
		const char *key = db->rows[i].key;

		if (!fact_of(f, FACT_MACHINE, key)->value)
			complain(STRANGE, "machine %s", key);
		for (enum fact_kind k = 0; k < FACT_KINDS; k++) {
			struct fact *one;

			if (kinds[k].with != FACT_MACHINE)
				continue;
			one = fact_of(f, k, key);
			if (!one->value)
				settle(one, kinds[k].ask(db, key));
		}
	}
}

void
facts_check_db(struct facts *f, const struct view *db)
{
	pthread_mutex_lock(&f->lock);
	for (struct fact *one = f->all; one; one = one->hh.next) {
		const char *actual = kinds[one->kind].ask(db, one->subject);

		if (!holds(one, actual))
			tell_lost(one, actual, "the database");
		settle(one, actual);
	}
	learn(f, db);
	pthread_mutex_unlock(&f->lock);
}

void
facts_check_map(struct facts *f, const struct view *map, const char *who)
{
	pthread_mutex_lock(&f->lock);
	for (struct fact *one = f->all; one; one = one->hh.next) {
		const char *actual;

		if (!kinds[one->kind].in_maps)
			continue;
		actual = kinds[one->kind].ask(map, one->subject);
		if (!holds(one, actual))
			tell_lost(one, actual, who);
	}
	pthread_mutex_unlock(&f->lock);
}

size_t
facts_count(struct facts *f)
{
	return HASH_COUNT(f->all);
}
