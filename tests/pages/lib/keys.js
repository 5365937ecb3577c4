// keys: a page by the keyboard alone; where Tab stops is always seen.
"use strict";

const { claim } = require("./harness");

const STOPS_MAX = 80;

// Why whoever looks does not see where the focus is, or null.
function unseen() {
	const e = document.activeElement, box = e.getBoundingClientRect();
	const style = getComputedStyle(e);
	const label = e.labels && e.labels[0];
	const at = box.width > 1 ? box : label && label.getBoundingClientRect();
	const name = e.localName + (e.id ? "#" + e.id : "");

	if (e === document.body)
		return null; // round again
	if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2)
		return `${name} has no ring`;
	if (!at || at.bottom <= 0 || at.top >= innerHeight || at.right <= 0 ||
		at.left >= innerWidth)
		return `${name} is outside of the window`;
	const x = Math.min(Math.max(at.left + at.width / 2, 0), innerWidth - 1);
	const y = Math.min(Math.max(at.top + Math.min(at.height, innerHeight) / 2,
		0), innerHeight - 1);
	const over = document.elementFromPoint(x, y);

	return over && (e.contains(over) || over.contains(e) ||
		(label && label.contains(over))) ? null
		: `${name} is hidden by ${over && over.localName}`;
}

async function tab(page) {
	await page.keyboard.press("Tab");
	const why = await page.evaluate(unseen);

	claim(!why, `${new URL(page.url()).pathname}: ${why}`);
}

// Until the focus is on what matches.
async function tabTo(page, what) {
	for (let i = 0; i < STOPS_MAX; i++) {
		await tab(page);
		if (await page.evaluate(w => document.activeElement.matches(w), what))
			return;
	}
	throw new Error(`Tab does not lead to ${what} on ${page.url()}`);
}

// Tab to the field, and the text instead of what stood there.
async function type(page, what, text) {
	await tabTo(page, what);
	await page.keyboard.press("Control+A");
	await page.keyboard.type(text);
}

// A key that leads to another page: its status.
async function strike(page, key = "Enter") {
	const [answer] = await Promise.all([
		page.waitForResponse(r => r.request().isNavigationRequest() &&
			r.status() !== 303),
		page.keyboard.press(key),
	]);

	await page.waitForLoadState();
	return answer.status();
}

// Every stop of the page, from its beginning on.
async function allStops(page) {
	for (let i = 0; i < STOPS_MAX; i++) {
		await tab(page);
		if (await page.evaluate(() => document.activeElement ===
			document.body))
			return;
	}
}

module.exports = { allStops, strike, tabTo, type };
