#include "tests/ledger/complain.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t counts[COMPLAINTS], all;

static const char *const words[] = {
#define X(name) [name] = #name,
	COMPLAINT_TABLE(X)
#undef X
};

void
complain(enum complaint c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	pthread_mutex_lock(&lock);
	counts[c]++;
	if (++all <= COMPLAINTS_SHOWN) {
		printf("    %s: ", words[c]);
		vprintf(fmt, ap);
		printf("\n");
		(void)fflush(stdout);
	}
	pthread_mutex_unlock(&lock);
	va_end(ap);
}

size_t
complaints_of(enum complaint c)
{
	size_t n;

	pthread_mutex_lock(&lock);
	n = counts[c];
	pthread_mutex_unlock(&lock);
	return n;
}

size_t
complaints(void)
{
	size_t n = 0;

	for (enum complaint c = 0; c < COMPLAINTS; c++)
		n += complaints_of(c);
	return n;
}

void
give_up(const char *what)
{
	(void)fprintf(stderr, "ledger: %s: %s\n", what, strerror(errno));
	exit(2);
}
