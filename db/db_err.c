#include "db/db_inside.h"

/* A write that read-only refuses and a disk that does give the same code. */
static enum err
from_read_only(const struct db *db)
{
	return db->read_only ? ERR_DENIED : ERR_NOT_WRITABLE;
}

enum err
db_from_sqlite(const struct db *db, int rc)
{
	switch (rc) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return ERR_OK;
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
		return ERR_EXISTS;
	case SQLITE_CONSTRAINT_FOREIGNKEY:
	case SQLITE_CONSTRAINT_TRIGGER:
		return ERR_IN_USE;
	case SQLITE_CONSTRAINT_CHECK:
	case SQLITE_CONSTRAINT_NOTNULL:
	case SQLITE_CONSTRAINT_DATATYPE:
		return ERR_BAD_INPUT;
	case SQLITE_TOOBIG:
		return ERR_TOO_BIG;
	case SQLITE_BUSY:
	case SQLITE_BUSY_SNAPSHOT:
	case SQLITE_BUSY_RECOVERY:
		return ERR_BUSY;
	case SQLITE_READONLY:
		return from_read_only(db);
	case SQLITE_READONLY_CANTINIT:
	case SQLITE_READONLY_CANTLOCK:
	case SQLITE_READONLY_DIRECTORY:
	case SQLITE_READONLY_RECOVERY:
	case SQLITE_IOERR_WRITE:
	case SQLITE_IOERR_FSYNC:
	case SQLITE_IOERR_TRUNCATE:
		return ERR_NOT_WRITABLE;
	case SQLITE_FULL:
		return ERR_DISK_FULL;
	default:
		return ERR_DB;
	}
}
