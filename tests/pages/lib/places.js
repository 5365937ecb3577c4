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
	{ path: "/me", who: "owner", page: "me", kind: "list" },
	{ path: "/me/sessions", who: "owner", page: "sessions", kind: "list" },
	{ path: "/me/security", who: "owner", page: "security" },
];

module.exports = { PLACES };
