#include "tailnet/password.h"

#include <sodium.h>
#include <string.h>

enum {
	PASSES = 2,
	MEMORY = 64 * 1024 * 1024,
};

/* Of a random word that nobody knows: checked where there is no hash, so that
 * an unknown name takes as long as a wrong password. */
static const char nobody[] =
	"$argon2id$v=19$m=65536,t=2,p=1$1Cg9sVdph7eQxFmm0lgNnw"
	"$grdoceGS0htKj6fVfa5n8IbP9ulcagVOl1zDnH8nTtY";

enum err
password_hash(struct arena *mem, const char *password, const char **hash)
{
	char text[crypto_pwhash_STRBYTES];
	size_t len = strlen(password);

	if (len < PASSWORD_MIN || len > PASSWORD_MAX)
		return ERR_PASSWORD;
	if (sodium_init() < 0)
		return ERR_CRYPTO;
	if (crypto_pwhash_str(text, password, len, PASSES, MEMORY) != 0)
		return ERR_BUSY;
	*hash = arena_strdup(mem, text);
	return ERR_OK;
}

bool
password_is(const char *hash, const char *password)
{
	size_t len = strlen(password);
	bool may = *hash && len <= PASSWORD_MAX;
	int differs;

	if (sodium_init() < 0)
		return false;
	differs = crypto_pwhash_str_verify(
		may ? hash : nobody, may ? password : "", may ? len : 0);
	return may && differs == 0;
}

bool
password_is_stale(const char *hash)
{
	return crypto_pwhash_str_needs_rehash(hash, PASSES, MEMORY) != 0;
}
