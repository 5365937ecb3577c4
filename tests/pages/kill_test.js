// A handler that dies in the middle of a form (spec/pages.md 17, proof 10).
"use strict";

const { spawn } = require("child_process");
const fs = require("fs");
const path = require("path");
const { test, claim, equal } = require("./lib/harness");
const { go, says } = require("./lib/browser");
const { Heard, end, instance } = require("./lib/instance");
const { setUp } = require("./lib/shared");

const USERS_NEW = "/admin/users/new", SEEN_MS = 20000, STEP_MS = 3;
const START_MS = 30000, END_MS = 10000;
// At least so many kills, and so many of them while a form is under way.
const ROUNDS = process.env.TEST_LONG ? 40 : 10, HITS = 3, ROUNDS_MAX = 50;
const MORE = 1.2, FIRST_MS = 10;

const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

// Whether the kernel has that process in the queue of a flock.
function queued(pid) {
	return fs.readFileSync("/proc/locks", "latin1").split("\n").some(
		l => new RegExp(`-> FLOCK +\\S+ +\\S+ ${pid} `).test(l));
}

function kill(pid) {
	try {
		process.kill(pid, "SIGKILL");
	} catch (e) {
		claim(e.code === "ESRCH", e); // gone meanwhile
	}
}

// Whoever waits for the lock is killed until the form is answered: a job may be
// in the queue before its handler.
async function killQueue(one, page) {
	const late = Date.now() + SEEN_MS;
	let answered = false;

	page.waitForResponse(r => r.request().isNavigationRequest()).then(
		() => answered = true, () => {});
	while (!answered) {
		one.pids("cairn-fcgi", queued).forEach(kill);
		claim(Date.now() < late, "no handler has the form");
		await pause(STEP_MS);
	}
}

async function form(page, name) {
	await go(page, USERS_NEW);
	await page.locator("#user-new-name").fill(name);
	await page.locator("[name=sign_in][value=none]").check();
}

// The button is pressed, `harm` done meanwhile: what the browser then shows.
async function pressed(page, harm) {
	const [answer] = await Promise.all([
		page.waitForResponse(r => r.request().isNavigationRequest() &&
			r.status() !== 303),
		page.getByRole("button", { name: "Add user" }).click(
			{ noWaitAfter: true }),
		page.waitForEvent("load"),
		harm(),
	]);

	return answer.status();
}

async function once(one, name) {
	const users = await one.json("users", "list");

	equal(users.filter(u => u.name === name).length, 1, name);
}

// The same numbers for the same seed.
function dice(seed) {
	return () => {
		seed = seed + 0x6d2b79f5 | 0;
		let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
		t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
		return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
	};
}

// The handlers themselves; their parent gets others in their place.
function handlers(one) {
	const all = one.pids("cairn-fcgi", () => true);

	return all.filter(pid => all.includes(Number(fs.readFileSync(
		`/proc/${pid}/stat`, "latin1").split(") ")[1].split(" ")[1])));
}

// killer.py, for one test.
class Killer {
	constructor(one, room) {
		this.one = one;
		this.child = spawn(path.join(__dirname, "killer.py"), [],
			{ stdio: ["pipe", "pipe", "pipe"] });
		this.heard = new Heard(this.child, "killer");
		room.later(() => {
			this.child.stdin.end();
			return end(this.child, END_MS, true);
		});
	}

	async say(ms) {
		this.heard.text = "";
		this.child.stdin.write([ms, ...handlers(this.one)].join(" ") + "\n");
		await this.heard.until(t => t.includes("watching"), START_MS);
	}

	// How long it took; not a number when they were killed, or not seen.
	async done() {
		this.child.stdin.write("\n");
		return Number((await this.heard.until(
			t => t.match(/killed|missed|took (\d+\.\d+)/), SEEN_MS))[1]);
	}
}

// The form is sent, and so many milliseconds after a handler has begun with it all
// handlers are killed; -1: none is, and `ms` is how long it took.  What was sent,
// and what the browser was told of it.
async function sent(killer, page, ms) {
	const seen = {};

	await killer.say(ms);
	page.once("request", request => {
		seen.body = request.postData();
		seen.url = request.url();
	});
	const answered = page.waitForResponse(r => r.request().method() === "POST");
	await pressed(page, async () => {
		seen.told = (await answered).status();
		seen.ms = await killer.done();
	});
	return seen;
}

// As the browser would on a reload: the very same form.
async function sameAgain(page, seen) {
	const answer = await page.context().request.post(seen.url, {
		data: seen.body, maxRedirects: 0,
		headers: { "Content-Type": "application/x-www-form-urlencoded",
			Origin: new URL(seen.url).origin,
			"Sec-Fetch-Site": "same-origin" } });

	equal(answer.status(), 303, "the same form again");
}

// Or somebody writes it once more and presses the button.
async function writtenAgain(killer, page, name, there) {
	await form(page, name);
	const seen = await sent(killer, page, -1);

	equal(seen.told, there ? 422 : 303,
		"the form written again, " + (there ? "stored" : "not stored"));
	if (there)
		equal(await page.locator("#user-new-name-error").getAttribute(
			"data-error"), "user-taken", "what is wrong with it");
	return seen.ms;
}

test("a form whose handler is killed is sent again, and done once",
	async room => {
		const one = await instance(room);
		const page = await setUp(one, room);

		await form(page, "held-up");
		const letGo = await one.holdLock();
		room.later(letGo);
		equal(await pressed(page, () => killQueue(one, page)), 502,
			"what the gateway says");
		await says(page, "h1", "One moment");
		await says(page, "main", "nothing of it was stored unless");
		await letGo();
		equal((await one.json("users", "list")).length, 1, "stored");
		equal((await page.reload()).status(), 200, "the form sent again");
		equal(await page.locator("#flash").getAttribute("data-flash"),
			"user-added", "the flash");
		await says(page, "h1", "held-up");
		await once(one, "held-up");
	});

test("a form is done once or not at all, whenever its handler is killed",
	async room => {
		const seed = Number(process.env.SEED || Date.now() % 1e6);
		const random = dice(seed), one = await instance(room);
		const page = await setUp(one, room), killer = new Killer(one, room);
		let hits = 0, stored = 0, round = 0;

		console.log(`    SEED=${seed}`);
		await form(page, "unharmed");
		// Kills come until a little after a form would have been answered.
		let span = MORE * ((await sent(killer, page, -1)).ms || FIRST_MS);
		for (; round < ROUNDS || hits < HITS; round++) {
			const name = "user-" + round;

			claim(round < ROUNDS_MAX, `${hits} of ${round} kills hit a form`);
			await form(page, name);
			const seen = await sent(killer, page, random() * span);
			const there = (await one.json("users", "list")).filter(
				u => u.name === name).length;

			claim([303, 502].includes(seen.told), "told " + seen.told);
			claim(there === 1 || there === 0 && seen.told === 502,
				`${name}: told ${seen.told}, and ${there} of it are there`);
			hits += seen.told === 502;
			stored += there && seen.told === 502;
			if (random() < 0.5)
				await sameAgain(page, seen);
			else
				span = MORE * await writtenAgain(killer, page, name, there) ||
					span;
			await once(one, name);
		}
		console.log(`    ${hits} of ${round} kills hit a form, ` +
			`${stored} of those after it was stored`);
	});
