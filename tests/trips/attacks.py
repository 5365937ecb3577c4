#!/usr/bin/env python3
"""Attacks on the pages, through nginx: floods, forgeries, stolen cookies, and
every form of every page sent in every wrong way."""
import hashlib
import os
import re
import sqlite3
import threading
import time
import urllib.parse

from instance import claim, instance, main, trip
from marks import texts
from person import PASSWORD, Person, fields_of, set_up

LONG = bool(os.environ.get("TEST_LONG"))
FLOOD = 10000 if LONG else 1200  # sign-ins
CROWD = 24  # senders at once, each from many addresses


def digest(server):
    """All that is stored, but for what merely looking may write: the last use
    of a session, and what worker, relay and jobs write by themselves."""
    aside = {"stat", "noise_session", "node_live", "sqlite_sequence", "change",
             "job", "derp_test", "health", "health_look", "audit_mark"}
    h = hashlib.sha256()
    db = sqlite3.connect("file:%s/cairn.db?mode=ro" % server.home, uri=True)
    for (table,) in db.execute(
            "SELECT name FROM sqlite_master WHERE type='table' ORDER BY name"):
        if table in aside:
            continue
        columns = [c[1] for c in db.execute("PRAGMA table_info(%s)" % table)
                   if c[1] not in ("used_at", "fresh_at")]
        for row in db.execute("SELECT %s FROM %s ORDER BY 1" % (
                ",".join(columns), table)):
            h.update(repr((table, row)).encode())
    db.close()
    return h.hexdigest()


def crawl(person, start, limit=400, but=lambda path: False):
    """Every page that links lead to, as {path: Page}, but some."""
    seen, todo = {}, [start]
    while todo and len(seen) < limit:
        path = todo.pop(0)
        if path in seen or but(path):
            continue
        page = person.get(path)
        seen[path] = page
        claim(page.status < 500, "%s answers %d" % (path, page.status))
        links = list(page.links)
        if page.status in (301, 303):
            links.append(page.head["Location"])
        for link in links:
            at = urllib.parse.urljoin(path, link).split("#")[0]
            if at.startswith("/") and not at.startswith("//") and \
                    not at.startswith("/static/") and at not in seen:
                todo.append(at)
    return seen


def furnish(server, owner):
    """Something on every list: machines, a key, people, one who waits."""
    key = server.json("preauthkeys", "create", "-u", "1", "--reusable")
    server.cairn("users", "create", "eve")
    return key["key"] if isinstance(key, dict) else key


@trip("a flood of sign-ins is slowed down and slows nobody elsewhere")
def _():
    with instance() as server:
        set_up(server)
        server.cairn("users", "create", "eve")
        counts, lock = {}, threading.Lock()

        def flood():
            attacker = Person(server.http)
            form = attacker.get("/login").of("form-login")
            for i in range(FLOOD // 4):
                attacker.send(form, name="eve", password="guess%d" % i)
                with lock:
                    counts[attacker.page.status] = counts.get(
                        attacker.page.status, 0) + 1

        threads = [threading.Thread(target=flood) for _ in range(4)]
        for t in threads:
            t.start()
        honest = Person(server.http, "127.0.0.9")
        begun = time.monotonic()
        honest.sign_in("ann")
        seconds = time.monotonic() - begun
        for t in threads:
            t.join()
        refused = counts.get(429, 0)
        claim(refused >= 0.99 * sum(counts.values()), str(counts))
        claim(set(counts) <= {422, 429, 503}, str(counts))
        # In the long run alone: others may be busy on this machine.
        claim(seconds < 1 or not LONG, "an honest sign-in took %.2f s" % seconds)
        print("    an honest sign-in beside %d others took %.2f s" % (
            FLOOD, seconds))


def median_of_pages(person, count=15):
    """Seconds that a page takes."""
    took = []
    for _ in range(count):
        begun = time.monotonic()
        person.get("/login")
        took.append(time.monotonic() - begun)
    return sorted(took)[count // 2]


@trip("sign-ins from everywhere leave a handler to the pages")
def _():
    with instance() as server:
        set_up(server)
        known = Person(server.http, "127.0.0.9")
        known.sign_in("ann")
        known.send(known.get("/me/security").of("form-logout"))
        over, statuses, lock = threading.Event(), {}, threading.Lock()

        def send(number):
            for i in range(200):
                if over.is_set():
                    return
                one = Person(server.http, "127.1.%d.%d" % (number, i + 1))
                one.send(one.get("/login").of("form-login"), name="eve",
                         password="some other words")
                with lock:
                    statuses[one.page.status] = statuses.get(
                        one.page.status, 0) + 1

        crowd = [threading.Thread(target=send, args=(n,))
                 for n in range(CROWD)]
        for one in crowd:
            one.start()
        # Until they are in each other's way.
        while not statuses.get(503) and any(t.is_alive() for t in crowd):
            crowd[0].join(0.01)
        seconds = median_of_pages(Person(server.http, "127.0.0.10"))
        known.sign_in("ann")
        over.set()
        for one in crowd:
            one.join()
        claim(seconds < 1, "a page took %.2f s beside them" % seconds)
        claim(set(statuses) <= {422, 429, 503}, str(statuses))
        print("    a page took %.3f s beside %d senders: %s" % (
            seconds, CROWD, statuses))


def is_export(path):
    """What is saved stands in the audit log, so that GET writes a row."""
    path = path.split("?")[0]
    return path.endswith((".csv", ".json", "/health/bundle"))


@trip("looking changes nothing, whatever the link")
def _():
    with instance() as server:
        owner = set_up(server)
        furnish(server, owner)
        before = digest(server)
        first = crawl(owner, "/", but=is_export)
        claim(len(first) > 3, "only %s" % list(first))
        for path in first:
            owner.get(path)
        claim(digest(server) == before, "a GET of one of these wrote: %s" % (
            list(first)))


@trip("a cookie that somebody planted is never a session")
def _():
    with instance() as server:
        set_up(server)
        victim = Person(server.http)
        planted = "A" * 43
        victim.cookies = {"cairn": planted, "cairn-pre": planted}
        victim.sign_in("ann")
        claim(victim.cookies["cairn"] != planted, "the planted cookie stayed")
        thief = Person(server.http)
        thief.cookies = {"cairn": planted}
        claim(thief.get("/login/confirm").status == 303, "it opened the door")


@trip("a stolen cookie opens nothing after sign-out")
def _():
    with instance() as server:
        owner = set_up(server)

        def thief_of(person):
            thief = Person(server.http, "127.0.0.7")
            thief.cookies = dict(person.cookies)
            claim(thief.get("/login/confirm").status == 200, "no session")
            return thief

        thief = thief_of(owner)
        owner.get("/login/confirm")
        owner.send(owner.page.of("form-logout"))
        claim(thief.get("/login/confirm").status == 303, "after sign-out")


def invited(server, owner, name, role):
    """A user of that role, signed in by the link of an invite."""
    form = owner.get("/admin/users/new").of("form-user-new")
    page = owner.send(form, name=name, role=role, sign_in="invite",
                      display_name="", email="")
    claim(page.status == 200, "no invite: %d %s" % (page.status, page.text))
    link = re.search(r'id="secret"[^>]*value="([^"]+)"|'
                     r'value="([^"]+)"[^>]*id="secret"', page.text)
    path = urllib.parse.urlsplit(link.group(1) or link.group(2)).path
    person = Person(server.http)
    person.send(person.get(path).of("form-invite"), password=PASSWORD,
                password_again=PASSWORD)
    claim(person.page.status == 303, "no sign-in: %s" % person.page.text)
    number = sqlite3.connect("file:%s/cairn.db?mode=ro" % server.home,
                             uri=True).execute(
        "SELECT id FROM user WHERE name = ?", (name,)).fetchone()[0]
    return person, number


@trip("a stolen cookie opens nothing after a new role, suspension or deletion")
def _():
    with instance() as server:
        owner = set_up(server)
        acts = {
            "role": ("/role", "form-role", {"role": "auditor"}),
            "status": ("/status", "form-status", {"do": "suspend"}),
            "delete": ("/delete", "form-delete", {}),
        }
        for what, (tail, ident, fields) in acts.items():
            name = "bob-" + what
            bob, number = invited(server, owner, name, "admin")
            thief = Person(server.http, "127.0.0.7")
            thief.cookies = dict(bob.cookies)
            claim(thief.get("/admin/users").status == 200, "no session")
            at = "/admin/users/%d" % number
            if what == "delete":
                fields = {"typed": name}
                at += "/delete"
            page = owner.send(owner.get(at).of(ident), **fields)
            if page.status == 200:  # it asks
                page = owner.send(page.of("form-confirm"))
            claim(page.status == 303, "%s: %d %s" % (
                what, page.status, page.text))
            claim(thief.get("/admin/users").status == 303,
                  "after %s the cookie still opens %s" % (what, tail))


@trip("nobody is sent elsewhere by a link to this site")
def _():
    with instance() as server:
        set_up(server)
        for bad in ("https://evil.example/", "//evil.example/",
                    "/\\evil.example/", "/%09/evil.example",
                    "/%5cevil.example", "\\\\evil.example"):
            p = Person(server.http)
            form = p.get("/login?next=" + urllib.parse.quote(
                bad, safe="%")).of("form-login")
            p.send(form, name="ann", password=PASSWORD)
            claim(p.page.status == 303 and p.page.head["Location"] == "/",
                  "%s: %s" % (bad, p.page.head["Location"]))
            p.send(form, name="ann", password=PASSWORD, next=bad)
            claim(not re.match(r"(//|\\|[a-z]+:)",
                               p.page.head["Location"] or "/"),
                  "%s leads to %s" % (bad, p.page.head["Location"]))


def wrong_ways(form):
    """(what, body, headers, statuses): each must change nothing."""
    good = fields_of(form)
    encode = urllib.parse.urlencode
    yield "nothing at all", "", {}, {400, 403, 410}
    yield "no csrf", encode([f for f in good if f[0] != "csrf"]), {}, {
        403, 422}
    yield "no once", encode([f for f in good if f[0] != "once"]), {}, {400}
    for name in {n for n, _ in good}:
        yield "twice " + name, encode(good + [(name, "x")]), {}, {400, 403}
    yield "not encoded", encode(good) + "&x=%zz", {}, {400}
    yield "no UTF-8", encode(good) + "&x=%ff%fe", {}, {400}
    yield "a NUL", encode(good) + "&x=a%00b", {}, {400}
    yield "201 fields", encode(good + [("f%d" % i, "") for i in range(201)]), {
    }, {400}
    yield "too big", encode(good) + "&x=" + "a" * (5 * 1024 * 1024), {}, {413}
    yield "JSON", "{}", {"Content-Type": "application/json"}, {415}
    yield "multipart", "--x--", {
        "Content-Type": "multipart/form-data; boundary=x"}, {415}
    yield "no type", encode(good), {"Content-Type": ""}, {415}
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        yield "from " + origin, encode(good), {"Origin": origin}, {403}
    yield "cross-site", encode(good), {"Sec-Fetch-Site": "cross-site"}, {403}
    yield "packed", encode(good), {"Content-Encoding": "gzip"}, {415}


def every_form(person, start="/"):
    """One of each kind: (path of its page, form), ids in addresses aside."""
    kinds = {}
    for path, page in crawl(person, start).items():
        for form in page.forms:
            if form["method"] == "post":
                kind = re.sub(r"/\d+", "/N", form["action"]), form["id"]
                kinds.setdefault(kind, (path, form["id"]))
    return kinds


@trip("every form that is sent in a wrong way changes nothing and says so")
def _():
    with instance() as server:
        owner = set_up(server)
        furnish(server, owner)
        kinds = every_form(owner)
        claim(kinds, "no forms")
        sent = 0
        for kind, (path, ident) in sorted(kinds.items()):
            if sent > 80:  # 120 a minute of one session
                owner.cookies.clear()
                owner.sign_in("ann")
                sent = 0
            before = digest(server)
            form = owner.get(path).of(ident)
            for what, body, headers, statuses in wrong_ways(form):
                page = owner.send(form, raw=body, headers=headers)
                sent += 1
                claim(page.status in statuses, "%s, %s: %d, not %s" % (
                    kind, what, page.status, statuses))
            claim(digest(server) == before, "%s was done" % (kind,))
        print("    %d forms" % len(kinds))


@trip("no form breaks on a field that is missing, huge, hostile or of another "
      "kind")
def _():
    with instance() as server:
        owner = set_up(server)
        furnish(server, owner)
        words = ["", " ", "x" * 5000, "\u00e9" * 300, "-1", "9" * 30,
                 "0x10", "1e9", "\r\n", "a\u0000b".replace("\0", ""),
                 "../../etc/passwd", "'; DROP TABLE user;--"] + texts()[::9]
        statuses = {}
        for kind, (path, ident) in sorted(every_form(owner).items()):
            if ident in ("form-logout", "form-password"):
                continue
            form = owner.get(path).of(ident)
            names = [n for n, _, _ in form["fields"]
                     if n not in ("csrf", "once", "was", "confirm",
                                  "require_second_factor")]  # it locks us out
            for i, name in enumerate(sorted(set(names))):
                for word in [None] + words[i % 4::4]:
                    form = owner.get(path)
                    if form.status != 200:
                        break  # what the page was about is gone
                    page = owner.send(form.of(ident), **{name: word})
                    claim(page.status in (200, 303, 400, 403, 404, 409, 410,
                                          413, 422, 429),
                          "%s %s=%r: %d" % (kind, name, word, page.status))
                    statuses[page.status] = statuses.get(page.status, 0) + 1
                    if page.status == 429:  # 120 a minute of one session
                        owner.cookies.clear()
                        owner.sign_in("ann")
        claim("request failed" not in server.said(), server.said())
        print("    %s" % sorted(statuses.items()))


if __name__ == "__main__":
    main()
