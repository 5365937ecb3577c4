/*
 * noise_vectors.h: the computed handshakes and records of
 * tests/vectors/noise.json, for both sides.
 */
#ifndef TESTS_LIB_NOISE_VECTORS_H
#define TESTS_LIB_NOISE_VECTORS_H

#include "base/json.h"

/* clang-format off */
struct vector_record {
	const char *direction, *plaintext, *frame_hash;
	int64_t counter, frame_len;
};
#define THIS struct vector_record
static const struct json_field vector_record_fields[] = {
	JSON_FIELD(THIS, direction, "direction", KEEP_EMPTY),
	JSON_FIELD(THIS, plaintext, "plaintext", KEEP_EMPTY),
	JSON_FIELD(THIS, frame_hash, "frame_blake2s256", KEEP_EMPTY),
	JSON_FIELD(THIS, counter, "counter", KEEP_EMPTY),
	JSON_FIELD(THIS, frame_len, "frame_len", KEEP_EMPTY),
};
static const struct json_table vector_record =
	JSON_TABLE(THIS, vector_record_fields);
#undef THIS

struct vector {
	int64_t version;
	const char *initiation, *response, *k1, *k2, *hash;
	struct json_objects records;
};
#define THIS struct vector
static const struct json_field vector_fields[] = {
	JSON_FIELD(THIS, version, "version", KEEP_EMPTY),
	JSON_FIELD(THIS, initiation, "initiation_frame", KEEP_EMPTY),
	JSON_FIELD(THIS, response, "response_frame", KEEP_EMPTY),
	JSON_FIELD(THIS, k1, "k1_client_to_server", KEEP_EMPTY),
	JSON_FIELD(THIS, k2, "k2_server_to_client", KEEP_EMPTY),
	JSON_FIELD(THIS, hash, "handshake_hash", KEEP_EMPTY),
	JSON_STRUCT(THIS, records, "records", KEEP_EMPTY, vector_record),
};
static const struct json_table vector_table = JSON_TABLE(THIS, vector_fields);
#undef THIS

struct vector_keys {
	const char *server, *server_public, *machine, *machine_public, *client,
		*ephemeral;
};
#define THIS struct vector_keys
static const struct json_field vector_keys_fields[] = {
	JSON_FIELD(THIS, server, "control_static_private", KEEP_EMPTY),
	JSON_FIELD(THIS, server_public, "control_static_public", KEEP_EMPTY),
	JSON_FIELD(THIS, machine, "machine_static_private", KEEP_EMPTY),
	JSON_FIELD(THIS, machine_public, "machine_static_public", KEEP_EMPTY),
	JSON_FIELD(THIS, client, "client_ephemeral_private", KEEP_EMPTY),
	JSON_FIELD(THIS, ephemeral, "control_ephemeral_private", KEEP_EMPTY),
};
static const struct json_table vector_keys =
	JSON_TABLE(THIS, vector_keys_fields);
#undef THIS

struct vectors {
	struct vector_keys keys;
	struct json_objects cases;
};
#define THIS struct vectors
static const struct json_field vectors_fields[] = {
	JSON_INSIDE_STRUCT(THIS, keys, "keys", vector_keys),
	JSON_STRUCT(THIS, cases, "cases", KEEP_EMPTY, vector_table),
};
static const struct json_table vectors_table = JSON_TABLE(THIS, vectors_fields);
#undef THIS
/* clang-format on */

#endif
