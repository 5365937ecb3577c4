// places: the pages there are, who sees them, and what they are called.
"use strict";

// who: nobody or owner.  kind: list has a budget of its own.  status: if not 200.
const PLACES = [
	{ path: "/", who: "nobody", page: "landing" },
	{ path: "/login", who: "nobody", page: "login" },
	{ path: "/nowhere", who: "nobody", page: "error", status: 404 },
	{ path: "/setup/not-a-link", who: "nobody", page: "link-dead",
		status: 410 },
	{ path: "/invite/not-a-link", who: "nobody", page: "link-dead",
		status: 410 },
	{ path: "/nowhere", who: "owner", page: "error", status: 404 },
	{ path: "/login/confirm?next=/me", who: "owner", page: "fresh" },
	{ path: "/admin/machines", who: "owner", page: "machines",
		kind: "list" },
	{ path: "/admin/machines?q=nothing", who: "owner", page: "machines" },
	{ path: "/admin/machines/1", who: "owner", page: "machine" },
	{ path: "/admin/machines/1/delete", who: "owner",
		page: "machine-delete" },
	{ path: "/admin/machines/new", who: "owner", page: "machine-new" },
	{ path: "/admin/users", who: "owner", page: "users", kind: "list" },
	{ path: "/admin/users/new", who: "owner", page: "user-new" },
	{ path: "/admin/users/1", who: "owner", page: "user" },
	{ path: "/admin/users/2/delete", who: "owner", page: "user-delete" },
	{ path: "/admin/audit", who: "owner", page: "audit", kind: "list" },
	{ path: "/admin/settings/general", who: "owner", page: "settings" },
	{ path: "/admin/settings/addresses", who: "owner", page: "settings" },
	{ path: "/me", who: "owner", page: "me", kind: "list" },
	{ path: "/me/sessions", who: "owner", page: "sessions", kind: "list" },
	{ path: "/me/security", who: "owner", page: "security" },
	{ path: "/admin/users", who: "owner", page: "users", kind: "list" },
	{ path: "/admin/users/new", who: "owner", page: "user-new" },
	{ path: "/admin/users/1", who: "owner", page: "user" },
	{ path: "/admin/users/99", who: "owner", page: "error", status: 404 },
	{ path: "/admin/keys", who: "owner", page: "keys", kind: "list" },
	{ path: "/admin/keys/new", who: "owner", page: "key-new" },
	{ path: "/admin/audit", who: "owner", page: "audit", kind: "list" },
	{ path: "/admin/settings/general", who: "owner", page: "settings" },
	{ path: "/admin/settings/addresses", who: "owner", page: "settings" },
];

module.exports = { PLACES };
