// DNS, relays and routes: what the network is told, by forms (spec/pages.md 9.5,
// 12; 16, 17: proofs 4 and 9).
"use strict";

const { test, claim, equal } = require("./lib/harness");
const { go, press, says, send } = require("./lib/browser");
const { strike, tabTo, type } = require("./lib/keys");
const { fill, owner, shared } = require("./lib/shared");

const CHANGE_MS = 3000;
const DNS = "/admin/dns", RELAYS = "/admin/relays", ROUTES = "/admin/routes";

const flash = page => page.locator("#flash").getAttribute("data-flash");
const focused = (page, what) => page.locator(what).evaluate(
	e => e === document.activeElement);

async function refused(page, what, form, values, button, field) {
	equal(await send(page, form, values, button), 422, what);
	claim((await page.title()).startsWith("Error: "), "the title: " +
		await page.title());
	claim(await focused(page, "#errors"), "no focus on #errors");
	await page.locator("#errors a").first().click();
	claim(await focused(page, "#" + field), "the link leads elsewhere");
	claim(await page.locator("#" + field).getAttribute("aria-invalid"),
		field + " is not marked");
}

// What is gone again when the test ends.
async function nameservers(one) {
	return one.json("dns", "nameservers", "list");
}

async function forget(one, address) {
	for (const n of await nameservers(one))
		if (n.address === address)
			await one.cairn("dns", "nameservers", "remove", n.id);
}

for (const js of [true, false]) {
	const how = js ? "" : ", without JavaScript";

	test("a nameserver is added, moved and removed" + how, async room => {
		const one = await shared();
		const page = await owner(room, { js });
		const rows = page.locator("#nameservers tbody tr");

		for (const a of ["192.0.2.51", "192.0.2.52"])
			room.later(() => forget(one, a));
		await go(page, DNS);
		await refused(page, "a name", "ns-add", { address: "dns.example" },
			"Add nameserver", "ns-add-address");
		equal(await page.locator("#ns-add-address").inputValue(),
			"dns.example", "what was typed");
		for (const address of ["192.0.2.51", "192.0.2.52"]) {
			equal(await send(page, "ns-add", { address },
				"Add nameserver"), 200, address);
			equal(await flash(page), "dns-saved", "the flash");
		}
		await says(page, "#nameservers tbody tr:first-child", "192.0.2.51");
		equal(await press(page, rows.nth(1).getByRole("button",
			{ name: "Up" })), 200, "up");
		await says(page, "#nameservers tbody tr:first-child", "192.0.2.52");
		equal(await press(page, rows.nth(0).getByRole("button",
			{ name: "Remove" })), 200, "removed");
		equal(await rows.count(), 1, "rows");
		claim(await page.locator("#nameservers").isVisible(), "its table");
		equal(await press(page, rows.nth(0).getByRole("button",
			{ name: "Remove" })), 200, "removed");
		await says(page, "#no-nameservers", "No nameservers");
		claim(!await page.locator("#nameservers").isVisible(),
			"a table without rows shows its head");
	});

	test("the second of two who set preferences of DNS is told, and may " +
		"insist" + how, async room => {
		const one = await shared();
		const first = await owner(room, { js });
		const second = await owner(room, { js });

		room.later(() => one.cairn("dns", "set", "--magic-dns", "true"));
		await go(first, DNS);
		await go(second, DNS);
		equal(await send(first, "dns-prefs", { magic_dns: false }, "Save"),
			200, "the first");
		equal(await send(second, "dns-prefs", { override_local: true },
			"Save"), 409, "the second");
		await says(second, "#conflict", "changed this");
		claim(await focused(second, "#conflict"), "no focus there");
		equal(await second.locator("#dns-prefs-override_local").isChecked(),
			true, "what was ticked");
		equal(await send(second, "dns-prefs", { override_local: false },
			"Save"), 200, "sent again");
		equal((await one.json("dns", "get")).magic_dns, true, "stored");
	});

	test("a base domain is asked about before it changes" + how,
		async room => {
			const one = await shared();
			const page = await owner(room, { js });
			const before = (await one.json("dns", "get")).base_domain;

			room.later(() => one.cairn("dns", "set", "--base-domain",
				before));
			await go(page, DNS);
			await refused(page, "no domain", "dns-domain",
				{ base_domain: "a_b" }, "Change the base domain",
				"dns-domain-base_domain");
			equal(await send(page, "dns-domain",
				{ base_domain: "tail.example" },
				"Change the base domain"), 200, "the question");
			equal(await page.locator("body").getAttribute("data-page"),
				"confirm", "the page");
			await says(page, "#main", "becomes gate.tail.example");
			equal((await one.json("dns", "get")).base_domain, before,
				"before the answer");
			equal(await press(page, page.locator("#form-confirm button")),
				200, "the answer");
			equal((await one.json("dns", "get")).base_domain,
				"tail.example", "stored");
		});

	test("the own relay is saved, refused at its field, and conflicts told" +
		how, async room => {
		const one = await shared();
		const first = await owner(room, { js });
		const second = await owner(room, { js });
		const before = (await one.json("settings", "get", "relay_name"))
			.value;

		room.later(() => one.cairn("settings", "set", "relay_name",
			before || "cairn"));
		await go(first, RELAYS);
		await go(second, RELAYS);
		await refused(first, "a region of others", "relay-own",
			{ region_id: "899" }, null, "relay-own-region_id");
		equal(await send(first, "relay-own", { region_id: "900",
			name: "Of the first" }), 200, "the first");
		equal(await flash(first), "relays-saved", "the flash");
		equal(await send(second, "relay-own", { name: "Of the second" }),
			409, "the second");
		await says(second, "#conflict", "Name is now Of the first");
		claim(await focused(second, "#conflict"), "no focus there");
		equal(await second.locator("#relay-own-name").inputValue(),
			"Of the second", "what was typed");
		equal(await send(second, "relay-own", {}), 200, "sent again");
		await says(second, "#relays", "Of the second");
	});

	test("ticked routes are approved and withdrawn" + how, async room => {
		const page = await owner(room, { js });
		const box = page.getByLabel("192.168.7.0/24 of gate");
		const row = page.locator('tr[data-id="192.168.7.0/24"]');
		const button = name => page.getByRole("button", { name });

		await go(page, ROUTES);
		equal(await press(page, button("Approve what is ticked")), 422,
			"nothing is ticked");
		await says(page, "#errors", "Tick the routes that you mean.");
		claim(await focused(page, "#errors"), "no focus there");
		equal(await row.getAttribute("data-state"), "waiting", "at first");
		await box.check();
		equal(await press(page, button("Approve what is ticked")), 200,
			"approved");
		equal(await flash(page), "routes-saved", "the flash");
		claim(await row.getAttribute("data-state") !== "waiting",
			"it still waits");
		await box.check();
		equal(await press(page, button("Withdraw what is ticked")), 200,
			"withdrawn");
		equal(await row.getAttribute("data-state"), "waiting", "at last");
	});
}

test("what another admin changes of names appears", async room => {
	const one = await shared();
	const page = await owner(room);

	await go(page, DNS);
	await page.evaluate(() => { document.same = true; });
	room.later(() => forget(one, "192.0.2.53"));
	await one.cairn("dns", "nameservers", "add", "192.0.2.53");
	const row = page.locator("#nameservers tr", { hasText: "192.0.2.53" });
	await row.waitFor({ timeout: CHANGE_MS });
	await one.cairn("dns", "records", "add", "printer.lan", "A",
		"192.168.7.9");
	const record = page.locator("#records tr", { hasText: "printer.lan" });
	await record.waitFor({ timeout: CHANGE_MS });
	await forget(one, "192.0.2.53");
	await one.cairn("dns", "records", "remove", await record.getAttribute(
		"data-id"));
	await row.waitFor({ state: "detached", timeout: CHANGE_MS });
	await record.waitFor({ state: "detached", timeout: CHANGE_MS });
	claim(await page.evaluate(() => document.same), "it was loaded anew");
});

test("what another admin changes of relays appears", async room => {
	const one = await shared();
	const page = await owner(room);

	await go(page, RELAYS);
	room.later(() => one.cairn("relays", "remove", "901", "--force")
		.catch(() => null));
	await one.cairn("relays", "add", "--region", "901", "--code", "far",
		"--name", "Far away", "--host", "far.example.org", "--ipv4",
		"192.0.2.9", "--ipv6", "none");
	const row = page.locator("#relays tr", { hasText: "far.example.org" });
	await row.waitFor({ timeout: CHANGE_MS });
	await one.cairn("relays", "remove", "901", "--force");
	await row.waitFor({ state: "detached", timeout: CHANGE_MS });
});

// The row that is ticked stands elsewhere then.
test("a ticked box stays with its route while others come and go",
	async room => {
		const one = await shared();
		const page = await owner(room);
		const box = page.getByLabel("192.168.7.0/24 of gate");
		const rows = page.locator("#routes tbody tr");

		room.later(() => fill(one, "routes", "build-1"));
		await go(page, ROUTES);
		const before = await rows.count();
		await box.check();
		await fill(one, "routes", "build-1", "10.0.0.0/30",
			"203.0.113.0/24");
		for (const net of ["10.0.0.0/30", "203.0.113.0/24"])
			await page.locator(`tr[data-id="${net}"]`).waitFor(
				{ timeout: CHANGE_MS });
		equal(await rows.count(), before + 2, "rows");
		equal(await rows.evaluateAll(all => new Set(all.map(
			e => e.querySelector("th").textContent)).size), before + 2,
			"each prefix once");
		equal(await box.count(), 1, "its boxes");
		equal(await box.isChecked(), true, "the box");
		equal(await page.locator('tr[data-id="192.168.7.0/24"] input')
			.isChecked(), true, "the box of its row");
		await fill(one, "routes", "build-1");
		await page.locator('tr[data-id="10.0.0.0/30"]').waitFor(
			{ state: "detached", timeout: CHANGE_MS });
		equal(await rows.count(), before, "rows again");
		equal(await box.isChecked(), true, "the box again");
	});

test("a record is added and a route approved by keys alone", async room => {
	const one = await shared();
	const page = await owner(room);

	await go(page, DNS);
	await type(page, "#record-add-name", "keys.lan");
	await type(page, "#record-add-value", "192.0.2.77");
	equal(await strike(page), 200, "the record");
	equal(await flash(page), "dns-saved", "the flash");
	const row = page.locator("#records tr", { hasText: "keys.lan" });
	await one.cairn("dns", "records", "remove", await row.getAttribute(
		"data-id"));

	await go(page, ROUTES);
	await tabTo(page, '[value$=":192.168.7.0/24"]');
	await page.keyboard.press("Space");
	await tabTo(page, '#form-routes button[value="approve"]');
	equal(await strike(page), 200, "the route");
	equal(await flash(page), "routes-saved", "its flash");
	await page.getByLabel("192.168.7.0/24 of gate").check();
	await press(page, page.getByRole("button",
		{ name: "Withdraw what is ticked" }));
});
