"""ssh: logins that the policy wants somebody to allow first."""
import contextlib
import os
import re
import sqlite3
import subprocess
import time
import urllib.parse

from browser import PASSWORD, Browser, owner
from lab import MIDDLE, NEWEST, OLDEST, Failed, claim, until
from policy import EDIT_SECONDS, OPEN, obey
from tests import auth_id, test

ASK_SECONDS = 10  # until the link stands in the terminal
CHECK = {"action": "check", "src": ["olga@"], "dst": ["tag:server"],
         "users": ["root"]}


def rule(**more):
    return {**CHECK, **more}


class Login:
    """ssh from one host to another, in a terminal that can be read."""

    def __init__(self, a, s, user="root", command="echo in-$((40 + 2))",
                 more=()):
        self.path = os.path.join(a.lab.logs, "ssh-%s-%d.log" % (
            a.hostname, time.monotonic_ns()))
        with open(self.path, "wb") as out:
            self.process = subprocess.Popen(
                ["nsenter", "-t", str(a.daemon.pid), "-m", "-n", "-u", "env",
                 "HOME=" + a.folder, "ssh", "-o", "StrictHostKeyChecking=no",
                 "-o", "UserKnownHostsFile=/dev/null", "-o",
                 "ConnectTimeout=5", "-o", "BatchMode=yes", *more,
                 "%s@%s" % (user, s.ip4), command],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def said(self):
        with open(self.path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def waits(self):
        return self.process.poll() is None

    def link(self):
        """What the terminal shows while the login waits."""
        found = until("a link in the terminal (%s)" % self.said(), ASK_SECONDS,
                      lambda: re.search(r"http://\S+/auth/\S+", self.said()))
        claim(self.waits(), "it does not wait: " + self.said())
        return found.group(0)

    def ends(self, seconds=15):
        until("the end of the login", seconds, lambda: not self.waits())
        return self.said()

    def is_in(self, seconds=15):
        said = self.ends(seconds)
        claim("in-42" in said, "not let in: " + said)
        return said

    def is_refused(self, *words, seconds=15):
        said = self.ends(seconds)
        claim("in-42" not in said, "let in: " + said)
        for word in words:
            claim(word in said, "%r is not said: %s" % (word, said))


def path_of(link):
    return urllib.parse.urlsplit(link).path


def person(lab, name):
    """A browser of a member, who came by an invitation."""
    if name not in lab.shared:
        admin = owner(lab)
        admin.get("/admin/users/new")
        page = admin.send(admin.page.of("form-user-new"), name=name,
                          sign_in="invite")
        link = re.search(r"/invite/[\w-]+", page.text)
        claim(link, "no invitation: " + page.text[:1500])
        b = Browser(lab.server)
        b.get(link.group(0))
        b.submit("invite", password=PASSWORD, password_again=PASSWORD)
        lab.shared[name] = b
    return lab.shared[name]


def decide(browser, link, decision):
    page = browser.get(path_of(link))
    claim(page.status == 200, "%d: %s" % (page.status, page.text[:800]))
    page = browser.submit("check", decision=decision)
    claim(page.status == 200 and "Go back to your terminal." in page.text,
          page.text[:1500])


def hosts(lab, v=NEWEST):
    """olga's laptop, and a server with Tailscale SSH."""
    if "hosts" not in lab.shared:
        owner(lab)
        obey(lab, grants=OPEN, ssh=[rule()])
        a = lab.client("laptop", key=lab.server.key(user="olga"))
        s = lab.client("srv", v, key=lab.server.key(
            "--tags", "tag:server", user=None), more=("--ssh",))
        a.meets(s)
        lab.shared["hosts"] = a, s
    return lab.shared["hosts"]


@test("SSH: a check is allowed by the owner of the source in the page, and by "
      "nobody else", "ssh check", 30, versions=[OLDEST, MIDDLE, NEWEST])
def by_owner(lab, v):
    a, s = hosts(lab, v)
    mallory = person(lab, "mallory")
    with Login(a, s) as login:
        link = login.link()
        page = mallory.get(path_of(link))
        claim(page.status == 403, "%d for somebody else" % page.status)
        claim("laptop" not in page.text, "it tells who logs in")
        stranger = Browser(lab.server)
        claim(stranger.get(path_of(link)).status == 303, "without sign-in")
        claim(login.waits(), login.said())
        decide(owner(lab), link, "approve")
        login.is_in()


def sql(lab, text, *values):
    with contextlib.closing(sqlite3.connect(
            os.path.join(lab.server.home, "cairn.db"), timeout=10)) as db:
        with db:
            return db.execute(text, values).fetchall()


def checks(lab):
    return sql(lab, "SELECT count(*) FROM ssh_check")[0][0]


def earlier(lab, seconds):
    """As if the decisions had been made before."""
    sql(lab, "UPDATE ssh_check SET decided_at = decided_at - ?", seconds)


def asks(lab, a, s, decision="approve", browser=None, **more):
    """A login that asks; what it said at its end."""
    before = checks(lab)
    with Login(a, s, **more) as login:
        link = login.link()
        claim(checks(lab) == before + 1, "no row of its own")
        decide(browser or owner(lab), link, decision)
        return login.ends()


def silent(lab, a, s, **more):
    """A login that is let in without a word."""
    before = checks(lab)
    with Login(a, s, **more) as login:
        said = login.is_in()
    claim("/auth/" not in said and checks(lab) == before, said)
    return said


def watch(lab, a, s, **sections):
    """The policy, once the server that is logged in to has it."""
    obey(lab, grants=OPEN, **sections)
    want = len(sections.get("ssh", []))
    until("the policy is there", EDIT_SECONDS, lambda: (len(
        (s.netmap().get("SSHPolicy") or {}).get("rules") or []) > 0) == (
            want > 0))


@test("SSH: who is asked may say no, an admin too, and the terminal says who "
      "and why", "ssh says no", 30)
def says_no(lab):
    a, s = hosts(lab)
    out = asks(lab, a, s, "reject")
    claim("in-42" not in out and "olga said no" in out, out)
    with Login(a, s) as login:
        lab.server.cairn("auth", "reject", "--auth-id", auth_id(login.link()),
                         "--reason", "not on a Sunday")
        login.is_refused("not on a Sunday")
    with Login(a, s) as login:
        link = login.link()
        page = owner(lab).get("/admin/checks")
        claim("laptop" in page.text and "srv" in page.text, page.text[:1500])
        form = [f for f in page.forms if ["decision", "reject"] in [
            list(b) for b in f["buttons"]]]
        claim(len(form) == 1, "one waits: %s" % page.forms)
        owner(lab).submit(form[0]["id"][5:], decision="reject")
        login.is_refused("olga said no")
    claim(owner(lab).get(path_of(link)).status == 200, "its page is gone")
    with Login(a, s) as login:
        lab.server.cairn("auth", "approve", "--auth-id",
                         auth_id(login.link()))
        login.is_in()
    listed = lab.server.json("auth", "list")
    claim([(x["kind"], x["state"], x["machine"], x["login"]) for x in listed]
          == [("ssh", "approved", "laptop", "root")], listed)


@test("SSH: what nobody allows ends when the link ends, and says so",
      "ssh says no", 20)
def times_out(lab):
    a, s = hosts(lab)
    sql(lab, "UPDATE ssh_check SET state = 'ended' WHERE state = 'approved'")
    with Login(a, s) as login:
        login.link()
        sql(lab, "UPDATE ssh_check SET expires_at = unixepoch() + 3 "
            "WHERE state = 'waiting'")
        login.is_refused("nobody allowed it in time")


@test("SSH: an answer holds for its period, and not for another login or source",
      "ssh period", 40)
def period(lab):
    a, s = hosts(lab)
    both = rule(checkPeriod="1m", users=["root", "daemon"])
    watch(lab, a, s, ssh=[both])
    claim("in-42" in asks(lab, a, s), "not let in")
    silent(lab, a, s)
    with Login(a, s, user="daemon") as login:
        login.link()
    b = lab.client("tablet", key=lab.server.key(user="olga"))
    b.meets(s)
    with Login(b, s) as login:
        login.link()
    earlier(lab, 50)
    silent(lab, a, s)
    earlier(lab, 11)
    claim("in-42" in asks(lab, a, s), "not let in")
    silent(lab, a, s)
    watch(lab, a, s, ssh=[rule(checkPeriod="always")])
    for _ in range(2):
        claim("in-42" in asks(lab, a, s), "not let in")


@test("SSH: an admin takes back what was allowed, and so does whatever ends the "
      "rule or the machine's login", "ssh revoked", 60)
def revoked(lab):
    a, s = hosts(lab)
    asks(lab, a, s)
    silent(lab, a, s)
    page = owner(lab).get("/admin/checks")
    form = [f["id"][5:] for f in page.forms if f["id"].startswith(
        "form-revoke-")]
    claim(len(form) == 1, page.text[-1500:])
    owner(lab).submit(form[0])
    asks(lab, a, s)
    lab.server.cairn("auth", "revoke", "--auth-id",
                     lab.server.json("auth", "list")[0]["auth_id"])
    asks(lab, a, s)
    watch(lab, a, s)
    with Login(a, s) as login:
        login.is_refused()
    watch(lab, a, s, ssh=[rule()])
    asks(lab, a, s)  # the rule is back, the answer is not
    silent(lab, a, s)
    node = lab.server.node_id("laptop")
    lab.server.cairn("nodes", "expire", "-i", node)
    a.wait_state("NeedsLogin")
    lab.server.cairn("nodes", "expire", "-i", node, "-d")
    a.wait_state("Running")
    until("a peer again", 10, lambda: not s.peers()["laptop"].get("Expired"))
    a.meets(s)
    asks(lab, a, s)
    silent(lab, a, s)
    a.reauth(lab.server.key(user="olga"))
    a.meets(s)
    asks(lab, a, s)


@test("SSH: a server that starts again while somebody is asked gets the answer",
      "ssh restart", 40)
def restart(lab):
    a, s = hosts(lab)
    with Login(a, s) as login:
        link = login.link()
        lab.server.stop()
        lab.server.begin()
        until("the owner's page", 15,
              lambda: owner(lab).get(path_of(link)).status == 200)
        claim(login.waits(), login.said())
        decide(owner(lab), link, "approve")
        login.is_in(30)
    silent(lab, a, s)
    earlier(lab, 13 * 3600)
    with Login(a, s) as login:
        link = login.link()
        lab.server.kill("cairn-worker")
        decide(owner(lab), link, "approve")
        login.is_in(30)


@test("SSH: while the rule is gone the waiting login is refused at once",
      "ssh restart", 20)
def withdrawn(lab):
    a, s = hosts(lab)
    watch(lab, a, s, ssh=[rule(checkPeriod="always")])
    with Login(a, s) as login:
        link = login.link()
        obey(lab, grants=OPEN, ssh=[])
        login.is_refused()
    claim(owner(lab).get(path_of(link)).status == 410, "still to be allowed")
    with Login(a, s) as login:
        login.is_refused()


def local_user(host, name, number):
    with open(os.path.join(host.folder, "etc", "passwd"), "a",
              encoding="utf-8") as f:
        f.write("%s:x:%d:%d::/tmp:/bin/sh\n" % (name, number, number))


@test("SSH: localparts name the own login, and the environment that a rule lets "
      "through comes along", "ssh users", 40)
def users(lab):
    a, s = hosts(lab)
    lab.server.cairn("users", "create", "carol", "--email",
                     "carol@example.org")
    c = lab.client("carols", key=lab.server.key(user="carol"))
    for name, number in (("carol", 2001), ("dave", 2002)):
        local_user(s, name, number)
    c.meets(s)
    watch(lab, c, s, ssh=[rule(
        src=["autogroup:member"], users=["localpart:*@example.org"],
        acceptEnv=["FOO_*"])])
    command = "echo in-$((40 + 2)) $USER '['$FOO_A']' '['$BAR_A']'"
    more = ("-o", "SetEnv=FOO_A=foo BAR_A=bar")
    with Login(c, s, "carol", command, more) as login:
        lab.server.cairn("auth", "approve", "--auth-id",
                         auth_id(login.link()))
        said = login.is_in()
        claim("in-42 carol [foo] []" in said, said)
    for user in ("dave", "root"):
        with Login(c, s, user) as login:
            login.is_refused()
    with Login(a, s, "carol") as login:
        login.is_refused()


@test("SSH: autogroup:self asks for the own machines, and opens no other's",
      "ssh self", 30)
def own(lab):
    a, _s = hosts(lab)
    b = lab.client("desk", key=lab.server.key(user="olga"), more=("--ssh",))
    c = lab.client("others", key=lab.server.key(user="bob"), more=("--ssh",))
    watch(lab, a, b, ssh=[rule(src=["autogroup:member"],
                               dst=["autogroup:self"],
                               users=["autogroup:nonroot", "root"])])
    for peer in ("desk", "others"):
        a.sees(peer, Online=True)
    claim("in-42" in asks(lab, a, b), "not let in")
    with Login(a, c) as login:
        login.is_refused()
    page = person(lab, "mallory").get("/admin/checks")
    claim(page.status == 403, "a member sees %d" % page.status)
