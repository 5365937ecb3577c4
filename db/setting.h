/*
 * setting.h: name → value, table `setting`.  What the names mean and what
 * stands where no row is, tailnet/settings.h knows.
 */
#ifndef DB_SETTING_H
#define DB_SETTING_H

#include "db/db.h"

struct setting {
	const char *name, *value;
};

enum err db_setting_get(
	struct db *db, const char *name, struct arena *mem, const char **value);
enum err db_setting_put(
	struct db *db, const char *name, const char *value, int64_t now);
enum err db_setting_delete(struct db *db, const char *name);
enum err db_settings(struct db *db, struct arena *mem,
	struct setting **settings, size_t *count);

#endif
