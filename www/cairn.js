// cairn.js: makes pages live; everything works without it (spec/pages.md 4.2).
// On an event that body[data-live] names the page asks for itself again, and
// each [data-swap] whose markup differs takes the new one's place.
// Nothing here writes HTML: the page's policy has no sink for it.
"use strict";

(() => {
	const body = document.body;
	const all = (selector, root) => [...(root || document).querySelectorAll(selector)];

	// ---- times ----

	function ago(at) {
		const minutes = Math.round((Date.now() - at) / 60000);

		if (minutes < 0 || minutes >= 60 * 24 * 60)
			return null; // the date says it better
		return minutes < 1 ? "just now" :
			minutes < 60 ? minutes + " min ago" :
			minutes < 60 * 48 ? Math.round(minutes / 60) + " h ago" :
			Math.round(minutes / 60 / 24) + " d ago";
	}

	function showTimes(root) {
		for (const time of all("time[datetime]", root)) {
			if (time.closest('[data-col^=expir],[data-fact^=expir],[data-col=when],[data-exact]'))
				continue; // a date that one plans by, or looks up
			time.title ||= time.textContent;
			const text = ago(Date.parse(time.dateTime)) || time.title;

			if (time.textContent !== text)
				time.textContent = text;
		}
	}

	// ---- copy ----

	// navigator.clipboard is there on https only.
	function copyOld(from) {
		if (from.select)
			from.select();
		else
			getSelection().selectAllChildren(from);
		return document.execCommand("copy");
	}

	async function copy(button) {
		const from = document.querySelector(button.dataset.copy), words = button.textContent;
		let done = false;

		if (!from || button.disabled)
			return;
		try {
			await navigator.clipboard.writeText("value" in from ? from.value : from.textContent);
			done = true;
		} catch {
			done = copyOld(from);
		}
		button.textContent = done ? "Copied" : "Select and copy";
		button.disabled = true;
		setTimeout(() => {
			button.textContent = words;
			button.disabled = false;
		}, 2000);
	}

	// ---- forms ----

	function isChanged(field) {
		if (field.options) {
			const options = [...field.options];

			return options.some((o) => o.defaultSelected) ?
				options.some((o) => o.selected !== o.defaultSelected) :
				field.selectedIndex > 0;
		}
		return field.checked !== field.defaultChecked ||
			field.type !== "hidden" && field.value !== field.defaultValue;
	}

	const hasChanges = (root) => all("input, textarea, select", root).some(isChanged);

	let leaving = false; // by a button of a form

	addEventListener("beforeunload", (event) => {
		if (!leaving && all("form[data-guard]").some(hasChanges))
			event.preventDefault();
	});

	function addShow(input) {
		const button = document.createElement("button");
		const set = (shown) => {
			input.type = shown ? "text" : "password";
			button.textContent = shown ? "Hide" : "Show";
			button.ariaLabel = button.textContent + " password";
		};

		button.type = "button";
		button.className = "show";
		button.addEventListener("click", () => set(input.type === "password"));
		if (input.form) // browsers keep what was typed into a text field
			input.form.addEventListener("submit", () => set(false));
		set(false);
		input.after(button);
	}

	// ---- the text of a policy ----

	// A tab is typed after Ctrl-M alone: the keyboard finds its way out.
	function edit(area) {
		const lines = document.createElement("pre");
		let tabs = false;
		const show = () => {
			lines.textContent = area.value.split("\n").map((_, i) => i + 1).join("\n");
			lines.scrollTop = area.scrollTop;
		};

		lines.className = "lines";
		lines.ariaHidden = true;
		area.before(lines);
		area.oninput = area.onscroll = show;
		area.onkeydown = (event) => {
			if (event.ctrlKey && event.key === "m")
				tabs = !tabs;
			else if (event.ctrlKey && event.key === "s")
				area.form?.elements.do[0].click(); // Check
			else if (tabs && event.key === "Tab" && !event.shiftKey)
				document.execCommand("insertText", false, "\t");
			else
				return;
			event.preventDefault();
		};
		show();
	}

	function goTo(line, area) {
		const lines = area.value.split("\n");
		const at = lines.slice(0, line - 1).join("\n").length + (line > 1);

		area.focus();
		area.setSelectionRange(at, at);
		area.scrollTop = (line - 5) * area.scrollHeight / lines.length;
	}

	// ---- what is done to new markup, and to the whole page at first ----

	function dress(root) {
		showTimes(root);
		for (const button of all("button[data-copy]", root))
			button.hidden = false;
		all("input[type=password]", root).forEach(addShow);
		all(".lined > textarea", root).forEach(edit);
	}

	// ---- live: the swap ----

	// As it came from the server, by id: what this script did to it is no change.
	const served = new Map();
	// A form's `once` is another each time.
	const markup = (element) => element.outerHTML.replace(/name="once" value="[^"]*"/g, "");
	const isRows = (element) => element.dataset.swap === "rows";

	function note(element) {
		if (!isRows(element))
			served.set(element.id, markup(element));
		else
			for (const row of element.rows)
				served.set(row.id, markup(row));
	}

	// Not under the hands of whoever works in it; who reads #flash does not.
	function isBusy(element) {
		const active = document.activeElement;

		return active?.tabIndex >= 0 && element.contains(active) ||
			element.matches("details[open]") || element.querySelector("details[open]") ||
			hasChanges(element);
	}

	let skipped = false;

	function put(have, fresh) {
		const next = document.importNode(fresh, true);

		if (served.get(fresh.id) === markup(fresh))
			return have;
		if (isBusy(have)) {
			skipped = true;
			return have;
		}
		served.set(fresh.id, markup(fresh));
		have.replaceWith(next);
		dress(next);
		return next;
	}

	function putRows(have, fresh) {
		const stay = new Set([...fresh.rows].map((row) => row.id));
		let at;

		for (const row of [...have.rows])
			if (!stay.has(row.id) && !isBusy(row))
				row.remove();
		at = have.firstElementChild;
		for (const row of fresh.rows) {
			let old = [...have.rows].find((r) => r.id === row.id);

			if (!old) {
				old = document.importNode(row, true);
				served.set(row.id, markup(row));
				have.insertBefore(old, at);
				dress(old);
				continue;
			}
			if (old === at)
				at = at.nextElementSibling;
			else if (!isBusy(old))
				have.insertBefore(old, at);
			put(old, row);
		}
	}

	const swapIds = (root) => all("[data-swap]", root).map((e) => e.id).join(" ");

	// Another set of parts (a first row): all of main, but for a page that asks for
	// another, which lacks what is shown once.
	function swap(fresh) {
		if (!body.dataset.liveUrl && swapIds(document) !== swapIds(fresh)) {
			const main = document.getElementById("main");
			const next = fresh.getElementById("main");

			if (main && next && !isBusy(main)) {
				all("[data-swap]", next).forEach(note);
				main.replaceWith(document.importNode(next, true));
				dress(document.getElementById("main"));
			} else {
				skipped = true;
			}
		}
		for (const part of all("[data-swap]", fresh)) {
			const have = document.getElementById(part.id);

			if (have && isRows(part) && isRows(have))
				putRows(have, part);
			else if (have)
				put(have, part);
		}
	}

	// ---- live: when ----

	const PAUSE_MS = 2000;
	let due = 0, asked = -PAUSE_MS, asking = false, again = false;

	function ask() {
		const request = new XMLHttpRequest();

		due = 0;
		asked = performance.now();
		asking = true;
		again = skipped = false;
		request.open("GET", body.dataset.liveUrl || location.href);
		request.responseType = "document";
		request.setRequestHeader("Cairn-Live", "1"); // a flash is not for us
		request.onload = () => {
			const fresh = request.response;

			if (request.status !== 200 || !fresh)
				return;
			if (body.dataset.liveUrl || fresh.body.dataset.page === body.dataset.page)
				swap(fresh);
		};
		request.onloadend = () => {
			asking = false;
			if (again)
				refresh();
		};
		request.send();
	}

	function refresh() {
		if (asking)
			again = true;
		else if (!due && !document.hidden)
			due = setTimeout(ask, Math.max(0, asked + PAUSE_MS - performance.now()));
	}

	// data-live-id is the id of the first kind of thing that is named.
	function listen(stream, names) {
		const { liveId } = body.dataset;

		for (const name of new Set([...names, "strip", "reload"]))
			stream.addEventListener(name, (event) => {
				if (name !== names[0] || !liveId || event.data === liveId)
					refresh();
			});
	}

	function streamAddress() {
		const [base] = /^\/((admin|me)(?=\/|$)|(register|auth)\/.*)/.exec(location.pathname) || [];
		const since = body.dataset.liveSeq; // the change that the page was made at

		return base && base + "/events" + (since ? "?since=" + since : "");
	}

	let stream = null, retry = 0, pause = 0;

	function close() {
		clearTimeout(retry);
		stream?.close();
		stream = null;
	}

	// A lost connection is mended by the browser, an answer that is no stream here.
	function open(missed) {
		close();
		stream = new EventSource(streamAddress());
		listen(stream, body.dataset.live.split(" "));
		stream.addEventListener("bye", close);
		stream.onopen = () => {
			pause = 0;
			if (missed)
				refresh();
			missed = false;
		};
		stream.onerror = () => {
			if (stream?.readyState !== EventSource.CLOSED)
				return;
			pause = Math.min(300, 2 * pause + 5);
			retry = setTimeout(open, pause * (500 + 500 * Math.random()), true);
		};
	}

	function beLive() {
		if (!body.dataset.live || !streamAddress())
			return;
		all("[data-swap]").forEach(note);
		document.addEventListener("visibilitychange", () =>
			document.hidden ? close() : open(true));
		addEventListener("pagehide", close);
		addEventListener("pageshow", (event) => event.persisted && open(true));
		document.addEventListener("focusout", () => skipped && refresh());
		if (!document.hidden)
			open(false);
	}

	// ---- the page ----

	document.addEventListener("submit", () => leaving = true);
	document.addEventListener("click", (event) => {
		const on = event.target.closest("button[data-copy], a[data-line]");

		if (on && on.dataset.copy)
			copy(on);
		else if (on)
			goTo(on.dataset.line, document.querySelector(on.hash));
	});
	beLive(); // before anything is changed
	dress(document);
	setInterval(showTimes, 60 * 1000);
})();
