/*
 * digest.h: sha256(text) for SQL: the hash by which texts are known, 32 bytes.
 */
#ifndef DB_DIGEST_H
#define DB_DIGEST_H

struct sqlite3;

int digest_register(struct sqlite3 *handle);

#endif
