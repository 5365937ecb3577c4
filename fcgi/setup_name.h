/*
 * setup_name.h: the name that the form of setting up begins with
 * (spec/pages.md 6).
 */
#ifndef FCGI_SETUP_NAME_H
#define FCGI_SETUP_NAME_H

#include "fcgi/request.h"

/* The login of who made the newest setup link, as its row of the audit log says
 * (cli/origin.h); "admin" where that is root alone, or no name for a user. */
const char *setup_name(struct request *r);

#endif
