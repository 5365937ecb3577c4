/*
 * checks.h: what must be true of the database whatever happened to it: whole,
 * nothing given twice, nothing half done.
 */
#ifndef TESTS_LEDGER_CHECKS_H
#define TESTS_LEDGER_CHECKS_H

#include "tests/ledger/view.h"

/* Complains of each check that fails. */
void checks_run(struct db *db);

#endif
