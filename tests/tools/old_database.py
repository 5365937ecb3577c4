#!/usr/bin/env python3
"""old_database: the database that this version leaves, as SQL.

    old_database.py >tests/db/fixtures/vN.sql

A whole cairn runs, made-up clients join, people sign in; nothing is written
here by hand.  Run it before the first change of a released schema, and let
tests/tailnet/upgrade_test.c read what it says.  Its keys go with its folder.
"""
import http.cookiejar
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "trips"))
from instance import BIN, TOP, claim, instance  # noqa: E402

ROLES = ("owner", "admin", "network-admin", "it-admin", "auditor", "member")


def browser():
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(
        http.cookiejar.CookieJar()))


def fill_in(b, url, **fields):
    """Gets the page, sends its form: the page that it leads to."""
    with b.open(url) as page:
        text = page.read().decode()
    for tag in re.findall(r"<input[^>]*>", text):
        found = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if "name" in found:
            fields.setdefault(found["name"], found.get("value", ""))
    data = urllib.parse.urlencode(fields).encode()
    ask = urllib.request.Request(url, data, {"Origin": url[:url.index(
        "/", 8)]})
    with b.open(ask) as page:
        return page.read().decode()


def join(c, name, key, *more):
    return subprocess.run([BIN + "/fake_join", "--url", c.url, "--auth-key",
                           key, "--name", name, *more], check=False,
                          capture_output=True).returncode == 0


def key(c, *flags):
    return c.cairn("preauthkeys", "create", *flags).strip()


def people(c):
    link = re.search(r"http://\S+/setup/\S+", c.said()).group()
    word = "correct horse battery"
    fill_in(browser(), link, name="olga", password=word, password_again=word,
            org="Example")
    for role in ROLES[1:]:
        c.cairn("users", "create", role + "-anna", "--role", role)
    c.cairn("setup-link")


def rules(c):
    text = c.home + "/rules.hujson"
    with open(text, "w") as f:
        f.write('{ // who reaches whom\n"tagOwners": {"tag:server": '
                '["olga@"]},\n"postures": {"posture:prod": '
                '["custom:tier == \'prod\'"]},\n"grants": [{"src": '
                '["olga@"], "dst": ["tag:server"], "ip": ["22"], '
                '"srcPosture": ["posture:prod"]}]}\n')
    c.cairn("policy", "set", "-f", text, "-m", "the first")
    os.unlink(text)


def machines(c):
    reusable = key(c, "-u", "olga", "--reusable")
    tagged = key(c, "-u", "olga", "--tags", "tag:server")
    for name, its, *more in (
            ("laptop", reusable, "--hold", "2"), ("old-laptop", reusable),
            ("guest", key(c, "-u", "member-anna")), ("server", tagged),
            ("runner", key(c, "-u", "olga", "--ephemeral"), "--ephemeral",
             "--hold", "1")):
        claim(join(c, name, its, *more), name + " did not join")
    ids = {n["name"]: str(n["id"]) for n in c.json("nodes", "list")}
    c.cairn("nodes", "expire", "-i", ids["old-laptop"])
    c.cairn("nodes", "approve", "-i", ids["guest"], "--withdraw")
    c.cairn("nodes", "rename", "-i", ids["laptop"], "desk")
    c.cairn("nodes", "approve-routes", "-i", ids["server"], "-r",
            "192.168.7.0/24")
    c.cairn("nodes", "attr", "set", ids["laptop"], "custom:tier", "prod")
    c.cairn("settings", "set", "device_approval", "true")
    for name in ("stranger", "second-stranger"):
        claim(not join(c, name, ""), name + " was let in")
    c.cairn("preauthkeys", "expire", "--id", "3")


def main():
    with instance() as c:
        people(c)
        rules(c)
        machines(c)
        c.end()
        sql = subprocess.run(["sqlite3", c.home + "/cairn.db", ".dump",
                              "PRAGMA user_version"], check=True,
                             capture_output=True, encoding="utf-8").stdout
    body, version = sql.rstrip("\n").rsplit("\n", 1)
    print("-- A database of version %s as the programs left it, with its "
          "clients.\n%s\nPRAGMA user_version=%s;" % (version, body, version))


if __name__ == "__main__":
    os.chdir(TOP)
    main()
