/*
 * backup_due.h: how old the newest backup is, and whether another is due: for
 * the doctor, the strip of the pages and the overview.
 *
 * What counts is that one was made with cairn (tailnet/backup.h), wherever the
 * file went; whether it lies there still nobody can know from here.  An
 * instance that never had one is as old as its first key.
 */
#ifndef TAILNET_BACKUP_DUE_H
#define TAILNET_BACKUP_DUE_H

#include "tailnet/settings.h"

struct backup_due {
	int64_t last_at; /* 0: none was made */
	int64_t due_at;  /* 0: the setting backup_days asks for none */
	bool overdue;
};

enum err backup_due(struct db *db, const struct settings *s, int64_t now,
	struct backup_due *out);
/* "3 days", "5 h", "2 min". */
const char *backup_age(struct arena *mem, int64_t seconds);

#endif
