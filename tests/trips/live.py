#!/usr/bin/env python3
"""live: www/cairn.js in Chromium, before a stand-in that plays handlers and worker.

The page carries the policy of real ones.  A second script of the test tells
what stands in it after each change.
"""
import contextlib
import http.server
import json
import os
import queue
import shutil
import subprocess
import threading
import time

from instance import TOP, claim, folder, main, trip

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; "
          "img-src 'self'; connect-src 'self'; form-action 'self'; "
          "frame-ancestors 'none'; base-uri 'none'; "
          "require-trusted-types-for 'script'; trusted-types 'none'")
PROBE = """
"use strict";
(() => {
	const say = () => {
		const state = { rows: [], page: location.pathname };
		for (const row of document.querySelectorAll("tbody tr"))
			state.rows.push([row.id, row.cells[0].textContent, row.dataset.mark || ""]);
		for (const id of ["strip", "count", "when", "empty", "pass"])
			state[id] = (document.getElementById(id) || {}).textContent;
		state.title = (document.getElementById("when") || {}).title;
		state.copy = [...document.querySelectorAll("[data-copy]")].map((b) => b.hidden);
		state.show = [...document.querySelectorAll("button.show")].map((b) => b.textContent);
		state.field = (document.getElementById("note") || {}).value;
		fetch("/said", { method: "POST", body: JSON.stringify(state) });
	};
	const type = document.getElementById("note");

	for (const row of document.querySelectorAll("tbody tr"))
		row.dataset.mark = "old";
	if (type)
		type.value = "typed";
	addEventListener("securitypolicyviolation", (e) =>
		fetch("/violated", { method: "POST", body: e.violatedDirective }));
	new MutationObserver(say).observe(document.body, { subtree: true,
		childList: true, attributes: true, characterData: true });
	say();
})();
"""


class Server(http.server.ThreadingHTTPServer):
    """What pages hold now, who asked for what, and what the probe said."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.rows, self.strip, self.once = {1: "one", 2: "two"}, "", 0
        self.asked, self.said, self.violated = [], queue.Queue(), []
        self.streams, self.refuse = [], 0

    def page(self):
        self.once += 1
        rows = "".join('<tr id="machine-%d"><th>%s</th><td><form>'
                       '<input type="hidden" name="once" value="%d">%s</form>'
                       '</td></tr>' % (i, name, self.once, '<input id="note" '
                                       'value="">' if i == 2 else "")
                       for i, name in self.rows.items())
        table = ('<p id="count" data-swap>%d machines</p><table><tbody '
                 'id="machines-rows" data-swap="rows">%s</tbody></table>' % (
                     len(self.rows), rows)) if self.rows else \
            '<section id="empty" data-swap>No machines yet</section>'
        return ('<!DOCTYPE html><html lang="en"><head><title>t</title>'
                '<script src="/cairn.js" defer></script>'
                '<script src="/probe.js" defer></script></head>'
                '<body data-page="machines" data-live="machine registration">'
                '<div id="strip" data-swap>%s</div>'
                '<main id="main" tabindex="-1">%s<time id="when" '
                'datetime="%s">2026-11-22 14:02 UTC</time><code id="a">x</code>'
                '<button type="button" data-copy="#a" hidden>Copy</button>'
                '<input type="password"></main></body></html>' % (
                    self.strip, table, time.strftime(
                        "%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 10800))))

    def tell(self, event, data=""):
        for q in list(self.streams):
            q.put("id: 7\nevent: %s\ndata: %s\n\n" % (event, data))

    def count(self, path):
        return sum(1 for p in self.asked if p == path)

    def state(self, what, holds, seconds=20):
        """The first report of the probe for which that holds."""
        end, last = time.monotonic() + seconds, None
        while True:
            try:
                last = self.said.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError("%s: %s" % (what, last)) from None
            if holds(last):
                return last


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def put(self, kind, text, status=200):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/said":
            self.server.said.put(json.loads(body))
        else:
            self.server.violated.append(body)
        self.put("text/plain", "")

    def do_GET(self):
        s = self.server
        s.asked.append(self.path)
        if self.path == "/cairn.js":
            with open(os.path.join(TOP, "www/cairn.js"), encoding="utf-8") as f:
                self.put("text/javascript", f.read())
        elif self.path == "/probe.js":
            self.put("text/javascript", PROBE)
        elif self.path.endswith("/events"):
            self.stream()
        else:
            self.put("text/html; charset=utf-8", s.page())

    def stream(self):
        s = self.server
        if s.refuse:
            s.refuse -= 1
            self.put("text/plain", "later", 503)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"retry: 100\nid: 1\n\n")
        q = queue.Queue()
        s.streams.append(q)
        with contextlib.suppress(OSError):
            while (text := q.get()):
                self.wfile.write(text.encode())
        s.streams.remove(q)


@contextlib.contextmanager
def browser(path="/admin/machines", **what):
    """A stand-in, and Chromium that looks at it."""
    server = Server()
    for name, value in what.items():
        setattr(server, name, value)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with folder() as home:
        p = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--no-first-run",
             "--user-data-dir=" + home,
             "http://127.0.0.1:%d%s" % (server.server_address[1], path)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        try:
            end = time.monotonic() + 60
            while not server.streams and not server.count(path + "/events") \
                    and server.count("/probe.js") == 0:
                claim(time.monotonic() < end, "no page was asked for")
                time.sleep(0.05)
            yield server
            claim(not server.violated, "policy: %s" % server.violated)
        finally:
            os.killpg(p.pid, 15)
            p.wait(20)
            server.shutdown()
            server.server_close()


def until(what, holds, seconds=20):
    end = time.monotonic() + seconds
    while not holds():
        claim(time.monotonic() < end, what)
        time.sleep(0.02)


@trip("a page that hears of its event takes in new, changed and gone rows")
def rows():
    with browser() as s:
        until("a stream", lambda: s.streams)
        s.state("the first", lambda st: len(st["rows"]) == 2)
        s.rows = {3: "three", 1: "one", 4: "four"}
        s.strip = "1 machine asks to join"
        s.tell("machine", 3)
        st = s.state("the rows", lambda st: "three" in str(st["rows"]) and
                     st["count"] == "3 machines" and st["strip"])
        claim([r[1] for r in st["rows"]] == ["three", "one", "two", "four"] or
              [r[1] for r in st["rows"]] == ["three", "one", "four", "two"],
              "the row with a changed form stays: %s" % st["rows"])
        claim(dict((r[1], r[2]) for r in st["rows"])["one"] == "old",
              "a row that did not change was touched: %s" % st["rows"])
        claim(st["field"] == "typed", "what was typed is lost")


@trip("events that the page does not care for cost nothing, many cost one fetch")
def calm():
    with browser() as s:
        until("a stream", lambda: s.streams)
        before = s.count("/admin/machines")
        s.tell("key", 1)
        s.tell("audit", 1)
        for i in range(20):
            s.tell("machine", i)
        until("a fetch", lambda: s.count("/admin/machines") > before)
        begun = time.monotonic()
        s.strip = "x"
        s.tell("strip")
        until("the next fetch",
              lambda: s.count("/admin/machines") == before + 2)
        claim(time.monotonic() - begun > 1.5, "two fetches in two seconds")


@trip("the first row of an empty list takes the place of what was there")
def first():
    with browser(rows={}) as s:
        until("a stream", lambda: s.streams)
        s.state("empty", lambda st: st.get("empty"))
        s.rows = {1: "one"}
        s.tell("reload")
        s.state("a table", lambda st: st["rows"] and not st.get("empty"))


@trip("after bye nothing is asked for; after a refusal the stream is tried again")
def ends():
    with browser(refuse=1) as s:
        until("the second try", lambda: s.streams, 30)
        until("what was missed", lambda: s.count("/admin/machines") == 2)
        s.tell("bye")
        for q in list(s.streams):
            q.put("")
        until("the end", lambda: not s.streams)
        time.sleep(1)  # ten times the retry that the stream asked for
        claim(s.count("/admin/events") == 2, s.asked)


@trip("times are told as an age, copy buttons appear, passwords can be shown")
def dress():
    with browser("/me") as s:
        st = s.state("an age", lambda st: st["when"] == "3 h ago")
        claim(st["title"] == "2026-11-22 14:02 UTC", st)
        claim(st["copy"] == [False] and st["show"] == ["Show"], st)
        until("a stream", lambda: s.streams)
        claim(s.count("/me/events") == 1, s.asked)


if __name__ == "__main__":
    if not shutil.which("chromium"):
        raise SystemExit("chromium is missing: scripts/deps.sh")
    main()
