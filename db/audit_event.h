/*
 * audit_event.h: every event that the audit log may tell of, and its words for
 * people.  What writes an event has its code in a text of its own; tests/lint/
 * events.py asks for its row here.
 *
 * The code is what is stored, filtered by and exported; it never changes.
 */
#ifndef DB_AUDIT_EVENT_H
#define DB_AUDIT_EVENT_H

/* By the code, so that a filter that lists them keeps each noun together. */
#define AUDIT_EVENT_TABLE(X)                                              \
	X("audit.exported", "Audit log exported")                         \
	X("backup.downloaded", "Backup downloaded")                       \
	X("backup.made", "Backup made")                                   \
	X("backup.restored", "Backup restored")                           \
	X("dns.changed", "DNS changed")                                   \
	X("identity.linked", "Provider account linked")                   \
	X("identity.unlinked", "Provider account unlinked")               \
	X("identity.withdrawn", "Provider withdrew an account")           \
	X("key.created", "Key made")                                      \
	X("key.deleted", "Key deleted")                                   \
	X("key.revoked", "Key revoked")                                   \
	X("list.exported", "List exported")                               \
	X("machine.address_set", "Address of a machine set")              \
	X("machine.approved", "Machine approved")                         \
	X("machine.asked", "Machine asked for its data")                  \
	X("machine.attribute_expired", "Attribute of a machine expired")  \
	X("machine.attribute_set", "Attribute of a machine set")          \
	X("machine.attribute_unset", "Attribute of a machine taken away") \
	X("machine.deleted", "Machine deleted")                           \
	X("machine.expired", "Key of a machine expired")                  \
	X("machine.expiry_set", "Key expiry of a machine set")            \
	X("machine.logged_out", "Machine logged out")                     \
	X("machine.owner_set", "Owner of a machine set")                  \
	X("machine.registered", "Machine signed in")                      \
	X("machine.renamed", "Machine renamed")                           \
	X("machine.routes_set", "Routes of a machine set")                \
	X("machine.said", "Machine gave a reason")                        \
	X("machine.tagged", "Tags of a machine set")                      \
	X("machine.tags_refused", "Tags of a machine refused")            \
	X("machine.unapproved", "Approval of a machine withdrawn")        \
	X("notice.added", "Target of notices added")                      \
	X("notice.changed", "Target of notices changed")                  \
	X("notice.deleted", "Target of notices deleted")                  \
	X("notice.tested", "Target of notices tested")                    \
	X("policy.saved", "Policy saved")                                 \
	X("provider.added", "Sign-in provider added")                     \
	X("provider.changed", "Sign-in provider changed")                 \
	X("provider.deleted", "Sign-in provider deleted")                 \
	X("registration.rejected", "Request to join turned away")         \
	X("relay.changed", "Relays changed")                              \
	X("server_key.created", "Server key made")                        \
	X("server_key.rotated", "Server key changed")                     \
	X("session.ended", "Signed out")                                  \
	X("session.refused", "Sign-in refused")                           \
	X("session.revoked", "Session ended by hand")                     \
	X("session.started", "Signed in")                                 \
	X("setting.changed", "Setting changed")                           \
	X("setup.finished", "Set up")                                     \
	X("setup.link_made", "Setup link made")                           \
	X("ssh.approved", "SSH login approved")                           \
	X("ssh.rejected", "SSH login turned away")                        \
	X("ssh.revoked", "SSH approval revoked")                          \
	X("user.approved", "User approved")                               \
	X("user.changed", "User changed")                                 \
	X("user.created", "User added")                                   \
	X("user.deleted", "User deleted")                                 \
	X("user.factor_added", "Second factor added")                     \
	X("user.factor_removed", "Second factor removed")                 \
	X("user.invited", "User invited")                                 \
	X("user.joined", "Invitation accepted")                           \
	X("user.password_set", "Password set")                            \
	X("user.recovered", "Owner account recovered")                    \
	X("user.recovery_codes_made", "Recovery codes made")              \
	X("user.reset", "Password reset link made")                       \
	X("user.restored", "User restored")                               \
	X("user.role_set", "Role of a user set")                          \
	X("user.suspended", "User suspended")

/* "Machine renamed" for "machine.renamed"; the code itself where it is none of
 * the table: a log may be older or newer than this program. */
const char *audit_event_words(const char *code);

/* For db.c: event_words(action) in SQL, so that a search finds what is read. */
struct sqlite3;
int audit_event_register(struct sqlite3 *handle);

#endif
