#include "fcgi/job.h"

#include <string.h>

#include "base/text.h"
#include "fcgi/jobs.h"
#include "fcgi/reply.h"
#include "tailnet/audit_check.h"
#include "tailnet/health_checks.h"
#include "tailnet/oidc_sign_in.h"
#include "tailnet/policy_file.h"
#include "tailnet/relays.h"

static const struct job_kind all_kinds[] = {
	{ STALE_JOB, job_stale },
	{ POLICY_FILE_JOB, job_policy_file },
	{ NOTICE_JOB, job_notice },
	{ NOTICE_EXPIRY_JOB, job_notice_expiry },
	{ RELAY_JOB_SOURCE, job_derp_source },
	{ RELAY_JOB_TEST, job_relay_test },
	{ AUDIT_JOB, job_audit_check },
	{ HEALTH_JOB, job_health },
	{ OIDC_JOB_REFRESH, job_oidc_refresh },
	{ NULL, NULL },
};

int64_t
job_again(int64_t tries)
{
	int64_t seconds = JOB_AGAIN_FIRST;

	while (tries-- > 0 && seconds < JOB_AGAIN_MOST)
		seconds *= 2;
	return seconds < JOB_AGAIN_MOST ? seconds : JOB_AGAIN_MOST;
}

/* ERR_NOT_FOUND: there is no such job, or it is not due. */
static enum err
begin(struct request *r, int64_t id, struct job *j, int64_t *again)
{
	enum err e = db_begin(r->db);

	if (!e)
		e = db_job_by_id(r->db, id, r->mem, j);
	if (!e)
		*again = r->now + job_again(j->tries);
	if (!e)
		e = db_job_begin(r->db, id, r->now, *again);
	return db_end(r->db, e);
}

static enum err
run(struct request *r, const struct job *j, const struct job_kind *kinds,
	struct job_end *end)
{
	for (; kinds->name; kinds++)
		if (strcmp(kinds->name, j->kind) == 0)
			return kinds->run(r, j, end);
	end->failed = "this program does not know such jobs";
	return ERR_OK;
}

static enum err
finish(struct request *r, const struct job *j, const struct job_end *end,
	int64_t again)
{
	int64_t next = end->next ? r->now + end->next : 0;
	enum err e = db_begin(r->db);

	if (!e && end->failed)
		e = db_job_failed(r->db, j->id, end->failed);
	if (!e && end->failed && end->again)
		e = db_job_put_off(r->db, j->id, again, r->now + end->again);
	else if (!e && !end->failed)
		e = db_job_done(r->db, j->id, again, next);
	return db_end(r->db, e);
}

enum err
job_do(struct request *r, const struct job_kind *kinds)
{
	struct job_end end = { .failed = NULL };
	int64_t id = 0, again = 0;
	struct job j;
	enum err e;

	if (text_int(r->parts[0], &id))
		return ERR_NOT_FOUND;
	e = begin(r, id, &j, &again);
	if (e)
		return e;
	e = run(r, &j, kinds, &end);
	db_rollback(r->db);
	if (e)
		end.failed = err_words(e);
	e = finish(r, &j, &end, again);
	if (e)
		return e;
	if (end.failed)
		r->why = arena_printf(r->mem, "%s: %s", j.kind, end.failed);
	return reply_text(r, 200, end.failed ? end.failed : "done");
}

enum err
do_job(struct request *r)
{
	return job_do(r, all_kinds);
}
