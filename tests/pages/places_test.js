// What holds for every page (spec/pages.md 2, 5.1, 15, 16).
"use strict";

const { test, claim, equal } = require("./lib/harness");
const { go } = require("./lib/browser");
const { accessible, fits, valid, small, whole } = require("./lib/inspect");
const { allStops } = require("./lib/keys");
const { PLACES } = require("./lib/places");
const { checking, owner, stranger, waiting } = require("./lib/shared");

const WIDTHS = process.env.TEST_LONG ? [320, 390, 640, 768, 1024, 1280, 1920]
	: [320, 1280];
const BETWEEN = [320, 480, 641, 768, 961, 1024, 1280]; // of lists
const HEIGHT = 800;
const LOOKS = process.env.TEST_LONG
	? [{}, { dark: true }, { contrast: "more" }, { forced: "active" }] : [{}];

async function places(who) {
	const links = { LINK: await waiting(), CHECK: await checking() };

	return PLACES.filter(p => p.who === who).map(p => ({ ...p,
		path: links[p.path] || p.path }));
}

function visit(room, place, how) {
	return (place.who === "owner" ? owner : stranger)(room, how);
}

function named(place) {
	return `${place.path} of ${place.who}`;
}

for (const look of LOOKS)
	for (const width of WIDTHS)
		test(`axe finds nothing and nothing is too wide at ${width} px` +
			Object.entries(look).map(([k, v]) => ` ${k} ${v}`).join(""),
		async room => {
			for (const who of ["nobody", "owner"]) {
				const page = await visit(room, { who }, { ...look,
					viewport: { width, height: HEIGHT } });

				for (const p of await places(who)) {
					await go(page, p.path, p.status);
					equal(await page.locator("body").getAttribute(
						"data-page"), p.page, named(p));
					await fits(page, named(p));
					await accessible(page, `${named(p)}, ${width} px`);
				}
			}
		});

// What breaks inside a word, though its column could hold it.
function broken(page) {
	return page.evaluate(() => [...document.querySelectorAll(
		"table .tag, table [data-badge], tbody th a")].filter(e =>
		e.getClientRects().length > 1 || e.offsetHeight > 30 /* px */)
		.map(e => e.innerText));
}

test("lists fit and break no word at widths in between", async room => {
	const page = await owner(room);
	const lists = PLACES.filter(p => p.kind === "list").map(p => p.path);

	for (const path of new Set(lists)) {
		await go(page, path);
		for (const width of BETWEEN) {
			await page.setViewportSize({ width, height: HEIGHT });
			await fits(page, `${path} at ${width} px`);
			equal(await broken(page), [], `${path} at ${width} px`);
		}
	}
});

// 1280 by 800 at 400 %.
const FOURFOLD = { width: 320, height: 200 };

test("at 400 % nothing is cut off, and Tab stops where it is seen",
	async room => {
		for (const who of ["nobody", "owner"]) {
			const page = await visit(room, { who },
				{ viewport: FOURFOLD });

			for (const p of await places(who)) {
				await go(page, p.path, p.status);
				await fits(page, named(p));
				await whole(page, named(p));
				await allStops(page);
			}
		}
	});

test("every page is valid HTML of few bytes", async room => {
	for (const who of ["nobody", "owner"]) {
		const page = await visit(room, { who });

		for (const p of await places(who)) {
			const text = await (await page.context().request.get(
				p.path, { maxRedirects: 0 })).text();

			await valid(text, named(p));
			small(text, p.kind || "page", named(p));
		}
	}
});

test("style sheet and script are small, and kept for ever", async room => {
	const page = await stranger(room);

	await go(page, "/login");
	for (const [what, attribute, most] of [
		["link[rel=stylesheet]", "href", 20 * 1024],
		["script", "src", 10 * 1024]]) {
		const path = await page.locator(what).getAttribute(attribute);
		const answer = await page.context().request.get(path);

		equal(answer.status(), 200, path);
		claim((await answer.body()).length <= most, path + " is too big");
		claim(answer.headers()["cache-control"].includes("immutable"),
			path + ": " + answer.headers()["cache-control"]);
	}
});

// What the browser asks the server for, its own cache and the stream left out.
async function asked(page) {
	const cdp = await page.context().newCDPSession(page);
	const found = new Map();
	// A browser asks for the icon after the page is there, and for one that has
	// not come when the next page does it asks again.
	const icon = new Promise(resolve => cdp.on("Network.loadingFinished",
		e => found.get(e.requestId)?.includes("favicon") && resolve()));

	await cdp.send("Network.enable");
	cdp.on("Network.requestWillBeSent", e => {
		if (e.type !== "EventSource")
			found.set(e.requestId, e.request.url);
	});
	cdp.on("Network.requestServedFromCache", e => found.delete(e.requestId));
	cdp.on("Network.responseReceived", e => {
		if (e.response.fromDiskCache)
			found.delete(e.requestId);
	});
	return { icon, take: () => {
		const urls = [...found.values()];

		found.clear();
		return urls;
	} };
}

test("a page takes four requests at first and one later", async room => {
	const page = await owner(room);
	const network = await asked(page);

	await go(page, "/me/security");
	await network.icon;
	const cold = network.take();
	equal(cold.length, 4, "cold: " + cold);
	await go(page, "/me/sessions");
	const warm = network.take();
	equal(warm.length, 1, "warm: " + warm);
});

test("a skip link is the first stop and leads to the content", async room => {
	const page = await owner(room);

	await go(page, "/me/security");
	await page.keyboard.press("Tab");
	equal(await page.locator(":focus").innerText(), "Skip to content",
		"the first stop");
	await page.keyboard.press("Enter");
	equal(await page.locator(":focus").getAttribute("id"), "main",
		"the focus after it");
});

test("on paper there are neither menu nor forms", async room => {
	const page = await owner(room, { dark: true });

	await go(page, "/admin/machines");
	await page.emulateMedia({ media: "print" });
	for (const what of ["nav", "form", "button", "#strip", ".skip"])
		equal(await page.locator(what + ":visible").count(), 0, what);
	claim(await page.locator("#machines tbody tr:visible").count() > 0,
		"no rows");
	equal(await page.evaluate(() => getComputedStyle(document.body).color +
		getComputedStyle(document.body).backgroundColor),
	"rgb(0, 0, 0)rgb(255, 255, 255)", "ink on paper");
});
