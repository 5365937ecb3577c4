#!/usr/bin/env python3
"""fill: rows for pages to show, written into a running instance.

    fill.py HOME picture          a small network, for pictures
    fill.py HOME many COUNT       machines, a third of them online
    fill.py HOME hostile FILE     a machine for each text of the JSON list
    fill.py HOME clear PATTERN    machines of such names go again
    fill.py HOME check SRC DST LOGIN   a login by SSH that waits to be allowed;
                                  says the path of its link
    fill.py HOME own NAME USER     one more machine of that user
    fill.py HOME routes NAME NET…  what a machine advertises from now on

Straight into the database: host names and systems are what clients say, and no
client says all of these.
"""
import hashlib
import json
import os
import re
import secrets
import sqlite3
import sys
import time

DAY = 86400
NOW = int(time.time())
# name, owner or tags, os, version, client, state, seconds ago, expires in days
PICTURE = (
    ("ada-laptop", "ada", "macOS", "15.6.1", "1.102.3", "online", 5400, 171),
    ("ada-phone", "ada", "iOS", "18.6", "1.102.1", "online", 320, 171),
    ("backup", ["tag:server"], "linux", "12 (bookworm)", "1.90.9", "online",
     41 * DAY, None),
    ("build-1", ["tag:ci", "tag:server"], "linux", "13 (trixie)", "1.102.3",
     "online", 9 * DAY, None),
    ("build-2", ["tag:ci"], "linux", "13 (trixie)", "1.102.3", "offline",
     2 * DAY, None),
    ("gate", ["tag:server"], "linux", "12 (bookworm)", "1.102.3", "online",
     41 * DAY, None),
    ("grace-desktop", "grace", "windows", "11.0.26100", "1.98.4", "offline",
     11 * 3600, 5),
    ("grace-tablet", "grace", "android", "16", "1.102.2", "never", 0, 180),
    ("lab-printer", "linus", "linux", "11 (bullseye)", "1.80.3", "expired",
     19 * DAY, -3),
    ("linus-thinkpad", "linus", "linux", "Fedora 43", "1.102.3", "online",
     900, 88),
    ("media", "grace", "tvOS", "18.6", "1.102.1", "offline", 4 * 3600, 120),
    ("sensor-roof", ["tag:iot"], "freebsd", "15.0", "1.96.2", "waiting",
     240, None),
)


def connect(home):
    db = sqlite3.connect(os.path.join(home, "cairn.db"), timeout=10,
                         isolation_level=None)
    db.execute("PRAGMA foreign_keys = ON")
    return db


def user(db, name):
    row = db.execute("SELECT id FROM user WHERE name = ?", (name,)).fetchone()
    return row and row[0]


def address6(seed):
    """As long as they come: five groups of four digits."""
    digest = hashlib.sha256(("6" + seed).encode()).hexdigest()
    return "fd7a:115c:a1e0:" + ":".join(
        "a" + digest[i:i + 3] for i in range(0, 15, 3))


def number(client):
    """As db/said.h makes it, of what the tables above say."""
    parts = re.match(r"(\d{1,4})\.(\d{1,4})\.(\d{1,5})", client)
    major, minor, patch = map(int, parts.groups()) if parts else (0, 0, 0)
    return major * 10 ** 9 + minor * 10 ** 5 + patch


def sort_name(name):
    """As db/natural.h makes it, of names in lower case."""
    def run(found):
        digits = found.group().lstrip("0")
        size = len(digits)
        return ("%d" if size < 10 else ":%03d") % size + digits
    return re.sub("[0-9]+", run, name)


def machine(db, n, name, owner, os_, version, client, state, ago, expires,
            hostname=None):
    """A row of node and one of node_live."""
    seed = "%s %d" % (name, n)
    hostinfo = {"OS": os_, "OSVersion": version,
                "IPNVersion": client + "-t0123abcd",
                "Hostname": hostname or name}
    owned = isinstance(owner, str)
    values = {
        "machine_key": hashlib.sha256(("m" + seed).encode()).digest(),
        "node_key": hashlib.sha256(("n" + seed).encode()).digest(),
        "user_id": user(db, owner) if owned else None,
        "tags": "[]" if owned else json.dumps(owner),
        "name": name, "hostname": hostname or name,
        "ipv4": "100.64.%d.%d" % (8 + n // 200, 1 + n % 200),
        "ipv6": address6(seed),
        "hostinfo": json.dumps(hostinfo, ensure_ascii=False),
        "capver": 130, "register_method": "web" if owned else "authkey",
        "created_at": NOW - max(ago, 60) - DAY,
        "expires_at": NOW + expires * DAY if expires else None,
        "approved": 0 if state == "waiting" else 1,
    }
    more = {"os": os_, "version": client, "version_number": number(client),
            "sort_name": sort_name(name)}
    known = {r[1] for r in db.execute("PRAGMA table_info(node)")}
    values.update({k: v for k, v in more.items() if k in known})
    cur = db.execute("INSERT INTO node (%s) VALUES (%s)" % (
        ", ".join(values), ", ".join(":" + k for k in values)), values)
    online = state == "online"
    db.execute(
        "INSERT OR REPLACE INTO node_live (node_id, online, last_seen, "
        "online_since, capver) VALUES (?, ?, ?, ?, 130)",
        (cur.lastrowid, online, None if state == "never" else NOW - (
            0 if online else ago), NOW - ago if online else None))


# name, advertised, approved; who stands by is after who serves
ROUTERS = (
    ("backup", ["10.20.0.0/16"], ["10.20.0.0/16"]),
    ("gate", ["0.0.0.0/0", "10.20.0.0/16", "192.168.7.0/24", "::/0"],
     ["0.0.0.0/0", "10.20.0.0/16", "::/0"]),
)


def router(db, name, routes, approved):
    db.execute("UPDATE node SET routes = ?, approved_routes = ? "
               "WHERE name = ?", (json.dumps(routes), json.dumps(approved),
                                  name))
    db.execute("INSERT INTO route_approval SELECT n.id, r.value, 'user:1', "
               "'ada', 0, ? FROM node n, json_each(n.approved_routes) r "
               "WHERE n.name = ?", (NOW - DAY, name))


def picture(db):
    for n, row in enumerate(PICTURE):
        machine(db, n, *row)
    for row in ROUTERS:
        router(db, *row)


def many(db, count):
    kinds = ("online", "offline", "never")
    systems = (("linux", "12 (bookworm)"), ("windows", "11.0.26100"),
               ("macOS", "15.6.1"), ("android", "16"))
    for n in range(count):
        os_, version = systems[n % 4]
        machine(db, 1000 + n, "host-%05d" % n, ["tag:server", "tag:ci"]
                if n % 5 == 0 else "ada", os_, version, "1.102.3",
                kinds[n % 3], n * 60 % (20 * DAY), 1 + n % 180)


def hostile(db, path):
    with open(path, encoding="utf-8") as f:
        texts = json.load(f)
    for n, text in enumerate(texts):
        machine(db, 20000 + n, "h%03d" % n, "ada", text, text, text, "offline", 60,
                10, hostname=text)


def own(db, name, owner):
    machine(db, 30000 + user(db, owner) % 1000, name, owner, "linux",
            "13 (trixie)", "1.102.3", "offline", 60, 10)


def routes(db, name, *nets):
    db.execute("UPDATE node SET routes = ? WHERE name = ?",
               (json.dumps(sorted(nets)), name))


def check(db, home, src, dst, login):
    """A row as the machine that is logged in to makes it."""
    auth_id = "hskey-authreq-" + secrets.token_urlsafe(18)
    with open(os.path.join(home, "keys", "pepper"), "rb") as f:
        pepper = f.read()
    node = "SELECT id, node_key, user_id FROM node WHERE name = ?"
    from_, key, owner = db.execute(node, (src,)).fetchone()
    to = db.execute(node, (dst,)).fetchone()[0]
    name = db.execute("SELECT name FROM user WHERE id = ?",
                      (owner,)).fetchone()[0]
    db.execute(
        "INSERT INTO ssh_check (auth_hash, code, src_id, dst_id, src_key, "
        "user_id, login, src_name, dst_name, user_name, period, created_at, "
        "expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 3600, ?, ?)",
        (hashlib.blake2b(auth_id.encode(), key=pepper,
                         digest_size=32).digest(),
         auth_id[-6:], from_, to, key, owner, login, src, dst, name, NOW,
         NOW + 900))
    print("/auth/" + auth_id)


def main(home, what, *more):
    db = connect(home)
    db.execute("BEGIN IMMEDIATE")
    {"picture": lambda: picture(db), "many": lambda: many(db, int(more[0])),
     "hostile": lambda: hostile(db, more[0]),
     "check": lambda: check(db, home, *more),
     "own": lambda: own(db, *more),
     "routes": lambda: routes(db, *more),
     "clear": lambda: db.execute("DELETE FROM node WHERE name GLOB ?", more)
     }[what]()
    db.execute("COMMIT")
    db.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
