/*
 * inside.h: the engine from within, for the files that make it up.
 *
 * Two states.  Settled: classes, source sets and prefixes fit the machines, and
 * a change of one machine is led through all of them (change.c).  Loose:
 * people, machines and policy were put down as they are, and the next question
 * builds everything anew (settle.c); so it begins, so a policy is replaced, and
 * so it goes in the rare tailnet where a route holds the address of a machine.
 */
#ifndef POLICY_INSIDE_H
#define POLICY_INSIDE_H

#include "policy/bits.h"
#include "policy/plan.h"
#include "policy/ssh_kept.h"
#include "policy/tailnet.h"

/* Parts of prints that members of a class have in common. */
enum memo {
	MEMO_FILTER,
	MEMO_IDS,
	MEMO_RECORDS,
	MEMO_ROUTES,
	MEMO_SSH,
	MEMO_CAPS,
	MEMO_OWN_IDS,
	MEMO_OWN_RECORDS,
	MEMOS,
};

/* What was found for one machine and holds for others. */
struct memos {
	unsigned known; /* bits */
	struct sum at[MEMOS];
};

/* The same for machines of one class and person. */
struct person_memos {
	uint32_t class;
	struct memos memos;
};

/* Machines that the policy cannot tell apart. */
struct class
{
	uint32_t id;
	struct machine **members;
	size_t member_count, member_room;
	const struct face **faces; /* of its members, sorted by text */
	size_t face_count, face_room;
	struct sum addresses, ids, records; /* of its members */

	unsigned char *identity; /* what is told apart, as bytes */
	size_t identity_len;
	struct sum sum; /* of the identity */
	bool person, exit, no_ipv4, has_faces, has_subnets, in_any;
	bool in_any_net, routed;
	bool self_source; /* of some self rule */
	/* By alias: names it; its first, second face lies in the literal; an
	 * approved route overlaps it. */
	uint64_t *named, *on[2], *net;
	uint64_t *postures;          /* by posture: holds */
	const struct range *subnets; /* its approved ones, sorted */
	size_t subnet_count;
	/* By sset: its addresses stand in it; it is a source of it; some entry
	 * that it receives has it; some entry without via does. */
	uint64_t *in, *src, *receives, *plain;
	uint64_t *selfs;   /* by place in plan->selfs: it is a source */
	uint64_t *sees;    /* by class */
	uint32_t *program; /* entries it receives, in order; none of self */
	size_t program_count;
	uint64_t view;
	struct memos memos; /* what its members' prints share: print.c */
	/* Mixed, and asked for: faces that lie in its subnets, by machine. */
	const struct face **held;
	size_t held_count;
	bool held_known;
	unsigned dirty; /* all of its members */
};

/* An approved subnet route. */
struct prefix {
	struct range range;
	char text[RANGE_TEXT_SIZE];
	struct sum sum;
	struct machine **routers; /* by id, online or not */
	bool *elected;            /* each of them */
	bool fresh;               /* they changed since engine_elections */
	size_t router_count;
	/* By sset: rules without via lead from it into the prefix; it holds
	 * addresses of the prefix.  NULL: nobody asked yet. */
	uint64_t *into, *from;
	uint64_t *via; /* by via grant: it leads into the prefix */
	size_t number; /* its place, if the engine is mixed */
};

/* What a machine is told, as numbers: equal parts, equal answers. */
struct prints {
	struct sum filter, peers, routes, ssh, caps;
};

/* Which of 64 machines from `first` on a class sees, as of `moves`. */
struct mask_kept {
	int64_t first;
	uint64_t moves, mask;
	uint32_t class;
};

enum {
	MASKS = 1024,
};

/* All addresses by themselves, then by who joined first. */
struct faces {
	const struct face **at; /* NULL: to be made */
	size_t count;
	size_t asked; /* since a machine came or went */
};

struct engine {
	struct plan *plan;
	bool https, auto_updates, taildrop_off;
	size_t cap_sources_from;
	char *display_name;
	struct person **people; /* by id */
	size_t person_count;
	struct machine **machines; /* by id */
	size_t machine_count, machine_room;
	struct faces faces;

	bool loose;
	bool all_printed; /* all machines are: their classes' memos serve */
	bool mixed;       /* some route holds the address of some machine */
	struct class **classes; /* by id; NULL: free */
	size_t class_count, class_room, idle_count;
	struct class **class_table; /* open, by identity */
	size_t class_table_room;
	struct prefix **prefixes; /* by range */
	size_t prefix_count;
	struct sum routes;     /* of the texts of all prefixes */
	struct via_kept *vias; /* hash table of via.c */
	size_t *named_count;   /* by alias: machines with addresses */
	struct first *firsts;  /* open table of flows; NULL: to be made */
	size_t first_room;
	size_t json_bytes;         /* of all ssets */
	struct ssh_kept *ssh_kept; /* by SSH rule; NULL: none */
	size_t ssh_kept_bytes;
	uint64_t last_view;
	uint64_t moves; /* machines that entered a class or left one */
	struct mask_kept masks[MASKS];

	struct engine_dirty *dirty;
	size_t dirty_count;
};

enum {
	ALL_PARTS =
		PART_FILTER | PART_PEERS | PART_ROUTES | PART_SSH | PART_CAPS,
	CLASSES_IDLE_MAX = 1000,
	FACES_LOOKS = 16,    /* through all machines, before these are sorted */
	SELFS_KEPT_FROM = 4, /* devices of a person */
	SSET_JSON_MAX = 64 * 1024 * 1024, /* bytes of texts kept written */
};

/* ---- machine.c: one machine as put ---- */
enum err machine_new(const struct engine_machine *from, struct machine **out);
void machine_free(struct machine *m);
bool machine_equal(const struct machine *a, const struct machine *b);
bool faces_equal(const struct machine *a, const struct machine *b);
bool offers_equal(const struct machine *a, const struct machine *b);
bool route_is_subnet(const struct route *r);

/* ---- faces.c: whose an address is ---- */
/* A machine comes or goes. */
void faces_forget(struct engine *e);

/* ---- tailnet.c ---- */
size_t machine_place(const struct engine *e, int64_t id);
struct person *person_get(struct engine *e, int64_t id);
void person_link(struct person *p, struct machine *m);
void person_unlink(struct machine *m);
void machines_insert(struct engine *e, struct machine *m);
void machines_remove(struct engine *e, struct machine *m);

/* ---- class.c ---- */
struct class *class_of(struct engine *e, const struct machine *m);
void class_join(struct engine *e, struct class *c, struct machine *m);
void class_leave(struct engine *e, struct machine *m);
void classes_drop_idle(struct engine *e);
void classes_clear(struct engine *e);
bool class_passes(const struct class *c, const struct json_ints *postures);
bool class_is_named(const struct class *c, const struct alias_list *l);
/* Looks for class->held, once. */
void class_find_held(const struct engine *e, const struct machine *m);
bool class_in_sset(
	const struct engine *e, const struct class *c, const struct sset *s);

/* ---- program.c: what a class receives and where it is a source ---- */
void class_fill(struct engine *e, struct class *c);
bool class_targeted(
	const struct engine *e, const struct class *c, const struct entry *x);

/* ---- sset.c ---- */
struct json_texts sset_texts(
	struct engine *e, struct arena *mem, const struct sset *s);
struct sum sset_sum(const struct engine *e, const struct sset *s);
/* As rules of the network have it: with the NAME, if it is capped. */
struct sum sset_net_sum(const struct engine *e, const struct sset *s);
void sset_net_put(struct engine *e, struct sset *s, struct buf *out);
bool sset_wants_cap(const struct engine *e, const struct sset *s);
bool sset_empty(const struct engine *e, const struct sset *s);
void sset_put(struct engine *e, struct sset *s, struct buf *out);
void sset_stale(struct engine *e, struct sset *s);
void ssets_reset(struct engine *e);
/* Recomputes those that are mixed; sets the bits of those that changed. */
void ssets_mixed(struct engine *e, uint64_t *touched);
bool sset_overlaps(struct engine *e, const struct sset *s, struct range r);
/* The same, where it is known which machines have an address in it. */
struct held {
	const struct machine **at;
	size_t count;
};
struct held held_by(const struct engine *e, struct range r, struct arena *mem);
bool sset_overlaps_held(struct engine *e, const struct sset *s, struct range r,
	const struct held *held);

/* ---- prefix.c ---- */
bool prefixes_hold(const struct engine *e, const struct machine *m);
struct prefix *prefix_find(const struct engine *e, struct range r);
void prefixes_join(struct engine *e, struct machine *m);
void prefixes_leave(struct engine *e, struct machine *m);
void prefixes_clear(struct engine *e);
/* The first that is online and was elected; the first that is online, whoever
 * is not doubtful before those that are.  NULL: nobody. */
struct machine *prefix_elected(const struct prefix *p);
struct machine *prefix_best(const struct prefix *p);
/* Who carries it: the elected one, else the best. */
struct machine *prefix_primary(const struct prefix *p);

/* ---- posture.c ---- */
bool posture_holds(
	const struct engine *e, size_t posture, const struct machine *m);

/* ---- self.c: devices of one person, under self rules (10) ---- */
/* Of the devices that are sources of a self rule. */
struct self_sum {
	struct sum sum;
	size_t faces;
};
/* By place in plan->selfs, for a machine that has a person. */
const struct self_sum *self_sums(
	const struct engine *e, const struct machine *m, struct arena *mem);
/* Their addresses, sorted. */
struct json_texts self_texts(const struct engine *e, const struct machine *m,
	size_t self, struct arena *mem);
/* The prefix holds an address of a device that is a source of some self rule;
 * of a mixed engine. */
bool self_held(
	const struct engine *e, struct person *p, const struct prefix *in);
void self_forget(struct person *p);

/* ---- routes.c: who carries a prefix for a viewer (14) ---- */
struct machine *route_server(struct engine *e, const struct class *viewer,
	const struct person *person, struct prefix *p);

/* ---- via.c: whom a via grant names for it ---- */
/* NULL: nobody that is online. */
struct machine *via_carrier(
	const struct engine *e, const struct prefix *p, const struct entry *x);
/* Whoever carries it now goes on; changes no answer. */
void vias_note(struct engine *e, struct prefix *p);
void vias_clear(struct engine *e);

/* ---- peers.c ---- */
bool machines_see(const struct engine *e, const struct machine *a,
	const struct machine *b);
bool self_linked(const struct engine *e, const struct machine *a,
	const struct machine *b);
uint64_t machine_view(struct engine *e, const struct machine *m);

/* ---- filter.c, lines.c, grant.c ---- */
void filter_put(struct engine *e, const struct machine *m, struct buf *out);
struct sum filter_print(struct engine *e, const struct machine *m);
size_t filter_pieces(struct engine *e, const struct machine *m,
	struct arena *mem, struct engine_piece *at);
/* The DstPorts of one entry for one machine; `brief`: its own addresses by
 * their place. */
void lines_put(struct engine *e, const struct machine *m, const struct entry *x,
	bool brief, struct buf *out, bool *first);
bool machine_overlaps(
	const struct machine *m, struct range r, bool subnets_only);
/* Its CapGrant, without brackets. */
void grant_put_dsts(struct engine *e, const struct machine *m,
	const struct entry *x, bool brief, struct buf *out);

/* ---- caps.c ---- */
void caps_put(struct engine *e, const struct machine *m, struct buf *out);
/* Without what its person or system adds. */
void caps_put_class(struct engine *e, const struct class *c, struct buf *out);
bool has_one_cgnat(const struct engine *e, const struct machine *m);
void peer_caps_put(
	const struct engine *e, const struct machine *m, struct buf *out);
bool class_lacks_ipv4(const struct engine *e, const struct class *c);
/* Routes lead through its machines.  Clients that know a source by NAME let it
 * ping whatever lies behind them, so their rules list addresses. */
bool class_carries(const struct class *c);

/* ---- print.c ---- */
struct prints print_machine(struct engine *e, const struct machine *m);
/* Before all machines are printed, and after. */
void print_all_begin(struct engine *e);
void print_all_end(struct engine *e);
unsigned prints_differ(const struct prints *a, const struct prints *b);

/* ---- settle.c ---- */
/* Forgets what was worked out; what machines were told is kept to compare. */
void engine_loosen(struct engine *e);
/* Works everything out if it was forgotten. */
void engine_settle(struct engine *e);

struct change;

/* ---- change.c ---- */
/* One machine becomes another, in a settled engine that is not mixed and does
 * not become so.  `old` NULL: it joins; `next` NULL: it leaves; the same: what
 * is known of its person becomes another. */
struct change *change_begin(struct engine *e, struct arena *mem,
	struct machine *old, struct machine *next);
void change_end(struct change *c);
/* Once more, after all of a person's machines changed. */
void change_compare(struct change *c);

/* ---- dirty.c: whom a change concerns ---- */
struct change {
	struct engine *e;
	struct machine *old, *next;
	struct class *from, *to;
	struct person *from_person, *to_person;
	bool same_faces, person_differs;
	struct sum old_record, old_id;
	struct prints before;
	/* Prefixes that either has, and who carried each for each class. */
	struct range *ranges;
	size_t range_count, class_count;
	int64_t *servers, *primaries;
	uint64_t *touched; /* ssets */
	uint64_t *veiled;  /* ssets that differ where no NAME stands for them */
	uint64_t *crossed; /* ssets that became capped, or ceased to be */
};
void change_look(struct change *c);
void change_mark(struct change *c);
/* Principals of rules that it was or is a source of are not what they were. */
void change_forget_ssh(struct change *c);

#endif
