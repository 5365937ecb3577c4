/*
 * settings_stale.h: the dry run below the section Stale machines.
 */
#ifndef FCGI_SETTINGS_STALE_H
#define FCGI_SETTINGS_STALE_H

#include "fcgi/request.h"

void settings_stale_show(struct request *r);

#endif
