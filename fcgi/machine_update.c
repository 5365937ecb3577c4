/*
 * machine_update.c: POST /machine/map, as the worker hands it over: the update
 * of a client whose host name, routes or tags differ from what the database
 * has. Streams are the worker's own, and so is everything soft.
 */
#include "fcgi/machine.h"
#include "fcgi/reply.h"
#include "proto/tailcfg.h"
#include "tailnet/node.h"

enum err
machine_node(struct request *r, const char *node_key, struct node *out)
{
	struct node node;
	struct key key;
	enum err e =
		node_key ? key_parse(KEY_NODE, node_key, &key) : ERR_BAD_INPUT;

	if (e) {
		r->why = "the request names no node key";
		return e;
	}
	e = db_node_by_node_key(r->db, &key, r->mem, &node);
	if (!e && !key_equal(&node.machine_key, &r->peer.machine_key))
		e = ERR_NOT_FOUND;
	if (e == ERR_NOT_FOUND)
		r->why = "node not found";
	if (!e)
		*out = node;
	return e;
}

enum err
machine_update(struct request *r)
{
	struct tailcfg_map_request request = { 0 };
	struct settings s;
	struct node node;
	enum err e = tailcfg_map_decode(r->body, r->mem, &request);

	if (e) {
		r->why = "the map request is not the JSON expected";
		return e;
	}
	e = machine_node(r, request.node_key, &node);
	if (!e)
		e = request_settings(r, &s);
	if (!e && request.hostinfo)
		e = tailnet_node_hostinfo(r->db, &s, node.id, request.hostinfo,
			request.hostinfo_raw.text, r->peer.capver, r->now);
	return e ? e : reply_empty(r, 200);
}
