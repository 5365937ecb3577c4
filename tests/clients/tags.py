"""tags: how real clients come by tags, keep them, and lose them."""
import contextlib
import os
import sqlite3

from lab import NEWEST, OLDEST, VERSIONS, claim, until
from policy import EDIT_SECONDS, OPEN, obey
from tests import auth_id, test

OWNERS = {"tag:server": ["alice@"], "tag:router": ["tag:server"],
          "tag:other": ["bob@"]}


def owned(lab, **sections):
    """A policy that says who owns which tags, and opens everything."""
    obey(lab, tagOwners=OWNERS, grants=OPEN, **sections)


def has_tags(c, *tags, seconds=15):
    until("%s has %s" % (c.hostname, list(tags) or "no tags"), seconds,
          lambda: sorted(c.self_node().get("Tags") or []) == sorted(tags))


def identity(c):
    """What stays when a machine goes from a user to tags or back."""
    me = c.self_node()
    return me["ID"], me["TailscaleIPs"], me["DNSName"]


def named(name, v):
    return "%s-%s" % (name, v.replace(".", "-"))


@test("who owns a tag takes it with a plain key, and nobody else does",
      "tags asked", 10, versions=VERSIONS)
def asked(lab, v):
    owned(lab)
    other = lab.client(named("watch", v), v, key=lab.server.key(user="bob"))
    c = lab.host(named("new", v), v).begin()
    for user, tag, why in (
            ("bob", "tag:server", "bob does not own tag:server"),
            ("alice", "tag:nobody", "the policy has no owner for it"),
            ("alice", "tag:server,tag:other", "alice does not own tag:other")):
        out = c.up(lab.server.key(user=user), "--advertise-tags=" + tag,
                   ok=False)
        claim("invalid or not permitted" in out and why in out, out)
        claim(c.state() == "NeedsLogin", c.state())
        claim(not lab.server.node(c.hostname), "a half-made node")
        c.stop()  # else the next may end with these words: joins_after_all
        c.begin()
    c.up(lab.server.key(user="alice"), "--advertise-tags=tag:server")
    has_tags(c, "tag:server")
    other.sees(c.hostname, Tags=["tag:server"])
    claim("alice" not in other.cli("whois", c.ip4), "it is still a person's")


@test("a refused tag costs no use of the key", "tags asked", 5,
      versions=[NEWEST])
def refused_key(lab, v):
    owned(lab)
    c = lab.host("frugal", v).begin()
    key = lab.server.key(user="alice")
    out = c.up(key, "--advertise-tags=tag:other", ok=False)
    claim("alice does not own tag:other" in out, out)
    c.joins_after_all(key, "--advertise-tags=tag:server")
    has_tags(c, "tag:server")


@test("a link gives the tags that are asked for, if who lets in owns them",
      "tags linked", 10, versions=VERSIONS)
def linked(lab, v):
    owned(lab)
    for user in ("alice", "bob"):
        lab.server.user(user)
    c = lab.host(named("linked", v), v).begin()
    up, url = c.up_by_web("--advertise-tags=tag:server")
    admit = ("auth", "register", "--auth-id", auth_id(url), "--user")
    out = lab.server.cairn(*admit, "bob", ok=False)
    claim("bob does not own tag:server" in out, out)
    claim(up.poll() is None, "it waits no more")
    lab.server.cairn(*admit, "alice")
    claim(up.wait(15) == 0, "tailscale up failed")
    c.wait_state("Running", 10)
    has_tags(c, "tag:server")


@test("a link is not even given for a tag that the policy does not know",
      "tags linked", 5, versions=VERSIONS)
def linked_unknown(lab, v):
    owned(lab)
    c = lab.host(named("lost", v), v).begin()
    out = c.cli("up", "--login-server=" + lab.server.url, "--timeout=8s",
                "--hostname=" + c.hostname, "--advertise-tags=tag:nobody",
                ok=False)
    claim("the policy has no owner for it" in out, out)
    claim("/register/" not in out, "a link: " + out)


def reauth_by_link(lab, c, user, *more):
    c.reauth_by_web(lambda url: lab.server.cairn(
        "auth", "register", "--auth-id", auth_id(url), "--user", user),
        "--reset", *more)


@test("--force-reauth takes a machine from its user to tags and back, as it is",
      "tags reauth", 15, versions=VERSIONS)
def reauth(lab, v):
    owned(lab)
    w = lab.client(named("watch", v), v, key=lab.server.key(user="bob"))
    c = lab.client(named("moves", v), v, key=lab.server.key(user="alice"))
    was = identity(c)
    reauth_by_link(lab, c, "alice", "--advertise-tags=tag:server")
    has_tags(c, "tag:server")
    w.sees(c.hostname, Tags=["tag:server"], Online=True)
    claim(identity(c) == was, "%s, before %s" % (identity(c), was))
    c.sees(w.hostname, Online=True)
    w.ping(c.ip4)
    reauth_by_link(lab, c, "alice")
    has_tags(c)
    until("its peer sees no tags", EDIT_SECONDS, lambda: not w.peers()[
        c.hostname].get("Tags"))
    claim(identity(c) == was, "%s, before %s" % (identity(c), was))
    claim("alice" in w.cli("whois", c.ip4), "whois does not know its user")
    w.ping(c.ip4)


@test("--force-reauth with a tagged key leaves the tags that an admin set",
      "tags reauth", 10, versions=VERSIONS)
def reauth_tagged(lab, v):
    owned(lab)
    key = lab.server.key("--reusable", "--tags", "tag:server", user=None)
    c = lab.client(named("tagged", v), v, key=key)
    was = identity(c)
    lab.server.cairn("nodes", "tag", "-i", lab.server.node_id(c.hostname),
                     "-t", "tag:other,tag:router")
    has_tags(c, "tag:other", "tag:router")
    c.reauth(key)
    has_tags(c, "tag:other", "tag:router")
    claim(identity(c) == was, "%s, before %s" % (identity(c), was))


@test("a container that starts again with its key keeps what an admin tagged",
      "tags container", 15, versions=[OLDEST, NEWEST])
def container(lab, v):
    """Its state is kept, and it says `up` with the same key at each start."""
    owned(lab)
    for name, flags, user in (("plain", (), "alice"),
                              ("keyed", ("--tags", "tag:server"), None)):
        key = lab.server.key(*flags, user=user)  # good for one use
        c = lab.client(named(name, v), v, key=key)
        was = identity(c)
        lab.server.cairn("nodes", "tag", "-i", lab.server.node_id(c.hostname),
                         "-t", "tag:other")
        has_tags(c, "tag:other")
        for _ in range(2):
            c.stop()
            c.begin()
            c.up(key)
            has_tags(c, "tag:other")
            claim(identity(c) == was, "%s, before %s" % (identity(c), was))
        claim(len([n for n in lab.server.nodes() if n["given_name"].startswith(
            c.hostname)]) == 1, "another row")
        c.stop()


def refusals(lab):
    with contextlib.closing(sqlite3.connect(
            os.path.join(lab.server.home, "cairn.db"), timeout=10)) as db:
        return db.execute("SELECT count(*) FROM audit WHERE action = "
                          "'machine.tags_refused'").fetchone()[0]


@test("a change of --advertise-tags alone gives what the tags own, no more",
      "tags changed", 10, versions=VERSIONS)
def changed(lab, v):
    owned(lab)
    c = lab.client(named("grows", v), v, key=lab.server.key(user="alice"),
                   more=("--advertise-tags=tag:server",))
    has_tags(c, "tag:server")
    was = identity(c)
    c.cli(*c.up_args(), "--advertise-tags=tag:server,tag:other")
    until("the refusal is noted", 10, lambda: refusals(lab) == 1)
    has_tags(c, "tag:server")
    c.cli(*c.up_args(), "--advertise-tags=tag:server,tag:router")
    has_tags(c, "tag:server", "tag:router")
    claim(identity(c) == was, "%s, before %s" % (identity(c), was))
    u = lab.client(named("user", v), v, key=lab.server.key(user="alice"))
    u.cli(*u.up_args(), "--advertise-tags=tag:server")
    until("the refusal is noted", 10, lambda: refusals(lab) == 2)
    has_tags(u)
    until("its people are told why", 5, lambda: any(
        "does not have all tags" in h for h in u.status().get("Health") or []))
    claim(u.state() == "Running", u.state())
