// browser: one Chromium for all tests, a context for each visitor, and what no
// page may ever do: ask another host, break its own policy, throw.
"use strict";

const { chromium } = require("playwright-core");
const { claim, equal } = require("./harness");

// For a closed network: the browser itself asks nobody anything.
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic",
	"--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync"];
const DESK = { width: 1280, height: 800 }, PHONE = { width: 390, height: 844 };
// What is not held to a bar of its own may take long on a machine that is busy.
const SECONDS = 1000, PATIENCE = 30 * SECONDS;
let running = null;

async function start(program = "/usr/bin/chromium") {
	return chromium.launch({ executablePath: program, headless: true,
		args: FLAGS, timeout: 30 * SECONDS });
}

async function stop() {
	if (running)
		await (await running).close();
	running = null;
}

function watch(context, room, homes) {
	const trouble = t => room.troubles.push(t);

	context.on("request", r => {
		if (!homes.some(h => r.url().startsWith(h + "/")))
			trouble("a page asks for " + r.url());
	});
	context.on("console", m => {
		if (/Content.Security.Policy|Refused to|violat|Trusted/i.test(m.text()))
			trouble(`${m.location().url}: ${m.text()}`);
	});
	context.on("weberror", e => trouble("script: " + e.error()));
	context.on("dialog", d => {
		trouble("a dialog: " + d.message());
		d.dismiss();
	});
}

// Somebody with a browser.  {js, viewport, dark, contrast, forced, browser}, and
// `beside`: other hosts that may be asked.
async function visitor(room, url, how = {}) {
	if (!how.browser)
		running = running || start();
	const context = await (await (how.browser || running)).newContext({
		baseURL: url,
		javaScriptEnabled: how.js !== false,
		viewport: how.viewport || DESK,
		colorScheme: how.dark ? "dark" : "light",
		contrast: how.contrast || null,
		forcedColors: how.forced || null,
		reducedMotion: "reduce",
	});

	context.setDefaultTimeout(PATIENCE);
	watch(context, room, [url, ...how.beside || []]);
	room.later(() => context.close());
	return context.newPage();
}

async function go(page, address, status = 200) {
	const answer = await page.goto(address);

	equal(answer.status(), status, address);
	return answer;
}

async function enter(form, name, value) {
	const field = form.locator(`[name="${name}"]`).first();
	const kind = await field.evaluate(e => e.type);

	if (kind === "radio")
		await form.locator(`[name="${name}"][value="${value}"]`).check();
	else if (kind === "checkbox")
		await field.setChecked(value);
	else if (kind.startsWith("select"))
		await field.selectOption(value);
	else
		await field.fill(value);
}

// Fills what is named and presses the button; the answer's status.
async function send(page, form, values, button) {
	const at = page.locator(`form#form-${form}`);

	for (const [name, value] of Object.entries(values))
		await enter(at, name, value);
	return press(page, button ? at.getByRole("button", { name: button,
		exact: true }) : at.locator("button[type=submit]"));
}

// A press that leads to another page: its status.
async function press(page, what) {
	const [answer] = await Promise.all([
		page.waitForResponse(r => r.request().isNavigationRequest() &&
			r.status() !== 303),
		what.click(),
	]);

	await page.waitForLoadState();
	return answer.status();
}

async function says(page, what, words) {
	const text = await page.locator(what).innerText();

	claim(text.includes(words), `${what} says "${text}", not "${words}"`);
}

module.exports = { start, stop, visitor, go, send, press, says, DESK, PHONE };
