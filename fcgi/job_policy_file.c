/*
 * job_policy_file.c: takes the policy from the file of the setting policy_path,
 * whenever that has changed.
 */
#include "fcgi/jobs.h"
#include "tailnet/policy_file.h"

enum err
job_policy_file(struct request *r, const struct job *j, struct job_end *end)
{
	enum err e = tailnet_policy_file(r->db, r->now, r->mem, &end->failed);

	(void)j;
	if (e == ERR_NOT_FOUND)
		return ERR_OK; /* until a file is named again */
	end->next = POLICY_FILE_SECONDS;
	end->again = POLICY_FILE_AGAIN;
	return e;
}
