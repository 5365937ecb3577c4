/*
 * settings_server.h: what the section Server of the settings has beside its
 * form: what another address means for machines and people, and what holds for
 * this run only.
 */
#ifndef FCGI_SETTINGS_SERVER_H
#define FCGI_SETTINGS_SERVER_H

#include "fcgi/form.h"

enum err settings_server_ask(struct request *r, struct form *f, bool *asked);
void settings_server_show(struct request *r);

#endif
