/*
 * load: many simulated clients against a cairn of its own
 * (spec/performance.md 5).
 *
 *	load [--nodes N] [--scenarios S1,S2,S3,S4,S5] [--mode nginx|direct]
 *	     [--policy open|ordinary]
 *	     [--rates 1,5,25] [--roam-seconds 30] [--idle-seconds 60]
 *	     [--seed 1]
 *
 * S1 always comes first: it brings the nodes in.  S4 edits the ordinary policy
 * and is left out where everything is open.  Prints figures, one a line,
 * and claims with ok or FAIL; ends with status 1 if one failed.
 */
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/load/report.h"
#include "tests/load/rules.h"
#include "tests/load/scenario.h"

enum {
	RUN_CAP_SECONDS = 1800,
	NODES_MAX = 9000,
};

static const struct {
	const char *name;
	scenario *run;
} scenarios[] = {
	{ "S1", scenario_join },
	{ "S2", scenario_idle },
	{ "S3", scenario_churn },
	{ "S4", scenario_flip },
	{ "S5", scenario_restart },
};

struct arguments {
	struct load_options o;
	const char *scenarios;
	long seed;
};

static void
on_signal(int number)
{
	(void)number;
	load_interrupted = 1;
}

static void
catch_signals(void)
{
	const struct sigaction stop = { .sa_handler = on_signal };

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGALRM, &stop, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	alarm(RUN_CAP_SECONDS);
}

static int
usage(void)
{
	(void)fprintf(stderr,
		"usage: load [--nodes N] [--scenarios S1,S2,S3,S4,S5]\n"
		"            [--policy open|ordinary]\n"
		"            [--mode nginx|direct] [--rates 1,5,25]\n"
		"            [--roam-seconds N] [--idle-seconds N] [--seed N]\n");
	return 2;
}

static bool
read_arguments(int argc, char **argv, struct arguments *a)
{
	static const struct option options[] = {
		{ "nodes", required_argument, NULL, 'n' },
		{ "scenarios", required_argument, NULL, 's' },
		{ "mode", required_argument, NULL, 'm' },
		{ "policy", required_argument, NULL, 'p' },
		{ "rates", required_argument, NULL, 'r' },
		{ "roam-seconds", required_argument, NULL, 'k' },
		{ "idle-seconds", required_argument, NULL, 'i' },
		{ "seed", required_argument, NULL, 'z' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'n':
			a->o.nodes = strtoul(optarg, NULL, 10);
			break;
		case 's':
			a->scenarios = optarg;
			break;
		case 'm':
			a->o.direct = strcmp(optarg, "direct") == 0;
			if (!a->o.direct && strcmp(optarg, "nginx") != 0)
				return false;
			break;
		case 'p':
			a->o.ordinary = strcmp(optarg, "ordinary") == 0;
			if (!a->o.ordinary && strcmp(optarg, "open") != 0)
				return false;
			break;
		case 'r':
			a->o.rates = optarg;
			break;
		case 'k':
			a->o.roam_seconds = strtol(optarg, NULL, 10);
			break;
		case 'i':
			a->o.idle_seconds = strtol(optarg, NULL, 10);
			break;
		case 'z':
			a->seed = strtol(optarg, NULL, 10);
			break;
		default:
			return false;
		}
	return optind == argc && a->o.nodes >= 2 && a->o.nodes <= NODES_MAX &&
	       a->o.roam_seconds > 0 && a->o.idle_seconds > 0;
}

static void
raise_file_limit(void)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static void
let_in(struct crowd *c, bool ordinary)
{
	static const char *keys[RULES_CLASSES];

	c->auth_keys = keys;
	c->key_count = ordinary ? RULES_CLASSES : 1;
	if (!ordinary) {
		keys[0] = site_key(
			c->site, &(struct preauth_key){ .reusable = true });
		return;
	}
	rules_set(c->site, &(struct rules){ .port = RULES_PORT });
	rules_keys(c->site, keys);
}

static void
run(struct crowd *c, const struct arguments *a)
{
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++)
		if (!load_interrupted && (!i || c->converged == c->count) &&
			(!i || strstr(a->scenarios, scenarios[i].name)))
			scenarios[i].run(c, &a->o);
	report_claim(!load_interrupted, "all", "the run came to its end",
		load_interrupted ? "interrupted, or past %d s" : "of %d s",
		RUN_CAP_SECONDS);
}

int
main(int argc, char **argv)
{
	struct arguments a = { .o = { .nodes = 1000,
				       .rates = "1,5,25",
				       .roam_seconds = 30,
				       .idle_seconds = 60 },
		.scenarios = "S1,S2,S3,S4,S5",
		.seed = 1 };
	struct site *site;
	struct crowd *c;

	if (!read_arguments(argc, argv, &a) || sodium_init() < 0)
		return usage();
	raise_file_limit();
	srand48(a.seed);
	site = site_new(
		SITE_WORKER | SITE_HANDLERS | (a.o.direct ? 0 : SITE_NGINX));
	catch_signals();
	site_set(site, "register_rate", "1000000");
	site_set(site, "register_machine_rate", "1000000");
	c = crowd_new(
		site, a.o.direct ? &site->worker : &site->nginx, a.o.nodes);
	let_in(c, a.o.ordinary);
	printf("load: %zu nodes in full mesh, %s policy, %s, seed %ld\n",
		a.o.nodes, a.o.ordinary ? "ordinary" : "open",
		a.o.direct ? "straight at the worker" : "through nginx",
		a.seed);
	run(c, &a);
	crowd_free(c);
	report_claim(site_free(site), "all", "every program ended well",
		"worker, handlers%s", a.o.direct ? "" : ", nginx");
	return report_good() ? 0 : 1;
}
