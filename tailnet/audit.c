#include "tailnet/audit.h"

#include <inttypes.h>
#include <stdio.h>

enum err
audit(struct db *db, int64_t now, const char *actor, const char *action,
	const char *kind, int64_t id, const char *detail)
{
	char subject[64];

	(void)snprintf(subject, sizeof(subject), "%s:%" PRId64, kind, id);
	return db_audit_add(db, &(struct audit){ .at = now,
					.actor = actor,
					.action = action,
					.subject = subject,
					.detail = detail });
}
