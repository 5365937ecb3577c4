/*
 * derp.h: the frames of DERP, the relay protocol between nodes that find no
 * direct way to each other.
 *
 * A frame is a type, a length of 32 bits and that many bytes.  This file cuts a
 * stream into frames and says which of them a client may send; what is done
 * with them is the relay's matter (worker/relay/derp.h).
 */
#ifndef PROTO_DERP_H
#define PROTO_DERP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

enum derp_type {
	DERP_NONE = 0x00, /* never sent */
	DERP_SERVER_KEY = 0x01,
	DERP_CLIENT_INFO = 0x02,
	DERP_SERVER_INFO = 0x03,
	DERP_SEND_PACKET = 0x04,
	DERP_RECV_PACKET = 0x05,
	DERP_KEEP_ALIVE = 0x06,
	DERP_NOTE_PREFERRED = 0x07,
	DERP_PEER_GONE = 0x08,
	DERP_PEER_PRESENT = 0x09,
	DERP_FORWARD_PACKET = 0x0a,
	DERP_WATCH_CONNS = 0x10,
	DERP_CLOSE_PEER = 0x11,
	DERP_PING = 0x12,
	DERP_PONG = 0x13,
	DERP_HEALTH = 0x14,
	DERP_RESTARTING = 0x15,
};

enum derp_gone {
	DERP_GONE_DISCONNECTED = 0,
	DERP_GONE_NOT_HERE = 1,
};

enum {
	DERP_VERSION = 2,
	DERP_HEAD_LEN = 5,
	DERP_KEY_LEN = 32,
	DERP_PING_LEN = 8,
	DERP_PEER_GONE_LEN = DERP_KEY_LEN + 1,

	DERP_PACKET_MAX = 64 * 1024, /* what one node sends to another */
	DERP_PING_MAX = 1000,
	DERP_INFO_MIN = DERP_KEY_LEN + 24,
	/* Clients send 104 bytes.  The reference server takes 256 KiB, which
	 * is more than a stranger should make us keep. */
	DERP_INFO_MAX = 16 * 1024,
	DERP_SKIP_MAX = 1024 * 1024, /* of a type that is not ours to read */
	/* The longest frame that is kept rather than skipped, with its head. */
	DERP_FRAME_MAX = DERP_HEAD_LEN + DERP_KEY_LEN + DERP_PACKET_MAX,

	DERP_SERVER_KEY_LEN = 8 + DERP_KEY_LEN,
	DERP_SERVER_INFO_MAX = 128,
};

struct derp_frame {
	enum derp_type type;
	struct bytes body;
};

/* The place in a client's stream. */
struct derp_reader {
	uint32_t skip; /* bytes of an unknown frame that are still to come */
	bool welcomed; /* the relay has taken its ClientInfo */
};

/*
 * Takes the next frame off `in`; its body lies in the bytes handed over.  With
 * too few bytes for a frame, f->type is DERP_NONE and `in` holds what must be
 * handed over again, in front of the next bytes: less than DERP_FRAME_MAX.
 * Frames that mean nothing to a relay are skipped and never returned.
 *
 * ERR_TOO_BIG, ERR_BAD_INPUT (a length that the type cannot have, a frame
 * before ClientInfo or a second one), ERR_DENIED (what only relays of the same
 * mesh may send): the stream cannot go on.
 */
enum err derp_next(
	struct derp_reader *r, struct bytes *in, struct derp_frame *f);

void derp_head_put(uint8_t out[DERP_HEAD_LEN], enum derp_type type, size_t len);

/* A disco message: it opens with the magic, a key and a nonce.  Clients that
 * look for a direct way need them most, so they have a queue of their own. */
bool derp_is_disco(const uint8_t *packet, size_t len);

void derp_server_key_put(uint8_t out[DERP_HEAD_LEN + DERP_SERVER_KEY_LEN],
	const uint8_t key[DERP_KEY_LEN]);

struct derp_client_info {
	uint8_t key[DERP_KEY_LEN]; /* proven: the box opened */
	int64_t version;
	bool can_ack_pings;
	bool prober;
	bool mesh; /* it named a mesh key */
};

/* Of a CLIENT_INFO frame.  ERR_CRYPTO: the client does not hold the key that it
 * names; ERR_BAD_INPUT: what is sealed is not the JSON expected. */
enum err derp_client_info_read(struct bytes body,
	const uint8_t server_private[DERP_KEY_LEN], struct arena *mem,
	struct derp_client_info *info);
/* The whole frame, as a client makes it; for tests and probes.  `json` has at
 * most DERP_INFO_MAX bytes. */
enum err derp_client_info_put(const uint8_t server_public[DERP_KEY_LEN],
	const uint8_t client_private[DERP_KEY_LEN], const char *json,
	struct arena *mem, struct bytes *frame);

/* The whole frame, sealed for the client; returns its length, 0 if `client`
 * is no usable key. */
size_t derp_server_info_put(uint8_t out[DERP_SERVER_INFO_MAX],
	const uint8_t client[DERP_KEY_LEN],
	const uint8_t server_private[DERP_KEY_LEN]);

#endif
