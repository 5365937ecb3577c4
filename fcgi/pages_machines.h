/*
 * pages_machines.h: pages of machines and of how they join (spec/pages.md 7, 9,
 * and the list of the own portal).
 */
#ifndef FCGI_PAGES_MACHINES_H
#define FCGI_PAGES_MACHINES_H

#include "fcgi/request.h"

/* Lists: page_machines.c. */
enum err page_admin_bare(struct request *r); /* without its slash */
enum err page_machines(struct request *r);
enum err do_machines_bulk(struct request *r); /* page_machines_bulk.c */
enum err file_machines(struct request *r);    /* file_machines.c */
enum err page_me(struct request *r);

/* One machine: page_machine.c, and its forms: page_machine_do.c. */
enum err page_machine(struct request *r);
enum err do_machine_name(struct request *r);
enum err do_machine_tags(struct request *r);
enum err do_machine_routes(struct request *r);
enum err do_machine_expiry(struct request *r);
enum err do_machine_approval(struct request *r);
enum err page_machine_delete(struct request *r);
enum err do_machine_delete(struct request *r);
/* page_machine_move.c */
enum err do_machine_owner(struct request *r);
enum err do_machine_addresses(struct request *r);
/* page_machine_ask.c */
enum err do_machine_ping(struct request *r);
enum err do_machine_ask(struct request *r);

/* The routes of all: page_routes.c. */
enum err page_routes(struct request *r);
enum err file_routes(struct request *r);
enum err do_routes(struct request *r);

/* Adding one: page_machine_new.c. */
enum err page_machine_new(struct request *r);
enum err do_machine_new(struct request *r);

/* Those that ask: page_registrations.c, and page_register.c, whose page is in
 * page.h. */
enum err page_registrations(struct request *r);
enum err file_registrations(struct request *r);
enum err do_registrations(struct request *r);
enum err do_register(struct request *r);

/* Logins by SSH: page_check.c for who is asked, page_checks.c for admins. */
enum err page_ssh_check(struct request *r);
enum err do_ssh_check(struct request *r);
enum err page_checks(struct request *r);
enum err file_checks(struct request *r);
enum err do_check(struct request *r);
enum err do_check_revoke(struct request *r);
/* "12 hours", "this login alone" */
const char *check_period_words(struct request *r, int64_t seconds);

/* For anybody: page_connect.c, file_profiles.c. */
enum err page_connect(struct request *r);
enum err page_connect_system(struct request *r);
enum err page_apple(struct request *r);
enum err page_windows(struct request *r);
enum err file_apple(struct request *r);
enum err file_windows(struct request *r);

#endif
