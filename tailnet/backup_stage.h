/*
 * backup_stage.h: the folder within a home in which a backup is put together,
 * HOME/.backup-…, with a copy of the database and, for a while, of the secrets.
 *
 * It is held by a lock that goes with its process.  So one that nobody holds is
 * of a backup that was killed, and goes with the next; several may be made at
 * once.
 */
#ifndef TAILNET_BACKUP_STAGE_H
#define TAILNET_BACKUP_STAGE_H

#include "base/arena.h"
#include "base/err.h"

struct backup_stage {
	const char *path; /* NULL: there is none */
	int held;         /* the descriptor that holds it */
};

/* Those of killed ones go first.  ERR_IO: *why says it in words. */
enum err backup_stage_make(struct backup_stage *s, const char *home,
	struct arena *mem, const char **why);
/* With all that is in it; also of one that was not made. */
void backup_stage_drop(struct backup_stage *s);

#endif
