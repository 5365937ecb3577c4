// inspect: what holds for every page: axe finds nothing, the HTML is valid,
// nothing is wider than the window, bytes and requests are within their budget.
"use strict";

const zlib = require("zlib");
const axe = require("axe-core");
const { HtmlValidate } = require("html-validate");
const { claim, equal } = require("./harness");

const KIB = 1024;
const BUDGETS = { list: [60, 10], page: [30, 8] }; // raw, gzipped; KiB
// How the writer closes void elements, and boolean attributes, is its own.
// wrap="off" is what every browser knows, and the standard does not name.
const html = new HtmlValidate({
	root: true,
	extends: ["html-validate:standard"],
	elements: ["html5", { textarea: { attributes: {
		wrap: { enum: ["hard", "soft", "off"] } } } }],
	rules: {
		"void-style": "off",
		"attribute-boolean-style": "off",
		"attribute-empty-style": "off",
		"no-inline-style": "error",
		"require-sri": "off",
	},
});

async function accessible(page, words) {
	await page.evaluate(axe.source);
	const { violations } = await page.evaluate(() => window.axe.run({
		rules: { "target-size": { enabled: true } },
	}));

	equal(violations.map(v => `${v.id}: ${v.help}: ${v.nodes.map(
		n => n.target.join(" ")).join(", ")}`), [], "axe at " + words);
}

async function fits(page, words) {
	const [wide, window] = await page.evaluate(() => [
		document.documentElement.scrollWidth,
		document.documentElement.clientWidth]);

	claim(wide <= window, `${words}: ${wide} px wide in ${window}`);
}

// What stands outside of the window, is cut off, or scrolls sideways by itself.
// Lines of a policy do: a caret below them points at a column.  So does the box
// of the network's picture, whose letters would be too small else.
async function whole(page, words) {
	const found = await page.evaluate(() => [...document.body
		.querySelectorAll("*")].filter(e => {
		const box = e.getBoundingClientRect(), s = getComputedStyle(e);

		if (!box.width || !box.height || s.position === "absolute" ||
			e.closest("svg, select, .skip, .excerpt, #diff, #text"))
			return false;
		return box.right > innerWidth + 1 || box.left < -1 ||
			(s.overflowX !== "visible" && s.display !== "inline" &&
				!e.matches("input, textarea, figure > div") &&
				e.scrollWidth > e.clientWidth + 1);
	}).map(e => e.localName + (e.id && "#" + e.id)));

	equal(found, [], "cut off on " + words);
}

// The text as it was sent.
async function valid(text, words) {
	const report = await html.validateString(text);
	const found = report.results.flatMap(r => r.messages.map(
		m => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`));

	equal(found, [], "HTML of " + words);
	equal((text.match(/<h1[ >]/g) || []).length, 1, words + ": h1");
	const tags = (text.match(/<[^>]*>/g) || []).map(
		t => t.replace(/"[^"]*"/g, '""'));
	equal(tags.filter(t => /<style|\s(on\w+|style)=/.test(t) ||
		/<script(?!.* src=)/.test(t)), [], words + ": inline");
}

function small(text, kind, words) {
	const [raw, packed] = BUDGETS[kind];
	const bytes = Buffer.byteLength(text);
	const gzip = zlib.gzipSync(text).length;

	claim(bytes <= raw * KIB, `${words}: ${bytes} bytes`);
	claim(gzip <= packed * KIB, `${words}: ${gzip} bytes gzipped`);
	return { bytes, gzip };
}

module.exports = { accessible, fits, valid, small, whole };
