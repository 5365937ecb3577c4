/*
 * policy_file.h: the policy as a file, where the setting policy_path names one
 * (headscale's policy.mode "file").
 *
 * A job reads it again and again.  A text that differs from the newest version
 * becomes the next one, as if somebody had saved it; one that cannot be read,
 * or is refused, changes nothing.  Nobody saves or restores anything else
 * meanwhile (ERR_POLICY_FILE of policy_store.h).
 */
#ifndef TAILNET_POLICY_FILE_H
#define TAILNET_POLICY_FILE_H

#include "tailnet/settings.h"

#define POLICY_FILE_JOB "policy-file"

enum {
	POLICY_FILE_SECONDS = 10, /* from one look to the next */
	POLICY_FILE_AGAIN = 60,   /* to the next look at what was refused */
};

/* The whole text.  NULL: *why says what is wrong with the file. */
const char *policy_file_text(
	const char *path, struct arena *mem, const char **why);
/* Looks once.  ERR_NOT_FOUND: the policy is no file.  *why: why it was not
 * taken, or NULL. */
enum err tailnet_policy_file(
	struct db *db, int64_t now, struct arena *mem, const char **why);
/* Why the file was not taken, in words; NULL: it was, or there is none. */
const char *policy_file_trouble(
	struct db *db, const struct settings *s, struct arena *mem);

/* In the transaction that stores the setting. */
enum err policy_file_setting_changed(
	struct db *db, const struct setting_value *v, int64_t now);

#endif
