#include "cli/ended.h"

#include <signal.h>
#include <stddef.h>

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

enum {
	SIGNALS = sizeof(signals) / sizeof(signals[0]),
};

static struct sigaction before[SIGNALS];
static volatile sig_atomic_t came;

static void
on_signal(int number)
{
	(void)number;
	came = 1;
}

void
ended_watch(void)
{
	const struct sigaction act = { .sa_handler = on_signal,
		.sa_flags = SA_RESTART };

	came = 0;
	for (size_t i = 0; i < SIGNALS; i++) {
		(void)sigaction(signals[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			(void)sigaction(signals[i], &act, NULL);
	}
}

bool
ended(void *unused)
{
	(void)unused;
	return came != 0;
}

void
ended_drop(void)
{
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &before[i], NULL);
}
