/*
 * ledger: no acknowledged fact is lost, whatever is killed.
 *
 *	build/tests/ledger/ledger [--kills N] [--cuts N] [--plant WORD]
 *	build/tests/ledger/ledger --plants kills|cuts
 *
 * A whole cairn, clients that join through its nginx, and hands and browsers
 * that rename, delete, extend and set, change DNS, relays and routes, decide
 * on logins by SSH, and sign in and out; each
 * acknowledgement is written to a list.  At random
 * moments a process is killed, or all, or the power is cut (N times in all, one
 * kind after the other); after each, the list is held against the database and
 * the netmaps of clients that stay online.  LEDGER_KILLS is a default for N,
 * LEDGER_SEED repeats the choices of a run.
 *
 * --plant: with a bug of plants.h; --plants: the words of those.  Ends well as
 *soon as there is a complaint of the class that the bug must come out as; badly
 *after N kills without one.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "tests/ledger/checks.h"
#include "tests/ledger/complain.h"
#include "tests/ledger/facts.h"
#include "tests/ledger/hand.h"
#include "tests/ledger/instance.h"
#include "tests/ledger/load.h"
#include "tests/ledger/plants.h"
#include "tests/ledger/watchers.h"

enum {
	KILLS = 30,
	BACK_MS = 10 * 1000, /* all that was is there again */
	START_MS = 30 * 1000,
	BEFORE_LEAST_MS = 300, /* load before a kill, and behind it */
	BEFORE_MOST_MS = 1500,
	AFTER_MOST_MS = 300,
	RATE_LEAST = 50,      /* changes a second */
	FORM_HITS_ONE_IN = 6, /* kills, at least, of … */
	FORM_HITS_OF = 20,    /* that many; of six, chance may spare all */
};

struct run {
	struct instance *instance;
	struct facts *facts;
	struct load *load;
	struct watchers *watchers;
	const struct plant *plant; /* NULL: none */
	bool cuts;
	int64_t wanted;
	uint64_t seed;
	unsigned random;
	unsigned kills, hits, form_hits;
	int64_t worst_back_ms, worst_whole_ms;
};

static int64_t
between(struct run *r, int64_t least, int64_t most)
{
	return least + rand_r(&r->random) % (most - least);
}

static void
sleep_ms(int64_t ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000,
			  .tv_nsec = ms % 1000 * 1000000 },
		NULL);
}

/* The planted bug is: there is nothing more to wait for. */
static bool
is_caught(const struct run *r)
{
	return r->plant && complaints_of(r->plant->catches) > 0;
}

static bool
is_over(const struct run *r)
{
	return r->kills >= r->wanted || is_caught(r);
}

/* Facts and rules against the database, the database against the netmaps. */
static void
look(struct run *r, int64_t until_ms)
{
	struct arena *mem = arena_new();
	struct db *db = NULL;
	struct view view;
	enum err e = db_open_any(r->instance->home, false, &db);

	if (!e)
		e = db_read_begin(db);
	if (!e)
		e = view_of_db(db, mem, &view);
	if (!e) {
		facts_check_db(r->facts, &view);
		checks_run(db);
	}
	db_close(db);
	if (e)
		complain(DAMAGED, "the database cannot be read: %s",
			err_words(e));
	else if (!is_caught(r))
		watchers_wait(r->watchers, &view, until_ms);
	if (!e)
		load_refill(r->load, &view);
	arena_free(mem);
}

static enum victim
choose(struct run *r)
{
	if (r->cuts)
		return VICTIM_CUT;
	return (enum victim)((r->kills + r->seed) % VICTIM_CUT);
}

static void
strike(struct run *r, enum victim v)
{
	unsigned choice = (unsigned)rand_r(&r->random);

	if (v >= VICTIM_ALL)
		load_stop_hands(r->load);
	if (!instance_kill(r->instance, v, choice))
		complain(NOT_BACK, "%s was not running", victim_words(v));
	if (v == VICTIM_CUT)
		instance_lose(r->instance);
	if (v >= VICTIM_ALL) {
		load_let_hands(r->load);
		instance_start(r->instance);
	}
}

static void
tell(struct run *r, enum victim v, struct load_open open, int64_t since_ms)
{
	int64_t back = watchers_back_ms(r->watchers) - since_ms;
	int64_t whole = clock_now_ms() - since_ms;

	back = back > 0 ? back : 0;
	r->worst_back_ms = back > r->worst_back_ms ? back : r->worst_back_ms;
	r->worst_whole_ms =
		whole > r->worst_whole_ms ? whole : r->worst_whole_ms;
	printf("    %u. %s: %u open, %u of them forms, online again after "
	       "%lld ms, all seen after %lld ms\n",
		r->kills, victim_words(v), open.requests, open.forms,
		(long long)back, (long long)whole);
	(void)fflush(stdout);
}

static void
kill_once(struct run *r)
{
	enum victim v = choose(r);
	struct load_open open;
	int64_t since;

	load_open(r->load);
	sleep_ms(between(r, BEFORE_LEAST_MS, BEFORE_MOST_MS));
	since = clock_now_ms();
	open = load_wound(r->load);
	strike(r, v);
	r->kills++;
	r->hits += open.requests > 0;
	r->form_hits += open.forms > 0;
	sleep_ms(between(r, 1, AFTER_MOST_MS));
	if (!load_close(r->load, since + BACK_MS))
		complain(NOT_BACK, "a request is open 10 s after the kill");
	if (!is_caught(r))
		look(r, since + BACK_MS);
	tell(r, v, open, since);
}

static void
sum_up(struct run *r)
{
	struct load_counts c = load_counts(r->load);
	uint64_t all = c.joined + c.renamed + c.deleted + c.extended + c.set +
		       c.signed_in + c.routes + c.dns + c.relays + c.checks;
	uint64_t rate = all * 1000 / (uint64_t)(c.open_ms ? c.open_ms : 1);

	printf("    %llu joins, each with its key; %llu renames, %llu "
	       "deletions, %llu expiries, %llu settings, %llu sign-ins: "
	       "%llu a second\n",
		(unsigned long long)c.joined, (unsigned long long)c.renamed,
		(unsigned long long)c.deleted, (unsigned long long)c.extended,
		(unsigned long long)c.set, (unsigned long long)c.signed_in,
		(unsigned long long)rate);
	printf("    %llu changes of routes, %llu of DNS, %llu of relays, %llu of "
	       "SSH checks\n",
		(unsigned long long)c.routes, (unsigned long long)c.dns,
		(unsigned long long)c.relays, (unsigned long long)c.checks);
	printf("    %llu of the changes by the pages' forms; %u kills hit an "
	       "open one\n",
		(unsigned long long)c.by_form, r->form_hits);
	printf("    %zu facts; %llu requests lost their answer; %u of %u kills "
	       "hit an open request; online again within %lld ms, all seen "
	       "within %lld ms\n",
		facts_count(r->facts), (unsigned long long)c.lost, r->hits,
		r->kills, (long long)r->worst_back_ms,
		(long long)r->worst_whole_ms);
	if (r->plant)
		return;
	if (r->hits * 3 < r->kills)
		complain(UNFIT, "under a third of the kills hit a request");
	if (r->kills >= FORM_HITS_OF &&
		r->form_hits * FORM_HITS_ONE_IN < r->kills)
		complain(UNFIT, "under one in %d kills hit a form",
			FORM_HITS_ONE_IN);
	if (rate < RATE_LEAST)
		complain(UNFIT, "under %d changes a second", RATE_LEAST);
}

static void
go(struct run *r)
{
	r->instance = instance_new(r->plant, r->cuts);
	r->facts = facts_new(r->instance->ledger);
	r->watchers = watchers_new(r->instance, r->facts, r->seed);
	instance_start(r->instance);
	r->load = load_new(r->instance, r->facts, r->seed);
	if (!watchers_online(r->watchers, clock_now_ms() + START_MS))
		complain(NOT_BACK, "not all clients are online within %d s",
			START_MS / 1000);
	instance_grow(r->instance);
	while (!is_over(r))
		kill_once(r);
	sum_up(r);
	load_free(r->load);
	watchers_free(r->watchers);
	facts_free(r->facts);
	instance_free(r->instance);
}

static int
verdict(const struct run *r)
{
	const char *what = r->cuts ? "power cuts" : "kills";

	bool good = r->plant ? is_caught(r) : !complaints();

	if (r->plant)
		printf("%s a planted bug is caught: %s, %u %s\n",
			good ? "ok" : "FAIL", r->plant->word, r->kills, what);
	else
		printf("%s %u %s lose nothing\n", good ? "ok" : "FAIL",
			r->kills, what);
	return good ? 0 : 1;
}

static int
usage(void)
{
	(void)fprintf(stderr,
		"usage: ledger [--kills N | --cuts N] [--plant WORD]\n"
		"       ledger --plants kills|cuts\n");
	return 2;
}

static int64_t
number_in(const char *name, int64_t otherwise)
{
	const char *text = getenv(name);
	int64_t n;

	return text && text_int(text, &n) == ERR_OK ? n : otherwise;
}

static bool
read_options(struct run *r, int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--plant") == 0) {
			r->plant = plant_find(argv[i + 1]);
			if (!r->plant)
				return false;
			continue;
		}
		r->cuts = strcmp(argv[i], "--cuts") == 0;
		if ((!r->cuts && strcmp(argv[i], "--kills") != 0) ||
			text_int(argv[i + 1], &r->wanted) || r->wanted < 1)
			return false;
	}
	return argc % 2 == 1;
}

int
main(int argc, char **argv)
{
	struct run r = { .wanted = number_in("LEDGER_KILLS", KILLS),
		.seed = (uint64_t)number_in(
			"LEDGER_SEED", clock_now() % 1000000) };

	if (argc == 3 && strcmp(argv[1], "--hand") == 0)
		return hand_main(argv[2]);
	if (argc == 3 && strcmp(argv[1], "--plants") == 0) {
		plants_print(strcmp(argv[2], "cuts") == 0);
		return 0;
	}
	if (!read_options(&r, argc, argv))
		return usage();
	(void)signal(SIGPIPE, SIG_IGN);
	r.random = (unsigned)r.seed;
	printf("    LEDGER_SEED=%llu\n", (unsigned long long)r.seed);
	(void)fflush(stdout);
	go(&r);
	return verdict(&r);
}
