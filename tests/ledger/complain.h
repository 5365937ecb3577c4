/*
 * complain.h: what the run found wrong; it goes on, and fails at its end.
 *
 * Each complaint begins with its class.
 */
#ifndef TESTS_LEDGER_COMPLAIN_H
#define TESTS_LEDGER_COMPLAIN_H

#include <stddef.h>

enum {
	COMPLAINTS_SHOWN = 20,
};

/* clang-format off */
#define COMPLAINT_TABLE(X)                                                    \
	X(LOST)      /* an acknowledged fact does not hold */                 \
	X(STRANGE)   /* a machine that nobody asked for */                    \
	X(HALF_DONE) /* a request that is neither done nor undone */          \
	X(DAMAGED)   /* the database */                                       \
	X(NOT_BACK)  /* a client after 10 s, or its netmap */                 \
	X(REFUSED)   /* a request that nothing stood in the way of */         \
	X(UNFIT)     /* the run itself proves too little */
/* clang-format on */

enum complaint {
#define X(name) name,
	COMPLAINT_TABLE(X)
#undef X
	COMPLAINTS,
};

void complain(enum complaint c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
size_t complaints_of(enum complaint c);
size_t complaints(void);
/* What is not cairn's doing: the run cannot go on. */
_Noreturn void give_up(const char *what);

#endif
