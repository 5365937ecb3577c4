/*
 * pages_people.h: pages of people, keys, settings, the audit log, and what each
 * has for themselves (spec/pages.md 8, 10, 13, 14).
 */
#ifndef FCGI_PAGES_PEOPLE_H
#define FCGI_PAGES_PEOPLE_H

#include "fcgi/request.h"

/* What everybody has: where they are signed in, password, look. */
enum err page_sessions(struct request *r);
enum err do_session_revoke(struct request *r);
enum err do_sessions_revoke_others(struct request *r);
enum err page_security(struct request *r);
enum err do_password(struct request *r);
enum err do_theme(struct request *r);
/* The own second factor: page_totp.c; and what the page of security says of
 * it. */
enum err page_totp(struct request *r);
enum err do_totp(struct request *r);
enum err do_totp_codes(struct request *r);
enum err do_totp_delete(struct request *r);
enum err totp_section(struct request *r);

/* Users: page_users.c, page_user.c and its forms: page_user_do.c,
 * page_user_delete.c. */
enum err page_users(struct request *r);
enum err file_users(struct request *r);
enum err page_user_new(struct request *r);
enum err do_user_new(struct request *r);
enum err page_user(struct request *r);
enum err do_user_profile(struct request *r);
enum err do_user_role(struct request *r);
enum err do_user_status(struct request *r);
enum err do_user_invite(struct request *r);
enum err do_user_sessions_revoke(struct request *r);
enum err do_user_factor_delete(struct request *r);
enum err page_user_delete(struct request *r);
enum err do_user_delete(struct request *r);

/* The audit log: page_audit.c, and one row: page_audit_row.c. */
enum err page_audit(struct request *r);
enum err page_audit_row(struct request *r);
enum err do_audit_verify(struct request *r); /* audit_proof.c */
enum err file_audit(struct request *r);

/* Settings: page_settings.c; the sections: settings_sections.h. */
enum err page_settings(struct request *r);
enum err page_settings_section(struct request *r);
enum err do_settings_section(struct request *r);
/* Of the section "metrics": page_metrics.c. */
enum err page_metrics(struct request *r);
enum err do_metrics(struct request *r);
/* Of the section "backup": page_backup.c. */
#define BACKUP_HERE "/admin/settings/backup"
struct form;
enum err backup_again(struct request *r, struct form *refused);
enum err page_backup(struct request *r);
enum err do_backup(struct request *r);
enum err page_backup_file(struct request *r);

/* Auth keys, all and the own ones (key_where.h): page_keys.c,
 * page_key_new.c, page_key_revoke.c. */
enum err page_keys(struct request *r);
enum err file_keys(struct request *r);
enum err page_key_new(struct request *r);
enum err do_key_new(struct request *r);
enum err page_key_revoke(struct request *r);
enum err do_key_revoke(struct request *r);

/* Settings, section Sign-in: page_sign_in.c, and its providers:
 * page_provider.c. */
enum err sign_in_above(struct request *r);
enum err sign_in_ask(struct request *r, struct form *f, bool *asked);
enum err page_provider_new(struct request *r);
enum err do_provider_new(struct request *r);
enum err page_provider(struct request *r);
enum err do_provider(struct request *r);
enum err page_provider_delete(struct request *r);
enum err do_provider_delete(struct request *r);

#endif
