// A handler that dies in the middle of a form (spec/pages.md 17, proof 10).
"use strict";

const fs = require("fs");
const { test, claim, equal } = require("./lib/harness");
const { go, says } = require("./lib/browser");
const { instance } = require("./lib/instance");
const { setUp } = require("./lib/shared");

const SEEN_MS = 4000, STEP_MS = 3;

const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

// Whether the kernel has that process in the queue of a flock.
function queued(pid) {
	return fs.readFileSync("/proc/locks", "latin1").split("\n").some(
		l => new RegExp(`-> FLOCK +\\S+ +\\S+ ${pid} `).test(l));
}

async function form(page, name) {
	await go(page, "/admin/users/new");
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

test("a form whose handler is killed is sent again, and done once",
	async room => {
		const one = await instance(room);
		const page = await setUp(one, room);

		await form(page, "held-up");
		const letGo = await one.holdLock();
		room.later(letGo);
		equal(await pressed(page, async () => {
			for (const late = Date.now() + SEEN_MS; ;) {
				const [pid] = one.pids("cairn-fcgi", queued);

				if (pid)
					return process.kill(pid, "SIGKILL");
				claim(Date.now() < late, "no handler has the form");
				await pause(STEP_MS);
			}
		}), 502, "what the gateway says");
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
