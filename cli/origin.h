/*
 * origin.h: who runs this program, for the audit log: its rows of "cli" say it
 * where those of pages have the address (the column `from`).
 *
 * It is a note for honest people: who may write the folder may write the rows.
 */
#ifndef CLI_ORIGIN_H
#define CLI_ORIGIN_H

#include <sys/types.h>

#include "base/arena.h"
#include "db/audit.h"

/* "ann", "root (sudo by ann)", and "uid 1234" for one without a name.  `sudo`
 * is the environment's SUDO_USER, which counts where such a user is known; NULL
 * and "" are none. */
const char *origin_words(struct arena *mem, uid_t real, const char *sudo);
/* Of this process, for db_set_origin; in that memory. */
const struct audit_origin *origin_of_process(struct arena *mem);

#endif
