#include "worker/relay/client.h"

#include <sodium.h>
#include <string.h>

void
client_owe(struct client *c, unsigned what)
{
	c->owes |= what;
	c->relay->calls->wake(c->conn);
}

void
client_owe_gone(struct client *c, const uint8_t *key, enum derp_gone reason)
{
	struct gone *g;

	if (c->gone_count == GONE_MAX) {
		c->gone_at = (c->gone_at + 1) % GONE_MAX;
		c->gone_count--;
	}
	g = &c->gone[(c->gone_at + c->gone_count++) % GONE_MAX];
	memcpy(g->key, key, DERP_KEY_LEN);
	g->reason = reason;
	c->relay->calls->wake(c->conn);
}

void
client_renew(struct client *c, int64_t now_ms)
{
	c->keep_alive_ms =
		now_ms + KEEP_ALIVE_MIN_MS +
		randombytes_uniform(KEEP_ALIVE_MAX_MS - KEEP_ALIVE_MIN_MS + 1);
}

void
client_set_home(struct client *c, bool home)
{
	c->relay->counts.homes += home - c->home;
	c->home = home;
}
