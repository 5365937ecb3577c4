/*
 * job_audit_check.c: walks over the audit log.  Its newest row and that row's
 * hash go into the log of the program once a day: a second place, which who
 * writes the database cannot write.
 */
#include <inttypes.h>

#include "base/log.h"
#include "base/text.h"
#include "fcgi/jobs.h"
#include "tailnet/audit_check.h"

static const char *
hash_words(struct request *r, const struct audit_mark *m)
{
	char *text = arena_alloc(r->mem, 2 * AUDIT_HASH_SIZE + 1);

	text_hex(text, m->hash, AUDIT_HASH_SIZE);
	return text;
}

static void
tell(struct request *r, const struct audit_mark *m)
{
	if (m->broken)
		log_event(LOG_ERROR, "audit log was changed past cairn", "row",
			log_int(m->broken), "intact to", log_int(m->id));
	else if (m->whole_at == r->now)
		log_event(LOG_INFO, "audit log is intact", "row",
			log_int(m->id), "hash", hash_words(r, m));
}

/* A log that was changed is a result, not a failure of the job. */
enum err
job_audit_check(struct request *r, const struct job *j, struct job_end *end)
{
	struct audit_mark mark;
	bool again = false;
	enum err e = tailnet_audit_check(
		r->db, r->now, AUDIT_CHECK_ROWS, &again, &mark);

	(void)j;
	if (e)
		return e;
	if (!again)
		tell(r, &mark);
	end->next = again ? 1 : AUDIT_CHECK_SECONDS;
	return ERR_OK;
}
