#!/usr/bin/env python3
"""walk: random lives of a tailnet, on a real worker with real handlers, held
against a naive model.

    tests/model/walk.py [--operations 10000] [--seed N] [--walk 300]
                        [--build build] [--shrink] [--verbose]

A walk is `--walk` operations (DEEDS below) on a tailnet of its own: people,
policies, settings, and simulated clients that come by Noise and HTTP/2
(stage.c).  Every few operations it waits until nothing is owed to anybody, and
then what each client made of its messages (netmap.py) must be what the model
(truth.py) says: its own node, peers with everything that they have, filter, SSH
rules, DNS, relays, profiles.

A walk follows from its seed, whatever the machine: a failed one prints its own
line to run it again.  --shrink leaves operations out as long as it still fails.
"""
import argparse
import collections
import copy
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "tools"),
                os.path.join(TOP, "tests", "policy")]

import compare_fixture  # noqa: E402
import grammar  # noqa: E402
import netmap  # noqa: E402
import truth as model  # noqa: E402

PLACES = 10
NODES_MOST = 16
VERSIONS = [113, 130, 142, 142]
HOSTNAMES = ["Laptop", "laptop", "web.server", "Joe's Mac mini", "db_1",
             "pi.local", "我的电脑", "wpad", "a" * 70, ".hidden.", "X.LOCAL"]
LABELS = ["nas", "gate", "Printer", "one-1", "z" * 63, "laptop", "x"]
BAD_LABELS = ["-x", "under_score", "localhost", "y" * 64, "a b"]
LOGINS = ["alice@example.com", "bob@example.com", "carol@corp.example.org",
          "dave@example.com", "eve@example.net", "frank@corp.example.org"]
ROLES = ["member", "member", "admin", "network-admin", "it-admin", "auditor"]
TAGS = ["tag:a", "tag:b", "tag:web-1"]
ROUTES = ["10.33.0.0/16", "10.33.7.0/24", "192.168.7.0/24", "fd00:1::/64",
          "10.5.0.0/16"]
NAMESERVERS = ["9.9.9.9", "2620:fe::fe", "10.0.0.1", "100.64.0.3",
               "https://dns.example/dns-query",
               "https://dns.nextdns.io/abc123"]
DNS_DOMAINS = ["corp.example", "lab.corp.example", "internal", "example.org",
               "cairn.internal", "lab.tail.example.org", "tail.example.org"]
RECORDS = ["git.cairn.internal", "nas.cairn.internal", "gate.tail.example.org",
           "www.corp.example", "x.lab.corp.example", "corp.example",
           "home.lan", "b.home.lan", "a.b.home.lan", "x-home.lan",
           "cairn.internal"]
VALUES = {"A": ["10.1.1.1", "10.1.1.2"], "AAAA": ["fd00::1", "fd00::2"]}
SERVICES = [{"Proto": "peerapi4", "Port": 41000}, {"Proto": "tcp", "Port": 80},
            {"Proto": "peerapi6", "Port": 41001}]
LONG_LEAP = 1900     # past the ephemeral timeout, and any keep-alive
SOON = 600           # an expiry that a walk waits for
SETTLE_SHARE = 0.15
GRACE = 10


class Differs(Exception):
    pass


class Stage:
    """The program of stage.c."""

    def __init__(self, build, folder):
        self.leap_file = os.path.join(folder, "leap")
        with open(self.leap_file, "wb") as f:
            f.write(struct.pack("q", 0))
        env = {**os.environ, "MODEL_LEAP": self.leap_file,
               "LD_PRELOAD": os.path.abspath(
                   os.path.join(build, "tests/model/leap.so")),
               "CAIRN_LOG": "warn",
               "ASAN_OPTIONS": "verify_asan_link_order=0:"
               + os.environ.get("ASAN_OPTIONS", "")}
        self.child = subprocess.Popen(
            [os.path.join(build, "tests/model/stage")], cwd=TOP, env=env,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        self.now, self.loud = 0, False

    def ask(self, *words):
        """The answer; "error" in it is the caller's to look at."""
        try:
            self.child.stdin.write(json.dumps(words) + "\n")
            self.child.stdin.flush()
            line = self.child.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise Differs("the stage ended with %s at %r"
                          % (self.child.wait(), words[:2]))
        got = json.loads(line)
        self.now = got["now"]
        if self.loud:
            print("       %s -> %s" % (json.dumps(words)[:200], line[:150]
                                       .rstrip()), flush=True)
        return got

    def do(self, *words):
        got = self.ask(*words)
        if "error" in got:
            raise Differs("%r is refused: %s" % (words, got["error"]))
        return got

    def end(self):
        """Whether all programs ended well."""
        self.child.stdin.close()
        try:
            return self.child.wait(60) == 0
        except subprocess.TimeoutExpired:
            self.child.kill()
            return False


class Client:
    """What a machine knows of itself."""

    def __init__(self, place):
        self.place = place
        self.capver, self.slow = 142, False
        self.host, self.endpoints, self.derp = {}, [], 0
        self.keys, self.old_key, self.used = None, None, False
        self.connected = self.streams = self.lags = False
        self.map = netmap.Netmap()
        # What it said of itself since its stream began: a client is not told
        # again what it told.
        self.said = []


class Walk:
    def __init__(self, seed, build, folder, verbose):
        self.seed, self.verbose = seed, verbose
        self.stage = Stage(build, folder)
        self.t = model.Truth()
        self.clients = [Client(i) for i in range(PLACES)]
        self.uses = collections.Counter()
        self.kept_keys = []      # reusable ones: (text, user, tags)
        self.settles = self.named = 0
        self.disturbed = set()   # routers to which something happened
        self.r = random.Random(seed)
        self.begin()

    def begin(self):
        s = self.stage
        for name in ("register_machine_rate", "register_rate"):
            s.do("set", name, "1000000")
        self.t.users[1] = model.User(1, "ann", "", "", "member")
        s.do("user_change", 1, "ann", "ann@example.com", "")
        self.t.users[1].email = "ann@example.com"
        for i in range(2):
            self.add_user(LOGINS[i], "member")
        for c in self.clients:
            s.do("new", c.place)
            c.keys = s.do("keys", c.place)
            self.new_host(c)

    def add_user(self, login, role):
        self.named += 1
        name = "user-%d" % self.named
        got = self.stage.do("user_add", name, login, "", role)
        self.t.users[got["id"]] = model.User(got["id"], name, login, "", role)

    # ---- choices ----
    def node(self, *tests):
        """Any node that passes."""
        found = [n for n in self.t.nodes.values()
                 if all(test(n) for test in tests)]
        return self.r.choice(found) if found else None

    def client(self, *tests):
        found = [c for c in self.clients if all(test(c) for test in tests)]
        return self.r.choice(found) if found else None

    def node_of(self, c):
        n = self.t.by_key(c.keys["node"]) if c.used else None
        return n if n and n.place == c.place else None

    def is_open(self, n):
        return not n.expires or n.expires > self.stage.now

    def current(self, c):
        """It holds a stream and may be told everything."""
        n = self.node_of(c)
        return c.streams and n is not None and self.is_open(n)

    # ---- what machines do ----
    def new_host(self, c):
        r = self.r
        free = [h for h in HOSTNAMES if sum(
            model.label_of(n.hostname) == model.label_of(h) or
            n.label.startswith(model.label_of(h))
            for n in self.t.nodes.values()) < 6]
        c.host = {"OS": r.choice(["linux", "windows", "macOS"]),
                  "OSVersion": str(r.randint(1, 9)),
                  "Hostname": r.choice(free),
                  "IPNVersion": "1.102.3"}
        if r.random() < 0.7:
            c.host["Services"] = r.sample(SERVICES, r.randint(1, 3))
        if r.random() < 0.2:
            c.host["sshHostKeys"] = ["ssh-ed25519 AAAA%d" % r.randint(0, 9)]
        if r.random() < 0.4:
            c.host["RoutableIPs"] = self.some_routes()
        self.new_net(c)

    def some_routes(self):
        r = self.r
        got = r.sample(ROUTES, r.randint(0, 2))
        return got + list(model.EXITS) if r.random() < 0.3 else got

    def new_net(self, c):
        r = self.r
        c.endpoints = r.sample(
            ["192.0.2.%d:41641" % r.randint(1, 9), "[2001:db8::7]:41641",
             "10.0.0.5:1", "224.0.0.1:5", "[fe80::1]:1", "127.0.0.1:9"],
            r.randint(0, 4))
        c.derp = r.choice([0, 900, 900, 901])

    def say_host(self, c):
        """The stage's client gets what this one knows."""
        host = dict(c.host)
        if c.derp:
            host["NetInfo"] = {"PreferredDERP": c.derp}
        self.stage.do("host", c.place, json.dumps(host),
                      json.dumps(c.endpoints))

    def connect(self, c):
        c.slow = self.r.random() < 0.3
        c.capver = self.r.choice(VERSIONS)
        self.stage.do("connect", c.place, c.capver, int(c.slow))
        c.connected, c.lags = True, False

    def take_row(self, n, new):
        row = self.stage.do("row", n.key)
        if row["id"] != n.id:
            raise Differs("node %d, expected %d" % (row["id"], n.id))
        if new:
            n.ipv4, n.ipv6, n.created = row["ipv4"], row["ipv6"], \
                row["created"]
            others = {a for m in self.t.nodes.values()
                      for a in (m.ipv4, m.ipv6)} | self.t.held
            if {n.ipv4, n.ipv6} & others:
                raise Differs("an address is given twice: " + n.ipv4)
        elif (n.ipv4, n.ipv6, n.created) != (row["ipv4"], row["ipv6"],
                                             row["created"]):
            raise Differs("n%d has other addresses than before" % n.id)
        self.take_expiry(n, row["expires"],
                         0 if n.tags else model.KEY_DAYS * 86400)

    def take_expiry(self, n, expires, after):
        """The second is the server's; 0: never."""
        if after is None or (after == 0) != (expires == 0) or \
                (after and abs(self.stage.now + after - expires) > 30):
            raise Differs("n%d expires at %d, expected now %d and %s later"
                          % (n.id, expires, self.stage.now, after))
        n.expires = expires

    def registered(self, c, **how):
        n, new, before = self.t.join(
            c.place, c.keys, c.old_key, dict(c.host), c.capver, **how)
        self.take_row(n, new)
        self.t.joined(n, before)
        c.used = True
        c.said.append((dict(c.host), None))
        return n

    def new_keys(self, c, fresh):
        """Another node key than the last one, if that was used."""
        if not c.used:
            return
        c.old_key = None if fresh else c.keys["node"]
        self.stage.do("fresh" if fresh else "rotate", c.place)
        c.keys = self.stage.do("keys", c.place)

    def poll(self, c):
        """A stream and a lite update, as after each login."""
        c.streams, c.lags = True, False
        self.stage.do("map", c.place, 0)
        self.lite(c)

    def lite(self, c):
        got = self.stage.ask("lite", c.place)
        if got.get("status") == 429:
            self.stage.do("leap", 61)
            got = self.stage.ask("lite", c.place)
        n = self.node_of(c)
        if got.get("status") != (200 if n else 200) or "error" in got:
            raise Differs("a lite update is answered with %s" % got)
        if n:
            c.said.append((dict(c.host), c.keys["disco"]))
            self.t.update(n, dict(c.host), c.endpoints, c.derp,
                          c.keys["disco"], c.capver)

    def begin_login(self, fresh):
        c = self.client(lambda c: not c.lags)
        if not c or (len(self.t.nodes) >= NODES_MOST):
            return None
        if not c.connected:
            self.connect(c)
        self.new_keys(c, fresh)
        if self.r.random() < 0.5 or not c.used:
            self.new_host(c)
        self.say_host(c)
        return c

    def register(self, c, key, followup=None):
        got = self.stage.do("register", c.place, key, followup, None)
        if got["status"] != 200:
            raise Differs("a registration is answered with %s" % got)
        return json.loads(got["text"])

    def admitted(self, said, n):
        user = n.user or model.SELF_TAGGED + n.id
        if said.get("Error") or not said.get("MachineAuthorized") and \
                not n.hidden or said["User"]["ID"] != user:
            raise Differs("n%d registers and is told %s" % (n.id, said))

    def do_join(self, fresh=None):
        """With a key of some user, or some tags."""
        r = self.r
        c = self.begin_login(r.random() < 0.5 if fresh is None else fresh)
        if not c:
            return False
        if self.kept_keys and r.random() < 0.3:
            key, user, tags, ephemeral = r.choice(self.kept_keys)
        else:
            user = r.choice(list(self.t.users)) if r.random() < 0.7 else None
            tags = [] if user else sorted(r.sample(TAGS, r.randint(1, 2)))
            ephemeral, reusable = r.random() < 0.15, r.random() < 0.5
            got = self.stage.ask("key", user or 0, json.dumps(tags),
                                 int(ephemeral), int(reusable))
            if ("error" in got) == self.t.may_tag(tags):
                raise Differs("a key for %s: %s" % (tags, got))
            if "error" in got:
                self.disconnect(c)
                return True
            key = got["key"]
            if reusable:
                self.kept_keys.append((key, user, tags, ephemeral))
        said = self.register(c, key)
        n = self.registered(c, user=user, tags=tags, ephemeral=ephemeral)
        self.admitted(said, n)
        self.poll(c)
        return True

    def do_link(self):
        """By the link that is printed without a key."""
        c = self.begin_login(self.r.random() < 0.5)
        if not c:
            return False
        said = self.register(c, None)
        if "/register/" not in said.get("AuthURL", ""):
            raise Differs("no link: %s" % said)
        user = self.r.choice(list(self.t.users))
        self.stage.do("link_approve", said["AuthURL"].split("/register/")[1],
                      user, "[]")
        n = self.registered(c, user=user, tags=[], ephemeral=False,
                            person=True)
        self.admitted(self.register(c, None, said["AuthURL"]), n)
        self.poll(c)
        return True

    def do_again(self):
        """A container that starts once more with keys that it has."""
        c = self.client(lambda c: self.current(c) and not c.lags)
        if not c or not self.kept_keys:
            return False
        n = self.node_of(c)
        fits = [k for k in self.kept_keys
                if (k[1] == n.user if n.user else not k[1])]
        if not fits:
            return False
        self.say_host(c)
        self.admitted(self.register(c, self.r.choice(fits)[0]), n)
        return True

    def do_logout(self):
        c = self.client(lambda c: self.current(c) and not c.lags)
        if not c:
            return False
        n = self.node_of(c)
        got = self.stage.do("register", c.place, None, None,
                            "1970-01-01T00:02:03Z")
        if not json.loads(got["text"]).get("NodeKeyExpired"):
            raise Differs("logged out and told %s" % got["text"])
        if n.ephemeral:
            self.t.forget(n)
        else:
            self.take_expiry(n, self.stage.do("row", n.id)["expires"], 0.1)
        self.disconnect(c)
        return True

    def disconnect(self, c):
        self.stage.do("disconnect", c.place)
        c.connected = c.streams = c.lags = False

    def do_leave(self):
        c = self.client(lambda c: c.connected)
        if not c:
            return False
        self.disconnect(c)
        return True

    def do_return(self):
        """A reconnect, of the old version or another one."""
        c = self.client(lambda c: self.node_of(c) and not c.lags)
        if not c:
            return False
        n = self.node_of(c)
        version = c.capver
        c.slow = self.r.random() < 0.3
        if self.r.random() < 0.3:
            c.capver = self.r.choice(VERSIONS)
        self.stage.do("connect", c.place, c.capver, int(c.slow))
        c.connected = c.streams = True
        self.say_host(c)
        self.stage.do("map", c.place, 0)
        if c.capver != version or n.capver != c.capver or \
                self.r.random() < 0.3:
            self.lite(c)
        return True

    def do_new_stream(self):
        c = self.client(lambda c: c.streams)
        if not c:
            return False
        c.lags = False
        self.stage.do("map", c.place, 0)
        return True

    def do_lag(self):
        c = self.client(lambda c: c.streams and c.slow and not c.lags)
        if not c:
            return False
        c.lags = True
        self.stage.do("lag", c.place, 1)
        return True

    def do_catch_up(self):
        c = self.client(lambda c: c.lags)
        if not c:
            return False
        c.lags = False
        self.stage.do("lag", c.place, 0)
        return True

    def do_net(self):
        c = self.client(self.current)
        if not c:
            return False
        self.new_net(c)
        self.say_host(c)
        self.lite(c)
        return True

    def do_disco(self):
        c = self.client(self.current)
        if not c:
            return False
        self.stage.do("disco", c.place)
        c.keys = self.stage.do("keys", c.place)
        self.lite(c)
        return True

    def do_host(self):
        c = self.client(self.current)
        if not c:
            return False
        self.new_host(c)
        self.say_host(c)
        self.lite(c)
        return True

    def do_advertise(self):
        c = self.client(self.current)
        if not c:
            return False
        c.host["RoutableIPs"] = self.some_routes()
        self.say_host(c)
        self.lite(c)
        return True

    # ---- what people do ----
    def do_routes(self):
        n = self.node(lambda n: n.routes) or self.node()
        if not n:
            return False
        got = self.r.sample(n.routes, self.r.randint(0, len(n.routes)))
        if self.r.random() < 0.2:
            got.append(self.r.choice(ROUTES))
        self.stage.do("routes", n.id, json.dumps(got))
        n.approved = set(got)
        if n.approved & set(model.EXITS):
            n.approved |= set(model.EXITS)
        return True

    def do_rename(self):
        n = self.node()
        if not n:
            return False
        label = self.r.choice(LABELS + BAD_LABELS + ["", ""])
        got = self.stage.ask("rename", n.id, label)
        wanted = label.lower()
        bad = label in BAD_LABELS or (label and self.t.is_taken(wanted, n))
        if bool(bad) != ("error" in got):
            raise Differs("n%d renamed to %r: %s" % (n.id, label, got))
        if not bad:
            n.pinned = bool(label)
            n.label = wanted or self.t.free_label(
                model.label_of(n.hostname), n)
        return True

    def do_tag(self):
        n = self.node()
        if not n:
            return False
        tags = sorted(self.r.sample(TAGS, self.r.randint(1, 2)))
        other = self.t.row_of(n.place, None)
        bad = not self.t.may_tag(tags) or (other and other is not n)
        got = self.stage.ask("tag", n.id, json.dumps(tags))
        if bool(bad) != ("error" in got):
            raise Differs("n%d tagged %s: %s" % (n.id, tags, got))
        if not bad:
            if n.user:
                n.expires = 0
            n.user, n.tags = None, tags
        return True

    def do_expire(self):
        n = self.node()
        if not n:
            return False
        after = self.r.choice([-1, 0, SOON, 86400, 40 * 86400])
        self.stage.do("expire", n.id, after)
        row = self.stage.do("row", n.id)
        self.take_expiry(n, row["expires"], after if after >= 0 else 0.1)
        return True

    def do_extend(self):
        n = self.node(lambda n: n.expires) or self.node()
        if not n:
            return False
        self.stage.do("extend", n.id)
        self.take_expiry(n, self.stage.do("row", n.id)["expires"],
                         model.KEY_DAYS * 86400 if n.user else 0)
        return True

    def do_delete(self):
        n = self.node()
        if not n or len(self.t.nodes) < 4:
            return False
        self.stage.do("delete", n.id)
        self.t.forget(n)
        return True

    def do_approve(self):
        n = self.node(lambda n: n.hidden) if self.r.random() < 0.7 \
            else self.node()
        if not n:
            return False
        n.hidden = not n.hidden
        self.stage.do("approve", n.id, int(not n.hidden))
        return True

    def do_user_add(self):
        free = [x for x in LOGINS
                if x not in [u.login() for u in self.t.users.values()]]
        if not free:
            return False
        self.add_user(self.r.choice(free), self.r.choice(ROLES))
        return True

    def do_user_change(self):
        """The name, the address, or what is shown."""
        r = self.r
        u = r.choice(list(self.t.users.values()))
        name, email, display = u.name, u.email, u.display
        what = r.randint(0, 2)
        if what == 0:
            name = "name-%d-%d" % (u.id, r.randint(1, 5))
        elif what == 1:
            email = "mail-%d-%d@example.com" % (u.id, r.randint(1, 3))
        else:
            display = r.choice(["", "Zoë", "A \"quoted\" <one>"])
        self.stage.do("user_change", u.id, name, email, display)
        u.name, u.email, u.display = name, email, display
        return True

    def do_user_role(self):
        u = self.r.choice(list(self.t.users.values()))
        u.role = self.r.choice(ROLES)
        self.stage.do("user_role", u.id, u.role)
        return True

    def do_user_delete(self):
        if len(self.t.users) < 3:
            return False
        u = self.r.choice([u for u in self.t.users.values() if u.id != 1])
        mine = [n for n in self.t.nodes.values() if n.user == u.id]
        heir = self.r.choice([0] + [x for x in self.t.users if x != u.id])
        bad = heir and any(self.t.row_of(n.place, heir) for n in mine)
        got = self.stage.ask("user_delete", u.id, heir)
        if bool(bad) != ("error" in got):
            raise Differs("user %d deleted for %d: %s" % (u.id, heir, got))
        if bad:
            return True
        for n in mine:
            if heir:
                n.user = heir
            else:
                self.t.forget(n)
        del self.t.users[u.id]
        self.kept_keys = [k for k in self.kept_keys if k[1] != u.id]
        return True

    def do_policy(self):
        net = self.t.fixture()
        net["tailnet"]["domains"] = self.t.public_domains()
        seen = collections.Counter()
        g = grammar.Grammar(self.r, net, seen)
        made = g.policy()
        made.pop("ipsets", None)
        for rule in made.get("nodeAttrs") or []:
            rule.pop("ipPool", None)
        if self.r.random() < 0.1:
            made["nodeAttrs"] = (made.get("nodeAttrs") or []) + [
                {"target": ["*"], "attr": ["nextdns:no-device-info"]}]
        if self.r.random() < 0.1:
            made["acls"] = [{"action": "drop", "src": ["*"], "dst": ["*:*"]}]
        text = json.dumps(made, ensure_ascii=False)
        self.set_policy(text)
        return True

    def set_policy(self, text):
        refusal = self.t.verdict(text)
        got = self.stage.ask("policy", text)
        if (refusal is None) == ("error" in got):
            raise Differs("a policy: the model says %s, the server %s\n%s"
                          % (refusal, got, text))
        if refusal is None:
            self.t.take_policy(text)

    def do_open_policy(self):
        """One under which people meet."""
        self.set_policy(json.dumps({
            "tagOwners": {t: [] for t in TAGS},
            "acls": [{"action": "accept", "src": ["*"], "dst": ["*:*"]}],
            "autoApprovers": {"routes": {"10.33.0.0/16": ["tag:a"]},
                              "exitNode": ["tag:b"]}}))
        return True

    def do_setting(self):
        name, values = self.r.choice([
            ("magic_dns", ["true", "false"]), ("taildrop", ["true", "false"]),
            ("auto_update", ["true", "false"]),
            ("tailnet_name", ["", "Example", "Zoë \"x\""]),
            ("dns_domain", ["cairn.internal", "tail.example.org"])])
        value = self.r.choice(values)
        self.stage.do("set", name, value)
        self.t.settings[name] = value
        return True

    # ---- what people do with names ----
    def may(self, bad, got, what):
        """Whether it was done, as it had to be."""
        if bool(bad) != ("error" in got):
            raise Differs("%s: %s" % (what, got))
        return not bad

    def do_nameserver_add(self):
        t, r = self.t, self.r
        domain = r.choice(["", r.choice(DNS_DOMAINS)])
        address = r.choice(NAMESERVERS)
        with_exit = r.random() < 0.3
        bad = any(n[1:3] == (domain, address) for n in t.nameservers) or \
            t.settings["magic_dns"] == "true" and \
            domain == t.settings["dns_domain"]
        got = self.stage.ask("nameserver_add", address, domain.upper(),
                             int(with_exit))
        if self.may(bad, got, "nameserver %s for %r" % (address, domain)):
            t.nameservers.append((got["id"], domain, address, with_exit))
        return True

    def do_nameserver_move(self):
        """It changes places with the next of its domain."""
        rows = self.t.nameservers
        if not rows:
            return False
        i, up = self.r.randrange(len(rows)), self.r.random() < 0.5
        self.stage.do("nameserver_move", rows[i][0], int(up))
        same = [k for k in range(len(rows)) if rows[k][1] == rows[i][1]]
        with_ = same.index(i) + (-1 if up else 1)
        if 0 <= with_ < len(same):
            k = same[with_]
            rows[i], rows[k] = rows[k], rows[i]
        return True

    def do_nameserver_delete(self):
        rows = self.t.nameservers
        if not rows:
            return False
        row = rows.pop(self.r.randrange(len(rows)))
        self.stage.do("nameserver_delete", row[0])
        return True

    def do_search(self):
        rows = self.t.searches
        domain = self.r.choice(DNS_DOMAINS)
        known = [s for s in rows if s[1] == domain]
        if known and self.r.random() < 0.7:
            self.stage.do("search_delete", known[0][0])
            rows.remove(known[0])
            return True
        got = self.stage.ask("search_add", domain)
        if self.may(known, got, "search domain " + domain):
            rows.append((got["id"], domain))
        return True

    def add_record(self, kind, value, node):
        name = self.r.choice(RECORDS)
        row = (name, kind, value, node)
        got = self.stage.ask("record_add", *row)
        bad = self.t.is_machine_name(name) or row in self.t.records.values()
        if self.may(bad, got, "record %s" % (row,)):
            self.t.records[got["id"]] = row
        return True

    def do_record(self):
        kind = self.r.choice(["A", "AAAA"])
        return self.add_record(kind, self.r.choice(VALUES[kind]), 0)

    def do_record_of_node(self):
        n = self.node()
        return bool(n) and self.add_record(
            self.r.choice(["A", "AAAA"]), None, n.id)

    def do_record_delete(self):
        if not self.t.records:
            return False
        i = self.r.choice(list(self.t.records))
        self.stage.do("record_delete", i)
        del self.t.records[i]
        return True

    def do_dns_prefs(self):
        t, r = self.t, self.r
        magic, override = r.random() < 0.7, r.random() < 0.5
        bad = override and t.settings["override_local_dns"] == "false" and \
            not any(not n[1] for n in t.nameservers)
        got = self.stage.ask("dns_prefs", int(magic), int(override))
        if self.may(bad, got, "override without a nameserver"):
            t.settings["magic_dns"] = "true" if magic else "false"
            t.settings["override_local_dns"] = \
                "true" if override else "false"
        return True

    # ---- the programs ----
    def do_restart(self):
        self.stage.do("restart")
        return True

    def do_restart_handlers(self):
        self.stage.do("restart_handlers")
        return True

    def do_long_leap(self):
        """Ephemeral machines that are away go, and keys expire."""
        self.settle()
        for n in list(self.t.nodes.values()):
            if n.ephemeral and not n.online:
                self.t.forget(n)
        self.stage.do("leap", LONG_LEAP)
        self.settle()
        return True

    # ---- comparing ----
    def needs_leap(self):
        now = self.stage.now
        return any(n.expires and now < n.expires < now + 400 or
                   n.ephemeral and not n.online and n.away_since and
                   now - n.away_since > 1200
                   for n in self.t.nodes.values())

    def streaming(self):
        """Which nodes have a stream."""
        return {n.id for n in (self.node_of(c) for c in self.clients
                               if c.streams) if n}

    def settle(self):
        online = self.streaming()
        for n in self.t.nodes.values():
            n.online = n.id in online
        got = self.stage.ask("settle", len(self.t.nodes))
        if "error" in got:
            raise Differs("it does not come to rest: %s" % got)
        for n in self.t.nodes.values():
            if n.online:
                n.away_since = 0
            else:
                n.away_since = n.away_since or self.stage.now
        for c in self.clients:
            for text in got["told"][str(c.place)]:
                if text is None:
                    c.map.begin()
                else:
                    c.map.take(text)
        self.settles += 1
        self.compare()

    def compare(self):
        viewers = []
        for c in self.clients:
            if c.map.wrong:
                raise Differs("client %d: %s" % (c.place, c.map.wrong[:5]))
            n = self.node_of(c)
            if c.streams and not c.lags and n:
                viewers.append((c, n))
            elif c.streams and not c.lags:
                self.compare_gone(c)
        self.t.now = self.stage.now
        for c in self.clients:   # a late answer is a doubt
            if c.map.pinged and self.node_of(c):
                self.disturbed.add(self.node_of(c).name())
            c.map.pinged = False
        bad, seen = self.t.elect(self.carried(viewers), self.disturbed), {}
        self.disturbed = set()
        answers = self.t.answers()
        for c, n in viewers:
            one = self.compare_one(c, n, answers)
            bad += ["n%d (client %d): %s" % (n.id, c.place, b) for b in one]
            if self.is_open(n) and not n.hidden:
                self.compare_times(c, n, seen, bad)
        if bad:
            raise Differs("\n    ".join(["netmaps differ:"] + bad[:20]))

    def carried(self, viewers):
        """Who says that it carries a subnet."""
        got = {}
        for c, n in viewers:
            if c.map.self and self.is_open(n) and not n.hidden:
                for route in c.map.self.get("PrimaryRoutes") or []:
                    got[route] = n.name()
                for i, peer in c.map.peers.items():
                    for route in peer.get("PrimaryRoutes") or []:
                        got.setdefault(route, "n%d" % i)
        return got

    def router_state(self):
        """What elections depend on."""
        online = self.streaming()
        return {n.name(): (n.id in online, n.hidden, self.is_open(n),
                           tuple(sorted(set(n.routes) & n.approved)))
                for n in self.t.nodes.values()}

    def compare_gone(self, c):
        """A farewell."""
        me = c.map.self
        if not me or me.get("KeyExpiry") != "1970-01-02T00:00:00Z" or \
                c.map.rules():
            raise Differs("client %d was not told that it is gone: %s"
                          % (c.place, me))

    def compare_one(self, c, n, answers):
        nm = c.map
        if nm.self is None:
            return ["has no netmap"]
        bad = self.compare_self(nm, n) + self.compare_own_words(c, n) + \
            self.compare_warnings(c, n)
        if not self.is_open(n) or n.hidden:
            if nm.rules():
                bad.append("is shut out and has a filter")
            if nm.ssh != {"rules": []}:
                bad.append("is shut out and has SSH rules: %s" % nm.ssh)
            if n.hidden and nm.peers:
                bad.append("waits for approval and has peers")
            return bad
        want = dict(answers[n.name()])
        del want["autoApproved"]   # not in netmaps
        want["capMap"] = self.t.caps(n, want["capMap"])
        got = self.answer_of(nm)
        bad += [b.partition(": ")[2] for b in compare_fixture.compare(
            {"status": 200, "nodes": {n.name(): want}},
            {"status": 200, "nodes": {n.name(): got}}, "semantic")]
        for i, peer in nm.peers.items():
            m = self.t.nodes.get(i)
            if m:
                bad += self.compare_peer(peer, m, nm)
        bad += self.compare_dns(nm.dns or {}, self.t.expected_dns(
            n, c.capver, answers))
        if nm.domain != self.t.domain():
            bad.append("domain is %r" % nm.domain)
        if set((nm.derp or {}).get("Regions") or {}) != self.t.relays():
            bad.append("relays are %s" % nm.derp)
        return bad

    @staticmethod
    def compare_dns(got, want):
        got = dict(got)
        if got.get("ExtraRecords"):
            got["ExtraRecords"] = sorted(
                got["ExtraRecords"],
                key=lambda r: (r["Name"], r["Type"], r["Value"]))
        return ["DNS %s: want %s, got %s" % (k, want.get(k), got.get(k))
                for k in sorted(want.keys() | got.keys())
                if want.get(k) != got.get(k)]

    def compare_warnings(self, c, n):
        """As many as there is reason for, the old way or the new one."""
        want = self.t.warnings(n, self.stage.now)
        nm = c.map
        if c.capver < 117:
            good = not nm.display and len(nm.health or []) == len(want)
        else:
            good = not nm.health and set(nm.display) == want
        said = json.dumps([nm.health, nm.display])
        if "cairn-key-expiry" in want:
            good = good and model.text_of(n.expires)[:10] in said
        return [] if good else ["is warned of %s, not %s" % (said, want)]

    @staticmethod
    def answer_of(nm):
        """As policy engines answer."""
        strip = netmap.lowest
        return {
            "packetFilter": nm.rules(),
            "sshRules": (nm.ssh or {}).get("rules"),
            "addresses": nm.self["Addresses"],
            "allowedIPs": nm.self.get("AllowedIPs", nm.self["Addresses"]),
            "primaryRoutes": nm.self.get("PrimaryRoutes"),
            "capMap": nm.self.get("CapMap"),
            "peers": {"n%d" % i: strip({
                "allowedIPs": p.get("AllowedIPs", p["Addresses"]),
                "primaryRoutes": p.get("PrimaryRoutes"),
                "capMap": p.get("CapMap")}) for i, p in nm.peers.items()}}

    @staticmethod
    def differences(what, want, got, but=()):
        bad = []
        want = {k: v for k, v in netmap.lowest(want).items() if k not in but}
        got = {k: v for k, v in netmap.lowest(got).items() if k not in but}
        for k in sorted(want.keys() | got.keys()):
            a, b = want.get(k), got.get(k)
            if k == "Hostinfo":
                a, b = netmap.lowest(a or {}), netmap.lowest(b or {})
            if a != b:
                bad.append("%s %s: want %s, got %s" % (what, k, a, b))
        return bad

    def compare_own_words(self, c, n):
        """Hostinfo and disco key, as it said them on this stream."""
        lowest = netmap.lowest
        got = lowest(c.map.self.get("Hostinfo") or {})
        disco = c.map.self.get("DiscoKey")
        if any(lowest(self.t.own_view(h)) == got for h, _ in c.said) and \
                disco in [d for _, d in c.said]:
            return []
        return ["own Hostinfo or disco key: %s, %s; said was %s"
                % (got, disco, c.said[-1:])]

    def compare_self(self, nm, n):
        got = dict(nm.self)
        want = self.t.expected_self(n, self.stage.now)
        bad = self.differences("own", want, got, (
            "Addresses", "AllowedIPs", "PrimaryRoutes", "CapMap", "KeyExpiry",
            "Created", "Hostinfo", "DiscoKey"))
        if got["Created"] != model.text_of(n.created):
            bad.append("own Created: %s" % got["Created"])
        expiry = got.get("KeyExpiry")
        if self.is_open(n):
            if expiry != (model.text_of(n.expires) if n.expires else None):
                bad.append("own KeyExpiry: want %s, got %s"
                           % (n.expires, expiry))
        elif not expiry or expiry > model.text_of(self.stage.now - 3600):
            bad.append("is expired and sees %s" % expiry)
        profile = nm.profiles.get(got["User"])
        if n.user:
            want = self.t.profile(n.user)
        else:
            want = {"ID": model.SELF_TAGGED + n.id, "DisplayName": n.label,
                    "LoginName": self.t.fqdn(n)[:-1]}
        if profile != want:
            bad.append("own profile: want %s, got %s" % (want, profile))
        if not n.hidden:
            shown = (got.get("CapMap") or {}).get("tailnet-display-name")
            if shown != [self.t.domain()]:
                bad.append("the tailnet's name is %s" % shown)
        return bad

    def compare_peer(self, peer, m, nm):
        bad = self.differences("peer n%d" % m.id, self.t.expected_peer(m),
                               peer, ("Addresses", "AllowedIPs",
                                      "PrimaryRoutes", "CapMap", "Created",
                                      "LastSeen"))
        if peer["Created"] != model.text_of(m.created):
            bad.append("peer n%d Created %s" % (m.id, peer["Created"]))
        if not set(peer["Addresses"]) <= {m.ipv4 + "/32", m.ipv6 + "/128"}:
            bad.append("peer n%d Addresses %s" % (m.id, peer["Addresses"]))
        want = self.t.profile(m.user) if m.user else {
            "ID": model.TAGGED, "LoginName": "tagged-devices",
            "DisplayName": "Tagged Devices"}
        if nm.profiles.get(want["ID"]) != want:
            bad.append("profile of n%d: want %s, got %s"
                       % (m.id, want, nm.profiles.get(want["ID"])))
        return bad

    def compare_times(self, c, n, seen, bad):
        """Who is away was seen last at one time, whoever tells it."""
        for i, peer in c.map.peers.items():
            if not peer.get("LastSeen"):
                bad.append("n%d has n%d without LastSeen" % (n.id, i))
            elif not peer["Online"] and \
                    seen.setdefault(i, peer["LastSeen"]) != peer["LastSeen"]:
                bad.append("n%d saw n%d last at %s, others at %s" % (
                    n.id, i, peer["LastSeen"], seen[i]))

    # ---- the walk ----
    def step(self, number):
        self.r = random.Random("%s/%d" % (self.seed, number))
        if number < 4:
            name = "join"
        else:
            name = self.r.choices(NAMES, WEIGHTS)[0]
        if self.verbose:
            print("%4d %s" % (number, name), flush=True)
            self.stage.loud = True
        before = self.router_state()
        if getattr(self, "do_" + name)():
            self.uses[name] += 1
        after = self.router_state()
        self.disturbed |= {n for n in before.keys() | after.keys()
                           if before.get(n) != after.get(n)}
        if self.needs_leap():
            self.do_long_leap()
        elif self.r.random() < SETTLE_SHARE or name in ALONE:
            self.settle()


# How often each is done.
DEEDS = {
    "join": 10, "link": 3, "again": 2, "logout": 3, "leave": 4, "return": 6,
    "new_stream": 3, "lag": 3, "catch_up": 4, "net": 8, "disco": 3, "host": 4,
    "advertise": 5, "routes": 6, "rename": 5, "tag": 4, "expire": 4,
    "extend": 4, "delete": 3, "approve": 3, "user_add": 2, "user_change": 3,
    "user_role": 2, "user_delete": 1, "policy": 6, "open_policy": 2,
    "nameserver_add": 4, "nameserver_move": 2, "nameserver_delete": 2,
    "search": 2, "record": 3, "record_of_node": 4, "record_delete": 3,
    "dns_prefs": 2, "setting": 2, "restart": 1, "restart_handlers": 1, "long_leap": 0.5,
}
NAMES, WEIGHTS = list(DEEDS), list(DEEDS.values())
ALONE = ("restart", "restart_handlers")


def one_walk(seed, steps, a):
    """None, or (why, at which step); and what was done."""
    with tempfile.TemporaryDirectory(prefix="cairn-walk-") as folder:
        walk = Walk(seed, a.build, folder, a.verbose)
        at = None
        try:
            for at in steps:
                walk.step(at)
            walk.do_long_leap()
            failed = None
        except Differs as e:
            failed = (str(e), at)
        except AssertionError as e:
            failed = ("the model: %s" % e, at)
        good = walk.stage.end()
        if not failed and not good:
            failed = ("a program did not end well", at)
        return failed, walk


def shrink(seed, steps, a):
    """Fewer steps that fail too."""
    size = max(1, len(steps) // 2)
    while True:
        i, less = 0, False
        while i < len(steps):
            tried = steps[:i] + steps[i + size:]
            failed, _ = one_walk(seed, tried, a)
            if failed:
                steps, less = [s for s in tried if s <= failed[1]], True
                print("    %d steps fail too" % len(steps), flush=True)
            else:
                i += size
        if size == 1 and not less:
            return steps
        size = max(1, size // 2)


def tell(seed, failed, steps, a):
    why, at = failed
    print("FAIL walk %s at step %s: %s" % (seed, at, why))
    print("    again: tests/model/walk.py --seed %s --walk %d --operations 1"
          " --build %s" % (seed, a.walk, a.build))
    if a.shrink and not a.steps:
        steps = shrink(seed, [s for s in steps if s <= at], a)
        print("    shrunk: … --steps %s" % ",".join(map(str, steps)))
        again = copy.copy(a)
        again.verbose = True
        failed, _ = one_walk(seed, steps, again)
        print("    %s" % (failed[0] if failed else "it passes now"))


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter)
    ap.add_argument("--operations", type=int,
                    default=20000 if os.environ.get("TEST_LONG") else 1500)
    ap.add_argument("--seed", type=int)
    ap.add_argument("--walk", type=int, default=250)
    ap.add_argument("--steps", help="of the walk only these: 0,1,7")
    ap.add_argument("--build", default="build")
    ap.add_argument("--shrink", action="store_true")
    ap.add_argument("--verbose", action="store_true")
    a = ap.parse_args()
    a.build = os.path.join(TOP, a.build)
    seed = a.seed if a.seed is not None else random.randrange(10 ** 6)
    uses, settles, bad, begun = collections.Counter(), 0, 0, time.monotonic()
    print("seed %d" % seed, flush=True)
    while sum(uses.values()) < a.operations and bad < 3:
        steps = [int(s) for s in a.steps.split(",")] if a.steps \
            else list(range(a.walk))
        failed, walk = one_walk(seed, steps, a)
        uses += walk.uses
        settles += walk.settles
        print("walk %s: %d operations, %d comparisons" % (
            seed, sum(walk.uses.values()), walk.settles), flush=True)
        if failed:
            bad += 1
            tell(seed, failed, steps, a)
        if a.steps or not walk.uses:
            break
        seed += 1
    print(", ".join("%s %d" % (n, uses[n]) for n in NAMES))
    print("%d operations, %d comparisons, %.0f s" % (
        sum(uses.values()), settles, time.monotonic() - begun))
    never = [n for n in NAMES if not uses[n]]
    print("%s every client has the netmap that the model says"
          % ("FAIL" if bad else "ok"))
    if not a.steps and a.operations > 1000:
        print("%s every kind of operation was done%s" % (
            "FAIL" if never else "ok",
            ": never " + ", ".join(never) if never else ""))
    return 1 if bad or (never and a.operations > 1000) else 0


if __name__ == "__main__":
    sys.exit(main())
