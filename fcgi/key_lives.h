/*
 * key_lives.h: how long a new key may be good: those of PREAUTH_LIVES
 * (tailnet/keys.h) as forms offer them, the shortest first.
 */
#ifndef FCGI_KEY_LIVES_H
#define FCGI_KEY_LIVES_H

#include "fcgi/form.h"
#include "tailnet/keys.h"

extern const struct choice key_lives[PREAUTH_LIFE_COUNT];

#endif
