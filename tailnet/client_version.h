/*
 * client_version.h: versions of clients as people and clients write them:
 * "1.102.3", with or without more behind a dash ("1.102.3-t0123").
 */
#ifndef TAILNET_CLIENT_VERSION_H
#define TAILNET_CLIENT_VERSION_H

#include <stdbool.h>

/* Three numbers of at most four digits, and nothing else. */
bool client_version_is_valid(const char *text);
/* Whether it is surely older; false for what is no version. */
bool client_version_is_older(const char *version, const char *newest);

#endif
