#include "tests/lib/world.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- dice (splitmix64) ---- */

static uint64_t
roll(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static unsigned
below(uint64_t *state, size_t n)
{
	return (unsigned)(roll(state) % n);
}

static bool
chance(uint64_t *state, unsigned percent)
{
	return below(state, 100) < percent;
}

#define COUNT(list)      (sizeof(list) / sizeof((list)[0]))
#define PICK(dice, list) ((list)[below(dice, COUNT(list))])

/* ---- words that policies are made of ---- */

static const char *const tags[] = { "tag:a", "tag:b", "tag:c", "tag:d" };
static const char *const logins[] = {
	"ann@example.com",
	"bob@example.com",
	"cyd@example.org",
	"dan@example.com",
	"eve@example.org",
};
static const char *const people[] = {
	"ann@example.com",
	"bob@example.com",
	"cyd@example.org",
	"group:x",
	"group:y",
	"user:*@example.com",
	"autogroup:member",
	"autogroup:admin",
	"autogroup:auditor",
};
static const char *const sources[] = {
	"*",
	"ann@example.com",
	"cyd@example.org",
	"group:x",
	"group:empty",
	"tag:a",
	"tag:b",
	"tag:c",
	"autogroup:member",
	"autogroup:tagged",
	"autogroup:owner",
	"user:*@example.org",
	"net",
	"host",
	"100.64.0.1",
	"10.0.0.0/9",
	"fd7a:115c:a1e0::1",
	"ipset:x",
};
static const char *const targets[] = {
	"*",
	"ann@example.com",
	"group:y",
	"tag:a",
	"tag:b",
	"tag:d",
	"autogroup:member",
	"autogroup:tagged",
	"autogroup:internet",
	"net",
	"host",
	"100.64.0.7",
	"10.0.0.0/8",
	"8.8.8.8",
	"ipset:x",
};
static const char *const routes[] = {
	"10.0.0.0/8",
	"10.1.0.0/16",
	"192.168.0.0/24",
	"2001:db8::/32",
	"0.0.0.0/0",
	"::/0",
	"100.64.0.0/28", /* from here on: mixed */
	"fd7a:115c:a1e0::4/126",
};
enum {
	ROUTES = COUNT(routes),
	PLAIN_ROUTES = ROUTES - 2,
};
static const char *const ports[] = { "*", "22", "80,443", "1000-2000" };
static const char *const ips[] = { "*", "22", "tcp:443", "udp:*", "icmp:*" };
static const char *const apps[] = {
	"tailscale.com/cap/drive",
	"tailscale.com/cap/relay",
	"example.com/cap/x",
};
static const char *const attributes[] = {
	"funnel",
	"disable-ipv4",
	"x",
	"randomize-client-port",
};
static const char *const systems[] = { "linux", "macos", "windows" };

/* ---- a policy as text ---- */

static void
put_words(struct buf *b, uint64_t *dice, const char *name,
	const char *const *words, size_t count, size_t most)
{
	size_t n = 1 + below(dice, most);

	buf_putf(b, "\"%s\":[", name);
	for (size_t i = 0; i < n; i++)
		buf_putf(
			b, "%s\"%s\"", i ? "," : "", words[below(dice, count)]);
	buf_puts(b, "]");
}

#define PUT_WORDS(b, dice, name, list, most) \
	put_words(b, dice, name, list, COUNT(list), most)

static void
put_posture(struct buf *b, uint64_t *dice)
{
	if (chance(dice, 25))
		PUT_WORDS(b, dice, "srcPosture",
			((const char *const[]){ "posture:p", "posture:q" }), 2);
	else
		buf_puts(b, "\"srcPosture\":null");
}

static void
put_acl(struct buf *b, uint64_t dice)
{
	bool self = chance(&dice, 20);

	buf_puts(b, "{\"action\":\"accept\",");
	if (self)
		PUT_WORDS(b, &dice, "src", people, 2);
	else
		PUT_WORDS(b, &dice, "src", sources, 3);
	buf_puts(b, ",\"dst\":[");
	if (self)
		buf_puts(b, "\"autogroup:self:*\",");
	for (size_t i = 0, n = 1 + below(&dice, 3); i < n; i++)
		buf_putf(b, "%s\"%s:%s\"", i ? "," : "", PICK(&dice, targets),
			PICK(&dice, ports));
	buf_puts(b, "],");
	if (chance(&dice, 20))
		buf_puts(b, "\"proto\":\"tcp\",");
	put_posture(b, &dice);
	buf_puts(b, "}");
}

static void
put_grant(struct buf *b, uint64_t dice)
{
	bool app = chance(&dice, 35), self = chance(&dice, 15);

	buf_puts(b, "{");
	if (self)
		PUT_WORDS(b, &dice, "src", people, 2);
	else
		PUT_WORDS(b, &dice, "src", sources, 3);
	buf_puts(b, ",\"dst\":[");
	if (self)
		buf_puts(b, "\"autogroup:self\",");
	for (size_t i = 0, n = 1 + below(&dice, 3); i < n; i++) {
		const char *word = PICK(&dice, targets);

		/* Neither with capabilities. */
		if (app && strcmp(word, "autogroup:internet") == 0)
			word = "tag:c";
		buf_putf(b, "%s\"%s\"", i ? "," : "", word);
	}
	buf_puts(b, "],");
	if (!app || chance(&dice, 50)) {
		PUT_WORDS(b, &dice, "ip", ips, 2);
		buf_puts(b, ",");
	}
	if (app)
		buf_putf(b, "\"app\":{\"%s\":[{\"n\":1}]},", PICK(&dice, apps));
	if (chance(&dice, 30)) {
		PUT_WORDS(b, &dice, "via", tags, 2);
		buf_puts(b, ",");
	}
	put_posture(b, &dice);
	buf_puts(b, "}");
}

static void
put_ssh(struct buf *b, uint64_t dice)
{
	bool self = chance(&dice, 40), tagged = !self && chance(&dice, 25);

	buf_puts(b, "{\"action\":\"accept\",");
	if (tagged)
		PUT_WORDS(b, &dice, "src", tags, 2);
	else
		PUT_WORDS(b, &dice, "src", people, 2);
	buf_putf(b, ",\"dst\":[%s\"%s\"],", self ? "\"autogroup:self\"," : "",
		chance(&dice, 20) ? "autogroup:tagged" : PICK(&dice, tags));
	buf_puts(
		b, chance(&dice, 30)
			   ? "\"users\":[\"root\",\"localpart:*@example.com\"],"
			   : "\"users\":[\"autogroup:nonroot\"],");
	put_posture(b, &dice);
	buf_puts(b, "}");
}

static void
put_attr(struct buf *b, uint64_t dice)
{
	buf_puts(b, "{");
	/* All but the last, an ipset. */
	put_words(b, &dice, "target", sources, COUNT(sources) - 1, 1);
	buf_puts(b, ",");
	PUT_WORDS(b, &dice, "attr", attributes, 2);
	buf_puts(b, "}");
}

static const struct {
	const char *name;
	void (*put)(struct buf *b, uint64_t dice);
} sections[WORLD_SECTIONS] = {
	[WORLD_ACLS] = { "acls", put_acl },
	[WORLD_GRANTS] = { "grants", put_grant },
	[WORLD_SSH] = { "ssh", put_ssh },
	[WORLD_ATTRS] = { "nodeAttrs", put_attr },
};

static void
put_section(struct buf *b, const struct world *w, size_t s)
{
	buf_putf(b, "\"%s\":[", sections[s].name);
	for (size_t i = 0; i < w->rule_count[s]; i++) {
		buf_puts(b, i ? ",\n" : "\n");
		sections[s].put(b, w->rules[s][i]);
	}
	buf_puts(b, "],\n");
}

static void
put_top(struct buf *b, uint64_t dice)
{
	buf_puts(b, "\"groups\":{\"group:x\":[\"ann@example.com\","
		    "\"bob@example.com\"],\"group:y\":[\"eve@example.org\"],"
		    "\"group:empty\":[]},\n"
		    "\"hosts\":{\"net\":\"10.1.0.0/24\",\"host\":"
		    "\"100.64.0.4\"},\n"
		    "\"ipsets\":{\"ipset:x\":[\"add 192.168.0.0/16\","
		    "\"add 100.64.0.1-100.64.0.4\","
		    "\"remove 192.168.1.0/24\"]},\n"
		    "\"postures\":{\"posture:p\":[\"node:os == 'linux'\"],"
		    "\"posture:q\":[\"custom:t >= 2\"]},\n");
	if (chance(&dice, 10))
		buf_puts(b, "\"defaultSrcPosture\":[\"posture:p\"],\n");
	buf_puts(b, "\"tagOwners\":{\"tag:a\":[\"group:x\"],\"tag:b\":[],"
		    "\"tag:c\":[\"tag:a\"],\"tag:d\":[]},\n"
		    "\"autoApprovers\":{\"routes\":{\"10.0.0.0/8\":[\"tag:a\","
		    "\"bob@example.com\"]},\"exitNode\":[\"tag:b\"]},\n");
	if (chance(&dice, 10))
		buf_puts(b, "\"disableIPv4\":true,\n");
	buf_putf(b, "\"OneCGNATRoute\":\"%s\"",
		chance(&dice, 50) ? "mac-always" : "");
}

char *
world_policy(const struct world *w, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, "{");
	for (size_t s = w->everything ? WORLD_SSH : 0; s < WORLD_SECTIONS; s++)
		put_section(&b, w, s);
	put_top(&b, w->top);
	buf_put(&b, "}", 2);
	return (char *)b.bytes;
}

/* ---- a tailnet ---- */

static unsigned
some_routes(struct world *w)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < (w->mixed ? ROUTES : PLAIN_ROUTES); i++)
		bits |= (unsigned)chance(&w->state, 30) << i;
	return bits;
}

static void
own(struct world *w, struct world_machine *m)
{
	m->owner = below(&w->state, WORLD_PEOPLE + 3);
	m->owner = m->owner > WORLD_PEOPLE ? WORLD_PEOPLE : m->owner;
	m->tags = m->owner < WORLD_PEOPLE ? 0 : 1 + below(&w->state, 31);
}

static void
join(struct world *w, size_t place)
{
	struct world_machine *m = &w->machines[place];
	unsigned offered = chance(&w->state, 40) ? some_routes(w) : 0;

	*m = (struct world_machine){
		.there = true,
		.online = chance(&w->state, 85),
		.address = (unsigned)place + 20 * below(&w->state, 2),
		.offered = offered,
		.approved = offered & (unsigned)roll(&w->state),
		.os = below(&w->state, COUNT(systems)),
		.custom = below(&w->state, 4),
	};
	own(w, m);
}

static void
fresh_rules(struct world *w)
{
	static const size_t most[WORLD_SECTIONS] = { 5, 5, 3, 3 };

	for (size_t s = 0; s < WORLD_SECTIONS; s++) {
		w->rule_count[s] = below(&w->state, most[s] + 1);
		for (size_t i = 0; i < WORLD_RULES; i++)
			w->rules[s][i] = roll(&w->state);
	}
	w->everything = chance(&w->state, 5);
	w->top = roll(&w->state);
}

void
world_begin(struct world *w, uint64_t seed)
{
	*w = (struct world){ .state = seed };
	w->mixed = chance(&w->state, 20);
	fresh_rules(w);
	for (size_t i = 0; i < WORLD_PEOPLE; i++)
		w->people[i] = (struct world_person){ true, (unsigned)i,
			(enum policy_role)below(&w->state, POLICY_ROLES) };
	for (size_t i = 0; i < WORLD_MACHINES; i++)
		if (chance(&w->state, 60))
			join(w, i);
}

/* ---- changes ---- */

static void
step_join_or_leave(struct world *w, size_t place)
{
	if (w->machines[place].there)
		w->machines[place].there = false;
	else
		join(w, place);
}

static void
step_own(struct world *w, size_t place)
{
	own(w, &w->machines[place]);
}

static void
step_offer(struct world *w, size_t place)
{
	w->machines[place].offered = some_routes(w);
}

static void
step_approve(struct world *w, size_t place)
{
	w->machines[place].approved ^= 1u << below(&w->state, ROUTES);
}

static void
step_online(struct world *w, size_t place)
{
	struct world_machine *m = &w->machines[place];

	switch (below(&w->state, 4)) {
	case 0:
		m->doubtful = !m->doubtful;
		break;
	case 1:
		m->elected ^= 1u << below(&w->state, ROUTES);
		break;
	default:
		m->online = !m->online;
	}
}

static void
step_attribute(struct world *w, size_t place)
{
	w->machines[place].os = below(&w->state, COUNT(systems));
	w->machines[place].custom = below(&w->state, 4);
}

static void
step_address(struct world *w, size_t place)
{
	w->machines[place].address = (unsigned)place + 20 * below(&w->state, 4);
}

static void
step_role(struct world *w, size_t place)
{
	w->people[place].role =
		(enum policy_role)below(&w->state, POLICY_ROLES);
}

static void
step_login(struct world *w, size_t place)
{
	w->people[place].login = chance(&w->state, 50)
					 ? (unsigned)place
					 : (unsigned)COUNT(logins) - 1;
}

static void
step_delete(struct world *w, size_t place)
{
	w->people[place].there = !w->people[place].there;
}

static void
step_rule(struct world *w, size_t place)
{
	size_t s = below(&w->state, WORLD_SECTIONS);

	(void)place;
	if (chance(&w->state, 40))
		w->rule_count[s] = (w->rule_count[s] + 1) % (WORLD_RULES + 1);
	else
		w->rules[s][below(&w->state, WORLD_RULES)] = roll(&w->state);
}

static void
step_policy(struct world *w, size_t place)
{
	(void)place;
	fresh_rules(w);
}

static void
step_settings(struct world *w, size_t place)
{
	(void)place;
	w->settings = below(&w->state, 32);
}

static const struct {
	const char *name;
	unsigned weight;
	enum world_touch touch;
	void (*take)(struct world *w, size_t place);
} steps[] = {
	{ "join or leave", 8, WORLD_MACHINE, step_join_or_leave },
	{ "owner or tags", 6, WORLD_MACHINE, step_own },
	{ "routes offered", 3, WORLD_MACHINE, step_offer },
	{ "route approved", 4, WORLD_MACHINE, step_approve },
	{ "online", 4, WORLD_MACHINE, step_online },
	{ "attributes", 3, WORLD_MACHINE, step_attribute },
	{ "addresses", 2, WORLD_MACHINE, step_address },
	{ "role", 2, WORLD_PERSON, step_role },
	{ "login", 2, WORLD_PERSON, step_login },
	{ "person deleted or back", 2, WORLD_PERSON, step_delete },
	{ "one rule", 4, WORLD_POLICY, step_rule },
	{ "policy", 1, WORLD_POLICY, step_policy },
	{ "settings", 1, WORLD_SETTINGS, step_settings },
};

struct world_step
world_move(struct world *w)
{
	unsigned all = 0, at;
	size_t i = 0;
	struct world_step s;

	for (size_t k = 0; k < COUNT(steps); k++)
		all += steps[k].weight;
	for (at = below(&w->state, all); at >= steps[i].weight; i++)
		at -= steps[i].weight;
	s = (struct world_step){ steps[i].name, steps[i].touch, 0 };
	if (s.touch == WORLD_MACHINE)
		s.place = below(&w->state, WORLD_MACHINES);
	if (s.touch == WORLD_PERSON)
		s.place = below(&w->state, WORLD_PEOPLE);
	steps[i].take(w, s.place);
	return s;
}

/* ---- told to an engine ---- */

static struct json_texts
words_of(struct arena *mem, const char *const *words, size_t count,
	unsigned bits)
{
	struct json_texts t = { arena_array(mem, count, sizeof(*t.at)), 0 };

	for (size_t i = 0; i < count; i++)
		if (bits >> i & 1)
			t.at[t.count++] = words[i];
	return t;
}

static void
apply_machine(const struct world *w, size_t i, struct engine *e)
{
	static const char *const all_tags[] = { "tag:a", "tag:b", "tag:c",
		"tag:d", "tag:unknown" };
	const struct world_machine *m = &w->machines[i];
	struct arena *mem = arena_new();
	struct engine_attribute a[2] = { { "node:os", systems[m->os] },
		{ "custom:t", arena_printf(mem, "%u", m->custom) } };
	struct engine_machine put = {
		.id = world_id(i),
		.user_id = m->owner < WORLD_PEOPLE ? world_id(m->owner) : 0,
		.tags = words_of(mem, all_tags, COUNT(all_tags), m->tags),
		.ipv4 = m->address >= 60
				? NULL
				: arena_printf(mem, "100.64.0.%u", m->address),
		.ipv6 = m->address >= 40 && m->address < 60
				? NULL
				: arena_printf(mem, "fd7a:115c:a1e0::%x",
					  m->address),
		.routes = words_of(mem, routes, ROUTES, m->offered),
		.approved_routes = words_of(mem, routes, ROUTES, m->approved),
		.online = m->online,
		.doubtful = m->doubtful,
		.primary_routes = words_of(mem, routes, ROUTES, m->elected),
		.attributes = a,
		.attribute_count = m->custom ? 2 : 1,
	};

	if (!m->there)
		engine_drop_machine(e, world_id(i));
	else if (engine_put_machine(e, &put))
		abort();
	arena_free(mem);
}

static void
apply_person(const struct world *w, size_t i, struct engine *e)
{
	const struct world_person *p = &w->people[i];

	if (!p->there)
		engine_drop_person(e, world_id(i));
	else if (engine_put_person(
			 e, &(struct engine_person){ .id = world_id(i),
				    .login = logins[p->login],
				    .role = p->role }))
		abort();
}

static void
apply_policy(const struct world *w, struct engine *e)
{
	static const char *domains[] = { "example.com", "example.org" };
	struct json_texts known = { domains, 2 };
	struct arena *mem = arena_new();
	char *text = world_policy(w, mem);
	struct policy_error error = { NULL, { 0, 0 } };
	struct policy *p;

	if (policy_load((struct bytes){ (unsigned char *)text, strlen(text) },
		    &known, mem, &p, &error)) {
		fprintf(stderr, "%s\nin\n%s\n", error.text, text);
		abort();
	}
	engine_set_policy(e, p);
	arena_free(mem);
}

static void
apply_settings(const struct world *w, struct engine *e)
{
	engine_set_settings(e,
		&(struct engine_settings){
			.https = w->settings & 1,
			.auto_updates = w->settings & 2,
			.taildrop_off = w->settings & 4,
			.display_name = w->settings & 8 ? "home \"1\"" : NULL,
			.cap_sources_from = w->settings & 16 ? 3 : 0,
		});
}

void
world_apply(const struct world *w, struct world_step step, struct engine *e)
{
	switch (step.touch) {
	case WORLD_MACHINE:
		apply_machine(w, step.place, e);
		break;
	case WORLD_PERSON:
		apply_person(w, step.place, e);
		break;
	case WORLD_POLICY:
		apply_policy(w, e);
		break;
	case WORLD_SETTINGS:
		apply_settings(w, e);
		break;
	}
}

struct engine *
world_engine(const struct world *w)
{
	struct engine *e = engine_new();

	apply_settings(w, e);
	for (size_t i = 0; i < WORLD_PEOPLE; i++)
		apply_person(w, i, e);
	apply_policy(w, e);
	for (size_t i = 0; i < WORLD_MACHINES; i++)
		apply_machine(w, i, e);
	return e;
}
