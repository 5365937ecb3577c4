// The settings that change how the server is reached and watched (spec/pages.md
// 13): another address, the token of /metrics, and forms that stand beside others.
"use strict";

const { test, claim, equal } = require("./lib/harness");
const { go, says, send, visitor } = require("./lib/browser");
const { Instance } = require("./lib/instance");
const { OWNER, atEnd, setUp } = require("./lib/shared");

const SERVER = "/admin/settings/server", METRICS = "/admin/settings/metrics";
let made = null;

// One instance for this file, by two names.
async function world(room) {
	const one = await new Instance().start();

	atEnd(() => one.stop());
	one.other = one.url.replace("127.0.0.1", "localhost");
	one.cookies = await (await setUp(one, room)).context().cookies();
	return one;
}

async function admin(room, js) {
	const one = await (made = made || world(room));
	const page = await visitor(room, one.url, { js, beside: [one.other] });

	await page.context().addCookies(one.cookies);
	return { one, page };
}

const flash = page => page.locator("#flash").getAttribute("data-flash");
const body = (page, name) => page.locator("body").getAttribute(name);

function metrics(one, token) {
	return fetch(one.url + "/metrics", { headers: {
		Authorization: "Bearer " + token } }).then(r => r.status);
}

for (const js of [true, false]) {
	const how = js ? "" : ", without JavaScript";

	test("another server address is asked about, and forms are then taken " +
		"there alone" + how, async room => {
		const { one, page } = await admin(room, js);

		room.later(() => one.cairn("settings", "set", "url", ""));
		await go(page, SERVER);
		equal(await send(page, "settings-server", { url: one.other },
			"Save"), 200, "the question");
		equal(await body(page, "data-page"), "confirm", "the page");
		await says(page, "h1", one.other);
		equal(await one.json("settings", "get", "url").then(v => v.value),
			"", "what a question stores");
		equal(await send(page, "confirm", {}, "Change it"), 200, "the act");
		equal(await flash(page), "settings-saved", "the flash");
		await says(page, "#server", one.other);
		equal(await send(page, "settings-server", { stun_port: "3999" },
			"Save"), 403, "a form at the old address");
		equal(await body(page, "data-error"), "origin", "why");

		const there = await visitor(room, one.other, { js,
			beside: [one.url] });

		await go(there, "/login?next=" + SERVER);
		equal(await send(there, "login", { name: OWNER.name,
			password: OWNER.password }, "Sign in"), 200, "the sign-in");
		equal(await send(there, "settings-server", { url: "" }, "Save"),
			200, "the way back");
		equal(await send(there, "confirm", {}, "Change it"), 200, "back");
		await go(page, SERVER);
		await says(page, "#server", one.url);
	});

	test("a token opens the metrics until it is taken away" + how,
		async room => {
			const { one, page } = await admin(room, js);

			await go(page, METRICS);
			equal(await send(page, "settings-metrics", {},
				"Make a token"), 200, "the token");
			const token = await page.locator("#secret").inputValue();

			equal(await metrics(one, token), 200, "with it");
			equal(await metrics(one, token + "x"), 401, "another");
			await go(page, METRICS);
			claim(!(await page.content()).includes(token),
				"it is shown again");
			equal(await send(page, "settings-metrics", {},
				"Take the token away"), 200, "its end");
			equal(await metrics(one, token), 404, "afterwards");
		});

	test("a setting beside something else is saved there, and refused there" +
		how, async room => {
		const { one, page } = await admin(room, js);

		await go(page, "/admin/settings/backup");
		equal(await send(page, "backup-days", { backup_days: "3651" },
			"Save"), 422, "too many");
		equal(await page.locator("#backup-days-backup_days").inputValue(),
			"3651", "what was typed");
		equal(await send(page, "backup-days", { backup_days: js ? "9" : "8" },
			"Save"), 200, "days");
		equal(await flash(page), "settings-saved", "the flash");
		equal((await one.json("settings", "get", "backup_days")).value,
			js ? "9" : "8", "what is stored");
		await go(page, "/admin/relays");
		equal(await send(page, "relay-rules", { relay_private: js }, "Save"),
			200, "relays");
		equal((await one.json("settings", "get", "relay_private")).value,
			String(js), "what is stored");
	});
}
