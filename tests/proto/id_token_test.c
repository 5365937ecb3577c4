/*
 * Tokens of providers: which signatures are taken, which claims, and the keys
 * that providers show.
 */
#include "proto/id_token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/claims.h"
#include "proto/jwt.h"
#include "tests/lib/signer.h"

#define NOW    INT64_C(1793600000)
#define ISSUER "https://login.example.org"
#define CLIENT "cairn"
#define NONCE  "n-0S6_WzA2Mj"
#define CLAIMS(more)                                              \
	"{\"iss\":\"" ISSUER "\",\"sub\":\"7\",\"aud\":\"" CLIENT \
	"\",\"nonce\":\"" NONCE                                   \
	"\",\"exp\":1793600300,\"iat\":1793600000" more "}"

static int
setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static const char *
read_keys(struct arena *mem, const char *jwks)
{
	const char *keys = NULL;

	assert_int_equal(jwt_keys_read((struct bytes){ (const void *)jwks,
					       strlen(jwks) },
				 mem, &keys),
		ERR_OK);
	return keys;
}

static void
each_algorithm_with_a_key_pair_is_taken(void **state)
{
	static const char *const all[] = { "RS256", "RS384", "RS512", "PS256",
		"PS384", "PS512", "ES256", "ES384", "ES512" };
	struct arena *mem = *state;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct signer *s = signer_new(all[i], "one");
		const char *payload = NULL;

		assert_int_equal(
			jwt_verify(signer_sign(s, CLAIMS(""), mem),
				read_keys(mem, signer_jwks(s, NULL, mem)), mem,
				&payload),
			JWT_GOOD);
		assert_string_equal(payload, CLAIMS(""));
		signer_free(s);
	}
}

static void
no_algorithm_that_others_can_sign_by_is_taken(void **state)
{
	static const char *const heads[] = { "{\"alg\":\"none\"}",
		"{\"alg\":\"None\"}", "{\"alg\":\"HS256\"}",
		"{\"alg\":\"HS256\",\"kid\":\"one\"}", "{\"alg\":\"hs256\"}",
		"{\"alg\":\"RS256 \"}", "{\"kid\":\"one\"}", "{}",
		"{\"alg\":\"RS256\",\"crit\":[\"b64\"],\"b64\":false}" };
	struct arena *mem = *state;
	struct signer *s = signer_new("RS256", "one");
	const char *jwks = signer_jwks(s, NULL, mem);
	const char *secrets[] = { "the client's secret", jwks,
		signer_jwk(s, mem), "x" };
	const char *payload = NULL;

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		for (size_t k = 0; k < 4; k++)
			assert_int_equal(
				jwt_verify(signer_forge(heads[i], CLAIMS(""),
						   secrets[k], mem),
					read_keys(mem, jwks), mem, &payload),
				JWT_ALGORITHM);
	assert_null(payload);
	signer_free(s);
}

static void
what_is_no_token_is_refused(void **state)
{
	struct arena *mem = *state;
	struct signer *s = signer_new("ES256", "one");
	const char *keys = read_keys(mem, signer_jwks(s, NULL, mem));
	const char *good = signer_sign(s, CLAIMS(""), mem), *payload;
	const char *bad[] = { "", ".", "..", "a.b", "a.b.c.d", "a.b.",
		signer_forge("{\"alg\":\"none\"}", CLAIMS(""), "", mem),
		signer_forge("no JSON", "{}", "x", mem),
		arena_printf(mem, "%s.x", good), arena_printf(mem, "%s=", good),
		arena_printf(mem, " %s", good) };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(
			jwt_verify(bad[i], keys, mem, &payload), JWT_MALFORMED);
	signer_free(s);
}

static void
a_token_as_long_as_may_be_is_read_and_a_longer_one_is_not(void **state)
{
	struct arena *mem = *state;
	struct signer *s = signer_new("ES256", "one");
	const char *keys = read_keys(mem, signer_jwks(s, NULL, mem));
	const char *token, *payload;
	char *pad = arena_alloc(mem, JWT_MAX);
	size_t room = JWT_MAX, n = 0;

	memset(pad, ' ', JWT_MAX);
	do {
		token = signer_sign(s,
			arena_printf(mem, "{%.*s}",
				(int)(room * 3 / 4 - 150 + n), pad),
			mem);
		n++;
	} while (strlen(token) < JWT_MAX);
	assert_true(strlen(token) <= JWT_MAX + 2);
	if (strlen(token) == JWT_MAX)
		assert_int_equal(
			jwt_verify(token, keys, mem, &payload), JWT_GOOD);
	token = signer_sign(s,
		arena_printf(mem, "{%.*s}", (int)(room * 3 / 4 - 140 + n), pad),
		mem);
	assert_true(strlen(token) > JWT_MAX);
	assert_int_equal(jwt_verify(token, keys, mem, &payload), JWT_MALFORMED);
	signer_free(s);
}

static void
a_changed_token_is_refused(void **state)
{
	struct arena *mem = *state;
	struct signer *s = signer_new("RS256", "one");
	const char *keys = read_keys(mem, signer_jwks(s, NULL, mem));
	const char *good = signer_sign(s, CLAIMS(""), mem);
	const char *other = signer_sign(s, CLAIMS(",\"x\":1"), mem);
	const char *payload;
	/* The head and signature of one, the payload of the other. */
	const char *mixed =
		arena_printf(mem, "%.*s.%.*s.%s", (int)strcspn(good, "."), good,
			(int)strcspn(strchr(other, '.') + 1, "."),
			strchr(other, '.') + 1, strrchr(good, '.') + 1);

	assert_int_equal(jwt_verify(good, keys, mem, &payload), JWT_GOOD);
	assert_int_equal(jwt_verify(mixed, keys, mem, &payload), JWT_SIGNATURE);
	signer_free(s);
}

static void
a_key_is_found_by_its_name_and_fits_its_algorithm(void **state)
{
	struct arena *mem = *state;
	struct signer *one = signer_new("RS256", "one"),
		      *two = signer_new("RS256", "two"),
		      *curve = signer_new("ES256", "one"),
		      *other = signer_new("ES384", "one"),
		      *nameless = signer_new("RS256", "");
	const char *both = read_keys(mem, signer_jwks(one, two, mem));
	const char *only = read_keys(mem, signer_jwks(one, NULL, mem));
	const char *payload;

#define VERIFY(s, keys) \
	jwt_verify(signer_sign((s), CLAIMS(""), mem), (keys), mem, &payload)
	assert_int_equal(VERIFY(two, both), JWT_GOOD);
	assert_int_equal(VERIFY(two, only), JWT_NO_KEY);
	assert_int_equal(VERIFY(curve, only), JWT_NO_KEY);
	assert_int_equal(
		VERIFY(curve, read_keys(mem, signer_jwks(other, NULL, mem))),
		JWT_NO_KEY);
	assert_int_equal(VERIFY(nameless, only), JWT_SIGNATURE);
	assert_int_equal(
		VERIFY(nameless,
			read_keys(mem, signer_jwks(one, nameless, mem))),
		JWT_GOOD);
	assert_int_equal(VERIFY(one, ""), JWT_NO_KEY);
#undef VERIFY
	signer_free(one);
	signer_free(two);
	signer_free(curve);
	signer_free(other);
	signer_free(nameless);
}

static void
a_key_for_something_else_or_too_short_is_not_used(void **state)
{
	struct arena *mem = *state;
	struct signer *s = signer_new("RS256", "one"),
		      *brief = signer_new_bits("RS256", "one", 2048 - 64);
	const char *jwk = signer_jwk(s, mem), *keys, *payload;
	const char *token = signer_sign(s, CLAIMS(""), mem);
	const char *for_secrets =
		arena_printf(mem, "{\"keys\":[{\"use\":\"enc\",%s]}", jwk + 1);
	const char *for_other = arena_printf(
		mem, "{\"keys\":[{\"alg\":\"PS256\",%s]}", jwk + 1);

	assert_int_equal(
		jwt_keys_read((struct bytes){ (const void *)for_secrets,
				      strlen(for_secrets) },
			mem, &keys),
		ERR_BAD_INPUT);
	assert_int_equal(
		jwt_verify(token, read_keys(mem, for_other), mem, &payload),
		JWT_NO_KEY);
	assert_int_equal(jwt_verify(signer_sign(brief, CLAIMS(""), mem),
				 read_keys(mem, signer_jwks(brief, NULL, mem)),
				 mem, &payload),
		JWT_SIGNATURE);
	signer_free(s);
	signer_free(brief);
}

static void
no_more_keys_are_kept_than_may_be(void **state)
{
	struct arena *mem = *state;
	struct signer *s = signer_new("ES256", "one");
	const char *jwk = signer_jwk(s, mem);
	const char *all = arena_printf(mem, "{\"keys\":[%s", jwk);

	for (size_t i = 1; i < JWT_KEYS_MAX + 1; i++)
		all = arena_printf(mem, "%s,%s", all, jwk);
	all = arena_printf(mem, "%s]}", all);
	assert_int_equal(
		jwt_keys_count(mem, read_keys(mem, all)), JWT_KEYS_MAX);
	signer_free(s);
}

/* ---- claims ---- */

struct claim_case {
	const char *payload;
	enum id_token_fault fault;
	const char *word; /* of what is said */
};

#define BUT(iss, sub, aud, nonce, exp, iat, more)                           \
	"{\"iss\":" iss ",\"sub\":" sub ",\"aud\":" aud ",\"nonce\":" nonce \
	",\"exp\":" exp ",\"iat\":" iat more "}"
#define I "\"" ISSUER "\""
#define S "\"7\""
#define A "\"" CLIENT "\""
#define N "\"" NONCE "\""

static const struct claim_case claim_cases[] = {
	{ BUT(I, S, A, N, "1793600300", "1793600000", ""), ID_TOKEN_GOOD, "" },
	{ BUT(I, S, "[" A "]", N, "1793600300", "1793600000", ""),
		ID_TOKEN_GOOD, "" },
	{ BUT(I, S, "[" A ",\"other\"]", N, "1793600300", "1793600000",
		  ",\"azp\":" A),
		ID_TOKEN_GOOD, "" },
	/* One past each limit, and at it. */
	{ BUT(I, S, A, N, "1793599941", "1793599000", ""), ID_TOKEN_GOOD, "" },
	{ BUT(I, S, A, N, "1793599940", "1793599000", ""), ID_TOKEN_EXPIRED,
		"exp" },
	{ BUT(I, S, A, N, "1793600300", "1793600060", ""), ID_TOKEN_GOOD, "" },
	{ BUT(I, S, A, N, "1793600300", "1793600061", ""), ID_TOKEN_REFUSED,
		"iat" },
	{ BUT(I, S, A, N, "1793600300", "1793600000",
		  ",\"auth_time\":1793600061"),
		ID_TOKEN_REFUSED, "auth_time" },
	/* Of somebody else. */
	{ BUT("\"https://evil.example.org\"", S, A, N, "1793600300",
		  "1793600000", ""),
		ID_TOKEN_REFUSED, "iss" },
	{ BUT("\"" ISSUER "/\"", S, A, N, "1793600300", "1793600000", ""),
		ID_TOKEN_REFUSED, "iss" },
	{ BUT(I, S, "\"other\"", N, "1793600300", "1793600000", ""),
		ID_TOKEN_REFUSED, "aud" },
	{ BUT(I, S, "[]", N, "1793600300", "1793600000", ""), ID_TOKEN_REFUSED,
		"aud" },
	{ BUT(I, S, "[" A ",\"other\"]", N, "1793600300", "1793600000", ""),
		ID_TOKEN_REFUSED, "azp" },
	{ BUT(I, S, A, N, "1793600300", "1793600000", ",\"azp\":\"other\""),
		ID_TOKEN_REFUSED, "azp" },
	{ BUT(I, S, A, N, "1793600300", "1793600000", ",\"azp\":7"),
		ID_TOKEN_REFUSED, "azp" },
	{ BUT(I, S, A, "\"another\"", "1793600300", "1793600000", ""),
		ID_TOKEN_REFUSED, "nonce" },
	{ BUT(I, S, A, "null", "1793600300", "1793600000", ""),
		ID_TOKEN_REFUSED, "nonce" },
	{ BUT(I, "\"\"", A, N, "1793600300", "1793600000", ""),
		ID_TOKEN_REFUSED, "sub" },
	{ BUT(I, "7", A, N, "1793600300", "1793600000", ""), ID_TOKEN_REFUSED,
		"sub" },
	/* Without a time, or no claims at all. */
	{ BUT(I, S, A, N, "\"1793600300\"", "1793600000", ""), ID_TOKEN_REFUSED,
		"exp" },
	{ BUT(I, S, A, N, "1793600300", "null", ""), ID_TOKEN_REFUSED, "iat" },
	{ BUT(I, S, A, N, "1793600300", "1793600000", ",\"iss\":\"x\""),
		ID_TOKEN_REFUSED, "claims" },
	{ "[]", ID_TOKEN_REFUSED, "claims" },
	{ "", ID_TOKEN_REFUSED, "claims" },
	{ "\"text\"", ID_TOKEN_REFUSED, "claims" },
};

static void
a_token_is_ours_of_now_and_of_this_sign_in(void **state)
{
	const struct id_token_ask ask = { .issuer = ISSUER,
		.client_id = CLIENT,
		.nonce = NONCE,
		.now = NOW };
	struct arena *mem = *state;

	for (size_t i = 0; i < sizeof(claim_cases) / sizeof(*claim_cases);
		i++) {
		const struct claim_case *c = &claim_cases[i];
		struct id_token t;
		const char *why = NULL;
		enum id_token_fault got =
			id_token_take(c->payload, &ask, mem, &t, &why);

		if (got != c->fault || (why && !strstr(why, c->word)) ||
			!why != !*c->word)
			fail_msg("%s: %d, %s", c->payload, got, why);
	}
}

static void
a_sub_as_long_as_may_be_is_taken_and_a_longer_one_is_not(void **state)
{
	const struct id_token_ask ask = { .issuer = ISSUER,
		.client_id = CLIENT,
		.nonce = NONCE,
		.now = NOW };
	struct arena *mem = *state;

	for (int len = ID_TOKEN_SUB; len <= ID_TOKEN_SUB + 1; len++) {
		const char *payload = arena_printf(mem,
			"{\"iss\":" I ",\"aud\":" A ",\"nonce\":" N
			",\"exp\":1793600300,\"iat\":1793600000,"
			"\"sub\":\"%0*d\"}",
			len, 7);
		struct id_token t;
		const char *why;

		assert_int_equal(id_token_take(payload, &ask, mem, &t, &why),
			len <= ID_TOKEN_SUB ? ID_TOKEN_GOOD : ID_TOKEN_REFUSED);
	}
}

static void
who_must_sign_in_again_has_done_so_since(void **state)
{
	static const struct {
		const char *more;
		enum id_token_fault fault;
	} cases[] = {
		{ "", ID_TOKEN_REFUSED },
		{ ",\"auth_time\":1793599939", ID_TOKEN_REFUSED },
		{ ",\"auth_time\":1793599940", ID_TOKEN_GOOD },
		{ ",\"auth_time\":1793600000", ID_TOKEN_GOOD },
	};
	const struct id_token_ask ask = { .issuer = ISSUER,
		.client_id = CLIENT,
		.nonce = NONCE,
		.now = NOW,
		.since = NOW };
	struct arena *mem = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *payload = arena_printf(mem,
			"{\"iss\":" I ",\"sub\":" S ",\"aud\":" A
			",\"nonce\":" N
			",\"exp\":1793600300,\"iat\":1793600000%s}",
			cases[i].more);
		struct id_token t;
		const char *why;

		assert_int_equal(id_token_take(payload, &ask, mem, &t, &why),
			cases[i].fault);
	}
}

static void
a_token_of_a_refresh_is_of_the_same_person(void **state)
{
	struct id_token_ask ask = {
		.issuer = ISSUER, .client_id = CLIENT, .sub = "7", .now = NOW
	};
	struct arena *mem = *state;
	struct id_token t;
	const char *why;

	assert_int_equal(
		id_token_take(CLAIMS(""), &ask, mem, &t, &why), ID_TOKEN_GOOD);
	assert_string_equal(t.sub, "7");
	assert_int_equal(t.until, 1793600300);
	ask.sub = "8";
	assert_int_equal(id_token_take(CLAIMS(""), &ask, mem, &t, &why),
		ID_TOKEN_REFUSED);
}

static void
a_claim_is_found_by_name_or_by_path(void **state)
{
	static const char json[] =
		"{\"groups\":[\"a\",\"b\"],\"one\":\"a\",\"n\":7,\"x\":null,"
		"\"https://example.org/groups\":[\"c\"],"
		"\"realm_access\":{\"roles\":[\"d\"],\"x.y\":[\"e\"]},"
		"\"yes\":true,\"Yes\":\"true\",\"mixed\":[\"a\",7]}";
	static const struct {
		const char *path, *first;
		size_t count;
	} cases[] = {
		{ "groups", "a", 2 },
		{ "one", "a", 1 },
		{ "https://example.org/groups", "c", 1 },
		{ "realm_access.roles", "d", 1 },
		{ "realm_access.x.y", "e", 1 },
		{ "realm_access", NULL, 0 },
		{ "n", NULL, 0 },
		{ "x", NULL, 0 },
		{ "groups.a", NULL, 0 },
		{ "mixed", NULL, 0 },
		{ ".", NULL, 0 },
		{ "", NULL, 0 },
	};
	struct arena *mem = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct json_texts l = claim_texts(mem, json, cases[i].path);

		if (l.count != cases[i].count)
			fail_msg("%s: %zu", cases[i].path, l.count);
		if (l.count)
			assert_string_equal(l.at[0], cases[i].first);
	}
	assert_true(claim_is_true(mem, json, "yes"));
	assert_true(claim_is_true(mem, json, "Yes"));
	assert_false(claim_is_true(mem, json, "one"));
	assert_false(claim_is_true(mem, json, "x"));
}

static void
no_more_groups_are_looked_at_than_may_be(void **state)
{
	struct arena *mem = *state;
	const char *list = "\"a\"";

	for (size_t i = 1; i < CLAIM_TEXTS_MAX + 1; i++)
		list = arena_printf(mem, "%s,\"a\"", list);
	assert_int_equal(
		claim_texts(mem, arena_printf(mem, "{\"g\":[%s]}", list), "g")
			.count,
		CLAIM_TEXTS_MAX);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(each_algorithm_with_a_key_pair_is_taken),
		test(no_algorithm_that_others_can_sign_by_is_taken),
		test(what_is_no_token_is_refused),
		test(a_token_as_long_as_may_be_is_read_and_a_longer_one_is_not),
		test(a_changed_token_is_refused),
		test(a_key_is_found_by_its_name_and_fits_its_algorithm),
		test(a_key_for_something_else_or_too_short_is_not_used),
		test(no_more_keys_are_kept_than_may_be),
		test(a_token_is_ours_of_now_and_of_this_sign_in),
		test(a_sub_as_long_as_may_be_is_taken_and_a_longer_one_is_not),
		test(who_must_sign_in_again_has_done_so_since),
		test(a_token_of_a_refresh_is_of_the_same_person),
		test(a_claim_is_found_by_name_or_by_path),
		test(no_more_groups_are_looked_at_than_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
