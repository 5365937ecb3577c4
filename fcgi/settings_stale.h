/*
 * settings_stale.h: what the section Stale machines has beside its form: whom
 * the rule would meet, shown below.
 */
#ifndef FCGI_SETTINGS_STALE_H
#define FCGI_SETTINGS_STALE_H

#include "fcgi/form.h"

/* Names that no machine has protect none. */
enum err settings_stale_check(struct request *r, struct form *f);
void settings_stale_show(struct request *r);

#endif
