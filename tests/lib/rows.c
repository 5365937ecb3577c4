#include "tests/lib/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/node.h"
#include "db/user.h"

enum {
	ENDPOINTS = 4,
	ENDPOINT_SIZE = 40,
};

static struct key
private_of(size_t n, uint8_t kind)
{
	struct key k;

	memset(&k, kind, sizeof(k));
	memcpy(k.bytes + 8, &n, sizeof(n));
	return k;
}

static struct key
public_of(size_t n, uint8_t kind)
{
	struct key private = private_of(n, kind), public;

	if (key_public(&private, &public))
		abort();
	return public;
}

/* About what a Linux laptop of 1.102 sends: 1.1 kB, half of it its network. */
static void
fill_hostinfo(struct arena *mem, struct tailcfg_hostinfo *h, size_t n)
{
	struct tailcfg_net_info *net = arena_alloc(mem, sizeof(*net));
	static const char *wol[] = { "02:42:ac:11:00:02" };

	h->os = "linux";
	h->os_version = "6.1.0-28-amd64";
	h->ipn_version = "1.102.3-t1234567890-g0123456789";
	h->backend_log_id = "0123456789abcdef0123456789abcdef"
			    "0123456789abcdef0123456789abcdef";
	h->distro = "debian";
	h->distro_version = "12.8";
	h->distro_code_name = "bookworm";
	h->desktop = OPT_TRUE;
	h->hostname = arena_printf(mem, "laptop-%zu", n);
	h->machine = "x86_64";
	h->go_arch = "amd64";
	h->go_arch_var = "v1";
	h->go_version = "go1.26.1";
	h->wol_macs = (struct json_texts){ wol, 1 };
	h->userspace = OPT_FALSE;
	h->userspace_router = OPT_FALSE;
	h->net_info = net;
	net->mapping_varies = OPT_FALSE;
	net->working_ipv6 = OPT_FALSE;
	net->os_has_ipv6 = net->working_udp = OPT_TRUE;
	net->preferred_derp = 900;
	net->firewall_mode = "nft-default";
}

const char *
rows_hostinfo(struct arena *mem, size_t n)
{
	struct tailcfg_hostinfo h = { 0 };

	fill_hostinfo(mem, &h, n);
	return json_print(mem, &tailcfg_hostinfo_table, &h);
}

static enum err
add_row(struct db *db, struct arena *mem, int64_t user, size_t n, int64_t now)
{
	struct node row = { .machine_key = public_of(n, 1),
		.node_key = public_of(n, 2),
		.user_id = user,
		.tags = "[]",
		.name = arena_printf(mem, "laptop-%zu", n),
		.hostname = arena_printf(mem, "laptop-%zu", n),
		.ipv4 = arena_printf(
			mem, "100.64.%zu.%zu", n / 250, n % 250 + 1),
		.ipv6 = arena_printf(mem, "fd7a:115c:a1e0::%zx", n),
		.hostinfo = rows_hostinfo(mem, n),
		.routes = "[]",
		.approved_routes = "[]",
		.requested_tags = "[]",
		.capver = TAILCFG_CAPVER_NEWEST,
		.register_method = "authkey",
		.created_at = now };
	int64_t id;

	return db_node_add(db, &row, &id);
}

enum err
rows_fill(struct db *db, size_t count, int64_t now)
{
	struct user u = { .name = "rows",
		.display_name = "",
		.email = "",
		.picture_url = "",
		.created_at = now };
	struct arena *mem = arena_new();
	int64_t user = 0;
	enum err e = db_begin(db);

	if (!e)
		e = db_user_add(db, &u, &user);
	for (size_t n = 1; !e && n <= count; n++) {
		e = add_row(db, mem, user, n, now);
		arena_reset(mem);
	}
	arena_free(mem);
	return db_end(db, e);
}

/* ---- clients ---- */

/* Lives as long as the process. */
static struct arena *
kept(void)
{
	static struct arena *mem;

	if (!mem)
		mem = arena_new();
	return mem;
}

struct fake_client *
rows_stranger(const struct fake_target *target, size_t n)
{
	struct arena *mem = kept();
	struct fake_client *c =
		fake_new(target, arena_printf(mem, "laptop-%zu", n));
	char **at = arena_array(mem, ENDPOINTS, sizeof(char *));

	c->blind = true;
	fill_hostinfo(mem, &c->hostinfo, n);
	for (size_t i = 0; i < ENDPOINTS; i++) {
		at[i] = arena_alloc(mem, ENDPOINT_SIZE);
		snprintf(at[i], ENDPOINT_SIZE, "10.%zu.%zu.%zu:41641", i,
			n / 250, n % 250 + 1);
	}
	c->endpoints = (struct json_texts){ (const char **)at, ENDPOINTS };
	return c;
}

struct fake_client *
rows_client(const struct fake_target *target, size_t n)
{
	struct fake_client *c = rows_stranger(target, n);

	c->machine = private_of(n, 1);
	c->node = private_of(n, 2);
	c->node_public = public_of(n, 2);
	return c;
}

void
rows_roam(struct fake_client *c)
{
	static unsigned count;

	count++;
	snprintf((char *)(uintptr_t)c->endpoints.at[0], ENDPOINT_SIZE,
		"172.16.%u.%u:%u", count / 250 % 250, count % 250 + 1,
		1024 + count % 60000);
}

enum err
rows_online(struct fake_client *c, int64_t ms)
{
	enum err e = fake_connect(c, ms);

	if (!e)
		e = fake_map_open(c);
	if (!e)
		e = fake_until(c, fake_has_map, NULL, ms);
	return e ? e : fake_lite(c, ms, NULL);
}
