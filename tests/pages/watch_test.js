// Overview, audit, health, notices, bulk and backup: what an admin watches, and
// what is done to many at once (spec/pages.md 9.1, 13, 14).
"use strict";

const { test, claim, equal } = require("./lib/harness");
const { go, press, says, send } = require("./lib/browser");
const { owner, shared } = require("./lib/shared");

const CHANGE_MS = 3000, PROBE_MS = 20000;
const NOTICES = "/admin/settings/notifications";

const flash = page => page.locator("#flash").getAttribute("data-flash");
const pageName = page => page.locator("body").getAttribute("data-page");

async function nodeOf(one, name) {
	const nodes = await one.json("nodes", "list");
	const found = nodes.find(n => n.name === name || n.given_name === name);

	claim(found, "no machine " + name);
	return found;
}

for (const js of [true, false]) {
	const how = js ? "" : ", without JavaScript";

	test("the overview counts, says what is to do and links to it" + how,
		async room => {
			const page = await owner(room, { js });

			await go(page, "/admin/");
			equal(await pageName(page), "overview", "the page");
			claim(/^\d+\s+online$/.test((await page.locator(
				'#counts [data-fact="online"]').innerText())
				.trim()), "no count of those online");
			equal(await page.locator('#checklist ' +
				'[data-step="policy"]').getAttribute(
				"data-state"), "done", "the step of the policy");
			await page.locator('#checklist [data-step="factor"] a')
				.click();
			await page.waitForURL("**/me/security");
			await page.goBack();
			await page.locator("#events a").first().click();
			await page.waitForURL("**/admin/audit/*");
			equal(await pageName(page), "audit-row", "an event");
		});

	test("the audit log is filtered, sorted out by row, and intact" + how,
		async room => {
			const one = await shared();
			const page = await owner(room, { js });

			await one.cairn("users", "create", "audited" +
				(js ? "1" : "2"));
			room.later(() => one.cairn("users", "delete", "-n",
				"audited" + (js ? "1" : "2"), "--force"));
			await go(page, "/admin/audit?event=user.created&via=cli" +
				"&q=audited" + (js ? "1" : "2"));
			equal(await page.locator("#audit tbody tr").count(), 1,
				"rows");
			await says(page, "#audit tbody tr", "User added");
			await says(page, "#chain", "intact to row");
			await page.locator("#audit tbody a").first().click();
			await page.waitForURL("**/admin/audit/*");
			await says(page, "#main", "audited" + (js ? "1" : "2"));
			await go(page, "/admin/audit?q=nobody-did-this");
			await says(page, "#none", "Nothing matches.");
		});

	test("the audit log is verified by whoever presses the button" + how,
		async room => {
			const page = await owner(room, { js });

			await go(page, "/admin/audit");
			equal(await press(page, page.getByRole("button",
				{ name: "Verify now" })), 200, "pressed");
			equal(await flash(page), "audit-verified", "the flash");
			await says(page, "#chain", "rows fit. Checked from its " +
				"beginning");
		});

	test("audit, logs and policy history tell the second" + how,
		async room => {
			const page = await owner(room, { js });

			for (const path of ["/admin/audit", "/admin/logs",
				"/admin/policy/history"]) {
				await go(page, path);
				const text = await page.locator("tbody time").first()
					.innerText();

				claim(/^[0-9-]{10} \d\d:\d\d:\d\d UTC$/.test(text),
					path + ": " + text);
			}
		});

	test("ticked machines are asked about, and done to at once" + how,
		async room => {
			const one = await shared();
			const page = await owner(room, { js });
			const names = ["ada-laptop", "grace-desktop"];
			const form = page.locator("#form-bulk");

			await go(page, "/admin/machines");
			equal(await send(page, "bulk", { action: "no-expiry" },
				"Go on"), 422, "nothing is ticked");
			for (const name of names)
				await page.getByLabel(name, { exact: true })
					.check();
			equal(await send(page, "bulk", { action: "no-expiry" },
				"Go on"), 200, "the question");
			equal(await pageName(page), "confirm", "the page");
			for (const name of names)
				await says(page, "#main", name);
			equal(await press(page, page.locator(
				"#form-confirm button")), 200, "the answer");
			equal(await flash(page), "bulk-done", "the flash");
			await says(page, "#flash", "2");
			claim(await form.isVisible(), "the list is gone");
			for (const name of names)
				equal(await page.locator("#machines tbody tr", {
					hasText: name }).locator(
					'[data-col="expires"]').innerText(),
				"Never", name);
		});

	test("all machines that match are asked about, and tags are asked for " +
		"where they are set" + how, async room => {
		const page = await owner(room, { js });
		const tags = page.locator("#bulk-tags");

		await go(page, "/admin/machines?q=grace");
		claim(!await tags.isVisible(), "tags, to approve");
		await page.locator("#bulk-action").selectOption("tag");
		claim(await tags.isVisible(), "no field for the tags");
		claim((await tags.boundingBox()).y < (await page.locator(
			"#machines").boundingBox()).y, "the form is below");
		const shown = await page.locator("#machines tbody tr").count();
		equal(await send(page, "bulk", { all: "page",
			action: "no-expiry" }, "Go on"), 200, "the question");
		await says(page, "h1", `the keys of ${shown} machines`);
		equal(await press(page, page.locator("#form-confirm button")),
			200, "the answer");
		equal(await flash(page), "bulk-done", "the flash");
		await says(page, "#flash", String(shown));
	});

	test("who is to be told is refused at its field, added, tried, deleted" +
		how, async room => {
		const page = await owner(room, { js });
		const rows = page.locator("#notice-targets tbody tr");

		await go(page, NOTICES);
		const before = await rows.count();
		claim(!await page.locator('[name="url"]').isVisible(),
			"the form is not folded");
		await page.locator("#add-webhook > summary").click();
		await page.locator('#form-settings-notifications ' +
			'[name="event"]').first().check();
		equal(await send(page, "settings-notifications",
			{ url: "http://hooks.example.org/x" }, "Add webhook"),
		422, "no https");
		await says(page, '[id$="url-error"]', "begins with https://");
		claim((await page.title()).startsWith("Error: "), "the title");
		equal(await page.locator('[name="url"]').inputValue(),
			"http://hooks.example.org/x", "what was typed");
		await page.locator('#form-settings-notifications ' +
			'[name="event"]').first().check();
		equal(await send(page, "settings-notifications",
			{ url: "https://hooks.example.org/x" }, "Add webhook"),
		200, "added");
		equal(await pageName(page), "webhook-made", "its page");
		claim((await page.locator("#secret").inputValue()).length > 20,
			"no key");
		await page.locator("#main a").last().click();
		equal(await rows.count(), before + 1, "rows");
		const row = page.locator("#notice-targets tbody tr", {
			hasText: "hooks.example.org" });
		equal(await press(page, row.getByRole("button",
			{ name: "Test" })), 200, "tried");
		equal(await flash(page), "notice-tested", "the flash");
		await says(page, "#deliveries", "test");
		await go(page, NOTICES);
		equal(await press(page, row.getByRole("button",
			{ name: "Delete" })), 200, "the question");
		equal(await press(page, page.locator("#form-confirm button")),
			200, "the answer");
		equal(await rows.count(), before, "rows at last");
	});

	test("a backup is made by its form and listed" + how, async room => {
		const page = await owner(room, { js });
		const rows = page.locator("#backups tbody tr");
		const long = "a passphrase of three words";

		await go(page, "/admin/settings/backup");
		const before = await rows.count();
		equal(await send(page, "settings-backup", { passphrase: long,
			passphrase_again: "another" }, "Back up now"), 422,
		"they differ");
		equal(await rows.count(), before, "rows");
		equal(await send(page, "settings-backup", { passphrase: long,
			passphrase_again: long }, "Back up now"), 200, "made");
		equal(await flash(page), "backup-made", "the flash");
		equal(await rows.count(), before + 1, "rows at last");
		await says(page, "#backups tbody tr:first-child",
			"with its passphrase");
	});
}

test("what happens appears in the overview and in the log", async room => {
	const one = await shared();
	const page = await owner(room), log = await owner(room);

	await go(page, "/admin/");
	await go(log, "/admin/audit");
	const gate = await nodeOf(one, "gate");
	await one.cairn("nodes", "rename", "-i", gate.id, "portal");
	room.later(() => one.cairn("nodes", "rename", "-i", gate.id, "gate"));
	for (const [where, list] of [[page, "#events"], [log, "#audit"]])
		await where.locator(list + " tbody tr", { hasText:
			"Machine renamed" }).first().waitFor(
			{ timeout: CHANGE_MS });
});

test("health is looked at again when that is asked for", async room => {
	const page = await owner(room);

	await go(page, "/admin/health");
	equal(await press(page, page.getByRole("button", { name: "Look again" })),
		200, "asked");
	equal(await flash(page), "health-asked", "the flash");
	await page.locator('#check-database[data-state="ok"]').waitFor(
		{ timeout: PROBE_MS });
	await says(page, "#summary", "Looked at");
	const [bundle] = await Promise.all([page.waitForEvent("download"),
		page.getByRole("link", { name: "A report without secrets" })
			.click()]);
	equal(bundle.suggestedFilename(), "cairn-report.txt", "the report");
});
