// Signing in by providers: two real ones, set up by the page, and whom they bring
// (spec/pages.md 6, 13).
"use strict";

const { test, claim, equal } = require("./lib/harness");
const { visitor, go, send, press, says } = require("./lib/browser");
const { Instance } = require("./lib/instance");
const { OWNER, atEnd, setUp } = require("./lib/shared");
const { CLIENT, Issuer } = require("../oidc/provider");

const HERE = "/admin/settings/sign-in";
const KEYS_PAUSE_MS = 10000; // a provider is asked for keys no more often
let made = null;

// One instance with the providers A and B for all tests of this file: A has
// nothing in its tokens and all in its userinfo, B the other way round.
async function world() {
	const one = await new Instance().start();

	atEnd(() => one.stop());
	const redirect = one.url + "/oidc/callback";

	one.a = new Issuer({ redirect });
	one.b = new Issuer({ redirect, host: "localhost", alg: "ES256",
		auth: "client_secret_post", tokenOnly: true });
	for (const issuer of [one.a, one.b]) {
		await issuer.start();
		atEnd(() => issuer.stop());
	}
	one.beside = [one.a.issuer, one.b.issuer];
	return one;
}

// Ada's browser; the first time it sets all up.
async function admin(room) {
	const one = await (made = made || world());

	if (!one.cookies) {
		const page = await setUp(one, room);

		one.cookies = await page.context().cookies();
		await addBoth(one, page);
		return page;
	}
	const page = await visitor(room, one.url);

	await page.context().addCookies(one.cookies);
	return page;
}

async function somebody(room) {
	return visitor(room, (await made).url, { beside: (await made).beside });
}

function typed(name, issuer, more) {
	return { oidc_name: name, oidc_issuer: issuer,
		oidc_client_id: CLIENT.id, oidc_client_secret: CLIENT.secret,
		...more };
}

async function addBoth(one, page) {
	await go(page, HERE);
	await press(page, page.getByRole("link", { name: "Add a provider" }));
	equal(await send(page, "provider", typed("A", one.a.issuer),
		"Test"), 200, "the test of A");
	equal(await page.locator("#test").getAttribute("data-result"), "ok",
		"A: " + await page.locator("#test").innerText());
	await says(page, "#test", one.a.issuer + "/auth");
	await says(page, "#test", "1 for signatures");
	await says(page, "#test", one.url + "/oidc/callback");
	claim(!await one.json("providers", "list"), "a test stores something");
	equal(await send(page, "provider", typed("A", one.a.issuer,
		{ oidc_links: true }), "Save"), 200, "A");
	equal(await page.locator("#flash").getAttribute("data-flash"),
		"settings-saved", "the flash");
	await press(page, page.getByRole("link",
		{ name: "Add a provider" }));
	equal(await send(page, "provider", typed("B", one.b.issuer + "/"),
		"Test"), 200, "the test of B with a wrong name");
	equal(await page.locator("#test").getAttribute("data-result"), "error",
		"an issuer that calls itself otherwise");
	await says(page, "#test", `it calls itself "${one.b.issuer}"`);
	equal(await send(page, "provider", typed("B", one.b.issuer), "Save"),
		200, "B");
	await says(page, "#providers", one.b.issuer);
}

// Through the provider's form, and back with whatever comes of it.
async function by(page, name, login, button = "Sign in") {
	const home = (await made).url;

	await page.getByRole("link", { name: "Continue with " + name }).click();
	await page.waitForURL(/\/who\//);
	await page.locator("[name=login]").fill(login);
	await page.getByRole("button", { name: button, exact: true }).click();
	await page.waitForURL(u => u.origin === home);
}

async function lands(page, path, role) {
	equal(new URL(page.url()).pathname, path, "led to");
	equal(await page.locator("body").getAttribute("data-role"), role,
		"the role");
}

async function users() {
	return (await (await made).json("users", "list")).map(u => u.name).sort();
}

test("an owner sets two providers up by the page, and people come in by both",
	async room => {
		await admin(room);
		const ann = await somebody(room), eve = await somebody(room);

		await go(ann, "/login?next=/me/sessions");
		await by(ann, "A", "ann");
		await lands(ann, "/me/sessions", "member");
		await go(ann, "/admin/machines", 403);
		await go(eve, "/me/security");
		await by(eve, "B", "eve");
		await lands(eve, "/me/security", "member");
		await says(eve, "#identities", "B, eve@example.org");
		const rows = await (await made).json("users", "list");
		const row = rows.find(u => u.name === "ann");

		equal([row.email, row.display_name, row.profile_pic_url],
			["ann@example.org", "Ann Archer",
				"https://example.org/ann.png"], "what A says of ann");
	});

// What is stored of A, changed by the page.
async function change(room, values) {
	const owner = await admin(room);

	await go(owner, HERE);
	await press(owner, owner.getByRole("link", { name: "A", exact: true }));
	equal(await send(owner, "provider", values, "Save"), 200,
		JSON.stringify(values));
	return owner;
}

async function refused(page, word) {
	const body = page.locator("body");

	equal([await body.getAttribute("data-page"),
		await body.getAttribute("data-error")], ["oidc-refused", word],
	"the page: " + await page.locator("main").innerText());
	await page.context().clearCookies();
}

test("who is not let in by a provider is told which rule says so", async room => {
	await change(room, { oidc_domains: "example.org",
		oidc_groups: "dev\nall" });
	const page = await somebody(room), before = await users();

	for (const [login, word, button] of [["cyd", "email-unverified"],
		["dan", "domain"], ["eve", "group"], ["ann", "denied", "No"]]) {
		await go(page, "/login");
		await by(page, "A", login, button);
		await refused(page, word);
	}
	equal(await users(), before, "users");
});

test("a verified address links a member whom an admin made, and an account of " +
	"another provider is linked by who it is", async room => {
	const owner = await admin(room), page = await somebody(room);

	await go(owner, "/admin/users/new");
	equal(await send(owner, "user-new", { name: "benjamin",
		email: "ben@example.org", sign_in: "none" }), 200, "the user");
	const before = await users();

	await go(page, "/login");
	await by(page, "B", "ben"); // links: off
	await says(page, "main", "Somebody here has your e-mail address");
	await refused(page, "user");
	await go(page, "/me/security");
	await by(page, "A", "ben"); // links: on
	await lands(page, "/me/security", "member");
	await page.getByRole("link", { name: "Link B" }).click();
	await page.waitForURL(/\/who\//);
	await page.locator("[name=login]").fill("ben");
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.waitForURL(u => u.pathname === "/me/security");
	equal(await page.locator("#flash").getAttribute("data-flash"),
		"identity-linked", "the flash");
	await page.context().clearCookies();
	await go(page, "/me/security");
	await by(page, "B", "ben");
	await says(page, "header", "benjamin");
	equal(await users(), before, "users");
});

test("a provider that is down keeps nobody out who has a password or is in",
	async room => {
		const owner = await admin(room), one = await made;
		const page = await somebody(room), inside = await somebody(room);

		await go(inside, "/me/sessions");
		await by(inside, "A", "ann");
		one.a.obey({ broken: "/token" });
		room.later(() => one.a.obey({ broken: "" }));
		await go(page, "/login");
		await by(page, "A", "ben");
		equal(await page.locator("body").getAttribute("data-page"),
			"provider-away", "the page");
		await go(inside, "/me/sessions");
		await lands(inside, "/me/sessions", "member");

		// One that was never there.
		await go(owner, HERE + "/providers/new");
		equal(await send(owner, "provider", typed("C",
			"http://127.0.0.1:9"), "Save"), 200, "C");
		await go(page, "/login");
		await page.getByRole("link", { name: "Continue with C" }).click();
		await says(page, "h1", "C does not answer");
		await go(page, "/login");
		equal(await send(page, "login", { name: OWNER.name,
			password: OWNER.password }, "Sign in"), 200, "a password");
		await lands(page, "/admin/", "owner");
		await go(owner, HERE);
		await press(owner, owner.getByRole("link", { name: "C",
			exact: true }));
		await press(owner, owner.getByRole("link",
			{ name: "Delete this provider" }));
		equal(await send(owner, "delete", {}), 200, "C goes");
	});

test("a provider may change its keys at any time", async room => {
	await admin(room);
	const one = await made, page = await somebody(room);

	await go(page, "/me/sessions");
	await by(page, "A", "ann");
	await page.context().clearCookies();
	one.a.rotate();
	await new Promise(done => setTimeout(done, one.a.keysAt +
		KEYS_PAUSE_MS - Date.now()));
	await go(page, "/me/sessions");
	await by(page, "A", "ben");
	await lands(page, "/me/sessions", "member");
});
