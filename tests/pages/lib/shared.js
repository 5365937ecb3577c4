// shared: one instance that is set up, for all tests that leave it as it was;
// who signed in once stays signed in.
"use strict";

const { execFileSync } = require("child_process");
const fs = require("fs");
const path = require("path");
const browser = require("./browser");
const { claim, equal } = require("./harness");
const { Instance } = require("./instance");

// Half of what a sign-in counts as one, and of what a link waits for somebody.
const FRESH_MS = 5 * 60 * 1000, WAITS_MS = 7 * 60 * 1000;
const OWNER = { name: "ada", password: "a long sentence of ada", org: "Acme" };
const INVITED = "a long sentence of hers"; // password of who is
let made = null;
const ends = [];

// What is to be undone after all tests.
function atEnd(end) {
	ends.push(end);
}

// A browser that goes through the setup of a fresh instance.
async function setUp(one, room) {
	const page = await browser.visitor(room, one.url);

	await browser.go(page, await one.setupLink());
	equal(await browser.send(page, "setup", { name: OWNER.name,
		password: OWNER.password, password_again: OWNER.password,
		org: OWNER.org }, "Set up"), 200, "the setup");
	return page;
}

async function cookiesOf(one) {
	const room = { troubles: [], ends: [], later(e) { this.ends.push(e); } };
	const page = await setUp(one, room);
	const cookies = await page.context().cookies();

	claim(cookies.length, "the setup signs nobody in");
	for (const end of room.ends)
		await end();
	equal(room.troubles, [], "while it was set up");
	return cookies;
}

// A small network for the pages to show: fill.py.
async function fill(one, ...args) {
	return execFileSync(path.join(__dirname, "../fill.py"),
		[one.home, ...args], { encoding: "utf8" });
}

// Two versions, of which the second says a little more.
async function policies(one) {
	const file = path.join(one.home, "policy.hujson");
	const all = '"grants": [\n\t\t{"src": ["*"], "dst": ["*"], "ip": ["*"]},' +
		"\n\t],\n}\n";

	fs.writeFileSync(file, "{\n\t" + all);
	await one.cairn("policy", "set", "-f", file, "-m", "to begin with");
	fs.writeFileSync(file, "// Every machine reaches every other, on all " +
		"ports.\n{\n\t" + all);
	await one.cairn("policy", "set", "-f", file, "-m", "in words too");
	fs.unlinkSync(file);
}

async function begin() {
	const one = new Instance();

	await one.start();
	one.cookies = await cookiesOf(one);
	one.freshAt = Date.now();
	for (const name of ["grace", "linus"])
		await one.cairn("users", "create", name);
	await fill(one, "picture");
	await policies(one);
	await one.json("preauthkeys", "create", "-u", 1);
	return one;
}

// The path at which a machine waits to be let in.
async function waiting() {
	const one = await shared();

	if (!one.link || Date.now() - one.askedAt > WAITS_MS) {
		one.askedAt = Date.now();
		one.link = await one.ask("newcomer");
	}
	return one.link;
}

// The path at which a login by SSH waits to be allowed.
async function checking() {
	const one = await shared();

	if (!one.check || Date.now() - one.checkAt > WAITS_MS) {
		one.checkAt = Date.now();
		one.check = await check("waits");
	}
	return one.check;
}

// The path of a link that a terminal shows: ada's laptop logs in as `login`.
async function check(login) {
	return (await fill(await shared(), "check", "ada-laptop", "gate",
		login)).trim();
}

function shared() {
	made = made || begin();
	return made;
}

async function stop() {
	while (ends.length)
		await ends.pop()();
	if (made)
		await (await made.catch(() => null))?.stop();
	made = null;
}

// The owner's browser; a long run takes longer than a sign-in is fresh.
async function owner(room, how) {
	const one = await shared();
	const page = await browser.visitor(room, one.url, how);

	await page.context().addCookies(one.cookies);
	if (Date.now() - one.freshAt > FRESH_MS) {
		await browser.go(page, "/login/confirm?next=/me");
		equal(await browser.send(page, "fresh",
			{ password: OWNER.password }), 200, "the confirmation");
		one.freshAt = Date.now();
	}
	return page;
}

// The owner in another browser: a session of its own.
async function ownerAgain(room, how) {
	const page = await stranger(room, how);

	await browser.go(page, "/login");
	equal(await browser.send(page, "login", { name: OWNER.name,
		password: OWNER.password }, "Sign in"), 200, "a second sign-in");
	return page;
}

async function stranger(room, how) {
	return browser.visitor(room, (await shared()).url, how);
}

// Somebody new, who has come by an invite.
async function invited(room, name, how) {
	const admin = await owner(room, {});

	await browser.go(admin, "/admin/users/new");
	equal(await browser.send(admin, "user-new", { name, sign_in: "invite" }), 200,
		"the invite");
	const link = await admin.locator("#secret").inputValue();
	const page = await stranger(room, how);

	room.later(async () => (await shared()).cairn(
		"users", "destroy", "--force", "-n", name));
	await browser.go(page, new URL(link).pathname);
	equal(await browser.send(page, "invite",
		{ password: INVITED, password_again: INVITED }), 200, "joined");
	return page;
}

module.exports = { OWNER, INVITED, atEnd, check, checking, fill, invited, setUp, shared,
	stop, owner, ownerAgain, stranger, waiting };
