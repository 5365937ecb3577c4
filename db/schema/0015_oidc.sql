-- Version 15: people who sign in by a provider (OpenID Connect).

-- Who vouches for people.  Lists are lines.
CREATE TABLE provider (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	name         TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (name <> ''),
	issuer       TEXT NOT NULL CHECK (issuer <> ''),
	client_id    TEXT NOT NULL CHECK (client_id <> ''),
	secret       BLOB NOT NULL, -- sealed; empty: a public client
	scopes       TEXT NOT NULL,
	domains      TEXT NOT NULL DEFAULT '',
	users        TEXT NOT NULL DEFAULT '',
	groups       TEXT NOT NULL DEFAULT '',
	group_claim  TEXT NOT NULL DEFAULT 'groups',
	group_domain TEXT NOT NULL, -- policies write group:NAME@DOMAIN
	role_claim   TEXT NOT NULL DEFAULT '', -- '': roles are given here alone
	roles        TEXT NOT NULL DEFAULT '', -- lines: value = role
	links        INTEGER NOT NULL DEFAULT 0 CHECK (links IN (0, 1)),
	key_expiry   INTEGER NOT NULL DEFAULT 0 CHECK (key_expiry IN (0, 1)),
	discovery    TEXT NOT NULL DEFAULT '', -- the last good one, in our form
	discovery_at INTEGER, -- when it was read
	tried_at     INTEGER, -- when it was asked for last, well or not
	error        TEXT NOT NULL DEFAULT '', -- of that
	keys         TEXT NOT NULL DEFAULT '', -- the last good JWKS, in our form
	keys_at      INTEGER,
	keys_tried_at INTEGER,
	created_at   INTEGER NOT NULL,
	UNIQUE (issuer, client_id)
) STRICT;

-- Who somebody is to a provider: issuer and sub, as they came, never joined.  A
-- provider that is taken away leaves them: the same one again finds its people.
CREATE TABLE identity (
	id            INTEGER PRIMARY KEY AUTOINCREMENT,
	user_id       INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	provider_id   INTEGER REFERENCES provider (id) ON DELETE SET NULL,
	issuer        TEXT NOT NULL,
	sub           TEXT NOT NULL,
	email         TEXT NOT NULL DEFAULT '', -- verified
	groups        TEXT NOT NULL DEFAULT '[]', -- as policies write them
	refresh       BLOB, -- the refresh token, sealed
	refreshed_at  INTEGER,
	refresh_error TEXT NOT NULL DEFAULT '',
	token_until   INTEGER, -- exp of the last ID token
	linked_at     INTEGER NOT NULL,
	signed_in_at  INTEGER,
	UNIQUE (issuer, sub)
) STRICT;
CREATE INDEX identity_user ON identity (user_id);
CREATE INDEX identity_provider ON identity (provider_id);

-- A browser that was sent to a provider and has not come back.  The row goes
-- when it does; what it carried is derived from the state, which is its cookie.
CREATE TABLE oidc_flow (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	hash        BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
	provider_id INTEGER NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
	aim         TEXT NOT NULL CHECK (aim IN ('sign-in', 'fresh', 'link')),
	session     INTEGER NOT NULL DEFAULT 0, -- web_session of fresh and link
	next        TEXT NOT NULL DEFAULT '',
	began_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX oidc_flow_began ON oidc_flow (began_at);
CREATE INDEX oidc_flow_provider ON oidc_flow (provider_id);

-- What providers say of a user, all together: policies name them by it.
ALTER TABLE user ADD COLUMN groups TEXT NOT NULL DEFAULT '[]';

-- By which identity a browser signed in; 0: otherwise.
ALTER TABLE web_session ADD COLUMN identity_id INTEGER NOT NULL DEFAULT 0;
